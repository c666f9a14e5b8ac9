import { padded, setU16, setU32, u16, u32 } from './octets.ts'
import { CHUNK_HEADER } from './packet.ts'
import { ChunkType } from './registry.ts'

/** Flags of a DATA chunk (RFC 9260 section 3.3.1). */
export const DataFlag = { end: 1, beginning: 2, unordered: 4, immediate: 8 } as const

/** A DATA chunk: a message or a fragment of one. */
export interface Data {
  readonly flags: number
  readonly tsn: number
  readonly stream: number
  readonly sequence: number
  /** Payload protocol identifier, as the number on the wire. */
  readonly ppid: number
  readonly data: Uint8Array
}

/** Bytes in front of the user data, the chunk's header included. */
export const DATA_HEADER = CHUNK_HEADER + 12

/** Null when the fixed fields are not there. A chunk without user data is for the caller to judge. */
export function readData(flags: number, value: Uint8Array): Data | null {
  if (value.length < DATA_HEADER - CHUNK_HEADER) return null
  return {
    flags: flags & 15,
    tsn: u32(value, 0),
    stream: u16(value, 4),
    sequence: u16(value, 6),
    ppid: u32(value, 8),
    data: value.subarray(12),
  }
}

export function writeData(data: Data): Uint8Array {
  const length = DATA_HEADER + data.data.length
  const out = new Uint8Array(padded(length))
  out[0] = ChunkType.data
  out[1] = data.flags
  setU16(out, 2, length)
  setU32(out, 4, data.tsn)
  setU16(out, 8, data.stream)
  setU16(out, 10, data.sequence)
  setU32(out, 12, data.ppid)
  out.set(data.data, DATA_HEADER)
  return out
}
