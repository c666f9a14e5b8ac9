import { EMPTY, utf8 } from '../../../base/bytes.ts'
import type {
  AlpnAnswer,
  CookieExchange,
  CustomExtension,
  HandshakeConfig,
  PskIdentity,
  SecurityPolicy,
  ServerNameAnswer,
  StatusVerdict,
} from '../../../handshake/config.ts'
import type { Suspend } from '../../../handshake/wait.ts'
import type { Credential } from '../../../pki/credential.ts'
import type { StatusRequest } from '../../../wire/extensions/status-request.ts'
import type { CertificateRequest } from '../../../wire/messages/certificate-request.ts'
import type { ClientHello } from '../../../wire/messages/client-hello.ts'
import { DTLS_1_0, type ProtocolVersion, TLS_1_0 } from '../../../wire/version.ts'
import * as C from '../../constants/ssl.ts'
import { protocolNames } from '../algorithms/lists/alpn.ts'
import { permitsQuestion } from '../algorithms/policy.ts'
import { certificateAuthoritiesOf } from '../certificates/ca-names.ts'
import { answerStatus, judgeStatus, noteStatusRequest, statusRequestOf } from '../certificates/status.ts'
import { customExtensionsOf } from '../extensions/custom-extensions.ts'
import { SSL_get_srtp_profiles } from '../extensions/srtp.ts'
import { currentMtu } from '../mtu.ts'
import { SslSessions } from '../sessions/policy.ts'
import { externalSecretOf } from '../sessions/secret.ts'
import type { SSL } from '../ssl.ts'
import { overSctp } from './association.ts'
import { credentialsOf } from './credentials.ts'
import { cookiesOf, judgeHello, judgeServerName, selectProtocol } from './hello-callbacks.ts'
import { askForCertificate, clientCredentialOf, clientPskOf, serverPskOf, temporaryDhOf } from './key-callbacks.ts'
import { groupsOf, offeredVersions, schemesOf, versionsOf } from './offers.ts'
import { verifyPeerChain } from './peer-verification.ts'

/** Shows the engine what the SSL and its context are set to, at the moment when it asks. */
export class EngineConfig implements HandshakeConfig {
  readonly role: 'client' | 'server'
  readonly sessions: SslSessions
  readonly #ssl: SSL

  constructor(ssl: SSL, role: 'client' | 'server') {
    this.#ssl = ssl
    this.role = role
    this.sessions = new SslSessions(ssl)
  }

