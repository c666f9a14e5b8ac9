import { expect, test } from '@jest/globals'
import { formatIp } from '../../../lib/base/ip.ts'
import { ipOf, type sockaddr_storage, sockaddrFrom } from '../../../lib/base/sockaddr.ts'
import * as sctp from '../../../lib/sctp/api.ts'
import {
  connected,
  describeKernel,
  eventually,
  expectZero,
  good,
  ip,
  listening,
  made,
  named,
  notification,
  pair,
  portOf,
  readText,
  send,
  subscribe,
  until,
} from './stage.ts'

function texts(addresses: readonly sockaddr_storage[] | number): string[] {
  return good(addresses).map(address => formatIp(ipOf(address)?.bytes ?? new Uint8Array(4)))
}

function at(text: string, port: number): sockaddr_storage {
  return sockaddrFrom({ bytes: ipOf(ip(text))?.bytes ?? new Uint8Array(4), port, scope: 0 })
}

const HERE = ['127.0.0.1', '127.0.0.2', '127.0.0.3']

describeKernel('several addresses', () => {
  test('bindx adds and removes; the last one stays', () => {
    const socket = made()
    expect(good(socket.localAddresses(0))).toEqual([])
    expectZero(socket.bindx([ip('127.0.0.1')], sctp.SCTP_BINDX_ADD_ADDR))
    const port = portOf(socket)
    expect(port).toBeGreaterThan(0)
    expectZero(socket.bindx([at('127.0.0.2', port), at('127.0.0.3', port)], sctp.SCTP_BINDX_ADD_ADDR))
    expect(texts(socket.localAddresses(0))).toEqual(HERE)
    expect(named(socket.bindx([at('192.0.2.1', port)], sctp.SCTP_BINDX_ADD_ADDR))).toBe('EADDRNOTAVAIL')
    expect(named(socket.bindx([at('127.0.0.2', port)], 3))).toBe('EINVAL')
    expect(named(socket.bindx([{ ss_family: 99 }], sctp.SCTP_BINDX_ADD_ADDR))).toBe('EAFNOSUPPORT')
    expectZero(socket.bindx([at('127.0.0.1', port), at('127.0.0.2', port)], sctp.SCTP_BINDX_REM_ADDR))
    expect(texts(socket.localAddresses(0))).toEqual(['127.0.0.3'])
    expect(named(socket.bindx([at('127.0.0.3', port)], sctp.SCTP_BINDX_REM_ADDR))).toBe('EBUSY')
    const other = made()
    expect(named(other.bind(at('127.0.0.3', port)))).toBe('EADDRINUSE')
    expect(named(other.bind({ ss_family: 7 }))).toBe('EAFNOSUPPORT')
  })

  test('both ends know all addresses of the other, over both families', async () => {
    const { listener } = listening({ at: [ip('::1')] })
    const port = portOf(listener)
    expectZero(listener.bindx([at('127.0.0.1', port)], sctp.SCTP_BINDX_ADD_ADDR))
    const client = made(1, 10)
    expect(await connected(client, [at('127.0.0.1', port), at('::1', port)])).toBe(0)
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
        HERE.map(text => at(text, portOf(listener))),
      ),
    ).toBe(0)
    expect(texts(second.peerAddresses(0)).sort()).toEqual(HERE)
    expect(named(made().connectx([]))).toBe('EINVAL')
    expect(named(made().connectx([at('127.0.0.1', 1), at('127.0.0.2', 2)]))).toBe('EINVAL')
  })

  test('addresses are confirmed; the primary is changed, and named for one message', async () => {
    const { client, server } = await pair({
      at: HERE.map(text => ip(text)),
      before: socket => subscribe(socket, sctp.SCTP_PEER_ADDR_CHANGE),
    })
    const { sn_paddr_change } = await notification(client, sctp.SCTP_PEER_ADDR_CHANGE)
    expect(sn_paddr_change.spc_state).toBe(sctp.SCTP_ADDR_CONFIRMED)
    expect(HERE).toContain(formatIp(ipOf(sn_paddr_change.spc_aaddr)?.bytes ?? new Uint8Array(4)))
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

  test('an address is added to and taken from a living association (RFC 5061)', async () => {
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
    const added = at('127.0.0.5', portOf(server))
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
