import type { Role } from '../demo/events.ts'

/** What a diagram shows, from top to bottom. */
export type Step = Passage | Note

/** A datagram, a segment of a stream or an SCTP packet on its way, with what it carries. */
export interface Passage {
  readonly kind: 'passage'
  /** Which packet of its connection it is, from 0. */
  readonly number: number
  readonly from: Role
  /** Milliseconds since the first. */
  readonly at: number
  /** Bytes of the datagram, of the segment's data, of the SCTP packet. */
  readonly length: number
  /** It never arrives. */
  readonly lost: boolean
  readonly items: readonly Item[]
}

/** A message, or as much of one as a packet carries. */
export interface Item {
  readonly text: string
  /** In smaller letters below; may be empty. */
  readonly detail: string
  /** `sealed`: its record is encrypted. `control`: a chunk of SCTP's own. */
  readonly kind: 'plain' | 'sealed' | 'control'
  /** It belongs to a flight of a handshake. */
  readonly flight: boolean
  /** The same was sent before. */
  readonly again: boolean
}

/** Something that one side does and no packet shows. */
export interface Note {
  readonly kind: 'note'
  readonly who: Role
  readonly text: string
}
