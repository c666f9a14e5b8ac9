import { beforeEach, describe, expect, test } from '@jest/globals'
import * as C from '../../lib/openssl/crypto-compat.ts'
import { ERR_clear_error, ERR_get_error } from '../../lib/openssl/err/index.ts'

beforeEach(ERR_clear_error)

describe('the slices of crypto.h', () => {
  test('start up and say what they are', () => {
    expect([C.SSL_library_init(), C.OPENSSL_init_ssl(0, null), C.OPENSSL_init_crypto(0, C.OPENSSL_INIT_new())]).toEqual(
      [1, 1, 1],
    )
    expect(C.OpenSSL_version_num() >>> 28).toBe(3)
    expect(C.SSLeay_version(0)).toMatch(/^OpenSSL 3\.0\.22 compatible, openssl-shim \d/)
    expect(C.OpenSSL_version(6)).toBe('3.0.22')
    expect(C.OpenSSL_version(99)).toBe('not available')
    const { OPENSSL_version_major, OPENSSL_version_minor, OPENSSL_version_patch } = C
    expect([OPENSSL_version_major(), OPENSSL_version_minor(), OPENSSL_version_patch()].join('.')).toBe(
      C.OpenSSL_version(7),
    )
  })

  test('hand out, move and wipe memory', () => {
    expect(C.OPENSSL_malloc(0)).toBeNull()
    const bytes = C.OPENSSL_zalloc(3)
    bytes?.fill(7)
    expect([...(C.OPENSSL_realloc(bytes, 4) ?? [])]).toEqual([7, 7, 7, 0])
    expect([...(C.OPENSSL_realloc(bytes, 2) ?? [])]).toEqual([7, 7])
    expect([...(C.OPENSSL_memdup(bytes, 2) ?? [])]).toEqual([7, 7])
    if (bytes !== null) C.OPENSSL_cleanse(bytes, 2)
    expect([...(bytes ?? [])]).toEqual([0, 0, 7])
    C.OPENSSL_clear_free(bytes)
    expect([...(bytes ?? [])]).toEqual([0, 0, 0])
    expect(() => C.OPENSSL_cleanse(new Uint8Array(1), 2)).toThrow(TypeError)
    expect(C.OPENSSL_strndup('text', 2)).toBe('te')
  })

  test('compare', () => {
    const a = Uint8Array.of(1, 2, 3)
    expect([C.CRYPTO_memcmp(a, Uint8Array.of(1, 2, 4), 2), C.CRYPTO_memcmp(a, Uint8Array.of(1, 2, 4), 3)]).toEqual([
      0, 1,
    ])
    expect(() => C.CRYPTO_memcmp(a, a, 4)).toThrow(TypeError)
    expect(C.OPENSSL_strcasecmp('AbC', 'aBc')).toBe(0)
    expect(C.OPENSSL_strcasecmp('ab', 'abc')).toBeLessThan(0)
    expect(C.OPENSSL_strcasecmp('abd', 'ABC')).toBeGreaterThan(0)
    expect(C.OPENSSL_strncasecmp('abX', 'ABY', 2)).toBe(0)
  })

  test('read hexadecimal digits strictly', () => {
    const length = { value: 0 }
    expect([...(C.OPENSSL_hexstr2buf('0a:FF:10', length) ?? [])]).toEqual([10, 255, 16])
    expect(length.value).toBe(3)
    expect(C.OPENSSL_hexstr2buf('abc')).toBeNull()
    expect(ERR_get_error()).toBe(0x07800067)
    expect(C.OPENSSL_hexstr2buf('0g')).toBeNull()
    expect(ERR_get_error()).toBe(0x07800066)
    expect([C.OPENSSL_hexchar2int(0x66), C.OPENSSL_hexchar2int(0x67)]).toEqual([15, -1])
  })

  test('stop a program whose assertion fails', () => {
    expect(() => C.OPENSSL_assert(1 > 2)).toThrow('assertion failed')
    expect(() => C.OPENSSL_assert(1)).not.toThrow()
  })
})
