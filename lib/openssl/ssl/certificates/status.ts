import { copy, EMPTY } from '../../../base/bytes.ts'
import { ProtocolFailure } from '../../../base/failure.ts'
import type { StatusVerdict } from '../../../handshake/config.ts'
import { sequence } from '../../../pki/der.ts'
import { encodeExtension } from '../../../pki/issue.ts'
import { parseRequestExtensions, parseResponderId } from '../../../pki/ocsp/ocsp.ts'
import type { StatusRequest } from '../../../wire/extensions/status-request.ts'
import { type Out, requireBytes, requireCallback, requireInteger, requireLength, requireOut } from '../../boundary.ts'
import { SSL_TLSEXT_ERR_NOACK, SSL_TLSEXT_ERR_OK, TLSEXT_STATUSTYPE_ocsp } from '../../constants/tls1.ts'
import { X509_EXTENSION } from '../../x509/extensions/extension-value.ts'
import { OCSP_RESPID } from '../../x509/ocsp/id.ts'
import type { SSL_status_cb } from '../callbacks.ts'
import type { SSL_CTX } from '../ctx.ts'
import { liveCtx, liveSsl } from '../owner.ts'
import type { SSL } from '../ssl.ts'

/**
 * Sets who gives a server's OCSP response, or judges on a client the one that came (SSL_CTX_set_tlsext_status_cb(3)). A
 * server's callback sets it with SSL_set_tlsext_status_ocsp_resp and returns SSL_TLSEXT_ERR_OK, _NOACK for none, or
 * _ALERT_FATAL; a client's returns 1, 0 to refuse the server, or below 0 when it cannot judge.
 * @returns 1
 */
export function SSL_CTX_set_tlsext_status_cb(ctx: SSL_CTX, cb: SSL_status_cb | null): number {
  liveCtx(ctx).statusCallback = requireCallback(cb, 'cb')
  return 1
}

/** What the callback gets as its last argument. @returns 1 */
export function SSL_CTX_set_tlsext_status_arg(ctx: SSL_CTX, arg: unknown): number {
  liveCtx(ctx).statusArg = arg
  return 1
}

/**
 * The callback of OCSP stapling.
 * @param cb - takes the callback of SSL_CTX_set_tlsext_status_cb, null for none
 * @returns 1
 */
export function SSL_CTX_get_tlsext_status_cb(ctx: SSL_CTX, cb: Out<SSL_status_cb | null>): number {
  requireOut(cb, 'cb').value = liveCtx(ctx).statusCallback
  return 1
}

/**
 * The value that the callback of OCSP stapling gets.
 * @param arg - takes the value of SSL_CTX_set_tlsext_status_arg
 * @returns 1
 */
export function SSL_CTX_get_tlsext_status_arg(ctx: SSL_CTX, arg: Out<unknown>): number {
  requireOut(arg, 'arg').value = liveCtx(ctx).statusArg
  return 1
}

/** Has clients ask for the status of the server's certificate. @param type - TLSEXT_STATUSTYPE_ocsp @returns 1 */
export function SSL_CTX_set_tlsext_status_type(ctx: SSL_CTX, type: number): number {
  liveCtx(ctx).settings.statusType = requireInteger(type, 'type')
  return 1
}

/** The type that SSL_CTX_set_tlsext_status_type has set; -1 for none. */
export function SSL_CTX_get_tlsext_status_type(ctx: SSL_CTX): number {
  return liveCtx(ctx).settings.statusType
}

/** SSL_CTX_set_tlsext_status_type for one connection. */
export function SSL_set_tlsext_status_type(s: SSL, type: number): number {
  liveSsl(s).settings.statusType = requireInteger(type, 'type')
  return 1
}

/** What a client asks for, or on a server what its client has asked for: TLSEXT_STATUSTYPE_ocsp, or -1. */
export function SSL_get_tlsext_status_type(s: SSL): number {
  return liveSsl(s).settings.statusType
}

/**
 * The responders of the OCSP request (SSL_get_tlsext_status_ids(3)).
 * @param ids - takes the responders that a client trusts, as was set or as it came, null for any
 * @returns 1
 */
export function SSL_get_tlsext_status_ids(ssl: SSL, ids: Out<OCSP_RESPID[] | null>): number {
  requireOut(ids, 'ids').value = liveSsl(ssl).statusIds
  return 1
}

