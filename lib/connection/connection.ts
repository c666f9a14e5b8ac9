import { ProtocolFailure } from '../base/failure.ts'
import { exportKeyingMaterial } from '../crypto/key-schedule.ts'
import type { Association } from '../handshake/association.ts'
import type { HandshakeContext } from '../handshake/context.ts'
import type { VerifiedHello } from '../handshake/hello-gate.ts'
import type { HandshakeState } from '../handshake/state.ts'
import type { Wait } from '../handshake/wait.ts'
import type { Discards } from '../record/discard.ts'
import { lengthOf } from '../wire/extensions/max-fragment-length.ts'
import { MAX_PLAINTEXT } from '../wire/record.ts'
import { ContentType } from '../wire/registry.ts'
import type { Alerts } from './alerts.ts'
import type { Breakdown } from './breakdown.ts'
import type { Channel } from './channel.ts'
import type { Handshakes } from './handshakes.ts'
import type { HeartbeatRefusal, HeartbeatRequest, HeartbeatState, Heartbeats } from './heartbeats.ts'
import type { Intake, Interruption } from './intake.ts'
import { assemble, type ConnectionOptions } from './parts.ts'

/** How far a handshake came: to its end, to something it waits for, or to a failure. */
export type Progress = 'done' | 'failed' | 'closed' | 'flush' | Wait

/** What may be read now, when there is no data. */
export type ReadState = 'open' | 'closed' | 'failed'

/**
 * A connection without sockets, timers or a random source of its own: datagrams, or bytes of a stream, go in with `receive`,
 * come out of `takeOutput`, and `nextDeadline` says when `onDeadline` wants to be called. Nothing here throws for what a peer sent.
 */
export class Connection {
  /** What was dropped in silence, by reason. */
  readonly discards: Discards
  readonly #confirmsOutput: boolean
  readonly #channel: Channel
  readonly #alerts: Alerts
  readonly #handshakes: Handshakes
  readonly #heartbeats: Heartbeats
  readonly #intake: Intake
  readonly #breakdown: Breakdown

  constructor(options: ConnectionOptions) {
    this.#confirmsOutput = options.confirmsOutput === true
    const { discards, channel, alerts, handshakes, heartbeats, intake, breakdown } = assemble(options)
    this.discards = discards
    this.#channel = channel
    this.#alerts = alerts
    this.#handshakes = handshakes
    this.#heartbeats = heartbeats
    this.#intake = intake
    this.#breakdown = breakdown
  }

  /** What the current or last handshake has found out. */
  get negotiated(): HandshakeContext {
    return this.#handshakes.current
  }

  get state(): HandshakeState {
    return this.failure !== null ? 'error' : this.negotiated.state
  }

  /** A handshake has been finished: data flows, also while another one is under way. */
  get established(): boolean {
    return this.#handshakes.established
  }

  /** The first handshake has begun, or is done. */
  get begun(): boolean {
    return this.established || this.#handshakes.underWay
  }

  /** Established, with no handshake under way and none to begin: `handshake` has nothing to do. */
  get settled(): boolean {
    return this.#handshakes.settled
  }

  /** No handshake has been finished, or another one is under way. */
  get handshaking(): boolean {
    return !this.established || this.#handshakes.underWay
  }

  /** A new handshake was asked for, by either side, and is not finished. */
  get renegotiating(): boolean {
    return this.#handshakes.renewing
  }

  /** How many new handshakes this side has begun: of itself, or for a HelloRequest. */
  get renegotiations(): number {
    return this.#handshakes.renewals
  }

  /** The failure that ended the connection. */
  get failure(): ProtocolFailure | null {
    return this.#breakdown.failure
  }

  get sentClose(): boolean {
    return this.#alerts.sentClose
  }

  get receivedClose(): boolean {
    return this.#alerts.receivedClose
  }

  /** Bytes of the record being read that are left. */
  get pending(): number {
    return this.#intake.available
  }

  /** Something has arrived that will yet be looked at. */
  get hasInput(): boolean {
    return this.failure === null && this.#intake.occupied
  }

  /** Nothing is in its buffers: neither read nor written, nor a record of which a part has come. */
  get idle(): boolean {
    return !this.hasInput && !this.#channel.midRecord && !this.hasOutput
  }

  /** The reader is behind, and the transport keeps what comes: nothing is to be taken from it until `read` was called. */
  get congested(): boolean {
    return this.#intake.crowded
  }

  /** All that was sent has been acknowledged, where somebody can tell. close_notify waits for that (RFC 6083 section 4.9). */
  get drained(): boolean {
    return this.#association === null || (!this.hasOutput && this.#association.drained)
  }

