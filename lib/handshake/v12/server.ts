import { EMPTY } from '../../base/bytes.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import { verify } from '../../crypto/signatures.ts'
import { certificate } from '../../wire/messages/certificate.ts'
import { certificateRequest } from '../../wire/messages/certificate-request.ts'
import { certificateVerify } from '../../wire/messages/certificate-verify.ts'
import { type ClientHello, clientHello } from '../../wire/messages/client-hello.ts'
import { helloVerifyRequest } from '../../wire/messages/hello-verify-request.ts'
import { serverHello } from '../../wire/messages/server-hello.ts'
import { serverHelloDone } from '../../wire/messages/server-hello-done.ts'
import { Compression, HandshakeType } from '../../wire/registry.ts'
import { DTLS_1_0 } from '../../wire/version.ts'
import type { HandshakeContext } from '../context.ts'
import { readCustomOffered } from '../extensions/custom.ts'
import { answerExtensions, readOffered } from '../extensions/index.ts'
import { credentialFor, requestedTypes } from '../negotiation/credential.ts'
import { isSigned, needsCertificate } from '../negotiation/exchange.ts'
import {
  acceptScheme,
  chooseScheme,
  clientSchemes,
  enabledSchemes,
  requireSharedScheme,
} from '../negotiation/signature.ts'
import { chooseSuite, requireSuiteFor } from '../negotiation/suite.ts'
import { chooseServerVersion, markDowngrade, newestEnabled } from '../negotiation/version.ts'
import { ask, type Step } from '../wait.ts'
import { chooseStatus, sendStatus } from './certificate-status.ts'
import { takeSecret } from './external-secret.ts'
import { createProtection, deriveMaster, finish, prepareAssociation, receiveFinished } from './keys.ts'
import { judgeChain, peerKey, readChain } from './peer-key.ts'
import { ServerExchange } from './server-exchange.ts'
import { chooseSession, judgeSession, reviseTicket, sendTicket } from './session-server.ts'

/**
 * A handshake of (D)TLS 1.2 and below, as the server (RFC 5246 section 7.3, RFC 6347 section 4.2).
 * `cookieVerified`: the hello gate has already seen the client's cookie.
 */
export function* serverHandshake(handshake: HandshakeContext, cookieVerified: boolean): Step<void> {
  if (handshake.previous === null) requireSuiteFor(handshake.config, newestEnabled(handshake.config))
  handshake.observer.onState?.('loop', handshake.state)
  const hello = yield* receiveHello(handshake, cookieVerified)
  yield* negotiate(handshake, hello)

  handshake.enter('write-server-hello')
  handshake.send(HandshakeType.serverHello, composeHello(handshake, hello))
  if (handshake.resumed) {
    yield* finishResumed(handshake)
    return
  }
  sendServerCertificate(handshake)
  sendStatus(handshake)
  const exchange = new ServerExchange(handshake, hello.version)
  sendKeyExchange(handshake, exchange)
  const requested = sendCertificateRequest(handshake)
  handshake.enter('write-server-hello-done')
  handshake.send(HandshakeType.serverHelloDone, serverHelloDone.write())
  handshake.endFlight('awaits-reply')

  if (requested) yield* receiveClientCertificate(handshake)
  const message = yield* handshake.receive()
  const premaster = exchange.finish(
    handshake.accept(message, HandshakeType.clientKeyExchange, 'read-client-key-exchange'),
  )
  deriveMaster(handshake, premaster)
  if (handshake.peerChain.length > 0) yield* receiveCertificateVerify(handshake)
  handshake.transcript.releaseMessages()

  const protection = createProtection(handshake)
  yield* handshake.receiveChangeCipherSpec()
  handshake.link.installReadKeys(protection.read)
  yield* receiveFinished(handshake)

  sendTicket(handshake)
  yield* finish(handshake, protection.write)
  handshake.endFlight('kept')
}

