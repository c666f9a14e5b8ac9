import type { Certificate } from './certificate.ts'
import { buildChain } from './chain.ts'
import { checkExtensions } from './chain-extensions.ts'
import { GeneralNameType } from './extensions.ts'
import { CheckFlag, matchEmail, matchHost, matchIp } from './identity.ts'
import { likelyIssued } from './issued.ts'
import { checkNameConstraints } from './name-constraints.ts'
import { signingAllowed } from './purpose.ts'
import { checkRevocation } from './revocation.ts'
import { keyStrongEnough, signatureStrongEnough } from './security-level.ts'
import { suiteBFault } from './suite-b.ts'
import type { TrustLookup } from './trust-store.ts'
import { VerifyError } from './verify-error.ts'
import { VerifyFlag, type VerifyParameters } from './verify-parameters.ts'

/**
 * Told of every certificate that passed (`ok`) and of every error (`!ok`); its answer decides whether checking goes on.
 */
export type VerifyCallback = (ok: boolean, verification: Verification) => boolean

export interface VerifyInput {
  readonly target: Certificate
  /** What the peer sent besides, in any order; null or empty when nothing. */
  readonly untrusted: readonly Certificate[] | null
  readonly trust: TrustLookup
  readonly parameters: VerifyParameters
  readonly callback?: VerifyCallback | null
  readonly steps?: VerifySteps
}

/** Steps of a verification that a program does itself; null or absent: the step as it is here. True: it went well. */
export interface VerifySteps {
  readonly mayIssue?: ((issuer: Certificate, subject: Certificate, verification: Verification) => boolean) | null
  readonly revocation?: ((verification: Verification) => boolean) | null
  readonly signatures?: ((verification: Verification) => boolean) | null
  readonly policies?: ((verification: Verification) => boolean) | null
}

/**
 * One verification of one certificate (X509_verify_cert(3), RFC 5280 section 6). Nothing is accepted that was not
 * checked: a check that cannot be made is an error. `error` is sticky: it keeps the last error even when the callback
 * waves it through, until a callback resets it.
 */
export class Verification {
  readonly target: Certificate
  readonly untrusted: readonly Certificate[]
  readonly trust: TrustLookup
  readonly parameters: VerifyParameters
  /** The chain as far as it is built, the target first. */
  readonly chain: Certificate[] = []
  /** How many of `chain` came from the peer. */
  untrustedCount = 0
  error: number = VerifyError.ok
  errorDepth = 0
  current: Certificate | null = null
  currentIssuer: Certificate | null = null
  /** The name in the certificate that matched one of `hosts`. */
  peerName: string | null = null
  readonly #callback: VerifyCallback
  readonly #steps: VerifySteps

  constructor(input: VerifyInput) {
    this.target = input.target
    this.untrusted = input.untrusted ?? []
    this.trust = input.trust
    this.parameters = input.parameters
    this.#callback = input.callback ?? (ok => ok)
    this.#steps = input.steps ?? {}
  }

  /** Runs all checks once. False leaves the reason in `error`. */
  run(): boolean {
    const good = this.#checkAll()
    // A refusal must never look like success to a program that reads only the error.
    if (!good && this.error === VerifyError.ok) this.error = VerifyError.unspecified
    return good
  }

  has(flag: number): boolean {
    return (this.parameters.flags & flag) !== 0
  }

  /** Reports an error about a certificate of the chain; true when the callback wants to go on. */
  fail(error: number, depth: number, certificate: Certificate | null = this.chain[depth] ?? null): boolean {
    this.errorDepth = depth
    this.current = certificate
    if (error !== VerifyError.ok) this.error = error
    return this.#callback(false, this)
  }

  /** Validity at the time asked for. With a depth, what is wrong is reported. */
  timeIsRight(certificate: Certificate, depth: number | null): boolean {
    if (!this.has(VerifyFlag.useCheckTime) && this.has(VerifyFlag.noCheckTime)) return true
    const now = Math.floor(this.parameters.time / 1000) * 1000
    const early = certificate.notBefore > now
    const late = certificate.notAfter <= now
    if (depth === null) return !early && !late
    if (early && !this.fail(VerifyError.certNotYetValid, depth, certificate)) return false
    return !late || this.fail(VerifyError.certHasExpired, depth, certificate)
  }

  #checkAll(): boolean {
    this.chain.push(this.target)
    this.untrustedCount = 1
    if (!keyStrongEnough(this.target, this.parameters.authLevel) && !this.fail(VerifyError.eeKeyTooSmall, 0))
      return false
    return (
      buildChain(this) &&
      checkExtensions(this) &&
      this.#checkStrength() &&
      this.#checkIdentity() &&
      (this.#steps.revocation?.(this) ?? checkRevocation(this)) &&
      this.#checkSuiteB() &&
      (this.#steps.signatures?.(this) ?? this.checkSignatures()) &&
      this.#checkNames() &&
      this.#policiesPass()
    )
  }

  #checkStrength(): boolean {
    const level = this.parameters.authLevel
    const last = this.chain.length - 1
    return this.chain.every((certificate, depth) => {
      if (depth > 0 && !keyStrongEnough(certificate, level) && !this.fail(VerifyError.caKeyTooSmall, depth))
        return false
      return depth === last || signatureStrongEnough(certificate, level) || this.fail(VerifyError.caMdTooWeak, depth)
    })
  }

