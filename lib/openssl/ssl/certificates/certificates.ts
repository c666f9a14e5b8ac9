import {
  requireBytes,
  requireCallback,
  requireInstance,
  requireInteger,
  requireLength,
  requireLive,
  requireLiveOrNull,
  requireString,
} from '../../boundary.ts'
import { ERR_LIB_SSL, ERR_R_ASN1_LIB, ERR_R_PASSED_NULL_PARAMETER } from '../../constants/err.ts'
import { EVP_PKEY_RSA } from '../../constants/evp.ts'
import { SSL_R_NO_CERTIFICATE_ASSIGNED } from '../../constants/sslerr.ts'
import { ERR_clear_error } from '../../err/put.ts'
import { raise } from '../../err/raise.ts'
import { RSA } from '../../evp/keygen.ts'
import { EVP_PKEY, EVP_PKEY_free, EVP_PKEY_get_id } from '../../evp/pkey.ts'
import { readCertificateChainFile, readCertificateFile, readPrivateKeyFile } from '../../x509/files/files.ts'
import { decodeKeyDer } from '../../x509/files/private-key.ts'
import { d2i_X509, X509, X509_free } from '../../x509/x509.ts'
import type { pem_password_cb } from '../callbacks.ts'
import type { SSL_CTX } from '../ctx.ts'
import { liveCtx, liveSsl, type Owner } from '../owner.ts'
import type { SSL } from '../ssl.ts'
import type { CertSlot } from './cert.ts'
import {
  checkPrivateKey,
  clearSlots,
  currentSlot,
  issuersFault,
  refuse,
  replaceChain,
  useCertificate,
  useCertificateAndKey,
  usePrivateKey,
} from './slots.ts'

/**
 * Uses a certificate, in the slot of its kind of key, with a reference of its own (SSL_CTX_use_certificate(3)).
 * A private key there that does not fit is dropped.
 * @returns 1, or 0 with ERR_R_PASSED_NULL_PARAMETER, SSL_R_EE_KEY_TOO_SMALL or SSL_R_CA_MD_TOO_WEAK (security level),
 *   SSL_R_X509_LIB, SSL_R_UNKNOWN_CERTIFICATE_TYPE
 */
export function SSL_CTX_use_certificate(ctx: SSL_CTX, x: X509 | null): number {
  return useCertificate(liveCtx(ctx), requireLiveOrNull(x, X509, 'x'))
}

/** SSL_CTX_use_certificate for one connection. */
export function SSL_use_certificate(ssl: SSL, x: X509 | null): number {
  return useCertificate(liveSsl(ssl), requireLiveOrNull(x, X509, 'x'))
}

/**
 * Uses a certificate in DER (SSL_CTX_use_certificate_ASN1(3)).
 * @param len - bytes of `d`
 * @returns as SSL_CTX_use_certificate; 0 with an ASN1 error and ERR_R_ASN1_LIB when it is none
 */
export function SSL_CTX_use_certificate_ASN1(ctx: SSL_CTX, len: number, d: Uint8Array): number {
  return useCertificateDer(liveCtx(ctx), d, len)
}

/** SSL_CTX_use_certificate_ASN1 for one connection; mind the order of the parameters. */
export function SSL_use_certificate_ASN1(ssl: SSL, d: Uint8Array, len?: number): number {
  return useCertificateDer(liveSsl(ssl), d, len)
}

/**
 * Uses the first certificate of a file (SSL_CTX_use_certificate_file(3)).
 * @param type - SSL_FILETYPE_PEM or SSL_FILETYPE_ASN1
 * @returns as SSL_CTX_use_certificate; 0 with the errors of reading, ERR_R_SYS_LIB, ERR_R_PEM_LIB, ERR_R_ASN1_LIB last, or
 *   with SSL_R_BAD_SSL_FILETYPE
 */
export function SSL_CTX_use_certificate_file(ctx: SSL_CTX, file: string, type: number): number {
  return useCertificateFile(liveCtx(ctx), file, type)
}

/** SSL_CTX_use_certificate_file for one connection. */
export function SSL_use_certificate_file(ssl: SSL, file: string, type: number): number {
  return useCertificateFile(liveSsl(ssl), file, type)
}

/**
 * Uses the certificates of a PEM file, the leaf first: the others become its chain (SSL_CTX_use_certificate_chain_file(3)).
 * The error queue is emptied first.
 * @returns as SSL_CTX_use_certificate_file; 0 with SSL_R_CA_KEY_TOO_SMALL or SSL_R_CA_MD_TOO_WEAK for the chain
 */
