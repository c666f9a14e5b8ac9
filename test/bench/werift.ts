import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import type { Flow } from './sctp.ts'

/** The part of werift-sctp that is used here. */
interface Werift {
  readonly SCTP: {
    client(transport: unknown, port: number): WeriftAssociation
    server(transport: unknown, port: number): WeriftAssociation
  }
  createUdpTransport(socket: Socket, to: { address: string; port: number }): unknown
}

interface WeriftAssociation {
  readonly stateChanged: { readonly connected: { once(called: () => void): void } }
  readonly onReceive: { subscribe(called: (stream: number, ppid: number, data: Uint8Array) => void): unknown }
  start(remotePort: number): Promise<void>
  /** Resolves when everything has left the queue. */
  send(stream: number, ppid: number, data: Buffer): Promise<void>
  stop(): Promise<void>
}

const MANIFEST = resolve('test/bench/werift/package.json')
const PORT = 5000
/** Messages under way at most. */
const WINDOW = 64
const STREAM = 0
const PPID = 53

/** Messages through the SCTP of werift in UDP datagrams; null, with the reason, where it is not installed. */
export async function weriftFlow(size: number): Promise<Flow | null> {
  if (!existsSync(resolve(MANIFEST, '../node_modules/werift-sctp'))) return null
  const { SCTP, createUdpTransport }: Werift = createRequire(MANIFEST)('werift-sctp')
  const sockets = [createSocket('udp4'), createSocket('udp4')] as const
  for (const socket of sockets) {
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
  }
  const [a, b] = sockets
  const to = (socket: Socket) => ({ address: '127.0.0.1', port: socket.address().port })
  const client = SCTP.client(createUdpTransport(a, to(b)), PORT)
  const server = SCTP.server(createUdpTransport(b, to(a)), PORT)
  const up = [client, server].map(one => new Promise<void>(resolve => one.stateChanged.connected.once(resolve)))
  await server.start(PORT)
  await client.start(PORT)
  await Promise.all(up)
  const message = Buffer.alloc(size, 0x61)
  let got = 0
  let arrived = () => {}
  server.onReceive.subscribe(() => {
    got++
    arrived()
  })
  return {
    run: count =>
      new Promise((resolve, reject) => {
        let sent = 0
        got = 0
        const more = () => {
          while (sent < count && sent - got < WINDOW) {
            sent++
            client.send(STREAM, PPID, message).catch(reject)
          }
        }
        arrived = () => {
          if (got === count) resolve()
          else more()
        }
        more()
      }),
    close: async () => {
      await Promise.all([client.stop(), server.stop()])
      for (const socket of sockets) socket.close()
    },
  }
}
