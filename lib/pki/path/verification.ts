import type { Certificate } from '../certificate.ts'
import type { Crl } from '../crl.ts'
import { likelyIssued } from './issued.ts'
import type { PolicyTree } from './policy.ts'
import { sameBytes, type TrustLookup } from './trust-store.ts'
import { VerifyError } from './verify-error.ts'
import { VerifyFlag, type VerifyParameters } from './verify-parameters.ts'

/**
 * Told of every certificate that passed (1), of every error (0), and of the policies when they have been found (2); its
 * answer decides whether checking goes on.
 */
export type VerifyCallback = (ok: 0 | 1 | 2, verification: Verification) => boolean

export interface VerifyInput {
  readonly target: Certificate
  /** What the peer sent besides, in any order; null or empty when nothing. */
  readonly untrusted: readonly Certificate[] | null
  readonly trust: TrustLookup
  /** Revocation lists besides those of `trust`, looked through first; only these may be of other issuers. */
  readonly crls?: readonly Crl[]
  readonly parameters: VerifyParameters
  readonly callback?: VerifyCallback | null
  readonly steps?: VerifySteps
  /** The verification that wants to know whether `target` may sign a revocation list. */
  readonly parent?: Verification
}

/** Steps of a verification that a program does itself; null or absent: the step as it is here. True: it went well. */
export interface VerifySteps {
  readonly mayIssue?: ((issuer: Certificate, subject: Certificate, verification: Verification) => boolean) | null
  readonly revocation?: ((verification: Verification) => boolean) | null
  readonly findCrl?: ((certificate: Certificate, verification: Verification) => Crl | null) | null
  readonly checkCrl?: ((crl: Crl, verification: Verification) => boolean) | null
  /** Whether a list lets a certificate pass; 'removed': it does, and an older list is not to be asked. */
  readonly readCrl?: ((crl: Crl, certificate: Certificate, verification: Verification) => boolean | 'removed') | null
  readonly signatures?: ((verification: Verification) => boolean) | null
  readonly policies?: ((verification: Verification) => boolean) | null
}

/** A list that may say something about a certificate. */
export interface Candidate {
  readonly crl: Crl
  readonly delta: Crl | null
  /** `Score` bits. */
  readonly score: number
  readonly issuer: Certificate | null
  /** The reasons that have been looked for when this list has been. */
  readonly reasons: number
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
  readonly crls: readonly Crl[]
  readonly parameters: VerifyParameters
  readonly parent: Verification | null
  readonly steps: VerifySteps
  /** The chain as far as it is built, the target first. */
  readonly chain: Certificate[] = []
  /** How many of `chain` came from the peer. */
  untrustedCount = 0
  error: number = VerifyError.ok
  errorDepth = 0
  current: Certificate | null = null
  currentIssuer: Certificate | null = null
  currentCrl: Crl | null = null
  /** What was found out about the list that is looked at. */
  candidate: Candidate | null = null
  /** The verification could not be carried through; X509_verify_cert answers -1 then. */
  broken = false
  /** Null before the policies are checked, and when none holds for the whole chain. */
  policyTree: PolicyTree | null = null
  /** The policies had to be explicit (RFC 5280 section 6.1.5 (a)). */
  explicitPolicy = false
  /** The name in the certificate that matched one of `hosts`. */
  peerName: string | null = null
  readonly #callback: VerifyCallback
  readonly #checks: (verification: Verification) => boolean

  /** @param checks - all of them, in their order; a list's issuer goes through them too */
  constructor(input: VerifyInput, checks: (verification: Verification) => boolean) {
    this.target = input.target
    this.untrusted = input.untrusted ?? []
    this.trust = input.trust
    this.crls = input.crls ?? []
    this.parameters = input.parameters
    this.parent = input.parent ?? null
    this.steps = input.steps ?? {}
    this.#callback = input.callback ?? (ok => ok !== 0)
    this.#checks = checks
  }

  /** Runs all checks once. False leaves the reason in `error`. */
  run(): boolean {
    const good = this.#checks(this)
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
    return this.#callback(0, this)
  }

  /** Reports an error of a revocation list of the certificate that is checked (verify_cb_crl). */
  failCrl(error: number): boolean {
    this.error = error
    return this.#callback(0, this)
  }

  /** Reports an error of no certificate in particular. */
  failWhole(error: number): boolean {
    this.current = null
    this.error = error
    return this.#callback(0, this)
  }

  /** Tells that something went well. */
  tell(ok: 1 | 2): boolean {
    return this.#callback(ok, this)
  }

  /**
   * Whether a certificate that is not on the chain, which has signed a revocation list, leads to the same trust anchor
   * (RFC 5280 section 6.3.3 (f)). The callback hears of that verification as of this one.
   */
  sharesAnchor(target: Certificate): boolean {
    if (this.parent !== null) return false
    const { untrusted, trust, crls, parameters, steps } = this
    const callback = this.#callback
    const path = new Verification(
      { target, untrusted, trust, crls, parameters, steps, callback, parent: this },
      this.#checks,
    )
    const [anchor, other] = path.run() ? [this.chain.at(-1), path.chain.at(-1)] : []
    return anchor !== undefined && other !== undefined && sameBytes(anchor.der, other.der)
  }

  /** Ends the verification without asking the callback. */
  abort(error: number): false {
    this.error = error
    this.broken = true
    return false
  }

  /** The moment that validity is judged at, in milliseconds and whole seconds; null: it is not judged. */
  get moment(): number | null {
    if (!this.has(VerifyFlag.useCheckTime) && this.has(VerifyFlag.noCheckTime)) return null
    return Math.floor(this.parameters.time / 1000) * 1000
  }

  /** Validity at the time asked for. With a depth, what is wrong is reported. */
  timeIsRight(certificate: Certificate, depth: number | null): boolean {
    const now = this.moment
    if (now === null) return true
    const { notBefore, notAfter } = certificate
    if (depth === null) return notBefore !== null && notBefore <= now && notAfter !== null && notAfter > now
    if (notBefore === null && !this.fail(VerifyError.errorInCertNotBeforeField, depth, certificate)) return false
    if (notBefore !== null && notBefore > now && !this.fail(VerifyError.certNotYetValid, depth, certificate))
      return false
    if (notAfter === null) return this.fail(VerifyError.errorInCertNotAfterField, depth, certificate)
    return notAfter > now || this.fail(VerifyError.certHasExpired, depth, certificate)
  }

  /** Whether one certificate may have issued the other, as far as names, identifiers and algorithms tell. */
  mayIssue(issuer: Certificate, subject: Certificate): boolean {
    return this.steps.mayIssue?.(issuer, subject, this) ?? likelyIssued(issuer, subject) === VerifyError.ok
  }
}
