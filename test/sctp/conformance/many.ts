import { describe, expect, test } from '@jest/globals'
import { ipOf, type sockaddr_storage } from '../../../lib/base/sockaddr.ts'
import * as sctp from '../../../lib/sctp/api/index.ts'
import { MSG_PEEK } from '../../../lib/transport/posix/constants.ts'
import type { SctpSocket } from '../../../lib/transport/sctp/provider.ts'
import {
  eventually,
  expectZero,
  good,
  many,
  named,
  notification,
  portOf,
  read,
  readText,
  type Stage,
  send,
  subscribe,
} from './stage.ts'

function informed(socket: SctpSocket): void {
  expectZero(socket.setOption(sctp.SCTP_RECVRCVINFO, { value: 1 }))
  subscribe(socket, sctp.SCTP_ASSOC_CHANGE)
}

export function manyChapter({ made, kept, listening }: Stage): void {
  /** A one-to-many server and clients that have said their name; the server's association of each. */
  async function company(...names: string[]): Promise<{
    server: SctpSocket
    address: sockaddr_storage
    clients: { socket: SctpSocket; id: number }[]
  }> {
    const { listener: server, address } = listening({ type: many, before: informed })
    const clients = []
    for (const name of names) {
      const socket = made(many)
      informed(socket)
      expect(socket.sendmsg(Buffer.from(name), { to: address })).toBe(name.length)
      const { sn_assoc_change } = await notification(server, sctp.SCTP_ASSOC_CHANGE)
      const { rcvinfo } = await read(server)
      expect(rcvinfo?.rcv_assoc_id).toBe(sn_assoc_change.sac_assoc_id)
      clients.push({ socket, id: sn_assoc_change.sac_assoc_id })
    }
    return { server, address, clients }
  }

  describe('one-to-many sockets', () => {
    test('the first message begins the association, with the streams it asks for', async () => {
      const { listener, address } = listening({ type: many, before: informed })
      const client = made(many)
      informed(client)
      const initmsg = { sinit_num_ostreams: 3, sinit_max_instreams: 4 }
      expect(client.sendmsg(Buffer.from('hello'), { to: address, initmsg, sndinfo: { snd_sid: 2 } })).toBe(5)
      const { sn_assoc_change } = await notification(listener, sctp.SCTP_ASSOC_CHANGE)
      expect(sn_assoc_change).toMatchObject({
        sac_state: sctp.SCTP_COMM_UP,
        sac_inbound_streams: 3,
        sac_outbound_streams: 4,
      })
      const { data, rcvinfo, from } = await read(listener)
      expect(Buffer.from(data).toString()).toBe('hello')
      expect(rcvinfo).toMatchObject({ rcv_sid: 2, rcv_assoc_id: sn_assoc_change.sac_assoc_id })
      expect(ipOf(from ?? {})?.port).toBe(portOf(client))
    })

    test('each association is answered by its id; all are listed', async () => {
      const { server, clients } = await company('a', 'b', 'c')
      expect(good(server.getOption(sctp.SCTP_GET_ASSOC_NUMBER))).toEqual({ value: 3 })
      const { gaids_assoc_id } = good(server.getOption(sctp.SCTP_GET_ASSOC_ID_LIST))
      expect([...gaids_assoc_id].sort()).toEqual(clients.map(({ id }) => id).sort())
      for (const { id } of clients) send(server, `for ${id}`, { snd_assoc_id: id })
      for (const { socket, id } of clients) expect(await readText(socket)).toBe(`for ${id}`)
      const { id = 0 } = clients[1] ?? {}
      const [peer = {}] = good(server.peerAddresses(id))
      const found = good(server.getOption(sctp.SCTP_GET_PEER_ADDR_INFO, { spinfo_address: peer }))
      expect(found.spinfo_assoc_id).toBe(id)
      expect(named(send(server, 'x', { snd_assoc_id: 99_999 }))).toBe('EPIPE')
      expect(named(server.accept())).toBe('EOPNOTSUPP')
    })

    test('an option of one association leaves the others alone', async () => {
      const { server, clients } = await company('a', 'b')
      const [a = { id: 0 }, b = { id: 0 }] = clients
      expectZero(server.setOption(sctp.SCTP_RTOINFO, { srto_assoc_id: a.id, srto_initial: 1200 }))
      const initial = (srto_assoc_id: number): number =>
        good(server.getOption(sctp.SCTP_RTOINFO, { srto_assoc_id })).srto_initial
      expect([initial(a.id), initial(b.id), initial(sctp.SCTP_FUTURE_ASSOC)]).toEqual([1200, 3000, 3000])
    })

    test('a peeled-off association is a one-to-one socket with what it had not read', async () => {
      const { server, address, clients } = await company('a', 'b')
      const [a, b] = clients
      if (a === undefined || b === undefined) throw new Error('two clients are needed')
      a.socket.sendmsg(Buffer.from('after'), { to: address })
      await eventually(() => named(server.recvmsg(new Uint8Array(1), MSG_PEEK)) === 'done')
      const peeled = kept(good(server.peeloff(a.id)))
      expect(await readText(peeled)).toBe('after')
      expect(send(peeled, 'alone')).toBe(5)
      expect(await readText(a.socket)).toBe('alone')
      expect(named(server.peeloff(a.id))).toBe('EINVAL')
      expect(named(peeled.peeloff(a.id))).toBe('EINVAL')
      b.socket.sendmsg(Buffer.from('still there'), { to: address })
      expect(await readText(server)).toBe('still there')
      expect(good(server.getOption(sctp.SCTP_GET_ASSOC_NUMBER))).toEqual({ value: 1 })
    })

    test('SCTP_SENDALL reaches all, SCTP_EOF and SCTP_ABORT end one', async () => {
      const { server, clients } = await company('a', 'b')
      const [a, b] = clients
      if (a === undefined || b === undefined) throw new Error('two clients are needed')
      expect(send(server, 'all', { snd_flags: sctp.SCTP_SENDALL })).toBeGreaterThanOrEqual(0)
      expect(await readText(a.socket)).toBe('all')
      expect(await readText(b.socket)).toBe('all')
      expect(send(server, '', { snd_flags: sctp.SCTP_EOF, snd_assoc_id: a.id })).toBe(0)
      expect((await notification(server, sctp.SCTP_ASSOC_CHANGE)).sn_assoc_change).toMatchObject({
        sac_state: sctp.SCTP_SHUTDOWN_COMP,
        sac_assoc_id: a.id,
      })
      send(server, 'why', { snd_flags: sctp.SCTP_ABORT, snd_assoc_id: b.id })
      const { sac_state, sac_info } = (await notification(b.socket, sctp.SCTP_ASSOC_CHANGE)).sn_assoc_change
      expect(sac_state).toBe(sctp.SCTP_COMM_LOST)
      // The message of the abort travels as the reason of cause 12 (RFC 9260 section 3.3.10.12).
      expect(Buffer.from(sac_info.subarray(4)).toString()).toMatch(/^why/)
    })

    test('without listening nobody gets in, and a listener may stop', async () => {
      const { listener, address } = listening({ type: many })
      expectZero(listener.listen(0))
      const client = made(many)
      subscribe(client, sctp.SCTP_ASSOC_CHANGE)
      client.sendmsg(Buffer.from('x'), { to: address })
      const { sn_assoc_change } = await notification(client, sctp.SCTP_ASSOC_CHANGE)
      expect(sn_assoc_change.sac_state).toBe(sctp.SCTP_CANT_STR_ASSOC)
    })
  })
}
