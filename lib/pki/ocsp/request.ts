import { copy } from '../../base/bytes.ts'
import { context, DerReader, encode, readSmallInteger, readWhole, sequence, Tag } from '../der.ts'
import { type Extension, encodeGeneralName, type GeneralName, readGeneralNames } from '../extensions.ts'
import { malformed } from '../failure.ts'
import {
  bounded,
  type CertId,
  encodeOptionalExtensions,
  encodeSignature,
  readCertId,
  readExplicit,
  readList,
  readOptionalExtensions,
  readSignature,
  type SignedBy,
} from './ocsp.ts'

/** What is asked about one certificate. */
export interface SingleRequest {
  readonly certId: CertId
  readonly extensions: readonly Extension[]
}

/** OCSPRequest (RFC 6960 section 4.1.1). */
export interface OcspRequest {
  /** TBSRequest, the bytes that are signed. */
  readonly tbs: Uint8Array
  /** 0 for version 1. */
  readonly version: number
  readonly requestor: GeneralName | null
  readonly requests: readonly SingleRequest[]
  readonly extensions: readonly Extension[]
  readonly signature: SignedBy | null
}

/** Reads a request, all of the bytes. Throws `PkiFailure`. */
export function parseOcspRequest(der: Uint8Array): OcspRequest {
  return readWhole(copy(bounded(der)), Tag.sequence, outer => {
    const { encoding, contents } = outer.next(Tag.sequence)
    const reader = new DerReader(contents)
    const version = readExplicit(reader, 0, inner => readSmallInteger(inner)) ?? 0
    const requestor = readExplicit(reader, 1, readRequestor)
    const requests = readList(reader, readSingle)
    const extensions = readOptionalExtensions(reader, 2)
    reader.end()
    const signature = readExplicit(outer, 0, inner => {
      const item = inner.enter(Tag.sequence)
      const read = readSignature(item)
      item.end()
      return read
    })
    return { tbs: encoding, version, requestor, requests, extensions, signature }
  })
}

/** TBSRequest. */
export function encodeTbsRequest(
  requestor: GeneralName | null,
  requests: readonly SingleRequest[],
  extensions: readonly Extension[],
): Uint8Array {
  return sequence(
    ...(requestor === null ? [] : [encode(context(1, true), encodeGeneralName(requestor))]),
    sequence(...requests.map(one => sequence(one.certId.der, encodeOptionalExtensions(one.extensions, 0)))),
    encodeOptionalExtensions(extensions, 2),
  )
}

export function encodeOcspRequest(tbs: Uint8Array, signature: SignedBy | null): Uint8Array {
  return sequence(
    tbs,
    ...(signature === null ? [] : [encode(context(0, true), sequence(...encodeSignature(signature)))]),
  )
}

function readSingle(reader: DerReader): SingleRequest {
  const item = reader.enter(Tag.sequence)
  const single = { certId: readCertId(item), extensions: readOptionalExtensions(item, 0) }
  item.end()
  return single
}

function readRequestor(reader: DerReader): GeneralName {
  const [name, ...others] = readGeneralNames(reader)
  if (name === undefined || others.length > 0) throw malformed('not one requestor')
  return name
}
