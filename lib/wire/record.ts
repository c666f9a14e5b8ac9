/** Bytes of a DTLS record header (RFC 6347 section 4.1). */
export const DTLS_RECORD_HEADER = 13
/** Bytes of a TLS record header (RFC 5246 section 6.2.1). */
export const TLS_RECORD_HEADER = 5
/** The most plaintext in a record, in bytes (RFC 5246 section 6.2.1). */
export const MAX_PLAINTEXT = 16384
/** The most protected payload in a record, in bytes (RFC 5246 section 6.2.3). */
export const MAX_CIPHERTEXT = MAX_PLAINTEXT + 2048
/** The last record sequence number of a DTLS epoch: 48 bits. */
export const MAX_SEQUENCE = 2 ** 48 - 1

/** A DTLS record as it lies in its datagram; `fragment` is a view. Nothing in it is judged yet. */
export interface DtlsRecord {
  type: number
  version: number
  epoch: number
  /** 48 bits, so always a safe integer. */
  sequence: number
  fragment: Uint8Array
  datagram: Uint8Array
  /** Where the record starts in its datagram. */
  start: number
  /** Where the next record of the datagram starts. */
  end: number
}

/** A TLS record header. */
export interface TlsHeader {
  type: number
  version: number
  /** Bytes of the fragment that follows. */
  length: number
}

/** The record at offset `at` of a datagram, or null when what is left there is not a whole record. Never throws. */
export function readDtlsRecord(datagram: Uint8Array, at: number): DtlsRecord | null {
  const body = at + DTLS_RECORD_HEADER
  if (body > datagram.length) return null
  const end = body + u16(datagram, at + 11)
  if (end > datagram.length) return null
  return {
    type: datagram[at] ?? 0,
    version: u16(datagram, at + 1),
    epoch: u16(datagram, at + 3),
    sequence: u16(datagram, at + 5) * 2 ** 32 + u16(datagram, at + 7) * 2 ** 16 + u16(datagram, at + 9),
    fragment: datagram.subarray(body, end),
    datagram,
    start: at,
    end,
  }
}

/** Writes the 13 bytes at offset `at`; `length` is that of the fragment in bytes. */
export function writeDtlsHeader(
  out: Uint8Array,
  at: number,
  type: number,
  version: number,
  epoch: number,
  sequence: number,
  length: number,
): void {
  room(out, at, DTLS_RECORD_HEADER)
  out[at] = within(type, 0xff)
  putU16(out, at + 1, version)
  putU16(out, at + 3, epoch)
  within(sequence, MAX_SEQUENCE)
  putU16(out, at + 5, Math.floor(sequence / 2 ** 32))
  putU16(out, at + 7, (sequence >>> 16) & 0xffff)
  putU16(out, at + 9, sequence & 0xffff)
  putU16(out, at + 11, length)
}

/** The TLS record header at offset `at`, or null when not all of its 5 bytes have come. Never throws. */
export function readTlsHeader(bytes: Uint8Array, at: number): TlsHeader | null {
  if (at + TLS_RECORD_HEADER > bytes.length) return null
  return { type: bytes[at] ?? 0, version: u16(bytes, at + 1), length: u16(bytes, at + 3) }
}

/** Writes the 5 bytes at offset `at`; `length` is that of the fragment in bytes. */
export function writeTlsHeader(out: Uint8Array, at: number, type: number, version: number, length: number): void {
  room(out, at, TLS_RECORD_HEADER)
  out[at] = within(type, 0xff)
  putU16(out, at + 1, version)
  putU16(out, at + 3, length)
}

// Plain offsets, no cursor: these run once a record, before anything about it is known to be worth an object.
function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}

function putU16(out: Uint8Array, at: number, value: number): void {
  within(value, 0xffff)
  out[at] = value >>> 8
  out[at + 1] = value & 0xff
}

function within(value: number, max: number): number {
  if (!Number.isInteger(value) || value < 0 || value > max) throw new RangeError(`${value} is not within 0..${max}`)
  return value
}

function room(out: Uint8Array, at: number, length: number): void {
  if (!(at >= 0 && at + length <= out.length)) throw new RangeError('no room for the record header')
}
