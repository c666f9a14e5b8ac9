import {
  DTLS_client_method,
  DTLS_server_method,
  OPENSSL_assert,
  type SSL_CTX,
  SSL_CTX_check_private_key,
  SSL_CTX_new,
  SSL_CTX_set_cookie_generate_cb,
  SSL_CTX_set_cookie_verify_cb,
  SSL_CTX_set_options,
  SSL_CTX_set_read_ahead,
  SSL_CTX_set_session_cache_mode,
  SSL_CTX_set_session_id_context,
  SSL_CTX_set_verify,
  SSL_CTX_set_verify_depth,
  SSL_CTX_use_certificate_file,
  SSL_CTX_use_PrivateKey_file,
  SSL_FILETYPE_PEM,
  SSL_OP_ALLOW_CLIENT_RENEGOTIATION,
  SSL_SESS_CACHE_OFF,
  SSL_VERIFY_CLIENT_ONCE,
  SSL_VERIFY_NONE,
  SSL_VERIFY_PEER,
} from 'openssl-shim/promises'
import { generate_cookie, verify_cookie } from './cookie.ts'
import type { Options } from './options.ts'
import { printf } from './print.ts'

/** The context of the servers: every client is asked for a certificate, and any is accepted. */
export function server_context(): SSL_CTX {
  const ctx = SSL_CTX_new(DTLS_server_method())
  OPENSSL_assert(ctx)
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF)
  use_certificate(ctx, 'server')
  accept_any_certificate(ctx)
  SSL_CTX_set_read_ahead(ctx, 1)
  SSL_CTX_set_cookie_generate_cb(ctx, generate_cookie)
  SSL_CTX_set_cookie_verify_cb(ctx, verify_cookie)
  return ctx
}

/** The context of the SCTP servers: no cookies, and a certificate of the client only with -r, which must then be verified. */
export function sctp_server_context({ requestcert }: Options): SSL_CTX {
  const ctx = SSL_CTX_new(DTLS_server_method())
  OPENSSL_assert(ctx)
  SSL_CTX_set_session_id_context(ctx, SESSION_ID_CONTEXT, SESSION_ID_CONTEXT.length)
  use_certificate(ctx, 'server')
  SSL_CTX_set_verify(ctx, requestcert ? SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE : SSL_VERIFY_NONE, null)
  SSL_CTX_set_read_ahead(ctx, 1)
  return ctx
}

/** Asks every client for a certificate, and accepts any: what all servers do but those of SCTP echo and discard. */
export function accept_any_certificate(ctx: SSL_CTX): void {
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, dtls_verify_callback)
}

/** Lets clients renegotiate, as the OpenSSL of the C programs' time did unasked. */
export function allow_renegotiation(ctx: SSL_CTX): void {
  SSL_CTX_set_options(ctx, SSL_OP_ALLOW_CLIENT_RENEGOTIATION)
}

/** The context of the clients: the server is not verified. */
export function client_context(): SSL_CTX {
  const ctx = SSL_CTX_new(DTLS_client_method())
  OPENSSL_assert(ctx)
  use_certificate(ctx, 'client')
  SSL_CTX_set_verify_depth(ctx, 2)
  SSL_CTX_set_read_ahead(ctx, 1)
  return ctx
}

/** As the C programs do, complains about what is missing and goes on without it. */
function use_certificate(ctx: SSL_CTX, role: 'server' | 'client'): void {
  if (!SSL_CTX_use_certificate_file(ctx, `certs/${role}-cert.pem`, SSL_FILETYPE_PEM)) {
    printf('\nERROR: no certificate found!')
  }
  if (!SSL_CTX_use_PrivateKey_file(ctx, `certs/${role}-key.pem`, SSL_FILETYPE_PEM)) {
    printf('\nERROR: no private key found!')
  }
  if (!SSL_CTX_check_private_key(ctx)) printf('\nERROR: invalid private key!')
}

/** A program of use would ask its user, or look at what `ok` says; the samples trust whoever comes. */
function dtls_verify_callback(): number {
  return 1
}

/** In C the number of the process. */
const SESSION_ID_CONTEXT = Buffer.from(String(process.pid))
