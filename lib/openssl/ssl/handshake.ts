import { setErrno } from '../../base/errno.ts'
import type { Connection, Progress } from '../../connection/connection.ts'
import { BIO_clear_retry_flags } from '../bio/bio.ts'
import { BIO_set_retry_read } from '../bio/macros.ts'
import { requireLive } from '../boundary.ts'
import { ERR_LIB_SSL, ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED } from '../constants/err.ts'
import { SSL_CLIENT_HELLO_CB, SSL_NOTHING, SSL_READING, SSL_RETRY_VERIFY, SSL_X509_LOOKUP } from '../constants/ssl.ts'
import { SSL_R_CONNECTION_TYPE_NOT_SET } from '../constants/sslerr.ts'
import { ERR_clear_error } from '../err/put.ts'
import { raise } from '../err/raise.ts'
import { noteHandshake } from './engine/association.ts'
import { openConnection } from './engine/bridge.ts'
import { tellExit } from './engine/observer.ts'
import { stopsReading } from './engine/reasons.ts'
import { announceDeadline, noteShutdown, pull, push, reportFailure, serviceTimer } from './engine/transport.ts'
import { SSL } from './ssl.ts'

/** Makes the object a client. */
export function SSL_set_connect_state(s: SSL): void {
  setRole(requireLive(s, SSL, 's'), 'client')
}

/** Makes the object a server. */
export function SSL_set_accept_state(s: SSL): void {
  setRole(requireLive(s, SSL, 's'), 'server')
}

/**
 * Which role a connection has (SSL_is_server(3)).
 * @returns 1 for a server, and for who may become one while no role is set, as in libssl
 */
export function SSL_is_server(s: SSL): number {
  return Number(requireLive(s, SSL, 's').isServer)
}

/**
 * Takes the client's handshake as far as it goes (SSL_connect(3)).
 * @returns 1 when it is done; -1 with SSL_ERROR_WANT_READ while the peer's answer is awaited, call again then
 * (DTLSv1_get_timeout says until when); -1 with SSL_ERROR_SSL when it failed, the reason queued
 */
export function SSL_connect(ssl: SSL): number {
  const s = requireLive(ssl, SSL, 'ssl')
  if (s.role === null) SSL_set_connect_state(s)
  return SSL_do_handshake(s)
}

/**
 * Takes the server's handshake as far as it goes (SSL_accept(3)); with SSL_OP_COOKIE_EXCHANGE it asks for a cookie first.
 * @returns as SSL_connect
 */
export function SSL_accept(ssl: SSL): number {
  const s = requireLive(ssl, SSL, 'ssl')
  if (s.role === null) SSL_set_accept_state(s)
  return SSL_do_handshake(s)
}

/**
 * SSL_connect or SSL_accept, whatever the object is (SSL_do_handshake(3)).
 * @returns as SSL_connect; -1 with SSL_R_CONNECTION_TYPE_NOT_SET when it is neither; 0 with
 * ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED when the method has not this role, and for a listener
 */
export function SSL_do_handshake(s: SSL): number {
  const ssl = requireLive(s, SSL, 's')
  if (ssl.role === null) {
    raise(ERR_LIB_SSL, SSL_R_CONNECTION_TYPE_NOT_SET)
    return -1
  }
  return continueHandshake(ssl, connectionOf(ssl, ssl.role), false)
}

/**
 * The part of SSL_do_handshake that SSL_read and SSL_write share.
 * @param untilData - data that comes during a renegotiation is reason enough to return
 * @returns more than 0 when there is no handshake to finish, it has been, or there is data
 */
