import { Reader } from '../../../../wire/reader.ts'
import { OPENSSL_NPN_NEGOTIATED, OPENSSL_NPN_NO_OVERLAP } from '../../../constants/ssl.ts'

/**
 * Whether bytes are a list of protocol names (RFC 7301 section 3.1): each one byte of length, then 1 to 255 bytes of name,
 * and nothing left over. The empty list is none; `SSL_CTX_set_alpn_protos` takes it as "no ALPN".
 */
export function isProtocolList(list: Uint8Array): boolean {
  const names = protocolNames(list)
  return names.length > 0 && names.every(name => name.length > 0) && wireLength(names) === list.length
}

export interface ProtocolChoice {
  /** `OPENSSL_NPN_NEGOTIATED`, or `OPENSSL_NPN_NO_OVERLAP` when the lists have no name in common. */
  readonly result: typeof OPENSSL_NPN_NEGOTIATED | typeof OPENSSL_NPN_NO_OVERLAP
  /** A view of the chosen name. With no overlap the client's first one, and null when there is not even that. */
  readonly protocol: Uint8Array | null
}

/**
 * The first name of the server's list that the client's has too (`SSL_select_next_proto`). Bytes after the last whole name
 * are not looked at. A client list that is empty or begins with an empty name has no protocol at all: giving bytes out of
 * it was CVE-2024-5535.
 */
export function selectNextProtocol(server: Uint8Array, client: Uint8Array): ProtocolChoice {
  const offered = protocolNames(client)
  const first = offered[0]
  if (first === undefined || first.length === 0) return { result: OPENSSL_NPN_NO_OVERLAP, protocol: null }
  const chosen = protocolNames(server).find(name => name.length > 0 && offered.some(offer => sameName(offer, name)))
  if (chosen === undefined) return { result: OPENSSL_NPN_NO_OVERLAP, protocol: first }
  return { result: OPENSSL_NPN_NEGOTIATED, protocol: chosen }
}

/** The whole names at the beginning of a list, as views. */
export function protocolNames(list: Uint8Array): Uint8Array[] {
  const reader = new Reader(list)
  const names: Uint8Array[] = []
  while (reader.remaining > 0 && reader.peekU8() < reader.remaining) names.push(reader.vector8())
  return names
}

function wireLength(names: readonly Uint8Array[]): number {
  return names.reduce((sum, name) => sum + 1 + name.length, 0)
}

function sameName(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
