import { BoundedQueue } from '../base/queue.ts'
import type { Endpoint } from './address.ts'
import { type Source, Watchers } from './readiness.ts'

/** Lanes of one socket, each with somebody of its own at the far end. Bounded in their number and in what waits in them. */
export class OneToMany {
  readonly #byPeer = new Map<string, Lane[]>()
  #lanes = 0
  #queuedBytes = 0

  /** All lanes there are. */
  get size(): number {
    return this.#lanes
  }

  /** Bytes that have arrived and were not read, all lanes together. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  /**
   * The lanes of a peer, the oldest first: one, and for a peer that has come back at the same address and port another,
   * until its owner says which of them counts.
   */
  at(peer: Endpoint): readonly Lane[] {
    return this.#byPeer.get(keyOf(peer)) ?? NONE
  }

  /** A new lane for a peer; null when there are too many. */
  open(peer: Endpoint): Lane | null {
    if (this.#lanes >= MAX_LANES) return null
    const lane = new Lane(peer, {
      admit: bytes => this.#queuedBytes + bytes <= MAX_QUEUED_BYTES,
      count: bytes => {
        this.#queuedBytes += bytes
      },
    })
    const key = keyOf(peer)
    const others = this.#byPeer.get(key)
    if (others === undefined) this.#byPeer.set(key, [lane])
    else others.push(lane)
    this.#lanes++
    return lane
  }

  /** Ends a lane: nothing arrives in it any more, and what waits in it is gone. */
  close(lane: Lane): void {
    if (lane.failed) return
    lane.end()
    this.#lanes--
    const key = keyOf(lane.peer)
    const left = (this.#byPeer.get(key) ?? []).filter(other => other !== lane)
    if (left.length === 0) this.#byPeer.delete(key)
    else this.#byPeer.set(key, left)
  }
}

interface SharedRoom {
  admit(bytes: number): boolean
  /** Bytes that have come (or gone, when negative). */
  count(bytes: number): void
}

/** One peer's end of a socket that many share: what came from it and was not read. */
export class Lane implements Source {
  readonly peer: Endpoint
  /** Datagrams that found no room. */
  dropped = 0
  readonly #queue = new BoundedQueue<Uint8Array>(MAX_LANE_DATAGRAMS, MAX_LANE_BYTES, data => data.length)
  readonly #room: SharedRoom
  readonly #watchers = new Watchers()
  #ended = false

  constructor(peer: Endpoint, room: SharedRoom) {
    this.peer = peer
    this.#room = room
  }

  get readable(): boolean {
    return this.#queue.length > 0 || this.#ended
  }

  get writable(): boolean {
    return true
  }

  get failed(): boolean {
    return this.#ended
  }

  /** Datagrams that wait. */
  get length(): number {
    return this.#queue.length
  }

  /** Takes a datagram over; what does not fit is dropped and counted, as in a kernel's buffer. */
  push(datagram: Uint8Array): void {
    if (this.#ended || !this.#room.admit(datagram.length) || !this.#queue.push(datagram)) {
      this.dropped++
      return
    }
    this.#room.count(datagram.length)
    this.changed()
  }

  peek(): Uint8Array | undefined {
    return this.#queue.peek()
  }

  shift(): Uint8Array | undefined {
    const datagram = this.#queue.shift()
    if (datagram !== undefined) this.#room.count(-datagram.length)
    return datagram
  }

  watch(changed: () => void): () => void {
    return this.#watchers.watch(changed)
  }

  /** Has everybody look who watches. */
  changed(): void {
    this.#watchers.changed()
  }

  /** For {@link OneToMany.close}. */
  end(): void {
    this.#ended = true
    this.#room.count(-this.#queue.bytes)
    this.#queue.clear()
    this.changed()
  }
}

/** The port first: it is what differs most. */
function keyOf({ address, port }: Endpoint): string {
  return `${port} ${address}`
}

const NONE: readonly Lane[] = []
const MAX_LANES = 2 ** 16
const MAX_LANE_DATAGRAMS = 64
/** One datagram of any size always fits. */
const MAX_LANE_BYTES = 2 ** 16
const MAX_QUEUED_BYTES = 2 ** 26
