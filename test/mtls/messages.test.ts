import { describe, expect, test } from '@jest/globals'
import { fromHex, toHex } from '../../lib/base/bytes.ts'
import { ProtocolFailure } from '../../lib/base/failure.ts'
import { FrameReader } from '../../lib/mtls/framing.ts'
import {
  channelId,
  decodeMessage,
  encodeMessage,
  encodePlaintext,
  MAX_ADDRESSES,
  MAX_ERROR,
  type Message,
} from '../../lib/mtls/messages.ts'
import { SeededSource } from '../../lib/sim.ts'

const machine = (address: string, port: number) => ({ address, port })

/** Octet by octet after the structures of draft-badra-hajjeh-mtls-05, written down by hand. */
const VECTORS: readonly (readonly [string, Message, string])[] = [
  [
    'ChannelEstablishmentRequest',
    {
      type: 1,
      senderChannelId: 0x0102,
      windowLength: 0x00010000,
      maxPacketLength: 0x00004000,
      source: machine('10.0.0.1', 1025),
      destination: machine('a.example', 80),
    },
    // type, length; id; window; max packet; 8, "10.0.0.1", port; 9, "a.example", port
    '01 0026 0102 00010000 00004000 0008 31302e302e302e31 0401 0009 612e6578616d706c65 0050',
  ],
  [
    'ChannelEstablishmentSuccess',
    { type: 2, senderChannelId: 0x0102, receiverChannelId: 0x0305, windowLength: 0xffffffff, maxPacketLength: 1 },
    '02 000f 0102 0305 ffffffff 00000001',
  ],
  ['ChannelRequestEchec', { type: 3, senderChannelId: 0xfffe, error: 'no' }, '03 0009 fffe 0002 6e6f'],
  ['ChannelRequestEchec without a word', { type: 3, senderChannelId: 1, error: '' }, '03 0007 0001 0000'],
  ['ChannelCloseRequest', { type: 4, channelId: 0x01020305 }, '04 0007 01020305'],
  ['ChannelCloseConfirmation', { type: 5, channelId: 0x01020305 }, '05 0007 01020305'],
  ['NewMaxPacketLength', { type: 7, channelId: 0xfffeffff, maxPacketLength: 1200 }, '07 000b fffeffff 000004b0'],
  ['Acknowledgment', { type: 8, channelId: 0x01020305, freeSpace: 32768 }, '08 000b 01020305 00008000'],
]

describe('control messages', () => {
  test.each(VECTORS)('%s, octet by octet', (_name, message, hex) => {
    expect(toHex(encodeMessage(message))).toBe(hex.replaceAll(' ', ''))
    expect(decodeMessage(fromHex(hex))).toEqual(message)
  })

  test.each(VECTORS)('%s: neither shorter nor longer than it says', (_name, _message, hex) => {
    const bytes = fromHex(hex)
    for (const other of [bytes.subarray(0, -1), Uint8Array.from([...bytes, 0])]) {
      expect(() => decodeMessage(other)).toThrow(ProtocolFailure)
      const lying = other.slice()
      lying[1] = lying.length >> 8
      lying[2] = lying.length & 0xff
      expect(() => decodeMessage(lying)).toThrow(ProtocolFailure)
    }
  })

  test('a type of a later document is no fault', () => {
    expect(decodeMessage(fromHex('09 0005 1234'))).toBeNull()
    expect(decodeMessage(fromHex('ff 0003'))).toBeNull()
  })

  test.each([
    ['an empty source', '01 0018 0001 00000000 00000000 0000 0001 0001 61 0001'],
    ['an empty destination', '01 0018 0001 00000000 00000000 0001 61 0001 0000 0001'],
    ['a blank in a name', '01 001a 0001 00000000 00000000 0002 6120 0001 0001 61 0001'],
    ['a NUL in a name', '01 001a 0001 00000000 00000000 0002 6100 0001 0001 61 0001'],
    ['a letter that is not ASCII', '01 001a 0001 00000000 00000000 0001 61 0001 0002 c3a9 0001'],
    ['an address that runs beyond the message', '01 0019 0001 00000000 00000000 0001 61 0001 ffff 61 0001'],
    ['an error that runs beyond the message', '03 0009 0001 0003 6e6f'],
  ])('%s is refused', (_name, hex) => {
    expect(() => decodeMessage(fromHex(hex))).toThrow(ProtocolFailure)
  })

  test('the longest there are', () => {
    const error = 'x'.repeat(MAX_ERROR)
    expect(encodeMessage({ type: 3, senderChannelId: 0, error })).toHaveLength(0xffff)
    expect(() => encodeMessage({ type: 3, senderChannelId: 0, error: `${error}x` })).toThrow(RangeError)
    const limits = { senderChannelId: 0, windowLength: 0, maxPacketLength: 0 } as const
    const [half, rest] = ['h'.repeat(30_000), 'r'.repeat(MAX_ADDRESSES - 30_000)]
    const request = { type: 1, ...limits, source: machine(half, 0), destination: machine(rest, 0) } as const
    expect(encodeMessage(request)).toHaveLength(0xffff)
    expect(() => encodeMessage({ ...request, destination: machine(`${rest}r`, 0) })).toThrow(RangeError)
  })

  test('what a field cannot hold is not cut short', () => {
    const limits = { senderChannelId: 0, windowLength: 0, maxPacketLength: 0 } as const
    const good = machine('a', 1)
    for (const bad of [machine('', 1), machine('a b', 1), machine('é', 1), machine('a', 65536), machine('a', -1)]) {
      expect(() => encodeMessage({ type: 1, ...limits, source: good, destination: bad })).toThrow(RangeError)
      expect(() => encodeMessage({ type: 1, ...limits, source: bad, destination: good })).toThrow(RangeError)
    }
    expect(() => encodeMessage({ type: 4, channelId: 2 ** 32 })).toThrow(RangeError)
  })
})

