import { equal } from '../../base/bytes.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import { alpn as wire } from '../../wire/extensions/alpn.ts'
import type { ExtensionRow } from './row.ts'

/** RFC 7301. The server's application chooses once the suite is known. */
export const alpn: ExtensionRow = {
  type: wire.type,

  offer({ config, previous }) {
    return previous === null && config.alpn.length > 0 ? wire.writeClient(config.alpn) : null
  },

  offered({ peer, previous }, body) {
    const offered = wire.readClient(body)
    // What is spoken does not change in the middle (RFC 7301 section 3.1).
    if (previous === null) peer.alpn = offered
  },

  answer({ agreed, previous }) {
    return agreed.alpn === null || previous !== null ? null : wire.writeServer(agreed.alpn)
  },

  answered({ agreed, config }, body) {
    const chosen = wire.readServer(body)
    // RFC 7301 section 3.2: a server may only choose what was offered.
    if (!config.alpn.some(name => equal(name, chosen))) throw new ProtocolFailure('bad-alpn')
    agreed.alpn = chosen.slice()
  },
}
