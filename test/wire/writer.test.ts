import { describe, expect, test } from '@jest/globals'
import { fromHex, toHex } from '../../lib/base/bytes.ts'
import { u16List, Writer } from '../../lib/wire/writer.ts'

describe('Writer', () => {
  test('writes numbers of every width, big-endian', () => {
    const writer = new Writer(0).u8(0xff).u16(0xfffe).u24(0xfffffd).u32(0xfffffffc).u48(0xfffffffffffb)
    expect(writer.length).toBe(16)
    expect(toHex(writer.finish())).toBe('fffffefffffdfffffffcfffffffffffb')
  })

  test('puts the length before a vector, given as bytes or as a function', () => {
    const writer = new Writer()
      .vector8(fromHex('aabb'))
      .vector16(u16List([1, 2]))
      .vector24(outer => outer.vector8(inner => inner.vector16(new Uint8Array(0))))
    expect(toHex(writer.finish())).toBe('02aabb' + '000400010002' + '000003' + '020000')
  })

  test('grows as needed, also inside a vector', () => {
    const body = new Uint8Array(70_000).fill(7)
    const bytes = new Writer(1).vector24(inner => inner.bytes(body).u8(8)).finish()
    expect(bytes.length).toBe(70_004)
    expect(toHex(bytes.subarray(0, 4))).toBe('01117107')
    expect(bytes[70_003]).toBe(8)
  })

  test('finish gives a copy of exactly its size', () => {
    const writer = new Writer(100).u8(1)
    const first = writer.finish()
    expect(first.buffer.byteLength).toBe(1)
    writer.u8(2)
    expect(toHex(first)).toBe('01')
    expect(toHex(writer.finish())).toBe('0102')
  })

  test.each([
    ['u8 256', () => new Writer().u8(256)],
    ['u16 65536', () => new Writer().u16(0x10000)],
    ['u24 2^24', () => new Writer().u24(2 ** 24)],
    ['u32 2^32', () => new Writer().u32(2 ** 32)],
    ['u48 2^48', () => new Writer().u48(2 ** 48)],
    ['below zero', () => new Writer().u16(-1)],
    ['a fraction', () => new Writer().u16(1.5)],
    ['not a number', () => new Writer().u8(Number.NaN)],
    ['vector8 of 256 bytes', () => new Writer().vector8(new Uint8Array(256))],
    ['vector16 of 65536 bytes', () => new Writer().vector16(new Uint8Array(65_536))],
    ['an empty vector where one byte is the least', () => new Writer().vector8(new Uint8Array(0), 1)],
    ['a vector above its bound', () => new Writer().vector8(new Uint8Array(33), 0, 32)],
    ['a field of a fixed length', () => new Writer().bytes(new Uint8Array(31), 32)],
  ])('refuses %s', (_name, act) => {
    expect(act).toThrow(RangeError)
  })
})
