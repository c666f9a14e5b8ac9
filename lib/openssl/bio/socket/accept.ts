import { SHUT_RDWR, SOCK_STREAM } from '../../../transport/posix/constants.ts'
import { shutdown } from '../../../transport/posix/socket.ts'
import { type Out, requireInstance, requireInteger, requireLive, requireOut, requireString } from '../../boundary.ts'
import {
  BIO_C_DO_STATE_MACHINE,
  BIO_C_GET_ACCEPT,
  BIO_C_GET_BIND_MODE,
  BIO_C_GET_FD,
  BIO_C_SET_ACCEPT,
  BIO_C_SET_BIND_MODE,
  BIO_C_SET_FD,
  BIO_C_SET_NBIO,
  BIO_CLOSE,
  BIO_CTRL_DUP,
  BIO_CTRL_EOF,
  BIO_CTRL_FLUSH,
  BIO_CTRL_RESET,
  BIO_FAMILY_IPANY,
  BIO_LOOKUP_SERVER,
  BIO_PARSE_PRIO_SERV,
  BIO_RR_ACCEPT,
  BIO_SOCK_INFO_ADDRESS,
  BIO_SOCK_NONBLOCK,
  BIO_TYPE_ACCEPT,
} from '../../constants/bio.ts'
import {
  BIO_R_LOOKUP_RETURNED_NOTHING,
  BIO_R_NO_ACCEPT_ADDR_OR_SERVICE_SPECIFIED,
  BIO_R_UNSUPPORTED_IP_FAMILY,
} from '../../constants/bioerr.ts'
import { ERR_LIB_BIO } from '../../constants/err.ts'
import { raise } from '../../err/raise.ts'
import { BIO, BIO_clear_retry_flags, BIO_free, BIO_new } from '../bio.ts'
import { BIO_copy_next_retry, BIO_dup_chain, BIO_push } from '../chain.ts'
import { closeFlagCommand } from '../close-flag.ts'
import { BIO_ctrl, BIO_int_ctrl, BIO_ptr_ctrl, BIO_read, BIO_write, putsAsWrite } from '../io.ts'
import { BIO_set_retry_special } from '../macros.ts'
import { BIO_METHOD } from '../method.ts'
import { waitFor } from '../wait.ts'
import { BIO_ADDR, BIO_ADDR_hostname_string, BIO_ADDR_service_string } from './addr.ts'
import { type BIO_ADDRINFO, BIO_lookup, BIO_parse_hostserv } from './addr-lookup.ts'
import { addressFamily, familyInUse } from './connect-state.ts'
import { BIO_accept_ex, BIO_closesocket, BIO_listen, BIO_sock_info, BIO_sock_should_retry, BIO_socket } from './sock.ts'
import { BIO_new_socket, descriptorIn, waitForSocket } from './socket.ts'

/**
 * A TCP server (BIO_s_accept(3)): the first BIO_do_accept makes it listen, each further one that finds no BIO after it in the
 * chain takes a connection, which then follows it as a BIO_s_socket: BIO_pop gives it to the program.
 */
export function BIO_s_accept(): BIO_METHOD {
  return METHOD
}

/**
 * A BIO that listens when it is first used, or with BIO_do_accept (BIO_new_accept(3)).
 * @param host_port - `host:port`, or only the port; `*` stands for any host
 * @returns null with the errors of BIO_parse_hostserv
 */
export function BIO_new_accept(host_port: string): BIO | null {
  const bio = BIO_new(METHOD)
  if (bio === null || BIO_set_accept_name(bio, host_port) > 0) return bio
  BIO_free(bio)
  return null
}

/** Sets the host and port to listen at, or only the port. @returns 1, or 0 */
export function BIO_set_accept_name(b: BIO | null, name: string): number {
  return BIO_ctrl(b, BIO_C_SET_ACCEPT, 0, name)
}

