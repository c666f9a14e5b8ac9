import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from '@jest/globals'
import * as O from '../../../lib/promises.ts'
import { errors } from './ends.ts'

/** Many numbered messages on all streams, as test/sctp/kernel/openssl-peer.c sends and expects them. */

export const STREAMS = 16

/** Sends so many messages, and begins so many renegotiations in between. */
export async function sendAll(ssl: O.SSL, messages: number, renegotiations: number): Promise<void> {
  const sndinfo = { snd_sid: 0, snd_flags: 0, snd_ppid: 0, snd_context: 0 }
  const interval = Math.floor(messages / (renegotiations + 1))
  for (let n = 0; n < messages; n++) {
    if (renegotiations > 0 && n > 0 && n % interval === 0 && n < messages - STREAMS) {
      while (O.SSL_renegotiate_pending(ssl) === 1) await sleep(5)
      expect(O.SSL_renegotiate(ssl)).toBe(1)
    }
    const message = Buffer.alloc(messageLength(n), n)
    message.writeUInt32BE(n % STREAMS)
    message.writeUInt32BE(Math.floor(n / STREAMS), 4)
    sndinfo.snd_sid = n % STREAMS
    O.BIO_ctrl(O.SSL_get_wbio(ssl), O.BIO_CTRL_DGRAM_SCTP_SET_SNDINFO, 0, sndinfo)
    // In the middle of a handshake a writer gives way to the reader, who also hears of the connection's end.
    while ((await O.SSL_write(ssl, message)) <= 0) await sleep(1)
  }
}

/** Receives as many: none is missing, doubled, changed, on another stream or out of order on its own. */
export async function receiveAll(ssl: O.SSL, messages: number): Promise<void> {
  const next = new Array<number>(STREAMS).fill(0)
  const buf = Buffer.alloc(2000)
  const rcvinfo = { rcv_sid: -1 }
  for (let i = 0; i < messages; i++) {
    const length = await O.SSL_read(ssl, buf)
    if (length < 8) throw new Error(`message ${i}: ${O.SSL_get_error(ssl, length)} ${errors()}`)
    const [stream, number] = [buf.readUInt32BE(), buf.readUInt32BE(4)]
    const n = number * STREAMS + stream
    O.BIO_ctrl(O.SSL_get_rbio(ssl), O.BIO_CTRL_DGRAM_SCTP_GET_RCVINFO, 0, rcvinfo)
    const whole = buf.subarray(8, length).every(byte => byte === (n & 0xff))
    const expected = [rcvinfo.rcv_sid, next[stream], messageLength(n), true]
    if ([stream, number, length, whole].some((value, at) => value !== expected[at]))
      expect([stream, number, length, whole]).toEqual(expected)
    next[stream] = number + 1
  }
  expect(next).toEqual(Array.from({ length: STREAMS }, (_, stream) => Math.ceil((messages - stream) / STREAMS)))
}

function messageLength(n: number): number {
  return 8 + ((n * 37) % 1492)
}
