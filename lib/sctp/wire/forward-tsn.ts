import { setU16, setU32, u16, u32 } from './octets.ts'
import { CHUNK_HEADER, writeChunk } from './packet.ts'
import { ChunkType } from './registry.ts'

/** What is skipped on a stream: every message up to this number. */
export interface Skipped {
  readonly stream: number
  /** SSN, or MID with interleaving. */
  readonly sequence: number
  /** Told only with interleaving; without it unordered messages are not listed. */
  readonly unordered: boolean
}

/** Everything up to `cumulative` counts as received. */
export interface ForwardTsn {
  readonly cumulative: number
  readonly streams: readonly Skipped[]
}

/** FORWARD TSN or I-FORWARD-TSN. */
export interface ForwardTsnFormat {
  readonly type: number
  /** Unordered messages are listed as well. */
  readonly listsUnordered: boolean
  /** How many entries fit a chunk of so many bytes; negative: the chunk does not fit at all. */
  entries(room: number): number
  /** Null for a chunk that does not hold whole entries. */
  read(value: Uint8Array): ForwardTsn | null
  write(forward: ForwardTsn): Uint8Array
}

const FIXED = 4

/** RFC 3758 section 3.2. */
export const FORWARD_TSN: ForwardTsnFormat = {
  type: ChunkType.forwardTsn,
  listsUnordered: false,
  entries: room => Math.floor((room - CHUNK_HEADER - FIXED) / 4),
  read(value) {
    const entry = (at: number) => ({ stream: u16(value, at), sequence: u16(value, at + 2), unordered: false })
    return readEntries(value, 4, entry)
  },
  write(forward) {
    const value = new Uint8Array(FIXED + 4 * forward.streams.length)
    setU32(value, 0, forward.cumulative)
    for (const [i, { stream, sequence }] of forward.streams.entries()) {
      setU16(value, FIXED + 4 * i, stream)
      setU16(value, FIXED + 4 * i + 2, sequence)
    }
    return writeChunk(ChunkType.forwardTsn, 0, value)
  },
}

/** RFC 8260 section 2.3.1. */
export const I_FORWARD_TSN: ForwardTsnFormat = {
  type: ChunkType.iForwardTsn,
  listsUnordered: true,
  entries: room => Math.floor((room - CHUNK_HEADER - FIXED) / 8),
  read(value) {
    const entry = (at: number) => ({
      stream: u16(value, at),
      sequence: u32(value, at + 4),
      unordered: (u16(value, at + 2) & UNORDERED) !== 0,
    })
    return readEntries(value, 8, entry)
  },
  write(forward) {
    const value = new Uint8Array(FIXED + 8 * forward.streams.length)
    setU32(value, 0, forward.cumulative)
    for (const [i, { stream, sequence, unordered }] of forward.streams.entries()) {
      const at = FIXED + 8 * i
      setU16(value, at, stream)
      setU16(value, at + 2, unordered ? UNORDERED : 0)
      setU32(value, at + 4, sequence)
    }
    return writeChunk(ChunkType.iForwardTsn, 0, value)
  },
}

/** The U bit: the last of the 16 that stand between stream and number. */
const UNORDERED = 1

function readEntries(value: Uint8Array, size: number, entry: (at: number) => Skipped): ForwardTsn | null {
  if (value.length < FIXED || (value.length - FIXED) % size !== 0) return null
  const streams = Array.from({ length: (value.length - FIXED) / size }, (_, i) => entry(FIXED + size * i))
  return { cumulative: u32(value, 0), streams }
}
