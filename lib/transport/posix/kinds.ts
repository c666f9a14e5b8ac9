import { EINVAL, EPROTONOSUPPORT } from '../../base/errno.ts'
import type { Endpoint } from '../address.ts'
import { TcpSocket } from '../tcp/tcp.ts'
import { UdpSocket } from '../udp/udp.ts'
import { IPPROTO_SCTP, IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM } from './constants.ts'
import type { PosixSocket } from './kind.ts'
import { SctpDescriptor } from './sctp-socket.ts'

/** A kind of socket that `socket` can make. */
interface Kind {
  readonly type: number
  readonly protocol: number
  /** The kind that protocol 0 means. */
  readonly usual: boolean
  /** The socket, or a negative error number. */
  make(family: Endpoint['family']): PosixSocket | number
}

const KINDS: readonly Kind[] = [
  { type: SOCK_DGRAM, protocol: IPPROTO_UDP, usual: true, make: family => new UdpSocket(family) },
  { type: SOCK_STREAM, protocol: IPPROTO_TCP, usual: true, make: family => new TcpSocket(family) },
  ...[SOCK_STREAM, SOCK_SEQPACKET].map(type => ({
    type,
    protocol: IPPROTO_SCTP,
    usual: type === SOCK_SEQPACKET,
    make: (family: Endpoint['family']) => SctpDescriptor.open(family, type),
  })),
]

/** A socket of a type and protocol; -EINVAL for a type and -EPROTONOSUPPORT for a protocol that there is not. */
export function makeSocket(family: Endpoint['family'], type: number, protocol: number): PosixSocket | number {
  const kind = KINDS.find(one => one.type === type && (protocol === 0 ? one.usual : one.protocol === protocol))
  if (kind !== undefined) return kind.make(family)
  return TYPES.has(type) ? -EPROTONOSUPPORT : -EINVAL
}

const TYPES: ReadonlySet<number> = new Set([SOCK_DGRAM, SOCK_STREAM, SOCK_SEQPACKET])
