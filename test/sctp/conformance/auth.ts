import { describe, expect, test } from '@jest/globals'
import * as sctp from '../../../lib/sctp/api/index.ts'
import type { SctpSocket } from '../../../lib/transport/sctp/provider.ts'
import { expectZero, good, named, notification, readText, type Stage, send, subscribe } from './stage.ts'

const DATA = 0x00
const FORWARD_TSN = 0xc0

function authenticated(socket: SctpSocket): void {
  expectZero(socket.setOption(sctp.SCTP_AUTH_SUPPORTED, { assoc_value: 1 }))
  for (const sauth_chunk of [DATA, FORWARD_TSN]) expectZero(socket.setOption(sctp.SCTP_AUTH_CHUNK, { sauth_chunk }))
  subscribe(socket, sctp.SCTP_AUTHENTICATION_EVENT)
}

function addKey(socket: SctpSocket, sca_keynumber: number, fill: number): void {
  expectZero(socket.setOption(sctp.SCTP_AUTH_KEY, { sca_keynumber, sca_key: new Uint8Array(64).fill(fill) }))
}

async function authKey(socket: SctpSocket): Promise<sctp.sctp_authkey_event> {
  return (await notification(socket, sctp.SCTP_AUTHENTICATION_EVENT)).sn_authkey_event
}

export function authChapter({ made, pair }: Stage): void {
  describe('authenticated chunks (RFC 4895)', () => {
    test('both ends list what is authenticated; what may not be is refused', async () => {
      const { client, server } = await pair({ before: authenticated })
      for (const socket of [client, server]) {
        for (const name of [sctp.SCTP_LOCAL_AUTH_CHUNKS, sctp.SCTP_PEER_AUTH_CHUNKS] as const) {
          const { gauth_chunks, gauth_number_of_chunks } = good(socket.getOption(name))
          expect([...gauth_chunks]).toEqual(expect.arrayContaining([DATA, FORWARD_TSN]))
          expect(gauth_number_of_chunks).toBe(gauth_chunks.length)
        }
      }
      // INIT, INIT-ACK, SHUTDOWN-COMPLETE, AUTH (RFC 4895 section 3.2).
      const refused = [1, 2, 14, 15].map(sauth_chunk => named(made().setOption(sctp.SCTP_AUTH_CHUNK, { sauth_chunk })))
      expect(refused).toEqual(['EINVAL', 'EINVAL', 'EINVAL', 'EINVAL'])
    })

    test('a key is added, made active, seen by the peer, given up, deleted', async () => {
      const { client, server } = await pair({ before: authenticated })
      for (const socket of [client, server]) addKey(socket, 1, 7)
      expect(named(client.setOption(sctp.SCTP_AUTH_ACTIVE_KEY, { scact_keynumber: 9 }))).toBe('EINVAL')
      expectZero(client.setOption(sctp.SCTP_AUTH_ACTIVE_KEY, { scact_keynumber: 1 }))
      expect(good(client.getOption(sctp.SCTP_AUTH_ACTIVE_KEY)).scact_keynumber).toBe(1)
      send(client, 'under the new key')
      expect(await authKey(server)).toMatchObject({ auth_keynumber: 1, auth_indication: sctp.SCTP_AUTH_NEW_KEY })
      expect(await readText(server)).toBe('under the new key')
      expect(named(client.setOption(sctp.SCTP_AUTH_DELETE_KEY, { scact_keynumber: 1 }))).toBe('EINVAL')
      expectZero(client.setOption(sctp.SCTP_AUTH_DEACTIVATE_KEY, { scact_keynumber: 0 }))
      expect(await authKey(client)).toMatchObject({ auth_keynumber: 0, auth_indication: sctp.SCTP_AUTH_FREE_KEY })
      expectZero(client.setOption(sctp.SCTP_AUTH_DELETE_KEY, { scact_keynumber: 0 }))
    })

    test('a message goes under the key that it names', async () => {
      const { client, server } = await pair({ before: authenticated })
      for (const socket of [client, server]) addKey(socket, 5, 3)
      expect(client.sendmsg(Buffer.from('five'), { authinfo: { auth_keynumber: 5 } })).toBe(4)
      expect(await authKey(server)).toMatchObject({ auth_keynumber: 5, auth_indication: sctp.SCTP_AUTH_NEW_KEY })
      expect(await readText(server)).toBe('five')
      expect(named(client.sendmsg(Buffer.from('x'), { authinfo: { auth_keynumber: 77 } }))).toBe('EINVAL')
      expect(good(client.getOption(sctp.SCTP_AUTH_ACTIVE_KEY)).scact_keynumber).toBe(0)
    })

    test('a message under a key that the peer has not yet waits until it has', async () => {
      const { client, server } = await pair({ before: authenticated })
      addKey(client, 2, 9)
      expect(client.sendmsg(Buffer.from('early'), { authinfo: { auth_keynumber: 2 } })).toBe(5)
      expect(named(server.recvmsg(new Uint8Array(10)))).toBe('EAGAIN')
      addKey(server, 2, 9)
      expect(await readText(server)).toBe('early')
    })

    test('a peer without authentication is told, and keys are refused', async () => {
      const { client } = await pair({
        before: (socket, role) => {
          if (role === 'client') return authenticated(socket)
          // What needs authentication goes first.
          socket.setOption(sctp.SCTP_ASCONF_SUPPORTED, { assoc_value: 0 })
          expectZero(socket.setOption(sctp.SCTP_AUTH_SUPPORTED, { assoc_value: 0 }))
        },
      })
      expect((await authKey(client)).auth_indication).toBe(sctp.SCTP_AUTH_NO_AUTH)
      const key = { sca_keynumber: 1, sca_key: new Uint8Array(4) }
      expect(named(client.setOption(sctp.SCTP_AUTH_KEY, key))).toBe('EACCES')
      expect(named(client.getOption(sctp.SCTP_PEER_AUTH_CHUNKS))).toBe('EACCES')
    })

    test("a length that lies about the key is refused; the key given stays the program's", async () => {
      const { client } = await pair({ before: authenticated })
      const lie = { sca_keynumber: 1, sca_keylength: 65, sca_key: new Uint8Array(64) }
      expect(named(client.setOption(sctp.SCTP_AUTH_KEY, lie))).toBe('EINVAL')
      const sca_key = new Uint8Array(64).fill(1)
      expectZero(client.setOption(sctp.SCTP_AUTH_KEY, { sca_keynumber: 1, sca_key }))
      expect(sca_key).toEqual(new Uint8Array(64).fill(1))
    })
  })
}
