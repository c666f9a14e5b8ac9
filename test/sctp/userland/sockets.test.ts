import { afterEach, describe, expect, test } from '@jest/globals'
import { utf8 } from '../../../lib/base/bytes.ts'
import { EAGAIN, EINPROGRESS, EINVAL } from '../../../lib/base/errno.ts'
import { htonl } from '../../../lib/base/sockaddr.ts'
import * as c from '../../../lib/sctp/api.ts'
import { MSG_PEEK, SHUT_WR, SO_ERROR, SOCK_SEQPACKET, SOL_SOCKET } from '../../../lib/transport/posix/constants.ts'
import { waitUntil } from '../../../lib/transport/readiness.ts'
import { createLoopbackProvider } from '../../../lib/transport/sctp/loopback.ts'
import type { SctpProvider, SctpSend, SctpSocket } from '../../../lib/transport/sctp/provider.ts'
import { createUdpProvider } from '../../../lib/transport/sctp/udp.ts'
import {
  closeAll,
  freePorts,
  keep,
  LONG,
  local,
  notification,
  open,
  portOf,
  read,
  readable,
  subscribe,
} from './ends.ts'

afterEach(closeAll)

interface Providers {
  readonly client: SctpProvider
  readonly server: SctpProvider
}

async function overLoopback(): Promise<Providers> {
  const provider = createLoopbackProvider()
  return { client: provider, server: provider }
}

/** Two processes, as it were: each has a UDP port of its own. */
async function overUdp(): Promise<Providers> {
  const [port] = await freePorts(1)
  return { client: createUdpProvider({ port: 0, peerPort: port }), server: createUdpProvider({ port }) }
}

