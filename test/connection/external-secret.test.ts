import { describe, expect, test } from '@jest/globals'
import { toHex, utf8 } from '../../lib/base/bytes.ts'
import { DTLS_1_2 } from '../../lib/engine.ts'
import type { ExternalSecret } from '../../lib/handshake/config.ts'
import { NO_SESSIONS, type SessionPolicy } from '../../lib/session/policy.ts'
import { Session } from '../../lib/session/session.ts'
import { Pair, type PairOptions, suitesNamed } from './pair.ts'

/**
 * EAP-FAST (RFC 4851 section 3.2.2): the ticket names a secret that both sides have already. The server here knows it as a
 * session of its own, and shows no session id: the client sees by the ChangeCipherSpec that the secret was taken.
 */

const SUITE = 'ECDHE-RSA-AES128-GCM-SHA256'
const suites = suitesNamed(SUITE)
const secret = (byte: number): ExternalSecret => ({ master: new Uint8Array(48).fill(byte), suite: null })

function taking(byte: number): Partial<SessionPolicy> {
  return {
    openTicket(ticket) {
      if (toHex(ticket) !== toHex(utf8('pac'))) return 'unreadable'
      const session = new Session(0, 2 ** 40)
      session.version = DTLS_1_2.wire
      session.suite = suites[0]?.id ?? 0
      session.master = new Uint8Array(48).fill(byte)
      session.extendedMasterSecret = true
      return { session, renew: false }
    },
  }
}

function pair(server: Partial<SessionPolicy>, externalSecret: () => ExternalSecret | null, client = {}): Pair {
  const policy: SessionPolicy = { ...NO_SESSIONS, tickets: true }
  const options: PairOptions = {
    client: { suites, externalSecret, sessions: { ...policy, opaqueTicket: utf8('pac'), ...client } },
    server: { suites, sessions: { ...policy, ...server } },
  }
  return new Pair(options)
}

test('a secret that the server takes makes an abbreviated handshake, and both read each other', () => {
  const ends = pair(taking(7), () => secret(7))
  expect(ends.run()).toEqual({ client: 'done', server: 'done' })
  expect([ends.client, ends.server].map(end => end.negotiated.resumed)).toEqual([true, true])
  expect(ends.client.negotiated.peerChain).toEqual([])
  ends.client.write(utf8('hello'))
  ends.move('client')
  const heard = new Uint8Array(9)
  expect(ends.server.read(heard)).toBe(5)
  expect(heard.subarray(0, 5)).toEqual(utf8('hello'))
})

test('a server that does not take it goes through a full handshake, and the secret is forgotten', () => {
  const ends = pair({}, () => secret(7))
  expect(ends.run()).toEqual({ client: 'done', server: 'done' })
  expect(ends.client.negotiated.resumed).toBe(false)
  expect(toHex(ends.client.negotiated.master)).toBe(toHex(ends.server.negotiated.master))
  expect(ends.client.negotiated.master.every(byte => byte === 7)).toBe(false)
})

test('secrets that differ finish nothing: neither Finished can be read', () => {
  const ends = pair(taking(8), () => secret(7))
  expect(ends.run()).toEqual({ client: 'message', server: 'message' })
  expect([ends.client.established, ends.server.established]).toEqual([false, false])
})

describe('nobody has a secret', () => {
  test('where the application says so: the handshake fails', () => {
    const ends = pair(taking(7), () => null)
    ends.run()
    expect(ends.client.failure?.reason).toBe('internal-error')
  })

  test('without a ticket nobody is asked', () => {
    let asked = 0
    const ask = () => {
      asked++
      return secret(7)
    }
    for (const client of [{ opaqueTicket: null }, { opaqueTicket: null, withholdsTicket: true }]) {
      expect(pair({}, ask, client).run()).toEqual({ client: 'done', server: 'done' })
    }
    expect(asked).toBe(0)
  })

  test('a ChangeCipherSpec in place of the certificate ends a handshake that knows no secret', () => {
    const ends = pair(taking(7), () => secret(7))
    const plain = new Pair({
      client: { suites, sessions: { ...NO_SESSIONS, tickets: true, opaqueTicket: utf8('pac') } },
      server: { suites, sessions: { ...NO_SESSIONS, tickets: true, ...taking(7) } },
    })
    ends.run()
    plain.run()
    expect([ends.client.established, plain.client.established]).toEqual([true, false])
  })
})
