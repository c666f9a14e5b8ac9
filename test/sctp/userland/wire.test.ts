import { describe, expect, test } from '@jest/globals'
import { fromHex, toHex, utf8 } from '../../../lib/base/bytes.ts'
import { crc32c } from '../../../lib/sctp/wire/crc32c.ts'
import { DATA, I_DATA } from '../../../lib/sctp/wire/data.ts'
import { FORWARD_TSN, I_FORWARD_TSN } from '../../../lib/sctp/wire/forward-tsn.ts'
import { type Init, readInit, writeInit } from '../../../lib/sctp/wire/init.ts'
import { readPacket, writeChunk, writePacket } from '../../../lib/sctp/wire/packet.ts'
import { readSack, writeSack } from '../../../lib/sctp/wire/sack.ts'
import { SeededSource } from '../../../lib/simulator/source.ts'

describe('CRC32c', () => {
  // RFC 3720 appendix B.4, as numbers.
  test.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['counting up', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['counting down', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    ['digits', utf8('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(0), 0],
  ])('%s', (_name, bytes, sum) => expect(crc32c(bytes)).toBe(sum))

  test('a hole counts as zeros, wherever it is', () => {
    const source = new SeededSource('crc')
    for (let length = 4; length < 60; length++) {
      const bytes = source.bytes(length)
      const hole = source.integer(length - 3)
      const zeroed = bytes.slice()
      zeroed.fill(0, hole, hole + 4)
      expect(crc32c(bytes, hole)).toBe(crc32c(zeroed))
    }
  })

  test('eight bytes a step are the same as one', () => {
    const source = new SeededSource('steps')
    for (let length = 0; length < 40; length++) {
      const bytes = source.bytes(length)
      let crc = ~0
      for (const byte of bytes) {
        crc ^= byte
        for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
      }
      expect(crc32c(bytes)).toBe(~crc >>> 0)
    }
  })
})

describe('packets', () => {
  const header = { sourcePort: 1, destinationPort: 2, tag: 0xdeadbeef }

  test('chunks fill a packet exactly', () => {
    const bytes = writePacket(header, [writeChunk(14, 1), writeChunk(4, 0, Uint8Array.of(1, 2, 3))])
    const packet = readPacket(bytes)
    if (typeof packet === 'string') throw new Error(packet)
    expect(packet).toMatchObject(header)
    expect(packet.chunks.map(({ type, flags, at, value }) => [type, flags, at, toHex(value)])).toEqual([
      [14, 1, 12, ''],
      [4, 0, 16, '010203'],
    ])
  })

  test('one wrong bit anywhere is noticed', () => {
    const bytes = writePacket(header, [writeChunk(4, 0, Uint8Array.of(1, 2, 3))])
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const wrong = bytes.slice()
      wrong[bit >> 3] = (wrong[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(readPacket(wrong)).toBe('checksum')
    }
  })

  test.each([
    ['no chunk', []],
    ['a length below the header', [fromHex('0e000003')]],
    ['a length beyond the end', [fromHex('0e000008')]],
    ['a padding that is not there', [fromHex('0e000006'), fromHex('0000')]],
  ])('%s is malformed', (_name, chunks) => {
    expect(readPacket(writePacket(header, chunks))).toBe('malformed')
  })

  test.each([
    { ...header, sourcePort: 0 },
    { ...header, destinationPort: 0 },
  ])('port 0 is malformed', ports => {
    expect(readPacket(writePacket(ports, [writeChunk(14, 0)]))).toBe('malformed')
  })
})

describe('chunks', () => {
  test('DATA (RFC 9260 section 3.3.1)', () => {
    const place = { tsn: 0xfffffffe, stream: 3, sequence: 0xffff, fragment: 0, ppid: 47 }
    const data = { flags: 0x0b, ...place, data: utf8('hello') }
    expect(toHex(DATA.write(data))).toBe('000b0015fffffffe0003ffff0000002f68656c6c6f000000')
    expect(DATA.read(0x0b, DATA.write(data).subarray(4, 21))).toEqual(data)
    expect(DATA.read(3, new Uint8Array(11))).toBe(null)
  })

  test('I-DATA (RFC 8260 section 2.1): the first fragment has the identifier, the others their number', () => {
    const place = { tsn: 0xfffffffe, stream: 3, sequence: 0xfffffffd }
    const first = { flags: 0x02, ...place, fragment: 0, ppid: 47, data: utf8('he') }
    const later = { flags: 0x05, ...place, fragment: 258, ppid: 0, data: utf8('llo') }
    expect(toHex(I_DATA.write(first))).toBe('40020016fffffffe00030000fffffffd0000002f68650000')
    expect(toHex(I_DATA.write(later))).toBe('40050017fffffffe00030000fffffffd000001026c6c6f00')
    expect(I_DATA.read(2, I_DATA.write(first).subarray(4, 22))).toEqual(first)
    expect(I_DATA.read(5, I_DATA.write(later).subarray(4, 23))).toEqual(later)
    expect(I_DATA.read(3, new Uint8Array(15))).toBe(null)
  })

  test('SACK (RFC 9260 section 3.3.4)', () => {
    const sack = {
      cumulative: 10,
      window: 4660,
      gaps: [
        { start: 2, end: 3 },
        { start: 5, end: 5 },
      ],
      duplicates: [9],
    }
    expect(toHex(writeSack(sack))).toBe('0300001c0000000a000012340002000100020003000500050000' + '0009')
    expect(readSack(writeSack(sack).subarray(4))).toEqual(sack)
  })

  test.each([
    ['counts beyond its length', '0000000a0000123400020000' + '00020003'],
    ['counts below its length', '0000000a0000123400000000' + '00020003'],
    ['a block that touches the cumulative TSN', '0000000a0000123400010000' + '00010003'],
    ['an empty block', '0000000a0000123400010000' + '00030002'],
    ['blocks that touch', '0000000a0000123400020000' + '0002000300040005'],
    ['blocks out of order', '0000000a0000123400020000' + '0007000800020003'],
  ])('a SACK with %s is malformed', (_name, hex) => expect(readSack(fromHex(hex))).toBe(null))

  test('FORWARD TSN (RFC 3758 section 3.2)', () => {
    const forward = { cumulative: 7, streams: [{ stream: 1, sequence: 2, unordered: false }] }
    expect(toHex(FORWARD_TSN.write(forward))).toBe('c000000c0000000700010002')
    expect(FORWARD_TSN.read(FORWARD_TSN.write(forward).subarray(4))).toEqual(forward)
    expect(FORWARD_TSN.read(fromHex('0000000700'))).toBe(null)
    expect([11, 12, 15, 16].map(FORWARD_TSN.entries)).toEqual([0, 1, 1, 2])
  })

  test('I-FORWARD-TSN (RFC 8260 section 2.3.1)', () => {
    const ordered = { stream: 1, sequence: 0xfffffffe, unordered: false }
    const forward = { cumulative: 7, streams: [ordered, { ...ordered, unordered: true }] }
    expect(toHex(I_FORWARD_TSN.write(forward))).toBe('c2000018' + '00000007' + '00010000fffffffe' + '00010001fffffffe')
    expect(I_FORWARD_TSN.read(I_FORWARD_TSN.write(forward).subarray(4))).toEqual(forward)
    expect(I_FORWARD_TSN.read(fromHex('0000000700010000'))).toBe(null)
    expect([7, 8, 15, 16].map(I_FORWARD_TSN.entries)).toEqual([-1, 0, 0, 1])
  })

  const init: Init = {
    tag: 1,
    window: 65536,
    outbound: 10,
    inbound: 65535,
    tsn: 99,
    addresses: ['192.0.2.1', '2001:db8::1'],
    addressTypes: [5, 6],
    partialReliability: true,
    extensions: [0x0f, 0x82, 0xc0],
    auth: { random: new Uint8Array(32).fill(5), chunks: Uint8Array.of(0, 0xc0), hmacs: [3, 1] },
    adaptation: 6,
    cookie: utf8('cookie'),
  }

  test('INIT ACK keeps what it holds', () => {
    const chunk = writeInit(2, init, [fromHex('c0990004')])
    const read = readInit(chunk.subarray(4))
    expect(read).toMatchObject(init)
    expect(read?.reported.map(toHex)).toEqual(['c0990004'])
  })

  test.each([
    ['fixed fields that are cut', '0000000100010000000a000a000000'],
    ['a parameter that is cut', `${FIXED()}000500`],
    ['a length below the header', `${FIXED()}00050003`],
    ['an address of three bytes', `${FIXED()}0005000701020300`],
    ['a RANDOM of 31 bytes', `${FIXED()}80020023${'00'.repeat(32)}`],
    ['HMAC-ALGO without SHA-1', `${FIXED()}800400060003 0000`],
    ['RANDOM twice', `${FIXED()}${`80020024${'00'.repeat(32)}`.repeat(2)}`],
  ])('an INIT with %s is malformed', (_name, hex) => expect(readInit(fromHex(hex))).toBe(null))

  test.each([
    ['0x0099: stops, says nothing', '0099', false, false],
    ['0x4099: stops and reports', '4099', false, true],
    ['0x8099: goes on, says nothing', '8099', true, false],
    ['0xc099: goes on and reports', 'c099', true, true],
  ])('unknown parameter %s', (_name, type, goesOn, reports) => {
    const read = readInit(fromHex(`${FIXED()}${type}0004c0000004`))
    expect(read?.partialReliability).toBe(goesOn)
    expect(read?.unknown.map(toHex)).toEqual(reports ? [`${type}0004`] : [])
  })
})

function FIXED(): string {
  return '000000010001000000 0a000a00000063'.replace(' ', '')
}
