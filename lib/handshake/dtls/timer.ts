import type { Clock } from '../../base/clock.ts'

export interface TimerSettings {
  /** First duration in milliseconds; 1000 (RFC 6347 section 4.2.4.1). */
  readonly initial: number
  /** The cap of the doubling, in milliseconds; 60000. */
  readonly max: number
  /** Chooses each duration instead, as `DTLS_set_timer_cb`: microseconds of the last one (0 at first) in, of the next out. */
  readonly choose: ((microseconds: number) => number) | null
  /** How often a flight is sent again into silence before the handshake fails; 12, as libssl, when left out. */
  readonly resends?: number
}

/** The one deadline of a connection: how long to wait for the peer's flight before ours is sent again. */
export class RetransmitTimer {
  readonly #clock: Clock
  readonly #settings: () => TimerSettings
  #duration = 0
  #deadline: number | null = null
  /** How often it ran out on this flight. */
  expirations = 0
  /** How often it ran out since the peer was last heard. */
  #silent = 0

  constructor(clock: Clock, settings: () => TimerSettings) {
    this.#clock = clock
    this.#settings = settings
  }

  /** Milliseconds of the clock, or null when no timer runs. */
  get deadline(): number | null {
    return this.#deadline
  }

  start(): void {
    const { initial, choose } = this.#settings()
    this.expirations = 0
    this.#silent = 0
    this.#duration = choose === null ? initial : choose(0) / 1000
    this.#deadline = this.#clock.now() + this.#duration
  }

  stop(): void {
    this.#deadline = null
    this.expirations = 0
  }

  /** A part of the awaited flight has come: it may take long to be whole, but the peer is there. */
  heard(): void {
    this.#silent = 0
  }

  /** Waits the current duration once more: the flight left again for another reason than the timer. */
  restart(): void {
    if (this.#deadline !== null) this.#deadline = this.#clock.now() + this.#duration
  }

  /** Less than `SLACK` before the deadline it counts as reached: waiting for less is beyond the precision of timers. */
  get expired(): boolean {
    return this.#deadline !== null && this.#clock.now() > this.#deadline - SLACK
  }

  /** Doubles the duration and waits again; false when the peer has been silent for too long. */
  backOff(): boolean {
    const { max, choose, resends = DEFAULT_RESENDS } = this.#settings()
    this.expirations++
    this.#silent++
    this.#duration = choose === null ? Math.min(this.#duration * 2, max) : choose(this.#duration * 1000) / 1000
    if (this.#silent > resends || this.expirations > resends * MAX_PATIENCE) return false
    this.#deadline = this.#clock.now() + this.#duration
    return true
  }
}

/** Milliseconds; libssl rounds shorter rests down to nothing. */
export const SLACK = 15
/** libssl sends a flight twelve times more, then gives up. */
const DEFAULT_RESENDS = 12
/** Anybody can forge a sign of life, so that signs of life alone keep no handshake waiting for ever. */
const MAX_PATIENCE = 8
