import type { KeyType } from '../../../crypto/signatures.ts'
import { ERR_LIB_CONF, ERR_LIB_SSL, ERR_R_PASSED_NULL_PARAMETER } from '../../constants/err.ts'
import {
  SSL_R_NO_CERTIFICATE_ASSIGNED,
  SSL_R_NO_PRIVATE_KEY_ASSIGNED,
  SSL_R_NOT_REPLACING_CERTIFICATE,
  SSL_R_PRIVATE_KEY_MISMATCH,
  SSL_R_UNKNOWN_CERTIFICATE_TYPE,
  SSL_R_X509_LIB,
} from '../../constants/sslerr.ts'
import { ERR_clear_error } from '../../err/put.ts'
import { raise } from '../../err/raise.ts'
import { type EVP_PKEY, EVP_PKEY_eq, EVP_PKEY_free } from '../../evp/pkey.ts'
import { type X509, X509_check_private_key, X509_free, X509_get0_pubkey } from '../../x509/x509.ts'
import { certificateFault } from '../algorithms/policy.ts'
import type { Owner } from '../owner.ts'
import type { CERT, CertSlot } from './cert.ts'

/** The kinds of key in the order of OpenSSL's table, which `SSL_CTX_set_current_cert` walks and preference follows. */
export const SLOT_ORDER = ['rsa', 'rsa-pss', 'dsa', 'ec', 'ed25519', 'ed448'] as const satisfies readonly KeyType[]

/** The slot that calls without a kind of key refer to: the last one set, and RSA's before any is. */
export function currentSlot(cert: CERT): CertSlot {
  return cert.slot(cert.current ?? 'rsa')
}

/** SSL_use_certificate: a certificate that does not fit the key already there drops the key. */
export function useCertificate(owner: Owner, x: X509 | null): number {
  if (x === null) return refuse(ERR_R_PASSED_NULL_PARAMETER)
  const fault = certificateFault(owner, x, true)
  if (fault !== null) return refuse(fault)
  const publicKey = X509_get0_pubkey(x)
  if (publicKey === null) return refuse(SSL_R_X509_LIB)
  if (publicKey.type === 'unknown') return refuse(SSL_R_UNKNOWN_CERTIFICATE_TYPE)
  const { cert } = owner.settings
  const slot = cert.slot(publicKey.type)
  if (slot.key !== null) {
    const fits = X509_check_private_key(x, slot.key) === 1
    // As OpenSSL: the mismatch is no error here, and what was in the queue before goes with it.
    ERR_clear_error()
    if (!fits) replaceKey(slot, null)
  }
  replaceCertificate(slot, x)
  cert.current = publicKey.type
  return 1
}

/** SSL_use_PrivateKey: a key that does not fit the certificate already there fails. */
export function usePrivateKey(owner: Owner, pkey: EVP_PKEY | null): number {
  if (pkey === null) return refuse(ERR_R_PASSED_NULL_PARAMETER)
  if (pkey.type === 'unknown') return refuse(SSL_R_UNKNOWN_CERTIFICATE_TYPE)
  const { cert } = owner.settings
  const slot = cert.slot(pkey.type)
  if (slot.certificate !== null && X509_check_private_key(slot.certificate, pkey) !== 1) return 0
  replaceKey(slot, pkey)
  cert.current = pkey.type
  return 1
}

/** SSL_use_cert_and_key: all or nothing. Without a key the certificate's public one takes its place. */
export function useCertificateAndKey(
  owner: Owner,
  x: X509,
  pkey: EVP_PKEY | null,
  chain: readonly X509[],
  override: boolean,
): number {
  const fault = chainFault(owner, x, chain)
  if (fault !== null) return refuse(fault)
  const publicKey = X509_get0_pubkey(x)
  if (publicKey === null) return 0
  const key = pkey ?? publicKey
  if (EVP_PKEY_eq(publicKey, key) !== 1) return refuse(SSL_R_PRIVATE_KEY_MISMATCH)
  if (publicKey.type === 'unknown') return refuse(SSL_R_UNKNOWN_CERTIFICATE_TYPE)
  const { cert } = owner.settings
  const slot = cert.slot(publicKey.type)
  const taken = slot.certificate !== null || slot.key !== null || slot.chain !== null
  if (taken && !override) return refuse(SSL_R_NOT_REPLACING_CERTIFICATE)
  replaceChain(slot, chain.length === 0 ? null : chain.map(link => link.addReference()))
  replaceCertificate(slot, x)
  replaceKey(slot, key)
  cert.current = publicKey.type
  return 1
}

/** SSL_check_private_key, of the current slot. */
export function checkPrivateKey(owner: Owner): number {
  const { certificate, key } = currentSlot(owner.settings.cert)
  if (certificate === null) return refuse(SSL_R_NO_CERTIFICATE_ASSIGNED)
  if (key === null) return refuse(SSL_R_NO_PRIVATE_KEY_ASSIGNED)
  return X509_check_private_key(certificate, key)
}

/** SSL_certs_clear: forgets certificates, keys and chains. */
export function clearSlots(cert: CERT): void {
  for (const slot of cert.slots.values()) {
    replaceCertificate(slot, null)
    replaceKey(slot, null)
    replaceChain(slot, null)
  }
}

/** Takes over the references in `chain`. */
export function replaceChain(slot: CertSlot, chain: X509[] | null): void {
  for (const link of slot.chain ?? []) X509_free(link)
  slot.chain = chain
}

/** What the security level has against a leaf or one of its issuers: a SSL_R_* reason, or null. */
export function chainFault(owner: Owner, leaf: X509, issuers: readonly X509[]): number | null {
  const fault = certificateFault(owner, leaf, true)
  return fault ?? issuersFault(owner, issuers)
}

export function issuersFault(owner: Owner, issuers: readonly X509[]): number | null {
  for (const issuer of issuers) {
    const fault = certificateFault(owner, issuer, false)
    if (fault !== null) return fault
  }
  return null
}

export function refuse(reason: number): 0 {
  raise(ERR_LIB_SSL, reason)
  return 0
}

/** As a list of names that is not there is refused by the library that takes it apart. */
export function refuseNoList(): 0 {
  raise(ERR_LIB_CONF, CONF_R_LIST_CANNOT_BE_NULL)
  return 0
}

const CONF_R_LIST_CANNOT_BE_NULL = 115

/** The new one is counted before the old one is given up: they may be the same. */
function replaceCertificate(slot: CertSlot, certificate: X509 | null): void {
  certificate?.addReference()
  X509_free(slot.certificate)
  slot.certificate = certificate
}

function replaceKey(slot: CertSlot, key: EVP_PKEY | null): void {
  key?.addReference()
  EVP_PKEY_free(slot.key)
  slot.key = key
}
