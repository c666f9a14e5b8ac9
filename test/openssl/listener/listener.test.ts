import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import * as ssl from '../../../lib/index.ts'
import { setSslClock } from '../../../lib/openssl/clock.ts'
import { SeededSource, VirtualClock } from '../../../lib/sim.ts'
import { clientContext, present, serverContext } from '../../regression/public/line.ts'
import {
  accept,
  comeWithCookie,
  establish,
  fill,
  finish,
  listenerOn,
  Port,
  place,
  placeOf,
  textFrom,
  Visitor,
} from './port.ts'

let clock: VirtualClock
let port: Port
const clients = clientContext()
const servers = serverContext()

beforeEach(() => {
  clock = new VirtualClock()
  setSslClock(clock)
  port = new Port()
  ssl.ERR_clear_error()
})

afterEach(() => setSslClock(null))

const visitor = (number: number, host = 1) => new Visitor(clients, port, place(number, host))
const later = (milliseconds: number) => clock.advanceTo(clock.now() + milliseconds)

describe('one socket, many peers', () => {
  test('each connection hears its own peer, and answers it', () => {
    const listener = listenerOn(servers, port)
    const visitors = Array.from({ length: 20 }, (_, i) => visitor(1000 + (i >> 1), i & 1))
    const connections = visitors.map(one => establish(one, listener))
    for (const [i, one] of visitors.entries()) one.write(`I am ${i}`)
    // In the reverse order: what the first one reads from the socket is the others'.
    for (const [i, con] of [...connections.entries()].reverse()) {
      expect(textFrom(con)).toBe(`I am ${i}`)
      expect(textFrom(con)).toBeNull()
      expect(ssl.SSL_get_error(con, -1)).toBe(ssl.SSL_ERROR_WANT_READ)
      ssl.SSL_write(con, Buffer.from(`you are ${i}`))
    }
    expect(visitors.map(one => one.read())).toEqual(visitors.map((_, i) => `you are ${i}`))
    expect(port.waiting).toBe(0)
  })

  test('a connection knows its listener, its peer and what a datagram to it may have', () => {
    const listener = listenerOn(servers, port)
    const con = establish(visitor(7, 9), listener)
    expect(ssl.SSL_is_listener(con)).toBe(0)
    expect(ssl.SSL_get0_listener(con)).toBe(listener)
    const bio = present(ssl.SSL_get_rbio(con))
    expect(ssl.SSL_get_wbio(con)).toBe(bio)
    const peer = ssl.BIO_ADDR_new()
    expect(ssl.BIO_dgram_get_peer(bio, peer)).toBe(16)
    expect(placeOf(peer)).toEqual(place(7, 9))
    expect(ssl.BIO_dgram_get_mtu_overhead(bio)).toBe(28)
    expect(ssl.BIO_ctrl(bio, ssl.BIO_CTRL_DGRAM_GET_FALLBACK_MTU, 0)).toBe(576 - 28)
    expect(ssl.BIO_ctrl(bio, ssl.BIO_CTRL_DGRAM_GET_MTU, 0)).toBe(1280 - 28)
    expect(ssl.DTLS_get_data_mtu(con)).toBeGreaterThan(1100)
    expect(ssl.BIO_method_type(bio)).toBe(ssl.BIO_TYPE_DGRAM)
    expect(ssl.BIO_eof(bio)).toBe(0)
  })

  test('its BIO has time-outs of its own', () => {
    const bio = present(ssl.SSL_get_rbio(establish(visitor(7), listenerOn(servers, port))))
    const set = { tv_sec: 2, tv_usec: 500_000 }
    expect(ssl.BIO_ctrl(bio, ssl.BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, 0, set)).toBe(1)
    const got = { tv_sec: 0, tv_usec: 0 }
    expect(ssl.BIO_ctrl(bio, ssl.BIO_CTRL_DGRAM_GET_RECV_TIMEOUT, 0, got)).toBe(16)
    expect(got).toEqual(set)
    expect(ssl.BIO_ctrl(bio, ssl.BIO_CTRL_DGRAM_SET_SEND_TIMEOUT, 0, { tv_sec: 0, tv_usec: 1_000_000 })).toBe(-1)
    expect(ssl.BIO_read(bio, new Uint8Array(10))).toBe(-1)
    expect(ssl.BIO_should_retry(bio)).toBeTruthy()
    expect([ssl.BIO_dgram_recv_timedout(bio), ssl.BIO_dgram_recv_timedout(bio)]).toEqual([1, 0])
  })

  test('a socket without room makes a connection wait, and loses nothing of its flight', () => {
    const listener = listenerOn(servers, port)
    const one = visitor(7)
    comeWithCookie(one, listener)
    const con = present(accept(listener))
    port.full = true
    expect(ssl.SSL_get_error(con, ssl.SSL_accept(con))).toBe(ssl.SSL_ERROR_WANT_WRITE)
    port.full = false
    finish(one, con)
  })

  test('a peer that nobody reads fills no memory, and harms no other', () => {
    const listener = listenerOn(servers, port)
    const [quiet, loud] = [visitor(1), visitor(2)]
    const [con, unread] = [establish(quiet, listener), establish(loud, listener)]
    for (let i = 0; i < 300; i++) loud.write(`${i}`)
    quiet.write('heard')
    expect(textFrom(con)).toBe('heard')
    const texts: string[] = []
    for (let text = textFrom(unread); text !== null; text = textFrom(unread)) texts.push(text)
    expect(texts).toEqual(Array.from({ length: 64 }, (_, i) => `${i}`))
  })

  test('datagrams of nobody, empty ones and noise are passed over', () => {
    const listener = listenerOn(servers, port)
    const one = visitor(1)
    const con = establish(one, listener)
    for (const noise of [new Uint8Array(0), Uint8Array.of(22), new Uint8Array(100), new Uint8Array(2000).fill(0xfe)]) {
      port.arrive(place(1), noise)
      port.arrive(place(2), noise)
    }
    one.write('still here')
    expect(textFrom(con)).toBe('still here')
    expect(ssl.SSL_get_accept_connection_queue_len(listener)).toBe(0)
    expect(port.sent).toEqual([])
  })
})