  /** Datagrams wait in `takeOutput`. */
  get hasOutput(): boolean {
    return this.#channel.hasOutput
  }

  /** The failure, to the first who asks: later calls fail without a reason. */
  takeFailure(): ProtocolFailure | null {
    return this.#breakdown.take()
  }

  /**
   * Takes a datagram over: it is looked at by `handshake` and `read`, and must stay as it is until then. Of a stream's bytes no
   * more than `room` are taken, and copied: the rest is to be given again when what is there has been looked at.
   * @returns how many bytes were taken
   */
  receive(bytes: Uint8Array): number {
    if (this.failure !== null) return bytes.length
    try {
      return this.#channel.receive(bytes)
    } catch (thrown) {
      // A transport that loses nothing has brought more than there is room for.
      this.#breakdown.fail(thrown)
      return bytes.length
    }
  }

  /** Streams: bytes that are missing until there is something to look at; 0 for datagrams. */
  get wanted(): number {
    return this.#channel.wanted
  }

  /** Streams: the most bytes that `receive` takes now; 0 for datagrams, of which it takes any. */
  get room(): number {
    return this.#channel.room
  }

  /** Gives back memory that nothing is in, until something comes. */
  releaseBuffers(): void {
    this.#channel.release()
  }

  /** The datagrams to send, in order; the caller owns them. */
  takeOutput(): Uint8Array[] {
    return this.#channel.takeOutput()
  }

  /** A ClientHello whose cookie the hello gate has verified: the handshake goes on behind it. */
  continueFrom(hello: VerifiedHello): void {
    this.#handshakes.cookieVerified = true
    this.negotiated.state = 'read-client-hello'
    this.#breakdown.guard(() => this.#channel.continueFrom(hello))
  }

  /** Ends the connection for a reason that lies outside it: the transport's end, a program's breach. The peer is told why. */
  abort(failure: ProtocolFailure): void {
    this.#breakdown.fail(failure)
  }

  /** Takes the handshake as far as it goes with what has arrived. */
  handshake(): Progress {
    if (this.failure !== null) return 'failed'
    if (this.settled) return 'done'
    return this.#breakdown.guard(() => this.#run()) ?? 'failed'
  }

  /**
   * Wants a new handshake inside the connection (RFC 5746), which the next `handshake` begins; a server then only asks, and
   * goes on until the client answers. `resume`: the session will do, as far as the peer thinks so too.
   */
  renegotiate({ resume = false } = {}): void {
    if (this.established && this.failure === null && !this.sentClose) this.#handshakes.want(!resume)
  }

  /**
   * Copies application data to `out` and returns how many bytes; never bytes of two records. 0: there is nothing, and
   * `readState` says why. A record longer than `out` is continued by the next call. `peek` leaves it unread. What came under
   * keys that no Finished has confirmed waits until one does. While the connection is not `settled`, as when the peer wants
   * a new handshake, records are looked at by `handshake` alone: call it first. `interruptible`: 0 also after a handshake
   * record that began nothing, as `interruption` says; more may have come behind it.
   */
  read(out: Uint8Array, peek = false, interruptible = false): number {
    if (out.length === 0) return 0
    try {
      return this.#intake.read(out, peek, interruptible)
    } catch (thrown) {
      this.#breakdown.fail(thrown)
      return 0
    }
  }

  /** What kept the last interruptible `read` from going on. */
  get interruption(): Interruption | null {
    return this.#intake.interruption
  }

  /** Looks at all that has arrived and keeps data for `read`: who waits for something else still hears alerts. */
  hear(): void {
    this.#breakdown.guard(() => this.#intake.takeAll())
  }

  get readState(): ReadState {
    if (this.failure !== null) return 'failed'
    return this.receivedClose ? 'closed' : 'open'
  }

