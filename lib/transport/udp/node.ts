import { createSocket, type Socket } from 'node:dgram'
import type { Endpoint } from '../address.ts'

type Family = Endpoint['family']

/**
 * A `dgram.Socket` whose bind, connect and send take effect before they return, because its look-up calls back at
 * once (it takes addresses only). It does not keep the process alive.
 */
export function createImmediateSocket(family: Family, options: { reuseAddress: boolean; ipv6Only: boolean }): Socket {
  const version = family === 'IPv4' ? 4 : 6
  const socket = createSocket({
    type: `udp${version}`,
    reuseAddr: options.reuseAddress,
    ipv6Only: options.ipv6Only,
    lookup: (host, _options, callback) => callback(null, host, version),
  })
  return socket.unref()
}

/** The local address; null where node:dgram throws: not bound yet, or closed. */
export function localEndpoint(socket: Socket | null): Endpoint | null {
  return endpointOf(() => socket?.address())
}

/** The peer's address; null where node:dgram throws: not connected, or closed. */
export function remoteEndpoint(socket: Socket | null): Endpoint | null {
  return endpointOf(() => socket?.remoteAddress())
}

/** The family of a socket that may not be bound yet. A closed one is a TypeError. */
export function familyOf(socket: Socket): Family {
  try {
    return socket.address().family === 'IPv6' ? 'IPv6' : 'IPv4'
  } catch (failure) {
    if (codeOf(failure) === 'ERR_SOCKET_DGRAM_NOT_RUNNING') {
      throw new TypeError('socket: the dgram.Socket is closed')
    }
    return 'type' in socket && socket.type === 'udp6' ? 'IPv6' : 'IPv4'
  }
}

export function wildcard(family: Family): Endpoint {
  return { family, address: family === 'IPv4' ? '0.0.0.0' : '::', port: 0 }
}

function endpointOf(ask: () => { address: string; family: string; port: number } | undefined): Endpoint | null {
  try {
    const info = ask()
    if (info === undefined) return null
    return { family: info.family === 'IPv6' ? 'IPv6' : 'IPv4', address: info.address, port: info.port }
  } catch {
    return null
  }
}

function codeOf(failure: unknown): unknown {
  return typeof failure === 'object' && failure !== null && 'code' in failure ? failure.code : undefined
}
