import { Server, Socket } from 'node:net'
import {
  EAFNOSUPPORT,
  EALREADY,
  EBADF,
  ECONNABORTED,
  EDESTADDRREQ,
  EINPROGRESS,
  EINVAL,
  EISCONN,
  ENOTCONN,
  EOPNOTSUPP,
  EPIPE,
  errnoOf,
} from '../../base/errno.ts'
import type { Endpoint } from '../address.ts'
import { IPPROTO_TCP, SOCK_STREAM } from '../posix/constants.ts'
import type { linger, PosixSocket, Received } from '../posix/kind.ts'
import { Watchers } from '../readiness.ts'
import { wildcard } from '../udp/node.ts'
import { TcpListener } from './listener.ts'
import { BoundHandle, connectTo, localEndpoint } from './node.ts'
import { getTcpOption, setTcpOption, TcpSettings } from './options.ts'
import { TcpStream } from './stream.ts'

/** The sockets made from a program's own, so that adopting it twice gives the same one. */
const adopted = new WeakMap<Socket | Server, TcpSocket>()

/**
 * A TCP socket as POSIX has it, on `node:net`: it becomes a listener or a stream. Calls answer at once with what they did
 * or with a negative (Linux) error number.
 */
export class TcpSocket implements PosixSocket {
  readonly family: Endpoint['family']
  readonly type = SOCK_STREAM
  readonly protocol = IPPROTO_TCP
  nonBlocking = false
  receiveTimeout: number | null = null
  sendTimeout: number | null = null
  readonly settings = new TcpSettings()

  readonly #owned: boolean
  #bound: BoundHandle | null = null
  #listener: TcpListener<TcpSocket> | null = null
  #stream: TcpStream | null = null
  /** The program knows that it is connected: the first `connect` after that gives 0, the next EISCONN. */
  #told = false
  #closed = false
  readonly #watchers = new Watchers()

  constructor(family: Endpoint['family'], owned = true) {
    this.family = family
    this.#owned = owned
  }

  /**
   * The view of a socket or server that the program made. It stays the program's: it is connected, referenced and, unless
   * `close` is called here, closed with its own methods; what arrives is read here.
   */
  static adopt(object: Socket | Server): TcpSocket {
    const known = adopted.get(object)
    if (known !== undefined) return known
    if (object instanceof Socket && object.readableEncoding !== null) {
      throw new TypeError('socket: the net.Socket gives text, setEncoding was used')
    }
    const made = object instanceof Socket ? TcpSocket.#around(object, false) : new TcpSocket(familyOf(object), false)
    if (object instanceof Server) made.#listener = TcpListener.adopt(object, made.#arrived, made.#changed)
    else made.#stream?.start()
    made.#told = true
    adopted.set(object, made)
    return made
  }