export function continueHandshake(ssl: SSL, connection: Connection, untilData: boolean): number {
  if (ssl.isListener || (ssl.method.role !== 'any' && ssl.method.role !== ssl.role)) {
    raise(ERR_LIB_SSL, ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED)
    return 0
  }
  if (connection.failure !== null) return -1
  if (connection.settled) return 1
  if (ssl.handshaking) return nested(ssl)
  // What SSL_set_shutdown has said does not outlive the start, as SSL_clear is a part of it in libssl.
  if (!connection.begun) ssl.shutdown = 0
  ERR_clear_error()
  setErrno(0)
  return handshaking(ssl, () => {
    const ret = advance(ssl, connection, untilData)
    announceDeadline(ssl)
    tellExit(ssl, connection.settled ? ret : Math.min(ret, -1))
    return ret
  })
}

/** The engine's connection, made when it is first needed. */
export function connectionOf(ssl: SSL, role: 'client' | 'server'): Connection {
  ssl.connection ??= openConnection(ssl, role)
  return ssl.connection
}

function setRole(ssl: SSL, role: 'client' | 'server'): void {
  ssl.role = role
  ssl.shutdown = 0
  ssl.connection?.destroy()
  ssl.connection = null
  ssl.outstanding = []
  ssl.unfinishedWrite = null
}

/** A BIO of the program's own may throw: the next call goes on all the same. */
function handshaking(ssl: SSL, work: () => number): number {
  ssl.handshaking = true
  noteHandshake(ssl, true)
  try {
    return work()
  } finally {
    noteHandshake(ssl, false)
    ssl.handshaking = false
  }
}

/** A call that a callback of the handshake makes on the same object: the handshake goes on without it. */
function nested(ssl: SSL): -1 {
  ssl.want = SSL_READING
  awaitReader(ssl)
  return -1
}

function advance(ssl: SSL, connection: Connection, untilData: boolean): number {
  ssl.want = SSL_NOTHING
  if (!push(ssl)) return -1
  for (;;) {
    const progress = connection.handshake()
    if (progress === 'failed') {
      reportFailure(ssl, connection)
      if (connection.failure !== null && stopsReading(connection.failure)) ssl.want = SSL_READING
      return -1
    }
    if (!push(ssl)) return -1
    if (progress === 'done' || (untilData && connection.pending > 0)) return 1
    if (progress === 'flush') continue
    if ((progress !== 'message' && progress !== 'dry') || connection.congested)
      return suspended(ssl, connection, progress)
    // What has been sent again may be answered, and it has taken the read's retry flags from a BIO that serves both ways.
    if (pull(ssl, connection) <= 0 && !resent(ssl, connection)) return -1
  }
}

/** Nothing to read: perhaps it is time to send the flight, or a heartbeat, again. */
export function resent(ssl: SSL, connection: Connection): boolean {
  const ret = serviceTimer(ssl, connection)
  if (ret <= 0) ssl.want = SSL_READING
  // It has been in vain: nobody is to wait for this read.
  if (ret < 0 && ssl.rbio !== null) BIO_clear_retry_flags(ssl.rbio)
  return ret > 0
}

/** Where the engine's waits meet SSL_want. */
function suspended(ssl: SSL, connection: Connection, wait: Exclude<Progress, 'done' | 'failed' | 'flush'>): -1 {
  switch (wait) {
    case 'message':
    case 'dry':
    case 'closed':
      ssl.want = SSL_READING
      break
    case 'certificate-callback':
      ssl.want = SSL_X509_LOOKUP
      break
    case 'hello-callback':
      ssl.want = SSL_CLIENT_HELLO_CB
      break
    case 'retry-verify':
      ssl.want = SSL_RETRY_VERIFY
      break
    case 'mtu':
      ssl.want = SSL_NOTHING
      break
  }
  // The reader is behind.
  if (connection.congested) awaitReader(ssl)
  noteShutdown(ssl, connection)
  return -1
}

/** The BIO was not even asked: its own SSL_read is what the program has to call next. */
export function awaitReader({ rbio }: SSL): void {
  if (rbio === null) return
  BIO_clear_retry_flags(rbio)
  BIO_set_retry_read(rbio)
}
