import type { SignatureScheme } from '../../pki/algorithm.ts'
import { Tag } from '../../pki/der.ts'
import { type Out, requireLive } from '../boundary.ts'
import { ERR_LIB_X509 } from '../constants/err.ts'
import { EVP_MAX_MD_SIZE, EVP_PKEY_EC, EVP_PKEY_ED25519, EVP_PKEY_RSA, EVP_PKEY_RSA_PSS } from '../constants/evp.ts'
import { X509_R_UNKNOWN_SIGID_ALGS } from '../constants/x509err.ts'
import { raise } from '../err/raise.ts'
import { EVP_Digest, EVP_get_digestbyname, type EVP_MD, EVP_sha512, EVP_shake256 } from '../evp/md.ts'
import { EVP_PKEY_ED448 } from '../evp/pkey.ts'
import { ASN1_STRING } from './asn1/asn1.ts'
import { X509 } from './x509.ts'

/** The bits of X509_get_signature_info's flags: the signature is understood; TLS may use it. */
const X509_SIG_INFO_VALID = 1
const X509_SIG_INFO_TLS = 2

const KINDS: Readonly<Record<SignatureScheme['key'], number>> = {
  rsa: EVP_PKEY_RSA,
  ec: EVP_PKEY_EC,
  dsa: 116,
  ed25519: EVP_PKEY_ED25519,
  ed448: EVP_PKEY_ED448,
}

/** The digests of the signatures that TLS 1.2 has by default, by their bytes; SHA-224 is not of them. */
const TLS_DIGESTS: ReadonlyMap<string, number> = new Map([
  ['sha1', 20],
  ['sha256', 32],
  ['sha384', 48],
  ['sha512', 64],
])

/**
 * How a certificate is signed (X509_get_signature_info(3)).
 * @param mdnid - takes the digest's NID, 0 for one that is built in
 * @param pknid - takes EVP_PKEY_*; EVP_PKEY_RSA_PSS for that padding
 * @param secbits - takes the strength in bits, -1 when it is not known
 * @param flags - takes 1 when the signature is understood, and 2 when TLS may use it
 * @returns 1, or 0 when it is not understood
 */
export function X509_get_signature_info(
  x: X509,
  mdnid: Out<number> | null,
  pknid: Out<number> | null,
  secbits: Out<number> | null,
  flags: Out<number> | null,
): number {
  const scheme = requireLive(x, X509, 'x').certificate?.scheme ?? null
  if (mdnid !== null) mdnid.value = scheme?.digest == null ? 0 : (EVP_get_digestbyname(scheme.digest.name)?.nid ?? 0)
  if (pknid !== null) pknid.value = scheme === null ? 0 : scheme.pss === null ? KINDS[scheme.key] : EVP_PKEY_RSA_PSS
  if (secbits !== null) secbits.value = scheme?.securityBits ?? -1
  const tls = scheme !== null && ofTls(scheme) ? X509_SIG_INFO_TLS : 0
  if (flags !== null) flags.value = scheme === null ? 0 : X509_SIG_INFO_VALID | tls
  return Number(scheme !== null)
}

/**
 * The digest of a certificate, made with the hash of its signature (X509_digest_sig(3)); SHA-512 or SHAKE256 for Ed25519 and
 * Ed448, which have none.
 * @param md_used - takes the hash @param md_is_fallback - takes 1 for a signature without a hash of its own, else 0
 * @returns null with X509_R_UNKNOWN_SIGID_ALGS for a certificate that is not signed, or not in a way that is known
 */
export function X509_digest_sig(
  cert: X509,
  md_used: Out<EVP_MD | null> | null,
  md_is_fallback: Out<number> | null,
): ASN1_STRING | null {
  const { certificate } = requireLive(cert, X509, 'cert')
  const { digest: hash = null, key } = certificate?.scheme ?? {}
  const md = key === undefined ? null : ((hash === null ? FALLBACK[key]?.() : EVP_get_digestbyname(hash.name)) ?? null)
  if (certificate == null || md === null) {
    raise(ERR_LIB_X509, X509_R_UNKNOWN_SIGID_ALGS)
    return null
  }
  if (md_used !== null) md_used.value = md
  if (md_is_fallback !== null) md_is_fallback.value = Number(hash === null)
  const out = new Uint8Array(EVP_MAX_MD_SIZE)
  const length = { value: 0 }
  EVP_Digest(certificate.der, certificate.der.length, out, length, md)
  return new ASN1_STRING(Tag.octetString, out.slice(0, length.value))
}

const FALLBACK: Readonly<Record<string, () => EVP_MD>> = { ed25519: EVP_sha512, ed448: EVP_shake256 }

/** RFC 8446 section 4.2.3 of PSS: the salt is as long as the digest. */
function ofTls({ digest: hash, pss }: SignatureScheme): boolean {
  if (hash === null) return true
  const length = TLS_DIGESTS.get(hash.name)
  if (pss === null) return length !== undefined
  return hash.name !== 'sha1' && pss.saltLength === length && pss.maskDigest === hash
}
