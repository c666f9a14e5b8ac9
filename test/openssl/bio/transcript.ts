import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EAGAIN, EBADF, setErrno } from '../../../lib/base/errno.ts'
import * as B from '../../../lib/openssl/bio/index.ts'
import type { Out } from '../../../lib/openssl/boundary.ts'
import {
  BIO_C_GET_CONNECT,
  BIO_CLOSE,
  BIO_CTRL_INFO,
  BIO_SOCK_NODELAY,
  BIO_TYPE_ACCEPT,
} from '../../../lib/openssl/constants/bio.ts'
import { ERR_TXT_STRING } from '../../../lib/openssl/constants/err.ts'
import { ERR_clear_error, ERR_get_error_line_data } from '../../../lib/openssl/err/index.ts'
import { AF_INET, htons } from '../../../lib/socket.ts'

// The same operations as bio.c, in the same order and written down in the same way.

type Bio = B.BIO | null
const buf = new Uint8Array(100000)
let lines: string[] = []

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (data: Uint8Array) => Buffer.from(data).toString('latin1')
const untilNul = (data: Uint8Array) => text(data.subarray(0, data.includes(0) ? data.indexOf(0) : data.length))
const out = <T>(value: T): Out<T> => ({ value })

function print(line: string): void {
  lines.push(...line.split('\n'))
}

function errors(): void {
  const data = out('')
  const flags = out(0)
  for (let e: number; (e = ERR_get_error_line_data(null, null, data, flags)) !== 0; )
    print(`  error ${e.toString(16).toUpperCase()} ${flags.value & ERR_TXT_STRING ? data.value : ''}`)
}

function say(label: string, ret: number, b: Bio): void {
  print(`${label} = ${ret} flags ${b ? B.BIO_get_retry_flags(b).toString(16) : 0}`)
  errors()
}

function need(b: Bio): B.BIO {
  if (b === null) throw new Error('no BIO')
  return b
}

function ctrls(b: Bio): void {
  for (const cmd of [2, 3, 4, 5, 8, 10, 11, 13, 29, 40, 47, 49, 105, 107, 116, 133, 137, 140, 141, 999])
    print(`ctrl ${cmd} = ${B.BIO_ctrl(b, cmd, 0, null)}`)
  errors()
}

function readn(b: B.BIO, n: number): void {
  const r = B.BIO_read(b, buf, n)
  print(
    `read ${n} = ${r} <${r > 0 ? text(buf.subarray(0, Math.min(40, r))) : ''}> flags ${B.BIO_get_retry_flags(b).toString(16)}`,
  )
  errors()
}

function getsn(b: B.BIO, n: number): void {
  buf.fill(0x23, 0, 100)
  buf[100] = 0
  const r = B.BIO_gets(b, buf, n)
  print(`gets ${n} = ${r} <${untilNul(buf).slice(0, 40)}> flags ${B.BIO_get_retry_flags(b).toString(16)}`)
  errors()
}

