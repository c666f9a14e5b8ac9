import { EMPTY } from '../../base/bytes.ts'
import type { Clock } from '../../base/clock.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import type { Opener, Sealer } from '../../crypto/sealer.ts'
import type { Discards } from '../../record/discard.ts'
import type { DtlsInput } from '../../record/dtls-input.ts'
import type { DtlsOutput } from '../../record/dtls-output.ts'
import { WriteEpoch } from '../../record/epoch.ts'
import { encodeUnfragmented, type HandshakeFragment } from '../../wire/handshake.ts'
import { MAX_PLAINTEXT } from '../../wire/record.ts'
import { ContentType, HandshakeType } from '../../wire/registry.ts'
import type { FlightEnd, HandshakeMessage, Link, Opening } from '../link.ts'
import { Flight, type FlightItem } from './flight.ts'
import { IncomingMessages } from './incoming.ts'
import { handshakeOpening } from './opening.ts'
import { RetransmitTimer, type TimerSettings } from './timer.ts'

export interface DtlsLinkOptions {
  readonly clock: Clock
  readonly discards: Discards
  readonly timer: () => TimerSettings
  readonly role: 'client' | 'server'
  /** Bytes that a datagram may have now; 0 when nobody knows. `expirations`: how often the timer ran out on this flight. */
  readonly pathMtu: (expirations: number) => number
  /** The most plaintext of a record, in bytes, where the hellos have not agreed on it. */
  readonly maxSendFragment: () => number
  /** Called for each message or ChangeCipherSpec that leaves, whole, and again when it is sent again. */
  readonly onSent: (contentType: number, bytes: Uint8Array) => void
}

/** A link whose records are datagrams. */
export interface DatagramLink extends Link {
  /** Milliseconds of the clock; null when no timer runs. */
  readonly deadline: number | null
  /** Handshake content of a record of this epoch that was admitted. */
  receive(payload: Uint8Array, epoch: number): void
  /** The ChangeCipherSpec of a record that was admitted; it counts once the messages before it have been read. */
  receiveChangeCipherSpec(payload: Uint8Array): void
  /** Sends what has ended. False when no path MTU is known, so that nothing could be sent. */
  flush(): boolean
  /** 'idle': no timer has run out. 'resent': the flight left again. Fails when the peer has been silent for too long. */
  onDeadline(): 'idle' | 'resent'
  /** The beginning of a new handshake: HelloRequest to a client, to a server ClientHello as the first message. */
  opening(payload: Uint8Array): Opening | null
  /** A new handshake inside the connection numbers its messages anew. */
  restart(): void
  sendHelloRequest(): void
  /** RFC 6347 section 4.2.1: goes on after the gate answered the first ClientHello and verified the second. */
  continueAfterGate(recordSequence: number, messageSequence: number): void
  stop(): void
  /** Overwrites the keys that are written with. */
  wipe(): void
}

/** The datagram flavour of the link: flights, fragments, message numbers, epochs and the retransmission timer. */
export class DtlsLink implements DatagramLink {
  readonly datagram = true
  readonly #options: DtlsLinkOptions
  readonly #input: DtlsInput
  readonly #output: DtlsOutput
  readonly #incoming: IncomingMessages
  readonly #timer: RetransmitTimer
  #flight = new Flight()
  /** The flight is whole but not yet cut to datagrams. */
  #unsent = false
  #nextSend = 0
  /** The most plaintext of a record that leaves, and what the handshake under way has agreed on. */
  #maxPlaintext = MAX_PLAINTEXT
  #agreedPlaintext = MAX_PLAINTEXT
  #lastSent = 0
  /** The number of the last message that the flight answers. */
  #answered = -1
  /** In a renegotiation: the epoch in which it began, 0 else, and the last flight of the handshake before it. */
  #formerEpoch = 0
  #former: Flight | null = null
  /** What was written with before, as long as a flight may be sent again with it. */
  #spent: WriteEpoch[] = []
  /** A HelloRequest has left since the last handshake: it counts among the messages of the next. */
  #requested = false

