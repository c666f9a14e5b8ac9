import { describe, expect, test } from '@jest/globals'
import { VirtualClock } from '../../lib/sim.ts'

describe('order', () => {
  test('events run by time, equal times in the order of scheduling', () => {
    const clock = new VirtualClock()
    const ran: string[] = []
    for (const [time, name] of [
      [5, 'c'],
      [1, 'a'],
      [5, 'd'],
      [3, 'b'],
      [5, 'e'],
    ] as const) {
      clock.at(time, () => ran.push(`${name}@${clock.now()}`))
    }
    while (clock.runNext());
    expect(ran).toEqual(['a@1', 'b@3', 'c@5', 'd@5', 'e@5'])
    expect(clock.runNext()).toBe(false)
  })

  test('what an event schedules for now runs after what is already due now', () => {
    const clock = new VirtualClock()
    const ran: string[] = []
    clock.at(1, () => {
      ran.push('first')
      clock.after(0, () => ran.push('third'))
    })
    clock.at(1, () => ran.push('second'))
    clock.advanceTo(1)
    expect(ran).toEqual(['first', 'second', 'third'])
  })

  test('a thousand events come out as a stable sort puts them', () => {
    const clock = new VirtualClock()
    const times = Array.from({ length: 1000 }, (_, i) => (i * 7919) % 101)
    const ran: number[] = []
    times.forEach((time, i) => {
      clock.at(time, () => ran.push(i))
    })
    clock.advanceTo(101)
    const sorted = times.map((time, i) => ({ time, i })).sort((a, b) => a.time - b.time)
    expect(ran).toEqual(sorted.map(({ i }) => i))
  })

  test('a time in the past means as soon as the clock runs, and time does not go back', () => {
    const clock = new VirtualClock({ start: 100 })
    let at = 0
    clock.at(50, () => {
      at = clock.now()
    })
    expect(clock.nextTime()).toBe(100)
    clock.runNext()
    expect(at).toBe(100)
  })
})

describe('cancel', () => {
  test('takes out that event alone, once', () => {
    const clock = new VirtualClock()
    const ran: number[] = []
    const cancels = [0, 1, 2, 3].map(i => clock.at(10, () => ran.push(i)))
    cancels[2]?.()
    cancels[2]?.()
    expect(clock.pending).toBe(3)
    clock.advanceTo(10)
    for (const cancel of cancels) cancel()
    expect(ran).toEqual([0, 1, 3])
    expect(clock.pending).toBe(0)
    expect(clock.nextTime()).toBeNull()
  })

  test('holds when an event cancels one that is due at the same time', () => {
    const clock = new VirtualClock()
    const ran: string[] = []
    clock.at(1, () => cancel())
    const cancel = clock.at(1, () => ran.push('never'))
    clock.advanceTo(1)
    expect(ran).toEqual([])
  })

  test('a deadline set and taken back a thousand times leaves nothing behind', () => {
    const clock = new VirtualClock()
    for (let i = 0; i < 1000; i++) clock.after(i, () => {})()
    expect(clock.pending).toBe(0)
  })
})

describe('moving', () => {
  test('advanceTo runs what is due up to and including that time and stands there', () => {
    const clock = new VirtualClock()
    const ran: number[] = []
    for (const time of [1, 2, 3]) clock.at(time, () => ran.push(time))
    clock.advanceTo(2)
    expect(ran).toEqual([1, 2])
    clock.advanceTo(2.5)
    expect(clock.now()).toBe(2.5)
    clock.advanceBy(10)
    expect([ran, clock.now()]).toEqual([[1, 2, 3], 12.5])
    expect(() => clock.advanceTo(12)).toThrow(RangeError)
  })

  test('runUntil stops at the predicate, at the limit, or when nothing is left', () => {
    const clock = new VirtualClock()
    let ticks = 0
    const tick = () => {
      if (++ticks < 10) clock.after(10, tick)
    }
    clock.after(10, tick)
    expect(clock.runUntil(() => ticks === 3, 1000)).toBe(true)
    expect(clock.now()).toBe(30)
    expect(clock.runUntil(() => ticks === 4, 10)).toBe(true)
    expect(clock.runUntil(() => ticks === 9, 15)).toBe(false)
    expect([clock.now(), ticks]).toEqual([55, 5])
    expect(clock.runUntil(() => false, 1000)).toBe(false)
    expect([clock.now(), ticks, clock.pending]).toEqual([100, 10, 0])
  })

  test('after a leap what fell due runs late, in its order', () => {
    const clock = new VirtualClock()
    const ran: string[] = []
    clock.at(20, () => ran.push(`b@${clock.now()}`))
    clock.at(10, () => ran.push(`a@${clock.now()}`))
    clock.leap(1000)
    expect(ran).toEqual([])
    clock.advanceTo(1000)
    expect(ran).toEqual(['a@1000', 'b@1000'])
    expect(() => clock.leap(-1)).toThrow(RangeError)
  })

  test('an event that schedules itself for now is found out', () => {
    const clock = new VirtualClock({ standstill: 1000 })
    const again = () => {
      clock.after(0, again)
    }
    again()
    expect(() => clock.advanceTo(1)).toThrow('1000 events in a row and time stands still')
    expect(clock.now()).toBe(0)
  })

  test('events that are many, but not at one moment, are not taken for that', () => {
    const clock = new VirtualClock({ standstill: 10 })
    let ran = 0
    for (let i = 0; i < 100; i++) {
      clock.at(clock.now(), () => ran++)
      clock.runNext()
      clock.advanceBy(1)
    }
    expect(ran).toBe(100)
  })

  test('what an event throws comes out, and the clock goes on after it', () => {
    const clock = new VirtualClock()
    let ran = false
    clock.at(1, () => {
      throw new Error('of the event')
    })
    clock.at(2, () => {
      ran = true
    })
    expect(() => clock.advanceTo(5)).toThrow('of the event')
    clock.advanceTo(5)
    expect(ran).toBe(true)
  })
})

describe('wall clock', () => {
  test('moves with the clock and jumps alone', () => {
    const clock = new VirtualClock({ start: 7, wall: 1000 })
    expect([clock.now(), clock.wall()]).toEqual([7, 1000])
    clock.advanceBy(500.5)
    expect(clock.wall()).toBe(1500)
    clock.shiftWall(-1400)
    expect([clock.now(), clock.wall()]).toEqual([507.5, 100])
  })

  test('starts at the same moment in every run', () => {
    expect(new Date(new VirtualClock().wall()).toISOString()).toBe('2026-01-01T00:00:00.000Z')
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('%d is no time', value => {
    const clock = new VirtualClock()
    expect(() => clock.at(value, () => {})).toThrow(RangeError)
    expect(() => clock.after(value, () => {})).toThrow(RangeError)
    expect(() => clock.advanceTo(value)).toThrow(RangeError)
    expect(() => clock.runUntil(() => false, value)).toThrow(RangeError)
    expect(() => clock.leap(value)).toThrow(RangeError)
    expect(() => clock.shiftWall(value)).toThrow(RangeError)
    expect(() => new VirtualClock({ start: value })).toThrow(RangeError)
    expect(clock.pending).toBe(0)
  })
})