describe('openssl/openssl#6934: hellos that come while another client is being taken in', () => {
  test('are answered by whoever reads the socket, and none is lost', () => {
    const listener = listenerOn(servers, port)
    const [first, second] = [visitor(1), visitor(2)]
    comeWithCookie(first, listener)
    const con = present(accept(listener))
    // Nobody looks at the listener: the hello is read by the first one's handshake.
    second.connect()
    expect(ssl.SSL_accept(con)).toBe(-1)
    expect(port.sent.filter(({ to }) => to.port === 2).map(({ data }) => data[13])).toEqual([HELLO_VERIFY_REQUEST])
    second.connect()
    finish(first, con)
    expect(ssl.SSL_get_accept_connection_queue_len(listener)).toBe(1)
    finish(second, present(accept(listener)))
    second.write('not lost')
    first.write('nor this')
    expect(textFrom(con)).toBe('nor this')
  })
})

describe('the gate', () => {
  test('a first hello is answered and forgotten; one with its cookie is a connection', () => {
    const listener = listenerOn(servers, port)
    const one = visitor(5)
    one.connect()
    expect(accept(listener)).toBeNull()
    expect(ssl.SSL_get_error(listener, 0)).toBe(ssl.SSL_ERROR_WANT_READ)
    expect(port.sent.map(({ data, to }) => [data[13], to])).toEqual([[HELLO_VERIFY_REQUEST, place(5)]])
    expect(ssl.SSL_get_accept_connection_queue_len(listener)).toBe(0)
    one.connect()
    ssl.SSL_handle_events(listener)
    expect(ssl.SSL_get_accept_connection_queue_len(listener)).toBe(1)
    finish(one, present(accept(listener)))
    expect(ssl.SSL_get_accept_connection_queue_len(listener)).toBe(0)
  })

  test.each<[string, (hello: Buffer) => { from?: number; hello: Buffer; after?: number }]>([
    ['from another port', hello => ({ from: 6, hello })],
    ['more than a minute later', hello => ({ hello, after: 62_000 })],
    ['with another random', hello => ({ hello: flipped(hello, RANDOM_AT) })],
    ['with other suites', hello => ({ hello: flipped(hello, SUITES_AT) })],
    ['with its first byte changed', hello => ({ hello: flipped(hello, COOKIE_AT) })],
    ['with its last byte changed', hello => ({ hello: flipped(hello, COOKIE_AT + 35) })],
  ])('a cookie %s is no cookie: another is sent', (_name, change) => {
    const listener = listenerOn(servers, port)
    const one = visitor(5)
    one.connect()
    ssl.SSL_handle_events(listener)
    one.fetch()
    ssl.SSL_connect(one.con)
    const [whole = Buffer.alloc(0)] = one.sent()
    const { from = 5, hello, after = 0 } = change(whole)
    later(after)
    port.arrive(place(from), hello)
    expect(accept(listener)).toBeNull()
    expect(port.sent.map(({ data }) => data[13])).toEqual([HELLO_VERIFY_REQUEST])
  })

  test('a cookie of another listener is no cookie', () => {
    const [here, there] = [listenerOn(servers, port), listenerOn(servers, new Port())]
    const one = visitor(5)
    one.connect()
    ssl.SSL_handle_events(here)
    one.connect()
    ssl.SSL_set_bio(there, port.bio, port.bio)
    expect(accept(there)).toBeNull()
    expect(port.sent.map(({ data }) => data[13])).toEqual([HELLO_VERIFY_REQUEST])
  })

  test("the context's own cookies are used where it has both callbacks", () => {
    const ctx = serverContext()
    const seen: number[] = []
    ssl.SSL_CTX_set_cookie_generate_cb(ctx, (con, cookie, length) => {
      const peer = ssl.BIO_ADDR_new()
      ssl.BIO_dgram_get_peer(present(ssl.SSL_get_rbio(con)), peer)
      seen.push(placeOf(peer).port)
      cookie.set(Buffer.from('my own'))
      length.value = 6
      return 1
    })
    ssl.SSL_CTX_set_cookie_verify_cb(ctx, (_con, cookie, length) =>
      Number(Buffer.from(cookie.subarray(0, length)).toString() === 'my own'),
    )
    establish(visitor(77), listenerOn(ctx, port))
    expect(seen).toEqual([77])
  })

  test('a callback that throws drops the hello, and nothing else', () => {
    const ctx = serverContext()
    ssl.SSL_CTX_set_cookie_generate_cb(ctx, () => {
      throw new Error('not today')
    })
    ssl.SSL_CTX_set_cookie_verify_cb(ctx, () => 0)
    const listener = listenerOn(ctx, port)
    visitor(5).connect()
    expect(accept(listener)).toBeNull()
    expect(ssl.SSL_get_error(listener, 0)).toBe(ssl.SSL_ERROR_WANT_READ)
    expect(port.sent).toEqual([])
  })

  test('SSL_LISTENER_FLAG_NO_VALIDATE takes whoever says hello', () => {
    const listener = listenerOn(servers, port, ssl.SSL_LISTENER_FLAG_NO_VALIDATE)
    const one = visitor(5)
    one.connect()
    const con = present(accept(listener))
    expect(port.sent).toEqual([])
    finish(one, con)
    one.write('no cookie')
    expect(textFrom(con)).toBe('no cookie')
  })

  test('openssl/openssl#27640: a hello in fragments, of which the first is enough for the cookie', () => {
    const listener = listenerOn(servers, port)
    const one = visitor(5)
    ssl.SSL_set_options(one.con, ssl.SSL_OP_NO_QUERY_MTU)
    expect(ssl.SSL_set_mtu(one.con, 256)).toBe(256)
    const protocols = Array.from({ length: 20 }, (_, i) => `protocol ${100 + i}`)
    const list = Buffer.concat(protocols.flatMap(name => [Buffer.of(name.length), Buffer.from(name)]))
    expect(ssl.SSL_set_alpn_protos(one.con, list)).toBe(0)
    one.connect()
    expect(port.waiting).toBeGreaterThan(1)
    ssl.SSL_handle_events(listener)
    expect(port.sent.map(({ data }) => data[13])).toEqual([HELLO_VERIFY_REQUEST])
    const con = establish(one, listener)
    one.write('in pieces')
    expect(textFrom(con)).toBe('in pieces')
  })
})

