import { keyTypeOf } from '../../crypto/signatures.ts'
import { type AlgorithmIdentifier, schemeFitsKey, signatureScheme, verifySigned } from '../../pki/algorithm.ts'
import { PkiFailure } from '../../pki/failure.ts'
import { type IssueDigest, signatureAlgorithm, signData } from '../../pki/issue.ts'
import { ERR_LIB_ASN1, ERR_LIB_EVP, ERR_R_INTERNAL_ERROR, ERR_R_UNSUPPORTED } from '../constants/err.ts'
import { raise } from '../err/raise.ts'
import type { EVP_MD, EVP_MD_CTX } from '../evp/md.ts'
import type { EVP_PKEY } from '../evp/pkey.ts'
import { ASN1_R_UNKNOWN_SIGNATURE_ALGORITHM, ASN1_R_WRONG_PUBLIC_KEY_TYPE } from './asn1/asn1-errors.ts'

/** A signature and how it was made. */
export interface ItemSignature {
  readonly algorithm: AlgorithmIdentifier
  readonly signature: Uint8Array
}

/**
 * Checks a signature over DER, as ASN1_item_verify does.
 * @returns 1 or 0; -1 with an error for an algorithm that is not known or a key of another kind
 */
export function verifyItem({ algorithm, signature }: ItemSignature, der: Uint8Array, pkey: EVP_PKEY): number {
  const scheme = signatureScheme(algorithm)
  if (scheme === null) return refused(ASN1_R_UNKNOWN_SIGNATURE_ALGORITHM)
  if (pkey.key === null || !schemeFitsKey(scheme, keyTypeOf(pkey.key))) return refused(ASN1_R_WRONG_PUBLIC_KEY_TYPE)
  return Number(verifySigned(algorithm, der, signature, pkey.key))
}

/** What X509_sign and its kin are told: the key and, unless the key has one of its own, the digest. */
export interface Signer {
  readonly pkey: EVP_PKEY
  readonly md: EVP_MD | null
}

/** The algorithm that is written beside the signature, or inside what is signed. Throws `PkiFailure`. */
export function itemAlgorithm({ pkey, md }: Signer): AlgorithmIdentifier {
  return signatureAlgorithm(keyOf(pkey), digestName(md))
}

/** Signs DER. Throws `PkiFailure` when the key cannot sign so. */
export function signItem(signer: Signer, der: Uint8Array): ItemSignature {
  const algorithm = itemAlgorithm(signer)
  return { algorithm, signature: signData(keyOf(signer.pkey), digestName(signer.md), der) }
}

/** The key and the digest that EVP_DigestSignInit has put into a context; null with an error, as for PSS padding. */
export function signerOf({ signature }: EVP_MD_CTX): Signer | null {
  const pkey = signature?.pctx.pkey ?? null
  if (signature !== null && pkey !== null && signature.pctx.padding === RSA_PKCS1_PADDING)
    return { pkey, md: signature.md }
  raise(ERR_LIB_EVP, signature === null ? EVP_R_OPERATION_NOT_INITIALIZED : ERR_R_UNSUPPORTED)
  return null
}

/** Runs what signs; 0 with an error when the key cannot sign so. @returns what `sign` returns, a length in bytes */
export function signing(sign: () => number): number {
  try {
    return sign()
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    raise(ERR_LIB_EVP, ERR_R_INTERNAL_ERROR, error.message)
    return 0
  }
}

function keyOf({ key }: EVP_PKEY): NonNullable<EVP_PKEY['key']> {
  if (key === null) throw new PkiFailure('unsupported-key', 'empty key')
  return key
}

const DIGESTS: ReadonlySet<string> = new Set<IssueDigest>(['sha1', 'sha224', 'sha256', 'sha384', 'sha512'])

export function digestName(md: EVP_MD | null): IssueDigest | null {
  if (md === null) return null
  if (isIssueDigest(md.name)) return md.name
  throw new PkiFailure('not-supported', `certificates are not signed with ${md.name}`)
}

function isIssueDigest(name: string): name is IssueDigest {
  return DIGESTS.has(name)
}

function refused(reason: number): -1 {
  raise(ERR_LIB_ASN1, reason)
  return -1
}

const RSA_PKCS1_PADDING = 1
const EVP_R_OPERATION_NOT_INITIALIZED = 151
