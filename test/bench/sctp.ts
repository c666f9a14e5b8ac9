import { stdout } from 'node:process'
import { inAddrNumber } from '../../lib/base/sockaddr.ts'
import { BIO_new_dgram_sctp } from '../../lib/openssl/bio/datagram/dgram-sctp.ts'
import { SSL_accept, SSL_connect, SSL_read, SSL_write } from '../../lib/openssl/blocking/ssl.ts'
import { BIO_NOCLOSE } from '../../lib/openssl/constants/bio.ts'
import { SSL_set_bio } from '../../lib/openssl/ssl/bio.ts'
import { SSL_free, SSL_new } from '../../lib/openssl/ssl/new-free.ts'
import { MSG_EOR, SCTP_NODELAY } from '../../lib/sctp/api/index.ts'
import { closeDescriptor, openDescriptor } from '../../lib/transport/descriptors.ts'
import { AF_INET, SOCK_STREAM } from '../../lib/transport/posix/constants.ts'
import { SctpDescriptor } from '../../lib/transport/posix/sctp-socket.ts'
import { waitUntil } from '../../lib/transport/readiness.ts'
import { createLoopbackProvider } from '../../lib/transport/sctp/loopback.ts'
import type { SctpProvider, SctpSocket } from '../../lib/transport/sctp/provider.ts'
import { createUdpProvider } from '../../lib/transport/sctp/udp.ts'
import { type Contender, median, race, ratio } from './measure.ts'
import { present, pskContext } from './pair.ts'
import { type Figure, printTable, progress, rate, times } from './report.ts'
import { weriftFlow } from './werift.ts'

/** Messages one way, both ends in one thread. */
export interface Flow extends Contender {
  close(): void | Promise<void>
}

const SIZES = [100, 1024, 16_000]
const LOCALHOST = {
  ss_family: AF_INET,
  sin_family: AF_INET,
  sin_addr: { s_addr: inAddrNumber(Uint8Array.of(127, 0, 0, 1)) },
}
/** UDP ports of the two ends; other benches use none. */
const [CLIENT_UDP, SERVER_UDP] = [39_899, 39_900]

/** User messages of SCTP, with and without DTLS, beside those of werift where it is installed. */
export async function measureSctp(rounds: number, budget: number): Promise<Figure[]> {
  const figures: Figure[] = []
  const udp = {
    client: createUdpProvider({ port: CLIENT_UDP, peerPort: SERVER_UDP }),
    server: createUdpProvider({ port: SERVER_UDP, peerPort: CLIENT_UDP }),
  }
  const inside = createLoopbackProvider()
  const loopback = { client: inside, server: inside }
  for (const size of SIZES) {
    progress(`sctp: ${size} bytes`)
    const other = await weriftFlow(size)
    const flows = [
      ['in the process', await plain(loopback, size)],
      ['in the process, DTLS', await protectedFlow(loopback, size)],
      ['UDP', await plain(udp, size)],
      ['UDP, DTLS', await protectedFlow(udp, size)],
    ] as const
    const contenders = flows.map(([, flow]) => flow)
    const results = await race(other === null ? contenders : [...contenders, other], rounds, budget)
    const floor = results[flows.length]
    for (const [i, [name]] of flows.entries()) {
      const own = results[i] ?? []
      figures.push({
        section: 'sctp',
        name: `${name}, ${size} B`,
        unit: 'messages/s',
        ours: median(own),
        floor: floor === undefined ? null : median(floor),
        ratio: floor === undefined ? null : ratio(own, floor),
      })
    }
    for (const flow of contenders) await flow.close()
    await other?.close()
  }
  printTable(
    'SCTP user messages a second (werift: its SCTP in UDP datagrams, without DTLS)',
    ['', 'ours', 'werift', 'ours / werift'],
    figures.map(({ name, ours, floor, ratio: part }) => [
      name,
      rate(ours),
      floor === null ? '-' : rate(floor),
      part === null ? '-' : times(part),
    ]),
  )
  if (figures.every(({ floor }) => floor === null)) {
    stdout.write('\nwerift is not installed: npm install --prefix test/bench/werift\n')
  }
  return figures
}

