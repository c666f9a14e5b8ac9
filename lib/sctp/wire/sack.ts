import { setU16, setU32, u16, u32 } from './octets.ts'
import { CHUNK_HEADER, writeChunk } from './packet.ts'
import { ChunkType } from './registry.ts'

/** SACK (RFC 9260 section 3.3.4). */
export interface Sack {
  readonly cumulative: number
  /** Bytes. */
  readonly window: number
  /** Offsets from the cumulative TSN, both ends included; in order and apart, the first at 2 or more. */
  readonly gaps: readonly Gap[]
  readonly duplicates: readonly number[]
}

export interface Gap {
  readonly start: number
  readonly end: number
}

const FIXED = 12

/** Null for a chunk whose counts do not match its length, or whose gap blocks are out of order, empty or touching. */
export function readSack(value: Uint8Array): Sack | null {
  if (value.length < FIXED) return null
  const [gapCount, duplicateCount] = [u16(value, 8), u16(value, 10)]
  if (value.length !== FIXED + 4 * (gapCount + duplicateCount)) return null
  const gaps: Gap[] = []
  let last = 0
  for (let i = 0; i < gapCount; i++) {
    const at = FIXED + 4 * i
    const [start, end] = [u16(value, at), u16(value, at + 2)]
    // What follows the cumulative TSN or another block without a hole would belong to it.
    if (start < last + 2 || end < start) return null
    gaps.push({ start, end })
    last = end
  }
  const from = FIXED + 4 * gapCount
  const duplicates = Array.from({ length: duplicateCount }, (_, i) => u32(value, from + 4 * i))
  return { cumulative: u32(value, 0), window: u32(value, 4), gaps, duplicates }
}

export function writeSack(sack: Sack): Uint8Array {
  const { gaps, duplicates } = sack
  const value = new Uint8Array(FIXED + 4 * (gaps.length + duplicates.length))
  setU32(value, 0, sack.cumulative)
  setU32(value, 4, sack.window)
  setU16(value, 8, gaps.length)
  setU16(value, 10, duplicates.length)
  let at = FIXED
  for (const gap of gaps) {
    setU16(value, at, gap.start)
    setU16(value, at + 2, gap.end)
    at += 4
  }
  for (const tsn of duplicates) {
    setU32(value, at, tsn)
    at += 4
  }
  return writeChunk(ChunkType.sack, 0, value)
}

/** How many gap blocks and duplicates fit a chunk of so many bytes. */
export function sackEntries(room: number): number {
  return Math.max(0, Math.floor((room - CHUNK_HEADER - FIXED) / 4))
}
