import { EMPTY } from '../base/bytes.ts'
import { Outgoing, type OutgoingMessage, OutgoingQueue } from './outgoing.ts'
import type { Path } from './path.ts'
import { DATA_HEADER, DataFlag, writeData } from './wire/data.ts'
import { type ForwardTsn, writeForwardTsn } from './wire/forward-tsn.ts'
import { padded } from './wire/octets.ts'
import type { Sack } from './wire/sack.ts'
import { advance, distance, isAfter, isBefore } from './wire/serial.ts'

/** A chunk that has a TSN. */
interface SentChunk {
  readonly tsn: number
  readonly owner: Outgoing
  readonly flags: number
  data: Uint8Array
  state: 'flight' | 'acked' | 'resend' | 'abandoned'
  path: Path
  transmissions: number
  /** SACKs that told of later chunks and not of this one. */
  missing: number
  fast: boolean
}

/** A message that was given up: after its first chunk was sent, or before. */
export interface Failed {
  readonly message: OutgoingMessage
  readonly sent: boolean
}

export interface SenderOptions {
  readonly tsn: number
  /** The peer's window from its INIT, in bytes. */
  readonly window: number
  readonly partialReliability: boolean
  /** Told of each message that is given up. */
  readonly failed: (failure: Failed) => void
}

const FAST_RETRANSMIT = 3

/** The sending half: TSNs, acknowledgement, loss and its repair (RFC 9260 sections 6 and 7), abandoning (RFC 3758). */
export class Sender {
  readonly #options: SenderOptions
  readonly #queue = new OutgoingQueue()
  /** In TSN order without holes, from the one after `#cumulative` on. */
  readonly #sent: SentChunk[] = []
  #nextTsn: number
  #cumulative: number
  #advanced: number
  /** What the peer can take beyond what is under way. */
  #window: number
  #sequences = new Map<number, number>()
  #flight = 0
  #resends = 0
  #sentBytes = 0
  /** In fast recovery until this TSN is acknowledged. */
  #recovery: number | null = null
  /** One packet of a fast retransmission may go beyond the congestion window. */
  #fast: Path | null = null
  #forwardDue = false
  /** Where T3-rtx guards a FORWARD TSN. */
  #forwardPath: Path | null = null
  /** SACKs since the window closed and a probe went out. */
  #answered = false
  #paused = false
  retransmissions = 0
  abandonedSent = 0
  abandonedUnsent = 0

  constructor(options: SenderOptions) {
    this.#options = options
    this.#nextTsn = options.tsn
    this.#cumulative = advance(options.tsn, -1)
    this.#advanced = this.#cumulative
    this.#window = options.window
  }

  get nextTsn(): number {
    return this.#nextTsn
  }

  /** The highest TSN that the peer has acknowledged with all before it. */
  get cumulative(): number {
    return this.#cumulative
  }

  get window(): number {
    return this.#window
  }

  /** Bytes under way. */
  get flight(): number {
    return this.#flight
  }

  /** Chunks not acknowledged for good. */
  get outstanding(): number {
    return this.#sent.length
  }

  /** Messages not wholly cut yet. */
  get pending(): number {
    return this.#queue.length
  }

  /** Bytes that the program has handed over and the peer has not acknowledged for good. */
  get bytes(): number {
    return this.#queue.bytes + this.#sentBytes
  }

  /** Nothing is left to send or to be acknowledged. */
  get dry(): boolean {
    return this.#queue.length === 0 && this.#sent.length === 0
  }

  enqueue(message: OutgoingMessage): void {
    this.#queue.push(new Outgoing(message))
  }

  /** True while a message or chunk has still to be sent or acknowledged under this key. */
  usesKey(key: number): boolean {
    return (
      this.#sent.some(chunk => chunk.state !== 'acked' && chunk.owner.message.key === key) ||
      this.#queue.waiting().some(({ message }) => message.key === key)
    )
  }

  usesStream(stream: number): boolean {
    return (
      this.#sent.some(chunk => chunk.owner.message.stream === stream) ||
      this.#queue.waiting().some(({ message }) => message.stream === stream)
    )
  }

  /** No new message is begun while a reset of streams waits for its answer. */
  pause(on: boolean): void {
    this.#paused = on
  }

