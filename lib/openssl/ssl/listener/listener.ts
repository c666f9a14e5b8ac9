import { setErrno } from '../../../base/errno.ts'
import { type Out, requireInteger, requireLive, requireOut } from '../../boundary.ts'
import { sslClock } from '../../clock.ts'
import { ERR_LIB_SSL, ERR_R_PASSED_INVALID_ARGUMENT, ERR_R_UNSUPPORTED } from '../../constants/err.ts'
import { SSL_NOTHING, SSL_READING } from '../../constants/ssl.ts'
import { SSL_R_BIO_NOT_SET, SSL_R_NULL_SSL_CTX } from '../../constants/sslerr.ts'
import { ERR_clear_error } from '../../err/put.ts'
import { raise } from '../../err/raise.ts'
import type { SSL_CTX } from '../ctx.ts'
import { SSL_free, SSL_new } from '../new-free.ts'
import { SSL } from '../ssl.ts'
import { DTLSv1_get_timeout, DTLSv1_handle_timeout, type timeval } from '../timeout.ts'
import { Listener } from './listener-core.ts'

/**
 * Makes a listener: an object that takes in the connections of many peers over one datagram BIO (SSL_new_listener(3)). Give it
 * its BIO with SSL_set_bio or SSL_set_fd, unconnected, then take connections with SSL_accept_connection. It reads and writes no
 * data itself.
 *
 * A peer must show that it receives at its address before anything is kept of it: with the context's cookie callbacks, where
 * both are set, else with cookies of the listener's own, which bind the address and the hello and are good for a minute.
 * @param flags - 0, or SSL_LISTENER_FLAG_NO_VALIDATE: whoever sends a ClientHello gets a connection, forged addresses too
 * @returns null with SSL_R_NULL_SSL_CTX for null, with ERR_R_UNSUPPORTED for a context that has only the client's role
 * or is for TLS
 */
export function SSL_new_listener(ctx: SSL_CTX | null, flags: number): SSL | null {
  requireInteger(flags, 'flags')
  if (ctx === null) return refuse(SSL_R_NULL_SSL_CTX)
  const ssl = SSL_new(ctx)
  if (ssl === null) return null
  if (ssl.method.role === 'client' || !ssl.method.versions.every(version => version.datagram)) {
    SSL_free(ssl)
    return refuse(ERR_R_UNSUPPORTED)
  }
  ssl.listener = new Listener(ssl, flags)
  return ssl
}

/**
 * Would make a listener within a QUIC domain (SSL_new_listener_from(3)), of which there are none here.
 * @returns null with ERR_R_UNSUPPORTED
 */
export function SSL_new_listener_from(ssl: SSL, flags: number): SSL | null {
  requireLive(ssl, SSL, 'ssl')
  requireInteger(flags, 'flags')
  return refuse(ERR_R_UNSUPPORTED)
}

/** 1 for an object of SSL_new_listener, else 0. */
export function SSL_is_listener(ssl: SSL): number {
  return Number(listenerOf(ssl) !== null)
}

/** The listener that a connection was accepted from, itself for a listener, without a reference; null for any other. */
export function SSL_get0_listener(ssl: SSL): SSL | null {
  return requireLive(ssl, SSL, 'ssl').listener?.ssl ?? null
}

/**
 * Begins to listen (SSL_listen(3)). SSL_accept_connection does so too; call it to see early that the BIOs are missing.
 * @returns 1, also when it listens already; 0 with SSL_R_BIO_NOT_SET, with ERR_R_PASSED_INVALID_ARGUMENT for no listener
 */
export function SSL_listen(ssl: SSL): number {
  const listener = listenerOf(ssl)
  if (listener === null) raise(ERR_LIB_SSL, ERR_R_PASSED_INVALID_ARGUMENT)
  else if (listener.rbio === null || listener.wbio === null) raise(ERR_LIB_SSL, SSL_R_BIO_NOT_SET)
  else return 1
  return 0
}

/**
 * Takes in a connection whose peer has shown its address (SSL_accept_connection(3)): the caller's, to go on with SSL_accept on
 * it. Its BIO is connected to the peer (BIO_dgram_get_peer says to whom), its timer is its own. It keeps the listener alive,
 * and what arrives is sorted whenever one of them reads.
 *
 * A client that begins anew at the same address and port gets a connection beside its old one. When the new handshake is
 * complete the old connection's BIO ends: free it then.
 * @param flags - 0 or SSL_ACCEPT_CONNECTION_NO_BLOCK, which means something to `openssl-shim/promises`
 * @returns null when there is none: SSL_ERROR_WANT_READ, wait and call again; SSL_ERROR_SYSCALL with `errno()` when the BIO
 * has failed; SSL_ERROR_SSL as SSL_listen
 */
export function SSL_accept_connection(ssl: SSL, flags: number): SSL | null {
  requireInteger(flags, 'flags')
  const listener = listenerOf(ssl)
  ERR_clear_error()
  setErrno(0)
  if (!SSL_listen(ssl) || listener === null) return null
  const waiting = listener.accept()
  const alive = waiting !== null || listener.pump(() => listener.incoming > 0)
  listener.ssl.want = alive ? SSL_READING : SSL_NOTHING
  const connection = waiting ?? listener.accept()
  if (connection !== null) listener.ssl.want = SSL_NOTHING
  return connection
}

/** The number of connections that wait to be accepted; 0 for an object that is no listener. */
export function SSL_get_accept_connection_queue_len(ssl: SSL): number {
  return listenerOf(ssl)?.incoming ?? 0
}

/**
 * Does what is due (SSL_handle_events(3)). For a listener: reads what has arrived, for all its connections, and sends again
 * what is to be sent again; BIO_pending of a connection's BIO then says whether there is something to read in it, which the
 * descriptor does not say any more. For a connection it is DTLSv1_handle_timeout.
 * @returns 1, or 0 when the listener's BIO, or a connection's patience, has ended
 */
export function SSL_handle_events(s: SSL): number {
  const listener = listenerOf(s)
  return Number(listener === null ? DTLSv1_handle_timeout(s) >= 0 : listener.handleEvents())
}

/**
 * How long until SSL_handle_events has something to do, if nothing arrives before (SSL_get_event_timeout(3)).
 * @param tv - takes the time; 1,000,000 s when there is no end to it
 * @param is_infinite - takes 1 in that case, else 0
 * @returns 1
 */
export function SSL_get_event_timeout(s: SSL, tv: timeval, is_infinite: Out<number>): number {
  const listener = listenerOf(s)
  const place = requireOut(is_infinite, 'is_infinite')
  const finite = listener === null ? DTLSv1_get_timeout(s, tv) === 1 : fillTimeout(listener, tv)
  if (!finite) Object.assign(tv, { tv_sec: 1_000_000, tv_usec: 0 })
  place.value = Number(!finite)
  return 1
}

function fillTimeout(listener: Listener, tv: timeval): boolean {
  if (typeof tv !== 'object' || tv === null) throw new TypeError('tv: an object { tv_sec, tv_usec } is needed')
  const deadline = listener.nextDeadline()
  if (deadline === null) return false
  const left = Math.max(0, deadline - sslClock.now())
  tv.tv_sec = Math.floor(left / 1000)
  tv.tv_usec = Math.floor((left % 1000) * 1000)
  return true
}

/** What a listener object is; null for a connection. */
export function listenerOf(ssl: SSL): Listener | null {
  const s = requireLive(ssl, SSL, 'ssl')
  return s.isListener ? s.listener : null
}

function refuse(reason: number): null {
  raise(ERR_LIB_SSL, reason)
  return null
}
