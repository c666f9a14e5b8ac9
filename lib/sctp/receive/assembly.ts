import type { Data } from '../wire/data.ts'
import type { Skipped } from '../wire/forward-tsn.ts'

/** A message, or a part of one, that goes up. */
export interface Delivery {
  readonly stream: number
  /** SSN, or MID with interleaving. */
  readonly sequence: number
  readonly unordered: boolean
  readonly ppid: number
  /** Of its first chunk. */
  readonly tsn: number
  readonly data: readonly Uint8Array[]
  readonly length: number
  /** It begins with this part; it ends with it. */
  readonly first: boolean
  readonly last: boolean
}

/** A message that has gone up in parts and is not complete. */
export interface Incomplete {
  readonly stream: number
  readonly sequence: number
}

/** Makes messages of fragments and puts them in order. What it holds is bounded by who feeds it: the receiver, by its window. */
export interface Assembly {
  /** What the chunks that have not gone up cost, in bytes. */
  readonly bytes: number
  /** Messages that are going up in parts. */
  readonly delivering: readonly Incomplete[]
  /** Takes a chunk with a new TSN. False when it contradicts what has come before. */
  add(chunk: Data): boolean
  /** Begins to hand out the longest message that could be next, if it has at least so many bytes. */
  deliverPartially(least: number): void
  /**
   * What the peer has given up (RFC 3758 section 3.6): fragments up to `tsn` go, and messages of these streams up to the
   * numbers are no longer waited for.
   * @returns messages in parts that will not be completed
   */
  skip(tsn: number, streams: readonly Skipped[]): readonly Incomplete[]
  /** Numbers of these streams begin anew; of all when the list is empty. */
  resetStreams(streams: readonly number[]): void
}

/** What a chunk costs beside its data, so that many small ones do not take more memory than the window says. */
export const CHUNK_COST = 64
