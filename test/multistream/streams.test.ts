import { describe, expect, test } from '@jest/globals'
import { EAGAIN, EBADMSG, ECONNRESET, EINVAL, EMSGSIZE, ENOBUFS, EPERM, EPROTO } from '../../lib/base/errno-numbers.ts'
import { RecordBorders, RecordSplitter } from '../../lib/multistream/records.ts'
import type { Stream } from '../../lib/multistream/stream.ts'
import { type StreamLimits, Streams } from '../../lib/multistream/streams.ts'
import { type Arrival, type MessagePart, RELIABLE, type StreamTransport } from '../../lib/multistream/transport.ts'

/** A record of application data, of this many bytes after the header. */
function record(length: number, fill = 0): Uint8Array {
  return Uint8Array.from([23, 3, 3, length >> 8, length & 0xff, ...new Uint8Array(length).fill(fill)])
}

function part(stream: number, bytes: Uint8Array | string, options: Partial<MessagePart> = {}): MessagePart {
  return { kind: 'part', stream, bytes: Buffer.from(bytes), last: true, unordered: false, ppid: 0, ...options }
}

/** A transport whose messages a test lays ready, and which counts how often it was asked. */
class Script implements StreamTransport {
  inbound = 8
  outbound = 6
  asked = 0
  room = Number.POSITIVE_INFINITY
  readonly coming: (Arrival | number)[] = []
  readonly sent: [stream: number, bytes: string][] = []

  receive(): Arrival | number {
    this.asked++
    return this.coming.shift() ?? -EAGAIN
  }

  send(stream: number, message: Uint8Array): number {
    if (this.room-- <= 0) return -EAGAIN
    this.sent.push([stream, Buffer.from(message).toString('latin1')])
    return message.length
  }
}

function setUp(coming: (Arrival | number)[] = [], limits: StreamLimits = {}): { transport: Script; streams: Streams } {
  const transport = new Script()
  transport.coming.push(...coming)
  return { transport, streams: new Streams(transport, limits) }
}

function secured(streams: Streams, id: number): Stream {
  const stream = streams.stream(id)
  streams.secure(stream)
  return stream
}

/** What one read of a TLS stream gives: text, or the result when it is no data. */
function bytes(streams: Streams, stream: Stream, room = 100): string | number {
  const into = Buffer.alloc(room)
  const length = streams.readBytes(stream, into)
  return length > 0 ? into.toString('latin1', 0, length) : length
}

function message(streams: Streams, id: number): string | number {
  const got = streams.readMessage(streams.stream(id))
  return typeof got === 'number' ? got : Buffer.from(got.bytes).toString('latin1')
}

/** Numbers below `end`, the same for a seed. */
function numbers(seed: number): (end: number) => number {
  let state = seed
  return end => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state >>> 12) % end
  }
}

describe('records', () => {
  test.each([1, 2, 3, 4, 5])('leave whole and once, however they are written and refused (seed %d)', seed => {
    const below = numbers(seed)
    const records = Array.from({ length: 40 }, (_, i) => record(below(i % 5 === 0 ? 18_432 : 60), i))
    const all = Buffer.concat(records)
    const [splitter, sent] = [new RecordSplitter(), [] as Buffer[]]
    let refusals = 0
    for (let at = 0; at < all.length; ) {
      const piece = all.subarray(at, at + 1 + below(below(3) === 0 ? 40_000 : 300))
      const taken = splitter.write(piece, one => {
        if (below(3) === 0) return -EAGAIN
        sent.push(Buffer.from(one))
        return one.length
      })
      if (taken === 0) throw new Error('neither taken nor refused')
      if (taken < 0) refusals++
      at += Math.max(0, taken)
    }
    expect(refusals).toBeGreaterThan(0)
    expect(sent.map(one => one.length)).toEqual(records.map(one => one.length))
    expect(Buffer.concat(sent).equals(all)).toBe(true)
    expect(splitter.waiting).toBe(0)
  })

  test('what is no TLS record is refused, and records in front of it leave', () => {
    const splitter = new RecordSplitter()
    const sent: number[] = []
    const send = (one: Uint8Array) => sent.push(one.length)
    expect(splitter.write(Buffer.from('GET / HTTP/1.1'), send)).toBe(-EINVAL)
    expect(splitter.write(Buffer.from([23, 3, 3, 0x48, 1]), send)).toBe(-EINVAL)
    expect(splitter.write(Buffer.from([22, 2, 0, 0, 1]), send)).toBe(-EINVAL)
    expect(splitter.write(Buffer.concat([record(7), Buffer.from('GET / HTTP/1.1')]), send)).toBe(12)
    expect(sent).toEqual([12])
  })

  test('the longest, of 18,437 bytes, is one message', () => {
    const { transport, streams } = setUp()
    expect(streams.writeBytes(secured(streams, 2), record(18_432))).toBe(18_437)
    expect(transport.sent.map(([stream, { length }]) => [stream, length])).toEqual([[2, 18_437]])
  })

  test.each([1, 2, 3])('have borders that are seen wherever bytes are cut (seed %d)', seed => {
    const below = numbers(seed)
    const records = Array.from({ length: 30 }, () => record(below(5) === 0 ? 0 : below(600)))
    const ends = new Set<number>([0])
    let total = 0
    for (const { length } of records) ends.add((total += length))
    const [borders, all] = [new RecordBorders(), Buffer.concat(records)]
    let wrong = 0
    for (let at = 0; at < all.length; ) {
      if (borders.within === ends.has(at)) wrong++
      const length = 1 + below(9)
      borders.follow(all.subarray(at, at + length))
      at += length
    }
    expect([wrong, borders.within]).toEqual([0, false])
  })
})