describe.each([
  ['loopback', overLoopback],
  ['udp', overUdp],
])('%s', (_name, providers) => {
  async function connected(
    prepare: (client: SctpSocket, listener: SctpSocket) => void = () => {},
  ): Promise<{ client: SctpSocket; server: SctpSocket; listener: SctpSocket }> {
    const at = await providers()
    const [client, listener] = [open(at.client), open(at.server)]
    prepare(client, listener)
    expect(listener.listen(5)).toBe(0)
    expect(client.connectx([local(portOf(listener))])).toBe(-EINPROGRESS)
    await waitUntil(() => client.writable, [client], LONG)
    expect(client.getInteger(SOL_SOCKET, SO_ERROR)).toEqual({ value: 0 })
    await readable(listener)
    const server = keep(listener.accept())
    return { client, server, listener }
  }

  describe('one-to-one', () => {
    test('messages keep their borders and bring their info', async () => {
      const { client, server } = await connected((_, listener) => listener.setOption(c.SCTP_RECVRCVINFO, { value: 1 }))
      const how: SctpSend = { sndinfo: { snd_sid: 3, snd_ppid: htonl(47), snd_flags: c.SCTP_UNORDERED } }
      expect(client.sendmsg(utf8('hello'), how)).toBe(5)
      expect(client.sendmsg(new Uint8Array(100_000).fill(9), { sndinfo: { snd_sid: 4 } })).toBe(100_000)
      const first = await read(server)
      expect(first.data).toEqual(utf8('hello'))
      expect(first.flags).toBe(c.MSG_EOR)
      expect(first.rcvinfo).toMatchObject({ rcv_sid: 3, rcv_ppid: htonl(47), rcv_flags: c.SCTP_UNORDERED })
      const parts = [await read(server), await read(server)]
      expect(parts.map(({ length, flags }) => [length, flags])).toEqual([
        [65536, 0],
        [34464, c.MSG_EOR],
      ])
      expect(server.recvmsg(new Uint8Array(10))).toBe(-EAGAIN)
    })

    test('a peeked message stays', async () => {
      const { client, server } = await connected()
      client.sendmsg(utf8('hello'))
      expect((await read(server, 3, MSG_PEEK)).data).toEqual(utf8('hel'))
      expect((await read(server)).data).toEqual(utf8('hello'))
    })

    test('the first thing read is COMM_UP, the last the end', async () => {
      const { client, server } = await connected((_, listener) =>
        subscribe(listener, c.SCTP_ASSOC_CHANGE, c.SCTP_SHUTDOWN_EVENT),
      )
      const up = await notification(server)
      expect(up).toMatchObject({ sn_type: c.SCTP_ASSOC_CHANGE, sn_assoc_change: { sac_state: c.SCTP_COMM_UP } })
      client.shutdown(SHUT_WR)
      expect((await notification(server)).sn_type).toBe(c.SCTP_SHUTDOWN_EVENT)
      expect(await notification(server)).toMatchObject({ sn_assoc_change: { sac_state: c.SCTP_SHUTDOWN_COMP } })
      expect(await read(server)).toMatchObject({ length: 0, flags: 0 })
      expect(await read(client)).toMatchObject({ length: 0, flags: 0 })
    })

    test('the dry event comes at once, or with the last SACK', async () => {
      const { client, server } = await connected()
      subscribe(client, c.SCTP_SENDER_DRY_EVENT)
      expect((await notification(client)).sn_type).toBe(c.SCTP_SENDER_DRY_EVENT)
      client.sendmsg(utf8('x'), { sndinfo: { snd_flags: c.SCTP_SACK_IMMEDIATELY } })
      expect(client.readable).toBe(false)
      expect((await notification(client)).sn_type).toBe(c.SCTP_SENDER_DRY_EVENT)
      expect((await read(server)).data).toEqual(utf8('x'))
    })
  })

  describe('authentication', () => {
    async function authenticated() {
      return connected((client, listener) => {
        for (const socket of [client, listener]) {
          expect(socket.setOption(c.SCTP_AUTH_CHUNK, { sauth_chunk: 0 })).toBe(0)
          expect(socket.setOption(c.SCTP_AUTH_CHUNK, { sauth_chunk: 0xc0 })).toBe(0)
          subscribe(socket, c.SCTP_AUTHENTICATION_EVENT)
        }
      })
    }

    test('keys change under the data', async () => {
      const { client, server } = await authenticated()
      expect(client.getOption(c.SCTP_PEER_AUTH_CHUNKS)).toMatchObject({ gauth_chunks: Uint8Array.of(0, 0xc0) })
      client.sendmsg(utf8('under key 0'))
      expect((await read(server)).data).toEqual(utf8('under key 0'))
      const sca_key = new Uint8Array(64).fill(7)
      for (const socket of [client, server]) {
        expect(socket.setOption(c.SCTP_AUTH_KEY, { sca_keynumber: 1, sca_key })).toBe(0)
      }
      expect(client.setOption(c.SCTP_AUTH_ACTIVE_KEY, { scact_keynumber: 2 })).toBe(-EINVAL)
      expect(client.setOption(c.SCTP_AUTH_ACTIVE_KEY, { scact_keynumber: 1 })).toBe(0)
      client.sendmsg(utf8('under key 1'), { sndinfo: { snd_flags: c.SCTP_SACK_IMMEDIATELY } })
      expect(await notification(server)).toMatchObject({
        sn_authkey_event: { auth_keynumber: 1, auth_indication: c.SCTP_AUTH_NEW_KEY },
      })
      expect((await read(server)).data).toEqual(utf8('under key 1'))
      expect(client.setOption(c.SCTP_AUTH_DEACTIVATE_KEY, { scact_keynumber: 1 })).toBe(-EINVAL)
      expect(client.setOption(c.SCTP_AUTH_DEACTIVATE_KEY, { scact_keynumber: 0 })).toBe(0)
      expect(await notification(client)).toMatchObject({
        sn_authkey_event: { auth_keynumber: 0, auth_indication: c.SCTP_AUTH_FREE_KEY },
      })
      expect(client.setOption(c.SCTP_AUTH_DELETE_KEY, { scact_keynumber: 0 })).toBe(0)
      expect(client.sendmsg(utf8('x'), { authinfo: { auth_keynumber: 0 } })).toBe(-EINVAL)
    })

    test('what comes under a key that is not there yet waits for it', async () => {
      const { client, server } = await authenticated()
      client.setOption(c.SCTP_AUTH_KEY, { sca_keynumber: 5, sca_key: utf8('secret') })
      client.sendmsg(utf8('early'), { authinfo: { auth_keynumber: 5 } })
      expect(await waitUntil(() => server.readable, [server], 50)).toBe(false)
      server.setOption(c.SCTP_AUTH_KEY, { sca_keynumber: 5, sca_key: utf8('secret') })
      expect(await notification(server)).toMatchObject({ sn_authkey_event: { auth_keynumber: 5 } })
      expect((await read(server)).data).toEqual(utf8('early'))
    })
  })

  test('one-to-many: peers come and go on one socket, one is peeled off', async () => {
    const at = await providers()
    const [hub, a, b] = [open(at.server, SOCK_SEQPACKET), open(at.client), open(at.client)]
    hub.setOption(c.SCTP_RECVRCVINFO, { value: 1 })
    expect(hub.listen(1)).toBe(0)
    const port = portOf(hub)
    for (const socket of [a, b]) {
      socket.connectx([local(port)])
      await waitUntil(() => socket.writable, [socket], LONG)
    }
    a.sendmsg(utf8('from a'))
    b.sendmsg(utf8('from b'))
    const [first, second] = [await read(hub), await read(hub)]
    const id = second.rcvinfo?.rcv_assoc_id ?? 0
    expect([first.data, second.data]).toEqual([utf8('from a'), utf8('from b')])
    expect(hub.getOption(c.SCTP_GET_ASSOC_NUMBER)).toEqual({ value: 2 })
    const peeled = keep(hub.peeloff(id))
    peeled.sendmsg(utf8('to b'))
    expect((await read(b)).data).toEqual(utf8('to b'))
    hub.sendmsg(utf8('to a'), { sndinfo: { snd_assoc_id: first.rcvinfo?.rcv_assoc_id ?? 0 } })
    expect((await read(a)).data).toEqual(utf8('to a'))
  })
})
