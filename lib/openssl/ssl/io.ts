import { setErrno } from '../../base/errno.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import type { Connection } from '../../connection/connection.ts'
import { MAX_PLAINTEXT } from '../../wire/record.ts'
import { type Out, requireBytes, requireLive, requireOut, requireSignedLength } from '../boundary.ts'
import { ERR_LIB_SSL, ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED } from '../constants/err.ts'
import {
  SSL_MODE_AUTO_RETRY,
  SSL_NOTHING,
  SSL_READING,
  SSL_RECEIVED_SHUTDOWN,
  SSL_SENT_SHUTDOWN,
} from '../constants/ssl.ts'
import {
  SSL_R_BAD_LENGTH,
  SSL_R_DTLS_MESSAGE_TOO_BIG,
  SSL_R_PROTOCOL_IS_SHUTDOWN,
  SSL_R_SSL_HANDSHAKE_FAILURE,
  SSL_R_UNINITIALIZED,
} from '../constants/sslerr.ts'
import { raise } from '../err/raise.ts'
import { writeStream } from './engine/stream-write.ts'
import { announceDeadline, isClogged, noteShutdown, pull, reportFailure, send } from './engine/transport.ts'
import { awaitReader, connectionOf, continueHandshake, resent } from './handshake.ts'
import { SSL } from './ssl.ts'

/**
 * Reads application data, finishing the handshake first if it is not done (SSL_read(3)). One call gives bytes of one
 * record; what does not fit `num` is given by the next call. A repeated flight of the peer is answered from here.
 * @param num - bytes wanted, the whole buffer when left out
 * @returns the number of bytes; 0 with SSL_ERROR_ZERO_RETURN after close_notify; -1 else: SSL_ERROR_WANT_READ when nothing
 * has come (or, without SSL_MODE_AUTO_RETRY, when a handshake was in between), SSL_ERROR_SYSCALL with `errno()` when the BIO failed, which does not end the connection, SSL_ERROR_SSL when it
 * has ended, SSL_ERROR_WANT_WRITE when the peer of a stream takes no answers any more
 */
export function SSL_read(ssl: SSL, buf: Uint8Array, num?: number): number {
  return read(ssl, buf, num, new Reading(false))
}

/** SSL_read with the count in `readbytes`. @returns 1 when bytes were read, else 0 */
export function SSL_read_ex(ssl: SSL, buf: Uint8Array, num: number | undefined, readbytes: Out<number>): number {
  return counted(read(ssl, buf, num, new Reading(false)), readbytes, 'readbytes')
}

/** SSL_read that leaves the data to be read again (SSL_peek(3)). */
export function SSL_peek(ssl: SSL, buf: Uint8Array, num?: number): number {
  return read(ssl, buf, num, new Reading(true))
}

/** SSL_peek with the count in `readbytes`. @returns 1 when bytes were read, else 0 */
export function SSL_peek_ex(ssl: SSL, buf: Uint8Array, num: number | undefined, readbytes: Out<number>): number {
  return counted(read(ssl, buf, num, new Reading(true)), readbytes, 'readbytes')
}

/**
 * Sends application data, finishing the handshake first if it is not done (SSL_write(3)). DTLS: one record in one datagram.
 * TLS: as many records as it takes; what the BIO has not taken is kept, and the call is to be made again with the same bytes.
 * @param num - bytes, the whole buffer when left out; DTLS: 1 to 16384
 * @returns TLS: `num`, or with SSL_MODE_ENABLE_PARTIAL_WRITE as much of it as the BIO has taken; -1 with SSL_ERROR_WANT_WRITE
 * when the call is to be made again, and then from the same place in memory, unless SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER is
 * set: SSL_R_BAD_WRITE_RETRY, SSL_R_BAD_LENGTH. DTLS: `num`; 0 for `num` 0, when nothing is sent; -1 else, or what BIO_write said: SSL_ERROR_WANT_WRITE when the BIO cannot
 * take it now (the record is dropped: call again, with this buffer or another), SSL_ERROR_WANT_READ during a handshake,
 * SSL_ERROR_SYSCALL when the BIO failed and the datagram is lost, SSL_ERROR_SSL with SSL_R_DTLS_MESSAGE_TOO_BIG above 16384
 * bytes or when the connection has ended. More than SSL_set_max_send_fragment or the agreed fragment length allows gives 0
 * with SSL_R_EXCEEDS_MAX_FRAGMENT_SIZE and ends the connection
 */
