import { requireCallback } from '../../boundary.ts'
import type { SSL_tlsext_debug_cb } from '../callbacks.ts'
import { liveSsl } from '../owner.ts'
import type { SSL } from '../ssl.ts'

/**
 * Sets who sees each extension of the peer's hello, in its order, before anything is made of it (openssl s_client -tlsextdebug);
 * those that OpenSSL 3.0 does not know are left out, as there.
 * @returns 1
 */
export function SSL_set_tlsext_debug_callback(ssl: SSL, cb: SSL_tlsext_debug_cb | null): number {
  liveSsl(ssl).tlsextDebugCallback = requireCallback(cb, 'cb')
  return 1
}

/** What the callback gets as its last argument. @returns 1 */
export function SSL_set_tlsext_debug_arg(ssl: SSL, arg: unknown): number {
  liveSsl(ssl).tlsextDebugArg = arg
  return 1
}
