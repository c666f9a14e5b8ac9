import { describe, expect, test } from '@jest/globals'
import { equal, utf8 } from '../../lib/base/bytes.ts'
import { automaticDh } from '../../lib/crypto/dh.ts'
import { type CipherSuite, SUITES } from '../../lib/crypto/suites.ts'
import { Alert, TLS_1_0, TLS_1_1, TLS_1_2 } from '../../lib/engine.ts'
import { SeededSource } from '../../lib/sim.ts'
import { establishedStream, join, StreamPair } from './stream.ts'

const VERSIONS = [TLS_1_2, TLS_1_1, TLS_1_0]
const cells = VERSIONS.flatMap(version =>
  SUITES.filter(suite => suite.available && suite.authentication !== 'dss' && suite.minTls <= version.tls).map(
    suite => ({ name: `${version.name} ${suite.openssl}`, version, suite }),
  ),
)

describe('every suite in every version', () => {
  test.each(cells)('$name', ({ version, suite }) => {
    const pair = establishedStream({
      client: { versions: [version], suites: [suite] },
      server: { versions: VERSIONS, dhParameters: () => automaticDh(80) },
    })
    expect(pair.client.negotiated.version).toBe(version)
    for (const length of [1, 16384, 300]) {
      const data = new SeededSource(length).random(length)
      expect(pair.client.write(data)).toBe(true)
      expect(equal(pair.read('server'), data)).toBe(true)
      expect(pair.server.write(data)).toBe(true)
      expect(equal(pair.read('client'), data)).toBe(true)
    }
  })
})

describe('a stream in pieces', () => {
  test.each([1, 2, 4, 5, 6, 100, 16384])('of %d bytes', piece => {
    const pair = new StreamPair({ server: { clientAuthentication: 'request' } })
    pair.piece = piece
    expect(pair.run()).toEqual({ client: 'done', server: 'done' })
    const data = new SeededSource(piece).random(20_000)
    pair.client.write(data.subarray(0, 16384))
    pair.client.write(data.subarray(16384))
    expect(equal(pair.read('server'), data)).toBe(true)
  })

  test('no more than a record is held', () => {
    const pair = establishedStream()
    const data = new Uint8Array(16384)
    for (let i = 0; i < 8; i++) pair.client.write(data)
    pair.collect()
    const before = pair.wire.server.length
    while (pair.deliver('server'));
    expect(before - pair.wire.server.length).toBeLessThan(16384 + 512)
    expect(pair.server.room).toBe(0)
    expect(pair.read('server')).toHaveLength(8 * data.length)
  })
})

describe('messages and records', () => {
  test('a flight in records of one byte is the same flight', () => {
    const pair = new StreamPair()
    pair.client.handshake()
    pair.collect()
    pair.wire.server = cutRecords(pair.wire.server, 1)
    expect(pair.run()).toEqual({ client: 'done', server: 'done' })
  })

  test('several messages in a record are taken one by one', () => {
    const pair = new StreamPair()
    pair.client.handshake()
    pair.collect()
    while (pair.deliver('server')) pair.server.handshake()
    pair.collect()
    pair.wire.client = joinRecords(pair.wire.client)
    expect(pair.run()).toEqual({ client: 'done', server: 'done' })
  })

  test('messages longer than a record are cut', () => {
    const lengths: number[] = []
    const pair = establishedStream({
      server: { splitSendFragment: 512 },
      serverObserver: {
        onMessage: (sent, _version, content, bytes) =>
          sent && content === 'header' && lengths.push(((bytes[3] ?? 0) << 8) | (bytes[4] ?? 0)),
      },
    })
    expect(pair.server.established).toBe(true)
    expect(Math.max(...lengths)).toBe(512)
  })

  test('the agreed fragment length holds for both', () => {
    const pair = establishedStream({ client: { maxFragmentLength: 1 } })
    expect(pair.client.maxWrite).toBe(512)
    expect(pair.client.write(new Uint8Array(513))).toBe(false)
    expect(pair.client.failure?.reason).toBe('exceeds-max-fragment-size')
  })
})

