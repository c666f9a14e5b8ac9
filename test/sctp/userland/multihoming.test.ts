import { describe, expect, test } from '@jest/globals'
import type { Settings } from '../../../lib/sctp/settings.ts'
import { type Packet, readPacket } from '../../../lib/sctp/wire/packet.ts'
import { ChunkType } from '../../../lib/sctp/wire/registry.ts'
import { type Host, Pair } from './pair.ts'

const FIRST = ['10.0.0.1', '10.0.0.2'] as const
const SECOND = ['10.0.1.1', '10.0.1.2'] as const

/** Two hosts with two parallel networks between them, on which both addresses are confirmed. */
function twoPaths(seed: string, settings: Partial<Settings> = {}): Pair {
  const pair = new Pair({
    seed,
    client: { addresses: ['10.0.0.1', '10.0.1.1'], settings },
    server: { addresses: ['10.0.0.2', '10.0.1.2'], settings },
  })
  expect(pair.connect()).toBe(true)
  expect(pair.until(() => [pair.client, pair.server].every(host => states(host).every(one => one === 'active')))).toBe(
    true,
  )
  return pair
}

function states({ association }: Host): string[] {
  return association?.paths.map(({ state }) => state) ?? []
}

function cut(pair: Pair, [a, b]: readonly [string, string], loss: number): void {
  pair.network.configure({ loss }, { from: a, to: b })
  pair.network.configure({ loss }, { from: b, to: a })
}

/** What the client sends from now on, with where it goes. */
function listen(pair: Pair): { to: string; packet: Packet }[] {
  const seen: { to: string; packet: Packet }[] = []
  pair.network.trace = ({ fate, from, to, bytes }) => {
    const packet = fate === 'sent' && from.endsWith('.1') ? readPacket(bytes) : 'malformed'
    if (typeof packet !== 'string') seen.push({ to, packet })
  }
  return seen
}

function ofType(seen: readonly { to: string; packet: Packet }[], type: number): string[] {
  return seen.filter(({ packet }) => packet.chunks.some(chunk => chunk.type === type)).map(({ to }) => to)
}

function paths(host: Host): { address: string; change: string }[] {
  return host.events.flatMap(event => (event.kind === 'path' ? [{ address: event.address, change: event.change }] : []))
}

