import type { Certificate } from '../certificate.ts'
import { GeneralNameType } from '../extensions.ts'
import { proxyNameFits } from '../proxy.ts'
import { CheckFlag } from './identity.ts'
import { checkNameConstraints } from './name-constraints.ts'
import type { Verification } from './verification.ts'
import { VerifyError } from './verify-error.ts'

/** Every certificate, self-issued intermediates apart, against the constraints of all above it (check_name_constraints). */
export function checkNames(v: Verification): boolean {
  for (let depth = v.chain.length - 1; depth >= 0; depth--) {
    const certificate = v.chain[depth]
    if (certificate === undefined || (depth > 0 && certificate.selfIssued)) continue
    const strayed = certificate.proxy !== null && !proxyNameFits(certificate.subject, certificate.issuer)
    if (strayed && !v.fail(VerifyError.proxySubjectNameViolation, depth, certificate)) return false
    if (!checkAgainstIssuers(v, certificate, depth)) return false
  }
  return true
}

function checkAgainstIssuers(v: Verification, certificate: Certificate, depth: number): boolean {
  const withCommonName = depth === 0 && commonNameCounts(v, certificate)
  for (let above = v.chain.length - 1; above > depth; above--) {
    const constraints = v.chain[above]?.nameConstraints ?? null
    const result =
      constraints === null ? VerifyError.ok : checkNameConstraints(certificate, constraints, withCommonName)
    if (result === VerifyError.outOfMem) return v.abort(VerifyError.unspecified)
    if (result !== VerifyError.ok && !v.fail(result, depth, certificate)) return false
  }
  return true
}

function commonNameCounts(v: Verification, certificate: Certificate): boolean {
  const flags = v.parameters.hostFlags
  if ((flags & CheckFlag.neverCheckSubject) !== 0) return false
  const hasDns = (certificate.subjectAltNames ?? []).some(name => name.type === GeneralNameType.dns)
  return (flags & CheckFlag.alwaysCheckSubject) !== 0 || !hasDns
}
