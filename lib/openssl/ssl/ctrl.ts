import {
  type ClassOf,
  requireBytes,
  requireInstance,
  requireInteger,
  requireLive,
  requireLiveOrNull,
  requireOut,
  requireString,
} from '../boundary.ts'
import { ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED } from '../constants/err.ts'
import * as C from '../constants/ssl.ts'
import { SSL_R_SSL3_EXT_INVALID_SERVERNAME_TYPE } from '../constants/sslerr.ts'
import { TLSEXT_NAMETYPE_host_name } from '../constants/tls1.ts'
import { DH } from '../evp/dh.ts'
import { EC_KEY } from '../evp/keygen.ts'
import { X509_EXTENSION } from '../x509/extensions/extension-value.ts'
import { OCSP_RESPID } from '../x509/ocsp/id.ts'
import { X509_STORE } from '../x509/store/store.ts'
import { X509 } from '../x509/x509.ts'
import { SSL_get0_raw_cipherlist } from './algorithms/ciphers.ts'
import {
  SSL_CTX_set_dh_auto,
  SSL_CTX_set_tmp_dh,
  SSL_CTX_set_tmp_ecdh,
  SSL_set_dh_auto,
  SSL_set_tmp_dh,
  SSL_set_tmp_ecdh,
} from './algorithms/dh.ts'
import * as groups from './algorithms/groups.ts'
import * as sigalgs from './algorithms/sigalgs.ts'
import { SSL_get_peer_tmp_key, SSL_get_tmp_key } from './algorithms/temporary-key.ts'
import * as types from './certificates/certificate-types.ts'
import * as chains from './certificates/chains.ts'
import { SSL_get_extms_support, SSL_get_secure_renegotiation_support } from './certificates/peer.ts'
import { refuse } from './certificates/slots.ts'
import * as status from './certificates/status.ts'
import { SSL_set_retry_verify } from './certificates/verify.ts'
import type { SSL_CTX } from './ctx.ts'
import { SSL_CTX_set_tlsext_servername_arg, SSL_set_tlsext_host_name } from './extensions/sni.ts'
import { SSL_set_tlsext_debug_arg } from './extensions/tlsext-debug.ts'
import * as heartbeat from './heartbeat.ts'
import { SSL_CTX_set_msg_callback_arg, SSL_set_msg_callback_arg } from './info.ts'
import * as misc from './misc.ts'
import { DTLS_get_link_min_mtu, DTLS_set_link_mtu, SSL_set_mtu } from './mtu.ts'
import * as options from './options.ts'
import { liveCtx, liveSsl } from './owner.ts'
import * as renegotiation from './renegotiation.ts'
import * as sessions from './sessions/cache.ts'
import { SSL_CTX_get_tlsext_ticket_keys, SSL_CTX_set_tlsext_ticket_keys } from './sessions/tickets.ts'
import type { SSL } from './ssl.ts'
import { DTLSv1_get_timeout, DTLSv1_handle_timeout, type timeval } from './timeout.ts'
import * as versions from './versions.ts'

/**
 * Does by number what the macros and functions of this library do by name (SSL_ctrl(3)).
 * @param cmd - SSL_CTRL_* or DTLS_CTRL_* @param larg - the number of the command, if it wants one
 * @param parg - what else it wants: a list, a string, an object to fill
 * @returns what the function of that name gives; 0 with nothing queued for a command that is not known
 */
export function SSL_ctrl(ssl: SSL, cmd: number, larg: number, parg: unknown): number {
  const s = liveSsl(ssl)
  return OF_SSL.get(requireInteger(cmd, 'cmd'))?.(s, requireInteger(larg, 'larg'), parg) ?? 0
}

/** SSL_ctrl for a context. */
export function SSL_CTX_ctrl(ctx: SSL_CTX, cmd: number, larg: number, parg: unknown): number {
  const context = liveCtx(ctx)
  return OF_CTX.get(requireInteger(cmd, 'cmd'))?.(context, requireInteger(larg, 'larg'), parg) ?? 0
}

type Handler<T> = (object: T, larg: number, parg: unknown) => number

const x509 = (parg: unknown): X509 => requireLive(parg, X509, 'parg')
const stack = (parg: unknown): X509[] | null => (parg === null || parg === undefined ? null : list(parg).map(x509))
const listOf = <T>(parg: unknown, type: ClassOf<T>): T[] | null =>
  parg === null ? null : list(parg).map(item => requireInstance(item, type, 'parg'))
