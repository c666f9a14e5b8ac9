import { describe, expect, test } from '@jest/globals'
import { CIPHERS } from '../../../lib/crypto/ciphers.ts'
import { createOpener, createPlainOpener, createPlainSealer, createSealer } from '../../../lib/crypto/protection.ts'
import type { Opener, Sealer, SealMode } from '../../../lib/crypto/sealer.ts'
import { SUITES } from '../../../lib/crypto/suites.ts'
import { kernelSealer, sharedSlots } from '../../../lib/crypto/wasm/index.ts'
import { type Kernels, kernels } from '../../../lib/crypto/wasm/kernels.ts'
import { Seeded } from '../../wire/seeded.ts'
import { flipped, keysFor, seededRandom } from '../helpers.ts'

const MODE: SealMode = { encryptThenMac: false, explicitIv: true }
const EPOCH = 0x00010000
const ALL = [
  ...new Map(
    SUITES.filter(suite => suite.available && suite.mac === 'aead').map(suite => [suite.cipher, suite]),
  ).values(),
].filter(suite => kernelSealer(CIPHERS[suite.cipher], keysFor(suite, true)) !== null)

test('this machine has the kernels', () => {
  expect(kernels()).not.toBeNull()
  expect(ALL.map(suite => suite.cipher)).toEqual(expect.arrayContaining(['aes-128-gcm', 'chacha20-poly1305']))
})

