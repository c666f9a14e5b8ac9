import {
  type Out,
  requireBytes,
  requireInstance,
  requireInteger,
  requireLength,
  requireOut,
  requireString,
} from '../../boundary.ts'
import { ERR_LIB_SSL } from '../../constants/err.ts'
import { NID_auth_any, NID_kx_any, NID_md5_sha1, NID_undef } from '../../constants/obj-mac.ts'
import {
  SSL_R_ERROR_IN_RECEIVED_CIPHER_LIST,
  SSL_R_INVALID_COMMAND,
  SSL_R_NO_CIPHER_MATCH,
  SSL_R_NO_CIPHERS_SPECIFIED,
} from '../../constants/sslerr.ts'
import { raise } from '../../err/raise.ts'
import { EVP_get_digestbyname, type EVP_MD, EVP_md5 } from '../../evp/md.ts'
import { refuse } from '../certificates/slots.ts'
import type { SSL_CTX } from '../ctx.ts'
import { supportedSuites } from '../engine/supported-suites.ts'
import { liveCtx, liveSsl, type Owner } from '../owner.ts'
import { SSL_SESSION_get0_cipher, SSL_SESSION_is_resumable } from '../sessions/session.ts'
import type { SSL } from '../ssl.ts'
import { cipherById, cipherByStandardName, cipherOf, ciphersOfPeer, SSL_CIPHER } from './cipher.ts'
import { readCipherList } from './lists/cipher-list.ts'
import {
  cipherAuthenticationNid,
  cipherDescription,
  cipherDigestNid,
  cipherHandshakeDigest,
  cipherKeyExchangeNid,
  cipherNid,
  cipherVersion,
} from './lists/cipher-names.ts'
import { parseCiphersuites } from './lists/ciphersuites.ts'

export { SSL_CIPHER } from './cipher.ts'

/**
 * Sets the suites of TLS 1.2 and below, in the format of openssl-ciphers(1), such as `ECDHE+AESGCM:!PSK@SECLEVEL=2`
 * (SSL_CTX_set_cipher_list(3)). Names that are not known are passed over.
 * @returns 1, or 0 with SSL_R_NO_CIPHER_MATCH when nothing is left, SSL_R_INVALID_COMMAND for a wrong `@` command;
 * 0 for null
 */
export function SSL_CTX_set_cipher_list(ctx: SSL_CTX, str: string | null): number {
  return setCipherList(liveCtx(ctx), str)
}

/** SSL_CTX_set_cipher_list for one connection. */
export function SSL_set_cipher_list(s: SSL, str: string | null): number {
  return setCipherList(liveSsl(s), str)
}

/**
 * Sets the suites of TLS 1.3, which are listed but not negotiated: there is no DTLS 1.3 here (SSL_CTX_set_ciphersuites(3)).
 * @param str - IANA names with colons between; the empty text for none
 * @returns 1, or 0 with SSL_R_NO_CIPHER_MATCH when no name is known
 */
export function SSL_CTX_set_ciphersuites(ctx: SSL_CTX, str: string): number {
  return setCiphersuites(liveCtx(ctx), str)
}

/** SSL_CTX_set_ciphersuites for one connection. */
export function SSL_set_ciphersuites(s: SSL, str: string): number {
  return setCiphersuites(liveSsl(s), str)
}

/** The suites that are set, best first and those of TLS 1.3 before all; not all of them may be usable (SSL_CTX_get_ciphers(3)). */
export function SSL_CTX_get_ciphers(ctx: SSL_CTX): SSL_CIPHER[] {
  return listed(liveCtx(ctx))
}

/** SSL_CTX_get_ciphers of one connection; null for a null one. */
export function SSL_get_ciphers(s: SSL | null): SSL_CIPHER[] | null {
  return s === null ? null : listed(liveSsl(s))
}

/** The suites that would be offered: versions, callbacks and security level taken into account (SSL_get1_supported_ciphers(3)). */
export function SSL_get1_supported_ciphers(s: SSL): SSL_CIPHER[] | null {
  const suites = supportedSuites(liveSsl(s))
  return suites.length === 0 ? null : suites.map(cipherOf)
}

/** What the client offered, as far as it is known here; null on a client and before its hello. */
export function SSL_get_client_ciphers(s: SSL): SSL_CIPHER[] | null {
  return offeredByPeer(liveSsl(s))
}

