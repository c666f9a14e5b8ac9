import { EMPTY } from '../../base/bytes.ts'
import {
  requireBytes,
  requireCallback,
  requireInteger,
  requireLength,
  requireLiveOrNull,
  requireString,
} from '../boundary.ts'
import { ERR_LIB_SSL } from '../constants/err.ts'
import { SSL_KEY_UPDATE_NONE, SSL_MAX_PIPELINES, SSL_MAX_SID_CTX_LENGTH } from '../constants/ssl.ts'
import { SSL3_RT_MAX_PLAIN_LENGTH } from '../constants/ssl3.ts'
import {
  SSL_R_INVALID_CONFIGURATION_NAME,
  SSL_R_SSL_SESSION_ID_CONTEXT_TOO_LONG,
  SSL_R_WRONG_SSL_VERSION,
} from '../constants/sslerr.ts'
import { raise } from '../err/raise.ts'
import type { SSL_cert_cb, SSL_client_cert_cb } from './callbacks.ts'
import { adoptCertificates } from './certificates/adopt.ts'
import { refuse } from './certificates/slots.ts'
import { SSL_CTX } from './ctx.ts'
import type { SSL_METHOD } from './method.ts'
import { SSL_CTX_free, SSL_CTX_new } from './new-free.ts'
import { liveCtx, liveSsl, type Owner } from './owner.ts'
import type { SSL } from './ssl.ts'

/** SSL_CTX_new in a library context, of which there is one. */
export function SSL_CTX_new_ex(libctx: unknown, propq: string | null, meth: SSL_METHOD): SSL_CTX
export function SSL_CTX_new_ex(libctx: unknown, propq: string | null, meth: SSL_METHOD | null): SSL_CTX | null
export function SSL_CTX_new_ex(libctx: unknown, propq: string | null, meth: SSL_METHOD | null): SSL_CTX | null {
  void libctx
  void propq
  return SSL_CTX_new(meth)
}

/** Sets who may change the certificates of a connection when they are needed (SSL_CTX_set_cert_cb(3)). */
export function SSL_CTX_set_cert_cb(ctx: SSL_CTX, cb: SSL_cert_cb | null, arg: unknown = null): void {
  setCertCallback(liveCtx(ctx), cb, arg)
}

/** SSL_CTX_set_cert_cb for one connection. */
export function SSL_set_cert_cb(s: SSL, cb: SSL_cert_cb | null, arg: unknown = null): void {
  setCertCallback(liveSsl(s), cb, arg)
}

/** Sets who gives a client its certificate when none is set that fits; its references are taken over (SSL_CTX_set_client_cert_cb(3)). */
export function SSL_CTX_set_client_cert_cb(ctx: SSL_CTX, cb: SSL_client_cert_cb | null): void {
  liveCtx(ctx).clientCertCallback = requireCallback(cb, 'cb')
}

/** The callback of SSL_CTX_set_client_cert_cb; null for none. */
export function SSL_CTX_get_client_cert_cb(ctx: SSL_CTX): SSL_client_cert_cb | null {
  return liveCtx(ctx).clientCertCallback
}

/** The context that a connection belongs to now. */
export function SSL_get_SSL_CTX(ssl: SSL): SSL_CTX {
  return liveSsl(ssl).ctx
}

/**
 * Moves a connection to another context, as a server name callback does (SSL_set_SSL_CTX(3)): certificates, keys, stores,
 * Diffie-Hellman, signature algorithms and security level come along; versions, suites, options and verification stay.
 * @param ctx - null: the context that it was made from
 * @returns the context
 */
export function SSL_set_SSL_CTX(ssl: SSL, ctx: SSL_CTX | null): SSL_CTX {
  const s = liveSsl(ssl)
  const next = requireLiveOrNull(ctx, SSL_CTX, 'ctx') ?? s.initialCtx
  const last = s.ctx
  if (next === last) return last
  adoptCertificates(s.settings, next.settings)
  if (sameBytes(s.settings.sessionIdContext, last.settings.sessionIdContext))
    s.settings.sessionIdContext = next.settings.sessionIdContext
  // The first context has its reference as long as the connection lives.
  if (next !== s.initialCtx) next.addReference()
  s.ctx = next
  if (last !== s.initialCtx) SSL_CTX_free(last)
  return next
}

