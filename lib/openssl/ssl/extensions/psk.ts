import { latin1, utf8 } from '../../../base/bytes.ts'
import { requireCallback, requireString } from '../../boundary.ts'
import { PSK_MAX_IDENTITY_LEN } from '../../constants/ssl.ts'
import { SSL_R_DATA_LENGTH_TOO_LONG } from '../../constants/sslerr.ts'
import type {
  SSL_psk_client_cb_func,
  SSL_psk_find_session_cb_func,
  SSL_psk_server_cb_func,
  SSL_psk_use_session_cb_func,
} from '../callbacks.ts'
import { refuse } from '../certificates/slots.ts'
import type { SSL_CTX } from '../ctx.ts'
import { liveCtx, liveSsl, type Owner } from '../owner.ts'
import type { SSL } from '../ssl.ts'

/** Sets who gives a client its identity and key (SSL_CTX_set_psk_client_callback(3)); null: no PSK suites are offered. */
export function SSL_CTX_set_psk_client_callback(ctx: SSL_CTX, cb: SSL_psk_client_cb_func | null): void {
  liveCtx(ctx).settings.pskClientCallback = requireCallback(cb, 'cb')
}

/** SSL_CTX_set_psk_client_callback for one connection. */
export function SSL_set_psk_client_callback(ssl: SSL, cb: SSL_psk_client_cb_func | null): void {
  liveSsl(ssl).settings.pskClientCallback = requireCallback(cb, 'cb')
}

/** Sets who gives a server the key for an identity (SSL_CTX_set_psk_server_callback(3)); null: no PSK suites are accepted. */
export function SSL_CTX_set_psk_server_callback(ctx: SSL_CTX, cb: SSL_psk_server_cb_func | null): void {
  liveCtx(ctx).settings.pskServerCallback = requireCallback(cb, 'cb')
}

/** SSL_CTX_set_psk_server_callback for one connection. */
export function SSL_set_psk_server_callback(ssl: SSL, cb: SSL_psk_server_cb_func | null): void {
  liveSsl(ssl).settings.pskServerCallback = requireCallback(cb, 'cb')
}

/** Keeps who would give a TLS 1.3 client its session; below 1.3 nobody asks, in OpenSSL neither. @harmless only TLS 1.3 asks */
export function SSL_CTX_set_psk_use_session_callback(ctx: SSL_CTX, cb: SSL_psk_use_session_cb_func | null): void {
  liveCtx(ctx).settings.pskUseSessionCallback = requireCallback(cb, 'cb')
}

/** SSL_CTX_set_psk_use_session_callback for one connection. @harmless only TLS 1.3 asks */
export function SSL_set_psk_use_session_callback(s: SSL, cb: SSL_psk_use_session_cb_func | null): void {
  liveSsl(s).settings.pskUseSessionCallback = requireCallback(cb, 'cb')
}

/** Keeps who would find a TLS 1.3 client's session; below 1.3 nobody asks, in OpenSSL neither. @harmless only TLS 1.3 asks */
export function SSL_CTX_set_psk_find_session_callback(ctx: SSL_CTX, cb: SSL_psk_find_session_cb_func | null): void {
  liveCtx(ctx).settings.pskFindSessionCallback = requireCallback(cb, 'cb')
}

/** SSL_CTX_set_psk_find_session_callback for one connection. @harmless only TLS 1.3 asks */
export function SSL_set_psk_find_session_callback(s: SSL, cb: SSL_psk_find_session_cb_func | null): void {
  liveSsl(s).settings.pskFindSessionCallback = requireCallback(cb, 'cb')
}

/**
 * The hint that a server sends (SSL_CTX_use_psk_identity_hint(3), RFC 4279 section 5.2); null: none.
 * @returns 1, or 0 with SSL_R_DATA_LENGTH_TOO_LONG above 256 bytes
 */
export function SSL_CTX_use_psk_identity_hint(ctx: SSL_CTX, identity_hint: string | null): number {
  return setHint(liveCtx(ctx), identity_hint)
}

/** SSL_CTX_use_psk_identity_hint for one connection. */
export function SSL_use_psk_identity_hint(s: SSL, identity_hint: string | null): number {
  return setHint(liveSsl(s), identity_hint)
}

/** The identity in use, one character a byte; null without PSK. */
export function SSL_get_psk_identity(s: SSL): string | null {
  return text(liveSsl(s).connection?.negotiated.pskIdentity)
}

/** The hint that the server sent; null for none, and on the server itself. */
export function SSL_get_psk_identity_hint(s: SSL): string | null {
  return text(liveSsl(s).connection?.negotiated.pskHint)
}

function setHint({ settings }: Owner, hint: string | null): number {
  const length = hint === null ? 0 : utf8(requireString(hint, 'identity_hint')).length
  if (length > PSK_MAX_IDENTITY_LEN) return refuse(SSL_R_DATA_LENGTH_TOO_LONG)
  settings.pskIdentityHint = hint
  return 1
}

function text(bytes: Uint8Array | null | undefined): string | null {
  return bytes == null ? null : latin1(bytes)
}