interface Providers {
  readonly client: SctpProvider
  readonly server: SctpProvider
}

async function plain(providers: Providers, size: number): Promise<Flow> {
  const { client, server, close } = await associate(providers, () => {})
  const message = new Uint8Array(size).fill(0x61)
  const into = new Uint8Array(size)
  return {
    run: async count => {
      let sent = 0
      let got = 0
      while (got < count) {
        while (sent < count && client.sendmsg(message) > 0) sent++
        await waitUntil(() => server.readable, [server], null)
        for (let read = server.recvmsg(into); typeof read === 'object'; read = server.recvmsg(into)) {
          if ((read.flags & MSG_EOR) !== 0) got++
        }
      }
    },
    close,
  }
}

async function protectedFlow(providers: Providers, size: number): Promise<Flow> {
  // Before the association: SCTP-AUTH is agreed on there.
  const descriptors: number[] = []
  const described = (socket: SctpSocket): number => {
    const fd = openDescriptor(new SctpDescriptor(socket))
    descriptors.push(fd)
    return fd
  }
  const bioOf = (fd: number) => present(BIO_new_dgram_sctp(fd, BIO_NOCLOSE), 'BIO_new_dgram_sctp')
  const prepared = new Map<SctpSocket, number>()
  const ends = await associate(providers, socket => {
    const fd = described(socket)
    prepared.set(socket, fd)
    bioOf(fd)
  })
  const ctx = pskContext('PSK-AES128-GCM-SHA256')
  const [client, server] = [ends.client, ends.server].map(socket => {
    const ssl = present(SSL_new(ctx), 'SSL_new')
    const bio = bioOf(prepared.get(socket) ?? described(socket))
    SSL_set_bio(ssl, bio, bio)
    return ssl
  })
  if (client === undefined || server === undefined) throw new Error('no connections')
  const done = await Promise.all([SSL_connect(client), SSL_accept(server)])
  if (done.some(result => result !== 1)) throw new Error('no handshake over SCTP')
  const message = new Uint8Array(size).fill(0x61)
  const into = new Uint8Array(size)
  return {
    run: async count => {
      const writing = (async () => {
        for (let i = 0; i < count; i++) {
          if ((await SSL_write(client, message)) !== size) throw new Error('a message was not sent')
        }
      })()
      for (let i = 0; i < count; i++) {
        if ((await SSL_read(server, into)) !== size) throw new Error('a message was lost')
      }
      await writing
    },
    close: () => {
      for (const ssl of [client, server]) SSL_free(ssl)
      for (const fd of descriptors) closeDescriptor(fd)
      ends.close()
    },
  }
}

async function associate(
  providers: Providers,
  prepare: (socket: SctpSocket) => void,
): Promise<{ client: SctpSocket; server: SctpSocket; close: () => void }> {
  const [listener, client] = [opened(providers.server), opened(providers.client)]
  for (const socket of [listener, client]) {
    socket.setOption(SCTP_NODELAY, { value: 1 })
    prepare(socket)
    socket.bind({ ...LOCALHOST, sin_port: 0 })
  }
  listener.listen(1)
  const bound = listener.localAddresses(0)
  client.connectx(typeof bound === 'number' ? [] : bound.slice(0, 1))
  await waitUntil(() => client.writable && listener.readable, [client, listener], null)
  const server = listener.accept()
  if (typeof server === 'number') throw new Error('no association')
  return {
    client,
    server,
    close: () => {
      for (const socket of [client, server, listener]) {
        socket.setLinger(0)
        socket.close()
      }
    },
  }
}

function opened(provider: SctpProvider): SctpSocket {
  const socket = provider.open(AF_INET, SOCK_STREAM)
  if (typeof socket === 'number') throw new Error('no socket')
  return socket
}