  /**
   * Protects one record of application data, 1 to 16384 bytes, and puts it into the output, in a datagram of its own. False,
   * and nothing is sent, when no handshake is finished or one is under way, after `close` (RFC 5246 section 7.2.1) and after a
   * failure.
   * @param continued - TLS: it goes on with the data of the record before, which has been decided on together
   */
  write(data: Uint8Array, continued = false): boolean {
    if (!this.established || this.#handshakes.underWay || this.sentClose || this.failure !== null) return false
    try {
      if (data.length > this.maxWrite) throw new ProtocolFailure('exceeds-max-fragment-size')
      this.#channel.send(ContentType.applicationData, data, continued)
      return true
    } catch (thrown) {
      this.#breakdown.fail(thrown)
      return false
    }
  }

  /** The most bytes that one `write` takes (RFC 6066 section 4). */
  get maxWrite(): number {
    const code = this.#handshakes.effective.agreed.maxFragmentLength
    return code === 0 ? MAX_PLAINTEXT : lengthOf(code)
  }

  /** The most application data, in bytes, whose datagram is not longer than `mtu`; 0 before there are keys. */
  dataMtu(mtu: number): number {
    return this.#channel.dataRoom(mtu)
  }

  /** Sends close_notify, once (RFC 5246 section 7.2.1). */
  close(): void {
    if (this.sentClose || this.failure !== null) return
    this.#heartbeats.stop()
    if (this.established) this.#abandonRenegotiation()
    this.#breakdown.guard(() => this.#alerts.sendClose())
  }

  sendAlert(level: number, description: number): void {
    this.#alerts.send(level, description)
  }

  /**
   * Milliseconds of the clock at which `onDeadline` wants to be called; null when no timer runs. After a failure for the
   * peer's silence it stays where it was, in the past: look at `failure` first.
   */
  nextDeadline(): number | null {
    const { deadline } = this.#channel
    return deadline ?? this.#heartbeats.deadline
  }

  /**
   * Sends the flight again if its time has come ('resent'), or the heartbeat ('repeated'). 'failed': the peer was silent for
   * too long.
   */
  onDeadline(): 'idle' | 'resent' | 'repeated' | 'failed' {
    if (this.failure !== null) return this.nextDeadline() === null ? 'idle' : 'failed'
    const flight = this.#breakdown.guard(() => this.#channel.onDeadline()) ?? 'failed'
    return flight === 'idle' ? (this.#breakdown.guard(() => this.#heartbeats.onDeadline()) ?? 'failed') : flight
  }

  /**
   * Asks the peer for a sign of life (RFC 6520), with `probe` for one that shows whether a datagram of this size passes.
   * @returns the bytes of the message, or why none was sent; throws RangeError when they are more than `maxWrite`
   */
  heartbeat(request: HeartbeatRequest = {}): number | HeartbeatRefusal {
    const refusal = this.heartbeatRefusal
    if (refusal !== null) return refusal
    const composed = this.#heartbeats.compose(request, this.maxWrite)
    return this.#breakdown.guard(() => this.#heartbeats.send(composed)) ?? 'failed'
  }

  /** Why `heartbeat` would send nothing now; null when it would. */
  get heartbeatRefusal(): HeartbeatRefusal | null {
    return this.failure === null ? this.#heartbeats.refusal : 'failed'
  }

  /** What became of the last heartbeat that was sent. 'lost': its time is over, or another handshake has begun. */
  get heartbeatState(): HeartbeatState {
    return this.#heartbeats.state
  }

  /** RFC 5705. Null before there is a master secret. */
  exportKeyingMaterial(label: Uint8Array, context: Uint8Array | null, length: number): Uint8Array | null {
    const handshake = this.#handshakes.effective
    const { master, clientRandom, serverRandom, suiteOrNull } = handshake
    if (suiteOrNull === null || master.length === 0) return null
    return exportKeyingMaterial(handshake.prfHash, master, clientRandom, serverRandom, label, context, length)
  }

  /** Overwrites the keys and forgets what waits. The connection is of no use afterwards. */
  destroy(): void {
    this.#channel.wipe()
    this.#heartbeats.stop()
    this.#intake.clear()
    this.#handshakes.wipe()
    this.#breakdown.bury()
  }

  get #association(): Association | null {
    return this.#channel.link.association ?? null
  }

  /** Nothing is sent after close_notify, and no flight sent again. */
  #abandonRenegotiation(): void {
    if (this.#handshakes.underWay) this.#channel.stop()
    this.#handshakes.stop()
  }

  #run(): Progress {
    if (this.receivedClose) return 'closed'
    for (;;) {
      const reached = this.#handshakes.step()
      if (!this.#channel.flush()) return 'mtu'
      if (reached === 'done') {
        if (this.#confirmsOutput && this.hasOutput) return 'flush'
        if (this.#handshakes.finish()) this.#intake.trust()
        return 'done'
      }
      if (reached !== 'message' && reached !== 'dry') return reached
      // As many records as it takes for the machine to have something new to look at.
      const progress = this.#feed(reached)
      if (progress !== null) return progress
    }
  }

  #feed(wait: 'message' | 'dry'): Progress | null {
    if (wait === 'message' && this.#channel.link.readable) return null
    if (!this.#intake.take()) return wait
    return this.receivedClose ? 'closed' : null
  }
}
