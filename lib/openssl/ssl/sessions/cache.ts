import type { Session } from '../../../session/session.ts'
import { requireCallback, requireInteger, requireLiveOrNull } from '../../boundary.ts'
import { SSL_SESS_CACHE_UPDATE_TIME } from '../../constants/ssl.ts'
import type { SSL_CTX_remove_session_cb, SSL_get_session_cb, SSL_new_session_cb } from '../callbacks.ts'
import type { SSL_CTX } from '../ctx.ts'
import { liveCtx } from '../owner.ts'
import { liveSession, now, SSL_SESSION, SSL_SESSION_free, sessionObject } from './session.ts'

/**
 * Puts a session into the context's cache (SSL_CTX_add_session(3)), which takes a reference; connections do it by
 * themselves. When the cache is full the session that runs out first goes.
 * @returns 1, or 0 when it is there already or has no id to be found by
 */
export function SSL_CTX_add_session(ctx: SSL_CTX, session: SSL_SESSION): number {
  const context = liveCtx(ctx)
  const object = liveSession(session)
  if (object.session.id.length === 0) return 0
  if (context.sessionCacheMode & SSL_SESS_CACHE_UPDATE_TIME) object.session.time = now()
  const { added, replaced, evicted } = context.sessions.add(object.session)
  if (added) object.addReference()
  if (replaced !== null) release(replaced)
  for (const gone of evicted) {
    context.stats.cacheFull++
    forget(context, gone)
  }
  return Number(added)
}

/** SSL_CTX_add_session, as 1.0.2 named it. */
export const SSL_add_session: typeof SSL_CTX_add_session = SSL_CTX_add_session

/**
 * Takes a session out of the cache; whoever has it may not resume it any more (SSL_CTX_remove_session(3)).
 * @returns 1, or 0 when it was not there
 */
export function SSL_CTX_remove_session(ctx: SSL_CTX, session: SSL_SESSION | null): number {
  const context = liveCtx(ctx)
  const object = requireLiveOrNull(session, SSL_SESSION, 'session')
  if (object === null || object.session.id.length === 0) return 0
  const kept = context.sessions.remove(object.session)
  context.removeSessionCallback?.(context, object)
  if (kept !== null) release(kept)
  return Number(kept !== null)
}

/** SSL_CTX_remove_session, as 1.0.2 named it. */
export const SSL_remove_session: typeof SSL_CTX_remove_session = SSL_CTX_remove_session

/** Takes the sessions out that have run out (SSL_CTX_flush_sessions(3)). @param tm - at this time, seconds since 1970; 0: all of them */
export function SSL_CTX_flush_sessions(ctx: SSL_CTX, tm: number): void {
  const context = liveCtx(ctx)
  for (const gone of context.sessions.flush(requireInteger(tm, 'tm') === 0 ? null : tm)) forget(context, gone)
}

/** SSL_CTX_flush_sessions, as 1.0.2 named it. */
export const SSL_flush_sessions: typeof SSL_CTX_flush_sessions = SSL_CTX_flush_sessions

/** SSL_CTX_flush_sessions, with the name of the call that has a wider time in C. */
export const SSL_CTX_flush_sessions_ex: typeof SSL_CTX_flush_sessions = SSL_CTX_flush_sessions

/** Sets who is given each new session, on a client with SSL_SESS_CACHE_CLIENT only (SSL_CTX_sess_set_new_cb(3)). */
export function SSL_CTX_sess_set_new_cb(ctx: SSL_CTX, new_session_cb: SSL_new_session_cb | null): void {
  liveCtx(ctx).newSessionCallback = requireCallback(new_session_cb, 'new_session_cb')
}

/** The callback for new sessions; null for none. */
export function SSL_CTX_sess_get_new_cb(ctx: SSL_CTX): SSL_new_session_cb | null {
  return liveCtx(ctx).newSessionCallback
}