export function SSL_CTX_use_certificate_chain_file(ctx: SSL_CTX, file: string): number {
  return useChainFile(liveCtx(ctx), file)
}

/** SSL_CTX_use_certificate_chain_file for one connection. */
export function SSL_use_certificate_chain_file(ssl: SSL, file: string): number {
  return useChainFile(liveSsl(ssl), file)
}

/**
 * Uses a private key, in the slot of its kind, with a reference of its own (SSL_CTX_use_PrivateKey(3)).
 * @returns 1, or 0 with ERR_R_PASSED_NULL_PARAMETER, SSL_R_UNKNOWN_CERTIFICATE_TYPE, or X509_R_KEY_VALUES_MISMATCH when it
 *   does not fit the certificate that is there
 */
export function SSL_CTX_use_PrivateKey(ctx: SSL_CTX, pkey: EVP_PKEY | null): number {
  return usePrivateKey(liveCtx(ctx), requireLiveOrNull(pkey, EVP_PKEY, 'pkey'))
}

/** SSL_CTX_use_PrivateKey for one connection. */
export function SSL_use_PrivateKey(ssl: SSL, pkey: EVP_PKEY | null): number {
  return usePrivateKey(liveSsl(ssl), requireLiveOrNull(pkey, EVP_PKEY, 'pkey'))
}

/**
 * Uses a private key in DER, PKCS#8 or the form of its kind (SSL_CTX_use_PrivateKey_ASN1(3)).
 * @param pk - EVP_PKEY_RSA, EVP_PKEY_EC, ...: the kind that it must be
 * @param len - bytes of `d`; all when left out
 * @returns as SSL_CTX_use_PrivateKey; 0 with ERR_R_ASN1_LIB last when it cannot be read
 */
export function SSL_CTX_use_PrivateKey_ASN1(pk: number, ctx: SSL_CTX, d: Uint8Array, len?: number): number {
  return usePrivateKeyDer(liveCtx(ctx), pk, d, len)
}

/** SSL_CTX_use_PrivateKey_ASN1 for one connection. */
export function SSL_use_PrivateKey_ASN1(pk: number, ssl: SSL, d: Uint8Array, len?: number): number {
  return usePrivateKeyDer(liveSsl(ssl), pk, d, len)
}

/**
 * Uses the first private key of a file; for an encrypted one SSL_CTX_set_default_passwd_cb is asked
 * (SSL_CTX_use_PrivateKey_file(3)).
 * @param type - SSL_FILETYPE_PEM or SSL_FILETYPE_ASN1
 * @returns as SSL_CTX_use_PrivateKey; 0 with the errors of reading, or with SSL_R_BAD_SSL_FILETYPE
 */
export function SSL_CTX_use_PrivateKey_file(ctx: SSL_CTX, file: string, type: number): number {
  return usePrivateKeyFile(liveCtx(ctx), file, type)
}

/** SSL_CTX_use_PrivateKey_file for one connection. */
export function SSL_use_PrivateKey_file(ssl: SSL, file: string, type: number): number {
  return usePrivateKeyFile(liveSsl(ssl), file, type)
}

/** SSL_CTX_use_PrivateKey for the RSA type of the calls before 3.0. */
export function SSL_CTX_use_RSAPrivateKey(ctx: SSL_CTX, rsa: RSA | null): number {
  return useRsa(liveCtx(ctx), rsa)
}

/** SSL_CTX_use_RSAPrivateKey for one connection. */
export function SSL_use_RSAPrivateKey(ssl: SSL, rsa: RSA | null): number {
  return useRsa(liveSsl(ssl), rsa)
}

/** SSL_CTX_use_PrivateKey_ASN1 for an RSA key. */
export function SSL_CTX_use_RSAPrivateKey_ASN1(ctx: SSL_CTX, d: Uint8Array, len?: number): number {
  return usePrivateKeyDer(liveCtx(ctx), EVP_PKEY_RSA, d, len)
}

/** SSL_CTX_use_RSAPrivateKey_ASN1 for one connection. */
export function SSL_use_RSAPrivateKey_ASN1(ssl: SSL, d: Uint8Array, len?: number): number {
  return usePrivateKeyDer(liveSsl(ssl), EVP_PKEY_RSA, d, len)
}

