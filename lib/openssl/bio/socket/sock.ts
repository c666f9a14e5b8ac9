import { systemClock } from '../../../base/clock.ts'
import {
  EAGAIN,
  EALREADY,
  EBADF,
  EINPROGRESS,
  EINTR,
  ENOTCONN,
  ENOTTY,
  EPROTO,
  errno,
  setErrno,
} from '../../../base/errno.ts'
import { closeDescriptor, descriptor } from '../../../transport/descriptors.ts'
import {
  AF_INET6,
  AF_UNSPEC,
  F_SETFL,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  O_NONBLOCK,
  POLLIN,
  POLLOUT,
  SO_ERROR,
  SO_KEEPALIVE,
  SO_REUSEADDR,
  SO_TYPE,
  SOCK_DGRAM,
  SOL_SOCKET,
  TCP_NODELAY,
} from '../../../transport/posix/constants.ts'
import { getsockopt, setsockopt } from '../../../transport/posix/options.ts'
import { poll } from '../../../transport/posix/select.ts'
import { endpointOf, fillSockaddr, type sockaddr } from '../../../transport/posix/sockaddr.ts'
import { accept, bind, connect, fcntl, getsockname, listen, socket } from '../../../transport/posix/socket.ts'
import { type Out, requireInteger, requireLive, requireLiveOrNull, requireOut } from '../../boundary.ts'
import {
  BIO_SOCK_INFO_ADDRESS,
  BIO_SOCK_KEEPALIVE,
  BIO_SOCK_NODELAY,
  BIO_SOCK_NONBLOCK,
  BIO_SOCK_REUSEADDR,
  BIO_SOCK_V6_ONLY,
} from '../../constants/bio.ts'
import { BIO_R_NON_FATAL } from '../../constants/bio-datagram.ts'
import {
  BIO_R_ACCEPT_ERROR,
  BIO_R_CONNECT_ERROR,
  BIO_R_GETSOCKNAME_ERROR,
  BIO_R_GETTING_SOCKTYPE,
  BIO_R_INVALID_SOCKET,
  BIO_R_LISTEN_V6_ONLY,
  BIO_R_UNABLE_TO_BIND_SOCKET,
  BIO_R_UNABLE_TO_CREATE_SOCKET,
  BIO_R_UNABLE_TO_KEEPALIVE,
  BIO_R_UNABLE_TO_LISTEN_SOCKET,
  BIO_R_UNABLE_TO_NODELAY,
  BIO_R_UNABLE_TO_REUSEADDR,
  BIO_R_UNKNOWN_INFO_TYPE,
} from '../../constants/bioerr.ts'
import { ERR_LIB_BIO, ERR_LIB_SYS } from '../../constants/err.ts'
import { ERR_GET_LIB, ERR_GET_REASON } from '../../err/index.ts'
import { raise, raiseSystem } from '../../err/raise.ts'
import { BIO_ADDR, BIO_ADDR_family, setAddress } from './addr.ts'

/** Nothing to do: there for ported programs (BIO_sock_init(3)). @returns 1 @harmless sockets need no start */
export function BIO_sock_init(): number {
  return 1
}

/** Nothing to do: there for ported programs. @harmless sockets need no start */
export function BIO_sock_cleanup(): void {}

/**
 * Makes a socket (BIO_socket(3)).
 * @param domain - AF_INET or AF_INET6
 * @param socktype - SOCK_STREAM or SOCK_DGRAM
 * @param protocol - 0, IPPROTO_TCP or IPPROTO_UDP
 * @param options - 0
 * @returns a descriptor; -1 with the system's error and BIO_R_UNABLE_TO_CREATE_SOCKET
 */
export function BIO_socket(domain: number, socktype: number, protocol: number, options: number): number {
  void options
  const fd = socket(domain, socktype, protocol)
  if (fd === -1) systemFailure('socket()', BIO_R_UNABLE_TO_CREATE_SOCKET)
  return fd
}

/**
 * Connects a socket to a peer (BIO_connect(3)). Streams take time, as non-blocking ones do in C: the call gives 0 without an
 * error, BIO_sock_should_retry(-1) says so, and when the socket is writable BIO_sock_error tells how it ended.
 * @param options - BIO_SOCK_KEEPALIVE, BIO_SOCK_NODELAY, BIO_SOCK_NONBLOCK; without the last the descriptor is made
 * blocking
 * @returns 1; 0 with the system's error and a BIO_R_* reason
 */
export function BIO_connect(sock: number, addr: BIO_ADDR, options: number): number {
  const to = toSockaddr(addr)
  if (sock === -1) return invalidSocket()
  if (!prepare(sock, options)) return 0
  if (connect(sock, to) === 0) return 1
  return BIO_sock_should_retry(-1) ? 0 : systemFailure('connect()', BIO_R_CONNECT_ERROR)
}

