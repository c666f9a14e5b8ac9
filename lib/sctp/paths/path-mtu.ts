import { equal } from '../../base/bytes.ts'

/** The size that is taken to pass everywhere, in bytes (RFC 8899 section 5.1.2). */
export const BASE_MTU = 1200
/** Probes of one size without an answer after which it is taken not to pass. */
const MAX_PROBES = 3
/** Closer than this the search is over, in bytes. */
const STEP = 32

/**
 * Packetization layer path MTU discovery (RFC 8899): which packets pass on a path is found out with padded heartbeats,
 * whose loss costs nothing. Sizes are those of SCTP packets, multiples of four bytes.
 */
export class PathMtuSearch {
  /** What the interface takes: nothing larger is tried. */
  readonly #ceiling: number
  /** Milliseconds after which a search that has ended begins again. */
  readonly interval: number
  /** The largest size that has passed, and the largest that may still pass. */
  #passes: number
  #may: number
  /** The probe that waits for its answer. */
  #probe: { readonly size: number; readonly nonce: Uint8Array; tries: number } | null = null
  #at: number | null = null
  /** Time-outs of data in a row. */
  #losses = 0

  constructor(ceiling: number, interval: number) {
    this.#ceiling = ceiling & ~3
    this.interval = interval
    this.#passes = Math.min(BASE_MTU, this.#ceiling)
    this.#may = this.#ceiling
  }

  /** The largest packet for data now. */
  get size(): number {
    return this.#passes
  }

  /** When `due` has to be called, in milliseconds of the clock; null while nothing is searched for. */
  get deadline(): number | null {
    return this.#at
  }

  /** The path is known to work. */
  begin(now: number): void {
    if (this.#at === null && this.#probe === null && this.#passes < this.#ceiling) this.#at = now
  }

  stop(): void {
    this.#at = null
    this.#probe = null
  }

  /**
   * The probe to send now: its size and what its answer will repeat; null when the search is over for now.
   * @param wait - milliseconds that an answer may take
   */
  due(
    now: number,
    wait: number,
    nonce: () => Uint8Array,
  ): { readonly size: number; readonly nonce: Uint8Array } | null {
    const late = this.#probe
    if (late !== null && late.tries >= MAX_PROBES) {
      this.#may = late.size - 4
      this.#probe = null
    } else if (late === null && this.#may - this.#passes < STEP) this.#may = this.#ceiling
    this.#probe ??= this.#next(nonce)
    this.#at = now + (this.#probe === null ? this.interval : wait)
    if (this.#probe === null) return null
    this.#probe.tries++
    return this.#probe
  }

  /** An answer to a heartbeat came; true when it was that of the probe. */
  answered(nonce: Uint8Array, now: number): boolean {
    const probe = this.#probe
    if (probe === null || !equal(probe.nonce, nonce)) return false
    this.#probe = null
    this.#passes = Math.max(this.#passes, probe.size)
    this.#losses = 0
    if (this.#passes >= this.#ceiling) this.#at = null
    else this.#at = this.#may - this.#passes < STEP ? now + this.interval : now
    return true
  }

  /** Data arrives. */
  works(): void {
    this.#losses = 0
  }

  /** Data was lost with no answer at all: after several times the path may have become narrower (section 4.3). */
  lost(now: number): void {
    if (++this.#losses < MAX_PROBES || this.#passes <= BASE_MTU) return
    this.#losses = 0
    this.#may = this.#passes - 4
    this.#passes = Math.min(BASE_MTU, this.#ceiling)
    this.#probe = null
    this.#at = now
  }

  /** The largest first, which is right on most paths; then the middle of what is left. */
  #next(nonce: () => Uint8Array) {
    if (this.#may - this.#passes < STEP && this.#may !== this.#ceiling) return null
    const size = this.#may === this.#ceiling ? this.#may : ((this.#passes + this.#may) >>> 1) & ~3
    return size <= this.#passes ? null : { size, nonce: nonce(), tries: 0 }
  }
}
