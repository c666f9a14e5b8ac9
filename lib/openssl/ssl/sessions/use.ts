import { requireBytes, requireCallback, requireLength, requireLiveOrNull } from '../../boundary.ts'
import { SSL_MAX_SSL_SESSION_ID_LENGTH } from '../../constants/ssl.ts'
import type { GEN_SESSION_CB, SSL_not_resumable_session_cb } from '../callbacks.ts'
import { clearSlots } from '../certificates/slots.ts'
import type { SSL_CTX } from '../ctx.ts'
import { SSL_set_session_id_context } from '../misc.ts'
import { liveCtx, liveSsl } from '../owner.ts'
import type { SSL } from '../ssl.ts'
import { dropBadSession, replaceSession } from './hold.ts'
import { SSL_SESSION } from './session.ts'

/**
 * The session in use, or the one set to be resumed, without a reference of its own (SSL_get_session(3)); null before a
 * handshake has begun. It is complete when the handshake is done.
 */
export function SSL_get_session(ssl: SSL): SSL_SESSION | null {
  return liveSsl(ssl).session
}

/** SSL_get_session, by the name that says what becomes of references. */
export const SSL_get0_session: typeof SSL_get_session = SSL_get_session

/** SSL_get_session with a reference, to be given up with SSL_SESSION_free. */
export function SSL_get1_session(ssl: SSL): SSL_SESSION | null {
  return liveSsl(ssl).session?.addReference() ?? null
}

/**
 * Has a client offer a session in its next handshake (SSL_set_session(3)). One that the server could not resume (another
 * version, a suite that is switched off) is not offered. A reference is taken.
 * @param session - null: none
 * @returns 1
 */
export function SSL_set_session(to: SSL, session: SSL_SESSION | null): number {
  const ssl = liveSsl(to)
  const object = requireLiveOrNull(session, SSL_SESSION, 'session')
  dropBadSession(ssl)
  if (object !== null) ssl.verifyResult = object.session.verifyResult
  replaceSession(ssl, object?.addReference() ?? null)
  return 1
}

/** 1 when the handshake has resumed a session (SSL_session_reused(3)). */
export function SSL_session_reused(s: SSL): number {
  return Number(liveSsl(s).connection?.negotiated.resumed === true)
}

/** SSL_session_reused, as it was called first. */
export const SSL_cache_hit: typeof SSL_session_reused = SSL_session_reused

/** Gives a connection another's session, certificates and session id context. @returns 1 */
export function SSL_copy_session_id(to: SSL, from: SSL): number {
  const [target, { session, settings }] = [liveSsl(to), liveSsl(from)]
  SSL_set_session(target, session)
  const { cert } = target.settings
  target.settings.cert = settings.cert.clone()
  clearSlots(cert)
  return SSL_set_session_id_context(target, settings.sessionIdContext)
}

/**
 * 1 when the cache has a session with this id, and with the version of the connection (SSL_has_matching_session_id(3)).
 * @param id_len - bytes of `id`, 0 to 32; all of it when left out
 */
export function SSL_has_matching_session_id(s: SSL, id: Uint8Array, id_len?: number): number {
  const ssl = liveSsl(s)
  const bytes = requireBytes(id, 'id').subarray(0, requireLength(id_len, id, 'id_len'))
  if (bytes.length > SSL_MAX_SSL_SESSION_ID_LENGTH) return 0
  const version = ssl.connection?.negotiated.versionOrNull ?? ssl.method.versions[0]
  return Number(version !== undefined && ssl.initialCtx.sessions.find(bytes, version.wire) !== null)
}

/** Sets who makes the ids of new sessions; null: they are random (SSL_CTX_set_generate_session_id(3)). @returns 1 */
export function SSL_CTX_set_generate_session_id(ctx: SSL_CTX, cb: GEN_SESSION_CB | null): number {
  liveCtx(ctx).settings.generateSessionId = requireCallback(cb, 'cb')
  return 1
}

/** SSL_CTX_set_generate_session_id for one connection. */
export function SSL_set_generate_session_id(s: SSL, cb: GEN_SESSION_CB | null): number {
  liveSsl(s).settings.generateSessionId = requireCallback(cb, 'cb')
  return 1
}

/** Sets who says of a server's new session that it may not be resumed (SSL_CTX_set_not_resumable_session_callback). */
export function SSL_CTX_set_not_resumable_session_callback(
  ctx: SSL_CTX,
  cb: SSL_not_resumable_session_cb | null,
): void {
  liveCtx(ctx).settings.notResumableCallback = requireCallback(cb, 'cb')
}

/** SSL_CTX_set_not_resumable_session_callback for one connection. */
export function SSL_set_not_resumable_session_callback(ssl: SSL, cb: SSL_not_resumable_session_cb | null): void {
  liveSsl(ssl).settings.notResumableCallback = requireCallback(cb, 'cb')
}
