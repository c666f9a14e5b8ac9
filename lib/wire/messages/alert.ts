import { Reader } from '../reader.ts'
import { ContentType } from '../registry.ts'
import { Writer } from '../writer.ts'

/** RFC 5246 section 7.2; numbers as they came, also unknown ones. */
export interface AlertMessage {
  level: number
  description: number
}

/** Not a handshake message: `type` is its content type. */
export const alert = {
  type: ContentType.alert,

  read(fragment: Uint8Array): AlertMessage {
    const reader = new Reader(fragment)
    const message = { level: reader.u8(), description: reader.u8() }
    reader.expectEnd()
    return message
  },

  write({ level, description }: AlertMessage): Uint8Array {
    return new Writer(2).u8(level).u8(description).finish()
  },
}