describe('the queue', () => {
  test('is bounded: who finds it full is asked to come again, by silence', () => {
    const listener = listenerOn(servers, port)
    const visitors = Array.from({ length: 1026 }, (_, i) => visitor(1000 + i))
    for (const one of visitors) one.connect()
    while (port.waiting > 0) ssl.SSL_handle_events(listener)
    for (const one of visitors) one.connect()
    while (port.waiting > 0) ssl.SSL_handle_events(listener)
    expect(ssl.SSL_get_accept_connection_queue_len(listener)).toBe(1024)
    present(accept(listener))
    const last = visitors.at(-1)
    later(1500)
    expect(last?.connect()).toBe(-1)
    while (port.waiting > 0) ssl.SSL_handle_events(listener)
    expect(ssl.SSL_get_accept_connection_queue_len(listener)).toBe(1024)
  })

  test('nplab/DTLS-Examples#8: who was not accepted for half a minute is not there any more', () => {
    const listener = listenerOn(servers, port)
    comeWithCookie(visitor(5), listener)
    ssl.SSL_handle_events(listener)
    expect(ssl.SSL_get_accept_connection_queue_len(listener)).toBe(1)
    later(30_001)
    expect(ssl.SSL_get_accept_connection_queue_len(listener)).toBe(0)
    expect(accept(listener)).toBeNull()
  })

  test('nplab/DTLS-Examples#8: what a dead client left on the way is no reason to accept it', () => {
    const listener = listenerOn(servers, port)
    const one = visitor(5)
    const con = establish(one, listener)
    one.write('late')
    ssl.SSL_shutdown(one.con)
    one.deliver()
    ssl.SSL_free(con)
    expect(accept(listener)).toBeNull()
    expect(port.takeFor(place(5))).toEqual([])
  })
})