describe('TLS 1.0 guards what CBC protects', () => {
  const [cbc] = SUITES.filter(({ openssl }) => openssl === 'AES128-SHA') as [CipherSuite]
  const record = (pair: StreamPair) => {
    pair.collect()
    return recordsOf(pair.wire.server).length
  }

  test.each([
    { version: TLS_1_0, emptyRecords: true, expected: 2 },
    { version: TLS_1_0, emptyRecords: false, expected: 1 },
    { version: TLS_1_1, emptyRecords: true, expected: 1 },
    { version: TLS_1_2, emptyRecords: true, expected: 1 },
  ])('$version.name, asked for: $emptyRecords', ({ version, emptyRecords, expected }) => {
    const pair = establishedStream({
      client: { versions: [version], suites: [cbc], emptyRecords },
      server: { versions: VERSIONS },
    })
    pair.client.write(utf8('text'))
    expect(record(pair)).toBe(expected)
    expect(equal(pair.read('server'), utf8('text'))).toBe(true)
  })

  test('once for what is written together', () => {
    const pair = establishedStream({ client: { versions: [TLS_1_0], suites: [cbc] }, server: { versions: VERSIONS } })
    pair.client.write(utf8('te'))
    pair.client.write(utf8('xt'), true)
    expect(record(pair)).toBe(3)
    expect(equal(pair.read('server'), utf8('text'))).toBe(true)
  })
})

describe('what is damaged ends the connection', () => {
  test.each(VERSIONS)('of $name', version => {
    const pair = establishedStream({ client: { versions: [version] }, server: { versions: VERSIONS } })
    pair.client.write(utf8('text'))
    pair.collect()
    pair.wire.server[pair.wire.server.length - 1] = ~(pair.wire.server.at(-1) ?? 0)
    expect(pair.read('server')).toHaveLength(0)
    expect(pair.server.failure).toMatchObject({ reason: 'bad-record-mac', alert: Alert.badRecordMac })
    expect(pair.read('client')).toHaveLength(0)
    expect(pair.client.failure).toMatchObject({ reason: 'alert-received', received: Alert.badRecordMac })
  })

  test('records change places', () => {
    const pair = establishedStream()
    pair.client.write(utf8('one'))
    pair.client.write(utf8('two'))
    pair.collect()
    pair.wire.server = join(new Uint8Array(0), recordsOf(pair.wire.server).reverse())
    expect(pair.read('server')).toHaveLength(0)
    expect(pair.server.failure?.reason).toBe('bad-record-mac')
  })

  test('a record is missing', () => {
    const pair = establishedStream()
    pair.client.write(utf8('one'))
    pair.client.write(utf8('two'))
    pair.collect()
    pair.wire.server = recordsOf(pair.wire.server)[1] ?? new Uint8Array(0)
    expect(pair.read('server')).toHaveLength(0)
    expect(pair.server.failure?.reason).toBe('bad-record-mac')
  })
})

test('a peer that closes has said so', () => {
  const pair = establishedStream()
  pair.client.close()
  expect(pair.client.write(utf8('late'))).toBe(false)
  expect(pair.read('server')).toHaveLength(0)
  expect(pair.server.readState).toBe('closed')
  pair.server.write(utf8('last words'))
  expect(equal(pair.read('client'), utf8('last words'))).toBe(true)
})

test('after close_notify no alert is sent', () => {
  const pair = establishedStream()
  pair.client.close()
  pair.collect()
  pair.wire.client = Uint8Array.of(99, 3, 3, 0, 0)
  pair.read('client')
  expect(pair.client.failure).not.toBeNull()
  expect(pair.client.hasOutput).toBe(false)
})

