import type { Socket } from 'node:dgram'
import { passingCopy } from '../../base/allocate.ts'
import {
  EACCES,
  EAFNOSUPPORT,
  EAGAIN,
  EBADF,
  EDESTADDRREQ,
  EINVAL,
  EISCONN,
  EMSGSIZE,
  ENETUNREACH,
  ENOTCONN,
  EOPNOTSUPP,
  errnoOf,
} from '../../base/errno.ts'
import { type Datagram, type Endpoint, sameEndpoint } from '../address.ts'
import { interfaceMtu } from '../mtu.ts'
import { IPPROTO_UDP, SOCK_DGRAM } from '../posix/constants.ts'
import type { linger, PosixSocket, Received } from '../posix/kind.ts'
import { Watchers } from '../readiness.ts'
import { largestPayload, ReceiveQueue } from './limits.ts'
import { addNeighbour, type Neighbour, removeNeighbour, unconnectedNeighbour } from './neighbours.ts'
import { createImmediateSocket, familyOf, localEndpoint, remoteEndpoint, wildcard } from './node.ts'
import { getUdpOption, setUdpOption } from './options.ts'

/** What Linux gives a socket by default (net.core.rmem_default), in bytes. */
const DEFAULT_BUFFER = 212992

/** The sockets made from a program's own `dgram.Socket`, so that adopting it twice gives the same one. */
const adopted = new WeakMap<Socket, UdpSocket>()

/**
 * A synchronous, non-blocking view of a `dgram.Socket`. Calls answer at once with what they did or with a negative
 * (Linux) error number. Node reads the system's socket only when the event loop turns: what has arrived waits here, in
 * a queue that is bounded as a kernel's receive buffer is, and what does not fit is dropped and counted.
 *
 * Node tells of a send that failed, and of an ICMP message, after the call: such an error is kept and is the result of
 * the next call, once, as Linux does with ICMP.
 */
export class UdpSocket implements PosixSocket, Neighbour {
  readonly family: 'IPv4' | 'IPv6'
  readonly type = SOCK_DGRAM
  readonly protocol = IPPROTO_UDP
  /** Another socket may be bound to the same address (SO_REUSEADDR). Counts when it is bound, not later. */
  reuseAddress = false
  /** IPv6 without IPv4-mapped addresses (IPV6_V6ONLY). Counts when it is bound, not later. */
  ipv6Only = false
  /** SO_KEEPALIVE, which datagram sockets take and do nothing for. */
  keepAlive = false
  /** SO_RCVTIMEO and SO_SNDTIMEO in milliseconds, null for none. For who waits: the calls here never do. */
  receiveTimeout: number | null = null
  sendTimeout: number | null = null
  /** O_NONBLOCK, for who waits. */
  nonBlocking = false

  #socket: Socket | null
  readonly #owned: boolean
  #boundTo: Endpoint | null = null
  #peer: Endpoint | null = null
  readonly #queue = new ReceiveQueue(DEFAULT_BUFFER)
  #receiveBuffer = DEFAULT_BUFFER
  #sendBuffer = DEFAULT_BUFFER
  #dontFragment = false
  /** The largest payload towards the peer, once it has been asked for. */
  #largest: number | null = null
  #error = 0
  #closed = false
  #strays = 0
  readonly #watchers = new Watchers()

  constructor(family: 'IPv4' | 'IPv6', socket: Socket | null = null) {
    this.family = family
    this.#socket = socket
    this.#owned = socket === null
    if (socket !== null) this.#listen(socket)
  }

  /**
   * The view of a socket that the program made. It stays the program's: it is bound, connected, referenced and, unless
   * `close` is called here, closed with its own methods.
   */
  static adopt(socket: Socket): UdpSocket {
    const known = adopted.get(socket)
    if (known !== undefined) return known
    const view = new UdpSocket(familyOf(socket), socket)
    adopted.set(socket, view)
    view.#bound()
    view.#connected()
    return view
  }

