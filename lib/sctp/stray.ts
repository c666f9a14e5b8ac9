import { isUnicast } from '../base/ip.ts'
import { TAG_REFLECTED, writeAbort } from './wire/control.ts'
import { u16, u32 } from './wire/octets.ts'
import { type Packet, writeChunk } from './wire/packet.ts'
import { Cause, ChunkType } from './wire/registry.ts'

/**
 * The chunk that answers a packet which belongs to no association, under the packet's own tag; null: nothing may be said
 * (RFC 9260 section 8.4). INIT and COOKIE ECHO are not for here.
 */
export function answerToStray({ chunks }: Packet, from: string): Uint8Array | null {
  const [first] = chunks
  if (!isUnicast(from) || chunks.some(({ type }) => type === ChunkType.abort)) return null
  switch (first?.type) {
    case ChunkType.shutdownAck:
      return writeChunk(ChunkType.shutdownComplete, TAG_REFLECTED)
    case ChunkType.shutdownComplete:
    case ChunkType.cookieAck:
      return null
    case ChunkType.error:
      if (u16(first.value, 0) === Cause.staleCookie) return null
      break
    case ChunkType.initAck:
      // Without a tag there is nobody to tell (section 3.3.3).
      if (u32(first.value, 0) === 0) return null
      break
  }
  return writeAbort(undefined, true)
}
