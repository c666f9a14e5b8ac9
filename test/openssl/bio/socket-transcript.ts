import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as B from '../../../lib/openssl/bio/index.ts'
import type { Out } from '../../../lib/openssl/boundary.ts'
import {
  BIO_BIND_REUSEADDR,
  BIO_CLOSE,
  BIO_CTRL_GET_CALLBACK,
  BIO_FAMILY_IPV4,
  BIO_NOCLOSE,
  BIO_SOCK_INFO_ADDRESS,
  BIO_SOCK_KEEPALIVE,
  BIO_SOCK_NODELAY,
  BIO_SOCK_NONBLOCK,
} from '../../../lib/openssl/constants/bio.ts'
import { ERR_TXT_STRING } from '../../../lib/openssl/constants/err.ts'
import { ERR_get_error_line_data } from '../../../lib/openssl/err/index.ts'
import { AF_INET, htons, IPPROTO_UDP, POLLIN, POLLOUT, poll, SOCK_STREAM } from '../../../lib/socket.ts'

// The same operations as socket.c, in the same order and written down in the same way.

type Bio = B.BIO | null
const buf = Buffer.alloc(1000)
let lines: string[] = []

function print(line: string): void {
  lines.push(...line.split('\n'))
}

function errors(): void {
  const data = { value: '' }
  const flags = { value: 0 }
  for (let e: number; (e = ERR_get_error_line_data(null, null, data, flags)) !== 0; )
    print(`  error ${e.toString(16).toUpperCase()} ${flags.value & ERR_TXT_STRING ? data.value : ''}`)
}

function say(label: string, ret: number, b: Bio): void {
  const flags = b && ` flags ${B.BIO_get_retry_flags(b).toString(16)} reason ${B.BIO_get_retry_reason(b)}`
  print(`${label} = ${ret}${flags ?? ''}`)
  errors()
}

const text = (label: string, s: string | null) => print(`${label} <${s ?? 'null'}>`)
const line = () => text('line', buf.toString('latin1', 0, buf.indexOf(0)))

function need(b: Bio): B.BIO {
  if (b === null) throw new Error('no BIO')
  return b
}

function ctrls(b: B.BIO): void {
  for (const cmd of [2, 3, 8, 10, 11, 13, 105, 107, 110, 119, 132, 133, 999]) {
    const ret = B.BIO_ctrl(b, cmd, 0, null)
    print(`ctrl ${cmd} = ${cmd === 105 && ret > 0 ? 'fd 1' : ret}`)
  }
  errors()
}

const until = (fd: number, events: number) => poll([{ fd, events, revents: 0 }], 1, -1)
const fdOf = (b: Bio) => B.BIO_get_fd(b, null)
const write = (b: Bio, data: string) => B.BIO_write(b, Buffer.from(data))

function readn(label: string, b: B.BIO, n: number): void {
  const r = B.BIO_read(b, buf, n)
  print(`${label} ${r} <${r > 0 ? buf.toString('latin1', 0, r) : ''}> eof ${B.BIO_eof(b)}`)
  say(label, r, b)
}

const seen: B.BIO_callback_fn_ex = (b, oper, _argp, len, argi, argl, ret, processed) => {
  print(
    `  cb ${B.BIO_method_name(b)} ${oper.toString(16)} len ${len} argi ${argi} argl ${argl} ret ${
      // A descriptor's number is the system's to choose.
      argi === 105 && ret > 2 ? 'fd' : ret
    } processed ${processed === null ? -1 : processed.value}`,
  )
  return ret
}

const state: B.BIO_info_cb = (b, s, ret) => {
  print(`  state ${s} ret ${ret === fdOf(b) && ret > 2 ? 1000 : ret}`)
  return ret
}

function named(b: B.BIO): void {
  const type = B.BIO_method_type(b).toString(16)
  print(`type ${type} name ${B.BIO_method_name(b)} init ${B.BIO_get_init(b)} close ${B.BIO_get_close(b)}`)
}

