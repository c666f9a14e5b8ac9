import { requireCallback } from '../../boundary.ts'
import type { SSL_cookie_generate_cb, SSL_cookie_verify_cb } from '../callbacks.ts'
import type { SSL_CTX } from '../ctx.ts'
import { liveCtx } from '../owner.ts'

/**
 * Sets who makes the cookies of DTLSv1_listen and SSL_OP_COOKIE_EXCHANGE (SSL_CTX_set_cookie_generate_cb(3)). A cookie has 1 to
 * 255 bytes and should be a keyed hash of the client's address, so that nothing need be remembered.
 */
export function SSL_CTX_set_cookie_generate_cb(ctx: SSL_CTX, app_gen_cookie_cb: SSL_cookie_generate_cb | null): void {
  liveCtx(ctx).cookieGenerate = requireCallback(app_gen_cookie_cb, 'app_gen_cookie_cb')
}

/** Sets who checks the cookies that come back; it compares in constant time and answers 1 or 0. */
export function SSL_CTX_set_cookie_verify_cb(ctx: SSL_CTX, app_verify_cookie_cb: SSL_cookie_verify_cb | null): void {
  liveCtx(ctx).cookieVerify = requireCallback(app_verify_cookie_cb, 'app_verify_cookie_cb')
}