/**
 * Gives a socket its local address (BIO_bind(3)).
 * @param options - BIO_SOCK_REUSEADDR lets sockets share it
 * @returns 1; 0 with the system's error and a BIO_R_* reason
 */
export function BIO_bind(sock: number, addr: BIO_ADDR, options: number): number {
  const to = toSockaddr(addr)
  if (sock === -1) return invalidSocket()
  if (options & BIO_SOCK_REUSEADDR && setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, 1) !== 0)
    return systemFailure('setsockopt()', BIO_R_UNABLE_TO_REUSEADDR)
  return bind(sock, to) === 0 ? 1 : systemFailure('bind()', BIO_R_UNABLE_TO_BIND_SOCKET)
}

/**
 * Binds a socket, and lets one of a connection type listen (BIO_listen(3)).
 * @param options - BIO_SOCK_NONBLOCK, BIO_SOCK_KEEPALIVE, BIO_SOCK_NODELAY, BIO_SOCK_REUSEADDR, BIO_SOCK_V6_ONLY (IPv6
 * without IPv4)
 * @returns 1; 0 with the system's error and a BIO_R_* reason
 */
export function BIO_listen(sock: number, addr: BIO_ADDR, options: number): number {
  const family = BIO_ADDR_family(addr)
  if (sock === -1) return invalidSocket()
  const type = { value: 0 }
  if (getsockopt(sock, SOL_SOCKET, SO_TYPE, type) !== 0) return systemFailure('getsockopt()', BIO_R_GETTING_SOCKTYPE)
  if (!prepare(sock, options)) return 0
  const v6Only = Number((options & BIO_SOCK_V6_ONLY) !== 0)
  if (family === AF_INET6 && setsockopt(sock, IPPROTO_IPV6, IPV6_V6ONLY, v6Only) !== 0)
    return systemFailure('setsockopt()', BIO_R_LISTEN_V6_ONLY)
  if (!BIO_bind(sock, addr, options)) return 0
  if (type.value === SOCK_DGRAM || listen(sock, BACKLOG) === 0) return 1
  return systemFailure('listen()', BIO_R_UNABLE_TO_LISTEN_SOCKET)
}

/**
 * Accepts a connection (BIO_accept_ex(3)).
 * @param addr - takes the peer's address
 * @param options - BIO_SOCK_NONBLOCK for the descriptor of the connection
 * @returns a descriptor; -1 with BIO_R_ACCEPT_ERROR, or without an error when none waits: BIO_sock_should_retry(-1)
 */
export function BIO_accept_ex(accept_sock: number, addr: BIO_ADDR | null, options: number): number {
  const address = requireLiveOrNull(addr, BIO_ADDR, 'addr')
  const from: sockaddr = {}
  const fd = accept(accept_sock, from)
  if (fd === -1) {
    if (!BIO_sock_should_retry(-1)) systemFailure('accept()', BIO_R_ACCEPT_ERROR)
    return -1
  }
  if (!BIO_socket_nbio(fd, options & BIO_SOCK_NONBLOCK)) {
    closeDescriptor(fd)
    return -1
  }
  if (address !== null) fillAddress(address, from)
  return fd
}

/** Closes a descriptor. @returns 1, or 0 for one that is not open */
export function BIO_closesocket(sock: number): number {
  return Number(closeDescriptor(sock))
}

/** Linux's <asm-generic/ioctls.h>. */
const FIONBIO = 0x5421

/**
 * ioctl(2) on a socket (BIO_socket_ioctl(3)).
 * @param type - FIONBIO (0x5421): `arg.value` sets or clears O_NONBLOCK
 * @returns 0; -1 with the system's error, ENOTTY for another type
 */
export function BIO_socket_ioctl(fd: number, type: number, arg: Out<number>): number {
  const { value } = requireOut<number>(arg, 'arg')
  if (type === FIONBIO && fcntl(fd, F_SETFL, value === 0 ? 0 : O_NONBLOCK) === 0) return 0
  if (type !== FIONBIO) setErrno(descriptor(fd) === undefined ? EBADF : ENOTTY)
  raiseSystem(errno(), 'ioctlsocket()')
  return -1
}

/** Sets (1) or clears (0) O_NONBLOCK (BIO_socket_nbio(3)). @returns 1; 0 with the system's error */
export function BIO_socket_nbio(fd: number, mode: number): number {
  return Number(BIO_socket_ioctl(fd, FIONBIO, { value: mode }) === 0)
}

/** Sends small writes at once (1) or gathers them (0): TCP_NODELAY. @returns 1, or 0 */
export function BIO_set_tcp_ndelay(sock: number, turn_on: number): number {
  return Number(setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, turn_on) === 0)
}

