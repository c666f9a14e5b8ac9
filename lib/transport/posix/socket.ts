import type { Socket } from 'node:dgram'
import {
  EAFNOSUPPORT,
  EBADF,
  EINVAL,
  EMFILE,
  ENOTCONN,
  EOPNOTSUPP,
  EPROTONOSUPPORT,
  setErrno,
} from '../../base/errno.ts'
import type { Endpoint } from '../address.ts'
import { closeDescriptor, forgetDescriptor, openDescriptor } from '../descriptors.ts'
import { UdpSocket } from '../udp.ts'
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  F_GETFD,
  F_GETFL,
  F_SETFD,
  F_SETFL,
  FD_CLOEXEC,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  O_NONBLOCK,
  O_RDWR,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from './constants.ts'
import { onSocket, settle } from './lookup.ts'
import { endpointOf, familyOf, fillSockaddr, type sockaddr } from './sockaddr.ts'

/**
 * Makes a UDP socket (socket(2)).
 * @param domain - AF_INET or AF_INET6
 * @param type - SOCK_DGRAM, with SOCK_NONBLOCK and SOCK_CLOEXEC if wanted
 * @param protocol - 0 or IPPROTO_UDP
 * @returns the lowest free descriptor, 3 or more; -1 with EAFNOSUPPORT, EINVAL, EMFILE, or EPROTONOSUPPORT: TCP and
 * SCTP sockets are not offered here yet
 */
export function socket(domain: number, type: number, protocol = 0): number {
  if (domain !== AF_INET && domain !== AF_INET6) return settle(-EAFNOSUPPORT)
  const refused = refusal(type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), protocol)
  if (refused !== 0) return settle(-refused)
  const made = new UdpSocket(domain === AF_INET ? 'IPv4' : 'IPv6')
  made.nonBlocking = (type & SOCK_NONBLOCK) !== 0
  const fd = openDescriptor(made)
  return fd === -1 ? settle(-EMFILE) : fd
}

/**
 * The descriptor of a `dgram.Socket` that the program made by Node's means; the same one each time. The socket stays
 * the program's: it is bound, connected and referenced with its own methods, and `close(fd)` closes it.
 * @returns -1 with EMFILE
 * @throws TypeError for a socket that is closed
 */
export function fileno(socket: Socket): number {
  const view = UdpSocket.adopt(socket)
  const fd = openDescriptor(view)
  if (fd === -1) return settle(-EMFILE)
  if (!watched.has(view)) socket.once('close', () => forgetDescriptor(view))
  watched.add(view)
  return fd
}

const watched = new WeakSet<UdpSocket>()

/**
 * Gives a socket its local address, in effect when the call returns (bind(2)): 0, or -1 with EADDRINUSE, EADDRNOTAVAIL,
 * EACCES ...
 */
export function bind(fd: number, addr: sockaddr): number {
  return onSocket(fd, udp => withEndpoint(addr, to => udp.bind(to)))
}

/**
 * Gives a socket its peer, in effect when the call returns (connect(2)); AF_UNSPEC takes it away. Port 0 is EINVAL
 * here. When the system refuses, errno is EACCES for the broadcast address and ENETUNREACH otherwise: Node tells no
 * more in time.
 */
export function connect(fd: number, addr: sockaddr): number {
  if (familyOf(addr) === AF_UNSPEC) return onSocket(fd, udp => (udp.connected ? udp.disconnect() : 0))
  return onSocket(fd, udp => withEndpoint(addr, to => udp.connect(to)))
}

/** -1 with EOPNOTSUPP: datagram sockets do not listen (listen(2)). */
export function listen(fd: number, backlog: number): number {
  void backlog
  return onSocket(fd, () => -EOPNOTSUPP)
}

/** -1 with EOPNOTSUPP: datagram sockets do not accept (accept(2)). */
export function accept(fd: number, addr: sockaddr | null = null): number {
  void addr
  return onSocket(fd, () => -EOPNOTSUPP)
}

/** Fills in the local address, all zero before it is bound (getsockname(2)): 0, or -1 with EBADF. */
export function getsockname(fd: number, addr: sockaddr): number {
  return onSocket(fd, udp => {
    fillSockaddr(addr, udp.local ?? { family: udp.family, address: udp.family === 'IPv4' ? '0.0.0.0' : '::', port: 0 })
    return 0
  })
}

/** Fills in the peer's address (getpeername(2)): 0, or -1 with ENOTCONN or EBADF. */
export function getpeername(fd: number, addr: sockaddr): number {
  return onSocket(fd, udp => {
    if (udp.peer === null) return -ENOTCONN
    fillSockaddr(addr, udp.peer)
    return 0
  })
}

/**
 * Reads or changes the flags of a descriptor (fcntl(2)): F_GETFL and F_SETFL with O_NONBLOCK, F_GETFD and F_SETFD.
 * Calls never block, whatever the flag says; `openssl-shim/promises` does not wait on a descriptor that has it.
 */
export function fcntl(fd: number, cmd: number, arg = 0): number {
  return onSocket(fd, udp => {
    switch (cmd) {
      case F_GETFL:
        return O_RDWR | (udp.nonBlocking ? O_NONBLOCK : 0)
      case F_SETFL:
        udp.nonBlocking = (arg & O_NONBLOCK) !== 0
        return 0
      case F_GETFD:
        // Node closes its descriptors on exec, always.
        return FD_CLOEXEC
      case F_SETFD:
        return (arg & FD_CLOEXEC) !== 0 ? 0 : -EINVAL
      default:
        return -EINVAL
    }
  })
}

/** Closes a descriptor (close(2)): 0, or -1 with EBADF. Who waits for it is woken. */
export function close(fd: number): number {
  if (closeDescriptor(fd)) return 0
  setErrno(EBADF)
  return -1
}

/** Why there is no such socket, as an error number; 0 when there is. */
function refusal(type: number, protocol: number): number {
  if (type === SOCK_DGRAM) return protocol === 0 || protocol === IPPROTO_UDP ? 0 : EPROTONOSUPPORT
  if (type !== SOCK_STREAM && type !== SOCK_SEQPACKET) return EINVAL
  return protocol === 0 || protocol === IPPROTO_TCP || protocol === IPPROTO_SCTP ? EPROTONOSUPPORT : EINVAL
}

function withEndpoint(addr: sockaddr, call: (to: Endpoint) => number): number {
  const to = endpointOf(addr)
  return typeof to === 'number' ? to : call(to)
}
