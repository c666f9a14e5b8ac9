import { ProtocolFailure } from '../../base/failure.ts'
import { Reader } from '../reader.ts'
import { CurveType, HandshakeType } from '../registry.ts'
import { Writer } from '../writer.ts'

/** The server's share of a group that has a name (RFC 8422 section 5.4). */
export interface EcdheParams {
  group: number
  /** 1 to 255 bytes. */
  publicKey: Uint8Array
}

/** Numbers as they came, big-endian, leading zeros kept (RFC 5246 section 7.4.3). */
export interface DheParams {
  p: Uint8Array
  g: Uint8Array
  publicKey: Uint8Array
}

export interface ServerKeyExchange {
  /** The PSK identity hint, empty when the server has none to give; null when the exchange uses no PSK. */
  hint: Uint8Array | null
  ecdhe: EcdheParams | null
  dhe: DheParams | null
  /** The exact bytes of the (EC)DH parameters: after both randoms, they are what is signed. Empty with plain PSK. */
  params: Uint8Array
  /** Null for anonymous and PSK exchanges; `scheme` is null below version 1.2. */
  signature: { scheme: number | null; value: Uint8Array } | null
}

/** What the suite and the version say about the message: it does not say so itself. */
export interface ServerKeyExchangeShape {
  psk: boolean
  exchange: 'ecdhe' | 'dhe' | 'none'
  signed: boolean
  /** A signature names its algorithm: version 1.2. */
  algorithm: boolean
}

/** RFC 5246 section 7.4.3, RFC 8422 section 5.4; with PSK RFC 4279 sections 2 and 3 and RFC 5489 section 2. */
export const serverKeyExchange = {
  type: HandshakeType.serverKeyExchange,

  read(body: Uint8Array, shape: ServerKeyExchangeShape): ServerKeyExchange {
    const reader = new Reader(body)
    const hint = shape.psk ? reader.vector16() : null
    const start = reader.offset
    const ecdhe = shape.exchange === 'ecdhe' ? readEcdhe(reader) : null
    const dhe = shape.exchange === 'dhe' ? readDhe(reader) : null
    const params = body.subarray(start, reader.offset)
    const signature = shape.signed ? { scheme: shape.algorithm ? reader.u16() : null, value: reader.vector16() } : null
    reader.expectEnd()
    return { hint, ecdhe, dhe, params, signature }
  },

  /** Writes `params` as they are, so that what is sent is what was signed. */
  write({ hint, params, signature }: Pick<ServerKeyExchange, 'hint' | 'params' | 'signature'>): Uint8Array {
    const writer = new Writer(512)
    if (hint !== null) writer.vector16(hint)
    writer.bytes(params)
    if (signature !== null) {
      if (signature.scheme !== null) writer.u16(signature.scheme)
      writer.vector16(signature.value)
    }
    return writer.finish()
  },

  /** The bytes to sign and to send as `params`. */
  encodeParams({ ecdhe, dhe }: Pick<ServerKeyExchange, 'ecdhe' | 'dhe'>): Uint8Array {
    const writer = new Writer(512)
    if (ecdhe !== null) writer.u8(CurveType.namedCurve).u16(ecdhe.group).vector8(ecdhe.publicKey, 1)
    if (dhe !== null) writer.vector16(dhe.p, 1).vector16(dhe.g, 1).vector16(dhe.publicKey, 1)
    return writer.finish()
  },
}

function readEcdhe(reader: Reader): EcdheParams {
  // A client takes no curve from the wire, only a name (RFC 8422 section 5.4).
  if (reader.u8() !== CurveType.namedCurve) throw new ProtocolFailure('wrong-curve')
  return { group: reader.u16(), publicKey: reader.vector8(1) }
}

function readDhe(reader: Reader): DheParams {
  return { p: reader.vector16(1), g: reader.vector16(1), publicKey: reader.vector16(1) }
}