function acceptor(): B.BIO {
  let a = need(B.BIO_new(B.BIO_s_accept()))
  named(a)
  ctrls(a)
  say('family', B.BIO_get_accept_ip_family(a), a)
  say('do_accept without anything', B.BIO_do_accept(a), a)
  say('read', B.BIO_read(a, buf, 1), a)
  B.BIO_free(a)
  print(`new_accept ambiguous ${Number(B.BIO_new_accept('a:b:c') !== null)}`)
  errors()
  a = need(B.BIO_new_accept('127.0.0.1:nosuchservice'))
  say('do_accept bad port', B.BIO_do_accept(a), a)
  B.BIO_free(a)
  a = need(B.BIO_new_accept('127.0.0.1:0'))
  say('set family', B.BIO_set_accept_ip_family(a, 5), a)
  say('do_accept bad family', B.BIO_do_accept(a), a)
  say('set family', B.BIO_set_accept_ip_family(a, BIO_FAMILY_IPV4), a)
  say('family', B.BIO_get_accept_ip_family(a), a)
  say('nbio_accept', B.BIO_set_nbio_accept(a, 1), a)
  say('nbio', B.BIO_set_nbio(a, 1), a)
  say('bind mode', B.BIO_get_bind_mode(a), a)
  say('bind mode', B.BIO_set_bind_mode(a, B.BIO_get_bind_mode(a) | BIO_BIND_REUSEADDR), a)
  say('bind mode', B.BIO_get_bind_mode(a), a)
  text('name', B.BIO_get_accept_name(a))
  B.BIO_set_callback_ex(a, seen)
  say('do_accept', B.BIO_do_accept(a), a)
  say('do_accept', B.BIO_do_accept(a), a)
  say('read', B.BIO_read(a, buf, 5), a)
  B.BIO_set_callback_ex(a, null)
  text('name', B.BIO_get_accept_name(a))
  text('peer', B.BIO_get_peer_name(a))
  say('family', B.BIO_get_accept_ip_family(a), a)
  print(`port ${Number(Number(B.BIO_get_accept_port(a)) > 0)} fd ${Number(fdOf(a) > 2)}`)
  ctrls(a)
  return a
}

async function connector(port: string): Promise<B.BIO> {
  const c = need(B.BIO_new(B.BIO_s_connect()))
  const cb: Out<B.BIO_info_cb | null> = { value: null }
  named(c)
  ctrls(c)
  say('do_connect without anything', B.BIO_do_connect(c), c)
  say('write', write(c, 'x'), c)
  text('host', B.BIO_get_conn_hostname(c))
  say('host', B.BIO_set_conn_hostname(c, '127.0.0.1:echo'), c)
  text('host', B.BIO_get_conn_hostname(c))
  text('port', B.BIO_get_conn_port(c))
  say('family', B.BIO_get_conn_ip_family(c), c)
  say('set family', B.BIO_set_conn_ip_family(c, 7), c)
  say('do_connect bad family', B.BIO_do_connect(c), c)
  say('set family', B.BIO_set_conn_ip_family(c, BIO_FAMILY_IPV4), c)
  say('host', B.BIO_set_conn_hostname(c, '[::1]:7'), c)
  text('host', B.BIO_get_conn_hostname(c))
  text('port', B.BIO_get_conn_port(c))
  say('do_connect wrong family', B.BIO_do_connect(c), c)
  say('reset', B.BIO_reset(c), c)
  say('host', B.BIO_set_conn_hostname(c, '127.0.0.1'), c)
  text('port', B.BIO_get_conn_port(c))
  say('port', B.BIO_set_conn_port(c, port), c)
  say('nbio', B.BIO_set_nbio(c, 1), c)
  const d = need(B.BIO_dup_chain(c))
  text('copied host', B.BIO_get_conn_hostname(d))
  print(`copied init ${B.BIO_get_init(d)}`)
  B.BIO_free(d)
  say('info callback', B.BIO_set_info_callback(c, state), c)
  say('info callback', B.BIO_ctrl(c, BIO_CTRL_GET_CALLBACK, 0, cb), c)
  print(`same ${Number(cb.value === state)}`)
  B.BIO_set_callback_ex(c, seen)
  say('do_connect', B.BIO_do_connect(c), c)
  B.BIO_set_callback_ex(c, null)
  await until(fdOf(c), POLLOUT)
  say('do_connect', B.BIO_do_connect(c), c)
  say('do_connect', B.BIO_do_connect(c), c)
  say('family', B.BIO_get_conn_ip_family(c), c)
  const address = B.BIO_get_conn_address(c)
  text('address', address && B.BIO_ADDR_hostname_string(address, 1))
  ctrls(c)
  return c
}

