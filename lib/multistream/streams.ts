import { EAGAIN, EINVAL, EMSGSIZE, ENOBUFS, EPERM } from '../base/errno-numbers.ts'
import { costOf, type Message, Stream } from './stream.ts'
import { type MessagePart, RELIABLE, type SendOptions, type StreamTransport } from './transport.ts'

/** How much may wait to be read, in bytes; each message counts for 160 more than it has. */
export interface StreamLimits {
  /** On one stream: 2^20 when left out. */
  readonly streamBuffer?: number
  /** On all streams together: 2^24 when left out. */
  readonly totalBuffer?: number
}

/**
 * The streams of an association, for readers who each want one of them: which stream a message is for is known only when it has
 * been read, so whoever reads queues what is for others. Nothing is read that nobody waits for, which leaves SCTP's own flow
 * control to hold the peer back. But that knows no streams: where one is not read while others are, what comes on it is kept up
 * to `streamBuffer`, and the message that goes beyond ends this stream with ENOBUFS, for good; the others go on. When
 * `totalBuffer` is full it is the stream on which most waits that ends so.
 */
export class Streams {
  readonly transport: StreamTransport
  readonly #streamBuffer: number
  readonly #totalBuffer: number
  readonly #streams = new Map<number, Stream>()
  readonly #ready = new Set<Stream>()
  readonly #watchers = new Set<() => void>()
  #held = 0
  #arrivals = 0
  #end: number | null = null
  #receiving = false
  #telling = false

  constructor(transport: StreamTransport, { streamBuffer = 2 ** 20, totalBuffer = 2 ** 24 }: StreamLimits = {}) {
    for (const limit of [streamBuffer, totalBuffer]) {
      if (!Number.isSafeInteger(limit) || limit < LEAST_BUFFER) throw new RangeError(`${limit} bytes hold no record`)
    }
    this.transport = transport
    this.#streamBuffer = streamBuffer
    this.#totalBuffer = totalBuffer
  }

  /** Streams that go both ways: 0 up to this number, without it (RFC 3436 section 3.1). */
  get pairs(): number {
    return Math.min(this.transport.inbound, this.transport.outbound)
  }

  /** How the association has ended: 0 in order, or a negative error number; null: it has not. */
  get end(): number | null {
    return this.#end
  }

