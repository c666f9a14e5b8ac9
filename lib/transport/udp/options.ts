import { EINVAL, ENOPROTOOPT } from '../../base/errno.ts'
import {
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_KEEPALIVE,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SOL_SOCKET,
} from '../posix/constants.ts'
import type { linger } from '../posix/kind.ts'
import type { UdpSocket } from './udp.ts'

/** The smallest buffers that Linux has, and the largest that this library makes, in bytes. */
const SMALLEST_RECEIVE = 2304
const SMALLEST_SEND = 4608
const LARGEST = 1 << 25

/** Sets an option of a UDP socket: 0 or a negative error number. */
export function setUdpOption(udp: UdpSocket, level: number, name: number, value: number | linger): number {
  if (level === IPPROTO_IPV6 && name === IPV6_V6ONLY && udp.family === 'IPv6') {
    if (udp.boundTo !== null || typeof value !== 'number') return -EINVAL
    udp.ipv6Only = value !== 0
    return 0
  }
  if (level !== SOL_SOCKET) return -ENOPROTOOPT
  if (typeof value !== 'number') return -EINVAL
  switch (name) {
    case SO_REUSEADDR:
    case SO_REUSEPORT:
      // Node sets it when it binds; later there is no way.
      if (udp.boundTo !== null && udp.reuseAddress !== (value !== 0)) return -EINVAL
      udp.reuseAddress = value !== 0
      return 0
    case SO_RCVBUF:
      udp.receiveBuffer = bufferSize(value, SMALLEST_RECEIVE)
      return 0
    case SO_SNDBUF:
      udp.sendBuffer = bufferSize(value, SMALLEST_SEND)
      return 0
    case SO_KEEPALIVE:
      udp.keepAlive = value !== 0
      return 0
    default:
      return -ENOPROTOOPT
  }
}

/** The value of an option; undefined for one that UDP sockets do not have here. */
export function getUdpOption(udp: UdpSocket, level: number, name: number): number | undefined {
  if (level === IPPROTO_IPV6 && name === IPV6_V6ONLY && udp.family === 'IPv6') return Number(udp.ipv6Only)
  if (level !== SOL_SOCKET) return undefined
  switch (name) {
    case SO_REUSEADDR:
    case SO_REUSEPORT:
      return Number(udp.reuseAddress)
    case SO_RCVBUF:
      return udp.receiveBuffer
    case SO_SNDBUF:
      return udp.sendBuffer
    case SO_KEEPALIVE:
      return Number(udp.keepAlive)
    default:
      return undefined
  }
}

/** What Linux makes of a buffer size that was asked for. */
export function bufferSize(asked: number, smallest: number): number {
  return Math.max(smallest, Math.min(LARGEST, asked * 2))
}
