/**
 * A port of dtls_udp_echo.c: the server sends back what it gets, the client sends messages and prints what comes back.
 * Differs from the original: a client whose server has fallen silent after the last message ends, with exit code 1, after
 * one timeout; the original waits for the close_notify for ever.
 */
import { type SSL, SSL_get_shutdown, SSL_RECEIVED_SHUTDOWN, SSL_shutdown } from 'openssl-shim/promises'
import * as client from './common/client.ts'
import { read_message, type Talk, write_message } from './common/io.ts'
import { sample_main } from './common/main.ts'
import { BUFFER_SIZE, type Options } from './common/options.ts'
import { printf } from './common/print.ts'
import * as server from './common/server.ts'
import type { Watch } from './common/watch.ts'

export const main = sample_main('dtls_udp_echo', ['l:', 'L:', 'p:', 'n:', 'v', 'V'], 1, start_server, start_client)

export function start_server(options: Options, watch?: Watch): Promise<number> {
  return server.start_server(
    options,
    (ssl, id) => echo({ ssl, prefix: `Thread ${id}: `, verbose: options.verbose }),
    watch,
  )
}

export function start_client(options: Options, watch?: Watch): Promise<number> {
  return client.start_client(options, ssl => send_messages(ssl, options, watch), watch)
}

async function echo(talk: Talk): Promise<void> {
  const { ssl } = talk
  const buf = new Uint8Array(BUFFER_SIZE)
  let num_timeouts = 0

  while (!(SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) && num_timeouts < server.MAX_TIMEOUTS) {
    const len = await read_message(talk, buf)
    if (len === 'failed') return
    if (len === 'timeout') num_timeouts++
    if (typeof len === 'number' && (await write_message(talk, buf, len)) === 'failed') return
  }
  await SSL_shutdown(ssl)
}

async function send_messages(ssl: SSL, options: Options, watch?: Watch): Promise<number> {
  const talk = { ssl, prefix: '', verbose: options.verbose }
  const message = new Uint8Array(options.length)
  const buf = new Uint8Array(BUFFER_SIZE)
  let { messagenumber } = options

  while (!(SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN)) {
    if (messagenumber > 0) {
      const written = await write_message(talk, message, message.length)
      if (written === 'failed') return 1
      if (written === 'sent') messagenumber--

      // Shut down when all messages are sent; the last answer is still read.
      if (messagenumber === 0) await SSL_shutdown(ssl)
    }

    const len = await read_message(talk, buf)
    if (len === 'failed') return 1
    if (len === 'timeout') {
      printf('Timeout! No response received.\n')
      if (messagenumber === 0) return 1
    }
    if (typeof len === 'number') watch?.exchanged?.()
  }
  return 0
}