describe.each(ALL.map(suite => ({ suite, name: suite.cipher })))('$name', ({ suite }) => {
  const explicit = CIPHERS[suite.cipher].kind !== 'chacha20'
  const make = () => {
    const keys = keysFor(suite, true)
    return {
      sealer: createSealer(suite, keys, MODE, seededRandom(1)),
      opener: createOpener(suite, keys, MODE),
      plainSealer: createPlainSealer(suite, keys, MODE, seededRandom(1)),
      plainOpener: createPlainOpener(suite, keys, MODE),
    }
  }

  test('seals and opens as the plain form, at every length to 320 and around every border', () => {
    const { sealer, opener, plainSealer, plainOpener } = make()
    const lengths = Array.from({ length: 321 }, (_, i) => i)
    for (const border of [1024, 2000, 3072, 4096, 5120, 16384]) lengths.push(border - 1, border, border + 1)
    for (const [number, length] of lengths.filter(size => size <= 16384).entries()) {
      const text = seededRandom(length)(length)
      const sealed = seal(sealer, EPOCH, number, text)
      expect(same(sealed, seal(plainSealer, EPOCH, number, text))).toBe(true)
      expect(same(open(opener, EPOCH, number, sealed), text)).toBe(true)
      expect(same(open(plainOpener, EPOCH, number, sealed), text)).toBe(true)
    }
  })

  test('random lengths in random order, with records lost, repeated and late', () => {
    const { sealer, opener, plainSealer } = make()
    const dice = new Seeded(suite.id)
    const roll = (below: number) => {
      const [a = 0, b = 0] = dice.bytes(2)
      return (a * 256 + b) % below
    }
    let number = 0
    const late: { number: number; text: Uint8Array; sealed: Uint8Array }[] = []
    for (let round = 0; round < 300; round++) {
      const text = seededRandom(round)(roll(4) === 0 ? roll(2000) : 40)
      // Sequence numbers of one's own may leap, too: nothing says that a record is sent for each.
      number += roll(12) === 0 ? 1 + roll(12) : 1
      const sealed = seal(sealer, EPOCH, number, text)
      expect(same(sealed, seal(plainSealer, EPOCH, number, text))).toBe(true)
      const fate = roll(8)
      if (fate === 0) late.push({ number, text, sealed })
      else if (fate !== 1) expect(same(open(opener, EPOCH, number, sealed), text)).toBe(true)
      const delayed = fate === 2 ? late.shift() : undefined
      if (delayed) expect(same(open(opener, EPOCH, delayed.number, delayed.sealed), delayed.text)).toBe(true)
    }
  })

  test('a nonce of the peer that has nothing to do with the number, and one that overflows', () => {
    if (!explicit) return
    const { opener, plainSealer } = make()
    const text = seededRandom(5)(100)
    const nonces = [
      [0xffffffff, 0xfffffffd],
      [0xffffffff, 0xfffffffe],
      [0xffffffff, 0xffffffff],
      [0, 0],
      [0, 1],
      [0x12345678, 0xffffffff],
      [0x12345679, 0],
      [0x12345679, 1],
      [0x1234567a, 1],
    ] as const
    for (const [high, low] of nonces) {
      // Sealed as number (high, low), so with that nonce; its header is of that number.
      expect(same(open(opener, high, low, seal(plainSealer, high, low, text)), text)).toBe(true)
    }
  })

  test('the numbers go over from the lower half to the upper', () => {
    const { sealer, opener, plainSealer } = make()
    for (let i = -12; i < 12; i++) {
      const [high, low] = i < 0 ? [EPOCH, 2 ** 32 + i] : [EPOCH + 1, i]
      const text = seededRandom(3)(48)
      const sealed = seal(sealer, high, low, text)
      expect(same(sealed, seal(plainSealer, high, low, text))).toBe(true)
      expect(same(open(opener, high, low, sealed), text)).toBe(true)
    }
  })

  test('a forged record gives nothing, and nothing of it is left in the memory', () => {
    const { sealer, opener } = make()
    const { memory, text: place } = loaded()
    const text = new Uint8Array(200).fill(0x61)
    for (let number = 0; number < 40; number++) {
      const sealed = seal(sealer, EPOCH, number, text)
      const forged = flipped(sealed, (number * 131) % (sealed.length * 8))
      expect(open(opener, EPOCH, number, forged)).toBeNull()
      expect(holds(memory.subarray(place - 64, place + 400), text.subarray(0, 8))).toBe(false)
      expect(same(open(opener, EPOCH, number, sealed), text)).toBe(true)
    }
  })

  test('the key is in the memory during calls only', () => {
    const { sealer, opener } = make()
    const { key } = keysFor(suite, true)
    for (let number = 0; number < 5; number++) {
      const sealed = seal(sealer, EPOCH, number, seededRandom(number)(300))
      expect(open(opener, EPOCH, number, sealed)).not.toBeNull()
      expect(open(opener, EPOCH, number, flipped(sealed, 90))).toBeNull()
      expect(holds(loaded().memory, key)).toBe(false)
      expect(
        loaded()
          .memory.subarray(1024, 4096)
          .some(byte => byte !== 0),
      ).toBe(false)
    }
  })

  test('more connections than there are slots, all of them busy', () => {
    const pairs = Array.from({ length: 80 }, make)
    for (let number = 0; number < 4; number++) {
      for (const [i, { sealer, opener }] of pairs.entries()) {
        const text = seededRandom(i)(20 + i)
        expect(same(open(opener, EPOCH, number, seal(sealer, EPOCH, number, text)), text)).toBe(true)
      }
    }
    expect(sharedSlots(loaded()).taken).toBeLessThanOrEqual(loaded().slotCount)
    for (const { sealer, opener } of pairs) {
      sealer.wipe()
      opener.wipe()
    }
  })
})

function loaded(): Kernels {
  const found = kernels()
  if (found === null) throw new Error('no kernels')
  return found
}

function seal(sealer: Sealer, high: number, low: number, text: Uint8Array): Uint8Array {
  const out = new Uint8Array(sealer.sealedLength(text.length))
  expect(sealer.seal(23, 0xfefd, high, low, text, out, 0)).toBe(out.length)
  return out
}

function open(opener: Opener, high: number, low: number, fragment: Uint8Array): Uint8Array | null {
  return opener.open(23, 0xfefd, high, low, fragment)
}

/** `toEqual` takes milliseconds on long ones. */
function same(a: Uint8Array | null, b: Uint8Array): boolean {
  return a !== null && Buffer.compare(a, b) === 0
}

function holds(memory: Uint8Array, secret: Uint8Array): boolean {
  return Buffer.from(memory.buffer, memory.byteOffset, memory.length).includes(Buffer.from(secret))
}
