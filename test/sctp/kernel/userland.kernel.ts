import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { AF_INET, htons } from '../../../lib/base/sockaddr.ts'
import * as O from '../../../lib/promises.ts'
import * as sctp from '../../../lib/sctp/api/index.ts'
import { I_DATA } from '../../../lib/sctp/wire/data.ts'
import { Cause, ChunkType } from '../../../lib/sctp/wire/registry.ts'
import { SHUT_WR, SO_RCVBUF, SO_SNDBUF, SOCK_STREAM, SOL_SOCKET } from '../../../lib/transport/posix/constants.ts'
import { kernelSctp } from '../../../lib/transport/sctp/kernel.ts'
import type { SctpSocket } from '../../../lib/transport/sctp/provider.ts'
import { Openssl } from '../../interop/openssl.ts'
import type { Stage } from '../conformance/stage.ts'
import { sctpSuite } from '../conformance/suite.ts'
import { context, Ends, errors } from '../rfc6083/ends.ts'
import { acrossGround, encapsulate, watch } from './across.ts'
import { OPENSSL_PEER, OPENSSL_VARIABLE } from './openssl.ts'
import {
  connected,
  describeInGuest,
  eventually,
  expectZero,
  good,
  ip,
  kept,
  notification,
  portOf,
  read,
  readText,
  send,
  subscribe,
  until,
  withNetem,
} from './stage.ts'

/** Our SCTP against Linux's, in UDP datagrams: the whole suite in both roles, then what only two stacks can show. */

const ROLES = [
  ["the kernel's server", 'client'],
  ["the kernel's client", 'server'],
] as const

describeInGuest('our SCTP in UDP datagrams', () => {
  for (const [name, role] of ROLES) sctpSuite(`with ${name}`, acrossGround(role), acrossChapter)
})

function acrossChapter({ kept, listening, made, pair }: Stage): void {
  describe('two stacks', () => {
    test('ends that have several addresses, of which one side says none', async () => {
      const { listener } = listening({ at: [ip('0.0.0.0')] })
      const client = made()
      expect(await connected(client, [ip('10.99.1.1', portOf(listener))])).toBe(0)
      await until(() => listener.readable, listener)
      const server = kept(good(listener.accept()))
      // Whoever knows of more addresses of the other has them confirmed meanwhile.
      const settled = (socket: SctpSocket) =>
        good(socket.peerAddresses(0)).every(
          spinfo_address =>
            good(socket.getOption(sctp.SCTP_GET_PEER_ADDR_INFO, { spinfo_address })).spinfo_state !==
            sctp.SCTP_UNCONFIRMED,
        )
      await eventually(() => settled(client) && settled(server))
      for (const [from, to] of [[client, server] as const, [server, client] as const]) {
        expect(send(from, 'still there')).toBe(11)
        expect(await readText(to)).toBe('still there')
      }
    })

    test('messages of all sizes, both ways at once, while 5 % of the packets get lost', async () => {
      const { client, server } = await pair({
        before(socket) {
          for (const name of [SO_SNDBUF, SO_RCVBUF]) expectZero(socket.setInteger(SOL_SOCKET, name, 212_992))
          expectZero(socket.setOption(sctp.SCTP_RTOINFO, { srto_initial: 300, srto_min: 200, srto_max: 1000 }))
        },
      })
      await withNetem('loss 5% delay 5ms', async () => {
        const came = Promise.all([whole(client, SIZES.length), whole(server, SIZES.length)])
        await Promise.all([sendAll(client), sendAll(server)])
        for (const messages of await came) {
          expect(messages.map(({ length }) => length)).toEqual(SIZES)
          expect(messages.every((data, i) => Buffer.compare(data, pattern(SIZES[i] ?? 0)) === 0)).toBe(true)
        }
        expectZero(client.shutdown(SHUT_WR))
        expect(await read(server)).toMatchObject({ length: 0, flags: 0 })
      })
    })
  })
}

/** Between the kernel and us. */
const WATCH_PORT = 9901

describeInGuest('interleaved messages of the kernel', () => {
  test('the fragment after the first is number 0 as the first is, against RFC 8260: the association ends', async () => {
    const numbers: number[] = []
    const place = await watch(WATCH_PORT, ({ chunks }) => {
      for (const { type, flags, value } of chunks) {
        const data = type === ChunkType.iData ? I_DATA.read(flags, value) : null
        if (data !== null) numbers.push(data.fragment)
      }
    })
    const { ours, restore } = encapsulate(WATCH_PORT)
    try {
      const prepare = (socket: SctpSocket): SctpSocket => {
        expectZero(socket.setOption(sctp.SCTP_FRAGMENT_INTERLEAVE, { value: 2 }))
        expectZero(socket.setOption(sctp.SCTP_INTERLEAVING_SUPPORTED, { assoc_value: 1 }))
        subscribe(socket, sctp.SCTP_ASSOC_CHANGE)
        return kept(socket)
      }
      const listener = prepare(good(ours.open(AF_INET, SOCK_STREAM)))
      expectZero(listener.bind(ip('127.0.0.1')))
      expectZero(listener.listen(1))
      const client = prepare(good(kernelSctp.open(AF_INET, SOCK_STREAM)))
      // Else a chunk would be as long as the loop-back device lets a packet be.
      expectZero(client.setOption(sctp.SCTP_MAXSEG, { assoc_value: 1000 }))
      expect(await connected(client, [ip('127.0.0.1', portOf(listener))])).toBe(0)
      await until(() => listener.readable, listener)
      const server = kept(good(listener.accept()))
      expect(send(client, 'short, in one piece')).toBe(19)
      expect(await readText(server)).toBe('short, in one piece')
      expect(send(client, new Uint8Array(5000))).toBe(5000)
      const { sn_assoc_change } = await notification(server, sctp.SCTP_ASSOC_CHANGE)
      expect(sn_assoc_change).toMatchObject({
        sac_state: sctp.SCTP_COMM_LOST,
        sac_error: htons(Cause.protocolViolation),
      })
      expect(numbers.slice(0, 4)).toEqual([0, 0, 0, 1])
    } finally {
      restore()
      place.close()
    }
  })
})

