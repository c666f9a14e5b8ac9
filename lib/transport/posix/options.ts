import { EDOM, EINVAL, ENOPROTOOPT } from '../../base/errno.ts'
import type { UdpSocket } from '../udp.ts'
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IPV6,
  IPPROTO_UDP,
  IPV6_V6ONLY,
  SO_DOMAIN,
  SO_ERROR,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SO_SNDTIMEO,
  SO_TYPE,
  SOCK_DGRAM,
  SOL_SOCKET,
} from './constants.ts'
import { onSocket } from './lookup.ts'

/** A span of time; 0 and 0 as a time-out mean none. */
export interface timeval {
  tv_sec: number
  tv_usec: number
}

/** C's pointer to the option's value. */
interface Place {
  value: number
}

/** The smallest buffers that Linux has, and the largest that this library makes, in bytes. */
const SMALLEST_RECEIVE = 2304
const SMALLEST_SEND = 4608
const LARGEST = 1 << 25

/**
 * Sets an option (setsockopt(2)). SOL_SOCKET: SO_REUSEADDR and SO_REUSEPORT (both let sockets share an address, and
 * only before bind), SO_RCVBUF and SO_SNDBUF (doubled, as Linux does), SO_RCVTIMEO and SO_SNDTIMEO (a `timeval`; they
 * count for `openssl-shim/promises`). IPPROTO_IPV6: IPV6_V6ONLY, before bind.
 * @returns 0; -1 with ENOPROTOOPT for any other, EINVAL, EDOM or EBADF
 */
export function setsockopt(fd: number, level: number, optname: number, optval: number | timeval): number {
  return onSocket(fd, udp => {
    if (optname === SO_RCVTIMEO || optname === SO_SNDTIMEO) return setTimeLimit(udp, level, optname, optval)
    return typeof optval === 'number' ? setNumber(udp, level, optname, optval) : -EINVAL
  })
}

/**
 * Reads an option (getsockopt(2)): those of `setsockopt`, and SO_ERROR (which asking clears), SO_TYPE, SO_PROTOCOL,
 * SO_DOMAIN.
 * @param optval - `{ value }` for a number, a `timeval` for the time-outs; filled in place
 * @returns 0; -1 with ENOPROTOOPT, EINVAL or EBADF
 */
export function getsockopt(fd: number, level: number, optname: number, optval: Place | timeval): number {
  return onSocket(fd, udp => {
    if (level === SOL_SOCKET && (optname === SO_RCVTIMEO || optname === SO_SNDTIMEO)) {
      if (!('tv_sec' in optval)) return -EINVAL
      Object.assign(optval, toTimeval(optname === SO_RCVTIMEO ? udp.receiveTimeout : udp.sendTimeout))
      return 0
    }
    const value = readNumber(udp, level, optname)
    if (value === undefined) return -ENOPROTOOPT
    if (!('value' in optval)) return -EINVAL
    optval.value = value
    return 0
  })
}

/** Milliseconds of a time-out, null for none; undefined when the microseconds are not below a million (EDOM). */
export function fromTimeval({ tv_sec, tv_usec }: timeval): number | null | undefined {
  if (!(tv_usec >= 0 && tv_usec < 1e6)) return undefined
  // Linux takes a negative time as "do not wait".
  if (tv_sec < 0) return 0
  return tv_sec === 0 && tv_usec === 0 ? null : tv_sec * 1000 + tv_usec / 1000
}

export function toTimeval(milliseconds: number | null): timeval {
  const microseconds = Math.round((milliseconds ?? 0) * 1000)
  return { tv_sec: Math.floor(microseconds / 1e6), tv_usec: microseconds % 1e6 }
}

function setTimeLimit(udp: UdpSocket, level: number, optname: number, optval: number | timeval): number {
  if (level !== SOL_SOCKET) return -ENOPROTOOPT
  if (typeof optval === 'number') return -EINVAL
  const limit = fromTimeval(optval)
  if (limit === undefined) return -EDOM
  if (optname === SO_RCVTIMEO) udp.receiveTimeout = limit
  else udp.sendTimeout = limit
  return 0
}

function setNumber(udp: UdpSocket, level: number, optname: number, value: number): number {
  if (level === IPPROTO_IPV6 && optname === IPV6_V6ONLY && udp.family === 'IPv6') {
    if (udp.boundTo !== null) return -EINVAL
    udp.ipv6Only = value !== 0
    return 0
  }
  if (level !== SOL_SOCKET) return -ENOPROTOOPT
  switch (optname) {
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
    default:
      return -ENOPROTOOPT
  }
}

function readNumber(udp: UdpSocket, level: number, optname: number): number | undefined {
  if (level === IPPROTO_IPV6 && optname === IPV6_V6ONLY && udp.family === 'IPv6') return Number(udp.ipv6Only)
  if (level !== SOL_SOCKET) return undefined
  switch (optname) {
    case SO_REUSEADDR:
    case SO_REUSEPORT:
      return Number(udp.reuseAddress)
    case SO_RCVBUF:
      return udp.receiveBuffer
    case SO_SNDBUF:
      return udp.sendBuffer
    case SO_ERROR:
      return udp.takeError()
    case SO_TYPE:
      return SOCK_DGRAM
    case SO_PROTOCOL:
      return IPPROTO_UDP
    case SO_DOMAIN:
      return udp.family === 'IPv4' ? AF_INET : AF_INET6
    default:
      return undefined
  }
}

function bufferSize(asked: number, smallest: number): number {
  return Math.max(smallest, Math.min(LARGEST, asked * 2))
}
