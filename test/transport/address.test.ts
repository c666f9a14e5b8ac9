import { isIP } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { toHex } from '../../lib/base/bytes.ts'
import { addressBytes, endpointFrom, formatIp, headerOverhead, parseIp } from '../../lib/transport/address.ts'

describe('addresses', () => {
  test.each([
    ['127.0.0.1', '7f000001'],
    ['0.0.0.0', '00000000'],
    ['255.255.255.255', 'ffffffff'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['1::', '00010000000000000000000000000000'],
    ['2001:db8::8:800:200c:417a', '20010db80000000000080800200c417a'],
    ['2001:db8:0:1:1:1:1:1', '20010db8000000010001000100010001'],
    ['2001:0:0:1::1', '20010000000000010000000000000001'],
    ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
    ['::192.0.2.1', '000000000000000000000000c0000201'],
    ['ff02::fb', 'ff0200000000000000000000000000fb'],
    ['::2:3:4:5:6:7:8', '00000002000300040005000600070008'],
  ])('reads and writes %s', (text, hex) => {
    const bytes = parseIp(text)
    expect(bytes && toHex(bytes)).toBe(hex)
    expect(bytes && parseIp(formatIp(bytes))).toEqual(bytes)
  })

  test.each([
    ['20010db8000000000000000000000001', '2001:db8::1'],
    // inet_ntop shortens a run of two and more, the first of equal ones.
    ['20010000000000010000000000000001', '2001:0:0:1::1'],
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['00010000000000000001000000000000', '1::1:0:0:0'],
    ['00000000000000000000ffff7f000001', '::ffff:127.0.0.1'],
    ['000000000000000000000000c0000201', '::192.0.2.1'],
    ['00000000000000000000000000000001', '::1'],
  ])('writes %s as inet_ntop does', (hex, text) => {
    expect(formatIp(new Uint8Array(Buffer.from(hex, 'hex')))).toBe(text)
  })

  test.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '256.0.0.1',
    '1.2.3.-4',
    ' 1.2.3.4',
    '0x7f.0.0.1',
    '1.2.3.4:80',
    ':',
    ':::',
    '::1::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    ':1',
    '1:',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '::1%lo',
    '[::1]',
    '::256.1.1.1',
  ])('refuses %j', text => {
    expect(parseIp(text)).toBeNull()
  })

  test('knows the headers of IPv4, IPv6 and IPv4 in IPv6', () => {
    const at = (address: string) =>
      headerOverhead({ family: address.includes(':') ? 'IPv6' : 'IPv4', address, port: 1 })
    expect(['192.0.2.1', '::ffff:192.0.2.1', '::ffff:1:2:3', '2001:db8::1'].map(at)).toEqual([28, 28, 48, 48])
  })

  test('makes endpoints of bytes and back', () => {
    const endpoint = endpointFrom(Uint8Array.of(192, 0, 2, 1), 4433)
    expect(endpoint).toEqual({ family: 'IPv4', address: '192.0.2.1', port: 4433 })
    expect(endpoint && addressBytes(endpoint)).toEqual({ bytes: Uint8Array.of(192, 0, 2, 1), scope: 0 })
    expect(endpointFrom(new Uint8Array(5), 1)).toBeNull()
    expect(endpointFrom(new Uint8Array(16), 1, 99999)?.address).toBe('::%99999')
    expect(addressBytes({ family: 'IPv6', address: '::%99999', port: 1 }).scope).toBe(99999)
  })

  test("takes just what Node's own check takes, on 20000 seeded texts", () => {
    let state = 1
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    const pieces = [
      '0',
      '1',
      '9',
      '25',
      '255',
      '256',
      '01',
      'ff',
      'abcd',
      'ffff',
      'g',
      ':',
      ':',
      '::',
      '.',
      '.',
      '1.2.3.4',
    ]
    let valid = 0
    for (let i = 0; i < 20000; i++) {
      const text = Array.from({ length: 1 + random(12) }, () => pieces[random(pieces.length)]).join('')
      expect([text, parseIp(text) !== null]).toEqual([text, isIP(text) !== 0])
      if (isIP(text) !== 0) valid++
    }
    expect(valid).toBeGreaterThan(200)
  })
})
