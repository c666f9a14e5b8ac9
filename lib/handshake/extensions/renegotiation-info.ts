import { concat, equal } from '../../base/bytes.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import { renegotiationInfo as wire } from '../../wire/extensions/renegotiation-info.ts'
import type { ExtensionRow } from './row.ts'

/** RFC 5746: ties a renegotiation to the handshake before it. At the first handshake a client sends the SCSV instead. */
export const renegotiationInfo: ExtensionRow = {
  type: wire.type,

  offer({ previous }) {
    return previous.client.length > 0 ? wire.writeClient(previous.client) : null
  },

  offered(handshake, body) {
    if (!equal(wire.readClient(body), handshake.previous.client)) throw new ProtocolFailure('renegotiation-mismatch')
    handshake.agreed.secureRenegotiation = true
  },

  answer({ agreed, previous }) {
    return agreed.secureRenegotiation ? wire.writeServer(concat(previous.client, previous.server)) : null
  },

  answered({ agreed, previous }, body) {
    if (!equal(wire.readServer(body), concat(previous.client, previous.server))) {
      throw new ProtocolFailure('renegotiation-mismatch')
    }
    agreed.secureRenegotiation = true
  },
}
