import { concat } from '../../../base/bytes.ts'
import { ProtocolFailure } from '../../../base/failure.ts'
import type { Connection } from '../../../connection/connection.ts'
import { type BIO, BIO_get_retry_flags, BIO_set_flags } from '../../bio/bio.ts'
import { BIO_ctrl, BIO_read, BIO_write, giveDatagram, takeDatagram } from '../../bio/io.ts'
import { BIO_eof, BIO_flush, BIO_should_retry } from '../../bio/macros.ts'
import { sslClock } from '../../clock.ts'
import { BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT } from '../../constants/bio.ts'
import {
  SSL_MODE_RELEASE_BUFFERS,
  SSL_NOTHING,
  SSL_OP_IGNORE_UNEXPECTED_EOF,
  SSL_READING,
  SSL_RECEIVED_SHUTDOWN,
  SSL_WRITING,
} from '../../constants/ssl.ts'
import type { SSL } from '../ssl.ts'
import { raiseFailure } from './reasons.ts'

/** Between the engine and the BIOs: datagrams or bytes of a stream in and out, and the deadline. */

/**
 * Gives the read BIO's next datagram to the engine, or of a stream what the next record lacks: with read_ahead set more, if
 * there is. A BIO that has ended, or none at all, ends the connection.
 * @returns more than 0 when something came; else what BIO_read said, with `want` set
 */
export function pull(ssl: SSL, connection: Connection): number {
  const bio = ssl.rbio
  ssl.want = SSL_READING
  if (bio === null) {
    end(ssl, connection, new ProtocolFailure('read-bio-not-set'))
    return -1
  }
  const taken = ssl.method.datagram ? takeDatagram(bio) : takeBytes(ssl, bio, connection)
  if (typeof taken !== 'number') {
    ssl.want = SSL_NOTHING
    connection.receive(taken)
    return taken.length
  }
  if (!BIO_should_retry(bio) && BIO_eof(bio) > 0) onEnd(ssl, connection)
  return taken
}

/** No more than is wanted: what follows may be another program's to read. */
function takeBytes({ settings }: SSL, bio: BIO, connection: Connection): Uint8Array | number {
  const size = settings.readAhead === 0 ? connection.wanted : connection.room
  const length = BIO_read(bio, scratch, Math.min(size, scratch.length))
  if (length > 0) return scratch.subarray(0, length)
  if (settings.mode & SSL_MODE_RELEASE_BUFFERS) connection.releaseBuffers()
  return length
}

/** Longer than a record; one buffer serves all, as the engine copies what it takes of a stream. */
const scratch = new Uint8Array(32768)

/** As `give`. @returns true when nothing is left; false with `want` set when the BIO does not take more now */
export function push(ssl: SSL): boolean {
  return give(ssl) > 0
}

/**
 * Gives what the engine has made to the write BIO, that first which the BIO has refused before: flights, close_notify, and
 * in a stream everything, which stays until the BIO takes it.
 * @param flush - false for application data, whose BIO may gather it; the program flushes then, as in C
 * @returns more than 0 when nothing is left, else what the BIO_write that failed said, with `want` set
 */
export function give(ssl: SSL, flush = true): number {
  if (ssl.connection?.hasOutput) ssl.outstanding.push(...ssl.connection.takeOutput())
  if (ssl.outstanding.length === 0) return 1
  ssl.want = SSL_WRITING
  const bio = ssl.wbio
  if (bio === null) return -1
  // Records of a stream leave together.
  if (!ssl.method.datagram && ssl.outstanding.length > 1) ssl.outstanding = [concat(...ssl.outstanding)]
  for (let next = ssl.outstanding[0]; next !== undefined; next = ssl.outstanding[0]) {
    const given = ssl.method.datagram ? giveDatagram(bio, next) : BIO_write(bio, next)
    if (given <= 0) return given
    // A stream may take a part.
    if (ssl.method.datagram || given >= next.length) ssl.outstanding.shift()
    else ssl.outstanding[0] = next.subarray(given)
  }
  if (flush) BIO_flush(bio)
  ssl.want = SSL_NOTHING
  return 1
}

