import {
  type BIO_ADDR,
  BIO_ADDR_family,
  BIO_ADDR_new,
  BIO_ADDR_rawaddress,
  BIO_ADDR_rawmake,
  BIO_ADDR_rawport,
} from 'openssl-shim/promises'
import { AF_INET, AF_INET6, htons, inet_ntop, inet_pton, ntohs, type sockaddr } from 'openssl-shim/socket'

/** The address that a text stands for, with `port`; null, and a line for the user, when it is none. */
export function parse_address(text: string, port: number): sockaddr | null {
  const sin_addr = { s_addr: 0 }
  if (inet_pton(AF_INET, text, sin_addr) === 1) return { sin_family: AF_INET, sin_port: htons(port), sin_addr }
  const sin6_addr = { s6_addr: new Uint8Array(16) }
  if (inet_pton(AF_INET6, text, sin6_addr) === 1) return { sin6_family: AF_INET6, sin6_port: htons(port), sin6_addr }
  process.stderr.write(`${text}: not an IPv4 or IPv6 address\n`)
  return null
}

/** C's samples hand their sockaddr to the BIO as it is; here a BIO_ADDR is made from it. */
export function bio_addr(address: sockaddr): BIO_ADDR {
  const addr = BIO_ADDR_new()
  const { sin_addr, sin_port = 0, sin6_addr, sin6_port = 0 } = address
  if (sin6_addr !== undefined) BIO_ADDR_rawmake(addr, AF_INET6, sin6_addr.s6_addr, 16, sin6_port)
  else if (sin_addr !== undefined) BIO_ADDR_rawmake(addr, AF_INET, in_addr_bytes(sin_addr.s_addr), 4, sin_port)
  return addr
}

/** The other way round. */
export function socket_address(addr: BIO_ADDR): sockaddr {
  const bytes = raw_address(addr)
  const port = BIO_ADDR_rawport(addr)
  if (BIO_ADDR_family(addr) === AF_INET6) {
    return { sin6_family: AF_INET6, sin6_port: port, sin6_addr: { s6_addr: bytes } }
  }
  return { sin_family: AF_INET, sin_port: port, sin_addr: { s_addr: new DataView(bytes.buffer).getUint32(0, true) } }
}

/** The 4 or 16 bytes of an address; none when it has no family. */
export function raw_address(addr: BIO_ADDR): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16)
  const length = { value: 0 }
  BIO_ADDR_rawaddress(addr, bytes, length)
  return bytes.slice(0, length.value)
}

/** `ADDRESS:PORT`, as the samples print it. */
export function address_text(addr: BIO_ADDR): string {
  const bytes = raw_address(addr)
  return `${inet_ntop(bytes.length === 4 ? AF_INET : AF_INET6, bytes)}:${ntohs(BIO_ADDR_rawport(addr))}`
}

/** `s_addr` holds the bytes in network order, whatever the machine. */
function in_addr_bytes(s_addr: number): Uint8Array {
  return Uint8Array.of(s_addr, s_addr >>> 8, s_addr >>> 16, s_addr >>> 24)
}
