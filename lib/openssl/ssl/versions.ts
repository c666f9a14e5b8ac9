import { TLS13_SUITES } from '../../crypto/suites.ts'
import { DTLS_1_2, versionOf } from '../../wire/version.ts'
import { requireInstance, requireInteger } from '../boundary.ts'
import { DTLS_ANY_VERSION } from '../constants/dtls1.ts'
import { DTLS1_2_VERSION, DTLS1_BAD_VER, DTLS1_VERSION, SSL3_VERSION, TLS1_3_VERSION } from '../constants/prov-ssl.ts'
import { TLS_ANY_VERSION } from '../constants/tls1.ts'
import { readCipherList } from './algorithms/lists/cipher-list.ts'
import type { SSL_CTX } from './ctx.ts'
import { SSL_METHOD } from './method.ts'
import { liveCtx, liveSsl, type Owner } from './owner.ts'
import type { SSL } from './ssl.ts'

/**
 * Sets the lowest version that may be negotiated, 0 for no bound (SSL_CTX_set_min_proto_version(3)).
 * @param version - DTLS1_VERSION or DTLS1_2_VERSION, or with a method of TLS SSL3_VERSION to TLS1_3_VERSION; TLS 1.3 leaves no
 *   version, as there is none here. One of the other protocol is accepted and changes nothing, as is any version when the method
 *   has just one
 * @returns 1, or 0 for what is no version, or would mix DTLS with TLS
 */
export function SSL_CTX_set_min_proto_version(ctx: SSL_CTX, version: number): number {
  return setBound(liveCtx(ctx), 'minVersion', version)
}

/** SSL_CTX_set_min_proto_version for one connection. */
export function SSL_set_min_proto_version(ssl: SSL, version: number): number {
  return setBound(liveSsl(ssl), 'minVersion', version)
}

/** Sets the highest version that may be negotiated; otherwise as SSL_CTX_set_min_proto_version. */
export function SSL_CTX_set_max_proto_version(ctx: SSL_CTX, version: number): number {
  return setBound(liveCtx(ctx), 'maxVersion', version)
}

/** SSL_CTX_set_max_proto_version for one connection. */
export function SSL_set_max_proto_version(ssl: SSL, version: number): number {
  return setBound(liveSsl(ssl), 'maxVersion', version)
}

/** The lowest version; 0 when no bound is set. */
export function SSL_CTX_get_min_proto_version(ctx: SSL_CTX): number {
  return liveCtx(ctx).settings.minVersion
}

/** SSL_CTX_get_min_proto_version for one connection. */
export function SSL_get_min_proto_version(ssl: SSL): number {
  return liveSsl(ssl).settings.minVersion
}

/** The highest version; 0 when no bound is set. */
export function SSL_CTX_get_max_proto_version(ctx: SSL_CTX): number {
  return liveCtx(ctx).settings.maxVersion
}

/** SSL_CTX_get_max_proto_version for one connection. */
export function SSL_get_max_proto_version(ssl: SSL): number {
  return liveSsl(ssl).settings.maxVersion
}

/** The version in use, such as DTLS1_2_VERSION or TLS1_2_VERSION; before the handshake the newest of the method (SSL_version(3)). */
export function SSL_version(ssl: SSL): number {
  const { connection, method, role } = liveSsl(ssl)
  const { versionOrNull = null, clientVersion = null } = connection?.negotiated ?? {}
  const named = role === 'client' ? clientVersion : null
  return versionOrNull?.wire ?? named ?? (method.versions[0] ?? DTLS_1_2).wire
}

/**
 * The version that the ClientHello names (SSL_client_version(3)); before it that of the method, which is DTLS_ANY_VERSION or
 * TLS_ANY_VERSION when it has more than one.
 */
export function SSL_client_version(s: SSL): number {
  const { connection, method } = liveSsl(s)
  const any = method.datagram ? DTLS_ANY_VERSION : TLS_ANY_VERSION
  const initial = method.flexible ? any : (method.versions[0] ?? DTLS_1_2).wire
  return connection?.negotiated.clientVersion ?? initial
}

