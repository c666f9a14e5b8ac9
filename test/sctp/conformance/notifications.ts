import { describe, expect, test } from '@jest/globals'
import * as sctp from '../../../lib/sctp/api/index.ts'
import { SO_SNDBUF, SOL_SOCKET } from '../../../lib/transport/posix/constants.ts'
import type { SctpSocket } from '../../../lib/transport/sctp/provider.ts'
import {
  eventually,
  expectZero,
  good,
  named,
  notification,
  read,
  readText,
  type Stage,
  send,
  subscribe,
  until,
} from './stage.ts'

/** Both sides subscribe to these events. */
function hearing(...types: number[]): { before: (socket: SctpSocket) => void } {
  return { before: socket => subscribe(socket, ...types) }
}

/** Both sides may reset and add streams (RFC 6525). */
const RECONFIGURABLE = {
  before(socket: SctpSocket): void {
    subscribe(socket, sctp.SCTP_STREAM_RESET_EVENT, sctp.SCTP_ASSOC_RESET_EVENT, sctp.SCTP_STREAM_CHANGE_EVENT)
    expectZero(socket.setOption(sctp.SCTP_RECONFIG_SUPPORTED, { assoc_value: 1 }))
    expectZero(socket.setOption(sctp.SCTP_ENABLE_STREAM_RESET, { assoc_value: sctp.SCTP_ENABLE_STRRESET_MASK }))
    expectZero(socket.setOption(sctp.SCTP_RECVRCVINFO, { value: 1 }))
  },
}

