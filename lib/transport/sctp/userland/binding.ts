import { EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EBUSY, EINVAL } from '../../../base/errno.ts'
import { formatIp } from '../../../base/ip.ts'
import { ipOf, type sockaddr_storage } from '../../../base/sockaddr.ts'
import { SCTP_BINDX_ADD_ADDR, SCTP_BINDX_REM_ADDR } from '../../../sctp/api/index.ts'
import type { Owner } from '../../../sctp/ports.ts'
import { AF_INET } from '../../posix/constants.ts'
import type { UserlandHost } from './host.ts'
import { addressOf } from './link.ts'

/** The port and the local addresses of a socket. Results are those of bind(2) and sctp_bindx(3), errors negative. */
export class Binding {
  readonly #host: UserlandHost
  readonly #domain: number
  readonly #owner: Owner
  #addresses: readonly string[] = []
  #port = 0
  #owned = false

  constructor(host: UserlandHost, domain: number, owner: Owner) {
    this.#host = host
    this.#domain = domain
    this.#owner = owner
  }

  /** Empty: all that this end has. */
  get addresses(): readonly string[] {
    return this.#addresses
  }

  /** 0: none yet. */
  get port(): number {
    return this.#port
  }

  /** An accepted or peeled-off socket is at another's port, which it does not own. */
  inherit({ addresses, port }: Binding): void {
    this.#addresses = addresses
    this.#port = port
  }

  bind(address: sockaddr_storage): number {
    if (this.#owned) return -EINVAL
    const place = this.#placeOf(address)
    return typeof place === 'number' ? place : this.#take(place.port, place.address === null ? [] : [place.address])
  }

  bindx(addresses: readonly sockaddr_storage[], flags: number): number {
    if (addresses.length === 0 || (flags !== SCTP_BINDX_ADD_ADDR && flags !== SCTP_BINDX_REM_ADDR)) return -EINVAL
    const places: string[] = []
    let port = this.#port
    for (const address of addresses) {
      const place = this.#placeOf(address)
      if (typeof place === 'number') return place
      if (place.port !== 0 && port !== 0 && place.port !== port) return -EINVAL
      port ||= place.port
      if (place.address !== null) places.push(place.address)
    }
    return flags === SCTP_BINDX_ADD_ADDR ? this.#add(places, port) : this.#remove(places)
  }

  /** A free port, for who has none and needs one: 0, or EADDRINUSE when there is none left. */
  ensure(): number {
    return this.#port !== 0 ? 0 : this.#take(0, [])
  }

  release(): void {
    if (this.#owned) this.#host.stack.unbind(this.#port, this.#owner)
    this.#owned = false
  }

  /** As C structs; `[]` before it is bound. `used`: the address that an association goes out from. */
  list(used: string | null, mapped: boolean): sockaddr_storage[] {
    if (this.#port === 0) return []
    const all = used === null ? this.#host.localAddresses(this.#domain) : [used]
    return (this.#addresses.length > 0 ? this.#addresses : all).flatMap(one => addressOf(one, this.#port, mapped) ?? [])
  }

  #add(places: readonly string[], port: number): number {
    // Who is bound to all addresses has these already.
    if (this.#port !== 0 && this.#addresses.length === 0) return -EINVAL
    const all = places.length === 0 ? [] : [...new Set([...this.#addresses, ...places])]
    if (this.#owned || this.#port === 0) return this.#take(port, all)
    // Of an association alone, whose port another socket owns.
    if (!this.#host.bound(all, this.#domain)) return -EADDRINUSE
    this.#addresses = all
    return 0
  }

  #remove(places: readonly string[]): number {
    const left = this.#addresses.filter(address => !places.includes(address))
    if (places.some(address => !this.#addresses.includes(address))) return -EADDRNOTAVAIL
    if (left.length === 0) return -EBUSY
    this.#addresses = left
    return 0
  }

  #take(port: number, addresses: readonly string[]): number {
    const before = this.#addresses
    // The stack asks for them.
    this.#addresses = addresses
    const { stack } = this.#host
    const taken = stack.bind(port, this.#owner)
    const carried = taken !== null && this.#host.bound(addresses, this.#domain)
    if (taken === null || !carried) {
      if (taken !== null && !this.#owned) stack.unbind(taken, this.#owner)
      this.#addresses = before
      return -EADDRINUSE
    }
    this.#port = taken
    this.#owned = true
    return 0
  }

  /** An address to bind to; its text is null for the wildcard. */
  #placeOf(address: sockaddr_storage): { readonly address: string | null; readonly port: number } | number {
    const ip = ipOf(address)
    if (ip === null || (this.#domain === AF_INET && ip.bytes.length !== 4)) return -EAFNOSUPPORT
    if (ip.bytes.every(byte => byte === 0)) return { address: null, port: ip.port }
    const text = unmapped(formatIp(ip.bytes))
    return this.#host.isLocal(text) ? { address: text, port: ip.port } : -EADDRNOTAVAIL
  }
}

/** Where an association goes to: the port and the addresses of its peer; or a negative error number. */
export function peerOf(
  domain: number,
  addresses: readonly sockaddr_storage[],
): { readonly port: number; readonly addresses: readonly [string, ...string[]] } | number {
  const texts: string[] = []
  let port = 0
  for (const address of addresses) {
    const ip = ipOf(address)
    if (ip === null || (domain === AF_INET && ip.bytes.length !== 4)) return -EAFNOSUPPORT
    if (ip.port === 0 || (port !== 0 && port !== ip.port)) return -EINVAL
    port = ip.port
    texts.push(unmapped(formatIp(ip.bytes)))
  }
  const [first, ...rest] = texts
  return first === undefined ? -EINVAL : { port, addresses: [first, ...rest] }
}

/** IPv4 in IPv6's clothes is IPv4 on the wire. */
export function unmapped(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address
}
