/**
 * A port of dtls_udp_chargen.c: for some seconds both sides send a numbered message and read one, in turn. Both end with
 * statistics. After about every thousandth message the client renegotiates, which ends the connection where the server does
 * not allow it: OpenSSL 3 does not unless it is asked to. Differs from the original: built with OpenSSL 3 that one fails here
 * for either reason. A client whose server has fallen silent ends, with exit code 1, after one timeout.
 */
import {
  type SSL,
  SSL_get_shutdown,
  SSL_RECEIVED_SHUTDOWN,
  SSL_renegotiate,
  SSL_renegotiate_pending,
  SSL_SENT_SHUTDOWN,
  SSL_shutdown,
} from 'openssl-shim/promises'
import * as client from './common/client.ts'
import { allow_renegotiation } from './common/context.ts'
import { read_message, type Talk, write_message } from './common/io.ts'
import { sample_main } from './common/main.ts'
import { BUFFER_SIZE, type Options } from './common/options.ts'
import { printf } from './common/print.ts'
import * as server from './common/server.ts'
import { NUMBER_SIZE, print_statistics_title, Statistics } from './common/statistics.ts'

/** After each message that has come. */
const RENEGOTIATION_PROBABILITY = 0.001

export const main = sample_main(
  'dtls_udp_chargen',
  ['l:', 'L:', 'p:', 't:', 'v', 'V'],
  NUMBER_SIZE,
  start_server,
  start_client,
)

function start_server(options: Options): Promise<number> {
  return server.start_server(
    options,
    (ssl, id) => generate({ ssl, prefix: `Thread ${id}: `, verbose: options.verbose }, options),
    { prepared: allow_renegotiation },
  )
}

function start_client(options: Options): Promise<number> {
  return client.start_client(options, ssl => exchange(ssl, options))
}

async function generate(talk: Talk, options: Options): Promise<void> {
  const { ssl, prefix } = talk
  const message = new Uint8Array(options.length)
  const buf = new Uint8Array(BUFFER_SIZE)
  const sent = new Statistics('sent')
  const received = new Statistics('received')
  let num_timeouts = 0

  while (!(SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) && num_timeouts < server.MAX_TIMEOUTS) {
    sent.number(message)
    const written = await write_message(talk, message, message.length)
    if (written === 'failed') break
    if (written === 'sent') sent.count(message)

    const len = await read_message(talk, buf)
    if (len === 'failed') break
    if (len === 'timeout') num_timeouts++
    if (typeof len === 'number') received.count(buf.subarray(0, len))
  }
  await SSL_shutdown(ssl)

  print_statistics_title(prefix)
  sent.print(prefix)
  received.print(prefix)
}

async function exchange(ssl: SSL, options: Options): Promise<number> {
  const talk = { ssl, prefix: '', verbose: options.verbose }
  const message = new Uint8Array(options.length)
  const buf = new Uint8Array(BUFFER_SIZE)
  const sent = new Statistics('sent')
  const received = new Statistics('received')
  let done = false
  // alarm(2)
  const alarm = setTimeout(() => (done = true), options.timetosend * 1000)

  try {
    while (!(SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN)) {
      // The write carries out a renegotiation that has been asked for.
      if (!done || SSL_renegotiate_pending(ssl)) {
        sent.number(message)
        const written = await write_message(talk, message, message.length)
        if (written === 'failed') return 1
        if (written === 'sent') sent.count(message)
      } else if (!(SSL_get_shutdown(ssl) & SSL_SENT_SHUTDOWN)) {
        await SSL_shutdown(ssl)
      }

      const len = await read_message(talk, buf)
      if (len === 'failed') return 1
      if (typeof len === 'number') {
        received.count(buf.subarray(0, len))
        if (!done && Math.random() < RENEGOTIATION_PROBABILITY) SSL_renegotiate(ssl)
      }
      if (len === 'timeout') {
        printf('Timeout! No response received.\n')
        if (done) return 1
      }
    }
    return 0
  } finally {
    clearTimeout(alarm)
    print_statistics_title('')
    sent.print('')
    received.print('')
  }
}
