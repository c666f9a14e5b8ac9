import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { setSslClock } from '../../../lib/openssl/clock.ts'
import * as waiting from '../../../lib/promises.ts'
import { c, need, s, setUp, shakeHands } from './pair.ts'

/** Results, reasons and messages as libssl 1.0.2s gave them; 3.0 has no heartbeats to compare with. */

let now = 0
beforeEach(() => {
  now = 1e9
  setSslClock({ now: () => now, wall: () => now })
})
afterEach(() => setSslClock(null))

const read = (ssl: O.SSL) => O.SSL_read(ssl, Buffer.alloc(100))

function connect(client: number | null = 0, server: number | null = 0): void {
  setUp('p256', 'ECDHE-ECDSA-AES128-GCM-SHA256', 0)
  if (client !== null) expect(O.SSL_set_tlsext_heartbeat_no_requests(c, client)).toBe(1)
  if (server !== null) expect(O.SSL_set_dtlsext_heartbeat_no_requests(s, server)).toBe(1)
  expect(shakeHands()).toBe(11)
}

function reason(ret: number): number {
  expect(ret).toBe(-1)
  expect(O.SSL_get_error(c, ret)).toBe(O.SSL_ERROR_SSL)
  const code = O.ERR_get_error()
  expect(O.ERR_GET_LIB(code)).toBe(O.ERR_LIB_SSL)
  return O.ERR_GET_REASON(code)
}

describe('SSL_heartbeat', () => {
  test('returns the bytes of the message; the peer answers by itself from SSL_read', () => {
    connect()
    const messages: string[] = []
    O.SSL_set_msg_callback(c, (sent, version, type, _bytes, length) => {
      if (type === O.TLS1_RT_HEARTBEAT) messages.push(`${sent} ${version.toString(16)} ${length}`)
    })
    expect(O.SSL_heartbeat(c)).toBe(37)
    expect(O.SSL_get_tlsext_heartbeat_pending(c)).toBe(1)
    expect(O.SSL_ctrl(c, O.SSL_CTRL_GET_TLS_EXT_HEARTBEAT_PENDING, 0, null)).toBe(1)
    expect(read(s)).toBe(-1)
    expect(O.SSL_get_error(s, -1)).toBe(O.SSL_ERROR_WANT_READ)
    expect(read(c)).toBe(-1)
    expect(O.SSL_get_error(c, -1)).toBe(O.SSL_ERROR_WANT_READ)
    expect(O.SSL_get_dtlsext_heartbeat_pending(c)).toBe(0)
    expect(messages).toEqual(['1 fefd 37', '0 fefd 37'])
    expect(O.DTLSv1_get_timeout(c, { tv_sec: 0, tv_usec: 0 })).toBe(0)
  })

  test('by SSL_ctrl', () => {
    connect(null, null)
    expect(O.SSL_ctrl(c, O.SSL_CTRL_DTLS_EXT_SEND_HEARTBEAT, 0, null)).toBe(-1)
    O.ERR_clear_error()
    expect(O.SSL_ctrl(c, O.SSL_CTRL_SET_DTLS_EXT_HEARTBEAT_NO_REQUESTS, 1, null)).toBe(1)
  })

  test.each<[string, number | null, number | null]>([
    ['where nobody has asked for it', null, null],
    ['where the peer has not', 0, null],
    ['where it has not itself', null, 0],
    ['where the peer will not have any', 0, 1],
  ])('is refused %s', (_when, client, server) => {
    connect(client, server)
    expect(reason(O.SSL_heartbeat(c))).toBe(O.SSL_R_TLS_HEARTBEAT_PEER_DOESNT_ACCEPT)
    expect(reason(O.SSL_heartbeat_probe(c, 1000))).toBe(O.SSL_R_TLS_HEARTBEAT_PEER_DOESNT_ACCEPT)
    O.SSL_write(c, Buffer.from('on'))
    expect(read(s)).toBe(2)
  })

  test('is refused before the handshake, while one is pending, and in a renegotiation', () => {
    setUp('p256', 'ECDHE-ECDSA-AES128-GCM-SHA256', 0)
    expect(reason(O.SSL_heartbeat(c))).toBe(O.SSL_R_TLS_HEARTBEAT_PEER_DOESNT_ACCEPT)
    connect()
    expect(O.SSL_heartbeat(c)).toBe(37)
    expect(reason(O.SSL_heartbeat(c))).toBe(O.SSL_R_TLS_HEARTBEAT_PENDING)
    O.SSL_renegotiate(c)
    expect(read(c)).toBe(-1)
    expect(O.SSL_get_tlsext_heartbeat_pending(c)).toBe(0)
    expect(reason(O.SSL_heartbeat(c))).toBe(O.SSL_R_UNEXPECTED_MESSAGE)
  })

  test('is sent again by DTLSv1_handle_timeout and by SSL_read, twelve times', () => {
    connect()
    expect(O.SSL_heartbeat(c)).toBe(37)
    const timeout = { tv_sec: 0, tv_usec: 0 }
    expect([O.DTLSv1_get_timeout(c, timeout), timeout.tv_sec]).toEqual([1, 1])
    for (let times = 0; times < 12; times++) {
      now += 60_000
      if (times % 2 === 0) expect(O.DTLSv1_handle_timeout(c)).toBe(1)
      else expect([read(c), O.SSL_get_error(c, -1)]).toEqual([-1, O.SSL_ERROR_WANT_READ])
    }
    now += 60_000
    expect(reason(read(c))).toBe(O.SSL_R_READ_TIMEOUT_EXPIRED)
  })

  test('waits in promises: SSL_read sends it again by itself and takes the answer in', async () => {
    setSslClock(null)
    connect()
    O.DTLS_set_timer_cb(c, () => 30_000)
    expect(O.SSL_heartbeat(c)).toBe(37)
    // The first one is lost.
    O.BIO_reset(need(O.SSL_get_wbio(c)))
    const reading = waiting.SSL_read(c, Buffer.alloc(10))
    for (let times = 0; times < 200 && O.SSL_get_tlsext_heartbeat_pending(c) === 1; times++) {
      await new Promise(resolve => setTimeout(resolve, 10))
      O.SSL_read(s, Buffer.alloc(10))
    }
    expect(O.SSL_get_tlsext_heartbeat_pending(c)).toBe(0)
    O.SSL_write(s, Buffer.from('data'))
    expect(await reading).toBe(4)
  })
})

