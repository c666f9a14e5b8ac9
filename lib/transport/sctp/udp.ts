import { networkInterfaces } from 'node:os'
import { EAFNOSUPPORT, ESOCKTNOSUPPORT } from '../../base/errno.ts'
import { AF_INET, AF_INET6 } from '../../base/sockaddr.ts'
import type { OutgoingPacket } from '../../sctp/surroundings.ts'
import { SOCK_SEQPACKET, SOCK_STREAM } from '../posix/constants.ts'
import type { SctpProvider } from './provider.ts'
import { familyOf, UdpSockets, WILDCARDS } from './udp-sockets.ts'
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

export interface UdpProviderOptions {
  /**
   * The UDP port of this end; 0 lets the system choose. Where another process has it no socket can be bound. Left out: 9899,
   * or, where that is taken, one of the system's choice.
   */
  readonly port?: number | undefined
  /** The UDP port that peers are first looked for at; 9899 when left out. Packets of theirs tell another (RFC 6951). */
  readonly peerPort?: number | undefined
}

/** SCTP in UDP datagrams (RFC 6951), on any system: one UDP port for all SCTP sockets of the provider. */
export function createUdpProvider(options: UdpProviderOptions = {}): SctpProvider {
  const { port: ownPort = ENCAPSULATION_PORT, peerPort = ENCAPSULATION_PORT } = options

  function send({ bytes, address, port, from }: OutgoingPacket): void {
    // What cannot be sent is lost, as anywhere on the way; SCTP sends it again. Port 0: to no UDP at all.
    if (port !== 0) sockets.from(from, familyOf(address))?.send(bytes, port, address, () => {})
  }

  const driver = new Driver(
    {
      mtu: address => (ETHERNET - HEADERS[familyOf(address)]) & ~3,
      reachable: (address, from) => from.length === 0 || from.some(one => familyOf(one) === familyOf(address)),
      sourceFor: (address, bound) =>
        bound.length === 0 ? sockets.route(address) : (bound.find(one => familyOf(one) === familyOf(address)) ?? null),
    },
    send,
    held => sockets.keep(held),
  )
  const sockets = new UdpSockets(ownPort, options.port !== undefined, (bytes, { address, port }, destination) =>
    driver.stack.receive(bytes, { address, port, destination }),
  )
  const host: UserlandHost = {
    stack: driver.stack,
    encapsulationPort: peerPort,
    probeInterval: PROBE_INTERVAL,
    isLocal: address => address.startsWith('127.') || ownAddresses(AF_INET6).includes(address),
    localAddresses: ownAddresses,
    bound(addresses, domain) {
      if (addresses.length > 0) return addresses.every(address => sockets.at(address) !== null)
      const opened = [WILDCARDS.IPv4, WILDCARDS.IPv6].filter(one => domain === AF_INET6 || familyOf(one) === 'IPv4')
      // A system may be without one of them.
      if (!opened.map(address => sockets.at(address)).some(socket => socket !== null)) return false
      // A socket for each address tells to which one a packet came, which the answer has to leave from.
      for (const address of ownAddresses(domain)) sockets.at(address)
      return true
    },
    nextAssociationId: () => driver.nextAssociationId(),
    hold: () => driver.hold(),
    linger: () => driver.linger(),
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

/** The one of this process: OPENSSL_SHIM_SCTP_PORT is its UDP port, OPENSSL_SHIM_SCTP_PEER_PORT that of peers. */
export const udpProvider: SctpProvider = createUdpProvider({
  port: portOf(process.env.OPENSSL_SHIM_SCTP_PORT),
  peerPort: portOf(process.env.OPENSSL_SHIM_SCTP_PEER_PORT) || undefined,
})

function portOf(text = ''): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) < 65536 ? Number(text) : undefined
}

/** Of all interfaces; IPv6 sockets have those of IPv4 too. */
function ownAddresses(domain: number): string[] {
  const all = Object.values(networkInterfaces()).flatMap(entries => (entries ?? []).map(({ address }) => address))
  return all.filter(address => domain === AF_INET6 || familyOf(address) === 'IPv4')
}
