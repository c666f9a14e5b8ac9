import { concat, copy } from '../../base/bytes.ts'
import { EAFNOSUPPORT, EINVAL, setErrno } from '../../base/errno.ts'
import { addressBytes, type Endpoint, endpointFrom, formatIp, parseIp } from '../address.ts'
import { AF_INET, AF_INET6, INADDR_NONE } from './constants.ts'

/** An IPv4 address: an unsigned 32-bit number in network order, so `htonl(INADDR_LOOPBACK)`. */
export interface in_addr {
  s_addr: number
}

/** An IPv6 address: 16 bytes. */
export interface in6_addr {
  s6_addr: Uint8Array
}

export interface sockaddr_in {
  sin_family: number
  /** In network order: `htons(4433)`. */
  sin_port: number
  sin_addr: in_addr
}

export interface sockaddr_in6 {
  sin6_family: number
  /** In network order: `htons(4433)`. */
  sin6_port: number
  sin6_flowinfo?: number
  sin6_addr: in6_addr
  /** The zone of a link-local address, the number of its interface. */
  sin6_scope_id?: number
}

/** What C has as a union of the two: `ss_family`, else the family field of one of them, says which it is. */
export type sockaddr_storage = { ss_family?: number } & Partial<sockaddr_in> & Partial<sockaddr_in6>
export type sockaddr = sockaddr_storage

/** The unspecified address `::`, new bytes at each use. */
export const in6addr_any: Readonly<in6_addr> = fixed(() => new Uint8Array(16))

/** The loop-back address `::1`, new bytes at each use. */
export const in6addr_loopback: Readonly<in6_addr> = fixed(() => concat(new Uint8Array(15), Uint8Array.of(1)))

/**
 * A 16-bit number from host to network order. The bytes are swapped on every system, so that a program sees one value.
 */
export function htons(hostshort: number): number {
  return ((hostshort & 0xff) << 8) | ((hostshort >>> 8) & 0xff)
}

/** A 16-bit number from network to host order. */
export function ntohs(netshort: number): number {
  return htons(netshort)
}

/** A 32-bit number from host to network order, unsigned. */
export function htonl(hostlong: number): number {
  return ((htons(hostlong & 0xffff) << 16) | htons(hostlong >>> 16)) >>> 0
}

/** A 32-bit number from network to host order, unsigned. */
export function ntohl(netlong: number): number {
  return htonl(netlong)
}

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
    dst.s_addr = bytesToNumber(bytes)
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
  const bytes = src instanceof Uint8Array ? src : 's_addr' in src ? numberToBytes(src.s_addr) : src.s6_addr
  if ((af === AF_INET && bytes.length === 4) || (af === AF_INET6 && bytes.length === 16)) return formatIp(bytes)
  setErrno(EAFNOSUPPORT)
  return null
}

/**
 * The number of a dotted IPv4 address in network order, INADDR_NONE for anything else (inet_addr(3), four parts only).
 */
export function inet_addr(cp: string): number {
  const bytes = parseIp(cp)
  return bytes?.length === 4 ? bytesToNumber(bytes) : INADDR_NONE
}

/** The endpoint that an address names, or a negative error number. */
export function endpointOf(address: sockaddr): Endpoint | number {
  const { sin_port = 0, sin_addr, sin6_port = 0, sin6_addr, sin6_scope_id = 0 } = address
  switch (familyOf(address)) {
    case AF_INET:
      return endpointFrom(numberToBytes(sin_addr?.s_addr ?? 0), ntohs(sin_port)) ?? -EINVAL
    case AF_INET6:
      return endpointFrom(sin6_addr?.s6_addr ?? new Uint8Array(16), ntohs(sin6_port), sin6_scope_id) ?? -EINVAL
    default:
      return -EAFNOSUPPORT
  }
}

export function familyOf(address: sockaddr): number | undefined {
  return address.ss_family ?? address.sin_family ?? address.sin6_family
}

/** Fills an address in place; fields of the other family go. */
export function fillSockaddr(address: sockaddr, endpoint: Endpoint): void {
  const { bytes, scope } = addressBytes(endpoint)
  const port = htons(endpoint.port)
  for (const name of FIELDS) delete address[name]
  if (endpoint.family === 'IPv4') {
    const sin_addr = { s_addr: bytesToNumber(bytes) }
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

function bytesToNumber(bytes: Uint8Array): number {
  return bytes.reduceRight((number, byte) => number * 256 + byte, 0)
}

function numberToBytes(address: number): Uint8Array {
  return Uint8Array.of(address, address >>> 8, address >>> 16, address >>> 24)
}
