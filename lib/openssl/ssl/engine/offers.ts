import { DTLS_1_0, DTLS_1_2, type ProtocolVersion, TLS_1_0, TLS_1_1, TLS_1_2 } from '../../../wire/version.ts'
import {
  SSL_OP_NO_DTLSv1,
  SSL_OP_NO_DTLSv1_2,
  SSL_OP_NO_TLSv1,
  SSL_OP_NO_TLSv1_1,
  SSL_OP_NO_TLSv1_2,
} from '../../constants/ssl.ts'
import { DEFAULT_GROUPS } from '../algorithms/lists/groups.ts'
import { defaultSignatureAlgorithms } from '../algorithms/lists/signature-algorithms.ts'
import type { Owner } from '../owner.ts'
import type { Settings } from '../settings.ts'

/** The versions of the method that options and bounds leave, newest first; a method of one version has just that one. */
export function versionsOf({ method, settings }: Owner): readonly ProtocolVersion[] {
  return method.versions.filter(version => !method.flexible || isEnabled(version, settings))
}

/** The groups to offer, in order; Suite B (RFC 6460) has its own. */
export function groupsOf({ suiteB, groups }: Settings): readonly number[] {
  return SUITE_B_GROUPS.get(suiteB) ?? groups ?? DEFAULT_GROUPS
}

/** The signature schemes to offer, in order; Suite B has its own. */
export function schemesOf({ suiteB, signatureSchemes, securityLevel }: Settings): readonly number[] {
  return SUITE_B_SCHEMES.get(suiteB) ?? signatureSchemes ?? defaultSignatureAlgorithms(securityLevel)
}

/**
 * What a client offers: a ClientHello names the newest of a range, so that of versions with a hole between them only those below
 * the hole are left (libssl's ssl_get_min_max_version).
 */
export function offeredVersions(owner: Owner): readonly ProtocolVersion[] {
  const enabled = versionsOf(owner)
  const all = owner.method.versions
  const lowest = all.findLastIndex(version => enabled.includes(version))
  const hole = all.findLastIndex((version, index) => index < lowest && !enabled.includes(version))
  return all.slice(hole + 1, lowest + 1)
}

function isEnabled(version: ProtocolVersion, { minVersion, maxVersion, options }: Settings): boolean {
  const off = (options & (OFF.get(version) ?? 0)) !== 0
  return (
    !off &&
    ordinal(version.wire) >= ordinal(minVersion) &&
    (maxVersion === 0 || ordinal(version.wire) <= ordinal(maxVersion))
  )
}

/** Older is less: DTLS numbers run backwards. */
function ordinal(wire: number): number {
  return wire >> 8 === DTLS_1_0.wire >> 8 ? 0xffff - wire : wire
}

const OFF: ReadonlyMap<ProtocolVersion, number> = new Map([
  [DTLS_1_0, SSL_OP_NO_DTLSv1],
  [DTLS_1_2, SSL_OP_NO_DTLSv1_2],
  [TLS_1_0, SSL_OP_NO_TLSv1],
  [TLS_1_1, SSL_OP_NO_TLSv1_1],
  [TLS_1_2, SSL_OP_NO_TLSv1_2],
])

const P256 = 23
const P384 = 24
const ECDSA_SHA256 = 0x0403
const ECDSA_SHA384 = 0x0503

/** By the SSL_CERT_FLAG_SUITEB_* flags: 128 bits only, 192 bits, both. */
const SUITE_B_GROUPS: ReadonlyMap<number, readonly number[]> = new Map([
  [0x10000, [P256]],
  [0x20000, [P384]],
  [0x30000, [P256, P384]],
])
const SUITE_B_SCHEMES: ReadonlyMap<number, readonly number[]> = new Map([
  [0x10000, [ECDSA_SHA256]],
  [0x20000, [ECDSA_SHA384]],
  [0x30000, [ECDSA_SHA256, ECDSA_SHA384]],
])
