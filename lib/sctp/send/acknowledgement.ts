import type { Path } from '../paths/path.ts'
import type { Gap } from '../wire/sack.ts'
import type { Flight, SentChunk } from './flight.ts'

/** Goes through what a SACK tells (RFC 9260 section 6.2.1), and keeps what it acknowledged for the first time. */
export class Acknowledgement {
  readonly #flight: Flight
  readonly #now: number
  /** Bytes by path. */
  readonly acked = new Map<Path, number>()
  /** Paths of chunks that the cumulative TSN passed. */
  readonly passed = new Set<Path>()
  /** The highest TSN newly reported in a gap block. */
  highest: number | null = null

  constructor(flight: Flight, now: number) {
    this.#flight = flight
    this.#now = now
  }

  /** The cumulative TSN moves on. */
  pass(cumulative: number): void {
    for (const chunk of this.#flight.passTo(cumulative)) {
      this.passed.add(chunk.path)
      this.#acknowledge(chunk)
    }
  }

  /** What came beyond it; what is not told of any more was taken back. */
  mark(gaps: readonly Gap[]): void {
    let block = 0
    for (const [i, chunk] of this.#flight.chunks.entries()) {
      const offset = i + 1
      let gap = gaps[block]
      while (gap !== undefined && gap.end < offset) gap = gaps[++block]
      const reported = gap !== undefined && offset >= gap.start
      if (reported) {
        if (this.#acknowledge(chunk)) this.highest = chunk.tsn
      } else if (chunk.state === 'acked') this.#flight.revoke(chunk, this.#now)
    }
  }

  /** True when it was not known. */
  #acknowledge(chunk: SentChunk): boolean {
    const { path, transmissions } = chunk
    if (!this.#flight.acknowledge(chunk)) return false
    if (path.timed?.tsn === chunk.tsn) {
      if (transmissions === 1) path.measured(this.#now - path.timed.at)
      path.timed = null
    }
    this.acked.set(path, (this.acked.get(path) ?? 0) + chunk.data.length)
    return true
  }
}
