import { copy } from '../base/bytes.ts'
import { type AlgorithmIdentifier, readAlgorithm } from './algorithm.ts'
import {
  context,
  DerReader,
  encode,
  encodeOid,
  encodeUnsigned,
  readOctetBits,
  readOid,
  readSmallInteger,
  readWhole,
  sequence,
  setOf,
  Tag,
} from './der.ts'
import { malformed, PkiFailure } from './failure.ts'
import { Name } from './name.ts'

/** Largest request that is looked at, in bytes. */
const MAX_REQUEST_LENGTH = 1 << 20
const MAX_ATTRIBUTES = 128

/** An attribute of a request: its kind and its values, each in DER. */
export interface Attribute {
  readonly oid: string
  readonly values: readonly Uint8Array[]
}

/** What is asked of an authority (RFC 2986 section 4.1). */
export interface RequestContents {
  /** 0 for version 1. */
  readonly version: number
  readonly subject: Name
  /** DER of SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  readonly attributes: readonly Attribute[]
}

/** A request for a certificate (RFC 2986), read once and never changed. */
export interface CertificateRequest extends RequestContents {
  /** CertificationRequestInfo, the bytes that are signed. */
  readonly tbs: Uint8Array
  readonly algorithm: AlgorithmIdentifier
  readonly signature: Uint8Array
  readonly der: Uint8Array
}

/** Reads a request, all of the bytes. Throws `PkiFailure`. */
export function parseCertificateRequest(der: Uint8Array): CertificateRequest {
  if (der.length > MAX_REQUEST_LENGTH) throw new PkiFailure('too-large', 'certificate request too large')
  const own = copy(der)
  return readWhole(own, Tag.sequence, outer => {
    const { encoding, contents } = outer.next(Tag.sequence)
    const reader = new DerReader(contents)
    const info = {
      version: readSmallInteger(reader),
      subject: Name.parse(reader.next(Tag.sequence).encoding),
      spki: reader.next(Tag.sequence).encoding,
      // Some leave the empty set out, which RFC 2986 wants.
      attributes: reader.peek === ATTRIBUTES ? readAttributes(reader.enter(ATTRIBUTES)) : [],
    }
    reader.end()
    return { ...info, tbs: encoding, algorithm: readAlgorithm(outer), signature: readOctetBits(outer), der: own }
  })
}

/** CertificationRequestInfo. */
export function encodeRequestInfo({ version, subject, spki, attributes }: RequestContents): Uint8Array {
  const items = attributes.map(({ oid, values }) => sequence(encodeOid(oid), setOf(...values)))
  const sorted = new DerReader(setOf(...items)).next(Tag.set).contents
  return sequence(encodeUnsigned(Uint8Array.of(version)), subject.der, spki, encode(ATTRIBUTES, sorted))
}

export function encodeCertificateRequest(tbs: Uint8Array, algorithm: Uint8Array, signature: Uint8Array): Uint8Array {
  return sequence(tbs, algorithm, encode(Tag.bitString, Uint8Array.of(0), signature))
}

const ATTRIBUTES = context(0, true)

function readAttributes(reader: DerReader): Attribute[] {
  const attributes: Attribute[] = []
  while (!reader.done) {
    const item = reader.enter(Tag.sequence)
    const oid = readOid(item)
    const set = item.enter(Tag.set)
    const values: Uint8Array[] = []
    while (!set.done) values.push(set.next().encoding)
    item.end()
    if (attributes.push({ oid, values }) > MAX_ATTRIBUTES) throw malformed('too many attributes')
  }
  return attributes
}
