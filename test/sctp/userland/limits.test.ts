import { describe, expect, test } from '@jest/globals'
import type { Delivery } from '../../../lib/sctp/receive/assembly.ts'
import { Reassembly } from '../../../lib/sctp/receive/reassembly.ts'
import type { Data } from '../../../lib/sctp/wire/data.ts'
import { readPacket, writePacket } from '../../../lib/sctp/wire/packet.ts'
import { ChunkType } from '../../../lib/sctp/wire/registry.ts'
import { readSack } from '../../../lib/sctp/wire/sack.ts'
import { Pair } from './pair.ts'

describe('numbers that wrap', () => {
  test.each(['plain', 'interleaved'])('TSNs pass 2^32 under loss (%s)', kind => {
    const settings = { interleaving: kind === 'interleaved' }
    // Every word drawn at random is nearly the last, so the first TSN is too.
    const host = { settings, word: 0xffffffe0 }
    const pair = new Pair({ seed: kind, conditions: { loss: 0.1, reordering: 0.2 }, client: host, server: host })
    expect(pair.connect()).toBe(true)
    expect(pair.client.association?.local.tsn).toBe(0xffffffe0)
    for (let i = 0; i < 100; i++) {
      pair.client.send(new Uint8Array(900).fill(i))
      pair.server.send(new Uint8Array(900).fill(i))
    }
    const both = [pair.client, pair.server]
    expect(pair.until(() => both.every(({ received }) => received.length === 100))).toBe(true)
    for (const { received } of both)
      expect(received.map(({ data }) => data[0])).toEqual(Array.from({ length: 100 }, (_, i) => i))
    expect(pair.until(() => both.every(({ association }) => association?.dry === true))).toBe(true)
    expect(pair.client.association?.sender?.cumulative).toBeLessThan(1000)
  })

  test('sequence numbers of a stream pass 65535', () => {
    const out: number[] = []
    const it = new Reassembly(({ sequence }) => out.push(sequence))
    const count = 65_540
    for (let i = 0; i < count; i += 2) {
      // The second of each two comes first.
      for (const n of [i + 1, i]) if (!it.add(whole(n + 1, { sequence: n & 0xffff }))) throw new Error(`${n} refused`)
    }
    expect(out.length).toBe(count)
    expect(out.every((sequence, i) => sequence === (i & 0xffff))).toBe(true)
    expect(it.bytes).toBe(0)
  })
})

describe('reassembly', () => {
  test('holds no state of streams without messages on their way, and skipping far costs nothing', () => {
    const out: Delivery[] = []
    const it = new Reassembly(delivery => out.push(delivery))
    for (let i = 0; i < 1000; i++) it.add(whole(2 * i, { stream: i, sequence: 30_000 }))
    const streams = Array.from({ length: 16_000 }, (_, stream) => ({ stream, sequence: 29_999, unordered: false }))
    it.skip(0, streams)
    expect(out.length).toBe(1000)
    expect(it.bytes).toBe(0)
  })

  test('a reset of streams gives the memory of what waited back', () => {
    const it = new Reassembly(() => {})
    it.add(whole(5, { sequence: 9 }))
    expect(it.bytes).toBe(65)
    it.resetStreams([])
    expect(it.bytes).toBe(0)
  })
})

describe('a closed window (RFC 9260 section 6.1 A)', () => {
  function closed() {
    const pair = new Pair({ seed: 'window', server: { settings: { receiveWindow: 4000 } } })
    expect(pair.connect()).toBe(true)
    pair.server.reading = false
    const probes: number[] = []
    const windows: number[] = []
    pair.network.trace = ({ fate, from, bytes }) => {
      const packet = fate === 'sent' ? readPacket(bytes) : 'malformed'
      if (typeof packet === 'string') return
      for (const { type, value } of packet.chunks) {
        if (type === ChunkType.data && from === '10.0.0.1') probes.push(pair.clock.now())
        if (type === ChunkType.sack) windows.push(readSack(value)?.window ?? -1)
      }
    }
    for (let i = 0; i < 12; i++) pair.client.send(new Uint8Array(1000).fill(i))
    pair.until(() => windows.includes(0), 5000)
    return { pair, probes, windows }
  }

  test('is probed by one chunk at a time, ever less often, and that counts as no failure', () => {
    const { pair, probes, windows } = closed()
    probes.length = 0
    pair.clock.advanceBy(600_000)
    expect(pair.client.state).toBe('established')
    expect(pair.client.association?.primary.errors).toBe(0)
    expect(windows.at(-1)).toBe(0)
    expect(probes.length).toBeGreaterThan(5)
    // Doubling from one second to sixty.
    expect(probes.length).toBeLessThan(25)
    expect(pair.client.association?.sender?.flight).toBeLessThanOrEqual(1400)
  })

  test('opens again: everything arrives, in order', () => {
    const { pair } = closed()
    pair.clock.advanceBy(100_000)
    pair.server.reading = true
    if (pair.server.association !== null) pair.server.read(pair.server.association)
    expect(pair.until(() => pair.server.received.length === 12, 200_000)).toBe(true)
    expect(pair.server.received.map(({ data }) => data[0])).toEqual(Array.from({ length: 12 }, (_, i) => i))
  })

  test('of a peer that is gone is noticed all the same', () => {
    const { pair } = closed()
    pair.network.configure({ loss: 1 })
    expect(pair.until(() => pair.client.state === 'closed', 3_600_000)).toBe(true)
  })
})

