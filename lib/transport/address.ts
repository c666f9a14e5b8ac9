import { networkInterfaces } from 'node:os'
import { EMPTY } from '../base/bytes.ts'
import { formatIp, parseIp } from '../base/ip.ts'

export { formatIp, parseIp } from '../base/ip.ts'

/** An IP address in its text form and a port in host order: the shape that node:dgram hands out. */
export interface Endpoint {
  readonly family: 'IPv4' | 'IPv6'
  /** A link-local address carries its zone: `fe80::1%eth0`. */
  readonly address: string
  readonly port: number
}

export interface Datagram {
  readonly data: Uint8Array
  readonly from: Endpoint
}

export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.address === b.address && a.family === b.family
}

/** True for what travels in IPv4: an IPv4 address, or one mapped into IPv6 (`::ffff:192.0.2.1`). */
export function travelsInIPv4(to: Endpoint): boolean {
  return to.family === 'IPv4' || (to.address.startsWith('::ffff:') && to.address.includes('.'))
}

/** Bytes of IP and UDP header for a datagram to this address (RFC 791, RFC 8200, RFC 768). */
export function headerOverhead(to: Endpoint): number {
  return travelsInIPv4(to) ? 28 : 48
}

/** An endpoint's address as bytes, and the number of its zone (0: none). A text that is no address gives no bytes. */
export function addressBytes(endpoint: Endpoint): { bytes: Uint8Array; scope: number } {
  const [text = '', zone] = endpoint.address.split('%')
  return { bytes: parseIp(text) ?? EMPTY, scope: zone === undefined ? 0 : scopeNumber(zone) }
}

/** The endpoint of raw bytes; null unless there are 4 or 16. `scope` names the zone of a link-local address. */
export function endpointFrom(bytes: Uint8Array, port: number, scope = 0): Endpoint | null {
  if (bytes.length === 4) return { family: 'IPv4', address: formatIp(bytes), port }
  if (bytes.length !== 16) return null
  const zone = scope === 0 ? '' : `%${scopeName(scope)}`
  return { family: 'IPv6', address: formatIp(bytes) + zone, port }
}

function scopeNumber(zone: string): number {
  if (/^\d{1,9}$/.test(zone)) return Number(zone)
  for (const entry of networkInterfaces()[zone] ?? []) {
    if (entry.family === 'IPv6' && entry.scopeid) return entry.scopeid
  }
  return 0
}

function scopeName(scope: number): string {
  for (const [name, entries] of Object.entries(networkInterfaces())) {
    if (entries?.some(entry => entry.family === 'IPv6' && entry.scopeid === scope)) return name
  }
  return String(scope)
}
