import net from 'node:net'
import { getSystemErrorName } from 'node:util'
import { EOPNOTSUPP, errnoOf } from '../../base/errno.ts'
import type { Endpoint } from '../address.ts'

/** A TCP socket of the system that has a local address and nothing else yet. */
export class BoundHandle {
  readonly local: Endpoint
  readonly #handle: NodeHandle

  /**
   * bind(2), in effect when it returns: `listen` of a `net.Server` would look the address up first, and tell neither the
   * port nor a failure in time. What `node:cluster` uses for the same end is not documented, but has been there since 0.8.
   * @returns a negative error number when it fails
   */
  static bind(to: Endpoint, ipv6Only: boolean): BoundHandle | number {
    const create: unknown = Reflect.get(net, '_createServerHandle')
    if (typeof create !== 'function') return -EOPNOTSUPP
    const family = to.family === 'IPv4' ? 4 : 6
    const handle: unknown = create(to.address, to.port, family, undefined, ipv6Only ? UV_TCP_IPV6ONLY : undefined)
    if (!isHandle(handle)) return systemError(handle)
    const name = { address: to.address, port: to.port }
    // An address in use is told here, not by bind (uv_tcp_bind in libuv's documentation).
    const failure = handle.getsockname(name)
    if (failure === 0) return new BoundHandle(handle, { family: to.family, address: name.address, port: name.port })
    handle.close()
    return systemError(failure)
  }

  constructor(handle: NodeHandle, local: Endpoint) {
    this.#handle = handle
    this.local = local
  }

  /** listen(2), in effect when it returns: false when the address is taken. The handle belongs to the server then. */
  listen(server: net.Server, backlog: number): boolean {
    server.listen(this.#handle, backlog)
    return server.listening
  }

  /** A socket with this local address, to be connected; the handle belongs to it. */
  toSocket(): net.Socket {
    // Without `manualStart`, which is not documented, it would read before it is connected.
    const options = { handle: this.#handle, manualStart: true, allowHalfOpen: true }
    return new net.Socket(options)
  }

  close(): void {
    this.#handle.close()
  }
}

/**
 * A socket on its way to a peer: `connecting`, or `destroyed` with its error in `errored`. The connection is under way
 * when this returns, because the look-up calls back at once; so that Node looks up at all, the host has a name.
 */
export function connectTo(to: Endpoint, from: BoundHandle | null): net.Socket {
  const socket = from === null ? new net.Socket({ allowHalfOpen: true }) : from.toSocket()
  // Errors are told later too, in an event, which must have a listener even if nobody waits any more.
  socket.on('error', () => {})
  socket.connect({
    host: 'peer',
    port: to.port,
    autoSelectFamily: false,
    lookup: (_host, _options, callback) => callback(null, to.address, to.family === 'IPv4' ? 4 : 6),
  })
  return socket
}

/** The local address of a socket or server; null when it has none. */
export function localEndpoint(object: net.Socket | net.Server): Endpoint | null {
  return endpointOf(object.address())
}

/** The peer of a connected socket. */
export function remoteEndpoint({ remoteAddress, remoteFamily, remotePort }: net.Socket): Endpoint | null {
  return endpointOf({ address: remoteAddress, family: remoteFamily, port: remotePort })
}

/** What <uv.h> calls it. */
const UV_TCP_IPV6ONLY = 1

interface NodeHandle {
  getsockname(name: { address: string; port: number }): number
  close(): void
}

function isHandle(value: unknown): value is NodeHandle {
  return typeof value === 'object' && value !== null && 'getsockname' in value && 'close' in value
}

/** Node's own number for an error differs from system to system; its name does not. */
function systemError(number: unknown): number {
  return -errnoOf(typeof number === 'number' ? { code: getSystemErrorName(number) } : null)
}

function endpointOf(found: unknown): Endpoint | null {
  if (typeof found !== 'object' || found === null) return null
  if (!('address' in found && 'family' in found && 'port' in found)) return null
  const { address, family, port } = found
  if (typeof address !== 'string' || typeof port !== 'number') return null
  return { family: family === 'IPv6' ? 'IPv6' : 'IPv4', address, port }
}
