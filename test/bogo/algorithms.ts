import {
  EVP_PKEY_EC,
  EVP_PKEY_RSA,
  EVP_PKEY_RSA_PSS,
  NID_ED25519,
  NID_secp384r1,
  NID_secp521r1,
  NID_sha1,
  NID_sha256,
  NID_sha384,
  NID_sha512,
  NID_X9_62_prime256v1,
  NID_X25519,
  type SSL,
} from 'openssl-shim'
import { Unimplemented } from './flags.ts'
import { check } from './state.ts'

/** The numbers that groups and signature algorithms have on the wire, which the runner uses, as OpenSSL has them. */

/** @throws {Unimplemented} for a group that is not known */
export function groupNid(id: number): number {
  return GROUPS[id] ?? unknown(`group ${id}`)
}

/** @throws {Unimplemented} for an algorithm that is not known */
export function signatureAlgorithm(id: number): SignatureAlgorithm {
  return SIGNATURE_ALGORITHMS[id] ?? unknown(`signature algorithm ${id}`)
}

/** Sets preferences with SSL_set1_sigalgs_list or its like. 0 stands for the one way that there is before TLS 1.2. */
export function setPreferences(ssl: SSL, ids: readonly number[], set: (ssl: SSL, list: string) => number): void {
  const names = ids.filter(id => id !== 0).map(id => signatureAlgorithm(id).name)
  check(names.length === 0 || set(ssl, names.join(':')) === 1, 'the preferences were refused')
}

export interface SignatureAlgorithm {
  readonly name: string
  /** SSL_get_peer_signature_type_nid and SSL_get_peer_signature_nid. */
  readonly type: number
  readonly hash: number
}

function unknown(what: string): never {
  throw new Unimplemented(what)
}

const GROUPS: Readonly<Record<number, number>> = {
  23: NID_X9_62_prime256v1,
  24: NID_secp384r1,
  25: NID_secp521r1,
  29: NID_X25519,
}

const SIGNATURE_ALGORITHMS: Readonly<Record<number, SignatureAlgorithm>> = {
  513: { name: 'RSA+SHA1', type: EVP_PKEY_RSA, hash: NID_sha1 },
  1025: { name: 'RSA+SHA256', type: EVP_PKEY_RSA, hash: NID_sha256 },
  1281: { name: 'RSA+SHA384', type: EVP_PKEY_RSA, hash: NID_sha384 },
  1537: { name: 'RSA+SHA512', type: EVP_PKEY_RSA, hash: NID_sha512 },
  515: { name: 'ECDSA+SHA1', type: EVP_PKEY_EC, hash: NID_sha1 },
  1027: { name: 'ECDSA+SHA256', type: EVP_PKEY_EC, hash: NID_sha256 },
  1283: { name: 'ECDSA+SHA384', type: EVP_PKEY_EC, hash: NID_sha384 },
  1539: { name: 'ECDSA+SHA512', type: EVP_PKEY_EC, hash: NID_sha512 },
  2052: { name: 'rsa_pss_rsae_sha256', type: EVP_PKEY_RSA_PSS, hash: NID_sha256 },
  2053: { name: 'rsa_pss_rsae_sha384', type: EVP_PKEY_RSA_PSS, hash: NID_sha384 },
  2054: { name: 'rsa_pss_rsae_sha512', type: EVP_PKEY_RSA_PSS, hash: NID_sha512 },
  2055: { name: 'ed25519', type: NID_ED25519, hash: 0 },
}
