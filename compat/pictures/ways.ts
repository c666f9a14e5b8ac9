import { resolve } from 'node:path'
import * as ssl from 'openssl-shim'
import * as posix from 'openssl-shim/socket'
import { setSslClock } from '../../lib/openssl/clock.ts'
import { VirtualClock } from '../../lib/sim.ts'
import type { Action } from './calls.ts'

/** The ways through the code that have a picture: what is done, and what is found before. */
export interface Way {
  readonly title: string
  readonly words: string
  readonly prepare: () => Promise<Action>
}

export const WAYS = {
  up: {
    title: 'Up: SSL_read, and a datagram that waits',
    words:
      'The inbox is empty, so SSL_read pulls: from the BIO a datagram, from the datagram a record, which is admitted, checked for replay, opened, marked, and its data handed back.',
    prepare: async () => {
      const pair = await Pair.connected()
      ssl.SSL_write(pair.client, Buffer.from('hello'))
      await pair.readable('server')
      return pair.action(() => expected(ssl.SSL_read(pair.server, Buffer.alloc(100)), 5))
    },
  },
  down: {
    title: 'Down: SSL_write',
    words: 'The record is sized, numbered and sealed into the outbox, and the write BIO sends it as one datagram.',
    prepare: async () => {
      const pair = await Pair.connected()
      return pair.action(() => expected(ssl.SSL_write(pair.client, Buffer.from('hello')), 5))
    },
  },
  listen: {
    title: 'Listen: DTLSv1_listen, and a first ClientHello',
    words:
      'The hello gate is a pure function of the datagram: it answers with a cookie and nothing is kept of the client.',
    prepare: async () => {
      const pair = await Pair.strangers()
      ssl.SSL_connect(pair.client)
      await pair.readable('server')
      return pair.action(() => expected(ssl.DTLSv1_listen(pair.server, ssl.BIO_ADDR_new()), 0))
    },
  },
  timer: {
    title: 'Timer: DTLSv1_get_timeout and DTLSv1_handle_timeout',
    words: 'The connection has one deadline. When it has passed the flight is cut and sealed anew, with new numbers.',
    prepare: async () => {
      const pair = await Pair.strangers()
      ssl.SSL_connect(pair.client)
      pair.clock.advanceBy(1000)
      return pair.action(() => {
        expected(ssl.DTLSv1_get_timeout(pair.client, { tv_sec: 0, tv_usec: 0 }), 1)
        expected(ssl.DTLSv1_handle_timeout(pair.client), 1)
      })
    },
  },
  waits: {
    title: 'Waits: SSL_get_error after a handshake that could not go on',
    words:
      'A step of the handshake yields the name of what it waits for; one table maps it to an error of OpenSSL. Here a certificate callback is asked a second time and is still not ready.',
    prepare: async () => {
      const pair = await Pair.strangers()
      ssl.SSL_set_cert_cb(pair.server, () => -1, null)
      ssl.SSL_set_accept_state(pair.server)
      ssl.SSL_connect(pair.client)
      await pair.readable('server')
      expected(ssl.SSL_do_handshake(pair.server), -1)
      return pair.action(() => {
        expected(ssl.SSL_do_handshake(pair.server), -1)
        expected(ssl.SSL_get_error(pair.server, -1), ssl.SSL_ERROR_WANT_X509_LOOKUP)
      })
    },
  },
} as const satisfies Readonly<Record<string, Way>>

export type WayName = keyof typeof WAYS

function expected(result: number, wanted: number): void {
  if (result !== wanted) throw new Error(`${result} instead of ${wanted}: ${ssl.ERR_error_string(ssl.ERR_get_error())}`)
}

type Role = 'client' | 'server'

/** A client and a server on UDP sockets of this machine. */
class Pair {
  readonly clock = new VirtualClock()
  readonly client: ssl.SSL
  readonly server: ssl.SSL
  readonly #fds: Readonly<Record<Role, number>>

  private constructor() {
    setSslClock(this.clock)
    const host = { sin_family: posix.AF_INET, sin_addr: { s_addr: posix.inet_addr('127.0.0.1') } }
    this.#fds = {
      client: posix.socket(posix.AF_INET, posix.SOCK_DGRAM),
      server: posix.socket(posix.AF_INET, posix.SOCK_DGRAM),
    }
    posix.bind(this.#fds.server, { ...host, sin_port: 0 })
    const to: posix.sockaddr = {}
    posix.getsockname(this.#fds.server, to)
    posix.connect(this.#fds.client, to)
    this.client = connection('client', this.#fds.client)
    this.server = connection('server', this.#fds.server)
  }

  /** Both are there and nothing has been said. */
  static async strangers(): Promise<Pair> {
    return new Pair()
  }

  /** Both have shaken hands. */
  static async connected(): Promise<Pair> {
    const pair = new Pair()
    const own: posix.sockaddr = {}
    posix.getsockname(pair.#fds.client, own)
    posix.connect(pair.#fds.server, own)
    ssl.SSL_set_accept_state(pair.server)
    for (let ours = -1, theirs = -1; ours !== 1 || theirs !== 1; ) {
      ours = ssl.SSL_connect(pair.client)
      theirs = ssl.SSL_do_handshake(pair.server)
      await new Promise(setImmediate)
    }
    return pair
  }

  async readable(role: Role): Promise<void> {
    await posix.poll([{ fd: this.#fds[role], events: posix.POLLIN, revents: 0 }], 1, PATIENCE)
  }

  action(run: () => void): Action {
    return {
      run,
      end: () => {
        for (const role of ['client', 'server'] as const) {
          ssl.SSL_free(this[role])
          posix.close(this.#fds[role])
        }
        setSslClock(null)
        ssl.ERR_clear_error()
      },
    }
  }
}

/** Milliseconds, on the slowest of machines. */
const PATIENCE = 20_000

function connection(role: Role, fd: number): ssl.SSL {
  const ctx = ssl.SSL_CTX_new(ssl.DTLS_method())
  if (ctx === null) throw new Error('no context')
  if (role === 'server') {
    ssl.SSL_CTX_use_certificate_chain_file(ctx, resolve('test/vectors/certificates/rsa.pem'))
    ssl.SSL_CTX_use_PrivateKey_file(ctx, resolve('test/vectors/certificates/rsa.key.pem'), ssl.SSL_FILETYPE_PEM)
    ssl.SSL_CTX_set_cookie_generate_cb(ctx, (_ssl, cookie, length) => {
      cookie.fill(0x5a, 0, 20)
      length.value = 20
      return 1
    })
    ssl.SSL_CTX_set_cookie_verify_cb(ctx, () => 1)
  }
  const made = ssl.SSL_new(ctx)
  ssl.SSL_CTX_free(ctx)
  if (made === null) throw new Error('no connection')
  ssl.SSL_set_fd(made, fd)
  return made
}
