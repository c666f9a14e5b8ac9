import { requireCallback, requireInteger } from '../../boundary.ts'
import { ERR_R_UNSUPPORTED } from '../../constants/err.ts'
import type { SSL_CTX } from '../ctx.ts'
import { liveCtx, liveSsl } from '../owner.ts'
import type { SSL } from '../ssl.ts'
import { refuse } from './slots.ts'

/** Would judge the timestamps of a certificate. */
export type ssl_ct_validation_cb = (ctx: unknown, scts: unknown, arg: unknown) => number

// Certificate Transparency (RFC 6962): no logs are known here, so that nobody is told that a certificate is in one.

/** Fails: timestamps are not asked for. @returns 0 with ERR_R_UNSUPPORTED @refused no Certificate Transparency */
export function SSL_CTX_enable_ct(ctx: SSL_CTX, validation_mode: number): number {
  liveCtx(ctx)
  requireInteger(validation_mode, 'validation_mode')
  return refuse(ERR_R_UNSUPPORTED)
}

/** SSL_CTX_enable_ct for one connection. @refused no Certificate Transparency */
export function SSL_enable_ct(s: SSL, validation_mode: number): number {
  liveSsl(s)
  requireInteger(validation_mode, 'validation_mode')
  return refuse(ERR_R_UNSUPPORTED)
}

/** Takes the callback away, which is what there is. @harmless no Certificate Transparency to switch off */
export function SSL_CTX_disable_ct(ctx: SSL_CTX): void {
  liveCtx(ctx)
}

/** SSL_CTX_disable_ct for one connection. @harmless no Certificate Transparency to switch off */
export function SSL_disable_ct(s: SSL): void {
  liveSsl(s)
}

/** 0: it cannot be switched on. @harmless no Certificate Transparency to switch on */
export function SSL_CTX_ct_is_enabled(ctx: SSL_CTX): number {
  liveCtx(ctx)
  return 0
}

/** 0: it cannot be switched on. @harmless no Certificate Transparency to switch on */
export function SSL_ct_is_enabled(s: SSL): number {
  liveSsl(s)
  return 0
}

/** Takes null, and no callback. @returns 1 for null, else 0 with ERR_R_UNSUPPORTED @refused no Certificate Transparency */
export function SSL_CTX_set_ct_validation_callback(
  ctx: SSL_CTX,
  callback: ssl_ct_validation_cb | null,
  arg: unknown = null,
): number {
  liveCtx(ctx)
  void arg
  return requireCallback(callback, 'callback') === null ? 1 : refuse(ERR_R_UNSUPPORTED)
}

/** SSL_CTX_set_ct_validation_callback for one connection. @refused no Certificate Transparency */
export function SSL_set_ct_validation_callback(
  s: SSL,
  callback: ssl_ct_validation_cb | null,
  arg: unknown = null,
): number {
  liveSsl(s)
  void arg
  return requireCallback(callback, 'callback') === null ? 1 : refuse(ERR_R_UNSUPPORTED)
}

/** Fails: no logs are read. @returns 0 with ERR_R_UNSUPPORTED @refused no Certificate Transparency */
export function SSL_CTX_set_default_ctlog_list_file(ctx: SSL_CTX): number {
  liveCtx(ctx)
  return refuse(ERR_R_UNSUPPORTED)
}

/** Fails: no logs are read. @returns 0 with ERR_R_UNSUPPORTED @refused no Certificate Transparency */
export function SSL_CTX_set_ctlog_list_file(ctx: SSL_CTX, path: string): number {
  liveCtx(ctx)
  void path
  return refuse(ERR_R_UNSUPPORTED)
}

/** null: no timestamps are asked for, and none are read. @harmless no Certificate Transparency */
export function SSL_get0_peer_scts(s: SSL): null {
  liveSsl(s)
  return null
}
