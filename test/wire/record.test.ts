import { describe, expect, test } from '@jest/globals'
import { concat, fromHex, toHex } from '../../lib/base/bytes.ts'
import {
  DTLS_RECORD_HEADER,
  MAX_SEQUENCE,
  readDtlsRecord,
  readTlsHeader,
  TLS_RECORD_HEADER,
  writeDtlsHeader,
  writeTlsHeader,
} from '../../lib/wire/record.ts'
import { Seeded } from './seeded.ts'

// Two records as OpenSSL packs them: ServerHelloDone, then an alert of epoch 1.
const DONE = fromHex('16 fefd 0000 000000000005 000c 0e0000000004000000000000')
const ALERT = fromHex('15 fefd 0001 0000fffffffe 0002 0100')

describe('DTLS records', () => {
  test('reads the records of a datagram one after the other', () => {
    const datagram = concat(DONE, ALERT)
    const first = readDtlsRecord(datagram, 0)
    expect(first).toEqual({
      type: 22,
      version: 0xfefd,
      epoch: 0,
      sequence: 5,
      fragment: DONE.subarray(DTLS_RECORD_HEADER),
      datagram,
      start: 0,
      end: DONE.length,
    })
    const second = readDtlsRecord(datagram, first?.end ?? 0)
    expect(second).toMatchObject({ type: 21, epoch: 1, sequence: 0xfffffffe, end: datagram.length })
    expect(toHex(second?.fragment ?? new Uint8Array(0))).toBe('0100')
    expect(readDtlsRecord(datagram, datagram.length)).toBeNull()
  })

  test('a fragment is a view, and the place of the record is told', () => {
    const datagram = concat(ALERT)
    const record = readDtlsRecord(datagram, 0)
    datagram[0] = 99
    datagram[13] = 98
    expect([record?.datagram[record.start], record?.fragment[0]]).toEqual([99, 98])
  })

  test('an empty fragment is a record', () => {
    const record = readDtlsRecord(fromHex('17 fefd 0001 000000000001 0000'), 0)
    expect(record).toMatchObject({ type: 23, end: 13 })
    expect(record?.fragment.length).toBe(0)
  })

  test('a record cut anywhere is none', () => {
    for (let length = 0; length < DONE.length; length++) expect(readDtlsRecord(DONE.subarray(0, length), 0)).toBeNull()
  })

  test('a datagram of noise never throws and no record leaves it', () => {
    const random = new Seeded(1)
    let records = 0
    for (let run = 0; run < 2000; run++) {
      const datagram = random.bytes(random.below(64))
      if (datagram.length > 11) datagram[11] = 0
      for (let at = 0, record = readDtlsRecord(datagram, at); record !== null; record = readDtlsRecord(datagram, at)) {
        records++
        expect(record.end).toBe(at + DTLS_RECORD_HEADER + record.fragment.length)
        expect(record.end).toBeLessThanOrEqual(datagram.length)
        at = record.end
      }
    }
    expect(records).toBeGreaterThan(10)
  })

  test.each([0, 1, 0xffff, 0x10000, 0xffffffff, 0x100000000, 0x0123456789ab, MAX_SEQUENCE])(
    'carries sequence %d',
    sequence => {
      const out = new Uint8Array(15)
      writeDtlsHeader(out, 2, 23, 0xfefd, 0xabcd, sequence, 0)
      expect(toHex(out.subarray(0, 2))).toBe('0000')
      expect(readDtlsRecord(out, 2)).toMatchObject({ type: 23, version: 0xfefd, epoch: 0xabcd, sequence, end: 15 })
    },
  )

  test('writes what OpenSSL writes', () => {
    const out = new Uint8Array(DTLS_RECORD_HEADER)
    writeDtlsHeader(out, 0, 21, 0xfefd, 1, 0xfffffffe, 2)
    expect(out).toEqual(ALERT.subarray(0, DTLS_RECORD_HEADER))
  })

  test('refuses what does not fit', () => {
    const out = new Uint8Array(DTLS_RECORD_HEADER)
    expect(() => writeDtlsHeader(out, 1, 22, 0xfefd, 0, 0, 0)).toThrow(RangeError)
    expect(() => writeDtlsHeader(out, 0, 256, 0xfefd, 0, 0, 0)).toThrow(RangeError)
    expect(() => writeDtlsHeader(out, 0, 22, 0xfefd, 0x10000, 0, 0)).toThrow(RangeError)
    expect(() => writeDtlsHeader(out, 0, 22, 0xfefd, 0, MAX_SEQUENCE + 1, 0)).toThrow(RangeError)
    expect(() => writeDtlsHeader(out, 0, 22, 0xfefd, 0, 0, 0x10000)).toThrow(RangeError)
  })
})

describe('TLS record headers', () => {
  test('are read and written alike', () => {
    const out = new Uint8Array(6)
    writeTlsHeader(out, 1, 22, 0x0303, 0x4001)
    expect(toHex(out)).toBe('001603034001')
    expect(readTlsHeader(out, 1)).toEqual({ type: 22, version: 0x0303, length: 0x4001 })
  })

  test('a header cut anywhere is none', () => {
    const bytes = fromHex('1603034001')
    for (let length = 0; length < TLS_RECORD_HEADER; length++)
      expect(readTlsHeader(bytes.subarray(0, length), 0)).toBeNull()
  })

  test('refuses what does not fit', () => {
    expect(() => writeTlsHeader(new Uint8Array(4), 0, 22, 0x0303, 0)).toThrow(RangeError)
    expect(() => writeTlsHeader(new Uint8Array(5), 0, 22, 0x0303, 0x10000)).toThrow(RangeError)
  })
})
