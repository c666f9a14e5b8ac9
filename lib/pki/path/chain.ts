import type { Certificate } from '../certificate.ts'
import { judgeTrust } from './trust-settings.ts'
import { sameBytes } from './trust-store.ts'
import type { Verification } from './verification.ts'
import { VerifyError } from './verify-error.ts'
import { VerifyFlag } from './verify-parameters.ts'

/**
 * Builds the chain from the target upwards (OpenSSL's build_chain). Trusted issuers are looked for first by default;
 * the peer's certificates fill in; a peer's chain that leads nowhere is cut back to where a trusted issuer is known,
 * unless alternative chains are off. True when the chain ends in something trusted or the callback accepts that it does
 * not.
 */
export function buildChain(verification: Verification): boolean {
  return new ChainBuilder(verification).build()
}

/** A search decides, or has nothing more to try. */
type Trust = 'trusted' | 'rejected' | 'untrusted'
type Step = 'trusted' | 'rejected' | 'again' | 'nothing' | 'failed'

class ChainBuilder {
  readonly #v: Verification
  readonly #pool: Certificate[]
  /** Certificates beyond the depth limit are not looked for: one more is enough to see that it is exceeded. */
  readonly #maxLength: number
  #searchPeer: boolean
  #searchTrusted: boolean
  readonly #mayCut: boolean
  /** While cutting back: how many of the peer's certificates the shorter chain would keep; 0 when not cutting. */
  #keep = 0

  constructor(verification: Verification) {
    this.#v = verification
    this.#pool = [...verification.untrusted]
    this.#maxLength = Math.min(Math.max(verification.parameters.depth, 0), MAX_DEPTH) + 1
    this.#searchPeer = this.#pool.length > 0
    this.#searchTrusted = !this.#searchPeer || verification.has(VerifyFlag.trustedFirst)
    this.#mayCut = !this.#searchTrusted && !verification.has(VerifyFlag.noAltChains)
  }

