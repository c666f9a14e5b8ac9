import { describe, expect } from '@jest/globals'
import * as sctp from '../../../lib/sctp/api/index.ts'
import { SO_SNDBUF, SOL_SOCKET } from '../../../lib/transport/posix/constants.ts'
import type { SctpSocket } from '../../../lib/transport/sctp/provider.ts'
import {
  eventually,
  expectZero,
  good,
  ip,
  notification,
  read,
  readText,
  type Stage,
  send,
  subscribe,
  textOf,
  until,
} from './stage.ts'

function informed(socket: SctpSocket): void {
  expectZero(socket.setOption(sctp.SCTP_RECVRCVINFO, { value: 1 }))
  expectZero(socket.setOption(sctp.SCTP_RTOINFO, { srto_initial: 200, srto_min: 100, srto_max: 1000 }))
}

export function lossChapter({ pair, testLosing }: Stage): void {
  describe('a network that loses packets', () => {
    testLosing('every message arrives once and in the order of its stream', async losing => {
      const { client, server } = await pair({ before: informed })
      const COUNT = 200
      const STREAMS = 8
      // Every tenth packet, whoever sends it: no matter of chance.
      await losing({ to: null, oneIn: 10 }, async () => {
        const seen = Array.from({ length: STREAMS }, (): number[] => [])
        let received = 0
        const reading = (async () => {
          for (; received < COUNT; received++) {
            const { data, rcvinfo } = await read(server)
            seen[rcvinfo?.rcv_sid ?? -1]?.push(new DataView(data.buffer, data.byteOffset).getUint32(0))
          }
        })()
        for (let i = 0; i < COUNT; ) {
          const message = new Uint8Array(500)
          new DataView(message.buffer).setUint32(0, i)
          if (send(client, message, { snd_sid: i % STREAMS }) > 0) i++
          else await until(() => client.writable, client)
        }
        await reading
        const expected = seen.map((_, sid) => Array.from({ length: COUNT / STREAMS }, (_, i) => sid + i * STREAMS))
        expect(seen).toEqual(expected)
      })
    })

    testLosing('partial reliability: what is too late is given up, and counted', async losing => {
      const { client, server } = await pair({ before: informed })
      const counts = (policy: number): sctp.sctp_prstatus =>
        good(client.getOption(sctp.SCTP_PR_ASSOC_STATUS, { sprstat_policy: policy }))
      await losing({ to: null, oneIn: 1 }, async () => {
        const late = { pr_policy: sctp.SCTP_PR_SCTP_TTL, pr_value: 50 }
        const once = { pr_policy: sctp.SCTP_PR_SCTP_RTX, pr_value: 0 }
        expect(client.sendmsg(Buffer.from('late'), { prinfo: late })).toBe(4)
        expect(client.sendmsg(Buffer.from('once'), { prinfo: once })).toBe(4)
        expect(client.sendmsg(Buffer.from('kept'))).toBe(4)
        await eventually(
          () =>
            counts(sctp.SCTP_PR_SCTP_TTL).sprstat_abandoned_sent === 1 &&
            counts(sctp.SCTP_PR_SCTP_RTX).sprstat_abandoned_sent === 1,
        )
      })
      expect(await readText(server)).toBe('kept')
      expect(counts(sctp.SCTP_PR_SCTP_ALL)).toMatchObject({ sprstat_abandoned_sent: 2, sprstat_abandoned_unsent: 0 })
    })

    testLosing('partial reliability: a full buffer makes room at the cost of what matters least', async losing => {
      const { client, server } = await pair({ before: informed })
      expectZero(client.setInteger(SOL_SOCKET, SO_SNDBUF, 40_000))
      const message = (byte: number): Uint8Array => new Uint8Array(1000).fill(byte)
      const low = { pr_policy: sctp.SCTP_PR_SCTP_PRIO, pr_value: 9 }
      const high = { pr_policy: sctp.SCTP_PR_SCTP_PRIO, pr_value: 1 }
      await losing({ to: null, oneIn: 1 }, async () => {
        while (client.sendmsg(message(0), { prinfo: low }) > 0);
        expect(client.sendmsg(message(1), { prinfo: high })).toBe(1000)
      })
      let important = 0
      const status = (): sctp.sctp_prstatus =>
        good(client.getOption(sctp.SCTP_PR_ASSOC_STATUS, { sprstat_policy: sctp.SCTP_PR_SCTP_PRIO }))
      expect(status().sprstat_abandoned_unsent + status().sprstat_abandoned_sent).toBeGreaterThan(0)
      while (important === 0) important = (await read(server)).data[0] ?? 0
      expect(important).toBe(1)
    })

    testLosing('a path that fails is left for another, and taken again when it works', async losing => {
      const { client, server } = await pair({
        at: [ip('127.0.0.2'), ip('127.0.0.3')],
        before: (socket, role) => {
          // An address of its own, so that answers are not dropped with what is sent.
          if (role === 'client') expectZero(socket.bind(ip('127.0.0.9')))
          informed(socket)
          expectZero(socket.setOption(sctp.SCTP_RTOINFO, { srto_initial: 200, srto_min: 100, srto_max: 300 }))
          subscribe(socket, sctp.SCTP_PEER_ADDR_CHANGE)
          const paths = { spp_flags: sctp.SPP_HB_ENABLE, spp_hbinterval: 300, spp_pathmaxrxt: 2 }
          expectZero(socket.setOption(sctp.SCTP_PEER_ADDR_PARAMS, paths))
        },
      })
      const primary = good(client.getOption(sctp.SCTP_PRIMARY_ADDR)).ssp_addr
      const text = textOf(primary)
      const heard = async (state: number): Promise<string> => {
        for (;;) {
          const { spc_state, spc_aaddr } = (await notification(client, sctp.SCTP_PEER_ADDR_CHANGE)).sn_paddr_change
          if (spc_state === state) return textOf(spc_aaddr)
        }
      }
      const other = good(client.peerAddresses(0)).find(one => textOf(one) !== text) ?? {}
      const state = (): number =>
        good(client.getOption(sctp.SCTP_GET_PEER_ADDR_INFO, { spinfo_address: other })).spinfo_state
      await eventually(() => state() === sctp.SCTP_ACTIVE)
      await losing({ to: text, oneIn: 1 }, async () => {
        send(client, 'by the other path')
        expect(await heard(sctp.SCTP_ADDR_UNREACHABLE)).toBe(text)
        expect(await readText(server)).toBe('by the other path')
      })
      expect(await heard(sctp.SCTP_ADDR_AVAILABLE)).toBe(text)
      send(client, 'as before')
      expect(await readText(server)).toBe('as before')
    })
  })
}
