/**
 * Protects records of one direction and one epoch. `seqHigh` and `seqLow` are the halves of the 64-bit sequence number,
 * which in DTLS is epoch << 48 | number; each is an unsigned 32-bit integer. Using one twice is the caller's fault.
 */
export interface Sealer {
  /** The IV of a record is the end of the one before it, which everybody has seen (TLS 1.0). */
  readonly chainedIv?: boolean
  /** Bytes of the fragment for a plaintext of this length. */
  sealedLength(plaintextLength: number): number
  /** The largest plaintext whose fragment fits; 0 when not even an empty one does. */
  maxPlaintext(sealedLength: number): number
  /**
   * Writes the whole fragment (explicit nonce or IV, ciphertext, tag or MAC) into `out` from `at`.
   * The plaintext must not share memory with the output.
   * @returns bytes written, which is `sealedLength(plaintext.length)`
   */
  seal(
    type: number,
    version: number,
    seqHigh: number,
    seqLow: number,
    plaintext: Uint8Array,
    out: Uint8Array,
    at: number,
  ): number
  /** Overwrites the keys; the sealer is of no use afterwards. */
  wipe(): void
}

/** Opens records of one direction and one epoch. */
export interface Opener {
  /**
   * @returns the plaintext, or `null` when the fragment does not authenticate: one answer for every fault, and never an
   * exception. The next call to any sealer or opener may reuse the memory; whoever keeps the plaintext copies it.
   */
  open(type: number, version: number, seqHigh: number, seqLow: number, fragment: Uint8Array): Uint8Array | null
  /** Overwrites the keys; the opener is of no use afterwards. */
  wipe(): void
}

export interface SealMode {
  /** RFC 7366; means nothing to AEAD and null ciphers. */
  readonly encryptThenMac: boolean
  /** CBC records carry their IV: TLS 1.1 and above, all DTLS. */
  readonly explicitIv: boolean
}