/**
 * The suites of the ClientHello as they came, two bytes each, unknown and signalling ones among them.
 * @param plst - takes them; null: only the width of a suite is wanted
 * @returns their length in bytes; 0 on a client; 2 without `plst`
 */
export function SSL_get0_raw_cipherlist(s: SSL, plst: Out<Uint8Array | null> | null = null): number {
  const { role, connection } = liveSsl(s)
  if (plst === null) return 2
  const offered = role === 'server' ? (connection?.negotiated.peer.cipherSuites ?? []) : []
  requireOut(plst, 'plst').value =
    offered.length === 0 ? null : Uint8Array.from(offered.flatMap(id => [id >> 8, id & 0xff]))
  return offered.length * 2
}

/** The name of suite `n` of SSL_get_ciphers, counted from 0; null beyond the end. */
export function SSL_get_cipher_list(s: SSL | null, n: number): string | null {
  return s === null ? null : (listed(liveSsl(s))[requireInteger(n, 'n')]?.name ?? null)
}

/**
 * The names of the client's suites that this server has set too, with colons between (SSL_get_shared_ciphers(3)).
 * @param buf - takes the text and a NUL as well, when given
 * @param size - room in bytes, at least 2: names that do not fit are left out; ignored without `buf`
 * @returns null on a client, before the hello, or when there is none
 */
export function SSL_get_shared_ciphers(s: SSL, buf: Uint8Array | null = null, size = buf?.length ?? 0): string | null {
  const ssl = liveSsl(s)
  const own = listed(ssl)
  const shared = (offeredByPeer(ssl) ?? []).filter(cipher => own.includes(cipher))
  const room = buf === null ? Number.POSITIVE_INFINITY : Math.min(size, buf.length)
  if (shared.length === 0 || room < 2) return null
  let text = ''
  for (const { name } of shared) {
    const longer = text === '' ? name : `${text}:${name}`
    if (longer.length + 1 > room) break
    text = longer
  }
  buf?.set(Buffer.from(`${text}\0`, 'latin1'))
  return text
}

/** The suite in use, or of the session that is to be resumed; null before there are keys (SSL_get_current_cipher(3)). */
export function SSL_get_current_cipher(s: SSL): SSL_CIPHER | null {
  const { connection, session } = liveSsl(s)
  const negotiated = connection?.negotiated
  const suite = negotiated?.suiteOrNull ?? null
  if (suite !== null && negotiated?.master.length !== 0) return cipherOf(suite)
  const offers = session !== null && (negotiated?.state ?? 'before') === 'before'
  const shown = offers || (session !== null && SSL_SESSION_is_resumable(session) === 1)
  return shown ? SSL_SESSION_get0_cipher(session) : null
}

/** The suite that the hellos have agreed on; null before. */
export function SSL_get_pending_cipher(s: SSL): SSL_CIPHER | null {
  const suite = liveSsl(s).connection?.negotiated.suiteOrNull ?? null
  return suite === null ? null : cipherOf(suite)
}

/** The name of the suite in use, `(NONE)` before. */
export function SSL_get_cipher(s: SSL): string {
  return SSL_CIPHER_get_name(SSL_get_current_cipher(s))
}

/** SSL_get_cipher by another name. */
export const SSL_get_cipher_name: typeof SSL_get_cipher = SSL_get_cipher

/** SSL_CIPHER_get_version of the suite in use. */
export function SSL_get_cipher_version(s: SSL): string {
  return SSL_CIPHER_get_version(SSL_get_current_cipher(s))
}

/** SSL_CIPHER_get_bits of the suite in use. */
export function SSL_get_cipher_bits(s: SSL, np: Out<number> | null = null): number {
  return SSL_CIPHER_get_bits(SSL_get_current_cipher(s), np)
}

/** The OpenSSL name, such as `ECDHE-RSA-AES128-GCM-SHA256`; `(NONE)` for null (SSL_CIPHER_get_name(3)). */
export function SSL_CIPHER_get_name(c: SSL_CIPHER | null): string {
  return cipherOrNull(c)?.name ?? NONE
}

/** The IANA name, such as `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`; `(NONE)` for null. */
export function SSL_CIPHER_standard_name(c: SSL_CIPHER | null): string {
  return cipherOrNull(c)?.standardName ?? NONE
}

