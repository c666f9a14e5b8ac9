import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createLoopbackProvider } from '../../../lib/transport/sctp/loopback.ts'
import { createUdpProvider } from '../../../lib/transport/sctp/udp.ts'
import type { Ground } from './stage.ts'

/** What is lost: packets to an address, or (null) to any; each of them, or one in so many. */
class Losses {
  #what: { readonly to: string | null; readonly oneIn: number } | null = null
  #count = 0

  loses(to: string): boolean {
    if (this.#what === null || (this.#what.to !== null && this.#what.to !== to)) return false
    return ++this.#count % this.#what.oneIn === 0
  }

  readonly during: NonNullable<Ground['losing']> = async (what, body) => {
    this.#what = what
    this.#count = 0
    try {
      await body()
    } finally {
      this.#what = null
    }
  }
}

/** What the SCTP written here has not. */
export const LACKS = ['congestion', 'automatic addresses', 'shared ports'] as const

export function loopbackGround(): Ground {
  const losses = new Losses()
  const provider = createLoopbackProvider({ loses: to => losses.loses(to) })
  return {
    lacks: LACKS,
    prepare: async () => ({ client: provider, server: provider, close: () => {} }),
    losing: losses.during,
    delaying: body => body(),
  }
}

/** Two machines, as it were, each with a UDP port of its own, and a road between them that keeps addresses. */
export function udpGround(): Ground {
  const losses = new Losses()
  return {
    lacks: LACKS,
    async prepare() {
      const [client = 0, server = 0, road = 0] = await freePorts(3)
      const relay = new Relay(client, server, road, losses)
      await relay.open(['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.5', '127.0.0.9', '::1'])
      return {
        client: createUdpProvider({ port: client, peerPort: road }),
        server: createUdpProvider({ port: server, peerPort: road }),
        close: () => relay.close(),
      }
    },
    losing: losses.during,
    delaying: body => body(),
  }
}

/** What comes to an address from another goes on to it from that other one; only the ports change. */
class Relay {
  readonly #sockets = new Map<string, Socket>()
  readonly #client: number
  readonly #server: number
  readonly #port: number
  readonly #losses: Losses

  constructor(client: number, server: number, port: number, losses: Losses) {
    this.#client = client
    this.#server = server
    this.#port = port
    this.#losses = losses
  }

  async open(addresses: readonly string[]): Promise<void> {
    for (const address of addresses) {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
      socket.on('message', (bytes, from) => this.#pass(bytes, from, address))
      socket.bind(this.#port, address)
      await once(socket, 'listening')
      this.#sockets.set(address, socket)
    }
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.close()
  }

  #pass(bytes: Uint8Array, from: RemoteInfo, to: string): void {
    if (this.#losses.loses(to)) return
    this.#sockets.get(from.address)?.send(bytes, from.port === this.#client ? this.#server : this.#client, to)
  }
}

/** UDP ports that nobody has just now, different ones. */
export async function freePorts(count: number): Promise<number[]> {
  const probes = Array.from({ length: count }, () => createSocket('udp4').bind(0, '0.0.0.0'))
  await Promise.all(probes.map(probe => once(probe, 'listening')))
  const ports = probes.map(probe => probe.address().port)
  for (const probe of probes) probe.close()
  await Promise.all(probes.map(probe => once(probe, 'close')))
  return ports
}
