import { Alert } from '../../base/alert.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import { ecPointFormats as wire } from '../../wire/extensions/ec-point-formats.ts'
import { EcPointFormat } from '../../wire/registry.ts'
import { answersPointFormats } from '../negotiation/exchange.ts'
import { offersEllipticCurves } from '../negotiation/suite.ts'
import type { ExtensionRow } from './row.ts'

/** RFC 8422 section 5.1.2. Only uncompressed points are used; OpenSSL's client lists all three forms, so ours does. */
export const ecPointFormats: ExtensionRow = {
  type: wire.type,

  offer(handshake) {
    return offersEllipticCurves(handshake) ? wire.writeClient(ALL_FORMS) : null
  },

  offered({ peer }, body) {
    peer.pointFormats = wire.readClient(body)
    requireUncompressed(peer.pointFormats)
  },

  answer({ suite }) {
    return answersPointFormats(suite) ? wire.writeServer(ALL_FORMS) : null
  },

  answered({ peer }, body) {
    peer.pointFormats = wire.readServer(body)
    requireUncompressed(peer.pointFormats)
  },
}

function requireUncompressed(formats: readonly number[]): void {
  if (!formats.includes(EcPointFormat.uncompressed))
    throw new ProtocolFailure('bad-extension', { alert: Alert.illegalParameter })
}

const ALL_FORMS = [EcPointFormat.uncompressed, EcPointFormat.compressedPrime, EcPointFormat.compressedChar2]