/** The error that waits on a socket, which asking takes away; an errno, 0 for none (BIO_sock_error(3)). */
export function BIO_sock_error(sock: number): number {
  const error = { value: 0 }
  return getsockopt(sock, SOL_SOCKET, SO_ERROR, error) === 0 ? error.value : errno()
}

/** What BIO_sock_info can be asked for: BIO_SOCK_INFO_ADDRESS. */
export type BIO_sock_info_type = typeof BIO_SOCK_INFO_ADDRESS

/** What BIO_sock_info fills. */
export interface BIO_sock_info_u {
  addr: BIO_ADDR
}

/**
 * Tells about a socket (BIO_sock_info).
 * @param type - BIO_SOCK_INFO_ADDRESS
 * @param info - `{ addr }`, filled with the local address
 * @returns 1; 0 with BIO_R_UNKNOWN_INFO_TYPE or BIO_R_GETSOCKNAME_ERROR
 */
export function BIO_sock_info(sock: number, type: number, info: BIO_sock_info_u): number {
  if (type !== BIO_SOCK_INFO_ADDRESS) return failure(BIO_R_UNKNOWN_INFO_TYPE)
  const address = requireLive(info.addr, BIO_ADDR, 'info')
  const local: sockaddr = {}
  if (getsockname(sock, local) !== 0) return systemFailure('getsockname()', BIO_R_GETSOCKNAME_ERROR)
  fillAddress(address, local)
  return 1
}

/** Whether an errno of a socket means "try again": 1 or 0. */
export function BIO_sock_non_fatal_error(error: number): number {
  return Number([EINTR, EAGAIN, EPROTO, ENOTCONN, EALREADY, EINPROGRESS].includes(error))
}

/**
 * Whether a code of the error queue means "try again" (OpenSSL 3.2): 1 or 0.
 * @param errcode - as ERR_get_error gives it
 */
export function BIO_err_is_non_fatal(errcode: number): number {
  const reason = ERR_GET_REASON(requireInteger(errcode, 'errcode'))
  if (ERR_GET_LIB(errcode) === ERR_LIB_SYS) return BIO_sock_non_fatal_error(reason)
  return Number(ERR_GET_LIB(errcode) === ERR_LIB_BIO && reason === BIO_R_NON_FATAL)
}

/** Whether the result `i` of a read or write, with errno, means "try again": 1 or 0. */
export function BIO_sock_should_retry(i: number): number {
  return i === 0 || i === -1 ? BIO_sock_non_fatal_error(errno()) : 0
}

/**
 * Waits until a socket can be read or written (BIO_socket_wait(3)).
 * @param for_read - not 0: read, 0: write
 * @param max_time - seconds since 1970 until when to wait; 0 does not wait
 * @returns a promise of 1; 0 when the time is over; -1 on an error
 */
export async function BIO_socket_wait(fd: number, for_read: number, max_time: number): Promise<number> {
  if (max_time === 0) return 1
  if (descriptor(fd) === undefined) return -1
  const left = requireInteger(max_time, 'max_time') * 1000 - systemClock.wall()
  if (left < 0) return 0
  const wanted = [{ fd, events: for_read === 0 ? POLLOUT : POLLIN, revents: 0 }]
  return poll(wanted, 1, left)
}

/** C's MAX_LISTEN. */
const BACKLOG = 32
/** What BIO_connect and BIO_listen do first. */
function prepare(sock: number, options: number): boolean {
  if (!BIO_socket_nbio(sock, options & BIO_SOCK_NONBLOCK)) return false
  if (options & BIO_SOCK_KEEPALIVE && setsockopt(sock, SOL_SOCKET, SO_KEEPALIVE, 1) !== 0) {
    systemFailure('setsockopt()', BIO_R_UNABLE_TO_KEEPALIVE)
    return false
  }
  if ((options & BIO_SOCK_NODELAY) === 0 || BIO_set_tcp_ndelay(sock, 1)) return true
  systemFailure('setsockopt()', BIO_R_UNABLE_TO_NODELAY)
  return false
}

function fillAddress(address: BIO_ADDR, from: sockaddr): void {
  const endpoint = endpointOf(from)
  if (typeof endpoint !== 'number') setAddress(address, endpoint)
}

function toSockaddr(addr: BIO_ADDR): sockaddr {
  const { endpoint } = requireLive(addr, BIO_ADDR, 'addr')
  const filled: sockaddr = { ss_family: AF_UNSPEC }
  if (endpoint !== null) fillSockaddr(filled, endpoint)
  return filled
}

function invalidSocket(): 0 {
  return failure(BIO_R_INVALID_SOCKET)
}

function systemFailure(call: string, reason: number): 0 {
  raiseSystem(errno(), call)
  return failure(reason)
}

function failure(reason: number): 0 {
  raise(ERR_LIB_BIO, reason)
  return 0
}
