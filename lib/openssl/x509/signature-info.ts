import type { SignatureScheme } from '../../pki/algorithm.ts'
import { type Out, requireLive } from '../boundary.ts'
import { EVP_PKEY_EC, EVP_PKEY_ED25519, EVP_PKEY_RSA, EVP_PKEY_RSA_PSS } from '../constants/evp.ts'
import { EVP_get_digestbyname } from '../evp/md.ts'
import { EVP_PKEY_ED448 } from '../evp/pkey.ts'
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

/** RFC 8446 section 4.2.3 of PSS: the salt is as long as the digest. */
function ofTls({ digest: hash, pss }: SignatureScheme): boolean {
  if (hash === null) return true
  const length = TLS_DIGESTS.get(hash.name)
  if (pss === null) return length !== undefined
  return hash.name !== 'sha1' && pss.saltLength === length && pss.maskDigest === hash
}
