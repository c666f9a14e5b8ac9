import { type Data, DataFlag } from './wire/data.ts'
import { advance, isAfter, isBefore16 } from './wire/serial.ts'

/** A message, or a part of one, that goes up. */
export interface Delivery {
  readonly stream: number
  readonly sequence: number
  readonly unordered: boolean
  readonly ppid: number
  /** Of its first chunk. */
  readonly tsn: number
  readonly data: readonly Uint8Array[]
  readonly length: number
  /** It begins with this part; it ends with it. */
  readonly first: boolean
  readonly last: boolean
}

/** Chunks of one message with TSNs in a row. */
interface Run {
  first: number
  last: number
  readonly parts: Uint8Array[]
  bytes: number
  begins: boolean
  ends: boolean
  readonly stream: number
  readonly sequence: number
  readonly unordered: boolean
  ppid: number
}

interface InStream {
  /** The sequence number whose turn it is. */
  next: number
  /** Whole messages that came before their turn. */
  readonly waiting: Map<number, Run>
}

/** The message that is being handed out in parts. */
interface Partial {
  run: Run
  /** The TSN whose chunk is handed out next. */
  next: number
  started: boolean
}

/** What a chunk costs beside its data, so that many small ones do not take more memory than the window says. */
const OVERHEAD = 64

/**
 * Puts fragments together and messages of a stream in order (RFC 9260 sections 6.5, 6.6, 6.9). What it holds is bounded
 * by who feeds it: the receiver, by its window.
 */
export class Reassembly {
  readonly #byFirst = new Map<number, Run>()
  readonly #byLast = new Map<number, Run>()
  readonly #streams = new Map<number, InStream>()
  readonly #deliver: (delivery: Delivery) => void
  /** Whole messages that wait until the one in parts is done. */
  readonly #held: Run[] = []
  #partial: Partial | null = null
  /** What the chunks that have not gone up cost, in bytes. */
  bytes = 0

  constructor(deliver: (delivery: Delivery) => void) {
    this.#deliver = deliver
  }

  /** A message is going up in parts. */
  get delivering(): { readonly stream: number; readonly sequence: number } | null {
    return this.#partial?.run ?? null
  }

