import { toHex } from '../base/bytes.ts'

/** A datagram on its way. */
export interface Datagram {
  /** Address it says it comes from. */
  readonly from: string
  /** Address it goes to. */
  readonly to: string
  /** Which datagram of its sender it is, from 0. Copies of one datagram share the number. */
  readonly number: number
  readonly bytes: Uint8Array
}

/**
 * What can become of a datagram. `sent`, `injected` and `duplicated` put one on its way; `intercepted`, `tooBig`,
 * `lost`, `overflowed`, `unreachable` and `delivered` end its way; `corrupted`, `truncated` and `reordered` say what
 * happened in between. So at any time the first three together are the next six together plus what is in flight.
 */
export const FATES = [
  'sent',
  'injected',
  'duplicated',
  'intercepted',
  'tooBig',
  'lost',
  'overflowed',
  'unreachable',
  'delivered',
  'corrupted',
  'truncated',
  'reordered',
] as const

/** One of `FATES`. */
export type Fate = (typeof FATES)[number]

/** How often each fate has befallen a datagram. */
export type Counters = Readonly<Record<Fate, number>>

/** One thing that happened to one datagram. The bytes are a copy, as they were at that point. */
export interface TraceEvent extends Datagram {
  /** Milliseconds of the network's clock. */
  readonly time: number
  readonly fate: Fate
}

/** Called with every event of a network, in order. */
export type Trace = (event: TraceEvent) => void

/**
 * An event as a line of text: time, direction, number, fate, length and the first 24 bytes in hexadecimal.
 *
 * ```ts
 * network.trace = event => console.log(formatTrace(event))
 * //     12.000  client > server  #3  delivered  148 bytes  16fefd0000000000000003007b01000…
 * ```
 */
export function formatTrace({ time, from, to, number, fate, bytes }: TraceEvent): string {
  const start = toHex(bytes.subarray(0, SHOWN)) + (bytes.length > SHOWN ? '…' : '')
  const size = `${bytes.length} ${bytes.length === 1 ? 'byte' : 'bytes'}`
  return `${time.toFixed(3).padStart(10)}  ${from} > ${to}  #${number}  ${fate}  ${size}  ${start}`.trimEnd()
}

/** Counts for one sender, and for its network at the same time. */
export class Tally {
  readonly #counts = zeros()
  readonly #total: Tally | null

  constructor(total: Tally | null = null) {
    this.#total = total
  }

  count(fate: Fate): void {
    this.#counts[fate]++
    this.#total?.count(fate)
  }

  snapshot(): Counters {
    return { ...this.#counts }
  }
}

const SHOWN = 24

function zeros(): Record<Fate, number> {
  return {
    sent: 0,
    injected: 0,
    duplicated: 0,
    intercepted: 0,
    tooBig: 0,
    lost: 0,
    overflowed: 0,
    unreachable: 0,
    delivered: 0,
    corrupted: 0,
    truncated: 0,
    reordered: 0,
  }
}
