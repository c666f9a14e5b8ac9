import { describe, expect, test } from '@jest/globals'
import { ECONNREFUSED } from '../../../lib/base/errno.ts'
import { ipOf } from '../../../lib/base/sockaddr.ts'
import * as sctp from '../../../lib/sctp/api/index.ts'
import {
  MSG_PEEK,
  SHUT_WR,
  SO_ERROR,
  SO_RCVBUF,
  SO_SNDBUF,
  SOL_SOCKET,
} from '../../../lib/transport/posix/constants.ts'
import {
  connected,
  eventually,
  expectZero,
  good,
  ip,
  named,
  notification,
  portOf,
  read,
  readText,
  type Stage,
  send,
  subscribe,
  until,
} from './stage.ts'

/** Asks for the information of messages, of this and the next. */
function informed(socket: Parameters<typeof send>[0]): void {
  expectZero(socket.setOption(sctp.SCTP_RECVRCVINFO, { value: 1 }))
}

/** An association that has ended has none. */
const NO_STREAMS = { sac_outbound_streams: 0, sac_inbound_streams: 0 }

export function associationChapter({ made, listening, pair, delaying, testWith }: Stage): void {
  describe('one-to-one sockets', () => {
    test('a message arrives with its stream, protocol id and flags', async () => {
      const { client, server } = await pair({ before: informed })
      expect(send(client, 'first', { snd_sid: 3, snd_ppid: 0x2f000000, snd_flags: sctp.SCTP_UNORDERED })).toBe(5)
      expect(send(client, 'second', { snd_sid: 4 })).toBe(6)
      const first = await read(server)
      expect(Buffer.from(first.data).toString()).toBe('first')
      expect(first.flags).toBe(sctp.MSG_EOR)
      expect(first.rcvinfo).toMatchObject({ rcv_sid: 3, rcv_ppid: 0x2f000000, rcv_flags: sctp.SCTP_UNORDERED })
      expect(ipOf(first.from ?? {})?.port).toBe(portOf(client))
      const second = await read(server)
      expect(second.rcvinfo).toMatchObject({ rcv_sid: 4, rcv_ssn: 0, rcv_ppid: 0, rcv_flags: 0 })
      expect(second.rcvinfo?.rcv_tsn).toBe(((first.rcvinfo?.rcv_tsn ?? 0) + 1) >>> 0)
    })

    test('no information comes unasked, and each kind when asked for', async () => {
      const { client, server } = await pair()
      send(client, 'a', { snd_sid: 1 })
      expect(await read(server)).toMatchObject({ rcvinfo: null, nxtinfo: null, sndrcvinfo: null })
      informed(server)
      expectZero(server.setOption(sctp.SCTP_RECVNXTINFO, { value: 1 }))
      expectZero(server.setOption(sctp.SCTP_EVENTS, { sctp_data_io_event: 1 }))
      send(client, 'b', { snd_sid: 2, snd_ppid: 7 })
      send(client, 'next', { snd_sid: 5, snd_ppid: 8 })
      await eventually(() => good(client.getOption(sctp.SCTP_STATUS)).sstat_unackdata === 0)
      expect(await read(server)).toMatchObject({
        rcvinfo: { rcv_sid: 2, rcv_ppid: 7 },
        nxtinfo: { nxt_sid: 5, nxt_ppid: 8, nxt_length: 4, nxt_flags: 0 },
        sndrcvinfo: { sinfo_stream: 2, sinfo_ppid: 7 },
      })
    })

    test('a peek leaves the message', async () => {
      const { client, server } = await pair()
      send(client, 'kept')
      expect(Buffer.from((await read(server, 2, MSG_PEEK)).data).toString()).toBe('ke')
      expect(await readText(server)).toBe('kept')
      expect(named(server.recvmsg(new Uint8Array(10)))).toBe('EAGAIN')
    })

    test('what does not fit is the next read; only the last part ends the message', async () => {
      const { client, server } = await pair({ before: informed })
      send(client, '0123456789', { snd_sid: 2 })
      const parts = [await read(server, 4), await read(server, 4), await read(server, 4)]
      expect(parts.map(({ data }) => Buffer.from(data).toString())).toEqual(['0123', '4567', '89'])
      expect(parts.map(({ flags }) => flags)).toEqual([0, 0, sctp.MSG_EOR])
      expect(parts.map(({ rcvinfo }) => rcvinfo?.rcv_sid)).toEqual([2, 2, 2])
    })

    test('a message over half the receive buffer is delivered in parts', async () => {
      const { client, server } = await pair({
        before: socket => expectZero(socket.setInteger(SOL_SOCKET, SO_SNDBUF, 1 << 20)),
      })
      const message = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 31) >>> 3)
      expect(send(client, message)).toBe(message.length)
      const parts: Uint8Array[] = []
      for (;;) {
        const { data, flags } = await read(server)
        parts.push(data)
        if ((flags & sctp.MSG_EOR) !== 0) break
      }
      expect(parts.length).toBeGreaterThan(1)
      expect(Buffer.compare(Buffer.concat(parts), message)).toBe(0)
    })

    testWith('schedulers', 'a short message overtakes a long one (RFC 8260)', async () => {
      const { client, server } = await pair({
        before: socket => {
          expectZero(socket.setOption(sctp.SCTP_RECVRCVINFO, { value: 1 }))
          expectZero(socket.setOption(sctp.SCTP_FRAGMENT_INTERLEAVE, { value: 2 }))
          expectZero(socket.setOption(sctp.SCTP_INTERLEAVING_SUPPORTED, { assoc_value: 1 }))
          // First come, first served, it would wait.
          expectZero(socket.setOption(sctp.SCTP_STREAM_SCHEDULER, { assoc_value: sctp.SCTP_SS_RR }))
          expectZero(socket.setInteger(SOL_SOCKET, SO_SNDBUF, 1 << 20))
        },
      })
      expect(good(client.getOption(sctp.SCTP_INTERLEAVING_SUPPORTED)).assoc_value).toBe(1)
      await delaying(async () => {
        expect(send(client, new Uint8Array(150_000), { snd_sid: 1 })).toBe(150_000)
        expect(send(client, 'short', { snd_sid: 2 })).toBe(5)
        let long = 0
        let overtaken = false
        for (;;) {
          const { length, flags, rcvinfo } = await read(server)
          if (rcvinfo?.rcv_sid === 2) overtaken = long < 150_000
          else long += length
          if (rcvinfo?.rcv_sid === 1 && (flags & sctp.MSG_EOR) !== 0) break
        }
        expect([overtaken, long]).toEqual([true, 150_000])
      })
    })

    test('what cannot be sent is refused with the error of the kernel', async () => {
      const { client } = await pair({
        before: socket =>
          expectZero(socket.setOption(sctp.SCTP_INITMSG, { sinit_num_ostreams: 4, sinit_max_instreams: 4 })),
      })
      expect(named(send(client, ''))).toBe('EINVAL')
      expect(named(send(client, 'x', { snd_sid: 4 }))).toBe('EINVAL')
      expect(named(send(client, 'x', { snd_flags: sctp.SCTP_EOF }))).toBe('EINVAL')
      expect(named(send(client, new Uint8Array(1 << 20)))).toBe('EMSGSIZE')
      expect(named(client.sendmsg(Uint8Array.of(1), { prinfo: { pr_policy: 0x11 } }))).toBe('EINVAL')
      expect(named(made().sendmsg(Uint8Array.of(1)))).toBe('EPIPE')
      expect(named(made().recvmsg(new Uint8Array(1)))).toBe('EAGAIN')
      expect(named(client.sendmsg(Uint8Array.of(1), { to: { ss_family: 1 } }))).toBe('EAFNOSUPPORT')
      expect(() => client.sendmsg(Uint8Array.of(1), { sndinfo: { snd_sid: 65536 } })).toThrow('snd_sid')
      expect(() => client.sendmsg(Uint8Array.of(1), { sndinfo: { snd_ppid: 0.5 } })).toThrow('snd_ppid')
    })

    test('a full buffer says EAGAIN, and is writable again when the peer has read', async () => {
      const { client, server } = await pair()
      const message = new Uint8Array(10_000)
      let sent = 0
      while (send(client, message) > 0) sent++
      expect(named(send(client, message))).toBe('EAGAIN')
      expect(client.writable).toBe(false)
      expect(sent).toBeGreaterThan(5)
      const reading = (async () => {
        for (let i = 0; i < sent; i++) for (;;) if (((await read(server)).flags & sctp.MSG_EOR) !== 0) break
      })()
      await until(() => client.writable, client)
      expect(send(client, 'more')).toBe(4)
      await reading
      expect(await readText(server)).toBe('more')
    })

    test('a refused association: writable, and SO_ERROR tells once', async () => {
      const { listener, address } = listening()
      listener.close()
      const client = made()
      subscribe(client, sctp.SCTP_ASSOC_CHANGE)
      expect(named(client.connectx([address]))).toBe('EINPROGRESS')
      await until(() => client.writable, client)
      expect(client.failed).toBe(true)
      expect(good(client.getInteger(SOL_SOCKET, SO_ERROR)).value).toBe(ECONNREFUSED)
      expect(good(client.getInteger(SOL_SOCKET, SO_ERROR)).value).toBe(0)
      expect((await notification(client, sctp.SCTP_ASSOC_CHANGE)).sn_assoc_change.sac_state).toBe(
        sctp.SCTP_CANT_STR_ASSOC,
      )
    })

    test('an association over IPv6, and an IPv4 peer of an IPv6 socket', async () => {
      const six = await pair({ at: [ip('::1')] })
      send(six.client, 'six')
      expect(await readText(six.server)).toBe('six')
      expect(ipOf(good(six.server.peerAddresses(0))[0] ?? {})?.bytes).toHaveLength(16)
      const { listener } = listening({ at: [ip('::')] })
      const client = made()
      expect(await connected(client, [ip('127.0.0.1', portOf(listener))])).toBe(0)
      await until(() => listener.readable, listener)
      const server = good(listener.accept())
      send(client, 'mapped')
      const { from } = await read(server)
      server.close()
      expect(from?.sin6_addr?.s6_addr.subarray(10)).toEqual(Uint8Array.of(255, 255, 127, 0, 0, 1))
    })

    test('shutdown: the peer reads all, then the events, then the end, and may send nothing more', async () => {
      const { client, server } = await pair({
        before: socket => subscribe(socket, sctp.SCTP_SHUTDOWN_EVENT, sctp.SCTP_ASSOC_CHANGE),
      })
      await notification(server, sctp.SCTP_ASSOC_CHANGE)
      send(client, 'last')
      expectZero(client.shutdown(SHUT_WR))
      expect(await readText(server)).toBe('last')
      await notification(server, sctp.SCTP_SHUTDOWN_EVENT)
      const { sn_assoc_change } = await notification(server, sctp.SCTP_ASSOC_CHANGE)
      expect(sn_assoc_change).toMatchObject({ sac_state: sctp.SCTP_SHUTDOWN_COMP, ...NO_STREAMS })
      expect(await read(server)).toMatchObject({ length: 0, flags: 0 })
      expect(named(send(server, 'late'))).toBe('EPIPE')
    })

    test.each([
      ['a linger time of 0', true],
      ['unread data', false],
    ])('close with %s aborts: the peer reads COMM_LOST, then ECONNRESET', async (_, linger) => {
      const { client, server } = await pair({ before: socket => subscribe(socket, sctp.SCTP_ASSOC_CHANGE) })
      await notification(server, sctp.SCTP_ASSOC_CHANGE)
      if (linger) expectZero(client.setLinger(0))
      else {
        send(server, 'unread')
        for (;;)
          if (((await read(client, 10, MSG_PEEK)).flags & sctp.MSG_NOTIFICATION) === 0) break
          else await read(client)
      }
      client.close()
      const { sn_assoc_change } = await notification(server, sctp.SCTP_ASSOC_CHANGE)
      expect(sn_assoc_change).toMatchObject({ sac_state: sctp.SCTP_COMM_LOST, ...NO_STREAMS })
      // Cause 12, user-initiated abort, in network order; the ABORT's causes follow.
      expect(sn_assoc_change.sac_error).toBe(0x0c00)
      expect([...sn_assoc_change.sac_info.subarray(0, 2)]).toEqual([0, 12])
      expect(named(server.recvmsg(new Uint8Array(10)))).toBe('ECONNRESET')
    })

    test('close never waits, whatever the linger time, and loses nothing', async () => {
      const { client, server } = await pair()
      expectZero(client.setLinger(60))
      expect(good(client.getLinger())).toEqual({ seconds: 60 })
      send(client, 'on its way')
      const before = performance.now()
      client.close()
      expect(performance.now() - before).toBeLessThan(10_000)
      expect(await readText(server)).toBe('on its way')
      expect(await read(server)).toMatchObject({ length: 0 })
    })

    test('a closed socket answers EBADF, and may be closed again', async () => {
      const { client } = await pair()
      client.close()
      client.close()
      const results = [
        client.bind(ip('127.0.0.1')),
        client.connectx([ip('127.0.0.1', 9)]),
        client.listen(1),
        client.accept(),
        client.peeloff(1),
        client.shutdown(SHUT_WR),
        client.recvmsg(new Uint8Array(1)),
        send(client, 'x'),
        client.getOption(sctp.SCTP_STATUS),
        client.setOption(sctp.SCTP_NODELAY, { value: 1 }),
        client.getInteger(SOL_SOCKET, SO_RCVBUF),
        client.setLinger(null),
        client.localAddresses(0),
      ]
      expect(results.map(named)).toEqual(results.map(() => 'EBADF'))
      expect([client.readable, client.writable, client.failed]).toEqual([true, true, false])
    })

    test('who waits is woken by close', async () => {
      const { client } = await pair()
      const waiting = until(() => client.readable, client)
      setImmediate(() => client.close())
      await waiting
      expect(named(client.recvmsg(new Uint8Array(1)))).toBe('EBADF')
    })
  })
}
