import { createHmac } from 'node:crypto'
import { beforeEach, describe, expect, test } from '@jest/globals'
import * as ssl from '../../../lib/index.ts'
import * as posix from '../../../lib/socket.ts'
import { carry, clientContext, connect, End, present, serverContext } from './line.ts'

// Each test is named after the thread in which somebody else paid for it. All goes through the public names alone.

beforeEach(() => ssl.ERR_clear_error())

let secret = 'of today'

/** A cookie over what the hello says, as far as it can be seen: a first fragment shows nothing. */
function cookieFor(con: ssl.SSL): Buffer {
  const [random, suites] = [{ value: new Uint8Array() }, { value: new Uint8Array() }]
  ssl.SSL_client_hello_get0_random(con, random)
  ssl.SSL_client_hello_get0_ciphers(con, suites)
  return createHmac('sha256', secret).update(random.value).update(suites.value).digest()
}

function listeningContext(): ssl.SSL_CTX {
  const ctx = serverContext()
  ssl.SSL_CTX_set_cookie_generate_cb(ctx, (con, cookie, length) => {
    const made = cookieFor(con)
    cookie.set(made)
    length.value = made.length
    return 1
  })
  ssl.SSL_CTX_set_cookie_verify_cb(ctx, (con, cookie, length) => {
    return Number(Buffer.compare(cookieFor(con), cookie.subarray(0, length)) === 0)
  })
  return ctx
}

const listen = (listener: End) => ssl.DTLSv1_listen(listener.con, ssl.BIO_ADDR_new())
const isVerifyRequest = (datagram: Buffer | undefined) => datagram?.[13] === 3

/** A client's second hello, with the listener's cookie in it. */
function helloWithCookie(client: End, listener: End): Buffer[] {
  ssl.SSL_connect(client.con)
  carry(client, listener)
  expect(listen(listener)).toBe(0)
  carry(listener, client)
  ssl.SSL_connect(client.con)
  return client.sent()
}

describe('openssl/openssl#15297: a cookie binds the parameters', () => {
  // Record header, handshake header, version; then the random, no session id, the cookie, and the suites with their length.
  const RANDOM = 13 + 12 + 2
  const SUITES = RANDOM + 32 + 1 + 1 + 32 + 2

  test.each([
    ['another random', RANDOM],
    ['other suites', SUITES + 1],
  ])('%s: another cookie is asked for', (_name, at) => {
    const listener = new End(listeningContext())
    const [hello = Buffer.alloc(0)] = helloWithCookie(new End(clientContext()), listener)
    const changed = Buffer.from(hello)
    changed[at] = (changed[at] ?? 0) ^ 1
    listener.receive(changed)
    expect(listen(listener)).toBe(0)
    expect(listener.sent().map(isVerifyRequest)).toEqual([true])
    listener.receive(hello)
    expect(listen(listener)).toBe(1)
    expect(ssl.SSL_accept(listener.con)).toBe(-1)
    expect(listener.error(-1)).toBe(ssl.SSL_ERROR_WANT_READ)
  })
})

describe('openssl/openssl#27640, algesten/dimpl#88: a hello in fragments at DTLSv1_listen', () => {
  test('the first fragment is answered and verified, the others are read by SSL_accept', () => {
    const [client, listener] = [new End(clientContext()), new End(listeningContext())]
    ssl.SSL_set_options(client.con, ssl.SSL_OP_NO_QUERY_MTU)
    expect(ssl.SSL_set_mtu(client.con, 256)).toBe(256)
    const protocols = Array.from({ length: 40 }, (_, i) => `protocol number ${100 + i}`)
    const list = Buffer.concat(protocols.flatMap(name => [Buffer.of(name.length), Buffer.from(name)]))
    expect(ssl.SSL_set_alpn_protos(client.con, list)).toBe(0)

    ssl.SSL_connect(client.con)
    const fragments = client.sent()
    expect(fragments.length).toBeGreaterThan(3)
    listener.receive(...fragments)
    expect(listen(listener)).toBe(0)
    while (ssl.BIO_ctrl_pending(listener.input) > 0) expect(listen(listener)).toBe(0)
    const answers = listener.sent()
    expect(answers.map(isVerifyRequest)).toEqual([true])
    client.receive(...answers)
    ssl.SSL_connect(client.con)

    carry(client, listener)
    ssl.ERR_clear_error()
    expect(listen(listener)).toBe(1)
    connect(client, listener)
    ssl.SSL_write(client.con, Buffer.from('arrived'))
    carry(client, listener)
    expect(listener.read()).toBe('arrived')
  })
})

