import { akidMismatch, type Certificate } from '../certificate.ts'
import type { Crl } from '../crl.ts'
import { compareIntegers } from '../der.ts'
import { ALL_REASONS, type DistributionPoint, placesMeet } from '../distribution-points.ts'
import { ExtensionId } from '../extensions.ts'
import { sameBytes } from './trust-store.ts'
import type { Candidate, Verification } from './verification.ts'
import { VerifyError } from './verify-error.ts'
import { VerifyFlag } from './verify-parameters.ts'

/** What speaks for a list, the weightiest highest (CRL_SCORE_*). */
export const Score = {
  noCritical: 0x100,
  scope: 0x80,
  time: 0x40,
  issuerName: 0x20,
  /** Its issuer is that of the certificate, and so on its path. */
  issuerCert: 0x18,
  samePath: 0x08,
  akid: 0x04,
  /** The delta of it is valid now. */
  timeDelta: 0x02,
} as const

const VALID = Score.noCritical | Score.time | Score.scope

/**
 * The best list for a certificate, and the newest difference to it: the program's first, then the store's unless that
 * one is as good as can be (get_crl_delta).
 * @param reasons - those that lists before this one have covered
 */
export function findLists(v: Verification, certificate: Certificate, reasons: number): Candidate | null {
  const given = bestOf(v, v.crls, certificate, reasons, null)
  if (given !== null && given.score >= VALID) return given
  return bestOf(v, v.trust.crls(certificate.issuer), certificate, given?.reasons ?? reasons, given)
}

/** The newest of the best (get_crl_sk). */
function bestOf(
  v: Verification,
  lists: readonly Crl[],
  certificate: Certificate,
  reasons: number,
  before: Candidate | null,
): Candidate | null {
  let best: Candidate | null = null
  let score = before?.score ?? 0
  for (const crl of lists) {
    const rated = rateList(v, crl, certificate, reasons)
    if (rated === null || rated.score < score) continue
    if (best !== null && rated.score === score && !isNewer(crl, best.crl)) continue
    best = rated
    score = rated.score
  }
  return best === null ? before : withDelta(v, best, lists, certificate)
}

function isNewer(crl: Crl, than: Crl): boolean {
  return crl.thisUpdate !== null && than.thisUpdate !== null && crl.thisUpdate > than.thisUpdate
}

/**
 * How well a list fits a certificate; null when it does not, or covers no reason that others do not (get_crl_score).
 * A difference is never taken for a complete list.
 */
export function rateList(v: Verification, crl: Crl, certificate: Certificate, reasons: number): Candidate | null {
  const { scope } = crl
  if (scope?.invalid === true || crl.baseNumber !== null) return null
  const partial = scope !== null && (scope.indirect || scope.reasons !== null)
  if (partial && !v.has(VerifyFlag.extendedCrlSupport)) return null
  if (((scope?.reasons ?? ALL_REASONS) & ~reasons) === 0) return null
  const ownIssuer = certificate.issuer.equals(crl.issuer)
  if (!ownIssuer && scope?.indirect !== true) return null
  const signer = findSigner(v, crl, ownIssuer)
  if (signer === null) return null
  let score = signer.score | (ownIssuer ? Score.issuerName : 0)
  if (!crl.unhandledCritical) score |= Score.noCritical
  if (lateness(v, crl, 0).length === 0) score |= Score.time
  const covered = coveredReasons(crl, certificate, ownIssuer)
  if (covered === null) return { crl, delta: null, score, issuer: signer.issuer, reasons }
  if ((covered & ~reasons) === 0) return null
  return { crl, delta: null, score: score | Score.scope, issuer: signer.issuer, reasons: reasons | covered }
}

