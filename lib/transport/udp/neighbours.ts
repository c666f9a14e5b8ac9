import type { Datagram, Endpoint } from '../address.ts'

/** A socket of this process that has a local address. */
export interface Neighbour {
  /** The address that it was bound to; a connected socket's own address is narrower. */
  readonly boundTo: Endpoint | null
  readonly connected: boolean
  /** Queues a datagram as if the system had just handed it over. */
  deliver(datagram: Datagram): void
}

/** The bound sockets by port, the newest last, as the system prefers them. */
const byPort = new Map<number, Set<Neighbour>>()

export function addNeighbour(socket: Neighbour): void {
  const port = socket.boundTo?.port
  if (port === undefined || port === 0) return
  const set = byPort.get(port) ?? new Set()
  byPort.set(port, set.add(socket))
}

export function removeNeighbour(socket: Neighbour): void {
  const port = socket.boundTo?.port
  const set = port === undefined ? undefined : byPort.get(port)
  if (port === undefined || set === undefined) return
  set.delete(socket)
  if (set.size === 0) byPort.delete(port)
}

/**
 * The unconnected socket that shares a connected one's address: where a datagram belongs that came to the connected
 * socket, before it was connected, from somebody else (openssl/openssl#6934).
 */
export function unconnectedNeighbour(socket: Neighbour): Neighbour | undefined {
  const own = socket.boundTo
  if (own === null) return undefined
  const others = [...(byPort.get(own.port) ?? [])].filter(other => other !== socket && !other.connected).reverse()
  return (
    others.find(other => other.boundTo?.address === own.address) ?? others.find(other => covers(other.boundTo, own))
  )
}

/** A wildcard address takes what comes to any address of its family; `::` takes IPv4 as well (dual stack). */
function covers(bound: Endpoint | null, own: Endpoint): boolean {
  return bound?.address === '::' || (bound?.address === '0.0.0.0' && own.family === 'IPv4')
}
