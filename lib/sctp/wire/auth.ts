import { setU16, u16 } from './octets.ts'
import { CHUNK_HEADER, writeChunk } from './packet.ts'
import { ChunkType } from './registry.ts'

/** AUTH (RFC 4895 section 4.1). */
export interface Auth {
  readonly key: number
  readonly hmac: number
  readonly mac: Uint8Array
}

/** Where the HMAC stands in the chunk. */
export const MAC_AT = CHUNK_HEADER + 4

export function readAuth(value: Uint8Array): Auth | null {
  if (value.length <= 4) return null
  return { key: u16(value, 0), hmac: u16(value, 2), mac: value.subarray(4) }
}

/** The chunk with zeros for the HMAC, which is computed over it and all that follows. */
export function writeAuth(key: number, hmac: number, macLength: number): Uint8Array {
  const head = new Uint8Array(4)
  setU16(head, 0, key)
  setU16(head, 2, hmac)
  return writeChunk(ChunkType.auth, 0, head, new Uint8Array(macLength))
}
