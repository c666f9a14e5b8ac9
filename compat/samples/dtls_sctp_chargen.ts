/**
 * A port of dtls_sctp_chargen.c: for some seconds both sides send a numbered message on a stream of chance and read one, in
 * turn. After about every thousandth message the client renegotiates, resuming its session. Both end with statistics.
 * Differs from the original: the client ends, a renegotiation goes through, the streams are evenly likely, and -u really
 * sends unordered messages. Those cannot be in order, so with -u their numbers are not looked at one by one.
 */
import {
  BIO_CTRL_DGRAM_SCTP_SET_SNDINFO,
  BIO_ctrl,
  type SSL,
  SSL_get_shutdown,
  SSL_get_wbio,
  SSL_RECEIVED_SHUTDOWN,
  SSL_renegotiate_abbreviated,
  SSL_renegotiate_pending,
  SSL_SENT_SHUTDOWN,
  SSL_shutdown,
} from 'openssl-shim/promises'
import { SCTP_UNORDERED } from 'openssl-shim/sctp'
import { accept_any_certificate, allow_renegotiation } from './common/context.ts'
import { read_message, type Talk, type Unread, type Written, write_message } from './common/io.ts'
import { sample_main } from './common/main.ts'
import { BUFFER_SIZE, type Options } from './common/options.ts'
import { printf } from './common/print.ts'
import * as client from './common/sctp-client.ts'
import * as server from './common/sctp-server.ts'
import { rcvinfo } from './common/sctp-socket.ts'
import { NUMBER_SIZE, number_of, print_statistics_title, StreamStatistics } from './common/statistics.ts'
import type { Watch } from './common/watch.ts'

/** After each message that has come. */
const RENEGOTIATION_PROBABILITY = 0.001

export const main = sample_main(
  'dtls_sctp_chargen',
  ['l:', 'L:', 'p:', 's:', 't:', 'u', 'v', 'V'],
  NUMBER_SIZE,
  start_server,
  start_client,
)

export function start_server(options: Options, watch: Watch = {}): Promise<number> {
  const generate = async (ssl: SSL, id: string) => {
    const prefix = `Thread ${id}: `
    const traffic = new Traffic({ ssl, prefix, verbose: options.verbose }, options, watch)
    while (!(SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN)) {
      if ((await traffic.send()) === 'failed' || (await traffic.receive()) === 'failed') break
    }
    await SSL_shutdown(ssl)
    traffic.print()
  }
  return server.start_server(options, generate, {
    ...watch,
    prepared(ctx) {
      accept_any_certificate(ctx)
      allow_renegotiation(ctx)
      watch.prepared?.(ctx)
    },
  })
}

export function start_client(options: Options, watch: Watch = {}): Promise<number> {
  return client.start_client(options, ssl => exchange(ssl, options, watch), watch)
}

async function exchange(ssl: SSL, options: Options, watch: Watch): Promise<number> {
  const traffic = new Traffic({ ssl, prefix: '', verbose: options.verbose }, options, watch)
  let done = false
  // alarm(2)
  const alarm = setTimeout(() => (done = true), options.timetosend * 1000)

  try {
    while (!(SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN)) {
      // The write carries out a renegotiation that has been asked for.
      if (!done || SSL_renegotiate_pending(ssl)) {
        if ((await traffic.send()) === 'failed') return 1
      } else if (!(SSL_get_shutdown(ssl) & SSL_SENT_SHUTDOWN)) {
        await SSL_shutdown(ssl)
      }

      const len = await traffic.receive()
      if (len === 'failed') return 1
      if (typeof len === 'number' && !done && Math.random() < RENEGOTIATION_PROBABILITY) {
        if (options.verbose) printf('renegotiating\n')
        SSL_renegotiate_abbreviated(ssl)
      }
    }
    return 0
  } finally {
    clearTimeout(alarm)
    traffic.print()
  }
}

/** The messages of one side, both ways. */
class Traffic {
  readonly #talk: Talk
  readonly #options: Options
  readonly #watch: Watch
  readonly #message: Uint8Array
  readonly #buf = new Uint8Array(BUFFER_SIZE)
  readonly #sent: StreamStatistics
  readonly #received: StreamStatistics

  constructor(talk: Talk, options: Options, watch: Watch) {
    this.#talk = talk
    this.#options = options
    this.#watch = watch
    this.#message = new Uint8Array(options.length)
    // As in C, where -u is to be given to both sides.
    this.#sent = new StreamStatistics('sent', options.unordered)
    this.#received = new StreamStatistics('received', options.unordered)
  }

  async send(): Promise<Written> {
    const { ssl } = this.#talk
    const snd_sid = Math.floor(Math.random() * this.#options.streams)
    const snd_flags = this.#options.unordered ? SCTP_UNORDERED : 0
    BIO_ctrl(SSL_get_wbio(ssl), BIO_CTRL_DGRAM_SCTP_SET_SNDINFO, 0, { snd_sid, snd_flags, snd_ppid: 0, snd_context: 0 })
    this.#sent.number(snd_sid, this.#message)
    const written = await write_message(this.#talk, this.#message, this.#message.length)
    if (written === 'sent') {
      this.#sent.count(snd_sid, this.#message)
      this.#watch.sent?.(snd_sid)
    }
    return written
  }

  async receive(): Promise<number | Unread> {
    const len = await read_message(this.#talk, this.#buf)
    if (typeof len !== 'number') return len
    const message = this.#buf.subarray(0, len)
    const rinfo = rcvinfo(this.#talk.ssl)
    const { rcv_sid } = rinfo
    const [number, wanted] = [number_of(message), this.#received.next(rcv_sid)]
    if (!this.#options.unordered && number !== wanted) {
      printf(`${this.#talk.prefix}stream ${rcv_sid}: message ${number ?? 'without a number'}, should be ${wanted}\n`)
      return 'failed'
    }
    this.#received.count(rcv_sid, message)
    this.#watch.received?.(rinfo, message)
    return len
  }

  print(): void {
    const { prefix } = this.#talk
    print_statistics_title(prefix)
    this.#sent.print(prefix)
    this.#received.print(prefix)
  }
}
