import type { Certificate } from './certificate.ts'
import { ExtensionId, KeyUsage } from './extensions.ts'
import { caGrade, fitsPurpose, hasUnhandledCritical } from './purpose.ts'
import { sameBytes } from './trust-store.ts'
import type { Verification } from './verify.ts'
import { VerifyError } from './verify-error.ts'
import { VerifyFlag } from './verify-parameters.ts'

/**
 * Checks what the certificates say about themselves: critical extensions, authority, purpose, path length
 * (check_extensions).
 */
export function checkExtensions(v: Verification): boolean {
  const { chain, parameters } = v
  let pathLength = 0
  for (const [depth, certificate] of chain.entries()) {
    if (!checkCritical(v, certificate, depth) || !checkAuthority(v, certificate, depth)) return false
    if (chain.length > 1 && hasExplicitCurve(certificate) && !v.fail(VerifyError.ecKeyExplicitParams, depth))
      return false
    if (chain.length > 1 && v.has(VerifyFlag.x509Strict) && !checkStrict(v, certificate, depth)) return false
    const { purpose } = parameters
    if (purpose > 0 && !fitsPurpose(certificate, purpose, depth > 0) && !v.fail(VerifyError.invalidPurpose, depth))
      return false
    const limit = certificate.basicConstraints?.pathLength ?? null
    if (depth > 1 && limit !== null && pathLength > limit && !v.fail(VerifyError.pathLengthExceeded, depth))
      return false
    if (depth > 0 && !certificate.selfIssued) pathLength++
  }
  return true
}

function checkCritical(v: Verification, certificate: Certificate, depth: number): boolean {
  const unhandled = !v.has(VerifyFlag.ignoreCritical) && hasUnhandledCritical(certificate)
  if (unhandled && !v.fail(VerifyError.unhandledCriticalExtension, depth)) return false
  // Proxy certificates (RFC 3820) are not followed, so the flag that permits them permits nothing here.
  const proxy = certificate.extension(ExtensionId.proxyCertInfo) !== null
  return !proxy || v.fail(VerifyError.proxyCertificatesNotAllowed, depth)
}

/**
 * Every certificate above the leaf must be an authority; between leaf and trust anchor, and when strict, by
 * basicConstraints.
 */
function checkAuthority(v: Verification, certificate: Certificate, depth: number): boolean {
  const grade = caGrade(certificate)
  const strict = v.has(VerifyFlag.x509Strict)
  const wrong =
    depth === 0 ? strict && grade > 1 : grade === 0 || ((strict || depth + 1 < v.chain.length) && grade !== 1)
  return !wrong || v.fail(VerifyError.invalidCa, depth)
}

/** Curve parameters spelled out instead of named: the first octet is a SEQUENCE (RFC 5480 section 2.1.1 forbids it). */
function hasExplicitCurve(certificate: Certificate): boolean {
  return certificate.keyType === 'ec' && certificate.keyAlgorithm.params?.[0] === 0x30
}

/** The rules of RFC 5280 that only X509_V_FLAG_X509_STRICT enforces, in OpenSSL's order. */
function checkStrict(v: Verification, certificate: Certificate, depth: number): boolean {
  return strictFindings(v, certificate, depth).every(([broken, error]) => !broken || v.fail(error, depth))
}

function strictFindings(v: Verification, c: Certificate, depth: number): [boolean, number][] {
  const hasPathLength = (c.basicConstraints?.pathLength ?? null) !== null
  const certSign = ((c.keyUsage ?? 0) & KeyUsage.keyCertSign) !== 0
  const crlSign = ((c.keyUsage ?? 0) & KeyUsage.crlSign) !== 0
  const critical = (oid: string): boolean => c.extension(oid)?.critical === true
  const names = c.subjectAltNames
  const isLast = depth + 1 === v.chain.length
  const modern = c.version >= 3
  return [
    [hasPathLength && !c.isCa, VerifyError.pathlenInvalidForNonCa],
    [hasPathLength && !certSign, VerifyError.pathlenWithoutKuKeyCertSign],
    [c.isCa && !critical(ExtensionId.basicConstraints), VerifyError.caBconsNotCritical],
    [c.isCa && c.keyUsage === null, VerifyError.caCertMissingKeyUsage],
    [!c.isCa && certSign, VerifyError.kuKeyCertSignInvalidForNonCa],
    [c.issuer.isEmpty, VerifyError.issuerNameEmpty],
    [c.subject.isEmpty && (c.isCa || crlSign || names === null), VerifyError.subjectNameEmpty],
    [
      c.subject.isEmpty && names !== null && !critical(ExtensionId.subjectAltName),
      VerifyError.emptySubjectSanNotCritical,
    ],
    [names?.length === 0, VerifyError.emptySubjectAltName],
    [!sameBytes(c.signatureAlgorithm.der, c.tbsSignatureAlgorithm.der), VerifyError.signatureAlgorithmInconsistency],
    [critical(ExtensionId.authorityKeyIdentifier), VerifyError.authorityKeyIdentifierCritical],
    [critical(ExtensionId.subjectKeyIdentifier), VerifyError.subjectKeyIdentifierCritical],
    [modern && !isLast && (c.akid?.keyId ?? null) === null, VerifyError.missingAuthorityKeyIdentifier],
    [modern && c.isCa && c.skid === null, VerifyError.missingSubjectKeyIdentifier],
    [!modern && c.extensions.length > 0, VerifyError.extensionsRequireVersion3],
  ]
}
