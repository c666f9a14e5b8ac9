import { describe, expect, test } from '@jest/globals'
import { concat } from '../../lib/base/bytes.ts'
import { checkPadding, compressions, equalise, extractMac, MAX_PADDING } from '../../lib/crypto/cbc-padding.ts'
import { CIPHERS } from '../../lib/crypto/ciphers.ts'
import { HASHES } from '../../lib/crypto/hash.ts'
import { createOpener, createSealer } from '../../lib/crypto/protection.ts'
import type { SealMode } from '../../lib/crypto/sealer.ts'
import { type CipherSuite, SUITES } from '../../lib/crypto/suites.ts'
import { keysFor, seededRandom } from './helpers.ts'
import { cbcEncrypt, type RecordFields, recordMac } from './reference.ts'

const EXPLICIT: SealMode = { encryptThenMac: false, explicitIv: true }
const EXPLICIT_ETM: SealMode = { encryptThenMac: true, explicitIv: true }
const CHAINED: SealMode = { encryptThenMac: false, explicitIv: false }
const IV = seededRandom(1)(16)

function suiteWith(cipher: string, mac: string): CipherSuite {
  const suite = SUITES.find(row => row.cipher === cipher && row.mac === mac)
  if (suite === undefined) throw new Error(`no suite with ${cipher} and ${mac}`)
  return suite
}

const SUITE = suiteWith('aes-128-cbc', 'sha1')
const ALL = [SUITE, suiteWith('aes-256-cbc', 'sha256'), suiteWith('aes-256-cbc', 'sha384')]

function fields(plaintext: Uint8Array): RecordFields {
  return { type: 22, version: 0xfeff, seqHigh: 0x10000, seqLow: 5, plaintext }
}

/** A MAC-then-encrypt fragment with whatever stands behind the plaintext. */
function fragment(suite: CipherSuite, plaintext: Uint8Array, mac: Uint8Array, padding: Uint8Array): Uint8Array {
  const keys = keysFor(suite, true)
  const body = concat(plaintext, mac, padding)
  return concat(IV, cbcEncrypt(CIPHERS[suite.cipher].native, keys.key, IV, body))
}

function open(suite: CipherSuite, sealed: Uint8Array, mode = EXPLICIT): Uint8Array | null {
  return createOpener(suite, keysFor(suite, mode.explicitIv), mode).open(22, 0xfeff, 0x10000, 5, sealed)
}

function goodMac(suite: CipherSuite, plaintext: Uint8Array): Uint8Array {
  return recordMac(suite.mac, keysFor(suite, true).macKey, fields(plaintext), plaintext)
}

/** Every plaintext of a few lengths with every length of padding that fills the last block. */
function* paddings(suite: CipherSuite): Generator<{ plaintext: Uint8Array; mac: Uint8Array; padding: Uint8Array }> {
  for (const length of [0, 1, 20, 300]) {
    const plaintext = seededRandom(length)(length)
    const mac = goodMac(suite, plaintext)
    for (let value = (255 - length - mac.length) & 15; value < 256; value += 16) {
      yield { plaintext, mac, padding: new Uint8Array(value + 1).fill(value) }
    }
  }
}

