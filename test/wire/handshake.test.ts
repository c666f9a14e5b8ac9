import { describe, expect, test } from '@jest/globals'
import { concat, fromHex, toHex } from '../../lib/base/bytes.ts'
import { ProtocolFailure } from '../../lib/base/failure.ts'
import {
  encodeFragment,
  encodeTlsMessage,
  encodeUnfragmented,
  readFragment,
  readTlsMessageHeader,
} from '../../lib/wire/handshake.ts'
import { Reader } from '../../lib/wire/reader.ts'

const BODY = fromHex('0102030405')

describe('DTLS handshake fragments', () => {
  test('several may share a record', () => {
    const record = concat(
      encodeFragment(11, 5, 3, 0, BODY.subarray(0, 2)),
      encodeFragment(11, 5, 3, 2, BODY.subarray(2)),
    )
    expect(toHex(record)).toBe('0b0000050003000000000002' + '0102' + '0b0000050003000002000003' + '030405')
    const reader = new Reader(record)
    expect(readFragment(reader)).toEqual({
      type: 11,
      length: 5,
      messageSequence: 3,
      offset: 0,
      fragment: fromHex('0102'),
    })
    expect(readFragment(reader)).toEqual({
      type: 11,
      length: 5,
      messageSequence: 3,
      offset: 2,
      fragment: fromHex('030405'),
    })
    reader.expectEnd()
  })

  test('one that ends after its message is an excessive message, as in OpenSSL', () => {
    const reader = new Reader(fromHex('0b0000050003000003000003 010203'))
    expect(() => readFragment(reader)).toThrow(expect.objectContaining({ reason: 'excessive-message-size', alert: 47 }))
    expect(() => encodeFragment(11, 5, 3, 3, BODY.subarray(0, 3))).toThrow(RangeError)
  })

  test('one cut anywhere is refused', () => {
    const whole = encodeUnfragmented(20, 4, BODY)
    for (let length = 0; length < whole.length; length++) {
      expect(() => readFragment(new Reader(whole.subarray(0, length)))).toThrow(ProtocolFailure)
    }
  })

  test('the form that is hashed is one fragment', () => {
    expect(toHex(encodeUnfragmented(20, 4, BODY))).toBe('140000050004000000000005' + '0102030405')
  })
})

describe('TLS handshake messages', () => {
  test('have a header of four bytes', () => {
    const message = encodeTlsMessage(2, BODY)
    expect(toHex(message)).toBe('02000005' + '0102030405')
    expect(readTlsMessageHeader(message)).toEqual({ type: 2, length: 5 })
    expect(readTlsMessageHeader(message.subarray(0, 3))).toBeNull()
  })
})