/** Sets the responders that a client trusts; null: any. @returns 1 */
export function SSL_set_tlsext_status_ids(ssl: SSL, ids: OCSP_RESPID[] | null): number {
  liveSsl(ssl).statusIds = ids
  return 1
}

/**
 * The extensions of the OCSP request (SSL_get_tlsext_status_exts(3)).
 * @param exts - takes the extensions of a client's OCSP request, as was set or as it came, null for none
 * @returns 1
 */
export function SSL_get_tlsext_status_exts(ssl: SSL, exts: Out<X509_EXTENSION[] | null>): number {
  requireOut(exts, 'exts').value = liveSsl(ssl).statusExtensions
  return 1
}

/** Sets the extensions of a client's OCSP request; null: none. @returns 1 */
export function SSL_set_tlsext_status_exts(ssl: SSL, exts: X509_EXTENSION[] | null): number {
  liveSsl(ssl).statusExtensions = exts
  return 1
}

/**
 * The OCSP response, in DER: on a client the one that came, on a server the one that was set.
 * @param resp - takes it, null for none
 * @returns its length in bytes; -1 for none
 */
export function SSL_get_tlsext_status_ocsp_resp(ssl: SSL, resp: Out<Uint8Array | null>): number {
  const { statusResponse } = liveSsl(ssl)
  requireOut(resp, 'resp').value = statusResponse
  return statusResponse === null || statusResponse.length === 0 ? -1 : statusResponse.length
}

/** Sets the OCSP response that a server sends, in DER; it is copied. Null: none. @param len - bytes of `resp` @returns 1 */
export function SSL_set_tlsext_status_ocsp_resp(ssl: SSL, resp: Uint8Array | null, len?: number): number {
  const s = liveSsl(ssl)
  const bytes = resp === null ? null : copy(requireBytes(resp, 'resp').subarray(0, requireLength(len, resp, 'len')))
  s.statusResponse = bytes
  return 1
}

/** What a client's hello asks for. */
export function statusRequestOf(ssl: SSL): StatusRequest | null {
  const { settings, statusIds, statusExtensions } = ssl
  if (settings.statusType !== TLSEXT_STATUSTYPE_ocsp) return null
  return {
    responderIds: (statusIds ?? []).map(({ der }) => der),
    requestExtensions:
      statusExtensions === null
        ? EMPTY
        : sequence(...statusExtensions.map(({ extension }) => encodeExtension(extension))),
  }
}

/** A new handshake begins: what the last one brought is no answer to it. */
export function forgetStatus(ssl: SSL, role: 'client' | 'server'): void {
  if (role === 'client') ssl.statusResponse = null
  else ssl.settings.statusType = STATUSTYPE_nothing
}

/** What a server's client asks for. */
export function noteStatusRequest(ssl: SSL, { responderIds, requestExtensions }: StatusRequest): void {
  ssl.settings.statusType = TLSEXT_STATUSTYPE_ocsp
  ssl.statusIds = responderIds.length === 0 ? null : responderIds.map(der => new OCSP_RESPID(parseResponderId(der)))
  ssl.statusExtensions =
    requestExtensions.length === 0
      ? null
      : parseRequestExtensions(requestExtensions).map(extension => new X509_EXTENSION(extension))
}

/** A server's response. */
export function answerStatus(ssl: SSL): Uint8Array | null {
  const { statusCallback, statusArg } = ssl.ctx
  if (statusCallback === null) return null
  const answer = statusCallback(ssl, statusArg)
  if (answer === SSL_TLSEXT_ERR_NOACK) return null
  if (answer !== SSL_TLSEXT_ERR_OK) throw new ProtocolFailure('status-callback-server')
  return ssl.statusResponse
}

/** A client's judgement of what came, or that nothing came. */
export function judgeStatus(ssl: SSL, response: Uint8Array | null): StatusVerdict {
  ssl.statusResponse = response
  const { statusCallback, statusArg } = ssl.ctx
  if (ssl.settings.statusType === STATUSTYPE_nothing || statusCallback === null) return 'accepted'
  const answer = statusCallback(ssl, statusArg)
  if (answer === 0) return 'refused'
  return answer < 0 ? 'failed' : 'accepted'
}

const STATUSTYPE_nothing = -1