describe('a client that comes back at the same address (RFC 6347 section 4.2.8)', () => {
  test('takes the place of its old association when its new handshake is complete, and not before', () => {
    const listener = listenerOn(servers, port)
    const [before, after] = [visitor(5), visitor(5)]
    const old = establish(before, listener)
    comeWithCookie(after, listener)
    const fresh = present(accept(listener))

    // Both are at the address now: the old one is heard and heard from.
    expect(ssl.SSL_accept(fresh)).toBe(-1)
    before.write('still the old one')
    expect(textFrom(old)).toBe('still the old one')
    after.fetch()
    ssl.SSL_write(old, Buffer.from('and still here'))
    expect(before.read()).toBe('and still here')

    finish(after, fresh)
    after.write('the new one')
    expect(textFrom(fresh)).toBe('the new one')
    expect(ssl.SSL_read(old, Buffer.alloc(10))).toBe(0)
    expect(ssl.SSL_get_error(old, 0)).toBe(ssl.SSL_ERROR_SSL)
    expect(ssl.BIO_eof(present(ssl.SSL_get_rbio(old)))).toBe(1)
    expect(ssl.ERR_GET_REASON(ssl.ERR_peek_error())).toBe(ssl.SSL_R_UNEXPECTED_EOF_WHILE_READING)
    ssl.SSL_free(old)
    expect(port.takeFor(place(5))).toEqual([])
    after.write('and it stays')
    expect(textFrom(fresh)).toBe('and it stays')
  })

  test('a hello without a cookie, or a handshake that fails, leaves the old association as it was', () => {
    const listener = listenerOn(servers, port)
    const before = visitor(5)
    const old = establish(before, listener)
    visitor(5).connect()
    expect(accept(listener)).toBeNull()
    expect(port.takeFor(place(5)).map(data => data[13])).toEqual([HELLO_VERIFY_REQUEST])

    const forger = visitor(5)
    comeWithCookie(forger, listener)
    const fresh = present(accept(listener))
    ssl.SSL_accept(fresh)
    port.takeFor(place(5))
    // A certificate where a key exchange should be.
    port.arrive(place(5), plainHandshake(11, 2))
    expect(ssl.SSL_accept(fresh)).toBe(-1)
    expect(ssl.SSL_get_error(fresh, -1)).toBe(ssl.SSL_ERROR_SSL)
    ssl.SSL_free(fresh)
    ssl.ERR_clear_error()
    port.takeFor(place(5))

    before.write('unharmed')
    expect(textFrom(old)).toBe('unharmed')
    ssl.SSL_write(old, Buffer.from('both ways'))
    expect(before.read()).toBe('both ways')
  })

  test('one that was started again in the middle of its handshake need not wait', () => {
    const listener = listenerOn(servers, port)
    comeWithCookie(visitor(5), listener)
    const stale = present(accept(listener))
    ssl.SSL_accept(stale)
    const after = visitor(5)
    port.takeFor(place(5))
    const fresh = establish(after, listener)
    after.write('again')
    expect(textFrom(fresh)).toBe('again')
    expect(ssl.SSL_accept(stale)).toBe(-1)
    expect(ssl.SSL_get_error(stale, -1)).toBe(ssl.SSL_ERROR_SSL)
  })

  test('without validation an unfinished handshake is not given up for a hello', () => {
    const listener = listenerOn(servers, port, ssl.SSL_LISTENER_FLAG_NO_VALIDATE)
    const one = visitor(5)
    one.connect()
    const con = present(accept(listener))
    ssl.SSL_accept(con)
    const forger = new Visitor(clients, port, place(5))
    ssl.SSL_connect(forger.con)
    forger.deliver()
    expect(accept(listener)).toBeNull()
    finish(one, con)
  })

  test('its repeated hello is its old one: the flight is sent again, and no second connection made', () => {
    const listener = listenerOn(servers, port)
    const one = visitor(5)
    comeWithCookie(one, listener)
    const con = present(accept(listener))
    expect(ssl.SSL_accept(con)).toBe(-1)
    expect(port.takeFor(place(5)).length).toBeGreaterThan(0)
    later(1100)
    one.connect()
    expect(ssl.SSL_accept(con)).toBe(-1)
    expect(port.sent.length).toBeGreaterThan(0)
    expect(accept(listener)).toBeNull()
    finish(one, con)
  })
})

