import { describe, expect, test } from '@jest/globals'
import { fromHex, toHex } from '../../lib/base/bytes.ts'
import {
  DerReader,
  encode,
  encodeOid,
  encodeTime,
  encodeUnsigned,
  readBoolean,
  readInteger,
  readNamedBits,
  readOid,
  readSmallInteger,
  readTime,
  setOf,
  Tag,
} from '../../lib/pki/der.ts'
import { PkiFailure } from '../../lib/pki/failure.ts'

const reader = (hex: string): DerReader => new DerReader(fromHex(hex))

describe('elements', () => {
  test.each([
    ['', 'nothing'],
    ['02', 'no length'],
    ['0201', 'no contents'],
    ['020100'.slice(0, 4), 'contents cut short'],
    ['0281 01 00', 'a length in two octets that fits one'],
    ['0282 0080', 'a length with a leading zero'],
    ['3080 0000', 'an indefinite length'],
    ['0285 0000000001 00', 'a length of five octets'],
    ['1f81 0100', 'a tag number above 30'],
    ['0284 ffffffff', 'a length of 4 GiB'],
  ])('%s: %s is refused', hex => {
    expect(() => reader(hex).next()).toThrow(PkiFailure)
  })

  test('long lengths are read and written in their shortest form', () => {
    for (const length of [0, 127, 128, 255, 256, 65535, 65536]) {
      const encoding = encode(Tag.octetString, new Uint8Array(length))
      expect(new DerReader(encoding).next(Tag.octetString).contents.length).toBe(length)
    }
    expect(toHex(encode(4, new Uint8Array(200)).subarray(0, 3))).toBe('0481c8')
  })

  test('a wrong tag is refused and nothing may be left', () => {
    expect(() => reader('0500').next(Tag.integer)).toThrow(PkiFailure)
    expect(() => reader('0500').end()).toThrow(PkiFailure)
    expect(reader('0500').optional(Tag.integer)).toBeNull()
  })
})

describe('primitive values', () => {
  test.each(['0200', '02020001', '0202ff80', '02020000'])('INTEGER %s is refused', hex => {
    expect(() => readInteger(reader(hex))).toThrow(PkiFailure)
  })

  test.each([
    ['020100', 0],
    ['02017f', 127],
    ['02020080', 128],
    ['02047fffffff', 0x7fffffff],
    ['02050080000000', 0x7fffffff],
  ])('INTEGER %s is %d', (hex, value) => {
    expect(readSmallInteger(reader(hex))).toBe(value)
  })

  test('INTEGERs are written unsigned and short', () => {
    expect(toHex(encodeUnsigned(Uint8Array.of(0, 0, 0x80)))).toBe('02020080')
    expect(toHex(encodeUnsigned(new Uint8Array(0)))).toBe('020100')
    expect(() => readSmallInteger(reader('0201ff'))).toThrow(PkiFailure)
  })

  test.each(['010101', '01020000', '0100'])('BOOLEAN %s is refused', hex => {
    expect(() => readBoolean(reader(hex))).toThrow(PkiFailure)
  })

  test.each(['0300', '030101', '030208ff', '030201ff'])('BIT STRING %s is refused', hex => {
    expect(() => readNamedBits(reader(hex))).toThrow(PkiFailure)
  })

  test.each([
    ['06032a0304', '1.2.3.4'],
    ['0603883703', '2.999.3'],
    ['06092a864886f70d010101', '1.2.840.113549.1.1.1'],
    ['060100', '0.0'],
    ['06014f', '1.39'],
    ['060150', '2.0'],
  ])('OID %s is %s, both ways', (hex, oid) => {
    expect(readOid(reader(hex))).toBe(oid)
    expect(toHex(encodeOid(oid))).toBe(hex)
  })

  test.each(['0600', '060180', '06028001', '060388', '060aa0ffffffffffffffff7f'])('OID %s is refused', hex => {
    expect(() => readOid(reader(hex))).toThrow(PkiFailure)
  })

  test.each(['', '1', '3.1', '1.40', '1.2.x', '1.2.-3', '1.2.9007199254740993'])('the text %p is no OID', oid => {
    expect(() => encodeOid(oid)).toThrow(PkiFailure)
  })

  test('SET OF is sorted', () => {
    expect(toHex(setOf(fromHex('020105'), fromHex('020101'), fromHex('0101ff')))).toBe('31090101ff020101020105')
  })
})

describe('times', () => {
  const time = (tag: number, text: string): number => readTime(new DerReader(encode(tag, Buffer.from(text, 'latin1'))))

  test.each([
    [Tag.utcTime, '240229235959Z', Date.UTC(2024, 1, 29, 23, 59, 59)],
    [Tag.utcTime, '500101000000Z', Date.UTC(1950, 0, 1)],
    [Tag.utcTime, '491231235959Z', Date.UTC(2049, 11, 31, 23, 59, 59)],
    [Tag.generalizedTime, '20500101000000Z', Date.UTC(2050, 0, 1)],
  ])('%d %s', (tag, text, value) => {
    expect(time(tag, text)).toBe(value)
    expect(readTime(new DerReader(encodeTime(value)))).toBe(value)
  })

  test.each([
    [Tag.utcTime, '2402292359Z'],
    [Tag.utcTime, '240230000000Z'],
    [Tag.utcTime, '241301000000Z'],
    [Tag.utcTime, '240101240000Z'],
    [Tag.utcTime, '240101006000Z'],
    [Tag.utcTime, '240101000060Z'],
    [Tag.utcTime, '240101000000+0000'],
    [Tag.utcTime, '20240101000000Z'],
    [Tag.generalizedTime, '20240101000000.5Z'],
    [Tag.generalizedTime, '20240101000000'],
    [Tag.generalizedTime, '240101000000Z'],
    [Tag.octetString, '240101000000Z'],
  ])('%d %s is refused', (tag, text) => {
    expect(() => time(tag, text)).toThrow(PkiFailure)
  })
})
