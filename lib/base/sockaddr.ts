/** Address families, with Linux's values on every system. */
export const AF_INET = 2
export const AF_INET6 = 10

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

/** @throws TypeError for what is no object, as C's compiler would not take it */
export function familyOf(address: sockaddr): number | undefined {
  if (typeof address !== 'object' || address === null)
    throw new TypeError('addr: an object such as sockaddr_in is needed')
  return address.ss_family ?? address.sin_family ?? address.sin6_family
}

/** An IP address as its 4 or 16 bytes, with the port in host order. */
export interface IpPort {
  readonly bytes: Uint8Array
  readonly port: number
  /** The number of a link-local address's interface; 0: none. */
  readonly scope: number
}

/**
 * What an address names; null for another family, or for one whose IPv6 address has not 16 bytes.
 * @throws TypeError for fields that are text, or no 16-bit port: what C's compiler would not take
 */
export function ipOf(address: sockaddr): IpPort | null {
  const { sin_port = 0, sin_addr, sin6_port = 0, sin6_addr, sin6_scope_id = 0 } = address
  switch (familyOf(address)) {
    case AF_INET:
      return { bytes: inAddrBytes(wholeAddress(sin_addr)), port: htons(wholePort(sin_port, 'sin_port')), scope: 0 }
    case AF_INET6: {
      const bytes = sin6_addr === undefined ? new Uint8Array(16) : sin6_addr.s6_addr
      if (!(bytes instanceof Uint8Array)) throw new TypeError('sin6_addr: an object { s6_addr } of 16 bytes is needed')
      const port = htons(wholePort(sin6_port, 'sin6_port'))
      return bytes.length === 16 ? { bytes, port, scope: sin6_scope_id } : null
    }
    default:
      return null
  }
}

function wholePort(port: unknown, name: string): number {
  if (typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 0xffff) return port
  throw new TypeError(`${name}: a 16-bit number in network order is needed, as htons gives it`)
}

function wholeAddress(address: in_addr | undefined): number {
  if (address === undefined) return 0
  const { s_addr }: { s_addr?: unknown } = address
  if (typeof s_addr === 'number') return s_addr
  throw new TypeError('sin_addr: an object { s_addr } is needed, with a number as inet_addr gives it')
}

/** The address of 4 or 16 bytes, which are kept. */
export function sockaddrFrom({ bytes, port, scope }: IpPort): sockaddr_storage {
  if (bytes.length === 4) {
    const sin_addr = { s_addr: inAddrNumber(bytes) }
    return { ss_family: AF_INET, sin_family: AF_INET, sin_port: htons(port), sin_addr }
  }
  if (bytes.length !== 16) throw new TypeError('bytes: an address has 4 or 16 bytes')
  const fields = { sin6_family: AF_INET6, sin6_port: htons(port), sin6_flowinfo: 0 }
  return { ss_family: AF_INET6, ...fields, sin6_addr: { s6_addr: bytes }, sin6_scope_id: scope }
}

/** The number that `s_addr` is for four bytes: as a little-endian machine reads them, on every system. */
export function inAddrNumber(bytes: Uint8Array): number {
  return bytes.reduceRight((number, byte) => number * 256 + byte, 0)
}

export function inAddrBytes(address: number): Uint8Array {
  return Uint8Array.of(address, address >>> 8, address >>> 16, address >>> 24)
}

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
