import { setErrno } from '../../base/errno.ts'
import { descriptor } from '../../transport/descriptors.ts'
import { takeTurn, turnIsDue } from '../../transport/fairness.ts'
import { isSocket } from '../../transport/posix/lookup.ts'
import { waitForSocket } from '../../transport/posix/wait.ts'
import type { BIO_ADDR } from '../bio/socket/addr.ts'
import * as lookup from '../bio/socket/addr-lookup.ts'
import { askNameServer, needsNameServer } from '../bio/socket/resolve.ts'
import * as sock from '../bio/socket/sock.ts'
import { type Out, requireOut } from '../boundary.ts'
import { BIO_R_CONNECT_ERROR } from '../constants/bioerr.ts'
import { ERR_LIB_BIO } from '../constants/err.ts'
import { raise, raiseSystem } from '../err/raise.ts'

/** The socket calls of BIO that block in C, as promises. A descriptor with O_NONBLOCK is not waited for. */

/** BIO_lookup_ex for any protocol, which asks name servers too. */
export function BIO_lookup(
  host: string | null,
  service: string | null,
  lookup_type: number,
  family: number,
  socktype: number,
  res: Out<lookup.BIO_ADDRINFO | null>,
): Promise<number> {
  return BIO_lookup_ex(host, service, lookup_type, family, socktype, 0, res)
}

/**
 * BIO_lookup_ex that asks name servers too, as the system's getaddrinfo does.
 * @param host - null: any address for a server, loop-back for a client; a path for AF_UNIX
 * @param service - a port up to 65535, a name of the services file, or null
 * @param lookup_type - BIO_LOOKUP_CLIENT or BIO_LOOKUP_SERVER
 * @param family - AF_UNSPEC, AF_INET, AF_INET6 or AF_UNIX
 * @param socktype - SOCK_DGRAM, SOCK_STREAM ..., 0 for all
 * @param protocol - IPPROTO_UDP ..., 0 for the usual one
 * @param res - takes the first of a list
 * @returns 1; 0 with the errors of the call that does not wait
 */
export async function BIO_lookup_ex(
  host: string | null,
  service: string | null,
  lookup_type: number,
  family: number,
  socktype: number,
  protocol: number,
  res: Out<lookup.BIO_ADDRINFO | null>,
): Promise<number> {
  requireOut(res, 'res')
  if (needsNameServer(host, family)) {
    const first = await askNameServer(host, { service, type: lookup_type, family, socktype, protocol })
    if (first !== null) {
      res.value = first
      return 1
    }
  }
  return lookup.BIO_lookup_ex(host, service, lookup_type, family, socktype, protocol, res)
}

/**
 * BIO_connect that waits until the connection is there (BIO_connect(3)).
 * @param options - BIO_SOCK_KEEPALIVE, BIO_SOCK_NODELAY, BIO_SOCK_NONBLOCK: with the last it does not wait
 * @returns 1; 0 with the system's error and a BIO_R_* reason
 */
export async function BIO_connect(fd: number, addr: BIO_ADDR, options: number): Promise<number> {
  if (sock.BIO_connect(fd, addr, options)) return 1
  if (!sock.BIO_sock_should_retry(-1) || !blocks(fd)) return 0
  if (!(await waitForSocket(fd, 'write'))) return 0
  const error = sock.BIO_sock_error(fd)
  if (error === 0) return 1
  setErrno(error)
  raiseSystem(error, 'connect()')
  raise(ERR_LIB_BIO, BIO_R_CONNECT_ERROR)
  return 0
}

/**
 * BIO_accept_ex that waits for a client (BIO_accept_ex(3)).
 * @param addr - takes the peer's address
 * @param options - BIO_SOCK_NONBLOCK for the descriptor of the connection
 * @returns a descriptor; -1 with BIO_R_ACCEPT_ERROR
 */
export async function BIO_accept_ex(accept_sock: number, addr: BIO_ADDR | null, options: number): Promise<number> {
  if (turnIsDue()) await takeTurn()
  for (;;) {
    const fd = sock.BIO_accept_ex(accept_sock, addr, options)
    if (fd !== -1 || !sock.BIO_sock_should_retry(-1) || !blocks(accept_sock)) return fd
    if (!(await waitForSocket(accept_sock, 'read'))) return -1
  }
}

function blocks(fd: number): boolean {
  const socket = descriptor(fd)
  return socket !== undefined && isSocket(socket) && !socket.nonBlocking
}
