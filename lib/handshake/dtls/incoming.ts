import { ProtocolFailure } from '../../base/failure.ts'
import type { Discards } from '../../record/discard.ts'
import { encodeUnfragmented, type HandshakeFragment } from '../../wire/handshake.ts'
import { Reader } from '../../wire/reader.ts'
import { HandshakeType } from '../../wire/registry.ts'
import type { HandshakeMessage } from '../link.ts'
import { DEFAULT_MAX_CERTIFICATES, longestBody } from '../message-sizes.ts'
import { nextFragment } from './fragment.ts'
import { Reassembly } from './reassembly.ts'

export interface IncomingListener {
  /** Bytes have come that were not there before. */
  progressed(): void
  /** The final fragment of the last message that was read has come again. */
  repeated(fragment: HandshakeFragment): void
  /** The final fragment of a Finished has come that belongs to the handshake before a renegotiation. */
  repeatedFormer(fragment: HandshakeFragment): void
}

/** Puts the peer's handshake messages together and in order (RFC 6347 section 4.2.2). */
export class IncomingMessages {
  /** The most bytes of a message that carries certificates, or asks for them. */
  maxCertificates = DEFAULT_MAX_CERTIFICATES
  /** No handshake is under way: nothing new is taken in, only the repetition of the last message is heard. */
  #idle = false
  #next = 0
  #changeCipherSpec = false
  /** A renegotiation has begun whose first message is not known yet: HelloRequests before it count, also lost ones. */
  #floating = false
  /** By message number; more than one where fragments disagree about what it is. */
  readonly #messages = new Map<number, readonly Reassembly[]>()
  readonly #role: 'client' | 'server'
  readonly #discards: Discards
  readonly #listener: IncomingListener

  /** `role`: whose messages these are put together for. */
  constructor(role: 'client' | 'server', discards: Discards, listener: IncomingListener) {
    this.#role = role
    this.#discards = discards
    this.#listener = listener
  }

  /** Part of a later message has come, so the peer has seen what we sent last. */
  get begun(): boolean {
    return this.#messages.size > 0
  }

  get readable(): boolean {
    return this.#complete() !== undefined
  }

  get nextSequence(): number {
    return this.#next
  }

  /** After a stateless cookie exchange the first ClientHello has been read, and answered, by the gate. */
  startAt(sequence: number): void {
    this.#next = sequence
    this.#idle = false
    this.#floating = false
    this.#messages.clear()
  }

  /** A handshake inside the connection. */
  restart(): void {
    this.startAt(0)
    this.#floating = this.#role === 'client'
  }

  /**
   * Takes the fragments of a record apart. A malformed one ends the record in silence: nobody has signed it. `former`: the
   * record came under keys under which the handshake before this one was finished, and this one cannot be.
   */
  receive(payload: Uint8Array, former = false): void {
    const reader = new Reader(payload)
    while (reader.remaining > 0) {
      const fragment = nextFragment(reader)
      if (fragment === null) {
        this.#discards.note('malformed-fragment', payload)
        return
      }
      if (former && fragment.type === HandshakeType.finished) this.#onFormer(fragment)
      else this.#add(fragment)
    }
    if (payload.length === 0) this.#discards.note('malformed-fragment', payload)
  }

  read(): HandshakeMessage | null {
    const message = this.#complete()
    if (message === undefined) return null
    const body = message.body()
    const raw = encodeUnfragmented(message.type, this.#next, body)
    this.#messages.delete(this.#next)
    this.#next++
    this.#floating = false
    return { type: message.type, body, raw }
  }

  /** The content of a ChangeCipherSpec record. */
  receiveChangeCipherSpec(payload: Uint8Array): void {
    if (payload.length === 1 && payload[0] === 1) this.#changeCipherSpec = true
    else this.#discards.note('malformed-fragment', payload)
  }

  /** One has come since the last call. */
  takeChangeCipherSpec(): boolean {
    const seen = this.#changeCipherSpec
    this.#changeCipherSpec = false
    return seen
  }

  /** The peer changes its keys in answer to what is sent now: a ChangeCipherSpec from before means nothing (pion/dtls#138). */
  expectAnswer(): void {
    this.#changeCipherSpec = false
  }

  /** The keys change: what came under the old ones and was not read may not be read under the new (RFC 6347 section 4.1). */
  dropUnread(): void {
    this.#messages.clear()
    this.#changeCipherSpec = false
  }

  /** The handshake is over. */
  settle(): void {
    this.#idle = true
    this.#changeCipherSpec = false
  }

  #onFormer(fragment: HandshakeFragment): void {
    if (isFinal(fragment)) this.#listener.repeatedFormer(fragment)
  }

  #add(fragment: HandshakeFragment): void {
    const { messageSequence: sequence } = fragment
    if (this.#role === 'client' && fragment.type === HandshakeType.helloRequest && fragment.length === 0) {
      // RFC 5246 section 7.4.1.1: no part of a handshake that is under way, wherever in it it comes (openssl/openssl#32363).
      this.#discards.note('stale-message', fragment.fragment)
      return
    }
    if (sequence < this.#next) {
      if (isFinal(fragment) && sequence === this.#next - 1) this.#listener.repeated(fragment)
      else this.#discards.note('stale-message', fragment.fragment)
      return
    }
    if (this.#idle || sequence >= this.#next + MAX_AHEAD) {
      this.#discards.note('distant-message', fragment.fragment)
      return
    }
    if (fragment.length > longestBody(fragment.type, this.maxCertificates)) {
      // In its turn the peer is told why, as OpenSSL does; ahead of it nobody has asked for it yet.
      if (sequence === this.#next) throw new ProtocolFailure('excessive-message-size')
      this.#discards.note('reassembly-full', fragment.fragment)
      return
    }
    this.#put(sequence, fragment)
  }

  #put(sequence: number, fragment: HandshakeFragment): void {
    const claims = this.#messages.get(sequence) ?? []
    if (claims.some(claim => claim.complete)) return
    let message = claims.find(claim => claim.agrees(fragment))
    if (message === undefined) {
      // Of two that differ one is wrong, and it may be the first: kept apart, so that a forger cannot lock the peer out.
      if (claims.length > 0) this.#discards.note('conflicting-fragment', fragment.fragment)
      message = new Reassembly(fragment)
      this.#messages.set(sequence, [...claims, message].slice(-MAX_CLAIMS))
    }
    const { held } = message
    if (!message.add(fragment)) this.#discards.note('reassembly-full', fragment.fragment)
    else if (message.held > held) this.#listener.progressed()
    // RFC 6347 section 4.2.2 numbers HelloRequest and ServerHello in one row, and only a ServerHello can be first.
    if (!this.#floating || message.type !== HandshakeType.serverHello || !message.complete) return
    this.#floating = false
    this.#next = sequence
  }

  #complete(): Reassembly | undefined {
    return this.#messages.get(this.#next)?.find(claim => claim.complete)
  }
}

function isFinal({ offset, fragment, length }: HandshakeFragment): boolean {
  return offset + fragment.length === length
}

/** OpenSSL keeps messages up to ten ahead; the longest flight, the server's with a client certificate, has seven. */
const MAX_AHEAD = 10
/** What is kept of fragments that disagree about one message. */
const MAX_CLAIMS = 2
