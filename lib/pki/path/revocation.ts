import type { Certificate } from '../certificate.ts'
import { type Crl, REASON_REMOVED } from '../crl.ts'
import { ALL_REASONS } from '../distribution-points.ts'
import { KeyUsage } from '../extensions.ts'
import { likelyIssued } from './issued.ts'
import { usageForbids } from './purpose.ts'
import { findLists, lateness, rateList, Score } from './revocation-search.ts'
import { crlSuiteBFault } from './suite-b.ts'
import type { Candidate, Verification } from './verification.ts'
import { VerifyError } from './verify-error.ts'
import { VerifyFlag } from './verify-parameters.ts'

/** Revocation lists, when asked for (check_revocation): of the leaf, or of every certificate. */
export function checkRevocation(v: Verification): boolean {
  if (!v.has(VerifyFlag.crlCheck)) return true
  const all = v.has(VerifyFlag.crlCheckAll)
  // A list's issuer is looked up only where every certificate is.
  if (!all && v.parent !== null) return true
  return v.chain.every((certificate, depth) => (depth > 0 && !all) || checkOne(v, certificate, depth))
}

/** Lists until they cover every reason (check_cert). */
function checkOne(v: Verification, certificate: Certificate, depth: number): boolean {
  v.errorDepth = depth
  v.current = certificate
  v.currentIssuer = null
  if (certificate.proxy !== null) return true
  let reasons = 0
  while (reasons !== ALL_REASONS) {
    const found = findFor(v, certificate, reasons)
    if (found === null) return v.failCrl(VerifyError.unableToGetCrl)
    const went = useLists(v, found, certificate)
    v.currentCrl = null
    if (!went) return false
    // A list that covers no new reason would be found again.
    if (found.reasons === reasons) return v.failCrl(VerifyError.unableToGetCrl)
    reasons = found.reasons
  }
  return true
}

function findFor(v: Verification, certificate: Certificate, reasons: number): Candidate | null {
  const own = v.steps.findCrl
  if (own === undefined || own === null) return findLists(v, certificate, reasons)
  const crl = own(certificate, v)
  return crl === null
    ? null
    : (rateList(v, crl, certificate, 0) ?? { crl, delta: null, score: 0, issuer: null, reasons: 0 })
}

function useLists(v: Verification, found: Candidate, certificate: Certificate): boolean {
  v.currentIssuer = found.issuer
  v.currentCrl = found.crl
  v.candidate = found
  const check = v.steps.checkCrl ?? ((crl: Crl): boolean => checkList(v, crl))
  const read = v.steps.readCrl ?? ((crl: Crl): boolean | 'removed' => readList(v, crl, certificate))
  if (!check(found.crl, v)) return false
  const { delta } = found
  if (delta !== null && !check(delta, v)) return false
  const newer = delta === null ? true : read(delta, certificate, v)
  return newer !== true ? newer === 'removed' : read(found.crl, certificate, v) !== false
}

/** Whether the list itself is good (check_crl). Of a delta most has been seen with its base. */
export function checkList(v: Verification, crl: Crl): boolean {
  const score = v.candidate?.score ?? 0
  const known = v.candidate?.issuer ?? null
  const issuer = known ?? nextIssuer(v)
  if (issuer === null) return false
  if (crl.baseNumber === null) {
    const maySign = !usageForbids(issuer, KeyUsage.crlSign)
    if (!maySign && !v.failCrl(VerifyError.keyusageNoCrlSign)) return false
    if ((score & Score.scope) === 0 && !v.failCrl(VerifyError.differentCrlScope)) return false
    const onPath = (score & Score.samePath) !== 0 || (known !== null && v.sharesAnchor(known))
    if (!onPath && !v.failCrl(VerifyError.crlPathValidationError)) return false
    if (crl.scope?.invalid === true && !v.failCrl(VerifyError.invalidExtension)) return false
  }
  if ((score & Score.time) === 0 && !reportTime(v, crl, score)) return false
  if (issuer.publicKey === null) return v.failCrl(VerifyError.unableToDecodeIssuerPublicKey)
  const fault = crlSuiteBFault(crl, issuer, v.parameters.flags)
  if (fault !== VerifyError.ok && !v.failCrl(fault)) return false
  return crl.isSignedBy(issuer) || v.failCrl(VerifyError.crlSignatureFailure)
}

/** The certificate above the one that is checked; the last one must have issued itself. */
function nextIssuer(v: Verification): Certificate | null {
  const above = v.chain[v.errorDepth + 1]
  if (above !== undefined) return above
  const last = v.chain.at(-1) ?? null
  if (last === null || likelyIssued(last, last) === VerifyError.ok) return last
  return v.failCrl(VerifyError.unableToGetCrlIssuer) ? last : null
}

/** Tells what is wrong with the time of a list; the end of a base does not count beside a valid delta. */
function reportTime(v: Verification, crl: Crl, score: number): boolean {
  v.currentCrl = crl
  for (const error of lateness(v, crl, score)) if (!v.failCrl(error)) return false
  v.currentCrl = null
  return true
}

/** Whether the list says that the certificate is revoked (cert_crl). */
export function readList(v: Verification, crl: Crl, certificate: Certificate): boolean | 'removed' {
  const unhandled = crl.unhandledCritical && !v.has(VerifyFlag.ignoreCritical)
  if (unhandled && !v.failCrl(VerifyError.unhandledCriticalCrlExtension)) return false
  const entry = crl.find(certificate.serial, certificate.issuer)
  if (entry === null) return true
  return entry.reason === REASON_REMOVED ? 'removed' : v.failCrl(VerifyError.certRevoked)
}
