import type { DhParameters } from '../crypto/dh.ts'
import type { CipherSuite } from '../crypto/suites.ts'
import type { Certificate } from '../pki/certificate.ts'
import type { Credential } from '../pki/credential.ts'
import type { SessionPolicy } from '../session/policy.ts'
import type { StatusRequest } from '../wire/extensions/status-request.ts'
import type { CertificateRequest } from '../wire/messages/certificate-request.ts'
import type { ClientHello } from '../wire/messages/client-hello.ts'
import type { ProtocolVersion } from '../wire/version.ts'
import type { TimerSettings } from './dtls/timer.ts'
import type { Suspend } from './wait.ts'

/** What the security level is asked about (the `SSL_SECOP_*` of the facade). */
export type SecurityQuestion =
  | 'cipher-supported'
  | 'cipher-shared'
  | 'cipher-check'
  | 'group-supported'
  | 'group-shared'
  | 'group-check'
  | 'signature-supported'
  | 'signature-shared'
  | 'signature-check'
  | 'signature-mask'
  | 'temporary-dh'
  | 'version'

/** `bits` of security, `id` the number of the thing on the wire. */
export type SecurityPolicy = (question: SecurityQuestion, bits: number, id: number, subject?: unknown) => boolean

/** A pre-shared key with its name. Who gets it wipes the key. */
export interface PskIdentity {
  readonly identity: Uint8Array
  readonly key: Uint8Array
}

/** What the checks of the peer's chain say: 'accepted', or the alert that names what is wrong. */
export type Verdict = { readonly accepted: true } | { readonly accepted: false; readonly alert: number }

/** The stateless cookie of RFC 6347 section 4.2.1. The hello shows the parameters that a cookie may bind. */
export interface CookieExchange {
  /** 1 to 255 bytes, or null when the application gives none. */
  generate(hello: ClientHello | null): Uint8Array | null
  verify(cookie: Uint8Array, hello: ClientHello | null): boolean
}

/** The answer to the name that a client asks for; a client's own may only refuse. */
export type ServerNameAnswer = 'accepted' | 'not-acknowledged' | { readonly alert: number }

/** A server's answer to the protocols that the client offers. */
export type AlpnAnswer = { readonly selected: Uint8Array } | 'none' | 'refused'

/** What a client's application says of the OCSP response; 'failed': it could not judge. */
export type StatusVerdict = 'accepted' | 'refused' | 'failed'

/** An extension of the application's own. Its functions may throw a `ProtocolFailure`. */
export interface CustomExtension {
  readonly type: number
  /** The peer's is passed over, and none is sent, when a session is resumed. */
  readonly ignoredOnResumption: boolean
  /** The body for the hello that is being made; null: the hello goes without. */
  write(): Uint8Array | null
  /** Reads the body of the peer's hello. */
  read(body: Uint8Array): void
}

/** A master secret that the application has by other means, and the suite that goes with it, if it says so. */
export interface ExternalSecret {
  /** Not empty; who gets it wipes it. */
  readonly master: Uint8Array
  readonly suite: number | null
}

/**
 * Everything a handshake asks its owner. Read when it is needed, not before, so that a callback may still change it.
 * Lists are in order of preference. Numbers are those of the wire.
 */
export interface HandshakeConfig {
  readonly role: 'client' | 'server'
  /** Enabled versions, newest first. */
  readonly versions: readonly ProtocolVersion[]
  /** One version is all there is, not one of several left: a peer of another is told so in another word. */
  readonly fixedVersion: boolean
  /** The version of the first records of a client; it may be lower than what is offered (RFC 5246 appendix E.1). */
  readonly firstRecordVersion: number
  readonly suites: readonly CipherSuite[]
  /** The server's order of suites and signature schemes decides, not the client's. */
  readonly serverPreference: boolean
  /** A server puts the ChaCha20 suites first where the client's first one is of them. */
  readonly prefersChaCha: boolean
  /** Schemes of ECDSA are bound to the curve in their name, as Suite B wants (RFC 6460 section 4). */
  readonly curveBoundSchemes: boolean
  readonly groups: readonly number[]
  readonly signatureSchemes: readonly number[]
  /** What a server asks of a client's signatures; the general list when null. */
  readonly clientSignatureSchemes: readonly number[] | null
  readonly credentials: readonly Credential[]
  readonly permits: SecurityPolicy