/** SSL_CTX_use_PrivateKey_file for an RSA key. */
export function SSL_CTX_use_RSAPrivateKey_file(ctx: SSL_CTX, file: string, type: number): number {
  return usePrivateKeyFile(liveCtx(ctx), file, type)
}

/** SSL_CTX_use_RSAPrivateKey_file for one connection. */
export function SSL_use_RSAPrivateKey_file(ssl: SSL, file: string, type: number): number {
  return usePrivateKeyFile(liveSsl(ssl), file, type)
}

/**
 * Uses a certificate with its key and chain at once, or nothing of them (SSL_CTX_use_cert_and_key(3)).
 * @param chain - the issuers, without the leaf; null for none
 * @param override - 0: refuse with SSL_R_NOT_REPLACING_CERTIFICATE when the slot is taken
 * @returns 1, or 0 with SSL_R_PRIVATE_KEY_MISMATCH, SSL_R_UNKNOWN_CERTIFICATE_TYPE, or what the security level forbids
 */
export function SSL_CTX_use_cert_and_key(
  ctx: SSL_CTX,
  x509: X509,
  privatekey: EVP_PKEY | null,
  chain: readonly X509[] | null,
  override: number,
): number {
  return useBoth(liveCtx(ctx), x509, privatekey, chain, override)
}

/** SSL_CTX_use_cert_and_key for one connection. */
export function SSL_use_cert_and_key(
  ssl: SSL,
  x509: X509,
  privatekey: EVP_PKEY | null,
  chain: readonly X509[] | null,
  override: number,
): number {
  return useBoth(liveSsl(ssl), x509, privatekey, chain, override)
}

/**
 * Whether the certificate and the key that were set last belong together (SSL_CTX_check_private_key(3)).
 * @returns 1, or 0 with SSL_R_NO_CERTIFICATE_ASSIGNED, SSL_R_NO_PRIVATE_KEY_ASSIGNED or X509_R_KEY_VALUES_MISMATCH
 */
export function SSL_CTX_check_private_key(ctx: SSL_CTX | null): number {
  if (ctx === null) return refuse(SSL_R_NO_CERTIFICATE_ASSIGNED)
  return checkPrivateKey(liveCtx(ctx))
}

/** SSL_CTX_check_private_key for one connection. */
export function SSL_check_private_key(ssl: SSL | null): number {
  if (ssl === null) return refuse(ERR_R_PASSED_NULL_PARAMETER)
  return checkPrivateKey(liveSsl(ssl))
}

/** The certificate that was set last, without a reference of its own; null for none. */
export function SSL_CTX_get0_certificate(ctx: SSL_CTX): X509 | null {
  return currentSlot(liveCtx(ctx).settings.cert).certificate
}

/** The certificate that was shown to the peer, before that the one set last, without a reference; null for none. */
export function SSL_get_certificate(ssl: SSL): X509 | null {
  return shownSlot(liveSsl(ssl)).certificate
}

/** The private key that was set last, without a reference of its own; null for none. */
export function SSL_CTX_get0_privatekey(ctx: SSL_CTX): EVP_PKEY | null {
  return currentSlot(liveCtx(ctx).settings.cert).key
}

/** The private key of SSL_get_certificate, without a reference; null for none. */
export function SSL_get_privatekey(ssl: SSL): EVP_PKEY | null {
  return shownSlot(liveSsl(ssl)).key
}

/** Forgets every certificate, key and chain of a connection. */
export function SSL_certs_clear(s: SSL): void {
  clearSlots(liveSsl(s).settings.cert)
}

/** Who is asked for the pass phrase of an encrypted key (SSL_CTX_set_default_passwd_cb(3)); null: the user data is the pass phrase. */
export function SSL_CTX_set_default_passwd_cb(ctx: SSL_CTX, cb: pem_password_cb | null): void {
  liveCtx(ctx).settings.passwordCallback = requireCallback(cb, 'cb')
}

/** SSL_CTX_set_default_passwd_cb for one connection. */
export function SSL_set_default_passwd_cb(s: SSL, cb: pem_password_cb | null): void {
  liveSsl(s).settings.passwordCallback = requireCallback(cb, 'cb')
}

/** What the pass phrase callback gets as its last argument; a string is the pass phrase when there is no callback. */
export function SSL_CTX_set_default_passwd_cb_userdata(ctx: SSL_CTX, u: unknown): void {
  liveCtx(ctx).settings.passwordUserdata = u
}

/** SSL_CTX_set_default_passwd_cb_userdata for one connection. */
export function SSL_set_default_passwd_cb_userdata(s: SSL, u: unknown): void {
  liveSsl(s).settings.passwordUserdata = u
}

