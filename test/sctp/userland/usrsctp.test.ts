import { afterAll, afterEach, describe, expect, test } from '@jest/globals'
import { toHex, utf8 } from '../../../lib/base/bytes.ts'
import { htonl } from '../../../lib/base/sockaddr.ts'
import * as c from '../../../lib/sctp/api/index.ts'
import { SHUT_WR, SO_RCVBUF, SO_SNDBUF, SOL_SOCKET } from '../../../lib/transport/posix/constants.ts'
import { waitUntil } from '../../../lib/transport/readiness.ts'
import type { SctpSocket } from '../../../lib/transport/sctp/provider.ts'
import { createUdpProvider } from '../../../lib/transport/sctp/udp.ts'
import { freePorts } from '../conformance/userland.ts'
import { closeAll, keep, LONG, local, notification, open, read, readable, subscribe } from './ends.ts'
import { compilePeer, Peer } from './usrsctp.ts'

const compiled = compilePeer()
const peers: Peer[] = []
const SCTP_PORT = 5001
const TIME = 60_000

afterEach(() => {
  closeAll()
  for (const peer of peers.splice(0)) peer.stop()
})
afterAll(() => compiled?.remove())

const withUsrsctp = compiled === null ? describe.skip : describe

async function meet(
  role: 'client' | 'server',
  extra: 'auth' | 'interleave' | null = null,
): Promise<{ socket: SctpSocket; peer: Peer }> {
  const [ours = 0, theirs = 0] = await freePorts(2)
  const provider = createUdpProvider({ port: ours, peerPort: theirs })
  const first = open(provider)
  prepare(first, extra)
  const args = [theirs, ours, SCTP_PORT, ...(extra === null ? [] : [extra])]
  const start = (as: string) => {
    const peer = new Peer(compiled?.program ?? '', as, ...args)
    peers.push(peer)
    return peer
  }
  if (role === 'client') {
    const peer = start('server')
    await peer.says(/listening/)
    first.connectx([local(SCTP_PORT)])
    if (!(await waitUntil(() => first.writable, [first], LONG))) throw new Error('no association')
    await peer.says(/^up/)
    return { socket: first, peer }
  }
  expect(first.bind(local(SCTP_PORT))).toBe(0)
  first.listen(1)
  const peer = start('client')
  await readable(first)
  await peer.says(/^up/)
  return { socket: keep(first.accept()), peer }
}

function prepare(socket: SctpSocket, extra: 'auth' | 'interleave' | null): void {
  socket.setInteger(SOL_SOCKET, SO_SNDBUF, 1 << 19)
  socket.setInteger(SOL_SOCKET, SO_RCVBUF, 1 << 19)
  socket.setOption(c.SCTP_NODELAY, { value: 1 })
  socket.setOption(c.SCTP_RECVRCVINFO, { value: 1 })
  socket.setOption(c.SCTP_ENABLE_STREAM_RESET, { assoc_value: 7 })
  for (const sauth_chunk of extra === 'auth' ? [0, 0xc0] : []) socket.setOption(c.SCTP_AUTH_CHUNK, { sauth_chunk })
  if (extra !== 'interleave') return
  expect(socket.setOption(c.SCTP_FRAGMENT_INTERLEAVE, { value: 2 })).toBe(0)
  expect(socket.setOption(c.SCTP_INTERLEAVING_SUPPORTED, { assoc_value: 1 })).toBe(0)
  expect(socket.setOption(c.SCTP_STREAM_SCHEDULER, { assoc_value: c.SCTP_SS_RR })).toBe(0)
}

/** A message and what comes back of it. */
async function echoed(socket: SctpSocket, data: Uint8Array, sndinfo: Partial<c.sctp_sndinfo> = {}) {
  expect(socket.sendmsg(data, { sndinfo })).toBe(data.length)
  const parts: Uint8Array[] = []
  for (;;) {
    const { data: part, flags, rcvinfo } = await read(socket, 1 << 19)
    parts.push(part)
    if ((flags & c.MSG_EOR) === 0) continue
    expect(Buffer.compare(Buffer.concat(parts), data)).toBe(0)
    return rcvinfo
  }
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff)
}

