import { describe, expect, test } from '@jest/globals'
import { fromHex, toHex, utf8 } from '../../lib/base/bytes.ts'
import { prf } from '../../lib/crypto/prf.ts'

describe('PRF', () => {
  test('SHA-256: the vector of the TLS working group', () => {
    const out = prf(
      'sha256',
      fromHex('9bbe436ba940f017b17652849a71db35'),
      'test label',
      fromHex('a0ba9f936cda311827a6f796ffd5198c'),
      100,
    )
    expect(toHex(out)).toBe(
      'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66',
    )
  })

  test('SHA-384: the vector of the TLS working group', () => {
    const out = prf(
      'sha384',
      fromHex('b80b733d6ceefcdc71566ea48e5567df'),
      'test label',
      fromHex('cd665cf6a8447dd6ff8b27555edb7465'),
      148,
    )
    expect(toHex(out)).toBe(
      '7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe34f82b1233c9146a0e534cb400fed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d9184259b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee691c8f3a26854308d5eaa3be85e0990703d73e56f',
    )
  })

  // Made with `openssl kdf -kdfopt digest:MD5-SHA1 ... TLS1-PRF`; the halves of this secret share their middle byte.
  test('MD5 and SHA-1, with a secret of odd length', () => {
    const out = prf('md5-sha1', fromHex('0102030405060708090a0b'), 'test label', fromHex('a0a1a2a3'), 48)
    expect(toHex(out)).toBe(
      '2fce9715ab6bd86758e884040747bf430bd0f992ce9631c85bbcb5d705ffcbc135adc3ef028b9c83c0947d0936e5f8b6',
    )
  })

  test.each(['md5-sha1', 'sha256', 'sha384'] as const)('%s: a shorter output is the head of a longer one', hash => {
    const long = prf(hash, utf8('secret'), 'label', utf8('seed'), 200)
    for (const length of [0, 1, 12, 48, 199]) {
      expect(prf(hash, utf8('secret'), utf8('label'), utf8('seed'), length)).toEqual(long.subarray(0, length))
    }
  })
})
