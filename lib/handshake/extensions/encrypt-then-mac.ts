import { EMPTY } from '../../base/bytes.ts'
import { encryptThenMac as wire } from '../../wire/extensions/encrypt-then-mac.ts'
import { isCbc } from '../negotiation/exchange.ts'
import type { ExtensionRow } from './row.ts'

/** RFC 7366: means something to CBC suites only; a server answers for no other (section 3). */
export const encryptThenMac: ExtensionRow = {
  type: wire.type,

  offer({ config }) {
    return config.encryptThenMac ? EMPTY : null
  },

  offered({ agreed, config }, body) {
    wire.readClient(body)
    agreed.encryptThenMac = config.encryptThenMac
  },

  answer({ agreed, suite }) {
    agreed.encryptThenMac = agreed.encryptThenMac && isCbc(suite)
    return agreed.encryptThenMac ? EMPTY : null
  },

  answered({ agreed, suite }, body) {
    wire.readServer(body)
    agreed.encryptThenMac = isCbc(suite)
  },
}
