import { concat, EMPTY, equal } from '../../base/bytes.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import { renegotiationInfo as wire } from '../../wire/extensions/renegotiation-info.ts'
import type { PreviousHandshake } from '../context.ts'
import type { ExtensionRow } from './row.ts'

/** RFC 5746: ties a renegotiation to the handshake before it. At the first handshake a client sends the SCSV instead. */
export const renegotiationInfo: ExtensionRow = {
  type: wire.type,

  offer({ previous }) {
    return previous === null ? null : wire.writeClient(previous.clientFinished)
  },

  offered(handshake, body) {
    const { previous, agreed } = handshake
    expect(wire.readClient(body), previous?.clientFinished ?? EMPTY, previous)
    agreed.secureRenegotiation = true
  },

  answer({ agreed, previous }) {
    return agreed.secureRenegotiation ? wire.writeServer(bothFinished(previous)) : null
  },

  answered({ agreed, previous }, body) {
    expect(wire.readServer(body), bothFinished(previous), previous)
    agreed.secureRenegotiation = true
  },
}

/** Who did not speak RFC 5746 at first cannot begin to in the middle (sections 4.2 and 4.4). */
function expect(shown: Uint8Array, due: Uint8Array, previous: PreviousHandshake | null): void {
  if (previous?.secure === false || !equal(shown, due)) throw new ProtocolFailure('renegotiation-mismatch')
}

function bothFinished(previous: PreviousHandshake | null): Uint8Array {
  return previous === null ? EMPTY : concat(previous.clientFinished, previous.serverFinished)
}
