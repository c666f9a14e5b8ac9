import { EMPTY, utf8, wipe } from '../../../base/bytes.ts'
import { isReservedLabel } from '../../../crypto/key-schedule.ts'
import { requireBytes, requireLength, requireString } from '../../boundary.ts'
import { ERR_LIB_PROV, ERR_R_INTERNAL_ERROR } from '../../constants/err.ts'
import { SSL_R_DATA_LENGTH_TOO_LONG, SSL_R_TLS_ILLEGAL_EXPORTER_LABEL } from '../../constants/sslerr.ts'
import { raise } from '../../err/raise.ts'
import type { X509 } from '../../x509/x509.ts'
import { liveSsl } from '../owner.ts'
import type { SSL } from '../ssl.ts'
import { refuse } from './slots.ts'

/**
 * The peer's certificate, without a reference of its own; null when it has shown none, and until its chain has been judged
 * (SSL_get0_peer_certificate(3)).
 */
export function SSL_get0_peer_certificate(s: SSL): X509 | null {
  const { peerChain, peerAccepted } = liveSsl(s)
  return peerAccepted ? (peerChain?.[0] ?? null) : null
}

/** The peer's certificate with a reference, to be given up with X509_free; null when it has shown none. */
export function SSL_get1_peer_certificate(s: SSL): X509 | null {
  return SSL_get0_peer_certificate(s)?.addReference() ?? null
}

/** SSL_get1_peer_certificate by another name. */
export const SSL_get_peer_certificate: typeof SSL_get1_peer_certificate = SSL_get1_peer_certificate

/**
 * The certificates that the peer sent, as it sent them, without references (SSL_get_peer_cert_chain(3)). On a client they begin
 * with the server's own; on a server the client's own is left out. Null where a session was resumed that came from its DER
 * form, as from a ticket: that has the peer's own alone.
 */
export function SSL_get_peer_cert_chain(s: SSL): X509[] | null {
  const { peerChain, peerAccepted, role, session } = liveSsl(s)
  if (session?.session.chainIsWhole === false) return null
  if (role !== 'server') return peerChain
  return peerAccepted ? (peerChain?.slice(1) ?? null) : null
}

/** Writes this side's last Finished. @param count - room in bytes @returns the whole length, 12 bytes; 0 before it was sent */
export function SSL_get_finished(s: SSL, buf: Uint8Array | null, count?: number): number {
  return give(finishedOf(liveSsl(s), true), buf, count)
}

/**
 * Copies the peer's last Finished (SSL_get_peer_finished(3)); tls-unique (RFC 5929) is the first of both.
 * @param count - the most bytes to copy; as many as `buf` has when left out
 * @returns the length of the whole, 12 bytes; 0 before there is one
 */
export function SSL_get_peer_finished(s: SSL, buf: Uint8Array | null, count?: number): number {
  return give(finishedOf(liveSsl(s), false), buf, count)
}

/** 1 when the extended master secret (RFC 7627) is used, 0 when not, -1 before the handshake is done. */
export function SSL_get_extms_support(ssl: SSL): number {
  const { connection } = liveSsl(ssl)
  if (connection?.established !== true) return -1
  return Number(connection.negotiated.agreed.extendedMasterSecret)
}

/** 1 when the peer speaks RFC 5746, else 0. */
export function SSL_get_secure_renegotiation_support(ssl: SSL): number {
  const negotiated = liveSsl(ssl).connection?.negotiated
  return Number(negotiated?.previous?.secure ?? negotiated?.agreed.secureRenegotiation === true)
}

/**
 * Copies the client's random (SSL_get_client_random(3)).
 * @param outlen - room in bytes; 0 or null `out`: only the length is wanted
 * @returns the bytes copied, or 32
 */
export function SSL_get_client_random(ssl: SSL, out: Uint8Array | null, outlen?: number): number {
  return giveRandom(liveSsl(ssl).connection?.negotiated.clientRandom, out, outlen)
}

/**
 * Copies the server's random (SSL_get_server_random(3)).
 * @param out - null: only the length is asked for
 * @param outlen - the most bytes to copy, 32 for all; 0 also asks for the length
 * @returns the bytes copied, or the length
 */
