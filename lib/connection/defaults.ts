import { automaticDh } from '../crypto/dh.ts'
import { SCHEMES } from '../crypto/signatures.ts'
import { type CipherSuite, SUITES } from '../crypto/suites.ts'
import type { HandshakeConfig } from '../handshake/config.ts'
import { NO_SESSIONS } from '../session/policy.ts'
import { MAX_PLAINTEXT } from '../wire/record.ts'
import { DTLS_1_0, DTLS_1_2, TLS_1_0 } from '../wire/version.ts'

/**
 * A configuration for a program that drives the engine itself: DTLS 1.2, today's suites, groups and signatures, no
 * credentials, no PSK, no sessions, and a peer that is refused until `verifyPeer` says otherwise. `overrides` replaces any
 * part; the record version of a first hello follows the `versions`, datagrams or streams.
 *
 * @example
 * const config = defaultConfig('client', { verifyPeer: chain => check(chain), pathMtu: () => 1400 })
 */
export function defaultConfig(role: 'client' | 'server', overrides: Partial<HandshakeConfig> = {}): HandshakeConfig {
  return {
    role,
    versions: [DTLS_1_2],
    fixedVersion: false,
    firstRecordVersion: overrides.versions?.some(version => !version.datagram) ? TLS_1_0.wire : DTLS_1_0.wire,
    suites: SUITES.filter(isModern),
    serverPreference: false,
    prefersChaCha: false,
    curveBoundSchemes: false,
    groups: [29, 23, 30, 25, 24],
    signatureSchemes: SCHEMES.filter(
      scheme => scheme.securityBits >= MIN_SECURITY_BITS && scheme.keyType !== 'dsa',
    ).map(scheme => scheme.id),
    clientSignatureSchemes: null,
    credentials: [],
    permits: () => true,
    extendedMasterSecret: true,
    encryptThenMac: true,
    fallback: false,
    padding: false,
    legacyServerConnect: false,
    peerMayRenegotiate: false,
    unsafeRenegotiation: false,
    resumptionOnRenegotiation: true,
    heartbeat: null,
    maxFragmentLength: 0,
    maxSendFragment: MAX_PLAINTEXT,
    serverName: null,
    alpn: [],
    maxCertificateList: 102400,
    dhParameters: automaticDh,
    pskHint: null,
    psk: false,
    clientAuthentication: 'none',
    certificateTypes: null,
    certificateAuthorities: [],
    cookie: null,
    sessions: NO_SESSIONS,
    onClientHello: () => null,
    onServerName: () => 'not-acknowledged',
    onCertificate: () => true,
    onAlpn: () => 'none',
    clientCredential: () => null,
    verifyPeer: () => ({ accepted: false, alert: UNKNOWN_CA }),
    clientPsk: () => null,
    serverPsk: () => null,
    splitSendFragment: MAX_PLAINTEXT,
    emptyRecords: true,
    timer: { initial: 1000, max: 60_000, choose: null },
    pathMtu: () => 1200,
    ...overrides,
  }
}

function isModern(suite: CipherSuite): boolean {
  return suite.available && !suite.notDefault && suite.authentication !== 'none' && suite.mac === 'aead'
}

const MIN_SECURITY_BITS = 112
const UNKNOWN_CA = 48