test('MTLSPlaintext: its length has 32 bits, and counts the data', () => {
  expect(toHex(encodePlaintext(0x01020305, Uint8Array.of(0xaa, 0xbb)))).toBe('060000000201020305aabb')
  expect(toHex(encodePlaintext(0xffffffff, new Uint8Array(0)))).toBe('0600000000ffffffff')
})

test('a channel id is the one half and the other', () => {
  expect([channelId(0x0102, 0x0305), channelId(0xffff, 0xffff)]).toEqual([0x01020305, 0xffffffff])
})

describe('in a stream', () => {
  function reader() {
    const seen: string[] = []
    const frames = new FrameReader({
      onControl: message => seen.push(toHex(message)),
      onPlaintextStart: (id, length) => {
        seen.push(`${length} for ${id}`)
        return id !== 13
      },
      onPlaintext: (id, data) => seen.push(`${toHex(data)} for ${id}`),
    })
    return { frames, seen }
  }

  test('messages are found however the stream is cut', () => {
    const stream = fromHex('04 0007 00000001  06 00000003 00000007 aabbcc  06 00000002 0000000d dddd 09 0004 ff')
    const whole = ['04000700000001', '3 for 7', 'aabbcc for 7', '2 for 13', '090004ff']
    for (let size = 1; size <= stream.length; size++) {
      const { frames, seen } = reader()
      for (let at = 0; at < stream.length; at += size) frames.receive(stream.subarray(at, at + size))
      expect(seen).toEqual(whole)
    }
  })

  test('a message without data is whole at once', () => {
    const { frames, seen } = reader()
    frames.receive(fromHex('06 00000000 00000007 ff 0003'))
    expect(seen).toEqual(['0 for 7', ' for 7', 'ff0003'])
  })

  test.each(['04 0000', '04 0002', 'ff 0001'])('a length below its own header is the end: %s', hex => {
    expect(() => reader().frames.receive(fromHex(hex))).toThrow(ProtocolFailure)
  })

  test('a length of 4 GiB is not believed before its bytes have come', () => {
    const { frames, seen } = reader()
    frames.receive(fromHex('06 ffffffff 00000007 aabb'))
    frames.receive(new Uint8Array(10_000))
    expect(seen).toEqual(['4294967295 for 7'])
  })

  test('noise is read without a fault of another kind, from any seed', () => {
    for (let seed = 0; seed < 200; seed++) {
      const source = new SeededSource(seed)
      const { frames } = reader()
      try {
        for (let i = 0; i < 20; i++) frames.receive(source.bytes(1 + source.integer(200)))
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(ProtocolFailure)
      }
    }
  })
})
