/** Serial number arithmetic (RFC 1982) of TSNs, request numbers (32 bits) and stream sequence numbers (16 bits). */

/** The number `steps` after `tsn`; before it, for a negative number of steps. */
export function advance(tsn: number, steps = 1): number {
  return (tsn + steps) >>> 0
}

/** How many steps lead from one number up to the other, 0 to 2^32 - 1. */
export function distance(from: number, to: number): number {
  return (to - from) >>> 0
}

/** True when `a` comes before `b`. */
export function isBefore(a: number, b: number): boolean {
  return a !== b && distance(a, b) < 0x80000000
}

/** True when `a` comes after `b`. */
export function isAfter(a: number, b: number): boolean {
  return isBefore(b, a)
}

/** `isBefore` for 16 bits. */
export function isBefore16(a: number, b: number): boolean {
  return a !== b && ((b - a) & 0xffff) < 0x8000
}
