import { BoundedQueue } from '../../base/queue.ts'
import { type Datagram, type Endpoint, headerOverhead, travelsInIPv4 } from '../address.ts'

/** What a 16-bit length field leaves for the payload, in bytes: IPv4 counts its own header, IPv6 does not. */
const LARGEST_IPV4 = 0xffff - 28
const LARGEST_IPV6 = 0xffff - 8

/** What a queued datagram costs besides its bytes, near to a kernel's bookkeeping: it bounds floods of empty ones. */
const DATAGRAM_COST = 512

/** The largest payload in bytes that may go there; with an MTU, the largest that needs no fragments. */
export function largestPayload(to: Endpoint, mtu: number | null): number {
  const limit = travelsInIPv4(to) ? LARGEST_IPV4 : LARGEST_IPV6
  return mtu === null ? limit : Math.min(limit, mtu - headerOverhead(to))
}

/** Received datagrams, bounded as SO_RCVBUF bounds them in a kernel: what does not fit is dropped and counted. */
export class ReceiveQueue {
  #queue: BoundedQueue<Datagram>
  #dropped = 0

  constructor(bytes: number) {
    this.#queue = queueOf(bytes)
  }

  get length(): number {
    return this.#queue.length
  }

  get dropped(): number {
    return this.#dropped
  }

  push(datagram: Datagram): boolean {
    if (this.#queue.push(datagram)) return true
    this.#dropped++
    return false
  }

  peek(): Datagram | undefined {
    return this.#queue.peek()
  }

  shift(): Datagram | undefined {
    return this.#queue.shift()
  }

  resize(bytes: number): void {
    const old = this.#queue
    this.#queue = queueOf(bytes)
    for (let next = old.shift(); next !== undefined; next = old.shift()) this.push(next)
  }

  clear(): void {
    this.#queue.clear()
  }
}

function queueOf(bytes: number): BoundedQueue<Datagram> {
  // An empty queue takes any datagram, as an empty kernel buffer does.
  const bound = Math.max(bytes, LARGEST_IPV6 + DATAGRAM_COST)
  return new BoundedQueue(Math.ceil(bound / DATAGRAM_COST), bound, ({ data }) => data.length + DATAGRAM_COST)
}
