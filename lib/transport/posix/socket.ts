import * as dgram from 'node:dgram'
import * as net from 'node:net'
import { EAFNOSUPPORT, EBADF, EINVAL, EMFILE, ENOTCONN, setErrno } from '../../base/errno.ts'
import type { Endpoint } from '../address.ts'
import { closeDescriptor, forgetDescriptor, openDescriptor } from '../descriptors.ts'
import { TcpSocket } from '../tcp/tcp.ts'
import { UdpSocket } from '../udp/udp.ts'
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  F_GETFD,
  F_GETFL,
  F_SETFD,
  F_SETFL,
  FD_CLOEXEC,
  O_NONBLOCK,
  O_RDWR,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
} from './constants.ts'
import type { PosixSocket } from './kind.ts'
import { makeSocket } from './kinds.ts'
import { onSocket, settle } from './lookup.ts'
import { endpointOf, familyOf, fillSockaddr, type sockaddr } from './sockaddr.ts'

/**
 * Makes a socket (socket(2)): UDP with SOCK_DGRAM, TCP with SOCK_STREAM, SCTP with SOCK_STREAM (one-to-one) or
 * SOCK_SEQPACKET (one-to-many) and IPPROTO_SCTP.
 * @param domain - AF_INET or AF_INET6
 * @param type - SOCK_DGRAM, SOCK_STREAM or SOCK_SEQPACKET, with SOCK_NONBLOCK and SOCK_CLOEXEC if wanted
 * @param protocol - 0, IPPROTO_UDP, IPPROTO_TCP or IPPROTO_SCTP
 * @returns the lowest free descriptor, 3 or more; -1 with EAFNOSUPPORT, EINVAL, EMFILE or EPROTONOSUPPORT: for SCTP
 * `sctpProvider().unavailable` of `openssl-shim/sctp` then says why
 */
export function socket(domain: number, type: number, protocol = 0): number {
  if (domain !== AF_INET && domain !== AF_INET6) return settle(-EAFNOSUPPORT)
  const made = makeSocket(domain === AF_INET ? 'IPv4' : 'IPv6', type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), protocol)
  if (typeof made === 'number') return settle(made)
  made.nonBlocking = (type & SOCK_NONBLOCK) !== 0
  const fd = openDescriptor(made)
  return fd === -1 ? settle(-EMFILE) : fd
}

/**
 * The descriptor of a `dgram.Socket`, `net.Socket` or `net.Server` that the program made by Node's means; the same one each
 * time. It stays the program's: it is bound, connected and referenced with its own methods, and `close(fd)` closes it. What
 * comes in is read here, and a server's connections wait for `accept`; handlers of the program's own see them too.
 *
 * A socket that the program closes by Node's means gives its descriptor back. One that Node closes because the peer has
 * ended the connection, or because it broke, keeps it until `close(fd)`: what waits in it can still be read, and its end.
 * @returns -1 with EMFILE
 * @throws TypeError for another object, a datagram socket that is closed, or a stream that gives text (`setEncoding`)
 */
export function fileno(socket: dgram.Socket | net.Socket | net.Server): number {
  const view = socket instanceof dgram.Socket ? UdpSocket.adopt(socket) : TcpSocket.adopt(stream(socket))
  const fd = openDescriptor(view)
  if (fd === -1) return settle(-EMFILE)
  if (!watched.has(view)) socket.once('close', () => closedByItself(view))
  watched.add(view)
  return fd
}

function closedByItself(view: UdpSocket | TcpSocket): void {
  if (!(view instanceof TcpSocket && view.stream?.over)) forgetDescriptor(view)
}

function stream(socket: unknown): net.Socket | net.Server {
  if (socket instanceof net.Socket || socket instanceof net.Server) return socket
  throw new TypeError('socket: a descriptor, dgram.Socket, net.Socket or net.Server is needed')
}

const watched = new WeakSet<PosixSocket>()

/**
 * Gives a socket its local address, in effect when the call returns (bind(2)): 0, or -1 with EADDRINUSE, EADDRNOTAVAIL,
 * EACCES ...
 */
