import { requireCallback, requireInteger } from '../boundary.ts'
import { TLS_ST_OK } from '../constants/ssl.ts'
import { SSL3_AL_FATAL, SSL3_AL_WARNING } from '../constants/ssl3.ts'
import type { SSL_CTX_keylog_cb_func, SSL_info_cb, SSL_msg_cb } from './callbacks.ts'
import type { SSL_CTX } from './ctx.ts'
import { liveCtx, liveSsl } from './owner.ts'
import type { SSL } from './ssl.ts'
import { type ShownState, shownState } from './states.ts'

/** A state of the handshake: a TLS_ST_* or DTLS_ST_* number. */
export type OSSL_HANDSHAKE_STATE = number

/** Sets who is told of states, alerts and the end of each handshake call (SSL_CTX_set_info_callback(3)). */
export function SSL_CTX_set_info_callback(ctx: SSL_CTX, cb: SSL_info_cb | null): void {
  liveCtx(ctx).settings.infoCallback = requireCallback(cb, 'cb')
}

/** SSL_CTX_set_info_callback for one connection, in place of its context's. */
export function SSL_set_info_callback(ssl: SSL, cb: SSL_info_cb | null): void {
  liveSsl(ssl).settings.infoCallback = requireCallback(cb, 'cb')
}

/** The callback of SSL_CTX_set_info_callback; null for none. */
export function SSL_CTX_get_info_callback(ctx: SSL_CTX): SSL_info_cb | null {
  return liveCtx(ctx).settings.infoCallback
}

/** SSL_CTX_get_info_callback for one connection. */
export function SSL_get_info_callback(ssl: SSL): SSL_info_cb | null {
  return liveSsl(ssl).settings.infoCallback
}

/** Sets who sees record headers and whole messages (SSL_CTX_set_msg_callback(3)). */
export function SSL_CTX_set_msg_callback(ctx: SSL_CTX, cb: SSL_msg_cb | null): void {
  liveCtx(ctx).settings.msgCallback = requireCallback(cb, 'cb')
}

/** SSL_CTX_set_msg_callback for one connection. */
export function SSL_set_msg_callback(ssl: SSL, cb: SSL_msg_cb | null): void {
  liveSsl(ssl).settings.msgCallback = requireCallback(cb, 'cb')
}

/** What the message callback gets as its last argument. */
export function SSL_CTX_set_msg_callback_arg(ctx: SSL_CTX, arg: unknown): void {
  liveCtx(ctx).settings.msgCallbackArg = arg
}

/** SSL_CTX_set_msg_callback_arg for one connection. */
export function SSL_set_msg_callback_arg(ssl: SSL, arg: unknown): void {
  liveSsl(ssl).settings.msgCallbackArg = arg
}

/** Sets who gets the secrets, in lines of the SSLKEYLOGFILE format (SSL_CTX_set_keylog_callback(3)). */
export function SSL_CTX_set_keylog_callback(ctx: SSL_CTX, cb: SSL_CTX_keylog_cb_func | null): void {
  liveCtx(ctx).keylogCallback = requireCallback(cb, 'cb')
}

/** The callback of SSL_CTX_set_keylog_callback; null for none. */
export function SSL_CTX_get_keylog_callback(ctx: SSL_CTX): SSL_CTX_keylog_cb_func | null {
  return liveCtx(ctx).keylogCallback
}

/** The state in five or six letters, such as `TRCH`; `SSLERR` after a failure (SSL_state_string(3)). */
export function SSL_state_string(s: SSL): string {
  return stateOf(liveSsl(s)).short
}

/** The state in words, such as `SSLv3/TLS read client hello`; `error` after a failure. */
export function SSL_state_string_long(s: SSL): string {
  return stateOf(liveSsl(s)).long
}

/** `RH`: datagrams are read whole, so a record is never half read (SSL_rstate_string(3)). */
export function SSL_rstate_string(s: SSL): string {
  liveSsl(s)
  return 'RH'
}

/** SSL_rstate_string in words: `read header`. */
export function SSL_rstate_string_long(s: SSL): string {
  liveSsl(s)
  return 'read header'
}

