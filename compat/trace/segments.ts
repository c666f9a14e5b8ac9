import { advance, distance, isBefore } from '../../lib/sctp/wire/serial.ts'

/** Puts one direction of a TCP connection in order: segments come late, twice, and overlapping (RFC 9293 section 3.10). */
export class Segments {
  /** The number of the next byte; null before the first segment. */
  #next: number | null = null
  readonly #early = new Map<number, Uint8Array>()
  #held = 0

  /** The stream begins after this number, that of a SYN. */
  synchronize(sequence: number): void {
    this.#next ??= advance(sequence)
  }

  /** The bytes that follow on what was taken so far, from this segment and from those that waited for it. */
  take(sequence: number, payload: Uint8Array): Uint8Array[] {
    this.#next ??= sequence
    const taken: Uint8Array[] = []
    let [at, bytes] = [sequence, payload]
    for (;;) {
      if (isBefore(this.#next, at)) {
        this.#keep(at, bytes)
        return taken
      }
      const fresh = bytes.subarray(Math.min(bytes.length, distance(at, this.#next)))
      if (fresh.length > 0) taken.push(fresh)
      this.#next = advance(this.#next, fresh.length)
      const next = [...this.#early].find(([start]) => !isBefore(this.#next ?? 0, start))
      if (next === undefined) return taken
      this.#early.delete(next[0])
      this.#held -= next[1].length
      ;[at, bytes] = next
    }
  }

  /** Beyond the bound nothing is kept: what was missing is not in the capture, and the stream ends here. */
  #keep(at: number, bytes: Uint8Array): void {
    if (this.#held + bytes.length > MOST_HELD || this.#early.size >= MOST_SEGMENTS) return
    const before = this.#early.get(at)
    if (before !== undefined && before.length >= bytes.length) return
    this.#early.set(at, bytes)
    this.#held += bytes.length - (before?.length ?? 0)
  }
}

/** Bytes and segments that wait for one that is missing. */
const MOST_HELD = 1 << 20
const MOST_SEGMENTS = 1024
