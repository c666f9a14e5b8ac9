import { describe, expect, test } from '@jest/globals'
import { BASE_MTU, PathMtuSearch } from '../../../lib/sctp/paths/path-mtu.ts'
import { type Packet, readPacket } from '../../../lib/sctp/wire/packet.ts'
import { ChunkType } from '../../../lib/sctp/wire/registry.ts'
import { Pair } from './pair.ts'

const WAIT = 1000
const INTERVAL = 600_000

/** Runs the search until it rests: what it found, and the sizes that it tried. */
function searched(ceiling: number, passes: number) {
  const search = new PathMtuSearch(ceiling, INTERVAL)
  const tried: number[] = []
  let now = 0
  let count = 0
  search.begin(now)
  while (search.deadline !== null && search.deadline - now < INTERVAL) {
    now = search.deadline
    const probe = search.due(now, WAIT, () => Uint8Array.of(++count))
    if (probe === null) continue
    tried.push(probe.size)
    if (probe.size <= passes) expect(search.answered(probe.nonce, now + 1)).toBe(true)
  }
  return { search, tried, now }
}

describe('the search', () => {
  test('tries the largest packet first, and rests when it passes', () => {
    const { search, tried } = searched(1472, 1472)
    expect([tried, search.size, search.deadline]).toEqual([[1472], 1472, null])
  })

  test('takes a size that was lost three times for too large, and halves what is left', () => {
    const { search, tried } = searched(1472, 1400)
    expect(tried).toEqual([1472, 1472, 1472, 1332, 1400, 1432, 1432, 1432])
    expect(search.size).toBe(1400)
  })

  test.each(Array.from({ length: 69 }, (_, i) => 1200 + 4 * i))('finds %i bytes to within 32', passes => {
    const { search, tried } = searched(1472, passes)
    expect(search.size).toBeLessThanOrEqual(passes)
    expect(search.size).toBeGreaterThan(passes - 32)
    expect(tried.length).toBeLessThan(20)
    expect(tried.every(size => size % 4 === 0)).toBe(true)
  })

  test('stays at 1200 bytes where nothing larger passes, and tries again later', () => {
    const { search, now } = searched(1472, 1200)
    expect(search.size).toBe(BASE_MTU)
    const again = search.deadline ?? 0
    expect(again - now).toBe(INTERVAL)
    expect(search.due(again, WAIT, () => Uint8Array.of(1))?.size).toBe(1472)
  })

  test('has nothing to do where the interface takes no more than the base', () => {
    const { search, tried } = searched(576, 576)
    expect([tried, search.size]).toEqual([[], 576])
  })

  test('goes back to the base after three time-outs without an answer between them', () => {
    const { search, now } = searched(1472, 1472)
    search.lost(now)
    search.lost(now)
    search.works()
    search.lost(now)
    search.lost(now)
    expect(search.size).toBe(1472)
    search.lost(now)
    expect([search.size, search.deadline]).toEqual([BASE_MTU, now])
  })

  test('heeds no answer but that of its probe', () => {
    const search = new PathMtuSearch(1472, INTERVAL)
    search.begin(0)
    search.due(0, WAIT, () => Uint8Array.of(1, 2))
    expect(search.answered(Uint8Array.of(1, 3), 1)).toBe(false)
    expect(search.size).toBe(BASE_MTU)
  })
})

describe('an association', () => {
  function found(mtu: number, settings = {}) {
    const host = { mtu: 1472, settings: { probeInterval: INTERVAL, ...settings } }
    const pair = new Pair({ seed: `mtu ${mtu}`, conditions: { mtu }, client: host, server: host })
    const probes: Packet[] = []
    pair.network.trace = ({ fate, bytes, from }) => {
      const packet = fate === 'sent' && from === '10.0.0.1' ? readPacket(bytes) : 'malformed'
      if (typeof packet !== 'string' && packet.chunks.some(({ type }) => type === ChunkType.pad)) probes.push(packet)
    }
    expect(pair.connect()).toBe(true)
    pair.clock.advanceBy(30_000)
    return { pair, probes }
  }

  test('finds the largest packet that the network passes, and cuts messages to it', () => {
    const { pair, probes } = found(1400)
    expect(pair.client.association?.primary.mtu).toBe(1400)
    expect(pair.server.association?.primary.mtu).toBe(1400)
    expect(probes.map(({ bytes, chunks }) => [bytes.length, chunks.map(({ type }) => type)])[0]).toEqual([
      1472,
      [ChunkType.heartbeat, ChunkType.pad],
    ])
    const sizes: number[] = []
    pair.network.trace = ({ fate, from, bytes }) => {
      if (fate === 'sent' && from === '10.0.0.1') sizes.push(bytes.length)
    }
    pair.client.send(new Uint8Array(8000))
    expect(pair.until(() => pair.server.received.length === 1)).toBe(true)
    expect(Math.max(...sizes)).toBe(1400)
    expect(pair.client.association?.statistics.retransmissions).toBe(0)
  })

  test('a lost probe is no failure of the path', () => {
    const { pair } = found(1300)
    expect(pair.client.association?.primary.errors).toBe(0)
    expect(pair.client.kinds().filter(kind => kind === 'path')).toEqual([])
    expect(pair.client.association?.primary.mtu).toBeLessThanOrEqual(1300)
  })

  test('probes that have to be authenticated are exactly as long', () => {
    const { pair, probes } = found(1400, { authChunks: [ChunkType.heartbeat, ChunkType.pad] })
    expect(pair.client.association?.primary.mtu).toBe(1400)
    expect(probes[0]?.bytes.length).toBe(1472)
    expect(probes[0]?.chunks[0]?.type).toBe(ChunkType.auth)
  })

  test('a path that has become narrower is noticed by time-outs, and what is sent then passes', () => {
    const { pair } = found(1472)
    expect(pair.client.association?.primary.mtu).toBe(1472)
    pair.network.configure({ mtu: 1300 })
    // Small chunks that share a packet can be sent again in smaller packets.
    for (let i = 0; i < 8; i++) pair.client.send(new Uint8Array(680).fill(i))
    expect(pair.until(() => pair.server.received.length === 8)).toBe(true)
    expect(pair.client.association?.primary.mtu).toBeLessThanOrEqual(1300)
    pair.client.send(new Uint8Array(9000))
    expect(pair.until(() => pair.server.received.length === 9)).toBe(true)
  })

  test('a path MTU that was set is believed', () => {
    const { pair, probes } = found(1472, { pathMtu: 700 })
    expect([pair.client.association?.primary.mtu, probes.length]).toEqual([700, 0])
  })
})