/** Sets the port to listen at: a number or the name of a service; 0 for one that the system chooses. @returns 1 */
export function BIO_set_accept_port(b: BIO | null, port: string): number {
  return BIO_ctrl(b, BIO_C_SET_ACCEPT, 1, port)
}

/** Makes the listening socket non-blocking (not 0) or blocking. @returns 1 */
export function BIO_set_nbio_accept(b: BIO | null, n: number): number {
  return BIO_ctrl(b, BIO_C_SET_ACCEPT, 2, n === 0 ? null : 'a')
}

/** A chain that is copied for each connection and put before its socket; it belongs to the BIO. @returns 1 */
export function BIO_set_accept_bios(b: BIO | null, bio: BIO | null): number {
  return BIO_ctrl(b, BIO_C_SET_ACCEPT, 3, bio)
}

/** Restricts the look-up to BIO_FAMILY_IPV4 or BIO_FAMILY_IPV6; BIO_FAMILY_IPANY lifts that. @returns 1 */
export function BIO_set_accept_ip_family(b: BIO | null, family: number): number {
  return BIO_int_ctrl(b, BIO_C_SET_ACCEPT, 4, family)
}

/** Sets the options for BIO_listen: BIO_BIND_REUSEADDR, BIO_SOCK_V6_ONLY ... @returns 1 */
export function BIO_set_bind_mode(b: BIO | null, mode: number): number {
  return BIO_ctrl(b, BIO_C_SET_BIND_MODE, mode)
}

/** The options for BIO_listen. */
export function BIO_get_bind_mode(b: BIO | null): number {
  return BIO_ctrl(b, BIO_C_GET_BIND_MODE, 0)
}

/** The address that it listens at, as a number; null before it listens. */
export function BIO_get_accept_name(b: BIO | null): string | null {
  return textOf(BIO_ptr_ctrl(b, BIO_C_GET_ACCEPT, 0))
}

/** The port that it listens at, as a number; null before it listens. */
export function BIO_get_accept_port(b: BIO | null): string | null {
  return textOf(BIO_ptr_ctrl(b, BIO_C_GET_ACCEPT, 1))
}

/** The address of the connection accepted last, as a number; null for none. */
export function BIO_get_peer_name(b: BIO | null): string | null {
  return textOf(BIO_ptr_ctrl(b, BIO_C_GET_ACCEPT, 2))
}

/** The port of the connection accepted last; null for none. */
export function BIO_get_peer_port(b: BIO | null): string | null {
  return textOf(BIO_ptr_ctrl(b, BIO_C_GET_ACCEPT, 3))
}

/** BIO_FAMILY_IPV4, BIO_FAMILY_IPV6 or BIO_FAMILY_IPANY; -1 before anything is set. */
export function BIO_get_accept_ip_family(b: BIO | null): number {
  return BIO_ctrl(b, BIO_C_GET_ACCEPT, 4)
}

type State = 'before' | 'listen' | 'accept' | 'ok'

/** What an accepting BIO keeps (C's `BIO_ACCEPT`). */
class Accepting {
  state: State = 'before'
  family: number = BIO_FAMILY_IPANY
  host: string | null = null
  service: string | null = null
  /** Options of the listening socket, and of those that are accepted. */
  bindMode = 0
  acceptedMode = 0
  socket = -1
  addresses: BIO_ADDRINFO | null = null
  chain: BIO | null = null
  readonly local: Named = { name: null, port: null }
  readonly peer: Named = { name: null, port: null }
}

/** An address as text. */
interface Named {
  name: string | null
  port: string | null
}

function acceptingOf(b: BIO): Accepting {
  return requireInstance(b.ptr, Accepting, 'the data of the BIO')
}

/** Does what comes next: listens, or accepts unless a connection is there. 1, or -1 with the retry flags when none is. */
function run(b: BIO): number {
  const a = acceptingOf(b)
  if (a.state === 'before' && !create(b, a)) return -1
  if (a.state === 'listen') return listen(b, a)
  if (b.next !== null) {
    a.state = 'ok'
    return 1
  }
  a.state = 'accept'
  return accept(b, a)
}

