import type { Certificate } from '../certificate.ts'
import { likelyIssued } from './issued.ts'
import { signingAllowed } from './purpose.ts'
import type { Verification } from './verification.ts'
import { VerifyError } from './verify-error.ts'
import { VerifyFlag } from './verify-parameters.ts'

/**
 * Signatures and validity from the trust anchor down, each certificate that passes reported with `ok`
 * (internal_verify).
 */
export function checkSignatures(v: Verification): boolean {
  let depth = v.chain.length - 1
  let issuer = v.chain[depth]
  let subject = issuer
  v.errorDepth = depth
  if (issuer === undefined) return false
  if (likelyIssued(issuer, issuer) !== VerifyError.ok && !v.has(VerifyFlag.partialChain)) {
    if (depth > 0) subject = v.chain[--depth]
    else if (!v.fail(VerifyError.unableToVerifyLeafSignature, 0, issuer)) return false
  }
  for (; depth >= 0 && subject !== undefined; depth--) {
    if (!checkSignature(v, subject, issuer, depth) || !v.timeIsRight(subject, depth)) return false
    v.currentIssuer = issuer
    v.current = subject
    v.errorDepth = depth
    if (!v.tell(1)) return false
    issuer = subject
    subject = v.chain[depth - 1]
  }
  return true
}

/** A trust anchor's own signature proves nothing and is checked only when asked for. */
function checkSignature(v: Verification, subject: Certificate, issuer: Certificate, depth: number): boolean {
  const self = subject === issuer
  if (self && !(v.has(VerifyFlag.checkSsSignature) && issuer.selfSigned)) return true
  const issuerDepth = self ? depth : depth + 1
  const allowed = self && !issuer.isCa ? VerifyError.ok : signingAllowed(issuer, subject)
  if (allowed !== VerifyError.ok && !v.fail(allowed, issuerDepth, issuer)) return false
  if (issuer.publicKey === null) return v.fail(VerifyError.unableToDecodeIssuerPublicKey, issuerDepth, issuer)
  return subject.isSignedBy(issuer) || v.fail(VerifyError.certSignatureFailure, depth, subject)
}
