import { randomFillSync } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { requireBytes, requireInteger, requireLength, requireSignedLength, requireString } from '../boundary.ts'
import { ERR_LIB_RAND } from '../constants/err.ts'
import { raise } from '../err/raise.ts'

/**
 * Fills a buffer with random bytes fit for keys (RAND_bytes(3)).
 * @param num - bytes; the whole buffer when left out
 * @returns 1
 */
export function RAND_bytes(buf: Uint8Array, num?: number): number {
  const length = requireSignedLength(num, requireBytes(buf, 'buf'), 'num')
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

/**
 * Reads a file of random bytes (RAND_load_file(3)), which the generator of the runtime has no need of.
 * @param max_bytes - below 0: the whole file, of a device 256 bytes
 * @returns the bytes read; -1 with RAND_R_CANNOT_OPEN_FILE
 */
export function RAND_load_file(file: string, max_bytes: number): number {
  const most = requireInteger(max_bytes, 'max_bytes')
  if (most === 0) return 0
  let fd: number
  try {
    fd = openSync(requireString(file, 'file'), 'r')
  } catch (failure) {
    if (failure instanceof TypeError) throw failure
    raise(ERR_LIB_RAND, RAND_R_CANNOT_OPEN_FILE, `Filename=${file}`)
    return -1
  }
  try {
    return countBytes(fd, most > 0 ? most : fstatSync(fd).isFile() ? Number.POSITIVE_INFINITY : 256)
  } finally {
    closeSync(fd)
  }
}

/** Up to `most` bytes, as far as there are any; of a directory none. */
function countBytes(fd: number, most: number): number {
  const buffer = new Uint8Array(1024)
  let total = 0
  try {
    while (total < most) {
      const count = readSync(fd, buffer, 0, Math.min(buffer.length, most - total), null)
      if (count === 0) break
      total += count
    }
  } catch {
    // What was read before counts.
  }
  buffer.fill(0)
  return total
}

const RAND_R_CANNOT_OPEN_FILE = 121
