import { EMPTY } from '../../../base/bytes.ts'
import { give, type Out, requireBytes, requireCallback, requireLength, requireOut } from '../../boundary.ts'
import { isProtocolList, selectNextProtocol } from '../algorithms/lists/alpn.ts'
import type { SSL_CTX_alpn_select_cb_func } from '../callbacks.ts'
import type { SSL_CTX } from '../ctx.ts'
import { liveCtx, liveSsl, type Owner } from '../owner.ts'
import type { SSL } from '../ssl.ts'

/**
 * The protocols that a client offers, best first: each a byte of length and the name (SSL_CTX_set_alpn_protos(3), RFC 7301).
 * Empty or null: none.
 * @param protos_len - bytes of `protos`
 * @returns 0 when it is done, 1 for a malformed list: the other way round than elsewhere
 */
export function SSL_CTX_set_alpn_protos(ctx: SSL_CTX, protos: Uint8Array | null, protos_len?: number): number {
  return setProtocols(liveCtx(ctx), protos, protos_len)
}

/** SSL_CTX_set_alpn_protos for one connection. */
export function SSL_set_alpn_protos(ssl: SSL, protos: Uint8Array | null, protos_len?: number): number {
  return setProtocols(liveSsl(ssl), protos, protos_len)
}

/** Sets who chooses for a server; SSL_select_next_proto does it for most (SSL_CTX_set_alpn_select_cb(3)). */
export function SSL_CTX_set_alpn_select_cb(
  ctx: SSL_CTX,
  cb: SSL_CTX_alpn_select_cb_func | null,
  arg: unknown = null,
): void {
  const context = liveCtx(ctx)
  context.alpnSelectCallback = requireCallback(cb, 'cb')
  context.alpnSelectArg = arg
}

/** The protocol that was chosen (SSL_get0_alpn_selected(3)). @param data - takes it, null for none @param len - takes its length */
export function SSL_get0_alpn_selected(ssl: SSL, data: Out<Uint8Array | null>, len: Out<number> | null = null): void {
  const selected = liveSsl(ssl).connection?.negotiated.agreed.alpn ?? null
  requireOut(data, 'data').value = selected
  give(len, selected?.length ?? 0, 'len')
}

/**
 * The server's first protocol that the client has too (SSL_select_next_proto(3)).
 * @param out - takes a view of it, of the client's first when there is none in common; null when that has none
 * @param outlen - takes its length
 * @param server_len, client_len - bytes of the two lists; all of it when left out
 * @returns OPENSSL_NPN_NEGOTIATED or OPENSSL_NPN_NO_OVERLAP
 */
export function SSL_select_next_proto(
  out: Out<Uint8Array | null>,
  outlen: Out<number> | null,
  server: Uint8Array,
  server_len: number | undefined,
  client: Uint8Array,
  client_len?: number,
): number {
  const own = requireBytes(server, 'server').subarray(0, requireLength(server_len, server, 'server_len'))
  const theirs = requireBytes(client, 'client').subarray(0, requireLength(client_len, client, 'client_len'))
  const { result, protocol } = selectNextProtocol(own, theirs)
  requireOut(out, 'out').value = protocol
  give(outlen, protocol?.length ?? 0, 'outlen')
  return result
}

function setProtocols({ settings }: Owner, protos: Uint8Array | null, length: number | undefined): number {
  // Of no list the length says nothing.
  const list =
    protos === null ? EMPTY : requireBytes(protos, 'protos').subarray(0, requireLength(length, protos, 'protos_len'))
  if (list.length > 0 && !isProtocolList(list)) return 1
  settings.alpnProtos = list.length === 0 ? null : new Uint8Array(list)
  return 0
}