export function SSL_write(ssl: SSL, buf: Uint8Array, num?: number): number {
  return write(ssl, buf, num)
}

/** SSL_write with the count in `written`. @returns 1 when the data was sent, else 0 */
export function SSL_write_ex(ssl: SSL, buf: Uint8Array, num: number | undefined, written: Out<number>): number {
  const ret = write(ssl, buf, num)
  const moved = counted(ret, written, 'written')
  // Nothing to send is nothing left to send, in a stream.
  return ret === 0 && (num ?? buf.length) === 0 && !ssl.method.datagram ? 1 : moved
}

/** Bytes of the current record that SSL_read has not given yet; 0 when the next one was not looked at (SSL_pending(3)). */
export function SSL_pending(s: SSL): number {
  return requireLive(s, SSL, 's').connection?.pending ?? 0
}

/** 1 when a datagram that was read has something left, data or not (SSL_has_pending(3)). */
export function SSL_has_pending(s: SSL): number {
  return Number(requireLive(s, SSL, 's').connection?.hasInput ?? false)
}

/** One SSL_read or SSL_peek of the program, which the blocking style makes of several tries. */
export class Reading {
  readonly peek: boolean
  /** The peer has begun another handshake meanwhile. */
  renewed = false
  /** It is over though it says SSL_ERROR_WANT_READ: the program is to look around before it goes on. */
  interrupted = false

  constructor(peek: boolean) {
    this.peek = peek
  }
}

/** A try of SSL_read or SSL_peek. @returns as SSL_read */
export function read(s: SSL, buf: Uint8Array, num: number | undefined, reading: Reading): number {
  const ssl = requireLive(s, SSL, 'ssl')
  const size = requireSignedLength(num, requireBytes(buf, 'buf'), 'num')
  const connection = start(ssl, size)
  if (connection === null) return -1
  if (ssl.shutdown & SSL_RECEIVED_SHUTDOWN) {
    // As libssl, whose SSL_peek leaves it.
    if (!reading.peek) ssl.want = SSL_NOTHING
    return 0
  }
  setErrno(0)
  // Who asks for nothing is told whether there is something.
  const ret =
    size === 0
      ? Math.min(0, readRecord(ssl, connection, new Uint8Array(1), true, reading))
      : readRecord(ssl, connection, firstBytes(buf, size), reading.peek, reading)
  announceDeadline(ssl)
  return ret
}

function readRecord(ssl: SSL, connection: Connection, out: Uint8Array, peek: boolean, reading: Reading): number {
  for (;;) {
    if (isClogged(ssl)) return -1
    const ready = connection.failure === null && connection.pending > 0
    if (!ready && continueHandshake(ssl, connection, true) <= 0) return closed(ssl, connection) ? 0 : -1
    if (reading.renewed && connection.settled && goesNoFurther(ssl, connection)) return interrupted(ssl, reading)
    const length = connection.read(out, peek, true)
    // The last flight for a peer that repeats itself; that it cannot be sent is no concern of the reader.
    send(ssl, connection)
    if (length > 0) {
      ssl.want = SSL_NOTHING
      return length
    }
    switch (connection.readState) {
      case 'closed':
        noteShutdown(ssl, connection)
        ssl.want = SSL_NOTHING
        return 0
      case 'failed':
        return fail(ssl, connection)
      case 'open':
        break
    }
    // The peer has begun another handshake.
    if (!connection.settled) {
      reading.renewed = true
      continue
    }
    if (connection.interruption === 'ignored' && ssl.method.datagram) {
      ssl.want = SSL_NOTHING
      return 0
    }
    if (connection.interruption !== null) {
      if (goesNoFurther(ssl, connection)) return interrupted(ssl, reading)
      continue
    }
    const pulled = pull(ssl, connection)
    // Perhaps it is time to send a heartbeat again.
    if (pulled <= 0 && (connection.nextDeadline() === null || !resent(ssl, connection))) return pulled
  }
}

