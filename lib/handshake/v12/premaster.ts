import { wipe } from '../../base/bytes.ts'
import { Writer } from '../../wire/writer.ts'

/**
 * The premaster secret of PSK exchanges (RFC 4279 section 2, RFC 5489 section 2): the other secret, then the key, each
 * behind its length. Plain PSK has zeros of the key's length for the other secret. Wipes both.
 */
export function pskPremaster(key: Uint8Array, other: Uint8Array | null): Uint8Array {
  const first = other ?? new Uint8Array(key.length)
  const premaster = new Writer(first.length + key.length + 4).vector16(first).vector16(key).finish()
  wipe(first, key)
  return premaster
}

/** OpenSSL's bounds, in bytes. */
export const MAX_PSK_IDENTITY = 256
export const MAX_PSK_KEY = 512
