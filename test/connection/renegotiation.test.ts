import { describe, expect, test } from '@jest/globals'
import { toHex, utf8 } from '../../lib/base/bytes.ts'
import { type Connection, NO_SESSIONS, ProtocolFailure, type Session, SessionStore } from '../../lib/engine.ts'
import { SeededSource, VirtualClock } from '../../lib/sim.ts'
import { testCredential } from './credentials.ts'
import { establishedPair, Pair, type PairOptions, suitesNamed } from './pair.ts'
import { attend, settle } from './renegotiation.ts'

function willing(options: PairOptions = {}): Pair {
  return establishedPair({
    ...options,
    client: { peerMayRenegotiate: true, ...options.client },
    server: { peerMayRenegotiate: true, ...options.server },
  })
}

function exported(connection: Connection): string {
  const secret = connection.exportKeyingMaterial(utf8('EXPORTER-test'), null, 32)
  if (secret === null) throw new Error('no secret')
  return toHex(secret)
}

function expectNewKeys(pair: Pair, before: string): void {
  expect([pair.client.failure?.reason, pair.server.failure?.reason]).toEqual([undefined, undefined])
  expect([pair.client.settled, pair.server.settled]).toEqual([true, true])
  expect([pair.client.renegotiating, pair.server.renegotiating]).toEqual([false, false])
  expect(exported(pair.client)).toBe(exported(pair.server))
  expect(exported(pair.client)).not.toBe(before)
  expect(pair.send('client', 'new from the client')).toBe('new from the client')
  expect(pair.send('server', 'new from the server')).toBe('new from the server')
}

describe('a new handshake inside the connection (RFC 5746)', () => {
  test('that the client wants', () => {
    const pair = willing()
    const before = exported(pair.client)
    pair.client.renegotiate()
    expect([pair.client.settled, pair.client.renegotiating, pair.client.established]).toEqual([false, true, true])
    settle(pair)
    expectNewKeys(pair, before)
    expect([pair.client.renegotiations, pair.server.renegotiations]).toEqual([1, 0])
    expect(pair.client.negotiated.resumed).toBe(false)
  })

  test('that the server asks for', () => {
    const pair = establishedPair({ client: { peerMayRenegotiate: true } })
    const before = exported(pair.client)
    pair.server.renegotiate()
    expect(pair.server.handshake()).toBe('done')
    // It goes on until the client answers.
    expect([pair.server.settled, pair.server.renegotiating]).toEqual([true, true])
    expect(pair.server.write(utf8('meanwhile'))).toBe(true)
    expect(settle(pair).client).toEqual(['meanwhile'])
    expectNewKeys(pair, before)
    expect([pair.client.renegotiations, pair.server.renegotiations]).toEqual([1, 1])
  })

  test('again and again, asked for by either side', () => {
    const pair = willing()
    const seen = new Set<string>()
    for (const side of ['client', 'server', 'server', 'client', 'server'] as const) {
      const before = exported(pair.client)
      pair[side].renegotiate()
      settle(pair)
      expectNewKeys(pair, before)
      expect(seen.has(before)).toBe(false)
      seen.add(before)
    }
  })

  test('whose HelloRequest crosses the ClientHello', () => {
    const pair = willing()
    const before = exported(pair.client)
    pair.client.renegotiate()
    pair.server.renegotiate()
    pair.client.handshake()
    pair.server.handshake()
    settle(pair)
    expectNewKeys(pair, before)
  })

  test('whose HelloRequests are lost, though they count in the numbers of what follows', () => {
    const pair = willing()
    for (let lost = 0; lost < 3; lost++) {
      pair.server.renegotiate()
      pair.server.handshake()
      pair.server.takeOutput()
    }
    const before = exported(pair.client)
    pair.client.renegotiate()
    settle(pair)
    expectNewKeys(pair, before)
  })
})

/** A client that offers what it has kept last, and a server that remembers. */
function remembering(tickets: boolean): PairOptions {
  const clock = new VirtualClock()
  let kept: Session | null = null
  const sessions = {
    ...NO_SESSIONS,
    timeout: 7200,
    tickets,
    get offered() {
      return kept
    },
    onEstablished(session: Session) {
      kept = session
    },
  }
  const store = new SessionStore({ clock, random: new SeededSource(5).random, tickets })
  return {
    clock,
    client: { sessions, peerMayRenegotiate: true },
    server: { sessions: store, peerMayRenegotiate: true },
  }
}

