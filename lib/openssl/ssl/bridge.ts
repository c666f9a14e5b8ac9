import { AlertLevel } from '../../base/alert.ts'
import { concat, equal, latin1, utf8, wipe } from '../../base/bytes.ts'
import { systemRandom } from '../../base/random.ts'
import type { ChannelFactory } from '../../connection/channel.ts'
import { Connection } from '../../connection/connection.ts'
import { dtls, dtlsOverSctp } from '../../connection/dtls-channel.ts'
import { tls } from '../../connection/tls-channel.ts'
import { automaticDh, type DhParameters } from '../../crypto/dh.ts'
import { schemeById, usable } from '../../crypto/signatures.ts'
import type {
  AlpnAnswer,
  CookieExchange,
  CustomExtension,
  HandshakeConfig,
  PskIdentity,
  SecurityPolicy,
  SecurityQuestion,
  ServerNameAnswer,
  StatusVerdict,
} from '../../handshake/config.ts'
import { SUSPEND, type Suspend } from '../../handshake/wait.ts'
import type { Credential } from '../../pki/credential.ts'
import type { StatusRequest } from '../../wire/extensions/status-request.ts'
import type { CertificateRequest } from '../../wire/messages/certificate-request.ts'
import type { ClientHello } from '../../wire/messages/client-hello.ts'
import { DTLS_1_0, type ProtocolVersion, TLS_1_0 } from '../../wire/version.ts'
import type { Out } from '../boundary.ts'
import { sslClock } from '../clock.ts'
import * as C from '../constants/ssl.ts'
import {
  SSL_TLSEXT_ERR_ALERT_FATAL,
  SSL_TLSEXT_ERR_ALERT_WARNING,
  SSL_TLSEXT_ERR_NOACK,
  SSL_TLSEXT_ERR_OK,
} from '../constants/tls1.ts'
import { dhParametersOf } from '../evp/dh.ts'
import type { EVP_PKEY } from '../evp/pkey.ts'
import type { X509 } from '../x509/x509.ts'
import { BioAssociation, overSctp } from './association.ts'
import { certificateAuthoritiesOf } from './ca-names.ts'
import { adoptCredential, credentialsOf } from './credentials.ts'
import { customExtensionsOf } from './custom-extensions.ts'
import { groupNid } from './lists/groups.ts'
import { minimumBits } from './lists/security.ts'
import { signatureAlgorithmNids } from './lists/signature-algorithms.ts'
import { currentMtu, resetMtu } from './mtu.ts'
import { observerOf } from './observer.ts'
import { groupsOf, offeredVersions, schemesOf, versionsOf } from './offers.ts'
import { verifyPeerChain } from './peer-verification.ts'
import { permits, subjectOf } from './policy.ts'
import { SslSessions } from './session-policy.ts'
import { externalSecretOf } from './session-secret.ts'
import { SSL_get_srtp_profiles } from './srtp.ts'
import type { SSL } from './ssl.ts'
import { answerStatus, forgetStatus, judgeStatus, noteStatusRequest, statusRequestOf } from './status.ts'

/** The engine's connection for an SSL whose role is decided. */
export function openConnection(ssl: SSL, role: 'client' | 'server'): Connection {
  const { datagram } = ssl.method
  if (datagram) resetMtu(ssl)
  forgetStatus(ssl, role)
  return new Connection({
    config: new SslConfig(ssl, role),
    clock: sslClock,
    random: systemRandom,
    observer: observerOf(ssl),
    channel: channelOf(ssl),
    confirmsOutput: true,
  })
}

/** What the method speaks, over what the BIOs are. */
function channelOf(ssl: SSL): ChannelFactory {
  if (!ssl.method.datagram) return tls()
  return overSctp(ssl) ? dtlsOverSctp(new BioAssociation(ssl)) : dtls()
}

/** The cookie callbacks of the context, in the engine's words. */
export function cookiesOf(ssl: SSL): CookieExchange {
  return {
    generate: hello => withHello(ssl, hello, () => (ssl.cookie = generateCookie(ssl))),
    verify: (cookie, hello) => withHello(ssl, hello, () => verifyCookie(ssl, cookie)),
  }
}

/** Shows the engine what the SSL and its context are set to, at the moment when it asks. */
class SslConfig implements HandshakeConfig {
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
    return this.#option(C.SSL_OP_CIPHER_SERVER_PREFERENCE)
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

