import type { Source } from './surroundings.ts'
import type { Init, ReadInit } from './wire/init.ts'
import type { Packet } from './wire/packet.ts'

/** What a good COOKIE ECHO leads to while there is an association with its sender (RFC 9260 section 5.2.4, table 12). */
export type CookieAction =
  /** A: the peer has begun anew. */
  | 'restart'
  /** B: both began at once; the peer has changed its tag since. */
  | 'collision'
  /** D: the cookie of this very association. */
  | 'known'
  /** C, and what is in no row. */
  | 'discard'

/** The tags of an association, and those of a cookie: its own, and of what was there when it was made (zeros: nothing). */
export interface Tags {
  readonly local: number
  /** 0 while it is not known. */
  readonly peer: number
}

/** What an INIT ACK for a peer that is known is made of (RFC 9260 section 5.2). */
export interface InitAnswer {
  /** Null: new ones. */
  readonly tags: { readonly tag: number; readonly tsn: number } | null
  readonly ties: Tags
}

/** A state cookie that came back, with the packet that it came in. */
export interface EchoedCookie {
  readonly packet: Packet
  /** Which of the packet's chunks it is: an AUTH chunk may stand before it. */
  readonly at: number
  readonly source: Source
  /** The INIT ACK that it belongs to, and the INIT before that. */
  readonly local: Init
  readonly peer: ReadInit
  readonly ties: Tags
}

/**
 * `established` settles row B: a collision is over by then, and an old cookie that comes late must not undo it.
 */
export function cookieAction(own: Tags, cookie: Tags, ties: Tags, established: boolean): CookieAction {
  const [sameLocal, samePeer] = [cookie.local === own.local, cookie.peer === own.peer]
  if (sameLocal) return samePeer ? 'known' : established ? 'discard' : 'collision'
  const tied = ties.local === own.local && ties.peer === own.peer
  return !samePeer && tied ? 'restart' : 'discard'
}
