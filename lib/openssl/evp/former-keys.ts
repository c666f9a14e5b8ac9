import { requireLive, requireLiveOrNull } from '../boundary.ts'
import { ERR_LIB_EVP } from '../constants/err.ts'
import { raise } from '../err/raise.ts'
import { EVP_PKEY } from './pkey.ts'

// What OpenSSL had before 3.0 beside its own kinds of key.

/** The RSA, EC_KEY or DH that was put into a key (EVP_PKEY_get0(3)); null for a key of another origin, and for none. */
export function EVP_PKEY_get0(pkey: EVP_PKEY | null): object | null {
  return requireLiveOrNull(pkey, EVP_PKEY, 'pkey')?.former ?? null
}

/** Null with EVP_R_EXPECTING_A_DSA_KEY. @refused no DSA: TLS has given it up (RFC 9155) */
export function EVP_PKEY_get0_DSA(pkey: EVP_PKEY): null {
  requireLive(pkey, EVP_PKEY, 'pkey')
  raise(ERR_LIB_EVP, EVP_R_EXPECTING_A_DSA_KEY)
  return null
}

/** EVP_PKEY_get0_DSA, with a reference. */
export const EVP_PKEY_get1_DSA: typeof EVP_PKEY_get0_DSA = EVP_PKEY_get0_DSA

/** Puts no DSA key into `pkey`, as there is none. @returns 0 @refused no DSA: TLS has given it up (RFC 9155) */
export function EVP_PKEY_set1_DSA(pkey: EVP_PKEY, key: null): number {
  requireLive(pkey, EVP_PKEY, 'pkey')
  void key
  return 0
}

/** EVP_PKEY_set1_DSA, which takes the key over. */
export const EVP_PKEY_assign_DSA: typeof EVP_PKEY_set1_DSA = EVP_PKEY_set1_DSA

/** As of a library without Poly1305 keys. @returns 0 with EVP_R_UNSUPPORTED_ALGORITHM @refused no keys of this kind */
export function EVP_PKEY_assign_POLY1305(pkey: EVP_PKEY, polykey: unknown): number {
  requireLive(pkey, EVP_PKEY, 'pkey')
  void polykey
  raise(ERR_LIB_EVP, EVP_R_UNSUPPORTED_ALGORITHM)
  return 0
}

/** EVP_PKEY_assign_POLY1305 for SipHash. @refused no keys of this kind */
export const EVP_PKEY_assign_SIPHASH: typeof EVP_PKEY_assign_POLY1305 = EVP_PKEY_assign_POLY1305

/** The engine that does a key's work: null, as for every key that no engine has made (EVP_PKEY_get0_engine(3)). @harmless no engines */
export function EVP_PKEY_get0_engine(pkey: EVP_PKEY): null {
  requireLive(pkey, EVP_PKEY, 'pkey')
  return null
}

/** Takes the engine of a key away. @param e - null @returns 1; 0 for an engine, of which there are none */
export function EVP_PKEY_set1_engine(pkey: EVP_PKEY, e: unknown): number {
  requireLive(pkey, EVP_PKEY, 'pkey')
  return Number(e === null)
}

const EVP_R_EXPECTING_A_DSA_KEY = 129
const EVP_R_UNSUPPORTED_ALGORITHM = 156
