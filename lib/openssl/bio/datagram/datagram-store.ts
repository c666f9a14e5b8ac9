import { wipe } from '../../../base/bytes.ts'
import { BoundedQueue } from '../../../base/queue.ts'
import type { BIO_ADDR } from '../socket/addr.ts'

/** A datagram on its way, with the addresses it was sent with. */
export interface Datagram {
  readonly data: Uint8Array
  readonly from: BIO_ADDR | null
  readonly to: BIO_ADDR | null
}

/** What OpenSSL keeps beside each datagram: its length and two addresses. Sizes that programs set count it in. */
const HEADER = 232

const MIN_SIZE = 1024

/** Nine datagrams of the usual size. */
const DEFAULT_SIZE = 9 * (HEADER + 1472)

/**
 * Where growing ends. OpenSSL has no end; a peer that nobody reads would fill the memory (versatica/mediasoup#1340).
 */
const MAX_GROWN = 1 << 20

/** The datagrams that one end has written and the other has not read. */
export class DatagramStore {
  #queue = boundedBy(DEFAULT_SIZE)
  #size = DEFAULT_SIZE
  #grows: boolean

  /** @param grows - until a size is set */
  constructor(grows: boolean) {
    this.#grows = grows
  }

  /** Bytes that can wait, headers among them. */
  get size(): number {
    return this.#size
  }

  /** The longest datagram that fits now. */
  get room(): number {
    const free = (this.#grows ? MAX_GROWN : this.#size) - this.#queue.bytes
    return Math.max(0, free - HEADER)
  }

  /** Sets the size, 1024 at least, and ends growing. False when what waits does not fit. */
  resize(bytes: number): boolean {
    const size = Math.max(MIN_SIZE, bytes)
    if (size < this.#queue.bytes) return false
    this.#grows = false
    this.#move(size)
    return true
  }

  /** False when the datagram does not fit. */
  push(datagram: Datagram): boolean {
    if (this.#queue.push(datagram)) return true
    if (!this.#grows || datagram.data.length > this.room) return false
    const needed = this.#queue.bytes + HEADER + datagram.data.length
    let size = this.#size
    while (size < needed) size = Math.floor((size * 8) / 5)
    this.#move(Math.min(size, MAX_GROWN))
    return this.#queue.push(datagram)
  }

  peek(): Datagram | undefined {
    return this.#queue.peek()
  }

  shift(): Datagram | undefined {
    return this.#queue.shift()
  }

  clear(): void {
    for (let gone = this.shift(); gone !== undefined; gone = this.shift()) wipe(gone.data)
  }

  #move(size: number): void {
    const queue = boundedBy(size)
    for (let next = this.shift(); next !== undefined; next = this.shift()) queue.push(next)
    this.#queue = queue
    this.#size = size
  }
}

function boundedBy(bytes: number): BoundedQueue<Datagram> {
  return new BoundedQueue(Number.POSITIVE_INFINITY, bytes, ({ data }) => HEADER + data.length)
}