  /** Streams with something to read, the one that was read longest ago first. */
  get ready(): readonly Stream[] {
    return [...this.#ready]
  }

  get hasNews(): boolean {
    return this.#ready.size > 0
  }

  /** How much has happened: it is another number after anything has come, and after the end. */
  get arrivals(): number {
    return this.#arrivals
  }

  /** Unread bytes, as they count. */
  get held(): number {
    return this.#held
  }

  stream(id: number): Stream {
    const known = this.#streams.get(id)
    if (known !== undefined) return known
    const stream = new Stream(id)
    this.#streams.set(id, stream)
    return stream
  }

  /** From here on the stream carries TLS and nothing else. */
  secure(stream: Stream): void {
    this.#change(stream, () => stream.secure())
  }

  /** Nobody is going to read the stream for now: it is not among the ready ones. */
  park(stream: Stream, parked: boolean): void {
    stream.parked = parked
    this.#note(stream)
  }

  /** Drops what waits on a stream and what comes. */
  abandon(stream: Stream, error: number): void {
    this.#change(stream, () => stream.fail(error))
    stream.takeFailure()
    this.#note(stream)
  }

  /**
   * Reads the bytes of a stream that carries TLS, and the association as far as that is needed.
   * @returns how many; 0 when the association has ended in order; or a negative error number: EAGAIN; ENOBUFS: too much had
   * waited; EPROTO: something came out of order; EBADMSG: something was lost; what the transport said
   */
  readBytes(stream: Stream, into: Uint8Array): number {
    if (!this.#receiveFor(stream)) return this.#nothing(stream)
    return this.#take(stream, () => stream.takeBytes(into)) || this.#nothing(stream)
  }

  /** Reads the next message of a stream without TLS; as `readBytes`. */
  readMessage(stream: Stream): Message | number {
    if (stream.secured) return -EPERM
    if (!this.#receiveFor(stream)) return this.#nothing(stream)
    return this.#take(stream, () => stream.takeMessage()) ?? this.#nothing(stream)
  }

  /**
   * Sends TLS records, each in a message of its own.
   * @returns how many bytes were taken, the rest is to be written again; or a negative error number, when none were
   */
  writeBytes(stream: Stream, data: Uint8Array): number {
    if (this.#end !== null && this.#end < 0) return this.#end
    return stream.output.write(data, record => this.transport.send(stream.id, record, RELIABLE))
  }

  /** Sends a message on a stream without TLS. EPERM: it carries TLS. */
  sendMessage(stream: Stream, message: Uint8Array, how: SendOptions): number {
    if (stream.secured) return -EPERM
    if (message.length === 0) return -EINVAL
    if (message.length > LONGEST_MESSAGE) return -EMSGSIZE
    return this.transport.send(stream.id, message, how)
  }

  /**
   * Receives until there is enough, nothing more comes for now, or a good many messages were taken.
   * @returns false when the transport has no more; true: enough, or it is worth going on
   */
  receive(enough: () => boolean): boolean {
    if (this.#receiving) return enough()
    const before = this.#arrivals
    this.#receiving = true
    let idle = false
    try {
      for (let count = 0; count < MOST_AT_ONCE && !idle && !enough(); count++) idle = !this.#receiveOne()
    } finally {
      this.#receiving = false
    }
    if (this.#arrivals !== before) this.#tell()
    return !idle || enough()
  }

  /** Calls `changed` after something has come for any stream, until the function that it returns is called. */
  watch(changed: () => void): () => void {
    const entry = () => changed()
    this.#watchers.add(entry)
    return () => this.#watchers.delete(entry)
  }

  /** A reader of this stream need not wait. */
  settled(stream: Stream): boolean {
    return stream.readable || stream.failure !== 0 || this.#end !== null
  }

  #receiveFor(stream: Stream): boolean {
    if (!this.settled(stream)) this.receive(() => this.settled(stream))
    return stream.readable
  }

  #nothing(stream: Stream): number {
    const failure = stream.takeFailure()
    this.#note(stream)
    if (failure !== 0) return -failure
    return this.#end ?? -EAGAIN
  }

  /** False when there is nothing now, or never again. */
  #receiveOne(): boolean {
    if (this.#end !== null) return false
    const arrival = this.transport.receive()
    if (arrival === -EAGAIN) return false
    this.#arrivals++
    if (typeof arrival === 'number') {
      this.#end = arrival
      return false
    }
    const stream = this.stream(arrival.stream)
    if (arrival.kind === 'lost') this.#change(stream, () => stream.lose())
    else this.#add(stream, arrival)
    return true
  }

  #add(stream: Stream, part: MessagePart): void {
    if (stream.failure !== 0) return
    const cost = costOf(part.bytes.length)
    if (stream.held + cost > this.#streamBuffer) this.#overrun(stream)
    for (let most = this.#fullest(cost); most !== null; most = this.#fullest(cost)) this.#overrun(most)
    this.#change(stream, () => stream.add(part))
  }

  /** Where most waits, when there is no room for so many bytes. */
  #fullest(cost: number): Stream | null {
    if (this.#held === 0 || this.#held + cost <= this.#totalBuffer) return null
    return [...this.#streams.values()].reduce((most, stream) => (stream.held > most.held ? stream : most))
  }

  #overrun(stream: Stream): void {
    this.#change(stream, () => stream.fail(ENOBUFS))
  }

  #change<Result>(stream: Stream, change: () => Result): Result {
    this.#held -= stream.held
    const result = change()
    this.#held += stream.held
    this.#note(stream)
    return result
  }

  /** A stream that was read comes behind the others. */
  #take<Result>(stream: Stream, take: () => Result): Result {
    this.#ready.delete(stream)
    return this.#change(stream, take)
  }

  #note(stream: Stream): void {
    if (stream.hasNews && !stream.parked) this.#ready.add(stream)
    else this.#ready.delete(stream)
  }

  /** Watchers may receive in their turn: the others hear of it when all have been told. */
  #tell(): void {
    if (this.#telling) return
    this.#telling = true
    let told: number
    do {
      told = this.#arrivals
      for (const watcher of [...this.#watchers]) watcher()
    } while (told !== this.#arrivals)
    this.#telling = false
  }
}

/** A TLSCiphertext, the longest message that must be possible (RFC 3436 section 3.2), and what it counts for more. */
const LEAST_BUFFER = costOf(18_437)
/** Of the other messages; SCTP itself takes what fits into the send buffer. */
const LONGEST_MESSAGE = 2 ** 24
/** Messages that one call takes: others want their turn. */
const MOST_AT_ONCE = 1024
