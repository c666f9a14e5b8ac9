import { SSL_SENT_SHUTDOWN } from '../../constants/ssl.ts'
import type { SSL } from '../ssl.ts'
import { SSL_CTX_remove_session } from './cache.ts'
import { type SSL_SESSION, SSL_SESSION_free } from './session.ts'

/** Puts a session in place of the one there is; the reference comes along. */
export function replaceSession(ssl: SSL, object: SSL_SESSION | null): void {
  const before = ssl.session
  ssl.session = object
  SSL_SESSION_free(before)
}

/**
 * A connection that ends without a word condemns its session (RFC 5246 section 7.2.1): an attacker may have cut it off.
 * @returns true when that was so
 */
export function dropBadSession(ssl: SSL): boolean {
  const { connection, session, shutdown } = ssl
  if (session === null || (shutdown & SSL_SENT_SHUTDOWN) !== 0 || connection?.handshaking !== false) return false
  SSL_CTX_remove_session(ssl.initialCtx, session)
  return true
}

/** Keeps what a callback has found, and its reference, until the handshake has decided about it. */
export function keepFound(ssl: SSL, object: SSL_SESSION | null): void {
  SSL_SESSION_free(ssl.foundSession)
  ssl.foundSession = object
}
