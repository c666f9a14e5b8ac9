import * as O from '../../../lib/index.ts'
import {
  AF_INET,
  bind,
  connect,
  getsockname,
  htonl,
  INADDR_LOOPBACK,
  POLLIN,
  poll,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  type sockaddr,
  socket,
} from '../../../lib/socket.ts'

// The same operations as filter.c, in the same order and written down in the same way.

const buf = Buffer.alloc(1000)
let lines: string[] = []

const print = (line: string) => lines.push(line)

function errors(): void {
  for (let e: number; (e = O.ERR_get_error()) !== 0; ) print(`  error ${e.toString(16).toUpperCase()}`)
}

function say(label: string, ret: number, b: O.BIO | null): void {
  const flags = b && ` flags ${O.BIO_get_retry_flags(b).toString(16)} reason ${O.BIO_get_retry_reason(b)}`
  print(`${label} = ${ret}${flags ?? ''}`)
  errors()
}

function need<T>(value: T | null): T {
  if (value === null) throw new Error('nothing was made')
  return value
}

function context(server: boolean): O.SSL_CTX {
  const ctx = need(O.SSL_CTX_new(O.DTLS_method()))
  O.SSL_CTX_set_cipher_list(ctx, 'PSK-AES128-GCM-SHA256')
  const key = (psk: Uint8Array) => {
    psk.fill(7, 0, 16)
    return 16
  }
  if (server) O.SSL_CTX_set_psk_server_callback(ctx, (_ssl, _id, psk) => key(psk))
  else
    O.SSL_CTX_set_psk_client_callback(ctx, (_ssl, _hint, id, _room, psk) => {
      id.set(Buffer.from('me\0'))
      return key(psk)
    })
  return ctx
}

function sockets(): { fd: number[]; d: O.BIO[] } {
  const fd: number[] = []
  const at: sockaddr[] = []
  for (let i = 0; i < 2; i++) {
    const a: sockaddr = { sin_family: AF_INET, sin_port: 0, sin_addr: { s_addr: htonl(INADDR_LOOPBACK) } }
    fd[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK)
    bind(fd[i] ?? -1, a)
    getsockname(fd[i] ?? -1, a)
    at.push(a)
  }
  const d = fd.map((one, i) => {
    const other = need(at[1 - i] ?? null)
    const peer = O.BIO_ADDR_new()
    O.BIO_ADDR_rawmake(peer, AF_INET, Uint8Array.of(127, 0, 0, 1), 4, other.sin_port)
    connect(one, other)
    const b = need(O.BIO_new_dgram(one, O.BIO_CLOSE))
    O.BIO_ctrl_set_connected(b, peer)
    return b
  })
  return { fd, d }
}

const until = (fd: number | undefined) => poll([{ fd: fd ?? -1, events: POLLIN, revents: 0 }], 1, -1)
const write = (b: O.BIO, data: string) => O.BIO_write(b, Buffer.from(data))

function ctrls(b: O.BIO): void {
  for (const cmd of [3, 8, 10, 11, 13, 110, 999]) print(`ctrl ${cmd} = ${O.BIO_ctrl(b, cmd, 0, null)}`)
  errors()
}

const seen: O.BIO_callback_fn_ex = (b, oper, _argp, len, argi, argl, ret, processed) => {
  const count = processed === null || ret <= 0 ? -1 : processed.value
  const what = `${O.BIO_method_name(b)} ${oper.toString(16)} len ${len} argi ${argi} argl ${argl}`
  print(`  cb ${what} ret ${ret} processed ${count}`)
  return ret
}

function sslOf(b: O.BIO): O.SSL {
  const place: O.Out<O.SSL | null> = { value: null }
  O.BIO_get_ssl(b, place)
  return need(place.value)
}

