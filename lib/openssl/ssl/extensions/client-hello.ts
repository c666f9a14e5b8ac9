import { find } from '../../../wire/extensions/extension.ts'
import { type Out, requireCallback, requireInteger, requireOut } from '../../boundary.ts'
import type { SSL_client_hello_cb_fn } from '../callbacks.ts'
import type { SSL_CTX } from '../ctx.ts'
import { liveCtx, liveSsl } from '../owner.ts'
import type { SSL } from '../ssl.ts'
import { showsExtension } from './custom-extensions.ts'

/**
 * Sets who sees the ClientHello before anything is decided (SSL_CTX_set_client_hello_cb(3)). The functions below work within
 * the callback only, and within the cookie callbacks.
 */
export function SSL_CTX_set_client_hello_cb(
  ctx: SSL_CTX,
  cb: SSL_client_hello_cb_fn | null,
  arg: unknown = null,
): void {
  const context = liveCtx(ctx)
  context.clientHelloCallback = requireCallback(cb, 'cb')
  context.clientHelloArg = arg
}

/** 0: hellos of SSL 2 are not read. */
export function SSL_client_hello_isv2(s: SSL): number {
  liveSsl(s)
  return 0
}

/** The version that the hello names, DTLS1_2_VERSION or another; 0 outside the callback. */
export function SSL_client_hello_get0_legacy_version(s: SSL): number {
  return liveSsl(s).clientHello?.version ?? 0
}

/** The client's random. @param out - takes it, when given @returns its length, 32; 0 outside the callback */
export function SSL_client_hello_get0_random(s: SSL, out: Out<Uint8Array> | null = null): number {
  return give(liveSsl(s).clientHello?.random, out)
}

/** The session id of the hello. @param out - takes it, when given @returns its length, 0 to 32 bytes */
export function SSL_client_hello_get0_session_id(s: SSL, out: Out<Uint8Array> | null = null): number {
  return give(liveSsl(s).clientHello?.sessionId, out)
}

/** The suites of the hello, two bytes each. @param out - takes them, when given @returns their length in bytes */
export function SSL_client_hello_get0_ciphers(s: SSL, out: Out<Uint8Array> | null = null): number {
  const suites = liveSsl(s).clientHello?.cipherSuites
  if (suites === undefined) return 0
  return give(Uint8Array.from(suites.flatMap(id => [id >> 8, id & 0xff])), out)
}

/** The compression methods of the hello, a byte each. @param out - takes them, when given @returns their number */
export function SSL_client_hello_get0_compression_methods(s: SSL, out: Out<Uint8Array> | null = null): number {
  return give(liveSsl(s).clientHello?.compression, out)
}

/**
 * The types of the extensions in the hello, in its order; those that neither OpenSSL 3.0 nor
 * SSL_CTX_add_custom_ext knows are left out, as there.
 * @param out - takes them @param outlen - takes their number
 * @returns 1, or 0 outside the callback
 */
export function SSL_client_hello_get1_extensions_present(
  s: SSL,
  out: Out<number[] | null>,
  outlen: Out<number>,
): number {
  const { clientHello } = liveSsl(s)
  if (clientHello === null) return 0
  const types = clientHello.extensions.map(({ type }) => type).filter(type => showsExtension(s, type))
  requireOut(out, 'out').value = types.length === 0 ? null : types
  requireOut(outlen, 'outlen').value = types.length
  return 1
}

/**
 * SSL_client_hello_get1_extensions_present into an array of the caller's (SSL_client_hello_get_extension_order(3)).
 * @param exts - takes the types; null: only their number is wanted @param num_exts - the room, and takes the number
 * @returns 1, or 0 outside the callback and without room
 */
export function SSL_client_hello_get_extension_order(s: SSL, exts: number[] | null, num_exts: Out<number>): number {
  const types: Out<number[] | null> = { value: null }
  const count = { value: 0 }
  const room = requireOut(num_exts, 'num_exts').value
  if (SSL_client_hello_get1_extensions_present(s, types, count) === 0) return 0
  if (exts !== null && room < count.value) return 0
  num_exts.value = count.value
  exts?.splice(0, count.value, ...(types.value ?? []))
  return 1
}

/** The body of an extension that OpenSSL 3.0 knows. @param out, outlen - take it and its length, when given @returns 1, or 0 when it is not in the hello */
export function SSL_client_hello_get0_ext(
  s: SSL,
  type: number,
  out: Out<Uint8Array> | null = null,
  outlen: Out<number> | null = null,
): number {
  const body = find(liveSsl(s).clientHello?.extensions ?? [], requireInteger(type, 'type'))
  if (body === undefined || !showsExtension(s, type)) return 0
  const length = give(body, out)
  if (outlen !== null) outlen.value = length
  return 1
}

function give(bytes: Uint8Array | undefined, out: Out<Uint8Array> | null): number {
  if (bytes === undefined) return 0
  if (out !== null) out.value = bytes
  return bytes.length
}
