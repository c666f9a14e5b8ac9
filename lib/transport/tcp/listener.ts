import { Server, type Socket } from 'node:net'
import { EADDRINUSE, EAGAIN, EINVAL } from '../../base/errno.ts'
import type { Endpoint } from '../address.ts'
import { type BoundHandle, localEndpoint } from './node.ts'

/** SOMAXCONN: the most connections that wait, whatever the program says. */
const LONGEST_BACKLOG = 4096

/**
 * A `net.Server` whose connections wait to be accepted. Node takes them from the system as they come: those beyond the
 * backlog are reset, where a kernel would let the peer try again.
 */
export class TcpListener<T extends { close(): void }> {
  readonly #server: Server
  readonly #local: Endpoint | null
  readonly #waiting: T[] = []
  #backlog: number
  #closed = false

  /** A server on a bound handle, listening when this returns, or -EADDRINUSE. @param arrived - see `adopt` */
  static open<T extends { close(): void }>(
    handle: BoundHandle,
    backlog: number,
    arrived: (socket: Socket) => T,
    changed: () => void,
  ): TcpListener<T> | number {
    const server = new Server({ allowHalfOpen: true, pauseOnConnect: true })
    server.on('error', () => {})
    if (!handle.listen(server, bounded(backlog))) return -EADDRINUSE
    server.unref()
    return new TcpListener(server, backlog, arrived, changed)
  }

  /**
   * A listener on a server that the program made.
   * @param arrived - makes of a connection what `accept` gives
   * @param changed - called after each change
   */
  static adopt<T extends { close(): void }>(
    server: Server,
    arrived: (socket: Socket) => T,
    changed: () => void,
  ): TcpListener<T> {
    return new TcpListener(server, LONGEST_BACKLOG, arrived, changed)
  }

  private constructor(server: Server, backlog: number, arrived: (socket: Socket) => T, changed: () => void) {
    this.#server = server
    this.#backlog = bounded(backlog)
    this.#local = localEndpoint(server)
    server.on('connection', socket => {
      if (this.#waiting.length > this.#backlog) {
        socket.resetAndDestroy()
        return
      }
      this.#waiting.push(arrived(socket))
      changed()
    })
    server.on('close', () => {
      this.#closed = true
      changed()
    })
  }

  get local(): Endpoint | null {
    return this.#local ?? localEndpoint(this.#server)
  }

  get listening(): boolean {
    return this.#server.listening
  }

  get readable(): boolean {
    return this.#waiting.length > 0 || this.#closed
  }

  set backlog(length: number) {
    this.#backlog = bounded(length)
  }

  /** The connection that has waited longest; -EAGAIN, or -EINVAL when the program has closed its server. */
  accept(): T | number {
    return this.#waiting.shift() ?? (this.#closed ? -EINVAL : -EAGAIN)
  }

  ref(on: boolean): void {
    if (on) this.#server.ref()
    else this.#server.unref()
  }

  /** Closes it, and the connections that nobody has accepted. */
  close(): void {
    this.#server.close()
    for (const connection of this.#waiting.splice(0)) connection.close()
  }
}

function bounded(backlog: number): number {
  return Math.max(1, Math.min(LONGEST_BACKLOG, backlog))
}
