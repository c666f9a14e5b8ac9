/** One side of a Diffie-Hellman exchange, of whatever kind: made for one handshake and then wiped. */
export interface KeyShare {
  /** As it goes into the message: an EC point uncompressed, an X coordinate, or a number of the length of the prime. */
  readonly publicKey: Uint8Array
  /**
   * The shared secret, as the premaster needs it.
   * @returns `null` when the peer's value is malformed, off the curve, out of range, or leads to a degenerate secret
   */
  agree(peer: Uint8Array): Uint8Array | null
  /** Drops the private key; `agree` throws from then on. */
  wipe(): void
}

/** For `agree` after `wipe`, which is a mistake of the caller, not of the peer. */
export function wiped(): never {
  throw new Error('the key share has been wiped')
}
