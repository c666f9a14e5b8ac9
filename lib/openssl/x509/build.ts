import { parseCertificate } from '../../pki/certificate.ts'
import { PkiFailure } from '../../pki/failure.ts'
import { issueCertificate, spkiOf } from '../../pki/issue.ts'
import { requireInstance, requireInteger, requireLive } from '../boundary.ts'
import { ERR_LIB_ASN1, ERR_R_INTERNAL_ERROR } from '../constants/err.ts'
import { raise } from '../err/raise.ts'
import { type EVP_MD, EVP_MD_CTX } from '../evp/md.ts'
import { EVP_PKEY, publicHalf } from '../evp/pkey.ts'
import { type ASN1_INTEGER, ASN1_INTEGER_dup } from './asn1/asn1.ts'
import { ASN1_R_ILLEGAL_ZERO_CONTENT } from './asn1/asn1-errors.ts'
import { type ASN1_TIME, ASN1_TIME_adj, ASN1_TIME_dup } from './asn1/asn1-time.ts'
import { X509_NAME } from './names/name.ts'
import { digestName, signerOf, signing } from './signed.ts'
import { X509 } from './x509.ts'

const live = (x: unknown): X509 => requireLive(x, X509, 'x')

/**
 * Sets the version of a certificate that is being made (X509_set_version(3)).
 * @param version - X509_VERSION_1, _2 or _3: 0, 1 or 2
 * @returns 1, or 0 for another number
 */
export function X509_set_version(x: X509, version: number): number {
  if (requireInteger(version, 'version') < 0 || version > 2) return 0
  live(x).version = version
  return 1
}

/** Copies a serial number in. @returns 1 */
export function X509_set_serialNumber(x: X509, serial: ASN1_INTEGER): number {
  live(x).serialNumber = ASN1_INTEGER_dup(serial)
  return 1
}

/** Copies a name in. @returns 1 */
export function X509_set_subject_name(x: X509, name: X509_NAME): number {
  live(x).subject = new X509_NAME(name.name)
  return 1
}

/** Copies a name in. @returns 1 */
export function X509_set_issuer_name(x: X509, name: X509_NAME): number {
  live(x).issuer = new X509_NAME(name.name)
  return 1
}

/** Copies a time in. @returns 1 */
export function X509_set1_notBefore(x: X509, tm: ASN1_TIME): number {
  live(x).notBefore = ASN1_TIME_dup(tm)
  return 1
}

/** X509_set1_notBefore by another name. */
export const X509_set_notBefore: typeof X509_set1_notBefore = X509_set1_notBefore

/** Copies a time in. @returns 1 */
export function X509_set1_notAfter(x: X509, tm: ASN1_TIME): number {
  live(x).notAfter = ASN1_TIME_dup(tm)
  return 1
}

/** X509_set1_notAfter by another name. */
export const X509_set_notAfter: typeof X509_set1_notAfter = X509_set1_notAfter

/** Sets the public key from a key whose public half is taken. @returns 1, or 0 for an empty key */
export function X509_set_pubkey(x: X509, pkey: EVP_PKEY): number {
  const { key } = requireLive(pkey, EVP_PKEY, 'pkey')
  if (key === null) return 0
  live(x).pkey = new EVP_PKEY(publicHalf(key))
  return 1
}

/**
 * Sets a time to now and `adj` seconds (X509_gmtime_adj(3)).
 * @param s - null: a new one is made
 * @returns it, or null for a time beyond the years that can be written
 */
export function X509_gmtime_adj(s: ASN1_TIME | null, adj: number): ASN1_TIME | null {
  return X509_time_adj_ex(s, 0, adj, null)
}

/** Sets a time to another one and some seconds. @param t - seconds since 1970; null: now */
export function X509_time_adj(s: ASN1_TIME | null, adj: number, t: number | null): ASN1_TIME | null {
  return X509_time_adj_ex(s, 0, adj, t)
}

/** The same with days. */
export function X509_time_adj_ex(
  s: ASN1_TIME | null,
  offset_day: number,
  offset_sec: number,
  t: number | null,
): ASN1_TIME | null {
  return ASN1_TIME_adj(s, t ?? Math.floor(Date.now() / 1000), offset_day, offset_sec)
}

/**
 * Signs the certificate with an issuer's key (X509_sign(3)).
 * @param md - null for Ed25519 and Ed448
 * @returns the length of the signature in bytes, or 0 with an error when a field is missing or the key cannot sign so
 */
export function X509_sign(x: X509, pkey: EVP_PKEY, md: EVP_MD | null): number {
  const draft = live(x)
  const { key } = requireLive(pkey, EVP_PKEY, 'pkey')
  const contents = contentsOf(draft)
  if (contents === null) {
    raise(ERR_LIB_ASN1, ASN1_R_ILLEGAL_ZERO_CONTENT)
    raise(ERR_LIB_ASN1, ERR_R_INTERNAL_ERROR)
    return 0
  }
  return signing(() => {
    if (key === null) throw new PkiFailure('unsupported-key', 'empty key')
    draft.certificate = parseCertificate(issueCertificate(contents, key, digestName(md)))
    return draft.certificate.signature.length
  })
}

/**
 * X509_sign with the key and the digest that EVP_DigestSignInit has put into a context (X509_sign_ctx(3)).
 * @returns the length of the signature in bytes; 0 with an error, as before EVP_DigestSignInit and for PSS padding
 */
export function X509_sign_ctx(x: X509, ctx: EVP_MD_CTX): number {
  const signer = signerOf(requireInstance(ctx, EVP_MD_CTX, 'ctx'))
  return signer === null ? 0 : X509_sign(x, signer.pkey, signer.md)
}

function contentsOf(draft: X509): Parameters<typeof issueCertificate>[0] | null {
  const notBefore = draft.notBefore.milliseconds
  const notAfter = draft.notAfter.milliseconds
  const key = draft.publicKey?.key ?? null
  if (notBefore === null || notAfter === null || key === null) return null
  return {
    version: draft.version + 1,
    serial: draft.serialNumber.der,
    issuer: draft.issuer.name,
    subject: draft.subject.name,
    notBefore,
    notAfter,
    spki: spkiOf(key),
    extensions: draft.extensions,
  }
}
