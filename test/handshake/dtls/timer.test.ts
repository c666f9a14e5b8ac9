import { describe, expect, test } from '@jest/globals'
import { RetransmitTimer, SLACK, type TimerSettings } from '../../../lib/handshake/dtls/timer.ts'
import { VirtualClock } from '../../../lib/sim.ts'

function timer(changes: Partial<TimerSettings> = {}) {
  const clock = new VirtualClock({ start: 5000 })
  const settings: TimerSettings = { initial: 1000, max: 60_000, choose: null, ...changes }
  return { clock, timer: new RetransmitTimer(clock, () => settings) }
}

/** The durations until it gives up, in milliseconds. */
function durations({ clock, timer: target }: ReturnType<typeof timer>): number[] {
  const waited: number[] = []
  target.start()
  for (;;) {
    const deadline = target.deadline
    if (deadline === null) throw new Error('no timer runs')
    waited.push(deadline - clock.now())
    clock.advanceTo(deadline)
    expect(target.expired).toBe(true)
    if (!target.backOff()) return waited
  }
}

describe('the retransmission timer', () => {
  test('runs a second, doubles up to a minute, twelve times; the thirteenth is the end', () => {
    const waited = durations(timer())
    expect(waited).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60, 60].map(seconds => seconds * 1000))
    expect(waited.reduce((sum, ms) => sum + ms) / 1000).toBe(483)
  })

  test('its first duration, its cap and its patience can be chosen', () => {
    expect(durations(timer({ initial: 50, max: 300, resends: 4 }))).toEqual([50, 100, 200, 300, 300])
  })

  test('does not run before it is started, nor after it was stopped', () => {
    const { timer: target, clock } = timer()
    expect(target.deadline).toBeNull()
    expect(target.expired).toBe(false)
    target.restart()
    expect(target.deadline).toBeNull()
    target.start()
    expect(target.deadline).toBe(6000)
    target.stop()
    clock.advanceBy(10_000)
    expect(target.deadline).toBeNull()
    expect(target.expired).toBe(false)
  })

  test('less than 15 ms before its time it counts as run out, as in libssl', () => {
    const { timer: target, clock } = timer()
    target.start()
    clock.advanceBy(1000 - SLACK)
    expect(target.expired).toBe(false)
    clock.advanceBy(1)
    expect(target.expired).toBe(true)
  })

  test('restart waits the current duration again and does not count', () => {
    const { timer: target, clock } = timer()
    target.start()
    clock.advanceBy(1000)
    target.backOff()
    clock.advanceBy(1500)
    target.restart()
    expect(target.deadline).toBe(clock.now() + 2000)
    expect(target.expirations).toBe(1)
  })

  test('start begins with the first duration again', () => {
    const { timer: target } = timer()
    target.start()
    for (let count = 0; count < 5; count++) target.backOff()
    expect(target.expirations).toBe(5)
    target.start()
    expect(target.expirations).toBe(0)
    expect(target.deadline).toBe(6000)
  })

  test('a peer that was heard gets twelve more, but no shorter waits', () => {
    const { timer: target, clock } = timer()
    target.start()
    for (let count = 0; count < 12; count++) expect(target.backOff()).toBe(true)
    target.heard()
    for (let count = 0; count < 12; count++) expect(target.backOff()).toBe(true)
    expect(target.deadline).toBe(clock.now() + 60_000)
    expect(target.expirations).toBe(24)
    expect(target.backOff()).toBe(false)
  })
})

test('signs of life alone keep no flight going for ever', () => {
  const { timer: target } = timer()
  target.start()
  let resends = 0
  for (; target.backOff(); resends++) target.heard()
  expect(resends).toBe(96)
})

describe('durations chosen by the application, as DTLS_set_timer_cb', () => {
  test('gets 0 first and the last duration from then on, in microseconds; there is no cap', () => {
    const asked: number[] = []
    const choose = (microseconds: number) => {
      asked.push(microseconds)
      return microseconds === 0 ? 50_000 : microseconds * 3
    }
    const waited = durations(timer({ choose }))
    expect(waited.slice(0, 4)).toEqual([50, 150, 450, 1350])
    expect(waited).toHaveLength(13)
    expect(waited[12]).toBe(50 * 3 ** 12)
    expect(asked.slice(0, 3)).toEqual([0, 50_000, 150_000])
  })

  test('0 runs out at once, and after twelve more there is an end', () => {
    expect(durations(timer({ choose: () => 0 }))).toEqual(new Array(13).fill(0))
  })
})
