import { crc32c } from './crc32c.ts'
import { padded, setU16, setU32, u8, u16, u32 } from './octets.ts'

/** The common header: ports, verification tag, checksum (RFC 9260 section 3.1). */
export const COMMON_HEADER = 12
export const CHUNK_HEADER = 4
/** Largest packet that is read or written: what a UDP datagram can hold. */
export const LARGEST_PACKET = 65507

export interface Chunk {
  readonly type: number
  readonly flags: number
  /** A view of what follows the chunk's header, without padding. */
  readonly value: Uint8Array
  /** Where the chunk's header stands in the packet. */
  readonly at: number
}

export interface Packet {
  readonly sourcePort: number
  readonly destinationPort: number
  readonly tag: number
  readonly chunks: readonly Chunk[]
  readonly bytes: Uint8Array
}

/** Why a packet was not read. */
export type Unreadable = 'malformed' | 'checksum'

/** A packet whose checksum is right and whose chunks fill it exactly. The views live as long as `bytes` is left alone. */
export function readPacket(bytes: Uint8Array): Packet | Unreadable {
  if (bytes.length < COMMON_HEADER + CHUNK_HEADER || bytes.length % 4 !== 0) return 'malformed'
  if (bytes.length > LARGEST_PACKET) return 'malformed'
  if (crc32c(bytes, CHECKSUM_AT) !== storedChecksum(bytes)) return 'checksum'
  const chunks: Chunk[] = []
  for (let at = COMMON_HEADER; at < bytes.length; ) {
    // The packet's length is a multiple of four, so a whole header is there.
    const length = u16(bytes, at + 2)
    if (length < CHUNK_HEADER || at + padded(length) > bytes.length) return 'malformed'
    const value = bytes.subarray(at + CHUNK_HEADER, at + length)
    chunks.push({ type: u8(bytes, at), flags: u8(bytes, at + 1), value, at })
    at += padded(length)
  }
  const [sourcePort, destinationPort] = [u16(bytes, 0), u16(bytes, 2)]
  if (sourcePort === 0 || destinationPort === 0) return 'malformed'
  return { sourcePort, destinationPort, tag: u32(bytes, 4), chunks, bytes }
}

/** A packet of whole chunks, each with its padding. */
export function writePacket(
  header: { readonly sourcePort: number; readonly destinationPort: number; readonly tag: number },
  chunks: readonly Uint8Array[],
): Uint8Array {
  const out = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, COMMON_HEADER))
  setU16(out, 0, header.sourcePort)
  setU16(out, 2, header.destinationPort)
  setU32(out, 4, header.tag)
  let at = COMMON_HEADER
  for (const chunk of chunks) {
    out.set(chunk, at)
    at += chunk.length
  }
  seal(out)
  return out
}

/** Writes the checksum of a packet that has been put together or changed. */
export function seal(packet: Uint8Array): void {
  const checksum = crc32c(packet, CHECKSUM_AT)
  // Least significant byte first (RFC 9260 appendix A).
  for (let i = 0; i < 4; i++) packet[CHECKSUM_AT + i] = checksum >>> (8 * i)
}

/** A chunk with its padding. `RangeError` when it is longer than its length field can tell. */
export function writeChunk(type: number, flags: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, CHUNK_HEADER)
  if (length > 0xffff) throw new RangeError(`${length} bytes do not fit a chunk`)
  const out = new Uint8Array(padded(length))
  out[0] = type
  out[1] = flags
  setU16(out, 2, length)
  let at = CHUNK_HEADER
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

const CHECKSUM_AT = 8

function storedChecksum(bytes: Uint8Array): number {
  return (u8(bytes, 8) | (u8(bytes, 9) << 8) | (u8(bytes, 10) << 16) | (u8(bytes, 11) << 24)) >>> 0
}