/**
 * What keeps sessions of different uses apart, 0 to 32 bytes (SSL_CTX_set_session_id_context(3)).
 * @param sid_ctx_len - bytes of `sid_ctx`; all of it when left out
 * @returns 1, or 0 with SSL_R_SSL_SESSION_ID_CONTEXT_TOO_LONG
 */
export function SSL_CTX_set_session_id_context(ctx: SSL_CTX, sid_ctx: Uint8Array | null, sid_ctx_len?: number): number {
  return setSessionIdContext(liveCtx(ctx), sid_ctx, sid_ctx_len)
}

/** SSL_CTX_set_session_id_context for one connection. */
export function SSL_set_session_id_context(ssl: SSL, sid_ctx: Uint8Array | null, sid_ctx_len?: number): number {
  return setSessionIdContext(liveSsl(ssl), sid_ctx, sid_ctx_len)
}

/** Sets which sessions are kept: SSL_SESS_CACHE_* (SSL_CTX_set_session_cache_mode(3)). @returns the mode before */
export function SSL_CTX_set_session_cache_mode(ctx: SSL_CTX, mode: number): number {
  const context = liveCtx(ctx)
  const before = context.sessionCacheMode
  context.sessionCacheMode = requireInteger(mode, 'mode')
  return before
}

/** SSL_SESS_CACHE_* of the context. */
export function SSL_CTX_get_session_cache_mode(ctx: SSL_CTX): number {
  return liveCtx(ctx).sessionCacheMode
}

/** Sets how many sessions are kept, 0 for no limit. @returns the number before, or 0 for a negative one */
export function SSL_CTX_sess_set_cache_size(ctx: SSL_CTX, t: number): number {
  const context = liveCtx(ctx)
  const before = context.sessions.limit
  if (requireInteger(t, 't') < 0) return 0
  context.sessions.limit = t
  return before
}

/** How many sessions are kept; 0 for no limit. */
export function SSL_CTX_sess_get_cache_size(ctx: SSL_CTX): number {
  return liveCtx(ctx).sessions.limit
}

/** Sets how long a session may be resumed, in seconds. @returns the time before */
export function SSL_CTX_set_timeout(ctx: SSL_CTX, t: number): number {
  const context = liveCtx(ctx)
  const before = context.sessionTimeout
  context.sessionTimeout = requireInteger(t, 't')
  return before
}

/** How long a session may be resumed, in seconds. */
export function SSL_CTX_get_timeout(ctx: SSL_CTX): number {
  return liveCtx(ctx).sessionTimeout
}

/** The time that a new context has, in seconds: 7200. */
export function SSL_get_default_timeout(s: SSL): number {
  liveSsl(s)
  return 7200
}

/** Sets how many tickets a TLS 1.3 server sends; there is none here, the number is only kept. @returns 1 */
export function SSL_CTX_set_num_tickets(ctx: SSL_CTX, num_tickets: number): number {
  liveCtx(ctx).settings.numTickets = requireInteger(num_tickets, 'num_tickets')
  return 1
}

/** SSL_CTX_set_num_tickets for one connection. */
export function SSL_set_num_tickets(s: SSL, num_tickets: number): number {
  liveSsl(s).settings.numTickets = requireInteger(num_tickets, 'num_tickets')
  return 1
}

/** The number of SSL_CTX_set_num_tickets. */
export function SSL_CTX_get_num_tickets(ctx: SSL_CTX): number {
  return liveCtx(ctx).settings.numTickets
}

/** SSL_CTX_get_num_tickets for one connection. */
export function SSL_get_num_tickets(s: SSL): number {
  return liveSsl(s).settings.numTickets
}

/** The most application data in a record, 512 to 16384 bytes (SSL_CTX_set_max_send_fragment(3)). @returns 1, or 0 outside */
export function SSL_CTX_set_max_send_fragment(ctx: SSL_CTX, m: number): number {
  return setMaxSendFragment(liveCtx(ctx), m)
}

/** SSL_CTX_set_max_send_fragment for one connection. */
export function SSL_set_max_send_fragment(ssl: SSL, m: number): number {
  return setMaxSendFragment(liveSsl(ssl), m)
}

/** Bytes at which TLS cuts what is written into records, no more than SSL_CTX_set_max_send_fragment. @returns 1, or 0 for 0 and above that */
export function SSL_CTX_set_split_send_fragment(ctx: SSL_CTX, m: number): number {
  return setSplitSendFragment(liveCtx(ctx), m)
}

