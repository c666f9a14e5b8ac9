import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import { htonl } from '../../../lib/base/sockaddr.ts'
import * as sctp from '../../../lib/sctp/api/index.ts'
import { PEER_FILE } from './peer.ts'
import {
  describeKernel,
  expectZero,
  good,
  kept,
  listening,
  notification,
  portOf,
  read,
  subscribe,
  until,
} from './stage.ts'

describeKernel('a peer in C', () => {
  const withPeer = existsSync(PEER_FILE) ? test : test.skip

  withPeer('its messages come as it sent them, and the echoes go as they came', async () => {
    const { listener } = listening({
      before: socket => {
        expectZero(socket.setOption(sctp.SCTP_RECVRCVINFO, { value: 1 }))
        expectZero(socket.setOption(sctp.SCTP_INITMSG, { sinit_num_ostreams: 20, sinit_max_instreams: 6 }))
        subscribe(socket, sctp.SCTP_ASSOC_CHANGE, sctp.SCTP_SHUTDOWN_EVENT)
      },
    })
    const ended = promisify(execFile)(PEER_FILE, [String(portOf(listener))])
    await until(() => listener.readable, listener)
    const server = kept(good(listener.accept()))
    const { sn_assoc_change } = await notification(server, sctp.SCTP_ASSOC_CHANGE)
    // The smaller of what one offers and the other takes.
    expect(sn_assoc_change).toMatchObject({ sac_inbound_streams: 6, sac_outbound_streams: 9 })
    for (let i = 0; i < 5; i++) {
      const { data, rcvinfo } = await read(server)
      const rcv_flags = i % 2 === 1 ? sctp.SCTP_UNORDERED : 0
      expect(Buffer.from(data).toString()).toBe(`message ${i}`)
      expect(rcvinfo).toMatchObject({ rcv_sid: i, rcv_flags, rcv_ppid: htonl(40 + i) })
      const sndinfo = { snd_sid: i, snd_flags: rcv_flags, snd_ppid: rcvinfo?.rcv_ppid ?? 0 }
      expect(server.sendmsg(data, { sndinfo })).toBe(data.length)
    }
    await notification(server, sctp.SCTP_SHUTDOWN_EVENT)
    const echoes = [0, 1, 2, 3, 4].map(i => `message ${i}: stream ${i}, flags ${i % 2}, ppid ${40 + i}, whole`)
    expect((await ended).stdout.trimEnd().split('\n')).toEqual([...echoes, 'streams 9 in, 6 out'])
  })
})