withUsrsctp('against usrsctp, in UDP datagrams', () => {
  test.each(['client', 'server'] as const)(
    'as %s: messages of all sizes on several streams, and a graceful end',
    async role => {
      const { socket, peer } = await meet(role)
      for (const [i, length] of [1, 1000, 1441, 16384, 200_000].entries()) {
        const info = await echoed(socket, pattern(length), { snd_sid: i, snd_ppid: htonl(40 + i) })
        expect(info).toMatchObject({ rcv_sid: i, rcv_ppid: htonl(40 + i), rcv_ssn: 0 })
        await peer.says(new RegExp(`^message ${length} on ${i}, number 0, ordered, ppid ${40 + i}$`))
      }
      expect((await echoed(socket, utf8('x'), { snd_flags: c.SCTP_UNORDERED }))?.rcv_flags).toBe(c.SCTP_UNORDERED)
      socket.shutdown(SHUT_WR)
      await peer.says(/^done/)
      expect(await read(socket)).toMatchObject({ length: 0, flags: 0 })
    },
    TIME,
  )

  test.each(['client', 'server'] as const)(
    'as %s: authenticated chunks under keys that change',
    async role => {
      const { socket, peer } = await meet(role, 'auth')
      expect(socket.getOption(c.SCTP_PEER_AUTH_CHUNKS)).toMatchObject({ gauth_chunks: Uint8Array.of(0, 0xc0) })
      await echoed(socket, utf8('under key 0'))
      for (const [i, length] of [64, 1, 20].entries()) {
        const sca_keynumber = i + 1
        const sca_key = pattern(length).map(byte => byte + 1)
        socket.setOption(c.SCTP_AUTH_KEY, { sca_keynumber, sca_key })
        socket.sendmsg(utf8(`!key ${sca_keynumber} ${toHex(sca_key)}`))
        await peer.says(new RegExp(`^key ${sca_keynumber} of ${length} bytes`))
        expect(socket.setOption(c.SCTP_AUTH_ACTIVE_KEY, { scact_keynumber: sca_keynumber })).toBe(0)
        await echoed(socket, pattern(3000))
      }
      socket.close()
      await peer.says(/^done/)
    },
    TIME,
  )

  test.each(['client', 'server'] as const)(
    'as %s: interleaved messages (RFC 8260)',
    async role => {
      const { socket, peer } = await meet(role, 'interleave')
      expect(socket.getOption(c.SCTP_INTERLEAVING_SUPPORTED)).toMatchObject({ assoc_value: 1 })
      for (const [i, length] of [1, 1441, 60_000, 16_384].entries()) {
        const snd_flags = i % 2 === 0 ? 0 : c.SCTP_UNORDERED
        const info = await echoed(socket, pattern(length), { snd_sid: i, snd_ppid: htonl(40 + i), snd_flags })
        expect(info).toMatchObject({ rcv_sid: i, rcv_ppid: htonl(40 + i), rcv_flags: snd_flags })
      }
      // The short one is echoed first: it has overtaken the long one on the way.
      expect(socket.sendmsg(pattern(150_000), { sndinfo: { snd_sid: 1 } })).toBe(150_000)
      expect(socket.sendmsg(utf8('short'), { sndinfo: { snd_sid: 2 } })).toBe(5)
      await peer.says(/^message 5 on 2, number 1/)
      await peer.says(/^message 150000 on 1, number 0/)
      socket.close()
    },
    TIME,
  )

  test(
    'streams are reset and added from either end',
    async () => {
      const { socket, peer } = await meet('client')
      subscribe(socket, c.SCTP_STREAM_RESET_EVENT, c.SCTP_STREAM_CHANGE_EVENT)
      for (let i = 0; i < 3; i++) expect((await echoed(socket, utf8('x'), { snd_sid: 2 }))?.rcv_ssn).toBe(i)
      await waitUntil(() => socket.getOption(c.SCTP_STATUS) !== null && idle(socket), [socket], LONG)
      const srs_stream_list = [2]
      expect(socket.setOption(c.SCTP_RESET_STREAMS, { srs_flags: c.SCTP_STREAM_RESET_OUTGOING, srs_stream_list })).toBe(
        0,
      )
      expect(await notification(socket)).toMatchObject({
        sn_strreset_event: { strreset_flags: c.SCTP_STREAM_RESET_OUTGOING_SSN, strreset_stream_list: [2] },
      })
      await peer.says(/^reset/)
      await echoed(socket, utf8('y'), { snd_sid: 2 })
      await peer.says(/^message 1 on 2, number 0/)
      socket.sendmsg(utf8('!reset 2'))
      expect(await notification(socket)).toMatchObject({
        sn_strreset_event: { strreset_flags: c.SCTP_STREAM_RESET_INCOMING_SSN, strreset_stream_list: [2] },
      })
      expect((await echoed(socket, utf8('z'), { snd_sid: 2 }))?.rcv_ssn).toBe(0)
      expect(socket.setOption(c.SCTP_ADD_STREAMS, { sas_outstrms: 5 })).toBe(0)
      expect(await notification(socket)).toMatchObject({ sn_strchange_event: { strchange_outstrms: 5 } })
      await peer.says(/^streams/)
      socket.sendmsg(utf8('!add 3'))
      expect(await notification(socket)).toMatchObject({ sn_strchange_event: { strchange_instrms: 3 } })
      socket.sendmsg(utf8('on a new stream'), { sndinfo: { snd_sid: 14 } })
      await peer.says(/^message 15 on 14, number 0/)
    },
    TIME,
  )

  test(
    'each end aborts and shuts down',
    async () => {
      const first = await meet('client')
      first.socket.sendmsg(utf8('!abort'))
      await first.peer.says(/^aborted/)
      expect(await waitUntil(() => first.socket.failed, [first.socket], LONG)).toBe(true)
      const second = await meet('server')
      second.socket.setLinger(0)
      second.socket.close()
      await second.peer.says(/^end .*reset/)
      const third = await meet('client')
      third.socket.sendmsg(utf8('!shutdown'))
      expect(await read(third.socket)).toMatchObject({ length: 0 })
      await third.peer.says(/^done/)
    },
    TIME,
  )
})

function idle(socket: SctpSocket): boolean {
  const status = socket.getOption(c.SCTP_STATUS)
  return typeof status !== 'number' && status.sstat_unackdata === 0
}