/** SSL_client_version if it is a version of TLS, else 0. */
export function TLS1_get_client_version(s: SSL): number {
  return tlsOnly(SSL_client_version(s))
}

/** The version in words: `DTLSv1.2`, `DTLSv1`, `TLSv1.2`, `TLSv1.1` or `TLSv1`. */
export function SSL_get_version(ssl: SSL): string {
  return versionOf(SSL_version(ssl))?.name ?? 'unknown'
}

/** 1 for DTLS, 0 for TLS. */
export function SSL_is_dtls(s: SSL): number {
  return Number(liveSsl(s).method.datagram)
}

/** 1 for TLS, 0 for DTLS. */
export function SSL_is_tls(s: SSL): number {
  return Number(!liveSsl(s).method.datagram)
}

/** The version if it is one of TLS, else 0. */
export function TLS1_get_version(s: SSL): number {
  return tlsOnly(SSL_version(s))
}

/**
 * Gives a context another method (SSL_CTX_set_ssl_version(3)); the lists of suites go back to the default.
 * @returns 1
 */
export function SSL_CTX_set_ssl_version(ctx: SSL_CTX, meth: SSL_METHOD): number {
  const context = liveCtx(ctx)
  const { settings } = context
  context.method = requireInstance(meth, SSL_METHOD, 'meth')
  settings.tls13Suites = TLS13_SUITES
  settings.suites = readCipherList('DEFAULT', settings.suiteB).suites
  return 1
}

/**
 * Gives a connection another method (SSL_set_ssl_method(3)); what it was in the middle of is given up when the versions differ.
 * Its role and its lists stay.
 * @returns 1
 */
export function SSL_set_ssl_method(s: SSL, method: SSL_METHOD): number {
  const ssl = liveSsl(s)
  const next = requireInstance(method, SSL_METHOD, 'method')
  if (next.versions !== ssl.method.versions) discardConnection(ssl)
  ssl.method = next
  return 1
}

/** The method of the context. */
export function SSL_CTX_get_ssl_method(ctx: SSL_CTX): SSL_METHOD {
  return liveCtx(ctx).method
}

/** SSL_CTX_get_ssl_method for one connection. */
export function SSL_get_ssl_method(s: SSL): SSL_METHOD {
  return liveSsl(s).method
}

function discardConnection(ssl: SSL): void {
  ssl.connection?.destroy()
  ssl.connection = null
  ssl.outstanding = []
  ssl.unfinishedWrite = null
}

function tlsOnly(version: number): number {
  return version >> 8 === SSL3_VERSION >> 8 ? version : 0
}

function setBound({ method, settings }: Owner, bound: 'minVersion' | 'maxVersion', value: number): number {
  const version = requireInteger(value, 'version')
  const other = bound === 'minVersion' ? settings.maxVersion : settings.minVersion
  if (mixesProtocols(version, other)) return 0
  if (version !== 0 && !isTls(version) && !isDtls(version)) return 0
  const own = method.datagram ? isDtls(version) : isTls(version)
  if (version === 0 || (method.flexible && own)) settings[bound] = version
  return 1
}

/** One of both is DTLS, and the other is set and is not. */
function mixesProtocols(one: number, other: number): boolean {
  return one !== 0 && other !== 0 && isOfDtls(one) !== isOfDtls(other)
}

function isOfDtls(version: number): boolean {
  return version === DTLS1_BAD_VER || version >> 8 === DTLS1_VERSION >> 8
}

function isTls(version: number): boolean {
  return version >= SSL3_VERSION && version <= TLS1_3_VERSION
}

/** DTLS numbers run backwards, and Cisco's old 0x0100 stands before 1.0. */
function isDtls(version: number): boolean {
  const ordinal = version === DTLS1_BAD_VER ? 0xff00 : version
  return ordinal >= DTLS1_2_VERSION && ordinal <= 0xff00
}
