import { EMPTY } from '../../base/bytes.ts'
import { extendedMasterSecret as wire } from '../../wire/extensions/extended-master-secret.ts'
import type { ExtensionRow } from './row.ts'

/** RFC 7627. */
export const extendedMasterSecret: ExtensionRow = {
  type: wire.type,

  offer({ config }) {
    return config.extendedMasterSecret ? EMPTY : null
  },

  offered({ agreed, config }, body) {
    wire.readClient(body)
    agreed.extendedMasterSecret = config.extendedMasterSecret
  },

  answer({ agreed }) {
    return agreed.extendedMasterSecret ? EMPTY : null
  },

  answered({ agreed }, body) {
    wire.readServer(body)
    agreed.extendedMasterSecret = true
  },
}
