import { copy, wipe } from '../base/bytes.ts'
import { HASHES, type HashName, hmac } from './hash.ts'

export const PSEUDO_HEADER_LENGTH = 13

/** seq_num || type || version || length: what MACs (RFC 5246 section 6.2.3.1) and AEADs (6.2.3.3) cover besides the text. */
export function writePseudoHeader(
  header: Uint8Array,
  type: number,
  version: number,
  seqHigh: number,
  seqLow: number,
  length: number,
): void {
  writeSequence(header, 0, seqHigh, seqLow)
  header[8] = type
  header[9] = version >>> 8
  header[10] = version
  header[11] = length >>> 8
  header[12] = length
}

/** The 64-bit sequence number, big-endian. */
export function writeSequence(out: Uint8Array, at: number, seqHigh: number, seqLow: number): void {
  out[at] = seqHigh >>> 24
  out[at + 1] = seqHigh >>> 16
  out[at + 2] = seqHigh >>> 8
  out[at + 3] = seqHigh
  out[at + 4] = seqLow >>> 24
  out[at + 5] = seqLow >>> 16
  out[at + 6] = seqLow >>> 8
  out[at + 7] = seqLow
}

/** The record HMAC of one direction. */
export class RecordMac {
  readonly length: number
  readonly hash: HashName
  readonly #key: Uint8Array
  readonly #header = new Uint8Array(PSEUDO_HEADER_LENGTH)

  constructor(hash: HashName, key: Uint8Array) {
    this.hash = hash
    this.length = HASHES[hash].length
    this.#key = copy(key)
  }

  /** The length that enters the MAC is that of `content`. */
  compute(type: number, version: number, seqHigh: number, seqLow: number, content: Uint8Array): Uint8Array {
    writePseudoHeader(this.#header, type, version, seqHigh, seqLow, content.length)
    return hmac(this.hash, this.#key, this.#header, content)
  }

  wipe(): void {
    wipe(this.#key)
  }
}
