import { EMPTY } from '../../base/bytes.ts'
import { sessionTicket as wire } from '../../wire/extensions/session-ticket.ts'
import type { ExtensionRow } from './row.ts'

/** RFC 5077 section 3.2: a client shows its ticket or asks for one; a server announces that it will give one. */
export const sessionTicket: ExtensionRow = {
  type: wire.type,

  offer({ config, session }) {
    return config.sessions.tickets ? wire.writeClient(session?.ticket ?? EMPTY) : null
  },

  offered({ config, peer }, body) {
    peer.ticket = config.sessions.tickets ? wire.readClient(body).slice() : null
  },

  answer({ agreed }) {
    return agreed.ticket ? wire.writeServer() : null
  },

  answered({ agreed }, body) {
    agreed.ticket = wire.readServer(body)
  },
}