/** Sets who is told of each session that may not be resumed any more. */
export function SSL_CTX_sess_set_remove_cb(ctx: SSL_CTX, remove_session_cb: SSL_CTX_remove_session_cb | null): void {
  liveCtx(ctx).removeSessionCallback = requireCallback(remove_session_cb, 'remove_session_cb')
}

/** The callback for sessions that leave; null for none. */
export function SSL_CTX_sess_get_remove_cb(ctx: SSL_CTX): SSL_CTX_remove_session_cb | null {
  return liveCtx(ctx).removeSessionCallback
}

/** Sets who is asked for a session that the cache does not have, on a server. */
export function SSL_CTX_sess_set_get_cb(ctx: SSL_CTX, get_session_cb: SSL_get_session_cb | null): void {
  liveCtx(ctx).getSessionCallback = requireCallback(get_session_cb, 'get_session_cb')
}

/** The callback that is asked for sessions; null for none. */
export function SSL_CTX_sess_get_get_cb(ctx: SSL_CTX): SSL_get_session_cb | null {
  return liveCtx(ctx).getSessionCallback
}

/** The sessions in the cache; C has a hash table here. */
export function SSL_CTX_sessions(ctx: SSL_CTX): SSL_SESSION[] {
  return [...liveCtx(ctx).sessions].map(borrowed)
}

/** How many sessions the cache holds. */
export function SSL_CTX_sess_number(ctx: SSL_CTX): number {
  return liveCtx(ctx).sessions.size
}

/** Handshakes begun as a client (SSL_CTX_sess_number(3)). */
export function SSL_CTX_sess_connect(ctx: SSL_CTX): number {
  return liveCtx(ctx).stats.connect
}

/** Handshakes finished as a client. */
export function SSL_CTX_sess_connect_good(ctx: SSL_CTX): number {
  return liveCtx(ctx).stats.connectGood
}

/** Renegotiations begun as a client. */
export function SSL_CTX_sess_connect_renegotiate(ctx: SSL_CTX): number {
  return liveCtx(ctx).stats.connectRenegotiate
}

/** Handshakes begun as a server. */
export function SSL_CTX_sess_accept(ctx: SSL_CTX): number {
  return liveCtx(ctx).stats.accept
}

/** Handshakes finished as a server. */
export function SSL_CTX_sess_accept_good(ctx: SSL_CTX): number {
  return liveCtx(ctx).stats.acceptGood
}

/** Renegotiations begun as a server. */
export function SSL_CTX_sess_accept_renegotiate(ctx: SSL_CTX): number {
  return liveCtx(ctx).stats.acceptRenegotiate
}

/** Sessions that were resumed. */
export function SSL_CTX_sess_hits(ctx: SSL_CTX): number {
  return liveCtx(ctx).stats.hits
}

/** Sessions that a SSL_CTX_sess_set_get_cb callback has found. */
export function SSL_CTX_sess_cb_hits(ctx: SSL_CTX): number {
  return liveCtx(ctx).stats.callbackHits
}

/** Sessions that a client offered, and that were not in the cache; on a client, that the server did not take. */
export function SSL_CTX_sess_misses(ctx: SSL_CTX): number {
  return liveCtx(ctx).stats.misses
}

/** Sessions that were found, but out of time. */
export function SSL_CTX_sess_timeouts(ctx: SSL_CTX): number {
  return liveCtx(ctx).stats.timeouts
}

/** Sessions that had to go because the cache was full. */
export function SSL_CTX_sess_cache_full(ctx: SSL_CTX): number {
  return liveCtx(ctx).stats.cacheFull
}

/** Tells the program that a session has gone, and gives up the cache's reference. */
function forget(ctx: SSL_CTX, session: Session): void {
  ctx.removeSessionCallback?.(ctx, borrowed(session))
  release(session)
}

/** The object that the cache holds a reference of, without another one. */
function borrowed(session: Session): SSL_SESSION {
  const object = sessionObject(session)
  SSL_SESSION_free(object)
  return object
}

function release(session: Session): void {
  SSL_SESSION_free(borrowed(session))
}
