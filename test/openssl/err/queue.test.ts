import { beforeEach, describe, expect, test } from '@jest/globals'
import { BIO_free, BIO_new, BIO_new_mem_buf, BIO_puts, BIO_read, BIO_s_mem } from '../../../lib/openssl/bio/index.ts'
import { ERR_TXT_STRING } from '../../../lib/openssl/constants/err.ts'
import {
  ERR_add_error_data,
  ERR_add_error_mem_bio,
  ERR_add_error_txt,
  ERR_clear_error,
  ERR_clear_last_mark,
  ERR_count_to_mark,
  ERR_error_string,
  ERR_get_error,
  ERR_get_error_all,
  ERR_get_error_line_data,
  ERR_get_next_error_library,
  ERR_load_strings,
  ERR_new,
  ERR_PACK,
  ERR_peek_error,
  ERR_peek_error_data,
  ERR_peek_last_error,
  ERR_peek_last_error_all,
  ERR_peek_last_error_line,
  ERR_pop,
  ERR_pop_to_mark,
  ERR_print_errors,
  ERR_print_errors_cb,
  ERR_print_errors_fp,
  ERR_put_error,
  ERR_raise_data,
  ERR_set_debug,
  ERR_set_error,
  ERR_set_error_data,
  ERR_set_mark,
  ERR_unload_strings,
  SSLerr,
} from '../../../lib/openssl/err/index.ts'
import { raise, raiseSystem } from '../../../lib/openssl/err/raise.ts'
import { realTranscript } from '../real.ts'

const hex = (code: number) => code.toString(16).toUpperCase()

function places() {
  return { file: { value: '' }, line: { value: 0 }, func: { value: '' }, data: { value: '' }, flags: { value: 0 } }
}

function put(lib: number, reason: number, text: string | null = null): void {
  ERR_new()
  ERR_set_debug('f.c', 7, 'fn')
  if (text === null) ERR_set_error(lib, reason)
  else ERR_set_error(lib, reason, '%s', text)
}

function* drain(label: string): Generator<string> {
  const { file, line, func, data, flags } = places()
  for (let e: number; (e = ERR_get_error_all(file, line, func, data, flags)) !== 0; ) {
    const place = `${file.value}:${line.value} ${func.value}`
    yield `${label} ${hex(e)} ${place} <${data.value.slice(0, 60)}> ${data.value.length} ${flags.value & ERR_TXT_STRING}`
  }
  yield `${label} end`
}

function* transcript(): Generator<string> {
  yield `empty ${hex(ERR_get_error())}`
  yield `empty ${hex(ERR_peek_error())}`
  yield `empty ${hex(ERR_peek_last_error())}`
  for (let i = 1; i <= 20; i++) put(20, i)
  yield `peek ${hex(ERR_peek_error())} last ${hex(ERR_peek_last_error())}`
  yield* drain('ring')
  put(2, 2, 'calling fopen(x, r)')
  put(32, 524290)
  put(20, 193, '')
  yield* drain('system')

  yield `mark on empty ${ERR_set_mark()}`
  yield `pop on empty ${ERR_pop_to_mark()}`
  yield `clear on empty ${ERR_clear_last_mark()}`
  put(20, 1)
  yield `mark ${ERR_set_mark()}`
  yield `mark ${ERR_set_mark()}`
  put(20, 2)
  yield `mark ${ERR_set_mark()}`
  put(20, 3)
  yield `pop ${ERR_pop_to_mark()} last ${hex(ERR_peek_last_error())}`
  put(20, 4)
  yield `pop ${ERR_pop_to_mark()} last ${hex(ERR_peek_last_error())}`
  yield `clear ${ERR_clear_last_mark()}`
  yield `clear ${ERR_clear_last_mark()}`
  yield `pop ${ERR_pop_to_mark()} last ${hex(ERR_peek_last_error())}`
  yield* drain('marks')

  put(20, 5)
  ERR_set_mark()
  for (let i = 0; i < 16; i++) put(20, 100 + i)
  yield `lost mark ${ERR_pop_to_mark()}`
  yield* drain('lost')

  put(20, 6)
  ERR_add_error_data(3, 'a', 'b', 'c')
  ERR_add_error_data(1, 'd')
  put(20, 7, 'first')
  ERR_add_error_data(2, ' and ', 'second')
  put(20, 8)
  ERR_add_error_txt(': ', 'one')
  ERR_add_error_txt(': ', 'two')
  ERR_add_error_txt(null, 'three')
  ERR_add_error_txt(',', 'x,y,')
  yield* drain('data')
  ERR_add_error_txt(': ', 'alone')
  yield* drain('alone')
  yield `after alone ${hex(ERR_get_error())}`
  ERR_clear_error()
  for (const length of [1023, 1024, 1022]) put(20, 9, 'x'.repeat(length))
  yield* drain('long')
  put(20, 10)
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  const big = Array.from({ length: 2999 }, (_, i) => (i % 50 === 49 ? ';' : letters[i % 26])).join('')
  ERR_add_error_txt(null, 'head')
  ERR_add_error_txt(';', big)
  ERR_add_error_txt(';', big)
  ERR_add_error_txt('', big)
  ERR_add_error_txt('', big)
  yield* drain('split')

  put(20, 11, 'before')
  ERR_set_error_data('replaced', ERR_TXT_STRING)
  ERR_new()
  ERR_set_debug('f.c', 7, 'fn')
  ERR_set_error(20, 12, 'n %d', 3)
  yield* drain('replaced')
  yield `cleared ${hex(ERR_peek_error())}`

  put(20, 193, 'detail')
  put(2, 111, 'calling connect()')
  put(20, 0x70f)
  const printed: string[] = []
  ERR_print_errors_cb((str, len, u) => printed.push(`${u} ${len} ${str.slice(str.indexOf(':')).trimEnd()}`), 'print')
  yield* printed
  yield `left ${hex(ERR_peek_error())}`
  put(20, 1)
  put(20, 2)
  ERR_print_errors_cb(() => 0, null)
  yield `left ${hex(ERR_peek_error())}`
  ERR_clear_error()
  put(20, 13, 'a')
  ERR_put_error(20, 5, 14, 'g.c', 9)
  const { file, line, data, flags } = places()
  const taken = ERR_get_error_line_data(file, line, data, flags)
  yield `line ${hex(taken)} ${file.value} ${line.value} ${data.value} ${flags.value & ERR_TXT_STRING}`
  const last = ERR_peek_last_error_line(file, line)
  yield `last ${hex(last)} ${file.value} ${line.value}`
  const shown = ERR_peek_error_data(data, flags)
  yield `data ${hex(shown)} <${data.value}> ${flags.value & ERR_TXT_STRING}`
  ERR_clear_error()

  const own = ERR_get_next_error_library()
  yield `next library ${own}`
  const texts = [
    { error: 1, string: 'first thing' },
    { error: 2, string: 'second thing' },
    { error: 0, string: '' },
  ]
  ERR_load_strings(own, texts)
  ERR_load_strings(own, [{ error: ERR_PACK(own, 0, 0), string: 'my library' }])
  yield `own ${ERR_error_string(ERR_PACK(own, 0, 2))}`
  ERR_unload_strings(own, texts)
  yield `own ${ERR_error_string(ERR_PACK(own, 0, 2))}`
}

