/** The sliding window of RFC 6347 section 4.1.2.6. Asked before a record is opened, moved only after it was authenticated. */
export class ReplayWindow {
  readonly #seen: Uint8Array
  readonly #size: number
  #highest = -1

  /** `size` in records; 64 as in OpenSSL, a multiple of 8. */
  constructor(size = 64) {
    requireWindow(size)
    this.#size = size
    this.#seen = new Uint8Array(size / 8)
  }

  /** True when the record is new and not left of the window. */
  admits(sequence: number): boolean {
    if (sequence > this.#highest) return true
    if (sequence <= this.#highest - this.#size) return false
    const bit = sequence % this.#size
    return ((this.#seen[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0
  }

  mark(sequence: number): void {
    if (sequence > this.#highest) {
      this.#forget(this.#highest + 1, sequence)
      this.#highest = sequence
    }
    const bit = sequence % this.#size
    this.#seen[bit >> 3] = (this.#seen[bit >> 3] ?? 0) | (1 << (bit & 7))
  }

  /** Clears the bits that the new right edge takes over from numbers now left of the window. */
  #forget(from: number, to: number): void {
    if (to - from >= this.#size) {
      this.#seen.fill(0)
      return
    }
    for (let sequence = from; sequence <= to; sequence++) {
      const bit = sequence % this.#size
      this.#seen[bit >> 3] = (this.#seen[bit >> 3] ?? 0) & ~(1 << (bit & 7))
    }
  }
}

/** Throws RangeError for a size whose last bits would be of a byte that is not there: their records would pass again and again. */
export function requireWindow(size: number): void {
  if (!(size > 0 && size % 8 === 0))
    throw new RangeError(`a replay window of ${size} records, which is no multiple of 8`)
}
