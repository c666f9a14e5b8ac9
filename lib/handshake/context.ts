import { EMPTY } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import { ProtocolFailure } from '../base/failure.ts'
import type { Random } from '../base/random.ts'
import type { DhParameters } from '../crypto/dh.ts'
import { type PrfHash, Transcript } from '../crypto/hash.ts'
import type { Opener, Sealer } from '../crypto/sealer.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import type { Certificate } from '../pki/certificate.ts'
import type { Credential } from '../pki/credential.ts'
import type { Session } from '../session/session.ts'
import type { Extension } from '../wire/extensions/extension.ts'
import type { StatusRequest } from '../wire/extensions/status-request.ts'
import { ContentType } from '../wire/registry.ts'
import type { ProtocolVersion } from '../wire/version.ts'
import type { HandshakeConfig } from './config.ts'
import type { FlightEnd, HandshakeMessage, Link } from './link.ts'
import type { Observer } from './observer.ts'
import type { HandshakeState } from './state.ts'
import type { Step } from './wait.ts'

/** What the hellos agreed on through their extensions. */
export interface Agreed {
  extendedMasterSecret: boolean
  encryptThenMac: boolean
  /** Both sides speak RFC 5746. */
  secureRenegotiation: boolean
  /** RFC 6066 section 4: the code, 0 when there is none. */
  maxFragmentLength: number
  /** What the client asked for, as the server sees it; what the server has confirmed, as the client sees it. */
  serverName: string | null
  serverNameAcknowledged: boolean
  alpn: Uint8Array | null
  /** RFC 5077: a NewSessionTicket will come. */
  ticket: boolean
  /** RFC 6520: who may send requests; null when the hellos did not both speak of it. */
  heartbeat: { readonly maySend: boolean; readonly peerMaySend: boolean } | null
  /** RFC 5764: the number of the SRTP profile, null without one. */
  srtpProfile: number | null
  /** RFC 6066 section 8: a CertificateStatus message will come from a server that this side is, may come to a client. */
  certificateStatus: boolean
}

/** What the peer's hello offered; empty where it said nothing. */
export interface PeerOffer {
  cipherSuites: readonly number[]
  /** Null when the peer did not send the extension: it then accepts any group. */
  groups: readonly number[] | null
  /** Null when the peer did not send the extension: SHA-1 defaults (RFC 5246 section 7.4.1.4.1). */
  signatureSchemes: readonly number[] | null
  alpn: readonly Uint8Array[] | null
  pointFormats: readonly number[] | null
  /** RFC 5077: null without the extension, empty when the client asks for a ticket. */
  ticket: Uint8Array | null
  /** RFC 6066 section 8: null when the client did not ask. */
  statusRequest: StatusRequest | null
}

/** The handshake that a renegotiation follows (RFC 5746): what it said, and what may not become less. */
export interface PreviousHandshake {
  /** The verify data of both Finished messages. */
  readonly clientFinished: Uint8Array
  readonly serverFinished: Uint8Array
  /** Both sides spoke RFC 5746. */
  readonly secure: boolean
  readonly extendedMasterSecret: boolean
  readonly encryptThenMac: boolean
  readonly version: ProtocolVersion
  /** The version that its ClientHello named. */
  readonly clientVersion: number
  readonly alpn: Uint8Array | null
  /** What a client was asked to bring back (RFC 6347 section 4.2.1); empty when it was not. */
  readonly cookie: Uint8Array
}

/** The public half of an ephemeral exchange: a point or coordinate of a group, or a number with its prime and generator. */
export type TemporaryKey =
  | { readonly kind: 'ecdh'; readonly group: number; readonly publicKey: Uint8Array }
  | { readonly kind: 'dh'; readonly params: DhParameters; readonly publicKey: Uint8Array }

/** What a handshake has made to read and to write with. */
export interface Protection {
  readonly read: Opener
  readonly write: Sealer
}

