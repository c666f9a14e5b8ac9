import { createCipheriv, createDecipheriv } from 'node:crypto'
import { concat, wipe } from '../base/bytes.ts'

/** AES-256-CBC with the padding of PKCS #7 (RFC 5652 section 6.3). `key` 32 bytes, `iv` 16. */
export function encryptAesCbc(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-cbc', key, iv)
  return concat(cipher.update(plaintext), cipher.final())
}

/** The other way round; null when the padding is wrong. The caller has authenticated the bytes before: no oracle is left. */
export function decryptAesCbc(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array | null {
  const decipher = createDecipheriv('aes-256-cbc', key, iv)
  const first = decipher.update(ciphertext)
  try {
    const last = decipher.final()
    const plaintext = concat(first, last)
    wipe(last)
    return plaintext
  } catch {
    return null
  } finally {
    wipe(first)
  }
}