/** SSL_CTX_set_split_send_fragment for one connection. */
export function SSL_set_split_send_fragment(ssl: SSL, m: number): number {
  return setSplitSendFragment(liveSsl(ssl), m)
}

/** Pipelines do not exist here: the number changes nothing. @returns 1, or 0 outside 1 to 32 */
export function SSL_CTX_set_max_pipelines(ctx: SSL_CTX, m: number): number {
  liveCtx(ctx)
  return Number(isPipelines(m))
}

/** Above 1 reading ahead is switched on, as in OpenSSL. @returns 1, or 0 outside 1 to 32 */
export function SSL_set_max_pipelines(ssl: SSL, m: number): number {
  const { settings } = liveSsl(ssl)
  if (isPipelines(m) && m > 1) settings.readAhead = 1
  return Number(isPipelines(m))
}

/**
 * Does nothing: datagrams are read whole whatever their length.
 * @harmless a read takes what has come, whatever its size
 */
export function SSL_CTX_set_default_read_buffer_len(ctx: SSL_CTX, len: number): void {
  liveCtx(ctx)
  requireInteger(len, 'len')
}

/** SSL_CTX_set_default_read_buffer_len for one connection. @harmless a read takes what has come, whatever its size */
export function SSL_set_default_read_buffer_len(s: SSL, len: number): void {
  liveSsl(s)
  requireInteger(len, 'len')
}

/**
 * The most bytes that a peer's Certificate message may have (SSL_CTX_set_max_cert_list(3)).
 * @param size - in bytes
 * @returns the number before, or 0 for a negative one
 */
export function SSL_CTX_set_max_cert_list(ctx: SSL_CTX, size: number): number {
  return setMaxCertList(liveCtx(ctx), size)
}

/** SSL_CTX_set_max_cert_list for one connection. */
export function SSL_set_max_cert_list(ssl: SSL, size: number): number {
  return setMaxCertList(liveSsl(ssl), size)
}

/** The most bytes of a peer's Certificate message. */
export function SSL_CTX_get_max_cert_list(ctx: SSL_CTX): number {
  return liveCtx(ctx).settings.maxCertList
}

/** SSL_CTX_get_max_cert_list for one connection. */
export function SSL_get_max_cert_list(ssl: SSL): number {
  return liveSsl(ssl).settings.maxCertList
}

/**
 * Whether to read as much of a stream as there is and a record has room for, or no more than the record at hand
 * (SSL_CTX_set_read_ahead(3)). Datagrams are always read whole.
 * @returns the value before
 */
export function SSL_CTX_set_read_ahead(ctx: SSL_CTX, yes: number): number {
  const { settings } = liveCtx(ctx)
  const before = settings.readAhead
  settings.readAhead = requireInteger(yes, 'yes')
  return before
}

/** SSL_CTX_set_read_ahead by another name. */
export const SSL_CTX_set_default_read_ahead: typeof SSL_CTX_set_read_ahead = SSL_CTX_set_read_ahead

/** The value of SSL_CTX_set_read_ahead. */
export function SSL_CTX_get_read_ahead(ctx: SSL_CTX): number {
  return liveCtx(ctx).settings.readAhead
}

/** SSL_CTX_get_read_ahead by another name. */
export const SSL_CTX_get_default_read_ahead: typeof SSL_CTX_get_read_ahead = SSL_CTX_get_read_ahead

/** SSL_CTX_set_read_ahead for one connection. */
export function SSL_set_read_ahead(s: SSL, yes: number): void {
  liveSsl(s).settings.readAhead = requireInteger(yes, 'yes')
}

/** SSL_CTX_get_read_ahead for one connection. */
export function SSL_get_read_ahead(s: SSL): number {
  return liveSsl(s).settings.readAhead
}

/** Refuses: only TLS 1.3 renews keys (SSL_key_update(3)). @returns 0 with SSL_R_WRONG_SSL_VERSION */
export function SSL_key_update(s: SSL, updatetype: number): number {
  liveSsl(s)
  requireInteger(updatetype, 'updatetype')
  return refuse(SSL_R_WRONG_SSL_VERSION)
}