function memory(): void {
  let b = need(B.BIO_new(B.BIO_s_mem()))
  const ptr = out<B.BUF_MEM | null>(null)
  const n = out(0)
  print(
    `mem type ${B.BIO_method_type(b).toString(16)} name ${B.BIO_method_name(b)} init ${B.BIO_get_init(b)} shutdown ${B.BIO_get_shutdown(b)}`,
  )
  readn(b, 10)
  getsn(b, 10)
  say('read_ex', B.BIO_read_ex(b, buf, 10, n), b)
  say('eof', B.BIO_eof(b), b)
  B.BIO_set_mem_eof_return(b, 0)
  readn(b, 10)
  B.BIO_set_mem_eof_return(b, -5)
  readn(b, 10)
  B.BIO_set_mem_eof_return(b, -1)
  say('write 0', B.BIO_write(b, bytes('x'), 0), b)
  say('write -1', B.BIO_write(b, bytes('x'), -1), b)
  say('write_ex 0', B.BIO_write_ex(b, bytes('x'), 0, n), b)
  say('read -1', B.BIO_read(b, buf, -1), b)
  say('write', B.BIO_write(b, bytes('hello\nworld\nrest'), 16), b)
  ctrls(b)
  readn(b, 0)
  readn(b, 3)
  say('tell', B.BIO_tell(b), b)
  say('pending', B.BIO_pending(b), b)
  for (const size of [1, -1, 3, 30, 6, 30, 30]) getsn(b, size)
  say('seek', B.BIO_seek(b, 2), b)
  readn(b, 4)
  say('seek', B.BIO_seek(b, 17), b)
  say('seek', B.BIO_seek(b, -1), b)
  say('seek', B.BIO_seek(b, 16), b)
  say('eof', B.BIO_eof(b), b)
  say('seek', B.BIO_seek(b, 14), b)
  say('puts', B.BIO_puts(b, 'more'), b)
  say('tell', B.BIO_tell(b), b)
  const p = out(new Uint8Array(0))
  print(`data ${B.BIO_get_mem_data(b, p)} <${text(p.value)}>`)
  readn(b, 1)
  B.BIO_get_mem_ptr(b, ptr)
  print(`ptr ${ptr.value?.length} <${text(ptr.value?.data.subarray(0, ptr.value.length) ?? buf)}>`)
  say('tell', B.BIO_tell(b), b)
  say('printf', B.BIO_printf(b, '%5d|%-5s|%05x|%.2f', 42, 'ab', 255, 1.005), b)
  readn(b, 100)
  say('reset', B.BIO_reset(b), b)
  say('number read', B.BIO_number_read(b), b)
  say('number written', B.BIO_number_written(b), b)
  B.BIO_write(b, bytes('kept'))
  B.BIO_set_flags(b, 0x400)
  readn(b, 2)
  say('reset', B.BIO_reset(b), b)
  readn(b, 10)
  say('set fd', B.BIO_set_fd(b, 3, 0), b)
  say('callback ctrl', B.BIO_callback_ctrl(b, 14, null), b)
  say('free', B.BIO_free(b), null)

  b = need(B.BIO_new_mem_buf('read\nonly', -1))
  ctrls(b)
  say('write', B.BIO_write(b, bytes('x'), 1), b)
  getsn(b, 20)
  B.BIO_get_mem_ptr(b, ptr)
  print(`ptr ${ptr.value?.length}`)
  say('tell', B.BIO_tell(b), b)
  readn(b, 20)
  readn(b, 20)
  say('reset', B.BIO_reset(b), b)
  readn(b, 2)
  say('seek', B.BIO_seek(b, 1), b)
  readn(b, 20)
  say('free', B.BIO_free(b), null)
  b = need(B.BIO_new_mem_buf('abc', 2))
  readn(b, 20)
  B.BIO_free(b)
  b = need(B.BIO_new(B.BIO_s_secmem()))
  print(`secmem ${B.BIO_method_type(b).toString(16)} ${B.BIO_method_name(b)}`)
  B.BIO_free(b)
  b = need(B.BIO_new(B.BIO_s_mem()))
  const m = B.BUF_MEM_new()
  B.BUF_MEM_grow(m, 5)
  m.data.set(bytes('given'))
  B.BIO_set_mem_buf(b, m, 0)
  readn(b, 20)
  say('close', B.BIO_get_close(b), b)
  B.BIO_free(b)
  B.BUF_MEM_free(m)
}

function pair(): void {
  const one = out<Bio>(null)
  const two = out<Bio>(null)
  say('new pair', B.BIO_new_bio_pair(one, 10, two, 0), null)
  const a = need(one.value)
  const b = need(two.value)
  const p = out(new Uint8Array(0))
  let r = 0
  print(`pair type ${B.BIO_method_type(a).toString(16)} name ${B.BIO_method_name(a)} init ${B.BIO_get_init(a)}`)
  print(`sizes ${B.BIO_get_write_buf_size(a, 0)} ${B.BIO_get_write_buf_size(b, 0)}`)
  ctrls(a)
  readn(b, 30)
  say('request', B.BIO_get_read_request(a), a)
  readn(b, 4)
  say('request', B.BIO_ctrl_get_read_request(a), a)
  say('reset request', B.BIO_ctrl_reset_read_request(a), a)
  say('request', B.BIO_get_read_request(a), a)
  say('guarantee', B.BIO_get_write_guarantee(a), a)
  say('write', B.BIO_write(a, bytes('0123456789abcdef'), 16), a)
  say('write', B.BIO_write(a, bytes('x'), 1), a)
  say('wpending', B.BIO_wpending(a), a)
  say('pending', B.BIO_pending(b), b)
  readn(b, 0)
  readn(b, 4)
  say('guarantee', B.BIO_get_write_guarantee(a), a)
  say('write', B.BIO_write(a, bytes('ABCDEF'), 6), a)
  say('nread0', (r = B.BIO_nread0(b, p)), b)
  print(`nread0 <${text(p.value.subarray(0, r))}>`)
  say('nread', (r = B.BIO_nread(b, p, 100)), b)
  print(`nread <${text(p.value.subarray(0, r))}>`)
  readn(b, 100)
  say('nread0', B.BIO_nread0(b, p), b)
  say('nwrite0', B.BIO_nwrite0(a, p), a)
  say('nwrite', (r = B.BIO_nwrite(a, p, 3)), a)
  p.value.set(bytes('xyz'))
  readn(b, 100)
  say('nwrite', (r = B.BIO_nwrite(a, p, 100)), a)
  p.value.fill(0x2e, 0, r)
  say('nwrite', B.BIO_nwrite(a, p, 100), a)
  readn(b, 100)
  say('puts', B.BIO_puts(a, 'put'), a)
  getsn(b, 10)
  say('reset', B.BIO_reset(a), a)
  readn(b, 5)
  say('eof', B.BIO_eof(b), b)
  say('write', B.BIO_write(a, bytes('last'), 4), a)
  say('shutdown', B.BIO_shutdown_wr(a), a)
  say('write', B.BIO_write(a, bytes('x'), 1), a)
  say('nwrite0', B.BIO_nwrite0(a, p), a)
  say('guarantee', B.BIO_get_write_guarantee(a), a)
  say('eof', B.BIO_eof(b), b)
  readn(b, 10)
  readn(b, 10)
  say('eof', B.BIO_eof(b), b)
  say('size', B.BIO_set_write_buf_size(a, 20), a)
  say('number read', B.BIO_number_read(b), b)
  say('number written', B.BIO_number_written(a), a)
  const c = need(B.BIO_new(B.BIO_s_bio()))
  readn(c, 1)
  say('write', B.BIO_write(c, bytes('x'), 1), c)
  say('nread', B.BIO_nread(c, p, 1), c)
  say('size 0', B.BIO_set_write_buf_size(c, 0), c)
  say('make', B.BIO_make_bio_pair(c, a), c)
  ctrls(c)
  say('destroy', B.BIO_destroy_bio_pair(a), a)
  readn(b, 1)
  say('make', B.BIO_make_bio_pair(c, a), c)
  say('write', B.BIO_write(a, bytes('join'), 4), a)
  readn(c, 10)
  B.BIO_free(a)
  say('freed peer', B.BIO_write(c, bytes('x'), 1), c)
  B.BIO_free(c)
  B.BIO_free(b)
}

