import { ERR_LIB_SSL } from '../constants/err.ts'
import { SSL_OP_NO_RENEGOTIATION } from '../constants/ssl.ts'
import { SSL_R_NO_RENEGOTIATION } from '../constants/sslerr.ts'
import { raise } from '../err/raise.ts'
import { liveSsl } from './owner.ts'
import type { SSL } from './ssl.ts'

/**
 * Wants a new handshake with new keys inside the connection (SSL_renegotiate(3), RFC 5746): the next SSL_do_handshake,
 * SSL_read or SSL_write begins it. A client says hello; a server asks for a hello, goes on, and SSL_read does the rest.
 * @returns 1, also before the first handshake, when it has no effect; 0 with SSL_R_NO_RENEGOTIATION when
 * SSL_OP_NO_RENEGOTIATION is set
 */
export function SSL_renegotiate(s: SSL): number {
  return renegotiate(liveSsl(s), false)
}

/** SSL_renegotiate that takes the session up again, if the peer does: new keys from the same master secret. */
export function SSL_renegotiate_abbreviated(s: SSL): number {
  return renegotiate(liveSsl(s), true)
}

/** 1 from SSL_renegotiate, or from the peer's wish, until the new handshake is finished (SSL_renegotiate_pending(3)). */
export function SSL_renegotiate_pending(s: SSL): number {
  return Number(liveSsl(s).connection?.renegotiating ?? false)
}

/** How many new handshakes this side has begun: of itself, or for a HelloRequest; since SSL_clear_num_renegotiations. */
export function SSL_num_renegotiations(ssl: SSL): number {
  const s = liveSsl(ssl)
  return begun(s) - s.forgottenRenegotiations
}

/** Counts from 0 again. @returns what SSL_num_renegotiations said */
export function SSL_clear_num_renegotiations(ssl: SSL): number {
  const s = liveSsl(ssl)
  const count = SSL_num_renegotiations(s)
  s.forgottenRenegotiations = begun(s)
  return count
}

/** SSL_num_renegotiations of the whole connection. */
export function SSL_total_renegotiations(ssl: SSL): number {
  return begun(liveSsl(ssl))
}

function renegotiate({ settings, connection }: SSL, resume: boolean): number {
  if (settings.options & SSL_OP_NO_RENEGOTIATION) {
    raise(ERR_LIB_SSL, SSL_R_NO_RENEGOTIATION)
    return 0
  }
  connection?.renegotiate({ resume })
  return 1
}

function begun({ connection }: SSL): number {
  return connection?.renegotiations ?? 0
}
