import type { Socket } from 'node:net'
import { copy } from '../../base/bytes.ts'
import { EAGAIN, ENOTCONN, EPIPE, errnoOf } from '../../base/errno.ts'
import type { Endpoint } from '../address.ts'
import { ByteQueue } from '../byte-queue.ts'
import { SHUT_RD, SHUT_WR } from '../posix/constants.ts'
import type { Received } from '../posix/kind.ts'
import { localEndpoint, remoteEndpoint } from './node.ts'

/** Buffer sizes in bytes, which may change while the stream is in use. */
export interface StreamLimits {
  readonly receiveBuffer: number
  readonly sendBuffer: number
}

/**
 * A synchronous, non-blocking view of a `net.Socket`. What arrives waits in a bounded queue; when it is full, Node stops
 * reading and the peer's window closes. What is written waits in Node's own queue, up to the size of the send buffer.
 *
 * An error that Node tells of is kept and is the result of one call, after the bytes that came before it, as in Linux.
 */
export class TcpStream {
  readonly #socket: Socket
  readonly #limits: StreamLimits
  readonly #changed: () => void
  readonly #queue = new ByteQueue()
  #connecting: boolean
  #started = false
  #error = 0
  #lost = false
  /** The peer has sent all that it wanted to. */
  #ended: boolean
  #readShut = false
  #writeShut = false
  /** Nothing goes either way any more. */
  #dead = false
  #local: Endpoint | null
  #peer: Endpoint | null

  /** @param changed - called after each change */
  constructor(socket: Socket, limits: StreamLimits, changed: () => void) {
    this.#socket = socket
    this.#limits = limits
    this.#changed = changed
    this.#connecting = socket.connecting
    this.#local = localEndpoint(socket)
    this.#peer = this.#connecting ? null : remoteEndpoint(socket)
    this.#dead = socket.destroyed
    this.#ended = socket.readableEnded
    this.#writeShut = socket.writableEnded
    socket.on('connect', () => this.#connect())
    socket.on('end', () => this.#end())
    socket.on('error', error => this.#fail(errnoOf(error)))
    socket.on('close', () => this.#die())
  }

  get connecting(): boolean {
    return this.#connecting
  }

  /** True once the connection could not be made. */
  get refused(): boolean {
    return this.#dead && this.#peer === null
  }

  get local(): Endpoint | null {
    return this.#local
  }

  get peer(): Endpoint | null {
    return this.#peer
  }

  get readable(): boolean {
    return this.#queue.length > 0 || this.#ended || this.#readShut || this.#dead || this.failed
  }

  get writable(): boolean {
    return this.failed || this.#dead || this.#writeShut || (!this.#connecting && this.#room > 0)
  }

  get failed(): boolean {
    return this.#error !== 0
  }

  /** The peer has ended it, or it broke: reads have that to tell, whatever Node has done with its socket since. */
  get over(): boolean {
    return this.#ended || this.#lost
  }

  /** Begins to read. A connection that nobody has accepted yet is left to the system. */
  start(): void {
    if (this.#started) return
    this.#started = true
    this.#socket.on('data', chunk => this.#arrived(chunk))
    this.#socket.resume()
  }

  takeError(): number {
    const error = this.#error
    this.#error = 0
    return error
  }

  receiveInto(into: Uint8Array, peek: boolean): Received | number {
    if (into.length === 0) return { length: 0, whole: 0, from: null }
    const length = peek ? this.#queue.peek(into) : this.#queue.read(into)
    if (length === 0) return this.#nothing()
    if (!peek) this.#regulate()
    return { length, whole: length, from: null }
  }

  /** The number of bytes taken: as many as there is room for. */
  send(data: Uint8Array): number {
    const error = this.takeError()
    if (error !== 0) return -error
    // A socket of the program's own may have been ended by its own means.
    if (this.#writeShut || this.#dead || this.#socket.writableEnded) return -EPIPE
    if (data.length === 0) return 0
    if (!this.writable) return -EAGAIN
    const taken = copy(data.subarray(0, this.#room))
    this.#socket.write(taken, () => this.#changed())
    return taken.length
  }

  shutdown(how: number): number {
    if (this.#connecting || this.#dead) return -ENOTCONN
    if (how !== SHUT_WR) this.#readShut = true
    if (how !== SHUT_RD && !this.#writeShut) {
      this.#writeShut = true
      this.#socket.end()
    }
    this.#changed()
    return 0
  }

  /**
   * Closes it. What was written still goes out.
   * @param reset - throws that away and resets the connection
   */
  close(reset: boolean): void {
    this.#die()
    this.#queue.clear()
    if (reset) this.#socket.resetAndDestroy()
    else if (this.#socket.connecting) this.#socket.destroy()
    else this.#socket.destroySoon()
  }

  ref(on: boolean): void {
    if (on) this.#socket.ref()
    else this.#socket.unref()
  }

  setNoDelay(on: boolean): void {
    this.#socket.setNoDelay(on)
  }

  setKeepAlive(on: boolean): void {
    this.#socket.setKeepAlive(on)
  }

  get #room(): number {
    return this.#limits.sendBuffer - this.#socket.writableLength
  }

  #connect(): void {
    this.#connecting = false
    this.#local = localEndpoint(this.#socket)
    this.#peer = remoteEndpoint(this.#socket)
    this.start()
    this.#changed()
  }

  #arrived(chunk: Uint8Array): void {
    if (this.#dead) return
    this.#queue.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length))
    this.#regulate()
    this.#changed()
  }

  /** Stops Node's reading when the buffer is full, and lets it go on when half of it is free. */
  #regulate(): void {
    const { receiveBuffer } = this.#limits
    if (this.#queue.cost >= receiveBuffer) this.#socket.pause()
    else if (this.#socket.isPaused() && this.#queue.cost <= receiveBuffer / 2) this.#socket.resume()
  }

  /** What a read says when there are no bytes. */
  #nothing(): Received | number {
    const error = this.takeError()
    if (error !== 0) return -error
    return this.#ended || this.#readShut || this.#dead ? { length: 0, whole: 0, from: null } : -EAGAIN
  }

  #end(): void {
    this.#ended = true
    // Node has closed the other half too, unless the program's socket allows half-open connections.
    if (this.#socket.writableEnded) this.#writeShut = true
    this.#changed()
  }

  #fail(error: number): void {
    if (this.#dead) return
    this.#error = error
    this.#lost = true
    this.#die()
  }

  #die(): void {
    this.#dead = true
    this.#connecting = false
    this.#changed()
  }
}
