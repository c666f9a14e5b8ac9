import type { Path } from '../paths/path.ts'
import type { Statistics } from '../statistics.ts'
import { DataFlag, type DataFormat } from '../wire/data.ts'
import type { ForwardTsnFormat } from '../wire/forward-tsn.ts'
import { padded } from '../wire/octets.ts'
import type { Sack } from '../wire/sack.ts'
import { advance, distance, isAfter, isBefore } from '../wire/serial.ts'
import { Abandonment, type Failed } from './abandonment.ts'
import { Acknowledgement } from './acknowledgement.ts'
import { Flight, type SentChunk } from './flight.ts'
import { MessageNumbers } from './message-numbers.ts'
import { Outgoing, type OutgoingMessage } from './outgoing.ts'
import { OutgoingQueue, type Schedule } from './outgoing-queue.ts'
import { Recovery } from './recovery.ts'

export interface SenderOptions {
  readonly tsn: number
  /** The peer's window from its INIT, in bytes. */
  readonly window: number
  /** Messages may be given up: how the peer is told; null when it would not understand. */
  readonly forwarding: ForwardTsnFormat | null
  readonly format: DataFormat
  /** Chunks of messages on different streams may alternate (RFC 8260). */
  readonly interleaved: boolean
  readonly schedule: Schedule
  readonly statistics: Statistics
  /** Told of each message that is given up. */
  readonly failed: (failure: Failed) => void
}

/** A chunk for a packet, with the key that it is to be authenticated with. */
export interface Taken {
  readonly bytes: Uint8Array
  readonly key: number
}

/** The sending half: TSNs, windows, acknowledgement, loss and its repair (RFC 9260 sections 6 and 7). */
export class Sender {
  readonly #options: SenderOptions
  readonly #queue: OutgoingQueue
  readonly #flight: Flight
  readonly #recovery = new Recovery()
  readonly #abandonment: Abandonment | null
  readonly #numbers: MessageNumbers
  /** The peer's window as it last told, in bytes. */
  #advertised: number
  #forwardDue = false
  /** Where T3-rtx guards a FORWARD TSN. */
  #forwardPath: Path | null = null
  /** SACKs since the window closed and a probe went out. */
  #answered = false
  #paused = false
  /** When data was last sent, in milliseconds of the clock. */
  sentAt = 0

  constructor(options: SenderOptions) {
    this.#options = options
    this.#advertised = options.window
    this.#queue = new OutgoingQueue(options.interleaved, options.schedule)
    this.#flight = new Flight(options.tsn)
    this.#numbers = new MessageNumbers(options.interleaved)
    const { forwarding, failed } = options
    this.#abandonment = forwarding === null ? null : new Abandonment(this.#flight, this.#queue, forwarding, failed)
  }

  /** The type of the chunks that tell of abandoned messages; null where there are none. */
  get forwardType(): number | null {
    return this.#options.forwarding?.type ?? null
  }

  get nextTsn(): number {
    return this.#flight.nextTsn
  }

  /** The highest TSN that the peer has acknowledged with all before it. */
  get cumulative(): number {
    return this.#flight.cumulative
  }