describe.each(ALL.map(suite => ({ suite, name: suite.name })))('MAC-then-encrypt: $name', ({ suite }) => {
  test('takes padding of any length (RFC 5246 section 6.2.3.2)', () => {
    let seen = 0
    for (const { plaintext, mac, padding } of paddings(suite)) {
      expect(open(suite, fragment(suite, plaintext, mac, padding))).toEqual(plaintext)
      seen++
    }
    expect(seen).toBe(64)
  })

  test('refuses padding with any wrong byte', () => {
    for (const { plaintext, mac, padding } of paddings(suite)) {
      for (const place of new Set([0, padding.length >> 1, padding.length - 2])) {
        if (place < 0 || place === padding.length - 1) continue
        const wrong = new Uint8Array(padding)
        wrong[place] = (wrong[place] ?? 0) ^ 0x40
        expect(open(suite, fragment(suite, plaintext, mac, wrong))).toBeNull()
      }
    }
  })

  test('refuses a wrong MAC with good padding, and a good MAC with bad padding', () => {
    for (const { plaintext, mac, padding } of paddings(suite)) {
      const wrong = new Uint8Array(mac)
      wrong[0] = (wrong[0] ?? 0) ^ 1
      expect(open(suite, fragment(suite, plaintext, wrong, padding))).toBeNull()
      const lengthOff = new Uint8Array(padding)
      lengthOff[padding.length - 1] = (padding.length - 1) ^ 0x10
      expect(open(suite, fragment(suite, plaintext, mac, lengthOff))).toBeNull()
    }
  })

  test('refuses a record without padding, although its last bytes are a good MAC', () => {
    for (let round = 0; round < 20; round++) {
      const length = 64 - HASHES[suite.mac === 'aead' ? 'sha1' : suite.mac].length
      const plaintext = seededRandom(round)(length)
      expect(open(suite, fragment(suite, plaintext, goodMac(suite, plaintext), new Uint8Array(0)))).toBeNull()
    }
  })

  test('refuses padding that reaches into the MAC or before the record', () => {
    const blocks = Math.ceil((HASHES[suite.mac === 'aead' ? 'sha1' : suite.mac].length + 1) / 16) * 16
    for (const value of [blocks - 1, blocks, 200, 255]) {
      expect(
        open(suite, fragment(suite, new Uint8Array(blocks).fill(value), new Uint8Array(0), new Uint8Array(0))),
      ).toBeNull()
    }
  })

  test('seals as the reference does, IV aside', () => {
    const keys = keysFor(suite, true)
    const plaintext = seededRandom(3)(33)
    const sealer = createSealer(suite, keys, EXPLICIT, seededRandom(2))
    const out = new Uint8Array(sealer.sealedLength(33))
    sealer.seal(22, 0xfeff, 0x10000, 5, plaintext, out, 0)
    const mac = goodMac(suite, plaintext)
    const pad = 15 - ((33 + mac.length) % 16)
    const body = concat(plaintext, mac, new Uint8Array(pad + 1).fill(pad))
    const cipher = CIPHERS[suite.cipher].native
    expect(out.subarray(16)).toEqual(cbcEncrypt(cipher, keys.key, out.subarray(0, 16), body))
  })
})

test('every record has an IV of its own', () => {
  const sealer = createSealer(SUITE, keysFor(SUITE, true), EXPLICIT, () => new Uint8Array(16))
  const ivs = new Set<string>()
  for (let i = 0; i < 20; i++) {
    const out = new Uint8Array(sealer.sealedLength(1))
    sealer.seal(22, 0xfeff, 0, i, new Uint8Array(1), out, 0)
    ivs.add(out.subarray(0, 16).join())
  }
  // Even a source that always gives the same: the chain goes on.
  expect(ivs.size).toBe(20)
})

test('TLS 1.0: the last block of a record is the IV of the next', () => {
  const keys = keysFor(SUITE, false)
  expect(keys.iv.length).toBe(16)
  const sealer = createSealer(SUITE, keys, CHAINED, seededRandom(2))
  let iv = keys.iv
  for (let i = 0; i < 4; i++) {
    const plaintext = seededRandom(i)(11)
    const out = new Uint8Array(sealer.sealedLength(11))
    sealer.seal(22, 0x0301, 0, i, plaintext, out, 0)
    const mac = recordMac(
      'sha1',
      keys.macKey,
      { type: 22, version: 0x0301, seqHigh: 0, seqLow: i, plaintext },
      plaintext,
    )
    expect(out).toEqual(cbcEncrypt('aes-128-cbc', keys.key, iv, concat(plaintext, mac, new Uint8Array([0]))))
    iv = out.subarray(out.length - 16)
  }
})

