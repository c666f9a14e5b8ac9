import type { Gap } from '../wire/sack.ts'
import { advance, distance, isBefore } from '../wire/serial.ts'

interface Range {
  start: number
  end: number
}

/** More holes than this are not remembered: what would begin a new one is not taken, and comes again. */
const MOST_RANGES = 1024
/** Gap blocks are 16 bits wide; what lies further ahead could not be reported (RFC 9260 section 3.3.4). */
const FURTHEST = 0xffff

/** The TSNs that have come: all up to one, and ranges beyond it. */
export class TsnMap {
  #cumulative: number
  /** Apart, in order. */
  readonly #ranges: Range[] = []

  constructor(cumulative: number) {
    this.#cumulative = cumulative
  }

  get cumulative(): number {
    return this.#cumulative
  }

  get hasGaps(): boolean {
    return this.#ranges.length > 0
  }

  /** The highest TSN that has come. */
  get highest(): number {
    return this.#ranges.at(-1)?.end ?? this.#cumulative
  }

  /** What `add` would say. */
  judge(tsn: number): 'new' | 'duplicate' | 'too far' {
    if (!isBefore(this.#cumulative, tsn)) return 'duplicate'
    if (distance(this.#cumulative, tsn) > FURTHEST) return 'too far'
    const at = this.#placeOf(tsn)
    const range = this.#ranges[at]
    if (range !== undefined && !isBefore(tsn, range.start)) return 'duplicate'
    const touches = this.#ranges[at - 1]?.end === advance(tsn, -1) || range?.start === advance(tsn)
    if (!touches && tsn !== advance(this.#cumulative) && this.#ranges.length >= MOST_RANGES) return 'too far'
    return 'new'
  }

  /** Marks a TSN that `judge` called new. */
  add(tsn: number): void {
    if (tsn === advance(this.#cumulative)) {
      this.#cumulative = tsn
      this.#swallow()
      return
    }
    const at = this.#placeOf(tsn)
    const [left, right] = [this.#ranges[at - 1], this.#ranges[at]]
    if (left !== undefined && left.end === advance(tsn, -1)) {
      left.end = tsn
      if (right === undefined || right.start !== advance(tsn)) return
      left.end = right.end
      this.#ranges.splice(at, 1)
    } else if (right !== undefined && right.start === advance(tsn)) right.start = tsn
    else this.#ranges.splice(at, 0, { start: tsn, end: tsn })
  }

  /** Everything up to this TSN counts as received (RFC 3758 section 3.6). */
  forward(tsn: number): void {
    if (!isBefore(this.#cumulative, tsn)) return
    this.#cumulative = tsn
    this.#swallow()
  }

  /** The first blocks of what came beyond the cumulative TSN. */
  gaps(most: number): Gap[] {
    return this.#ranges.slice(0, most).map(({ start, end }) => ({
      start: distance(this.#cumulative, start),
      end: distance(this.#cumulative, end),
    }))
  }

  /** Ranges that the cumulative TSN has reached become part of it. */
  #swallow(): void {
    let first = this.#ranges[0]
    while (first !== undefined && !isBefore(advance(this.#cumulative), first.start)) {
      if (isBefore(this.#cumulative, first.end)) this.#cumulative = first.end
      this.#ranges.shift()
      first = this.#ranges[0]
    }
  }

  /** The first range that does not end before the TSN. Most TSNs come at the end. */
  #placeOf(tsn: number): number {
    let [low, high] = [0, this.#ranges.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const range = this.#ranges[middle]
      if (range !== undefined && isBefore(range.end, tsn)) low = middle + 1
      else high = middle
    }
    return low
  }
}