const oldCallback: B.BIO_callback_fn = (_b, oper, _argp, argi, argl, ret) => {
  print(`  old ${oper.toString(16)} ${argi} ${argl} ${ret}`)
  return ret
}

const newCallback: B.BIO_callback_fn_ex = (_b, oper, _argp, len, argi, argl, ret, processed) => {
  print(`  new ${oper.toString(16)} ${len} ${argi} ${argl} ${ret} ${processed?.value ?? -1}`)
  return ret
}

const deny: B.BIO_callback_fn_ex = (_b, oper, _argp, _len, _argi, _argl, ret) => (oper & 0x80 ? ret : -7)

function callbacks(): void {
  for (const extended of [false, true]) {
    const b = need(B.BIO_new(B.BIO_s_mem()))
    if (extended) B.BIO_set_callback_ex(b, newCallback)
    else B.BIO_set_callback(b, oldCallback)
    readn(b, 5)
    say('write', B.BIO_write(b, bytes('one\ntwo'), 7), b)
    readn(b, 2)
    getsn(b, 9)
    say('puts', B.BIO_puts(b, 'text'), b)
    say('pending', B.BIO_pending(b), b)
    say('up', B.BIO_up_ref(b), b)
    say('free', B.BIO_free(b), b)
    if (extended) B.BIO_set_callback_ex(b, deny)
    readn(b, 5)
    say('write', B.BIO_write(b, bytes('x'), 1), b)
    say('puts', B.BIO_puts(b, 'x'), b)
    say('pending', B.BIO_pending(b), b)
    if (extended) B.BIO_set_callback_ex(b, newCallback)
    say('free', B.BIO_free(b), null)
  }
}

function debug(): void {
  const log = need(B.BIO_new(B.BIO_s_mem()))
  const b = need(B.BIO_new(B.BIO_s_mem()))
  B.BIO_set_callback_ex(b, B.BIO_debug_callback_ex)
  B.BIO_set_callback_arg(b, log)
  say('write', B.BIO_write(b, bytes('abc'), 3), b)
  say('puts', B.BIO_puts(b, 'de\n'), b)
  say('pending', B.BIO_pending(b), b)
  readn(b, 2)
  getsn(b, 20)
  readn(b, 2)
  B.BIO_free(b)
  while (B.BIO_gets(log, buf, 100) > 0)
    print(
      untilNul(buf)
        .replace(/^[^:]*/, '')
        .trimEnd(),
    )
  B.BIO_free(log)
}

const myRead: B.BioRead = (b, data, n) => {
  B.BIO_clear_retry_flags(b)
  if (B.BIO_get_data(b) === null) {
    B.BIO_set_retry_read(b)
    B.BIO_set_retry_reason(b, 2)
    return -1
  }
  data.fill(0x72)
  return n
}

const myWrite: B.BioWrite = (_b, _data, n) => Math.min(4, n)

const myCtrl: B.BioCtrl = (_b, cmd) => {
  if (cmd === 6 || cmd === 7) print(`  ctrl ${cmd}`)
  return Number(cmd === 6 || cmd === 7 || cmd === 11)
}

