import { concat, copy, EMPTY } from '../base/bytes.ts'
import { ReceiveWindow, SendWindow } from './flow.ts'
import type { Machine } from './messages.ts'

/**
 * opening: asked for, not answered; open; closing: this side has asked for the end, what still comes is ignored; closed.
 */
export type ChannelState = 'opening' | 'open' | 'closing' | 'closed'

/**
 * Why a channel is no more: `closed` by this side, `peer` asked for it, `refused` before it was one, `violation`: the peer broke
 * the rules, `session`: the session has ended.
 */
export type CloseCause = 'closed' | 'peer' | 'refused' | 'violation' | 'session'

/** What a channel is made of. */
export interface ChannelParts {
  readonly source: Machine
  readonly destination: Machine
  /** The half of the id that this side has chosen in asking for the channel; null when the peer asked. */
  readonly senderChannelId: number | null
  readonly windowLength: number
  readonly maxPacketLength: number
  /** Octets that can wait to be sent. */
  readonly sendBuffer: number
  /** 'datagram': what is written is a message, sent whole or not at all, and may be lost on its way. */
  readonly carrier: 'stream' | 'datagram'
  /** The most octets of data in one message, whatever the peer allows. */
  readonly longest: number
}

export interface Stall {
  /** Milliseconds of the clock at which to do something about it. */
  at: number
  /** How long the next wait is. */
  patience: number
  asked: boolean
}

/** What a channel asks of its session. */
export interface ChannelHost {
  /** There is something to send. */
  wake(channel: Channel): void
  acknowledge(channel: Channel, freeSpace: number): void
  announce(channel: Channel): void
  close(channel: Channel): void
}

/** One flow of data inside a session, in both directions, with flow control of its own. */
export class Channel {
  readonly source: Machine
  readonly destination: Machine
  readonly senderChannelId: number | null
  readonly carrier: 'stream' | 'datagram'
  /** Packets that found no room, or were longer than the peer now takes. Of a datagram carrier only. */
  dropped = 0
  readonly #host: ChannelHost
  readonly #longest: number
  readonly #sendBuffer: number
  readonly #receive: ReceiveWindow
  #send = new SendWindow(0, 0)
  #id: number | null = null
  #state: ChannelState = 'opening'
  #cause: CloseCause | null = null
  #reason = ''
  readonly #inbox: Uint8Array[] = []
  #outbox: Uint8Array[] = []
  #queued = 0
  /** A write was refused for want of room, and whoever tried waits to hear. */
  #wanted = false

  constructor(host: ChannelHost, parts: ChannelParts) {
    this.#host = host
    this.source = parts.source
    this.destination = parts.destination
    this.senderChannelId = parts.senderChannelId
    this.carrier = parts.carrier
    this.#longest = parts.longest
    this.#sendBuffer = parts.sendBuffer
    this.#receive = new ReceiveWindow(parts.windowLength, parts.maxPacketLength)
  }

  /** The channel id, 32 bits; null before it is open. */
  get id(): number | null {
    return this.#id
  }

  get state(): ChannelState {
    return this.#state
  }

  /** Why it is closing or closed; null while it is not. */
  get cause(): CloseCause | null {
    return this.#cause
  }

  /** What the refusal, or the violation, is about. */
  get reason(): string {
    return this.#reason
  }

  /** Octets that were written and not sent. */
  get queued(): number {
    return this.#queued
  }

  /** Octets that the peer would take now. */
  get sendSpace(): number {
    return this.#send.space
  }

  /** Octets that `read` would give; 0 for none. */
  get pending(): number {
    return this.#inbox[0]?.length ?? 0
  }