/**
 * Gives what the engine has made to the write BIO now or never: application data, a failure's alert, a flight repeated for a
 * peer. What the BIO does not take is lost, as on any network; in a stream nothing ever is.
 * @param flush - false for application data, whose BIO may gather it; the program flushes then, as in C
 * @returns more than 0 when all was taken, else what the first BIO_write that failed said, with `want` set
 */
export function send(ssl: SSL, connection: Connection, flush = true): number {
  if (!connection.hasOutput) return 1
  if (!ssl.method.datagram) return give(ssl, flush)
  const datagrams = connection.takeOutput()
  ssl.want = SSL_WRITING
  const bio = ssl.wbio
  if (bio === null) return -1
  for (const datagram of datagrams) {
    const sent = giveDatagram(bio, datagram)
    if (sent <= 0) return sent
  }
  if (flush) BIO_flush(bio)
  ssl.want = SSL_NOTHING
  return 1
}

/**
 * Streams: answers have piled up that the write BIO does not take, not even now, with `want` set. Who reads on would let the
 * peer decide how much memory they need.
 */
export function isClogged(ssl: SSL): boolean {
  if (ssl.method.datagram || ssl.outstanding.length === 0) return false
  const waiting = ssl.outstanding.reduce((sum, { length }) => sum + length, 0)
  return waiting > MOST_OUTSTANDING && give(ssl) <= 0
}

/** Bytes: several records more than one SSL_write can leave behind. */
const MOST_OUTSTANDING = 2 ** 16

/** Tells the read BIO when the flight is to be sent again, so that a blocking read ends in time. */
export function announceDeadline(ssl: SSL): void {
  const deadline = ssl.connection?.nextDeadline() ?? null
  if (deadline === ssl.announcedDeadline) return
  ssl.announcedDeadline = deadline
  if (ssl.rbio === null) return
  const wall = deadline === null ? 0 : sslClock.wall() + deadline - sslClock.now()
  const timeval = { tv_sec: Math.floor(wall / 1000), tv_usec: Math.floor((wall % 1000) * 1000) }
  // Filters clear their retry flags in every ctrl: SSL_get_error has yet to see those of the read or write before.
  const retry = BIO_get_retry_flags(ssl.rbio)
  BIO_ctrl(ssl.rbio, BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT, 0, timeval)
  BIO_set_flags(ssl.rbio, retry)
}

/**
 * Sends the flight, or the heartbeat, again if its time has come.
 * @returns 1 when it left, or waits for the BIO to take it; 0 when it is not time; -1 when the peer was silent for too long,
 * which is queued as often as it is asked
 */
export function serviceTimer(ssl: SSL, connection: Connection): number {
  switch (connection.onDeadline()) {
    case 'idle':
      return 0
    case 'resent':
      // What the BIO has not taken yet is in it once more.
      ssl.outstanding = []
      push(ssl)
      ssl.want = SSL_NOTHING
      return 1
    case 'repeated':
      send(ssl, connection)
      ssl.want = SSL_NOTHING
      return 1
    case 'failed': {
      const { failure } = connection
      connection.takeFailure()
      ssl.want = SSL_NOTHING
      if (failure !== null) raiseFailure(failure)
      return -1
    }
  }
}

/** Queues why the connection failed, once, and sends its alert. */
export function reportFailure(ssl: SSL, connection: Connection): void {
  noteShutdown(ssl, connection)
  const failure = connection.takeFailure()
  send(ssl, connection)
  ssl.want = SSL_NOTHING
  if (failure !== null) raiseFailure(failure)
}

/** A close_notify or a fatal alert has come: nothing more will. */
export function noteShutdown(ssl: SSL, connection: Connection): void {
  if (connection.receivedClose) ssl.shutdown |= SSL_RECEIVED_SHUTDOWN
}

function onEnd(ssl: SSL, connection: Connection): void {
  if (ssl.settings.options & SSL_OP_IGNORE_UNEXPECTED_EOF) ssl.shutdown |= SSL_RECEIVED_SHUTDOWN
  else end(ssl, connection, new ProtocolFailure('unexpected-eof'))
}

function end(ssl: SSL, connection: Connection, failure: ProtocolFailure): void {
  connection.abort(failure)
  reportFailure(ssl, connection)
  // Nothing was written after close_notify, not even an alert.
  if (connection.sentClose) ssl.want = SSL_READING
}
