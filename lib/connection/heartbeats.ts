import { concat, copy, equal } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import { ProtocolFailure } from '../base/failure.ts'
import type { Random } from '../base/random.ts'
import type { HandshakeConfig } from '../handshake/config.ts'
import type { Agreed } from '../handshake/context.ts'
import { RetransmitTimer } from '../handshake/dtls/timer.ts'
import type { Discards } from '../record/discard.ts'
import { HEARTBEAT_OVERHEAD, heartbeat } from '../wire/messages/heartbeat.ts'
import { ContentType, HeartbeatType } from '../wire/registry.ts'
import type { Alerts } from './alerts.ts'
import type { Channel } from './channel.ts'
import type { Handshakes } from './handshakes.ts'

export interface HeartbeatRequest {
  /** What the peer sends back; a sequence number of 2 bytes and 16 random bytes, as OpenSSL's, when left out. */
  readonly payload?: Uint8Array
  /** Bytes of padding, 16 or more. The answer has 16 whatever they are, so that they measure one direction alone. */
  readonly padding?: number
  /** Sent once: an answer that does not come says that the path has not let it through, and ends nothing (RFC 4821). */
  readonly probe?: boolean
}

/** Why no request was sent. */
export type HeartbeatRefusal =
  /** The hellos did not agree on it, or the peer will not have it. */
  | 'not-accepted'
  /** The one before is not answered yet. */
  | 'pending'
  /** Not during a handshake. */
  | 'handshaking'
  /** The connection has failed, now or before. */
  | 'failed'

/** What became of the last request. */
export type HeartbeatState = 'none' | 'pending' | 'answered' | 'lost'

export interface HeartbeatsOptions {
  readonly config: HandshakeConfig
  readonly clock: Clock
  readonly random: Random
  readonly channel: Channel
  readonly discards: Discards
  readonly alerts: Alerts
  readonly handshakes: Handshakes
  readonly onMessage: (sent: boolean, bytes: Uint8Array) => void
}

interface ComposedRequest {
  /** The whole message; the same however often it is sent. */
  readonly bytes: Uint8Array
  readonly payload: Uint8Array
  readonly probe: boolean
}

/** Heartbeats (RFC 6520): one request under way at a time, sent again like a flight where the transport may lose it. */
export class Heartbeats {
  readonly #options: HeartbeatsOptions
  readonly #timer: RetransmitTimer
  #state: HeartbeatState = 'none'
  #request: ComposedRequest | null = null
  #next = 0

  constructor(options: HeartbeatsOptions) {
    this.#options = options
    this.#timer = new RetransmitTimer(options.clock, () => options.config.timer)
  }

  get state(): HeartbeatState {
    return this.#state
  }

  get deadline(): number | null {
    return this.#timer.deadline
  }

  /** Why none is to be sent now; null when one may be. */
  get refusal(): HeartbeatRefusal | null {
    const { alerts, handshakes } = this.#options
    const accepted = handshakes.established && this.#terms?.maySend === true
    if (!accepted || alerts.sentClose || alerts.receivedClose) return 'not-accepted'
    if (this.#state === 'pending') return 'pending'
    return handshakes.underWay ? 'handshaking' : null
  }

  /** A request of at most `room` bytes; throws RangeError when it would have more. */
  compose(
    { payload = this.#usualPayload(), padding = MIN_PADDING, probe = false }: HeartbeatRequest,
    room: number,
  ): ComposedRequest {
    const length = payload.length + HEARTBEAT_OVERHEAD - MIN_PADDING + padding
    if (!(padding >= MIN_PADDING) || length > room)
      throw new RangeError(`a heartbeat of ${payload.length} bytes and ${padding} of padding: ${room} is the most`)
    const bytes = heartbeat.write({ type: HeartbeatType.request, payload }, this.#options.random(padding))
    return { bytes, payload: copy(payload), probe }
  }

  /** Sends a request; the result is how many bytes it has. */
  send(request: ComposedRequest): number {
    this.#put(request.bytes)
    this.#request = request
    this.#state = 'pending'
    if (request.probe || this.#lossy) this.#timer.start()
    return request.bytes.length
  }

  /** The content of a record. In a handshake it is dropped (RFC 6520 section 3). */
  receive(content: Uint8Array): void {
    const { alerts, channel, discards, handshakes } = this.#options
    const welcome = handshakes.established && !handshakes.underWay && !alerts.sentClose
    const terms = this.#terms
    if (welcome && terms === null && !channel.link.datagram) throw new ProtocolFailure('unexpected-message')
    if (!welcome || terms === null) {
      discards.note('unwanted-heartbeat', content)
      return
    }
    const message = heartbeat.read(content)
    if (message === null) {
      discards.note('malformed-heartbeat', content)
      return
    }
    this.#options.onMessage(false, content)
    if (message.type === HeartbeatType.request && terms.peerMaySend) this.#answer(message.payload)
    else if (message.type === HeartbeatType.response && this.#isAnswer(message.payload)) this.#end('answered')
    else discards.note('unwanted-heartbeat', content)
  }

  /** Sends the request again if its time has come. Fails as often as a flight would. */
  onDeadline(): 'idle' | 'repeated' {
    if (this.#request === null || !this.#timer.expired) return 'idle'
    if (this.#request.probe) {
      this.#end('lost')
      return 'idle'
    }
    if (!this.#timer.backOff()) throw new ProtocolFailure('read-timeout-expired')
    this.#put(this.#request.bytes)
    return 'repeated'
  }

  /** A handshake begins, or the connection ends: nobody waits for the answer any more (RFC 6520 section 3). */
  stop(): void {
    if (this.#request !== null) this.#end('lost')
  }

  /** What the handshake that protects the connection has agreed on. */
  get #terms(): Agreed['heartbeat'] {
    return this.#options.handshakes.effective.agreed.heartbeat
  }

  /** Where what was sent is sure to arrive, it need not be sent again. */
  get #lossy(): boolean {
    const { link } = this.#options.channel
    return link.datagram && link.association === undefined
  }

  #usualPayload(): Uint8Array {
    return concat(Uint8Array.of(this.#next >> 8, this.#next & 0xff), this.#options.random(RANDOM_PAYLOAD))
  }

  /** Exactly what came, never more, with padding of our own. */
  #answer(payload: Uint8Array): void {
    const padding = this.#options.random(MIN_PADDING)
    this.#put(heartbeat.write({ type: HeartbeatType.response, payload }, padding))
  }

  #isAnswer(payload: Uint8Array): boolean {
    return this.#request !== null && equal(payload, this.#request.payload)
  }

  #put(bytes: Uint8Array): void {
    this.#options.channel.send(ContentType.heartbeat, bytes)
    this.#options.onMessage(true, bytes)
  }

  #end(state: HeartbeatState): void {
    this.#timer.stop()
    this.#request = null
    this.#state = state
    this.#next = (this.#next + 1) & 0xffff
  }
}

const MIN_PADDING = 16
const RANDOM_PAYLOAD = 16
