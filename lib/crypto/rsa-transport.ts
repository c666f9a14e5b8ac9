import { constants, type KeyObject, privateDecrypt, publicEncrypt } from 'node:crypto'
import { copy, wipe } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'
import { plain } from './node.ts'

export const PREMASTER_LENGTH = 48

/**
 * The EncryptedPreMasterSecret without its length (RFC 5246 section 7.4.7.1); null when the key is none that can encrypt, as
 * one whose modulus is even.
 * @param premaster 48 bytes, of which the first two are the version offered in the ClientHello
 */
export function encryptPremaster(key: KeyObject, premaster: Uint8Array): Uint8Array | null {
  try {
    return plain(publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, premaster))
  } catch {
    return null
  }
}

/**
 * Always 48 bytes: the premaster, or random bytes chosen before anything was looked at, when the padding, the length or the
 * version is wrong. The handshake then fails at Finished, the same way for all of them (RFC 5246 section 7.4.7.1, against
 * Bleichenbacher's attack).
 * @param clientVersion the version offered in the ClientHello, not the negotiated one
 */
export function decryptPremaster(
  key: KeyObject,
  encrypted: Uint8Array,
  clientVersion: number,
  random: Random,
): Uint8Array {
  const premaster = copy(random(PREMASTER_LENGTH))
  const block = decryptRaw(key, encrypted)
  // Only for what every observer sees: the wrong length, a number not below the modulus, a key of another kind or size.
  if (block === null || block.length < PREMASTER_LENGTH + 11) return premaster
  const good = checkBlock(block, clientVersion)
  const start = block.length - PREMASTER_LENGTH
  for (let i = 0; i < PREMASTER_LENGTH; i++) {
    premaster[i] = ((block[start + i] ?? 0) & good) | ((premaster[i] ?? 0) & ~good)
  }
  wipe(block)
  return premaster
}

/** The whole block, leading zeros included. Node refuses PKCS #1 padding here, and our own has no tell-tale timing. */
function decryptRaw(key: KeyObject, encrypted: Uint8Array): Uint8Array | null {
  if (key.asymmetricKeyType !== 'rsa') return null
  if (encrypted.length !== Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8)) return null
  try {
    return plain(privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, encrypted))
  } catch {
    return null
  }
}

/** 0xff when the block is 00 02, non-zero bytes, 00, version, 46 bytes; else 0. Looks at every byte, branches on none. */
function checkBlock(block: Uint8Array, clientVersion: number): number {
  const separator = block.length - PREMASTER_LENGTH - 1
  let wrong = (block[0] ?? 0) | ((block[1] ?? 0) ^ 2) | (block[separator] ?? 0)
  for (let i = 2; i < separator; i++) wrong |= isZeroByte(block[i] ?? 0)
  wrong |= (block[separator + 1] ?? 0) ^ (clientVersion >>> 8)
  wrong |= (block[separator + 2] ?? 0) ^ (clientVersion & 0xff)
  return isZeroByte(wrong)
}

/** 0xff for 0, else 0; for values of 0 to 255. */
function isZeroByte(value: number): number {
  return ((value - 1) >> 31) & 0xff
}