/** The OpenSSL name for an IANA name; `(NONE)` when it is not known. */
export function OPENSSL_cipher_name(rfc_name: string | null): string {
  return rfc_name === null ? NONE : (cipherByStandardName(requireString(rfc_name, 'rfc_name'))?.name ?? NONE)
}

/** The TLS version that first had the suite, `TLSv1.2` for DTLS 1.2 as well; `(NONE)` for null. */
export function SSL_CIPHER_get_version(c: SSL_CIPHER | null): string {
  const cipher = cipherOrNull(c)
  if (cipher === null) return NONE
  return cipher.suite === null ? 'unknown' : cipherVersion(cipher.suite)
}

/** The secret bits of the cipher; 0 for null. @param alg_bits - takes the bits that the algorithm works with */
export function SSL_CIPHER_get_bits(c: SSL_CIPHER | null, alg_bits: Out<number> | null = null): number {
  const cipher = cipherOrNull(c)
  if (cipher === null) return 0
  if (alg_bits !== null) requireOut(alg_bits, 'alg_bits').value = cipher.suite?.algorithmBits ?? 0
  return cipher.suite?.strengthBits ?? 0
}

/** The number on the wire with 0x0300 before it. */
export function SSL_CIPHER_get_id(c: SSL_CIPHER): number {
  return 0x03000000 | cipherFrom(c).id
}

/** The number on the wire. */
export function SSL_CIPHER_get_protocol_id(c: SSL_CIPHER): number {
  return cipherFrom(c).id
}

/**
 * A line about a suite: name, version, key exchange, authentication, encryption, MAC (SSL_CIPHER_description(3)).
 * @param buf - takes the text and a NUL as well, when given; null is returned when `size` is below 128
 */
export function SSL_CIPHER_description(
  c: SSL_CIPHER,
  buf: Uint8Array | null = null,
  size = buf?.length ?? 0,
): string | null {
  const { suite, name } = cipherFrom(c)
  if (buf !== null && Math.min(size, buf.length) < 128) return null
  const text = suite === null ? descriptionOfSignal(name) : cipherDescription(suite)
  buf?.set(Buffer.from(`${text}\0`, 'latin1'))
  return text
}

/** NID_aes_128_gcm, ...; NID_undef without encryption. */
export function SSL_CIPHER_get_cipher_nid(c: SSL_CIPHER | null): number {
  const suite = cipherOrNull(c)?.suite ?? null
  return suite === null ? NID_undef : cipherNid(suite)
}

/** NID_sha1, ... of the record's MAC; NID_undef with AEAD. */
export function SSL_CIPHER_get_digest_nid(c: SSL_CIPHER): number {
  const { suite } = cipherFrom(c)
  return suite === null ? NID_md5_sha1 : cipherDigestNid(suite)
}

/** NID_kx_rsa, NID_kx_ecdhe, ... */
export function SSL_CIPHER_get_kx_nid(c: SSL_CIPHER): number {
  const { suite } = cipherFrom(c)
  return suite === null ? NID_kx_any : cipherKeyExchangeNid(suite)
}

/** NID_auth_rsa, NID_auth_psk, ... */
export function SSL_CIPHER_get_auth_nid(c: SSL_CIPHER): number {
  const { suite } = cipherFrom(c)
  return suite === null ? NID_auth_any : cipherAuthenticationNid(suite)
}

/** The digest of Finished and of the key derivation. */
export function SSL_CIPHER_get_handshake_digest(c: SSL_CIPHER): EVP_MD | null {
  const { suite } = cipherFrom(c)
  return suite === null ? EVP_md5() : EVP_get_digestbyname(cipherHandshakeDigest(suite))
}

/** 1 when the cipher protects integrity itself, else 0. */
export function SSL_CIPHER_is_aead(c: SSL_CIPHER): number {
  return Number(cipherFrom(c).suite?.mac === 'aead')
}

/** The suite whose two bytes stand at `ptr`, signalling values among them; null when it is not known (SSL_CIPHER_find(3)). */
export function SSL_CIPHER_find(ssl: SSL, ptr: Uint8Array): SSL_CIPHER | null {
  liveSsl(ssl)
  const [high, low] = requireBytes(ptr, 'ptr')
  if (high === undefined || low === undefined) throw new TypeError('ptr: two bytes are needed')
  return cipherById((high << 8) | low)
}

