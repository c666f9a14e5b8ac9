import { describe, expect, test } from '@jest/globals'
import type { Endpoint } from '../../lib/transport/address.ts'
import { type Lane, OneToMany } from '../../lib/transport/one-to-many.ts'

const peer = (port: number, address = '192.0.2.1'): Endpoint => ({ family: 'IPv4', address, port })

function opened(lanes: OneToMany, at: Endpoint): Lane {
  const lane = lanes.open(at)
  if (lane === null) throw new Error('no lane')
  return lane
}

describe('lanes', () => {
  test('are found by address and port, the oldest first, until they are closed', () => {
    const lanes = new OneToMany()
    const [first, second, other] = [peer(1), peer(1), peer(1, '192.0.2.11')].map(at => opened(lanes, at))
    expect(lanes.at(peer(1))).toEqual([first, second])
    expect(lanes.at(peer(1, '192.0.2.11'))).toEqual([other])
    expect(lanes.at(peer(11, '192.0.2.1'))).toEqual([])
    if (first !== undefined) for (let twice = 0; twice < 2; twice++) lanes.close(first)
    expect(lanes.at(peer(1))).toEqual([second])
    expect(lanes.size).toBe(2)
  })

  test('are 65,536 at most', () => {
    const lanes = new OneToMany()
    const all = Array.from({ length: 65_536 }, (_, i) => opened(lanes, peer(i)))
    expect(lanes.open(peer(1))).toBeNull()
    if (all[7] !== undefined) lanes.close(all[7])
    expect(lanes.open(peer(7))).not.toBeNull()
  })
})

describe('what waits in a lane', () => {
  test('comes out in order; a closed lane has nothing, and takes nothing', () => {
    const lanes = new OneToMany()
    const lane = opened(lanes, peer(1))
    lane.push(Uint8Array.of(1))
    lane.push(Uint8Array.of(2, 3))
    expect([lanes.queuedBytes, lane.length, lane.readable]).toEqual([3, 2, true])
    expect([lane.shift(), lane.peek()]).toEqual([Uint8Array.of(1), Uint8Array.of(2, 3)])
    lanes.close(lane)
    lane.push(Uint8Array.of(4))
    expect([lanes.queuedBytes, lane.length, lane.shift(), lane.dropped]).toEqual([0, 0, undefined, 1])
    expect([lane.readable, lane.failed]).toEqual([true, true])
  })

  test.each([
    ['datagrams', 1, 64],
    ['bytes', 1200, 54],
    ['bytes of the longest', 65_507, 1],
  ])('is bounded in %s', (_what, length, most) => {
    const lane = opened(new OneToMany(), peer(1))
    for (let i = 0; i < 100; i++) lane.push(new Uint8Array(length))
    expect([lane.length, lane.dropped]).toEqual([most, 100 - most])
  })

  test('is bounded for all lanes together', () => {
    const lanes = new OneToMany()
    const many = Array.from({ length: 1100 }, (_, i) => opened(lanes, peer(i)))
    for (const lane of many) lane.push(new Uint8Array(2 ** 16))
    expect(lanes.queuedBytes).toBe(2 ** 26)
    expect(many.filter(lane => lane.length === 1)).toHaveLength(1024)
    many[0]?.shift()
    many.at(-1)?.push(new Uint8Array(2 ** 16))
    expect(many.at(-1)?.length).toBe(1)
  })

  test('tells who watches', () => {
    const lanes = new OneToMany()
    const lane = opened(lanes, peer(1))
    let told = 0
    const stop = lane.watch(() => told++)
    lane.push(Uint8Array.of(1))
    lanes.close(lane)
    expect(told).toBe(2)
    stop()
    lane.changed()
    expect(told).toBe(2)
  })
})
