import { copy, latin1, utf8 } from '../../../base/bytes.ts'
import { addressBytes, type Endpoint, endpointFrom } from '../../../transport/address.ts'
import { hostName, serviceName } from '../../../transport/names.ts'
import { AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC } from '../../../transport/posix/constants.ts'
import { htons, ntohs } from '../../../transport/posix/sockaddr.ts'
import { Counted, type Out, requireBytes, requireInteger, requireLive, requireOut } from '../../boundary.ts'
import { ERR_LIB_BIO, ERR_R_SYS_LIB } from '../../constants/err.ts'
import { raise } from '../../err/raise.ts'

/** Room for a path and its NUL in C's `struct sockaddr_un`. */
const PATH_ROOM = 108

/** An address and port of any family (BIO_ADDR(3)); without one, AF_UNSPEC. */
export class BIO_ADDR extends Counted {
  /** For the kinds in this folder: an IP address, or a path for AF_UNIX. */
  endpoint: Endpoint | null = null
  path: string | null = null
}

/** An address without family yet (BIO_ADDR_new(3)). */
export function BIO_ADDR_new(): BIO_ADDR {
  return new BIO_ADDR()
}

/** Ends the use of an address; null is nothing. */
export function BIO_ADDR_free(ap: BIO_ADDR | null): void {
  if (ap !== null) requireLive(ap, BIO_ADDR, 'ap').dropReference(() => setAddress(ap, null))
}

/** Makes an address AF_UNSPEC again. */
export function BIO_ADDR_clear(ap: BIO_ADDR): void {
  setAddress(requireLive(ap, BIO_ADDR, 'ap'), null)
}

/** A copy of an address (OpenSSL 3.2); null for null. */
export function BIO_ADDR_dup(ap: BIO_ADDR | null): BIO_ADDR | null {
  if (ap === null) return null
  const duplicate = new BIO_ADDR()
  BIO_ADDR_copy(duplicate, ap)
  return duplicate
}

/** Copies an address into another (OpenSSL 3.2). @returns 1 */
export function BIO_ADDR_copy(dst: BIO_ADDR, src: BIO_ADDR): number {
  const { endpoint, path } = requireLive(src, BIO_ADDR, 'src')
  Object.assign(requireLive(dst, BIO_ADDR, 'dst'), { endpoint, path })
  return 1
}

/**
 * Sets an address from its bytes (BIO_ADDR_rawmake(3)).
 * @param family - AF_INET, AF_INET6 or AF_UNIX
 * @param where - 4 or 16 bytes in network order; for AF_UNIX the path
 * @param wherelen - bytes of `where` that count
 * @param port - in network order: `htons(4433)`
 * @returns 1; 0 for another family or a length that does not fit it
 */
export function BIO_ADDR_rawmake(
  ap: BIO_ADDR,
  family: number,
  where: Uint8Array,
  wherelen: number = where.length,
  port = 0,
): number {
  const address = requireLive(ap, BIO_ADDR, 'ap')
  const bytes = copy(requireBytes(where, 'where').subarray(0, requireInteger(wherelen, 'wherelen')))
  if (bytes.length !== wherelen) throw new TypeError(`wherelen: ${wherelen} is beyond the bytes of where`)
  if (family === AF_UNIX) return setPath(address, bytes)
  if (family !== (wherelen === 4 ? AF_INET : AF_INET6)) return 0
  const endpoint = endpointFrom(bytes, ntohs(port))
  if (endpoint !== null) setAddress(address, endpoint)
  return Number(endpoint !== null)
}

/** AF_INET, AF_INET6, AF_UNIX or AF_UNSPEC. */
export function BIO_ADDR_family(ap: BIO_ADDR): number {
  const { endpoint, path } = requireLive(ap, BIO_ADDR, 'ap')
  if (path !== null) return AF_UNIX
  if (endpoint === null) return AF_UNSPEC
  return endpoint.family === 'IPv4' ? AF_INET : AF_INET6
}

/**
 * The address without its port (BIO_ADDR_rawaddress(3)).
 * @param p - takes 4 or 16 bytes in network order, or a path; null to ask for the length only
 * @param l - takes the number of bytes
 * @returns 1; 0 for AF_UNSPEC
 */
export function BIO_ADDR_rawaddress(ap: BIO_ADDR, p: Uint8Array | null, l: Out<number> | null = null): number {
  const { endpoint, path } = requireLive(ap, BIO_ADDR, 'ap')
  if (endpoint === null && path === null) return 0
  const bytes = endpoint === null ? utf8(path ?? '') : addressBytes(endpoint).bytes
  if (p !== null) {
    if (requireBytes(p, 'p').length < bytes.length) throw new TypeError(`p: ${bytes.length} bytes are needed`)
    p.set(bytes)
  }
  if (l !== null) requireOut(l, 'l').value = bytes.length
  return 1
}

/** The port in network order (`ntohs` makes it readable); 0 when there is none. */
export function BIO_ADDR_rawport(ap: BIO_ADDR): number {
  return htons(requireLive(ap, BIO_ADDR, 'ap').endpoint?.port ?? 0)
}

/**
 * The host as text (BIO_ADDR_hostname_string(3)).
 * @param numeric - not 0: the address itself; 0: its name if the hosts file has one. Name servers are not asked: that
 * cannot be done without waiting
 * @returns null with ERR_R_SYS_LIB for AF_UNSPEC
 */
export function BIO_ADDR_hostname_string(ap: BIO_ADDR, numeric: number): string | null {
  const { endpoint, path } = requireLive(ap, BIO_ADDR, 'ap')
  if (path !== null) return 'localhost'
  if (endpoint === null) return unspecified()
  return (numeric === 0 ? hostName(addressBytes(endpoint).bytes) : null) ?? endpoint.address
}

/**
 * The port as text (BIO_ADDR_service_string(3)).
 * @param numeric - not 0: the number; 0: the name of the (TCP) service if the services file has one
 * @returns null with ERR_R_SYS_LIB for AF_UNSPEC
 */
export function BIO_ADDR_service_string(ap: BIO_ADDR, numeric: number): string | null {
  const { endpoint, path } = requireLive(ap, BIO_ADDR, 'ap')
  if (path !== null) return path
  if (endpoint === null) return unspecified()
  return (numeric === 0 ? serviceName(endpoint.port, 'tcp') : null) ?? String(endpoint.port)
}

/** The path of an AF_UNIX address, else null. */
export function BIO_ADDR_path_string(ap: BIO_ADDR): string | null {
  return requireLive(ap, BIO_ADDR, 'ap').path
}

/** Sets an address to an endpoint, or to AF_UNSPEC with null. */
export function setAddress(address: BIO_ADDR, endpoint: Endpoint | null): void {
  address.endpoint = endpoint
  address.path = null
}

/**
 * The size of C's `struct sockaddr` for the address: 16 or 28; 110 for a path; 112, all of the union, for AF_UNSPEC.
 */
export function sockaddrSize(endpoint: Endpoint | null, path: string | null = null): number {
  if (path !== null) return 110
  if (endpoint === null) return 112
  return endpoint.family === 'IPv4' ? 16 : 28
}

function setPath(address: BIO_ADDR, bytes: Uint8Array): number {
  if (bytes.length + 1 > PATH_ROOM) return 0
  const end = bytes.indexOf(0)
  address.path = latin1(end === -1 ? bytes : bytes.subarray(0, end))
  address.endpoint = null
  return 1
}

function unspecified(): null {
  raise(ERR_LIB_BIO, ERR_R_SYS_LIB, 'ai_family not supported')
  return null
}
