import { EMPTY } from '../../../base/bytes.ts'
import { ProtocolFailure } from '../../../base/failure.ts'
import { systemRandom } from '../../../base/random.ts'
import type { SessionPolicy, TicketOutcome } from '../../../session/policy.ts'
import type { Session } from '../../../session/session.ts'
import * as C from '../../constants/ssl.ts'
import { wrapCertificate } from '../../x509/x509.ts'
import { permits } from '../algorithms/policy.ts'
import { forgetPeer } from '../engine/peer-verification.ts'
import type { SSL } from '../ssl.ts'
import { SSL_CTX_add_session, SSL_CTX_flush_sessions, SSL_CTX_remove_session } from './cache.ts'
import { keepFound, replaceSession } from './hold.ts'
import { now, SSL_SESSION_free, sessionObject } from './session.ts'
import { openTicket, sealTicket } from './tickets.ts'

/** The sessions of a connection as its context keeps them, in OpenSSL's rules; cache and callbacks are those of the first context. */
export class SslSessions implements SessionPolicy {
  readonly #ssl: SSL

  constructor(ssl: SSL) {
    this.#ssl = ssl
  }

  get offered(): Session | null {
    return this.#ssl.session?.session ?? null
  }

  get context(): Uint8Array {
    return this.#ssl.settings.sessionIdContext
  }

