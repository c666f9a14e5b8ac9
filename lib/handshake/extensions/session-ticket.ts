import { Alert } from '../../base/alert.ts'
import { copy, EMPTY } from '../../base/bytes.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import { sessionTicket as wire } from '../../wire/extensions/session-ticket.ts'
import type { ExtensionRow } from './row.ts'

/** RFC 5077 section 3.2: a client shows its ticket or asks for one; a server announces that it will give one. */
export const sessionTicket: ExtensionRow = {
  type: wire.type,

  offer({ config, session }) {
    const { tickets, opaqueTicket, withholdsTicket } = config.sessions
    if (!tickets) return null
    if (withholdsTicket === true && !session?.ticket.length) return null
    // What the application gives is the session's ticket from now on, as in OpenSSL.
    if (opaqueTicket && session?.ticket.length === 0) session.ticket = copy(opaqueTicket)
    return wire.writeClient(session?.ticket ?? EMPTY)
  },

  offered({ config, peer }, body) {
    if (config.sessions.acceptsTicket?.(body) === false) throw new ProtocolFailure('internal-error')
    peer.ticket = config.sessions.tickets ? wire.readClient(body).slice() : null
  },

  answer({ agreed }) {
    return agreed.ticket ? wire.writeServer() : null
  },

  answered({ agreed, config }, body) {
    if (config.sessions.acceptsTicket?.(body) === false)
      throw new ProtocolFailure('bad-extension', { alert: Alert.handshakeFailure })
    agreed.ticket = wire.readServer(body)
  },
}
