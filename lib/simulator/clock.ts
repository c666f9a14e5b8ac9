import type { Clock } from '../base/clock.ts'

/** Takes back what `VirtualClock.at` or `after` scheduled; harmless once it has run. */
export type Cancel = () => void

/** Where a `VirtualClock` starts. */
export interface VirtualClockOptions {
  /** First value of `now()`, in milliseconds. Default 0. */
  readonly start?: number
  /** First value of `wall()`, in milliseconds since 1970. Default 1 January 2026, 00:00 UTC, so that runs repeat. */
  readonly wall?: number
  /** How many events may run in a row without time passing before the clock gives up. Default 1 000 000. */
  readonly standstill?: number
}

/**
 * A clock that moves only when it is told to: hours of retransmission time-outs pass in microseconds.
 * Events run in the order of their times, and in the order of their scheduling where the times are equal.
 *
 * ```ts
 * const clock = new VirtualClock()
 * clock.after(1000, () => console.log('first time-out'))
 * clock.advanceTo(5000) // prints; clock.now() is 5000 afterwards
 * ```
 */
export class VirtualClock implements Clock {
  /** Latest first: the next event is taken off the end. */
  readonly #events: Scheduled[] = []
  readonly #standstill: number
  #now: number
  #epoch: number
  #order = 0
  #lastRun = Number.NaN
  #standing = 0

  constructor(options: VirtualClockOptions = {}) {
    this.#now = finite('start', options.start ?? 0)
    this.#epoch = finite('wall', options.wall ?? DEFAULT_WALL) - this.#now
    this.#standstill = finite('standstill', options.standstill ?? 1_000_000)
  }

  /** Milliseconds; never runs backwards. */
  now(): number {
    return this.#now
  }

  /** Whole milliseconds since 1970; moves with `now()` and by `shiftWall`. */
  wall(): number {
    return Math.floor(this.#epoch + this.#now)
  }

  /** Events that wait to run. */
  get pending(): number {
    return this.#events.length
  }

  /** When the next event is due, in the milliseconds of `now()`; `null` when there is none. */
  nextTime(): number | null {
    return this.#events.at(-1)?.time ?? null
  }

  /** Runs `action` when `now()` reaches `time` (milliseconds); a time already past means as soon as the clock is run. */
  at(time: number, action: () => void): Cancel {
    const event = { time: Math.max(finite('time', time), this.#now), order: this.#order++, action }
    this.#events.splice(this.#placeOf(event), 0, event)
    return () => {
      const place = this.#placeOf(event)
      if (this.#events[place] === event) this.#events.splice(place, 1)
    }
  }

  /** Runs `action` after `ms` milliseconds. */
  after(ms: number, action: () => void): Cancel {
    return this.at(this.#now + ms, action)
  }

  /**
   * Moves to the next event and runs it. False when there is none. What `action` throws is thrown here; `Error` also
   * when time stands still (see `VirtualClockOptions.standstill`).
   */
  runNext(): boolean {
    const event = this.#events.pop()
    if (event === undefined) return false
    this.#now = Math.max(this.#now, event.time)
    this.#standing = this.#now === this.#lastRun ? this.#standing + 1 : 0
    this.#lastRun = this.#now
    // An event that schedules itself for "now" would run for ever.
    if (this.#standing >= this.#standstill) throw new Error(`${this.#standing} events in a row and time stands still`)
    event.action()
    return true
  }

  /** Runs what is due up to and including `time`, then stands at `time`. `RangeError` when that is in the past. */
  advanceTo(time: number): void {
    if (finite('time', time) < this.#now) throw new RangeError('time: a clock does not run backwards')
    while (this.#dueBy(time)) this.runNext()
    this.#now = Math.max(this.#now, time)
  }

  /** Runs what is due within the next `ms` milliseconds and stands at their end. */
  advanceBy(ms: number): void {
    this.advanceTo(this.#now + ms)
  }

  /**
   * Runs event after event until `predicate` holds, none is left, or `limitMs` milliseconds have passed.
   * True when the predicate holds. After the limit the clock stands at the limit.
   */
  runUntil(predicate: () => boolean, limitMs: number): boolean {
    const limit = finite('limitMs', this.#now + limitMs)
    while (!predicate()) {
      const next = this.nextTime()
      if (next === null) return false
      if (next > limit) {
        this.#now = Math.max(this.#now, limit)
        return predicate()
      }
      this.runNext()
    }
    return true
  }

  /** Lets `ms` milliseconds pass with nothing run, as on a suspended machine: what fell due runs late. */
  leap(ms: number): void {
    if (!(finite('ms', ms) >= 0)) throw new RangeError('ms: a clock does not run backwards')
    this.#now += ms
  }

  /** Sets the wall clock forwards or back by `ms` milliseconds, as an administrator or NTP does; `now()` is not touched. */
  shiftWall(ms: number): void {
    this.#epoch += finite('ms', ms)
  }

  #dueBy(time: number): boolean {
    const next = this.nextTime()
    return next !== null && next <= time
  }

  /** The place of the event itself, or where it belongs: the first one that is not due after it. */
  #placeOf(event: Scheduled): number {
    let low = 0
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.#events[middle]
      if (other !== undefined && isAfter(other, event)) low = middle + 1
      else high = middle
    }
    return low
  }
}

interface Scheduled {
  readonly time: number
  readonly order: number
  readonly action: () => void
}

const DEFAULT_WALL = Date.UTC(2026, 0, 1)

function isAfter(a: Scheduled, b: Scheduled): boolean {
  return a.time > b.time || (a.time === b.time && a.order > b.order)
}

function finite(name: string, value: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`${name}: ${value} is not a finite number`)
  return value
}