  get closed(): boolean {
    return this.#closed
  }

  get connected(): boolean {
    return this.#peer !== null
  }

  get readable(): boolean {
    return this.#queue.length > 0 || this.failed
  }

  get writable(): boolean {
    return this.failed || this.#unsent() < this.#sendBuffer
  }

  get failed(): boolean {
    return this.#error !== 0 || this.#closed
  }

  /** Datagrams that found the queue full. */
  get dropped(): number {
    return this.#queue.dropped
  }

  /** Datagrams that came to a connected socket from somebody else and found no unconnected neighbour. */
  get strays(): number {
    return this.#strays
  }

  get boundTo(): Endpoint | null {
    return this.#boundTo
  }

  /** getsockname(2): null before it is bound. */
  get local(): Endpoint | null {
    return localEndpoint(this.#socket)
  }

  /** getpeername(2): null when not connected. */
  get peer(): Endpoint | null {
    return this.#peer
  }

  /** The error that waits, as SO_ERROR: a positive number or 0. Asking takes it away. */
  takeError(): number {
    const error = this.#error
    this.#error = 0
    return error
  }

  /** bind(2), in effect when it returns: 0 or a negative error number. */
  bind(to: Endpoint): number {
    if (this.#closed) return -EBADF
    if (this.#socket !== null) return -EINVAL
    if (to.family !== this.family) return this.family === 'IPv4' ? -EAFNOSUPPORT : -EINVAL
    const socket = createImmediateSocket(this.family, this)
    let failure = 0
    const failed = (error: Error) => (failure = errnoOf(error))
    socket.once('error', failed)
    socket.bind({ port: to.port, address: to.address, exclusive: true })
    socket.off('error', failed)
    if (failure !== 0) {
      socket.close()
      return -failure
    }
    this.#socket = socket
    this.#listen(socket)
    this.#bound()
    if (!this.#watchers.none) socket.ref()
    return 0
  }

  /**
   * connect(2), in effect when it returns: 0 or a negative error number. What has come from other peers goes to the
   * unconnected socket of the same address, if there is one.
   */
  connect(to: Endpoint): number {
    if (this.#closed) return -EBADF
    if (!this.#owned || to.port === 0) return -EINVAL
    const address = this.#addressFor(to)
    if (typeof address === 'number') return address
    const failure = this.#socket === null ? this.bind(wildcard(this.family)) : 0
    if (failure !== 0 || this.#socket === null) return failure
    const before = this.#peer
    if (before !== null) this.disconnect()
    // The error of a failed connect comes too late to name it here; that it failed shows at once.
    this.#socket.connect(to.port, address, () => {})
    if (!this.#connected()) return isBroadcast(address) ? -EACCES : -ENETUNREACH
    if (before !== null) this.#bound()
    this.#sortQueue()
    return 0
  }

  /** connect(2) to AF_UNSPEC: any peer is heard again. A port that the system had chosen is lost, on Linux at least. */
  disconnect(): number {
    if (this.#closed) return -EBADF
    if (this.#peer === null) return -ENOTCONN
    this.#socket?.disconnect()
    this.#connected()
    this.#bound()
    return 0
  }

  /** Datagram sockets do not listen, and Node cannot shut one down. */
  listen(): number {
    return -EOPNOTSUPP
  }

  accept(): number {
    return -EOPNOTSUPP
  }

  shutdown(): number {
    return this.#peer === null ? -ENOTCONN : -EOPNOTSUPP
  }

  setOption(level: number, name: number, value: number | linger): number {
    return setUdpOption(this, level, name, value)
  }

  getOption(level: number, name: number): number | undefined {
    return getUdpOption(this, level, name)
  }

  /** The oldest datagram, or as much of it as there is room for: the rest is lost. */
  receiveInto(into: Uint8Array, peek: boolean): Received | number {
    const datagram = peek ? this.peek() : this.receive()
    if (typeof datagram === 'number') return datagram
    const { data, from } = datagram
    into.set(data.subarray(0, into.length))
    return { length: Math.min(into.length, data.length), whole: data.length, from }
  }

  /** The oldest datagram, or a negative error number: the one that waited, else EAGAIN when there is nothing. */
  receive(): Datagram | number {
    return this.#pending() || (this.#queue.shift() ?? -EAGAIN)
  }

  /** As `receive`, and the datagram stays (MSG_PEEK). */
  peek(): Datagram | number {
    return this.#pending() || (this.#queue.peek() ?? -EAGAIN)
  }

  /** Sends one datagram: its length, or a negative error number. The bytes are copied. */
  send(data: Uint8Array, to: Endpoint | null = null): number {
    return this.#refusal(data, to) || this.#hand(passingCopy(data), to)
  }

  /** As `send`, without the copy: unless they are refused, the bytes are to stay as they are from then on. */
  give(data: Uint8Array, to: Endpoint | null = null): number {
    return this.#refusal(data, to) || this.#hand(data, to)
  }

  /** A pending wait keeps the process alive, as a blocked call would; an idle socket does not. */
  watch(changed: () => void): () => void {
    const stop = this.#watchers.watch(changed)
    if (this.#owned && !this.#closed) this.#socket?.ref()
    return () => {
      stop()
      if (this.#owned && !this.#closed && this.#watchers.none) this.#socket?.unref()
    }
  }

  /** SO_RCVBUF in bytes; here as for the system's own buffer. */
  get receiveBuffer(): number {
    return this.#receiveBuffer
  }

  set receiveBuffer(bytes: number) {
    this.#receiveBuffer = bytes
    this.#queue.resize(bytes)
    this.#sizeBuffers()
  }

  /** SO_SNDBUF in bytes. */
  get sendBuffer(): number {
    return this.#sendBuffer
  }

  set sendBuffer(bytes: number) {
    this.#sendBuffer = bytes
    this.#sizeBuffers()
  }

  /** The MTU towards the peer in bytes of IP packet; null when it is not connected or the system does not tell. */
  get pathMtu(): number | null {
    const local = this.#peer === null ? null : this.local
    return local === null ? null : interfaceMtu(local.address)
  }

  /** Refuses, with EMSGSIZE, what the interface would have to fragment: Node cannot set the bit in the IP header. */
  set dontFragment(on: boolean) {
    this.#dontFragment = on
    this.#largest = null
  }

  deliver(datagram: Datagram): void {
    if (this.#closed) return
    if (this.#queue.push(datagram)) this.#watchers.changed()
  }

  close(): void {
    if (this.#closed) return
    const socket = this.#socket
    this.#end()
    socket?.close()
  }

  #listen(socket: Socket): void {
    socket.on('message', (message, from) => {
      this.#arrived({ data: new Uint8Array(message.buffer, message.byteOffset, message.length), from })
    })
    socket.on('error', error => this.#fail(error))
    socket.on('close', () => this.#end())
    if (this.#owned) return
    socket.on('listening', () => this.#bound())
    socket.on('connect', () => this.#connected() && this.#sortQueue())
  }

  #bound(): void {
    removeNeighbour(this)
    this.#boundTo = this.local
    addNeighbour(this)
    this.#sizeBuffers()
  }

  /** Looks who the peer is now; false when there is none. */
  #connected(): boolean {
    this.#peer = remoteEndpoint(this.#socket)
    this.#largest = null
    return this.#peer !== null
  }

  #arrived(datagram: Datagram): void {
    if (this.#isStray(datagram.from)) this.#handOver(datagram)
    else this.deliver(datagram)
  }

  /** The system filters by peer from the connect on; only what was in its buffer by then can come from others. */
  #isStray(from: Endpoint): boolean {
    if (this.#peer === null || sameEndpoint(this.#peer, from)) return false
    // The program may have disconnected a socket of its own since.
    return this.#connected() && !sameEndpoint(this.#peer, from)
  }

  #sortQueue(): void {
    for (let left = this.#queue.length; left > 0; left--) {
      const datagram = this.#queue.shift()
      if (datagram !== undefined) this.#arrived(datagram)
    }
  }

  #handOver(datagram: Datagram): void {
    const neighbour = unconnectedNeighbour(this)
    if (neighbour === undefined) this.#strays++
    else neighbour.deliver(datagram)
  }

  /** The negative number of the error that a call has to report before it does anything, or 0. */
  #pending(): number {
    return this.#closed ? -EBADF : 0 - this.takeError()
  }

  /** Why nothing can be done with this datagram now, as a negative error number; 0 when it can be handed over. */
  #refusal(data: Uint8Array, to: Endpoint | null): number {
    return this.#pending() || this.#unsendable(data, to) || (this.writable ? 0 : -EAGAIN)
  }

  /** Why this datagram cannot go there, as a negative error number; 0 when it can. */
  #unsendable(data: Uint8Array, to: Endpoint | null): number {
    const target = to ?? this.#peer
    if (target === null) return -EDESTADDRREQ
    // Linux would let one datagram go elsewhere; Node does not.
    if (this.#peer !== null && to !== null && !this.#isPeer(this.#peer, to)) return -EISCONN
    if (target.port === 0) return -EINVAL
    return data.length > this.#largestFor(target) ? -EMSGSIZE : 0
  }

  #isPeer(peer: Endpoint, to: Endpoint): boolean {
    return peer.port === to.port && peer.address === this.#addressFor(to)
  }

  #largestFor(target: Endpoint): number {
    if (this.#peer === null) return largestPayload(target, null)
    this.#largest ??= largestPayload(target, this.#dontFragment ? this.pathMtu : null)
    return this.#largest
  }

  /** Node may keep the bytes until the system takes them. */
  #hand(data: Uint8Array, to: Endpoint | null): number {
    const failure = this.#socket === null ? this.bind(wildcard(this.family)) : 0
    if (failure !== 0 || this.#socket === null) return failure
    const address = to === null || this.#peer !== null ? '' : this.#addressFor(to)
    if (typeof address === 'number') return address
    try {
      if (to === null || address === '') this.#socket.send(data, this.#sent)
      else this.#socket.send(data, to.port, address, this.#sent)
      return data.length
    } catch (failed) {
      return -errnoOf(failed)
    }
  }

  readonly #sent = (error: Error | null): void => {
    if (error !== null) this.#fail(error)
    else this.#watchers.changed()
  }

  /** IPv4 goes to a dual-stack socket in its mapped form. */
  #addressFor(to: Endpoint): string | number {
    if (to.family === this.family) return to.address
    if (this.family === 'IPv4') return -EAFNOSUPPORT
    return this.ipv6Only ? -ENETUNREACH : `::ffff:${to.address}`
  }

  #unsent(): number {
    return this.#boundTo === null || this.#socket === null ? 0 : this.#socket.getSendQueueSize()
  }

  #sizeBuffers(): void {
    if (this.#closed || this.#boundTo === null) return
    try {
      if (this.#receiveBuffer !== DEFAULT_BUFFER) this.#socket?.setRecvBufferSize(this.#receiveBuffer)
      if (this.#sendBuffer !== DEFAULT_BUFFER) this.#socket?.setSendBufferSize(this.#sendBuffer)
    } catch {
      // The system's own limit stays in force; the queue here has the size that was asked for.
    }
  }

  #fail(error: unknown): void {
    if (this.#closed) return
    this.#error = errnoOf(error)
    this.#watchers.changed()
  }

  #end(): void {
    if (this.#closed) return
    this.#closed = true
    removeNeighbour(this)
    this.#queue.clear()
    this.#peer = null
    this.#watchers.changed()
  }
}

function isBroadcast(address: string): boolean {
  return address.endsWith('255.255.255.255')
}