  readonly extendedMasterSecret: boolean
  readonly encryptThenMac: boolean
  /** RFC 7507: this attempt is a fallback. */
  readonly fallback: boolean
  /** Hellos of a length that some servers cannot take are made longer (RFC 7685). */
  readonly padding: boolean
  /** A client accepts a server without renegotiation_info (RFC 5746 section 4.1). */
  readonly legacyServerConnect: boolean
  /** The peer may ask for a new handshake inside the connection, which a server that asked itself allows anyhow. */
  readonly peerMayRenegotiate: boolean
  /** Both sides may renegotiate without RFC 5746, which anybody in between can abuse. */
  readonly unsafeRenegotiation: boolean
  /** A server resumes the session that a renegotiating client offers. */
  readonly resumptionOnRenegotiation: boolean
  /** RFC 6520: the `HeartbeatMode` of our hellos, 1 (the peer may send requests) or 2 (it may not); null: no heartbeats. */
  readonly heartbeat: 1 | 2 | null
  /** RFC 6066 section 4: the code that a client asks for, 1 to 4, or 0. */
  readonly maxFragmentLength: number
  /** The most plaintext of a record that leaves, 512 to 16384 bytes; what the hellos agree on comes before it. */
  readonly maxSendFragment: number
  /** The name that a client asks for. */
  readonly serverName: string | null
  /** The protocols that a client offers. */
  readonly alpn: readonly Uint8Array[]
  /** RFC 5764, DTLS only: SRTP protection profiles, best first; none when absent. */
  readonly srtpProfiles?: readonly number[]
  /** RFC 6066 section 8: what a client asks for with its status_request; nothing when null or absent. */
  readonly statusRequest?: StatusRequest | null
  /** The most bytes of a Certificate message. */
  readonly maxCertificateList: number
  /** Ephemeral Diffie-Hellman parameters of a server, by security bits of its certificate; null: no DHE. */
  readonly dhParameters: ((securityBits: number) => DhParameters | null) | null
  /** RFC 4279 section 5.2; null when the server has none to give. */
  readonly pskHint: Uint8Array | null
  /** Whether PSK suites can be negotiated at all. */
  readonly psk: boolean
  /** What a server asks of the client: nothing, a certificate, or a certificate without which it goes no further. */
  readonly clientAuthentication: 'none' | 'request' | 'require'
  /** `ClientCertificateType` values for a server's CertificateRequest; null: those of the signature schemes. */
  readonly certificateTypes: readonly number[] | null
  /** DER names that a server's CertificateRequest lists. */
  readonly certificateAuthorities: readonly Uint8Array[]
  readonly cookie: CookieExchange | null
  readonly sessions: SessionPolicy

  /** Looks at the ClientHello before anything is decided; may suspend or refuse. */
  onClientHello(hello: ClientHello): { readonly alert: number } | null | Suspend
  /** Of a server: judges the name that the client asks for. Of a client: hears that the ServerHello's extensions are read. */
  onServerName(name: string | null): ServerNameAnswer
  /** The application may change its certificates now. False: it fails the handshake. */
  onCertificate(request: CertificateRequest | null): boolean | Suspend
  onAlpn(offered: readonly Uint8Array[]): AlpnAnswer
  /**
   * A server's OCSP response for the certificate that it is going to show, null for none. Asked once that is chosen; without
   * a certificate the request is only made known.
   */
  onStatusRequest?(request: StatusRequest, credential: Credential | null): Uint8Array | null
  /** A client's judgement of the response, null when none came; asked in every full handshake. */
  onStatusResponse?(response: Uint8Array | null): StatusVerdict
  /** Extensions of the application's own for the ClientHello or the ServerHello, in the order in which they are sent. */
  customExtensions?(hello: 'client' | 'server'): readonly CustomExtension[]
  /**
   * A master secret that the application has by other means for the ticket of the client; null: none. A server is shown the
   * suites that the client offers. Nobody is asked when it is absent.
   */
  readonly externalSecret?: ((suites: readonly number[] | null) => ExternalSecret | null) | null
  /** The credential of a client, when it has one that the request allows. */
  clientCredential(request: CertificateRequest): Credential | null | Suspend
  /** Checks a chain, leaf first. */
  verifyPeer(chain: readonly Certificate[]): Verdict | Suspend
  clientPsk(hint: Uint8Array | null): PskIdentity | null
  serverPsk(identity: Uint8Array): Uint8Array | null

  /** TLS: bytes at which what is written is cut into records, no more than `maxSendFragment`. */
  readonly splitSendFragment: number
  /** TLS 1.0: an empty record goes before data that CBC protects, whose IV would be known otherwise. */
  readonly emptyRecords: boolean
  /** DTLS. */
  readonly timer: TimerSettings
  /** DTLS: bytes that a datagram may have; 0 when unknown. `expirations`: how often the timer ran out on this flight. */
  pathMtu(expirations: number): number
}
