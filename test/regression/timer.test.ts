import { describe, expect, test } from '@jest/globals'
import type { Connection } from '../../lib/engine.ts'
import { HandshakeType } from '../../lib/wire/registry.ts'
import { ScriptedClient } from '../adversary/scripted-client.ts'
import { establishedPair, Pair } from '../connection/pair.ts'

/** The pair comes to the end of its handshake, and the server's last flight is lost. */
function lastFlightLost(): Pair {
  const pair = new Pair()
  pair.client.handshake()
  pair.move('client')
  pair.server.handshake()
  pair.move('server')
  pair.client.handshake()
  pair.move('client')
  expect(pair.server.handshake()).toBe('done')
  pair.server.takeOutput()
  return pair
}

function expire(connection: Connection, pair: Pair): void {
  pair.clock.advanceTo(connection.nextDeadline() ?? pair.clock.now())
  expect(connection.onDeadline()).toBe('resent')
}

describe('openssl/openssl#7998: the timer is off after the handshake', () => {
  test('on both sides, also when time passes', () => {
    const pair = establishedPair()
    for (const party of [pair.client, pair.server]) {
      expect(party.nextDeadline()).toBeNull()
      pair.clock.advanceBy(100_000)
      expect(party.onDeadline()).toBe('idle')
      expect(party.hasOutput).toBe(false)
    }
  })

  test('the side that speaks last has none although its flight is lost, and sends it again only when it is asked', () => {
    const pair = lastFlightLost()
    expect(pair.server.nextDeadline()).toBeNull()
    pair.clock.advanceBy(10_000)
    expect(pair.server.onDeadline()).toBe('idle')
    expect(pair.server.hasOutput).toBe(false)
  })
})

describe('pion/dtls#478, #479: a late retransmission is answered', () => {
  test('the last flight leaves once for each repetition, from read, and the peer finishes', () => {
    const pair = lastFlightLost()
    expire(pair.client, pair)
    pair.move('client')
    expect(pair.server.read(new Uint8Array(10))).toBe(0)
    const again = pair.server.takeOutput()
    expect(again).toHaveLength(1)
    for (const datagram of again) pair.client.receive(datagram)
    expect(pair.client.handshake()).toBe('done')
    expect(pair.client.nextDeadline()).toBeNull()
    expect(pair.server.nextDeadline()).toBeNull()
    expect(pair.send('client', 'after all')).toBe('after all')
  })

  test('five times in a row, without a waiting period (BoringSSL DTLS-Retransmit)', () => {
    const pair = lastFlightLost()
    for (let i = 0; i < 5; i++) {
      expire(pair.client, pair)
      const repeated = pair.client.takeOutput()
      for (const datagram of repeated) pair.server.receive(datagram)
      pair.server.read(new Uint8Array(10))
      expect(pair.server.takeOutput()).toHaveLength(1)
      // The very same datagrams again are a replay, not a repetition.
      for (const datagram of repeated) pair.server.receive(datagram)
      pair.server.read(new Uint8Array(10))
      expect(pair.server.takeOutput()).toEqual([])
    }
  })

  test('data that was sent before the flight was repeated arrives behind it', () => {
    const pair = lastFlightLost()
    expect(pair.server.write(Uint8Array.of(1, 2, 3))).toBe(true)
    pair.move('server')
    expect(pair.client.handshake()).toBe('message')
    expire(pair.client, pair)
    pair.move('client')
    pair.server.read(new Uint8Array(10))
    pair.move('server')
    expect(pair.client.handshake()).toBe('done')
    const out = new Uint8Array(10)
    expect(pair.client.read(out)).toBe(3)
  })
})

