import { Alert } from '../../base/alert.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import { type Authentication, type CipherSuite, suiteById } from '../../crypto/suites.ts'
import type { ProtocolVersion } from '../../wire/version.ts'
import type { HandshakeConfig } from '../config.ts'
import type { HandshakeContext } from '../context.ts'
import { credentialFor } from './credential.ts'
import { exchangeOf, isSigned, needsCertificate, usesPsk } from './exchange.ts'
import { sharedGroup } from './group.ts'
import { signingKinds } from './signature.ts'
import { enabledVersions } from './version.ts'

/** Client: the suites to offer, the same ones whenever a handshake asks. */
export function offeredSuites(handshake: HandshakeContext): readonly CipherSuite[] {
  handshake.offeredSuites ??= enabledSuites(handshake.config)
  return handshake.offeredSuites
}

/** Client: the suite of a ServerHello must be one that was offered and fits the version. */
export function acceptSuite(handshake: HandshakeContext, id: number): CipherSuite {
  const suite = suiteById(id)
  if (suite === undefined) throw new ProtocolFailure('unknown-cipher-returned')
  const offered = offeredSuites(handshake).includes(suite)
  if (!offered || !fits(suite, handshake.version) || !permitted(handshake.config, 'cipher-check', suite)) {
    throw new ProtocolFailure('wrong-cipher-returned')
  }
  return suite
}

/** Server: the first suite that both sides have and that this server's keys, groups and callbacks can serve. */
export function chooseSuite(handshake: HandshakeContext): CipherSuite {
  const { config, peer, version } = handshake
  const theirs = [...new Set(peer.cipherSuites)].flatMap(id => suiteById(id) ?? [])
  const [first, second] = config.serverPreference ? [ownSuites(config, theirs[0]), theirs] : [theirs, config.suites]
  const servable = servableBy(handshake)
  const chosen = first.find(
    suite =>
      second.includes(suite) &&
      fits(suite, version) &&
      allowed(config, suite) &&
      servable(suite) &&
      permitted(config, 'cipher-shared', suite),
  )
  if (chosen === undefined) throw new ProtocolFailure('no-shared-cipher', { alert: Alert.handshakeFailure })
  return chosen
}

/** A server that could not speak its newest version does not wait for a hello (libssl's tls_setup_handshake). */
export function requireSuiteFor({ suites }: HandshakeConfig, version: ProtocolVersion): void {
  if (!suites.some(suite => fits(suite, version))) throw noCiphersAvailable(Alert.handshakeFailure)
}

export function noCiphersAvailable(alert: number): ProtocolFailure {
  return new ProtocolFailure('no-ciphers-available', {
    alert,
    detail: 'No ciphers enabled for max supported SSL/TLS version',
  })
}

export function offersEllipticCurves(handshake: HandshakeContext): boolean {
  return offeredSuites(handshake).some(suite => exchangeOf(suite) === 'ecdhe' || suite.authentication === 'ecdsa')
}

/** The server's order: a client without AES instructions says so by its first suite. */
function ownSuites(config: HandshakeConfig, wanted: CipherSuite | undefined): readonly CipherSuite[] {
  if (!config.prefersChaCha || config.curveBoundSchemes || wanted === undefined || !isChaCha(wanted))
    return config.suites
  return [...config.suites.filter(isChaCha), ...config.suites.filter(suite => !isChaCha(suite))]
}

function isChaCha({ cipher }: CipherSuite): boolean {
  return cipher === 'chacha20-poly1305'
}

function enabledSuites(config: HandshakeConfig): CipherSuite[] {
  const versions = enabledVersions(config)
  const checkable = checkableKinds(config)
  return config.suites.filter(
    suite =>
      versions.some(version => fits(suite, version)) &&
      allowed(config, suite) &&
      checkable.has(suite.authentication) &&
      permitted(config, 'cipher-supported', suite),
  )
}

function fits(suite: CipherSuite, version: ProtocolVersion): boolean {
  return suite.minTls <= version.tls
}

function allowed(config: HandshakeConfig, suite: CipherSuite): boolean {
  return suite.available && (config.psk || !usesPsk(suite))
}

/** A kind of key for whose signatures this client has no scheme is not asked for, not even for RSA key transport. */
function checkableKinds(config: HandshakeConfig): ReadonlySet<Authentication> {
  return new Set<Authentication>(['psk', 'none', ...signingKinds(config, config.signatureSchemes)])
}

function permitted(
  config: HandshakeConfig,
  question: 'cipher-supported' | 'cipher-shared' | 'cipher-check',
  suite: CipherSuite,
): boolean {
  return config.permits(question, suite.strengthBits, suite.id, suite)
}

/** Whether this side can serve a suite. What the client's lists decide is asked once, since the client chose their length. */
function servableBy(handshake: HandshakeContext): (suite: CipherSuite) => boolean {
  const group = sharedGroup(handshake) !== null
  const certificates = new Map<string, boolean>()
  const certified = (suite: CipherSuite): boolean => {
    const kind = `${suite.authentication} ${isSigned(suite)}`
    const known = certificates.get(kind) ?? credentialFor(handshake, suite) !== null
    certificates.set(kind, known)
    return known
  }
  return suite => {
    const exchange = exchangeOf(suite)
    if (exchange === 'ecdhe' && !group) return false
    if (exchange === 'dhe' && handshake.config.dhParameters === null) return false
    return !needsCertificate(suite) || certified(suite)
  }
}