export interface HandshakeEnvironment {
  readonly config: HandshakeConfig
  readonly link: Link
  readonly clock: Clock
  readonly random: Random
  readonly observer: Observer
  /** Null at the first handshake of a connection. */
  readonly previous: PreviousHandshake | null
  /** No session is resumed, although there may be one: a renegotiation wants new keys. */
  readonly newKeys: boolean
}

/** One handshake under way: what is known so far, and the few moves that the machines are written in. */
export class HandshakeContext {
  readonly config: HandshakeConfig
  readonly link: Link
  readonly random: Random
  readonly observer: Observer
  /** Null at the first handshake of a connection. */
  readonly previous: PreviousHandshake | null
  readonly newKeys: boolean
  readonly clock: Clock
  readonly transcript = new Transcript()
  readonly agreed: Agreed = {
    extendedMasterSecret: false,
    encryptThenMac: false,
    secureRenegotiation: false,
    maxFragmentLength: 0,
    serverName: null,
    serverNameAcknowledged: false,
    alpn: null,
    ticket: false,
    heartbeat: null,
    srtpProfile: null,
    certificateStatus: false,
  }
  readonly peer: PeerOffer = {
    cipherSuites: [],
    groups: null,
    signatureSchemes: null,
    alpn: null,
    pointFormats: null,
    ticket: null,
    statusRequest: null,
  }

  state: HandshakeState = 'before'
  /** The version that the ClientHello names; null before it. */
  clientVersion: number | null = null
  /** Client: what its ClientHello brings back (RFC 6347 section 4.2.1). */
  cookie: Uint8Array
  clientRandom: Uint8Array = new Uint8Array(32)
  serverRandom: Uint8Array = new Uint8Array(32)
  /** What this handshake makes, or resumes; null before the hellos. */
  session: Session | null = null
  /** The handshake is an abbreviated one (RFC 5246 section 7.3, figure 2). */
  resumed = false
  master: Uint8Array = EMPTY
  /** Whoever ends the connection wipes it: the link has only what is in use, and a peer may fall silent between the two. */
  protection: Protection | null = null
  /** Leaf first; empty when the peer has shown none. */
  peerChain: readonly Certificate[] = []
  credential: Credential | null = null
  /** The scheme of this side's signature, and of the peer's, once they are used. */
  localScheme: number | null = null
  peerScheme: number | null = null
  /** Client: what it offers, once that has been judged. */
  offeredSuites: readonly CipherSuite[] | null = null
  /** The group of the ephemeral exchange. */
  group: number | null = null
  /** What a server has sent, until the client answers it. */
  temporaryKey: TemporaryKey | null = null
  peerTemporaryKey: TemporaryKey | null = null
  pskIdentity: Uint8Array | null = null
  pskHint: Uint8Array | null = null
  /** The OCSP response that goes out, or that came. */
  statusResponse: Uint8Array | null = null
  /** The verify data of both Finished messages. */
  clientFinished: Uint8Array = EMPTY
  serverFinished: Uint8Array = EMPTY
  #version: ProtocolVersion | null = null
  #suite: CipherSuite | null = null

  constructor(environment: HandshakeEnvironment) {
    this.config = environment.config
    this.link = environment.link
    this.random = environment.random
    this.observer = environment.observer
    this.previous = environment.previous
    this.newKeys = environment.newKeys
    this.clock = environment.clock
    this.cookie = this.previous?.cookie ?? EMPTY
    if (this.previous === null) return
    this.state = 'established'
    this.#version = this.previous.version
    this.agreed.alpn = this.previous.alpn
  }

