import { concat, wipe } from '../../base/bytes.ts'
import { ProtocolFailure } from '../../base/failure.ts'

/**
 * The premaster secret of PSK exchanges (RFC 4279 section 2, RFC 5489 section 2): the other secret, then the key, each
 * behind its length. Plain PSK has zeros of the key's length for the other secret. Wipes both.
 */
export function pskPremaster(key: Uint8Array, other: Uint8Array | null): Uint8Array {
  const first = other ?? new Uint8Array(key.length)
  try {
    if (key.length > MAX_PSK_KEY)
      throw new ProtocolFailure('internal-error', { detail: 'a PSK of more than 512 bytes' })
    // Not with a writer, whose memory keeps what was written.
    return concat(lengthOf(first), first, lengthOf(key), key)
  } finally {
    wipe(first, key)
  }
}

/** Keys have at most 512 bytes, and the numbers of a group 1250 (MAX_DH_BITS). */
function lengthOf({ length }: Uint8Array): Uint8Array {
  return Uint8Array.of(length >> 8, length)
}

/** OpenSSL's bounds, in bytes. */
export const MAX_PSK_IDENTITY = 256
const MAX_PSK_KEY = 512
