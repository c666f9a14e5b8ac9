import type { Clock } from '../base/clock.ts'
import type { Channel } from './channel.ts'
import { encodePlaintext, PLAINTEXT_HEADER } from './messages.ts'

/** Whose turn it is to send: all channels that can, one after the other; and who has waited for the peer's room too long. */
export class Scheduler {
  readonly #clock: Clock
  readonly #ready = new Set<Channel>()
  /** Of a datagram carrier. */
  readonly #stalled = new Set<Channel>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Somebody can send now. */
  get sendable(): boolean {
    for (const channel of this.#ready) if (!channel.stalled) return true
    return false
  }

  /** There is something to send on a channel, or room for it. */
  wake(channel: Channel): void {
    if (channel.state === 'open' && channel.queued > 0) this.#ready.add(channel)
  }

  drop(channel: Channel): void {
    this.#ready.delete(channel)
    this.#stalled.delete(channel)
  }

  /**
   * Adds MTLSPlaintext messages to `out`, of `most` octets together at most.
   * @param sent - told of each channel whose data leaves
   */
  gather(out: Uint8Array[], most: number, sent: (channel: Channel) => void): void {
    let left = most
    for (let idle = 0; left > PLAINTEXT_HEADER && idle < this.#ready.size; ) {
      const [channel] = this.#ready
      if (channel === undefined) return
      // To the end of the line: all get their turn, whatever one has to say.
      this.#ready.delete(channel)
      const data = channel.next(left - PLAINTEXT_HEADER, out.length === 0)
      if (data !== null) {
        out.push(encodePlaintext(channel.id ?? 0, data))
        left -= PLAINTEXT_HEADER + data.length
        idle = 0
        sent(channel)
      } else idle++
      if (channel.queued > 0) this.#park(channel)
    }
  }

  /** Milliseconds of the clock at which `onDeadline` wants to be called; null when nothing waits for time. */
  get deadline(): number | null {
    let first: number | null = null
    for (const { stall } of this.#stalled) if (stall !== null && (first === null || stall.at < first)) first = stall.at
    return first
  }

  /** @param ask - sends the question that a stalled channel has */
  onDeadline(ask: (channel: Channel) => void): void {
    const now = this.#clock.now()
    for (const channel of [...this.#stalled]) {
      const { stall } = channel
      if (stall === null) this.#stalled.delete(channel)
      else if (stall.at <= now) {
        stall.at = now + stall.patience
        stall.patience = Math.min(stall.patience * 2, MAX_PATIENCE)
        // An answer that does not come is no reason to be silent for ever.
        stall.asked = !stall.asked
        if (stall.asked) ask(channel)
        else this.wake(channel)
      }
    }
  }

  /** Who waits for the peer's room need not be asked again before there is some. */
  #park(channel: Channel): void {
    if (!channel.stalled) this.#ready.add(channel)
    else if (channel.carrier === 'datagram') {
      channel.stall ??= { at: this.#clock.now() + PATIENCE, patience: PATIENCE, asked: false }
      this.#stalled.add(channel)
    }
  }
}

/** Milliseconds that a datagram is given to arrive. */
const PATIENCE = 2000
const MAX_PATIENCE = 60_000
