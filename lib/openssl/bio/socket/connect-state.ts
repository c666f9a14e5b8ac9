import { errno } from '../../../base/errno.ts'
import { descriptor } from '../../../transport/descriptors.ts'
import { AF_INET, AF_INET6, AF_UNSPEC, SHUT_RDWR, SOCK_STREAM } from '../../../transport/posix/constants.ts'
import { shutdown } from '../../../transport/posix/socket.ts'
import { type Out, requireInstance } from '../../boundary.ts'
import {
  BIO_FAMILY_IPANY,
  BIO_FAMILY_IPV4,
  BIO_FAMILY_IPV6,
  BIO_LOOKUP_CLIENT,
  BIO_RR_CONNECT,
  BIO_SOCK_KEEPALIVE,
} from '../../constants/bio.ts'
import {
  BIO_R_CONNECT_ERROR,
  BIO_R_LOOKUP_RETURNED_NOTHING,
  BIO_R_NBIO_CONNECT_ERROR,
  BIO_R_NO_HOSTNAME_OR_SERVICE_SPECIFIED,
  BIO_R_UNABLE_TO_CREATE_SOCKET,
  BIO_R_UNSUPPORTED_IP_FAMILY,
} from '../../constants/bioerr.ts'
import { ERR_LIB_BIO } from '../../constants/err.ts'
import { ERR_clear_last_mark, ERR_pop_to_mark, ERR_set_mark } from '../../err/index.ts'
import { raise, raiseSystem } from '../../err/raise.ts'
import { type BIO, BIO_clear_retry_flags } from '../bio.ts'
import { BIO_set_retry_special } from '../macros.ts'
import type { BIO_info_cb } from '../method.ts'
import { type BIO_ADDRINFO, BIO_lookup } from './addr-lookup.ts'
import { BIO_closesocket, BIO_connect, BIO_sock_error, BIO_sock_should_retry, BIO_socket } from './sock.ts'

/** The states, as the callback of BIO_set_info_callback hears them. */
export const BEFORE = 1
const GET_ADDR = 2
export const CREATE_SOCKET = 3
const CONNECT = 4
export const OK = 5
export const BLOCKED_CONNECT = 6
const CONNECT_ERROR = 7

/** What a connecting BIO keeps (C's `BIO_CONNECT`). */
export class Connecting {
  state = BEFORE
  family: number = BIO_FAMILY_IPANY
  host: string | null = null
  service: string | null = null
  mode = 0
  /** What is left of the addresses, the one in use first. */
  addresses: BIO_ADDRINFO | null = null
  infoCallback: BIO_info_cb | null = null
}

export function connectingOf(b: BIO): Connecting {
  return requireInstance(b.ptr, Connecting, 'the data of the BIO')
}

/** Goes as far as it can: 1 when connected; 0 or -1, with the retry flags when it only takes time. */
export function connectOn(b: BIO): number {
  const c = connectingOf(b)
  const result = { value: -1 }
  for (;;) {
    const stays = step(b, c, result)
    if (c.infoCallback !== null) {
      result.value = c.infoCallback(b, c.state, result.value)
      if (!stays && result.value === 0) return 0
    }
    if (stays) return result.value
  }
}

/** One step; true when it went no further. `result` is what the whole gives then. */
function step(b: BIO, c: Connecting, result: Out<number>): boolean {
  switch (c.state) {
    case BEFORE:
      return before(c)
    case GET_ADDR:
      return lookUp(c)
    case CREATE_SOCKET:
      return createSocket(b, c, result)
    case CONNECT:
      return connect(b, c, result)
    case BLOCKED_CONNECT:
      return blocked(b, c, result)
    case CONNECT_ERROR:
      raise(ERR_LIB_BIO, BIO_R_CONNECT_ERROR)
      result.value = 0
      return true
    default:
      result.value = 1
      return true
  }
}

function before(c: Connecting): boolean {
  if (c.host === null && c.service === null) {
    raise(ERR_LIB_BIO, BIO_R_NO_HOSTNAME_OR_SERVICE_SPECIFIED, `hostname=${NULL} service=${NULL}`)
    return true
  }
  c.state = GET_ADDR
  return false
}

