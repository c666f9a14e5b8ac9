import { copy, EMPTY } from '../../../base/bytes.ts'
import { ProtocolFailure } from '../../../base/failure.ts'
import type { CustomExtension } from '../../../handshake/config.ts'
import { ExtensionType } from '../../../wire/registry.ts'
import { type Out, requireCallback, requireInteger } from '../../boundary.ts'
import * as C from '../../constants/ssl.ts'
import type {
  custom_ext_add_cb,
  custom_ext_free_cb,
  custom_ext_parse_cb,
  SSL_custom_ext_add_cb_ex,
  SSL_custom_ext_free_cb_ex,
  SSL_custom_ext_parse_cb_ex,
} from '../callbacks.ts'
import type { SSL_CTX } from '../ctx.ts'
import { liveCtx } from '../owner.ts'
import type { SSL } from '../ssl.ts'
import { isKnownExtension } from './known-extensions.ts'

/** An extension of the program's own, as it was registered. */
export interface CustomExtensionMethod {
  readonly type: number
  /** SSL_EXT_*: the messages and versions it is for. */
  readonly context: number
  /** Null: for both. */
  readonly role: 'client' | 'server' | null
  readonly add: SSL_custom_ext_add_cb_ex | null
  readonly free: SSL_custom_ext_free_cb_ex | null
  readonly addArg: unknown
  readonly parse: SSL_custom_ext_parse_cb_ex | null
  readonly parseArg: unknown
}

/**
 * Adds an extension of the program's own to hellos (SSL_CTX_add_custom_ext(3)).
 * @param ext_type - a number that this library does not use itself
 * @param context - SSL_EXT_CLIENT_HELLO, SSL_EXT_TLS1_2_SERVER_HELLO and others: where it may stand
 * @param add_cb - gives the body; null: empty in a ClientHello, left out elsewhere @param free_cb - called when the body was used
 * @param parse_cb - reads the peer's; null: whatever it is
 * @returns 1, or 0 for a number that is used already, a wrong one, and for `free_cb` without `add_cb`
 */
export function SSL_CTX_add_custom_ext(
  ctx: SSL_CTX,
  ext_type: number,
  context: number,
  add_cb: SSL_custom_ext_add_cb_ex | null,
  free_cb: SSL_custom_ext_free_cb_ex | null,
  add_arg: unknown,
  parse_cb: SSL_custom_ext_parse_cb_ex | null,
  parse_arg: unknown,
): number {
  return register(liveCtx(ctx), {
    type: requireInteger(ext_type, 'ext_type'),
    context: requireInteger(context, 'context'),
    role: null,
    add: requireCallback(add_cb, 'add_cb'),
    free: requireCallback(free_cb, 'free_cb'),
    addArg: add_arg,
    parse: requireCallback(parse_cb, 'parse_cb'),
    parseArg: parse_arg,
  })
}

/** SSL_CTX_add_custom_ext for clients, in the ClientHello and the ServerHello of a full handshake. @returns as there */
export function SSL_CTX_add_client_custom_ext(
  ctx: SSL_CTX,
  ext_type: number,
  add_cb: custom_ext_add_cb | null,
  free_cb: custom_ext_free_cb | null,
  add_arg: unknown,
  parse_cb: custom_ext_parse_cb | null,
  parse_arg: unknown,
): number {
  return registerOld(liveCtx(ctx), 'client', ext_type, add_cb, free_cb, add_arg, parse_cb, parse_arg)
}

/** SSL_CTX_add_client_custom_ext for servers: the answer is sent when the client has sent the extension. @returns as there */
export function SSL_CTX_add_server_custom_ext(
  ctx: SSL_CTX,
  ext_type: number,
  add_cb: custom_ext_add_cb | null,
  free_cb: custom_ext_free_cb | null,
  add_arg: unknown,
  parse_cb: custom_ext_parse_cb | null,
  parse_arg: unknown,
): number {
  return registerOld(liveCtx(ctx), 'server', ext_type, add_cb, free_cb, add_arg, parse_cb, parse_arg)
}

/** 1 when SSL_CTX_add_client_custom_ext or SSL_CTX_add_custom_ext has added an extension of this number. */
export function SSL_CTX_has_client_custom_ext(ctx: SSL_CTX, ext_type: number): number {
  const { customExtensions } = liveCtx(ctx).settings.cert
  return Number(find(customExtensions, 'client', requireInteger(ext_type, 'ext_type')) !== undefined)
}

/** 1 for an extension that OpenSSL handles itself, so that a program cannot (SSL_extension_supported(3)). */
export function SSL_extension_supported(ext_type: number): number {
  return Number(isKnownExtension(requireInteger(ext_type, 'ext_type')) && ext_type !== SIGNATURE_ALGORITHMS_CERT)
}