/** Who signed the list: the certificate's issuer, somebody above, or with extended support anybody (crl_akid_check). */
function findSigner(
  v: Verification,
  crl: Crl,
  ownIssuer: boolean,
): { readonly issuer: Certificate; readonly score: number } | null {
  const last = v.chain.length - 1
  const next = Math.min(v.errorDepth + 1, last)
  const above = v.chain[next]
  const fits = (certificate: Certificate): boolean => akidMismatch(crl.akid, certificate) === null
  if (above !== undefined && ownIssuer && fits(above)) return { issuer: above, score: Score.akid | Score.issuerCert }
  const named = (certificate: Certificate): boolean => certificate.subject.equals(crl.issuer) && fits(certificate)
  const onPath = v.chain.slice(next + 1).find(named)
  if (onPath !== undefined) return { issuer: onPath, score: Score.akid | Score.samePath }
  const stranger = v.has(VerifyFlag.extendedCrlSupport) ? v.untrusted.find(named) : undefined
  return stranger === undefined ? null : { issuer: stranger, score: Score.akid }
}

/** The reasons that a list covers of a certificate; null when the certificate is not in its scope (crl_crldp_check). */
function coveredReasons(crl: Crl, certificate: Certificate, ownIssuer: boolean): number | null {
  const { scope } = crl
  if (scope?.onlyAttributes === true) return null
  if (certificate.isCa ? scope?.onlyUsers === true : scope?.onlyCas === true) return null
  const reasons = scope?.reasons ?? ALL_REASONS
  for (const point of certificate.distributionPoints) {
    if (!signsFor(point, crl, ownIssuer)) continue
    if (scope === null || placesMeet(point.name, scope.name)) return reasons & point.reasons
  }
  return ownIssuer && (scope?.name ?? null) === null ? reasons : null
}

function signsFor({ issuers }: DistributionPoint, crl: Crl, ownIssuer: boolean): boolean {
  if (issuers === null) return ownIssuer
  return issuers.some(({ directoryName }) => directoryName?.equals(crl.issuer) === true)
}

/** Adds the first difference to this list, when differences are asked for and announced (get_delta_sk). */
function withDelta(v: Verification, base: Candidate, lists: readonly Crl[], certificate: Certificate): Candidate {
  const announced = base.crl.hasFreshest || certificate.extension(ExtensionId.freshestCrl) !== null
  if (!v.has(VerifyFlag.useDeltas) || !announced) return base
  const delta = lists.find(crl => isDeltaOf(crl, base.crl))
  if (delta === undefined) return base
  const score = lateness(v, delta, base.score).length === 0 ? base.score | Score.timeDelta : base.score
  return { ...base, delta, score }
}

/** RFC 5280 section 6.3.3 (c): same issuer, key and scope, a base that is not newer, and newer itself. */
function isDeltaOf(delta: Crl, base: Crl): boolean {
  if (delta.baseNumber === null || delta.number === null || base.number === null) return false
  if (!delta.issuer.equals(base.issuer)) return false
  const same = [ExtensionId.authorityKeyIdentifier, ExtensionId.issuingDistributionPoint].every(oid => {
    const [a, b] = [delta.extension(oid)?.value ?? null, base.extension(oid)?.value ?? null]
    return a === null || b === null ? a === b : sameBytes(a, b)
  })
  return same && compareIntegers(delta.baseNumber, base.number) <= 0 && compareIntegers(delta.number, base.number) > 0
}

/** What is wrong with the time of a list, as VerifyErrors (check_crl_time). */
export function lateness(v: Verification, { thisUpdate, nextUpdate }: Crl, score: number): number[] {
  const now = v.moment
  if (now === null) return []
  const errors: number[] = []
  if (thisUpdate === null) errors.push(VerifyError.errorInCrlLastUpdateField)
  else if (thisUpdate > now) errors.push(VerifyError.crlNotYetValid)
  if (nextUpdate === null) errors.push(VerifyError.errorInCrlNextUpdateField)
  else if (nextUpdate !== undefined && nextUpdate <= now && (score & Score.timeDelta) === 0)
    errors.push(VerifyError.crlHasExpired)
  return errors
}
