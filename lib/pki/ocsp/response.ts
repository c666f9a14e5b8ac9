import { copy } from '../../base/bytes.ts'
import {
  context,
  DerReader,
  encode,
  encodeOid,
  encodeUnsigned,
  readOid,
  readSmallInteger,
  readWhole,
  sequence,
  Tag,
} from '../der.ts'
import type { Extension } from '../extensions.ts'
import { malformed } from '../failure.ts'
import {
  bounded,
  type CertId,
  encodeOptionalExtensions,
  encodeResponderId,
  encodeSignature,
  type ResponderId,
  readCertId,
  readExplicit,
  readList,
  readOptionalExtensions,
  readResponderId,
  readSignature,
  type SignedBy,
} from './ocsp.ts'

/** Object identifier of the one kind of response that there is. */
export const BASIC_RESPONSE = '1.3.6.1.5.5.7.48.1.1'

/** OCSPResponse (RFC 6960 section 4.2.1): a status and, when it is 0, a response of some kind. */
export interface OcspResponse {
  readonly status: number
  readonly body: { readonly type: string; readonly der: Uint8Array } | null
  readonly der: Uint8Array
}

/** Times are contents of a GeneralizedTime, as they stand; who uses them checks their form. */
export interface SingleResponse {
  readonly certId: CertId
  readonly status: CertStatus
  readonly thisUpdate: Uint8Array
  readonly nextUpdate: Uint8Array | null
  readonly extensions: readonly Extension[]
}

export type CertStatus =
  | { readonly kind: 'good' | 'unknown' }
  | { readonly kind: 'revoked'; readonly time: Uint8Array; readonly reason: number | null }

/** ResponseData. */
export interface ResponseData {
  /** 0 for version 1. */
  readonly version: number
  readonly responderId: ResponderId
  readonly producedAt: Uint8Array
  readonly responses: readonly SingleResponse[]
  readonly extensions: readonly Extension[]
}

/** BasicOCSPResponse; `tbs` holds the bytes that are signed. */
export interface BasicResponse extends SignedBy {
  readonly tbs: Uint8Array
  readonly data: ResponseData
}

/** Reads a response, all of the bytes. Throws `PkiFailure`. */
export function parseOcspResponse(der: Uint8Array): OcspResponse {
  const own = copy(bounded(der))
  return readWhole(own, Tag.sequence, reader => {
    const status = readSmallInteger(reader, Tag.enumerated)
    const body = readExplicit(reader, 0, inner => {
      const bytes = inner.enter(Tag.sequence)
      const read = { type: readOid(bytes), der: bytes.next(Tag.octetString).contents }
      bytes.end()
      return read
    })
    return { status, body, der: own }
  })
}

export function makeOcspResponse(status: number, basic: Uint8Array | null): OcspResponse {
  const body = basic === null ? null : { type: BASIC_RESPONSE, der: basic }
  const bytes = basic === null ? [] : [sequence(encodeOid(BASIC_RESPONSE), encode(Tag.octetString, basic))]
  const der = sequence(encodeEnumerated(status), ...bytes.map(part => encode(context(0, true), part)))
  return { status, body, der }
}

/** Reads a basic response, all of the bytes. Throws `PkiFailure`. */
export function parseBasicResponse(der: Uint8Array): BasicResponse {
  return readWhole(copy(bounded(der)), Tag.sequence, outer => {
    const { encoding, contents } = outer.next(Tag.sequence)
    const reader = new DerReader(contents)
    const data = {
      version: readExplicit(reader, 0, inner => readSmallInteger(inner)) ?? 0,
      responderId: readResponderId(reader),
      producedAt: reader.next(Tag.generalizedTime).contents,
      responses: readList(reader, readSingle),
      extensions: readOptionalExtensions(reader, 1),
    }
    reader.end()
    return { tbs: encoding, data, ...readSignature(outer) }
  })
}

export function encodeResponseData(data: Omit<ResponseData, 'version'>): Uint8Array {
  return sequence(
    encodeResponderId(data.responderId),
    encode(Tag.generalizedTime, data.producedAt),
    sequence(...data.responses.map(encodeSingle)),
    encodeOptionalExtensions(data.extensions, 1),
  )
}

export function encodeBasicResponse(tbs: Uint8Array, signature: SignedBy): Uint8Array {
  return sequence(tbs, ...encodeSignature(signature))
}

function readSingle(reader: DerReader): SingleResponse {
  const item = reader.enter(Tag.sequence)
  const single = {
    certId: readCertId(item),
    status: readStatus(item),
    thisUpdate: item.next(Tag.generalizedTime).contents,
    nextUpdate: readExplicit(item, 0, inner => inner.next(Tag.generalizedTime).contents),
    extensions: readOptionalExtensions(item, 1),
  }
  item.end()
  return single
}

const GOOD = context(0, false)
const REVOKED = context(1, true)
const UNKNOWN = context(2, false)

function readStatus(reader: DerReader): CertStatus {
  const { tag, contents, encoding } = reader.next()
  if (tag === REVOKED)
    return readWhole(encoding, REVOKED, inner => ({
      kind: 'revoked',
      time: inner.next(Tag.generalizedTime).contents,
      reason: readExplicit(inner, 0, code => readSmallInteger(code, Tag.enumerated)),
    }))
  if ((tag !== GOOD && tag !== UNKNOWN) || contents.length > 0) throw malformed('not a certificate status')
  return { kind: tag === GOOD ? 'good' : 'unknown' }
}

function encodeStatus(status: CertStatus): Uint8Array {
  if (status.kind !== 'revoked') return encode(status.kind === 'good' ? GOOD : UNKNOWN)
  const reason = status.reason === null ? [] : [encode(context(0, true), encodeEnumerated(status.reason))]
  return encode(REVOKED, encode(Tag.generalizedTime, status.time), ...reason)
}

function encodeSingle({ certId, status, thisUpdate, nextUpdate, extensions }: SingleResponse): Uint8Array {
  return sequence(
    certId.der,
    encodeStatus(status),
    encode(Tag.generalizedTime, thisUpdate),
    ...(nextUpdate === null ? [] : [encode(context(0, true), encode(Tag.generalizedTime, nextUpdate))]),
    encodeOptionalExtensions(extensions, 1),
  )
}

/** A small number that is not negative. */
function encodeEnumerated(value: number): Uint8Array {
  const integer = encodeUnsigned(
    Uint8Array.of((value >> 24) & 0xff, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff),
  )
  return encode(Tag.enumerated, new DerReader(integer).next(Tag.integer).contents)
}
