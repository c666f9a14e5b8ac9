import { createHmac } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { isIPv4 } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import * as ssl from 'openssl-shim/promises'
import * as posix from 'openssl-shim/socket'
import { explain, handshake, present } from './ours.ts'
import { exchange, identity, live, Stage } from './stage.ts'

/** The cookie exchange: `s_server -listen` with our client, and our listeners with s_client, one and many. */

const stage = new Stage()
let listening = false
afterEach(async () => {
  listening = false
  await stage.clear()
})

const SECRET = 'of this test'

/** A cookie that only its client can have. */
function cookieFor(con: ssl.SSL): Buffer {
  const peer = ssl.BIO_ADDR_new()
  ssl.BIO_dgram_get_peer(present(ssl.SSL_get_rbio(con)), peer)
  const address = `${ssl.BIO_ADDR_hostname_string(peer, 1)} ${ssl.BIO_ADDR_service_string(peer, 1)}`
  return createHmac('sha256', SECRET).update(address).digest()
}

function serverContext(): ssl.SSL_CTX {
  const ctx = stage.context(ssl.DTLS_server_method(), { certificates: ['p256'] })
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

/** What a listener listens at, and how it comes by a BIO for one client alone. */
interface Door {
  readonly port: number
  readonly bio: ssl.BIO
  /** Gives the connection a descriptor of its own; returns what closes it. */
  welcome(con: ssl.SSL, client: ssl.BIO_ADDR): () => void
  close(): void
}

/** Waits for a client, gives it a descriptor of its own and serves it beside the others, until the test is over. */
async function serve(door: Door, converse: (con: ssl.SSL) => Promise<void>): Promise<void> {
  const ctx = serverContext()
  const conversations: Promise<void>[] = []
  ssl.BIO_ctrl(door.bio, ssl.BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, 0, { tv_sec: 0, tv_usec: 100_000 })
  while (listening) {
    const con = present(ssl.SSL_new(ctx))
    const client = ssl.BIO_ADDR_new()
    ssl.BIO_up_ref(door.bio)
    ssl.SSL_set_bio(con, door.bio, door.bio)
    let heard = 0
    while (listening && heard <= 0) heard = await ssl.DTLSv1_listen(con, client)
    if (heard <= 0) {
      ssl.SSL_free(con)
      break
    }
    const close = door.welcome(con, client)
    conversations.push(
      (async () => {
        const ret = await ssl.SSL_accept(con)
        if (ret !== 1) throw new Error(explain(con, ret))
        await converse(con)
      })().finally(() => {
        ssl.SSL_free(con)
        close()
      }),
    )
  }
  await Promise.all(conversations)
  door.close()
}

/** Echoes what it reads, up to the end. */
async function echo(con: ssl.SSL): Promise<void> {
  const buffer = Buffer.alloc(1000)
  for (;;) {
    const length = await ssl.SSL_read(con, buffer)
    if (length <= 0) break
    await ssl.SSL_write(con, buffer, length)
  }
  await ssl.SSL_shutdown(con)
}

/** `openssl-shim/socket`: a second descriptor, bound to the same address and connected. */
function descriptorDoor(): Door {
  const bound = (port: number): number => {
    const fd = posix.socket(posix.AF_INET, posix.SOCK_DGRAM, 0)
    posix.setsockopt(fd, posix.SOL_SOCKET, posix.SO_REUSEADDR, 1)
    const address = { sin_family: posix.AF_INET, sin_port: posix.htons(port), sin_addr: loopback }
    if (posix.bind(fd, address) !== 0) throw new Error(`bind: ${posix.errno()}`)
    return fd
  }
  const loopback = { s_addr: posix.inet_addr('127.0.0.1') }
  const fd = bound(0)
  const own = { sin_family: posix.AF_INET, sin_port: 0, sin_addr: { s_addr: 0 } }
  posix.getsockname(fd, own)
  const port = posix.ntohs(own.sin_port)
  const bio = present(ssl.BIO_new_dgram(fd, ssl.BIO_NOCLOSE))
  return {
    port,
    bio,
    welcome(con, client) {
      const second = bound(port)
      const peer = { sin_family: posix.AF_INET, sin_port: ssl.BIO_ADDR_rawport(client), sin_addr: loopback }
      if (posix.connect(second, peer) !== 0) throw new Error(`connect: ${posix.errno()}`)
      const own = present(ssl.BIO_new_dgram(second, ssl.BIO_NOCLOSE))
      ssl.BIO_ctrl(own, ssl.BIO_CTRL_DGRAM_SET_CONNECTED, 0, client)
      ssl.SSL_set_bio(con, own, own)
      return () => posix.close(second)
    },
    close() {
      ssl.BIO_free(bio)
      posix.close(fd)
    },
  }
}

/** Node's own sockets, which take effect at once when their lookup does. */
function socketDoor(): Door {
  const open = (): Socket =>
    createSocket({
      type: 'udp4',
      reuseAddr: true,
      lookup: (host, _options, done) => done(isIPv4(host) ? null : new Error(host), host, 4),
    })
  const socket = open().bind(0, '127.0.0.1')
  const { port } = socket.address()
  const bio = present(ssl.BIO_new_dgram(socket, ssl.BIO_NOCLOSE))
  return {
    port,
    bio,
    welcome(con, client) {
      const second = open().bind(port, '127.0.0.1')
      second.connect(posix.ntohs(ssl.BIO_ADDR_rawport(client)), '127.0.0.1')
      const own = present(ssl.BIO_new_dgram(second, ssl.BIO_NOCLOSE))
      ssl.BIO_ctrl(own, ssl.BIO_CTRL_DGRAM_SET_CONNECTED, 0, client)
      ssl.SSL_set_bio(con, own, own)
      return () => second.close()
    },
    close() {
      ssl.BIO_free(bio)
      socket.close()
    },
  }
}

live('a cookie first', () => {
  test.each(['-dtls1_2', '-dtls1'])('our client, s_server -listen: %s', async flag => {
    const ciphers = 'ALL:@SECLEVEL=0'
    const { port, process } = await stage.server([flag, '-listen', ...identity('p256'), '-cipher', ciphers, '-state'])
    const endpoint = await stage.endpoint(stage.context(ssl.DTLS_method(), { ciphers }), port)
    await handshake(endpoint, 'client')
    await exchange(endpoint, process)
  })

  test('SSL_accept with SSL_OP_COOKIE_EXCHANGE alone, s_client', async () => {
    const ctx = serverContext()
    ssl.SSL_CTX_set_options(ctx, ssl.SSL_OP_COOKIE_EXCHANGE)
    const endpoint = await stage.endpoint(ctx)
    const client = stage.client(endpoint.port, ['-dtls', '-state'])
    await handshake(endpoint, 'server')
    await exchange(endpoint, client)
    expect(client.output).toMatch(/DTLS1 read hello verify request/)
  })

  test.each([
    ['a descriptor', descriptorDoor],
    ['a dgram.Socket', socketDoor],
  ] as const)('DTLSv1_listen and %s for each of sixteen clients, eight at a time', async (_name, open) => {
    const door = open()
    listening = true
    let served = 0
    const serving = serve(door, async con => {
      served++
      await echo(con)
    })
    const visit = async (number: number) => {
      const client = stage.client(door.port, ['-dtls', '-state'])
      client.type(`visitor ${number}\n`)
      await client.prints(new RegExp(`^visitor ${number}`, 'm'))
      client.endInput()
      expect(await client.ends()).toMatch(/DTLS1 read hello verify request/)
    }
    for (const round of [0, 8]) await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(number => visit(round + number)))
    listening = false
    await serving
    expect(served).toBe(16)
  })
})

