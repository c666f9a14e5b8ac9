import { concat } from '../base/bytes.ts'
import { ProtocolFailure } from '../base/failure.ts'
import { Channel, type ChannelHost, type CloseCause } from './channel.ts'
import { ControlQueue } from './control-queue.ts'
import { FrameReader, type FrameSink, readPlaintexts } from './framing.ts'
import { CONTROL_HEADER, decodeMessage, encodeMessage, type Machine, type Message, MessageType } from './messages.ts'
import { MALFORMED, type OpeningHost, Openings } from './openings.ts'
import { type Limits, limitsOf, MAX_RECORD, type MultiplexerOptions } from './options.ts'
import { Scheduler } from './scheduler.ts'

/**
 * Many channels inside one (D)TLS session (draft-badra-hajjeh-mtls-05), without sockets or timers: what the session below has
 * received goes in with `receive` and `receiveDatagram`, what it is to send comes out of `takeOutput` and `takeDatagram`.
 * Nothing here throws for what a peer sent. A fault in a channel closes that channel; only where the next message cannot be
 * found any more the session has failed.
 */
export class Multiplexer {
  readonly #options: MultiplexerOptions
  readonly #limits: Limits
  readonly #openings: Openings
  readonly #frames: FrameReader
  /** By channel id: open, and closing ones whose id must not be used yet. */
  readonly #channels = new Map<number, Channel>()
  readonly #scheduler: Scheduler
  readonly #control = new ControlQueue()
  #events: (() => void)[] = []
  #failure: ProtocolFailure | null = null
  #ended = false
  readonly #host: ChannelHost