function create(b: BIO, a: Accepting): boolean {
  if (a.host === null && a.service === null) {
    raise(ERR_LIB_BIO, BIO_R_NO_ACCEPT_ADDR_OR_SERVICE_SPECIFIED, 'hostname=<NULL>, service=<NULL>')
    return false
  }
  forget(a.local)
  forget(a.peer)
  const family = addressFamily(a.family)
  if (family === undefined) {
    raise(ERR_LIB_BIO, BIO_R_UNSUPPORTED_IP_FAMILY)
    return false
  }
  const found: Out<BIO_ADDRINFO | null> = { value: null }
  if (!BIO_lookup(a.host, a.service, BIO_LOOKUP_SERVER, family, SOCK_STREAM, found)) return false
  a.addresses = found.value
  if (a.addresses === null) {
    raise(ERR_LIB_BIO, BIO_R_LOOKUP_RETURNED_NOTHING)
    return false
  }
  a.socket = BIO_socket(a.addresses.family, a.addresses.socktype, a.addresses.protocol, 0)
  if (a.socket === -1) return false
  b.num = a.socket
  a.state = 'listen'
  return true
}

function listen(b: BIO, a: Accepting): number {
  const addr = new BIO_ADDR()
  const { address = addr } = a.addresses ?? {}
  if (!BIO_listen(a.socket, address, a.bindMode) || !BIO_sock_info(a.socket, BIO_SOCK_INFO_ADDRESS, { addr })) {
    BIO_closesocket(a.socket)
    a.socket = b.num = -1
    return -1
  }
  remember(a.local, addr)
  a.state = 'accept'
  return 1
}

function accept(b: BIO, a: Accepting): number {
  BIO_clear_retry_flags(b)
  b.retryReason = 0
  forget(a.peer)
  const addr = new BIO_ADDR()
  const fd = BIO_accept_ex(a.socket, addr, a.acceptedMode)
  if (fd < 0) {
    if (!BIO_sock_should_retry(fd)) return fd
    BIO_set_retry_special(b)
    b.retryReason = BIO_RR_ACCEPT
    return -1
  }
  const bio = BIO_new_socket(fd, BIO_CLOSE)
  if (bio === null) {
    BIO_closesocket(fd)
    return -1
  }
  const { callback, callbackEx, callbackArg } = b
  Object.assign(bio, { callback, callbackEx, callbackArg })
  const chain = a.chain === null ? bio : chained(a.chain, bio)
  if (chain === null) return -1
  BIO_push(b, chain)
  remember(a.peer, addr)
  a.state = 'ok'
  return 1
}

/** A copy of the chain with the socket at its end; null, and the socket is closed, when it cannot be copied. */
function chained(original: BIO, socket: BIO): BIO | null {
  const copy = BIO_dup_chain(original)
  if (copy === null) BIO_free(socket)
  return copy === null ? null : BIO_push(copy, socket)
}

function remember(named: Named, address: BIO_ADDR): void {
  named.name = BIO_ADDR_hostname_string(address, 1)
  named.port = BIO_ADDR_service_string(address, 1)
}

function forget(named: Named): void {
  named.name = named.port = null
}

function close(b: BIO, a: Accepting): void {
  if (a.socket === -1) return
  shutdown(a.socket, SHUT_RDWR)
  BIO_closesocket(a.socket)
  a.socket = b.num = -1
}