/** What a connection adds to a hello, or reads in it: its registered extensions in the engine's words. */
export function customExtensionsOf(ssl: SSL, role: 'client' | 'server', hello: 'client' | 'server'): CustomExtension[] {
  const context = hello === 'client' ? C.SSL_EXT_CLIENT_HELLO : C.SSL_EXT_TLS1_2_SERVER_HELLO
  return ssl.settings.cert.customExtensions
    .filter(method => isRelevant(method, role))
    .map(method => ({
      type: method.type,
      ignoredOnResumption: (method.context & C.SSL_EXT_IGNORE_ON_RESUMPTION) !== 0,
      write: () => ((method.context & context) === 0 ? null : add(ssl, method, context)),
      read: body => parse(ssl, method, context, body),
    }))
}

/** Whether a connection shows an extension of the peer's hello to the program. */
export function showsExtension(ssl: SSL, type: number): boolean {
  if (isKnownExtension(type)) return true
  const context = ssl.isServer ? C.SSL_EXT_CLIENT_HELLO : C.SSL_EXT_TLS1_2_SERVER_HELLO
  const custom = find(ssl.settings.cert.customExtensions, ssl.isServer ? 'server' : 'client', type)
  return custom !== undefined && isMeant(custom, context)
}

function registerOld(
  ctx: SSL_CTX,
  role: 'client' | 'server',
  type: number,
  add: custom_ext_add_cb | null,
  free: custom_ext_free_cb | null,
  addArg: unknown,
  parse: custom_ext_parse_cb | null,
  parseArg: unknown,
): number {
  requireCallback(add, 'add_cb')
  requireCallback(free, 'free_cb')
  requireCallback(parse, 'parse_cb')
  return register(ctx, {
    type: requireInteger(type, 'ext_type'),
    context: OLD_CONTEXT,
    role,
    add: (s, ext, _context, out, outlen, _x, _chainidx, al) => add?.(s, ext, out, outlen, al, addArg) ?? 1,
    free: (s, ext, _context, out) => free?.(s, ext, out, addArg),
    addArg: null,
    parse: (s, ext, _context, body, length, _x, _chainidx, al) => parse?.(s, ext, body, length, al, parseArg) ?? 1,
    parseArg: null,
  })
}

function register({ settings }: SSL_CTX, method: CustomExtensionMethod): number {
  const { cert } = settings
  if (method.add === null && method.free !== null) return 0
  const ours = SSL_extension_supported(method.type) === 1
  if (ours && method.type !== ExtensionType.signedCertificateTimestamp) return 0
  if (method.type < 0 || method.type > 0xffff) return 0
  if (find(cert.customExtensions, method.role, method.type) !== undefined) return 0
  cert.customExtensions.push(method)
  return 1
}

function find(
  methods: readonly CustomExtensionMethod[],
  role: 'client' | 'server' | null,
  type: number,
): CustomExtensionMethod | undefined {
  return methods.find(method => method.type === type && (role === null || method.role === null || method.role === role))
}

function isRelevant({ context, role }: CustomExtensionMethod, own: 'client' | 'server'): boolean {
  if (role !== null && role !== own) return false
  return (context & (C.SSL_EXT_TLS_IMPLEMENTATION_ONLY | C.SSL_EXT_TLS1_3_ONLY)) === 0
}

/** An extension that stands where its program did not mean it to stand is refused. */
function isMeant(method: CustomExtensionMethod, context: number): boolean {
  return (method.context & context) !== 0 && (method.context & C.SSL_EXT_TLS_ONLY) === 0
}

function add(ssl: SSL, method: CustomExtensionMethod, context: number): Uint8Array | null {
  if (method.add === null) return context === C.SSL_EXT_CLIENT_HELLO ? EMPTY : null
  const out: Out<Uint8Array | null> = { value: null }
  const length = { value: 0 }
  const alert = { value: C.SSL_AD_INTERNAL_ERROR }
  const answer = method.add(ssl, method.type, context, out, length, null, 0, alert, method.addArg)
  if (answer < 0) throw new ProtocolFailure('callback-failed', { alert: alert.value })
  if (answer === 0) return null
  const body = copy(out.value?.subarray(0, length.value) ?? EMPTY)
  method.free?.(ssl, method.type, context, out.value, method.addArg)
  return body
}

function parse(ssl: SSL, method: CustomExtensionMethod, context: number, body: Uint8Array): void {
  if (!isMeant(method, context)) throw new ProtocolFailure('bad-extension', { alert: C.SSL_AD_ILLEGAL_PARAMETER })
  const alert = { value: C.SSL_AD_INTERNAL_ERROR }
  const answer = method.parse?.(ssl, method.type, context, body, body.length, null, 0, alert, method.parseArg) ?? 1
  if (answer <= 0) throw new ProtocolFailure('bad-extension', { alert: alert.value })
}

/** What the calls of 1.0.2 mean: the hellos of a full handshake below TLS 1.3. */
export const OLD_CONTEXT =
  C.SSL_EXT_TLS1_2_AND_BELOW_ONLY |
  C.SSL_EXT_CLIENT_HELLO |
  C.SSL_EXT_TLS1_2_SERVER_HELLO |
  C.SSL_EXT_IGNORE_ON_RESUMPTION
/** Collected by OpenSSL 3.0, and not in the list of what it supports. */
const SIGNATURE_ALGORITHMS_CERT = ExtensionType.signatureAlgorithmsCert
