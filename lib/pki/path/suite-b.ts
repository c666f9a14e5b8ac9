import type { Certificate } from '../certificate.ts'
import type { Crl } from '../crl.ts'
import { VerifyError } from './verify-error.ts'

/** What Suite B (RFC 6460) permits: level 128 with P-256, level 192 with P-384; X509_V_FLAG_SUITEB_*. */
export const SuiteB = { only128: 0x10000, only192: 0x20000, both: 0x30000 } as const

const WITH_SHA256 = '1.2.840.10045.4.3.2'
const WITH_SHA384 = '1.2.840.10045.4.3.3'

/** What is wrong, and with which certificate of the chain. */
export interface SuiteBFault {
  readonly error: number
  readonly depth: number
}

/**
 * Whether keys and signatures of a chain, the leaf first, are those of Suite B (X509_chain_check_suiteb); null when they
 * are.
 * @param flags - SuiteB.*; 0 permits everything
 */
export function suiteBFault(chain: readonly Certificate[], flags: number): SuiteBFault | null {
  if ((flags & SuiteB.both) === 0) return null
  let permitted = flags
  let signature: string | null = null
  const judge = (certificate: Certificate, depth: number): SuiteBFault | null => {
    const error = keyFault(certificate, signature, permitted)
    if (error === VerifyError.ok) return null
    const ofIssuer = error === VerifyError.suiteBInvalidSignatureAlgorithm || error === VerifyError.suiteBLosNotAllowed
    const narrowed = error === VerifyError.suiteBLosNotAllowed && permitted !== flags
    return {
      error: narrowed ? VerifyError.suiteBCannotSignP384WithP256 : error,
      depth: ofIssuer && depth > 0 ? depth - 1 : depth,
    }
  }
  for (const [depth, certificate] of chain.entries()) {
    if (certificate.version !== 3) return { error: VerifyError.suiteBInvalidVersion, depth }
    const fault = judge(certificate, depth)
    if (fault !== null) return fault
    // Above a P-384 key there may be no P-256 key.
    if (curveOf(certificate) === P384) permitted &= ~SuiteB.only128
    signature = certificate.signatureAlgorithm.oid
  }
  // The root has signed itself.
  const root = chain.at(-1)
  return root === undefined ? null : judge(root, chain.length)
}

/** Whether a revocation list and its issuer's key are those of Suite B (X509_CRL_check_suiteb), as a VerifyError. */
export function crlSuiteBFault(crl: Crl, issuer: Certificate, flags: number): number {
  return (flags & SuiteB.both) === 0 ? VerifyError.ok : keyFault(issuer, crl.tbsSignatureAlgorithm.oid, flags)
}

const P256 = 'prime256v1'
const P384 = 'secp384r1'

function keyFault(certificate: Certificate, signature: string | null, permitted: number): number {
  if (certificate.keyType !== 'ec') return VerifyError.suiteBInvalidAlgorithm
  const curve = curveOf(certificate)
  if (curve !== P256 && curve !== P384) return VerifyError.suiteBInvalidCurve
  const [wanted, level] = curve === P384 ? [WITH_SHA384, SuiteB.only192] : [WITH_SHA256, SuiteB.only128]
  if (signature !== null && signature !== wanted) return VerifyError.suiteBInvalidSignatureAlgorithm
  return (permitted & level) === 0 ? VerifyError.suiteBLosNotAllowed : VerifyError.ok
}

function curveOf(certificate: Certificate): string | undefined {
  return certificate.publicKey?.asymmetricKeyDetails?.namedCurve
}
