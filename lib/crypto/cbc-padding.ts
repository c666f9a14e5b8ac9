import { digest, HASHES, type HashName } from './hash.ts'
import { PSEUDO_HEADER_LENGTH } from './record-mac.ts'

// What MAC-then-encrypt needs so that neither branches nor the amount of hashing tell what the padding was.

/** A padding length byte of 255 and the padding it announces. */
export const MAX_PADDING = 256

/**
 * Looks at the padding without branching on it.
 * @param reserved bytes before the padding that are not padding (the MAC)
 * @returns `good` is 0xff or 0; `length` counts the length byte too and is 0 when the padding is bad
 */
export function checkPadding(data: Uint8Array, reserved: number): { good: number; length: number } {
  const total = data.length
  const value = data[total - 1] ?? 0
  // All ones when value + 1 + reserved <= total; the operands are far below 2^31, so the sign bit tells.
  let good = ~((total - reserved - 1 - value) >> 31)
  const checked = Math.min(MAX_PADDING, total)
  for (let i = 0; i < checked; i++) {
    const inside = ~((value - i) >> 31)
    good &= ~(inside & (value ^ (data[total - 1 - i] ?? 0)))
  }
  // Some of the low 8 bits are cleared by now if anything was wrong: fold them into one mask.
  const mask = ((good & 0xff) - 0xff) >> 31
  return { good: ~mask & 0xff, length: ~mask & (value + 1) }
}

/**
 * Copies the MAC from its secret place: every byte that could belong to it is read, in the same order whatever the padding
 * (the rotation of OpenSSL's ssl3_cbc_copy_mac).
 */
export function extractMac(data: Uint8Array, start: number, macLength: number): Uint8Array {
  const rotated = new Uint8Array(macLength)
  const from = Math.max(0, data.length - macLength - MAX_PADDING)
  let offset = 0
  for (let i = from, j = 0; i < data.length; i++, j = j + 1 === macLength ? 0 : j + 1) {
    const started = ~((i - start) >> 31)
    const ended = ~((i - start - macLength) >> 31)
    const first = isZero(i - start)
    offset |= j & first
    rotated[j] = (rotated[j] ?? 0) | ((data[i] ?? 0) & started & ~ended)
  }
  const mac = new Uint8Array(macLength)
  for (let j = 0; j < macLength; j++) {
    // The byte at `j` of the ring belongs at (j - offset) mod macLength.
    const back = j - offset
    const place = back + (macLength & (back >> 31))
    for (let k = 0; k < macLength; k++) mac[k] = (mac[k] ?? 0) | ((rotated[j] ?? 0) & isZero(k - place))
  }
  return mac
}

/**
 * Brings every record of one length to the same number of hash compressions (the counter to Lucky Thirteen): hashes as many
 * blocks as a content of `most` bytes takes more than one of `length`, and always one besides.
 */
export function equalise(hash: HashName, length: number, most: number): void {
  const missing = compressions(hash, most) - compressions(hash, length)
  digest(hash, ZEROS.subarray(0, missing * HASHES[hash].block))
}

/** Compressions of the inner hash of a record MAC, its key block aside. */
export function compressions(hash: HashName, contentLength: number): number {
  const { block } = HASHES[hash]
  // The byte 0x80 and the bit count end a message.
  const ending = 1 + (block === 128 ? 16 : 8)
  return (PSEUDO_HEADER_LENGTH + contentLength + ending + block - 1) >> (block === 128 ? 7 : 6)
}

/** As much as `equalise` can need: the padding and the block that its cut may touch. */
const ZEROS = new Uint8Array(MAX_PADDING + 128)

/** All ones for zero, zero for everything else. */
function isZero(value: number): number {
  return ~((value | -value) >> 31)
}
