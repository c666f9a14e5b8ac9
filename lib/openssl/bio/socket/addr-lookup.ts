import { utf8 } from '../../../base/bytes.ts'
import { addressBytes, type Endpoint, endpointFrom, formatIp, parseIp } from '../../../transport/address.ts'
import { hostAddresses, servicePort } from '../../../transport/names.ts'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  AF_UNSPEC,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from '../../../transport/posix/constants.ts'
import { type Out, requireInstance, requireOut, requireString } from '../../boundary.ts'
import type { BIO_LOOKUP_CLIENT, BIO_PARSE_PRIO_SERV } from '../../constants/bio.ts'
import { BIO_LOOKUP_SERVER, BIO_PARSE_PRIO_HOST } from '../../constants/bio.ts'
import {
  BIO_R_AMBIGUOUS_HOST_OR_SERVICE,
  BIO_R_MALFORMED_HOST_OR_SERVICE,
  BIO_R_UNSUPPORTED_PROTOCOL_FAMILY,
} from '../../constants/bioerr.ts'
import { ERR_LIB_BIO, ERR_R_SYS_LIB } from '../../constants/err.ts'
import { raise } from '../../err/raise.ts'
import { BIO_ADDR, BIO_ADDR_rawmake, setAddress } from './addr.ts'

/** BIO_LOOKUP_CLIENT or BIO_LOOKUP_SERVER. */
export type BIO_lookup_type = typeof BIO_LOOKUP_CLIENT | typeof BIO_LOOKUP_SERVER

/** BIO_PARSE_PRIO_HOST or BIO_PARSE_PRIO_SERV. */
export type BIO_hostserv_priorities = typeof BIO_PARSE_PRIO_HOST | typeof BIO_PARSE_PRIO_SERV

/** One result of a look-up, and the next one (BIO_ADDRINFO(3)). */
export class BIO_ADDRINFO {
  readonly family: number
  readonly socktype: number
  readonly protocol: number
  readonly address: BIO_ADDR
  next: BIO_ADDRINFO | null = null

  constructor(family: number, socktype: number, protocol: number, address: BIO_ADDR) {
    this.family = family
    this.socktype = socktype
    this.protocol = protocol
    this.address = address
  }
}

/** BIO_lookup_ex for any protocol. */
export function BIO_lookup(
  host: string | null,
  service: string | null,
  lookup_type: number,
  family: number,
  socktype: number,
  res: Out<BIO_ADDRINFO | null>,
): number {
  return BIO_lookup_ex(host, service, lookup_type, family, socktype, 0, res)
}

/**
 * Looks up a host and a service (BIO_lookup_ex(3)), at once: addresses in full, and the names that the hosts file has.
 * Name servers are not asked, since that cannot be done without waiting: BIO_lookup_ex of `openssl-shim/promises` asks them.
 * @param host - null: any address for a server, loop-back for a client; a path for AF_UNIX
 * @param service - a port up to 65535, a name of the services file, or null
 * @param lookup_type - BIO_LOOKUP_CLIENT or BIO_LOOKUP_SERVER
 * @param family - AF_UNSPEC, AF_INET, AF_INET6 or AF_UNIX
 * @param socktype - SOCK_DGRAM, SOCK_STREAM ..., 0 for all
 * @param protocol - IPPROTO_UDP ..., 0 for the usual one
 * @param res - takes the first of a list
 * @returns 1; 0 with BIO_R_UNSUPPORTED_PROTOCOL_FAMILY, or ERR_R_SYS_LIB and what getaddrinfo(3) says
 */
export function BIO_lookup_ex(
  host: string | null,
  service: string | null,
  lookup_type: number,
  family: number,
  socktype: number,
  protocol: number,
  res: Out<BIO_ADDRINFO | null>,
): number {
  requireOut(res, 'res')
  if (![AF_UNSPEC, AF_INET, AF_INET6, AF_UNIX].includes(family)) {
    raise(ERR_LIB_BIO, BIO_R_UNSUPPORTED_PROTOCOL_FAMILY)
    return 0
  }
  const found =
    family === AF_UNIX ? atPath(host, socktype) : find(host, service, lookup_type, family, socktype, protocol)
  if (typeof found === 'string') {
    raise(ERR_LIB_BIO, ERR_R_SYS_LIB, found)
    return 0
  }
  for (const [i, entry] of found.entries()) entry.next = found[i + 1] ?? null
  res.value = found[0] ?? null
  return 1
}

