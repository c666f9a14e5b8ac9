import { describe, expect, test } from '@jest/globals'
import { parseCiphersuites } from '../../../lib/openssl/ssl/algorithms/lists/ciphersuites.ts'

const A = 'TLS_AES_128_GCM_SHA256'
const B = 'TLS_AES_256_GCM_SHA384'
const C = 'TLS_CHACHA20_POLY1305_SHA256'

describe('SSL_CTX_set_ciphersuites, measured on libssl 3.0', () => {
  test.each([
    [A, [A]],
    [`${A}:${B}`, [A, B]],
    [` ${A} :\t${C}\n`, [A, C]],
    [`${A}:${A}`, [A, A]],
    [`${A}:nonsense`, [A]],
    [`nonsense::${A}`, [A]],
    [`:${A}:`, [A]],
    [`${A}:TLS_${'A'.repeat(100)}`, [A]],
    ['TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256', ['TLS_AES_128_CCM_SHA256', 'TLS_AES_128_CCM_8_SHA256']],
    ['', []],
    [' ', null],
    [':', null],
    ['nonsense', null],
    ['AES128-SHA', null],
    [A.toLowerCase(), null],
    ['TLS_RSA_WITH_RC4_128_SHA', null],
  ])('%j', (text, names) => {
    expect(parseCiphersuites(text)?.map(suite => suite.name) ?? null).toEqual(names)
  })

  test('TLS 1.2 names are unknown, unlike there (a deliberate difference)', () => {
    expect(parseCiphersuites('TLS_RSA_WITH_AES_128_CBC_SHA')).toBeNull()
  })
})