describe.each([
  ['ticket', true],
  ['id', false],
] as const)('with the session that is there, by %s', (_name, tickets) => {
  test('when that is wanted, and with new keys when not', () => {
    const pair = establishedPair(remembering(tickets))
    for (const resume of [true, false, true, true]) {
      const [before, master] = [exported(pair.client), pair.client.negotiated.master.slice()]
      pair.client.renegotiate({ resume })
      settle(pair)
      expectNewKeys(pair, before)
      expect([pair.client.negotiated.resumed, pair.server.negotiated.resumed]).toEqual([resume, resume])
      expect(toHex(pair.client.negotiated.master) === toHex(master)).toBe(resume)
    }
  })

  test('when the server has the say: it may want new keys', () => {
    const options = remembering(tickets)
    const pair = establishedPair({ ...options, server: { ...options.server, resumptionOnRenegotiation: false } })
    const before = exported(pair.client)
    pair.client.renegotiate({ resume: true })
    settle(pair)
    expectNewKeys(pair, before)
    expect(pair.client.negotiated.resumed).toBe(false)
  })

  test('while the last flight of the resumption before it is lost: it is sent again', () => {
    const options = remembering(tickets)
    establishedPair(options)
    const pair = new Pair(options)
    pair.client.handshake()
    pair.move('client')
    pair.server.handshake()
    pair.move('server')
    expect(pair.client.handshake()).toBe('done')
    expect(pair.client.negotiated.resumed).toBe(true)
    // Lost; and the client does not know.
    pair.client.takeOutput()
    pair.client.renegotiate()
    pair.client.handshake()
    expect(pair.move('client')).toBe(1)
    attend(pair.server)
    expect(pair.server.established).toBe(false)
    const before = exported(pair.client)
    for (let round = 0; round < 6 && !(pair.server.settled && pair.client.settled); round++) {
      pair.clock.advanceTo(pair.clock.now() + 4000)
      for (const side of [pair.server, pair.client]) {
        side.onDeadline()
        settle(pair)
      }
    }
    expectNewKeys(pair, before)
  })
})

describe('what a new handshake may change', () => {
  test('the suite', () => {
    const [first, second] = [
      suitesNamed('ECDHE-ECDSA-AES128-GCM-SHA256'),
      suitesNamed('ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-ECDSA-AES256-SHA'),
    ]
    const pair = establishedPair({ client: { peerMayRenegotiate: true, suites: first } })
    for (const suite of second) {
      Object.defineProperty(pair.client.negotiated.config, 'suites', { value: [suite], configurable: true })
      const before = exported(pair.client)
      pair.server.renegotiate()
      settle(pair)
      expectNewKeys(pair, before)
      expect(pair.server.negotiated.suite).toBe(suite)
    }
  })

  test("what is asked of the client's certificate", () => {
    const answer = { clientCredential: () => testCredential('client'), peerMayRenegotiate: true }
    const pair = establishedPair({ client: answer })
    expect(pair.server.negotiated.peerChain).toEqual([])
    Object.defineProperty(pair.server.negotiated.config, 'clientAuthentication', { value: 'require' })
    const before = exported(pair.client)
    pair.server.renegotiate()
    settle(pair)
    expectNewKeys(pair, before)
    expect(pair.server.negotiated.peerChain[0]?.der).toEqual(testCredential('client').chain[0])
  })

  test('not the protocol that is spoken (RFC 7301)', () => {
    const pair = willing({
      client: { alpn: [utf8('coap'), utf8('other')] },
      server: { onAlpn: ([, second]) => (second === undefined ? 'none' : { selected: second }) },
    })
    const before = exported(pair.client)
    pair.client.renegotiate()
    settle(pair)
    expectNewKeys(pair, before)
    for (const side of [pair.client, pair.server]) expect(side.negotiated.agreed.alpn).toEqual(utf8('other'))
  })

  test('the length of records: what is on its way may still be longer', () => {
    const pair = willing()
    Object.defineProperty(pair.client.negotiated.config, 'maxFragmentLength', { value: 1 })
    const before = exported(pair.client)
    pair.client.renegotiate()
    pair.client.handshake()
    const long = 'x'.repeat(5000)
    pair.server.write(utf8(long))
    const [late] = pair.server.takeOutput()
    if (late === undefined) throw new Error('nothing was written')
    pair.move('client')
    attend(pair.server)
    pair.move('server')
    attend(pair.client)
    // The client has read of the agreement before this comes.
    pair.client.receive(late)
    expect(settle(pair).client).toEqual([long])
    expectNewKeys(pair, before)
    expect([pair.client.maxWrite, pair.server.maxWrite]).toEqual([512, 512])

    Object.defineProperty(pair.client.negotiated.config, 'maxFragmentLength', { value: 0 })
    pair.client.renegotiate()
    settle(pair)
    expect([pair.client.maxWrite, pair.server.maxWrite]).toEqual([16384, 16384])
    expect(pair.send('server', long)).toBe(long)
  })
})

test('closing in the middle ends it, and nothing is sent again', () => {
  const pair = willing()
  pair.client.renegotiate()
  pair.client.handshake()
  expect(pair.client.nextDeadline()).not.toBeNull()
  pair.client.close()
  expect(pair.client.nextDeadline()).toBeNull()
  expect([pair.client.settled, pair.client.handshake()]).toEqual([true, 'done'])
  settle(pair)
  expect(pair.server.readState).toBe('closed')
  expect(pair.client.write(utf8('late'))).toBe(false)
})

test('destroying in the middle leaves no keys to export', () => {
  const pair = willing()
  pair.client.renegotiate()
  pair.client.handshake()
  expect(exported(pair.client)).toBe(exported(pair.server))
  pair.client.destroy()
  expect(pair.client.exportKeyingMaterial(utf8('EXPORTER-test'), null, 32)).toBeNull()
})

test('wanted before the first handshake, or after a failure, it has no effect', () => {
  const pair = new Pair()
  pair.client.renegotiate()
  expect(pair.client.renegotiating).toBe(false)
  pair.run()
  expect(pair.client.settled).toBe(true)
  pair.client.abort(new ProtocolFailure('internal-error'))
  pair.client.renegotiate()
  expect(pair.client.renegotiating).toBe(false)
})
