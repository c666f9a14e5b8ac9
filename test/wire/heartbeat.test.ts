import { describe, expect, test } from '@jest/globals'
import { fromHex, toHex } from '../../lib/base/bytes.ts'
import { heartbeat } from '../../lib/wire/messages/heartbeat.ts'

/** Written down by hand from RFC 6520 section 4: type, length of the payload, payload, padding. */
const PADDING = 'f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'

describe('a heartbeat', () => {
  test.each([
    ['request', 1, 'cafe', `010002cafe${PADDING}`],
    ['response', 2, 'cafe', `020002cafe${PADDING}`],
    ['without a payload', 1, '', `010000${PADDING}`],
    ['with more padding than needed', 1, '00', `01000100${PADDING}${PADDING}01`],
    ['of a type that nobody knows', 9, '00', `09000100${PADDING}`],
  ])('%s', (_what, type, payload, hex) => {
    const bytes = fromHex(hex)
    const message = heartbeat.read(bytes)
    expect(message).toEqual({ type, payload: fromHex(payload) })
    const padding = bytes.subarray(3 + payload.length / 2)
    expect(toHex(heartbeat.write({ type, payload: fromHex(payload) }, padding))).toBe(hex)
  })

  test.each([
    ['nothing', ''],
    ['a type alone', '01'],
    ['half a length', '0100'],
    ['no padding', '010002cafe'],
    ['15 bytes of padding', `010002cafe${PADDING.slice(2)}`],
    ['15 bytes of padding and no payload', `010000${PADDING.slice(2)}`],
    // CVE-2014-0160.
    ['a payload that claims 16 KiB', `014000cafe${PADDING}`],
    ['a payload that claims all there is', `01ffffcafe${PADDING}`],
    ['a payload that claims a byte of the padding', `010003cafe${PADDING}`],
    ['a payload that claims the padding', `010012cafe${PADDING}`],
  ])('that has %s is no message', (_what, hex) => {
    expect(heartbeat.read(fromHex(hex))).toBeNull()
  })

  test('of every length claims its payload, and not a byte more', () => {
    for (let length = 0; length < 300; length++) {
      const content = heartbeat.write({ type: 1, payload: new Uint8Array(length).fill(7) }, new Uint8Array(16).fill(9))
      for (let claimed = 0; claimed <= length + 20; claimed++) {
        content.set([claimed >> 8, claimed & 0xff], 1)
        expect(heartbeat.read(content)?.payload.length).toBe(claimed <= length ? claimed : undefined)
      }
    }
  })

  test('is not written with too little padding', () => {
    expect(() => heartbeat.write({ type: 1, payload: new Uint8Array(1) }, new Uint8Array(15))).toThrow(RangeError)
  })
})
