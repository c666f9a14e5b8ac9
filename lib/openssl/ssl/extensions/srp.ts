import { requireCallback, requireInteger } from '../../boundary.ts'
import { ERR_R_UNSUPPORTED } from '../../constants/err.ts'
import { refuse } from '../certificates/slots.ts'
import type { SSL_CTX } from '../ctx.ts'
import { liveCtx, liveSsl } from '../owner.ts'
import type { SSL } from '../ssl.ts'

// SRP (RFC 5054): OpenSSL has deprecated it, none of its suites is negotiated here, and nothing takes a password for it.

/** Asks for a user's password. */
export type SSL_srp_client_pwd_cb = (ssl: SSL, arg: unknown) => string | null
/** Looks up a user. */
export type SSL_srp_username_cb = (ssl: SSL, ad: { value: number }, arg: unknown) => number
/** Judges a server's group. */
export type SSL_srp_verify_param_cb = (ssl: SSL, arg: unknown) => number

/** Fails. @returns 0 with ERR_R_UNSUPPORTED @refused no SRP */
export function SSL_CTX_set_srp_username(ctx: SSL_CTX, name: string | null): number {
  liveCtx(ctx)
  void name
  return refuse(ERR_R_UNSUPPORTED)
}

/** Fails. @returns 0 with ERR_R_UNSUPPORTED @refused no SRP */
export function SSL_CTX_set_srp_password(ctx: SSL_CTX, password: string | null): number {
  liveCtx(ctx)
  void password
  return refuse(ERR_R_UNSUPPORTED)
}

/** Fails. @returns 0 with ERR_R_UNSUPPORTED @refused no SRP */
export function SSL_CTX_set_srp_strength(ctx: SSL_CTX, strength: number): number {
  liveCtx(ctx)
  requireInteger(strength, 'strength')
  return refuse(ERR_R_UNSUPPORTED)
}

/** Fails. @returns 0 with ERR_R_UNSUPPORTED @refused no SRP */
export function SSL_CTX_set_srp_client_pwd_callback(ctx: SSL_CTX, cb: SSL_srp_client_pwd_cb | null): number {
  liveCtx(ctx)
  requireCallback(cb, 'cb')
  return refuse(ERR_R_UNSUPPORTED)
}

/** Fails. @returns 0 with ERR_R_UNSUPPORTED @refused no SRP */
export function SSL_CTX_set_srp_username_callback(ctx: SSL_CTX, cb: SSL_srp_username_cb | null): number {
  liveCtx(ctx)
  requireCallback(cb, 'cb')
  return refuse(ERR_R_UNSUPPORTED)
}

/** Fails. @returns 0 with ERR_R_UNSUPPORTED @refused no SRP */
export function SSL_CTX_set_srp_verify_param_callback(ctx: SSL_CTX, cb: SSL_srp_verify_param_cb | null): number {
  liveCtx(ctx)
  requireCallback(cb, 'cb')
  return refuse(ERR_R_UNSUPPORTED)
}

/** Fails. @returns 0 with ERR_R_UNSUPPORTED @refused no SRP */
export function SSL_CTX_set_srp_cb_arg(ctx: SSL_CTX, arg: unknown): number {
  liveCtx(ctx)
  void arg
  return refuse(ERR_R_UNSUPPORTED)
}

/** null: there is no user. @harmless no SRP, so no user */
export function SSL_get_srp_username(s: SSL): string | null {
  liveSsl(s)
  return null
}

/** null: nothing is known of a user. @harmless no SRP, so no user */
export function SSL_get_srp_userinfo(s: SSL): string | null {
  liveSsl(s)
  return null
}
