import { akidMismatch, type Certificate } from './certificate.ts'
import { type Crl, REASON_REMOVED } from './crl.ts'
import { type GeneralName, KeyUsage } from './extensions.ts'
import { usageForbids } from './purpose.ts'
import { sameBytes } from './trust-store.ts'
import type { Verification } from './verify.ts'
import { VerifyError } from './verify-error.ts'
import { VerifyFlag } from './verify-parameters.ts'

/**
 * Revocation lists, when asked for (check_revocation): of the leaf, or of every certificate. The list must come from
 * the
 * certificate's issuer; deltas, indirect lists and lists for some reasons only count as not there.
 */
export function checkRevocation(v: Verification): boolean {
  if (!v.has(VerifyFlag.crlCheck)) return true
  const last = v.has(VerifyFlag.crlCheckAll) ? v.chain.length - 1 : 0
  for (let depth = 0; depth <= last; depth++) {
    const certificate = v.chain[depth]
    if (certificate !== undefined && !checkOne(v, certificate, depth)) return false
  }
  return true
}

function checkOne(v: Verification, certificate: Certificate, depth: number): boolean {
  const issuer = v.chain[Math.min(depth + 1, v.chain.length - 1)]
  const crl = issuer === undefined ? null : bestList(v, certificate, issuer)
  if (issuer === undefined || crl === null) return v.fail(VerifyError.unableToGetCrl, depth)
  if (!checkList(v, crl, issuer, certificate, depth)) return false
  if (crl.unhandledCritical && !v.has(VerifyFlag.ignoreCritical)) {
    if (!v.fail(VerifyError.unhandledCriticalCrlExtension, depth)) return false
  }
  const reason = crl.reasonFor(certificate.serial)
  const revoked = reason !== null && reason !== REASON_REMOVED
  if (revoked && !v.fail(VerifyError.certRevoked, depth)) return false
  // A list out of scope that was waved through still leaves the certificate without one.
  return covers(crl, certificate) || v.fail(VerifyError.unableToGetCrl, depth)
}

/**
 * Of the issuer's lists: one in scope before one that is not, one valid now before one that is not, the newest first.
 */
function bestList(v: Verification, certificate: Certificate, issuer: Certificate): Crl | null {
  const usable = v.trust
    .crls(certificate.issuer)
    .filter(crl => !crl.scope.partial && !crl.isDelta && akidMismatch(crl.akid, issuer) === null)
  const rank = (crl: Crl): number => (covers(crl, certificate) ? 2 : 0) + (timeError(v, crl) === VerifyError.ok ? 1 : 0)
  return usable.sort((a, b) => rank(b) - rank(a) || b.thisUpdate - a.thisUpdate)[0] ?? null
}

/** Whether the list says anything about this certificate (RFC 5280 section 6.3.3 (b)). */
function covers({ scope }: Crl, certificate: Certificate): boolean {
  if (scope.onlyAttributes || (certificate.isCa ? scope.onlyUsers : scope.onlyCas)) return false
  return (
    scope.point === null || scope.point.some(name => certificate.distributionPoints.some(other => same(name, other)))
  )
}

function same(a: GeneralName, b: GeneralName): boolean {
  return a.type === b.type && sameBytes(a.value, b.value)
}

function checkList(v: Verification, crl: Crl, issuer: Certificate, certificate: Certificate, depth: number): boolean {
  const top = v.chain.length - 1
  if (depth === top && !issuer.selfSigned && !v.fail(VerifyError.unableToGetCrlIssuer, depth)) return false
  if (usageForbids(issuer, KeyUsage.crlSign) && !v.fail(VerifyError.keyusageNoCrlSign, depth)) return false
  if (!covers(crl, certificate) && !v.fail(VerifyError.differentCrlScope, depth)) return false
  const late = timeError(v, crl)
  if (late !== VerifyError.ok && !v.fail(late, depth)) return false
  if (issuer.publicKey === null) return v.fail(VerifyError.unableToDecodeIssuerPublicKey, depth)
  return crl.isSignedBy(issuer) || v.fail(VerifyError.crlSignatureFailure, depth)
}

function timeError(v: Verification, crl: Crl): number {
  if (!v.has(VerifyFlag.useCheckTime) && v.has(VerifyFlag.noCheckTime)) return VerifyError.ok
  const now = Math.floor(v.parameters.time / 1000) * 1000
  if (crl.thisUpdate > now) return VerifyError.crlNotYetValid
  return crl.nextUpdate !== null && crl.nextUpdate <= now ? VerifyError.crlHasExpired : VerifyError.ok
}