async function talk(a: B.BIO, c: B.BIO): Promise<void> {
  await until(fdOf(a), POLLIN)
  B.BIO_set_callback_ex(a, seen)
  say('do_accept', B.BIO_do_accept(a), a)
  say('do_accept', B.BIO_do_accept(a), a)
  B.BIO_set_callback_ex(a, null)
  text('peer', B.BIO_get_peer_name(a))
  print(`peer port ${Number(Number(B.BIO_get_peer_port(a)) > 0)}`)
  const s = need(B.BIO_next(a))
  readn('read through', a, 5)
  say('write', write(c, 'hello'), c)
  await until(fdOf(s), POLLIN)
  readn('read through', a, 100)
  say('write back', write(a, 'answer'), a)
  await until(fdOf(c), POLLIN)
  readn('read', c, 3)
  readn('read', c, 100)
  readn('read', c, 100)
  say('eof', B.BIO_eof(a), a)
  B.BIO_pop(a)
  B.BIO_set_callback_ex(s, null)
  say('eof', B.BIO_eof(a), a)
  named(s)
  ctrls(s)
  say('puts', B.BIO_puts(s, 'a line\n'), s)
  say('gets', B.BIO_gets(c, buf, 10), c)
  await until(fdOf(c), POLLIN)
  buf.fill(0)
  say('get_line', B.BIO_get_line(c, buf, 50), c)
  line()
  B.BIO_set_callback_ex(s, seen)
  say('write', write(s, 'x'), s)
  say('read', B.BIO_read(s, buf, 1), s)
  say('flush', B.BIO_flush(s), s)
  B.BIO_free(s)
  await until(fdOf(c), POLLIN)
  readn('read', c, 1)
  await until(fdOf(c), POLLIN)
  readn('read at the end', c, 1)
  print(`number read ${B.BIO_number_read(c)} written ${B.BIO_number_written(c)}`)
  say('reset', B.BIO_reset(c), c)
  print(`fd ${fdOf(c)}`)
  text('host', B.BIO_get_conn_hostname(c))
  B.BIO_free(c)
}

async function refused(): Promise<void> {
  let c = need(B.BIO_new_connect('127.0.0.1:1'))
  B.BIO_set_nbio(c, 1)
  B.BIO_set_info_callback(c, state)
  say('do_connect', B.BIO_do_connect(c), c)
  await until(fdOf(c), POLLOUT)
  say('do_connect refused', B.BIO_do_connect(c), c)
  say('reset', B.BIO_reset(c), c)
  say('read', B.BIO_read(c, buf, 1), c)
  await until(fdOf(c), POLLOUT)
  say('read refused', B.BIO_read(c, buf, 1), c)
  B.BIO_free(c)
  c = need(B.BIO_new_connect('no such host:1'))
  say('do_connect unknown', B.BIO_do_connect(c), c)
  B.BIO_free(c)
}

