import { EMPTY } from '../../base/bytes.ts'
import type { Clock } from '../../base/clock.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import type { Opener, Sealer } from '../../crypto/sealer.ts'
import type { Discards } from '../../record/discard.ts'
import type { DtlsInput } from '../../record/dtls-input.ts'
import type { DtlsOutput } from '../../record/dtls-output.ts'
import { WriteEpoch } from '../../record/epoch.ts'
import { DTLS_HANDSHAKE_HEADER, encodeFragment, encodeUnfragmented } from '../../wire/handshake.ts'
import { MAX_PLAINTEXT } from '../../wire/record.ts'
import { ContentType, HandshakeType } from '../../wire/registry.ts'
import type { Association } from '../association.ts'
import type { HandshakeMessage, Opening } from '../link.ts'
import { IncomingMessages } from './incoming.ts'
import type { DatagramLink } from './link.ts'
import { handshakeOpening } from './opening.ts'

export interface AssociationLinkOptions {
  readonly association: Association
  readonly clock: Clock
  readonly discards: Discards
  readonly role: 'client' | 'server'
  /** Called for each message or ChangeCipherSpec that leaves, whole. */
  readonly onSent: (contentType: number, bytes: Uint8Array) => void
}

/**
 * DTLS on a transport that delivers: nothing is gathered, sent again or waited for, and a message is one record, cut only
 * where it is longer than a record can be (RFC 6083 sections 4.1 and 4.2).
 */
export class AssociationLink implements DatagramLink {
  readonly datagram = true
  readonly association: Association
  /** Until when the peer has time to say something under the new key of the association. */
  deadline: number | null = null
  readonly #options: AssociationLinkOptions
  readonly #input: DtlsInput
  readonly #output: DtlsOutput
  readonly #incoming: IncomingMessages
  #nextSend = 0
  /** The most plaintext of a record that leaves, and what the handshake under way has agreed on. */
  #maxPlaintext = MAX_PLAINTEXT
  #agreedPlaintext = MAX_PLAINTEXT
  /** A HelloRequest was sent: it has used up the number 0 (RFC 6347 section 4.2.2). */
  #requested = false

  constructor(input: DtlsInput, output: DtlsOutput, options: AssociationLinkOptions) {
    this.#input = input
    this.#output = output
    this.#options = options
    this.association = options.association
    const { role, discards } = options
    this.#incoming = new IncomingMessages(role, discards, {
      progressed: () => {},
      repeated: ({ fragment }) => discards.note('stale-message', fragment),
      repeatedFormer: ({ fragment }) => discards.note('stale-message', fragment),
    })
  }

  get readable(): boolean {
    return this.#incoming.readable
  }

  setVersion(wire: number, negotiated: boolean): void {
    this.#output.version = wire
    if (negotiated) this.#input.version = wire
  }

  setMaxPlaintext(bytes: number): void {
    this.#agreedPlaintext = bytes
    this.#maxPlaintext = bytes
    // In a renegotiation there may be data on its way that was sent before the peer knew.
    if (this.#input.epoch === 0) this.#input.maxPlaintext = bytes
  }

  setMaxCertificates(bytes: number): void {
    this.#incoming.maxCertificates = bytes
  }

  send(type: number, body: Uint8Array): Uint8Array {
    const sequence = this.#nextSend++
    const raw = encodeUnfragmented(type, sequence, body)
    if (raw.length <= this.#maxPlaintext) this.#output.send(ContentType.handshake, raw)
    else this.#sendInPieces(type, sequence, body)
    this.#options.onSent(ContentType.handshake, raw)
    return raw
  }

  sendChangeCipherSpec(): void {
    const body = Uint8Array.of(1)
    this.#output.send(ContentType.changeCipherSpec, body)
    this.#options.onSent(ContentType.changeCipherSpec, body)
  }

  installWriteKeys(sealer: Sealer): void {
    // Nothing is sent again, so that the keys before these have had their time.
    this.#output.epoch.sealer?.wipe()
    this.#output.epoch = new WriteEpoch(this.#output.epoch.number + 1, sealer)
    this.#expectPeer()
  }

  installReadKeys(opener: Opener): void {
    this.#incoming.dropUnread()
    this.#input.maxPlaintext = this.#agreedPlaintext
    this.#input.installKeys(opener)
    this.#expectPeer()
  }

  /** A flight is nothing here: its messages have left. */
  endFlight(): void {
    this.#incoming.expectAnswer()
  }

  read(): HandshakeMessage | null {
    return this.#incoming.read()
  }

  takeChangeCipherSpec(): boolean {
    return this.#incoming.takeChangeCipherSpec()
  }

  complete(): void {
    this.deadline = null
    this.#maxPlaintext = this.#agreedPlaintext
    this.#input.settle()
    this.#incoming.settle()
  }

  receive(payload: Uint8Array): void {
    this.#incoming.receive(payload)
  }

  receiveChangeCipherSpec(payload: Uint8Array): void {
    this.#incoming.receiveChangeCipherSpec(payload)
  }

  flush(): boolean {
    return true
  }

  /** Packets under a key that the receiver has not are dropped without a word: such a handshake would wait for ever. */
  onDeadline(): 'idle' {
    if (this.deadline === null || this.#options.clock.now() < this.deadline) return 'idle'
    throw new ProtocolFailure('read-timeout-expired', {
      detail: 'nothing came under the new SCTP-AUTH key: the label may differ (SSL_MODE_DTLS_SCTP_LABEL_LENGTH_BUG)',
    })
  }

  opening(payload: Uint8Array): Opening | null {
    return handshakeOpening(payload, this.#options.role)
  }

  restart(): void {
    this.#incoming.restart()
    this.#nextSend = this.#requested ? 1 : 0
    this.#requested = false
    this.#agreedPlaintext = MAX_PLAINTEXT
    this.#input.handshaking = true
  }

  sendHelloRequest(): void {
    this.#requested = true
    const raw = encodeUnfragmented(HandshakeType.helloRequest, 0, EMPTY)
    this.#output.send(ContentType.handshake, raw)
    this.#options.onSent(ContentType.handshake, raw)
  }

  continueAfterGate(): void {
    throw new ProtocolFailure('internal-error', { detail: 'there are no cookies over SCTP' })
  }

  stop(): void {
    this.deadline = null
  }

  wipe(): void {
    this.#output.epoch.sealer?.wipe()
  }

  #expectPeer(): void {
    this.deadline = this.#options.clock.now() + PATIENCE
  }

  #sendInPieces(type: number, sequence: number, body: Uint8Array): void {
    const room = this.#maxPlaintext - DTLS_HANDSHAKE_HEADER
    for (let offset = 0; offset < body.length; offset += room) {
      const part = body.subarray(offset, offset + room)
      this.#output.send(ContentType.handshake, encodeFragment(type, body.length, sequence, offset, part))
    }
  }
}

/** Milliseconds: several retransmissions of SCTP's. */
const PATIENCE = 30_000
