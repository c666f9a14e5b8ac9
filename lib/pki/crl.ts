import { copy, latin1 } from '../base/bytes.ts'
import { type AlgorithmIdentifier, readAlgorithm, verifySigned } from './algorithm.ts'
import type { Certificate } from './certificate.ts'
import {
  context,
  DerReader,
  readBoolean,
  readInteger,
  readOctetBits,
  readSmallInteger,
  readTime,
  readWhole,
  Tag,
} from './der.ts'
import {
  type AuthorityKeyIdentifier,
  type Extension,
  ExtensionId,
  type GeneralName,
  parseAuthorityKeyIdentifier,
  readExtensions,
  readPointName,
} from './extensions.ts'
import { malformed, PkiFailure } from './failure.ts'
import { Name } from './name.ts'

/** Largest revocation list that is looked at, in bytes. */
export const MAX_CRL_LENGTH = 1 << 26

/** What an issuing distribution point says the list covers (RFC 5280 section 5.2.5). */
export interface CrlScope {
  readonly onlyUsers: boolean
  readonly onlyCas: boolean
  readonly onlyAttributes: boolean
  /** For some reasons only, or with other issuers' certificates: such lists are not used. */
  readonly partial: boolean
  /** The distribution point's names, one of which a certificate must name too; null: any certificate. */
  readonly point: readonly GeneralName[] | null
}

/** A certificate revocation list (RFC 5280 section 5), read once and never changed. */
export class Crl {
  readonly der: Uint8Array
  readonly tbs: Uint8Array
  readonly signature: Uint8Array
  readonly signatureAlgorithm: AlgorithmIdentifier
  readonly tbsSignatureAlgorithm: AlgorithmIdentifier
  readonly issuer: Name
  /** Milliseconds since 1970. */
  readonly thisUpdate: number
  /** Milliseconds since 1970; null when the list does not say. */
  readonly nextUpdate: number | null
  readonly extensions: readonly Extension[]
  readonly akid: AuthorityKeyIdentifier | null
  readonly scope: CrlScope
  /** A critical extension, of the list or of an entry, that is not understood. */
  readonly unhandledCritical: boolean
  readonly isDelta: boolean
  readonly #reasons: ReadonlyMap<string, number>

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
    this.thisUpdate = readTime(reader)
    const hasNext = reader.peek === Tag.utcTime || reader.peek === Tag.generalizedTime
    this.nextUpdate = hasNext ? readTime(reader) : null
    const entries = reader.peek === Tag.sequence ? readEntries(reader.enter(Tag.sequence)) : NO_ENTRIES
    this.extensions = reader.peek === context(0, true) ? readListExtensions(reader) : []
    reader.end()
    this.#reasons = entries.reasons
    const akid = this.#extension(ExtensionId.authorityKeyIdentifier)
    this.akid = akid === null ? null : parseAuthorityKeyIdentifier(akid.value)
    const point = this.#extension(ExtensionId.issuingDistributionPoint)
    this.scope = point === null ? WHOLE_SCOPE : parseScope(point.value)
    this.isDelta = this.#extension(ExtensionId.deltaCrlIndicator) !== null
    const critical = this.extensions.some(extension => extension.critical && !HONOURED.has(extension.oid))
    this.unhandledCritical = critical || entries.unhandledCritical
  }

  /** The reason code a serial number was revoked with (0 when none is given); null when it is not on the list. */
  reasonFor(serial: Uint8Array): number | null {
    return this.#reasons.get(latin1(serial)) ?? null
  }

  isSignedBy(issuer: Certificate): boolean {
    const key = issuer.publicKey
    if (key === null || Buffer.compare(this.signatureAlgorithm.der, this.tbsSignatureAlgorithm.der) !== 0) return false
    return verifySigned(this.signatureAlgorithm, this.tbs, this.signature, key)
  }

  #extension(oid: string): Extension | null {
    return this.extensions.find(extension => extension.oid === oid) ?? null
  }
}

/** The revocation list in these bytes, all of them. Throws `PkiFailure` and nothing else. */
export function parseCrl(der: Uint8Array): Crl {
  if (der.length > MAX_CRL_LENGTH) throw new PkiFailure('too-large', 'revocation list too large')
  return new Crl(copy(der))
}

/** removeFromCRL (RFC 5280 section 5.3.1): the certificate is good again. */
export const REASON_REMOVED = 8

interface Entries {
  readonly reasons: ReadonlyMap<string, number>
  readonly unhandledCritical: boolean
}

const NO_ENTRIES: Entries = { reasons: new Map(), unhandledCritical: false }
const WHOLE_SCOPE: CrlScope = {
  onlyUsers: false,
  onlyCas: false,
  onlyAttributes: false,
  partial: false,
  point: null,
}
const REASON_CODE = '2.5.29.21'
const HONOURED: ReadonlySet<string> = new Set([
  ExtensionId.authorityKeyIdentifier,
  ExtensionId.issuingDistributionPoint,
  ExtensionId.deltaCrlIndicator,
])

function readEntries(reader: DerReader): Entries {
  const reasons = new Map<string, number>()
  let unhandledCritical = false
  while (!reader.done) {
    const entry = reader.enter(Tag.sequence)
    const serial = latin1(readInteger(entry))
    readTime(entry)
    const extensions = entry.done ? [] : readExtensions(entry.enter(Tag.sequence))
    entry.end()
    const reason = extensions.find(extension => extension.oid === REASON_CODE)
    reasons.set(serial, reason === undefined ? 0 : readSmallInteger(new DerReader(reason.value), Tag.enumerated))
    unhandledCritical ||= extensions.some(extension => extension.critical && extension.oid !== REASON_CODE)
  }
  return { reasons, unhandledCritical }
}

function readListExtensions(reader: DerReader): Extension[] {
  const explicit = reader.enter(context(0, true))
  const extensions = readExtensions(explicit.enter(Tag.sequence))
  explicit.end()
  return extensions
}

function parseScope(der: Uint8Array): CrlScope {
  return readWhole(der, Tag.sequence, reader => {
    const point = reader.peek === context(0, true) ? readPointName(reader.enter(context(0, true))) : null
    const onlyUsers = readFlag(reader, 1)
    const onlyCas = readFlag(reader, 2)
    const reasons = reader.optional(context(3, false))
    const indirect = readFlag(reader, 4)
    const onlyAttributes = readFlag(reader, 5)
    return { onlyUsers, onlyCas, onlyAttributes, partial: reasons !== null || indirect, point }
  })
}

function readFlag(reader: DerReader, tag: number): boolean {
  return reader.peek === context(tag, false) && readBoolean(reader, context(tag, false))
}