/** The rest of an abbreviated handshake: this side finishes first (RFC 5246 section 7.3, figure 2). */
function* finishResumed(handshake: HandshakeContext): Step<void> {
  handshake.transcript.releaseMessages()
  prepareAssociation(handshake)
  sendTicket(handshake)
  const protection = createProtection(handshake)
  yield* finish(handshake, protection.write)
  handshake.endFlight('awaits-reply')

  yield* handshake.receiveChangeCipherSpec()
  handshake.link.installReadKeys(protection.read)
  yield* receiveFinished(handshake)
}

/** The ClientHello that counts: the first, or with a cookie exchange the one that brings the cookie back. */
function* receiveHello(handshake: HandshakeContext, cookieVerified: boolean): Step<ClientHello> {
  const { config, link, transcript, previous } = handshake
  const first = yield* readHello(handshake)
  // In a renegotiation the keys show that the client is where it says.
  if (!link.datagram || config.cookie === null || cookieVerified || previous !== null) return first
  if (first.cookie !== null && first.cookie.length > 0) return requireCookie(handshake, first)
  handshake.enter('write-hello-verify-request')
  const cookie = config.cookie.generate(first)
  if (cookie === null || cookie.length === 0) throw new ProtocolFailure('cookie-gen-callback-failure')
  // RFC 6347 section 4.2.1: always version 1.0, and not part of the transcript.
  link.setVersion(DTLS_1_0.wire, false)
  link.send(HandshakeType.helloVerifyRequest, helloVerifyRequest.write({ version: DTLS_1_0.wire, cookie }))
  handshake.endFlight('kept')
  transcript.reset()
  return requireCookie(handshake, yield* readHello(handshake))
}

function* readHello(handshake: HandshakeContext): Step<ClientHello> {
  const message = yield* handshake.receive()
  const body = handshake.accept(message, HandshakeType.clientHello, 'read-client-hello')
  const hello = clientHello.read(body, handshake.link.datagram)
  handshake.clientVersion = hello.version
  handshake.showExtensions(hello.extensions)
  return hello
}

function requireCookie({ config }: HandshakeContext, hello: ClientHello): ClientHello {
  if (!(config.cookie?.verify(hello.cookie ?? EMPTY, hello) ?? false)) throw new ProtocolFailure('cookie-mismatch')
  return hello
}

/** Decides what the ServerHello says; the application is asked in OpenSSL's order: hello, name, certificate, protocol. */
function* negotiate(handshake: HandshakeContext, hello: ClientHello): Step<void> {
  const { config, peer, agreed } = handshake
  const refused = yield* ask('hello-callback', () => config.onClientHello(hello))
  if (refused !== null) throw new ProtocolFailure('callback-failed', { alert: refused.alert })
  handshake.clientRandom = hello.random.slice()
  peer.cipherSuites = hello.cipherSuites
  // Who is refused is told in a version of its own.
  if (!handshake.link.datagram && handshake.previous === null) handshake.link.setVersion(hello.version, false)
  handshake.chooseVersion(chooseServerVersion(handshake, hello))
  handshake.serverRandom = handshake.random(32)
  markDowngrade(config, handshake.version, handshake.serverRandom)
  if (!hello.compression.includes(Compression.none)) throw new ProtocolFailure('no-compression-specified')
  readOffered(handshake, hello.extensions, hello.cipherSuites)
  handshake.link.setMaxCertificates(config.maxCertificateList)
  chooseSession(handshake, hello)
  readCustomOffered(handshake, hello.extensions)

  const name = config.onServerName(agreed.serverName)
  if (typeof name === 'object') throw new ProtocolFailure('callback-failed', { alert: name.alert })
  // RFC 6066 section 3: a session that is resumed has its name already.
  agreed.serverNameAcknowledged = name === 'accepted' && agreed.serverName !== null && !handshake.resumed
  reviseTicket(handshake)
  takeSecret(handshake)
  if (!handshake.resumed) yield* chooseCredential(handshake)
  if (peer.alpn !== null) chooseProtocol(handshake, peer.alpn)
}

