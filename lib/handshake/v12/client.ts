import { Alert } from '../../base/alert.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import { sign } from '../../crypto/signatures.ts'
import type { Credential } from '../../pki/credential.ts'
import type { Extension } from '../../wire/extensions/extension.ts'
import { certificate } from '../../wire/messages/certificate.ts'
import { type CertificateRequest, certificateRequest } from '../../wire/messages/certificate-request.ts'
import { certificateVerify } from '../../wire/messages/certificate-verify.ts'
import { type ClientHello, clientHello } from '../../wire/messages/client-hello.ts'
import { helloVerifyRequest } from '../../wire/messages/hello-verify-request.ts'
import { serverHello } from '../../wire/messages/server-hello.ts'
import { serverHelloDone } from '../../wire/messages/server-hello-done.ts'
import { Compression, HandshakeType, Scsv } from '../../wire/registry.ts'
import type { HandshakeContext } from '../context.ts'
import { offerExtensions, readAnswered } from '../extensions/index.ts'
import { padHello } from '../extensions/padding.ts'
import type { HandshakeMessage } from '../link.ts'
import { maySign } from '../negotiation/credential.ts'
import { needsCertificate } from '../negotiation/exchange.ts'
import { chooseScheme } from '../negotiation/signature.ts'
import { acceptSuite, noCiphersAvailable, offeredSuites } from '../negotiation/suite.ts'
import { acceptServerVersion, newestEnabled, refuseDowngrade } from '../negotiation/version.ts'
import { ask, type Step } from '../wait.ts'
import { judgeStatus, receiveStatus } from './certificate-status.ts'
import { ClientExchange } from './client-exchange.ts'
import { askForSecret, serverTakesSecret, useSecret } from './external-secret.ts'
import { createProtection, deriveMaster, finish, prepareAssociation, receiveFinished } from './keys.ts'
import { checkAuthorities, judgeChain, peerKey, readChain } from './peer-key.ts'
import { acceptResumption, offerSession, readResumption, receiveTicket } from './session-client.ts'

/** A handshake of (D)TLS 1.2 and below, as the client (RFC 5246 section 7.3, RFC 6347 section 4.2). */
export function* clientHandshake(handshake: HandshakeContext): Step<void> {
  const hello = composeHello(handshake)
  sendHello(handshake, hello)

  let message = yield* receiveAnswer(handshake, hello)
  const answer = handshake.accept(message, HandshakeType.serverHello, 'read-server-hello')
  const secret = readServerHello(handshake, hello, answer)
  if (handshake.resumed) {
    yield* finishResumed(handshake)
    return
  }
  if (secret !== null && (yield* serverTakesSecret(handshake))) {
    useSecret(handshake, secret)
    yield* finishResumed(handshake, true)
    return
  }

  message = yield* handshake.receive()
  if (needsCertificate(handshake.suite)) {
    const body = handshake.accept(message, HandshakeType.certificate, 'read-server-certificate')
    yield* readServerCertificate(handshake, body)
    message = yield* receiveStatus(handshake)
  }

  const exchange = new ClientExchange(handshake)
  if (exchange.required || (exchange.possible && message.type === HandshakeType.serverKeyExchange)) {
    exchange.read(handshake.accept(message, HandshakeType.serverKeyExchange, 'read-server-key-exchange'))
    message = yield* handshake.receive()
  }

  let request: CertificateRequest | null = null
  if (message.type === HandshakeType.certificateRequest && needsCertificate(handshake.suite)) {
    const body = handshake.accept(message, HandshakeType.certificateRequest, 'read-certificate-request')
    request = certificateRequest.read(body, handshake.version.signatureAlgorithms)
    checkAuthorities(request.authorities)
    handshake.credential = yield* chooseClientCredential(handshake, request)
    message = yield* handshake.receive()
  }
  serverHelloDone.read(handshake.accept(message, HandshakeType.serverHelloDone, 'read-server-hello-done'))
  requireSigner(handshake)
  judgeStatus(handshake)

  if (request !== null) sendClientCertificate(handshake)
  handshake.enter('write-client-key-exchange')
  const { body, premaster } = exchange.answer(hello.version)
  handshake.send(HandshakeType.clientKeyExchange, body)
  deriveMaster(handshake, premaster)
  if (request !== null && handshake.credential !== null) sendCertificateVerify(handshake, handshake.credential, request)
  handshake.transcript.releaseMessages()

  const protection = createProtection(handshake)
  yield* finish(handshake, protection.write)
  handshake.endFlight('awaits-reply')

  if (handshake.agreed.ticket) yield* receiveTicket(handshake)
  yield* handshake.receiveChangeCipherSpec()
  handshake.link.installReadKeys(protection.read)
  yield* receiveFinished(handshake)
}

