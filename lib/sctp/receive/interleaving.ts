import { type Data, DataFlag } from '../wire/data.ts'
import type { Skipped } from '../wire/forward-tsn.ts'
import { advance, isAfter, isBefore } from '../wire/serial.ts'
import { type Assembly, CHUNK_COST, type Delivery, type Incomplete } from './assembly.ts'

/** A message on its way in. */
interface Gathering {
  readonly sequence: number
  readonly fragments: Map<number, Uint8Array>
  bytes: number
  ppid: number
  /** Of the first fragment. */
  tsn: number
  /** The number of the last fragment; null while it has not come. */
  last: number | null
  /** The highest number that has come. */
  highest: number
  /** The fragment that is handed out next. */
  next: number
  /** It goes up in parts. */
  partial: boolean
}

/** The ordered messages of a stream, or the unordered ones: they are numbered apart. */
interface Channel {
  readonly stream: number
  readonly unordered: boolean
  readonly messages: Map<number, Gathering>
}

/** Puts interleaved messages together (RFC 8260): fragments are numbered in their message, messages on their stream. */
export class Interleaving implements Assembly {
  /** Those with messages on their way. */
  readonly #channels = new Map<number, Channel>()
  /** Of each stream: the ordered message whose turn it is; 0 for one that is not there. */
  readonly #next = new Map<number, number>()
  readonly #deliver: (delivery: Delivery) => void
  #bytes = 0

  constructor(deliver: (delivery: Delivery) => void) {
    this.#deliver = deliver
  }

  get bytes(): number {
    return this.#bytes
  }

  get delivering(): readonly Incomplete[] {
    return this.#partial().map(([{ stream }, { sequence }]) => ({ stream, sequence }))
  }

