import { signsWith } from '../algorithm.ts'
import { akidMismatch, type Certificate } from '../certificate.ts'
import { signingAllowed } from './purpose.ts'
import { VerifyError } from './verify-error.ts'

/** Whether names, key identifiers and algorithms let `issuer` be the issuer of `subject`, as a VerifyError. */
export function likelyIssued(issuer: Certificate, subject: Certificate): number {
  if (!issuer.subject.equals(subject.issuer)) return VerifyError.subjectIssuerMismatch
  if (issuer.invalid || subject.invalid) return VerifyError.unspecified
  switch (akidMismatch(subject.akid, issuer)) {
    case 'key':
      return VerifyError.akidSkidMismatch
    case 'issuer-serial':
      return VerifyError.akidIssuerSerialMismatch
    case null:
      break
  }
  if (issuer.publicKey === null) return VerifyError.noIssuerPublicKey
  const fits = signsWith(subject.tbsSignatureAlgorithm, issuer.keyType)
  if (fits === null) return VerifyError.unsupportedSignatureAlgorithm
  return fits ? VerifyError.ok : VerifyError.signatureAlgorithmMismatch
}

/** X509_check_issued(3): `likelyIssued`, and the issuer's key usage lets it sign. */
export function checkIssued(issuer: Certificate, subject: Certificate): number {
  const reason = likelyIssued(issuer, subject)
  return reason === VerifyError.ok ? signingAllowed(issuer, subject) : reason
}