test.each([1, 2, 3, 4])(
  'seed %d: datagrams that were cut, changed, doubled and sent from elsewhere harm nobody',
  seed => {
    const source = new SeededSource(`listener ${seed}`)
    const listener = listenerOn(servers, port)
    const visitors = Array.from({ length: 5 }, (_, i) => visitor(1 + i))
    const connections = visitors.map(one => establish(one, listener))
    // What clients send, from the first hello on: of one who comes, of one who comes back, of those who are there.
    const samples: Uint8Array[] = []
    for (const one of [visitor(90), visitor(1)]) {
      for (let step = 0; step < 3; step++) {
        ssl.SSL_connect(one.con)
        samples.push(...one.sent())
        port.arrive(one.at, ...samples.slice(-3))
        ssl.SSL_handle_events(listener)
        one.fetch()
      }
    }
    for (const one of visitors) {
      ssl.SSL_write(one.con, Buffer.from('recorded'))
      samples.push(...one.sent())
    }
    for (let i = 0; i < 600; i++) {
      const sample = Uint8Array.from(samples[source.integer(samples.length)] ?? [])
      for (let flips = source.integer(4); flips > 0; flips--) {
        const at = source.integer(source.chance(0.7) ? Math.min(60, sample.length) : sample.length)
        sample[at] = source.integer(256)
      }
      const length = source.chance(0.2) ? source.integer(sample.length + 1) : sample.length
      port.arrive(place(1 + source.integer(8)), sample.subarray(0, length))
      if (source.chance(0.3)) ssl.SSL_handle_events(listener)
      const stranger = source.chance(0.1) ? accept(listener) : null
      if (stranger !== null && source.chance(0.5)) ssl.SSL_accept(stranger)
      if (stranger !== null) ssl.SSL_free(stranger)
      ssl.ERR_clear_error()
      port.sent.length = 0
    }
    for (const [i, con] of connections.entries()) {
      while (textFrom(con) !== null);
      ssl.ERR_clear_error()
      visitors[i]?.write(`still ${i}`)
      expect(textFrom(con)).toBe(`still ${i}`)
    }
  },
)

