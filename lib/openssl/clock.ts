import { type Clock, systemClock } from '../base/clock.ts'

let current: Clock = systemClock

/** The time by which connections live: the system's, unless a test plays another one. */
export const sslClock: Clock = {
  now: () => current.now(),
  wall: () => current.wall(),
}

/** Puts another clock in place, null: the system's again. For tests; no entry point exports it. */
export function setSslClock(clock: Clock | null): void {
  current = clock ?? systemClock
}
