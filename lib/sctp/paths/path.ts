import type { Settings } from '../settings.ts'
import { PathMtuSearch } from './path-mtu.ts'

export type PathState = 'unconfirmed' | 'active' | 'potentially failed' | 'inactive'

/** One address of the peer: its congestion control (RFC 9260 section 7), round trips (6.3) and reachability (8.2, 8.3). */
export class Path {
  readonly address: string
  readonly settings: PathSettings
  /** The peer's UDP port, learned from what comes (RFC 6951 section 5.4). */
  port: number
  /** The address to send from; null: whichever leads there. */
  local: string | null = null
  state: PathState
  /** What finds out how large packets may be; null where that is settled. */
  search: PathMtuSearch | null
  cwnd: number
  ssthresh: number
  /** Bytes sent and neither acknowledged nor taken for lost. */
  flight = 0
  rto: number
  srtt: number | null = null
  /** The longest time-out since `SCTP_GET_ASSOC_STATS` was last asked; 0: none was computed. */
  longestRto = 0
  /** Time-outs in a row. */
  errors = 0
  /** When it last answered, in milliseconds of the clock. */
  answeredAt = 0
  /** When T3-rtx runs out, in milliseconds of the clock; null while it does not run. */
  t3: number | null = null
  /** When the next heartbeat, or its time-out, is due. */
  heartbeatAt: number | null = null
  /** The heartbeat that waits for its answer. */
  heartbeat: { readonly nonce: Uint8Array; readonly sentAt: number } | null = null
  /** When data was last sent here. */
  usedAt = 0
  /** One round trip is measured at a time: the TSN that does it. */
  timed: { readonly tsn: number; readonly at: number } | null = null
  #mtu: number
  #rttvar = 0
  #partial = 0

  constructor(address: string, port: number, mtu: number, settings: Readonly<Settings>, state: PathState) {
    this.address = address
    this.port = port
    this.state = state
    this.#mtu = mtu
    const { pathMtu, probeInterval } = settings
    this.search = pathMtu === 0 && probeInterval > 0 ? new PathMtuSearch(mtu, probeInterval) : null
    this.settings = {
      rtoMin: settings.rtoMin,
      rtoMax: settings.rtoMax,
      maxRetransmissions: settings.pathRetransmissions,
      failureThreshold: settings.failureThreshold,
      switchThreshold: settings.switchThreshold,
      heartbeats: settings.heartbeats,
      heartbeatInterval: settings.heartbeatInterval,
    }
    this.rto = settings.rtoInitial
    this.cwnd = this.#initialWindow()
    this.ssthresh = Number.POSITIVE_INFINITY
  }

  /** Largest SCTP packet in bytes. Setting it ends the search for it. */
  get mtu(): number {
    return this.search?.size ?? this.#mtu
  }

  set mtu(bytes: number) {
    this.search = null
    this.#mtu = bytes
  }

  /** Searches for the largest packet from now on, every so many milliseconds; 0: no more. */
  searchMtu(interval: number): void {
    this.search?.stop()
    this.search = interval > 0 ? new PathMtuSearch(this.#mtu, interval) : null
  }

  /** A round trip was measured (section 6.3.1). */
  measured(milliseconds: number): void {
    const { rtoMin, rtoMax } = this.settings
    if (this.srtt === null) {
      this.srtt = milliseconds
      this.#rttvar = milliseconds / 2
    } else {
      this.#rttvar += (Math.abs(this.srtt - milliseconds) - this.#rttvar) / 4
      this.srtt += (milliseconds - this.srtt) / 8
    }
    this.rto = Math.min(rtoMax, Math.max(rtoMin, this.srtt + 4 * this.#rttvar))
    this.longestRto = Math.max(this.longestRto, this.rto)
  }

  /**
   * Bytes were acknowledged (sections 7.2.1 and 7.2.2).
   * @param full - the window was used up before the SACK came
   * @param recovering - fast recovery goes on
   */
  grow(acknowledged: number, full: boolean, recovering: boolean): void {
    if (this.cwnd <= this.ssthresh) {
      if (full && !recovering) this.cwnd += Math.min(acknowledged, this.mtu)
      return
    }
    this.#partial += acknowledged
    if (this.#partial < this.cwnd) return
    if (!full) {
      this.#partial = this.cwnd
      return
    }
    this.#partial -= this.cwnd
    this.cwnd += this.mtu
  }

  /** All that was under way is acknowledged. */
  drained(): void {
    this.#partial = 0
  }

  /** Loss seen in time (section 7.2.3). */
  lost(): void {
    this.ssthresh = Math.max(Math.floor(this.cwnd / 2), 4 * this.mtu)
    this.cwnd = this.ssthresh
    this.#partial = 0
  }

  /** T3-rtx ran out (sections 6.3.3 and 7.2.3). */
  timedOut(): void {
    this.ssthresh = Math.max(Math.floor(this.cwnd / 2), 4 * this.mtu)
    this.cwnd = this.mtu
    this.#partial = 0
    this.timed = null
    this.backOff()
  }

  backOff(): void {
    this.rto = Math.min(this.rto * 2, this.settings.rtoMax)
    this.longestRto = Math.max(this.longestRto, this.rto)
  }

  /** After a pause the window is no longer proven: it halves for each time-out that passed (section 7.2.1). */
  rested(now: number): void {
    const pauses = Math.min(32, Math.floor((now - this.usedAt) / this.rto))
    const least = 4 * this.mtu
    if (this.flight === 0 && pauses > 0 && this.cwnd > least) {
      this.cwnd = Math.max(least, Math.floor(this.cwnd / 2 ** pauses))
    }
    this.usedAt = now
  }

  /** As new, for an association that restarts (section 5.2.4.1). */
  reset(rtoInitial: number): void {
    this.rto = rtoInitial
    this.srtt = null
    this.#rttvar = 0
    this.cwnd = this.#initialWindow()
    this.ssthresh = Number.POSITIVE_INFINITY
    this.#partial = 0
    this.flight = 0
    this.errors = 0
    this.t3 = null
    this.timed = null
    this.heartbeat = null
    this.search?.stop()
  }

  #initialWindow(): number {
    return Math.min(4 * this.mtu, Math.max(2 * this.mtu, 4404))
  }
}

/** What SCTP_PEER_ADDR_PARAMS changes for one address. */
export interface PathSettings {
  rtoMin: number
  rtoMax: number
  maxRetransmissions: number
  /** Time-outs in a row after which another path is preferred (RFC 7829). */
  failureThreshold: number
  switchThreshold: number
  heartbeats: boolean
  heartbeatInterval: number
}
