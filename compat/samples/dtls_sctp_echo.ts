/**
 * A port of dtls_sctp_echo.c: the server sends back what it gets on stream 0, the client sends messages and prints what
 * comes back. Differs from the original: the client ends. The original shuts down before the last echo is acknowledged, is
 * told to try again, does not, and waits for ever; here SSL_shutdown waits.
 */
import {
  BIO_CTRL_DGRAM_SCTP_SET_SNDINFO,
  BIO_ctrl,
  type SSL,
  SSL_get_shutdown,
  SSL_get_wbio,
  SSL_RECEIVED_SHUTDOWN,
  SSL_shutdown,
} from 'openssl-shim/promises'
import { read_message, type Talk, write_message } from './common/io.ts'
import { sample_main } from './common/main.ts'
import { BUFFER_SIZE, type Options } from './common/options.ts'
import * as client from './common/sctp-client.ts'
import * as server from './common/sctp-server.ts'
import { rcvinfo, sndinfo } from './common/sctp-socket.ts'
import type { Watch } from './common/watch.ts'

export const main = sample_main(
  'dtls_sctp_echo',
  ['l:', 'L:', 'n:', 'p:', 'r', 'v', 'V'],
  1,
  start_server,
  start_client,
)

export function start_server(options: Options, watch?: Watch): Promise<number> {
  return server.start_server(options, (ssl, id) => echo(talk(ssl, `Thread ${id}: `, options), watch), watch)
}

export function start_client(options: Options, watch?: Watch): Promise<number> {
  return client.start_client(options, ssl => send_messages(ssl, options, watch), watch)
}

async function echo(talk: Talk, watch?: Watch): Promise<void> {
  const { ssl } = talk
  const buf = new Uint8Array(BUFFER_SIZE)

  while (!(SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN)) {
    const len = await read_message(talk, buf)
    if (len === 'failed') return
    if (typeof len !== 'number') continue
    watch?.received?.(rcvinfo(ssl), buf.subarray(0, len))
    const written = await write_message(talk, buf, len)
    if (written === 'failed') return
    if (written === 'sent') watch?.sent?.(0)
  }
  await SSL_shutdown(ssl)
}

async function send_messages(ssl: SSL, options: Options, watch?: Watch): Promise<number> {
  const client = talk(ssl, '', options)
  const message = new Uint8Array(options.length)
  const buf = new Uint8Array(BUFFER_SIZE)
  const sinfo = { snd_sid: 0, snd_flags: 0, snd_ppid: 0, snd_context: 0 }
  let { messagenumber } = options
  BIO_ctrl(SSL_get_wbio(ssl), BIO_CTRL_DGRAM_SCTP_SET_SNDINFO, 0, sinfo)

  while (!(SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN)) {
    if (messagenumber > 0) {
      const written = await write_message(client, message, message.length)
      if (written === 'failed') return 1
      if (written === 'sent') {
        messagenumber--
        watch?.sent?.(0)
      }

      // Shut down when all messages are sent; the last answer is still read.
      if (messagenumber === 0) await SSL_shutdown(ssl)
    }

    const len = await read_message(client, buf)
    if (len === 'failed') return 1
    if (typeof len === 'number') watch?.received?.(rcvinfo(ssl), buf.subarray(0, len))
  }
  return 0
}

function talk(ssl: SSL, prefix: string, { verbose }: Options): Talk {
  return {
    ssl,
    prefix,
    verbose,
    describe: (done, len) => `${done} ${len} bytes, ${done === 'read' ? how_it_came(ssl) : how_it_goes(ssl)}`,
  }
}

function how_it_came(ssl: SSL): string {
  const { rcv_sid, rcv_ssn, rcv_ppid, rcv_tsn } = rcvinfo(ssl)
  return `stream: ${rcv_sid}, ssn: ${rcv_ssn}, ppid: ${rcv_ppid}, tsn: ${rcv_tsn}`
}

function how_it_goes(ssl: SSL): string {
  const { snd_sid, snd_ppid } = sndinfo(ssl)
  return `stream: ${snd_sid}, ppid: ${snd_ppid}`
}