  readonly permits: SecurityPolicy = (question, bits, id) =>
    permits(this.#ssl, SECURITY_OPERATIONS[question], bits, nidOf(question, id), subjectOf(question, id))

  get extendedMasterSecret(): boolean {
    return !this.#option(C.SSL_OP_NO_EXTENDED_MASTER_SECRET)
  }

  get encryptThenMac(): boolean {
    return !this.#option(C.SSL_OP_NO_ENCRYPT_THEN_MAC)
  }

  get fallback(): boolean {
    return (this.#ssl.settings.mode & C.SSL_MODE_SEND_FALLBACK_SCSV) !== 0
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
    return protocolNames(this.#ssl.settings.alpnProtos)
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

  get dhParameters(): ((securityBits: number) => DhParameters | null) | null {
    const { dhAuto, dhParameters, dhCallback, securityLevel } = this.#ssl.settings
    if (dhAuto === 1) return bits => automaticDh(Math.max(bits, minimumBits(securityLevel)))
    if (dhAuto !== 0) return () => automaticDh(FIXED_DH_BITS)
    if (dhParameters !== null) return () => dhParameters
    if (dhCallback === null) return null
    return () => {
      const pkey = dhCallback(this.#ssl, 0, DH_CALLBACK_BITS)
      return pkey === null ? null : dhParametersOf(pkey)
    }
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

  onClientHello(hello: ClientHello): { readonly alert: number } | null | Suspend {
    const { clientHelloCallback, clientHelloArg } = this.#ssl.initialCtx
    if (clientHelloCallback === null) return null
    const alert = { value: C.SSL_AD_INTERNAL_ERROR }
    const answer = withHello(this.#ssl, hello, () => clientHelloCallback(this.#ssl, alert, clientHelloArg))
    if (answer === C.SSL_CLIENT_HELLO_RETRY) return SUSPEND
    return answer === C.SSL_CLIENT_HELLO_SUCCESS ? null : { alert: alert.value }
  }

  onServerName(): ServerNameAnswer {
    const { servernameCallback, servernameArg } = this.#ssl.ctx
    if (servernameCallback === null) return 'not-acknowledged'
    const alert = { value: C.SSL_AD_UNRECOGNIZED_NAME }
    const answer = servernameCallback(this.#ssl, alert, servernameArg)
    if (answer === SSL_TLSEXT_ERR_ALERT_FATAL) return { alert: alert.value }
    if (answer === SSL_TLSEXT_ERR_ALERT_WARNING) this.#ssl.connection?.sendAlert(AlertLevel.warning, alert.value)
    return answer === SSL_TLSEXT_ERR_OK ? 'accepted' : 'not-acknowledged'
  }

  onCertificate(request: CertificateRequest | null): boolean | Suspend {
    this.#ssl.certificateRequest = request
    const { certCallback, certCallbackArg } = this.#ssl.settings
    if (certCallback === null) return true
    const answer = certCallback(this.#ssl, certCallbackArg)
    return answer < 0 ? SUSPEND : answer !== 0
  }

  onAlpn(offered: readonly Uint8Array[]): AlpnAnswer {
    const { alpnSelectCallback, alpnSelectArg } = this.#ssl.ctx
    if (alpnSelectCallback === null) return 'none'
    const list = concat(...offered.flatMap(name => [Uint8Array.of(name.length), name]))
    const out: { value: Uint8Array | null } = { value: null }
    const length = { value: 0 }
    const answer = alpnSelectCallback(this.#ssl, out, length, list, list.length, alpnSelectArg)
    if (answer === SSL_TLSEXT_ERR_NOACK) return 'none'
    if (answer !== SSL_TLSEXT_ERR_OK || out.value === null) return 'refused'
    return { selected: out.value.subarray(0, length.value || out.value.length) }
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
    const own = this.credentials.find(credential => answers(credential, request))
    const { clientCertCallback } = this.#ssl.initialCtx
    if (own !== undefined || clientCertCallback === null) return own ?? null
    const x509: Out<X509 | null> = { value: null }
    const pkey: Out<EVP_PKEY | null> = { value: null }
    const answer = clientCertCallback(this.#ssl, x509, pkey)
    if (answer < 0) return SUSPEND
    return adoptCredential(this.#ssl, answer === 1, x509.value, pkey.value)
  }

  verifyPeer(chain: Parameters<HandshakeConfig['verifyPeer']>[0]) {
    return verifyPeerChain(this.#ssl, chain)
  }

  clientPsk(hint: Uint8Array | null): PskIdentity | null {
    const { pskClientCallback } = this.#ssl.settings
    const identity = new Uint8Array(MAX_PSK_IDENTITY + 1)
    const key = new Uint8Array(MAX_PSK_KEY)
    const name = hint === null ? null : latin1(hint)
    const length = pskClientCallback?.(this.#ssl, name, identity, MAX_PSK_IDENTITY, key, MAX_PSK_KEY) ?? 0
    if (length <= 0) return null
    const end = identity.indexOf(0)
    return { identity: identity.subarray(0, end === -1 ? MAX_PSK_IDENTITY + 1 : end), key: takeKey(key, length) }
  }

  serverPsk(identity: Uint8Array): Uint8Array | null {
    // C hands over a string, which ends at the first NUL: another name than the one the client sent.
    if (identity.includes(0)) return null
    const key = new Uint8Array(MAX_PSK_KEY)
    const length = this.#ssl.settings.pskServerCallback?.(this.#ssl, latin1(identity), key, MAX_PSK_KEY) ?? 0
    return length <= 0 ? null : takeKey(key, length)
  }

  #option(option: number): boolean {
    return (this.#ssl.settings.options & option) !== 0
  }
}

/** Makes the ClientHello visible to SSL_client_hello_get0_* while a callback runs. */
function withHello<T>(ssl: SSL, hello: ClientHello | null, action: () => T): T {
  ssl.clientHello = hello
  try {
    return action()
  } finally {
    ssl.clientHello = null
  }
}

function generateCookie(ssl: SSL): Uint8Array | null {
  const cookie = new Uint8Array(MAX_COOKIE)
  const length = { value: cookie.length }
  const answer = ssl.ctx.cookieGenerate?.(ssl, cookie, length) ?? 0
  return answer === 0 || length.value > MAX_COOKIE ? null : cookie.subarray(0, length.value)
}

/** Without a callback the cookie must be the one that this very object has sent. */
function verifyCookie(ssl: SSL, cookie: Uint8Array): boolean {
  const { cookieVerify } = ssl.ctx
  if (cookieVerify === null) return ssl.cookie !== null && equal(ssl.cookie, cookie)
  return cookieVerify(ssl, cookie, cookie.length) !== 0
}

function protocolNames(list: Uint8Array | null): Uint8Array[] {
  const names: Uint8Array[] = []
  for (let at = 0; list !== null && at < list.length; at += 1 + (list[at] ?? 0)) {
    names.push(list.subarray(at + 1, at + 1 + (list[at] ?? 0)))
  }
  return names
}

/** The request leaves a scheme for this key; the engine then chooses which. */
function answers({ key }: Credential, { signatureSchemes }: CertificateRequest): boolean {
  if (signatureSchemes === null) return key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'ec'
  return signatureSchemes.some(id => {
    const scheme = schemeById(id)
    return scheme !== undefined && usable(scheme, key)
  })
}

function takeKey(buffer: Uint8Array, length: number): Uint8Array {
  if (length > buffer.length)
    throw new RangeError(`the PSK callback says ${length} bytes, ${buffer.length} is the most`)
  const key = buffer.slice(0, length)
  wipe(buffer)
  return key
}

function nidOf(question: SecurityQuestion, id: number): number {
  if (question.startsWith('group')) return groupNid(id)
  if (question.startsWith('signature')) return signatureAlgorithmNids(id)?.hash ?? 0
  return question === 'version' ? id : 0
}

const SECURITY_OPERATIONS: Readonly<Record<SecurityQuestion, number>> = {
  'cipher-supported': C.SSL_SECOP_CIPHER_SUPPORTED,
  'cipher-shared': C.SSL_SECOP_CIPHER_SHARED,
  'cipher-check': C.SSL_SECOP_CIPHER_CHECK,
  'group-supported': C.SSL_SECOP_CURVE_SUPPORTED,
  'group-shared': C.SSL_SECOP_CURVE_SHARED,
  'group-check': C.SSL_SECOP_CURVE_CHECK,
  'signature-supported': C.SSL_SECOP_SIGALG_SUPPORTED,
  'signature-shared': C.SSL_SECOP_SIGALG_SHARED,
  'signature-check': C.SSL_SECOP_SIGALG_CHECK,
  'signature-mask': C.SSL_SECOP_SIGALG_MASK,
  'temporary-dh': C.SSL_SECOP_TMP_DH,
  version: C.SSL_SECOP_VERSION,
}

const MAX_COOKIE = 255
const MAX_PSK_IDENTITY = 256
const MAX_PSK_KEY = 512
/** SSL_CTX_set_dh_auto(ctx, 2): 1024 bits whatever the certificate. */
const FIXED_DH_BITS = 80
/** What libssl asks a SSL_CTX_set_tmp_dh_callback for. */
const DH_CALLBACK_BITS = 1024
