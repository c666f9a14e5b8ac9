import type { Socket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import { EAFNOSUPPORT, ESOCKTNOSUPPORT } from '../../base/errno.ts'
import { AF_INET, AF_INET6 } from '../../base/sockaddr.ts'
import type { OutgoingPacket } from '../../sctp/surroundings.ts'
import { SOCK_SEQPACKET, SOCK_STREAM } from '../posix/constants.ts'
import { createImmediateSocket } from '../udp-node.ts'
import type { SctpProvider } from './provider.ts'
import { Driver } from './userland/driver.ts'
import type { UserlandHost } from './userland/host.ts'
import { UserlandSocket } from './userland/socket.ts'

/** The port of RFC 6951 section 5.1, at both ends unless something else is said. */
export const ENCAPSULATION_PORT = 9899

/** PMTU_RAISE_TIMER of RFC 8899 section 5.1.1, in milliseconds. */
const PROBE_INTERVAL = 600_000
/** What Ethernet takes: no larger packet is tried. */
const ETHERNET = 1500
const HEADERS = { IPv4: 28, IPv6: 48 } as const
/** A window's worth and more, as far as the system grants it. */
const RECEIVE_BUFFER = 1 << 20

export interface UdpProviderOptions {
  /** The UDP port of this end; 0 lets the system choose. Taken by another process: the system chooses as well. */
  readonly port?: number
  /** The UDP port of peers, until packets of theirs tell another. */
  readonly peerPort?: number
}

/** SCTP in UDP datagrams (RFC 6951), on any system: one UDP port for all SCTP sockets of the provider. */
export function createUdpProvider(options: UdpProviderOptions = {}): SctpProvider {
  const sockets = new Map<string, Socket>()

  function send({ bytes, address, port, from }: OutgoingPacket): void {
    const family = familyOf(address)
    const socket = sockets.get(from ?? '') ?? carrier(WILDCARDS[family])
    // What cannot be sent is lost, as anywhere on the way; SCTP sends it again.
    socket?.send(bytes, port === 0 ? ENCAPSULATION_PORT : port, address, () => {})
  }

  /** The UDP socket of a local address, opened when it is first wanted; null when it cannot be. */
  function carrier(local: string): Socket | null {
    const known = sockets.get(local)
    if (known !== undefined) return known
    const wanted = options.port ?? ENCAPSULATION_PORT
    const socket = opened(local, wanted) ?? (wanted === 0 ? null : opened(local, 0))
    if (socket === null) return null
    sockets.set(local, socket)
    const destination = isWildcard(local) ? null : local
    socket.on('message', (message, from) => {
      // Node may use the bytes' memory again; what is kept of them is copied further on.
      const bytes = new Uint8Array(message.buffer, message.byteOffset, message.length)
      driver.stack.receive(bytes, { address: withoutZone(from.address), port: from.port, destination })
    })
    socket.on('error', () => {})
    return socket
  }

  const driver = new Driver(
    {
      mtu: address => (ETHERNET - HEADERS[familyOf(address)]) & ~3,
      reachable: () => true,
      sourceFor: (address, bound) => bound.find(one => familyOf(one) === familyOf(address)) ?? null,
    },
    send,
    keep,
  )
  const host: UserlandHost = {
    stack: driver.stack,
    encapsulationPort: options.peerPort ?? ENCAPSULATION_PORT,
    probeInterval: PROBE_INTERVAL,
    isLocal: address => address.startsWith('127.') || ownAddresses().includes(address),
    localAddresses: domain => ownAddresses().filter(address => domain === AF_INET6 || familyOf(address) === 'IPv4'),
    bound(addresses, domain) {
      const wanted = addresses.length > 0 ? addresses : domain === AF_INET ? ['0.0.0.0'] : ['0.0.0.0', '::']
      for (const address of wanted) carrier(address)
    },
    nextAssociationId: () => driver.nextAssociationId(),
    hold: () => driver.hold(),
    linger: () => driver.linger(),
  }

  function keep(held: boolean): void {
    for (const socket of sockets.values()) {
      if (held) socket.ref()
      else socket.unref()
    }
  }

  return {
    name: 'udp',
    unavailable: null,
    open(domain, type) {
      if (domain !== AF_INET && domain !== AF_INET6) return -EAFNOSUPPORT
      if (type !== SOCK_STREAM && type !== SOCK_SEQPACKET) return -ESOCKTNOSUPPORT
      return new UserlandSocket(host, domain, type)
    },
  }
}

/** The one of this process. OPENSSL_SHIM_SCTP_PORT sets its UDP port. */
export const udpProvider: SctpProvider = createUdpProvider(portFromEnvironment())

const WILDCARDS = { IPv4: '0.0.0.0', IPv6: '::' } as const

function opened(address: string, port: number): Socket | null {
  const family = familyOf(address)
  const socket = createImmediateSocket(family, { reuseAddress: false, ipv6Only: family === 'IPv6' })
  let failed = false
  const fail = () => {
    failed = true
  }
  socket.once('error', fail)
  socket.bind({ port, address, exclusive: true })
  socket.off('error', fail)
  if (failed) {
    socket.close()
    return null
  }
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER)
  } catch {
    // The system's own limit stays in force.
  }
  return socket
}

function portFromEnvironment(): UdpProviderOptions {
  const text = process.env.OPENSSL_SHIM_SCTP_PORT ?? ''
  return /^\d{1,5}$/.test(text) && Number(text) < 65536 ? { port: Number(text) } : {}
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap(entries => (entries ?? []).map(({ address }) => address))
}

function familyOf(address: string): 'IPv4' | 'IPv6' {
  return address.includes(':') ? 'IPv6' : 'IPv4'
}

function isWildcard(address: string): boolean {
  return address === WILDCARDS.IPv4 || address === WILDCARDS.IPv6
}

function withoutZone(address: string): string {
  return address.replace(/%.*$/, '')
}