function custom(): void {
  const i = B.BIO_get_new_index()
  const n = out(77)
  print(`index ${i}`)
  print(`index ${B.BIO_get_new_index()}`)
  const m = B.BIO_meth_new(i | 0x400, 'mine')
  let b = need(B.BIO_new(m))
  print(`bare init ${B.BIO_get_init(b)} type ${B.BIO_method_type(b).toString(16)}`)
  say('read', B.BIO_read(b, buf, 1), b)
  say('write', B.BIO_write(b, buf, 1), b)
  say('puts', B.BIO_puts(b, 'x'), b)
  say('gets', B.BIO_gets(b, buf, 5), b)
  say('ctrl', B.BIO_ctrl(b, 11, 0, null), b)
  B.BIO_free(b)
  B.BIO_meth_set_read(m, myRead)
  B.BIO_meth_set_write(m, myWrite)
  B.BIO_meth_set_ctrl(m, myCtrl)
  B.BIO_meth_set_create(m, bio => {
    B.BIO_set_init(bio, 1)
    return 1
  })
  B.BIO_meth_set_destroy(m, bio => {
    print(`  destroy ${B.BIO_get_data(bio)}`)
    return 1
  })
  print(`getters ${Number(B.BIO_meth_get_read(m) === myRead)} ${Number(B.BIO_meth_get_read_ex(m) !== null)}`)
  b = need(B.BIO_new(m))
  say('read', B.BIO_read(b, buf, 4), b)
  say('read_ex', B.BIO_read_ex(b, buf, 4, n), b)
  B.BIO_set_data(b, 'data')
  readn(b, 4)
  say('write', B.BIO_write(b, bytes('123456'), 6), b)
  say('write_ex', B.BIO_write_ex(b, bytes('123456'), 6, n), b)
  print(`written ${n.value}`)
  say('should retry', B.BIO_should_retry(b), b)
  const f = need(B.BIO_new(B.BIO_f_null()))
  const g = need(B.BIO_new(B.BIO_f_null()))
  print(`null filter ${B.BIO_method_type(f).toString(16)} ${B.BIO_method_name(f)}`)
  readn(f, 3)
  say('ctrl alone', B.BIO_ctrl(f, 11, 0, null), f)
  print(`push ${Number(B.BIO_push(f, g) === f)}`)
  const pushed = B.BIO_push(f, b) === f
  print(`push ${Number(pushed)}`)
  print(`chain ${Number(B.BIO_next(f) === g)} ${Number(B.BIO_next(g) === b)} ${Number(B.BIO_next(b) === null)}`)
  B.BIO_set_data(b, null)
  readn(f, 3)
  const reason = out(0)
  const retry = B.BIO_get_retry_BIO(f, reason)
  print(`retry bio ${Number(retry === b)} reason ${reason.value} ${B.BIO_get_retry_reason(f)}`)
  say('write', B.BIO_write(f, bytes('123456'), 6), f)
  say('flush', B.BIO_flush(f), f)
  const finds = [
    B.BIO_find_type(f, 0x211) === f,
    B.BIO_find_type(f, 0x400) === b,
    B.BIO_find_type(f, 0x401) === null,
    B.BIO_find_type(f, 0x200) === f,
  ]
  print(`find ${finds.map(Number).join(' ')}`)
  print(`find type ${Number(B.BIO_find_type(f, i | 0x400) === b)}`)
  const popped = B.BIO_pop(g) === b
  print(`pop ${Number(popped)}`)
  print(`chain ${Number(B.BIO_next(f) === b)}`)
  B.BIO_set_data(b, 'end')
  B.BIO_free(g)
  B.BIO_up_ref(b)
  B.BIO_free_all(f)
  say('alive', B.BIO_flush(b), b)
  B.BIO_free_all(b)
  B.BIO_meth_set_create(m, () => 0)
  print(`no create ${Number(B.BIO_new(m) === null)}`)
  errors()
  say('null read', B.BIO_read(null, buf, 1), null)
  say('null write', B.BIO_write(null, buf, 1), null)
  say('null puts', B.BIO_puts(null, 'x'), null)
  say('null gets', B.BIO_gets(null, buf, 1), null)
  say('null ctrl', B.BIO_ctrl(null, 11, 0, null), null)
  say('null callback ctrl', B.BIO_callback_ctrl(null, 14, null), null)
  say('null free', B.BIO_free(null), null)
  say('null find', Number(B.BIO_find_type(null, 1) !== null), null)
  print(`null push ${Number(B.BIO_push(null, null) === null)}`)
  b = need(B.BIO_new(B.BIO_s_null()))
  print(`null ${B.BIO_method_type(b).toString(16)} ${B.BIO_method_name(b)}`)
  ctrls(b)
  say('reset', B.BIO_reset(b), b)
  readn(b, 3)
  getsn(b, 3)
  say('write', B.BIO_write(b, bytes('123'), 3), b)
  say('puts', B.BIO_puts(b, '1234'), b)
  B.BIO_free(b)
}