describe('time', () => {
  test('SSL_handle_events sends again what is due, for every connection; SSL_get_event_timeout says when', () => {
    const listener = listenerOn(servers, port)
    const visitors = [visitor(1), visitor(2), visitor(3)]
    const [tv, infinite] = [{ tv_sec: 9, tv_usec: 9 }, { value: -1 }]
    expect(ssl.SSL_get_event_timeout(listener, tv, infinite)).toBe(1)
    expect([infinite.value, tv.tv_sec]).toEqual([1, 1_000_000])

    for (const one of visitors) {
      comeWithCookie(one, listener)
      ssl.SSL_accept(present(accept(listener)))
      later(100)
    }
    port.sent.length = 0
    ssl.SSL_get_event_timeout(listener, tv, infinite)
    expect([infinite.value, tv]).toEqual([0, { tv_sec: 0, tv_usec: 700_000 }])
    later(699)
    expect(ssl.SSL_handle_events(listener)).toBe(1)
    expect(port.sent).toEqual([])
    later(110)
    expect(ssl.SSL_handle_events(listener)).toBe(1)
    const ports = new Set(port.sent.map(({ to }) => to.port))
    expect([...ports]).toEqual([1, 2])
  })

  test('for a connection they are DTLSv1_get_timeout and DTLSv1_handle_timeout', () => {
    const one = visitor(1)
    const [tv, infinite] = [{ tv_sec: 0, tv_usec: 0 }, { value: -1 }]
    ssl.SSL_get_event_timeout(one.con, tv, infinite)
    expect([infinite.value, tv.tv_sec]).toEqual([1, 1_000_000])
    expect(ssl.SSL_handle_events(one.con)).toBe(1)
    ssl.SSL_connect(one.con)
    one.sent()
    ssl.SSL_get_event_timeout(one.con, tv, infinite)
    expect([infinite.value, tv]).toEqual([0, { tv_sec: 1, tv_usec: 0 }])
    expect([ssl.SSL_handle_events(one.con), one.sent().length]).toEqual([1, 0])
    later(1001)
    expect([ssl.SSL_handle_events(one.con), one.sent().length]).toEqual([1, 1])
  })
})