  /**
   * Takes a chunk with a new TSN. False when it contradicts its neighbours: two beginnings without an end, or
   * fragments of different messages in a row.
   */
  add(chunk: Data): boolean {
    const run = this.#join(chunk)
    if (run === null) return false
    this.bytes += chunk.data.length + OVERHEAD
    if (this.#partial?.run === run) this.#pump()
    else if (run.begins && run.ends) this.#whole(run)
    return true
  }

  /** Begins to hand out the longest message that could be next, if it has at least so many bytes. */
  deliverPartially(least: number): void {
    if (this.#partial !== null) return
    let best: Run | null = null
    for (const run of this.#byFirst.values()) {
      if (!run.begins || run.ends || run.bytes < Math.max(1, least)) continue
      if (!run.unordered && this.#stream(run.stream).next !== run.sequence) continue
      if (best === null || run.bytes > best.bytes) best = run
    }
    if (best === null) return
    this.#partial = { run: best, next: best.first, started: false }
    this.#pump()
  }

  /**
   * What the peer has given up (RFC 3758 section 3.6): fragments up to `tsn` go, and ordered messages of these
   * streams up to the sequence numbers are no longer waited for.
   * @returns the message in parts that will not be completed, or null
   */
  skip(
    tsn: number,
    streams: readonly { readonly stream: number; readonly sequence: number }[],
  ): { readonly stream: number; readonly sequence: number } | null {
    let broken: Run | null = null
    for (const run of [...this.#byFirst.values()]) {
      if (isAfter(run.first, tsn)) continue
      if (this.#partial?.run === run) {
        broken = run
        this.#partial = null
      }
      this.#forget(run)
      this.bytes -= cost(run)
    }
    for (const { stream, sequence } of streams) {
      const state = this.#stream(stream)
      if (isBefore16(sequence, state.next)) continue
      for (
        let next = state.next;
        next !== ((sequence + 1) & 0xffff) && state.waiting.size > 0;
        next = (next + 1) & 0xffff
      ) {
        const run = state.waiting.get(next)
        if (run === undefined) continue
        state.waiting.delete(next)
        this.#up(run)
      }
      state.next = (sequence + 1) & 0xffff
      this.#advance(state)
    }
    if (broken !== null) this.#resume()
    return broken
  }

  /** Sequence numbers of these streams begin anew; of all when the list is empty. */
  resetStreams(streams: readonly number[]): void {
    if (streams.length === 0) this.#streams.clear()
    for (const stream of streams) this.#streams.delete(stream)
  }

  #join(chunk: Data): Run | null {
    const begins = (chunk.flags & DataFlag.beginning) !== 0
    const ends = (chunk.flags & DataFlag.end) !== 0
    const unordered = (chunk.flags & DataFlag.unordered) !== 0
    const { tsn, stream, sequence, ppid } = chunk
    const left = this.#byLast.get(advance(tsn, -1))
    const right = this.#byFirst.get(advance(tsn))
    const fits = (run: Run) =>
      run.stream === stream && run.unordered === unordered && (unordered || run.sequence === sequence)
    if (left !== undefined && !left.ends && (begins || !fits(left))) return null
    if (right !== undefined && !right.begins && (ends || !fits(right))) return null
    const joinsLeft = left !== undefined && !left.ends
    const joinsRight = right !== undefined && !right.begins
    let run: Run
    if (joinsLeft) {
      run = left
      this.#byLast.delete(run.last)
      run.last = tsn
    } else {
      run = { first: tsn, last: tsn, parts: [], bytes: 0, begins, ends: false, stream, sequence, unordered, ppid }
      this.#byFirst.set(tsn, run)
    }
    run.parts.push(chunk.data)
    run.bytes += chunk.data.length
    run.ends ||= ends
    if (joinsRight) {
      this.#forget(right)
      run.parts.push(...right.parts)
      run.bytes += right.bytes
      run.last = right.last
      run.ends = right.ends
    }
    this.#byLast.set(run.last, run)
    return run
  }

  #forget(run: Run): void {
    this.#byFirst.delete(run.first)
    this.#byLast.delete(run.last)
  }

  #whole(run: Run): void {
    this.#forget(run)
    if (run.unordered) {
      this.#up(run)
      return
    }
    const state = this.#stream(run.stream)
    if (run.sequence !== state.next) {
      // A number that has been used already can never have its turn: what carries it is not kept.
      if (isBefore16(run.sequence, state.next) || state.waiting.has(run.sequence)) this.bytes -= cost(run)
      else state.waiting.set(run.sequence, run)
      return
    }
    state.next = (state.next + 1) & 0xffff
    this.#up(run)
    this.#advance(state)
  }

  #advance(state: InStream): void {
    for (let run = state.waiting.get(state.next); run !== undefined; run = state.waiting.get(state.next)) {
      state.waiting.delete(state.next)
      state.next = (state.next + 1) & 0xffff
      this.#up(run)
    }
  }

  #up(run: Run): void {
    if (this.#partial !== null) {
      this.#held.push(run)
      return
    }
    this.bytes -= cost(run)
    this.#deliver({ ...describe(run), data: run.parts, length: run.bytes, first: true, last: true })
  }

  /** Hands out what has come of the message in parts. */
  #pump(): void {
    const partial = this.#partial
    if (partial === null) return
    const { run } = partial
    const length = run.bytes
    this.bytes -= cost(run)
    const data = run.parts.splice(0)
    run.bytes = 0
    // The run now begins behind what went up; nothing can come in front of it.
    const last = run.ends
    if (length > 0) this.#deliver({ ...describe(run), data, length, first: !partial.started, last })
    partial.started = true
    if (!last) return
    this.#forget(run)
    this.#partial = null
    if (!run.unordered) {
      const state = this.#stream(run.stream)
      state.next = (run.sequence + 1) & 0xffff
      this.#advance(state)
    }
    this.#resume()
  }

  #resume(): void {
    for (const run of this.#held.splice(0)) this.#up(run)
  }

  #stream(stream: number): InStream {
    let state = this.#streams.get(stream)
    if (state === undefined) {
      state = { next: 0, waiting: new Map() }
      this.#streams.set(stream, state)
    }
    return state
  }
}

function describe(run: Run): Pick<Delivery, 'stream' | 'sequence' | 'unordered' | 'ppid' | 'tsn'> {
  const { stream, sequence, unordered, ppid, first } = run
  return { stream, sequence, unordered, ppid, tsn: first }
}

function cost(run: Run): number {
  return run.bytes + run.parts.length * OVERHEAD
}
