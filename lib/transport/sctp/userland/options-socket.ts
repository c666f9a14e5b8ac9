import { ENOPROTOOPT } from '../../../base/errno.ts'
import {
  IPPROTO_SCTP,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_ERROR,
  SO_KEEPALIVE,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SO_TYPE,
  SOL_SOCKET,
} from '../../posix/constants.ts'
import type { UserlandSocket } from './socket.ts'

/** What Linux gives a socket (net.core.wmem_default, rmem_default), in bytes. */
export const DEFAULT_BUFFER = 212992
/** Linux doubles what is asked for, for its own book-keeping: half of the largest int, and the least that it makes. */
const MOST_BUFFER = 0x3fffffff
const LEAST_SEND_BUFFER = 4608
const LEAST_RECEIVE_BUFFER = 2304
/** RFC 9260 section 3.3.2: no window is smaller. */
const LEAST_WINDOW = 1500

/** setsockopt(2) of whole numbers of level SOL_SOCKET: 0 or a negative error number. */
export function setSocketInteger(socket: UserlandSocket, level: number, name: number, value: number): number {
  if (level !== SOL_SOCKET) return -ENOPROTOOPT
  switch (name) {
    case SO_SNDBUF:
      socket.sendBuffer = doubled(value, LEAST_SEND_BUFFER)
      return 0
    case SO_RCVBUF:
      socket.receiveBuffer = doubled(value, LEAST_RECEIVE_BUFFER)
      socket.settings.receiveWindow = Math.max(LEAST_WINDOW, Math.floor(socket.receiveBuffer / 2))
      for (const { association } of socket.links) association.receiver?.resize(socket.settings.receiveWindow)
      return 0
    case SO_REUSEADDR:
    case SO_REUSEPORT:
    case SO_KEEPALIVE:
      // Kept: a port is free again as soon as its socket is closed, and HEARTBEATs are SCTP's own.
      socket.switches.set(name, value !== 0)
      return 0
    default:
      return -ENOPROTOOPT
  }
}

/** getsockopt(2) of the same. */
export function getSocketInteger(
  socket: UserlandSocket,
  level: number,
  name: number,
): { readonly value: number } | number {
  if (level !== SOL_SOCKET) return -ENOPROTOOPT
  switch (name) {
    case SO_ERROR:
      return { value: socket.takeError() }
    case SO_SNDBUF:
      return { value: socket.sendBuffer }
    case SO_RCVBUF:
      return { value: socket.receiveBuffer }
    case SO_REUSEADDR:
    case SO_REUSEPORT:
    case SO_KEEPALIVE:
      return { value: socket.switches.get(name) === true ? 1 : 0 }
    case SO_TYPE:
      return { value: socket.type }
    case SO_DOMAIN:
      return { value: socket.domain }
    case SO_PROTOCOL:
      return { value: IPPROTO_SCTP }
    case SO_ACCEPTCONN:
      return { value: socket.listening ? 1 : 0 }
    default:
      return -ENOPROTOOPT
  }
}

function doubled(value: number, least: number): number {
  // C's int is compared as unsigned here, so that -1 is the most there can be.
  return Math.max(least, 2 * Math.min(value >>> 0, MOST_BUFFER))
}
