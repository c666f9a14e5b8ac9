import { EINVAL, ENOPROTOOPT } from '../../base/errno.ts'
import {
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  SO_ACCEPTCONN,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_SNDBUF,
  SOL_SOCKET,
  TCP_NODELAY,
} from '../posix/constants.ts'
import type { linger } from '../posix/kind.ts'
import { bufferSize } from '../udp/options.ts'
import type { StreamLimits, TcpStream } from './stream.ts'
import type { TcpSocket } from './tcp.ts'

/** What Linux gives a TCP socket to begin with (net.ipv4.tcp_rmem and tcp_wmem), in bytes. */
const RECEIVE_BUFFER = 131072
const SEND_BUFFER = 131072
const SMALLEST_RECEIVE = 2304
const SMALLEST_SEND = 4608

/** What a program can set on a TCP socket; an accepted one has what its listener had. */
export class TcpSettings implements StreamLimits {
  receiveBuffer = RECEIVE_BUFFER
  sendBuffer = SEND_BUFFER
  /** Asked for only: Node sets it on every socket, but on Windows, where it means something else. */
  reuseAddress = false
  ipv6Only = false
  noDelay = false
  keepAlive = false
  lingers = false
  /** Seconds. */
  lingerTime = 0

  /** Whether closing throws away what was not sent yet. */
  get resetsOnClose(): boolean {
    return this.lingers && this.lingerTime === 0
  }

  applyTo(stream: TcpStream): void {
    if (this.noDelay) stream.setNoDelay(true)
    if (this.keepAlive) stream.setKeepAlive(true)
  }
}

/** Sets an option of a TCP socket: 0 or a negative error number. */
export function setTcpOption(tcp: TcpSocket, level: number, name: number, value: number | linger): number {
  const { settings } = tcp
  if (level === SOL_SOCKET && name === SO_LINGER) {
    if (typeof value === 'number') return -EINVAL
    settings.lingers = value.l_onoff !== 0
    settings.lingerTime = value.l_linger
    return 0
  }
  const known = getTcpOption(tcp, level, name)
  if (known === undefined || name === SO_ACCEPTCONN) return -ENOPROTOOPT
  if (typeof value !== 'number') return -EINVAL
  return setNumber(tcp, level, name, value)
}

/** The value of an option; undefined for one that TCP sockets do not have here. */
export function getTcpOption(tcp: TcpSocket, level: number, name: number): number | linger | undefined {
  const { settings } = tcp
  if (level === IPPROTO_TCP) return name === TCP_NODELAY ? Number(settings.noDelay) : undefined
  if (level === IPPROTO_IPV6)
    return name === IPV6_V6ONLY && tcp.family === 'IPv6' ? Number(settings.ipv6Only) : undefined
  if (level !== SOL_SOCKET) return undefined
  switch (name) {
    case SO_REUSEADDR:
      return Number(settings.reuseAddress)
    case SO_RCVBUF:
      return settings.receiveBuffer
    case SO_SNDBUF:
      return settings.sendBuffer
    case SO_KEEPALIVE:
      return Number(settings.keepAlive)
    case SO_LINGER:
      return { l_onoff: Number(settings.lingers), l_linger: settings.lingerTime }
    case SO_ACCEPTCONN:
      return Number(tcp.listening)
    default:
      return undefined
  }
}

function setNumber(tcp: TcpSocket, level: number, name: number, value: number): number {
  const { settings } = tcp
  const on = value !== 0
  if (level === IPPROTO_TCP) {
    settings.noDelay = on
    tcp.stream?.setNoDelay(on)
    return 0
  }
  if (level === IPPROTO_IPV6) {
    if (!tcp.fresh) return -EINVAL
    settings.ipv6Only = on
    return 0
  }
  if (name === SO_REUSEADDR) settings.reuseAddress = on
  else if (name === SO_RCVBUF) settings.receiveBuffer = bufferSize(value, SMALLEST_RECEIVE)
  else if (name === SO_SNDBUF) settings.sendBuffer = bufferSize(value, SMALLEST_SEND)
  else if (name === SO_KEEPALIVE) {
    settings.keepAlive = on
    tcp.stream?.setKeepAlive(on)
  }
  return 0
}
