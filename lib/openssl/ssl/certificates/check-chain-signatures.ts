import { type SignatureScheme, schemeById } from '../../../crypto/signatures.ts'
import { enabledSchemes, sharedSchemes } from '../../../handshake/negotiation/signature.ts'
import { TLS1_2_VERSION } from '../../constants/prov-ssl.ts'
import * as C from '../../constants/ssl.ts'
import type { EVP_PKEY } from '../../evp/pkey.ts'
import type { X509 } from '../../x509/x509.ts'
import { EngineConfig } from '../engine/engine-config.ts'
import type { SSL } from '../ssl.ts'
import { SSL_version } from '../versions.ts'

/**
 * The part of SSL_check_chain that is about signatures, from TLS 1.2 on: CERT_PKEY_EE_SIGNATURE and CERT_PKEY_CA_SIGNATURE when
 * the certificates are signed as the peer can check it, CERT_PKEY_SIGN and CERT_PKEY_EXPLICIT_SIGN when it can check what the key
 * signs (tls1_check_chain). Below, and in DTLS, whose versions libssl does not know there, all of them.
 */
export function judgeSignatures(ssl: SSL, leaf: X509, key: EVP_PKEY, issuers: readonly X509[]): number {
  if (ssl.method.datagram || SSL_version(ssl) < TLS1_2_VERSION) return ALL
  const { accepted, sign } = wanted(ssl, key)
  if (accepted === 'none') return sign
  const fits = (x: X509): boolean => accepted === 'any' || accepted.some(scheme => isSignedWith(x, scheme))
  return sign | (fits(leaf) ? C.CERT_PKEY_EE_SIGNATURE : 0) | (issuers.every(fits) ? C.CERT_PKEY_CA_SIGNATURE : 0)
}

interface Wanted {
  /** The schemes that a certificate may be signed with. */
  readonly accepted: readonly SignatureScheme[] | 'any' | 'none'
  /** CERT_PKEY_SIGN and CERT_PKEY_EXPLICIT_SIGN. */
  readonly sign: number
}

function wanted(ssl: SSL, { type }: EVP_PKEY): Wanted {
  const negotiated = ssl.connection?.negotiated
  const theirs = (ssl.isServer ? negotiated?.peer.signatureSchemes : ssl.certificateRequest?.signatureSchemes) ?? null
  if (negotiated !== undefined && theirs !== null) {
    const shared = [...sharedSchemes(negotiated, theirs)]
    const explicit = shared.some(scheme => scheme.keyType === type)
    return { accepted: shared, sign: explicit ? C.CERT_PKEY_SIGN | C.CERT_PKEY_EXPLICIT_SIGN : 0 }
  }
  // RFC 5246 section 7.4.1.4.1: who does not say takes SHA-1.
  const id = DEFAULTS.get(type)
  const scheme = id === undefined ? undefined : schemeById(id)
  if (id === undefined || scheme === undefined) return { accepted: 'any', sign: 0 }
  const own = enabledSchemes(negotiated?.config ?? new EngineConfig(ssl, 'server'), ssl.settings.signatureSchemes ?? [])
  const sign = negotiated !== undefined && own.includes(id) ? C.CERT_PKEY_SIGN : 0
  const unset = ssl.settings.signatureSchemes === null
  return { accepted: unset || own.includes(id) ? [scheme] : 'none', sign }
}

/** libssl's table knows no such signatures of RSA-PSS and Edwards keys: they never fit. */
function isSignedWith(x: X509, { keyType, hash, pss }: SignatureScheme): boolean {
  const used = x.certificate?.scheme ?? null
  if (used === null || used.pss !== null || used.digest === null || pss) return false
  return used.key === keyType && used.digest.name === hash
}

const ALL = C.CERT_PKEY_EE_SIGNATURE | C.CERT_PKEY_CA_SIGNATURE | C.CERT_PKEY_SIGN | C.CERT_PKEY_EXPLICIT_SIGN

/** RSA and ECDSA with SHA-1. */
const DEFAULTS: ReadonlyMap<string, number> = new Map([
  ['rsa', 0x0201],
  ['ec', 0x0203],
])
