import { latin1 } from '../../base/bytes.ts'
import type { Certificate } from '../certificate.ts'
import type { Crl } from '../crl.ts'
import type { Name } from '../name.ts'
import type { TrustSettings } from './trust-settings.ts'

/** Where a verification looks for issuers and revocation lists that are trusted for what they are. */
export interface TrustLookup {
  /** The trusted certificates with this subject, in the order they were added. */
  certificates(subject: Name): readonly Certificate[]
  /** The revocation lists of this issuer. */
  crls(issuer: Name): readonly Crl[]
  /** Where the target itself is looked for, in place of `certificates`. */
  readonly copies?: (subject: Name) => readonly Certificate[]
  /** The trusted issuer itself, in place of a choice among `certificates`; null when there is none. */
  readonly issuer?: (subject: Certificate) => Certificate | null | 'failed'
  /** What the owner notes beside a certificate that was found here; absent or null: nothing. */
  readonly settings?: (certificate: Certificate) => TrustSettings | null
}

/** Trusted certificates and revocation lists in memory, found by name. */
export class TrustStore implements TrustLookup {
  readonly #certificates = new Map<string, Certificate[]>()
  readonly #crls = new Map<string, Crl[]>()

  /** Adds a trust anchor; one that is there already stays once. */
  add(certificate: Certificate): void {
    const known = listAt(this.#certificates, certificate.subject)
    if (!known.some(other => sameBytes(other.der, certificate.der))) known.push(certificate)
  }

  addCrl(crl: Crl): void {
    const known = listAt(this.#crls, crl.issuer)
    if (!known.some(other => sameBytes(other.der, crl.der))) known.push(crl)
  }

  certificates(subject: Name): readonly Certificate[] {
    return this.#certificates.get(keyOf(subject)) ?? []
  }

  crls(issuer: Name): readonly Crl[] {
    return this.#crls.get(keyOf(issuer)) ?? []
  }
}

const keyOf = (name: Name): string => latin1(name.canonical)

function listAt<T>(map: Map<string, T[]>, name: Name): T[] {
  const key = keyOf(name)
  const list = map.get(key) ?? []
  map.set(key, list)
  return list
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || Buffer.compare(a, b) === 0
}