function lookUp(c: Connecting): boolean {
  const family = addressFamily(c.family)
  if (family === undefined) {
    raise(ERR_LIB_BIO, BIO_R_UNSUPPORTED_IP_FAMILY)
    return true
  }
  const found: Out<BIO_ADDRINFO | null> = { value: null }
  if (!BIO_lookup(c.host, c.service, BIO_LOOKUP_CLIENT, family, SOCK_STREAM, found)) return true
  if (found.value === null) {
    raise(ERR_LIB_BIO, BIO_R_LOOKUP_RETURNED_NOTHING)
    return true
  }
  c.addresses = found.value
  c.state = CREATE_SOCKET
  return false
}

function createSocket(b: BIO, c: Connecting, result: Out<number>): boolean {
  const { family = 0, socktype = 0, protocol = 0 } = c.addresses ?? {}
  result.value = BIO_socket(family, socktype, protocol, 0)
  if (result.value === -1) {
    raiseSystem(errno(), `socket(${where(c)})`)
    raise(ERR_LIB_BIO, BIO_R_UNABLE_TO_CREATE_SOCKET)
    return true
  }
  b.num = result.value
  c.state = CONNECT
  return false
}

function connect(b: BIO, c: Connecting, result: Out<number>): boolean {
  if (c.addresses === null) return true
  BIO_clear_retry_flags(b)
  ERR_set_mark()
  result.value = BIO_connect(b.num, c.addresses.address, BIO_SOCK_KEEPALIVE | c.mode)
  b.retryReason = 0
  if (result.value === 1) {
    ERR_clear_last_mark()
    c.state = OK
    return false
  }
  if (BIO_sock_should_retry(0)) {
    c.state = BLOCKED_CONNECT
    ERR_pop_to_mark()
    wait(b)
    return true
  }
  if (nextAddress(b, c)) {
    ERR_pop_to_mark()
    return false
  }
  ERR_clear_last_mark()
  raiseSystem(errno(), `connect(${where(c)})`)
  c.state = CONNECT_ERROR
  return false
}

function blocked(b: BIO, c: Connecting, result: Out<number>): boolean {
  // C turns in circles here until the socket can be written to.
  if (descriptor(b.num)?.writable === false) {
    result.value = 0
    wait(b)
    return true
  }
  const error = BIO_sock_error(b.num)
  if (error === 0) {
    c.state = OK
    return false
  }
  BIO_clear_retry_flags(b)
  if (nextAddress(b, c)) return false
  raiseSystem(error, `connect(${where(c)})`)
  raise(ERR_LIB_BIO, BIO_R_NBIO_CONNECT_ERROR)
  result.value = 0
  return true
}

function wait(b: BIO): void {
  BIO_clear_retry_flags(b)
  BIO_set_retry_special(b)
  b.retryReason = BIO_RR_CONNECT
}

/** Goes on with the next address, if there is one. */
function nextAddress(b: BIO, c: Connecting): boolean {
  const next = c.addresses?.next ?? null
  if (next === null) return false
  c.addresses = next
  BIO_closesocket(b.num)
  c.state = CREATE_SOCKET
  return true
}

export function closeConnection(b: BIO, c: Connecting): void {
  if (b.num === -1) return
  if (c.state === OK) shutdown(b.num, SHUT_RDWR)
  BIO_closesocket(b.num)
  b.num = -1
}

/** What BIO_get_conn_ip_family and BIO_get_accept_ip_family say of the address in use, else of what was asked for. */
export function familyInUse(address: BIO_ADDRINFO | null, asked: number): number {
  if (address === null) return asked
  if (address.family === AF_INET6) return BIO_FAMILY_IPV6
  return address.family === AF_INET ? BIO_FAMILY_IPV4 : -1
}

/** The address family for a BIO_FAMILY_*; undefined for none of them. */
export function addressFamily(family: number): number | undefined {
  return FAMILIES.get(family)
}

const FAMILIES: ReadonlyMap<number, number> = new Map([
  [BIO_FAMILY_IPANY, AF_UNSPEC],
  [BIO_FAMILY_IPV4, AF_INET],
  [BIO_FAMILY_IPV6, AF_INET6],
])

/** How C's printf shows a null pointer. */
const NULL = '<NULL>'

function where({ host, service }: Connecting): string {
  return `${host ?? NULL}, ${service ?? NULL}`
}
