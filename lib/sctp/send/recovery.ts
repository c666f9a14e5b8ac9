import type { Path } from '../paths/path.ts'
import { advance, isBefore } from '../wire/serial.ts'
import type { Flight, SentChunk } from './flight.ts'

/** Reports of later chunks after which one is taken for lost. */
const FAST_RETRANSMIT = 3

/** Loss that SACKs show before T3-rtx runs out (RFC 9260 section 7.2.4). */
export class Recovery {
  /** In fast recovery until this TSN is acknowledged. */
  #until: number | null = null
  /** One packet of a fast retransmission may go beyond this path's congestion window. */
  #path: Path | null = null

  get active(): boolean {
    return this.#until !== null
  }

  /** A chunk may go to this path whatever its congestion window says. */
  exempts(path: Path): boolean {
    return this.#path === path
  }

  /** The one packet has been filled. */
  packetDone(): void {
    this.#path = null
  }

  /** Counts the reports against what is below `limit`; the third one makes a chunk lost. */
  count(flight: Flight, limit: number | null): void {
    if (limit === null) return
    for (const chunk of flight.chunks) {
      if (!isBefore(chunk.tsn, limit)) break
      if (chunk.state === 'flight' && ++chunk.missing === FAST_RETRANSMIT && !chunk.fast) this.#lost(flight, chunk)
    }
  }

  /** Leaves fast recovery once everything that was under way when it began is acknowledged. */
  advanced(flight: Flight): void {
    if (this.#until !== null && !isBefore(flight.cumulative, this.#until)) this.#until = null
  }

  stop(): void {
    this.#until = null
    this.#path = null
  }

  #lost(flight: Flight, chunk: SentChunk): void {
    chunk.fast = true
    const { path } = chunk
    if (this.#until === null) {
      this.#until = advance(flight.nextTsn, -1)
      path.lost()
    }
    flight.lose(chunk)
    this.#path ??= path
  }
}