const store = (parg: unknown): X509_STORE | null => requireLiveOrNull(parg, X509_STORE, 'parg')
const bytesOrNull = (parg: unknown): Uint8Array | null => (parg === null ? null : requireBytes(parg, 'parg'))
const bytes = (parg: unknown): Uint8Array | null => (parg === null ? null : requireBytes(parg, 'parg'))
const text = (parg: unknown): string | null => (parg === null ? null : requireString(parg, 'parg'))
const numbers = (parg: unknown): number[] =>
  (parg === null ? [] : list(parg)).map(value => requireInteger(value, 'parg'))
const dh = (parg: unknown): DH | null => (parg === null ? null : requireInstance(parg, DH, 'parg'))
const ecKey = (parg: unknown): EC_KEY | null => (parg === null ? null : requireInstance(parg, EC_KEY, 'parg'))

function list(parg: unknown): unknown[] {
  if (!Array.isArray(parg)) throw new TypeError('parg: an array is needed')
  return parg
}

/** An array that is filled in place, or null. */
function numbersToFill(parg: unknown): number[] | null {
  if (parg === null || parg === undefined) return null
  const target: unknown[] = list(parg)
  if (!isNumbers(target)) throw new TypeError('parg: an array of numbers is needed')
  return target
}

function isNumbers(values: unknown[]): values is number[] {
  return values.every(value => typeof value === 'number')
}

function time(parg: unknown): timeval {
  if (!isTimeval(parg)) throw new TypeError('parg: an object { tv_sec, tv_usec } is needed')
  return parg
}

function isTimeval(value: unknown): value is timeval {
  return typeof value === 'object' && value !== null
}

function setHostName(s: SSL, larg: number, parg: unknown): number {
  if (larg !== TLSEXT_NAMETYPE_host_name) return refuse(SSL_R_SSL3_EXT_INVALID_SERVERNAME_TYPE)
  return SSL_set_tlsext_host_name(s, text(parg))
}

function done(action: () => void): 1 {
  action()
  return 1
}

