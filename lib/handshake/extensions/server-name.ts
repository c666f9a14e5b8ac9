import { EMPTY } from '../../base/bytes.ts'
import { serverName as wire } from '../../wire/extensions/server-name.ts'
import type { ExtensionRow } from './row.ts'

/** RFC 6066 section 3. The server's application judges the name in its turn, so that it may change the certificates. */
export const serverName: ExtensionRow = {
  type: wire.type,

  offer({ config }) {
    return config.serverName === null ? null : wire.writeClient(config.serverName)
  },

  offered({ agreed }, body) {
    agreed.serverName = wire.readClient(body)
  },

  answer({ agreed }) {
    return agreed.serverNameAcknowledged ? EMPTY : null
  },

  answered({ agreed, config }, body) {
    wire.readServer(body)
    agreed.serverName = config.serverName
    agreed.serverNameAcknowledged = true
  },
}
