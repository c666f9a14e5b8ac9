import { writeFileSync } from 'node:fs'
import { expect } from '@jest/globals'
import { htons } from '../../../lib/base/sockaddr.ts'
import * as sctp from '../../../lib/sctp/api/index.ts'
import { describeKernel, expectZero, good, pair, readText, send, testInGuest, withDropped } from './stage.ts'

describeKernel('a network that loses packets', () => {
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
