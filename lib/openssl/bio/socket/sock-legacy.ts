import { errno } from '../../../base/errno.ts'
import { AF_INET, AF_UNSPEC, SOCK_STREAM } from '../../../transport/posix/constants.ts'
import { ntohs } from '../../../transport/posix/sockaddr.ts'
import { type Out, requireBytes, requireOut, requireString } from '../../boundary.ts'
import { BIO_LOOKUP_CLIENT, BIO_LOOKUP_SERVER, BIO_PARSE_PRIO_SERV, BIO_SOCK_REUSEADDR } from '../../constants/bio.ts'
import { BIO_R_ACCEPT_ERROR, BIO_R_NO_PORT_DEFINED } from '../../constants/bioerr.ts'
import { ERR_LIB_BIO } from '../../constants/err.ts'
import { ERR_add_error_data, ERR_pop_to_mark, ERR_set_mark } from '../../err/index.ts'
import { raise, raiseSystem } from '../../err/raise.ts'
import {
  BIO_ADDR,
  BIO_ADDR_hostname_string,
  BIO_ADDR_rawaddress,
  BIO_ADDR_rawport,
  BIO_ADDR_service_string,
} from './addr.ts'
import { type BIO_ADDRINFO, BIO_lookup, BIO_parse_hostserv } from './addr-lookup.ts'
import { BIO_accept_ex, BIO_closesocket, BIO_listen, BIO_sock_should_retry, BIO_socket } from './sock.ts'

// What came before BIO_ADDR and BIO_lookup, for IPv4 only; deprecated since 1.1.0.

/** What gethostbyname(3) gives. */
export interface hostent {
  h_name: string
  h_aliases: string[]
  h_addrtype: number
  h_length: number
  /** Four bytes each. */
  h_addr_list: Uint8Array[]
}

/**
 * The IPv4 address of a host, as BIO_lookup finds it.
 * @param ip - takes four bytes
 * @returns 1; 0 with the errors of BIO_lookup
 */
export function BIO_get_host_ip(str: string, ip: Uint8Array): number {
  if (requireBytes(ip, 'ip').length < 4) throw new TypeError('ip: four bytes are needed')
  const found = lookup(str, null)
  return found === null ? 0 : BIO_ADDR_rawaddress(found.address, ip)
}

/**
 * The port of a service: a number, or a name of the services file.
 * @param port_ptr - takes it, in host order
 * @returns 1; 0 with BIO_R_NO_PORT_DEFINED or the errors of BIO_lookup
 */
export function BIO_get_port(str: string | null, port_ptr: Out<number>): number {
  requireOut(port_ptr, 'port_ptr')
  if (str === null) {
    raise(ERR_LIB_BIO, BIO_R_NO_PORT_DEFINED)
    return 0
  }
  const found = lookup(null, str)
  if (found !== null) port_ptr.value = ntohs(BIO_ADDR_rawport(found.address))
  return Number(found !== null)
}

/** The IPv4 addresses of a host that is known without asking a name server; null for none. */
export function BIO_gethostbyname(name: string): hostent | null {
  const found: Out<BIO_ADDRINFO | null> = { value: null }
  requireString(name, 'name')
  if (!quietLookup(name, found)) return null
  const h_addr_list: Uint8Array[] = []
  for (let at = found.value; at !== null; at = at.next) {
    const bytes = new Uint8Array(4)
    BIO_ADDR_rawaddress(at.address, bytes)
    h_addr_list.push(bytes)
  }
  return { h_name: name, h_aliases: [], h_addrtype: AF_INET, h_length: 4, h_addr_list }
}

/**
 * A TCP socket that listens.
 * @param host_port - `host:port`, or only the port
 * @param mode - not 0: with BIO_SOCK_REUSEADDR
 * @returns its descriptor; -1 with errors
 */
export function BIO_get_accept_socket(host_port: string, mode: number): number {
  const host: Out<string | null> = { value: null }
  const service: Out<string | null> = { value: null }
  if (!BIO_parse_hostserv(host_port, host, service, BIO_PARSE_PRIO_SERV)) return -1
  const found: Out<BIO_ADDRINFO | null> = { value: null }
  if (!BIO_lookup(host.value, service.value, BIO_LOOKUP_SERVER, AF_UNSPEC, SOCK_STREAM, found)) return -1
  if (found.value === null) return -1
  const { family, socktype, protocol, address } = found.value
  const fd = BIO_socket(family, socktype, protocol, 0)
  if (fd === -1 || BIO_listen(fd, address, mode === 0 ? 0 : BIO_SOCK_REUSEADDR)) return fd
  BIO_closesocket(fd)
  return -1
}

/**
 * Accepts a connection.
 * @param ip_port - takes the peer as `address:port`
 * @returns a descriptor; -2 when none waits, -1 with BIO_R_ACCEPT_ERROR
 */
export function BIO_accept(sock: number, ip_port: Out<string | null> | null): number {
  const address = new BIO_ADDR()
  const fd = BIO_accept_ex(sock, address, 0)
  if (fd === -1) {
    if (BIO_sock_should_retry(fd)) return -2
    raiseSystem(errno(), 'accept()')
    raise(ERR_LIB_BIO, BIO_R_ACCEPT_ERROR)
    return -1
  }
  if (ip_port !== null) {
    ip_port.value = `${BIO_ADDR_hostname_string(address, 1)}:${BIO_ADDR_service_string(address, 1)}`
  }
  return fd
}

function lookup(host: string | null, service: string | null): BIO_ADDRINFO | null {
  const found: Out<BIO_ADDRINFO | null> = { value: null }
  if (BIO_lookup(host, service, BIO_LOOKUP_CLIENT, AF_INET, SOCK_STREAM, found)) return found.value
  ERR_add_error_data(2, 'host=', host ?? service)
  return null
}

/** As gethostbyname(3), which queues nothing. */
function quietLookup(name: string, found: Out<BIO_ADDRINFO | null>): boolean {
  ERR_set_mark()
  const ret = BIO_lookup(name, null, BIO_LOOKUP_CLIENT, AF_INET, SOCK_STREAM, found)
  ERR_pop_to_mark()
  return ret === 1
}