describe('a stream with TLS', () => {
  test('is a stream of bytes, whatever the messages are', () => {
    const { streams } = setUp([
      part(1, 'ab'),
      part(0, 'x'),
      part(1, 'cdef'),
      part(1, 'gh', { last: false }),
      part(1, 'i'),
    ])
    const stream = secured(streams, 1)
    expect(bytes(streams, stream, 3)).toBe('ab')
    expect(bytes(streams, stream, 3)).toBe('cde')
    streams.receive(() => false)
    expect(bytes(streams, stream)).toBe('fghi')
    expect(bytes(streams, stream)).toBe(-EAGAIN)
    expect(message(streams, 0)).toBe('x')
  })

  test('has no other messages', () => {
    const { transport, streams } = setUp()
    const stream = secured(streams, 1)
    expect(streams.sendMessage(stream, Buffer.from('plain'), RELIABLE)).toBe(-EPERM)
    expect(streams.readMessage(stream)).toBe(-EPERM)
    expect(transport.sent).toEqual([])
  })

  test.each([
    ['out of order', part(1, 'b', { unordered: true }), EPROTO],
    ['lost', { kind: 'lost', stream: 1 } as const, EBADMSG],
  ])('ends with what comes %s, and the others go on', (_, arrival, error) => {
    const { streams } = setUp([part(1, 'a'), arrival, part(1, 'c'), part(2, 'd')])
    const [one, two] = [secured(streams, 1), secured(streams, 2)]
    streams.receive(() => false)
    expect([bytes(streams, one), bytes(streams, one), bytes(streams, two)]).toEqual([-error, -error, 'd'])
    expect(streams.held).toBe(0)
  })

  test('is among those with news when it has failed, until somebody was told', () => {
    const { transport, streams } = setUp()
    const stream = secured(streams, 1)
    expect(bytes(streams, stream)).toBe(-EAGAIN)
    transport.coming.push(part(1, 'b', { unordered: true }))
    streams.receive(() => false)
    expect(streams.ready).toEqual([stream])
    expect(bytes(streams, stream)).toBe(-EPROTO)
    expect(streams.ready).toEqual([])
  })

  test('does not begin with what came out of order before', () => {
    const { streams } = setUp([part(1, 'a', { unordered: true })])
    streams.receive(() => false)
    expect(bytes(streams, secured(streams, 1))).toBe(-EPROTO)
  })

  test('reads what had come when the association ends, and then the end', () => {
    for (const [end, seen] of [
      [0, 0],
      [-ECONNRESET, -ECONNRESET],
    ] as const) {
      const { transport, streams } = setUp([part(1, 'a'), part(2, 'b'), end, part(1, 'after the end')])
      const [one, two] = [secured(streams, 1), secured(streams, 2)]
      expect([bytes(streams, one), bytes(streams, one), bytes(streams, two), bytes(streams, two)]).toEqual([
        'a',
        seen,
        'b',
        seen,
      ])
      expect(transport.coming).toHaveLength(1)
    }
  })
})

describe('a stream without', () => {
  test('has whole messages, of which one may be missing', () => {
    const { streams } = setUp([
      part(3, 'on', { last: false }),
      part(4, 'be', { last: false }),
      part(3, 'e'),
      { kind: 'lost', stream: 4 },
      part(4, 'two'),
      part(3, 'ordered', { last: false }),
      part(3, 'unordered', { unordered: true, ppid: 7 }),
    ])
    expect([message(streams, 3), message(streams, 4)]).toEqual(['one', 'two'])
    expect(streams.readMessage(streams.stream(3))).toMatchObject({ unordered: true, ppid: 7 })
    expect(message(streams, 3)).toBe(-EAGAIN)
  })

  test('has no empty ones, and none without an end', () => {
    const { streams } = setUp()
    expect(streams.sendMessage(streams.stream(7), new Uint8Array(0), RELIABLE)).toBe(-EINVAL)
    expect(streams.sendMessage(streams.stream(7), new Uint8Array(2 ** 24 + 1), RELIABLE)).toBe(-EMSGSIZE)
  })
})

