import { concat, utf8, wipe } from '../base/bytes.ts'
import { HASHES, type HashName, hmac, type PrfHash } from './hash.ts'

/**
 * The pseudo-random function: RFC 5246 section 5, or for `md5-sha1` the split form of RFC 2246 section 5.
 * @param label a string (sent as UTF-8) or its bytes
 * @param length bytes wanted
 */
export function prf(
  hash: PrfHash,
  secret: Uint8Array,
  label: string | Uint8Array,
  seed: Uint8Array,
  length: number,
): Uint8Array {
  const labelAndSeed = concat(typeof label === 'string' ? utf8(label) : label, seed)
  if (hash !== 'md5-sha1') return expand(hash, secret, labelAndSeed, length)
  // The halves share the middle byte of a secret of odd length.
  const half = Math.ceil(secret.length / 2)
  const out = expand('md5', secret.subarray(0, half), labelAndSeed, length)
  const other = expand('sha1', secret.subarray(secret.length - half), labelAndSeed, length)
  for (let i = 0; i < length; i++) out[i] = (out[i] ?? 0) ^ (other[i] ?? 0)
  wipe(other)
  return out
}

/** P_hash. */
function expand(hash: HashName, secret: Uint8Array, seed: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length)
  const step = HASHES[hash].length
  let a = seed
  for (let at = 0; at < length; at += step) {
    a = hmac(hash, secret, a)
    const block = hmac(hash, secret, a, seed)
    out.set(block.subarray(0, Math.min(step, length - at)), at)
    wipe(block)
  }
  return out
}
