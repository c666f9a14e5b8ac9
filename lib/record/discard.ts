/**
 * Why a datagram, a record or a handshake fragment was dropped in silence (RFC 6347 section 4.1.2.7).
 * Each is counted and can be watched; none is an error.
 */
export type DiscardReason =
  | 'truncated-record' // fewer than 13 bytes, or a length beyond the datagram
  | 'oversized-record' // longer than a ciphertext may be
  | 'bad-version' // not a DTLS version, or not the negotiated one
  | 'unknown-content-type'
  | 'old-epoch'
  | 'far-epoch' // later than the epoch that comes next, or the next one when none is awaited
  | 'early-records-full'
  | 'replayed' // seen before, or left of the window (RFC 6347 section 4.1.2.6)
  | 'bad-mac'
  | 'not-admitted' // plaintext, or a content type, that has no place in this state
  | 'malformed-fragment'
  | 'stale-message' // a handshake message already processed
  | 'distant-message' // a message sequence number too far ahead to be kept
  | 'conflicting-fragment' // disagrees with earlier fragments about type, length or content
  | 'reassembly-full'
  | 'input-full'
  | 'inbox-full'
  | 'malformed-alert'
  | 'malformed-heartbeat' // shorter than its payload and padding
  | 'unwanted-heartbeat' // not agreed on, not allowed, not awaited, or in a handshake
  | 'after-close'

/** Counts what was dropped, and tells whoever watches. */
export class Discards {
  readonly #counts = new Map<DiscardReason, number>()
  readonly #watch: ((reason: DiscardReason, bytes: Uint8Array) => void) | undefined

  constructor(watch?: (reason: DiscardReason, bytes: Uint8Array) => void) {
    this.#watch = watch
  }

  note(reason: DiscardReason, bytes: Uint8Array): void {
    this.#counts.set(reason, this.count(reason) + 1)
    this.#watch?.(reason, bytes)
  }

  count(reason: DiscardReason): number {
    return this.#counts.get(reason) ?? 0
  }

  get total(): number {
    let total = 0
    for (const count of this.#counts.values()) total += count
    return total
  }

  entries(): ReadonlyMap<DiscardReason, number> {
    return this.#counts
  }
}