  static #around(socket: Socket, owned: boolean): TcpSocket {
    const made = new TcpSocket(familyOf(socket), owned)
    made.#stream = new TcpStream(socket, made.settings, made.#changed)
    return made
  }

  get closed(): boolean {
    return this.#closed
  }

  /** It listens, or did until it was closed. */
  get listening(): boolean {
    return this.#listener?.listening ?? false
  }

  /** It has neither a local address nor a peer. */
  get fresh(): boolean {
    return this.#bound === null && this.#listener === null && this.#stream === null
  }

  get stream(): TcpStream | null {
    return this.#stream
  }

  get readable(): boolean {
    // What is neither connected nor listening gives an error at once.
    return this.#closed || (this.#listener?.readable ?? this.#stream?.readable ?? true)
  }

  get writable(): boolean {
    return this.#closed || (this.#listener === null && (this.#stream?.writable ?? true))
  }

  get failed(): boolean {
    return this.#closed || (this.#stream?.failed ?? false)
  }

  get local(): Endpoint | null {
    return this.#listener?.local ?? this.#stream?.local ?? this.#bound?.local ?? null
  }

  get peer(): Endpoint | null {
    return this.#stream?.peer ?? null
  }

  takeError(): number {
    return this.#stream?.takeError() ?? 0
  }

  bind(to: Endpoint): number {
    if (this.#closed) return -EBADF
    if (!this.fresh) return -EINVAL
    if (to.family !== this.family) return this.family === 'IPv4' ? -EAFNOSUPPORT : -EINVAL
    const bound = BoundHandle.bind(to, this.settings.ipv6Only)
    if (typeof bound === 'number') return bound
    this.#bound = bound
    return 0
  }

  connect(to: Endpoint): number {
    if (this.#closed) return -EBADF
    if (this.#listener !== null) return -EISCONN
    if (this.#stream !== null) return this.#connectAgain(this.#stream)
    if (to.family !== this.family) return -EAFNOSUPPORT
    const socket = connectTo(to, this.#bound)
    this.#bound = null
    if (socket.destroyed) return -errnoOf(socket.errored)
    this.#stream = new TcpStream(socket, this.settings, this.#changed)
    this.settings.applyTo(this.#stream)
    this.#stream.ref(!this.#watchers.none)
    return -EINPROGRESS
  }

  /** A connection cannot be taken away again: it is closed. */
  disconnect(): number {
    return this.#closed ? -EBADF : -EOPNOTSUPP
  }

  listen(backlog: number): number {
    if (this.#closed) return -EBADF
    if (this.#stream !== null) return -EINVAL
    if (this.#listener !== null) {
      this.#listener.backlog = backlog
      return 0
    }
    const failure = this.#bound === null ? this.bind(wildcard(this.family)) : 0
    if (failure !== 0 || this.#bound === null) return failure
    const listener = TcpListener.open(this.#bound, backlog, this.#arrived, this.#changed)
    this.#bound = null
    if (typeof listener === 'number') return listener
    this.#listener = listener
    listener.ref(!this.#watchers.none)
    return 0
  }

  accept(): TcpSocket | number {
    if (this.#closed) return -EBADF
    const accepted = this.#listener?.accept() ?? -EINVAL
    if (typeof accepted !== 'number') accepted.#stream?.start()
    return accepted
  }

  shutdown(how: number): number {
    if (this.#closed) return -EBADF
    return this.#stream?.shutdown(how) ?? -ENOTCONN
  }

  receiveInto(into: Uint8Array, peek: boolean): Received | number {
    if (this.#closed) return -EBADF
    return this.#stream?.receiveInto(into, peek) ?? -ENOTCONN
  }

  /** Sends as many bytes as there is room for; they are copied. A stream takes no other address than its peer. */
  send(data: Uint8Array, to: Endpoint | null = null): number {
    if (this.#closed) return -EBADF
    if (this.#stream === null) return to === null ? -EPIPE : -EDESTADDRREQ
    return this.#stream.send(data)
  }

  setOption(level: number, name: number, value: number | linger): number {
    return setTcpOption(this, level, name, value)
  }

  getOption(level: number, name: number): number | linger | undefined {
    return getTcpOption(this, level, name)
  }

  /** A pending wait keeps the process alive, as a blocked call would; an idle socket does not. */
  watch(changed: () => void): () => void {
    const stop = this.#watchers.watch(changed)
    this.#ref(true)
    return () => {
      stop()
      if (this.#watchers.none) this.#ref(false)
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#bound?.close()
    this.#listener?.close()
    this.#stream?.close(this.settings.resetsOnClose)
    this.#changed()
  }

  #connectAgain(stream: TcpStream): number {
    if (stream.connecting) return -EALREADY
    if (!stream.refused) {
      if (this.#told) return -EISCONN
      this.#told = true
      return 0
    }
    const error = stream.takeError()
    this.#stream = null
    return -(error || ECONNABORTED)
  }

  readonly #arrived = (socket: Socket): TcpSocket => {
    const accepted = TcpSocket.#around(socket, true)
    accepted.#told = true
    Object.assign(accepted.settings, this.settings)
    if (accepted.#stream !== null) accepted.settings.applyTo(accepted.#stream)
    accepted.#ref(false)
    return accepted
  }

  readonly #changed = (): void => this.#watchers.changed()

  #ref(on: boolean): void {
    if (!this.#owned || this.#closed) return
    this.#listener?.ref(on)
    this.#stream?.ref(on)
  }
}

function familyOf(object: Socket | Server): Endpoint['family'] {
  return localEndpoint(object)?.family ?? 'IPv4'
}
