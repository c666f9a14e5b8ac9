import { ProtocolFailure } from '../../base/failure.ts'
import { Reader, readU16List } from '../reader.ts'
import { ExtensionType } from '../registry.ts'
import { u16List, Writer } from '../writer.ts'

/** What a client offers. */
export interface SrtpOffer {
  /** Protection profiles, best first, at least one. */
  profiles: number[]
  /** Master key identifier, 0 to 255 bytes. */
  mki: Uint8Array
}

/** What a server takes: one of the profiles, and the client's identifier or none. */
export interface SrtpAnswer {
  profile: number
  mki: Uint8Array
}

/** RFC 5764 section 4.1.1. */
export const useSrtp = {
  type: ExtensionType.useSrtp,

  readClient(body: Uint8Array): SrtpOffer {
    const reader = new Reader(body, 'bad-srtp-profiles', 'bad-srtp-mki')
    const profiles = readU16List(reader.nested16(2))
    return { profiles, mki: readMki(reader) }
  },

  writeClient({ profiles, mki }: SrtpOffer): Uint8Array {
    return new Writer().vector16(u16List(profiles), 2).vector8(mki).finish()
  },

  readServer(body: Uint8Array): SrtpAnswer {
    const reader = new Reader(body, 'bad-srtp-profiles', 'bad-srtp-profiles')
    const answer = { profile: reader.nested16(2, 2).u16(), mki: reader.vector8() }
    reader.expectEnd()
    return answer
  },

  writeServer({ profile, mki }: SrtpAnswer): Uint8Array {
    return new Writer()
      .vector16(u16List([profile]))
      .vector8(mki)
      .finish()
  },
}

/** The identifier ends the body; a length that says otherwise is the identifier's fault, as in OpenSSL. */
function readMki(reader: Reader): Uint8Array {
  const length = reader.u8()
  if (length !== reader.remaining) throw new ProtocolFailure('bad-srtp-mki')
  return reader.rest()
}
