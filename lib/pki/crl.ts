import { copy, latin1 } from '../base/bytes.ts'
import { type AlgorithmIdentifier, readAlgorithm, verifySigned } from './algorithm.ts'
import type { Certificate } from './certificate.ts'
import { context, DerReader, readAnyTime, readInteger, readOctetBits, readSmallInteger, readWhole, Tag } from './der.ts'
import { type ListScope, parseListScope } from './distribution-points.ts'
import {
  type AuthorityKeyIdentifier,
  type Extension,
  ExtensionId,
  type GeneralName,
  parseAuthorityKeyIdentifier,
  parseGeneralNames,
  readExtensions,
} from './extensions.ts'
import { malformed, PkiFailure } from './failure.ts'
import { Name } from './name.ts'

/** Largest revocation list that is looked at, in bytes. */
export const MAX_CRL_LENGTH = 1 << 26

/** removeFromCRL (RFC 5280 section 5.3.1): the certificate is good again. */
export const REASON_REMOVED = 8

/** One entry of a list. */
export interface Revocation {
  /** The reason code; -1 when none is given. */
  readonly reason: number
  /** The issuer of the certificate as the list names it (section 5.3.3); null: that of the list. */
  readonly issuer: readonly GeneralName[] | null
  /** Another entry of the same serial number: an indirect list may have several. */
  readonly next: Revocation | null
}

/** A certificate revocation list (RFC 5280 section 5), read once and never changed. */
export class Crl {
  readonly der: Uint8Array
  readonly tbs: Uint8Array
  readonly signature: Uint8Array
  readonly signatureAlgorithm: AlgorithmIdentifier
  readonly tbsSignatureAlgorithm: AlgorithmIdentifier
  readonly issuer: Name
  /** Milliseconds since 1970; null when it is not in the form of RFC 5280. */
  readonly thisUpdate: number | null
  /** Milliseconds since 1970; null when it is not in the form of RFC 5280, undefined when the list does not say. */
  readonly nextUpdate: number | null | undefined
  readonly extensions: readonly Extension[]
  readonly akid: AuthorityKeyIdentifier | null
  /** The issuing distribution point; null: the list covers all that its issuer has issued. */
  readonly scope: ListScope | null
  /** A critical extension, of the list or of an entry, that is not understood. */
  readonly unhandledCritical: boolean
  /** Contents of the INTEGER; null without the extension. */
  readonly number: Uint8Array | null
  /** The number of the list that this one is the difference to; null for a complete one. */
  readonly baseNumber: Uint8Array | null
  /** It names where newer differences lie (section 5.2.6). */
  readonly hasFreshest: boolean
  readonly #entries: ReadonlyMap<string, Revocation>

  constructor(der: Uint8Array) {
    this.der = der
    const outer = readWhole(der, Tag.sequence, reader => ({
      tbs: reader.next(Tag.sequence),
      signatureAlgorithm: readAlgorithm(reader),
      signature: readOctetBits(reader),
    }))
    this.tbs = outer.tbs.encoding
    this.signatureAlgorithm = outer.signatureAlgorithm
    this.signature = outer.signature
    const reader = new DerReader(outer.tbs.contents)
    if (reader.peek === Tag.integer && readSmallInteger(reader) !== 1) throw malformed('unknown CRL version')
    this.tbsSignatureAlgorithm = readAlgorithm(reader)
    this.issuer = Name.parse(reader.next(Tag.sequence).encoding)
    this.thisUpdate = readAnyTime(reader)
    const hasNext = reader.peek === Tag.utcTime || reader.peek === Tag.generalizedTime
    this.nextUpdate = hasNext ? readAnyTime(reader) : undefined
    const entries = reader.peek === Tag.sequence ? readEntries(reader.enter(Tag.sequence)) : NO_ENTRIES
    this.extensions = reader.peek === context(0, true) ? readListExtensions(reader) : []
    reader.end()
    this.#entries = entries.bySerial
    this.akid = this.#parse(ExtensionId.authorityKeyIdentifier, parseAuthorityKeyIdentifier)
    this.scope = this.#parse(ExtensionId.issuingDistributionPoint, der => parseListScope(der, this.issuer))
    this.number = this.#parse(ExtensionId.crlNumber, parseNumber)
    this.baseNumber = this.#parse(ExtensionId.deltaCrlIndicator, parseNumber)
    this.hasFreshest = this.extension(ExtensionId.freshestCrl) !== null
    const critical = this.extensions.some(extension => extension.critical && !HONOURED.has(extension.oid))
    this.unhandledCritical = critical || entries.unhandledCritical
  }

