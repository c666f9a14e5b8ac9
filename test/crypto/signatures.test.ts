import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  verify as nativeVerify,
  privateEncrypt,
} from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { fromHex, toHex } from '../../lib/base/bytes.ts'
import { digest } from '../../lib/crypto/hash.ts'
import {
  curveOf,
  type KeyType,
  keyBits,
  keySecurityBits,
  keyTypeOf,
  LEGACY_ECDSA,
  LEGACY_RSA,
  SCHEMES,
  type SignatureScheme,
  schemeById,
  sign,
  usable,
  verify,
} from '../../lib/crypto/signatures.ts'
import { flipped, seededRandom } from './helpers.ts'

const RSA = generateKeyPairSync('rsa', { modulusLength: 1056 })
const KEYS: Readonly<Record<Exclude<KeyType, 'unknown'>, { privateKey: KeyObject; publicKey: KeyObject }>> = {
  rsa: RSA,
  'rsa-pss': generateKeyPairSync('rsa-pss', { modulusLength: 1056 }),
  ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ed25519: generateKeyPairSync('ed25519'),
  ed448: generateKeyPairSync('ed448'),
  dsa: generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }),
}
const DATA = seededRandom(1)(200)

function keysOf(scheme: SignatureScheme) {
  if (scheme.keyType === 'unknown') throw new Error('no such scheme')
  return KEYS[scheme.keyType]
}

function scheme(id: number): SignatureScheme {
  const found = schemeById(id)
  if (found === undefined) throw new Error(`no scheme ${id}`)
  return found
}

const ALL = [...SCHEMES, LEGACY_RSA].map(row => ({ row, name: row.name }))

describe.each(ALL)('$name', ({ row }) => {
  const { privateKey, publicKey } = keysOf(row)
  const signature = sign(row, privateKey, DATA)

  test('checks what it signed, with either half of the key', () => {
    expect(verify(row, publicKey, DATA, signature)).toBe(true)
    expect(verify(row, privateKey, DATA, signature)).toBe(true)
    expect(usable(row, publicKey) && usable(row, privateKey)).toBe(true)
  })

  test('refuses damaged signatures and other data', () => {
    const accepted = Array.from({ length: signature.length }, (_, i) => flipped(signature, i * 8 + (i % 8))).filter(
      wrong => verify(row, publicKey, DATA, wrong),
    )
    expect(accepted).toEqual([])
    expect(verify(row, publicKey, flipped(DATA, 0), signature)).toBe(false)
    for (const cut of [0, 1, signature.length - 1]) {
      expect(verify(row, publicKey, DATA, signature.subarray(0, cut))).toBe(false)
    }
    expect(verify(row, publicKey, DATA, new Uint8Array([...signature, 0]))).toBe(false)
  })

  test('is of no use to other kinds of key', () => {
    for (const [type, pair] of Object.entries(KEYS)) {
      if (type === row.keyType) continue
      expect(usable(row, pair.publicKey)).toBe(false)
      expect(verify(row, pair.publicKey, DATA, signature)).toBe(false)
    }
  })
})

