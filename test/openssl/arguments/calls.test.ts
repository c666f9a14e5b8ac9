import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { realTranscript } from '../real.ts'

/**
 * The calls of calls.txt by the real library and by ours: results and queued errors. What the real library did stands in
 * recorded/; a record that is missing is made.
 */

const here = (path: string) => new URL(path, import.meta.url)
const read = (path: string) => readFileSync(here(path), 'utf8')
const calls = read('calls.txt')
  .trimEnd()
  .split('\n')
  .filter(line => !line.startsWith('#'))

test('the record is what the real library does', () => {
  const real = realTranscript(`#define CALLS ${calls.map(call => `CALL(${call})`).join(' ')}\n${read('calls.c')}`)
  if (real === null) return
  const file = here('recorded/calls.txt')
  if (!existsSync(file)) writeFileSync(file, `${real.join('\n')}\n`)
  expect(real).toEqual(read('recorded/calls.txt').trimEnd().split('\n'))
})

test('and what this library does', () => {
  const ours = [false, true].flatMap(datagram => calls.map(call => answer(datagram, call)))
  expect(ours).toEqual(read('recorded/calls.txt').trimEnd().split('\n'))
})

function answer(datagram: boolean, call: string): string {
  const [, name = '', list = ''] = /^(\w+)\((.*)\)$/.exec(call) ?? []
  const objects = prepare(datagram)
  const functions: Readonly<Record<string, unknown>> = O
  const called = functions[name]
  if (typeof called !== 'function') throw new Error(`no function ${name}`)
  const words = list === '' ? [] : list.split(', ')
  const result: unknown = Reflect.apply(
    called,
    undefined,
    words.map(word => argument(word, objects)),
  )
  let errors = ''
  for (let e: number; (e = O.ERR_get_error()) !== 0; ) errors += ` ${e.toString(16).toUpperCase().padStart(8, '0')}`
  return `${datagram ? 'dtls' : 'tls'} ${call} = ${result}${errors}`
}

function argument(word: string, objects: ReadonlyMap<string, unknown>): unknown {
  if (word === 'NULL') return null
  if (/^-?\d+$/.test(word)) return Number(word)
  if (word.startsWith('"')) return word.slice(1, -1)
  if (!objects.has(word)) throw new Error(`no object ${word}`)
  return objects.get(word)
}

function prepare(datagram: boolean): ReadonlyMap<string, unknown> {
  const ctx = O.SSL_CTX_new(datagram ? O.DTLS_method() : O.TLS_method())
  if (ctx === null) throw new Error('no context')
  if (!datagram) O.SSL_CTX_set_max_proto_version(ctx, O.TLS1_2_VERSION)
  const objects = new Map<string, unknown>([
    ['buf', new Uint8Array(100).fill(0x61)],
    ['ctx', ctx],
    ['ssl', O.SSL_new(ctx)],
    ['sess', O.SSL_SESSION_new()],
    ['x0', O.X509_new()],
    ['k0', O.EVP_PKEY_new()],
    ...KINDS.map(([name, method]) => [name, O.BIO_new(method())] as const),
  ])
  O.ERR_clear_error()
  return objects
}

const KINDS: readonly (readonly [string, () => O.BIO_METHOD])[] = [
  ['mem', O.BIO_s_mem],
  ['nul', O.BIO_s_null],
  ['fbuf', O.BIO_f_buffer],
  ['fssl', O.BIO_f_ssl],
  ['sock', O.BIO_s_socket],
  ['conn', O.BIO_s_connect],
  ['acc', O.BIO_s_accept],
  ['pair', O.BIO_s_bio],
  ['dgram', O.BIO_s_datagram],
  ['file', O.BIO_s_file],
]
