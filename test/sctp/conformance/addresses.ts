import { describe, expect, test } from '@jest/globals'
import type { sockaddr_storage } from '../../../lib/base/sockaddr.ts'
import * as sctp from '../../../lib/sctp/api/index.ts'
import {
  connected,
  eventually,
  expectZero,
  good,
  ip,
  named,
  notification,
  portOf,
  readText,
  type Stage,
  send,
  subscribe,
  textOf,
  until,
} from './stage.ts'

function texts(addresses: readonly sockaddr_storage[] | number): string[] {
  return good(addresses).map(textOf)
}

const HERE = ['127.0.0.1', '127.0.0.2', '127.0.0.3']

export function addressesChapter({ made, listening, pair, testWith }: Stage): void {
  describe('several addresses', () => {
    test('bindx adds and removes; the last one stays', () => {
      const socket = made()
      expect(good(socket.localAddresses(0))).toEqual([])
      expectZero(socket.bindx([ip('127.0.0.1')], sctp.SCTP_BINDX_ADD_ADDR))
      const port = portOf(socket)
      expect(port).toBeGreaterThan(0)
      expectZero(socket.bindx([ip('127.0.0.2', port), ip('127.0.0.3', port)], sctp.SCTP_BINDX_ADD_ADDR))
      expect(texts(socket.localAddresses(0))).toEqual(HERE)
      expect(named(socket.bindx([ip('192.0.2.1', port)], sctp.SCTP_BINDX_ADD_ADDR))).toBe('EADDRNOTAVAIL')
      expect(named(socket.bindx([ip('127.0.0.2', port)], 3))).toBe('EINVAL')
      expect(named(socket.bindx([{ ss_family: 99 }], sctp.SCTP_BINDX_ADD_ADDR))).toBe('EAFNOSUPPORT')
      expectZero(socket.bindx([ip('127.0.0.1', port), ip('127.0.0.2', port)], sctp.SCTP_BINDX_REM_ADDR))
      expect(texts(socket.localAddresses(0))).toEqual(['127.0.0.3'])
      expect(named(socket.bindx([ip('127.0.0.3', port)], sctp.SCTP_BINDX_REM_ADDR))).toBe('EBUSY')
      const other = made()
      expect(named(other.bind(ip('127.0.0.3', port)))).toBe('EADDRINUSE')
      expect(named(other.bind({ ss_family: 7 }))).toBe('EAFNOSUPPORT')
    })

    test('both ends know all addresses of the other, over both families', async () => {
      const { listener } = listening({ at: [ip('::1')] })
      const port = portOf(listener)
      expectZero(listener.bindx([ip('127.0.0.1', port)], sctp.SCTP_BINDX_ADD_ADDR))
      const client = made(1, 10)
      expect(await connected(client, [ip('127.0.0.1', port), ip('::1', port)])).toBe(0)
      expect(texts(client.peerAddresses(0)).sort()).toEqual(['::1', '::ffff:127.0.0.1'])
      await until(() => listener.readable, listener)
      good(listener.accept()).close()
    })

    test('connectx: an association with one of the addresses has them all', async () => {
      const { client, server } = await pair({ at: HERE.map(text => ip(text)) })
      expect(texts(client.peerAddresses(0)).sort()).toEqual(HERE)
      expect(texts(server.localAddresses(0)).sort()).toEqual(HERE)
      const { listener } = listening({ at: HERE.map(text => ip(text)) })
      const second = made()
      expect(
        await connected(
          second,
          HERE.map(text => ip(text, portOf(listener))),
        ),
      ).toBe(0)
      expect(texts(second.peerAddresses(0)).sort()).toEqual(HERE)
      expect(named(made().connectx([]))).toBe('EINVAL')
      expect(named(made().connectx([ip('127.0.0.1', 1), ip('127.0.0.2', 2)]))).toBe('EINVAL')
    })

    test('addresses are confirmed; the primary is changed, and named for one message', async () => {
      const { client, server } = await pair({
        at: HERE.map(text => ip(text)),
        before: socket => subscribe(socket, sctp.SCTP_PEER_ADDR_CHANGE),
      })
      const { sn_paddr_change } = await notification(client, sctp.SCTP_PEER_ADDR_CHANGE)
      expect(sn_paddr_change.spc_state).toBe(sctp.SCTP_ADDR_CONFIRMED)
      expect(HERE).toContain(textOf(sn_paddr_change.spc_aaddr))
      const third = good(client.peerAddresses(0)).find(one => texts([one])[0] === '127.0.0.3') ?? {}
      const state = (): number =>
        good(client.getOption(sctp.SCTP_GET_PEER_ADDR_INFO, { spinfo_address: third })).spinfo_state
      await eventually(() => state() === sctp.SCTP_ACTIVE)
      expectZero(client.setOption(sctp.SCTP_PRIMARY_ADDR, { ssp_addr: third }))
      expect(texts([good(client.getOption(sctp.SCTP_PRIMARY_ADDR)).ssp_addr])).toEqual(['127.0.0.3'])
      const [first = {}] = good(client.peerAddresses(0))
      const sndinfo = { snd_flags: sctp.SCTP_ADDR_OVER }
      expect(client.sendmsg(Buffer.from('over'), { to: first, sndinfo })).toBe(4)
      expect(await readText(server)).toBe('over')
    })

    testWith('reconfigured', 'an address is added to and taken from a living association (RFC 5061)', async () => {
      const { client, server } = await pair({
        before: socket => {
          subscribe(socket, sctp.SCTP_PEER_ADDR_CHANGE)
          expectZero(socket.setOption(sctp.SCTP_ASCONF_SUPPORTED, { assoc_value: 1 }))
        },
      })
      const states = async (wanted: number): Promise<string> => {
        for (;;) {
          const { spc_state, spc_aaddr } = (await notification(client, sctp.SCTP_PEER_ADDR_CHANGE)).sn_paddr_change
          if (spc_state === wanted) return texts([spc_aaddr]).join()
        }
      }
      const added = ip('127.0.0.5', portOf(server))
      expectZero(server.bindx([added], sctp.SCTP_BINDX_ADD_ADDR))
      expect(await states(sctp.SCTP_ADDR_ADDED)).toBe('127.0.0.5')
      expect(texts(client.peerAddresses(0))).toContain('127.0.0.5')
      const state = (): number =>
        good(client.getOption(sctp.SCTP_GET_PEER_ADDR_INFO, { spinfo_address: added })).spinfo_state
      await eventually(() => state() === sctp.SCTP_ACTIVE)
      expectZero(server.setOption(sctp.SCTP_SET_PEER_PRIMARY_ADDR, { sspp_addr: added }))
      expect(await states(sctp.SCTP_ADDR_MADE_PRIM)).toBe('127.0.0.5')
      send(server, 'moved')
      expectZero(server.bindx([added], sctp.SCTP_BINDX_REM_ADDR))
      expect(await states(sctp.SCTP_ADDR_REMOVED)).toBe('127.0.0.5')
    })
  })
}
