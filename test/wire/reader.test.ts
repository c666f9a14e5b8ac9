import { describe, expect, test } from '@jest/globals'
import { fromHex } from '../../lib/base/bytes.ts'
import { ProtocolFailure, type Reason } from '../../lib/base/failure.ts'
import { Reader, readU16List } from '../../lib/wire/reader.ts'

function reasonOf(act: () => unknown): Reason | null {
  try {
    act()
  } catch (error) {
    if (error instanceof ProtocolFailure) return error.reason
    throw error
  }
  return null
}

describe('Reader', () => {
  test('reads numbers of every width, big-endian and without sign', () => {
    const reader = new Reader(fromHex('ff fffe fffffd fffffffc fffffffffffb'))
    expect([reader.u8(), reader.u16(), reader.u24(), reader.u32(), reader.u48()]).toEqual([
      0xff, 0xfffe, 0xfffffd, 0xfffffffc, 0xfffffffffffb,
    ])
    expect(reader.offset).toBe(16)
    reader.expectEnd()
  })

  test.each([
    ['u8', '', (reader: Reader) => reader.u8()],
    ['u16', '00', (reader: Reader) => reader.u16()],
    ['u24', '0000', (reader: Reader) => reader.u24()],
    ['u32', '000000', (reader: Reader) => reader.u32()],
    ['u48', '0000000000', (reader: Reader) => reader.u48()],
    ['peekU8', '', (reader: Reader) => reader.peekU8()],
    ['bytes', '00', (reader: Reader) => reader.bytes(2)],
    ['vector8', '0200', (reader: Reader) => reader.vector8()],
    ['vector16', '000200', (reader: Reader) => reader.vector16()],
    ['vector24', '00000200', (reader: Reader) => reader.vector24()],
    ['nested8', '0200', (reader: Reader) => reader.nested8()],
    ['nested16', '00', (reader: Reader) => reader.nested16()],
    ['nested24', 'ffffff', (reader: Reader) => reader.nested24()],
  ])('%s does not read past the end', (_name, bytes, read) => {
    expect(reasonOf(() => read(new Reader(fromHex(bytes))))).toBe('decode-error')
  })

  test('a length below zero, or none at all, is refused', () => {
    for (const length of [-1, Number.NaN]) {
      expect(reasonOf(() => new Reader(fromHex('0000')).bytes(length))).toBe('decode-error')
    }
  })

  test('vectors keep to their bounds', () => {
    expect(new Reader(fromHex('02aabb')).vector8(2, 2)).toEqual(fromHex('aabb'))
    expect(reasonOf(() => new Reader(fromHex('02aabb')).vector8(3))).toBe('decode-error')
    expect(reasonOf(() => new Reader(fromHex('0002aabb')).vector16(0, 1))).toBe('decode-error')
    expect(reasonOf(() => new Reader(fromHex('000000')).nested24(1))).toBe('decode-error')
  })

  test('a nested reader ends where its vector ends', () => {
    const reader = new Reader(fromHex('0003 010203 04'))
    const nested = reader.nested16()
    expect(nested.u16()).toBe(0x0102)
    expect(reasonOf(() => nested.u16())).toBe('decode-error')
    expect(nested.u8()).toBe(3)
    nested.expectEnd()
    expect(reader.peekU8()).toBe(4)
    expect(reader.remaining).toBe(1)
    expect(reader.rest()).toEqual(fromHex('04'))
  })

  test('gives views, not copies', () => {
    const bytes = fromHex('0102')
    const view = new Reader(bytes).bytes(2)
    bytes[0] = 9
    expect(view[0]).toBe(9)
  })

  test('what is left over has a reason of its own', () => {
    expect(reasonOf(() => new Reader(fromHex('00')).expectEnd())).toBe('length-mismatch')
  })

  test('reasons given to a reader go down to its nested ones', () => {
    const reader = new Reader(fromHex('0100'), 'bad-extension', 'bad-alpn')
    const nested = reader.nested8()
    expect(reasonOf(() => nested.expectEnd())).toBe('bad-alpn')
    expect(reasonOf(() => nested.u16())).toBe('bad-extension')
  })

  test('a list of pairs has no odd byte', () => {
    expect(readU16List(new Reader(fromHex('00010002')))).toEqual([1, 2])
    expect(reasonOf(() => readU16List(new Reader(fromHex('000100'))))).toBe('decode-error')
  })
})
