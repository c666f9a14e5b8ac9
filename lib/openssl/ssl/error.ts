import type { BIO } from '../bio/bio.ts'
import { BIO_get_retry_reason } from '../bio/chain.ts'
import { BIO_should_io_special, BIO_should_read, BIO_should_write } from '../bio/macros.ts'
import { requireInteger, requireLive } from '../boundary.ts'
import { BIO_RR_ACCEPT, BIO_RR_CONNECT } from '../constants/bio.ts'
import { ERR_LIB_SYS } from '../constants/err.ts'
import * as C from '../constants/ssl.ts'
import { SSL_AD_CLOSE_NOTIFY } from '../constants/ssl.ts'
import { ERR_GET_LIB } from '../err/codes.ts'
import { ERR_peek_error } from '../err/get.ts'
import { SSL } from './ssl.ts'

/**
 * Why a call on `s` returned `i` (SSL_get_error(3)). The earliest queued error decides, also when another call left it:
 * clear the queue before the call. Then what the call was after, and what the BIO says about it now.
 * @param i - the result of the call
 * @returns SSL_ERROR_*
 */
export function SSL_get_error(s: SSL, i: number): number {
  const ssl = requireLive(s, SSL, 's')
  if (requireInteger(i, 'i') > 0) return C.SSL_ERROR_NONE
  const queued = ERR_peek_error()
  if (queued !== 0) return ERR_GET_LIB(queued) === ERR_LIB_SYS ? C.SSL_ERROR_SYSCALL : C.SSL_ERROR_SSL
  const wanted = wantedError(ssl)
  if (wanted !== null) return wanted
  const closed = (ssl.shutdown & C.SSL_RECEIVED_SHUTDOWN) !== 0 && ssl.lastWarning === SSL_AD_CLOSE_NOTIFY
  return closed ? C.SSL_ERROR_ZERO_RETURN : C.SSL_ERROR_SYSCALL
}

/** What the last call was after: SSL_NOTHING, SSL_READING, SSL_WRITING, ... (SSL_want(3)). It stays until the next call. */
export function SSL_want(s: SSL): number {
  return requireLive(s, SSL, 's').want
}

/** 1 when SSL_want(s) == SSL_NOTHING, else 0. */
export function SSL_want_nothing(s: SSL): number {
  return Number(SSL_want(s) === C.SSL_NOTHING)
}

/** 1 when SSL_want(s) == SSL_READING, else 0. */
export function SSL_want_read(s: SSL): number {
  return Number(SSL_want(s) === C.SSL_READING)
}

/** 1 when SSL_want(s) == SSL_WRITING, else 0. */
export function SSL_want_write(s: SSL): number {
  return Number(SSL_want(s) === C.SSL_WRITING)
}

/** 1 when SSL_want(s) == SSL_X509_LOOKUP, else 0. */
export function SSL_want_x509_lookup(s: SSL): number {
  return Number(SSL_want(s) === C.SSL_X509_LOOKUP)
}

/** 1 when SSL_want(s) == SSL_RETRY_VERIFY, else 0. */
export function SSL_want_retry_verify(s: SSL): number {
  return Number(SSL_want(s) === C.SSL_RETRY_VERIFY)
}

/** 1 when SSL_want(s) == SSL_CLIENT_HELLO_CB, else 0. */
export function SSL_want_client_hello_cb(s: SSL): number {
  return Number(SSL_want(s) === C.SSL_CLIENT_HELLO_CB)
}

/** The part of SSL_get_error that looks at the call and the BIO alone; null when neither says anything. */
export function wantedError({ want, rbio, wbio }: SSL): number | null {
  switch (want) {
    case C.SSL_READING:
      return bioError(rbio, C.SSL_ERROR_WANT_READ)
    case C.SSL_WRITING:
      return bioError(wbio, C.SSL_ERROR_WANT_WRITE)
    case C.SSL_X509_LOOKUP:
      return C.SSL_ERROR_WANT_X509_LOOKUP
    case C.SSL_RETRY_VERIFY:
      return C.SSL_ERROR_WANT_RETRY_VERIFY
    case C.SSL_CLIENT_HELLO_CB:
      return C.SSL_ERROR_WANT_CLIENT_HELLO_CB
    default:
      return null
  }
}

/** SSL_ERROR_WANT_READ or _WRITE when the last call was stopped by its BIO alone, and no error is queued. */
export function listenError({ rbio, wbio }: SSL): number | null {
  if (ERR_peek_error() !== 0) return null
  return bioError(rbio, C.SSL_ERROR_WANT_READ) ?? bioError(wbio, C.SSL_ERROR_WANT_WRITE)
}

/** A BIO may want the other direction: then that one is named. `expected` comes first when it wants both. */
function bioError(bio: BIO | null, expected: number): number | null {
  if (bio === null) return null
  const reads = BIO_should_read(bio) ? C.SSL_ERROR_WANT_READ : null
  const writes = BIO_should_write(bio) ? C.SSL_ERROR_WANT_WRITE : null
  const wanted = expected === C.SSL_ERROR_WANT_READ ? (reads ?? writes) : (writes ?? reads)
  if (wanted !== null || !BIO_should_io_special(bio)) return wanted
  const reason = BIO_get_retry_reason(bio)
  if (reason === BIO_RR_CONNECT) return C.SSL_ERROR_WANT_CONNECT
  return reason === BIO_RR_ACCEPT ? C.SSL_ERROR_WANT_ACCEPT : C.SSL_ERROR_SYSCALL
}