  /** What the peer can take beyond what is under way (section 6.2.1 A to C). */
  get window(): number {
    return Math.max(0, this.#advertised - this.#flight.bytes)
  }

  /** Bytes under way. */
  get flight(): number {
    return this.#flight.bytes
  }

  /** Chunks not acknowledged for good. */
  get outstanding(): number {
    return this.#flight.chunks.length
  }

  /** Messages not wholly cut yet. */
  get pending(): number {
    return this.#queue.length
  }

  /** Bytes that the program has handed over and the peer has not acknowledged for good. */
  get bytes(): number {
    return this.#queue.bytes + this.#flight.held
  }

  /** Nothing is left to send or to be acknowledged. */
  get dry(): boolean {
    return this.#queue.empty && this.#flight.chunks.length === 0
  }

  enqueue(message: OutgoingMessage): void {
    this.#queue.push(new Outgoing(message))
  }

  reschedule(schedule: Schedule): void {
    this.#queue.reschedule(schedule)
  }

  /** True while a message or chunk has still to be sent or acknowledged under this key. */
  usesKey(key: number): boolean {
    return (
      this.#flight.chunks.some(({ state, owner }) => state !== 'acked' && owner.message.key === key) ||
      this.#queue.waiting().some(({ message }) => message.key === key)
    )
  }

  usesStream(stream: number): boolean {
    return (
      this.#flight.chunks.some(({ owner }) => owner.message.stream === stream) ||
      this.#queue.waiting().some(({ message }) => message.stream === stream)
    )
  }

  /** No new message is begun while a reset of streams waits for its answer. */
  pause(on: boolean): void {
    this.#paused = on
  }

  /** The next TSN, with nothing under way (RFC 6525 section 5.2.4). */
  resetTsn(tsn: number): void {
    this.#flight.restartAt(tsn)
    this.#abandonment?.restart()
    this.#recovery.stop()
  }

  /** Message numbers of these streams begin anew; of all when the list is empty (RFC 6525 section 5.2.2). */
  resetStreams(streams: readonly number[]): void {
    this.#numbers.reset(streams)
  }

  /**
   * What a SACK says. 'old' for one that was overtaken, 'violation' when it acknowledges what was never sent.
   * @returns the paths that answered
   */
  acknowledge(sack: Sack, now: number): 'old' | 'violation' | Set<Path> {
    const flight = this.#flight
    const lastGap = sack.gaps.at(-1)?.end ?? 0
    const highestSent = advance(flight.nextTsn, -1)
    if (isBefore(sack.cumulative, flight.cumulative)) return 'old'
    if (isAfter(sack.cumulative, highestSent)) return 'violation'
    if (lastGap > distance(sack.cumulative, highestSent)) return 'violation'
    /** Whether each path's congestion window was used up. */
    const full = new Map<Path, boolean>()
    for (const { path } of flight.chunks) if (!full.has(path)) full.set(path, path.flight >= path.cwnd)

    const news = new Acknowledgement(flight, now)
    const moved = sack.cumulative !== flight.cumulative
    news.pass(sack.cumulative)
    news.mark(sack.gaps)
    const recovering = this.#recovery.active
    // In fast recovery a SACK that moves the cumulative TSN counts against all that it does not tell of.
    const limit = recovering && moved ? advance(sack.cumulative, lastGap) : news.highest
    this.#recovery.count(flight, limit)
    this.#recovery.advanced(flight)

    for (const [path, bytes] of news.acked) {
      path.errors = 0
      path.grow(bytes, full.get(path) ?? false, this.#recovery.active)
      if (path.flight === 0) path.drained()
    }
    this.#advertised = sack.window
    this.#answered = true
    if (this.#abandonment !== null) {
      const tell = this.#abandonment.advance()
      if (tell || (moved && this.#abandonment.pending)) this.#forwardDue = true
    }
    const touched = new Set(full.keys())
    if (this.#forwardPath !== null) touched.add(this.#forwardPath)
    for (const path of touched) this.#retime(path, news.passed.has(path), now)
    return new Set(news.acked.keys())
  }

  /** SHUTDOWN carries a cumulative TSN only: no word of gaps, and none of the window (section 9.2). */
  acknowledgeAll(cumulative: number, now: number): 'old' | 'violation' | 'ok' {
    if (isBefore(cumulative, this.#flight.cumulative)) return 'old'
    if (isAfter(cumulative, advance(this.#flight.nextTsn, -1))) return 'violation'
    const news = new Acknowledgement(this.#flight, now)
    news.pass(cumulative)
    for (const path of news.acked.keys()) this.#retime(path, true, now)
    if (this.#abandonment?.advance() === true) this.#forwardDue = true
    return 'ok'
  }

  /**
   * T3-rtx of a path ran out (section 6.3.3): all that was under way there goes again, to `instead`.
   * False when it does not count as a failure: the peer answers, its window is closed (section 6.1).
   */
  timedOut(path: Path, instead: Path, now: number): boolean {
    const probing = this.window === 0 && this.#answered && this.#flight.bytes <= path.mtu
    this.#answered = false
    path.timedOut()
    path.t3 = null
    this.movePath(path, instead)
    this.#recovery.stop()
    this.#expire(now)
    this.#forwardDue = this.#abandonment?.pending === true
    return !probing
  }

  /** What was sent to a path, or waits to be sent there again, goes to another. */
  movePath(from: Path, to: Path): void {
    for (const chunk of this.#flight.chunks) {
      if (chunk.path !== from) continue
      if (chunk.state === 'flight') this.#flight.lose(chunk)
      chunk.path = to
    }
    from.t3 = null
    if (this.#forwardPath !== from) return
    this.#forwardPath = null
    this.#forwardDue = this.#abandonment?.pending === true
  }

  /** The FORWARD TSN to be sent now, once, or null. `room`: bytes for the chunk. */
  takeForwardTsn(path: Path, room: number, now: number): Uint8Array | null {
    const forward = this.#forwardDue ? (this.#abandonment?.forwardTsn(room) ?? null) : null
    if (forward === null) return null
    this.#forwardDue = false
    this.#forwardPath = path
    path.t3 ??= now + path.rto
    return forward
  }

  /**
   * The path for the next chunk of data, or null when nothing may be sent now.
   * @param hurry - a small chunk does not wait until what is under way is acknowledged
   */
  next(primary: Path, now: number, fragment: number, hurry: boolean): Path | null {
    this.#expire(now)
    if (this.#flight.resends > 0) {
      for (const { state, path, data } of this.#flight.chunks) {
        if (state === 'resend' && (this.#recovery.exempts(path) || this.#allowed(path, data.length))) return path
      }
      return null
    }
    const first = this.#queue.first
    if (first === undefined || (this.#paused && first.cut === 0)) return null
    if (!this.#allowed(primary, Math.min(fragment, first.rest))) return null
    // Nagle (section 6.1): what would not fill a packet waits while something is under way.
    if (!hurry && this.#flight.bytes > 0 && first.cut === 0 && this.#queue.bytes < fragment) return null
    return primary
  }

  /**
   * The next chunk for a packet to this path, with its TSN; null when there is none or it does not fit.
   * @param room - bytes left in the packet
   * @param fragment - most user data in one chunk
   * @param key - the key of the packet's AUTH chunk so far; -1: none yet, any will do
   */
  take(path: Path, room: number, fragment: number, key: number, now: number): Taken | null {
    if (this.#flight.resends > 0) return this.#takeResend(path, room, key, now)
    return this.#takeNew(path, room, fragment, key, now)
  }

  /** One packet of a fast retransmission has been filled. */
  packetDone(): void {
    this.#recovery.packetDone()
  }

  /** Gives up messages of lower priority (a higher number) until so many bytes are free (RFC 7496 section 3.4). */
  prune(bytes: number, priority: number): boolean {
    const pruned = this.#abandonment?.prune(bytes, priority)
    if (pruned?.tell === true) this.#forwardDue = true
    return pruned?.enough ?? false
  }

  /** The association has ended: everything that is not acknowledged has failed. */
  fail(): void {
    const owners = new Map<Outgoing, boolean>()
    for (const { state, owner } of this.#flight.chunks) {
      if (state !== 'acked' && state !== 'abandoned') owners.set(owner, true)
    }
    for (const owner of this.#queue.waiting()) if (!owners.has(owner)) owners.set(owner, owner.cut > 0)
    this.#queue.clear()
    this.#flight.clear()
    for (const [owner, sent] of owners) this.#options.failed({ message: owner.message, sent })
  }

  /** Messages that the peer has not acknowledged whole: an association that restarts sends them anew. */
  unacknowledged(): OutgoingMessage[] {
    const owners = new Set<Outgoing>()
    for (const { owner } of this.#flight.chunks) if (!owner.abandoned) owners.add(owner)
    for (const owner of this.#queue.waiting()) owners.add(owner)
    return [...owners].map(({ message }) => message)
  }

  /** What the window and the path allow (section 6.1 rules A and B); one chunk may always be under way, as a probe. */
  #allowed(path: Path, size: number): boolean {
    if (this.#flight.bytes === 0) return true
    return size <= this.window && path.flight < path.cwnd
  }

  #takeResend(path: Path, room: number, key: number, now: number): Taken | null {
    for (const chunk of this.#flight.chunks) {
      if (chunk.state !== 'resend' || chunk.path !== path) continue
      if (!this.#recovery.exempts(path) && !this.#allowed(path, chunk.data.length)) return null
      if (this.#options.format.header + padded(chunk.data.length) > room) return null
      if (key >= 0 && chunk.owner.message.key !== key) return null
      this.#options.statistics.retransmissions++
      // What guards the earliest chunk begins anew with it (section 7.2.4, 4).
      if (this.#flight.earliest(path) === chunk) path.t3 = now + path.rto
      return this.#transmit(chunk, path, now)
    }
    return null
  }

  #takeNew(path: Path, room: number, fragment: number, key: number, now: number): Taken | null {
    const owner = this.#queue.first
    if (owner === undefined || (this.#paused && owner.cut === 0)) return null
    if (key >= 0 && owner.message.key !== key) return null
    const length = Math.min(fragment, owner.rest)
    if (this.#options.format.header + padded(length) > room || !this.#allowed(path, length)) return null
    if (owner.cut === 0) owner.sequence = this.#numbers.next(owner.message)
    if (owner.message.unordered) this.#options.statistics.unorderedOut++
    else this.#options.statistics.orderedOut++
    const chunk = this.#cut(owner, length, path)
    path.timed ??= { tsn: chunk.tsn, at: now }
    this.#queue.took(length)
    return this.#transmit(chunk, path, now)
  }

  #cut(owner: Outgoing, length: number, path: Path): SentChunk {
    const { message } = owner
    const data = message.data.subarray(owner.cut, owner.cut + length)
    let flags = message.unordered ? DataFlag.unordered : 0
    if (owner.cut === 0) flags |= DataFlag.beginning
    owner.cut += length
    owner.path = path
    if (owner.wholly) flags |= DataFlag.end | (message.immediate ? DataFlag.immediate : 0)
    return this.#flight.append(owner, flags, owner.fragments++, data, path)
  }

  #transmit(chunk: SentChunk, path: Path, now: number): Taken {
    this.#flight.launch(chunk, path, now)
    this.sentAt = now
    const { message, sequence } = chunk.owner
    const { stream, ppid, key } = message
    return { bytes: this.#options.format.write({ ...chunk, stream, sequence, ppid }), key }
  }

  /** T3-rtx runs while something is under way, and begins anew when the earliest was acknowledged (section 6.3.2). */
  #retime(path: Path, earliestAcked: boolean, now: number): void {
    if (path.flight > 0) {
      if (earliestAcked || path.t3 === null) path.t3 = now + path.rto
    } else if (path !== this.#forwardPath || this.#abandonment?.pending !== true) path.t3 = null
  }

  #expire(now: number): void {
    if (this.#abandonment?.expire(now) === true) this.#forwardDue = true
  }
}
