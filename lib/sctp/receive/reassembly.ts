import { type Data, DataFlag } from '../wire/data.ts'
import type { Skipped } from '../wire/forward-tsn.ts'
import { advance, isAfter, isBefore16 } from '../wire/serial.ts'
import { type Assembly, CHUNK_COST, type Delivery, type Incomplete } from './assembly.ts'

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

/** The message that is being handed out in parts. */
interface Partial {
  run: Run
  /** The TSN whose chunk is handed out next. */
  next: number
  started: boolean
}

/** Puts DATA together: the fragments of a message have TSNs in a row (RFC 9260 sections 6.5, 6.6, 6.9). */
export class Reassembly implements Assembly {
  readonly #byFirst = new Map<number, Run>()
  readonly #byLast = new Map<number, Run>()
  /** Of each stream: the sequence number whose turn it is; 0 for one that is not there. */
  readonly #next = new Map<number, number>()
  /** Of each stream that has some: whole messages that came before their turn. */
  readonly #waiting = new Map<number, Map<number, Run>>()
  readonly #deliver: (delivery: Delivery) => void
  /** Whole messages that wait until the one in parts is done. */
  readonly #held: Run[] = []
  #partial: Partial | null = null
  #bytes = 0

  constructor(deliver: (delivery: Delivery) => void) {
    this.#deliver = deliver
  }

  get bytes(): number {
    return this.#bytes
  }

  get delivering(): readonly Incomplete[] {
    return this.#partial === null ? [] : [named(this.#partial.run)]
  }

  /** False for two beginnings without an end between them, and for fragments of different messages in a row. */
  add(chunk: Data): boolean {
    const run = this.#join(chunk)
    if (run === null) return false
    this.#bytes += chunk.data.length + CHUNK_COST
    if (this.#partial?.run === run) this.#pump()
    else if (run.begins && run.ends) this.#whole(run)
    return true
  }

  deliverPartially(least: number): void {
    if (this.#partial !== null) return
    let best: Run | null = null
    for (const run of this.#byFirst.values()) {
      if (!run.begins || run.ends || run.bytes < Math.max(1, least)) continue
      if (!run.unordered && this.#nextOf(run.stream) !== run.sequence) continue
      if (best === null || run.bytes > best.bytes) best = run
    }
    if (best === null) return
    this.#partial = { run: best, next: best.first, started: false }
    this.#pump()
  }

  skip(tsn: number, streams: readonly Skipped[]): readonly Incomplete[] {
    let broken: Run | null = null
    for (const run of [...this.#byFirst.values()]) {
      if (isAfter(run.first, tsn)) continue
      if (this.#partial?.run === run) {
        broken = run
        this.#partial = null
      }
      this.#forget(run)
      this.#bytes -= cost(run)
    }
    for (const { stream, sequence } of streams) {
      if (isBefore16(sequence, this.#nextOf(stream))) continue
      const passed = [...(this.#waiting.get(stream)?.values() ?? [])].filter(run => !isBefore16(sequence, run.sequence))
      for (const run of passed.sort((a, b) => (isBefore16(a.sequence, b.sequence) ? -1 : 1))) {
        this.#takeWaiting(stream, run.sequence)
        this.#up(run)
      }
      this.#advance(stream, sequence)
    }
    if (broken === null) return []
    this.#resume()
    return [named(broken)]
  }

  resetStreams(streams: readonly number[]): void {
    for (const stream of streams.length === 0 ? [...this.#waiting.keys()] : streams) {
      for (const run of this.#waiting.get(stream)?.values() ?? []) this.#bytes -= cost(run)
      this.#waiting.delete(stream)
    }
    if (streams.length === 0) this.#next.clear()
    for (const stream of streams) this.#next.delete(stream)
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
      for (const part of right.parts) run.parts.push(part)
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
    const { stream, sequence } = run
    const next = this.#nextOf(stream)
    if (sequence === next) {
      this.#up(run)
      this.#advance(stream, sequence)
      return
    }
    const waiting = this.#waiting.get(stream) ?? new Map<number, Run>()
    // A number that has been used already can never have its turn: what carries it is not kept.
    if (isBefore16(sequence, next) || waiting.has(sequence)) this.#bytes -= cost(run)
    else this.#waiting.set(stream, waiting.set(sequence, run))
  }

  /** The turn of this message is over: those that waited behind it go up. */
  #advance(stream: number, done: number): void {
    let next = (done + 1) & 0xffff
    for (let run = this.#takeWaiting(stream, next); run !== null; run = this.#takeWaiting(stream, next)) {
      next = (next + 1) & 0xffff
      this.#up(run)
    }
    this.#next.set(stream, next)
  }

  #takeWaiting(stream: number, sequence: number): Run | null {
    const waiting = this.#waiting.get(stream)
    const run = waiting?.get(sequence)
    if (waiting === undefined || run === undefined) return null
    waiting.delete(sequence)
    if (waiting.size === 0) this.#waiting.delete(stream)
    return run
  }

  #up(run: Run): void {
    if (this.#partial !== null) {
      this.#held.push(run)
      return
    }
    this.#bytes -= cost(run)
    this.#deliver({ ...describe(run), data: run.parts, length: run.bytes, first: true, last: true })
  }

  /** Hands out what has come of the message in parts. */
  #pump(): void {
    const partial = this.#partial
    if (partial === null) return
    const { run } = partial
    const length = run.bytes
    this.#bytes -= cost(run)
    const data = run.parts.splice(0)
    run.bytes = 0
    // The run now begins behind what went up; nothing can come in front of it.
    const last = run.ends
    if (length > 0) this.#deliver({ ...describe(run), data, length, first: !partial.started, last })
    partial.started = true
    if (!last) return
    this.#forget(run)
    this.#partial = null
    if (!run.unordered) this.#advance(run.stream, run.sequence)
    this.#resume()
  }

  #resume(): void {
    for (const run of this.#held.splice(0)) this.#up(run)
  }

  #nextOf(stream: number): number {
    return this.#next.get(stream) ?? 0
  }
}

function named({ stream, sequence }: Run): Incomplete {
  return { stream, sequence }
}

function describe(run: Run): Pick<Delivery, 'stream' | 'sequence' | 'unordered' | 'ppid' | 'tsn'> {
  const { stream, sequence, unordered, ppid, first } = run
  return { stream, sequence, unordered, ppid, tsn: first }
}

function cost(run: Run): number {
  return run.bytes + run.parts.length * CHUNK_COST
}
