import { constants, generateKeyPairSync, publicEncrypt } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { concat } from '../../lib/base/bytes.ts'
import { decryptPremaster, encryptPremaster } from '../../lib/crypto/rsa-transport.ts'
import { seededRandom } from './helpers.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
const VERSION = 0xfefd
const premaster = concat(new Uint8Array([0xfe, 0xfd]), seededRandom(1)(46))
/** What comes out when nothing may be learnt. */
const decoy = seededRandom(99)(48)

function decrypt(encrypted: Uint8Array, version = VERSION, key = privateKey): Uint8Array {
  return decryptPremaster(key, encrypted, version, seededRandom(99))
}

function raw(block: Uint8Array): Uint8Array {
  return publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, block)
}

/** 00 02, 77 bytes that are not zero, 00, premaster. */
function block(): Uint8Array {
  const padding = seededRandom(2)(77).map(byte => byte || 1)
  return concat(new Uint8Array([0, 2]), padding, new Uint8Array([0]), premaster)
}

function encrypt(secret: Uint8Array): Uint8Array {
  return encryptPremaster(publicKey, secret) ?? new Uint8Array()
}

function withByte(at: number, value: number): Uint8Array {
  const out = block()
  out[at] = value
  return out
}

describe('RSA key transport', () => {
  test('what one side encrypts, the other reads', () => {
    expect(decrypt(encrypt(premaster))).toEqual(premaster)
    expect(decrypt(raw(block()))).toEqual(premaster)
  })

  test.each([
    ['first byte not 0', withByte(0, 1)],
    ['block type 1', withByte(1, 1)],
    ['no separator', withByte(79, 1)],
    ['separator at the first byte of the padding', withByte(2, 0)],
    ['separator in the middle', withByte(40, 0)],
    ['separator one early', withByte(78, 0)],
    ['version, high byte', withByte(80, 0xff)],
    ['version, low byte', withByte(81, 0xff)],
    ['all zero', new Uint8Array(128)],
  ])('%s: random bytes instead, and no complaint', (_, forged) => {
    expect(decrypt(raw(forged))).toEqual(decoy)
  })

  test.each([0, 1, 47, 49, 64, 117])('a premaster of %i bytes', length => {
    const encrypted = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, seededRandom(3)(length))
    expect(decrypt(encrypted)).toEqual(decoy)
  })

  test('the version is that of the ClientHello', () => {
    expect(decrypt(raw(block()), 0xfeff)).toEqual(decoy)
    expect(decrypt(raw(block()), 0x0303)).toEqual(decoy)
  })

  test('lengths that no modulus has, and numbers above it', () => {
    const good = encrypt(premaster)
    for (const encrypted of [new Uint8Array(0), good.subarray(1), concat(new Uint8Array(1), good)]) {
      expect(decrypt(encrypted)).toEqual(decoy)
    }
    expect(decrypt(new Uint8Array(128).fill(0xff))).toEqual(decoy)
  })

  test('keys that cannot do it', () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    expect(decrypt(new Uint8Array(128), VERSION, ec)).toEqual(decoy)
    const small = generateKeyPairSync('rsa', { modulusLength: 512 })
    const encrypted = publicEncrypt({ key: small.publicKey, padding: constants.RSA_NO_PADDING }, new Uint8Array(64))
    expect(decrypt(new Uint8Array(encrypted), VERSION, small.privateKey)).toEqual(decoy)
  })

  test('the random bytes are drawn once, whether they are needed or not', () => {
    for (const encrypted of [encrypt(premaster), new Uint8Array(128), new Uint8Array(3)]) {
      let draws = 0
      decryptPremaster(privateKey, encrypted, VERSION, length => {
        draws++
        return new Uint8Array(length)
      })
      expect(draws).toBe(1)
    }
  })
})
