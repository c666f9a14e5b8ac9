import { once } from 'node:events'
import net from 'node:net'
import { freePort as freeUdpPort } from '../../test/interop/openssl.ts'
import { Relay } from '../../test/interop/relay.ts'
import { freePort as freeTcpPort } from '../../test/interop/tls/stage.ts'
import type { Packet } from '../trace/write-pcap.ts'
import { type Role, type Settings, transportOf } from './settings.ts'

/** What lies between the two sides of a run. */
export interface Path {
  /** Where the client finds the server. */
  readonly port: number
  /** From now on nothing is lost. */
  calm(): void
  close(): void
}

type Tap = (packet: Packet) => void

/** A port of this machine that nobody has now. */
export function freePort(settings: Settings): Promise<number> {
  return transportOf(settings) === 'stream' ? freeTcpPort() : freeUdpPort()
}

/** A path to a server's port, where there can be one. Everything that enters it is shown to `tap`. */
export async function pathTo(port: number, settings: Settings, tap: Tap): Promise<Path | null> {
  const transport = transportOf(settings)
  if (transport === 'stream') return StreamPath.to(port, tap)
  if (transport !== 'datagram') return null
  const relay = await Relay.to(port, { loss: settings.loss ?? 0 }, settings.seed ?? 0)
  relay.tap = (payload, towards) =>
    tap({ at: Date.now(), protocol: 'udp', connection: 0, from: other(towards), payload })
  return relay
}

/** A path for streams: it hands on bytes, the end of either direction, and resets. */
class StreamPath implements Path {
  readonly port: number
  readonly #server: net.Server
  readonly #sockets = new Set<net.Socket>()

  private constructor(server: net.Server, port: number, target: number, tap: Tap) {
    this.#server = server
    this.port = port
    let connection = 0
    server.on('connection', client => {
      const number = connection++
      const onward = net.connect({ host: '127.0.0.1', port: target, allowHalfOpen: true })
      const see = (from: Role) => (payload: Buffer) =>
        tap({ at: Date.now(), protocol: 'tcp', connection: number, from, payload })
      this.#join(client, onward, see('client'))
      this.#join(onward, client, see('server'))
    })
  }

  static async to(target: number, tap: Tap): Promise<StreamPath> {
    const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return new StreamPath(server, address.port, target, tap)
  }

  calm(): void {}

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #join(from: net.Socket, to: net.Socket, see: (payload: Buffer) => void): void {
    this.#sockets.add(from)
    from.setNoDelay(true)
    from.on('data', payload => {
      see(payload)
      to.write(payload)
    })
    from.on('end', () => to.end())
    from.on('error', () => to.resetAndDestroy())
  }
}

function other(role: Role): Role {
  return role === 'client' ? 'server' : 'client'
}
