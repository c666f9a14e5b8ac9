import { type CipherGCM, createCipheriv, createDecipheriv, type DecipherGCM } from 'node:crypto'
import { EVP_CIPH_CCM_MODE } from '../constants/evp.ts'
import type { EVP_CIPHER_CTX } from './cipher.ts'
import type { EVP_CIPHER } from './cipher-table.ts'

/** Node's stream for a cipher that authenticates; null for another. They differ in their types alone. */
export function openAead(
  { encrypting, tag, tagLength }: EVP_CIPHER_CTX,
  { name }: EVP_CIPHER,
  key: Uint8Array,
  iv: Uint8Array,
): CipherGCM | DecipherGCM | null {
  if (!isAead(name)) return null
  const length = { authTagLength: tag?.length ?? tagLength }
  if (encrypting) return createCipheriv(name, key, iv, length)
  const decipher = createDecipheriv(name, key, iv, length)
  if (tag !== null) decipher.setAuthTag(tag)
  return decipher
}

/** Bytes of a tag until the program says otherwise. */
export function tagLengthOf({ mode }: EVP_CIPHER): number {
  return mode === EVP_CIPH_CCM_MODE ? 12 : 16
}

function isAead(name: string): name is AeadName {
  return /-(?:gcm|ccm|ocb)$/.test(name) || name === 'chacha20-poly1305'
}

/** The one that Node's types have for a stream with setAAD and setAuthTag. */
type AeadName = 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm'