/** The pass phrase callback; null for none. */
export function SSL_CTX_get_default_passwd_cb(ctx: SSL_CTX): pem_password_cb | null {
  return liveCtx(ctx).settings.passwordCallback
}

/** SSL_CTX_get_default_passwd_cb for one connection. */
export function SSL_get_default_passwd_cb(s: SSL): pem_password_cb | null {
  return liveSsl(s).settings.passwordCallback
}

/** What SSL_CTX_set_default_passwd_cb_userdata has set; null for nothing. */
export function SSL_CTX_get_default_passwd_cb_userdata(ctx: SSL_CTX): unknown {
  return liveCtx(ctx).settings.passwordUserdata
}

/** SSL_CTX_get_default_passwd_cb_userdata for one connection. */
export function SSL_get_default_passwd_cb_userdata(s: SSL): unknown {
  return liveSsl(s).settings.passwordUserdata
}

function shownSlot({ connection, settings: { cert } }: SSL): CertSlot {
  const shown = connection?.negotiated.credential?.leaf.keyType
  return shown === undefined ? currentSlot(cert) : cert.slot(shown)
}

function useCertificateDer(owner: Owner, d: Uint8Array, len: number | undefined): number {
  const bytes = requireBytes(d, 'd')
  const x = d2i_X509(null, { value: bytes }, requireLength(len, bytes, 'len'))
  return x === null ? refuse(ERR_R_ASN1_LIB) : andFree(x, useCertificate(owner, x))
}

function useCertificateFile(owner: Owner, file: string | null, type: number): number {
  if (file === null) return refuse(ERR_R_PASSED_NULL_PARAMETER)
  const x = readCertificateFile(requireString(file, 'file'), requireInteger(type, 'type'))
  return x === null ? 0 : andFree(x, useCertificate(owner, x))
}

function useChainFile(owner: Owner, file: string | null): number {
  ERR_clear_error()
  if (file === null) return refuse(ERR_R_PASSED_NULL_PARAMETER)
  const [leaf, ...issuers] = readCertificateChainFile(requireString(file, 'file')) ?? []
  if (leaf === undefined) return 0
  const used = andFree(leaf, useCertificate(owner, leaf))
  const fault = used === 1 ? issuersFault(owner, issuers) : null
  if (used === 1 && fault === null) {
    replaceChain(currentSlot(owner.settings.cert), issuers.length === 0 ? null : issuers)
    return 1
  }
  if (fault !== null) raise(ERR_LIB_SSL, fault)
  for (const issuer of issuers) X509_free(issuer)
  return 0
}

function usePrivateKeyDer(owner: Owner, pk: number, d: Uint8Array, len: number | undefined): number {
  const bytes = requireBytes(d, 'd')
  const key = decodeKeyDer(bytes.subarray(0, requireLength(len, bytes, 'len')))
  if (key === null) return refuse(ERR_R_ASN1_LIB)
  const pkey = new EVP_PKEY(key)
  const result = EVP_PKEY_get_id(pkey) === pk ? usePrivateKey(owner, pkey) : refuse(ERR_R_ASN1_LIB)
  EVP_PKEY_free(pkey)
  return result
}

function usePrivateKeyFile(owner: Owner, file: string | null, type: number): number {
  if (file === null) return refuse(ERR_R_PASSED_NULL_PARAMETER)
  const { passwordCallback, passwordUserdata } = owner.settings
  const name = requireString(file, 'file')
  const pkey = readPrivateKeyFile(name, requireInteger(type, 'type'), passwordCallback, passwordUserdata)
  if (pkey === null) return 0
  const result = usePrivateKey(owner, pkey)
  EVP_PKEY_free(pkey)
  return result
}

function useRsa(owner: Owner, rsa: RSA | null): number {
  const pkey = rsa === null ? null : requireInstance(rsa, RSA, 'rsa').pkey
  return usePrivateKey(owner, pkey)
}

function useBoth(
  owner: Owner,
  x509: X509,
  privatekey: EVP_PKEY | null,
  chain: readonly X509[] | null,
  override: number,
): number {
  const leaf = requireLive(x509, X509, 'x509')
  const key = requireLiveOrNull(privatekey, EVP_PKEY, 'privatekey')
  return useCertificateAndKey(owner, leaf, key, chain ?? [], override !== 0)
}

function andFree(x: X509, result: number): number {
  X509_free(x)
  return result
}
