/** Time comes in as an argument; the engine never asks the system for it. */
export interface Clock {
  /** Milliseconds of a clock that never runs backwards; its origin means nothing. */
  now(): number
  /** Milliseconds since 1970, for certificate validity, tickets and session time-outs. */
  wall(): number
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
}