async function chained(a: B.BIO, port: string): Promise<void> {
  const c = need(B.BIO_new_connect('127.0.0.1'))
  B.BIO_set_conn_port(c, port)
  B.BIO_set_nbio(c, 1)
  say('accept bios', B.BIO_set_accept_bios(a, B.BIO_new(B.BIO_f_buffer())), a)
  say('write', write(c, 'two\nlines\n'), c)
  await until(fdOf(c), POLLOUT)
  say('write', write(c, 'two\nlines\n'), c)
  await until(fdOf(a), POLLIN)
  say('do_accept', B.BIO_do_accept(a), a)
  const s = need(B.BIO_next(a))
  print(`${B.BIO_method_name(s)} then ${B.BIO_method_name(need(B.BIO_next(s)))}`)
  await until(fdOf(s), POLLIN)
  buf.fill(0)
  say('gets', B.BIO_gets(s, buf, 50), s)
  line()
  say('gets', B.BIO_gets(s, buf, 50), s)
  line()
  say('gets', B.BIO_gets(s, buf, 50), s)
  say('reset', B.BIO_reset(a), a)
  print(`fd ${fdOf(a)}`)
  B.BIO_free_all(a)
  B.BIO_free(c)
}

async function calls(): Promise<void> {
  const addr = B.BIO_ADDR_new()
  const ip = Buffer.alloc(4)
  const port = { value: 0 }
  const peer: Out<string | null> = { value: null }
  B.BIO_ADDR_rawmake(addr, AF_INET, Uint8Array.of(127, 0, 0, 1), 4, htons(1))
  say('connect -1', B.BIO_connect(-1, addr, 0), null)
  say('listen -1', B.BIO_listen(-1, addr, 0), null)
  say('connect bad', B.BIO_connect(999, addr, 0), null)
  say('listen bad', B.BIO_listen(999, addr, 0), null)
  say('accept bad', B.BIO_accept_ex(999, addr, 0), null)
  say('accept bad', B.BIO_accept(999, null), null)
  say('close bad', B.BIO_closesocket(999), null)
  say('close -1', B.BIO_closesocket(-1), null)
  say('nbio bad', B.BIO_socket_nbio(999, 1), null)
  say('ioctl bad', B.BIO_socket_ioctl(999, 0x5421, { value: 1 }), null)
  say('ndelay bad', B.BIO_set_tcp_ndelay(999, 1), null)
  say('error bad', B.BIO_sock_error(999), null)
  say('socket', B.BIO_socket(AF_INET, SOCK_STREAM, IPPROTO_UDP, 0), null)
  say('accept socket', B.BIO_get_accept_socket('a:b:c', 0), null)
  say('accept socket', B.BIO_get_accept_socket('127.0.0.1:nosuchservice', 0), null)
  const l = B.BIO_get_accept_socket('127.0.0.1:0', 1)
  print(`accept socket ${Number(l > 2)}`)
  say('nbio', B.BIO_socket_nbio(l, 1), null)
  say('accept', B.BIO_accept(l, peer), null)
  say('accept', B.BIO_accept_ex(l, null, 0), null)
  print(`retry ${B.BIO_sock_should_retry(-1)}`)
  say('info', B.BIO_sock_info(l, BIO_SOCK_INFO_ADDRESS, { addr }), null)
  say('info', B.BIO_sock_info(l, 5, { addr }), null)
  say('info bad', B.BIO_sock_info(999, BIO_SOCK_INFO_ADDRESS, { addr }), null)
  const c = B.BIO_socket(AF_INET, SOCK_STREAM, 0, 0)
  say('connect', B.BIO_connect(c, addr, BIO_SOCK_NONBLOCK | BIO_SOCK_KEEPALIVE | BIO_SOCK_NODELAY), null)
  print(`retry ${B.BIO_sock_should_retry(-1)}`)
  say('wait', await B.BIO_socket_wait(c, 0, Math.floor(Date.now() / 1000) + 100), null)
  say('error', B.BIO_sock_error(c), null)
  say('ndelay', B.BIO_set_tcp_ndelay(c, 0), null)
  await until(l, POLLIN)
  const s = B.BIO_accept(l, peer)
  print(`accepted ${Number(s > 2)} from ${peer.value?.slice(0, 10)}`)
  say('connect again', B.BIO_connect(c, addr, BIO_SOCK_NONBLOCK), null)
  say('connect again', B.BIO_connect(c, addr, BIO_SOCK_NONBLOCK), null)
  const b = need(B.BIO_new_socket(c, BIO_NOCLOSE))
  const f = need(B.BIO_new_fd(s, BIO_CLOSE))
  B.BIO_socket_nbio(s, 1)
  named(f)
  say('write', write(b, 'over\nthe wire'), b)
  await until(s, POLLIN)
  buf.fill(0)
  say('gets', B.BIO_gets(f, buf, 50), f)
  line()
  say('gets', B.BIO_gets(f, buf, 5), f)
  line()
  say('gets', B.BIO_gets(f, buf, 50), f)
  line()
  say('gets', B.BIO_gets(f, buf, 50), f)
  say('seek', B.BIO_seek(f, 3), f)
  say('tell', B.BIO_tell(f), f)
  ctrls(f)
  say('free', B.BIO_free(f), null)
  await until(c, POLLIN)
  readn('end', b, 5)
  say('close', B.BIO_closesocket(c), null)
  readn('closed', b, 5)
  say('write', write(b, 'x'), b)
  B.BIO_free(b)
  B.BIO_closesocket(l)
  say('host ip', B.BIO_get_host_ip('127.0.0.9', ip), null)
  print(ip.join('.'))
  say('host ip', B.BIO_get_host_ip('::1', ip), null)
  say('port', B.BIO_get_port('4433', port), null)
  print(String(port.value))
  say('port', B.BIO_get_port('nosuchservice', port), null)
  say('port', B.BIO_get_port(null, port), null)
  const h = B.BIO_gethostbyname('127.0.0.5')
  print(`${h?.h_name} ${h?.h_addrtype} ${h?.h_length} ${h?.h_addr_list[0]?.[3]}`)
  for (let e = 0; e < 140; e++) {
    const [fd, sock] = [B.BIO_fd_non_fatal_error(e), B.BIO_sock_non_fatal_error(e)]
    if (fd || sock) print(`again ${e} ${fd} ${sock}`)
  }
  B.BIO_ADDR_free(addr)
}

