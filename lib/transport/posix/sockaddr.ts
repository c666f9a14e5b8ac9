import { concat, copy } from '../../base/bytes.ts'
import { EAFNOSUPPORT, EINVAL, setErrno } from '../../base/errno.ts'
import {
  AF_INET,
  AF_INET6,
  familyOf,
  htons,
  type in_addr,
  type in6_addr,
  inAddrBytes,
  inAddrNumber,
  ipOf,
  type sockaddr,
} from '../../base/sockaddr.ts'
import { addressBytes, type Endpoint, endpointFrom, formatIp, parseIp } from '../address.ts'
import { INADDR_NONE } from './constants.ts'

export {
  familyOf,
  htonl,
  htons,
  type in_addr,
  type in6_addr,
  ntohl,
  ntohs,
  type sockaddr,
  type sockaddr_in,
  type sockaddr_in6,
  type sockaddr_storage,
} from '../../base/sockaddr.ts'

/** The unspecified address `::`, new bytes at each use. */
export const in6addr_any: Readonly<in6_addr> = fixed(() => new Uint8Array(16))

/** The loop-back address `::1`, new bytes at each use. */
export const in6addr_loopback: Readonly<in6_addr> = fixed(() => concat(new Uint8Array(15), Uint8Array.of(1)))

/**
 * Reads the text of an address (inet_pton(3)).
 * @param af - AF_INET or AF_INET6
 * @param dst - filled in place
 * @returns 1; 0 for a text that is no such address; -1 with EAFNOSUPPORT for another family
 */
export function inet_pton(af: number, src: string, dst: in_addr | in6_addr): number {
  const bytes = parseIp(src)
  if (af === AF_INET && 's_addr' in dst) {
    if (bytes?.length !== 4) return 0
    dst.s_addr = inAddrNumber(bytes)
  } else if (af === AF_INET6 && 's6_addr' in dst) {
    if (bytes?.length !== 16) return 0
    dst.s6_addr = bytes
  } else {
    setErrno(EAFNOSUPPORT)
    return -1
  }
  return 1
}

/**
 * The text of an address (inet_ntop(3)).
 * @param af - AF_INET or AF_INET6
 * @param src - the address, or its 4 or 16 bytes
 * @returns null with EAFNOSUPPORT when `af` and `src` do not fit
 */
export function inet_ntop(af: number, src: in_addr | in6_addr | Uint8Array): string | null {
  const bytes = src instanceof Uint8Array ? src : 's_addr' in src ? inAddrBytes(src.s_addr) : src.s6_addr
  if ((af === AF_INET && bytes.length === 4) || (af === AF_INET6 && bytes.length === 16)) return formatIp(bytes)
  setErrno(EAFNOSUPPORT)
  return null
}

/**
 * The number of a dotted IPv4 address in network order, INADDR_NONE for anything else (inet_addr(3), four parts only).
 */
export function inet_addr(cp: string): number {
  const bytes = parseIp(cp)
  return bytes?.length === 4 ? inAddrNumber(bytes) : INADDR_NONE
}

/** The endpoint that an address names, or a negative error number. */
export function endpointOf(address: sockaddr): Endpoint | number {
  const family = familyOf(address)
  if (family !== AF_INET && family !== AF_INET6) return -EAFNOSUPPORT
  const ip = ipOf(address)
  return (ip && endpointFrom(ip.bytes, ip.port, ip.scope)) ?? -EINVAL
}

/** Fills an address in place; fields of the other family go. */
export function fillSockaddr(address: sockaddr, endpoint: Endpoint): void {
  const { bytes, scope } = addressBytes(endpoint)
  const port = htons(endpoint.port)
  for (const name of FIELDS) delete address[name]
  if (endpoint.family === 'IPv4') {
    const sin_addr = { s_addr: inAddrNumber(bytes) }
    Object.assign(address, { ss_family: AF_INET, sin_family: AF_INET, sin_port: port, sin_addr })
    return
  }
  const sin6_addr = { s6_addr: copy(bytes) }
  const fields = { sin6_family: AF_INET6, sin6_port: port, sin6_flowinfo: 0, sin6_addr, sin6_scope_id: scope }
  Object.assign(address, { ss_family: AF_INET6 }, fields)
}

const FIELDS = [
  'sin_family',
  'sin_port',
  'sin_addr',
  'sin6_family',
  'sin6_port',
  'sin6_flowinfo',
  'sin6_addr',
  'sin6_scope_id',
] as const

function fixed(bytes: () => Uint8Array): Readonly<in6_addr> {
  return Object.freeze({
    get s6_addr() {
      return bytes()
    },
  })
}