function chains(): void {
  const m = need(B.BIO_new(B.BIO_s_mem()))
  const f = need(B.BIO_new(B.BIO_f_buffer()))
  print(`buffer ${B.BIO_method_type(f).toString(16)} ${B.BIO_method_name(f)}`)
  readn(f, 3)
  B.BIO_push(f, m)
  ctrls(f)
  readn(f, 3)
  getsn(f, 30)
  say('write', B.BIO_write(f, bytes('small'), 5), f)
  say('wpending', B.BIO_wpending(f), f)
  say('pending below', B.BIO_pending(m), m)
  say('flush', B.BIO_flush(f), f)
  say('pending below', B.BIO_pending(m), m)
  readn(f, 3)
  say('pending', B.BIO_pending(f), f)
  say('eof', B.BIO_eof(f), f)
  readn(f, 9)
  for (let i = 0; i < buf.length; i++) buf[i] = 0x61 + (i % 26)
  say('write', B.BIO_write(f, buf, 4000), f)
  say('write', B.BIO_write(f, buf, 200), f)
  say('wpending', B.BIO_wpending(f), f)
  say('write', B.BIO_write(f, buf, 9000), f)
  say('wpending', B.BIO_wpending(f), f)
  say('pending below', B.BIO_pending(m), m)
  say('flush', B.BIO_flush(f), f)
  say('read', B.BIO_read(f, buf, 5000), f)
  say('pending', B.BIO_pending(f), f)
  say('read', B.BIO_read(f, buf, 50000), f)
  say('puts', B.BIO_puts(m, 'line one\nline two\nline'), m)
  getsn(f, 5)
  say('lines', B.BIO_get_buffer_num_lines(f), f)
  getsn(f, 50)
  getsn(f, 50)
  getsn(f, 50)
  getsn(f, 50)
  say('size', B.BIO_set_buffer_size(f, 10), f)
  say('read data', B.BIO_set_buffer_read_data(f, bytes('preset'), 6), f)
  say('peek', B.BIO_buffer_peek(f, buf, 3), f)
  readn(f, 6)
  const d = need(B.BIO_dup_chain(f))
  const second = need(B.BIO_next(d))
  print(
    `dup ${B.BIO_method_type(d).toString(16)} ${B.BIO_method_type(second).toString(16)} ${Number(B.BIO_next(second) === null)}`,
  )
  B.BIO_free_all(d)
  say('reset', B.BIO_reset(f), f)
  B.BIO_free_all(f)
}

function files(directory: string): void {
  const name = join(directory, 'file')
  print(`missing ${Number(B.BIO_new_file('/nonexistent/file', 'r') === null)}`)
  errors()
  print(`directory ${Number(B.BIO_new_file('/tmp', 'w') === null)}`)
  errors()
  print(`mode ${Number(B.BIO_new_file(name, 'q') === null)}`)
  ERR_clear_error()
  let b = need(B.BIO_new_file(name, 'w'))
  print(`file ${B.BIO_method_type(b).toString(16)} ${B.BIO_method_name(b)}`)
  say('puts', B.BIO_puts(b, 'line one\nline two\n'), b)
  say('write', B.BIO_write(b, bytes('tail'), 4), b)
  say('tell', B.BIO_tell(b), b)
  say('flush', B.BIO_flush(b), b)
  say('pending', B.BIO_pending(b), b)
  say('close', B.BIO_get_close(b), b)
  B.BIO_free(b)
  b = need(B.BIO_new_file(name, 'r'))
  getsn(b, 50)
  say('eof', B.BIO_eof(b), b)
  getsn(b, 5)
  readn(b, 100)
  say('eof', B.BIO_eof(b), b)
  readn(b, 100)
  getsn(b, 100)
  say('reset', B.BIO_reset(b), b)
  say('eof', B.BIO_eof(b), b)
  readn(b, 4)
  say('seek', B.BIO_seek(b, 9), b)
  say('tell', B.BIO_tell(b), b)
  readn(b, 8)
  B.BIO_free(b)
  b = need(B.BIO_new(B.BIO_s_file()))
  print(`init ${B.BIO_get_init(b)}`)
  readn(b, 1)
  say('name', B.BIO_read_filename(b, '/nonexistent/file'), b)
  say('flags', B.BIO_ctrl(b, 108, 1, name), b)
  say('append', B.BIO_append_filename(b, name), b)
  say('puts', B.BIO_puts(b, '+'), b)
  say('rw', B.BIO_rw_filename(b, name), b)
  readn(b, 100)
  B.BIO_free(b)
}

