import { Alert } from '../../base/alert.ts'
import { equal, fromHex } from '../../base/bytes.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import type { ClientHello } from '../../wire/messages/client-hello.ts'
import { Scsv } from '../../wire/registry.ts'
import { compareVersions, type ProtocolVersion, TLS_1_0 } from '../../wire/version.ts'
import type { HandshakeConfig } from '../config.ts'
import type { HandshakeContext } from '../context.ts'

/** The newest version that both sides speak (RFC 5246 appendix E.1). DTLS numbers run backwards. */
export function chooseServerVersion(
  { config, previous }: HandshakeContext,
  { version: offered, cipherSuites }: ClientHello,
): ProtocolVersion {
  const enabled = enabledVersions(config)
  const chosen = previous?.version ?? enabled.find(version => reaches(offered, version))
  if (chosen === undefined) throw noVersion(config, offered)
  // Records of another version could not be told from the present ones: a renegotiation keeps to it.
  if (!reaches(offered, chosen)) throw new ProtocolFailure('wrong-version')
  const newest = enabled[0]
  // RFC 7507 section 3: the client says that it fell back, and need not have.
  if (cipherSuites.includes(Scsv.fallback) && newest !== undefined && compareVersions(newest, chosen) > 0) {
    throw new ProtocolFailure('inappropriate-fallback')
  }
  return chosen
}

/** The version of a ServerHello must be one that the client offered. */
export function acceptServerVersion({ config, previous }: HandshakeContext, wire: number): ProtocolVersion {
  if (previous !== null) {
    if (wire !== previous.version.wire) throw new ProtocolFailure('wrong-version')
    return previous.version
  }
  const version = enabledVersions(config).find(enabled => enabled.wire === wire)
  if (version === undefined) throw new ProtocolFailure(config.fixedVersion ? 'wrong-version' : 'unsupported-protocol')
  return version
}

/** Neither side begins a handshake that no version is left for. */
export function newestEnabled(config: HandshakeConfig): ProtocolVersion {
  const [newest] = enabledVersions(config)
  if (newest === undefined) throw new ProtocolFailure('no-protocols-available')
  return newest
}

export function enabledVersions(config: HandshakeConfig): readonly ProtocolVersion[] {
  return config.versions.filter(version => config.permits('version', 0, version.wire))
}

/** RFC 8446 section 4.1.3: a server that could do better says so in the last 8 bytes of its random. */
export function markDowngrade(config: HandshakeConfig, chosen: ProtocolVersion, random: Uint8Array): void {
  if (chosen.tls < NEWEST_WITHOUT_MARK && enabledVersions(config).some(version => version.tls >= NEWEST_WITHOUT_MARK)) {
    random.set(DOWNGRADE, random.length - DOWNGRADE.length)
  }
}

export function refuseDowngrade(config: HandshakeConfig, chosen: ProtocolVersion, random: Uint8Array): void {
  const better = enabledVersions(config).some(version => version.tls > chosen.tls)
  if (chosen.tls < NEWEST_WITHOUT_MARK && better && equal(random.subarray(-DOWNGRADE.length), DOWNGRADE)) {
    throw new ProtocolFailure('inappropriate-fallback', { alert: Alert.illegalParameter })
  }
}

/** A client may name any newer version, of whatever major number (RFC 5246 appendix E.1). */
function reaches(offered: number, version: ProtocolVersion): boolean {
  if (!version.datagram) return offered >= version.wire
  // DTLS counts in complements: a number without the highest bit is one of TLS.
  return offered <= version.wire && offered >= 0x8000
}

/** In libssl's words, which differ between streams and datagrams. */
function noVersion(config: HandshakeConfig, offered: number): ProtocolFailure {
  const stream = config.versions.some(version => !version.datagram)
  if (!stream) return new ProtocolFailure(config.fixedVersion ? 'version-too-low' : 'unsupported-protocol')
  if (config.fixedVersion) return new ProtocolFailure('wrong-version')
  if (offered >= TLS_1_0.wire) return new ProtocolFailure('unsupported-protocol')
  // SSL 3 does not know the alert of today.
  return new ProtocolFailure('version-too-low', offered === SSL_3 ? { alert: Alert.handshakeFailure } : {})
}

const SSL_3 = 0x0300
const NEWEST_WITHOUT_MARK = 0x0303
const DOWNGRADE = fromHex('444f574e47524400')
