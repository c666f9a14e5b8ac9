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

/**
 * `established` settles row B: a collision is over by then, and an old cookie that comes late must not undo it.
 */
export function cookieAction(own: Tags, cookie: Tags, ties: Tags, established: boolean): CookieAction {
  const [sameLocal, samePeer] = [cookie.local === own.local, cookie.peer === own.peer]
  if (sameLocal) return samePeer ? 'known' : established ? 'discard' : 'collision'
  const tied = ties.local === own.local && ties.peer === own.peer
  return !samePeer && tied ? 'restart' : 'discard'
}
