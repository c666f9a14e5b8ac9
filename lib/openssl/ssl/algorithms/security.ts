import { requireCallback, requireInteger } from '../../boundary.ts'
import type { SSL_security_cb } from '../callbacks.ts'
import type { SSL_CTX } from '../ctx.ts'
import { liveCtx, liveSsl } from '../owner.ts'
import type { SSL } from '../ssl.ts'
import { defaultSecurityCallback } from './policy.ts'

/**
 * Sets the security level, 0 to 5: below its strength no suite, group, signature, key or version is used
 * (SSL_CTX_set_security_level(3)). A context begins with 2, which is 112 bits.
 */
export function SSL_CTX_set_security_level(ctx: SSL_CTX, level: number): void {
  liveCtx(ctx).settings.securityLevel = requireInteger(level, 'level')
}

/** SSL_CTX_set_security_level for one connection. */
export function SSL_set_security_level(s: SSL, level: number): void {
  liveSsl(s).settings.securityLevel = requireInteger(level, 'level')
}

/** The security level, 0 to 5. */
export function SSL_CTX_get_security_level(ctx: SSL_CTX): number {
  return liveCtx(ctx).settings.securityLevel
}

/** SSL_CTX_get_security_level for one connection. */
export function SSL_get_security_level(s: SSL): number {
  return liveSsl(s).settings.securityLevel
}

/** Sets who decides in place of the security level's own rules; null brings them back. */
export function SSL_CTX_set_security_callback(ctx: SSL_CTX, cb: SSL_security_cb | null): void {
  liveCtx(ctx).settings.securityCallback = requireCallback(cb, 'cb')
}

/** SSL_CTX_set_security_callback for one connection. */
export function SSL_set_security_callback(s: SSL, cb: SSL_security_cb | null): void {
  liveSsl(s).settings.securityCallback = requireCallback(cb, 'cb')
}

/** Who decides now: the program's callback, or the built-in one, which it may call from its own. */
export function SSL_CTX_get_security_callback(ctx: SSL_CTX): SSL_security_cb {
  return liveCtx(ctx).settings.securityCallback ?? defaultSecurityCallback
}

/** SSL_CTX_get_security_callback for one connection. */
export function SSL_get_security_callback(s: SSL): SSL_security_cb {
  return liveSsl(s).settings.securityCallback ?? defaultSecurityCallback
}

/** What the security callback gets as its last argument. */
export function SSL_CTX_set0_security_ex_data(ctx: SSL_CTX, ex: unknown): void {
  liveCtx(ctx).settings.securityExData = ex
}

/** SSL_CTX_set0_security_ex_data for one connection. */
export function SSL_set0_security_ex_data(s: SSL, ex: unknown): void {
  liveSsl(s).settings.securityExData = ex
}

/** The value of SSL_CTX_set0_security_ex_data. */
export function SSL_CTX_get0_security_ex_data(ctx: SSL_CTX): unknown {
  return liveCtx(ctx).settings.securityExData
}

/** SSL_CTX_get0_security_ex_data for one connection. */
export function SSL_get0_security_ex_data(s: SSL): unknown {
  return liveSsl(s).settings.securityExData
}