describe('encrypt-then-MAC (RFC 7366)', () => {
  test('the MAC covers IV and ciphertext, and their length', () => {
    const keys = keysFor(SUITE, true)
    const sealer = createSealer(SUITE, keys, EXPLICIT_ETM, seededRandom(2))
    const plaintext = seededRandom(9)(20)
    const out = new Uint8Array(sealer.sealedLength(20))
    sealer.seal(22, 0xfeff, 0x10000, 5, plaintext, out, 0)
    const covered = out.subarray(0, 48)
    expect(covered.subarray(16)).toEqual(
      cbcEncrypt('aes-128-cbc', keys.key, out.subarray(0, 16), concat(plaintext, new Uint8Array(12).fill(11))),
    )
    expect(out.subarray(48)).toEqual(recordMac('sha1', keys.macKey, fields(covered), covered))
  })

  test('bad padding under a good MAC is refused all the same', () => {
    const keys = keysFor(SUITE, true)
    for (const last of [16, 255, 3]) {
      const block = new Uint8Array(16)
      block[15] = last
      const covered = concat(IV, cbcEncrypt('aes-128-cbc', keys.key, IV, block))
      const mac = recordMac('sha1', keys.macKey, fields(covered), covered)
      expect(open(SUITE, concat(covered, mac), EXPLICIT_ETM)).toBeNull()
    }
  })

  test('neither form opens the other', () => {
    const [inside, last] = [EXPLICIT, EXPLICIT_ETM].map(mode => {
      const sealer = createSealer(SUITE, keysFor(SUITE, true), mode, seededRandom(2))
      const out = new Uint8Array(sealer.sealedLength(24))
      sealer.seal(22, 0xfeff, 0x10000, 5, new Uint8Array(24), out, 0)
      return out
    })
    expect(open(SUITE, inside ?? IV, EXPLICIT_ETM)).toBeNull()
    expect(open(SUITE, last ?? IV, EXPLICIT)).toBeNull()
  })
})

describe('the arithmetic without branches', () => {
  test('checkPadding agrees with the plain definition', () => {
    const random = seededRandom(11)
    for (let round = 0; round < 3000; round++) {
      const [size = 0, value = 0, noise = 0] = random(3)
      const data = random(20 + size)
      // Mostly good padding, sometimes with one byte off.
      data.fill(value, Math.max(0, data.length - value - 1))
      if (noise < 100) data[data.length - 1 - (noise % data.length)] = noise
      const last = data.at(-1) ?? 0
      const fits = last + 1 + 20 <= data.length
      const good = fits && data.subarray(data.length - 1 - last).every(byte => byte === last)
      expect(checkPadding(data, 20)).toEqual({ good: good ? 0xff : 0, length: good ? last + 1 : 0 })
    }
  })

  test('extractMac takes the MAC from every place it can be at', () => {
    for (const macLength of [16, 20, 32, 48]) {
      for (const total of [macLength + 1, 64, 256, 400]) {
        const data = Uint8Array.from({ length: total }, (_, i) => (i * 7) & 0xff)
        for (let start = Math.max(0, total - macLength - MAX_PADDING); start + macLength <= total; start++) {
          expect(extractMac(data, start, macLength)).toEqual(data.slice(start, start + macLength))
        }
      }
    }
  })

  test('compressions counts the blocks of header, content, 0x80 and length (FIPS 180-4 section 5.1)', () => {
    for (let length = 0; length < 400; length++) {
      expect(compressions('sha256', length)).toBe(Math.ceil((13 + length + 1 + 8) / 64))
      expect(compressions('sha384', length)).toBe(Math.ceil((13 + length + 1 + 16) / 128))
    }
  })

  test('equalise has material for every difference', () => {
    for (const hash of ['md5', 'sha1', 'sha256', 'sha384'] as const) {
      for (let most = 0; most < 700; most++) {
        const missing = compressions(hash, most) - compressions(hash, Math.max(0, most - MAX_PADDING))
        expect(missing * HASHES[hash].block).toBeLessThanOrEqual(MAX_PADDING + 128)
      }
      expect(() => equalise(hash, 0, MAX_PADDING)).not.toThrow()
    }
  })
})