const SIZES = [1, 1000, 16_384, 200_000, 16_384, 3]

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31) >>> 3)
}

async function sendAll(socket: SctpSocket): Promise<void> {
  for (const size of SIZES) {
    while (send(socket, pattern(size), { snd_sid: 1 }) < 0) await until(() => socket.writable, socket)
  }
}

/** So many messages, each put together of the parts that it is read in. */
async function whole(socket: SctpSocket, count: number): Promise<Uint8Array[]> {
  const messages: Uint8Array[] = []
  for (let parts: Uint8Array[] = []; messages.length < count; ) {
    const { data, flags } = await read(socket)
    parts.push(data)
    if ((flags & sctp.MSG_EOR) === 0) continue
    messages.push(Buffer.concat(parts))
    parts = []
  }
  return messages
}

describeInGuest('DTLS over our SCTP in UDP datagrams, with OpenSSL over that of the kernel', () => {
  const MESSAGES = 100
  const STREAMS = 8
  const RENEGOTIATIONS = 1
  const PATIENCE = 60_000
  const amount = [String(MESSAGES), String(STREAMS), String(RENEGOTIATIONS)]
  const live = process.env[OPENSSL_VARIABLE] === undefined ? test.skip : test
  const file = (name: string) => `test/vectors/certificates/${name}.pem`
  const peers: Openssl[] = []
  let network: ReturnType<typeof encapsulate> | null = null
  let ends: Ends
  beforeAll(() => {
    network = encapsulate()
    ends = new Ends(network.ours, STREAMS)
  })
  afterEach(async () => {
    ends.close()
    for (const peer of peers.splice(0)) await peer.stop()
  })
  afterAll(() => network?.restore())

  function started(...args: string[]): Openssl {
    const peer = new Openssl(
      [...args, ...amount],
      { PEER_CERTIFICATE: file('p256'), PEER_KEY: file('p256.key') },
      OPENSSL_PEER,
    )
    peers.push(peer)
    return peer
  }

  /** What it sends, while it renegotiates; the same from us; its close_notify. */
  async function converse(ssl: O.SSL, peer: Openssl): Promise<void> {
    const buf = Buffer.alloc(2000)
    const next = new Array<number>(STREAMS).fill(0)
    const writing = (async () => {
      for (let n = 0; n < MESSAGES; n++) {
        const message = Buffer.alloc(8 + ((n * 37) % 1492), n)
        message.writeUInt32BE(n % STREAMS)
        message.writeUInt32BE(Math.floor(n / STREAMS), 4)
        const sndinfo = { snd_sid: n % STREAMS, snd_flags: 0, snd_ppid: 0, snd_context: 0 }
        O.BIO_ctrl(O.SSL_get_wbio(ssl), O.BIO_CTRL_DGRAM_SCTP_SET_SNDINFO, 0, sndinfo)
        while ((await O.SSL_write(ssl, message)) <= 0) await new Promise(resolve => setTimeout(resolve, 1))
      }
    })()
    for (let i = 0; i < MESSAGES; i++) {
      const length = await O.SSL_read(ssl, buf)
      if (length < 8) throw new Error(`message ${i}: ${O.SSL_get_error(ssl, length)} ${errors()}`)
      const stream = buf.readUInt32BE()
      expect(buf.readUInt32BE(4)).toBe(next[stream])
      next[stream] = (next[stream] ?? 0) + 1
    }
    await writing
    expect(await O.SSL_read(ssl, buf)).toBe(0)
    expect(await O.SSL_shutdown(ssl)).toBe(1)
    expect(await peer.ends()).toMatch(new RegExp(`done ${MESSAGES}\nshutdown 0\nshutdown 1\n$`))
  }

  live(
    'its server',
    async () => {
      const peer = started('server')
      const [, port = ''] = await peer.prints(/^port (\d+)/m, PATIENCE)
      const ssl = ends.connection(await ends.connect(Number(port)), context('client'))
      if ((await O.SSL_connect(ssl)) !== 1) throw new Error(`${errors()}\n${peer.output}`)
      await converse(ssl, peer)
    },
    PATIENCE,
  )

  live(
    'its client',
    async () => {
      const { port, accept } = ends.listen()
      const peer = started('client', String(port))
      const ctx = context('server', ctx => void O.SSL_CTX_set_options(ctx, O.SSL_OP_ALLOW_CLIENT_RENEGOTIATION))
      const ssl = ends.connection(await accept(), ctx)
      if ((await O.SSL_accept(ssl)) !== 1) throw new Error(`${errors()}\n${peer.output}`)
      await converse(ssl, peer)
    },
    PATIENCE,
  )
})
