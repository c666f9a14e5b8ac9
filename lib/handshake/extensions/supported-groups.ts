import { supportedGroups as wire } from '../../wire/extensions/supported-groups.ts'
import { enabledGroups } from '../negotiation/group.ts'
import { offersEllipticCurves } from '../negotiation/suite.ts'
import type { ExtensionRow } from './row.ts'

/** RFC 8422 section 5.1.1. */
export const supportedGroups: ExtensionRow = {
  type: wire.type,

  offer(handshake) {
    const groups = enabledGroups(handshake.config)
    return offersEllipticCurves(handshake) && groups.length > 0 ? wire.writeClient(groups) : null
  },

  offered({ peer }, body) {
    peer.groups = wire.readClient(body)
  },

  /** Some servers send it although they must not; it says nothing (RFC 8422 section 5.2, and libssl lets it pass too). */
  answered(_handshake, body) {
    wire.readClient(body)
  },
}