function ctrl(b: BIO, cmd: number, num: number, ptr: unknown): number {
  const a = acceptingOf(b)
  switch (cmd) {
    case BIO_CTRL_RESET:
      close(b, a)
      Object.assign(a, { state: 'before', addresses: null })
      b.flags = 0
      return 0
    case BIO_C_DO_STATE_MACHINE:
      return run(b)
    case BIO_C_SET_ACCEPT:
      return set(b, a, num, ptr)
    case BIO_C_SET_NBIO:
      a.acceptedMode = num === 0 ? a.acceptedMode & ~BIO_SOCK_NONBLOCK : a.acceptedMode | BIO_SOCK_NONBLOCK
      return 1
    case BIO_C_SET_FD:
      a.socket = b.num = requireOut<number>(ptr, 'fd').value
      a.state = 'accept'
      Object.assign(b, { shutdown: num, init: 1 })
      b.changed()
      return 1
    case BIO_C_GET_FD:
      return descriptorIn(b, a.socket, ptr)
    case BIO_C_GET_ACCEPT:
      return b.init ? get(a, num, ptr) : -1
    case BIO_C_SET_BIND_MODE:
      a.bindMode = num
      return 1
    case BIO_C_GET_BIND_MODE:
      return a.bindMode
    case BIO_CTRL_FLUSH:
    case BIO_CTRL_DUP:
      return 1
    case BIO_CTRL_EOF:
      return b.next === null ? 0 : BIO_ctrl(b.next, cmd, num, ptr)
    default:
      return closeFlagCommand(b, cmd, num) ?? 0
  }
}

function get(a: Accepting, which: number, ptr: unknown): number {
  if (which === 4) return familyInUse(a.addresses, a.family)
  const value = [a.local.name, a.local.port, a.peer.name, a.peer.port][which]
  if (value === undefined || ptr === null) return -1
  requireOut<string | null>(ptr, 'place').value = value
  return 1
}

function set(b: BIO, a: Accepting, which: number, value: unknown): number {
  if (which === 2) {
    a.bindMode = value === null ? a.bindMode & ~BIO_SOCK_NONBLOCK : a.bindMode | BIO_SOCK_NONBLOCK
    return 1
  }
  if (value === null) return 1
  switch (which) {
    case 0:
      return setName(b, a, requireString(value, 'name'))
    case 1:
      a.service = requireString(value, 'port')
      b.init = 1
      return 1
    case 3:
      BIO_free(a.chain)
      a.chain = requireLive(value, BIO, 'bio')
      return 1
    case 4:
      a.family = requireInteger(requireOut<number>(value, 'family').value, 'family')
      return 1
    default:
      return 1
  }
}

function setName(b: BIO, a: Accepting, name: string): number {
  const host = { value: null }
  const service = { value: a.service }
  const ret = BIO_parse_hostserv(name, host, service, BIO_PARSE_PRIO_SERV)
  Object.assign(a, { host: host.value, service: service.value })
  if (ret > 0) b.init = 1
  return ret
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** Lets the connection work, which is accepted first if there is none. */
function forward(b: BIO, work: (next: BIO) => number): number {
  BIO_clear_retry_flags(b)
  while (b.next === null) {
    const ret = run(b)
    if (ret <= 0) return ret
  }
  const ret = work(b.next)
  BIO_copy_next_retry(b)
  return ret
}

const write = (b: BIO, data: Uint8Array) => forward(b, next => BIO_write(next, data))

const METHOD = new BIO_METHOD(BIO_TYPE_ACCEPT, 'socket accept', {
  read: (b, out) => forward(b, next => BIO_read(next, out)),
  write,
  puts: putsAsWrite(write),
  ctrl,
  create: b => {
    b.num = -1
    b.ptr = new Accepting()
    return 1
  },
  destroy: b => {
    if (!b.shutdown) return 1
    const a = acceptingOf(b)
    close(b, a)
    BIO_free(a.chain)
    a.chain = null
    b.init = b.flags = 0
    return 1
  },
  wait: (b, want, milliseconds, recall) =>
    b.next === null
      ? waitForSocket(acceptingOf(b).socket, 'read', milliseconds, recall)
      : waitFor(b.next, want, milliseconds, [recall]),
})
