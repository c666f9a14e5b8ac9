import type { HashName } from './hash.ts'
import type { BulkCipher, Mac } from './suites.ts'

/** How a bulk cipher turns a record into a fragment. */
export type CipherKind = 'gcm' | 'ccm' | 'chacha20' | 'cbc' | 'null'

/** Lengths in bytes. */
export interface CipherShape {
  readonly kind: CipherKind
  /** node:crypto's name; empty for the null cipher. */
  readonly native: string
  readonly keyLength: number
  /** The part of the nonce that comes from the key block: salt, whole nonce, or the first IV of TLS 1.0. */
  readonly ivLength: number
  /** AEAD only; 0 otherwise. */
  readonly tagLength: number
}

/** All block ciphers here have blocks of 16 bytes. */
export const BLOCK = 16

export const CIPHERS: Readonly<Record<BulkCipher, CipherShape>> = {
  'aes-128-gcm': aead('gcm', 'aes-128-gcm', 16, 16),
  'aes-256-gcm': aead('gcm', 'aes-256-gcm', 32, 16),
  'aria-128-gcm': aead('gcm', 'aria-128-gcm', 16, 16),
  'aria-256-gcm': aead('gcm', 'aria-256-gcm', 32, 16),
  'aes-128-ccm': aead('ccm', 'aes-128-ccm', 16, 16),
  'aes-256-ccm': aead('ccm', 'aes-256-ccm', 32, 16),
  'aes-128-ccm-8': aead('ccm', 'aes-128-ccm', 16, 8),
  'aes-256-ccm-8': aead('ccm', 'aes-256-ccm', 32, 8),
  'chacha20-poly1305': { kind: 'chacha20', native: 'chacha20-poly1305', keyLength: 32, ivLength: 12, tagLength: 16 },
  'aes-128-cbc': cbc('aes-128-cbc', 16),
  'aes-256-cbc': cbc('aes-256-cbc', 32),
  'camellia-128-cbc': cbc('camellia-128-cbc', 16),
  'camellia-256-cbc': cbc('camellia-256-cbc', 32),
  null: { kind: 'null', native: '', keyLength: 0, ivLength: 0, tagLength: 0 },
}

/** The hash of a record MAC; `null` for AEAD suites, which have none. */
export function macHash(mac: Mac): HashName | null {
  return mac === 'aead' ? null : mac
}

/** GCM and CCM: a salt of 4 bytes and 8 explicit bytes (RFC 5288 section 3, RFC 6655 section 3). */
function aead(kind: 'gcm' | 'ccm', native: string, keyLength: number, tagLength: number): CipherShape {
  return { kind, native, keyLength, ivLength: 4, tagLength }
}

function cbc(native: string, keyLength: number): CipherShape {
  return { kind: 'cbc', native, keyLength, ivLength: BLOCK, tagLength: 0 }
}