describe('what the calls answer', () => {
  test('a listener is made of a context that can serve', () => {
    expect(ssl.SSL_new_listener(null, 0)).toBeNull()
    expect(ssl.ERR_GET_REASON(ssl.ERR_get_error())).toBe(ssl.SSL_R_NULL_SSL_CTX)
    expect(ssl.SSL_new_listener(clients, 0)).toBeNull()
    expect(ssl.ERR_GET_REASON(ssl.ERR_get_error())).toBe(ssl.ERR_R_UNSUPPORTED & 0x7fffff)
    const listener = present(ssl.SSL_new_listener(servers, 0))
    expect([ssl.SSL_is_listener(listener), ssl.SSL_get0_listener(listener)]).toEqual([1, listener])
    expect(ssl.SSL_new_listener_from(listener, 0)).toBeNull()
    expect(ssl.SSL_get_error(listener, 0)).toBe(ssl.SSL_ERROR_SSL)
  })

  test('it listens when it has its BIOs', () => {
    const listener = present(ssl.SSL_new_listener(servers, 0))
    expect(ssl.SSL_listen(listener)).toBe(0)
    expect(ssl.ERR_GET_REASON(ssl.ERR_get_error())).toBe(ssl.SSL_R_BIO_NOT_SET)
    expect(accept(listener)).toBeNull()
    expect(ssl.SSL_get_error(listener, 0)).toBe(ssl.SSL_ERROR_SSL)
    ssl.SSL_set_bio(listener, port.bio, port.bio)
    expect([ssl.SSL_listen(listener), ssl.SSL_listen(listener)]).toEqual([1, 1])
  })

  test('an object that is none: no listener, no queue, no connections', () => {
    const con = present(ssl.SSL_new(servers))
    expect([ssl.SSL_is_listener(con), ssl.SSL_get0_listener(con)]).toEqual([0, null])
    expect(ssl.SSL_get_accept_connection_queue_len(con)).toBe(0)
    expect([ssl.SSL_listen(con), accept(con)]).toEqual([0, null])
    expect(ssl.ERR_GET_REASON(ssl.ERR_get_error())).toBe(ssl.ERR_R_PASSED_INVALID_ARGUMENT & 0x7fffff)
    expect(ssl.SSL_get_error(con, 0)).toBe(ssl.SSL_ERROR_SYSCALL)
  })

  test('a listener reads, writes and shakes hands with nobody itself', () => {
    const listener = listenerOn(servers, port)
    const calls = [
      () => ssl.SSL_accept(listener) <= 0,
      () => ssl.SSL_read(listener, new Uint8Array(1)) === -1,
      () => ssl.SSL_write(listener, new Uint8Array(1)) === -1,
      () => ssl.DTLSv1_listen(listener, ssl.BIO_ADDR_new()) === -1,
    ]
    for (const refused of calls) {
      ssl.ERR_clear_error()
      expect(refused()).toBe(true)
      expect(ssl.ERR_GET_REASON(ssl.ERR_peek_error())).toBe(ssl.ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED & 0x7fffff)
    }
    establish(visitor(5), listener)
  })

  test('a BIO that has ended: the listener and its connections say so', () => {
    const listener = listenerOn(servers, port)
    const con = establish(visitor(5), listener)
    port.ended = true
    expect(accept(listener)).toBeNull()
    expect(ssl.SSL_get_error(listener, 0)).toBe(ssl.SSL_ERROR_SYSCALL)
    expect(ssl.SSL_handle_events(listener)).toBe(0)
    expect(ssl.SSL_read(con, new Uint8Array(1))).toBe(-1)
    expect(ssl.SSL_get_error(con, -1)).toBe(ssl.SSL_ERROR_SYSCALL)
  })

  test('a freed listener lives as long as a connection of it; what nobody accepted goes with it', () => {
    const listener = listenerOn(servers, port)
    const one = visitor(5)
    const con = establish(one, listener)
    comeWithCookie(visitor(6), listener)
    ssl.SSL_handle_events(listener)
    ssl.SSL_free(listener)
    one.write('on')
    expect(textFrom(con)).toBe('on')
    expect(port.bio.freed).toBe(false)
    ssl.SSL_free(con)
    expect([listener.freed, port.bio.freed]).toEqual([true, true])
  })
})

