import { type AlgorithmIdentifier, readAlgorithm } from '../algorithm.ts'
import { type Certificate, parseCertificate } from '../certificate.ts'
import { context, DerReader, encode, encodeOid, readInteger, readOctetBits, readWhole, sequence, Tag } from '../der.ts'
import { type Extension, readExtensions } from '../extensions.ts'
import { malformed, PkiFailure } from '../failure.ts'
import { encodeExtension } from '../issue.ts'
import { Name } from '../name.ts'

/**
 * OCSP (RFC 6960): what requests and responses share, and the little of it that a ClientHello carries (RFC 6066 section 8).
 * Faults are `PkiFailure`s.
 */

/** Largest request or response that is looked at, in bytes. */
export const MAX_OCSP_LENGTH = 1 << 20
const MAX_ITEMS = 1024
const MAX_CERTIFICATES = 64

/** Which certificate is meant: hashes of its issuer's name and key, and its serial number (section 4.1.1). */
export interface CertId {
  /** Object identifier of the digest. */
  readonly hash: string
  readonly issuerNameHash: Uint8Array
  readonly issuerKeyHash: Uint8Array
  /** Contents of the INTEGER. */
  readonly serial: Uint8Array
  readonly der: Uint8Array
}

export function readCertId(reader: DerReader): CertId {
  const { encoding } = reader.next(Tag.sequence)
  return readWhole(encoding, Tag.sequence, inner => ({
    hash: readAlgorithm(inner).oid,
    issuerNameHash: inner.next(Tag.octetString).contents,
    issuerKeyHash: inner.next(Tag.octetString).contents,
    serial: readInteger(inner),
    der: encoding,
  }))
}

/** The parameters of the digest are written as NULL, as all responders do. */
export function makeCertId(parts: Omit<CertId, 'der'>): CertId {
  const der = sequence(
    sequence(encodeOid(parts.hash), encode(Tag.null)),
    encode(Tag.octetString, parts.issuerNameHash),
    encode(Tag.octetString, parts.issuerKeyHash),
    encode(Tag.integer, parts.serial),
  )
  return { ...parts, der }
}

/** The same issuer, by the same digest. */
export function sameIssuer(a: CertId, b: CertId): boolean {
  const hashes = (id: CertId): Uint8Array[] => [id.issuerNameHash, id.issuerKeyHash]
  return a.hash === b.hash && hashes(a).every((hash, i) => Buffer.compare(hash, hashes(b)[i] ?? NOTHING) === 0)
}

const NOTHING = new Uint8Array()

/** Who answers: a name, or the SHA-1 of the key's bits (section 4.2.1). */
export type ResponderId =
  | { readonly name: Name; readonly keyHash: null }
  | { readonly name: null; readonly keyHash: Uint8Array }

export function readResponderId(reader: DerReader): ResponderId {
  if (reader.peek === BY_NAME) return { name: Name.parse(reader.next(BY_NAME).contents), keyHash: null }
  const keyHash = readWhole(reader.next(BY_KEY).encoding, BY_KEY, key => key.next(Tag.octetString).contents)
  return { name: null, keyHash }
}

export function parseResponderId(der: Uint8Array): ResponderId {
  const reader = new DerReader(der)
  const id = readResponderId(reader)
  reader.end()
  return id
}

export function encodeResponderId({ name, keyHash }: ResponderId): Uint8Array {
  return name === null ? encode(BY_KEY, encode(Tag.octetString, keyHash)) : encode(BY_NAME, name.der)
}

const BY_NAME = context(1, true)
const BY_KEY = context(2, true)

/** The extensions of a request. */
export function parseRequestExtensions(der: Uint8Array): Extension[] {
  return readWhole(der, Tag.sequence, readExtensions)
}

/** `[n] EXPLICIT Extensions OPTIONAL`. */
export function readOptionalExtensions(reader: DerReader, number: number): Extension[] {
  return readExplicit(reader, number, inner => parseRequestExtensions(inner.next(Tag.sequence).encoding)) ?? []
}

export function encodeOptionalExtensions(extensions: readonly Extension[], number: number): Uint8Array {
  if (extensions.length === 0) return NOTHING
  return encode(context(number, true), sequence(...extensions.map(encodeExtension)))
}

/** `[n] EXPLICIT ... OPTIONAL`: null when it is not there. */
export function readExplicit<T>(reader: DerReader, number: number, read: (inner: DerReader) => T): T | null {
  const tag = context(number, true)
  return reader.peek === tag ? readWhole(reader.next(tag).encoding, tag, read) : null
}

/** The elements of a SEQUENCE OF, a limited number of them. */
export function readList<T>(reader: DerReader, read: (inner: DerReader) => T, most = MAX_ITEMS): T[] {
  const inner = reader.enter(Tag.sequence)
  const items: T[] = []
  while (!inner.done) if (items.push(read(inner)) > most) throw malformed('too many elements')
  return items
}

/** A signature with the certificates that come along, as requests and responses have it. */
export interface SignedBy {
  readonly algorithm: AlgorithmIdentifier
  readonly signature: Uint8Array
  readonly certificates: readonly Certificate[]
}

export function readSignature(reader: DerReader): SignedBy {
  return {
    algorithm: readAlgorithm(reader),
    signature: readOctetBits(reader),
    certificates: readExplicit(reader, 0, readCertificates) ?? [],
  }
}

export function encodeSignature({ algorithm, signature, certificates }: SignedBy): Uint8Array[] {
  const list = sequence(...certificates.map(certificate => certificate.der))
  return [
    algorithm.der,
    encode(Tag.bitString, Uint8Array.of(0), signature),
    ...(certificates.length === 0 ? [] : [encode(context(0, true), list)]),
  ]
}

function readCertificates(reader: DerReader): Certificate[] {
  return readList(reader, inner => parseCertificate(inner.next(Tag.sequence).encoding), MAX_CERTIFICATES)
}

/** The bytes of a request or a response, which must not be larger than anybody makes them. */
export function bounded(der: Uint8Array): Uint8Array {
  if (der.length > MAX_OCSP_LENGTH) throw new PkiFailure('too-large', 'OCSP message too large')
  return der
}
