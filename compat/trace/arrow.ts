import type { Role } from '../demo/events.ts'

/** One message on its way, as a diagram shows it. */
export interface Arrow {
  readonly from: Role
  readonly name: string
  /** Epoch of its record; from 1 on it is encrypted. */
  readonly epoch: number
  /** Bytes of its records, headers included. */
  readonly length: number
  /** Milliseconds since the first. */
  readonly at: number
}