  add(chunk: Data): boolean {
    const { stream, sequence } = chunk
    const unordered = (chunk.flags & DataFlag.unordered) !== 0
    // A number whose turn is over: it can never go up.
    if (!unordered && isBefore(sequence, this.#nextOf(stream))) return true
    const channel = this.#channels.get(keyOf(stream, unordered)) ?? { stream, unordered, messages: new Map() }
    const message = channel.messages.get(sequence) ?? begin(sequence)
    if (!fits(message, chunk)) return false
    this.#channels.set(keyOf(stream, unordered), channel)
    channel.messages.set(sequence, message)
    message.fragments.set(chunk.fragment, chunk.data)
    message.bytes += chunk.data.length
    message.highest = Math.max(message.highest, chunk.fragment)
    if ((chunk.flags & DataFlag.beginning) !== 0) {
      message.ppid = chunk.ppid
      message.tsn = chunk.tsn
    }
    if ((chunk.flags & DataFlag.end) !== 0) message.last = chunk.fragment
    this.#bytes += chunk.data.length + CHUNK_COST
    this.#progress(channel, message)
    return true
  }

  deliverPartially(least: number): void {
    let best: readonly [Channel, Gathering] | null = null
    let most = Math.max(1, least) - 1
    for (const channel of this.#channels.values()) {
      for (const message of channel.messages.values()) {
        if (message.partial || !this.#isNext(channel, message)) continue
        const bytes = inRow(message)
        if (bytes <= most) continue
        most = bytes
        best = [channel, message]
      }
    }
    if (best === null) return
    best[1].partial = true
    this.#progress(...best)
  }

  skip(_tsn: number, streams: readonly Skipped[]): readonly Incomplete[] {
    const broken: Incomplete[] = []
    for (const { stream, sequence, unordered } of streams) {
      if (!unordered && isBefore(sequence, this.#nextOf(stream))) continue
      if (!unordered) this.#next.set(stream, advance(sequence))
      const channel = this.#channels.get(keyOf(stream, unordered))
      if (channel === undefined) continue
      const passed = [...channel.messages.values()].filter(message => !isAfter(message.sequence, sequence))
      for (const message of passed.sort((a, b) => (isBefore(a.sequence, b.sequence) ? -1 : 1))) {
        if (isComplete(message)) this.#hand(channel, message)
        else {
          if (message.partial) broken.push({ stream, sequence: message.sequence })
          this.#forget(channel, message)
        }
      }
      if (!unordered) this.#advance(channel)
    }
    return broken
  }

  resetStreams(streams: readonly number[]): void {
    for (const channel of [...this.#channels.values()]) {
      if (streams.length > 0 && !streams.includes(channel.stream)) continue
      for (const message of [...channel.messages.values()]) this.#forget(channel, message)
    }
    if (streams.length === 0) this.#next.clear()
    for (const stream of streams) this.#next.delete(stream)
  }

  #nextOf(stream: number): number {
    return this.#next.get(stream) ?? 0
  }

  #isNext({ stream, unordered }: Channel, { sequence }: Gathering): boolean {
    return unordered || sequence === this.#nextOf(stream)
  }

  /** Hands out what can go up now of a message that has grown, and what waited behind it. */
  #progress(channel: Channel, message: Gathering): void {
    if (isComplete(message)) {
      if (!this.#isNext(channel, message)) return
      this.#hand(channel, message)
      if (channel.unordered) return
      this.#next.set(channel.stream, advance(message.sequence))
      this.#advance(channel)
    } else if (message.partial) this.#hand(channel, message)
  }

  #advance(channel: Channel): void {
    for (;;) {
      const next = this.#nextOf(channel.stream)
      const message = channel.messages.get(next)
      if (message === undefined || !isComplete(message)) return
      this.#hand(channel, message)
      this.#next.set(channel.stream, advance(next))
    }
  }

  /** Hands out the fragments that have come in a row; a complete message is then done. */
  #hand(channel: Channel, message: Gathering): void {
    const data: Uint8Array[] = []
    const first = message.next === 0
    for (;;) {
      const fragment = message.fragments.get(message.next)
      if (fragment === undefined) break
      data.push(fragment)
      message.fragments.delete(message.next++)
    }
    const length = data.reduce((sum, { length }) => sum + length, 0)
    const last = message.last !== null && message.next > message.last
    if (data.length === 0) return
    message.bytes -= length
    this.#bytes -= length + data.length * CHUNK_COST
    if (last) this.#remove(channel, message)
    const { stream, unordered } = channel
    const { sequence, ppid, tsn } = message
    this.#deliver({ stream, unordered, sequence, ppid, tsn, data, length, first, last })
  }

  #forget(channel: Channel, message: Gathering): void {
    this.#remove(channel, message)
    this.#bytes -= message.bytes + message.fragments.size * CHUNK_COST
  }

  #remove({ stream, unordered, messages }: Channel, { sequence }: Gathering): void {
    messages.delete(sequence)
    if (messages.size === 0) this.#channels.delete(keyOf(stream, unordered))
  }

  #partial(): readonly (readonly [Channel, Gathering])[] {
    return [...this.#channels.values()].flatMap(channel =>
      [...channel.messages.values()].filter(({ partial }) => partial).map(message => [channel, message] as const),
    )
  }
}

function begin(sequence: number): Gathering {
  const fragments = new Map<number, Uint8Array>()
  return { sequence, fragments, bytes: 0, ppid: 0, tsn: 0, last: null, highest: -1, next: 0, partial: false }
}

/** Number 0 and the B bit mean the same; no number comes twice, and none after the last (RFC 8260 section 2.2.3). */
function fits(message: Gathering, { flags, fragment }: Data): boolean {
  const first = (flags & DataFlag.beginning) !== 0
  const last = (flags & DataFlag.end) !== 0
  if (first !== (fragment === 0)) return false
  if (fragment < message.next || message.fragments.has(fragment)) return false
  if (message.last !== null && (last || fragment > message.last)) return false
  return !last || fragment > message.highest
}

function isComplete({ last, fragments, next }: Gathering): boolean {
  return last !== null && next + fragments.size === last + 1
}

function keyOf(stream: number, unordered: boolean): number {
  return stream * 2 + (unordered ? 1 : 0)
}

/** Bytes that could be handed out. */
function inRow({ fragments, next }: Gathering): number {
  let bytes = 0
  for (let at = next, fragment = fragments.get(at); fragment !== undefined; fragment = fragments.get(++at)) {
    bytes += fragment.length
  }
  return bytes
}