function dumps(): void {
  let pending = ''
  const show: B.DumpCallback = (data, len) => {
    pending += text(data)
    return len
  }
  const flush = (line: string) => {
    print(pending + line)
    pending = ''
  }
  const b = need(B.BIO_new(B.BIO_s_mem()))
  for (let i = 0; i < 300; i++) buf[i] = i
  const whole = B.BIO_dump_cb(show, null, buf, 300)
  flush(`dump ${whole}`)
  for (let i = 0; i < 70; i += 5) {
    const size = B.BIO_dump_indent_cb(show, null, buf.subarray(60), 20, i)
    flush(`dump ${size}`)
  }
  flush(`dump ${B.BIO_dump_cb(show, null, buf, 0)}`)
  say('hex', B.BIO_hex_string(b, 2, 4, buf.subarray(1), 10), b)
  say('hex', B.BIO_hex_string(b, 2, 4, buf.subarray(1), 0), b)
  say('indent', B.BIO_indent(b, 5, 3), b)
  say('indent', B.BIO_indent(b, -5, 3), b)
  B.BIO_puts(b, '|line\nnext')
  while (B.BIO_gets(b, buf, 100) > 0) print(`<${untilNul(buf)}>`)
  B.BIO_puts(b, 'by byte\nx')
  say('get line', B.BIO_get_line(b, buf, 100), b)
  say('get line', B.BIO_get_line(b, buf, 100), b)
  say('get line', B.BIO_get_line(b, buf, 0), b)
  B.BIO_free(b)
}

function formats(): void {
  const format = (pattern: string, ...values: B.PrintfArgument[]) => {
    const r = B.BIO_snprintf(buf, 60, pattern, ...values)
    print(`<${untilNul(buf)}> ${r}`)
  }
  format('%d %i %u %ld %lld %zu', -1, 2, 3, -4, -5n, 6)
  format('%x %X %#x %o %#o %08lX %lx', 255, 255, 255, 8, 8, 0xabcdef, 0xfffffffffn)
  format('[%5d][%-5d][%05d][%+d][% d][%.3d][%8.3d]', 42, 42, 42, 42, 42, 7, 7)
  format('[%s][%10s][%-10s][%.2s][%*s]', 'abc', 'abc', 'abc', 'abc', 6, 'abc')
  format('%c%c%%', 'a', 0x62)
  format('%f %.2f %8.3f %.0f %e', 1.5, 2.345678, 3.16227, 2.5, 12345.678)
  format('%u %x', -1, -1)
  format('%s', 'a text that is longer than the sixty bytes which the buffer has room for')
  format('%hd %hu', 70000, 70000)
  format('[%05s][%-05d][%+05d]', 'ab', 3, 3)
}

const below = (m: B.BIO) => {
  const place: Out<Uint8Array> = { value: new Uint8Array() }
  B.BIO_get_mem_data(m, place)
  return place.value
}

const named = (what: string, f: B.BIO) =>
  print(`${what} type ${B.BIO_method_type(f).toString(16)} name ${B.BIO_method_name(f)} init ${B.BIO_get_init(f)}`)

function lineFilter(): void {
  let f = need(B.BIO_new(B.BIO_f_linebuffer()))
  const m = need(B.BIO_new(B.BIO_s_mem()))
  const kept = () => B.BIO_ctrl(f, BIO_CTRL_INFO, 0, null)
  named('linebuffer', f)
  say('write alone', B.BIO_write(f, bytes('x')), f)
  say('read alone', B.BIO_read(f, buf, 1), f)
  ctrls(f)
  B.BIO_push(f, m)
  say('write', B.BIO_write(f, bytes('half')), f)
  say('wpending', B.BIO_wpending(f), f)
  print(`below ${below(m).length}`)
  say('write', B.BIO_write(f, bytes(' line\nmore\nrest')), f)
  print(`below <${text(below(m))}>`)
  say('puts', B.BIO_puts(f, '!'), f)
  say('info', kept(), f)
  say('gets', B.BIO_gets(f, buf, 100), f)
  say('flush', B.BIO_flush(f), f)
  print(`below <${text(below(m))}>`)
  buf.fill(0x61, 0, 30000)
  say('long', B.BIO_write(f, buf, 30000), f)
  print(`below ${below(m).length} kept ${kept()}`)
  say('long', B.BIO_write(f, buf, 10000), f)
  print(`below ${below(m).length} kept ${kept()}`)
  say('size', B.BIO_set_buffer_size(f, 20000), f)
  say('long', B.BIO_write(f, buf, 15000), f)
  print(`below ${below(m).length} kept ${kept()}`)
  print(`copied ${Number(B.BIO_dup_chain(f) !== null)}`)
  errors()
  say('reset', B.BIO_reset(f), f)
  say('wpending', B.BIO_wpending(f), f)
  B.BIO_free_all(f)

  const a = out<Bio>(null)
  const b = out<Bio>(null)
  B.BIO_new_bio_pair(a, 8, b, 8)
  f = need(B.BIO_push(B.BIO_new(B.BIO_f_linebuffer()), a.value))
  say('write', B.BIO_write(f, bytes('a line that is long\n')), f)
  for (let i = 0; i < 5; i++) {
    readn(need(b.value), 100)
    say('flush', B.BIO_flush(f), f)
  }
  B.BIO_free_all(f)
  B.BIO_free(b.value)
}

