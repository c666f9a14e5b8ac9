import type { Certificate } from '../certificate.ts'
import { ExtensionId, KeyUsage } from '../extensions.ts'
import { caGrade, fitsPurpose, hasUnhandledCritical, honouredCritical, Purpose } from './purpose.ts'
import { judgeTrust } from './trust-settings.ts'
import { sameBytes } from './trust-store.ts'
import type { Verification } from './verification.ts'
import { VerifyError } from './verify-error.ts'
import { VerifyFlag } from './verify-parameters.ts'

/**
 * Checks what the certificates say about themselves: critical extensions, authority, purpose, path length
 * (check_extensions).
 */
export function checkExtensions(v: Verification): boolean {
  return new ExtensionWalk(v).run()
}

/** What the place of a certificate asks of it: nothing yet of the leaf; above a proxy a proxy or an end certificate. */
type Place = 'leaf' | 'above-proxy' | 'authority'

/** From the leaf upwards. */
class ExtensionWalk {
  readonly #v: Verification
  readonly #purpose: number
  readonly #mayBeProxy: boolean
  #place: Place = 'leaf'
  #pathLength = 0
  #proxies = 0

  constructor(v: Verification) {
    this.#v = v
    const forList = v.parent !== null
    this.#purpose = forList ? Purpose.crlSign : v.parameters.purpose
    this.#mayBeProxy = !forList && v.has(VerifyFlag.allowProxyCerts)
  }

  run(): boolean {
    return [...this.#v.chain.entries()].every(([depth, certificate]) => this.#check(certificate, depth))
  }

  #check(certificate: Certificate, depth: number): boolean {
    const v = this.#v
    const unhandled = !v.has(VerifyFlag.ignoreCritical) && hasUnhandledCritical(certificate)
    if (unhandled && !v.fail(VerifyError.unhandledCriticalExtension, depth)) return false
    const proxy = certificate.proxy !== null && !this.#mayBeProxy
    if (proxy && !v.fail(VerifyError.proxyCertificatesNotAllowed, depth)) return false
    if (!this.#checkAuthority(certificate, depth)) return false
    if (v.chain.length > 1 && !this.#checkCurve(certificate, depth)) return false
    if (v.chain.length > 1 && v.has(VerifyFlag.x509Strict) && !checkStrict(v, certificate, depth)) return false
    if (!this.#checkPurpose(certificate, depth)) return false
    const limit = certificate.basicConstraints?.pathLength ?? null
    const tooLong = depth > 1 && limit !== null && this.#pathLength > limit + this.#proxies
    if (tooLong && !v.fail(VerifyError.pathLengthExceeded, depth)) return false
    if (depth > 0 && !certificate.selfIssued) this.#pathLength++
    return this.#goUp(certificate, depth)
  }

  /** Authorities between leaf and trust anchor, and all when strict, must be so by basicConstraints. */
  #checkAuthority(certificate: Certificate, depth: number): boolean {
    const v = this.#v
    const grade = caGrade(certificate)
    const strict = v.has(VerifyFlag.x509Strict)
    switch (this.#place) {
      case 'leaf':
        return !strict || grade <= 1 || v.fail(VerifyError.invalidCa, depth)
      case 'above-proxy':
        return grade === 0 || v.fail(VerifyError.invalidNonCa, depth)
      case 'authority': {
        const wrong = grade === 0 || ((strict || depth + 1 < v.chain.length) && grade !== 1)
        return !wrong || v.fail(VerifyError.invalidCa, depth)
      }
    }
  }

  #checkCurve(certificate: Certificate, depth: number): boolean {
    if (certificate.publicKey === null) return this.#v.fail(VerifyError.unspecified, depth)
    return !hasExplicitCurve(certificate) || this.#v.fail(VerifyError.ecKeyExplicitParams, depth)
  }

  /** What the owner of the trust store says of a trusted certificate goes before what it says itself (check_purpose). */
  #checkPurpose(certificate: Certificate, depth: number): boolean {
    const v = this.#v
    if (this.#purpose <= 0) return true
    const ofStore = depth >= v.untrustedCount && this.#purpose === v.parameters.purpose
    const settings = ofStore ? (v.trust.settings?.(certificate) ?? null) : null
    const trust = ofStore ? judgeTrust(settings, false, v.parameters.trust) : 'neutral'
    if (trust === 'trusted') return true
    const fits = certificate.invalid
      ? !v.has(VerifyFlag.x509Strict)
      : fitsPurpose(certificate, this.#purpose, this.#place === 'authority')
    return (trust === 'neutral' && fits) || v.fail(VerifyError.invalidPurpose, depth)
  }

  /** RFC 3820 section 4.1.3 (b): read from below, a limit holds for the proxies that were passed. */
  #goUp({ proxy }: Certificate, depth: number): boolean {
    this.#place = proxy === null ? 'authority' : 'above-proxy'
    if (proxy === null) return true
    if (proxy.pathLength !== null) {
      const tooMany = this.#proxies > proxy.pathLength
      if (tooMany && !this.#v.fail(VerifyError.proxyPathLengthExceeded, depth)) return false
      this.#proxies = proxy.pathLength
    }
    this.#proxies++
    return true
  }
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
  const critical = (oid: string): boolean => honouredCritical(c).has(oid)
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
    [modern && !isLast && (c.akid?.keyId ?? null) === null, VerifyError.missingAuthorityKeyIdentifier],
    [modern && c.isCa && c.skid === null, VerifyError.missingSubjectKeyIdentifier],
    [!modern && c.extensions.length > 0, VerifyError.extensionsRequireVersion3],
  ]
}