describe('what is not read', () => {
  test('stays with SCTP while nobody reads at all, or everybody has enough', () => {
    const { transport, streams } = setUp([part(0, 'a'), part(0, 'b')])
    secured(streams, 1)
    expect([transport.asked, streams.hasNews]).toEqual([0, false])
    bytes(streams, secured(streams, 0))
    expect(transport.asked).toBe(1)
  })

  test('ends its stream when it is too much, and the others go on', () => {
    const flood = Array.from({ length: 40 }, () => part(5, new Uint8Array(1000)))
    const { streams } = setUp([...flood, part(1, 'here'), part(5, 'more')], { streamBuffer: 20_000 })
    const [one, five] = [secured(streams, 1), secured(streams, 5)]
    expect(bytes(streams, one)).toBe('here')
    expect(bytes(streams, five)).toBe(-ENOBUFS)
    expect(bytes(streams, five)).toBe(-ENOBUFS)
    expect(streams.held).toBe(0)
  })

  test('ends the stream with most of it when all streams together have too much', () => {
    const coming = [part(1, new Uint8Array(15_000)), part(2, new Uint8Array(9000)), part(3, new Uint8Array(9000))]
    const { streams } = setUp([...coming, part(4, 'x')], { streamBuffer: 20_000, totalBuffer: 30_000 })
    const all = [1, 2, 3, 4].map(id => secured(streams, id))
    streams.receive(() => false)
    expect(all.map(({ failure }) => failure)).toEqual([ENOBUFS, 0, 0, 0])
    expect(bytes(streams, secured(streams, 4))).toBe('x')
  })

  test('is bounded whatever comes, and counted right', () => {
    const violations: string[] = []
    let failures = 0
    for (let seed = 1; seed <= 30; seed++) {
      const below = numbers(seed)
      const { transport, streams } = setUp([], { streamBuffer: 20_000, totalBuffer: 60_000 })
      const all = Array.from({ length: 8 }, (_, id) => streams.stream(id))
      for (const stream of all) if (stream.id % 2 === 0) streams.secure(stream)
      for (let round = 0; round < 200; round++) {
        for (let count = below(6); count > 0; count--) {
          const id = below(8)
          const options = { last: below(4) > 0, unordered: id % 2 === 1 && below(3) === 0 }
          const lost = { kind: 'lost', stream: 1 + 2 * below(4) } as const
          transport.coming.push(below(40) === 0 ? lost : part(id, new Uint8Array(1 + below(900)), options))
        }
        // Nobody reads the streams 6 and 7.
        const stream = streams.stream(below(6))
        if (stream.secured) streams.readBytes(stream, new Uint8Array(1 + below(3000)))
        else streams.readMessage(stream)
        streams.receive(() => below(4) === 0)
        const held = all.map(one => one.held)
        const ready = all.filter(one => one.hasNews)
        if (streams.held !== held.reduce((sum, one) => sum + one, 0)) violations.push(`${seed}/${round}: the sum`)
        if (streams.held > 60_000 || Math.max(...held) > 20_000) violations.push(`${seed}/${round}: the bounds`)
        if (ready.length !== streams.ready.length || ready.some(one => !streams.ready.includes(one)))
          violations.push(`${seed}/${round}: who is ready`)
      }
      failures += all.filter(({ failure }) => failure === ENOBUFS).length
    }
    expect(violations).toEqual([])
    expect(failures).toBeGreaterThan(0)
  })

  test('costs more than its bytes: a peer cannot fill the memory with messages of one byte', () => {
    const { streams } = setUp(
      Array.from({ length: 1000 }, () => part(1, 'x')),
      { streamBuffer: 20_000 },
    )
    streams.receive(() => false)
    expect(streams.stream(1).failure).toBe(ENOBUFS)
  })

  test('cannot be bounded below one record', () => {
    expect(() => setUp([], { streamBuffer: 18_437 })).toThrow(RangeError)
    expect(() => setUp([], { totalBuffer: Number.NaN })).toThrow(RangeError)
  })
})

describe('readers', () => {
  test('of all streams come to each in its turn', () => {
    const { streams } = setUp([...'abc'].flatMap(one => [part(1, one), part(2, one), part(3, one)]))
    streams.receive(() => false)
    const order: string[] = []
    for (let [stream] = streams.ready; stream !== undefined; [stream] = streams.ready)
      order.push(`${stream.id}${message(streams, stream.id)}`)
    expect(order).toEqual(['1a', '2a', '3a', '1b', '2b', '3b', '1c', '2c', '3c'])
  })

  test('are told of what others have read for them', () => {
    const { transport, streams } = setUp()
    const [one, two] = [secured(streams, 1), secured(streams, 2)]
    const told: string[] = []
    const stop = streams.watch(() => told.push(`${one.readable} ${two.readable}`))
    transport.coming.push(part(2, 'b'), part(1, 'a'))
    expect(bytes(streams, one)).toBe('a')
    expect(told).toEqual(['true true'])
    stop()
    transport.coming.push(part(1, 'c'))
    expect(bytes(streams, one)).toBe('c')
    expect(told).toHaveLength(1)
  })
})
