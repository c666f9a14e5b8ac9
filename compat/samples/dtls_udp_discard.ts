/**
 * A port of dtls_udp_discard.c: the client sends numbered messages for some seconds, the server reads and forgets them.
 * Both end with statistics. Differs from the original: a client whose server has fallen silent ends, with exit code 1,
 * after one timeout; the original waits for the close_notify for ever. Before it closes it rests for a moment.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import {
  type SSL,
  SSL_get_shutdown,
  SSL_RECEIVED_SHUTDOWN,
  SSL_SENT_SHUTDOWN,
  SSL_shutdown,
} from 'openssl-shim/promises'
import * as client from './common/client.ts'
import { read_message, type Talk, write_message } from './common/io.ts'
import { sample_main } from './common/main.ts'
import { BUFFER_SIZE, type Options } from './common/options.ts'
import { printf } from './common/print.ts'
import * as server from './common/server.ts'
import { NUMBER_SIZE, print_statistics_title, Statistics } from './common/statistics.ts'

/** Milliseconds. A close_notify is sent once: it must not be lost among the messages that the server has no room for. */
const REST = 500

export const main = sample_main(
  'dtls_udp_discard',
  ['l:', 'L:', 'p:', 't:', 'v', 'V'],
  NUMBER_SIZE,
  start_server,
  start_client,
)

function start_server(options: Options): Promise<number> {
  return server.start_server(options, (ssl, id) => discard({ ssl, prefix: `Thread ${id}: `, verbose: options.verbose }))
}

function start_client(options: Options): Promise<number> {
  return client.start_client(options, ssl => send_messages(ssl, options))
}

async function discard(talk: Talk): Promise<void> {
  const { ssl, prefix } = talk
  const buf = new Uint8Array(BUFFER_SIZE)
  const received = new Statistics('received')
  let num_timeouts = 0

  while (!(SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) && num_timeouts < server.MAX_TIMEOUTS) {
    const len = await read_message(talk, buf)
    if (len === 'failed') break
    if (len === 'timeout') num_timeouts++
    if (typeof len === 'number') received.count(buf.subarray(0, len))
  }
  await SSL_shutdown(ssl)

  print_statistics_title(prefix)
  received.print(prefix)
}

async function send_messages(ssl: SSL, options: Options): Promise<number> {
  const talk = { ssl, prefix: '', verbose: options.verbose }
  const message = new Uint8Array(options.length)
  const buf = new Uint8Array(BUFFER_SIZE)
  const sent = new Statistics('sent')
  let done = false
  // alarm(2)
  const alarm = setTimeout(() => (done = true), options.timetosend * 1000)

  try {
    while (!(SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN)) {
      if (!done) {
        sent.number(message)
        const written = await write_message(talk, message, message.length)
        if (written === 'failed') return 1
        if (written === 'sent') sent.count(message)
        continue
      }
      if (!(SSL_get_shutdown(ssl) & SSL_SENT_SHUTDOWN)) {
        await sleep(REST)
        await SSL_shutdown(ssl)
      }

      const len = await read_message(talk, buf)
      if (len === 'failed') return 1
      if (len === 'timeout') {
        printf('Timeout! No response received.\n')
        return 1
      }
    }
    return 0
  } finally {
    clearTimeout(alarm)
    print_statistics_title('')
    sent.print('')
  }
}
