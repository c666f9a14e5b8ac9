import { describe, expect, test } from '@jest/globals'
import { SessionCache } from '../../lib/session/cache.ts'
import { Session } from '../../lib/session/session.ts'
import { SeededSource } from '../../lib/sim.ts'

const VERSION = 0xfefd

function session(id: number, time: number, timeout = 100): Session {
  const made = new Session(time, timeout)
  made.id = Uint8Array.of(id)
  made.version = VERSION
  return made
}

const find = (cache: SessionCache, id: number) => cache.find(Uint8Array.of(id), VERSION)
const order = (cache: SessionCache) => [...cache].map(({ id }) => id[0])

describe('a cache of sessions', () => {
  test('finds by id and version, and nothing else', () => {
    const cache = new SessionCache(0)
    const kept = session(1, 0)
    expect(cache.add(kept)).toEqual({ added: true, replaced: null, evicted: [] })
    expect(find(cache, 1)).toBe(kept)
    expect(find(cache, 2)).toBeNull()
    expect(cache.find(Uint8Array.of(1), 0xfeff)).toBeNull()
    expect(cache.find(Uint8Array.of(1, 0), VERSION)).toBeNull()
  })

  test('knows what it has, and lets another of the same id take its place without condemning it', () => {
    const cache = new SessionCache(0)
    const [one, two] = [session(1, 0), session(1, 5)]
    cache.add(one)
    expect(cache.add(one).added).toBe(false)
    expect(cache.add(two)).toEqual({ added: true, replaced: one, evicted: [] })
    expect([cache.size, find(cache, 1), one.resumable]).toEqual([1, two, true])
  })

  test('what runs out first makes room, whenever it came', () => {
    const cache = new SessionCache(3)
    for (const [id, time] of [
      [1, 50],
      [2, 10],
      [3, 90],
    ] as const)
      cache.add(session(id, time))
    const { evicted } = cache.add(session(4, 40))
    expect(evicted.map(({ id, resumable }) => [id[0], resumable])).toEqual([[2, false]])
    expect(order(cache)).toEqual([4, 1, 3])
    cache.limit = 1
    expect(cache.add(session(5, 0)).evicted.map(({ id }) => id[0])).toEqual([4, 1, 3])
    expect(order(cache)).toEqual([5])
  })

  test('a lower limit is kept as soon as something comes; 0 is none', () => {
    const cache = new SessionCache(0)
    for (let id = 0; id < 200; id++) cache.add(session(id, id))
    expect(cache.size).toBe(200)
    cache.limit = 2
    expect(cache.add(session(201, 300)).evicted).toHaveLength(199)
    expect(order(cache)).toEqual([199, 201])
  })

  test('flushes what has run out, and with no time all of it', () => {
    const cache = new SessionCache(0)
    for (let id = 1; id <= 4; id++) cache.add(session(id, id * 10))
    const gone = cache.flush(121)
    expect([gone.map(({ id }) => id[0]), gone.every(({ condemned }) => condemned)]).toEqual([[1, 2], true])
    expect(cache.flush(null)).toHaveLength(2)
    expect([cache.size, order(cache)]).toEqual([0, []])
  })

  test('removing condemns who was named, and drops who is there', () => {
    const cache = new SessionCache(0)
    const [kept, named] = [session(1, 0), session(1, 0)]
    cache.add(kept)
    expect(cache.remove(named)).toBe(kept)
    expect([named.resumable, kept.resumable, cache.size]).toEqual([false, true, 0])
    expect(cache.remove(named)).toBeNull()
  })

  test('stays in order whatever is added and taken away', () => {
    const { random } = new SeededSource(7)
    const cache = new SessionCache(40)
    for (let step = 0; step < 2000; step++) {
      const [id = 0, time = 0, what = 0] = random(3)
      if (what < 200) cache.add(session(id, time))
      else cache.remove(session(id, 0))
      const times = [...cache].map(({ time: at }) => at)
      expect(times).toEqual([...times].sort((a, b) => a - b))
      expect(times.length).toBe(cache.size)
      expect(cache.size).toBeLessThanOrEqual(40)
    }
  })
})
