import { beforeEach, describe, expect, test } from '@jest/globals'
import * as ssl from '../../../lib/index.ts'
import { carry, clientContext, End, pair, serverContext } from './line.ts'

// Each test is named after the thread in which somebody else paid for it. All goes through the public names alone.

beforeEach(() => ssl.ERR_clear_error())

describe('openssl/openssl#7998: the timer after the handshake', () => {
  test('runs while an answer is awaited, and not any more on either side afterwards', () => {
    const left = { tv_sec: -1, tv_usec: -1 }
    const client = new End(clientContext())
    expect(ssl.DTLSv1_get_timeout(client.con, left)).toBe(0)
    ssl.SSL_connect(client.con)
    expect(ssl.DTLSv1_get_timeout(client.con, left)).toBe(1)
    expect(left.tv_sec * 1e6 + left.tv_usec).toBeGreaterThan(0)
    expect(left.tv_sec * 1e6 + left.tv_usec).toBeLessThanOrEqual(1e6)

    const untouched = { tv_sec: -1, tv_usec: -1 }
    for (const { con, sent } of Object.values(pair()).map(end => ({ con: end.con, sent: () => end.sent() }))) {
      expect(ssl.DTLSv1_get_timeout(con, untouched)).toBe(0)
      expect(ssl.DTLSv1_handle_timeout(con)).toBe(0)
      expect(ssl.SSL_read(con, Buffer.alloc(10))).toBe(-1)
      expect(sent()).toEqual([])
    }
    expect(untouched).toEqual({ tv_sec: -1, tv_usec: -1 })
  })
})

describe('openssl/openssl#3283: a new hello on a live association', () => {
  const strangerHello = () => {
    const stranger = new End(clientContext())
    ssl.SSL_connect(stranger.con)
    return stranger.sent()
  }

  test('disturbs neither side: not a word back, and the old one goes on', () => {
    const { client, server } = pair()
    for (const end of [client, server]) {
      end.receive(...strangerHello())
      expect(end.read()).toBeNull()
      expect(end.error(-1)).toBe(ssl.SSL_ERROR_WANT_READ)
      expect(end.sent()).toEqual([])
    }
    ssl.SSL_write(client.con, Buffer.from('the old one lives'))
    carry(client, server)
    expect(server.read()).toBe('the old one lives')
    expect(ssl.SSL_get_state(server.con)).toBe(ssl.TLS_ST_OK)
  })

  test('nor a server in the middle of its handshake', () => {
    const [client, server] = [new End(clientContext()), new End(serverContext())]
    ssl.SSL_connect(client.con)
    carry(client, server)
    ssl.SSL_accept(server.con)
    carry(server, client)
    ssl.SSL_connect(client.con)
    server.receive(...strangerHello())
    expect(ssl.SSL_accept(server.con)).toBe(-1)
    expect(server.error(-1)).toBe(ssl.SSL_ERROR_WANT_READ)
    expect(server.sent()).toEqual([])
    carry(client, server)
    expect(ssl.SSL_accept(server.con)).toBe(1)
  })
})
