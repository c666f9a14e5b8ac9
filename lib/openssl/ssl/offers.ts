import type { ProtocolVersion } from '../../wire/version.ts'
import { DTLS_1_0 } from '../../wire/version.ts'
import { SSL_OP_NO_DTLSv1, SSL_OP_NO_DTLSv1_2 } from '../constants/ssl.ts'
import { DEFAULT_GROUPS } from './lists/groups.ts'
import { defaultSignatureAlgorithms } from './lists/signature-algorithms.ts'
import type { Owner } from './owner.ts'
import type { Settings } from './settings.ts'

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

function isEnabled({ wire }: ProtocolVersion, { minVersion, maxVersion, options }: Settings): boolean {
  const off = wire === DTLS_1_0.wire ? SSL_OP_NO_DTLSv1 : SSL_OP_NO_DTLSv1_2
  // DTLS numbers run backwards.
  return (options & off) === 0 && (minVersion === 0 || wire <= minVersion) && (maxVersion === 0 || wire >= maxVersion)
}

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
