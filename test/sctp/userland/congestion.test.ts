import { describe, expect, test } from '@jest/globals'
import { Path } from '../../../lib/sctp/paths/path.ts'
import { DEFAULT_SETTINGS } from '../../../lib/sctp/settings.ts'
import { u32 } from '../../../lib/sctp/wire/octets.ts'
import { readPacket } from '../../../lib/sctp/wire/packet.ts'
import { ChunkType } from '../../../lib/sctp/wire/registry.ts'
import { Pair } from './pair.ts'

const MTU = 1452

function path(): Path {
  return new Path('192.0.2.1', 0, MTU, DEFAULT_SETTINGS, 'active')
}

describe('the congestion window (RFC 9260 section 7.2)', () => {
  test('begins with 4404 bytes, within two and four packets', () => {
    const windows = [500, 1452, 4000].map(mtu => new Path('192.0.2.1', 0, mtu, DEFAULT_SETTINGS, 'active').cwnd)
    expect(windows).toEqual([2000, 4404, 8000])
  })

  test('grows by what was acknowledged, a packet at most, and only while it is used up', () => {
    const it = path()
    it.grow(100, true, false)
    expect(it.cwnd).toBe(4504)
    it.grow(9000, true, false)
    expect(it.cwnd).toBe(4504 + MTU)
    it.grow(9000, false, false)
    expect(it.cwnd).toBe(4504 + MTU)
    // Not while a loss is being repaired.
    it.grow(9000, true, true)
    expect(it.cwnd).toBe(4504 + MTU)
  })

  test('halves on loss, to four packets at least, and then grows by one packet a round trip', () => {
    const it = path()
    it.cwnd = 20_000
    it.lost()
    expect([it.cwnd, it.ssthresh]).toEqual([10_000, 10_000])
    it.grow(10, true, false)
    expect(it.cwnd).toBe(10_010)
    for (let acked = 0; acked < 10_010; acked += 1001) it.grow(1001, true, false)
    expect(it.cwnd).toBe(10_010 + MTU)
    it.cwnd = 5000
    it.lost()
    expect(it.cwnd).toBe(4 * MTU)
  })

  test('is one packet after a time-out, which doubles up to RTO.Max', () => {
    const it = path()
    it.cwnd = 20_000
    const timeouts = [1, 2, 3, 4, 5, 6].map(() => {
      it.timedOut()
      return it.rto
    })
    expect([it.cwnd, it.ssthresh]).toEqual([MTU, 4 * MTU])
    expect(timeouts).toEqual([6000, 12_000, 24_000, 48_000, 60_000, 60_000])
  })

  test('halves for each time-out that passed without data', () => {
    const it = path()
    it.cwnd = 60_000
    it.rested(2 * it.rto)
    expect(it.cwnd).toBe(15_000)
  })
})

test('a fast retransmission of the earliest chunk begins T3-rtx anew (section 7.2.4)', () => {
  const pair = new Pair({ seed: 'fast', conditions: { delayMs: [50, 50] }, client: { settings: { noDelay: true } } })
  expect(pair.connect()).toBe(true)
  pair.clock.advanceBy(500)
  const path = pair.client.association?.primary
  if (path === undefined) throw new Error('no path')
  /** TSNs as they go out. The third packet with data is lost. */
  const sent: number[] = []
  const deadlines: (number | null)[] = []
  pair.network.interfere = ({ from, bytes }) => {
    const packet = from === '10.0.0.1' ? readPacket(bytes) : 'malformed'
    const data = typeof packet === 'string' ? undefined : packet.chunks.find(({ type }) => type === ChunkType.data)
    if (data === undefined) return null
    const tsn = u32(data.value, 0)
    if (sent.includes(tsn)) deadlines.push((path.t3 ?? 0) - pair.clock.now() - path.rto)
    sent.push(tsn)
    return sent.length === 3 ? [] : null
  }
  for (let i = 0; i < 12; i++) pair.client.send(new Uint8Array(1300))
  expect(pair.until(() => pair.server.received.length === 12, 900)).toBe(true)
  expect(deadlines).toEqual([0])
})

test('round trips make the time-out (section 6.3.1)', () => {
  const it = path()
  it.measured(2000)
  expect([it.srtt, it.rto]).toEqual([2000, 6000])
  it.measured(1000)
  expect([it.srtt, it.rto]).toEqual([1875, 1875 + 4 * 1000])
  for (let i = 0; i < 100; i++) it.measured(20)
  expect(it.rto).toBe(DEFAULT_SETTINGS.rtoMin)
})

// M. Mathis et al., "The Macroscopic Behavior of the TCP Congestion Avoidance Algorithm": what one that behaves gets.
test.each([0.01, 0.02])('at a loss of %d it takes its share and no more', loss => {
  const delay = 20
  const host = { mtu: MTU, settings: { receiveWindow: 1_000_000 } }
  const conditions = { loss, delayMs: [delay, delay] as const, bandwidth: 100e6 }
  const pair = new Pair({ seed: `share ${loss}`, conditions, client: host, server: host })
  expect(pair.connect()).toBe(true)
  const began = pair.clock.now()
  const feed = () => {
    while ((pair.client.association?.buffered ?? 0) < 300_000) pair.client.send(new Uint8Array(10_000))
  }
  const ended = () => {
    feed()
    return pair.server.received.length === 200
  }
  expect(pair.until(ended)).toBe(true)
  const rate = 2_000_000 / (pair.clock.now() - began)
  const share = ((MTU - 28) / (2 * delay)) * Math.sqrt(1.5 / loss)
  expect(rate).toBeGreaterThan(share / 2)
  expect(rate).toBeLessThan(share * 1.5)
})