describe('heartbeats (RFC 6520)', () => {
  test('are answered, and are not sent again where nothing is lost', () => {
    const pair = establishedStream({ client: { heartbeat: 1 }, server: { heartbeat: 1 } })
    expect(pair.client.heartbeat()).toBe(37)
    expect(pair.client.heartbeatState).toBe('pending')
    expect(pair.client.nextDeadline()).toBeNull()
    expect(pair.read('server')).toHaveLength(0)
    expect(pair.read('client')).toHaveLength(0)
    expect(pair.client.heartbeatState).toBe('answered')
  })

  test('nobody has agreed on end the connection', () => {
    const pair = establishedStream({ client: { heartbeat: 1 } })
    expect(pair.client.heartbeat()).toBe('not-accepted')
    const one = new StreamPair()
    one.server.handshake()
    one.server.receive(Uint8Array.of(24, 3, 3, 0, 1, 1))
    expect(one.server.handshake()).toBe('failed')
    expect(one.server.failure?.alert).toBe(Alert.unexpectedMessage)
  })
})

describe('renegotiation (RFC 5746)', () => {
  /** Both go on until neither has anything to say; the result is the data that came. */
  function rest(pair: StreamPair): { client: string; server: string } {
    const heard = { client: '', server: '' }
    for (let round = 0; round < 12; round++) {
      for (const party of ['client', 'server'] as const) {
        pair[party].handshake()
        heard[party] += Buffer.from(pair.read(party)).toString()
        pair[party].handshake()
        pair.collect()
      }
    }
    return heard
  }

  test.each(['client', 'server'] as const)('begun by the %s, in pieces of a few bytes', party => {
    const pair = establishedStream({ server: { peerMayRenegotiate: true }, client: { peerMayRenegotiate: true } })
    pair.piece = 3
    const before = pair.client.negotiated.clientFinished
    pair[party].renegotiate()
    rest(pair)
    expect([pair.client.settled, pair.server.settled]).toEqual([true, true])
    expect(equal(before, pair.client.negotiated.clientFinished)).toBe(false)
    expect(pair.client.write(utf8('after'))).toBe(true)
    expect(equal(pair.read('server'), utf8('after'))).toBe(true)
  })

  test('a ClientHello in records of one byte is followed, or refused as a whole', () => {
    for (const peerMayRenegotiate of [true, false]) {
      const pair = establishedStream({
        server: { peerMayRenegotiate, splitSendFragment: 512 },
        client: { splitSendFragment: 1 },
      })
      pair.client.renegotiate()
      rest(pair)
      const reasons = [pair.client.failure?.reason, pair.server.failure?.received]
      expect(reasons).toEqual(
        peerMayRenegotiate ? [undefined, undefined] : ['no-renegotiation', Alert.handshakeFailure],
      )
      expect(pair.server.negotiated.version).toBe(TLS_1_2)
    }
  })
})

/** The records of a stream. */
function recordsOf(bytes: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + 5 + (((bytes[at + 3] ?? 0) << 8) | (bytes[at + 4] ?? 0))
    records.push(bytes.slice(at, end))
    at = end
  }
  return records
}

function record(like: Uint8Array, payload: Uint8Array): Uint8Array {
  return join(like.slice(0, 3), [Uint8Array.of(payload.length >> 8, payload.length), payload])
}

function cutRecords(bytes: Uint8Array, length: number): Uint8Array {
  const pieces = recordsOf(bytes).flatMap(whole => {
    const cut: Uint8Array[] = []
    for (let at = 5; at < whole.length; at += length) cut.push(record(whole, whole.slice(at, at + length)))
    return cut
  })
  return join(new Uint8Array(0), pieces)
}

function joinRecords(bytes: Uint8Array): Uint8Array {
  const records = recordsOf(bytes)
  const payload = join(
    new Uint8Array(0),
    records.map(whole => whole.subarray(5)),
  )
  return record(records[0] ?? new Uint8Array(5), payload)
}
