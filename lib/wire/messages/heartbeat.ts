import { Reader } from '../reader.ts'
import { ContentType } from '../registry.ts'
import { Writer } from '../writer.ts'

/** RFC 6520 section 4. */
export interface HeartbeatMessage {
  /** A `HeartbeatType`, or a number that nobody knows. */
  readonly type: number
  readonly payload: Uint8Array
}

/** Not a handshake message: `type` is its content type. */
export const heartbeat = {
  type: ContentType.heartbeat,

  /**
   * Null for what is to be discarded in silence: a payload longer than the record lets it be, or too little padding behind
   * it. `payload` is a view.
   */
  read(content: Uint8Array): HeartbeatMessage | null {
    if (content.length < HEADER + MIN_PADDING) return null
    const reader = new Reader(content)
    const type = reader.u8()
    const length = reader.u16()
    return length > reader.remaining - MIN_PADDING ? null : { type, payload: reader.bytes(length) }
  },

  /** `padding`: at least 16 bytes, which the sender has drawn. */
  write({ type, payload }: HeartbeatMessage, padding: Uint8Array): Uint8Array {
    if (padding.length < MIN_PADDING) throw new RangeError(`${padding.length} bytes of padding are too few`)
    return new Writer(HEADER + payload.length + padding.length).u8(type).vector16(payload).bytes(padding).finish()
  },
}

/** Bytes around the payload of the shortest message: type, length, padding. */
export const HEARTBEAT_OVERHEAD = 19
const HEADER = 3
const MIN_PADDING = 16
