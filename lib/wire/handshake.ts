import { ProtocolFailure } from '../base/failure.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** Bytes of a DTLS handshake header (RFC 6347 section 4.2.2). */
export const DTLS_HANDSHAKE_HEADER = 12
/** Bytes of a TLS handshake header (RFC 5246 section 7.4). */
export const TLS_HANDSHAKE_HEADER = 4

/** A DTLS handshake message or a part of one; `fragment` is a view. */
export interface HandshakeFragment {
  type: number
  /** Bytes of the whole message's body. */
  length: number
  messageSequence: number
  /** Where in the body the fragment belongs. */
  offset: number
  fragment: Uint8Array
}

/** The header of a TLS handshake message. */
export interface TlsMessageHeader {
  type: number
  /** Bytes of the body that follows. */
  length: number
}

/** Reads one fragment; a record may hold several, so the reader need not end after it. */
export function readFragment(reader: Reader): HandshakeFragment {
  const type = reader.u8()
  const length = reader.u24()
  const messageSequence = reader.u16()
  const offset = reader.u24()
  const fragmentLength = reader.u24()
  // OpenSSL calls it an excessive message, illegal_parameter.
  if (offset + fragmentLength > length) throw new ProtocolFailure('excessive-message-size')
  return { type, length, messageSequence, offset, fragment: reader.bytes(fragmentLength) }
}

/** A fragment with its 12-byte header; `length` is that of the whole body, `bytes` the part of it at `offset`. */
export function encodeFragment(
  type: number,
  length: number,
  messageSequence: number,
  offset: number,
  bytes: Uint8Array,
): Uint8Array {
  if (offset + bytes.length > length) throw new RangeError('the fragment ends after its message')
  return new Writer(DTLS_HANDSHAKE_HEADER + bytes.length)
    .u8(type)
    .u24(length)
    .u16(messageSequence)
    .u24(offset)
    .vector24(bytes)
    .finish()
}

/** A whole message in one fragment: what the DTLS transcript hashes, however it was cut (RFC 6347 section 4.2.6). */
export function encodeUnfragmented(type: number, messageSequence: number, body: Uint8Array): Uint8Array {
  return encodeFragment(type, body.length, messageSequence, 0, body)
}

/** The header of the TLS handshake message that `bytes` start with, or null when not all of its 4 bytes have come. */
export function readTlsMessageHeader(bytes: Uint8Array): TlsMessageHeader | null {
  if (bytes.length < TLS_HANDSHAKE_HEADER) return null
  const reader = new Reader(bytes)
  return { type: reader.u8(), length: reader.u24() }
}

/** A TLS handshake message with its 4-byte header. */
export function encodeTlsMessage(type: number, body: Uint8Array): Uint8Array {
  return new Writer(TLS_HANDSHAKE_HEADER + body.length).u8(type).vector24(body).finish()
}