const OF_SSL: ReadonlyMap<number, Handler<SSL>> = new Map<number, Handler<SSL>>([
  [C.SSL_CTRL_MODE, (s, larg) => options.SSL_set_mode(s, larg)],
  [C.SSL_CTRL_CLEAR_MODE, (s, larg) => options.SSL_clear_mode(s, larg)],
  [C.SSL_CTRL_CERT_FLAGS, (s, larg) => options.SSL_set_cert_flags(s, larg)],
  [C.SSL_CTRL_CLEAR_CERT_FLAGS, (s, larg) => options.SSL_clear_cert_flags(s, larg)],
  [C.SSL_CTRL_SET_MSG_CALLBACK_ARG, (s, _larg, parg) => done(() => SSL_set_msg_callback_arg(s, parg))],
  [C.SSL_CTRL_SET_MTU, (s, larg) => SSL_set_mtu(s, larg)],
  [C.DTLS_CTRL_SET_LINK_MTU, (s, larg) => DTLS_set_link_mtu(s, larg)],
  [C.DTLS_CTRL_GET_LINK_MIN_MTU, s => DTLS_get_link_min_mtu(s)],
  [C.DTLS_CTRL_GET_TIMEOUT, (s, _larg, parg) => DTLSv1_get_timeout(s, time(parg))],
  [C.DTLS_CTRL_HANDLE_TIMEOUT, s => DTLSv1_handle_timeout(s)],
  [C.SSL_CTRL_GET_READ_AHEAD, s => misc.SSL_get_read_ahead(s)],
  [C.SSL_CTRL_SET_READ_AHEAD, (s, larg) => swap(misc.SSL_get_read_ahead(s), () => misc.SSL_set_read_ahead(s, larg))],
  [C.SSL_CTRL_GET_MAX_CERT_LIST, s => misc.SSL_get_max_cert_list(s)],
  [C.SSL_CTRL_SET_MAX_CERT_LIST, (s, larg) => misc.SSL_set_max_cert_list(s, larg)],
  [C.SSL_CTRL_SET_MAX_SEND_FRAGMENT, (s, larg) => misc.SSL_set_max_send_fragment(s, larg)],
  [C.SSL_CTRL_SET_SPLIT_SEND_FRAGMENT, (s, larg) => misc.SSL_set_split_send_fragment(s, larg)],
  [C.SSL_CTRL_SET_MAX_PIPELINES, (s, larg) => misc.SSL_set_max_pipelines(s, larg)],
  [C.SSL_CTRL_SET_MIN_PROTO_VERSION, (s, larg) => versions.SSL_set_min_proto_version(s, larg)],
  [C.SSL_CTRL_GET_MIN_PROTO_VERSION, s => versions.SSL_get_min_proto_version(s)],
  [C.SSL_CTRL_SET_MAX_PROTO_VERSION, (s, larg) => versions.SSL_set_max_proto_version(s, larg)],
  [C.SSL_CTRL_GET_MAX_PROTO_VERSION, s => versions.SSL_get_max_proto_version(s)],
  [C.SSL_CTRL_SET_DH_AUTO, (s, larg) => SSL_set_dh_auto(s, larg)],
  [C.SSL_CTRL_SET_TMP_DH, (s, _larg, parg) => SSL_set_tmp_dh(s, dh(parg))],
  [C.SSL_CTRL_SET_TMP_DH_CB, () => refuse(ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED)],
  [C.SSL_CTRL_SET_TMP_ECDH, (s, _larg, parg) => SSL_set_tmp_ecdh(s, ecKey(parg))],
  [C.SSL_CTRL_SET_TLSEXT_HOSTNAME, setHostName],
  // 1.1.0's DTLS_EXT forms have the same numbers.
  [C.SSL_CTRL_TLS_EXT_SEND_HEARTBEAT, s => heartbeat.SSL_heartbeat(s)],
  [C.SSL_CTRL_GET_TLS_EXT_HEARTBEAT_PENDING, s => heartbeat.SSL_get_tlsext_heartbeat_pending(s)],
  [C.SSL_CTRL_SET_TLS_EXT_HEARTBEAT_NO_REQUESTS, (s, larg) => heartbeat.SSL_set_tlsext_heartbeat_no_requests(s, larg)],
  [C.SSL_CTRL_GET_NUM_RENEGOTIATIONS, s => renegotiation.SSL_num_renegotiations(s)],
  [C.SSL_CTRL_CLEAR_NUM_RENEGOTIATIONS, s => renegotiation.SSL_clear_num_renegotiations(s)],
  [C.SSL_CTRL_GET_TOTAL_RENEGOTIATIONS, s => renegotiation.SSL_total_renegotiations(s)],
  [C.SSL_CTRL_GET_RI_SUPPORT, s => SSL_get_secure_renegotiation_support(s)],
  [C.SSL_CTRL_GET_EXTMS_SUPPORT, s => SSL_get_extms_support(s)],
  [C.SSL_CTRL_SET_RETRY_VERIFY, s => SSL_set_retry_verify(s)],
  [C.SSL_CTRL_CHAIN, (s, larg, parg) => (larg === 0 ? chains.SSL_set0_chain : chains.SSL_set1_chain)(s, stack(parg))],
  [
    C.SSL_CTRL_CHAIN_CERT,
    (s, larg, parg) => (larg === 0 ? chains.SSL_add0_chain_cert : chains.SSL_add1_chain_cert)(s, x509(parg)),
  ],
  [C.SSL_CTRL_GET_CHAIN_CERTS, (s, _larg, parg) => chains.SSL_get0_chain_certs(s, requireOut(parg, 'parg'))],
  [
    C.SSL_CTRL_SELECT_CURRENT_CERT,
    (s, _larg, parg) => chains.SSL_select_current_cert(s, parg === null ? null : x509(parg)),
  ],
  [C.SSL_CTRL_SET_CURRENT_CERT, (s, larg) => chains.SSL_set_current_cert(s, larg)],
  [C.SSL_CTRL_BUILD_CERT_CHAIN, (s, larg) => chains.SSL_build_cert_chain(s, larg)],
  [
    C.SSL_CTRL_SET_VERIFY_CERT_STORE,
    (s, larg, parg) =>
      (larg === 0 ? chains.SSL_set0_verify_cert_store : chains.SSL_set1_verify_cert_store)(s, store(parg)),
  ],
  [
    C.SSL_CTRL_SET_CHAIN_CERT_STORE,
    (s, larg, parg) =>
      (larg === 0 ? chains.SSL_set0_chain_cert_store : chains.SSL_set1_chain_cert_store)(s, store(parg)),
  ],
  [
    C.SSL_CTRL_GET_VERIFY_CERT_STORE,
    (s, _larg, parg) => chains.SSL_get0_verify_cert_store(s, requireOut(parg, 'parg')),
  ],
  [C.SSL_CTRL_GET_CHAIN_CERT_STORE, (s, _larg, parg) => chains.SSL_get0_chain_cert_store(s, requireOut(parg, 'parg'))],
  [C.SSL_CTRL_SET_GROUPS, (s, larg, parg) => groups.SSL_set1_groups(s, numbers(parg), larg)],
  [C.SSL_CTRL_SET_GROUPS_LIST, (s, _larg, parg) => groups.SSL_set1_groups_list(s, text(parg))],
  [C.SSL_CTRL_GET_GROUPS, (s, _larg, parg) => groups.SSL_get1_groups(s, numbersToFill(parg))],
  [C.SSL_CTRL_GET_SHARED_GROUP, (s, larg) => groups.SSL_get_shared_group(s, larg)],
  [C.SSL_CTRL_GET_NEGOTIATED_GROUP, s => groups.SSL_get_negotiated_group(s)],
  [C.SSL_CTRL_GET_EC_POINT_FORMATS, (s, _larg, parg) => groups.SSL_get0_ec_point_formats(s, requireOut(parg, 'parg'))],
  [C.SSL_CTRL_SET_SIGALGS, (s, larg, parg) => sigalgs.SSL_set1_sigalgs(s, numbers(parg), larg)],
  [C.SSL_CTRL_SET_SIGALGS_LIST, (s, _larg, parg) => sigalgs.SSL_set1_sigalgs_list(s, text(parg))],
  [C.SSL_CTRL_SET_CLIENT_SIGALGS, (s, larg, parg) => sigalgs.SSL_set1_client_sigalgs(s, numbers(parg), larg)],
  [C.SSL_CTRL_SET_CLIENT_SIGALGS_LIST, (s, _larg, parg) => sigalgs.SSL_set1_client_sigalgs_list(s, text(parg))],
  [
    C.SSL_CTRL_GET_PEER_SIGNATURE_NID,
    (s, _larg, parg) => sigalgs.SSL_get_peer_signature_nid(s, requireOut(parg, 'parg')),
  ],
  [C.SSL_CTRL_GET_SIGNATURE_NID, (s, _larg, parg) => sigalgs.SSL_get_signature_nid(s, requireOut(parg, 'parg'))],
  [
    C.SSL_CTRL_GET_CLIENT_CERT_TYPES,
    (s, _larg, parg) => types.SSL_get0_certificate_types(s, parg === null ? null : requireOut(parg, 'parg')),
  ],
  [
    C.SSL_CTRL_SET_CLIENT_CERT_TYPES,
    (s, larg, parg) => types.SSL_set1_client_certificate_types(s, bytesOrNull(parg), larg),
  ],
  [C.SSL_CTRL_GET_PEER_TMP_KEY, (s, _larg, parg) => SSL_get_peer_tmp_key(s, requireOut(parg, 'parg'))],
  [C.SSL_CTRL_GET_TMP_KEY, (s, _larg, parg) => SSL_get_tmp_key(s, requireOut(parg, 'parg'))],
  [C.SSL_CTRL_SET_TLSEXT_STATUS_REQ_TYPE, (s, larg) => status.SSL_set_tlsext_status_type(s, larg)],
  [C.SSL_CTRL_GET_TLSEXT_STATUS_REQ_TYPE, s => status.SSL_get_tlsext_status_type(s)],
  [
    C.SSL_CTRL_SET_TLSEXT_STATUS_REQ_OCSP_RESP,
    (s, larg, parg) => status.SSL_set_tlsext_status_ocsp_resp(s, bytesOrNull(parg), larg),
  ],
  [
    C.SSL_CTRL_GET_TLSEXT_STATUS_REQ_OCSP_RESP,
    (s, _larg, parg) => status.SSL_get_tlsext_status_ocsp_resp(s, requireOut(parg, 'parg')),
  ],
  [
    C.SSL_CTRL_GET_TLSEXT_STATUS_REQ_IDS,
    (s, _larg, parg) => status.SSL_get_tlsext_status_ids(s, requireOut(parg, 'parg')),
  ],
  [
    C.SSL_CTRL_SET_TLSEXT_STATUS_REQ_IDS,
    (s, _larg, parg) => status.SSL_set_tlsext_status_ids(s, listOf(parg, OCSP_RESPID)),
  ],
  [
    C.SSL_CTRL_GET_TLSEXT_STATUS_REQ_EXTS,
    (s, _larg, parg) => status.SSL_get_tlsext_status_exts(s, requireOut(parg, 'parg')),
  ],
  [
    C.SSL_CTRL_SET_TLSEXT_STATUS_REQ_EXTS,
    (s, _larg, parg) => status.SSL_set_tlsext_status_exts(s, listOf(parg, X509_EXTENSION)),
  ],
  [C.SSL_CTRL_SET_TLSEXT_DEBUG_ARG, (s, _larg, parg) => SSL_set_tlsext_debug_arg(s, parg)],
  [
    C.SSL_CTRL_GET_RAW_CIPHERLIST,
    (s, _larg, parg) => SSL_get0_raw_cipherlist(s, parg === null ? null : requireOut(parg, 'parg')),
  ],
])