export function bind(fd: number, addr: sockaddr): number {
  return onSocket(fd, socket => withEndpoint(addr, to => socket.bind(to)))
}

/**
 * Gives a socket its peer (connect(2)). Of a datagram socket it is in effect when the call returns, and AF_UNSPEC takes it
 * away; port 0 is EINVAL; when the system refuses, errno is EACCES for the broadcast address and ENETUNREACH otherwise:
 * Node tells no more in time. A stream begins to connect: -1 with EINPROGRESS whether or not it has O_NONBLOCK, then
 * `select` says that it is writable, and SO_ERROR how it ended.
 */
export function connect(fd: number, addr: sockaddr): number {
  if (familyOf(addr) === AF_UNSPEC) return onSocket(fd, socket => (socket.peer === null ? 0 : socket.disconnect()))
  return onSocket(fd, socket => withEndpoint(addr, to => socket.connect(to)))
}

/**
 * Lets a socket take connections, in effect when the call returns (listen(2)).
 * @param backlog - how many may wait to be accepted; those beyond are reset
 * @returns 0; -1 with EADDRINUSE, EINVAL, or EOPNOTSUPP for a datagram socket
 */
export function listen(fd: number, backlog: number): number {
  return onSocket(fd, socket => socket.listen(backlog))
}

/**
 * The next connection of a listening socket (accept(2)).
 * @param addr - filled with the peer's address
 * @returns a descriptor of its own; -1 with EAGAIN when none waits, EINVAL when it does not listen, EMFILE, or EOPNOTSUPP
 * for a datagram socket
 */
export function accept(fd: number, addr: sockaddr | null = null): number {
  return onSocket(fd, socket => {
    const accepted = socket.accept()
    if (typeof accepted === 'number') return accepted
    const made = openDescriptor(accepted)
    if (made === -1) {
      accepted.close()
      return -EMFILE
    }
    if (addr !== null && accepted.peer !== null) fillSockaddr(addr, accepted.peer)
    return made
  })
}

/**
 * Ends one or both directions of a connection (shutdown(2)).
 * @param how - SHUT_RD: reads then say that it is over; SHUT_WR: the peer is told, after all that was written; SHUT_RDWR
 * @returns 0; -1 with ENOTCONN, EINVAL, EBADF
 */
export function shutdown(fd: number, how: number): number {
  return onSocket(fd, socket =>
    how === SHUT_RD || how === SHUT_WR || how === SHUT_RDWR ? socket.shutdown(how) : -EINVAL,
  )
}

/** Fills in the local address, all zero before it is bound (getsockname(2)): 0, or -1 with EBADF. */
export function getsockname(fd: number, addr: sockaddr): number {
  return onSocket(fd, socket => {
    fillSockaddr(
      addr,
      socket.local ?? { family: socket.family, address: socket.family === 'IPv4' ? '0.0.0.0' : '::', port: 0 },
    )
    return 0
  })
}

/** Fills in the peer's address (getpeername(2)): 0, or -1 with ENOTCONN or EBADF. */
export function getpeername(fd: number, addr: sockaddr): number {
  return onSocket(fd, socket => {
    if (socket.peer === null) return -ENOTCONN
    fillSockaddr(addr, socket.peer)
    return 0
  })
}

/**
 * Reads or changes the flags of a descriptor (fcntl(2)): F_GETFL and F_SETFL with O_NONBLOCK, F_GETFD and F_SETFD.
 * Calls never block, whatever the flag says; `openssl-shim/promises` does not wait on a descriptor that has it.
 */
export function fcntl(fd: number, cmd: number, arg = 0): number {
  return onSocket(fd, socket => {
    switch (cmd) {
      case F_GETFL:
        return O_RDWR | (socket.nonBlocking ? O_NONBLOCK : 0)
      case F_SETFL:
        socket.nonBlocking = (arg & O_NONBLOCK) !== 0
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

function withEndpoint(addr: sockaddr, call: (to: Endpoint) => number): number {
  const to = endpointOf(addr)
  return typeof to === 'number' ? to : call(to)
}