/** SSL_KEY_UPDATE_NONE: no renewal is waiting to be sent. */
export function SSL_get_key_update_type(s: SSL): number {
  liveSsl(s)
  return SSL_KEY_UPDATE_NONE
}

/** 1: records have no buffers that could be missing (SSL_alloc_buffers(3)). @harmless buffers are made when they are needed */
export function SSL_alloc_buffers(ssl: SSL): number {
  liveSsl(ssl)
  return 1
}

/** 1 when nothing waits to be read or sent, as if buffers had been freed; else 0 (SSL_free_buffers(3)). */
export function SSL_free_buffers(ssl: SSL): number {
  return Number(liveSsl(ssl).connection?.idle ?? true)
}

/** Does nothing (gone since 1.1.0). @harmless nobody reads the flag */
export function SSL_set_debug(s: SSL, debug: number): void {
  liveSsl(s)
  requireInteger(debug, 'debug')
}

/** Does nothing: there are no configuration modules. @harmless no configuration file is read */
export function SSL_add_ssl_module(): void {}

/** Fails: no configuration file was read (SSL_config(3)). @returns 0 with SSL_R_INVALID_CONFIGURATION_NAME @refused no configuration files */
export function SSL_CTX_config(ctx: SSL_CTX, name: string): number {
  liveCtx(ctx)
  return refuseConfiguration(name)
}

/** SSL_CTX_config for one connection. @refused no configuration files */
export function SSL_config(s: SSL, name: string): number {
  liveSsl(s)
  return refuseConfiguration(name)
}

/** 1: SSL_shutdown sends and waits for nothing (SSL_CTX_set_quiet_shutdown(3)). */
export function SSL_CTX_set_quiet_shutdown(ctx: SSL_CTX, mode: number): void {
  liveCtx(ctx).settings.quietShutdown = requireInteger(mode, 'mode')
}

/** The value of SSL_CTX_set_quiet_shutdown. */
export function SSL_CTX_get_quiet_shutdown(ctx: SSL_CTX): number {
  return liveCtx(ctx).settings.quietShutdown
}

/** SSL_CTX_set_quiet_shutdown for one connection. */
export function SSL_set_quiet_shutdown(ssl: SSL, mode: number): void {
  liveSsl(ssl).settings.quietShutdown = requireInteger(mode, 'mode')
}

/** SSL_CTX_get_quiet_shutdown for one connection. */
export function SSL_get_quiet_shutdown(ssl: SSL): number {
  return liveSsl(ssl).settings.quietShutdown
}

function refuseConfiguration(name: string): 0 {
  raise(ERR_LIB_SSL, SSL_R_INVALID_CONFIGURATION_NAME, `name=${requireString(name, 'name')}`)
  return 0
}

function setCertCallback({ settings }: Owner, cb: SSL_cert_cb | null, arg: unknown): void {
  settings.certCallback = requireCallback(cb, 'cb')
  settings.certCallbackArg = arg
}

function setSessionIdContext({ settings }: Owner, given: Uint8Array | null, length: number | undefined): number {
  const context = requireBytes(given ?? EMPTY, 'sid_ctx')
  const bytes = context.subarray(0, requireLength(length, context, 'sid_ctx_len'))
  if (bytes.length > SSL_MAX_SID_CTX_LENGTH) return refuse(SSL_R_SSL_SESSION_ID_CONTEXT_TOO_LONG)
  settings.sessionIdContext = new Uint8Array(bytes)
  return 1
}

function setMaxSendFragment({ settings }: Owner, m: number): number {
  if (requireInteger(m, 'm') < 512 || m > SSL3_RT_MAX_PLAIN_LENGTH) return 0
  settings.maxSendFragment = m
  settings.splitSendFragment = Math.min(settings.splitSendFragment, m)
  return 1
}

function setSplitSendFragment({ settings }: Owner, m: number): number {
  if (requireInteger(m, 'm') <= 0 || m > settings.maxSendFragment) return 0
  settings.splitSendFragment = m
  return 1
}

function isPipelines(m: number): boolean {
  return requireInteger(m, 'm') >= 1 && m <= SSL_MAX_PIPELINES
}

function setMaxCertList({ settings }: Owner, size: number): number {
  const before = settings.maxCertList
  if (requireInteger(size, 'size') < 0) return 0
  settings.maxCertList = size
  return before
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