  build(): boolean {
    let trust: Trust = 'untrusted'
    while (trust === 'untrusted' && (this.#searchPeer || this.#searchTrusted)) {
      if (this.#searchTrusted) {
        const step = this.#extendTrusted()
        if (step === 'failed') return false
        if (step === 'trusted' || step === 'rejected') trust = step
        if (step !== 'nothing') continue
        if (!this.#searchPeer && !this.#cutBack()) break
        if (!this.#searchPeer) continue
      }
      if (this.#searchPeer) this.#extendFromPeer()
    }
    const { chain } = this.#v
    if (trust === 'untrusted' && chain.length <= this.#maxLength && chain.length === this.#v.untrustedCount)
      trust = this.#directTrust()
    return trust === 'trusted' || (trust === 'untrusted' && this.#report())
  }

  /** One more trusted certificate on top, or in place of the peer's copy of it. */
  #extendTrusted(): Step {
    const { chain } = this.#v
    const at = this.#keep > 0 ? this.#keep : chain.length
    const top = chain[at - 1]
    if (top === undefined) return 'nothing'
    const issuer = chain.length > this.#maxLength ? null : this.#trustedIssuer(top)
    if (issuer === null) return 'nothing'
    if (issuer === 'failed') {
      this.#v.abort(VerifyError.storeLookup)
      return 'failed'
    }
    if (isBroken(top)) {
      this.#v.abort(VerifyError.unspecified)
      return 'failed'
    }
    if (this.#keep > 0) {
      this.#keep = 0
      chain.length = at
      this.#v.untrustedCount = at
    }
    if (!top.selfSigned) {
      chain.push(issuer)
      if (isBroken(issuer)) {
        this.#v.abort(VerifyError.unspecified)
        return 'failed'
      }
    } else if (sameBytes(top.der, issuer.der)) {
      this.#v.untrustedCount = chain.length - 1
      chain[chain.length - 1] = issuer
    } else {
      // Same name, another key: an impostor of the trust anchor.
      return 'nothing'
    }
    this.#searchPeer = false
    const trust = this.#judge(chain.length - 1)
    if (trust !== 'untrusted') return trust
    return issuer.selfSigned ? 'nothing' : 'again'
  }

  /** Whether the owner of the store, or its own signature, makes a trusted certificate an anchor (check_trust). */
  #judge(depth: number): Trust {
    const certificate = this.#v.chain[depth]
    if (certificate === undefined) return 'untrusted'
    const settings = this.#v.trust.settings?.(certificate) ?? null
    const answer = judgeTrust(settings, certificate.selfSigned, this.#v.parameters.trust)
    if (answer === 'rejected') return this.#reject(depth)
    return answer === 'trusted' || this.#v.has(VerifyFlag.partialChain) ? 'trusted' : 'untrusted'
  }

  #reject(depth: number): Trust {
    return this.#v.fail(VerifyError.certRejected, depth) ? 'untrusted' : 'rejected'
  }

  #trustedIssuer(subject: Certificate): Certificate | null | 'failed' {
    const { trust } = this.#v
    return trust.issuer === undefined ? this.#best(trust.certificates(subject.issuer), subject) : trust.issuer(subject)
  }

  /**
   * Gives up one of the peer's certificates and looks for a trusted issuer of the one below; false when none is left.
   */
  #cutBack(): boolean {
    if (this.#keep > 0) return --this.#keep > 0
    if (!this.#mayCut || this.#v.untrustedCount < 2) return false
    this.#keep = this.#v.untrustedCount - 1
    return true
  }

  #extendFromPeer(): void {
    const { chain } = this.#v
    const top = chain.at(-1)
    const stop = top === undefined || top.selfSigned || chain.length > this.#maxLength
    const issuer = stop ? null : this.#best(this.#pool, top, chain)
    if (issuer === null) {
      this.#searchPeer = false
      this.#searchTrusted = true
      return
    }
    this.#pool.splice(this.#pool.indexOf(issuer), 1)
    chain.push(issuer)
    this.#v.untrustedCount++
  }

  /** The first possible issuer that is valid now, or else the one that expires last. */
  #best(
    candidates: readonly Certificate[],
    subject: Certificate,
    chain: readonly Certificate[] = [],
  ): Certificate | null {
    let best: Certificate | null = null
    for (const candidate of candidates) {
      if (!this.#v.mayIssue(candidate, subject)) continue
      const used = chain.some(other => sameBytes(other.der, candidate.der))
      if (used && !(subject.selfIssued && chain.length === 1)) continue
      if (this.#v.timeIsRight(candidate, null)) return candidate
      if (best === null || expiresLater(candidate, best)) best = candidate
    }
    return best
  }

  /** With partial chains, the target itself may be what is trusted. */
  #directTrust(): Trust {
    const { chain, target } = this.#v
    if (!this.#v.has(VerifyFlag.partialChain)) return 'untrusted'
    const { trust } = this.#v
    const known = trust.copies?.(target.subject) ?? trust.certificates(target.subject)
    const match = known.find(other => sameBytes(other.der, target.der))
    if (match === undefined) return 'untrusted'
    const settings = trust.settings?.(match) ?? null
    if (judgeTrust(settings, match.selfSigned, this.#v.parameters.trust) === 'rejected') return this.#reject(0)
    chain[0] = match
    this.#v.untrustedCount = 0
    return 'trusted'
  }

  #report(): boolean {
    const v = this.#v
    const depth = v.chain.length - 1
    // An error that was waved through before stays the reason; the callback has heard of a wrong time already.
    if (TIME_ERRORS.has(v.error)) return false
    if (v.error !== VerifyError.ok) return v.fail(v.error, depth)
    if (v.chain.length > this.#maxLength && !v.fail(VerifyError.certChainTooLong, depth)) return false
    if (v.chain[depth]?.selfSigned === true)
      return v.fail(depth === 0 ? VerifyError.depthZeroSelfSignedCert : VerifyError.selfSignedCertInChain, depth)
    const local = v.untrustedCount === v.chain.length
    return v.fail(local ? VerifyError.unableToGetIssuerCertLocally : VerifyError.unableToGetIssuerCert, depth)
  }
}

const MAX_DEPTH = 1000

const TIME_ERRORS: ReadonlySet<number> = new Set([
  VerifyError.errorInCertNotBeforeField,
  VerifyError.certNotYetValid,
  VerifyError.errorInCertNotAfterField,
  VerifyError.certHasExpired,
])

/** Nothing can be said about whether it has signed itself. */
function isBroken(certificate: Certificate): boolean {
  return certificate.publicKey === null || certificate.invalid
}

function expiresLater(a: Certificate, b: Certificate): boolean {
  return a.notAfter !== null && b.notAfter !== null && a.notAfter > b.notAfter
}