  get versions(): readonly ProtocolVersion[] {
    return this.role === 'client' ? offeredVersions(this.#ssl) : versionsOf(this.#ssl)
  }

  get fixedVersion(): boolean {
    return !this.#ssl.method.flexible
  }

  get firstRecordVersion(): number {
    const { datagram, flexible, versions } = this.#ssl.method
    const newest = (versions[0] ?? DTLS_1_0).wire
    if (datagram) return flexible ? DTLS_1_0.wire : newest
    // There are servers that take no hello in a newer record.
    return this.role === 'client' ? TLS_1_0.wire : newest
  }

  get suites() {
    return this.#ssl.settings.suites
  }

  get serverPreference(): boolean {
    return this.#option(C.SSL_OP_CIPHER_SERVER_PREFERENCE) || this.curveBoundSchemes
  }

  get prefersChaCha(): boolean {
    return this.#option(C.SSL_OP_PRIORITIZE_CHACHA)
  }

  get curveBoundSchemes(): boolean {
    return this.#ssl.settings.suiteB !== 0
  }

  get groups(): readonly number[] {
    return groupsOf(this.#ssl.settings)
  }

  get signatureSchemes(): readonly number[] {
    return schemesOf(this.#ssl.settings)
  }

  get clientSignatureSchemes(): readonly number[] | null {
    return this.#ssl.settings.clientSignatureSchemes
  }

  get credentials(): readonly Credential[] {
    return credentialsOf(this.#ssl)
  }

  readonly permits: SecurityPolicy = (question, bits, id) => permitsQuestion(this.#ssl, question, bits, id)

  get extendedMasterSecret(): boolean {
    return !this.#option(C.SSL_OP_NO_EXTENDED_MASTER_SECRET)
  }

  get encryptThenMac(): boolean {
    return !this.#option(C.SSL_OP_NO_ENCRYPT_THEN_MAC)
  }

  get fallback(): boolean {
    return (this.#ssl.settings.mode & C.SSL_MODE_SEND_FALLBACK_SCSV) !== 0
  }

  get padding(): boolean {
    return this.#option(C.SSL_OP_TLSEXT_PADDING)
  }

  get legacyServerConnect(): boolean {
    return this.#option(C.SSL_OP_LEGACY_SERVER_CONNECT)
  }

  get peerMayRenegotiate(): boolean {
    if (this.#option(C.SSL_OP_NO_RENEGOTIATION)) return false
    return this.role === 'client' || this.#option(C.SSL_OP_ALLOW_CLIENT_RENEGOTIATION)
  }

  get unsafeRenegotiation(): boolean {
    return this.#option(C.SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION)
  }

  get resumptionOnRenegotiation(): boolean {
    return !this.#option(C.SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION)
  }

  get heartbeat(): 1 | 2 | null {
    return this.#ssl.heartbeat
  }

  get maxFragmentLength(): number {
    return this.#ssl.settings.maxFragmentLength
  }

  get maxSendFragment(): number {
    return this.#ssl.settings.maxSendFragment
  }

  get serverName(): string | null {
    return this.#ssl.serverName
  }

  get alpn(): readonly Uint8Array[] {
    return protocolNames(this.#ssl.settings.alpnProtos ?? EMPTY)
  }

  get srtpProfiles(): readonly number[] {
    return (SSL_get_srtp_profiles(this.#ssl) ?? []).map(({ id }) => id)
  }

  get statusRequest(): StatusRequest | null {
    return statusRequestOf(this.#ssl)
  }

  get maxCertificateList(): number {
    return this.#ssl.settings.maxCertList
  }

  get dhParameters() {
    return temporaryDhOf(this.#ssl)
  }

  get pskHint(): Uint8Array | null {
    const { pskIdentityHint } = this.#ssl.settings
    return pskIdentityHint === null ? null : utf8(pskIdentityHint)
  }

  get psk(): boolean {
    const { pskClientCallback, pskServerCallback } = this.#ssl.settings
    return (this.role === 'client' ? pskClientCallback : pskServerCallback) !== null
  }

  get clientAuthentication(): 'none' | 'request' | 'require' {
    const { verifyMode } = this.#ssl.settings
    if ((verifyMode & C.SSL_VERIFY_PEER) === 0) return 'none'
    if (verifyMode & C.SSL_VERIFY_CLIENT_ONCE && this.#ssl.certificateRequests > 0) return 'none'
    return (verifyMode & C.SSL_VERIFY_FAIL_IF_NO_PEER_CERT) === 0 ? 'request' : 'require'
  }

  get certificateTypes(): readonly number[] | null {
    return this.#ssl.settings.certificateTypes
  }

  get certificateAuthorities(): readonly Uint8Array[] {
    return certificateAuthoritiesOf(this.#ssl)
  }

  get cookie(): CookieExchange | null {
    // An association has shown already that the peer is where it says (RFC 6083 section 3.3).
    return this.#option(C.SSL_OP_COOKIE_EXCHANGE) && !overSctp(this.#ssl) ? cookiesOf(this.#ssl) : null
  }

  get splitSendFragment(): number {
    return this.#ssl.settings.splitSendFragment
  }

  get emptyRecords(): boolean {
    return !this.#option(C.SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS)
  }

  get timer() {
    const { timerCallback } = this.#ssl.settings
    const choose = timerCallback === null ? null : (microseconds: number) => timerCallback(this.#ssl, microseconds)
    return { initial: 1000, max: 60_000, choose }
  }

  pathMtu(expirations: number): number {
    return currentMtu(this.#ssl, expirations)
  }

  onClientHello(hello: ClientHello) {
    return judgeHello(this.#ssl, hello)
  }

  onServerName(): ServerNameAnswer {
    return judgeServerName(this.#ssl)
  }

  onCertificate(request: CertificateRequest | null): boolean | Suspend {
    this.#ssl.certificateRequest = request
    return askForCertificate(this.#ssl)
  }

  onAlpn(offered: readonly Uint8Array[]): AlpnAnswer {
    return selectProtocol(this.#ssl, offered)
  }

  onStatusRequest(request: StatusRequest, credential: Credential | null): Uint8Array | null {
    noteStatusRequest(this.#ssl, request)
    return credential === null ? null : answerStatus(this.#ssl)
  }

  onStatusResponse(response: Uint8Array | null): StatusVerdict {
    return judgeStatus(this.#ssl, response)
  }

  customExtensions(hello: 'client' | 'server'): CustomExtension[] {
    return customExtensionsOf(this.#ssl, this.role, hello)
  }

  get externalSecret() {
    return externalSecretOf(this.#ssl)
  }

  clientCredential(request: CertificateRequest): Credential | null | Suspend {
    return clientCredentialOf(this.#ssl, request)
  }

  verifyPeer(chain: Parameters<HandshakeConfig['verifyPeer']>[0]) {
    return verifyPeerChain(this.#ssl, chain)
  }

  clientPsk(hint: Uint8Array | null): PskIdentity | null {
    return clientPskOf(this.#ssl, hint)
  }

  serverPsk(identity: Uint8Array): Uint8Array | null {
    return serverPskOf(this.#ssl, identity)
  }

  #option(option: number): boolean {
    return (this.#ssl.settings.options & option) !== 0
  }
}