describe('nplab/DTLS-Examples#8: listening on a dead client', () => {
  test('what it left on the way is no reason to accept it, nor to answer', () => {
    const client = new End(clientContext())
    const first = new End(listeningContext())
    const hello = helloWithCookie(client, first)
    first.receive(...hello)
    expect(listen(first)).toBe(1)
    const { client: flights } = connect(client, first)
    ssl.SSL_write(client.con, Buffer.from('late'))
    ssl.SSL_shutdown(client.con)
    const late = [...flights, ...client.sent()]
    ssl.SSL_free(first.con)

    const next = new End(listeningContext())
    for (const datagram of late) {
      next.receive(datagram)
      expect(listen(next)).toBe(0)
      expect(next.sent()).toEqual([])
    }
  })

  test('its hello of yesterday is asked for a fresh cookie', () => {
    const client = new End(clientContext())
    const listener = new End(listeningContext())
    const hello = helloWithCookie(client, listener)
    secret = 'of tomorrow'
    listener.receive(...hello)
    expect(listen(listener)).toBe(0)
    expect(listener.sent().map(isVerifyRequest)).toEqual([true])
  })

  test('a call that found a client forgets it at the next call', () => {
    const listener = new End(listeningContext())
    listener.receive(...helloWithCookie(new End(clientContext()), listener))
    expect(listen(listener)).toBe(1)
    expect(listen(listener)).toBe(0)
    expect(ssl.SSL_get_state(listener.con)).toBe(ssl.TLS_ST_BEFORE)
  })
})

describe('openssl/openssl#6934: a hello that strays to a connected descriptor', () => {
  const LOOPBACK = { s_addr: posix.inet_addr('127.0.0.1') }

  function bound(port = 0): number {
    const fd = posix.socket(posix.AF_INET, posix.SOCK_DGRAM, 0)
    posix.setsockopt(fd, posix.SOL_SOCKET, posix.SO_REUSEADDR, 1)
    const address = { sin_family: posix.AF_INET, sin_port: posix.htons(port), sin_addr: LOOPBACK }
    expect(posix.bind(fd, address)).toBe(0)
    return fd
  }

  function portOf(fd: number): number {
    const address = { sin_family: posix.AF_INET, sin_port: 0, sin_addr: { s_addr: 0 } }
    posix.getsockname(fd, address)
    return posix.ntohs(address.sin_port)
  }

  const addressOf = (port: number) => ({ sin_family: posix.AF_INET, sin_port: posix.htons(port), sin_addr: LOOPBACK })

  function onDescriptor(ctx: ssl.SSL_CTX, fd: number): ssl.SSL {
    const con = present(ssl.SSL_new(ctx))
    const bio = present(ssl.BIO_new_dgram(fd, ssl.BIO_NOCLOSE))
    ssl.SSL_set_bio(con, bio, bio)
    return con
  }

  test('goes to the listener: it came between the bind and the connect', async () => {
    const listening = bound()
    const port = portOf(listening)
    const listener = onDescriptor(listeningContext(), listening)
    const [other, another] = [bound(), bound()]
    expect(posix.connect(another, addressOf(port))).toBe(0)

    // The new descriptor of somebody else's connection is bound, and hears everybody until it is connected.
    const own = bound(port)
    const client = onDescriptor(clientContext(), another)
    ssl.SSL_set_fd(client, another)
    ssl.SSL_connect(client)
    await readable(listening, own)
    expect(posix.connect(own, addressOf(portOf(other)))).toBe(0)

    expect(ssl.DTLSv1_listen(listener, ssl.BIO_ADDR_new())).toBe(0)
    await readable(another)
    expect(ssl.SSL_connect(client)).toBe(-1)
    await readable(listening)
    expect(ssl.DTLSv1_listen(listener, ssl.BIO_ADDR_new())).toBe(1)
    for (const fd of [listening, own, other, another]) posix.close(fd)
  })

  async function readable(...descriptors: number[]): Promise<void> {
    const polled = descriptors.map(fd => ({ fd, events: posix.POLLIN, revents: 0 }))
    expect(await posix.poll(polled, polled.length, 2000)).toBeGreaterThan(0)
  }
})
