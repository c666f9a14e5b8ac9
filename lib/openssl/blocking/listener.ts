import { takeTurn, turnIsDue } from '../../transport/fairness.ts'
import { BIO_ctrl } from '../bio/io.ts'
import { BIO_CTRL_DGRAM_GET_RECV_TIMEOUT } from '../constants/bio.ts'
import { SSL_ERROR_WANT_READ } from '../constants/ssl.ts'
import { SSL_ACCEPT_CONNECTION_NO_BLOCK } from '../constants/ssl-listener.ts'
import { SSL_get_error } from '../ssl/error.ts'
import * as plain from '../ssl/listener/listener.ts'
import type { SSL } from '../ssl/ssl.ts'

/**
 * SSL_accept_connection on a blocking descriptor: waits for a connection, with SSL_ACCEPT_CONNECTION_NO_BLOCK only looks. Null
 * with SSL_ERROR_WANT_READ when the time of the listener's BIO_CTRL_DGRAM_SET_RECV_TIMEOUT is over.
 */
export async function SSL_accept_connection(ssl: SSL, flags: number): Promise<SSL | null> {
  if (turnIsDue()) await takeTurn()
  for (;;) {
    const connection = plain.SSL_accept_connection(ssl, flags)
    if (connection !== null || (flags & SSL_ACCEPT_CONNECTION_NO_BLOCK) !== 0) return connection
    const listener = plain.listenerOf(ssl)
    if (listener === null || SSL_get_error(ssl, 0) !== SSL_ERROR_WANT_READ) return null
    if (!(await listener.whenIncoming(receiveTimeout(ssl)))) return null
  }
}

/** Milliseconds, null for none. */
function receiveTimeout({ rbio }: SSL): number | null {
  const limit = { tv_sec: 0, tv_usec: 0 }
  if (BIO_ctrl(rbio, BIO_CTRL_DGRAM_GET_RECV_TIMEOUT, 0, limit) <= 0) return null
  return limit.tv_sec === 0 && limit.tv_usec === 0 ? null : limit.tv_sec * 1000 + limit.tv_usec / 1000
}