  get contextRequired(): boolean {
    return (this.#ssl.settings.verifyMode & C.SSL_VERIFY_PEER) !== 0
  }

  get timeout(): number {
    return this.#ssl.initialCtx.sessionTimeout || DEFAULT_TIMEOUT
  }

  get tickets(): boolean {
    const { options } = this.#ssl.settings
    return (options & C.SSL_OP_NO_TICKET) === 0 && permits(this.#ssl, C.SSL_SECOP_TICKET, 0, 0, null)
  }

  get opaqueTicket(): Uint8Array | null {
    return this.#ssl.ticketExtension?.data ?? null
  }

  get withholdsTicket(): boolean {
    return this.#ssl.ticketExtension?.data === null
  }

  acceptsTicket(body: Uint8Array): boolean {
    const { ticketExtensionCallback, ticketExtensionArg } = this.#ssl
    return ticketExtensionCallback?.(this.#ssl, body, body.length, ticketExtensionArg) !== 0
  }

  find(id: Uint8Array, version: number): Session | null {
    const { sessions, sessionCacheMode, stats } = this.#ssl.initialCtx
    if ((sessionCacheMode & C.SSL_SESS_CACHE_NO_INTERNAL_LOOKUP) === 0) {
      const kept = sessions.find(id, version)
      if (kept !== null) return kept
      stats.misses++
    }
    return this.#ask(id)
  }

  openTicket(ticket: Uint8Array, sessionId: Uint8Array): TicketOutcome {
    // It is not ours but says which secret both sides know.
    return this.#ssl.sessionSecretCallback === null ? openTicket(this.#ssl, ticket, sessionId) : 'passed-over'
  }

  sealTicket(session: Session): Uint8Array | null {
    return sealTicket(this.#ssl, session)
  }

  newId(session: Session): Uint8Array {
    const { settings, ctx, initialCtx } = this.#ssl
    const { generateSessionId } = settings
    const id = generateSessionId === null ? systemRandom(ID_LENGTH) : this.#generate(generateSessionId)
    if (initialCtx.sessions.find(id, session.version) !== null) throw new ProtocolFailure('session-id-conflict')
    // Without a cache the id would only be a promise.
    return (ctx.sessionCacheMode & C.SSL_SESS_CACHE_SERVER) === 0 ? EMPTY : id
  }

  mayResume(_session: Session, forwardSecret: boolean): boolean {
    const { notResumableCallback } = this.#ssl.settings
    return !notResumableCallback?.(this.#ssl, Number(forwardSecret))
  }

  onSession(session: Session, resumed: boolean): void {
    const ssl = this.#ssl
    if (ssl.session?.session !== session) replaceSession(ssl, sessionObject(session))
    keepFound(ssl, null)
    if (!resumed) {
      // What the peer has shown in an earlier handshake is not of this session.
      if (session.peerChain.length === 0) forgetPeer(ssl)
      return
    }
    if (ssl.role === 'server') ssl.initialCtx.stats.hits++
    ssl.verifyResult = session.verifyResult
    forgetPeer(ssl)
    if (session.peerChain.length === 0) return
    ssl.peerChain = session.peerChain.map(wrapCertificate)
    ssl.peerAccepted = true
  }

  onEstablished(session: Session, resumed: boolean): void {
    const { role, initialCtx, ctx } = this.#ssl
    if (role === 'server') {
      this.#update(session, resumed, C.SSL_SESS_CACHE_SERVER)
      ctx.stats.acceptGood++
    } else {
      this.#update(session, resumed, C.SSL_SESS_CACHE_CLIENT)
      if (resumed) initialCtx.stats.hits++
      initialCtx.stats.connectGood++
    }
  }

  onExpired(session: Session): void {
    const { initialCtx } = this.#ssl
    initialCtx.stats.timeouts++
    const object = sessionObject(session)
    SSL_CTX_remove_session(initialCtx, object)
    SSL_SESSION_free(object)
  }

  onMiss(): void {
    this.#ssl.initialCtx.stats.misses++
  }

  /** The program's own cache. What it has goes into ours too, unless it wants to keep it for itself. */
  #ask(id: Uint8Array): Session | null {
    const { getSessionCallback, stats, sessionCacheMode } = this.#ssl.initialCtx
    const copy = { value: 1 }
    const found = getSessionCallback?.(this.#ssl, id, id.length, copy) ?? null
    if (found === null) return null
    if (copy.value !== 0) found.addReference()
    keepFound(this.#ssl, found)
    if (found.session.condemned) return null
    stats.callbackHits++
    if ((sessionCacheMode & C.SSL_SESS_CACHE_NO_INTERNAL_STORE) === 0) SSL_CTX_add_session(this.#ssl.initialCtx, found)
    return found.session
  }

  #generate(callback: NonNullable<SSL['settings']['generateSessionId']>): Uint8Array {
    const id = new Uint8Array(ID_LENGTH)
    const length = { value: ID_LENGTH }
    if (callback(this.#ssl, id, length) === 0) throw new ProtocolFailure('session-id-callback-failed')
    if (!(length.value > 0 && length.value <= ID_LENGTH)) throw new ProtocolFailure('session-id-has-bad-length')
    return id.subarray(0, length.value)
  }

  /** OpenSSL's ssl_update_cache. */
  #update(session: Session, resumed: boolean, mode: number): void {
    const ssl = this.#ssl
    const { initialCtx } = ssl
    const { sessionCacheMode, newSessionCallback, stats } = initialCtx
    if (session.id.length === 0 || session.condemned) return
    // Without a context it could not be resumed: the server would not know whose certificate it has checked.
    if (ssl.role === 'server' && session.idContext.length === 0 && this.contextRequired) return
    if ((sessionCacheMode & mode) === 0) return
    if (!resumed) {
      const object = sessionObject(session)
      if ((sessionCacheMode & C.SSL_SESS_CACHE_NO_INTERNAL_STORE) === 0) SSL_CTX_add_session(initialCtx, object)
      const taken = newSessionCallback?.(ssl, object) ?? 0
      if (taken === 0) SSL_SESSION_free(object)
    }
    const good = mode === C.SSL_SESS_CACHE_CLIENT ? stats.connectGood : stats.acceptGood
    const clears = (sessionCacheMode & C.SSL_SESS_CACHE_NO_AUTO_CLEAR) === 0
    if (clears && (good & 0xff) === 0xff) SSL_CTX_flush_sessions(initialCtx, now())
  }
}

/** Seconds. */
const DEFAULT_TIMEOUT = 7200
const ID_LENGTH = 32
