import { writeFileSync } from 'node:fs'
import { expect } from '@jest/globals'
import { htons } from '../../../lib/base/sockaddr.ts'
import * as sctp from '../../../lib/sctp/api.ts'
import { SO_SNDBUF, SOL_SOCKET } from '../../../lib/transport/posix/constants.ts'
import type { SctpSocket } from '../../../lib/transport/sctp/provider.ts'
import {
  describeKernel,
  expectZero,
  good,
  pair,
  read,
  readText,
  send,
  testInGuest,
  withDropped,
  withNetem,
} from './stage.ts'

function informed(socket: SctpSocket): void {
  expectZero(socket.setOption(sctp.SCTP_RECVRCVINFO, { value: 1 }))
  expectZero(socket.setOption(sctp.SCTP_RTOINFO, { srto_initial: 200, srto_min: 100, srto_max: 1000 }))
}

describeKernel('a network that loses packets', () => {
  testInGuest('interleaving: a short message overtakes a long one (RFC 8260)', async () => {
    const { client, server } = await pair({
      before: socket => {
        informed(socket)
        expectZero(socket.setOption(sctp.SCTP_FRAGMENT_INTERLEAVE, { value: 2 }))
        expectZero(socket.setOption(sctp.SCTP_INTERLEAVING_SUPPORTED, { assoc_value: 1 }))
        expectZero(socket.setOption(sctp.SCTP_STREAM_SCHEDULER, { assoc_value: sctp.SCTP_SS_RR }))
        expectZero(socket.setInteger(SOL_SOCKET, SO_SNDBUF, 1 << 20))
      },
    })
    expect(good(client.getOption(sctp.SCTP_INTERLEAVING_SUPPORTED)).assoc_value).toBe(1)
    await withNetem('delay 20ms', async () => {
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

  testInGuest('inside UDP (RFC 6951) an association lives where SCTP packets are dropped', async () => {
    const setting = (value: number): void => writeFileSync('/proc/sys/net/sctp/udp_port', String(value))
    setting(9899)
    try {
      await withDropped('ip protocol 132 0xff', 'drop', async () => {
        const { client, server } = await pair({
          before: socket => expectZero(socket.setOption(sctp.SCTP_REMOTE_UDP_ENCAPS_PORT, { sue_port: htons(9899) })),
        })
        send(client, 'in UDP')
        expect(await readText(server)).toBe('in UDP')
        const [sue_address = {}] = good(client.peerAddresses(0))
        const { sue_port } = good(client.getOption(sctp.SCTP_REMOTE_UDP_ENCAPS_PORT, { sue_address }))
        expect(sue_port).toBe(htons(9899))
      })
    } finally {
      setting(0)
    }
  })
})
