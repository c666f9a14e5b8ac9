import { beforeEach, describe, expect, test } from '@jest/globals'
import * as ssl from '../../../lib/index.ts'
import { clientContext, connect, End, pair, present, serverContext } from './line.ts'

// Each test is named after the thread in which somebody else paid for it. All goes through the public names alone.

beforeEach(() => ssl.ERR_clear_error())

/** Whole records and nothing else: a border that is lost or moved does not pass. */
function isWholeRecords(datagram: Buffer): boolean {
  let at = 0
  while (at + 13 <= datagram.length) at += 13 + datagram.readUInt16BE(at + 11)
  return at === datagram.length
}

describe('Mbed-TLS/mbedtls#9239: a read buffer that is too short', () => {
  test('SSL_read gives the rest with the next calls, and never parts of two records', () => {
    const { client, server } = pair()
    for (const text of ['a first record', 'a second']) ssl.SSL_write(client.con, Buffer.from(text))
    server.receive(...client.sent())
    const heard: string[] = []
    const small = Buffer.alloc(5)
    for (let length = ssl.SSL_read(server.con, small); length > 0; length = ssl.SSL_read(server.con, small)) {
      heard.push(small.toString('latin1', 0, length))
      if (heard.length === 1) expect(ssl.SSL_pending(server.con)).toBe(9)
    }
    expect(heard).toEqual(['a fir', 'st re', 'cord', 'a sec', 'ond'])
    expect(server.error(-1)).toBe(ssl.SSL_ERROR_WANT_READ)
  })

  test('BIO_read of a datagram can be made to fail instead of cutting it, and leaves it', () => {
    const bio = present(ssl.BIO_new(ssl.BIO_s_dgram_mem()))
    ssl.BIO_dgram_set_no_trunc(bio, 1)
    ssl.BIO_write(bio, Buffer.from('a datagram'))
    expect(ssl.BIO_read(bio, Buffer.alloc(4))).toBeLessThanOrEqual(0)
    const whole = Buffer.alloc(100)
    expect(ssl.BIO_read(bio, whole)).toBe(10)
    expect(whole.toString('latin1', 0, 10)).toBe('a datagram')
  })
})

describe('versatica/mediasoup#1340: output that nobody takes', () => {
  test('is capped, SSL_write says that it waits, and all that was accepted arrives once somebody reads', () => {
    const { client, server } = pair()
    const record = Buffer.alloc(10_000, 'x')
    let [accepted, ret] = [0, 0]
    while (accepted < 1000) {
      ret = ssl.SSL_write(client.con, record)
      if (ret !== record.length) break
      accepted++
    }
    expect(ret).toBe(-1)
    expect(client.error(ret)).toBe(ssl.SSL_ERROR_WANT_WRITE)
    expect(accepted).toBeGreaterThan(50)
    expect(ssl.BIO_ctrl_pending(client.output)).toBeLessThanOrEqual(1 << 20)
    const waiting = client.sent()
    expect(waiting).toHaveLength(accepted)
    let heard = 0
    for (const datagram of waiting) {
      server.receive(datagram)
      if (server.read()?.length === record.length) heard++
    }
    expect(heard).toBe(accepted)
    expect(ssl.SSL_write(client.con, record)).toBe(record.length)
  })

  test('a handshake into the void ends before it has filled anything', () => {
    const client = new End(clientContext())
    ssl.DTLS_set_timer_cb(client.con, () => 0)
    expect(ssl.SSL_connect(client.con)).toBe(-1)
    expect(ssl.ERR_GET_REASON(ssl.ERR_get_error())).toBe(ssl.SSL_R_READ_TIMEOUT_EXPIRED)
    expect(client.sent()).toHaveLength(13)
  })
})

