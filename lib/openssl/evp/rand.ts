import { randomFillSync } from 'node:crypto'
import { requireBytes, requireLength } from '../boundary.ts'

/**
 * Fills a buffer with random bytes fit for keys (RAND_bytes(3)).
 * @param num - bytes; the whole buffer when left out
 * @returns 1
 */
export function RAND_bytes(buf: Uint8Array, num?: number): number {
  const length = requireLength(num, requireBytes(buf, 'buf'), 'num')
  if (length < 0) return 0
  randomFillSync(buf, 0, length)
  return 1
}

/** The same source serves both. */
export const RAND_priv_bytes: typeof RAND_bytes = RAND_bytes
export const RAND_pseudo_bytes: typeof RAND_bytes = RAND_bytes

/** 1: the generator of the runtime seeds itself. */
export function RAND_status(): number {
  return 1
}

/** Does nothing: the generator of the runtime seeds itself. @returns 1 @harmless the system seeds its generator */
export function RAND_poll(): number {
  return 1
}

/** Does nothing: the system seeds its generator. @harmless the system seeds its generator */
export function RAND_seed(buf: Uint8Array, num?: number): void {
  requireLength(num, requireBytes(buf, 'buf'), 'num')
}

/** Does nothing: the system seeds its generator. @harmless the system seeds its generator */
export function RAND_add(buf: Uint8Array, num: number, randomness: number): void {
  requireLength(num, requireBytes(buf, 'buf'), 'num')
  void randomness
}