function* chooseCredential(handshake: HandshakeContext): Step<void> {
  const { config } = handshake
  requireSharedScheme(handshake)
  if (!(yield* ask('certificate-callback', () => config.onCertificate(null))))
    throw new ProtocolFailure('certificate-callback')
  handshake.chooseSuite(chooseSuite(handshake))
  handshake.credential = needsCertificate(handshake.suite) ? credentialFor(handshake, handshake.suite) : null
  requireScheme(handshake)
  judgeSession(handshake)
  chooseStatus(handshake)
}

/** Fails before anything is sent, as OpenSSL does, when the security level forbids the only signature there is. */
function requireScheme(handshake: HandshakeContext): void {
  const { credential, suite, peer, version } = handshake
  // Below 1.2 a level that permits no signature permits no certificate, whether or not its key signs.
  if (credential === null || (version.signatureAlgorithms && !isSigned(suite))) return
  if (chooseScheme(handshake, credential.key, peer.signatureSchemes) === null) {
    throw new ProtocolFailure('no-suitable-signature-algorithm')
  }
}

function chooseProtocol({ config, agreed }: HandshakeContext, offered: readonly Uint8Array[]): void {
  const answer = config.onAlpn(offered)
  if (answer === 'refused') throw new ProtocolFailure('no-application-protocol')
  agreed.alpn = answer === 'none' ? null : answer.selected.slice()
}

function composeHello(handshake: HandshakeContext, hello: ClientHello): Uint8Array {
  const { version, suite } = handshake
  return serverHello.write({
    version: version.wire,
    random: handshake.serverRandom,
    sessionId: handshake.session?.id ?? EMPTY,
    cipherSuite: suite.id,
    compression: Compression.none,
    extensions: answerExtensions(handshake, hello.extensions),
  })
}

function sendServerCertificate(handshake: HandshakeContext): void {
  const { credential } = handshake
  if (credential === null) return
  handshake.enter('write-server-certificate')
  handshake.send(HandshakeType.certificate, certificate.write({ chain: [...credential.chain] }))
}

function sendKeyExchange(handshake: HandshakeContext, exchange: ServerExchange): void {
  const body = exchange.offer()
  if (body === null) return
  handshake.enter('write-server-key-exchange')
  handshake.send(HandshakeType.serverKeyExchange, body)
}

function sendCertificateRequest(handshake: HandshakeContext): boolean {
  const { config, suite, version } = handshake
  if (config.clientAuthentication === 'none' || !needsCertificate(suite)) return false
  const schemes = enabledSchemes(config, clientSchemes(config))
  handshake.enter('write-certificate-request')
  handshake.send(
    HandshakeType.certificateRequest,
    certificateRequest.write({
      types: requestedTypes(config),
      signatureSchemes: version.signatureAlgorithms ? schemes : null,
      authorities: [...config.certificateAuthorities],
    }),
  )
  return true
}

function* receiveClientCertificate(handshake: HandshakeContext): Step<void> {
  const message = yield* handshake.receive()
  const body = handshake.accept(message, HandshakeType.certificate, 'read-client-certificate')
  const chain = readChain(certificate.read(body).chain)
  if (chain.length > 0) yield* judgeChain(handshake, chain)
  else if (handshake.config.clientAuthentication === 'require')
    throw new ProtocolFailure('peer-did-not-return-a-certificate')
}

/** RFC 5246 section 7.4.8: signs everything up to and including ClientKeyExchange. */
function* receiveCertificateVerify(handshake: HandshakeContext): Step<void> {
  const signed = handshake.transcript.messages()
  const message = yield* handshake.receive()
  const body = handshake.accept(message, HandshakeType.certificateVerify, 'read-certificate-verify')
  const { scheme: id, signature } = certificateVerify.read(body, handshake.version.signatureAlgorithms)
  const key = peerKey(handshake)
  const scheme = acceptScheme(handshake, key, id)
  handshake.peerScheme = scheme.id
  if (!verify(scheme, key, signed, signature)) throw new ProtocolFailure('bad-signature')
}