function empty(): void {
  const e = need(O.BIO_new(O.BIO_f_ssl()))
  print(`type ${O.BIO_method_type(e).toString(16)} name ${O.BIO_method_name(e)} init ${O.BIO_get_init(e)}`)
  ctrls(e)
  say('read', O.BIO_read(e, buf, 1), e)
  say('do_handshake', O.BIO_do_handshake(e), e)
  say('get_ssl', O.BIO_get_ssl(e, { value: null }), e)
  say('copy', O.BIO_ssl_copy_session_id(e, e), e)
  O.BIO_ssl_shutdown(e)
  O.BIO_free(e)
}

function modes(c: O.BIO, s: O.BIO): void {
  print(`init ${O.BIO_get_init(c)} close ${O.BIO_get_close(c)} server 0 1`)
  say('get_ssl', O.BIO_get_ssl(c, { value: null }), c)
  print(`client ${Number(!O.SSL_is_server(sslOf(c)))} rbio ${Number(O.SSL_get_rbio(sslOf(c)) !== null)}`)
  print(`server ${O.SSL_is_server(sslOf(s))}`)
  say('mode', O.BIO_set_ssl_mode(s, 1), s)
  print(`server ${O.SSL_is_server(sslOf(s))}`)
  say('mode', O.BIO_set_ssl_mode(s, 0), s)
  const copy = need(O.BIO_dup_chain(s))
  print(`copied 1 server ${O.SSL_is_server(sslOf(copy))} init ${O.BIO_get_init(copy)}`)
  O.BIO_free(copy)
}

async function handshake(c: O.BIO, s: O.BIO, fd: number[]): Promise<void> {
  say('write before', write(s, 'x'), s)
  O.BIO_set_callback_ex(c, seen)
  say('client', O.BIO_do_handshake(c), c)
  O.BIO_set_callback_ex(c, null)
  for (let i = 0; i < 3; i++) {
    await until(fd[1])
    const done = O.BIO_do_handshake(s)
    say('server', done, s)
    if (done === 1) break
    await until(fd[0])
    say('client', O.BIO_do_handshake(c), c)
  }
  await until(fd[0])
  say('client', O.BIO_do_handshake(c), c)
  say('client again', O.BIO_do_handshake(c), c)
}

async function data(c: O.BIO, s: O.BIO, fd: number[]): Promise<void> {
  O.BIO_set_callback_ex(c, seen)
  O.BIO_set_callback_ex(s, seen)
  say('write', write(c, 'hello'), c)
  await until(fd[1])
  say('pending', O.BIO_pending(s), s)
  say('read', O.BIO_read(s, buf, 3), s)
  say('pending', O.BIO_pending(s), s)
  say('read', O.BIO_read(s, buf, 100), s)
  say('read', O.BIO_read(s, buf, 100), s)
  say('puts', O.BIO_puts(s, 'line\n'), s)
  O.BIO_set_callback_ex(c, null)
  O.BIO_set_callback_ex(s, null)
  await until(fd[0])
  say('gets', O.BIO_gets(c, buf, 100), c)
  say('flush', O.BIO_flush(c), c)
  say('wpending', O.BIO_wpending(c), c)
  say('eof', O.BIO_eof(c), c)
  say('read', O.BIO_read(c, buf, 100), c)
  print(`number read ${O.BIO_number_read(c)} written ${O.BIO_number_written(c)}`)
  print(`fd ${Number(O.BIO_get_fd(c, null) === fd[0])}`)
  ctrls(c)
  say('close flag', O.BIO_get_close(c), c)
}

async function renegotiate(c: O.BIO, s: O.BIO, fd: number[]): Promise<void> {
  const ssl = sslOf(c)
  say('bytes', O.BIO_set_ssl_renegotiate_bytes(c, 100), c)
  say('bytes', O.BIO_set_ssl_renegotiate_bytes(c, 600), c)
  say('bytes', O.BIO_set_ssl_renegotiate_bytes(c, 1), c)
  say('timeout', O.BIO_set_ssl_renegotiate_timeout(c, 3600), c)
  say('timeout', O.BIO_set_ssl_renegotiate_timeout(c, 5), c)
  say('timeout', O.BIO_set_ssl_renegotiate_timeout(c, 3600), c)
  say('renegotiates', O.BIO_get_num_renegotiates(c), c)
  // It is counted, and refused: the connection goes on as it is.
  O.SSL_set_options(ssl, O.SSL_OP_NO_RENEGOTIATION)
  for (let i = 0; i < 3; i++) {
    say('write', O.BIO_write(c, buf, 300), c)
    await until(fd[1])
    say('read', O.BIO_read(s, buf, 300), s)
    print(`renegotiates ${O.BIO_get_num_renegotiates(c)} pending ${O.SSL_renegotiate_pending(ssl)}`)
  }
}

