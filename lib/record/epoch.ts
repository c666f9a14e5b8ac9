import type { Opener, Sealer } from '../crypto/sealer.ts'
import { MAX_SEQUENCE } from '../wire/record.ts'
import { ReplayWindow } from './replay-window.ts'

/** The keys and the replay window that records of one epoch are read with. `opener` null: epoch 0, plaintext. */
export class ReadEpoch {
  readonly number: number
  readonly opener: Opener | null
  /** Null where the transport already guards against replay (RFC 6083 section 4.1). */
  readonly window: ReplayWindow | null

  constructor(number: number, opener: Opener | null, window: number | null) {
    this.number = number
    this.opener = opener
    this.window = window === null ? null : new ReplayWindow(window)
  }
}

/** The keys and the next sequence number that records of one epoch are written with. `sealer` null: plaintext. */
export class WriteEpoch {
  readonly number: number
  readonly sealer: Sealer | null
  #next: number

  constructor(number: number, sealer: Sealer | null, first = 0) {
    this.number = number
    this.sealer = sealer
    this.#next = first
  }

  get nextSequence(): number {
    return this.#next
  }

  /** The sequence number of the next record; null when the epoch is used up (RFC 6347 section 4.1: never wraps). */
  take(): number | null {
    return this.#next > MAX_SEQUENCE ? null : this.#next++
  }

  /** RFC 6347 section 4.2.1: after a stateless cookie exchange the server goes on from the ClientHello's number. */
  continueFrom(sequence: number): void {
    this.#next = sequence
  }
}
