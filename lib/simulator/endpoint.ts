import type { BoundedQueue } from '../base/queue.ts'
import type { SeededSource } from './source.ts'
import { type Counters, type Datagram, Tally } from './trace.ts'

/** Called with a datagram that arrived; the bytes are the receiver's to keep. */
export type DatagramHandler = (bytes: Uint8Array, from: string) => void

/** `EMSGSIZE` only where the conditions say that a datagram above the MTU is refused. */
export type SendResult = 'sent' | 'EMSGSIZE'

/**
 * An address on the simulated network, made by `SimulatedNetwork.endpoint` or `pair`. Nothing arrives while `send`
 * runs, however short the delay: arrivals are events of the clock.
 *
 * ```ts
 * const [client, server] = network.pair('client', 'server')
 * server.onDatagram = (bytes, from) => server.send(bytes, from)
 * client.send(Uint8Array.of(1, 2, 3))
 * clock.advanceBy(1000)
 * client.receive() // { from: 'server', to: 'client', number: 0, bytes: 01 02 03 }
 * ```
 */
export interface Endpoint {
  readonly address: string
  /** Where `send` goes when it is not told; `null` when the endpoint was made without one. */
  readonly peer: string | null
  /** What became of the datagrams sent from here. */
  readonly counters: Counters
  /** Datagrams that have arrived and wait for `receive`. */
  readonly waiting: number
  /** While set, arrivals go here at once, those that wait first; while `null` they wait for `receive`. */
  onDatagram: DatagramHandler | null
  /** Copies `bytes` and sends them to `to`, or to the peer. `TypeError` without either; `Error` after `close`. */
  send(bytes: Uint8Array, to?: string): SendResult
  /** The next datagram that has arrived, or `null`. */
  receive(): Datagram | null
  /** The MTU towards `to`, or towards the peer, in bytes: what `IP_MTU` tells on a socket. */
  mtu(to?: string): number
  /** Frees the address and forgets what waits; what still arrives is unreachable. A second call does nothing. */
  close(): void
}

/** What an endpoint needs of its network. */
export interface Carrier {
  send(sender: Sender, to: string, bytes: Uint8Array): SendResult
  mtu(from: string, to: string): number
  release(station: Station): void
}

/** The origin of datagrams: it numbers them, counts what becomes of them, and holds the source of their fates. */
export class Sender {
  readonly address: string
  readonly tally: Tally
  readonly #source: SeededSource
  #next = 0

  constructor(address: string, source: SeededSource, total: Tally) {
    this.address = address
    this.tally = new Tally(total)
    this.#source = source
  }

  nextNumber(): number {
    return this.#next++
  }

  /** The fate of a datagram depends on the seed, the sender and the number, not on what befell the ones before. */
  fateOf(number: number): SeededSource {
    return this.#source.fork(String(number))
  }
}

export class Station implements Endpoint {
  readonly address: string
  readonly peer: string | null
  readonly #sender: Sender
  readonly #carrier: Carrier
  readonly #inbox: BoundedQueue<Datagram>
  #handler: DatagramHandler | null = null
  #open = true

  constructor(sender: Sender, peer: string | null, carrier: Carrier, inbox: BoundedQueue<Datagram>) {
    this.address = sender.address
    this.peer = peer
    this.#sender = sender
    this.#carrier = carrier
    this.#inbox = inbox
  }

  get counters(): Counters {
    return this.#sender.tally.snapshot()
  }

  get waiting(): number {
    return this.#inbox.length
  }

  get onDatagram(): DatagramHandler | null {
    return this.#handler
  }

  set onDatagram(handler: DatagramHandler | null) {
    this.#handler = handler
    this.handOver()
  }

  send(bytes: Uint8Array, to?: string): SendResult {
    if (!this.#open) throw new Error(`${this.address} is closed`)
    return this.#carrier.send(this.#sender, this.#destination(to), bytes)
  }

  receive(): Datagram | null {
    return this.#inbox.shift() ?? null
  }

  mtu(to?: string): number {
    return this.#carrier.mtu(this.address, this.#destination(to))
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#handler = null
    this.#inbox.clear()
    this.#carrier.release(this)
  }

  /** False when the inbox is full. */
  accept(datagram: Datagram): boolean {
    return this.#inbox.push(datagram)
  }

  /** Gives what waits to the handler, one by one: the handler may be taken away, or the endpoint closed, in between. */
  handOver(): void {
    while (this.#handler !== null) {
      const datagram = this.#inbox.shift()
      if (datagram === undefined) return
      this.#handler(datagram.bytes, datagram.from)
    }
  }

  #destination(to: string | undefined): string {
    const destination = to ?? this.peer
    if (destination === null) throw new TypeError('to: this endpoint has no peer, name one')
    return destination
  }
}
