import { type Out, requireBytes, requireLength, requireOut } from '../../boundary.ts'
import { ERR_R_UNSUPPORTED } from '../../constants/err.ts'
import type { SSL_CTX } from '../ctx.ts'
import { liveCtx, liveSsl, type Owner } from '../owner.ts'
import type { SSL } from '../ssl.ts'
import { refuse } from './slots.ts'

/** X.509 certificates, and raw public keys (RFC 7250). */
export const TLSEXT_cert_type_x509 = 0
export const TLSEXT_cert_type_rpk = 2

// What a peer may prove itself with (RFC 7250, OpenSSL 3.2): X.509 certificates, and raw public keys nowhere here.

/**
 * Sets what a server proves itself with, best first: TLSEXT_cert_type_x509, which it does anyhow. Null: no list.
 * @param len - bytes of `val`
 * @returns 1; 0 for a value that comes twice or is unknown, and with ERR_R_UNSUPPORTED for TLSEXT_cert_type_rpk
 */
export function SSL_CTX_set1_server_cert_type(ctx: SSL_CTX, val: Uint8Array | null, len?: number): number {
  return setTypes(liveCtx(ctx), 'serverCertTypes', val, len)
}

/** SSL_CTX_set1_server_cert_type for one connection. */
export function SSL_set1_server_cert_type(s: SSL, val: Uint8Array | null, len?: number): number {
  return setTypes(liveSsl(s), 'serverCertTypes', val, len)
}

/** SSL_CTX_set1_server_cert_type for what a client proves itself with. */
export function SSL_CTX_set1_client_cert_type(ctx: SSL_CTX, val: Uint8Array | null, len?: number): number {
  return setTypes(liveCtx(ctx), 'clientCertTypes', val, len)
}

/** SSL_CTX_set1_client_cert_type for one connection. */
export function SSL_set1_client_cert_type(s: SSL, val: Uint8Array | null, len?: number): number {
  return setTypes(liveSsl(s), 'clientCertTypes', val, len)
}

/**
 * What a server may prove itself with, as was set.
 * @param t, len - take the list of SSL_CTX_set1_server_cert_type and its length
 * @returns 1
 */
export function SSL_CTX_get0_server_cert_type(ctx: SSL_CTX, t: Out<Uint8Array | null>, len: Out<number>): number {
  return give(liveCtx(ctx).settings.serverCertTypes, t, len)
}

/** SSL_CTX_get0_server_cert_type for one connection. */
export function SSL_get0_server_cert_type(s: SSL, t: Out<Uint8Array | null>, len: Out<number>): number {
  return give(liveSsl(s).settings.serverCertTypes, t, len)
}

/**
 * What a client may prove itself with, as was set.
 * @param t, len - take the list of SSL_CTX_set1_client_cert_type and its length
 * @returns 1
 */
export function SSL_CTX_get0_client_cert_type(ctx: SSL_CTX, t: Out<Uint8Array | null>, len: Out<number>): number {
  return give(liveCtx(ctx).settings.clientCertTypes, t, len)
}

/** SSL_CTX_get0_client_cert_type for one connection. */
export function SSL_get0_client_cert_type(s: SSL, t: Out<Uint8Array | null>, len: Out<number>): number {
  return give(liveSsl(s).settings.clientCertTypes, t, len)
}

/** TLSEXT_cert_type_x509: what servers prove themselves with. */
export function SSL_get_negotiated_server_cert_type(s: SSL): number {
  liveSsl(s)
  return TLSEXT_cert_type_x509
}

/** TLSEXT_cert_type_x509: what clients prove themselves with. */
export function SSL_get_negotiated_client_cert_type(s: SSL): number {
  liveSsl(s)
  return TLSEXT_cert_type_x509
}

function setTypes(
  { settings }: Owner,
  place: 'serverCertTypes' | 'clientCertTypes',
  val: Uint8Array | null,
  len: number | undefined,
): number {
  const types = val === null ? [] : [...requireBytes(val, 'val').subarray(0, requireLength(len, val, 'len'))]
  if ((val === null) !== (types.length === 0) || (val === null && (len ?? 0) !== 0)) return 0
  const known = types.every(type => type === TLSEXT_cert_type_x509 || type === TLSEXT_cert_type_rpk)
  if (!known || new Set(types).size < types.length) return 0
  if (types.includes(TLSEXT_cert_type_rpk)) return refuse(ERR_R_UNSUPPORTED)
  settings[place] = val === null ? null : Uint8Array.from(types)
  return 1
}

function give(types: Uint8Array | null, t: Out<Uint8Array | null>, len: Out<number>): number {
  requireOut(t, 't').value = types
  requireOut(len, 'len').value = types?.length ?? 0
  return 1
}