export function SSL_get_server_random(ssl: SSL, out: Uint8Array | null, outlen?: number): number {
  return giveRandom(liveSsl(ssl).connection?.negotiated.serverRandom, out, outlen)
}

/**
 * Derives keys for other uses from the connection's (SSL_export_keying_material(3), RFC 5705).
 * @param olen - bytes wanted @param llen - bytes of the label @param contextlen - bytes of the context
 * @param use_context - 0: there is no context, which is not the same as an empty one
 * @returns 1; 0 with SSL_R_TLS_ILLEGAL_EXPORTER_LABEL for a label of TLS itself; -1 with nothing queued before there are keys
 */
export function SSL_export_keying_material(
  s: SSL,
  out: Uint8Array,
  olen: number | undefined,
  label: string,
  llen: number | undefined,
  context: Uint8Array | null,
  contextlen: number | undefined,
  use_context: number,
): number {
  const ssl = liveSsl(s)
  const length = requireLength(olen, requireBytes(out, 'out'), 'olen')
  const text = utf8(requireString(label, 'label'))
  const name = text.subarray(0, requireLength(llen, text, 'llen'))
  const given = use_context === 0 ? null : contextOf(context, contextlen)
  if (ssl.connection === null) return -1
  if (isReservedLabel(name)) return refuse(SSL_R_TLS_ILLEGAL_EXPORTER_LABEL)
  if (given !== null && given.length > MAX_CONTEXT) return refuse(SSL_R_DATA_LENGTH_TOO_LONG)
  const keys = ssl.connection.exportKeyingMaterial(name, given, length)
  if (keys === null) return -1
  if (length === 0) return refuseNothing()
  out.set(keys)
  wipe(keys)
  return 1
}

/** Fails: only TLS 1.3 has early data. @returns 0 with nothing queued, as below 1.3 */
export function SSL_export_keying_material_early(
  s: SSL,
  out: Uint8Array,
  olen: number | undefined,
  label: string,
  llen: number | undefined,
  context: Uint8Array | null,
  contextlen: number | undefined,
): number {
  liveSsl(s)
  requireLength(olen, requireBytes(out, 'out'), 'olen')
  requireLength(llen, utf8(requireString(label, 'label')), 'llen')
  if (context !== null) requireLength(contextlen, requireBytes(context, 'context'), 'contextlen')
  return 0
}

/** OpenSSL's derivation gives no keys of no length. */
function refuseNothing(): 0 {
  raise(ERR_LIB_PROV, PROV_R_INVALID_KEY_LENGTH)
  return refuse(ERR_R_INTERNAL_ERROR)
}

function finishedOf({ connection, role }: SSL, own: boolean): Uint8Array {
  const negotiated = connection?.negotiated
  const isClients = (role === 'client') === own
  return (isClients ? negotiated?.clientFinished : negotiated?.serverFinished) ?? EMPTY
}

/** As much as there is room for; the whole length all the same. */
function give(bytes: Uint8Array, buf: Uint8Array | null, count: number | undefined): number {
  if (buf === null) return bytes.length
  const room = requireLength(count, requireBytes(buf, 'buf'), 'count')
  buf.set(bytes.subarray(0, room))
  return bytes.length
}

function giveRandom(random: Uint8Array | undefined, out: Uint8Array | null, outlen: number | undefined): number {
  const bytes = random ?? NO_RANDOM
  if (out === null) return bytes.length
  const room = requireLength(outlen, requireBytes(out, 'out'), 'outlen')
  if (room === 0) return bytes.length
  const copied = bytes.subarray(0, room)
  out.set(copied)
  return copied.length
}

function contextOf(context: Uint8Array | null, length: number | undefined): Uint8Array {
  const bytes = context ?? EMPTY
  return bytes.subarray(0, requireLength(length, bytes, 'contextlen'))
}

/** What OpenSSL gives before the hellos. */
const NO_RANDOM = new Uint8Array(32)
/** RFC 5705 section 4: the length has two bytes. */
const MAX_CONTEXT = 0xffff
const PROV_R_INVALID_KEY_LENGTH = 105