/**
 * The rest of an abbreviated handshake: the server finishes first (RFC 5246 section 7.3, figure 2). `changed`: its
 * ChangeCipherSpec has been taken already.
 */
function* finishResumed(handshake: HandshakeContext, changed = false): Step<void> {
  handshake.transcript.releaseMessages()
  prepareAssociation(handshake)
  const protection = createProtection(handshake)
  if (changed) handshake.enter('read-change-cipher-spec')
  else {
    if (handshake.agreed.ticket) yield* receiveTicket(handshake)
    yield* handshake.receiveChangeCipherSpec()
  }
  handshake.link.installReadKeys(protection.read)
  yield* receiveFinished(handshake)

  yield* finish(handshake, protection.write)
  handshake.endFlight('kept')
}

function composeHello(handshake: HandshakeContext): ClientHello {
  const { config, previous } = handshake
  const newest = previous?.version ?? newestEnabled(config)
  const suites = offeredSuites(handshake)
  if (suites.length === 0) throw noCiphersAvailable(Alert.internalError)
  const cipherSuites = suites.map(suite => suite.id)
  if (previous === null) cipherSuites.push(Scsv.emptyRenegotiationInfo)
  if (config.fallback) cipherSuites.push(Scsv.fallback)
  handshake.clientRandom = handshake.random(32)
  const session = offerSession(handshake, newest)
  return {
    // As before in a renegotiation, whatever came of it (RFC 5246 appendix E.1 has no word on it, OpenSSL does so).
    version: previous?.clientVersion ?? newest.wire,
    random: handshake.clientRandom,
    sessionId: session.id,
    // OpenSSL's server wants it in a renegotiation too.
    cookie: handshake.link.datagram ? handshake.cookie : null,
    cipherSuites,
    compression: Uint8Array.of(Compression.none),
    extensions: offerExtensions(handshake),
  }
}

function sendHello(handshake: HandshakeContext, hello: ClientHello): void {
  handshake.enter('write-client-hello')
  handshake.clientVersion = hello.version
  handshake.send(HandshakeType.clientHello, clientHello.write(padHello(handshake, hello)))
  handshake.endFlight('awaits-reply')
}

/**
 * RFC 6347 section 4.2.1: the server may first want its cookie back, and again when its secret has changed meanwhile.
 * Neither hello nor request count in the transcript.
 */
function* receiveAnswer(handshake: HandshakeContext, hello: ClientHello): Step<HandshakeMessage> {
  let message = yield* handshake.receive()
  if (!handshake.link.datagram) return message
  for (let left = MAX_COOKIES; left > 0 && message.type === HandshakeType.helloVerifyRequest; left--) {
    const { cookie } = helloVerifyRequest.read(
      handshake.accept(message, HandshakeType.helloVerifyRequest, 'read-hello-verify-request'),
    )
    handshake.transcript.reset()
    handshake.cookie = cookie.slice()
    hello.cookie = handshake.cookie
    sendHello(handshake, hello)
    message = yield* handshake.receive()
  }
  return message
}

