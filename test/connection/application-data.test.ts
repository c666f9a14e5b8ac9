import { describe, expect, test } from '@jest/globals'
import { latin1, utf8 } from '../../lib/base/bytes.ts'
import { readDtlsRecord } from '../../lib/wire/record.ts'
import { ContentType } from '../../lib/wire/registry.ts'
import { establishedPair, Pair, readText, suitesNamed } from './pair.ts'

describe('reading', () => {
  test('gives one record a call, in the order of arrival', () => {
    const { client, server } = establishedPair()
    for (const text of ['one', 'two', 'three']) client.write(utf8(text))
    const [one, two, three] = client.takeOutput()
    for (const datagram of [three, one, two]) if (datagram !== undefined) server.receive(datagram)
    expect([readText(server), readText(server), readText(server), readText(server)]).toEqual([
      'three',
      'one',
      'two',
      '',
    ])
    expect(server.readState).toBe('open')
  })

  test('continues a record that was longer than the buffer, and never joins two', () => {
    const { client, server } = establishedPair()
    client.write(utf8('abcdefgh'))
    client.write(utf8('ijk'))
    for (const datagram of client.takeOutput()) server.receive(datagram)
    const out = new Uint8Array(5)
    expect(server.pending).toBe(0)
    expect(server.read(out)).toBe(5)
    expect(latin1(out)).toBe('abcde')
    expect(server.pending).toBe(3)
    expect(server.read(out)).toBe(3)
    expect(latin1(out.subarray(0, 3))).toBe('fgh')
    expect(server.pending).toBe(0)
    expect(server.hasInput).toBe(true)
    expect(server.read(out)).toBe(3)
    expect(latin1(out.subarray(0, 3))).toBe('ijk')
    expect(server.hasInput).toBe(false)
  })

  test('peeks without taking, in whole and in part, also at the rest of a record', () => {
    const { client, server } = establishedPair()
    client.write(utf8('peeked'))
    for (const datagram of client.takeOutput()) server.receive(datagram)
    expect(server.read(new Uint8Array(2), true)).toBe(2)
    expect(server.pending).toBe(6)
    expect(readText(server, true)).toBe('peeked')
    expect(server.read(new Uint8Array(2))).toBe(2)
    expect(readText(server, true)).toBe('eked')
    expect(readText(server)).toBe('eked')
    expect(readText(server)).toBe('')
  })

  test('keeps what it has read when the next datagram comes into the same memory', () => {
    const { client, server } = establishedPair()
    client.write(utf8('first of all'))
    client.write(utf8('second'))
    const [first, second] = client.takeOutput()
    if (first === undefined || second === undefined) throw new Error('no output')
    server.receive(first)
    server.read(new Uint8Array(1))
    first.fill(0)
    server.receive(second)
    expect(readText(server)).toBe('irst of all')
    expect(readText(server)).toBe('second')
  })

  test('takes two records out of one datagram', () => {
    const { client, server } = establishedPair()
    client.write(utf8('left'))
    client.write(utf8('right'))
    server.receive(Buffer.concat(client.takeOutput()))
    expect(readText(server)).toBe('left')
    expect(server.hasInput).toBe(true)
    expect(readText(server)).toBe('right')
  })

  test('passes over an empty record', () => {
    const { client, server } = establishedPair()
    client.write(new Uint8Array(0))
    client.write(utf8('x'))
    const datagrams = client.takeOutput()
    expect(datagrams).toHaveLength(2)
    for (const datagram of datagrams) server.receive(datagram)
    expect(readText(server)).toBe('x')
    expect(server.discards.total).toBe(0)
  })
})

describe('before the handshake is finished', () => {
  test('nothing is written', () => {
    const { client } = new Pair()
    expect(client.write(utf8('too early'))).toBe(false)
    client.handshake()
    client.takeOutput()
    expect(client.write(utf8('too early'))).toBe(false)
    expect(client.takeOutput()).toEqual([])
  })

  test('nothing is read: data that overtakes Finished waits for it', () => {
    const pair = new Pair()
    const { client, server } = pair
    for (let flight = 0; flight < 2; flight++) {
      client.handshake()
      if (flight === 0) pair.move('client')
      server.handshake()
      if (flight === 0) pair.move('server')
    }
    pair.move('client')
    server.handshake()
    expect(server.established).toBe(true)
    expect(server.write(utf8('early bird'))).toBe(true)
    const [finished, data] = server.takeOutput()
    if (finished === undefined || data === undefined) throw new Error('no output')
    client.receive(data)
    expect(client.handshake()).toBe('message')
    expect(client.read(new Uint8Array(100))).toBe(0)
    client.receive(finished)
    expect(client.handshake()).toBe('done')
    expect(readText(client)).toBe('early bird')
  })

  test('data behind the keys and before Finished is kept back too', () => {
    const pair = new Pair()
    const { client, server } = pair
    client.handshake()
    pair.move('client')
    server.handshake()
    pair.move('server')
    client.handshake()
    pair.move('client')
    server.handshake()
    server.write(utf8('early bird'))
    const [flight, data] = server.takeOutput()
    if (flight === undefined || data === undefined) throw new Error('no output')
    const changeCipherSpec = readDtlsRecord(flight, 0)
    if (changeCipherSpec === null) throw new Error('no record')
    expect(changeCipherSpec.type).toBe(ContentType.changeCipherSpec)
    client.receive(flight.slice(0, changeCipherSpec.end))
    client.receive(data)
    expect(client.handshake()).toBe('message')
    expect(client.read(new Uint8Array(100))).toBe(0)
    client.receive(flight.slice(changeCipherSpec.end))
    expect(client.handshake()).toBe('done')
    expect(readText(client)).toBe('early bird')
  })
})

describe('writing', () => {
  test.each([1, 100, 16384])('%d bytes make one record in one datagram', length => {
    const pair = establishedPair()
    expect(pair.client.write(new Uint8Array(length).fill(0x61))).toBe(true)
    expect(pair.move('client')).toBe(1)
    expect(readText(pair.server)).toBe('a'.repeat(length))
  })

  test('above the maximum the connection fails with an internal error', () => {
    const pair = establishedPair()
    expect(pair.client.write(new Uint8Array(16385))).toBe(false)
    expect(pair.client.failure?.reason).toBe('exceeds-max-fragment-size')
    pair.move('client')
    expect(readText(pair.server)).toBe('')
    expect(pair.server.failure?.received).toBe(80)
    expect(pair.client.write(utf8('more'))).toBe(false)
    expect(pair.client.takeOutput()).toEqual([])
  })

  test('dataMtu is exact: one byte more makes a larger datagram', () => {
    for (const suite of ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-SHA', 'ECDHE-RSA-CHACHA20-POLY1305']) {
      const pair = establishedPair({
        client: { suites: suitesNamed(suite) },
        server: { suites: suitesNamed(suite) },
      })
      for (const mtu of [256, 400, 1400, 1472]) {
        const most = pair.client.dataMtu(mtu)
        expect(sentLength(pair, most)).toBeLessThanOrEqual(mtu)
        expect(sentLength(pair, most + 1)).toBeGreaterThan(mtu)
      }
    }
  })
})

function sentLength({ client }: Pair, length: number): number {
  client.write(new Uint8Array(length))
  return client.takeOutput()[0]?.length ?? 0
}