  constructor(input: DtlsInput, output: DtlsOutput, options: DtlsLinkOptions) {
    this.#input = input
    this.#output = output
    this.#options = options
    this.#timer = new RetransmitTimer(options.clock, options.timer)
    this.#incoming = new IncomingMessages(options.role, options.discards, {
      progressed: () => this.#timer.heard(),
      repeated: fragment => this.#onRepeat(fragment),
      repeatedFormer: fragment => this.#onFormerRepeat(fragment),
    })
  }

  get deadline(): number | null {
    return this.#timer.deadline
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
    if (this.#formerEpoch === 0) this.#input.maxPlaintext = bytes
  }

  setMaxCertificates(bytes: number): void {
    this.#incoming.maxCertificates = bytes
  }

  send(type: number, body: Uint8Array): Uint8Array {
    this.#openFlight()
    const sequence = this.#nextSend++
    const raw = encodeUnfragmented(type, sequence, body)
    this.#flight.items.push({ kind: 'message', epoch: this.#output.epoch, type, sequence, raw })
    return raw
  }

  sendChangeCipherSpec(): void {
    this.#openFlight()
    this.#flight.items.push({ kind: 'change-cipher-spec', epoch: this.#output.epoch })
  }

  installWriteKeys(sealer: Sealer): void {
    this.#spent.push(this.#output.epoch)
    this.#output.epoch = new WriteEpoch(this.#output.epoch.number + 1, sealer)
  }

  installReadKeys(opener: Opener): void {
    this.#incoming.dropUnread()
    this.#input.maxPlaintext = this.#agreedPlaintext
    this.#input.installKeys(opener)
  }

  endFlight(end: FlightEnd): void {
    this.#flight.end = end
    this.#unsent = true
    this.#answered = this.#incoming.nextSequence - 1
    this.#incoming.expectAnswer()
  }

  read(): HandshakeMessage | null {
    return this.#incoming.read()
  }

  takeChangeCipherSpec(): boolean {
    return this.#incoming.takeChangeCipherSpec()
  }

  complete(sentLast: boolean): void {
    this.#timer.stop()
    if (!sentLast) this.#flight = new Flight()
    this.#former = null
    this.#formerEpoch = 0
    this.#maxPlaintext = this.#agreedPlaintext
    this.#wipeSpent(epoch => this.#flight.items.some(item => item.epoch === epoch))
    this.#input.settle()
    this.#incoming.settle()
  }

  opening(payload: Uint8Array): Opening | null {
    return handshakeOpening(payload, this.#options.role)
  }

  /** A new handshake inside the connection numbers its messages from 0 again. */
  restart(): void {
    this.#incoming.restart()
    this.#nextSend = this.#requested ? 1 : 0
    this.#requested = false
    this.#answered = -1
    this.#formerEpoch = this.#input.epoch
    // A server that reads the hello of this one knows that the client has finished the former.
    this.#former = this.#options.role === 'client' && this.#flight.end === 'kept' ? this.#flight : null
    this.#agreedPlaintext = MAX_PLAINTEXT
    this.#input.handshaking = true
  }

  /**
   * Its number is 0, and ServerHello's is then 1 (RFC 6347 section 4.2.2). It belongs to no flight: the last one may still
   * be wanted, and nobody asks for this one again.
   */
  sendHelloRequest(): void {
    const raw = encodeUnfragmented(HandshakeType.helloRequest, 0, EMPTY)
    this.#output.send(ContentType.handshake, raw)
    this.#options.onSent(ContentType.handshake, raw)
    this.#requested = true
  }

  /** RFC 6347 section 4.2.1: goes on after the gate answered the first ClientHello and verified the second. */
  continueAfterGate(recordSequence: number, messageSequence: number): void {
    this.#incoming.startAt(messageSequence)
    this.#nextSend = 1
    this.#output.epoch.continueFrom(recordSequence)
  }

  receive(payload: Uint8Array, epoch: number): void {
    // Finished comes under new keys: under those in which a renegotiation began it is the former handshake's.
    this.#incoming.receive(payload, this.#formerEpoch > 0 && epoch === this.#formerEpoch)
  }

  /** The ChangeCipherSpec of a record that was admitted; it counts once the messages before it have been read. */
  receiveChangeCipherSpec(payload: Uint8Array): void {
    this.#incoming.receiveChangeCipherSpec(payload)
  }

  /** Cuts and sends a flight that has ended. False when no path MTU is known, so that nothing could be sent. */
  flush(): boolean {
    if (!this.#unsent) return true
    if (!this.#transmit()) return false
    this.#unsent = false
    if (this.#flight.end === 'awaits-reply') this.#timer.start()
    return true
  }

  /** 'idle': no timer has run out. 'resent': the flight left again. Fails when the peer has been silent for too long. */
  onDeadline(): 'idle' | 'resent' {
    if (!this.#timer.expired) return 'idle'
    if (!this.#timer.backOff()) throw new ProtocolFailure('read-timeout-expired')
    this.#transmit()
    return 'resent'
  }

  stop(): void {
    this.#timer.stop()
    this.#unsent = false
  }

  wipe(): void {
    this.#wipeSpent(() => false)
    this.#output.epoch.sealer?.wipe()
  }

  #wipeSpent(wanted: (epoch: WriteEpoch) => boolean): void {
    for (const epoch of this.#spent) if (!wanted(epoch)) epoch.sealer?.wipe()
    this.#spent = this.#spent.filter(wanted)
  }

  #openFlight(): void {
    if (this.#flight.end === null) return
    this.#timer.stop()
    this.#flight = new Flight()
  }

  #transmit(): boolean {
    const sent = this.#put(this.#flight)
    if (sent) this.#lastSent = this.#options.clock.now()
    return sent
  }

  #put(flight: Flight): boolean {
    const mtu = this.#options.pathMtu(this.#timer.expirations)
    if (mtu <= 0) return false
    const agreed = this.#maxPlaintext < MAX_PLAINTEXT
    const maxPlaintext = agreed ? this.#maxPlaintext : this.#options.maxSendFragment()
    flight.transmit(this.#output, { mtu, maxPlaintext }, item => this.#announce(item))
    return true
  }

  #announce(item: FlightItem): void {
    if (item.kind === 'message') this.#options.onSent(ContentType.handshake, item.raw)
    else this.#options.onSent(ContentType.changeCipherSpec, Uint8Array.of(1))
  }

  /**
   * The peer sent the end of its last flight again, so it has not got ours (RFC 6347 section 4.2.4). Without protection such
   * a message may be anybody's: it is then answered only if some time has passed, or with no more bytes than have come, as a
   * HelloVerifyRequest is, and not for ever where the timer does the same, so that nobody can amplify with it or keep a dead
   * handshake alive.
   */
  #onRepeat({ messageSequence, fragment }: HandshakeFragment): void {
    const { end, transmissions } = this.#flight
    const spaced =
      this.#input.epoch > 0 ||
      this.#options.clock.now() - this.#lastSent >= REPEAT_SPACING ||
      this.#flight.length <= fragment.length
    const missed =
      end === 'kept' || (end === 'awaits-reply' && !this.#incoming.begun && transmissions < MAX_TRANSMISSIONS)
    if (messageSequence !== this.#answered || transmissions === 0 || !spaced || !missed) {
      this.#options.discards.note('stale-message', fragment)
      return
    }
    this.#transmit()
    this.#timer.restart()
  }

  /** The peer has not got the end of the former handshake, and will not look at this one before it has. */
  #onFormerRepeat({ fragment }: HandshakeFragment): void {
    if (this.#former === null || this.#incoming.begun) this.#options.discards.note('stale-message', fragment)
    else this.#put(this.#former)
  }
}

/** Milliseconds. */
const REPEAT_SPACING = 250
/** As often as a timer that is left to itself and one repetition for each of its resends come to, and some. */
const MAX_TRANSMISSIONS = 32
