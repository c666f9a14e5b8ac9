import { EMPTY } from '../../base/bytes.ts'
import { DataFlag } from '../wire/data.ts'
import type { ForwardTsn, ForwardTsnFormat, Skipped } from '../wire/forward-tsn.ts'
import { advance, distance, isAfter, isBefore } from '../wire/serial.ts'
import type { Flight } from './flight.ts'
import type { Outgoing, OutgoingMessage } from './outgoing.ts'
import type { OutgoingQueue } from './outgoing-queue.ts'

/** A message that was given up: after its first chunk was sent, or before. */
export interface Failed {
  readonly message: OutgoingMessage
  readonly sent: boolean
}

/** Giving up messages that are no longer worth sending, and telling the peer (RFC 3758, RFC 7496). */
export class Abandonment {
  readonly #flight: Flight
  readonly #queue: OutgoingQueue
  readonly #format: ForwardTsnFormat
  readonly #failed: (failure: Failed) => void
  /** The advanced peer ack point: what follows the cumulative TSN up to here was given up. */
  #advanced: number

  /** `failed` is told of each message that is given up. */
  constructor(flight: Flight, queue: OutgoingQueue, format: ForwardTsnFormat, failed: (failure: Failed) => void) {
    this.#flight = flight
    this.#queue = queue
    this.#format = format
    this.#failed = failed
    this.#advanced = flight.cumulative
  }

  /** The peer has still to be told of abandoned TSNs. */
  get pending(): boolean {
    return isAfter(this.#advanced, this.#flight.cumulative)
  }

  /** The flight has begun at another TSN. */
  restart(): void {
    this.#advanced = this.#flight.cumulative
  }

  /** Gives up what has had its time or its number of transmissions; true when the peer is to be told. */
  expire(now: number): boolean {
    for (const { state, owner, transmissions } of this.#flight.resends > 0 ? this.#flight.chunks : []) {
      if (state === 'resend' && owner.expired(now, transmissions)) this.#abandon(owner)
    }
    for (let first = this.#queue.first; first?.expired(now, 0) === true; first = this.#queue.first) this.#abandon(first)
    return this.advance()
  }

  /** Gives up messages of lower priority (a higher number) until so many bytes are free (RFC 7496 section 3.4). */
  prune(bytes: number, priority: number): { readonly enough: boolean; readonly tell: boolean } {
    const owners = new Set([
      ...this.#flight.chunks.filter(({ state }) => state !== 'acked').map(({ owner }) => owner),
      ...this.#queue.waiting(),
    ])
    const rank = ({ message: { reliability } }: Outgoing) =>
      reliability.kind === 'priority' ? reliability.priority : -1
    const candidates = [...owners].filter(owner => rank(owner) > priority).sort((a, b) => rank(b) - rank(a))
    let freed = 0
    for (const owner of candidates) {
      if (freed >= bytes) break
      freed += owner.message.data.length
      this.#abandon(owner)
    }
    return { enough: freed >= bytes, tell: this.advance() }
  }

  /** Moves the point over what was given up (RFC 3758 section 3.5); true when it moved beyond what the peer knows. */
  advance(): boolean {
    const { cumulative, chunks } = this.#flight
    if (isBefore(this.#advanced, cumulative)) this.#advanced = cumulative
    const before = this.#advanced
    for (let at = distance(cumulative, before); chunks[at]?.state === 'abandoned'; at++) {
      this.#advanced = advance(this.#advanced)
    }
    return before !== this.#advanced
  }

  /** What the peer is told, in a chunk of at most so many bytes; with more streams than fit the point moves less far. */
  forwardTsn(room: number): Uint8Array | null {
    if (!this.pending) return null
    const most = this.#format.entries(room)
    const { cumulative: from, chunks } = this.#flight
    const skipped = new Map<string, Skipped>()
    let cumulative = from
    for (const { tsn, owner } of most < 0 ? [] : chunks.slice(0, distance(from, this.#advanced))) {
      const { stream, unordered } = owner.message
      if (!unordered || this.#format.listsUnordered) {
        const key = `${stream} ${unordered}`
        if (!skipped.has(key) && skipped.size >= most) break
        skipped.set(key, { stream, unordered, sequence: owner.sequence })
      }
      cumulative = tsn
    }
    if (cumulative === from) return null
    const forward: ForwardTsn = { cumulative, streams: [...skipped.values()] }
    return this.#format.write(forward)
  }

  #abandon(owner: Outgoing): void {
    if (owner.abandoned) return
    owner.abandoned = true
    const sent = owner.cut > 0
    const queued = this.#queue.remove(owner)
    if (sent && queued) {
      // The rest gets one TSN, so that the receiver can be told to skip it.
      owner.cut = owner.message.data.length
      if (owner.path !== null) this.#flight.append(owner, DataFlag.end, owner.fragments++, EMPTY, owner.path)
    }
    for (const chunk of this.#flight.chunks) if (chunk.owner === owner) this.#flight.abandon(chunk)
    this.#failed({ message: owner.message, sent })
  }
}