  #checkIdentity(): boolean {
    const { hosts, hostFlags, email, ip } = this.parameters
    this.peerName = null
    for (const host of hosts) if ((this.peerName = matchHost(this.target, host, hostFlags)) !== null) break
    if (hosts.length > 0 && this.peerName === null && !this.fail(VerifyError.hostnameMismatch, 0, this.target))
      return false
    if (email !== null && matchEmail(this.target, email, 0) === null) {
      if (!this.fail(VerifyError.emailMismatch, 0, this.target)) return false
    }
    return ip === null || matchIp(this.target, ip) || this.fail(VerifyError.ipAddressMismatch, 0, this.target)
  }

  #checkSuiteB(): boolean {
    const fault = suiteBFault(this.chain, this.parameters.flags)
    return fault === null || this.fail(fault.error, fault.depth, null)
  }

  /** A program's own check counts only where policies are asked for. */
  #policiesPass(): boolean {
    const own = this.has(VerifyFlag.policyCheck) ? this.#steps.policies : null
    return own?.(this) ?? this.checkPolicies()
  }

  /** Policy trees are not evaluated; a program that asks for them is told that they did not pass. */
  checkPolicies(): boolean {
    const policies = VerifyFlag.explicitPolicy | VerifyFlag.inhibitAny | VerifyFlag.inhibitMap | VerifyFlag.policyCheck
    return !this.has(policies) || this.fail(VerifyError.noExplicitPolicy, 0)
  }

  /** Whether one certificate may have issued the other, as far as names, identifiers and algorithms tell. */
  mayIssue(issuer: Certificate, subject: Certificate): boolean {
    return this.#steps.mayIssue?.(issuer, subject, this) ?? likelyIssued(issuer, subject) === VerifyError.ok
  }

  /**
   * Signatures and validity from the trust anchor down, each certificate that passes reported with `ok`
   * (internal_verify).
   */
  checkSignatures(): boolean {
    let depth = this.chain.length - 1
    let issuer = this.chain[depth]
    let subject = issuer
    this.errorDepth = depth
    if (issuer === undefined) return false
    if (likelyIssued(issuer, issuer) !== VerifyError.ok && !this.has(VerifyFlag.partialChain)) {
      if (depth > 0) subject = this.chain[--depth]
      else if (!this.fail(VerifyError.unableToVerifyLeafSignature, 0, issuer)) return false
    }
    for (; depth >= 0 && subject !== undefined; depth--) {
      if (!this.#checkSignature(subject, issuer, depth) || !this.timeIsRight(subject, depth)) return false
      this.currentIssuer = issuer
      this.current = subject
      this.errorDepth = depth
      if (!this.#callback(true, this)) return false
      issuer = subject
      subject = this.chain[depth - 1]
    }
    return true
  }

  /** A trust anchor's own signature proves nothing and is checked only when asked for. */
  #checkSignature(subject: Certificate, issuer: Certificate, depth: number): boolean {
    const self = subject === issuer
    if (self && !(this.has(VerifyFlag.checkSsSignature) && issuer.selfSigned)) return true
    const issuerDepth = self ? depth : depth + 1
    const allowed = self && !issuer.isCa ? VerifyError.ok : signingAllowed(issuer)
    if (allowed !== VerifyError.ok && !this.fail(allowed, issuerDepth, issuer)) return false
    if (issuer.publicKey === null) return this.fail(VerifyError.unableToDecodeIssuerPublicKey, issuerDepth, issuer)
    return subject.isSignedBy(issuer) || this.fail(VerifyError.certSignatureFailure, depth, subject)
  }

  /** Every certificate, self-issued intermediates apart, against the constraints of all above it. */
  #checkNames(): boolean {
    for (let depth = this.chain.length - 1; depth >= 0; depth--) {
      const certificate = this.chain[depth]
      if (certificate === undefined || (depth > 0 && certificate.selfIssued)) continue
      for (let above = this.chain.length - 1; above > depth; above--) {
        const constraints = this.chain[above]?.nameConstraints ?? null
        if (constraints === null) continue
        const result = checkNameConstraints(
          certificate,
          constraints,
          depth === 0 && this.#commonNameCounts(certificate),
        )
        if (result !== VerifyError.ok && !this.fail(result, depth, certificate)) return false
      }
    }
    return true
  }

  #commonNameCounts(certificate: Certificate): boolean {
    const flags = this.parameters.hostFlags
    if ((flags & CheckFlag.neverCheckSubject) !== 0) return false
    const hasDns = (certificate.subjectAltNames ?? []).some(name => name.type === GeneralNameType.dns)
    return (flags & CheckFlag.alwaysCheckSubject) !== 0 || !hasDns
  }
}
