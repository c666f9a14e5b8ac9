import { requireString } from '../../boundary.ts'
import * as P from '../../constants/srtp.ts'
import {
  SSL_R_BAD_SRTP_PROTECTION_PROFILE_LIST,
  SSL_R_SRTP_UNKNOWN_PROTECTION_PROFILE,
} from '../../constants/sslerr.ts'
import { refuse } from '../certificates/slots.ts'
import type { SSL_CTX } from '../ctx.ts'
import { liveCtx, liveSsl, type Owner } from '../owner.ts'
import type { SSL } from '../ssl.ts'

/** A way of protecting SRTP (RFC 5764 section 4.1.2): its name in lists and its number on the wire. */
export interface SRTP_PROTECTION_PROFILE {
  readonly name: string
  readonly id: number
}

/**
 * The SRTP profiles that are negotiated, best first, their names with colons between them (SSL_CTX_set_tlsext_use_srtp(3),
 * RFC 5764). The keys are then taken with SSL_export_keying_material and the label `EXTRACTOR-dtls_srtp`.
 * @param profiles - SRTP_AES128_CM_SHA1_80, SRTP_AES128_CM_SHA1_32, SRTP_AEAD_AES_128_GCM, SRTP_AEAD_AES_256_GCM
 * @returns 0 when it is done, the other way round than elsewhere; 1 with SSL_R_SRTP_UNKNOWN_PROTECTION_PROFILE, or with
 * SSL_R_BAD_SRTP_PROTECTION_PROFILE_LIST for a name that comes twice; what was set before then stays
 */
export function SSL_CTX_set_tlsext_use_srtp(ctx: SSL_CTX, profiles: string): number {
  return setProfiles(liveCtx(ctx), profiles)
}

/** SSL_CTX_set_tlsext_use_srtp for one connection. */
export function SSL_set_tlsext_use_srtp(ssl: SSL, profiles: string): number {
  return setProfiles(liveSsl(ssl), profiles)
}

/** The profiles of the connection, or those of its context when it has none; null when that has none either. */
export function SSL_get_srtp_profiles(ssl: SSL): SRTP_PROTECTION_PROFILE[] | null {
  const { srtpProfiles, ctx } = liveSsl(ssl)
  return srtpProfiles ?? ctx.srtpProfiles
}

/** The profile that both sides have agreed on; null for none. */
export function SSL_get_selected_srtp_profile(s: SSL): SRTP_PROTECTION_PROFILE | null {
  const selected = liveSsl(s).connection?.negotiated.agreed.srtpProfile
  return KNOWN.find(({ id }) => id === selected) ?? null
}

function setProfiles(owner: Owner, text: string): 0 | 1 {
  const chosen: SRTP_PROTECTION_PROFILE[] = []
  for (const name of requireString(text, 'profiles').split(':')) {
    const profile = KNOWN.find(known => known.name === name)
    const reason =
      profile === undefined ? SSL_R_SRTP_UNKNOWN_PROTECTION_PROFILE : SSL_R_BAD_SRTP_PROTECTION_PROFILE_LIST
    if (profile === undefined || chosen.includes(profile)) {
      refuse(reason)
      return 1
    }
    chosen.push(profile)
  }
  owner.srtpProfiles = chosen
  return 0
}

const KNOWN: readonly SRTP_PROTECTION_PROFILE[] = [
  { name: 'SRTP_AES128_CM_SHA1_80', id: P.SRTP_AES128_CM_SHA1_80 },
  { name: 'SRTP_AES128_CM_SHA1_32', id: P.SRTP_AES128_CM_SHA1_32 },
  { name: 'SRTP_AEAD_AES_128_GCM', id: P.SRTP_AEAD_AES_128_GCM },
  { name: 'SRTP_AEAD_AES_256_GCM', id: P.SRTP_AEAD_AES_256_GCM },
]