/** Without SSL_MODE_AUTO_RETRY a call that has met no data does not wait for some, only looks at what is there. */
function goesNoFurther({ settings }: SSL, { interruption, hasInput }: Connection): boolean {
  return (settings.mode & SSL_MODE_AUTO_RETRY) === 0 && (!hasInput || interruption === 'ignored')
}

function interrupted(ssl: SSL, reading: Reading): -1 {
  reading.interrupted = true
  ssl.want = SSL_READING
  awaitReader(ssl)
  return -1
}

/** The peer has closed the connection instead of finishing a renegotiation. */
function closed(ssl: SSL, connection: Connection): boolean {
  if (!connection.established || connection.readState !== 'closed') return false
  ssl.want = SSL_NOTHING
  return true
}

/** 0 to whom the peer's alert is told, -1 else. */
function fail(ssl: SSL, connection: Connection): 0 | -1 {
  const received = connection.failure?.received !== null
  reportFailure(ssl, connection)
  return received ? 0 : -1
}

function write(s: SSL, buf: Uint8Array, num: number | undefined): number {
  const ssl = requireLive(s, SSL, 'ssl')
  const size = requireSignedLength(num, requireBytes(buf, 'buf'), 'num')
  const connection = start(ssl, size)
  if (connection === null) return -1
  if (ssl.shutdown & SSL_SENT_SHUTDOWN) {
    ssl.want = SSL_NOTHING
    raise(ERR_LIB_SSL, SSL_R_PROTOCOL_IS_SHUTDOWN)
    return -1
  }
  setErrno(0)
  // As libssl, which forgets in a stream what the call before was after.
  if (!ssl.method.datagram) ssl.want = SSL_NOTHING
  const done = continueHandshake(ssl, connection, false)
  if (done === 0 && ssl.method.datagram) raise(ERR_LIB_SSL, SSL_R_SSL_HANDSHAKE_FAILURE)
  if (done <= 0) return -1
  if (ssl.method.datagram && size > MAX_PLAINTEXT) {
    raise(ERR_LIB_SSL, SSL_R_DTLS_MESSAGE_TOO_BIG)
    return -1
  }
  ssl.want = SSL_NOTHING
  if (!ssl.method.datagram) return writeStream(ssl, connection, buf, size)
  return size === 0 ? 0 : writeRecord(ssl, connection, firstBytes(buf, size))
}

/** The record leaves now or never: libssl keeps none for a BIO that has no room either, so any other call may follow. */
function writeRecord(ssl: SSL, connection: Connection, data: Uint8Array): number {
  if (data.length > mostSent(ssl, connection)) {
    connection.abort(new ProtocolFailure('exceeds-max-fragment-size'))
    reportFailure(ssl, connection)
    return 0
  }
  if (!connection.write(data)) {
    reportFailure(ssl, connection)
    return -1
  }
  const sent = send(ssl, connection, false)
  return sent > 0 ? data.length : sent
}

/** What the hellos agreed on comes before what the program has set (libssl's ssl_get_max_send_fragment). */
function mostSent({ settings }: SSL, connection: Connection): number {
  const { maxFragmentLength } = connection.negotiated.agreed
  return maxFragmentLength === 0 ? settings.maxSendFragment : connection.maxWrite
}

/** The connection, unless the call cannot be made at all. */
function start(ssl: SSL, size: number): Connection | null {
  if (size < 0) raise(ERR_LIB_SSL, SSL_R_BAD_LENGTH)
  else if (ssl.isListener) raise(ERR_LIB_SSL, ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED)
  else if (ssl.role === null) raise(ERR_LIB_SSL, SSL_R_UNINITIALIZED)
  else return connectionOf(ssl, ssl.role)
  return null
}

function firstBytes(buf: Uint8Array, size: number): Uint8Array {
  return size === buf.length ? buf : buf.subarray(0, size)
}

/** The result of an `_ex` function, with the bytes in `count`. */
export function counted(ret: number, count: Out<number>, name: string): number {
  requireOut(count, name).value = Math.max(0, ret)
  return Number(ret > 0)
}
