import { padded, setU16, setU32, u16, u32 } from './octets.ts'
import { CHUNK_HEADER } from './packet.ts'
import { ChunkType } from './registry.ts'

/** Flags of DATA and I-DATA (RFC 9260 section 3.3.1, RFC 8260 section 2.1). */
export const DataFlag = { end: 1, beginning: 2, unordered: 4, immediate: 8 } as const

/** A message or a fragment of one. */
export interface Data {
  readonly flags: number
  readonly tsn: number
  readonly stream: number
  /** Number of the message: SSN of 16 bits in DATA, MID of 32 bits in I-DATA. */
  readonly sequence: number
  /** Number of the fragment in its message; 0 in DATA, where the TSN tells. */
  readonly fragment: number
  /** Payload protocol identifier, as the number on the wire; in I-DATA only the first fragment has it. */
  readonly ppid: number
  readonly data: Uint8Array
}

/** How user data stands on the wire. */
export interface DataFormat {
  readonly type: number
  /** Bytes in front of the user data, the chunk's header included. */
  readonly header: number
  /** Null when the fixed fields are not there. A chunk without user data is for the caller to judge. */
  read(flags: number, value: Uint8Array): Data | null
  write(data: Data): Uint8Array
}

/** RFC 9260 section 3.3.1. */
export const DATA: DataFormat = {
  type: ChunkType.data,
  header: CHUNK_HEADER + 12,
  read(flags, value) {
    if (value.length < 12) return null
    return {
      flags: flags & 15,
      tsn: u32(value, 0),
      stream: u16(value, 4),
      sequence: u16(value, 6),
      fragment: 0,
      ppid: u32(value, 8),
      data: value.subarray(12),
    }
  },
  write(data) {
    const out = begin(DATA, data)
    setU16(out, 10, data.sequence)
    setU32(out, 12, data.ppid)
    return out
  },
}

/** RFC 8260 section 2.1. */
export const I_DATA: DataFormat = {
  type: ChunkType.iData,
  header: CHUNK_HEADER + 16,
  read(flags, value) {
    if (value.length < 16) return null
    const first = (flags & DataFlag.beginning) !== 0
    return {
      flags: flags & 15,
      tsn: u32(value, 0),
      stream: u16(value, 4),
      sequence: u32(value, 8),
      // One field: the first fragment is number 0 and has room for the identifier.
      fragment: first ? 0 : u32(value, 12),
      ppid: first ? u32(value, 12) : 0,
      data: value.subarray(16),
    }
  },
  write(data) {
    const out = begin(I_DATA, data)
    setU32(out, 12, data.sequence)
    setU32(out, 16, (data.flags & DataFlag.beginning) !== 0 ? data.ppid : data.fragment)
    return out
  },
}

function begin(format: DataFormat, { flags, tsn, stream, data }: Data): Uint8Array {
  const length = format.header + data.length
  const out = new Uint8Array(padded(length))
  out[0] = format.type
  out[1] = flags
  setU16(out, 2, length)
  setU32(out, 4, tsn)
  setU16(out, 8, stream)
  out.set(data, format.header)
  return out
}