describe('what the schemes mean', () => {
  test('no scheme checks the signature of another, where the key would do for both', () => {
    for (const signer of SCHEMES) {
      const signature = sign(signer, keysOf(signer).privateKey, DATA)
      const others = SCHEMES.filter(row => row !== signer && row.keyType === signer.keyType)
      expect(others.filter(row => verify(row, keysOf(row).publicKey, DATA, signature))).toEqual([])
    }
  })

  test('the same PSS signature is one scheme or the other by the kind of key (RFC 8446 section 4.2.3)', () => {
    const signature = sign(scheme(0x0809), KEYS['rsa-pss'].privateKey, DATA)
    expect(verify(scheme(0x0809), KEYS['rsa-pss'].publicKey, DATA, signature)).toBe(true)
    expect(verify(scheme(0x0804), KEYS['rsa-pss'].publicKey, DATA, signature)).toBe(false)
  })

  test('before 1.2, RSA signs the 36 bytes without a DigestInfo, as OpenSSL does for md5-sha1', () => {
    const signature = sign(LEGACY_RSA, RSA.privateKey, DATA)
    expect(nativeVerify('md5-sha1', DATA, RSA.publicKey, signature)).toBe(true)
    const longer = privateEncrypt(RSA.privateKey, new Uint8Array([...digest('md5-sha1', DATA), 0]))
    expect(verify(LEGACY_RSA, RSA.publicKey, DATA, new Uint8Array(longer))).toBe(false)
  })

  test('before 1.2, ECDSA signs SHA-1 alone', () => {
    const signature = sign(LEGACY_ECDSA, KEYS.ec.privateKey, DATA)
    expect(nativeVerify('sha1', DATA, KEYS.ec.publicKey, signature)).toBe(true)
  })

  test('PSS salts are as long as the hash (RFC 8446 section 4.2.3)', () => {
    const key = { key: RSA.publicKey, padding: 6 }
    const signature = sign(scheme(0x0804), RSA.privateKey, DATA)
    expect(nativeVerify('sha256', DATA, { ...key, saltLength: 32 }, signature)).toBe(true)
    expect(nativeVerify('sha256', DATA, { ...key, saltLength: 20 }, signature)).toBe(false)
  })

  test('Ed25519: test 3 of RFC 8032 section 7.1', () => {
    const der = `302e020100300506032b657004220420${'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7'}`
    const key = createPrivateKey({ key: Buffer.from(der, 'hex'), format: 'der', type: 'pkcs8' })
    expect(toHex(sign(scheme(0x0807), key, fromHex('af82')))).toBe(
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    )
  })

  test('the table', () => {
    expect(new Set(SCHEMES.map(row => row.id)).size).toBe(SCHEMES.length)
    expect(schemeById(0x0101)).toBeUndefined()
    expect([0x0401, 0x0804, 0x0809, 0x0403, 0x0202, 0x0807].map(id => scheme(id).openssl)).toEqual([
      'RSA+SHA256',
      'RSA-PSS+SHA256',
      'RSA-PSS+SHA256',
      'ECDSA+SHA256',
      'DSA+SHA1',
      'ed25519',
    ])
    expect([0x0401, 0x0503, 0x0806, 0x0201, 0x0301, 0x0808].map(id => scheme(id).securityBits)).toEqual([
      128, 192, 256, 64, 112, 224,
    ])
    expect(LEGACY_RSA.securityBits).toBe(67)
  })
})

describe('usable', () => {
  test('a modulus too small for the hash', () => {
    const small = generateKeyPairSync('rsa', { modulusLength: 512 }).publicKey
    // 64 bytes: PKCS #1 takes 19 + 32 + 11 = 62 for SHA-256 and more for SHA-384; PSS needs 2 * 32 + 2.
    expect(usable(scheme(0x0401), small)).toBe(true)
    expect(usable(scheme(0x0501), small)).toBe(false)
    expect(usable(scheme(0x0804), small)).toBe(false)
    const boundary = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
    expect(usable(scheme(0x0805), boundary)).toBe(true)
    expect(usable(scheme(0x0806), boundary)).toBe(false)
  })

  test('an RSA-PSS key bound to one hash', () => {
    expect([0x0809, 0x080a, 0x080b].map(id => usable(scheme(id), createPublicKey(PSS_SHA256_SALT_32)))).toEqual([
      true,
      false,
      false,
    ])
    expect(usable(scheme(0x0809), createPublicKey(PSS_SHA256_SALT_33))).toBe(false)
    expect(usable(scheme(0x0809), createPublicKey(PSS_SHA256_MGF1_SHA384))).toBe(false)
  })
})

