import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { BIO_ctrl_set_connected, BIO_new_dgram } from '../../lib/openssl/bio/datagram/dgram.ts'
import { type BIO_ADDR, BIO_ADDR_new, BIO_ADDR_rawmake } from '../../lib/openssl/bio/socket/addr.ts'
import { SSL_accept, SSL_connect, SSL_read, SSL_write } from '../../lib/openssl/blocking/ssl.ts'
import { BIO_NOCLOSE } from '../../lib/openssl/constants/bio.ts'
import { SSL_set_bio } from '../../lib/openssl/ssl/bio.ts'
import { SSL_free, SSL_new } from '../../lib/openssl/ssl/new-free.ts'
import type { SSL } from '../../lib/openssl/ssl/ssl.ts'
import { AF_INET } from '../../lib/transport/posix/constants.ts'
import { htons } from '../../lib/transport/posix/sockaddr.ts'
import { type Contender, median, race, ratio, wallTime } from './measure.ts'
import { present, pskContext } from './pair.ts'
import { type Figure, printTable, progress, rate, times } from './report.ts'

const SIZE = 1024
const LOOPBACK = new Uint8Array([127, 0, 0, 1])

/** Round trips of 1 KiB over loopback, client and server in one thread: ours, and the sockets alone. */
export async function measureEcho(rounds: number, budget: number): Promise<Figure[]> {
  progress('echo over UDP')
  const bare = await bareEcho()
  const ours = await dtlsEcho()
  try {
    const [own = [], floor = []] = await race([ours, bare], rounds, budget, wallTime)
    const figure: Figure = {
      section: 'echo',
      name: 'UDP, 1 KiB',
      unit: 'round trips/s',
      ours: median(own),
      floor: median(floor),
      ratio: ratio(own, floor),
    }
    printTable(
      'Echo round trips a second (floor: node:dgram without DTLS)',
      ['', 'ours', 'floor', 'ours / floor'],
      [[figure.name, rate(figure.ours), rate(figure.floor ?? 0), times(figure.ratio ?? 0)]],
    )
    return [figure]
  } finally {
    bare.close()
    ours.close()
  }
}

interface Closable extends Contender {
  close(): void
}

async function bareEcho(): Promise<Closable> {
  const [client, server] = await socketPair()
  const data = new Uint8Array(SIZE)
  server.on('message', message => server.send(message))
  return {
    run: count =>
      new Promise(resolve => {
        let left = count
        client.removeAllListeners('message')
        client.on('message', () => {
          if (--left === 0) resolve()
          else client.send(data)
        })
        client.send(data)
      }),
    close: () => {
      client.close()
      server.close()
    },
  }
}

async function dtlsEcho(): Promise<Closable> {
  const sockets = await socketPair()
  const ctx = pskContext('PSK-AES128-GCM-SHA256')
  const [client, server] = sockets.map(socket => {
    const ssl = present(SSL_new(ctx), 'SSL_new')
    const bio = present(BIO_new_dgram(socket, BIO_NOCLOSE), 'BIO_new_dgram')
    BIO_ctrl_set_connected(bio, peerOf(socket))
    SSL_set_bio(ssl, bio, bio)
    return ssl
  })
  if (!client || !server) throw new Error('no connections')
  const [connected, accepted] = await Promise.all([SSL_connect(client), SSL_accept(server)])
  if (connected !== 1 || accepted !== 1) throw new Error('no handshake over UDP')
  const data = new Uint8Array(SIZE).fill(0x61)
  const out = new Uint8Array(16384)
  return {
    run: async count => {
      const answering = echo(server, count)
      for (let i = 0; i < count; i++) {
        await SSL_write(client, data)
        if ((await SSL_read(client, out)) !== SIZE) throw new Error('an echo was lost')
      }
      await answering
    },
    close: () => {
      SSL_free(client)
      SSL_free(server)
      for (const socket of sockets) socket.close()
    },
  }
}

async function echo(server: SSL, count: number): Promise<void> {
  const buffer = new Uint8Array(16384)
  for (let i = 0; i < count; i++) {
    const length = await SSL_read(server, buffer)
    if (length <= 0) throw new Error('a datagram was lost')
    await SSL_write(server, buffer, length)
  }
}

/** A datagram BIO does not ask the socket whether it is connected, as in C. */
function peerOf(socket: Socket): BIO_ADDR {
  const address = present(BIO_ADDR_new(), 'BIO_ADDR_new')
  BIO_ADDR_rawmake(address, AF_INET, LOOPBACK, LOOPBACK.length, htons(socket.remoteAddress().port))
  return address
}

async function socketPair(): Promise<[Socket, Socket]> {
  const sockets: [Socket, Socket] = [createSocket('udp4'), createSocket('udp4')]
  for (const socket of sockets) {
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
  }
  for (const [i, socket] of sockets.entries()) {
    socket.connect(sockets[1 - i]?.address().port ?? 0, '127.0.0.1')
    await once(socket, 'connect')
  }
  return sockets
}
