import { describe, expect, test } from '@jest/globals'
import { toHex, utf8 } from '../../lib/base/bytes.ts'
import type { Connection } from '../../lib/engine.ts'
import { establishedPair, type Pair, type PairOptions, suitesNamed } from './pair.ts'
import { settle } from './renegotiation.ts'

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

  test('with other suites than before', () => {
    const suites = suitesNamed('ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305')
    const changing = { peerMayRenegotiate: true, suites: suites.slice(0, 1) }
    const pair = establishedPair({ client: { suites }, server: changing })
    expect(pair.client.negotiated.suite.openssl).toBe('ECDHE-ECDSA-AES128-GCM-SHA256')
    const before = exported(pair.client)
    pair.client.renegotiate()
    settle(pair)
    expectNewKeys(pair, before)
  })
})