function file(): void {
  const directory = mkdtempSync(join(tmpdir(), 'openssl-shim-'))
  try {
    const fd = openSync(join(directory, 'file'), 'w+')
    let f = need(B.BIO_new_fd(fd, BIO_CLOSE))
    say('write', write(f, 'one\ntwo\nthree'), f)
    say('tell', B.BIO_tell(f), f)
    say('reset', B.BIO_reset(f), f)
    buf.fill(0)
    say('gets', B.BIO_gets(f, buf, 50), f)
    line()
    say('tell', B.BIO_tell(f), f)
    say('seek', B.BIO_seek(f, 8), f)
    readn('read', f, 50)
    readn('read', f, 50)
    say('seek', B.BIO_seek(f, -1), f)
    B.BIO_free(f)
    expectClosed(fd)
    f = need(B.BIO_new(B.BIO_s_fd()))
    say('get_fd', fdOf(f), f)
    say('read', B.BIO_read(f, buf, 1), f)
    B.BIO_free(f)
    f = need(B.BIO_new_fd(fd, BIO_NOCLOSE))
    readn('closed', f, 1)
    B.BIO_free(f)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function expectClosed(fd: number): void {
  try {
    closeSync(fd)
  } catch {
    return
  }
  throw new Error('the BIO has not closed its descriptor')
}

export async function socketTranscript(): Promise<string[]> {
  lines = []
  const a = acceptor()
  const port = B.BIO_get_accept_port(a) ?? ''
  const c = await connector(port)
  await talk(a, c)
  await refused()
  await chained(a, port)
  await calls()
  file()
  return lines
}