describe('the peer has two addresses', () => {
  test('the second one is confirmed by a heartbeat before data goes there (section 5.4)', () => {
    const pair = new Pair({
      seed: 'confirm',
      client: { addresses: ['10.0.0.1', '10.0.1.1'] },
      server: { addresses: ['10.0.0.2', '10.0.1.2'] },
    })
    const seen = listen(pair)
    expect(pair.connect()).toBe(true)
    expect(states(pair.client)).toEqual(['active', 'unconfirmed'])
    pair.clock.advanceBy(100)
    expect(states(pair.client)).toEqual(['active', 'active'])
    expect(paths(pair.client)).toEqual([{ address: '10.0.1.2', change: 'confirmed' }])
    expect(ofType(seen, ChunkType.heartbeat)).toEqual(['10.0.1.2'])
    expect(ofType(seen, ChunkType.data)).toEqual([])
  })

  test('new data goes to the primary; what was lost goes to the other one (section 6.4.1)', () => {
    const pair = twoPaths('lost')
    const seen = listen(pair)
    cut(pair, FIRST, 1)
    pair.client.send(Uint8Array.of(1))
    expect(pair.until(() => pair.server.received.length === 1)).toBe(true)
    expect(ofType(seen, ChunkType.data)).toEqual(['10.0.0.2', '10.0.1.2'])
    expect(states(pair.client)).toEqual(['potentially failed', 'active'])
    // Quick fail-over (RFC 7829): new data does not wait for another time-out.
    pair.client.send(Uint8Array.of(2))
    const before = pair.clock.now()
    expect(pair.until(() => pair.server.received.length === 2)).toBe(true)
    expect(pair.clock.now() - before).toBeLessThan(50)
  })

  test('with the threshold of RFC 9260 the primary is tried Path.Max.Retrans times', () => {
    const pair = twoPaths('classic', { failureThreshold: 99, heartbeats: false })
    const seen = listen(pair)
    cut(pair, FIRST, 1)
    for (let i = 0; i < 6; i++) {
      expect(states(pair.client)).toEqual(['active', 'active'])
      pair.client.send(Uint8Array.of(i))
      expect(pair.until(() => pair.server.received.length === i + 1)).toBe(true)
    }
    expect(states(pair.client)).toEqual(['inactive', 'active'])
    expect(ofType(seen, ChunkType.data).filter(to => to === '10.0.0.2').length).toBe(6)
    expect(paths(pair.client).at(-1)).toEqual({ address: '10.0.0.2', change: 'unreachable' })
  })

  test('a path that comes back is used again, and the program hears of both', () => {
    const pair = twoPaths('back', { exposeFailing: true, heartbeatInterval: 1000 })
    cut(pair, FIRST, 1)
    pair.client.send(Uint8Array.of(1))
    expect(pair.until(() => states(pair.client)[0] === 'inactive')).toBe(true)
    cut(pair, FIRST, 0)
    expect(pair.until(() => states(pair.client)[0] === 'active')).toBe(true)
    expect(paths(pair.client).slice(1)).toEqual([
      { address: '10.0.0.2', change: 'potentially failed' },
      { address: '10.0.0.2', change: 'unreachable' },
      { address: '10.0.0.2', change: 'available' },
    ])
    const seen = listen(pair)
    pair.client.send(Uint8Array.of(2))
    expect(pair.until(() => pair.server.received.length === 2)).toBe(true)
    expect(ofType(seen, ChunkType.data)).toEqual(['10.0.0.2'])
  })

  test('heartbeats to a dead second path never end the association (section 8.1)', () => {
    const pair = twoPaths('idle', { heartbeatInterval: 100, rtoMax: 2000 })
    cut(pair, SECOND, 1)
    pair.clock.advanceBy(300_000)
    expect([pair.client.state, pair.server.state]).toEqual(['established', 'established'])
    expect(states(pair.client)).toEqual(['active', 'inactive'])
    expect(states(pair.server)).toEqual(['active', 'inactive'])
  })

  test('when all paths are dead the association ends after Association.Max.Retrans time-outs', () => {
    const pair = twoPaths('dead', { heartbeats: false, failureThreshold: 99, associationRetransmissions: 4 })
    const seen = listen(pair)
    cut(pair, FIRST, 1)
    cut(pair, SECOND, 1)
    pair.client.send(Uint8Array.of(1))
    expect(pair.until(() => pair.client.state === 'closed')).toBe(true)
    expect(ofType(seen, ChunkType.data).length).toBe(5)
    expect(pair.client.kinds().slice(-2)).toEqual(['send failed', 'ended'])
  })

  test('of paths that may both have failed the one with fewer time-outs is tried (RFC 7829 section 3.2)', () => {
    const pair = twoPaths('both', { heartbeats: false })
    cut(pair, FIRST, 1)
    cut(pair, SECOND, 1)
    const seen = listen(pair)
    pair.client.send(Uint8Array.of(1))
    pair.until(() => ofType(seen, ChunkType.data).length === 6)
    const tried = ofType(seen, ChunkType.data)
    expect(tried.slice(0, 2)).toEqual(['10.0.0.2', '10.0.1.2'])
    expect(new Set(tried.slice(2)).size).toBe(2)
    expect(pair.client.association?.paths.every(({ errors }) => errors >= 2 && errors <= 4)).toBe(true)
  })

  test('the INIT goes to the next address when the first does not answer', () => {
    const pair = new Pair({
      seed: 'init',
      client: { addresses: ['10.0.0.1', '10.0.1.1'] },
      server: { addresses: ['10.0.0.2', '10.0.1.2'] },
    })
    cut(pair, FIRST, 1)
    const seen = listen(pair)
    expect(pair.connect(['10.0.0.2', '10.0.1.2'])).toBe(true)
    expect(ofType(seen, ChunkType.init)).toEqual(['10.0.0.2', '10.0.1.2'])
  })

  test('another primary is used from then on', () => {
    const pair = twoPaths('primary')
    const { association } = pair.client
    const second = association?.path('10.0.1.2') ?? null
    if (association === null || second === null) throw new Error('no second path')
    association.primary = second
    const seen = listen(pair)
    pair.client.send(Uint8Array.of(1))
    expect(pair.until(() => pair.server.received.length === 1)).toBe(true)
    expect(ofType(seen, ChunkType.data)).toEqual(['10.0.1.2'])
  })
})
