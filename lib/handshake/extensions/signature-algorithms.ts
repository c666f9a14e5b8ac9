import { signatureAlgorithms as wire } from '../../wire/extensions/signature-algorithms.ts'
import { enabledSchemes } from '../negotiation/signature.ts'
import type { ExtensionRow } from './row.ts'

/** RFC 5246 section 7.4.1.4.1: offered when version 1.2 is among what the client offers. */
export const signatureAlgorithms: ExtensionRow = {
  type: wire.type,

  offer({ config }) {
    const schemes = enabledSchemes(config, config.signatureSchemes)
    const wanted = config.versions.some(version => version.signatureAlgorithms)
    return wanted && schemes.length > 0 ? wire.writeClient(schemes) : null
  },

  offered({ peer }, body) {
    peer.signatureSchemes = wire.readClient(body)
  },
}
