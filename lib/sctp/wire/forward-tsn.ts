import { setU16, setU32, u16, u32 } from './octets.ts'
import { writeChunk } from './packet.ts'
import { ChunkType } from './registry.ts'

/** FORWARD TSN (RFC 3758 section 3.2): everything up to `cumulative` counts as received. */
export interface ForwardTsn {
  readonly cumulative: number
  /** For ordered messages: the streams, and the largest sequence number skipped on each. */
  readonly streams: readonly { readonly stream: number; readonly sequence: number }[]
}

/** Null for a chunk that does not hold whole entries. */
export function readForwardTsn(value: Uint8Array): ForwardTsn | null {
  if (value.length < 4 || value.length % 4 !== 0) return null
  const streams = Array.from({ length: value.length / 4 - 1 }, (_, i) => ({
    stream: u16(value, 4 + 4 * i),
    sequence: u16(value, 6 + 4 * i),
  }))
  return { cumulative: u32(value, 0), streams }
}

export function writeForwardTsn(forward: ForwardTsn): Uint8Array {
  const value = new Uint8Array(4 + 4 * forward.streams.length)
  setU32(value, 0, forward.cumulative)
  for (const [i, { stream, sequence }] of forward.streams.entries()) {
    setU16(value, 4 + 4 * i, stream)
    setU16(value, 6 + 4 * i, sequence)
  }
  return writeChunk(ChunkType.forwardTsn, 0, value)
}
