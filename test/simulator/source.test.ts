import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { toHex } from '../../lib/base/bytes.ts'
import { SeededSource, seededRandom } from '../../lib/sim.ts'

/** The generator as its documentation describes it, by another implementation of SHA-256. */
function expectedStream(key: Buffer, blocks: number): string {
  let out = ''
  for (let i = 0; i < blocks; i++) {
    const counter = Buffer.alloc(8)
    counter.writeBigUInt64BE(BigInt(i))
    out += sha256(key, Buffer.of(0), counter).toString('hex')
  }
  return out
}

const sha256 = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()
const keyOf = (seed: string): Buffer => sha256(Buffer.from(`openssl-shim/sim\0${seed}`))

describe('bytes', () => {
  test('are the documented stream', () => {
    expect(toHex(seededRandom('issue 28998 ä')(100))).toBe(expectedStream(keyOf('issue 28998 ä'), 4).slice(0, 200))
  })

  test('do not depend on how they are asked for', () => {
    const source = new SeededSource(1)
    const parts = [0, 1, 31, 33, 64, 7].map(length => toHex(source.bytes(length)))
    expect(parts.join('')).toBe(expectedStream(keyOf('1'), 5).slice(0, 2 * 136))
  })

  test('are copies: writing to them does not change what follows', () => {
    const source = new SeededSource(1)
    source.bytes(4).fill(0)
    expect(toHex(source.bytes(4))).toBe(expectedStream(keyOf('1'), 1).slice(8, 16))
  })

  test('a number and its text are one seed, other seeds are others', () => {
    expect(toHex(seededRandom(42)(16))).toBe(toHex(seededRandom('42')(16)))
    expect(toHex(seededRandom(42)(16))).not.toBe(toHex(seededRandom(43)(16)))
    expect(() => seededRandom(Number.NaN)).toThrow(RangeError)
  })

  test('keys drawn one after the other are distinct', () => {
    const random = seededRandom('keys')
    expect(new Set(Array.from({ length: 1000 }, () => toHex(random(32)))).size).toBe(1000)
  })
})

describe('fork', () => {
  test('depends on the seed and the label, not on what was drawn', () => {
    const source = new SeededSource(1)
    const before = toHex(source.fork('client').bytes(32))
    source.bytes(1000)
    expect(toHex(source.fork('client').bytes(32))).toBe(before)
    expect(before).toBe(expectedStream(sha256(keyOf('1'), Buffer.of(1), Buffer.from('client')), 1))
    expect(toHex(source.fork('server').bytes(32))).not.toBe(before)
  })

  test('does not disturb its parent', () => {
    const [a, b] = [new SeededSource(1), new SeededSource(1)]
    a.fork('x').bytes(100)
    expect(toHex(a.bytes(32))).toBe(toHex(b.bytes(32)))
  })
})

describe('numbers', () => {
  test('uniform takes the top 53 bits of 8 bytes', () => {
    const [source, twin] = [new SeededSource(9), new SeededSource(9)]
    for (let i = 0; i < 100; i++) {
      const bits = Buffer.from(twin.bytes(8)).readBigUInt64BE()
      const value = ((bits >> 32n) >> 11n) * 2n ** 32n + (bits & 0xffffffffn)
      expect(source.uniform()).toBe(Number(value) / 2 ** 53)
    }
  })

  test('uniform and integer spread evenly', () => {
    const source = new SeededSource(2)
    const tenths = new Array<number>(10).fill(0)
    const faces = new Array<number>(6).fill(0)
    for (let i = 0; i < 6000; i++) {
      const tenth = Math.floor(source.uniform() * 10)
      tenths[tenth] = (tenths[tenth] ?? 0) + 1
      const face = source.integer(6)
      faces[face] = (faces[face] ?? 0) + 1
    }
    // Five standard deviations: sqrt(6000 * 0.1 * 0.9) = 23, sqrt(6000 / 6 * 5 / 6) = 29.
    for (const count of tenths) expect(Math.abs(count - 600)).toBeLessThan(116)
    for (const count of faces) expect(Math.abs(count - 1000)).toBeLessThan(145)
  })

  test('integer stays below n for the least and the greatest n', () => {
    const source = new SeededSource(3)
    expect(source.integer(1)).toBe(0)
    for (let i = 0; i < 50; i++) expect(source.integer(Number.MAX_SAFE_INTEGER)).toBeLessThan(Number.MAX_SAFE_INTEGER)
    for (const n of [0, -1, 1.5, 2 ** 53, Number.NaN]) expect(() => source.integer(n)).toThrow(RangeError)
  })

  test('integer draws again where the rest would favour small numbers', () => {
    // 2^53 draws share out to n once, with n - 2 over: about half of them must not be used.
    const n = 2 ** 52 + 1
    const [source, twin] = [new SeededSource(6), new SeededSource(6)]
    const draws = Array.from({ length: 200 }, () => twin.uniform() * 2 ** 53)
    const usable = draws.filter(draw => draw < n)
    expect(usable.length).toBeLessThan(150)
    expect(usable.map(() => source.integer(n))).toEqual(usable)
  })

  test('chance is never at 0, always at 1, and takes as much of the stream either way', () => {
    const [a, b] = [new SeededSource(4), new SeededSource(4)]
    for (let i = 0; i < 100; i++) {
      expect(a.chance(0)).toBe(false)
      expect(b.chance(1)).toBe(true)
    }
    expect(a.uniform()).toBe(b.uniform())
    for (const p of [-0.1, 1.1, Number.NaN]) expect(() => a.chance(p)).toThrow(RangeError)
  })

  test('between stays within its span', () => {
    const source = new SeededSource(5)
    expect(source.between(7, 7)).toBe(7)
    for (let i = 0; i < 100; i++) {
      const value = source.between(10, 20)
      expect(value >= 10 && value <= 20).toBe(true)
    }
  })
})