live('a listener on one descriptor', () => {
  test('sixteen s_clients, eight at a time', async () => {
    const fd = posix.socket(posix.AF_INET, posix.SOCK_DGRAM, 0)
    posix.bind(fd, { sin_family: posix.AF_INET, sin_port: 0, sin_addr: { s_addr: posix.inet_addr('127.0.0.1') } })
    const address = { sin_family: posix.AF_INET, sin_port: 0, sin_addr: { s_addr: 0 } }
    posix.getsockname(fd, address)
    const port = posix.ntohs(address.sin_port)
    const listener = present(
      ssl.SSL_new_listener(stage.context(ssl.DTLS_server_method(), { certificates: ['p256'] }), 0),
    )
    ssl.SSL_set_fd(listener, fd)
    const serveOne = (con: ssl.SSL) => echo(con).finally(() => ssl.SSL_free(con))
    const served: Promise<void>[] = []
    const serving = (async () => {
      while (served.length < 16) served.push(serveOne(present(await ssl.SSL_accept_connection(listener, 0))))
      await Promise.all(served)
    })()
    const visit = async (number: number) => {
      const client = stage.client(port, ['-dtls', '-state'])
      client.type(`visitor ${number}\n`)
      await client.prints(new RegExp(`^visitor ${number}`, 'm'))
      client.endInput()
      expect(await client.ends()).toMatch(/DTLS1 read hello verify request/)
    }
    for (const round of [0, 8]) await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(number => visit(round + number)))
    await serving
    ssl.SSL_free(listener)
    posix.close(fd)
  })
})
