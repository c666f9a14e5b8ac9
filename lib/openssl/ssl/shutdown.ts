import { ProtocolFailure } from '../../base/failure.ts'
import type { Connection } from '../../connection/connection.ts'
import { MAX_PLAINTEXT } from '../../wire/record.ts'
import { BIO_clear_retry_flags } from '../bio/bio.ts'
import { BIO_set_retry_write, BIO_should_retry } from '../bio/macros.ts'
import { requireInteger, requireLive } from '../boundary.ts'
import { ERR_LIB_SSL } from '../constants/err.ts'
import { SSL_NOTHING, SSL_RECEIVED_SHUTDOWN, SSL_SENT_SHUTDOWN, SSL_WRITING } from '../constants/ssl.ts'
import { SSL_R_SHUTDOWN_WHILE_IN_INIT, SSL_R_UNINITIALIZED } from '../constants/sslerr.ts'
import { raise } from '../err/raise.ts'
import { overSctp } from './engine/association.ts'
import { noteShutdown, pull, push, reportFailure, send } from './engine/transport.ts'
import { SSL } from './ssl.ts'

/**
 * Sends close_notify, and at the next call waits for the peer's (SSL_shutdown(3)). Neither is ever repeated.
 * @returns 0: sent, the peer's has not come (do not ask SSL_get_error); 1: both are done; -1: SSL_ERROR_WANT_READ or
 * _WRITE, or SSL_R_SHUTDOWN_WHILE_IN_INIT before the handshake is done and after a failure
 */
export function SSL_shutdown(s: SSL): number {
  const ssl = requireLive(s, SSL, 's')
  if (ssl.role === null) {
    raise(ERR_LIB_SSL, SSL_R_UNINITIALIZED)
    return -1
  }
  const { connection } = ssl
  if (connection === null || connection.handshaking || connection.failure !== null) {
    raise(ERR_LIB_SSL, SSL_R_SHUTDOWN_WHILE_IN_INIT)
    return -1
  }
  if (ssl.settings.quietShutdown) {
    ssl.shutdown = BOTH
    return 1
  }
  return shutdown(ssl, connection)
}

/** SSL_SENT_SHUTDOWN and SSL_RECEIVED_SHUTDOWN, as far as they have happened. */
export function SSL_get_shutdown(ssl: SSL): number {
  return requireLive(ssl, SSL, 'ssl').shutdown
}

/**
 * Pretends that the shutdown has come so far, and no further.
 * @param mode - SSL_SENT_SHUTDOWN, SSL_RECEIVED_SHUTDOWN, both joined, or 0
 */
export function SSL_set_shutdown(ssl: SSL, mode: number): void {
  requireLive(ssl, SSL, 'ssl').shutdown = requireInteger(mode, 'mode')
}

function shutdown(ssl: SSL, connection: Connection): number {
  if ((ssl.shutdown & SSL_SENT_SHUTDOWN) === 0 || (overSctp(ssl) && !connection.sentClose)) {
    ssl.shutdown |= SSL_SENT_SHUTDOWN
    if (!drained(ssl, connection)) return -1
    connection.close()
    if (!push(ssl)) return -1
  } else if (ssl.outstanding.length > 0) {
    if (!push(ssl)) return -1
  } else if ((ssl.shutdown & SSL_RECEIVED_SHUTDOWN) === 0) {
    awaitClose(ssl, connection)
    if ((ssl.shutdown & SSL_RECEIVED_SHUTDOWN) === 0) return -1
  }
  ssl.want = SSL_NOTHING
  return ssl.shutdown === BOTH ? 1 : 0
}

/**
 * Over SCTP close_notify waits until all that was sent has arrived (RFC 6083 section 4.9). Data that comes meanwhile is kept
 * for SSL_read, and an alert is heard (openssl/openssl#4763).
 */
function drained(ssl: SSL, connection: Connection): boolean {
  if (!overSctp(ssl)) return true
  while (!connection.drained) {
    const pulled = connection.congested ? AGAIN : pull(ssl, connection)
    if (pulled > 0) connection.hear()
    if (connection.failure !== null) reportFailure(ssl, connection)
    else if (pulled > 0) continue
    noteShutdown(ssl, connection)
    ssl.want = SSL_NOTHING
    if (connection.failure === null && (connection.congested || mayReadAgain(ssl, pulled))) tryAgain(ssl)
    return false
  }
  return true
}

function mayReadAgain({ rbio }: SSL, pulled: number): boolean {
  return pulled < 0 && rbio !== null && BIO_should_retry(rbio) !== 0
}

/** As in OpenSSL it is the write that is to be tried again. */
function tryAgain(ssl: SSL): void {
  ssl.want = SSL_WRITING
  if (ssl.wbio === null) return
  BIO_clear_retry_flags(ssl.wbio)
  BIO_set_retry_write(ssl.wbio)
}

/**
 * Reads up to the peer's close_notify. A record of data ends the call and is lost, as nobody asks for it any more; in a stream
 * it ends the connection.
 */
function awaitClose(ssl: SSL, connection: Connection): void {
  const lost = new Uint8Array(MAX_PLAINTEXT)
  for (;;) {
    const length = connection.read(lost)
    send(ssl, connection)
    ssl.want = SSL_NOTHING
    if (length > 0 && ssl.method.datagram) return
    if (length > 0) connection.abort(new ProtocolFailure('data-after-close'))
    if (connection.readState === 'failed') reportFailure(ssl, connection)
    else noteShutdown(ssl, connection)
    if (connection.readState !== 'open' || pull(ssl, connection) <= 0) return
  }
}

const AGAIN = -1
const BOTH = SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN
