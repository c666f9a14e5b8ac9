import { parseIp } from '../../../pki/path/identity.ts'
import { requireCallback, requireInteger, requireLive, requireString } from '../../boundary.ts'
import { ERR_pop_to_mark, ERR_set_mark } from '../../err/put.ts'
import {
  X509_get_default_cert_dir,
  X509_get_default_cert_dir_env,
  X509_get_default_cert_file,
  X509_get_default_cert_file_env,
} from '../../x509/details.ts'
import { X509_STORE_load_store } from '../../x509/store/lookup.ts'
import {
  X509_STORE,
  X509_STORE_free,
  X509_STORE_load_file,
  X509_STORE_load_path,
  X509_STORE_set_default_paths,
  X509_STORE_up_ref,
} from '../../x509/store/store.ts'
import {
  type X509_VERIFY_PARAM,
  X509_VERIFY_PARAM_add1_host,
  X509_VERIFY_PARAM_get_depth,
  X509_VERIFY_PARAM_get0_peername,
  X509_VERIFY_PARAM_get1_ip_asc,
  X509_VERIFY_PARAM_set_depth,
  X509_VERIFY_PARAM_set_hostflags,
  X509_VERIFY_PARAM_set_purpose,
  X509_VERIFY_PARAM_set_trust,
  X509_VERIFY_PARAM_set1,
  X509_VERIFY_PARAM_set1_host,
  X509_VERIFY_PARAM_set1_ip_asc,
} from '../../x509/store/verify-param.ts'
import type { X509 } from '../../x509/x509.ts'
import type { SSL_cert_verify_cb, SSL_verify_cb } from '../callbacks.ts'
import type { SSL_CTX } from '../ctx.ts'
import { storeContextIndex } from '../engine/peer-verification.ts'
import { liveCtx, liveSsl } from '../owner.ts'
import type { SSL } from '../ssl.ts'
import { openStoreUri } from './store-uri.ts'

/**
 * Says what is asked of the peer (SSL_CTX_set_verify(3)).
 * @param mode - SSL_VERIFY_NONE: a client goes on whatever the server shows, a server asks for nothing. SSL_VERIFY_PEER: a
 *   client insists, a server asks; with SSL_VERIFY_FAIL_IF_NO_PEER_CERT a server insists too
 * @param callback - called for each certificate and each error; null: errors end the handshake
 */
export function SSL_CTX_set_verify(ctx: SSL_CTX, mode: number, callback: SSL_verify_cb | null): void {
  const { settings } = liveCtx(ctx)
  settings.verifyMode = requireInteger(mode, 'mode')
  settings.verifyCallback = requireCallback(callback, 'callback')
}

/** SSL_CTX_set_verify for one connection; a null callback leaves the one that is there. */
export function SSL_set_verify(s: SSL, mode: number, callback: SSL_verify_cb | null): void {
  const { settings } = liveSsl(s)
  settings.verifyMode = requireInteger(mode, 'mode')
  settings.verifyCallback = requireCallback(callback, 'callback') ?? settings.verifyCallback
}

/** SSL_VERIFY_* of the context. */
export function SSL_CTX_get_verify_mode(ctx: SSL_CTX): number {
  return liveCtx(ctx).settings.verifyMode
}

/** SSL_CTX_get_verify_mode for one connection. */
export function SSL_get_verify_mode(s: SSL): number {
  return liveSsl(s).settings.verifyMode
}

/** The callback of SSL_CTX_set_verify; null for none. */
export function SSL_CTX_get_verify_callback(ctx: SSL_CTX): SSL_verify_cb | null {
  return liveCtx(ctx).settings.verifyCallback
}

/** SSL_CTX_get_verify_callback for one connection. */
export function SSL_get_verify_callback(s: SSL): SSL_verify_cb | null {
  return liveSsl(s).settings.verifyCallback
}

/** How many intermediate certificates a chain may have between leaf and trust anchor (SSL_CTX_set_verify_depth(3)). */
export function SSL_CTX_set_verify_depth(ctx: SSL_CTX, depth: number): void {
  X509_VERIFY_PARAM_set_depth(liveCtx(ctx).settings.param, depth)
}

/** SSL_CTX_set_verify_depth for one connection. */
export function SSL_set_verify_depth(s: SSL, depth: number): void {
  X509_VERIFY_PARAM_set_depth(liveSsl(s).settings.param, depth)
}

/** The depth that was set; -1 for none, which means 100. */
export function SSL_CTX_get_verify_depth(ctx: SSL_CTX): number {
  return X509_VERIFY_PARAM_get_depth(liveCtx(ctx).settings.param)
}

/** SSL_CTX_get_verify_depth for one connection. */
export function SSL_get_verify_depth(s: SSL): number {
  return X509_VERIFY_PARAM_get_depth(liveSsl(s).settings.param)
}

/** Sets who does the whole verification in place of X509_verify_cert; null brings that back (SSL_CTX_set_cert_verify_callback(3)). */
export function SSL_CTX_set_cert_verify_callback(
  ctx: SSL_CTX,
  cb: SSL_cert_verify_cb | null,
  arg: unknown = null,
): void {
  const context = liveCtx(ctx)
  context.certVerifyCallback = requireCallback(cb, 'cb')
  context.certVerifyArg = arg
}

/** X509_V_OK, also when the peer showed no certificate, or the X509_V_ERR_* of its chain (SSL_get_verify_result(3)). */
export function SSL_get_verify_result(ssl: SSL): number {
  return liveSsl(ssl).verifyResult
}

/** Changes what SSL_get_verify_result gives: X509_V_*. */
export function SSL_set_verify_result(ssl: SSL, v: number): void {
  liveSsl(ssl).verifyResult = requireInteger(v, 'v')
}

/**
 * Suspends a client's handshake after the verification callback that calls it: SSL_ERROR_WANT_RETRY_VERIFY, and the next
 * call verifies again (SSL_set_retry_verify(3)).
 * @returns 1
 */
export function SSL_set_retry_verify(ssl: SSL): number {
  liveSsl(ssl).retryVerify = true
  return 1
}

/** The chain that the verification built, leaf first, without references of its own; null before there is one. */
export function SSL_get0_verified_chain(s: SSL): X509[] | null {
  return liveSsl(s).verifiedChain
}

/** The index under which X509_STORE_CTX_get_ex_data gives a verification callback its SSL. */
export function SSL_get_ex_data_X509_STORE_CTX_idx(): number {
  return storeContextIndex()
}

/**
 * Trusts the certificates of a PEM file, those of a directory of hashed names, or both (SSL_CTX_load_verify_locations(3)).
 * @returns 1; 0 with nothing queued when both are null, or with the errors of reading the file. A directory is looked at when
 *   a certificate is searched for, not now
 */
export function SSL_CTX_load_verify_locations(ctx: SSL_CTX, CAfile: string | null, CApath: string | null): number {
  if (CAfile === null && CApath === null) return 0
  if (CAfile !== null && SSL_CTX_load_verify_file(ctx, CAfile) === 0) return 0
  return CApath === null ? 1 : SSL_CTX_load_verify_dir(ctx, CApath)
}

/** Trusts the certificates of a PEM file. @returns 1, or 0 with the errors of reading it; 0 for null */
export function SSL_CTX_load_verify_file(ctx: SSL_CTX, CAfile: string | null): number {
  return X509_STORE_load_file(liveCtx(ctx).certStore, CAfile)
}

/** Trusts the certificates of a directory of hashed names. @returns 1; 0 for null, and with X509_R_INVALID_DIRECTORY for '' */
export function SSL_CTX_load_verify_dir(ctx: SSL_CTX, CApath: string | null): number {
  return X509_STORE_load_path(liveCtx(ctx).certStore, CApath)
}

/** Trusts the certificates that the system has for all programs (SSL_CTX_set_default_verify_paths(3)). @returns 1 */
export function SSL_CTX_set_default_verify_paths(ctx: SSL_CTX): number {
  return X509_STORE_set_default_paths(liveCtx(ctx).certStore)
}

/** Trusts the system's directory of hashed names: SSL_CERT_DIR or the usual place, which need not exist. @returns 1 */
export function SSL_CTX_set_default_verify_dir(ctx: SSL_CTX): number {
  return SSL_CTX_load_verify_dir(ctx, process.env[X509_get_default_cert_dir_env()] ?? X509_get_default_cert_dir())
}

/** Trusts the system's file of certificates: SSL_CERT_FILE or the usual place, which need not exist. @returns 1 */
export function SSL_CTX_set_default_verify_file(ctx: SSL_CTX): number {
  const { certStore } = liveCtx(ctx)
  const file = process.env[X509_get_default_cert_file_env()] ?? X509_get_default_cert_file()
  quietly(() => X509_STORE_load_file(certStore, file))
  return 1
}

/** Trusts what the system's directory holds. @returns 1 */
export function SSL_CTX_set_default_verify_store(ctx: SSL_CTX): number {
  return SSL_CTX_set_default_verify_dir(ctx)
}

/**
 * Trusts the certificates of a `file:` URI or a path: a PEM file, or a directory of hashed names (SSL_CTX_load_verify_store(3)).
 * @returns 1; 0 with nothing queued for null, or with the errors of opening it
 */
export function SSL_CTX_load_verify_store(ctx: SSL_CTX, CAstore: string | null): number {
  const context = liveCtx(ctx)
  const found = CAstore === null ? null : openStoreUri(requireString(CAstore, 'CAstore'))
  if (found === null) return 0
  // A file without certificates is a store all the same.
  quietly(() => X509_STORE_load_store(context.certStore, found.path))
  return 1
}

/** The store of trusted certificates, without a reference of its own. */
export function SSL_CTX_get_cert_store(ctx: SSL_CTX): X509_STORE {
  return liveCtx(ctx).certStore
}

/** Replaces the store; the caller's reference goes to the context (SSL_CTX_set_cert_store(3)). */
export function SSL_CTX_set_cert_store(ctx: SSL_CTX, store: X509_STORE): void {
  const context = liveCtx(ctx)
  const fresh = requireLive(store, X509_STORE, 'store')
  X509_STORE_free(context.certStore)
  context.certStore = fresh
}

/** SSL_CTX_set_cert_store with a reference of its own. */
export function SSL_CTX_set1_cert_store(ctx: SSL_CTX, store: X509_STORE): void {
  X509_STORE_up_ref(store)
  SSL_CTX_set_cert_store(ctx, store)
}

/**
 * The host name, or IP address, that the peer's certificate must be for (SSL_set1_host(3)); null or the empty text: no check
 * of a name. An address takes the place of an earlier one and leaves names as they are, as in libssl.
 * @returns 1, or 0 for a name with a NUL
 */
export function SSL_set1_host(s: SSL, hostname: string | null): number {
  const { param } = liveSsl(s).settings
  if (hostname !== null && X509_VERIFY_PARAM_set1_ip_asc(param, requireString(hostname, 'hostname')) === 1) return 1
  return X509_VERIFY_PARAM_set1_host(param, hostname)
}

/** Another host name that will do, or the IP address. @returns 1, or 0 for a name with a NUL and for a second address */
export function SSL_add1_host(s: SSL, hostname: string | null): number {
  const { param } = liveSsl(s).settings
  if (hostname === null || parseIp(requireString(hostname, 'hostname')) === null)
    return X509_VERIFY_PARAM_add1_host(param, hostname)
  // There is room for one.
  return X509_VERIFY_PARAM_get1_ip_asc(param) === null ? X509_VERIFY_PARAM_set1_ip_asc(param, hostname) : 0
}

/** How names are compared: X509_CHECK_FLAG_*. */
export function SSL_set_hostflags(s: SSL, flags: number): void {
  X509_VERIFY_PARAM_set_hostflags(liveSsl(s).settings.param, requireInteger(flags, 'flags'))
}

/** The name of the certificate that matched; null when no name was asked for, or none did. */
export function SSL_get0_peername(s: SSL): string | null {
  return X509_VERIFY_PARAM_get0_peername(liveSsl(s).settings.param)
}

/** What the peer's certificate must be for: X509_PURPOSE_*. @returns 1, or 0 with X509V3_R_INVALID_PURPOSE */
export function SSL_CTX_set_purpose(ctx: SSL_CTX, purpose: number): number {
  return X509_VERIFY_PARAM_set_purpose(liveCtx(ctx).settings.param, requireInteger(purpose, 'purpose'))
}

/** SSL_CTX_set_purpose for one connection. */
export function SSL_set_purpose(ssl: SSL, purpose: number): number {
  return X509_VERIFY_PARAM_set_purpose(liveSsl(ssl).settings.param, requireInteger(purpose, 'purpose'))
}

/** What the trust anchor must be trusted for: X509_TRUST_*. @returns 1, or 0 with X509_R_INVALID_TRUST */
export function SSL_CTX_set_trust(ctx: SSL_CTX, trust: number): number {
  return X509_VERIFY_PARAM_set_trust(liveCtx(ctx).settings.param, requireInteger(trust, 'trust'))
}

/** SSL_CTX_set_trust for one connection. */
export function SSL_set_trust(ssl: SSL, trust: number): number {
  return X509_VERIFY_PARAM_set_trust(liveSsl(ssl).settings.param, requireInteger(trust, 'trust'))
}

/** Copies what is set in `vpm` over the parameters of verification (SSL_CTX_set1_param(3)). @returns 1 */
export function SSL_CTX_set1_param(ctx: SSL_CTX, vpm: X509_VERIFY_PARAM): number {
  return X509_VERIFY_PARAM_set1(liveCtx(ctx).settings.param, vpm)
}

/** SSL_CTX_set1_param for one connection. */
export function SSL_set1_param(ssl: SSL, vpm: X509_VERIFY_PARAM): number {
  return X509_VERIFY_PARAM_set1(liveSsl(ssl).settings.param, vpm)
}

/** The parameters of verification themselves, to be changed in place. */
export function SSL_CTX_get0_param(ctx: SSL_CTX): X509_VERIFY_PARAM {
  return liveCtx(ctx).settings.param
}

/** SSL_CTX_get0_param for one connection. */
export function SSL_get0_param(ssl: SSL): X509_VERIFY_PARAM {
  return liveSsl(ssl).settings.param
}

/** What fails here is no failure of the call. */
function quietly(action: () => unknown): void {
  ERR_set_mark()
  action()
  ERR_pop_to_mark()
}