  /** The negotiated version; asking before it is known is a fault of ours. */
  get version(): ProtocolVersion {
    if (this.#version === null) throw new ProtocolFailure('internal-error', { detail: 'no version is negotiated yet' })
    return this.#version
  }

  get versionOrNull(): ProtocolVersion | null {
    return this.#version
  }

  chooseVersion(version: ProtocolVersion): void {
    this.#version = version
    this.link.setVersion(version.wire, true)
  }

  /** The negotiated suite; asking before it is known is a fault of ours. */
  get suite(): CipherSuite {
    if (this.#suite === null) throw new ProtocolFailure('internal-error', { detail: 'no suite is negotiated yet' })
    return this.#suite
  }

  get suiteOrNull(): CipherSuite | null {
    return this.#suite
  }

  chooseSuite(suite: CipherSuite): void {
    this.#suite = suite
    this.transcript.choose(this.prfHash)
  }

  /** Seconds since 1970. */
  get now(): number {
    return Math.floor(this.clock.wall() / 1000)
  }

  get prfHash(): PrfHash {
    return this.version.suitePrf ? this.suite.prf : 'md5-sha1'
  }

  /** Moves on, telling the watcher which state is left. */
  enter(state: HandshakeState): void {
    this.observer.onState?.('loop', this.state)
    this.state = state
  }

  send(type: number, body: Uint8Array): void {
    this.transcript.add(this.link.send(type, body))
  }

  endFlight(end: FlightEnd): void {
    this.observer.onState?.('loop', this.state)
    this.link.endFlight(end)
  }

  /** The handshake is over. Who sent the last flight has told of its last state when the flight ended. */
  establish(sentLast: boolean): void {
    if (!sentLast) this.observer.onState?.('loop', this.state)
    this.state = 'established'
  }

  /** Tells the watcher of the extensions of a hello that came. */
  showExtensions(extensions: readonly Extension[]): void {
    for (const { type, body } of extensions) this.observer.onExtension?.(type, body)
  }

  /** The next message in order, whatever it is; it is not part of the transcript yet. */
  *receive(): Step<HandshakeMessage> {
    for (;;) {
      const message = this.link.read()
      if (message !== null) return message
      yield 'message'
    }
  }

  /** Takes a message in its place: the state moves, the transcript grows. Another type is a breach of the protocol. */
  accept(message: HandshakeMessage, type: number, state: HandshakeState): Uint8Array {
    this.expect(message, type)
    this.enter(state)
    // As libssl, which leaves a state at the message's header already.
    this.#tell(message)
    this.transcript.add(message.raw)
    return message.body
  }

  expect(message: HandshakeMessage, type: number): void {
    if (message.type === type) return
    this.observer.onState?.('loop', this.state)
    throw new ProtocolFailure('unexpected-message', { detail: `handshake message ${message.type} instead of ${type}` })
  }

  /** Waits for the peer's ChangeCipherSpec; a handshake message in its place is a breach of the protocol. */
  *receiveChangeCipherSpec(): Step<void> {
    while (!this.link.takeChangeCipherSpec()) {
      if (this.link.readable) throw new ProtocolFailure('unexpected-message')
      yield 'message'
    }
    this.enter('read-change-cipher-spec')
  }

  /** RFC 6083 section 4.7: a record of the old keys that came behind the change would be lost. Elsewhere there is no wait. */
  *drain(): Step<void> {
    const { association } = this.link
    if (association === undefined) return
    yield 'flush'
    while (!association.drained) yield 'dry'
  }

  /** RFC 6083 section 4.8: what was sent so far goes under the old key, Finished under the new one. */
  *activateAssociationKey(): Step<void> {
    const { association } = this.link
    if (association === undefined) return
    yield 'flush'
    association.activateKey()
  }

  sendChangeCipherSpec(): void {
    this.enter('write-change-cipher-spec')
    this.link.sendChangeCipherSpec()
  }

  #tell({ raw }: HandshakeMessage): void {
    const version = this.#version?.wire ?? this.config.versions[0]?.wire ?? this.config.firstRecordVersion
    this.observer.onMessage?.(false, version, ContentType.handshake, raw)
  }
}