  constructor(options: MultiplexerOptions) {
    this.#options = options
    this.#limits = limitsOf(options)
    this.#openings = new Openings(options.role, this.#openingHost())
    this.#scheduler = new Scheduler(options.clock)
    this.#frames = new FrameReader(this.#sink())
    this.#host = {
      wake: channel => this.#scheduler.wake(channel),
      acknowledge: (channel, freeSpace) => this.#acknowledge(channel, freeSpace),
      announce: channel => this.#tellMaxPacketLength(channel),
      close: channel => {
        this.#close(channel, 'closed')
        this.#flush()
      },
    }
  }

  /** What ended the session, if it was no orderly end. */
  get failure(): ProtocolFailure | null {
    return this.#failure
  }

  /** The session has ended, one way or the other. */
  get ended(): boolean {
    return this.#ended
  }

  /** Channels that are open. */
  get channels(): Channel[] {
    return [...this.#channels.values()].filter(({ state }) => state === 'open')
  }

  /** Something waits in `takeOutput`. */
  get hasOutput(): boolean {
    return this.#control.bytes > 0 || (this.#options.carrier === 'stream' && this.#scheduler.sendable)
  }

  /** Something may wait in `takeDatagram`. */
  get hasDatagram(): boolean {
    return this.#options.carrier === 'datagram' && this.#scheduler.sendable
  }

  /**
   * False while the peer does not take the answers to what it sends: read no more from it then, or it decides how much memory
   * they need.
   */
  get wantsInput(): boolean {
    return !this.#ended && this.#control.bytes <= MAX_CONTROL
  }

  /**
   * Asks the peer for a channel (section 2.1.1). It may be written to at once; the data leaves when it is open.
   * @returns null when the session has ended or has as many channels as it may
   */
  open(source: Machine, destination: Machine): Channel | null {
    return this.#full ? null : this.#openings.ask(source, destination)
  }

  /** Bytes that the session has received: of the TLS connection, however they were cut. */
  receive(bytes: Uint8Array): void {
    if (this.#ended) return
    try {
      this.#frames.receive(bytes)
    } catch (thrown) {
      this.#fail(thrown)
    }
    this.#flush()
  }

  /** A record of the DTLS connection: MTLSPlaintext, one or more of them, whole. What is anything else is dropped. */
  receiveDatagram(record: Uint8Array): void {
    if (this.#ended || this.#options.carrier === 'stream') return
    for (const { id, data } of readPlaintexts(record)) this.#data(id, data.slice())
    this.#flush()
  }

  /** The next bytes for the TLS connection, at most a record; null for none. Control messages leave first. */
  takeOutput(most: number = MAX_RECORD): Uint8Array | null {
    const out: Uint8Array[] = []
    const taken = this.#control.take(out, most)
    if (this.#options.carrier === 'stream') this.#gather(out, most - taken)
    return joined(out)
  }

  /** The next record for the DTLS connection; null for none. */
  takeDatagram(most: number = this.#limits.maxRecord): Uint8Array | null {
    if (this.#options.carrier === 'stream') return null
    const out: Uint8Array[] = []
    this.#gather(out, most)
    return joined(out)
  }

  /** Milliseconds of the clock at which `onDeadline` wants to be called; null when nothing waits for time. */
  nextDeadline(): number | null {
    return this.#scheduler.deadline
  }

  /**
   * Of a datagram carrier: what was lost is gone from the window for ever, as its receiver knows nothing of it. A side whose
   * data has waited for room so long that none of its datagrams can be under way forgoes what it has, and asks with an
   * Acknowledgment of no octets, which nobody sends otherwise (section 2.2). The other side, if it understands, repeats its
   * max_packet_length, and tells its free space as if for the first time. Who does not understand has lost nothing.
   */
  onDeadline(): void {
    this.#scheduler.onDeadline(channel => {
      channel.sending.forgo()
      channel.questions++
      this.#acknowledge(channel, 0)
    })
  }

  /** The session below has ended in order: its channels are closed. */
  end(): void {
    this.#end()
    this.#flush()
  }

  /** The session below has failed, with it all channels; it must not be resumed (section 3). */
  fail(failure: ProtocolFailure): void {
    this.#fail(failure)
    this.#flush()
  }

  get #full(): boolean {
    return this.#ended || this.#channels.size + this.#openings.count >= this.#limits.maxChannels
  }

  #openingHost(): OpeningHost {
    const { events } = this.#options
    const { windowLength, maxPacketLength } = this.#limits
    return {
      limits: { windowLength, maxPacketLength },
      isFull: () => this.#full,
      isTaken: id => this.#channels.has(id),
      send: message => this.#send(message),
      newChannel: (source, destination, senderChannelId) => this.#newChannel(source, destination, senderChannelId),
      add: (channel, id) => this.#channels.set(id, channel),
      opened: channel => {
        this.#scheduler.wake(channel)
        this.#emit(() => events.onOpen?.(channel))
      },
      close: (channel, cause, reason) => this.#close(channel, cause, reason),
      failed: (channel, cause, reason) => this.#over(channel, cause, reason),
      offer: request => {
        if (events.onRequest !== undefined) this.#emit(() => events.onRequest?.(request))
        return events.onRequest !== undefined
      },
    }
  }

  #sink(): FrameSink {
    return {
      onControl: bytes => this.#onControl(bytes),
      onPlaintextStart: (id, length) => {
        const channel = this.#channels.get(id)
        if (channel?.state !== 'open') return false
        if (this.#options.carrier === 'datagram') this.#violated(channel, 'data on the control connection')
        else if (channel.receiving.admits(length)) return true
        else this.#violated(channel, `${length} octets of data, which are more than the window or a packet may have`)
        return false
      },
      onPlaintext: (id, data) => this.#data(id, data),
    }
  }

  #onControl(bytes: Uint8Array): void {
    let message: Message | null
    try {
      message = decodeMessage(bytes)
    } catch (thrown) {
      if (!(thrown instanceof ProtocolFailure)) throw thrown
      this.#malformed(bytes)
      return
    }
    // A type that is not known is one of a later document.
    if (message !== null) this.#dispatch(message)
  }

  /** Section 3: the channel that it is about is closed, where that can be seen, and nothing else. */
  #malformed(bytes: Uint8Array): void {
    const [type = 0] = bytes
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    if (type < MessageType.channelCloseRequest) {
      if (bytes.length >= CONTROL_HEADER + 2) this.#openings.onMalformed(type, view.getUint16(CONTROL_HEADER))
      return
    }
    const channel = bytes.length >= CONTROL_HEADER + 4 ? this.#open(view.getUint32(CONTROL_HEADER)) : null
    if (channel !== null) this.#violated(channel, MALFORMED)
  }

  #dispatch(message: Message): void {
    switch (message.type) {
      case MessageType.channelEstablishmentRequest:
        this.#openings.onRequest(message)
        return
      case MessageType.channelEstablishmentSuccess:
        this.#openings.onSuccess(message)
        return
      case MessageType.channelRequestEchec:
        this.#openings.onRefusal(message)
        return
      case MessageType.channelCloseRequest:
        this.#onCloseRequest(message.channelId)
        return
      case MessageType.channelCloseConfirmation: {
        const channel = this.#channels.get(message.channelId)
        if (channel?.state === 'closing') this.#forget(channel)
        return
      }
      case MessageType.newMaxPacketLength:
        this.#onMaxPacketLength(message.channelId, message.maxPacketLength)
        return
      case MessageType.acknowledgment:
        this.#onAcknowledgment(message.channelId, message.freeSpace)
    }
  }

  #onCloseRequest(id: number): void {
    const channel = this.#channels.get(id)
    if (channel === undefined) return
    this.#send({ type: MessageType.channelCloseConfirmation, channelId: id })
    // Both have asked: the id is free when the peer has confirmed, too.
    if (channel.state === 'closing') return
    this.#forget(channel)
    this.#over(channel, 'peer')
  }

  #onMaxPacketLength(id: number, maxPacketLength: number): void {
    const channel = this.#open(id)
    if (channel === null) return
    const { sending } = channel
    if (sending.maxPacketLength === maxPacketLength && channel.questions > 0) {
      // What the peer says of its room from here on counts from nothing.
      channel.questions--
      sending.forgo()
      channel.stall = null
    }
    sending.limit(maxPacketLength)
    this.#scheduler.wake(channel)
  }

  #onAcknowledgment(id: number, freeSpace: number): void {
    const channel = this.#open(id)
    if (channel === null) return
    if (freeSpace === 0 && channel.carrier === 'datagram') this.#answer(channel)
    else if (!channel.sending.grow(freeSpace)) this.#violated(channel, 'a window of more than 32 bits')
    else this.#scheduler.wake(channel)
  }

  /** The peer asks what room there is, and counts what it hears from nothing. */
  #answer(channel: Channel): void {
    this.#tellMaxPacketLength(channel)
    const freeSpace = channel.receiving.restart()
    if (freeSpace > 0) this.#acknowledge(channel, freeSpace)
  }

  #acknowledge(channel: Channel, freeSpace: number): void {
    this.#send({ type: MessageType.acknowledgment, channelId: idOf(channel), freeSpace })
  }

  #tellMaxPacketLength(channel: Channel): void {
    const { maxPacketLength } = channel.receiving
    this.#send({ type: MessageType.newMaxPacketLength, channelId: idOf(channel), maxPacketLength })
  }

  #data(id: number, data: Uint8Array): void {
    const channel = this.#open(id)
    if (channel?.deliver(data) && data.length > 0) this.#emit(() => this.#options.events.onReadable?.(channel))
  }

  #open(id: number): Channel | null {
    const channel = this.#channels.get(id)
    return channel?.state === 'open' ? channel : null
  }

  #newChannel(source: Machine, destination: Machine, senderChannelId: number | null): Channel {
    const { carrier } = this.#options
    return new Channel(this.#host, { source, destination, senderChannelId, carrier, ...this.#limits })
  }

  #violated(channel: Channel, reason: string): void {
    this.#close(channel, 'violation', reason)
  }

  #close(channel: Channel, cause: CloseCause, reason = ''): void {
    this.#scheduler.drop(channel)
    channel.end('closing', cause, reason)
    if (channel.id === null) return
    this.#send({ type: MessageType.channelCloseRequest, channelId: channel.id })
    if (cause !== 'closed') this.#emit(() => this.#options.events.onClose?.(channel))
  }

  /** The id may be used again. */
  #forget(channel: Channel): void {
    const id = idOf(channel)
    this.#channels.delete(id)
    this.#openings.release(channel)
    if (channel.state === 'closing') channel.end('closed', 'closed')
  }

  #over(channel: Channel, cause: CloseCause, reason = ''): void {
    const silent = channel.state === 'closing'
    this.#scheduler.drop(channel)
    channel.end('closed', cause, reason)
    if (!silent) this.#emit(() => this.#options.events.onClose?.(channel))
  }

  #gather(out: Uint8Array[], most: number): void {
    this.#scheduler.gather(out, most, channel => {
      if (channel.takeWanted()) this.#emit(() => this.#options.events.onWritable?.(channel))
    })
    this.#flush()
  }

  #send(message: Message): void {
    const bytes = encodeMessage(message)
    if (this.#ended) return
    this.#control.push(bytes)
  }

  #fail(thrown: unknown): void {
    if (this.#ended) return
    const failure = thrown instanceof ProtocolFailure ? thrown : new ProtocolFailure('internal-error')
    failure.cause ??= thrown === failure ? undefined : thrown
    this.#failure = failure
    this.#end()
    this.#emit(() => this.#options.events.onFailure?.(failure))
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    const all = [...this.#channels.values(), ...this.#openings.end()]
    this.#channels.clear()
    this.#control.clear()
    for (const channel of all) this.#over(channel, 'session')
  }

  #emit(event: () => void): void {
    this.#events.push(event)
  }

  /** Events come last: what the program does in them finds everything in order. */
  #flush(): void {
    for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) event()
  }
}

function idOf({ id }: Channel): number {
  return id ?? 0
}

function joined(parts: readonly Uint8Array[]): Uint8Array | null {
  const [first] = parts
  if (first === undefined) return null
  return parts.length === 1 ? first : concat(...parts)
}

/** Bytes of control messages that wait before no more is read. */
const MAX_CONTROL = 2 ** 16
