import { EMPTY } from '../../base/bytes.ts'
import { ExtensionType } from '../registry.ts'
import { readEmpty } from './extension.ts'

/** RFC 5077 section 3.2. */
export const sessionTicket = {
  type: ExtensionType.sessionTicket,

  /** The ticket is the whole body; an empty one asks for a ticket. */
  readClient(body: Uint8Array): Uint8Array {
    return body
  },

  writeClient(ticket: Uint8Array): Uint8Array {
    return ticket
  },

  /** The server says that a NewSessionTicket message will come. */
  readServer: readEmpty,

  writeServer(): Uint8Array {
    return EMPTY
  },
}
