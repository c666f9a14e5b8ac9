import { EINVAL, EMFILE, EOPNOTSUPP } from '../../base/errno.ts'
import { AF_INET, AF_INET6, type sockaddr } from '../../base/sockaddr.ts'
import {
  SCTP_GET_PEER_ADDR_INFO,
  SCTP_STATUS,
  type SctpOption,
  type SctpOptions,
  type sctp_paddrinfo,
} from '../../sctp/api/index.ts'
import { optionLayout } from '../../sctp/api/option-layouts.ts'
import { SOCKADDR_IN, SOCKADDR_IN6 } from '../../sctp/api/sockaddr-layout.ts'
import { openDescriptor } from '../descriptors.ts'
import { onSocket, settle } from './lookup.ts'
import { SctpDescriptor } from './sctp-socket.ts'

/** C's pointer to what a call sets. */
export interface Place<Value> {
  value: Value
}

/**
 * Adds local addresses to a socket, or takes some away (RFC 6458 section 9.1).
 * @param addrs - of one port
 * @param addrcnt - how many of them count
 * @param flags - SCTP_BINDX_ADD_ADDR or SCTP_BINDX_REM_ADDR
 * @returns 0; -1 with EINVAL, EADDRINUSE, EADDRNOTAVAIL, EBUSY (it would be the last), EOPNOTSUPP (not an SCTP socket) ...
 */
export function sctp_bindx(sd: number, addrs: readonly sockaddr[], addrcnt: number, flags: number): number {
  return onSctp(sd, ({ sctp }) => sctp.bindx(counted(addrs, addrcnt), flags))
}

/**
 * Begins an association with a peer that has several addresses (RFC 6458 section 9.9).
 * @param id - set to the association's id where it is known at once; one-to-many sockets learn it from SCTP_COMM_UP
 * @returns 0; -1 with EINPROGRESS: wait until the socket is writable, then read SO_ERROR
 */
export function sctp_connectx(
  sd: number,
  addrs: readonly sockaddr[],
  addrcnt: number,
  id: Place<number> | null = null,
): number {
  return onSctp(sd, ({ sctp }) => {
    const result = sctp.connectx(counted(addrs, addrcnt))
    const status = id === null || result < 0 ? 0 : sctp.getOption(SCTP_STATUS)
    if (id !== null && typeof status === 'object') id.value = status.sstat_assoc_id
    return result
  })
}

/** Makes an association of a one-to-many socket a one-to-one socket (RFC 6458 section 9.2): its descriptor, or -1. */
export function sctp_peeloff(sd: number, assoc_id: number): number {
  return onSctp(sd, one => {
    const peeled = one.peeloff(assoc_id)
    if (typeof peeled === 'number') return peeled
    const fd = openDescriptor(peeled)
    if (fd !== -1) return fd
    peeled.close()
    return -EMFILE
  })
}

/**
 * Reads an option that says for which association or address (RFC 6458 section 9.6).
 * @param id - the association
 * @param opt - SCTP_STATUS, SCTP_RTOINFO, ...
 * @param arg - filled in place
 * @returns 0; -1 with EINVAL, ENOPROTOOPT, EOPNOTSUPP ...
 */
export function sctp_opt_info<Name extends SctpOption>(
  sd: number,
  id: number,
  opt: Name,
  arg: Partial<SctpOptions[Name]>,
): number {
  const [first = ''] = optionLayout(opt).names
  if (first.endsWith('assoc_id')) Object.assign(arg, { [first]: id })
  return onSctp(sd, one => one.getSctpOption(opt, arg))
}

/**
 * The peer's addresses (RFC 6458 section 9.3).
 * @param id - the association; ignored on a one-to-one socket
 * @param addrs - set to the list
 * @returns how many there are; -1 with EINVAL, ENOTCONN ...
 */
export function sctp_getpaddrs(sd: number, id: number, addrs: Place<sockaddr[]>): number {
  return onSctp(sd, ({ sctp }) => listed(sctp.peerAddresses(id), addrs))
}

/** Does nothing: the list is the garbage collector's. */
export function sctp_freepaddrs(addrs: readonly sockaddr[]): void {
  void addrs
}

/**
 * The socket's own addresses (RFC 6458 section 9.5).
 * @param id - the association; 0 on a one-to-many socket: those it is bound to
 * @param addrs - set to the list
 * @returns how many there are, 0 before it is bound; -1 with EINVAL ...
 */
export function sctp_getladdrs(sd: number, id: number, addrs: Place<sockaddr[]>): number {
  return onSctp(sd, ({ sctp }) => listed(sctp.localAddresses(id), addrs))
}

/** Does nothing: the list is the garbage collector's. */
export function sctp_freeladdrs(addrs: readonly sockaddr[]): void {
  void addrs
}

/** Bytes of an address of this family, as in a C array of them; -1 with EINVAL for another family. */
export function sctp_getaddrlen(family: number): number {
  if (family === AF_INET) return SOCKADDR_IN
  return family === AF_INET6 ? SOCKADDR_IN6 : settle(-EINVAL)
}

/** The id of the association that has this peer's address; 0 when there is none. */
export function sctp_getassocid(sd: number, addr: sockaddr): number {
  const info: Partial<sctp_paddrinfo> = { spinfo_address: addr }
  return sctp_opt_info(sd, 0, SCTP_GET_PEER_ADDR_INFO, info) === 0 ? (info.spinfo_assoc_id ?? 0) : 0
}

/** Does a call on a descriptor's SCTP; EOPNOTSUPP for another kind of socket. */
export function onSctp(sd: number, call: (one: SctpDescriptor) => number): number {
  return onSocket(sd, one => (one instanceof SctpDescriptor ? call(one) : -EOPNOTSUPP))
}

function listed(found: readonly sockaddr[] | number, addrs: Place<sockaddr[]>): number {
  if (typeof found === 'number') return found
  addrs.value = [...found]
  return found.length
}

function counted(addrs: readonly sockaddr[], addrcnt: number): readonly sockaddr[] {
  if (!Number.isInteger(addrcnt) || addrcnt < 1 || addrcnt > addrs.length)
    throw new TypeError('addrcnt: beyond the list')
  return addrs.slice(0, addrcnt)
}
