import { concat, wipe } from '../../base/bytes.ts'

/**
 * The premaster secret of PSK exchanges (RFC 4279 section 2, RFC 5489 section 2): the other secret, then the key, each
 * behind its length. Plain PSK has zeros of the key's length for the other secret. Wipes both.
 */
export function pskPremaster(key: Uint8Array, other: Uint8Array | null): Uint8Array {
  const first = other ?? new Uint8Array(key.length)
  // Not with a writer, whose memory keeps what was written.
  const premaster = concat(lengthOf(first), first, lengthOf(key), key)
  wipe(first, key)
  return premaster
}

/** Keys have at most 512 bytes, and the numbers of a group 1250 (MAX_DH_BITS). */
function lengthOf({ length }: Uint8Array): Uint8Array {
  return Uint8Array.of(length >> 8, length)
}

/** OpenSSL's bounds, in bytes. */
export const MAX_PSK_IDENTITY = 256
export const MAX_PSK_KEY = 512