describe('keys', () => {
  test('kinds, sizes and strengths as OpenSSL 3.0 gives them', () => {
    const curves = ['prime256v1', 'secp384r1', 'secp521r1', 'secp256k1', 'secp224r1', 'prime192v1', 'brainpoolP512r1']
    const seen = curves.map(namedCurve => {
      const key = generateKeyPairSync('ec', { namedCurve }).publicKey
      return [keyTypeOf(key), keyBits(key), keySecurityBits(key), curveOf(key)]
    })
    expect(seen).toEqual([
      ['ec', 256, 128, 23],
      ['ec', 384, 192, 24],
      ['ec', 521, 256, 25],
      ['ec', 256, 128, 22],
      ['ec', 224, 112, null],
      ['ec', 192, 80, null],
      ['ec', 512, 256, 28],
    ])
    const others = [KEYS.ed25519, KEYS.ed448, KEYS.dsa].map(({ publicKey: key }) => [
      keyBits(key),
      keySecurityBits(key),
    ])
    expect(others).toEqual([
      [256, 128],
      [456, 224],
      [1024, 80],
    ])
    const x25519 = generateKeyPairSync('x25519').publicKey
    expect([keyTypeOf(x25519), keyBits(x25519), keySecurityBits(x25519), curveOf(x25519)]).toEqual([
      'unknown',
      0,
      128,
      null,
    ])
  })

  test('RSA strength: the sizes of NIST SP 800-57 and SP 800-56B', () => {
    const sizes = [1024, 2048, 3072, 4096, 6144, 7680, 8192, 15360]
    expect(sizes.map(bits => keySecurityBits(rsaKeyOf(bits)))).toEqual([80, 112, 128, 152, 176, 192, 200, 256])
    expect([0, 511, 512].map(bits => keySecurityBits(rsaKeyOf(bits)))).toEqual([0, 0, 56])
  })

  test('RSA strength: between them, the cost of the number field sieve', () => {
    for (let bits = 512; bits <= 16384; bits++) {
      const x = bits * Math.LN2
      const cost = (1.923 * Math.cbrt(x * Math.log(x) ** 2) - 4.69) / Math.LN2
      const capped = Math.min(cost, bits <= 7680 ? 192 : bits <= 15360 ? 256 : 1200)
      // Rounded to 8; OpenSSL computes in integers, which moves the steps by a bit or two of the modulus.
      expect(Math.abs(keySecurityBits(rsaKeyOf(bits)) - capped)).toBeLessThanOrEqual(5)
    }
  })
})

/** As much of an RSA key as the question needs. */
function rsaKeyOf(modulusLength: number): KeyObject {
  return Object.create(RSA.publicKey, {
    asymmetricKeyType: { value: 'rsa' },
    asymmetricKeyDetails: { value: { modulusLength } },
  })
}

// Made with `openssl genpkey -algorithm RSA-PSS`, 1056 bits; hash and MGF1 hash SHA-256, salt of 32 bytes, unless named otherwise.
const PSS_SHA256_SALT_32 = `-----BEGIN PUBLIC KEY-----
MIHXMEEGCSqGSIb3DQEBCjA0oA8wDQYJYIZIAWUDBAIBBQChHDAaBgkqhkiG9w0B
AQgwDQYJYIZIAWUDBAIBBQCiAwIBIAOBkQAwgY0CgYUAytMqAkOOO5WKt99/rI6o
Hp4Em0LTWCyEQ+YMFKMHnwO92bq06l7aeVDbcWmhTwo0uRQWq+hODaQcEHTvCHUO
Wn89hjxIyIH/RfyI5GsPWHkHKKwHqtAs7jmFnNIhQ0WKU30pU199/e71Agm9cq8H
LNYlkS3jKiguMnkPXrtkdBkSdSYXAgMBAAE=
-----END PUBLIC KEY-----
`
const PSS_SHA256_SALT_33 = `-----BEGIN PUBLIC KEY-----
MIHXMEEGCSqGSIb3DQEBCjA0oA8wDQYJYIZIAWUDBAIBBQChHDAaBgkqhkiG9w0B
AQgwDQYJYIZIAWUDBAIBBQCiAwIBIQOBkQAwgY0CgYUA9omAfbcRYSzbLobzL7iq
TvzLTJOZU22e1oHUNvhmZy6q68j1BmplEcC2lzZZoEWBIfrKnGLxp0+4K+A5I0ep
/IZyZZibujMUlx8FuFZs2PSw2y2GwpIGZugGUspEN6VLr1/5KlhzzAVnlxJN82uG
7oNA/3iktVsL9WPXiV/oqPxAAnjXAgMBAAE=
-----END PUBLIC KEY-----
`
const PSS_SHA256_MGF1_SHA384 = `-----BEGIN PUBLIC KEY-----
MIHXMEEGCSqGSIb3DQEBCjA0oA8wDQYJYIZIAWUDBAIBBQChHDAaBgkqhkiG9w0B
AQgwDQYJYIZIAWUDBAICBQCiAwIBIAOBkQAwgY0CgYUA2rcTC8VW+QxLespKB5nJ
P/4RgGbUva09zdd27c85BCJqwifUEttfr3zUTDwe2dZiTF//NjHoEOsPitcXX1kZ
Fu6hiT4skmNB1odjIZrsBYFep+/A1V2Q9lUCqer0tNamwAU3FYvfItNtCDGy2RXx
wQQziJibTTFCkgPZBnXL7k1Wfq+HAgMBAAE=
-----END PUBLIC KEY-----
`
