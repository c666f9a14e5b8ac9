import { EAFNOSUPPORT, ESOCKTNOSUPPORT } from '../../base/errno.ts'
import { parseIp } from '../../base/ip.ts'
import { AF_INET, AF_INET6 } from '../../base/sockaddr.ts'
import type { OutgoingPacket } from '../../sctp/surroundings.ts'
import { LARGEST_PACKET } from '../../sctp/wire/packet.ts'
import { SOCK_SEQPACKET, SOCK_STREAM } from '../posix/constants.ts'
import type { SctpProvider } from './provider.ts'
import { Driver } from './userland/driver.ts'
import type { UserlandHost } from './userland/host.ts'
import { UserlandSocket } from './userland/socket.ts'

/** About that of Linux's loopback interface; the largest packet that is read, cut to whole words. */
const MTU = LARGEST_PACKET & ~3

export interface LoopbackOptions {
  /** Whether a packet that goes from one address to another gets lost; asked for each of them. */
  readonly loses?: (to: string, from: string) => boolean
}

/**
 * SCTP between sockets of this process, for tests and demonstrations: the userland association with nothing but a queue
 * between its ends. All of 127.0.0.0/8 and ::1 are local addresses.
 */
export function createLoopbackProvider({ loses = () => false }: LoopbackOptions = {}): SctpProvider {
  const queue: OutgoingPacket[] = []
  let scheduled = false

  function send(packet: OutgoingPacket): void {
    queue.push(packet)
    if (scheduled) return
    scheduled = true
    // Not at once: a call returns before what it causes comes back.
    setImmediate(deliver)
  }

  function deliver(): void {
    scheduled = false
    for (const { bytes, address, from } of queue.splice(0)) {
      const source = from ?? sourceFor(address)
      if (loses(address, source)) continue
      driver.stack.receive(bytes, { address: source, port: 0, destination: address })
    }
  }

  const driver = new Driver(
    {
      mtu: () => MTU,
      reachable: (address, from) =>
        isLocal(address) && (from.length === 0 || from.some(one => sameFamily(one, address))),
      sourceFor: (address, bound) => bound.find(one => sameFamily(one, address)) ?? sourceFor(address),
    },
    send,
  )
  const host: UserlandHost = {
    stack: driver.stack,
    encapsulationPort: 0,
    probeInterval: 0,
    isLocal,
    localAddresses: domain => (domain === AF_INET ? ['127.0.0.1'] : ['::1', '127.0.0.1']),
    bound: () => true,
    nextAssociationId: () => driver.nextAssociationId(),
    hold: () => driver.hold(),
    linger: () => driver.linger(),
  }
  return {
    name: 'loopback',
    unavailable: null,
    open(domain, type) {
      if (domain !== AF_INET && domain !== AF_INET6) return -EAFNOSUPPORT
      if (type !== SOCK_STREAM && type !== SOCK_SEQPACKET) return -ESOCKTNOSUPPORT
      return new UserlandSocket(host, domain, type)
    },
  }
}

/** The one of this process. */
export const loopbackProvider: SctpProvider = createLoopbackProvider()

function isLocal(address: string): boolean {
  return address === '::1' || (address.startsWith('127.') && parseIp(address) !== null)
}

function sourceFor(address: string): string {
  return address.includes(':') ? '::1' : '127.0.0.1'
}

function sameFamily(a: string, b: string): boolean {
  return a.includes(':') === b.includes(':')
}
