import { SLACK } from '../../handshake/dtls/timer.ts'
import { inTurn, takeTurn, turnIsDue } from '../../transport/fairness.ts'
import type { BIO } from '../bio/bio.ts'
import type { BIO_ADDR } from '../bio/socket/addr.ts'
import { resolve, unresolved } from '../bio/socket/resolve.ts'
import { waitFor } from '../bio/wait.ts'
import { type Out, requireLive } from '../boundary.ts'
import { sslClock } from '../clock.ts'
import {
  SSL_ERROR_NONE,
  SSL_ERROR_WANT_ACCEPT,
  SSL_ERROR_WANT_CONNECT,
  SSL_ERROR_WANT_READ,
  SSL_ERROR_WANT_WRITE,
  SSL_READING,
} from '../constants/ssl.ts'
import { listenError, wantedError } from '../ssl/error.ts'
import * as plain from '../ssl/handshake.ts'
import * as io from '../ssl/io.ts'
import * as listen from '../ssl/listener/listen.ts'
import { SSL_shutdown as shutdown } from '../ssl/shutdown.ts'
import { SSL } from '../ssl/ssl.ts'

/**
 * The calls that block in C, as promises: each behaves as on a blocking descriptor. It waits for the BIO, sends the flight
 * again when the DTLS timer runs out, and gives up with SSL_ERROR_WANT_READ when the time of
 * BIO_CTRL_DGRAM_SET_RECV_TIMEOUT is over; `BIO_dgram_recv_timedout` then says so, once.
 *
 * Several calls may wait on one object: reads take what comes in turn, writes follow each other, and the handshake is done for
 * all. A buffer is the call's until its promise is settled. Who frees the object while a call waits has it rejected with the
 * TypeError of a freed object; a descriptor that is closed gives -1 with EBADF.
 */

/** SSL_connect on a blocking descriptor. */
export function SSL_connect(ssl: SSL): Promise<number> {
  return block(ssl, () => plain.SSL_connect(ssl))
}

/** SSL_accept on a blocking descriptor. */
export function SSL_accept(ssl: SSL): Promise<number> {
  return block(ssl, () => plain.SSL_accept(ssl))
}

/** SSL_do_handshake on a blocking descriptor. */
export function SSL_do_handshake(s: SSL): Promise<number> {
  return block(s, () => plain.SSL_do_handshake(s))
}

/** SSL_read on a blocking descriptor: waits for data, for the end, or for the receive timeout. */
export function SSL_read(ssl: SSL, buf: Uint8Array, num?: number): Promise<number> {
  return blockReading(ssl, false, reading => io.read(ssl, buf, num, reading))
}

/** SSL_read_ex on a blocking descriptor. */
export function SSL_read_ex(
  ssl: SSL,
  buf: Uint8Array,
  num: number | undefined,
  readbytes: Out<number>,
): Promise<number> {
  return blockReading(ssl, false, reading => io.counted(io.read(ssl, buf, num, reading), readbytes, 'readbytes'))
}

/** SSL_peek on a blocking descriptor. */
export function SSL_peek(ssl: SSL, buf: Uint8Array, num?: number): Promise<number> {
  return blockReading(ssl, true, reading => io.read(ssl, buf, num, reading))
}

/** SSL_peek_ex on a blocking descriptor. */
export function SSL_peek_ex(
  ssl: SSL,
  buf: Uint8Array,
  num: number | undefined,
  readbytes: Out<number>,
): Promise<number> {
  return blockReading(ssl, true, reading => io.counted(io.read(ssl, buf, num, reading), readbytes, 'readbytes'))
}

/** SSL_write on a blocking descriptor: waits for a handshake under way, for room in the BIO, and for the writes before it. */
export function SSL_write(ssl: SSL, buf: Uint8Array, num?: number): Promise<number> {
  return inTurn(ssl, () => block(ssl, () => io.SSL_write(ssl, buf, num)))
}

/** SSL_write_ex on a blocking descriptor. */
export function SSL_write_ex(
  ssl: SSL,
  buf: Uint8Array,
  num: number | undefined,
  written: Out<number>,
): Promise<number> {
  return inTurn(ssl, () => block(ssl, () => io.SSL_write_ex(ssl, buf, num, written)))
}

/** SSL_shutdown on a blocking descriptor: the first call sends and returns 0, the second waits for the peer's close_notify. */
export function SSL_shutdown(s: SSL): Promise<number> {
  // 0 is an answer here, not a reason to wait.
  return block(s, () => shutdown(s), 0)
}

/**
 * DTLSv1_listen on a blocking descriptor: returns 1 with the first client that brings its cookie back, 0 when a datagram
 * was no ClientHello or the receive timeout is over, -1 on failure.
 */
export function DTLSv1_listen(s: SSL, client: BIO_ADDR): Promise<number> {
  return block(s, () => listen.DTLSv1_listen(s, client), 1, listenError)
}

/** Without SSL_MODE_AUTO_RETRY a call that has met another handshake is over when that is done, and wants to be made again. */
function blockReading(ssl: SSL, peek: boolean, call: (reading: io.Reading) => number): Promise<number> {
  const reading = new io.Reading(peek)
  const waitsFor = (s: SSL) => (reading.interrupted ? SSL_ERROR_NONE : wantedError(s))
  return block(ssl, () => call(reading), 1, waitsFor)
}

/**
 * Calls until there is an answer. `final`: the smallest result that needs no waiting whatever the BIO says; `waitsFor`: what
 * the call left undone, a SSL_ERROR_WANT_*.
 */
async function block(s: SSL, call: () => number, final = 1, waitsFor = wantedError): Promise<number> {
  const ssl = requireLive(s, SSL, 'ssl')
  const connecting = unresolved(ssl.wbio) ?? unresolved(ssl.rbio)
  if (connecting !== null) await resolve(connecting)
  for (;;) {
    // Also between tries: a BIO may call itself ready and refuse all the same.
    if (turnIsDue()) await takeTurn()
    const ret = call()
    if (ret >= final) return ret
    const wish = wishOf(ssl, waitsFor(ssl))
    // In a congestion no waiting helps: SSL_read has to make room first.
    if (wish === null || ssl.connection?.congested || !(await again(ssl, ...wish))) return ret
  }
}

/** What to wait for, and on which BIO; null for what no waiting brings. */
function wishOf({ rbio, wbio, want }: SSL, wanted: number | null): [BIO, 'read' | 'write'] | null {
  switch (wanted) {
    case SSL_ERROR_WANT_READ:
      return rbio && [rbio, 'read']
    case SSL_ERROR_WANT_WRITE:
      return wbio && [wbio, 'write']
    // A BIO that connects, or accepts, when it is first used.
    case SSL_ERROR_WANT_CONNECT:
    case SSL_ERROR_WANT_ACCEPT: {
      const bio = want === SSL_READING ? rbio : wbio
      return bio && [bio, wanted === SSL_ERROR_WANT_CONNECT ? 'write' : 'read']
    }
    default:
      return null
  }
}

/** True when the call is worth another try: the BIO is ready, or the DTLS timer has run out and the call will see to it. */
async function again(ssl: SSL, bio: BIO, want: 'read' | 'write'): Promise<boolean> {
  const deadline = ssl.connection?.nextDeadline() ?? null
  const left = deadline === null ? null : Math.max(0, Math.ceil(deadline - sslClock.now()))
  if (await waitFor(bio, want, left, [ssl])) return true
  return deadline !== null && sslClock.now() >= deadline - SLACK
}