export function notificationsChapter({ pair }: Stage): void {
  describe('notifications', () => {
    test('an association begins: the streams of both ways', async () => {
      const { client, server } = await pair(hearing(sctp.SCTP_ASSOC_CHANGE))
      for (const socket of [client, server]) {
        const { sn_header, sn_assoc_change } = await notification(socket, sctp.SCTP_ASSOC_CHANGE)
        expect(sn_header).toEqual({ sn_type: sctp.SCTP_ASSOC_CHANGE, sn_flags: 0, sn_length: 20 })
        expect(sn_assoc_change).toMatchObject({
          sac_state: sctp.SCTP_COMM_UP,
          sac_error: 0,
          sac_outbound_streams: 10,
          sac_inbound_streams: 10,
          sac_info: new Uint8Array(0),
        })
      }
    })

    test('a notification ends like a message, and the next is announced', async () => {
      const { client, server } = await pair(hearing(sctp.SCTP_ASSOC_CHANGE))
      const { flags, rcvinfo } = await read(server)
      expect(flags).toBe(sctp.MSG_NOTIFICATION | sctp.MSG_EOR)
      expect(rcvinfo).toBe(null)
      expectZero(client.setOption(sctp.SCTP_RECVNXTINFO, { value: 1 }))
      const part = await read(client, 12)
      expect(part.flags).toBe(sctp.MSG_NOTIFICATION)
      expect(await read(client)).toMatchObject({ length: 8, flags: sctp.MSG_NOTIFICATION | sctp.MSG_EOR })
    })

    test('the adaptation layer of the peer', async () => {
      const { client } = await pair({
        before: socket => {
          subscribe(socket, sctp.SCTP_ADAPTATION_INDICATION)
          expectZero(socket.setOption(sctp.SCTP_ADAPTATION_LAYER, { ssb_adaptation_ind: 0x12345678 }))
        },
      })
      const { sn_adaptation_event } = await notification(client, sctp.SCTP_ADAPTATION_INDICATION)
      expect(sn_adaptation_event.sai_adaptation_ind).toBe(0x12345678)
    })

    test('nothing left to send: at once when idle, else with the last acknowledgement', async () => {
      const { client, server } = await pair()
      subscribe(client, sctp.SCTP_SENDER_DRY_EVENT)
      await notification(client, sctp.SCTP_SENDER_DRY_EVENT)
      expect(named(client.recvmsg(new Uint8Array(100)))).toBe('EAGAIN')
      send(client, 'one', { snd_flags: sctp.SCTP_SACK_IMMEDIATELY })
      await notification(client, sctp.SCTP_SENDER_DRY_EVENT)
      expect(await readText(server)).toBe('one')
    })

    test('streams are reset: message numbers begin again', async () => {
      const { client, server } = await pair(RECONFIGURABLE)
      const number = async (): Promise<number | undefined> => {
        send(client, 'x', { snd_sid: 2 })
        for (;;) {
          const { flags, rcvinfo } = await read(server)
          if ((flags & sctp.MSG_NOTIFICATION) === 0) return rcvinfo?.rcv_ssn
        }
      }
      expect([await number(), await number()]).toEqual([0, 1])
      await eventually(() => good(client.getOption(sctp.SCTP_STATUS)).sstat_unackdata === 0)
      const request = { srs_flags: sctp.SCTP_STREAM_RESET_OUTGOING, srs_stream_list: [2] }
      expectZero(client.setOption(sctp.SCTP_RESET_STREAMS, request))
      const here = (await notification(client, sctp.SCTP_STREAM_RESET_EVENT)).sn_strreset_event
      expect(here).toMatchObject({ strreset_flags: sctp.SCTP_STREAM_RESET_OUTGOING_SSN, strreset_stream_list: [2] })
      const there = (await notification(server, sctp.SCTP_STREAM_RESET_EVENT)).sn_strreset_event
      expect(there).toMatchObject({ strreset_flags: sctp.SCTP_STREAM_RESET_INCOMING_SSN, strreset_stream_list: [2] })
      expect(await number()).toBe(0)
    })

    test('the whole association is reset', async () => {
      const { client, server } = await pair(RECONFIGURABLE)
      expectZero(client.setOption(sctp.SCTP_RESET_ASSOC, { value: 0 }))
      const here = (await notification(client, sctp.SCTP_ASSOC_RESET_EVENT)).sn_assocreset_event
      const there = (await notification(server, sctp.SCTP_ASSOC_RESET_EVENT)).sn_assocreset_event
      expect(here.assocreset_flags).toBe(0)
      expect(here.assocreset_local_tsn).toBe(there.assocreset_remote_tsn)
      expect(here.assocreset_remote_tsn).toBe(there.assocreset_local_tsn)
      send(client, 'goes on')
      expect(await readText(server)).toBe('goes on')
    })

    test('streams are added', async () => {
      const { client, server } = await pair(RECONFIGURABLE)
      expect(named(send(client, 'x', { snd_sid: 12 }))).toBe('EINVAL')
      expectZero(client.setOption(sctp.SCTP_ADD_STREAMS, { sas_outstrms: 5 }))
      const there = (await notification(server, sctp.SCTP_STREAM_CHANGE_EVENT)).sn_strchange_event
      expect(there).toMatchObject({ strchange_flags: 0, strchange_instrms: 5, strchange_outstrms: 0 })
      const here = (await notification(client, sctp.SCTP_STREAM_CHANGE_EVENT)).sn_strchange_event
      expect(here).toMatchObject({ strchange_flags: 0, strchange_instrms: 0, strchange_outstrms: 5 })
      expect(good(client.getOption(sctp.SCTP_STATUS)).sstat_outstrms).toBe(15)
      send(client, 'on the new one', { snd_sid: 14 })
      expect(await readText(server)).toBe('on the new one')
    })

    test('a message that no longer can be sent comes back, in both forms', async () => {
      const { client, server } = await pair(hearing(sctp.SCTP_SEND_FAILED, sctp.SCTP_SEND_FAILED_EVENT))
      // More than the peer takes: the rest is still here when it aborts.
      expectZero(client.setInteger(SOL_SOCKET, SO_SNDBUF, 1 << 20))
      while (
        client.sendmsg(new Uint8Array(20_000).fill(7), { sndinfo: { snd_context: 99, snd_ppid: 3, snd_sid: 1 } }) > 0
      );
      // Unread data makes it an abort.
      await until(() => server.readable, server)
      server.close()
      const old = (await notification(client, sctp.SCTP_SEND_FAILED)).sn_send_failed
      expect(old.ssf_info).toMatchObject({ sinfo_context: 99, sinfo_ppid: 3, sinfo_stream: 1 })
      const { ssfe_info, ssf_data, ssf_flags } = (await notification(client, sctp.SCTP_SEND_FAILED_EVENT))
        .sn_send_failed_event
      expect(ssfe_info).toMatchObject({ snd_context: 99, snd_ppid: 3, snd_sid: 1 })
      expect([sctp.SCTP_DATA_SENT, sctp.SCTP_DATA_UNSENT]).toContain(ssf_flags)
      expect(ssf_data.length).toBeGreaterThan(0)
      expect(ssf_data.every(byte => byte === 7)).toBe(true)
    })

    test('a message that is delivered in parts is broken off', async () => {
      const { client, server } = await pair({
        before: socket => {
          subscribe(socket, sctp.SCTP_PARTIAL_DELIVERY_EVENT, sctp.SCTP_ASSOC_CHANGE)
          expectZero(socket.setInteger(SOL_SOCKET, SO_SNDBUF, 1 << 20))
        },
      })
      expect(send(client, new Uint8Array(200_000), { snd_sid: 4 })).toBe(200_000)
      await notification(server, sctp.SCTP_ASSOC_CHANGE)
      const { flags } = await read(server, 1000)
      expect(flags).toBe(0)
      client.setLinger(0)
      client.close()
      const { sn_pdapi_event } = await notification(server, sctp.SCTP_PARTIAL_DELIVERY_EVENT)
      expect(sn_pdapi_event.pdapi_indication).toBe(sctp.SCTP_PARTIAL_DELIVERY_ABORTED)
      // Linux does not tell the stream when the association is aborted.
      expect([4, 0]).toContain(sn_pdapi_event.pdapi_stream)
    })
  })
}
