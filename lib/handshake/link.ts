import type { Opener, Sealer } from '../crypto/sealer.ts'
import type { Association } from './association.ts'

/** A whole handshake message, in its place in the sequence. */
export interface HandshakeMessage {
  readonly type: number
  readonly body: Uint8Array
  /** Header and body as the transcript hashes them. */
  readonly raw: Uint8Array
}

/** What becomes of a flight once it is sent (RFC 6347 section 4.2.4). */
export type FlightEnd =
  /** The peer must answer: a timer runs until it does. */
  | 'awaits-reply'
  /** Nothing needs to come back: no timer, but a peer that repeats itself gets the flight again. */
  | 'kept'

/** The beginning of a new handshake inside a connection, as far as one record holds it. */
export interface Opening {
  /** The record has the message's first byte: a refusal answers this one and no other. */
  readonly first: boolean
  /** Header and body, when the record has them all. */
  readonly message: Uint8Array | null
}

/**
 * The hinge between the handshake machine and the transport's flavour. The machine sends and reads messages in order and
 * says where its flights end; fragments, loss, reordering, epochs and timers are the link's business.
 */
export interface Link {
  /** DTLS: the machine asks only where a message itself differs (cookies, the form of the ClientHello). */
  readonly datagram: boolean
  /** The SCTP association below, which has a say in when keys change (RFC 6083). */
  readonly association?: Association
  /** The version that records carry from now on. */
  setVersion(wire: number, negotiated: boolean): void
  /** The most plaintext of a record in either direction, in bytes (RFC 6066 section 4). */
  setMaxPlaintext(bytes: number): void
  /** Adds a message to the flight; the result is what the transcript hashes. */
  send(type: number, body: Uint8Array): Uint8Array
  sendChangeCipherSpec(): void
  /** What is sent from here on is protected with these keys. */
  installWriteKeys(sealer: Sealer): void
  /** What is read from here on is protected with these keys. */
  installReadKeys(opener: Opener): void
  endFlight(end: FlightEnd): void
  /** The next message in order, or null when it is not complete yet. */
  read(): HandshakeMessage | null
  /** A message is ready to be read. */
  readonly readable: boolean
  /** True once, when the peer's ChangeCipherSpec has come. */
  takeChangeCipherSpec(): boolean
  /** The most bytes of a message that carries certificates, or asks for them. */
  setMaxCertificates(bytes: number): void
  /** The handshake is over: the timer stops, numbering starts again for the next one. */
  complete(sentLast: boolean): void
}