/** The next result, null after the last. */
export function BIO_ADDRINFO_next(bai: BIO_ADDRINFO | null): BIO_ADDRINFO | null {
  return orNull(bai)?.next ?? null
}

/** The family of this address: AF_INET or AF_INET6. */
export function BIO_ADDRINFO_family(bai: BIO_ADDRINFO | null): number {
  return orNull(bai)?.family ?? 0
}

/** The kind of socket: SOCK_DGRAM or SOCK_STREAM. */
export function BIO_ADDRINFO_socktype(bai: BIO_ADDRINFO | null): number {
  return orNull(bai)?.socktype ?? 0
}

/** The protocol, such as IPPROTO_UDP. */
export function BIO_ADDRINFO_protocol(bai: BIO_ADDRINFO | null): number {
  return orNull(bai)?.protocol ?? 0
}

/** The address itself, which belongs to the list. */
export function BIO_ADDRINFO_address(bai: BIO_ADDRINFO): BIO_ADDR
export function BIO_ADDRINFO_address(bai: BIO_ADDRINFO | null): BIO_ADDR | null
export function BIO_ADDRINFO_address(bai: BIO_ADDRINFO | null): BIO_ADDR | null {
  return orNull(bai)?.address ?? null
}

/** Nothing to do: there for ported programs. */
export function BIO_ADDRINFO_free(bai: BIO_ADDRINFO | null): void {
  orNull(bai)
}

/**
 * Takes `host:service` apart (BIO_parse_hostserv(3)). An IPv6 address stands in brackets. `*` and nothing give null.
 * @param host - takes the host; left alone when the text has no such part
 * @param service - takes the service; left alone when the text has no such part
 * @param hostserv_prio - BIO_PARSE_PRIO_HOST or BIO_PARSE_PRIO_SERV: what a text without a colon is
 * @returns 1; 0 with BIO_R_AMBIGUOUS_HOST_OR_SERVICE or BIO_R_MALFORMED_HOST_OR_SERVICE
 */
export function BIO_parse_hostserv(
  hostserv: string,
  host: Out<string | null> | null,
  service: Out<string | null> | null,
  hostserv_prio: number,
): number {
  const text = requireString(hostserv, 'hostserv')
  const parts = text.startsWith('[') ? bracketed(text) : plain(text, hostserv_prio)
  if (typeof parts === 'number') {
    raise(ERR_LIB_BIO, parts)
    return 0
  }
  if (host !== null && parts.host !== undefined) host.value = given(parts.host)
  if (service !== null && parts.service !== undefined) service.value = given(parts.service)
  return 1
}

const NOT_KNOWN = 'Name or service not known'
const BAD_FAMILY = 'Address family for hostname not supported'
const BAD_SERVICE = 'Servname not supported for ai_socktype'
const BAD_TYPE = 'ai_socktype not supported'

/** The kinds of socket; those marked come without being asked for by protocol or type. */
const KINDS = [
  { socktype: SOCK_STREAM, protocol: IPPROTO_TCP, service: 'tcp', usual: true },
  { socktype: SOCK_DGRAM, protocol: IPPROTO_UDP, service: 'udp', usual: true },
  { socktype: SOCK_STREAM, protocol: IPPROTO_SCTP, service: null, usual: false },
  { socktype: SOCK_SEQPACKET, protocol: IPPROTO_SCTP, service: null, usual: false },
  { socktype: SOCK_RAW, protocol: 0, service: null, usual: true },
] as const

type Kind = (typeof KINDS)[number]

/** All results, or what getaddrinfo(3) would say instead. */
function find(
  host: string | null,
  service: string | null,
  type: number,
  family: number,
  socktype: number,
  protocol: number,
): BIO_ADDRINFO[] | string {
  if (host === null && service === null) return NOT_KNOWN
  const kinds = kindsFor(socktype, protocol)
  if (kinds.length === 0) return socktype === 0 ? BAD_SERVICE : BAD_TYPE
  const ports = kinds.map(kind => ({ kind, port: portOf(service, kind) })).filter(({ port }) => port !== null)
  if (ports.length === 0) return BAD_SERVICE
  const hosts = host === null ? unnamed(type, family) : named(host, family)
  if (typeof hosts === 'string') return hosts
  return hosts.flatMap(endpoint => ports.map(({ kind, port }) => result({ ...endpoint, port: port ?? 0 }, kind)))
}