  /** The most octets that one packet may have, by the word of the peer and by the session's records. */
  get maxPacketLength(): number {
    return Math.min(this.#send.maxPacketLength, this.#longest)
  }

  /**
   * Gives data to be sent, as soon as the peer has room. The bytes are copied.
   * @returns how many were taken: fewer than given, or 0, when the send buffer is full, of a datagram carrier all or none.
   * -1 when the channel is not open (or being opened), or a message is longer than a packet, or the send buffer, may be
   */
  write(data: Uint8Array): number {
    if (this.#state !== 'open' && this.#state !== 'opening') return -1
    if (this.carrier === 'datagram' && data.length > this.#longestMessage) return -1
    const room = this.#sendBuffer - this.#queued
    const taken = this.carrier === 'stream' ? Math.min(room, data.length) : fits(data.length, room)
    if (taken < data.length) this.#wanted = true
    if (taken === 0) return 0
    this.#outbox.push(copy(data.subarray(0, taken)))
    this.#queued += taken
    this.#host.wake(this)
    return taken
  }

  /**
   * What has come, the caller's: of a datagram carrier one packet. Null when there is none. What came before the peer closed is
   * still read.
   */
  read(): Uint8Array | null {
    const packet = this.#inbox.shift()
    if (packet === undefined) return null
    this.#consumed(packet.length)
    return packet
  }

  /** `read` into a buffer: how many octets. Of a datagram carrier what does not fit is lost. */
  readInto(out: Uint8Array): number {
    const [first] = this.#inbox
    if (first === undefined || out.length === 0) return 0
    const length = Math.min(first.length, out.length)
    out.set(first.subarray(0, length))
    const rest = this.carrier === 'stream' ? first.subarray(length) : EMPTY
    if (rest.length > 0) this.#inbox[0] = rest
    else this.#inbox.shift()
    this.#consumed(first.length - rest.length)
    return length
  }

  /** Tells the peer another max_packet_length. False when it is more than the free space, or the channel is not open. */
  setMaxPacketLength(octets: number): boolean {
    const before = this.#receive.maxPacketLength
    if (this.#state !== 'open' || !this.#receive.limit(octets)) return false
    // Repeated it would be an answer.
    if (octets !== before) this.#host.announce(this)
    return true
  }

  /**
   * Closes the channel (section 2.1.2): what was not sent is discarded, what still comes is ignored. To send all first, wait
   * until `queued` is 0.
   */
  close(): void {
    if (this.#state === 'open' || this.#state === 'opening') this.#host.close(this)
  }

  // What follows is the session's.

  /** Of a datagram carrier: the peer's room has been too small since then, and the peer was asked what there is, or not yet. */
  stall: Stall | null = null
  /** How often the peer was asked and has not answered. */
  questions = 0

  /** The receive window, for the messages that tell of it. */
  get receiving(): ReceiveWindow {
    return this.#receive
  }

  get sending(): SendWindow {
    return this.#send
  }

  open(id: number, windowLength: number, maxPacketLength: number): void {
    this.#id = id
    this.#send = new SendWindow(windowLength, maxPacketLength)
    this.#state = 'open'
  }

  /** Takes the channel on to its end. */
  end(state: 'closing' | 'closed', cause: CloseCause, reason = ''): void {
    this.#state = state
    this.#cause ??= cause
    this.#reason ||= reason
    this.#outbox = []
    this.#queued = 0
    this.stall = null
    if (cause !== 'peer' && cause !== 'session') this.#inbox.length = 0
  }

  /** A packet has come. False when there is no room for it, which the peer had to know. */
  deliver(data: Uint8Array): boolean {
    const tooMany = this.carrier === 'datagram' && this.#inbox.length >= MAX_PACKETS
    if (tooMany || !this.#receive.admits(data.length)) {
      this.dropped++
      return false
    }
    this.#receive.received(data.length)
    const last = this.#inbox.at(-1)
    if (this.carrier === 'stream' && last !== undefined && last.length + data.length <= JOINED)
      this.#inbox[this.#inbox.length - 1] = concat(last, data)
    else if (data.length > 0) this.#inbox.push(data)
    return true
  }

  /**
   * The data of the next packet, of at most so many octets; null when none may be sent now.
   * @param fresh - no more than `most` will be had at any other time either
   */
  next(most: number, fresh: boolean): Uint8Array | null {
    if (this.stall?.asked) return null
    const limit = Math.min(most, this.#send.next, this.#longest)
    const data = this.carrier === 'stream' ? this.#cut(limit) : this.#whole(limit, fresh ? most : this.#longest)
    if (data === null) return null
    this.#queued -= data.length
    this.#send.sent(data.length)
    this.stall = null
    return data
  }

  /** What waits to be sent waits for the peer alone. */
  get stalled(): boolean {
    const [first] = this.#outbox
    if (first === undefined) return false
    if (this.stall?.asked) return true
    return this.carrier === 'stream' ? this.#send.next === 0 : first.length > this.#send.space
  }

  /** Whether somebody waits for room that there is now. Asked once it is forgotten. */
  takeWanted(): boolean {
    if (!this.#wanted || this.#queued >= this.#sendBuffer) return false
    this.#wanted = false
    return true
  }

  #consumed(length: number): void {
    this.#receive.consumed(length)
    const grown = this.#state === 'open' ? this.#receive.acknowledge() : 0
    if (grown > 0) this.#host.acknowledge(this, grown)
  }

  get #longestMessage(): number {
    const limit = this.#state === 'open' ? this.maxPacketLength : this.#longest
    return Math.min(limit, this.#sendBuffer)
  }

  /** Octets of the stream, wherever one write ends and the next begins. */
  #cut(limit: number): Uint8Array | null {
    const parts: Uint8Array[] = []
    for (let left = limit; left > 0; ) {
      const first = this.#outbox[0]
      if (first === undefined) break
      const part = first.subarray(0, left)
      if (part.length === first.length) this.#outbox.shift()
      else this.#outbox[0] = first.subarray(left)
      parts.push(part)
      left -= part.length
    }
    return parts.length === 0 ? null : concat(...parts)
  }

  /** The next message; one that the peer, or the record below, has become too short for since it was written is dropped. */
  #whole(limit: number, most: number): Uint8Array | null {
    for (;;) {
      const first = this.#outbox[0]
      if (first === undefined) return null
      if (first.length <= Math.min(this.maxPacketLength, most)) {
        return first.length <= limit ? (this.#outbox.shift() ?? null) : null
      }
      this.#outbox.shift()
      this.#queued -= first.length
      this.dropped++
    }
  }
}

function fits(length: number, room: number): number {
  return length <= room ? length : 0
}

/** Packets of a datagram carrier that wait to be read. */
const MAX_PACKETS = 1024
/** Octets up to which what comes in small pieces is joined: each piece costs more than it holds. */
const JOINED = 1024
