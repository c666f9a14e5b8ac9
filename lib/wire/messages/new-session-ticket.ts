import { Reader } from '../reader.ts'
import { HandshakeType } from '../registry.ts'
import { Writer } from '../writer.ts'

/** RFC 5077 section 3.3. */
export interface NewSessionTicket {
  /** Seconds from receipt, a hint; 0 says nothing. */
  lifetime: number
  /** Empty when the server has changed its mind. */
  ticket: Uint8Array
}

export const newSessionTicket = {
  type: HandshakeType.newSessionTicket,

  read(body: Uint8Array): NewSessionTicket {
    const reader = new Reader(body)
    const message = { lifetime: reader.u32(), ticket: reader.vector16() }
    reader.expectEnd()
    return message
  },

  write({ lifetime, ticket }: NewSessionTicket): Uint8Array {
    return new Writer(256).u32(lifetime).vector16(ticket).finish()
  },
}
