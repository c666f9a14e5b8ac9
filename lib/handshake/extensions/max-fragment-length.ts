import { Alert } from '../../base/alert.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import { lengthOf, maxFragmentLength as wire } from '../../wire/extensions/max-fragment-length.ts'
import type { ExtensionRow } from './row.ts'

/** RFC 6066 section 4. A server grants what is asked. */
export const maxFragmentLength: ExtensionRow = {
  type: wire.type,

  offer({ config }) {
    return config.maxFragmentLength === 0 ? null : wire.writeClient(config.maxFragmentLength)
  },

  offered({ agreed }, body) {
    agreed.maxFragmentLength = wire.readClient(body)
  },

  answer({ agreed, link }) {
    if (agreed.maxFragmentLength === 0) return null
    link.setMaxPlaintext(lengthOf(agreed.maxFragmentLength))
    return wire.writeServer(agreed.maxFragmentLength)
  },

  answered({ agreed, config, link }, body) {
    if (wire.readServer(body) !== config.maxFragmentLength) {
      throw new ProtocolFailure('bad-max-fragment-length', { alert: Alert.illegalParameter })
    }
    agreed.maxFragmentLength = config.maxFragmentLength
    link.setMaxPlaintext(lengthOf(agreed.maxFragmentLength))
  },
}
