import { EDOM, EINVAL, ENOPROTOOPT } from '../../base/errno.ts'
import type { SctpOption, SctpOptions } from '../../sctp/api/index.ts'
import {
  AF_INET,
  AF_INET6,
  IPPROTO_SCTP,
  SO_DOMAIN,
  SO_ERROR,
  SO_PROTOCOL,
  SO_RCVTIMEO,
  SO_SNDTIMEO,
  SO_TYPE,
  SOL_SOCKET,
} from './constants.ts'
import type { linger, PosixSocket } from './kind.ts'
import { onSocket } from './lookup.ts'
import { SctpDescriptor } from './sctp-socket.ts'

/** A span of time; 0 and 0 as a time-out mean none. */
export interface timeval {
  tv_sec: number
  tv_usec: number
}

/** C's pointer to the option's value. */
interface Place {
  value: number
}

/** Whatever an option may be set to: the overloads tell which to what. */
type Value = number | timeval | linger | Readonly<Partial<SctpOptions[SctpOption]>>

/**
 * Sets an option (setsockopt(2)). SOL_SOCKET: SO_REUSEADDR and, of datagram sockets, SO_REUSEPORT (both let sockets share
 * an address, and only before bind), SO_RCVBUF and SO_SNDBUF (doubled, as Linux does), SO_RCVTIMEO and SO_SNDTIMEO (a
 * `timeval`; they count for `openssl-shim/promises`), SO_KEEPALIVE and SO_LINGER (a `linger`) of TCP. IPPROTO_IPV6:
 * IPV6_V6ONLY, before bind. IPPROTO_TCP: TCP_NODELAY. IPPROTO_SCTP: those of `openssl-shim/sctp`, with their structs; what
 * is left out is 0, and a number is a C `int`. An SCTP socket of the kernel has the kernel's options of the other levels.
 * @returns 0; -1 with ENOPROTOOPT for any other, EINVAL, EDOM or EBADF
 */
export function setsockopt<Name extends SctpOption>(
  fd: number,
  level: typeof IPPROTO_SCTP,
  optname: Name,
  optval: number | Readonly<Partial<SctpOptions[Name]>>,
): number
export function setsockopt(fd: number, level: number, optname: number, optval: number | timeval | linger): number
export function setsockopt(fd: number, level: number, optname: number, optval: Value): number {
  return onSocket(fd, socket => {
    if (level === IPPROTO_SCTP) {
      return socket instanceof SctpDescriptor ? socket.setSctpOption(optname, optval) : -ENOPROTOOPT
    }
    if (isTimeLimit(level, optname)) return setTimeLimit(socket, optname, optval)
    if (typeof optval === 'object' && 'tv_sec' in optval) return -EINVAL
    return typeof optval === 'number' || 'l_onoff' in optval ? socket.setOption(level, optname, optval) : -EINVAL
  })
}

/**
 * Reads an option (getsockopt(2)): those of `setsockopt`, and SO_ERROR (which asking clears), SO_TYPE, SO_PROTOCOL,
 * SO_DOMAIN, and SO_ACCEPTCONN of TCP.
 * @param optval - `{ value }` for a number, a `timeval` for the time-outs, a `linger`, the struct of an SCTP option, which
 * may say for what association or address; filled in place
 * @returns 0; -1 with ENOPROTOOPT, EINVAL or EBADF
 */
export function getsockopt<Name extends SctpOption>(
  fd: number,
  level: typeof IPPROTO_SCTP,
  optname: Name,
  optval: Partial<SctpOptions[Name]>,
): number
export function getsockopt(fd: number, level: number, optname: number, optval: Place | timeval | linger): number
export function getsockopt(fd: number, level: number, optname: number, optval: object): number {
  return onSocket(fd, socket => {
    if (level === IPPROTO_SCTP) {
      return socket instanceof SctpDescriptor ? socket.getSctpOption(optname, optval) : -ENOPROTOOPT
    }
    const value = read(socket, level, optname)
    if (value === undefined) return -ENOPROTOOPT
    const filler = typeof value === 'number' ? { value } : value
    if (Object.keys(filler).some(name => !(name in optval))) return -EINVAL
    Object.assign(optval, filler)
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

function isTimeLimit(level: number, optname: number): boolean {
  return level === SOL_SOCKET && (optname === SO_RCVTIMEO || optname === SO_SNDTIMEO)
}

function setTimeLimit(socket: PosixSocket, optname: number, optval: Value): number {
  if (typeof optval === 'number' || !('tv_sec' in optval)) return -EINVAL
  const limit = fromTimeval(optval)
  if (limit === undefined) return -EDOM
  if (optname === SO_RCVTIMEO) socket.receiveTimeout = limit
  else socket.sendTimeout = limit
  return 0
}

function read(socket: PosixSocket, level: number, optname: number): number | timeval | linger | undefined {
  if (level !== SOL_SOCKET) return socket.getOption(level, optname)
  switch (optname) {
    case SO_RCVTIMEO:
      return toTimeval(socket.receiveTimeout)
    case SO_SNDTIMEO:
      return toTimeval(socket.sendTimeout)
    case SO_ERROR:
      return socket.takeError()
    case SO_TYPE:
      return socket.type
    case SO_PROTOCOL:
      return socket.protocol
    case SO_DOMAIN:
      return socket.family === 'IPv4' ? AF_INET : AF_INET6
    default:
      return socket.getOption(level, optname)
  }
}
