import { networkInterfaces } from 'node:os'
import type { Datagram, Endpoint } from '../../lib/transport/address.ts'
import { type Source, waitUntil } from '../../lib/transport/readiness.ts'
import { UdpSocket } from '../../lib/transport/udp/udp.ts'

export const LOOPBACK: Endpoint = { family: 'IPv4', address: '127.0.0.1', port: 0 }
export const LOOPBACK6: Endpoint = { family: 'IPv6', address: '::1', port: 0 }

export const hasIPv6 = Object.values(networkInterfaces()).some(all => all?.some(({ address }) => address === '::1'))
if (!hasIPv6) console.info('skipped IPv6: this machine has no ::1')

/** How long a test waits for what must come: a failure, not a measure. */
export const PATIENCE = 5000

export function bound(at: Endpoint = LOOPBACK, options: Partial<Pick<UdpSocket, 'reuseAddress'>> = {}): UdpSocket {
  const socket = Object.assign(new UdpSocket(at.family), options)
  const result = socket.bind(at)
  if (result !== 0) throw new Error(`bind: ${result}`)
  return socket
}

export function localOf(socket: UdpSocket): Endpoint {
  if (socket.local === null) throw new Error('the socket is not bound')
  return socket.local
}

/** The next datagram; fails when none comes. */
export async function next(socket: UdpSocket): Promise<Datagram> {
  if (!(await whenReadable(socket, PATIENCE))) throw new Error('nothing came')
  const got = socket.receive()
  if (typeof got === 'number') throw new Error(`receive: ${got}`)
  return got
}

/** True when a read is worth trying, false when the time (milliseconds, null for ever) ran out. */
export function whenReadable(socket: Source, milliseconds: number | null): Promise<boolean> {
  return waitUntil(() => socket.readable, [socket], milliseconds)
}

/** True when a write is worth trying, or a connection is decided; false when the time ran out. */
export function whenWritable(socket: Source, milliseconds: number | null): Promise<boolean> {
  return waitUntil(() => socket.writable, [socket], milliseconds)
}

export async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE
  while (!condition()) {
    if (performance.now() > end) throw new Error('it did not happen')
    await new Promise(resolve => setImmediate(resolve))
  }
}

/** A port on which nobody listens any more. */
export function deadPort(): number {
  const socket = bound()
  const { port } = localOf(socket)
  socket.close()
  return port
}
