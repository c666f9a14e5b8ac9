import { EINVAL, ENOPROTOOPT, EOPNOTSUPP } from '../../base/errno.ts'
import type { sockaddr_storage } from '../../base/sockaddr.ts'
import { SCTP_MAX_BURST, SCTP_MAXSEG, SCTP_NODELAY } from '../../sctp/api/index.ts'
import { isSctpOption, optionLayout } from '../../sctp/api/option-layouts.ts'
import type { Endpoint } from '../address.ts'
import { sctpProvider } from '../sctp/choose.ts'
import type { SctpSocket } from '../sctp/provider.ts'
import { AF_INET, AF_INET6, IPPROTO_SCTP, MSG_PEEK, SO_ERROR, SO_LINGER, SOL_SOCKET } from './constants.ts'
import type { linger, PosixSocket, Received } from './kind.ts'
import { endpointOf, fillSockaddr } from './sockaddr.ts'

/** An SCTP socket behind a descriptor, whichever SCTP makes it. */
export class SctpDescriptor implements PosixSocket {
  /** Messages with their information, options, addresses: what the calls for every kind of socket have no place for. */
  readonly sctp: SctpSocket
  readonly protocol = IPPROTO_SCTP
  nonBlocking = false
  receiveTimeout: number | null = null
  sendTimeout: number | null = null

  constructor(sctp: SctpSocket) {
    this.sctp = sctp
  }

  /** A new one, or a negative error number. */
  static open(family: Endpoint['family'], type: number): SctpDescriptor | number {
    return wrapped(sctpProvider().open(family === 'IPv4' ? AF_INET : AF_INET6, type))
  }

  get family(): Endpoint['family'] {
    return this.sctp.domain === AF_INET ? 'IPv4' : 'IPv6'
  }

  get type(): number {
    return this.sctp.type
  }

  get readable(): boolean {
    return this.sctp.readable
  }

  get writable(): boolean {
    return this.sctp.writable
  }

  get failed(): boolean {
    return this.sctp.failed
  }

  /** The first of its addresses; `sctp_getladdrs` tells all. */
  get local(): Endpoint | null {
    return firstEndpoint(this.sctp.localAddresses(0))
  }

  /** The first of the peer's addresses; `sctp_getpaddrs` tells all. */
  get peer(): Endpoint | null {
    return firstEndpoint(this.sctp.peerAddresses(0))
  }

  watch(changed: () => void): () => void {
    return this.sctp.watch(changed)
  }

  bind(to: Endpoint): number {
    return this.sctp.bind(toSockaddr(to))
  }

  connect(to: Endpoint): number {
    return this.sctp.connectx([toSockaddr(to)])
  }

  disconnect(): number {
    return -EOPNOTSUPP
  }

  listen(backlog: number): number {
    return this.sctp.listen(backlog)
  }

  accept(): SctpDescriptor | number {
    return wrapped(this.sctp.accept())
  }

  peeloff(associationId: number): SctpDescriptor | number {
    return wrapped(this.sctp.peeloff(associationId))
  }

  shutdown(how: number): number {
    return this.sctp.shutdown(how)
  }

  close(): void {
    this.sctp.close()
  }

  receiveInto(into: Uint8Array, peek: boolean): Received | number {
    const got = this.sctp.recvmsg(into, peek ? MSG_PEEK : 0)
    if (typeof got === 'number') return got
    const from = got.from === null ? null : endpointOf(got.from)
    return { length: got.length, whole: got.length, from: typeof from === 'number' ? null : from }
  }

  send(data: Uint8Array, to: Endpoint | null): number {
    return this.sctp.sendmsg(data, to === null ? {} : { to: toSockaddr(to) })
  }

  takeError(): number {
    const error = this.sctp.getInteger(SOL_SOCKET, SO_ERROR)
    return typeof error === 'number' ? -error : error.value
  }

  setOption(level: number, name: number, value: number | linger): number {
    const isLinger = level === SOL_SOCKET && name === SO_LINGER
    if (typeof value === 'number') return isLinger ? -EINVAL : this.sctp.setInteger(level, name, value)
    return isLinger ? this.sctp.setLinger(value.l_onoff === 0 ? null : value.l_linger) : -EINVAL
  }

  getOption(level: number, name: number): number | linger | undefined {
    if (level === SOL_SOCKET && name === SO_LINGER) {
      const got = this.sctp.getLinger()
      return typeof got === 'number' ? undefined : { l_onoff: got.seconds === null ? 0 : 1, l_linger: got.seconds ?? 0 }
    }
    const got = this.sctp.getInteger(level, name)
    return typeof got === 'number' ? undefined : got.value
  }

  /** Sets an option of level IPPROTO_SCTP; a number is a C `int`. */
  setSctpOption(name: number, value: number | object): number {
    if (!isSctpOption(name)) return -ENOPROTOOPT
    if (typeof value === 'object') return this.sctp.setOption(name, value)
    // The kernel takes an `int` here too.
    if (name === SCTP_MAXSEG || name === SCTP_MAX_BURST) return this.sctp.setOption(name, { assoc_value: value })
    const layout = optionLayout(name)
    const struct = layout.size === 4 && layout.elementWidth === null ? layout.unpack(integer.pack({ value })) : null
    return struct === null ? -EINVAL : this.sctp.setOption(name, struct)
  }

  /** Reads an option of level IPPROTO_SCTP into its struct, which may say for what association or address. */
  getSctpOption(name: number, struct: object): number {
    if (!isSctpOption(name)) return -ENOPROTOOPT
    const got = this.sctp.getOption(name, struct)
    if (typeof got === 'number') return got
    Object.assign(struct, got)
    return 0
  }
}

const integer = optionLayout(SCTP_NODELAY)

function wrapped(made: SctpSocket | number): SctpDescriptor | number {
  return typeof made === 'number' ? made : new SctpDescriptor(made)
}

function toSockaddr(endpoint: Endpoint): sockaddr_storage {
  const address: sockaddr_storage = {}
  fillSockaddr(address, endpoint)
  return address
}

function firstEndpoint(addresses: readonly sockaddr_storage[] | number): Endpoint | null {
  const [first] = typeof addresses === 'number' ? [] : addresses
  const endpoint = first === undefined ? null : endpointOf(first)
  return typeof endpoint === 'number' ? null : endpoint
}