test('BIO_s_dgram_pair with addresses serves as well', () => {
  const [ours, theirs] = [{ value: null as ssl.BIO | null }, { value: null as ssl.BIO | null }]
  expect(ssl.BIO_new_bio_dgram_pair(ours, 1 << 20, theirs, 1 << 20)).toBe(1)
  const [socket, network] = [present(ours.value), present(theirs.value)]
  const both = ssl.BIO_DGRAM_CAP_HANDLES_DST_ADDR | ssl.BIO_DGRAM_CAP_HANDLES_SRC_ADDR
  const told = ssl.BIO_DGRAM_CAP_PROVIDES_DST_ADDR | ssl.BIO_DGRAM_CAP_PROVIDES_SRC_ADDR
  for (const bio of [socket, network]) ssl.BIO_dgram_set_caps(bio, both | told)
  expect(ssl.BIO_dgram_set_local_addr_enable(network, 1)).toBe(1)
  const listener = present(ssl.SSL_new_listener(servers, 0))
  ssl.SSL_set_bio(listener, socket, socket)

  const visitors = [visitor(1), visitor(2)]
  /** The network between: it carries what is at the port of the visitors to the pair, and back. */
  const carry = () => {
    for (const one of visitors) {
      for (const data of one.sent()) {
        const local = fill(ssl.BIO_ADDR_new(), one.at)
        const message = { data, data_len: data.length, peer: null, local, flags: 0 }
        expect(ssl.BIO_sendmmsg(network, [message], 0, 1, 0, { value: 0 })).toBe(1)
      }
    }
    const [peer, local] = [ssl.BIO_ADDR_new(), ssl.BIO_ADDR_new()]
    const message = { data: Buffer.alloc(2000), data_len: 2000, peer, local, flags: 0 }
    while (ssl.BIO_recvmmsg(network, [message], 0, 1, 0, { value: 0 }) === 1) {
      const to = placeOf(local)
      visitors.find(one => one.at.port === to.port)?.receive(message.data.subarray(0, message.data_len))
      message.data_len = 2000
    }
    ssl.ERR_clear_error()
  }
  const connections: ssl.SSL[] = []
  const done = () => connections.filter(con => ssl.SSL_is_init_finished(con)).length
  for (let turns = 0; done() < 2 && turns < 20; turns++) {
    for (const one of visitors) ssl.SSL_connect(one.con)
    carry()
    const con = accept(listener)
    if (con !== null) connections.push(con)
    for (const each of connections) ssl.SSL_accept(each)
    carry()
  }
  expect(done()).toBe(2)
  for (const one of visitors) ssl.SSL_write(one.con, Buffer.from(`${one.at.port}`))
  carry()
  expect(connections.map(textFrom).sort()).toEqual(['1', '2'])
})

/** A handshake message in a record of epoch 0. */
function plainHandshake(type: number, sequence: number): Buffer {
  const body = Buffer.of(type, 0, 0, 3, 0, sequence, 0, 0, 0, 0, 0, 3, 0, 0, 0)
  return Buffer.concat([Buffer.of(22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 40, 0, body.length), body])
}

function flipped(hello: Buffer, at: number): Buffer {
  const changed = Buffer.from(hello)
  changed[at] = (changed[at] ?? 0) ^ 1
  return changed
}

const HELLO_VERIFY_REQUEST = 3
/** Behind the headers of record and message, and the version. */
const RANDOM_AT = 13 + 12 + 2
/** Behind the random, an empty session id and the cookie's length. */
const COOKIE_AT = RANDOM_AT + 32 + 1 + 1
/** Behind the cookie and the length of the list: the second byte of its first suite. */
const SUITES_AT = COOKIE_AT + 36 + 2 + 1
