import { describe, expect, test } from '@jest/globals'
import { ReplayWindow } from '../../lib/record/replay-window.ts'
import { SeededSource } from '../../lib/sim.ts'

describe('the replay window', () => {
  test('refuses what was seen', () => {
    const window = new ReplayWindow()
    expect(window.admits(0)).toBe(true)
    window.mark(0)
    expect(window.admits(0)).toBe(false)
    expect(window.admits(1)).toBe(true)
  })

  test('asking does not move it', () => {
    const window = new ReplayWindow()
    window.mark(10)
    window.admits(1000)
    expect(window.admits(9)).toBe(true)
  })

  test.each([
    [63, true],
    [64, false],
  ])('a record with %d newer ones behind it: admitted %s, as libssl', (newer, admitted) => {
    const window = new ReplayWindow()
    for (let sequence = 1; sequence <= newer; sequence++) window.mark(sequence)
    expect(window.admits(0)).toBe(admitted)
  })

  test.each([0, -8, 7, 100, 64.5, Number.NaN])('of %d records there is none', size => {
    expect(() => new ReplayWindow(size)).toThrow(RangeError)
  })

  test('a leap beyond its width forgets everything, and admits what lies between', () => {
    const window = new ReplayWindow()
    for (const sequence of [0, 5, 63]) window.mark(sequence)
    window.mark(1000)
    expect([936, 937, 999, 1000, 1001].map(sequence => window.admits(sequence))).toEqual([
      false,
      true,
      true,
      false,
      true,
    ])
  })

  test('works up to the last sequence number of 48 bits', () => {
    const last = 2 ** 48 - 1
    const window = new ReplayWindow()
    window.mark(last - 63)
    window.mark(last)
    expect([last - 64, last - 63, last - 62, last].map(sequence => window.admits(sequence))).toEqual([
      false,
      false,
      true,
      false,
    ])
  })

  test.each([8, 64, 128])('of %d records it agrees with a list of all that was seen', size => {
    const source = new SeededSource(`window ${size}`)
    const window = new ReplayWindow(size)
    const seen = new Set<number>()
    let highest = -1
    for (let step = 0; step < 5000; step++) {
      const sequence = Math.max(0, highest + size / 2 - source.integer(size * (source.chance(0.02) ? 4 : 1.5)))
      const expected = !seen.has(sequence) && sequence > highest - size
      expect(window.admits(sequence)).toBe(expected)
      if (!expected) continue
      window.mark(sequence)
      seen.add(sequence)
      highest = Math.max(highest, sequence)
    }
    expect(seen.size).toBeGreaterThan(1000)
  })
})