function kindsFor(socktype: number, protocol: number): readonly Kind[] {
  const fit = KINDS.filter(
    kind => (socktype === 0 || kind.socktype === socktype) && (protocol === 0 || kind.protocol === protocol),
  )
  if (protocol !== 0) return fit
  const usual = fit.filter(kind => kind.usual)
  return usual.length > 0 ? usual : fit
}

function portOf(service: string | null, kind: Kind): number | null {
  if (service === null || service === '') return 0
  if (/^\d{1,5}$/.test(service)) return Number(service) > 0xffff ? null : Number(service)
  return kind.service === null ? null : servicePort(service, kind.service)
}

function unnamed(type: number, family: number): Endpoint[] {
  const server = type === BIO_LOOKUP_SERVER
  const ipv4: Endpoint = { family: 'IPv4', address: server ? '0.0.0.0' : '127.0.0.1', port: 0 }
  const ipv6: Endpoint = { family: 'IPv6', address: server ? '::' : '::1', port: 0 }
  return ofFamily(server ? [ipv4, ipv6] : [ipv6, ipv4], family)
}

function named(host: string, family: number): Endpoint[] | string {
  const [text = '', zone] = host.split('%')
  const bytes = parseIp(text)
  if (bytes === null) {
    const known = ofFamily(
      hostAddresses(host).flatMap(address => endpointFrom(address, 0) ?? []),
      family,
    )
    return known.length === 0 ? NOT_KNOWN : known
  }
  const address = zone === undefined ? formatIp(bytes) : `${formatIp(bytes)}%${zone}`
  const endpoint: Endpoint = { family: bytes.length === 4 ? 'IPv4' : 'IPv6', address, port: 0 }
  if (zone !== undefined && (bytes.length === 4 || addressBytes(endpoint).scope === 0)) return NOT_KNOWN
  return ofFamily([endpoint], family).length === 0 ? BAD_FAMILY : [endpoint]
}

function ofFamily(endpoints: Endpoint[], family: number): Endpoint[] {
  if (family === AF_UNSPEC) return endpoints
  return endpoints.filter(endpoint => (endpoint.family === 'IPv4') === (family === AF_INET))
}

function result(endpoint: Endpoint, kind: Kind): BIO_ADDRINFO {
  const address = new BIO_ADDR()
  setAddress(address, endpoint)
  const family = endpoint.family === 'IPv4' ? AF_INET : AF_INET6
  return new BIO_ADDRINFO(family, kind.socktype, kind.protocol, address)
}

function atPath(path: string | null, socktype: number): BIO_ADDRINFO[] {
  const address = new BIO_ADDR()
  BIO_ADDR_rawmake(address, AF_UNIX, utf8(requireString(path, 'host')))
  return [new BIO_ADDRINFO(AF_UNIX, socktype, 0, address)]
}

interface Parts {
  host?: string
  service?: string
}

function bracketed(text: string): Parts | number {
  const match = /^\[([^\]]*)\](?::([^:]*))?$/.exec(text)
  if (match === null) return BIO_R_MALFORMED_HOST_OR_SERVICE
  const [, host = '', service] = match
  return service === undefined ? { host } : { host, service }
}

function plain(text: string, priority: number): Parts | number {
  const parts = text.split(':')
  // "::1:443" could be an address with a port or without.
  if (parts.length > 2) return BIO_R_AMBIGUOUS_HOST_OR_SERVICE
  const [first = '', service] = parts
  if (service !== undefined) return { host: first, service }
  return priority === BIO_PARSE_PRIO_HOST ? { host: first } : { service: first }
}

function given(part: string): string | null {
  return part === '' || part === '*' ? null : part
}

function orNull(bai: BIO_ADDRINFO | null): BIO_ADDRINFO | null {
  return bai === null ? null : requireInstance(bai, BIO_ADDRINFO, 'bai')
}