  /** The next TSN, with nothing under way (RFC 6525 section 5.2.4). */
  resetTsn(tsn: number): void {
    this.#nextTsn = tsn
    this.#cumulative = advance(tsn, -1)
    this.#advanced = this.#cumulative
    this.#recovery = null
  }

  /** Sequence numbers of these streams begin anew; of all when the list is empty (RFC 6525 section 5.2.2). */
  resetStreams(streams: readonly number[]): void {
    if (streams.length === 0) this.#sequences.clear()
    for (const stream of streams) this.#sequences.delete(stream)
  }

  /**
   * What a SACK says. 'old' for one that was overtaken, 'violation' when it acknowledges what was never sent.
   * @returns the paths that answered, with the time of one round trip where it could be told
   */
  acknowledge(sack: Sack, now: number): 'old' | 'violation' | Set<Path> {
    const lastGap = sack.gaps.at(-1)?.end ?? 0
    const highestSent = advance(this.#nextTsn, -1)
    if (isBefore(sack.cumulative, this.#cumulative)) return 'old'
    if (isAfter(sack.cumulative, highestSent)) return 'violation'
    if (lastGap > distance(sack.cumulative, highestSent)) return 'violation'
    const before = new Map<Path, boolean>()
    for (const { path } of this.#sent) if (!before.has(path)) before.set(path, path.flight >= path.cwnd)

    const news = new News()
    const moved = this.#advanceTo(sack.cumulative, news, now)
    this.#markGaps(sack, news, now)
    const recovering = this.#recovery !== null
    this.#countMissing(news, recovering && moved > 0, sack.cumulative + lastGap)
    if (this.#recovery !== null && !isBefore(this.#cumulative, this.#recovery)) this.#recovery = null

    for (const [path, bytes] of news.acked) {
      path.errors = 0
      if (moved > 0 && !recovering) path.grow(bytes, before.get(path) ?? false)
      if (path.flight === 0) path.drained()
    }
    this.#window = Math.max(0, sack.window - this.#flight)
    this.#answered = true
    if (this.#advanceForward() || (moved > 0 && this.#forwarding)) this.#forwardDue = true
    if (this.#forwardPath !== null) before.set(this.#forwardPath, false)
    for (const path of before.keys()) this.#retime(path, news.cumulative.has(path), now)
    return new Set(news.acked.keys())
  }

  /** SHUTDOWN carries a cumulative TSN only: no word of gaps, and none of the window (section 9.2). */
  acknowledgeAll(cumulative: number, now: number): 'old' | 'violation' | 'ok' {
    if (isBefore(cumulative, this.#cumulative)) return 'old'
    if (isAfter(cumulative, advance(this.#nextTsn, -1))) return 'violation'
    const news = new News()
    this.#advanceTo(cumulative, news, now)
    for (const path of news.acked.keys()) this.#retime(path, true, now)
    if (this.#advanceForward()) this.#forwardDue = true
    return 'ok'
  }

  /**
   * T3-rtx of a path ran out (section 6.3.3): all that was under way there goes again, to `instead`.
   * False when it does not count as a failure: the peer answers, its window is closed (section 6.1).
   */
  timedOut(path: Path, instead: Path, now: number): boolean {
    const probing = this.#window === 0 && this.#answered && this.#flight <= path.mtu
    this.#answered = false
    path.timedOut()
    path.t3 = null
    for (const chunk of this.#sent) {
      if (chunk.path !== path || chunk.state !== 'flight') continue
      this.#markLost(chunk)
      chunk.path = instead
    }
    // Chunks that waited for their turn to be sent again go there too.
    for (const chunk of this.#sent) if (chunk.state === 'resend' && chunk.path === path) chunk.path = instead
    this.#recovery = null
    this.#fast = null
    this.#abandonExpired(now)
    this.#forwardDue = this.#forwarding
    return !probing
  }

  /** A path is gone for good: what was sent there goes to another. */
  movePath(from: Path, to: Path): void {
    for (const chunk of this.#sent) {
      if (chunk.path !== from) continue
      if (chunk.state === 'flight') this.#markLost(chunk)
      chunk.path = to
    }
    from.t3 = null
  }

  /** The FORWARD TSN to be sent now, once, or null. */
  takeForwardTsn(path: Path, room: number, now: number): Uint8Array | null {
    if (!this.#forwardDue) return null
    const forward = this.#forwardTsn(Math.floor((room - 8) / 4))
    if (forward === null) return null
    this.#forwardDue = false
    this.#forwardPath = path
    path.t3 ??= now + path.rto
    return writeForwardTsn(forward)
  }

  /**
   * The path for the next chunk of data, or null when nothing may be sent now.
   * @param hurry - a small chunk does not wait until what is under way is acknowledged
   */
  next(primary: Path, now: number, fragment: number, hurry: boolean): Path | null {
    this.#abandonExpired(now)
    if (this.#resends > 0) {
      for (const chunk of this.#sent) {
        if (chunk.state !== 'resend') continue
        if (this.#fast === chunk.path || this.#allowed(chunk.path, chunk.data.length)) return chunk.path
      }
      return null
    }
    const first = this.#queue.first
    if (first === undefined || (this.#paused && first.cut === 0)) return null
    const size = Math.min(fragment, first.message.data.length - first.cut)
    if (!this.#allowed(primary, size)) return null
    // Nagle (section 6.1): what would not fill a packet waits while something is under way.
    if (!hurry && this.#flight > 0 && first.cut === 0 && this.#queue.bytes < fragment) return null
    return primary
  }

  /**
   * The next chunk for a packet to this path, with its TSN and the key it is to be authenticated with; null when there is
   * none or it does not fit.
   * @param room - bytes left in the packet
   * @param fragment - most user data in one chunk
   * @param key - the key of the packet's AUTH chunk so far; -1: none yet, any will do
   */
  take(
    path: Path,
    room: number,
    fragment: number,
    key: number,
    now: number,
  ): { bytes: Uint8Array; key: number } | null {
    return (
      this.#takeResend(path, room, key, now) ??
      (this.#resends > 0 ? null : this.#takeNew(path, room, fragment, key, now))
    )
  }

  /** One packet of a fast retransmission has been filled. */
  packetDone(): void {
    this.#fast = null
  }

  /** Gives up messages of lower priority (a higher number) until so many bytes are free (RFC 7496 section 3.4). */
  prune(bytes: number, priority: number): boolean {
    if (!this.#options.partialReliability) return false
    const owners = new Set([
      ...this.#sent.filter(chunk => chunk.state !== 'acked').map(chunk => chunk.owner),
      ...this.#queue.waiting(),
    ])
    const rank = (owner: Outgoing) =>
      owner.message.reliability.kind === 'priority' ? owner.message.reliability.priority : -1
    const candidates = [...owners].filter(owner => rank(owner) > priority).sort((a, b) => rank(b) - rank(a))
    let freed = 0
    for (const owner of candidates) {
      if (freed >= bytes) break
      freed += owner.message.data.length
      this.#abandon(owner)
    }
    if (this.#advanceForward()) this.#forwardDue = true
    return freed >= bytes
  }

  /** The association has ended: everything that is not acknowledged has failed. */
  fail(): void {
    const owners = new Map<Outgoing, boolean>()
    for (const chunk of this.#sent)
      if (chunk.state !== 'acked' && chunk.state !== 'abandoned') owners.set(chunk.owner, true)
    for (const owner of this.#queue.waiting()) if (!owners.has(owner)) owners.set(owner, owner.cut > 0)
    this.#queue.drain()
    this.#sent.length = 0
    this.#resends = 0
    this.#flight = 0
    this.#sentBytes = 0
    for (const [owner, sent] of owners) this.#options.failed({ message: owner.message, sent })
  }

  /** Messages that the peer has not acknowledged whole: an association that restarts sends them anew. */
  unacknowledged(): OutgoingMessage[] {
    const owners = new Set<Outgoing>()
    for (const { owner } of this.#sent) if (!owner.abandoned) owners.add(owner)
    for (const owner of this.#queue.waiting()) owners.add(owner)
    return [...owners].map(({ message }) => message)
  }

  /** What the window and the path allow (section 6.1 rules A and B). */
  #allowed(path: Path, size: number): boolean {
    if (this.#flight === 0) return true
    return size <= this.#window && path.flight < path.cwnd
  }

  #takeResend(path: Path, room: number, key: number, now: number): { bytes: Uint8Array; key: number } | null {
    if (this.#resends === 0) return null
    for (const chunk of this.#sent) {
      if (chunk.state !== 'resend' || chunk.path !== path) continue
      if (this.#fast !== path && !this.#allowed(path, chunk.data.length)) return null
      if (DATA_HEADER + padded(chunk.data.length) > room) return null
      if (key >= 0 && chunk.owner.message.key !== key) return null
      this.#resends--
      this.retransmissions++
      return this.#transmit(chunk, path, now)
    }
    return null
  }

  #takeNew(
    path: Path,
    room: number,
    fragment: number,
    key: number,
    now: number,
  ): { bytes: Uint8Array; key: number } | null {
    const owner = this.#queue.first
    if (owner === undefined || (this.#paused && owner.cut === 0)) return null
    const { message } = owner
    if (key >= 0 && message.key !== key) return null
    const length = Math.min(fragment, message.data.length - owner.cut)
    if (DATA_HEADER + padded(length) > room) return null
    if (!this.#allowed(path, length)) return null
    if (owner.cut === 0) owner.sequence = this.#number(message)
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
    this.#sentBytes += length
    return this.#append(owner, flags, data, path)
  }

  /** Gives the next TSN away. */
  #append(owner: Outgoing, flags: number, data: Uint8Array, path: Path): SentChunk {
    const tsn = this.#nextTsn
    const chunk: SentChunk = {
      tsn,
      owner,
      flags,
      data,
      state: 'flight',
      path,
      transmissions: 0,
      missing: 0,
      fast: false,
    }
    this.#nextTsn = advance(tsn)
    this.#sent.push(chunk)
    return chunk
  }

  #transmit(chunk: SentChunk, path: Path, now: number): { bytes: Uint8Array; key: number } {
    chunk.state = 'flight'
    chunk.path = path
    chunk.missing = 0
    chunk.transmissions++
    // A round trip with a retransmission in it tells nothing (Karn, section 6.3.1 C5).
    if (chunk.transmissions > 1 && path.timed?.tsn === chunk.tsn) path.timed = null
    const size = chunk.data.length
    path.flight += size
    this.#flight += size
    this.#window = Math.max(0, this.#window - size)
    path.t3 ??= now + path.rto
    const { message, sequence } = chunk.owner
    const { tsn, flags, data } = chunk
    return {
      bytes: writeData({ flags, tsn, stream: message.stream, sequence, ppid: message.ppid, data }),
      key: message.key,
    }
  }

  #number(message: OutgoingMessage): number {
    if (message.unordered) return 0
    const sequence = this.#sequences.get(message.stream) ?? 0
    this.#sequences.set(message.stream, (sequence + 1) & 0xffff)
    return sequence
  }

  #advanceTo(cumulative: number, news: News, now: number): number {
    const count = distance(this.#cumulative, cumulative)
    this.#cumulative = cumulative
    if (isBefore(this.#advanced, cumulative)) this.#advanced = cumulative
    for (const chunk of this.#sent.splice(0, count)) {
      news.cumulative.add(chunk.path)
      this.#acked(chunk, news, now)
      this.#sentBytes -= chunk.data.length
    }
    return count
  }

  #markGaps(sack: Sack, news: News, now: number): void {
    let block = 0
    for (const [i, chunk] of this.#sent.entries()) {
      const offset = i + 1
      let gap = sack.gaps[block]
      while (gap !== undefined && gap.end < offset) gap = sack.gaps[++block]
      const reported = gap !== undefined && offset >= gap.start
      if (reported) {
        if (chunk.state !== 'acked' && chunk.state !== 'abandoned') news.highest = chunk.tsn
        this.#acked(chunk, news, now)
      } else if (chunk.state === 'acked') {
        // The receiver may take back what it acknowledged out of order (section 6.2.1).
        chunk.state = 'flight'
        chunk.path.flight += chunk.data.length
        this.#flight += chunk.data.length
        chunk.path.t3 ??= now + chunk.path.rto
      }
    }
  }

  #acked(chunk: SentChunk, news: News, now: number): void {
    if (chunk.state === 'acked' || chunk.state === 'abandoned') return
    const { path } = chunk
    if (chunk.state === 'flight') this.#land(chunk)
    else this.#resends--
    if (path.timed?.tsn === chunk.tsn) {
      if (chunk.transmissions === 1) path.measured(now - path.timed.at)
      path.timed = null
    }
    chunk.state = 'acked'
    news.acked.set(path, (news.acked.get(path) ?? 0) + chunk.data.length)
  }

  /** No longer under way. */
  #land(chunk: SentChunk): void {
    chunk.path.flight -= chunk.data.length
    this.#flight -= chunk.data.length
  }

  /** Fast retransmit on the third report (section 7.2.4). */
  #countMissing(news: News, allBelowHighest: boolean, highestReported: number): void {
    const limit = allBelowHighest ? highestReported >>> 0 : news.highest
    if (limit === null) return
    for (const chunk of this.#sent) {
      if (!isBefore(chunk.tsn, limit)) break
      if (chunk.state !== 'flight' || ++chunk.missing !== FAST_RETRANSMIT || chunk.fast) continue
      chunk.fast = true
      const { path } = chunk
      if (this.#recovery === null) {
        this.#recovery = advance(this.#nextTsn, -1)
        path.lost()
      }
      this.#markLost(chunk)
      this.#fast ??= path
    }
  }

  #markLost(chunk: SentChunk): void {
    this.#land(chunk)
    chunk.state = 'resend'
    this.#resends++
    if (chunk.path.timed?.tsn === chunk.tsn) chunk.path.timed = null
  }

  /** T3-rtx runs while something is under way, and begins anew when the earliest was acknowledged (section 6.3.2). */
  #retime(path: Path, earliestAcked: boolean, now: number): void {
    if (path.flight > 0) {
      if (earliestAcked || path.t3 === null) path.t3 = now + path.rto
    } else if (path !== this.#forwardPath || !this.#forwarding) path.t3 = null
  }

  #abandonExpired(now: number): void {
    if (!this.#options.partialReliability) return
    for (const chunk of this.#resends > 0 ? this.#sent : []) {
      if (chunk.state === 'resend' && chunk.owner.expired(now, chunk.transmissions)) this.#abandon(chunk.owner)
    }
    for (let first = this.#queue.first; first?.expired(now, 0) === true; first = this.#queue.first) this.#abandon(first)
    if (this.#advanceForward()) this.#forwardDue = true
  }

  #abandon(owner: Outgoing): void {
    if (owner.abandoned) return
    owner.abandoned = true
    const sent = owner.cut > 0
    const queued = this.#queue.remove(owner)
    if (sent && queued) {
      // The rest gets one TSN, so that the receiver can be told to skip it.
      owner.cut = owner.message.data.length
      if (owner.path !== null) this.#append(owner, DataFlag.end, EMPTY, owner.path)
    }
    for (const chunk of this.#sent) {
      if (chunk.owner !== owner) continue
      if (chunk.state === 'flight') this.#land(chunk)
      else if (chunk.state === 'resend') this.#resends--
      chunk.state = 'abandoned'
      this.#sentBytes -= chunk.data.length
      chunk.data = EMPTY
    }
    if (sent) this.abandonedSent++
    else this.abandonedUnsent++
    this.#options.failed({ message: owner.message, sent })
  }

  /** Moves the advanced ack point over what was abandoned (RFC 3758 section 3.5); true when it moved. */
  #advanceForward(): boolean {
    const before = this.#advanced
    for (let at = distance(this.#cumulative, before); this.#sent[at]?.state === 'abandoned'; at++) {
      this.#advanced = advance(this.#advanced)
    }
    return before !== this.#advanced
  }

  /** The peer has still to be told of abandoned TSNs. */
  get #forwarding(): boolean {
    return isAfter(this.#advanced, this.#cumulative)
  }

  /** `most` entries at most: where there are more streams, the point moves less far. */
  #forwardTsn(most: number): ForwardTsn | null {
    const streams = new Map<number, number>()
    let cumulative = this.#cumulative
    const count = distance(this.#cumulative, this.#advanced)
    for (const chunk of this.#sent.slice(0, count)) {
      const { message, sequence } = chunk.owner
      if (!message.unordered && !streams.has(message.stream) && streams.size >= most) break
      if (!message.unordered) streams.set(message.stream, sequence)
      cumulative = chunk.tsn
    }
    if (cumulative === this.#cumulative) return null
    return { cumulative, streams: [...streams].map(([stream, sequence]) => ({ stream, sequence })) }
  }
}

/** What one SACK acknowledged for the first time. */
class News {
  /** Bytes by path. */
  readonly acked = new Map<Path, number>()
  /** Paths of chunks that the cumulative TSN passed. */
  readonly cumulative = new Set<Path>()
  /** The highest TSN newly reported in a gap block. */
  highest: number | null = null
}