  /** The entry of a certificate with this serial number and issuer; null when it is not on the list. */
  find(serial: Uint8Array, issuer: Name): Revocation | null {
    let entry = this.#entries.get(latin1(serial)) ?? null
    while (entry !== null && !this.#speaksOf(entry, issuer)) entry = entry.next
    return entry
  }

  extension(oid: string): Extension | null {
    return this.extensions.find(extension => extension.oid === oid) ?? null
  }

  /** The signature is good under the issuer's key. */
  isSignedBy(issuer: Certificate): boolean {
    const key = issuer.publicKey
    if (key === null || Buffer.compare(this.signatureAlgorithm.der, this.tbsSignatureAlgorithm.der) !== 0) return false
    return verifySigned(this.signatureAlgorithm, this.tbs, this.signature, key)
  }

  #speaksOf({ issuer }: Revocation, name: Name): boolean {
    if (issuer === null) return this.issuer.equals(name)
    return issuer.some(({ directoryName }) => directoryName?.equals(name) === true)
  }

  #parse<T>(oid: string, parse: (der: Uint8Array) => T): T | null {
    const extension = only(this.extensions, oid)
    return extension === null ? null : parse(extension.value)
  }
}

/** The revocation list in these bytes, all of them. Throws `PkiFailure` and nothing else. */
export function parseCrl(der: Uint8Array): Crl {
  if (der.length > MAX_CRL_LENGTH) throw new PkiFailure('too-large', 'revocation list too large')
  return new Crl(copy(der))
}

interface Entries {
  readonly bySerial: ReadonlyMap<string, Revocation>
  readonly unhandledCritical: boolean
}

const NO_ENTRIES: Entries = { bySerial: new Map(), unhandledCritical: false }
/** All that may be critical; crl_cb of OpenSSL knows these. */
const HONOURED: ReadonlySet<string> = new Set([
  ExtensionId.authorityKeyIdentifier,
  ExtensionId.issuingDistributionPoint,
  ExtensionId.deltaCrlIndicator,
])

/** A certificate issuer holds for the entries after it too, until another is named (RFC 5280 section 5.3.3). */
function readEntries(reader: DerReader): Entries {
  const bySerial = new Map<string, Revocation>()
  let unhandledCritical = false
  let issuer: readonly GeneralName[] | null = null
  while (!reader.done) {
    const entry = reader.enter(Tag.sequence)
    const serial = latin1(readInteger(entry))
    // The date of a revocation decides nothing.
    readAnyTime(entry)
    const extensions = entry.done ? [] : readExtensions(entry.enter(Tag.sequence))
    entry.end()
    const named = only(extensions, ExtensionId.certificateIssuer)
    if (named !== null) issuer = parseGeneralNames(named.value)
    const code = only(extensions, ExtensionId.reasonCode)
    const reason = code === null ? -1 : parseReason(code.value)
    bySerial.set(serial, { reason, issuer, next: bySerial.get(serial) ?? null })
    unhandledCritical ||= extensions.some(({ critical, oid }) => critical && oid !== ExtensionId.certificateIssuer)
  }
  return { bySerial, unhandledCritical }
}

function only(extensions: readonly Extension[], oid: string): Extension | null {
  const [extension, ...others] = extensions.filter(other => other.oid === oid)
  if (others.length > 0) throw malformed(`extension ${oid} twice`)
  return extension ?? null
}

function readListExtensions(reader: DerReader): Extension[] {
  const explicit = reader.enter(context(0, true))
  const extensions = readExtensions(explicit.enter(Tag.sequence))
  explicit.end()
  return extensions
}

function parseReason(der: Uint8Array): number {
  const reader = new DerReader(der)
  const reason = readSmallInteger(reader, Tag.enumerated)
  reader.end()
  return reason
}

function parseNumber(der: Uint8Array): Uint8Array {
  const reader = new DerReader(der)
  const number = readInteger(reader)
  reader.end()
  return number
}