beforeEach(ERR_clear_error)

describe('error queue', () => {
  test('does what the real one does', () => {
    const ours = [...transcript()]
    expect(ours).toHaveLength(69)
    const real = realTranscript(new URL('./queue.c', import.meta.url))
    if (real !== null) expect(ours).toEqual(real)
  })

  test('takes the errors of the library itself without a place', () => {
    raise(20, 193)
    raiseSystem(2, 'fopen(a.pem, r)')
    const { file, line, func, data, flags } = places()
    expect(ERR_get_error_all(file, line, func, data, flags)).toBe(0x0a0000c1)
    expect([file.value, line.value, func.value, data.value, flags.value]).toEqual(['', 0, '', '', 0])
    expect(ERR_peek_last_error_all(file, line, func, data, flags)).toBe(0x80000002)
    expect(data.value).toBe('calling fopen(a.pem, r)')
  })

  test("takes a program's own errors with printf's notation", () => {
    const own = ERR_get_next_error_library()
    ERR_raise_data(own, 5, 'line %d of %s', 7, 'a.conf')
    const { data, flags } = places()
    expect(ERR_peek_error_data(data, flags)).toBe(ERR_PACK(own, 0, 5))
    expect(data.value).toBe('line 7 of a.conf')
  })

  test('counts and takes back what is newer than a mark', () => {
    raise(20, 1)
    expect(ERR_count_to_mark()).toBe(1)
    ERR_set_mark()
    raise(20, 2)
    raise(20, 3)
    expect(ERR_count_to_mark()).toBe(2)
    expect(ERR_pop()).toBe(1)
    expect(ERR_peek_last_error()).toBe(0x0a000002)
    expect(ERR_count_to_mark()).toBe(1)
    ERR_clear_error()
    expect(ERR_pop()).toBe(0)
  })

  test('prints to a BIO and to a stream, with a thread in front', () => {
    SSLerr(0, 193)
    const bio = BIO_new(BIO_s_mem())
    if (bio === null) throw new Error('no BIO')
    ERR_print_errors(bio)
    const out = new Uint8Array(200)
    const line = Buffer.from(out.subarray(0, BIO_read(bio, out))).toString()
    expect(line).toBe('0000000000000000:error:0A0000C1:SSL routines::no shared cipher::0:\n')
    expect(ERR_peek_error()).toBe(0)
    BIO_free(bio)

    SSLerr(0, 193)
    const written: string[] = []
    const stream = { write: (chunk: Uint8Array) => written.push(Buffer.from(chunk).toString()) }
    ERR_print_errors_fp(stream as unknown as NodeJS.WritableStream)
    expect(written).toEqual([line])
  })

  test('appends what a memory BIO holds', () => {
    raise(20, 1)
    const bio = BIO_new(BIO_s_mem())
    BIO_puts(bio, 'from memory')
    ERR_add_error_mem_bio(': ', bio)
    ERR_add_error_mem_bio(': ', BIO_new_mem_buf(''))
    ERR_add_error_mem_bio(': ', null)
    const { data, flags } = places()
    ERR_peek_error_data(data, flags)
    expect(data.value).toBe('from memory')
  })
})