describe('rust-openssl/rust-openssl#1155, OvenMediaLabs/OvenMediaEngine#2329: a BIO that does not know the MTU', () => {
  test('handshake datagrams are as large as every path of today carries, and no larger', () => {
    const server = new End(serverContext('long-chain'), ssl.BIO_s_mem())
    const client = new End(clientContext())
    ssl.SSL_connect(client.con)
    server.receive(...client.sent())
    ssl.SSL_accept(server.con)
    const flight = Buffer.alloc(65536)
    const length = ssl.BIO_read(server.output, flight)
    const records: number[] = []
    for (let at = 0; at < length; at += 13 + flight.readUInt16BE(at + 11))
      records.push(13 + flight.readUInt16BE(at + 11))
    expect(Math.max(...records)).toBe(1232)
    expect(records.filter(size => size === 1232).length).toBeGreaterThan(5)
  })
})

describe('meetecho/janus-gateway#252, ossrs/srs#3565: a large chain through memory', () => {
  test.each([300, 576, 1200])('no datagram is longer than %i, each BIO_read gives exactly one', mtu => {
    const ctx = serverContext('long-chain')
    const [client, server] = [new End(clientContext()), new End(ctx)]
    for (const { con } of [client, server]) {
      ssl.SSL_set_options(con, ssl.SSL_OP_NO_QUERY_MTU)
      expect(ssl.SSL_set_mtu(con, mtu)).toBe(mtu)
    }
    const sent = connect(client, server)
    for (const datagrams of [sent.client, sent.server]) {
      expect(Math.max(...datagrams.map(datagram => datagram.length))).toBeLessThanOrEqual(mtu)
      expect(datagrams.filter(datagram => !isWholeRecords(datagram))).toEqual([])
    }
    expect(sent.server.length).toBeGreaterThan(10_000 / mtu)
    expect(ssl.SSL_get_peer_cert_chain(client.con)).toHaveLength(4)
  })

  test('and through a datagram pair, whose small memory makes the server wait for the client', () => {
    const [client, server] = [present(ssl.SSL_new(clientContext())), present(ssl.SSL_new(serverContext('long-chain')))]
    const [one, two]: [ssl.Out<ssl.BIO | null>, ssl.Out<ssl.BIO | null>] = [{ value: null }, { value: null }]
    expect(ssl.BIO_new_bio_dgram_pair(one, 4000, two, 4000)).toBe(1)
    const [near, far] = [present(one.value), present(two.value)]
    ssl.SSL_set_bio(client, near, near)
    ssl.SSL_set_bio(server, far, far)
    const waits = new Set<number>()
    let [connected, accepted] = [0, 0]
    for (let turns = 0; turns < 30 && (connected !== 1 || accepted !== 1); turns++) {
      connected = ssl.SSL_connect(client)
      accepted = ssl.SSL_accept(server)
      if (accepted !== 1) waits.add(ssl.SSL_get_error(server, accepted))
    }
    expect([connected, accepted]).toEqual([1, 1])
    expect(waits).toContain(ssl.SSL_ERROR_WANT_WRITE)
  })
})

describe('openssl/openssl#3723: control numbers', () => {
  test('are unique, so that no BIO takes one command for another', () => {
    const names = new Map<number, string[]>()
    for (const [name, value] of Object.entries(ssl)) {
      if (!/^BIO_(CTRL|C)_/.test(name) || typeof value !== 'number') continue
      names.set(value, [...(names.get(value) ?? []), name])
    }
    expect(names.size).toBeGreaterThan(100)
    expect([...names.values()].filter(shared => shared.length > 1)).toEqual([])
  })

  test('among them 50 and 71, which were one once: as in OpenSSL a datagram BIO answers to the old number too', () => {
    expect([ssl.BIO_CTRL_DGRAM_SCTP_SET_IN_HANDSHAKE, ssl.BIO_CTRL_DGRAM_SET_PEEK_MODE]).toEqual([50, 71])
    const bio = present(ssl.BIO_new_dgram(-1, ssl.BIO_NOCLOSE))
    expect([50, 71].map(command => ssl.BIO_ctrl(bio, command, 0))).toEqual([1, 1])
    const memory = present(ssl.BIO_new(ssl.BIO_s_dgram_mem()))
    expect([50, 71].map(command => ssl.BIO_ctrl(memory, command, 0))).toEqual([0, 0])
  })
})
