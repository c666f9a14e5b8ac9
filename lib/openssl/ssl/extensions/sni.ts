import { utf8 } from '../../../base/bytes.ts'
import { requireCallback, requireInteger, requireString } from '../../boundary.ts'
import {
  SSL_R_SSL3_EXT_INVALID_MAX_FRAGMENT_LENGTH,
  SSL_R_SSL3_EXT_INVALID_SERVERNAME,
} from '../../constants/sslerr.ts'
import { TLSEXT_MAXLEN_host_name, TLSEXT_NAMETYPE_host_name } from '../../constants/tls1.ts'
import type { SSL_servername_cb } from '../callbacks.ts'
import { refuse } from '../certificates/slots.ts'
import type { SSL_CTX } from '../ctx.ts'
import { liveCtx, liveSsl, type Owner } from '../owner.ts'
import type { SSL } from '../ssl.ts'

/**
 * The host name that a client asks for (SSL_set_tlsext_host_name(3), RFC 6066 section 3); null: none. It is not compared with
 * the certificate: that is SSL_set1_host.
 * @returns 1, or 0 with SSL_R_SSL3_EXT_INVALID_SERVERNAME for the empty text and above 255 bytes
 */
export function SSL_set_tlsext_host_name(s: SSL, name: string | null): number {
  const ssl = liveSsl(s)
  const length = name === null ? 1 : utf8(requireString(name, 'name')).length
  ssl.serverName = null
  if (length === 0 || length > TLSEXT_MAXLEN_host_name) return refuse(SSL_R_SSL3_EXT_INVALID_SERVERNAME)
  ssl.serverName = name
  return 1
}

/** Sets who looks at the name that a client asks for, and may call SSL_set_SSL_CTX (SSL_CTX_set_tlsext_servername_callback(3)). @returns 1 */
export function SSL_CTX_set_tlsext_servername_callback(ctx: SSL_CTX, cb: SSL_servername_cb | null): number {
  liveCtx(ctx).servernameCallback = requireCallback(cb, 'cb')
  return 1
}

/** What the server name callback gets as its last argument. @returns 1 */
export function SSL_CTX_set_tlsext_servername_arg(ctx: SSL_CTX, arg: unknown): number {
  liveCtx(ctx).servernameArg = arg
  return 1
}

/**
 * The name that the client asks for: on a client the one that was set, on a server the one that came. That of the session when
 * one is resumed, or, on a client that has set no name, is about to be; there the name that was set serves where the session has
 * none (SSL_get_servername(3)).
 * @param type - TLSEXT_NAMETYPE_host_name
 * @returns null for none and for another type
 */
export function SSL_get_servername(s: SSL, type: number): string | null {
  const { role, serverName, connection, session } = liveSsl(s)
  if (type !== TLSEXT_NAMETYPE_host_name) return null
  if (connection === null) return serverName ?? session?.session.serverName ?? null
  const { resumed, agreed } = connection.negotiated
  if (role === 'server') return agreed.serverName
  return resumed ? (agreed.serverName ?? serverName) : serverName
}

/** TLSEXT_NAMETYPE_host_name when there is a name, else -1. */
export function SSL_get_servername_type(s: SSL): number {
  return SSL_get_servername(s, TLSEXT_NAMETYPE_host_name) === null ? -1 : TLSEXT_NAMETYPE_host_name
}

/**
 * The records that a client asks for (SSL_CTX_set_tlsext_max_fragment_length(3), RFC 6066 section 4).
 * @param mode - TLSEXT_max_fragment_length_512 to _4096, or _DISABLED
 * @returns 1, or 0 with SSL_R_SSL3_EXT_INVALID_MAX_FRAGMENT_LENGTH
 */
export function SSL_CTX_set_tlsext_max_fragment_length(ctx: SSL_CTX, mode: number): number {
  return setMaxFragment(liveCtx(ctx), mode)
}

/** SSL_CTX_set_tlsext_max_fragment_length for one connection. */
export function SSL_set_tlsext_max_fragment_length(ssl: SSL, mode: number): number {
  return setMaxFragment(liveSsl(ssl), mode)
}

function setMaxFragment({ settings }: Owner, mode: number): number {
  if (requireInteger(mode, 'mode') < 0 || mode > 4) return refuse(SSL_R_SSL3_EXT_INVALID_MAX_FRAGMENT_LENGTH)
  settings.maxFragmentLength = mode
  return 1
}