/** The result is a secret of the application's that the server may take. */
function readServerHello(handshake: HandshakeContext, hello: ClientHello, body: Uint8Array): Uint8Array | null {
  // The first records were in a version that everybody knows; an alert is in one that this server can read.
  if (!handshake.link.datagram && handshake.previous === null) handshake.link.setVersion(hello.version, false)
  const message = serverHello.read(body)
  handshake.showExtensions(message.extensions)
  const version = acceptServerVersion(handshake, message.version)
  refuseDowngrade(handshake.config, version, message.random)
  handshake.chooseVersion(version)
  handshake.serverRandom = message.random.slice()
  if (message.compression !== Compression.none) throw new ProtocolFailure('compression-disabled')
  const secret = askForSecret(handshake, hello)
  readResumption(handshake, message.sessionId, message.cipherSuite)
  handshake.chooseSuite(acceptSuite(handshake, message.cipherSuite))
  const offered: readonly Extension[] = hello.extensions
  readAnswered(handshake, message.extensions, offered)
  const name = handshake.config.onServerName(handshake.config.serverName)
  if (typeof name === 'object') throw new ProtocolFailure('callback-failed', { alert: name.alert })
  acceptResumption(handshake)
  handshake.link.setMaxCertificates(handshake.config.maxCertificateList)
  return secret
}

function* readServerCertificate(handshake: HandshakeContext, body: Uint8Array): Step<void> {
  const chain = readChain(certificate.read(body).chain)
  if (chain.length === 0) throw new ProtocolFailure('certificate-length-mismatch')
  yield* judgeChain(handshake, chain)
  // The suite says what kind of key it is (RFC 5246 section 7.4.2).
  const type = handshake.peerChain[0]?.keyType
  const rsa = type === 'rsa' || type === 'rsa-pss'
  const fits = handshake.suite.authentication === 'rsa' ? rsa : type === 'ec' || type === 'ed25519' || type === 'ed448'
  peerKey(handshake)
  if (!fits) throw new ProtocolFailure('wrong-certificate-type')
}

/** As late as libssl (ssl3_check_cert_and_algorithm), when the whole flight has been read. */
function requireSigner({ suite, peerChain: [leaf] }: HandshakeContext): void {
  if (suite.authentication === 'ecdsa' && leaf !== undefined && !maySign(leaf))
    throw new ProtocolFailure('bad-ecc-cert')
}

/** The application is asked as soon as the request has come, before the next message is looked at. */
function* chooseClientCredential(handshake: HandshakeContext, request: CertificateRequest): Step<Credential | null> {
  const { config } = handshake
  if (!(yield* ask('certificate-callback', () => config.onCertificate(request))))
    throw new ProtocolFailure('callback-failed')
  const candidate = yield* ask('certificate-callback', () => config.clientCredential(request))
  const usable = candidate !== null && chooseScheme(handshake, candidate.key, request.signatureSchemes) !== null
  return usable ? candidate : null
}

/** RFC 5246 section 7.4.6: an empty chain when there is nothing to show. */
function sendClientCertificate(handshake: HandshakeContext): void {
  const chain = handshake.credential?.chain ?? []
  handshake.enter('write-client-certificate')
  handshake.send(HandshakeType.certificate, certificate.write({ chain: [...chain] }))
}

/** RFC 5246 section 7.4.8. */
function sendCertificateVerify(handshake: HandshakeContext, { key }: Credential, request: CertificateRequest): void {
  const scheme = chooseScheme(handshake, key, request.signatureSchemes)
  if (scheme === null) throw new ProtocolFailure('no-suitable-signature-algorithm')
  handshake.localScheme = scheme.id
  const signature = sign(scheme, key, handshake.transcript.messages())
  handshake.enter('write-certificate-verify')
  const named = handshake.version.signatureAlgorithms ? scheme.id : null
  handshake.send(HandshakeType.certificateVerify, certificateVerify.write({ scheme: named, signature }))
}

/** A server, or whoever speaks in its name, does not send a client round in circles. */
const MAX_COOKIES = 4