/** The state as a TLS_ST_* or DTLS_ST_* number; after a failure the one where it happened (SSL_get_state(3)). */
export function SSL_get_state(ssl: SSL): OSSL_HANDSHAKE_STATE {
  const { connection, role } = liveSsl(ssl)
  return shownState(connection?.negotiated.state ?? 'before', role === 'server').number
}

/** SSL_get_state, as 1.0.2 named it. */
export const SSL_state: typeof SSL_get_state = SSL_get_state

/** 1 before and in a handshake, and after a failure; 0 when application data may flow (SSL_in_init(3)). */
export function SSL_in_init(s: SSL): number {
  return 1 - SSL_is_init_finished(s)
}

/** 1 while no handshake has begun. */
export function SSL_in_before(s: SSL): number {
  const { connection } = liveSsl(s)
  return Number(connection === null || (connection.state === 'before' && !connection.begun))
}

/** 1 when the handshake is done and nothing has failed since. */
export function SSL_is_init_finished(s: SSL): number {
  return Number(stateOf(liveSsl(s)).number === TLS_ST_OK)
}

/** SSL_in_init of a client. */
export function SSL_in_connect_init(s: SSL): number {
  return Number(SSL_in_init(s) === 1 && !s.isServer)
}

/** SSL_in_init of a server. */
export function SSL_in_accept_init(s: SSL): number {
  return Number(SSL_in_init(s) === 1 && s.isServer)
}

/** The level in the number that an info callback gets for an alert: `W`, `F` or `U` (SSL_alert_type_string(3)). */
export function SSL_alert_type_string(value: number): string {
  return LEVELS.get(requireInteger(value, 'value') >> 8)?.[0] ?? 'U'
}

/** The level in words: `warning`, `fatal` or `unknown`. */
export function SSL_alert_type_string_long(value: number): string {
  return LEVELS.get(requireInteger(value, 'value') >> 8)?.[1] ?? 'unknown'
}

/** The alert in two letters, such as `HF`; `UK` when it is not known (SSL_alert_desc_string(3)). */
export function SSL_alert_desc_string(value: number): string {
  return ALERTS.get(requireInteger(value, 'value') & 0xff)?.[0] ?? 'UK'
}

/** The alert in words, such as `handshake failure`; `unknown` when it is not known. */
export function SSL_alert_desc_string_long(value: number): string {
  return ALERTS.get(requireInteger(value, 'value') & 0xff)?.[1] ?? 'unknown'
}

function stateOf({ connection, role }: SSL): ShownState {
  return shownState(connection?.state ?? 'before', role === 'server')
}

const LEVELS: ReadonlyMap<number, readonly [string, string]> = new Map([
  [SSL3_AL_WARNING, ['W', 'warning']],
  [SSL3_AL_FATAL, ['F', 'fatal']],
])

const ALERTS: ReadonlyMap<number, readonly [string, string]> = new Map([
  [0, ['CN', 'close notify']],
  [10, ['UM', 'unexpected_message']],
  [20, ['BM', 'bad record mac']],
  [21, ['DC', 'decryption failed']],
  [22, ['RO', 'record overflow']],
  [30, ['DF', 'decompression failure']],
  [40, ['HF', 'handshake failure']],
  [41, ['NC', 'no certificate']],
  [42, ['BC', 'bad certificate']],
  [43, ['UC', 'unsupported certificate']],
  [44, ['CR', 'certificate revoked']],
  [45, ['CE', 'certificate expired']],
  [46, ['CU', 'certificate unknown']],
  [47, ['IP', 'illegal parameter']],
  [48, ['CA', 'unknown CA']],
  [49, ['AD', 'access denied']],
  [50, ['DE', 'decode error']],
  [51, ['CY', 'decrypt error']],
  [60, ['ER', 'export restriction']],
  [70, ['PV', 'protocol version']],
  [71, ['IS', 'insufficient security']],
  [80, ['IE', 'internal error']],
  [90, ['US', 'user canceled']],
  [100, ['NR', 'no renegotiation']],
  [110, ['UE', 'unsupported extension']],
  [111, ['CO', 'certificate unobtainable']],
  [112, ['UN', 'unrecognized name']],
  [113, ['BR', 'bad certificate status response']],
  [114, ['BH', 'bad certificate hash value']],
  [115, ['UP', 'unknown PSK identity']],
  [120, ['UK', 'no application protocol']],
])
