import { concat, EMPTY } from '../../base/bytes.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import type { Opener, Sealer } from '../../crypto/sealer.ts'
import type { TlsInput } from '../../record/tls-input.ts'
import type { TlsOutput } from '../../record/tls-output.ts'
import {
  encodeTlsMessage,
  readTlsMessageHeader,
  TLS_HANDSHAKE_HEADER,
  type TlsMessageHeader,
} from '../../wire/handshake.ts'
import { MAX_PLAINTEXT } from '../../wire/record.ts'
import { ContentType, HandshakeType } from '../../wire/registry.ts'
import type { FlightEnd, HandshakeMessage, Link, Opening } from '../link.ts'
import { longestBody } from '../message-sizes.ts'
import { StreamedMessages } from './messages.ts'

export interface TlsLinkOptions {
  readonly role: 'client' | 'server'
  /** The most plaintext of a record, in bytes, that this side wants to send. */
  readonly maxSend: () => number
  /** An empty record goes before data where the IV is known (TLS 1.0). */
  readonly emptyRecords: () => boolean
  /** Called for each message or ChangeCipherSpec that leaves. */
  readonly onSent: (contentType: number, bytes: Uint8Array) => void
}

/** The stream flavour of the link: the transport loses and reorders nothing, so a breach of the order is the peer's. */
export class TlsLink implements Link {
  readonly datagram = false
  readonly #options: TlsLinkOptions
  readonly #input: TlsInput
  readonly #output: TlsOutput
  readonly #messages: StreamedMessages
  #changeCipherSpec = false
  #unproven = false
  #handshaking = true
  #maxPlaintext = MAX_PLAINTEXT
  /** What had come, in earlier records, of the message that begins a new handshake. */
  #begun: Uint8Array = EMPTY
  /** What is to come of it if nobody follows. */
  #declined = 0

  constructor(input: TlsInput, output: TlsOutput, options: TlsLinkOptions) {
    this.#input = input
    this.#output = output
    this.#options = options
    this.#messages = new StreamedMessages(options.role === 'client')
  }

  get readable(): boolean {
    return this.#changeCipherSpec || this.#messages.readable
  }

  get handshaking(): boolean {
    return this.#handshaking
  }

  /** Part of a message has come. */
  get amidMessage(): boolean {
    return this.#messages.held > 0
  }

  /** The peer has changed its keys, and Finished has not come: nothing may come before it. */
  get unproven(): boolean {
    return this.#unproven
  }

  setVersion(wire: number, negotiated: boolean): void {
    this.#output.version = wire
    if (negotiated) this.#input.version = wire
  }

  setMaxPlaintext(bytes: number): void {
    this.#input.maxPlaintext = bytes
    this.#maxPlaintext = bytes
  }

  setMaxCertificates(bytes: number): void {
    this.#messages.maxCertificates = bytes
  }

  send(type: number, body: Uint8Array): Uint8Array {
    const raw = encodeTlsMessage(type, body)
    const most = Math.min(this.#options.maxSend(), this.#maxPlaintext)
    for (let at = 0; at < raw.length; at += most) {
      this.#output.send(ContentType.handshake, raw.subarray(at, at + most))
    }
    this.#options.onSent(ContentType.handshake, raw)
    return raw
  }

  sendChangeCipherSpec(): void {
    this.#output.send(ContentType.changeCipherSpec, CHANGE_CIPHER_SPEC)
    this.#options.onSent(ContentType.changeCipherSpec, CHANGE_CIPHER_SPEC)
  }

  installWriteKeys(sealer: Sealer): void {
    this.#output.installKeys(sealer, sealer.chainedIv === true && this.#options.emptyRecords())
  }

  installReadKeys(opener: Opener): void {
    this.#input.installKeys(opener)
    this.#unproven = true
  }

  /** The transport sees to it that flights arrive. */
  endFlight(_end: FlightEnd): void {}

  read(): HandshakeMessage | null {
    const message = this.#messages.read()
    if (message !== null) this.#unproven = false
    // It is not what the handshake waits for now.
    else if (this.#changeCipherSpec) throw new ProtocolFailure('unexpected-message')
    return message
  }

  takeChangeCipherSpec(): boolean {
    // What is left was sent with the old keys, and would be read as if with the new (CVE-2014-0224 and its kin).
    if (this.#changeCipherSpec && this.amidMessage) throw new ProtocolFailure('change-cipher-spec-early')
    const seen = this.#changeCipherSpec
    this.#changeCipherSpec = false
    return seen
  }

  /** Nothing may come behind Finished in its record: it would be read as if it had come later. */
  complete(_sentLast: boolean): void {
    if (this.amidMessage) throw new ProtocolFailure('unexpected-message')
    this.#handshaking = false
    this.#messages.passesOverRequests = false
  }

  /**
   * What this content begins, while no handshake is under way: HelloRequest to a client, ClientHello to a server, once its
   * header is whole. If nobody follows, the rest of it is passed over.
   */
  opening(payload: Uint8Array): Opening | null {
    if (this.#declined > 0) {
      if (payload.length > this.#declined) throw new ProtocolFailure('unexpected-message')
      this.#declined -= payload.length
      return { first: false, message: null }
    }
    const content = concat(this.#messages.peek(), payload)
    const header = readTlsMessageHeader(content)
    if (header === null || !this.#begins(header)) return null
    const length = TLS_HANDSHAKE_HEADER + header.length
    // Who asks waits for an answer.
    if (content.length > length) return null
    this.#begun = this.#messages.peek().slice()
    this.#messages.clear()
    this.#declined = length - content.length
    return { first: true, message: content.length === length ? content : null }
  }

  /** A new handshake inside the connection. */
  restart(): void {
    // What has come of a ClientHello in records before counts; a HelloRequest has been read.
    if (this.#options.role === 'server') this.#messages.receive(this.#begun)
    this.#begun = EMPTY
    this.#declined = 0
    this.#handshaking = true
    this.#messages.passesOverRequests = this.#options.role === 'client'
  }

  /** A message of its own, which belongs to no handshake (RFC 5246 section 7.4.1.1). */
  sendHelloRequest(): void {
    this.send(HandshakeType.helloRequest, EMPTY)
  }

  /** Handshake content of a record. Outside a handshake only what begins one may come. */
  receive(payload: Uint8Array): void {
    this.#messages.receive(payload)
    if (!this.#handshaking && this.#messages.header !== null) throw new ProtocolFailure('unexpected-message')
  }

  /** RFC 5246 section 7.1: one byte, between two messages, and in a handshake only. */
  receiveChangeCipherSpec(payload: Uint8Array): void {
    if (payload.length === 0) return
    const { held } = this.#messages
    if (!this.#handshaking || held >= TLS_HANDSHAKE_HEADER) throw new ProtocolFailure('change-cipher-spec-early')
    if (held > 0 || payload.length !== 1 || payload[0] !== 1) throw new ProtocolFailure('bad-change-cipher-spec')
    this.#changeCipherSpec = true
  }

  #begins({ type, length }: TlsMessageHeader): boolean {
    if (this.#options.role === 'client') return type === HandshakeType.helloRequest && length === 0
    return type === HandshakeType.clientHello && length <= longestBody(type, 0)
  }
}

const CHANGE_CIPHER_SPEC = Uint8Array.of(1)
