/**
 * A port of dtls_sctp_discard.c: the client sends numbered messages for some seconds, each on a stream of chance, the server
 * reads and counts them stream by stream. Differs from the original: the streams are evenly likely, and there is none more
 * than -s says.
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
import { SCTP_UNORDERED } from 'openssl-shim/sctp'
import { read_message, type Talk, write_message } from './common/io.ts'
import { sample_main } from './common/main.ts'
import { BUFFER_SIZE, type Options } from './common/options.ts'
import * as client from './common/sctp-client.ts'
import * as server from './common/sctp-server.ts'
import { rcvinfo, sndinfo } from './common/sctp-socket.ts'
import { NUMBER_SIZE, print_statistics_title, StreamStatistics } from './common/statistics.ts'
import type { Watch } from './common/watch.ts'

export const main = sample_main(
  'dtls_sctp_discard',
  ['l:', 'L:', 'p:', 'r', 's:', 't:', 'u', 'v', 'V'],
  NUMBER_SIZE,
  start_server,
  start_client,
)

export function start_server(options: Options, watch?: Watch): Promise<number> {
  return server.start_server(
    options,
    (ssl, id) => discard({ ssl, prefix: `Thread ${id}: `, verbose: options.verbose, describe: told(ssl) }, watch),
    watch,
  )
}

export function start_client(options: Options, watch?: Watch): Promise<number> {
  return client.start_client(options, ssl => send_messages(ssl, options, watch), watch)
}

async function discard(talk: Talk, watch?: Watch): Promise<void> {
  const { ssl, prefix } = talk
  const buf = new Uint8Array(BUFFER_SIZE)
  const received = new StreamStatistics('received')

  while (!(SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN)) {
    const len = await read_message(talk, buf)
    if (len === 'failed') break
    if (typeof len !== 'number') continue
    const rinfo = rcvinfo(ssl)
    received.count(rinfo.rcv_sid, buf.subarray(0, len))
    watch?.received?.(rinfo, buf.subarray(0, len))
  }
  await SSL_shutdown(ssl)

  print_statistics_title(prefix)
  received.print(prefix)
}

async function send_messages(ssl: SSL, options: Options, watch?: Watch): Promise<number> {
  let count = 0
  const describe = (done: string, len: number) =>
    done === 'read' ? `read ${len} bytes` : `wrote num ${count++} with ${len} bytes on stream ${sndinfo(ssl).snd_sid}`
  const talk = { ssl, prefix: '', verbose: options.verbose, describe }
  const message = new Uint8Array(options.length)
  const buf = new Uint8Array(BUFFER_SIZE)
  const sent = new StreamStatistics('sent')
  const snd_flags = options.unordered ? SCTP_UNORDERED : 0
  let done = false
  // alarm(2)
  const alarm = setTimeout(() => (done = true), options.timetosend * 1000)

  try {
    while (!done) {
      const snd_sid = Math.floor(Math.random() * options.streams)
      BIO_ctrl(SSL_get_wbio(ssl), BIO_CTRL_DGRAM_SCTP_SET_SNDINFO, 0, {
        snd_sid,
        snd_flags,
        snd_ppid: 0,
        snd_context: 0,
      })
      sent.number(snd_sid, message)
      const written = await write_message(talk, message, message.length)
      if (written === 'failed') return 1
      if (written === 'sent') {
        sent.count(snd_sid, message)
        watch?.sent?.(snd_sid)
      }
    }
    await SSL_shutdown(ssl)
    while (!(SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN)) if ((await read_message(talk, buf)) === 'failed') return 1
    return 0
  } finally {
    clearTimeout(alarm)
    print_statistics_title('')
    sent.print('')
  }
}

function told(ssl: SSL): (done: string, len: number) => string {
  return (_, len) => `read message with ${len} bytes on stream ${rcvinfo(ssl).rcv_sid}`
}
