import { passingCopy } from '../../base/allocate.ts'
import type { Connection } from '../../connection/connection.ts'
import { BIO_ctrl, BIO_read, BIO_write } from '../bio/io.ts'
import { BIO_eof, BIO_flush, BIO_should_retry } from '../bio/macros.ts'
import { BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT } from '../constants/bio.ts'
import { ERR_LIB_SSL } from '../constants/err.ts'
import {
  SSL_NOTHING,
  SSL_OP_IGNORE_UNEXPECTED_EOF,
  SSL_READING,
  SSL_RECEIVED_SHUTDOWN,
  SSL_WRITING,
} from '../constants/ssl.ts'
import { SSL_R_READ_BIO_NOT_SET, SSL_R_UNEXPECTED_EOF_WHILE_READING } from '../constants/sslerr.ts'
import { raise } from '../err/raise.ts'
import { raiseFailure } from './reasons.ts'
import type { SSL } from './ssl.ts'

/** Between the engine and the BIOs: datagrams in, datagrams out, and the deadline. */

/**
 * Gives the read BIO's next datagram to the engine.
 * @returns more than 0 for a datagram; else what BIO_read said, with `want` set
 */
export function pull(ssl: SSL, connection: Connection): number {
  const bio = ssl.rbio
  ssl.want = SSL_READING
  if (bio === null) {
    raise(ERR_LIB_SSL, SSL_R_READ_BIO_NOT_SET)
    return -1
  }
  const length = BIO_read(bio, scratch)
  if (length > 0) {
    ssl.want = SSL_NOTHING
    connection.receive(passingCopy(scratch.subarray(0, length)))
    return length
  }
  if (!BIO_should_retry(bio) && BIO_eof(bio) > 0) onEnd(ssl)
  return length
}

/**
 * Gives the engine's datagrams to the write BIO, those first that it has refused before.
 * @returns true when none is left; false with `want` set when the BIO cannot take more now or has failed: a datagram that
 * failed is lost, as on any network
 */
export function push(ssl: SSL): boolean {
  if (ssl.connection?.hasOutput) {
    const fresh = ssl.connection.takeOutput()
    if (ssl.outstanding.length === 0) ssl.outstanding = fresh
    else ssl.outstanding.push(...fresh)
  }
  if (ssl.outstanding.length === 0) return true
  ssl.want = SSL_WRITING
  const bio = ssl.wbio
  if (bio === null) return false
  for (let next = ssl.outstanding[0]; next !== undefined; next = ssl.outstanding[0]) {
    const sent = BIO_write(bio, next)
    if (sent <= 0 && BIO_should_retry(bio)) return false
    ssl.outstanding.shift()
    if (sent <= 0) return false
  }
  BIO_flush(bio)
  ssl.want = SSL_NOTHING
  return true
}

/** Tells the read BIO when the flight is to be sent again, so that a blocking read ends in time. */
export function announceDeadline(ssl: SSL): void {
  const deadline = ssl.connection?.nextDeadline() ?? null
  if (deadline === ssl.announcedDeadline) return
  ssl.announcedDeadline = deadline
  if (ssl.rbio === null) return
  const wall = deadline === null ? 0 : Date.now() + deadline - performance.now()
  const timeval = { tv_sec: Math.floor(wall / 1000), tv_usec: Math.floor((wall % 1000) * 1000) }
  BIO_ctrl(ssl.rbio, BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT, 0, timeval)
}

/** Sends the flight again if its time has come. @returns 1 when it was sent, 0 when it is not time, -1 when it failed */
export function serviceTimer(ssl: SSL, connection: Connection): number {
  // What the BIO has not taken yet need not be made a second time.
  if (ssl.outstanding.length > 0) return 0
  switch (connection.onDeadline()) {
    case 'idle':
      return 0
    case 'resent':
      return push(ssl) ? 1 : -1
    case 'failed':
      reportFailure(ssl, connection)
      return -1
  }
}

/** Queues why the connection failed, once, and sends its alert. */
export function reportFailure(ssl: SSL, connection: Connection): void {
  noteShutdown(ssl, connection)
  const failure = connection.takeFailure()
  push(ssl)
  ssl.want = SSL_NOTHING
  if (failure !== null) raiseFailure(failure)
}

/** A close_notify or a fatal alert has come: nothing more will. */
export function noteShutdown(ssl: SSL, connection: Connection): void {
  if (connection.receivedClose) ssl.shutdown |= SSL_RECEIVED_SHUTDOWN
}

function onEnd(ssl: SSL): void {
  if (ssl.settings.options & SSL_OP_IGNORE_UNEXPECTED_EOF) ssl.shutdown |= SSL_RECEIVED_SHUTDOWN
  else raise(ERR_LIB_SSL, SSL_R_UNEXPECTED_EOF_WHILE_READING)
}

/** The longest UDP datagram; one buffer serves all, as nothing is kept in it. */
const scratch = new Uint8Array(65536)