function prefixes(): void {
  const f = need(B.BIO_new(B.BIO_f_prefix()))
  const m = need(B.BIO_new(B.BIO_s_mem()))
  named('prefix', f)
  say('indent', B.BIO_get_indent(f), f)
  B.BIO_push(f, m)
  say('puts', B.BIO_puts(f, 'plain'), f)
  say('prefix', B.BIO_set_prefix(f, '# '), f)
  say('puts', B.BIO_puts(f, ' goes on\nnew\n\nlast'), f)
  say('indent', B.BIO_set_indent(f, 3), f)
  say('indent', B.BIO_set_indent(f, -3), f)
  say('indent', B.BIO_get_indent(f), f)
  say('puts', B.BIO_puts(f, '\none\ntwo\n'), f)
  say('prefix', B.BIO_set_prefix(f, null), f)
  say('puts', B.BIO_puts(f, 'three\n'), f)
  say('pending', B.BIO_pending(f), f)
  print(`<${text(below(m))}>`)
  getsn(f, 50)
  readn(f, 5)
  say('reset', B.BIO_reset(f), f)
  ctrls(f)
  B.BIO_free_all(f)
}

function readFilter(): void {
  const f = need(B.BIO_new(B.BIO_f_readbuffer()))
  const m = need(B.BIO_new(B.BIO_s_mem()))
  named('readbuffer', f)
  ctrls(f)
  B.BIO_push(f, m)
  B.BIO_puts(m, 'first\nsecond\nthird')
  say('write', B.BIO_write(f, bytes('x')), f)
  getsn(f, 50)
  say('tell', B.BIO_tell(f), f)
  readn(f, 4)
  say('tell', B.BIO_tell(f), f)
  say('reset', B.BIO_reset(f), f)
  getsn(f, 4)
  for (let i = 0; i < 4; i++) getsn(f, 50)
  say('eof', B.BIO_eof(f), f)
  say('seek', B.BIO_seek(f, 6), f)
  say('eof', B.BIO_eof(f), f)
  say('pending', B.BIO_pending(f), f)
  readn(f, 100)
  say('seek', B.BIO_seek(f, 100), f)
  say('seek', B.BIO_seek(f, -1), f)
  say('flush', B.BIO_flush(f), f)
  B.BIO_free_all(f)
}

function chance(): void {
  const f = need(B.BIO_new(B.BIO_f_nbio_test()))
  const m = need(B.BIO_new(B.BIO_s_mem()))
  let ok = true
  let total = 0
  const fits = (r: number, asks: number) => (r === -1 ? asks !== 0 && B.BIO_should_retry(f) !== 0 : r >= 1 && r <= 7)
  named('nbio', f)
  ctrls(f)
  B.BIO_push(f, m)
  for (let i = 0; i < 1000; i++) {
    const r = B.BIO_write(f, bytes('abcdefghij'))
    ok &&= fits(r, B.BIO_should_write(f))
    total += Math.max(0, r)
  }
  print(`in order ${Number(ok)} all there ${Number(B.BIO_pending(m) === total)}`)
  while (total > 0) {
    const r = B.BIO_read(f, buf, 100)
    ok &&= fits(r, B.BIO_should_read(f))
    total -= Math.max(0, r)
  }
  print(`in order ${Number(ok)}`)
  say('puts', B.BIO_puts(f, 'all of it\n'), m)
  getsn(f, 50)
  B.BIO_free_all(f)
}

const info: B.BIO_info_cb = (_b, _state, ret) => ret