const OF_CTX: ReadonlyMap<number, Handler<SSL_CTX>> = new Map<number, Handler<SSL_CTX>>([
  [C.SSL_CTRL_MODE, (ctx, larg) => options.SSL_CTX_set_mode(ctx, larg)],
  [C.SSL_CTRL_CLEAR_MODE, (ctx, larg) => options.SSL_CTX_clear_mode(ctx, larg)],
  [C.SSL_CTRL_CERT_FLAGS, (ctx, larg) => options.SSL_CTX_set_cert_flags(ctx, larg)],
  [C.SSL_CTRL_CLEAR_CERT_FLAGS, (ctx, larg) => options.SSL_CTX_clear_cert_flags(ctx, larg)],
  [C.SSL_CTRL_SET_MSG_CALLBACK_ARG, (ctx, _larg, parg) => done(() => SSL_CTX_set_msg_callback_arg(ctx, parg))],
  [C.SSL_CTRL_GET_READ_AHEAD, ctx => misc.SSL_CTX_get_read_ahead(ctx)],
  [C.SSL_CTRL_SET_READ_AHEAD, (ctx, larg) => misc.SSL_CTX_set_read_ahead(ctx, larg)],
  [C.SSL_CTRL_GET_MAX_CERT_LIST, ctx => misc.SSL_CTX_get_max_cert_list(ctx)],
  [C.SSL_CTRL_SET_MAX_CERT_LIST, (ctx, larg) => misc.SSL_CTX_set_max_cert_list(ctx, larg)],
  [C.SSL_CTRL_SET_MAX_SEND_FRAGMENT, (ctx, larg) => misc.SSL_CTX_set_max_send_fragment(ctx, larg)],
  [C.SSL_CTRL_SET_SPLIT_SEND_FRAGMENT, (ctx, larg) => misc.SSL_CTX_set_split_send_fragment(ctx, larg)],
  [C.SSL_CTRL_SET_MAX_PIPELINES, (ctx, larg) => misc.SSL_CTX_set_max_pipelines(ctx, larg)],
  [C.SSL_CTRL_SESS_NUMBER, ctx => sessions.SSL_CTX_sess_number(ctx)],
  [C.SSL_CTRL_SESS_CONNECT, ctx => sessions.SSL_CTX_sess_connect(ctx)],
  [C.SSL_CTRL_SESS_CONNECT_GOOD, ctx => sessions.SSL_CTX_sess_connect_good(ctx)],
  [C.SSL_CTRL_SESS_CONNECT_RENEGOTIATE, ctx => sessions.SSL_CTX_sess_connect_renegotiate(ctx)],
  [C.SSL_CTRL_SESS_ACCEPT, ctx => sessions.SSL_CTX_sess_accept(ctx)],
  [C.SSL_CTRL_SESS_ACCEPT_GOOD, ctx => sessions.SSL_CTX_sess_accept_good(ctx)],
  [C.SSL_CTRL_SESS_ACCEPT_RENEGOTIATE, ctx => sessions.SSL_CTX_sess_accept_renegotiate(ctx)],
  [C.SSL_CTRL_SESS_HIT, ctx => sessions.SSL_CTX_sess_hits(ctx)],
  [C.SSL_CTRL_SESS_CB_HIT, ctx => sessions.SSL_CTX_sess_cb_hits(ctx)],
  [C.SSL_CTRL_SESS_MISSES, ctx => sessions.SSL_CTX_sess_misses(ctx)],
  [C.SSL_CTRL_SESS_TIMEOUTS, ctx => sessions.SSL_CTX_sess_timeouts(ctx)],
  [C.SSL_CTRL_SESS_CACHE_FULL, ctx => sessions.SSL_CTX_sess_cache_full(ctx)],
  [C.SSL_CTRL_SET_TLSEXT_TICKET_KEYS, (ctx, larg, parg) => SSL_CTX_set_tlsext_ticket_keys(ctx, bytes(parg), larg)],
  [C.SSL_CTRL_GET_TLSEXT_TICKET_KEYS, (ctx, larg, parg) => SSL_CTX_get_tlsext_ticket_keys(ctx, bytes(parg), larg)],
  [C.SSL_CTRL_SET_SESS_CACHE_MODE, (ctx, larg) => misc.SSL_CTX_set_session_cache_mode(ctx, larg)],
  [C.SSL_CTRL_GET_SESS_CACHE_MODE, ctx => misc.SSL_CTX_get_session_cache_mode(ctx)],
  [C.SSL_CTRL_SET_SESS_CACHE_SIZE, (ctx, larg) => misc.SSL_CTX_sess_set_cache_size(ctx, larg)],
  [C.SSL_CTRL_GET_SESS_CACHE_SIZE, ctx => misc.SSL_CTX_sess_get_cache_size(ctx)],
  [C.SSL_CTRL_SET_MIN_PROTO_VERSION, (ctx, larg) => versions.SSL_CTX_set_min_proto_version(ctx, larg)],
  [C.SSL_CTRL_GET_MIN_PROTO_VERSION, ctx => versions.SSL_CTX_get_min_proto_version(ctx)],
  [C.SSL_CTRL_SET_MAX_PROTO_VERSION, (ctx, larg) => versions.SSL_CTX_set_max_proto_version(ctx, larg)],
  [C.SSL_CTRL_GET_MAX_PROTO_VERSION, ctx => versions.SSL_CTX_get_max_proto_version(ctx)],
  [C.SSL_CTRL_SET_DH_AUTO, (ctx, larg) => SSL_CTX_set_dh_auto(ctx, larg)],
  [C.SSL_CTRL_SET_TMP_DH, (ctx, _larg, parg) => SSL_CTX_set_tmp_dh(ctx, dh(parg))],
  [C.SSL_CTRL_SET_TMP_DH_CB, () => refuse(ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED)],
  [C.SSL_CTRL_SET_TMP_ECDH, (ctx, _larg, parg) => SSL_CTX_set_tmp_ecdh(ctx, ecKey(parg))],
  [C.SSL_CTRL_SET_TLSEXT_SERVERNAME_ARG, (ctx, _larg, parg) => SSL_CTX_set_tlsext_servername_arg(ctx, parg)],
  [C.SSL_CTRL_SET_TLSEXT_STATUS_REQ_TYPE, (ctx, larg) => status.SSL_CTX_set_tlsext_status_type(ctx, larg)],
  [C.SSL_CTRL_GET_TLSEXT_STATUS_REQ_TYPE, ctx => status.SSL_CTX_get_tlsext_status_type(ctx)],
  [C.SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB_ARG, (ctx, _larg, parg) => status.SSL_CTX_set_tlsext_status_arg(ctx, parg)],
  [
    C.SSL_CTRL_GET_TLSEXT_STATUS_REQ_CB,
    (ctx, _larg, parg) => status.SSL_CTX_get_tlsext_status_cb(ctx, requireOut(parg, 'parg')),
  ],
  [
    C.SSL_CTRL_GET_TLSEXT_STATUS_REQ_CB_ARG,
    (ctx, _larg, parg) => status.SSL_CTX_get_tlsext_status_arg(ctx, requireOut(parg, 'parg')),
  ],
  [C.SSL_CTRL_EXTRA_CHAIN_CERT, (ctx, _larg, parg) => chains.SSL_CTX_add_extra_chain_cert(ctx, x509(parg))],
  [
    C.SSL_CTRL_GET_EXTRA_CHAIN_CERTS,
    (ctx, larg, parg) =>
      (larg === 0 ? chains.SSL_CTX_get_extra_chain_certs : chains.SSL_CTX_get_extra_chain_certs_only)(
        ctx,
        requireOut(parg, 'parg'),
      ),
  ],
  [C.SSL_CTRL_CLEAR_EXTRA_CHAIN_CERTS, ctx => chains.SSL_CTX_clear_extra_chain_certs(ctx)],
  [
    C.SSL_CTRL_CHAIN,
    (ctx, larg, parg) => (larg === 0 ? chains.SSL_CTX_set0_chain : chains.SSL_CTX_set1_chain)(ctx, stack(parg)),
  ],
  [
    C.SSL_CTRL_CHAIN_CERT,
    (ctx, larg, parg) =>
      (larg === 0 ? chains.SSL_CTX_add0_chain_cert : chains.SSL_CTX_add1_chain_cert)(ctx, x509(parg)),
  ],
  [C.SSL_CTRL_GET_CHAIN_CERTS, (ctx, _larg, parg) => chains.SSL_CTX_get0_chain_certs(ctx, requireOut(parg, 'parg'))],
  [
    C.SSL_CTRL_SELECT_CURRENT_CERT,
    (ctx, _larg, parg) => chains.SSL_CTX_select_current_cert(ctx, parg === null ? null : x509(parg)),
  ],
  [C.SSL_CTRL_SET_CURRENT_CERT, (ctx, larg) => chains.SSL_CTX_set_current_cert(ctx, larg)],
  [C.SSL_CTRL_BUILD_CERT_CHAIN, (ctx, larg) => chains.SSL_CTX_build_cert_chain(ctx, larg)],
  [
    C.SSL_CTRL_SET_VERIFY_CERT_STORE,
    (ctx, larg, parg) =>
      (larg === 0 ? chains.SSL_CTX_set0_verify_cert_store : chains.SSL_CTX_set1_verify_cert_store)(ctx, store(parg)),
  ],
  [
    C.SSL_CTRL_SET_CHAIN_CERT_STORE,
    (ctx, larg, parg) =>
      (larg === 0 ? chains.SSL_CTX_set0_chain_cert_store : chains.SSL_CTX_set1_chain_cert_store)(ctx, store(parg)),
  ],
  [
    C.SSL_CTRL_GET_VERIFY_CERT_STORE,
    (ctx, _larg, parg) => chains.SSL_CTX_get0_verify_cert_store(ctx, requireOut(parg, 'parg')),
  ],
  [
    C.SSL_CTRL_GET_CHAIN_CERT_STORE,
    (ctx, _larg, parg) => chains.SSL_CTX_get0_chain_cert_store(ctx, requireOut(parg, 'parg')),
  ],
  [
    C.SSL_CTRL_SET_CLIENT_CERT_TYPES,
    (ctx, larg, parg) => types.SSL_CTX_set1_client_certificate_types(ctx, bytesOrNull(parg), larg),
  ],
  [C.SSL_CTRL_SET_GROUPS, (ctx, larg, parg) => groups.SSL_CTX_set1_groups(ctx, numbers(parg), larg)],
  [C.SSL_CTRL_SET_GROUPS_LIST, (ctx, _larg, parg) => groups.SSL_CTX_set1_groups_list(ctx, text(parg))],
  [C.SSL_CTRL_SET_SIGALGS, (ctx, larg, parg) => sigalgs.SSL_CTX_set1_sigalgs(ctx, numbers(parg), larg)],
  [C.SSL_CTRL_SET_SIGALGS_LIST, (ctx, _larg, parg) => sigalgs.SSL_CTX_set1_sigalgs_list(ctx, text(parg))],
  [C.SSL_CTRL_SET_CLIENT_SIGALGS, (ctx, larg, parg) => sigalgs.SSL_CTX_set1_client_sigalgs(ctx, numbers(parg), larg)],
  [C.SSL_CTRL_SET_CLIENT_SIGALGS_LIST, (ctx, _larg, parg) => sigalgs.SSL_CTX_set1_client_sigalgs_list(ctx, text(parg))],
])

function swap(before: number, action: () => void): number {
  action()
  return before
}