describe('bundling (section 6.10)', () => {
  function sizes(settings: object, send: (pair: Pair) => void): number[] {
    const pair = new Pair({ seed: 'bundle', client: { settings } })
    expect(pair.connect()).toBe(true)
    const counts: number[] = []
    pair.network.trace = ({ fate, from, bytes }) => {
      const packet = fate === 'sent' && from === '10.0.0.1' ? readPacket(bytes) : 'malformed'
      if (typeof packet === 'string') return
      expect(bytes.length).toBeLessThanOrEqual(1400)
      counts.push(packet.chunks.filter(({ type }) => type === ChunkType.data).length)
    }
    send(pair)
    expect(pair.until(() => pair.client.association?.dry === true)).toBe(true)
    return counts.filter(count => count > 0)
  }

  test('small messages that have to wait share a packet', () => {
    const counts = sizes({}, pair => {
      for (let i = 0; i < 41; i++) pair.client.send(new Uint8Array(100))
    })
    // The first goes at once, the others when it is acknowledged: 116 bytes a chunk, 11 of them fit 1388.
    expect(counts).toEqual([1, 11, 11, 11, 7])
  })

  test('with SCTP_NODELAY each goes at once, as far as the bursts go', () => {
    const counts = sizes({ noDelay: true }, pair => {
      for (let i = 0; i < 4; i++) pair.client.send(new Uint8Array(100))
    })
    expect(counts).toEqual([1, 1, 1, 1])
  })

  test('messages of different keys never share a packet (RFC 4895 section 6.2)', () => {
    const settings = { authChunks: [ChunkType.data] }
    const pair = new Pair({ seed: 'keys', client: { settings }, server: { settings } })
    expect(pair.connect()).toBe(true)
    for (const { association } of [pair.client, pair.server]) association?.keys.set(1, Uint8Array.of(1, 2, 3))
    const keys: number[] = []
    pair.network.trace = ({ fate, from, bytes }) => {
      const packet = fate === 'sent' && from === '10.0.0.1' ? readPacket(bytes) : 'malformed'
      if (typeof packet === 'string' || packet.chunks[0]?.type !== ChunkType.auth) return
      keys.push(...packet.chunks.slice(1).map(() => packet.chunks[0]?.value[1] ?? -1))
    }
    for (const key of [0, 0, 1, 1, 0]) pair.client.send(new Uint8Array(50), { key })
    expect(pair.until(() => pair.server.received.length === 5)).toBe(true)
    expect(keys).toEqual([0, 0, 1, 1, 0])
  })
})

describe('SCTP_AUTOCLOSE', () => {
  test('shuts an association down that has been idle for so long', () => {
    const pair = new Pair({ seed: 'idle', server: { settings: { autoClose: 5000 } } })
    expect(pair.connect()).toBe(true)
    for (let i = 0; i < 5; i++) {
      pair.clock.advanceBy(4000)
      if (i % 2 === 0) pair.client.send(Uint8Array.of(i))
      else pair.server.send(Uint8Array.of(i))
    }
    expect(pair.server.state).toBe('established')
    const before = pair.clock.now()
    expect(pair.until(() => pair.server.state === 'closed' && pair.client.state === 'closed')).toBe(true)
    expect(pair.clock.now() - before).toBeGreaterThan(4900)
    expect(pair.clock.now() - before).toBeLessThan(5500)
    expect(pair.client.kinds()).toContain('shutdown')
    expect(pair.server.events.at(-1)).toMatchObject({ kind: 'ended', how: 'complete' })
  })
})

test('an INIT ACK with tag 0 ends the set-up (section 3.3.3)', () => {
  const pair = new Pair({ seed: 'tag 0' })
  pair.network.interfere = ({ bytes, from }) => {
    if (from !== '10.0.0.2') return null
    const packet = readPacket(bytes)
    if (typeof packet === 'string') return null
    const [first] = packet.chunks
    if (first?.type !== ChunkType.initAck) return null
    const chunk = bytes.slice(12)
    chunk.fill(0, 4, 8)
    return [writePacket(packet, [chunk])]
  }
  pair.client.connect(5000, ['10.0.0.2'])
  expect(pair.until(() => pair.client.state === 'closed', 1000)).toBe(true)
  expect(pair.client.events.at(-1)).toMatchObject({ kind: 'ended', how: 'cannot start' })
})

test('both ends shut down at once', () => {
  const pair = new Pair({ seed: 'both', conditions: { delayMs: [30, 30] } })
  expect(pair.connect()).toBe(true)
  for (const { association, stack } of [pair.client, pair.server]) {
    association?.shutdown()
    stack.touched()
  }
  expect(pair.until(() => pair.client.state === 'closed' && pair.server.state === 'closed', 1000)).toBe(true)
  for (const { events } of [pair.client, pair.server]) expect(events.at(-1)).toMatchObject({ how: 'complete' })
})

function whole(tsn: number, change: Partial<Data>): Data {
  return { flags: 3, tsn, stream: 0, sequence: 0, fragment: 0, ppid: 0, data: Uint8Array.of(1), ...change }
}
