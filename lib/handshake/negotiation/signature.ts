import type { KeyObject } from 'node:crypto'
import { ProtocolFailure } from '../../base/failure.ts'
import {
  curveOf,
  keyTypeOf,
  LEGACY_ECDSA,
  LEGACY_RSA,
  type SignatureScheme,
  schemeById,
  usable,
} from '../../crypto/signatures.ts'
import type { HandshakeConfig } from '../config.ts'
import type { HandshakeContext } from '../context.ts'
import { enabledGroups } from './group.ts'

/** How certificates prove their keys: what suites and certificate requests name. */
export type SigningKind = 'rsa' | 'dss' | 'ecdsa'

/** The schemes of a list that exist here and that the security level allows. */
export function enabledSchemes(config: HandshakeConfig, list: readonly number[]): number[] {
  return list.filter(id => {
    const scheme = schemeById(id)
    return scheme !== undefined && config.permits('signature-supported', scheme.securityBits, id)
  })
}

/** The kinds of key that a list has an allowed scheme for (OpenSSL's ssl_set_sig_mask). */
export function signingKinds(config: HandshakeConfig, list: readonly number[]): Set<SigningKind> {
  const kinds = new Set<SigningKind>()
  for (const id of list) {
    const scheme = schemeById(id)
    if (scheme !== undefined && config.permits('signature-mask', scheme.securityBits, id)) kinds.add(kindOf(scheme))
  }
  return kinds
}

/** The scheme that this side signs with, or null when the key and the peer's list have none in common. */
export function chooseScheme(
  handshake: HandshakeContext,
  key: KeyObject,
  theirs: readonly number[] | null,
): SignatureScheme | null {
  const { config, version } = handshake
  if (!version.signatureAlgorithms) return legacyScheme(config, key)
  for (const scheme of sharedSchemes(handshake, theirs)) if (mayUse(config, scheme, key)) return scheme
  return null
}

/** The schemes that both sides have and that the security level allows, the best first. */
export function* sharedSchemes(
  { config }: HandshakeContext,
  theirs: readonly number[] | null,
): Generator<SignatureScheme, void> {
  const own = enabledSchemes(config, config.role === 'client' ? clientSchemes(config) : config.signatureSchemes)
  const peer = theirs ?? SHA1_DEFAULTS
  const [first, second] = config.role === 'server' && config.serverPreference ? [own, peer] : [peer, own]
  for (const id of first) {
    const scheme = second.includes(id) ? schemeById(id) : undefined
    if (scheme !== undefined && config.permits('signature-shared', scheme.securityBits, id)) yield scheme
  }
}

/**
 * Server: who says which schemes it can check, and can check none of ours, is refused whatever the suite, as in OpenSSL
 * (tls1_set_server_sigalgs).
 */
export function requireSharedScheme(handshake: HandshakeContext): void {
  const { signatureSchemes } = handshake.peer
  if (signatureSchemes !== null && sharedSchemes(handshake, signatureSchemes).next().done)
    throw new ProtocolFailure('no-shared-signature-algorithms')
}

export function mayUse(config: HandshakeConfig, scheme: SignatureScheme, key: KeyObject): boolean {
  return usable(scheme, key) && (!config.curveBoundSchemes || scheme.curve === null || scheme.curve === curveOf(key))
}

/** The scheme that a peer signed with: it must fit the key, have been offered, and be allowed (RFC 5246 section 7.4.3). */
export function acceptScheme(handshake: HandshakeContext, key: KeyObject, id: number | null): SignatureScheme {
  const { config, version } = handshake
  requireCurve(handshake, key)
  if (!version.signatureAlgorithms || id === null) {
    const scheme = legacyScheme(config, key)
    if (scheme === null) throw new ProtocolFailure('legacy-signature-disallowed')
    return scheme
  }
  const asked = config.role === 'server' ? clientSchemes(config) : config.signatureSchemes
  const scheme = enabledSchemes(config, asked).includes(id) ? schemeById(id) : undefined
  if (scheme === undefined || !usable(scheme, key)) throw new ProtocolFailure('wrong-signature-type')
  if (!mayUse(config, scheme, key)) throw new ProtocolFailure('wrong-curve')
  if (!config.permits('signature-check', scheme.securityBits, id)) throw new ProtocolFailure('wrong-signature-type')
  return scheme
}

/** The schemes for the signatures of clients, whichever side this is. */
export function clientSchemes(config: HandshakeConfig): readonly number[] {
  return config.clientSignatureSchemes ?? config.signatureSchemes
}

/** RFC 8422 section 5.1.1: the groups that were offered are also the curves that keys in certificates may be on. */
function requireCurve({ config, peer }: HandshakeContext, key: KeyObject): void {
  if (keyTypeOf(key) !== 'ec') return
  const curve = curveOf(key)
  const own = curve !== null && enabledGroups(config).includes(curve)
  const theirs = config.role === 'client' || peer.groups === null || (curve !== null && peer.groups.includes(curve))
  if (!own || !theirs) throw new ProtocolFailure('wrong-curve')
}

/** Below version 1.2 the key alone says how (RFC 4346 section 7.4.3): MD5 with SHA-1 for RSA, SHA-1 for ECDSA. */
function legacyScheme(config: HandshakeConfig, key: KeyObject): SignatureScheme | null {
  const type = keyTypeOf(key)
  const scheme = type === 'rsa' ? LEGACY_RSA : type === 'ec' ? LEGACY_ECDSA : null
  if (scheme === null || !config.permits('signature-supported', scheme.securityBits, scheme.id)) return null
  return scheme
}

/** ECDSA stands for the Edwards curves too (RFC 8422 section 5.5). */
function kindOf({ keyType }: SignatureScheme): SigningKind {
  if (keyType === 'rsa' || keyType === 'rsa-pss') return 'rsa'
  return keyType === 'dsa' ? 'dss' : 'ecdsa'
}

/** RFC 5246 section 7.4.1.4.1: what a client accepts that does not say. */
const SHA1_DEFAULTS = [0x0201, 0x0203]