describe('algesten/str0m#943, algesten/dimpl#160: the deadline is never in the past after a resend', () => {
  test('it stands exactly one doubled duration ahead, and what is resent leaves in the same step', () => {
    const { client, clock } = new Pair()
    client.handshake()
    client.takeOutput()
    let expected = clock.now() + 1000
    expect(client.nextDeadline()).toBe(expected)
    for (const duration of [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000, 60_000, 60_000, 60_000]) {
      clock.advanceTo(expected)
      expect(client.onDeadline()).toBe('resent')
      expect(client.takeOutput()).toHaveLength(1)
      expected = clock.now() + duration
      expect(client.nextDeadline()).toBe(expected)
      expect(client.onDeadline()).toBe('idle')
      expect(client.hasOutput).toBe(false)
    }
    clock.advanceTo(expected)
    expect(client.onDeadline()).toBe('failed')
    expect(client.failure?.reason).toBe('read-timeout-expired')
  })

  test('also when the call comes very late', () => {
    const { client, clock } = new Pair()
    client.handshake()
    clock.advanceBy(1_000_000)
    expect(client.onDeadline()).toBe('resent')
    expect(client.nextDeadline()).toBe(clock.now() + 2000)
  })

  test('and when it is a repetition of the peer that makes the flight leave again', () => {
    const pair = new Pair()
    pair.client.handshake()
    pair.move('client')
    pair.server.handshake()
    pair.server.takeOutput()
    expire(pair.client, pair)
    pair.move('client')
    expect(pair.server.nextDeadline()).toBe(pair.clock.now())
    expect(pair.server.handshake()).toBe('message')
    expect(pair.server.takeOutput().length).toBeGreaterThan(0)
    expect(pair.server.nextDeadline()).toBe(pair.clock.now() + 1000)
  })

  test('a partial answer does not stop the timer (BoringSSL DTLS-Retransmit-PartialProgress)', () => {
    const pair = new Pair({ server: { pathMtu: () => 300 } })
    pair.client.handshake()
    pair.move('client')
    pair.server.handshake()
    const [first] = pair.server.takeOutput()
    if (first !== undefined) pair.client.receive(first)
    expect(pair.client.handshake()).toBe('message')
    expect(pair.client.nextDeadline()).toBe(pair.clock.now() + 1000)
    expire(pair.client, pair)
    expect(pair.client.hasOutput).toBe(true)
  })

  test('it is off once a failure is known', () => {
    const pair = new Pair({ client: { verifyPeer: () => ({ accepted: false, alert: 48 }) } })
    pair.run()
    expect(pair.client.failure?.reason).toBe('certificate-verify-failed')
    expect(pair.server.failure?.received).toBe(48)
    expect(pair.client.nextDeadline()).toBeNull()
    expect(pair.server.nextDeadline()).toBeNull()
  })
})

describe('a flight is repeated for the message that it answers, not for a later one', () => {
  test("when only the end of the client's flight is missing, its beginning again brings nothing but patience", () => {
    const script = new ScriptedClient({ engine: { clientAuthentication: 'require' } })
      .hello()
      .certificate()
      .keyExchange()
    const sent = script.engine.discards.count('stale-message')
    script.clock.advanceBy(900)
    script.fragment(HandshakeType.clientKeyExchange, 66, 2, 60, new Uint8Array(6))
    expect(script.engine.discards.count('stale-message')).toBe(sent + 1)
    expect(script.engine.nextDeadline()).toBe(script.clock.now() + 100)
    script.certificateVerify().changeCipherSpec().finished()
    expect(script.engine.established).toBe(true)
  })
})

describe('a peer that repeats itself, or somebody in its name', () => {
  test('behind protection is answered at once, each time', () => {
    const script = new ScriptedClient().hello().keyExchange().changeCipherSpec()
    const verify = script.verifyData()
    script.finished(verify)
    expect(script.changes).toBe(1)
    for (const answers of [2, 3, 4]) {
      script.finished(verify, { messageSequence: script.nextMessage - 1, counts: false })
      expect(script.changes).toBe(answers)
    }
  })

  test('in the clear does not get the flight for ever, nor put the deadline off for ever', () => {
    const script = new ScriptedClient().hello()
    let answers = 0
    for (let i = 0; i < 200; i++) {
      script.clock.advanceBy(300)
      script.engine.receive(script.sealed(22, Uint8Array.of(1, 0, 0, 50, 0, 0, 0, 0, 49, 0, 0, 1, 0)))
      script.engine.handshake()
      if (script.engine.takeOutput().length > 0) answers++
    }
    expect(answers).toBe(31)
    expect(script.engine.nextDeadline()).toBeLessThan(script.clock.now())
  })
})