function rest(directory: string): void {
  const name = join(directory, 'rest')
  const log = need(B.BIO_new(B.BIO_s_mem()))
  let b = need(B.BIO_new_ex(null, B.BIO_s_mem()))
  say('formatted', B.BIO_vprintf(b, '%d-%s', [7, 'x']), b)
  getsn(b, 50)
  buf.fill(0, 0, 50)
  print(`into ${B.BIO_vsnprintf(buf, 50, '%05.1f', [2.25])} <${untilNul(buf)}>`)
  print(`cut ${B.BIO_vsnprintf(buf, 3, '%s', ['abcdef'])} <${untilNul(buf)}>`)
  print(`ktls ${B.BIO_get_ktls_send(b)} ${B.BIO_get_ktls_recv(b)}`)
  B.BIO_set_callback(b, B.BIO_debug_callback)
  print(`callback ${Number(B.BIO_get_callback(b) === B.BIO_debug_callback)}`)
  B.BIO_set_callback_arg(b, log)
  say('write', B.BIO_write(b, bytes('abc')), b)
  say('puts', B.BIO_puts(b, 'de\n'), b)
  readn(b, 2)
  say('pending', B.BIO_pending(b), b)
  B.BIO_free(b)
  let logged = ''
  while (B.BIO_gets(log, buf, 100) > 0) logged += untilNul(buf).slice(untilNul(buf).indexOf(':'))
  print(logged.replace(/\n$/, ''))
  B.BIO_free(log)

  const fd = openSync(name, 'w+')
  print(`dump ${B.BIO_dump_fp({ fd }, bytes('some bytes'), 10)}`)
  print(`dump ${B.BIO_dump_indent_fp({ fd }, bytes('some more bytes'), 15, 4)}`)
  closeSync(fd)
  let f = need(B.BIO_new_file(name, 'r'))
  while (B.BIO_gets(f, buf, 100) > 0) print(`<${untilNul(buf)}>`)
  B.BIO_free(f)
  f = need(B.BIO_new(B.BIO_s_file()))
  say('write_filename', B.BIO_write_filename(f, name), f)
  say('puts', B.BIO_puts(f, 'short'), f)
  B.BIO_free(f)
  f = need(B.BIO_new(B.BIO_s_file()))
  say('set_fp', B.BIO_set_fp(f, { fd: openSync(name, 'r') }, BIO_CLOSE), f)
  readn(f, 50)
  B.BIO_free(f)

  const one = out<Bio>(null)
  const two = out<Bio>(null)
  B.BIO_new_bio_pair(one, 10, two, 10)
  let a = need(one.value)
  say('guarantee', B.BIO_ctrl_get_write_guarantee(a), a)
  say('write', B.BIO_write(a, bytes('1234')), a)
  say('guarantee', B.BIO_ctrl_get_write_guarantee(a), a)
  f = need(B.BIO_push(B.BIO_new(B.BIO_f_buffer()), two.value))
  say('read size', B.BIO_set_read_buffer_size(f, 10000), f)
  say('write size', B.BIO_set_write_buffer_size(f, 10000), f)
  say('lines', B.BIO_buffer_get_num_lines(f), f)
  B.BIO_write(f, bytes('0123456789abcdef'))
  say('wpending', B.BIO_wpending(f), f)
  B.BIO_free_all(f)
  B.BIO_free(a)

  const addr = B.BIO_ADDR_new()
  const cb = out<B.BIO_info_cb | null>(null)
  a = need(B.BIO_new(B.BIO_s_connect()))
  b = need(B.BIO_new(B.BIO_s_connect()))
  B.BIO_ADDR_rawmake(addr, AF_INET, Uint8Array.of(192, 0, 2, 1), 4, htons(443))
  say('set address', B.BIO_set_conn_address(a, addr), a)
  print(`${B.BIO_get_conn_hostname(a)} ${B.BIO_get_conn_port(a)}`)
  print(`address ${Number(B.BIO_get_conn_address(a) !== null)}`)
  say('mode', B.BIO_set_conn_mode(a, BIO_SOCK_NODELAY), a)
  say('callback', B.BIO_set_info_callback(a, info), a)
  say('dup', B.BIO_dup_state(a, b), b)
  print(`${B.BIO_get_conn_hostname(b)} ${B.BIO_get_conn_port(b)}`)
  say('callback', B.BIO_get_info_callback(b, cb), b)
  print(`same ${Number(cb.value === info)}`)
  B.BIO_ADDR_clear(addr)
  say('set address', B.BIO_set_conn_address(a, addr), a)
  print(`ptr ${B.BIO_ptr_ctrl(a, BIO_C_GET_CONNECT, 1)}`)
  print(`ptr ${Number(B.BIO_ptr_ctrl(a, BIO_C_GET_CONNECT, 9) === null)}`)
  B.BIO_free(a)
  B.BIO_free(b)
  a = need(B.BIO_new(B.BIO_s_accept()))
  say('name', B.BIO_set_accept_name(a, 'localhost:80'), a)
  say('name', B.BIO_set_accept_name(a, 'a:b:c'), a)
  print(`type ${Number(B.BIO_method_type(a) === BIO_TYPE_ACCEPT)}`)
  B.BIO_free(a)
  a = need(B.BIO_new(B.BIO_s_socket()))
  say('fd', B.BIO_get_fd(a, null), a)
  say('read', B.BIO_read(a, buf, 1), a)
  B.BIO_free(a)
  for (let which = -2; which < 3; which++) {
    setErrno(EAGAIN)
    print(`fd should retry ${which} ${B.BIO_fd_should_retry(which)}`)
  }
  setErrno(EBADF)
  print(`fd should retry ${B.BIO_fd_should_retry(-1)}`)
  B.BIO_ADDR_free(addr)
}

/** What this library does with the operations of bio.c. */
export function ourTranscript(): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'openssl-shim-'))
  lines = []
  try {
    memory()
    pair()
    callbacks()
    debug()
    custom()
    chains()
    files(directory)
    dumps()
    formats()
    lineFilter()
    prefixes()
    readFilter()
    chance()
    rest(directory)
    return lines
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