/**
 * Reads the list of suites of a ClientHello (SSL_bytes_to_cipher_list(3)).
 * @param len - bytes to read
 * @param isv2format - not 0: three bytes a suite, of which those that begin with 0 count
 * @param sk - takes the suites that are known @param scsvs - takes the signalling values
 * @returns 1, or 0 with SSL_R_NO_CIPHERS_SPECIFIED or SSL_R_ERROR_IN_RECEIVED_CIPHER_LIST
 */
export function SSL_bytes_to_cipher_list(
  s: SSL,
  bytes: Uint8Array,
  len: number | undefined,
  isv2format: number,
  sk: Out<SSL_CIPHER[] | null> | null,
  scsvs: Out<SSL_CIPHER[] | null> | null,
): number {
  liveSsl(s)
  const list = requireBytes(bytes, 'bytes').subarray(0, requireLength(len, bytes, 'len'))
  const width = isv2format === 0 ? 2 : 3
  if (list.length === 0) return refuse(SSL_R_NO_CIPHERS_SPECIFIED)
  if (list.length % width !== 0) return refuse(SSL_R_ERROR_IN_RECEIVED_CIPHER_LIST)
  const found: SSL_CIPHER[] = []
  for (let at = 0; at < list.length; at += width) {
    const entry = list.subarray(at, at + width)
    const cipher = width === 3 && entry[0] !== 0 ? null : SSL_CIPHER_find(s, entry.subarray(-2))
    if (cipher !== null) found.push(cipher)
  }
  if (sk !== null) sk.value = found.filter(cipher => cipher.suite !== null)
  if (scsvs !== null) scsvs.value = found.filter(cipher => cipher.suite === null)
  return 1
}

/** `OSSL_default_cipher_list()`: what a context begins with. */
export function OSSL_default_cipher_list(): string {
  return 'ALL:!COMPLEMENTOFDEFAULT:!eNULL'
}

/** The TLS 1.3 suites that a context begins with, as a string for SSL_CTX_set_ciphersuites. */
export function OSSL_default_ciphersuites(): string {
  return 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256'
}

const NONE = '(NONE)'

/** What OpenSSL makes of the values that only signal, whose fields are all 0; MD5 above is for the same reason. */
function descriptionOfSignal(name: string): string {
  return `${name.padEnd(30)} ${'unknown'.padEnd(7)} Kx=${'any'.padEnd(8)} Au=${'any'.padEnd(5)} Enc=${'unknown'.padEnd(22)} Mac=unknown\n`
}

function cipherFrom(value: unknown): SSL_CIPHER {
  return requireInstance(value, SSL_CIPHER, 'c')
}

function cipherOrNull(value: unknown): SSL_CIPHER | null {
  return value === null || value === undefined ? null : cipherFrom(value)
}

function setCipherList({ settings }: Owner, str: string | null): number {
  if (str === null) return 0
  const { suites, securityLevel, invalidCommands, suiteB } = readCipherList(requireString(str, 'str'), settings.suiteB)
  settings.suiteB = suiteB
  if (securityLevel !== null) settings.securityLevel = securityLevel
  for (let i = 0; i < invalidCommands; i++) raise(ERR_LIB_SSL, SSL_R_INVALID_COMMAND)
  if (invalidCommands > 0) return 0
  settings.suites = suites
  return suites.length > 0 ? 1 : refuse(SSL_R_NO_CIPHER_MATCH)
}

function setCiphersuites({ settings }: Owner, str: string): number {
  const suites = parseCiphersuites(requireString(str, 'str'))
  if (suites === null) return refuse(SSL_R_NO_CIPHER_MATCH)
  settings.tls13Suites = suites
  return 1
}

function listed({ settings }: Owner): SSL_CIPHER[] {
  return [...settings.tls13Suites, ...settings.suites].map(cipherOf)
}

function offeredByPeer({ role, connection }: SSL): SSL_CIPHER[] | null {
  const offered = connection?.negotiated.peer.cipherSuites ?? []
  return role !== 'server' || offered.length === 0 ? null : ciphersOfPeer(offered)
}