describe('SSL_heartbeat_probe', () => {
  test.each([100, 500, 1400, 9000])('makes a datagram of %d bytes', size => {
    connect()
    const headers: number[] = []
    O.SSL_set_msg_callback(c, (_sent, _version, type, bytes) => {
      if (type === O.SSL3_RT_HEADER) headers.push(13 + ((bytes[11] ?? 0) << 8) + (bytes[12] ?? 0))
    })
    const length = O.SSL_heartbeat_probe(c, size)
    expect(headers).toEqual([size])
    expect(length).toBe(size - 13 - 8 - 16)
    expect(O.SSL_heartbeat_probe_result(c)).toBe(0)
    read(s)
    read(c)
    expect(O.SSL_heartbeat_probe_result(c)).toBe(1)
  })

  test('that is lost ends nothing', () => {
    connect()
    O.SSL_heartbeat_probe(c, 1400)
    O.BIO_reset(need(O.SSL_get_wbio(c)))
    now += 1000
    expect(read(c)).toBe(-1)
    expect(O.SSL_get_error(c, -1)).toBe(O.SSL_ERROR_WANT_READ)
    expect(O.SSL_heartbeat_probe_result(c)).toBe(-1)
    expect(O.SSL_heartbeat(c)).toBe(37)
  })

  test.each([0, 73, 17000, -1])('takes no size of %d', size => {
    connect()
    expect(O.SSL_heartbeat_probe(c, size)).toBe(-1)
    expect(O.ERR_peek_error()).toBe(0)
    expect(O.SSL_heartbeat(c)).toBe(37)
  })
})
