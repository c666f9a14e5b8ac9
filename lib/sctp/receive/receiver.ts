import { type Data, DataFlag } from '../wire/data.ts'
import type { ForwardTsn } from '../wire/forward-tsn.ts'
import { type Sack, sackEntries } from '../wire/sack.ts'
import { advance, distance, isAfter } from '../wire/serial.ts'
import type { Assembly, Delivery, Incomplete } from './assembly.ts'
import { Interleaving } from './interleaving.ts'
import { Reassembly } from './reassembly.ts'
import { TsnMap } from './tsn-map.ts'

export interface ReceiverOptions {
  /** The peer's first TSN. */
  readonly tsn: number
  /** Bytes that may wait here: the window offered. */
  readonly window: number
  readonly sackDelay: number
  readonly sackFrequency: number
  readonly partialDeliveryPoint: number
  /** Messages come interleaved, as I-DATA (RFC 8260). */
  readonly interleaved: boolean
  readonly deliver: (delivery: Delivery) => void
}

/** What became of a DATA chunk. */
export type Receipt = 'taken' | 'duplicate' | 'no room' | 'too far' | 'contradiction'

const MOST_DUPLICATES = 32

/** The receiving half: which TSNs have come, SACKs, the window, and the way to whole messages (RFC 9260 section 6.2). */
export class Receiver {
  #map: TsnMap
  readonly #assembly: Assembly
  #duplicates: number[] = []
  /** Bytes that went up and have not been read. */
  #unread = 0
  #window: number
  #advertised: number
  /** Packets with data since the last SACK. */
  #packets = 0
  #sackAt: number | null = null
  #sackNow = false
  #first = true
  partialDeliveryPoint: number
  sackDelay: number
  sackFrequency: number

  constructor(options: ReceiverOptions) {
    this.#map = new TsnMap(advance(options.tsn, -1))
    const deliver = (delivery: Delivery) => {
      this.#unread += delivery.length
      options.deliver(delivery)
    }
    this.#assembly = options.interleaved ? new Interleaving(deliver) : new Reassembly(deliver)
    this.#window = options.window
    this.#advertised = options.window
    this.partialDeliveryPoint = options.partialDeliveryPoint
    this.sackDelay = options.sackDelay
    this.sackFrequency = options.sackFrequency
  }

  get cumulative(): number {
    return this.#map.cumulative
  }

  /** TSNs between the cumulative one and the highest that came, whether they came or not. */
  get missing(): number {
    return distance(this.#map.cumulative, this.#map.highest)
  }

  /** When a SACK is due at the latest, in milliseconds of the clock; null when none is owed. */
  get sackAt(): number | null {
    return this.#sackAt
  }

  /** The SACK may not wait. */
  get sackDue(): boolean {
    return this.#sackNow
  }

  /** A SACK would tell something: it may ride on a packet that goes anyhow. */
  get sackOwed(): boolean {
    return this.#sackNow || this.#sackAt !== null
  }

  /** Bytes free for the peer's data. */
  get window(): number {
    return Math.max(0, this.#window - this.held)
  }

  /** Bytes that wait here for company, or up there to be read, with what chunks cost besides. */
  get held(): number {
    return this.#assembly.bytes + this.#unread
  }

  /** Messages that are going up in parts. */
  get delivering(): readonly Incomplete[] {
    return this.#assembly.delivering
  }

  resize(window: number): void {
    this.#window = window
  }

  data(chunk: Data): Receipt {
    const verdict = this.#map.judge(chunk.tsn)
    if (verdict === 'duplicate') {
      if (this.#duplicates.length < MOST_DUPLICATES) this.#duplicates.push(chunk.tsn)
      this.#sackNow = true
      return 'duplicate'
    }
    if (verdict === 'too far') return 'too far'
    if (!this.#hasRoom(chunk)) {
      this.#sackNow = true
      return 'no room'
    }
    // The packet's bytes are the caller's.
    if (!this.#assembly.add({ ...chunk, data: chunk.data.slice() })) return 'contradiction'
    this.#map.add(chunk.tsn)
    if ((chunk.flags & DataFlag.immediate) !== 0) this.#sackNow = true
    const point = this.partialDeliveryPoint
    if (point > 0) this.#assembly.deliverPartially(point)
    else if (this.held >= this.#window) this.#assembly.deliverPartially(1)
    return 'taken'
  }

  /** Counts a chunk as received that cannot be delivered, such as one for a stream that does not exist. */
  swallow(tsn: number): void {
    if (this.#map.judge(tsn) === 'new') this.#map.add(tsn)
    this.#sackNow = true
  }

  /** A packet with DATA has been gone through (section 6.2): when is the SACK due? */
  packetEnded(now: number): void {
    this.#packets++
    // The first is acknowledged at once, so that the sender's window can open.
    if (this.#first || this.#map.hasGaps || this.#packets >= this.sackFrequency) this.#sackNow = true
    this.#first = false
    this.#sackAt ??= now + this.sackDelay
  }

  /** @returns messages in parts that will not be completed */
  forward(forward: ForwardTsn, now: number): readonly Incomplete[] {
    // An old one is answered: its SACK may have been lost (RFC 3758 section 3.6).
    this.#sackNow = true
    this.#sackAt ??= now
    if (!isAfter(forward.cumulative, this.#map.cumulative)) return []
    this.#map.forward(forward.cumulative)
    return this.#assembly.skip(forward.cumulative, forward.streams)
  }

  /** The program has read so many bytes. True when the peer should be told that there is room again. */
  consumed(bytes: number, mtu: number): boolean {
    this.#unread -= bytes
    const room = this.window
    // Silly windows are not worth a packet (section 6.2): half the window, or a packet's worth where there was none.
    const worth = this.#advertised < mtu ? Math.min(mtu, this.#window / 2) : this.#window / 2
    if (room - this.#advertised < worth) return false
    this.#sackNow = true
    return true
  }

  demandSack(): void {
    this.#sackNow = true
  }

  resetStreams(streams: readonly number[]): void {
    this.#assembly.resetStreams(streams)
  }

  /** The peer's next TSN (RFC 6525 section 5.2.4). */
  resetTsn(tsn: number): void {
    this.#map = new TsnMap(advance(tsn, -1))
    this.#duplicates = []
  }

  /** The SACK for now; what it tells counts as told. `room`: bytes for the chunk. */
  takeSack(room: number): Sack {
    const entries = sackEntries(room)
    const gaps = this.#map.gaps(entries)
    const duplicates = this.#duplicates.slice(0, entries - gaps.length)
    this.#duplicates = []
    this.#packets = 0
    this.#sackNow = false
    this.#sackAt = null
    this.#advertised = this.window
    return { cumulative: this.#map.cumulative, window: this.#advertised, gaps, duplicates }
  }

  /** Beyond the window only what fills a gap is taken, so that what waits behind it can go up. */
  #hasRoom(chunk: Data): boolean {
    if (this.held + chunk.data.length <= this.#window) return true
    const fills = !isAfter(chunk.tsn, this.#map.highest) || chunk.tsn === advance(this.#map.cumulative)
    return fills && this.held < this.#window * (isAfter(chunk.tsn, this.#map.highest) ? 1 : 2)
  }
}