async function end(c: O.BIO, s: O.BIO, below: O.BIO, fd: number[]): Promise<void> {
  const ssl = sslOf(c)
  await renegotiate(c, s, fd)
  O.BIO_ssl_shutdown(c)
  errors()
  await until(fd[1])
  say('read', O.BIO_read(s, buf, 100), s)
  say('eof', O.BIO_eof(s), s)
  say('write after', write(c, 'x'), c)
  O.SSL_up_ref(ssl)
  print(`pop ${Number(O.BIO_pop(c) === below)}`)
  print(`rbio ${Number(O.SSL_get_rbio(ssl) !== null)} next ${Number(O.BIO_next(c) !== null)}`)
  say('free', O.BIO_free(c), null)
  O.SSL_free(ssl)
  O.BIO_free_all(below)
  say('reset', O.BIO_reset(s), s)
  print(`server ${O.SSL_is_server(sslOf(s))} in init ${O.SSL_in_init(sslOf(s))}`)
  O.BIO_free_all(s)
}

function others(ctx: O.SSL_CTX): void {
  const ssl = need(O.SSL_new(ctx))
  O.SSL_set_bio(ssl, O.BIO_new(O.BIO_s_mem()), O.BIO_new(O.BIO_s_mem()))
  let e = need(O.BIO_new(O.BIO_f_ssl()))
  say('set_ssl', O.BIO_set_ssl(e, ssl, O.BIO_NOCLOSE), e)
  print(`next ${Number(O.BIO_next(e) === O.SSL_get_rbio(ssl))} init ${O.BIO_get_init(e)}`)
  say('do_handshake', O.BIO_do_handshake(e), e)
  O.BIO_free_all(e)
  O.SSL_free(ssl)
  e = need(O.BIO_new_buffer_ssl_connect(ctx))
  const chain = [e, need(O.BIO_next(e)), need(O.BIO_next(need(O.BIO_next(e))))]
  print(chain.map(b => O.BIO_method_name(b)).join(' '))
  say('hostname', O.BIO_set_conn_hostname(e, '127.0.0.1:1'), e)
  print(O.BIO_get_conn_hostname(e) ?? '')
  O.BIO_free_all(e)
}

export async function filterTranscript(): Promise<string[]> {
  lines = []
  const cctx = context(false)
  const sctx = context(true)
  empty()
  const c = need(O.BIO_new_ssl(cctx, 1))
  const s = need(O.BIO_new_ssl(sctx, 0))
  modes(c, s)
  const { fd, d } = sockets()
  const [client = null, server = null] = d
  print(`push ${Number(O.BIO_push(c, client) === c)}`)
  print(`push ${Number(O.BIO_push(s, server) === s)}`)
  const ssl = sslOf(c)
  const is = [O.SSL_get_rbio(ssl), O.SSL_get_wbio(ssl), O.BIO_next(c)].map(bio => Number(bio === client))
  print(`rbio ${is[0]} wbio ${is[1]} next ${is[2]}`)
  await handshake(c, s, fd)
  await data(c, s, fd)
  const e = need(O.BIO_new_ssl(cctx, 1))
  say('copy session', O.BIO_ssl_copy_session_id(e, c), e)
  print(`same session ${Number(O.SSL_get_session(sslOf(e)) === O.SSL_get_session(ssl))}`)
  O.BIO_free(e)
  await end(c, s, need(client), fd)
  others(cctx)
  O.SSL_CTX_free(cctx)
  O.SSL_CTX_free(sctx)
  return lines
}
