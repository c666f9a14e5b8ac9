import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { exportedDefinitions } from '../../compat/symbols/definitions.ts'
import { constantValue } from '../../compat/symbols/facts.ts'
import { isIdle } from '../../compat/symbols/idle.ts'
import { pages, summary } from '../../compat/symbols/pages.ts'
import { isCallable, symbolRows } from '../../compat/symbols/rows.ts'
import * as names from '../../lib/index.ts'
import * as promises from '../../lib/promises.ts'

const root = join(import.meta.dirname, '..', '..')
const rows = symbolRows(root)
const definitions = exportedDefinitions(root, 'lib/index.ts')
const values = new Map<string, unknown>([...Object.entries(promises), ...Object.entries(names)])

const read = (file: string): string => readFileSync(join(root, file), 'utf8')

test('the table is that of the sources; if not: npm run symbols', () => {
  const stale = [...pages(rows)].filter(([name, text]) => read(`compat/symbols/${name}`) !== text)
  expect(stale.map(([name]) => name)).toEqual([])
  const [, block] = /<!-- symbols -->\n\n([\s\S]*?)\n\n<!-- \/symbols -->/.exec(read('README.md')) ?? []
  expect(block).toBe(summary(rows))
})

test('what the sources are read to export is what they export', () => {
  const absent = rows.filter(row => row.status === 'absent').map(row => row.name)
  expect(absent.filter(name => values.has(name))).toEqual([])
  const callable = rows.filter(row => isCallable(row) && row.status !== 'absent' && row.name !== 'STACK_OF')
  expect(callable.filter(({ name }) => typeof values.get(name) !== 'function')).toEqual([])
  expect(Object.keys(names).filter(name => !definitions.has(name))).toEqual([])
})

test('every constant that is exported has its value, but for the name of this library', () => {
  const own = ['OPENSSL_VERSION_TEXT']
  const constants = rows.filter(row => row.kind === 'constant' && row.file !== null && !own.includes(row.name))
  const differing = constants.filter(fact => {
    const expected = constantValue(fact)
    return expected !== null && values.get(fact.name) !== expected
  })
  expect(differing.map(fact => `${fact.name} is ${values.get(fact.name)}, not ${fact.value}`)).toEqual([])
})

test('every function and macro that DTLS programs use is used by a test', () => {
  const untested = rows.filter(row => row.tier === 'A' && isCallable(row) && row.file !== null && row.test === null)
  expect(untested.map(row => row.name)).toEqual([])
})

/** Whose answer never changes with OpenSSL's DTLS either. */
const CONSTANT_ANSWERS = [
  ...['ERR_func_error_string', 'RAND_status', 'SSL_SESSION_get_compress_id', 'SSL_client_hello_isv2'],
  ...['SSL_get_default_timeout', 'SSL_new_session_ticket', 'X509V3_set_ctx_nodb', 'OPENSSL_sk_new_null'],
]

test('a function that does nothing says so: @harmless or @refused with a reason', () => {
  const idle = [...definitions].filter(([, definition]) => definition.mark === null && isIdle(definition))
  expect(idle.map(([name]) => name).sort()).toEqual([...CONSTANT_ANSWERS].sort())
  expect(rows.filter(({ status, reason }) => status !== 'works' && status !== 'absent' && reason === '')).toEqual([])
})
