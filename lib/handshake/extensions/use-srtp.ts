import { Alert } from '../../base/alert.ts'
import { EMPTY } from '../../base/bytes.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import { useSrtp as wire } from '../../wire/extensions/use-srtp.ts'
import type { ExtensionRow } from './row.ts'

/**
 * RFC 5764 section 4.1: which SRTP profile the keys are for that the application exports. The server's order decides.
 * No master key identifier is offered; a client's is read and left out of the answer, as the RFC allows.
 */
export const useSrtp: ExtensionRow = {
  type: wire.type,

  offer({ config, link }) {
    const profiles = config.srtpProfiles ?? []
    return link.datagram && profiles.length > 0 ? wire.writeClient({ profiles: [...profiles], mki: EMPTY }) : null
  },

  offered({ agreed, config, link }, body) {
    const own = config.srtpProfiles ?? []
    if (!link.datagram || own.length === 0) return
    const { profiles } = wire.readClient(body)
    agreed.srtpProfile = own.find(profile => profiles.includes(profile)) ?? null
  },

  answer({ agreed }) {
    return agreed.srtpProfile === null ? null : wire.writeServer({ profile: agreed.srtpProfile, mki: EMPTY })
  },

  answered({ agreed, config }, body) {
    const { profile, mki } = wire.readServer(body)
    // RFC 5764 section 4.1.3: the server may only repeat the client's identifier, and there was none.
    if (mki.length > 0) throw new ProtocolFailure('bad-srtp-mki', { alert: Alert.illegalParameter })
    if (config.srtpProfiles?.includes(profile) !== true) throw new ProtocolFailure('bad-srtp-profiles')
    agreed.srtpProfile = profile
  },
}
