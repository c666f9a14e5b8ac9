import { copy, EMPTY } from '../../../base/bytes.ts'
import { Session } from '../../../session/session.ts'
import {
  Counted,
  give,
  type Out,
  requireBytes,
  requireInstance,
  requireInteger,
  requireLength,
  requireLive,
  requireLiveOrNull,
  requireOut,
  requireString,
} from '../../boundary.ts'
import { CRYPTO_EX_INDEX_SSL_SESSION } from '../../constants/crypto.ts'
import { SSL_MAX_SID_CTX_LENGTH, SSL_MAX_SSL_SESSION_ID_LENGTH } from '../../constants/ssl.ts'
import { SSL_R_SSL_SESSION_ID_CONTEXT_TOO_LONG, SSL_R_SSL_SESSION_ID_TOO_LONG } from '../../constants/sslerr.ts'
import { CRYPTO_dup_ex_data, CRYPTO_EX_DATA, CRYPTO_free_ex_data, CRYPTO_new_ex_data } from '../../ex-data.ts'
import { exDataOf } from '../../ex-data-of.ts'
import { wrapCertificate, type X509, X509_free } from '../../x509/x509.ts'
import { cipherById, SSL_CIPHER } from '../algorithms/cipher.ts'
import { refuse } from '../certificates/slots.ts'

/** What a later connection may resume (SSL_get_session(3)); the engine's session with OpenSSL's reference count around it. */
export class SSL_SESSION extends Counted {
  readonly session: Session
  /** The peer's certificate, once somebody has asked for it. */
  peer: X509 | null = null
  /** Of TLS 1.3; only kept. */
  maxEarlyData = 0
  readonly exData = new CRYPTO_EX_DATA()

  constructor(session: Session) {
    super()
    this.session = session
    objects.set(session, this)
    CRYPTO_new_ex_data(CRYPTO_EX_INDEX_SSL_SESSION, this, this.exData)
  }
}

/** The object of a session of the engine's, with a reference for the caller; a new one when there is none alive. */
export function sessionObject(session: Session): SSL_SESSION {
  const known = objects.get(session)
  return known === undefined || known.freed ? new SSL_SESSION(session) : known.addReference()
}

export function liveSession(value: unknown): SSL_SESSION {
  return requireLive(value, SSL_SESSION, 'session')
}

/** Seconds since 1970. */
export function now(): number {
  return Math.floor(Date.now() / 1000)
}

/** An empty session, of now, for 304 seconds (SSL_SESSION_new(3)). */
export function SSL_SESSION_new(): SSL_SESSION {
  return new SSL_SESSION(new Session(now(), NEW_TIMEOUT))
}

/** Drops a reference; the last one wipes the master secret. */
export function SSL_SESSION_free(ses: SSL_SESSION | null): void {
  const object = requireLiveOrNull(ses, SSL_SESSION, 'ses')
  object?.dropReference(() => {
    CRYPTO_free_ex_data(CRYPTO_EX_INDEX_SSL_SESSION, object, object.exData)
    X509_free(object.peer)
    object.peer = null
    object.session.wipe()
  })
}

/** Takes a reference. @returns 1 */
export function SSL_SESSION_up_ref(ses: SSL_SESSION): number {
  liveSession(ses).addReference()
  return 1
}

/** A copy that can be changed without disturbing who uses the original (SSL_SESSION_dup(3)). @returns null when a dup callback refused */
export function SSL_SESSION_dup(src: SSL_SESSION): SSL_SESSION | null {
  const { session, exData, maxEarlyData } = liveSession(src)
  const copy = new SSL_SESSION(session.clone())
  if (session.condemned) copy.session.condemn()
  copy.maxEarlyData = maxEarlyData
  if (CRYPTO_dup_ex_data(CRYPTO_EX_INDEX_SSL_SESSION, copy.exData, exData) === 1) return copy
  SSL_SESSION_free(copy)
  return null
}

/** The id, a view. @param len - takes its length, 0 to 32 bytes */
export function SSL_SESSION_get_id(s: SSL_SESSION, len: Out<number> | null = null): Uint8Array {
  return counted(liveSession(s).session.id, len)
}

/**
 * Sets the id (SSL_SESSION_set1_id(3)).
 * @param sid_len - 0 to 32 bytes
 * @returns 1, or 0 with SSL_R_SSL_SESSION_ID_TOO_LONG
 */
export function SSL_SESSION_set1_id(s: SSL_SESSION, sid: Uint8Array | null, sid_len?: number): number {
  const id = taken(sid, sid_len, 'sid')
  if (id.length > SSL_MAX_SSL_SESSION_ID_LENGTH) return refuse(SSL_R_SSL_SESSION_ID_TOO_LONG)
  liveSession(s).session.id = id
  return 1
}

/** What keeps sessions of different uses apart, a view. @param len - takes its length, 0 to 32 bytes */
export function SSL_SESSION_get0_id_context(s: SSL_SESSION, len: Out<number> | null = null): Uint8Array {
  return counted(liveSession(s).session.idContext, len)
}

/**
 * Sets what keeps sessions of different uses apart (SSL_SESSION_set1_id_context(3)).
 * @param sid_ctx_len - 0 to 32 bytes
 * @returns 1, or 0 with SSL_R_SSL_SESSION_ID_CONTEXT_TOO_LONG
 */
export function SSL_SESSION_set1_id_context(s: SSL_SESSION, sid_ctx: Uint8Array | null, sid_ctx_len?: number): number {
  const context = taken(sid_ctx, sid_ctx_len, 'sid_ctx')
  if (context.length > SSL_MAX_SID_CTX_LENGTH) return refuse(SSL_R_SSL_SESSION_ID_CONTEXT_TOO_LONG)
  liveSession(s).session.idContext = context
  return 1
}

/** When it was made, or its ticket came: seconds since 1970 (SSL_SESSION_get_time(3)); 0 for null. */
export function SSL_SESSION_get_time(s: SSL_SESSION | null): number {
  return s === null ? 0 : liveSession(s).session.time
}

/** SSL_SESSION_get_time, with the name of the call that has a wider time in C. */
export const SSL_SESSION_get_time_ex: typeof SSL_SESSION_get_time = SSL_SESSION_get_time

/** SSL_SESSION_get_time, as it was called first. */
export const SSL_get_time: typeof SSL_SESSION_get_time = SSL_SESSION_get_time

/**
 * Sets when a session was made (SSL_SESSION_set_time(3)).
 * @param t - seconds since 1970
 * @returns `t`; 0 for null
 */
export function SSL_SESSION_set_time(s: SSL_SESSION | null, t: number): number {
  if (s === null) return 0
  const { session } = liveSession(s)
  session.time = requireInteger(t, 't')
  return t
}

/** SSL_SESSION_set_time, with the name of the call that has a wider time in C. */
export const SSL_SESSION_set_time_ex: typeof SSL_SESSION_set_time = SSL_SESSION_set_time

/** SSL_SESSION_set_time, as it was called first. */
export const SSL_set_time: typeof SSL_SESSION_set_time = SSL_SESSION_set_time

/** Seconds that it may be resumed for; 0 for null. */
export function SSL_SESSION_get_timeout(s: SSL_SESSION | null): number {
  return s === null ? 0 : liveSession(s).session.timeout
}

/** SSL_SESSION_get_timeout, as it was called first. */
export const SSL_get_timeout: typeof SSL_SESSION_get_timeout = SSL_SESSION_get_timeout

/**
 * Sets for how long a session may be resumed (SSL_SESSION_set_timeout(3)).
 * @param t - seconds
 * @returns 1, or 0 below 0, and for null
 */
export function SSL_SESSION_set_timeout(s: SSL_SESSION | null, t: number): number {
  if (s === null) return 0
  const { session } = liveSession(s)
  if (requireInteger(t, 't') < 0) return 0
  session.timeout = t
  return 1
}

/** SSL_SESSION_set_timeout, as it was called first. */
export const SSL_set_timeout: typeof SSL_SESSION_set_timeout = SSL_SESSION_set_timeout

/** DTLS1_2_VERSION or another; 0 before it is known. */
export function SSL_SESSION_get_protocol_version(s: SSL_SESSION): number {
  return liveSession(s).session.version
}

/**
 * Sets the version that a session is resumed with.
 * @param version - DTLS1_2_VERSION or another number of the wire
 * @returns 1
 */
export function SSL_SESSION_set_protocol_version(s: SSL_SESSION, version: number): number {
  liveSession(s).session.version = requireInteger(version, 'version')
  return 1
}

/** The suite; null before it is known. */
export function SSL_SESSION_get0_cipher(s: SSL_SESSION): SSL_CIPHER | null {
  const { suite } = liveSession(s).session
  return suite === 0 ? null : cipherById(suite)
}

/**
 * Sets the suite that a session is resumed with.
 * @returns 1
 */
export function SSL_SESSION_set_cipher(s: SSL_SESSION, cipher: SSL_CIPHER): number {
  liveSession(s).session.suite = requireInstance(cipher, SSL_CIPHER, 'cipher').id
  return 1
}

/**
 * Copies the master secret (SSL_SESSION_get_master_key(3)).
 * @param outlen - room in bytes; 0 or null `out`: only the length is wanted
 * @returns the bytes copied, or the length
 */
export function SSL_SESSION_get_master_key(sess: SSL_SESSION, out: Uint8Array | null, outlen?: number): number {
  const { master } = liveSession(sess).session
  const room = out === null ? 0 : requireLength(outlen, requireBytes(out, 'out'), 'outlen')
  if (out === null || room === 0) return master.length
  const copied = master.subarray(0, room)
  out.set(copied)
  return copied.length
}

/**
 * Sets the master secret (SSL_SESSION_set1_master_key(3)).
 * @param len - bytes, at most 512; with another number than 48 it is resumed nowhere
 * @returns 1, or 0 for a longer one
 */
export function SSL_SESSION_set1_master_key(sess: SSL_SESSION, in_: Uint8Array, len?: number): number {
  const { session } = liveSession(sess)
  const secret = taken(in_, len, 'in')
  if (secret.length > MAX_MASTER) return 0
  session.wipe()
  session.master = secret
  return 1
}

/** The name that the server has answered to; null for none. */
export function SSL_SESSION_get0_hostname(s: SSL_SESSION): string | null {
  return liveSession(s).session.serverName
}

/**
 * Sets the name that the client asked for (SSL_SESSION_set1_hostname(3)).
 * @param hostname - null: none
 * @returns 1
 */
export function SSL_SESSION_set1_hostname(s: SSL_SESSION, hostname: string | null): number {
  liveSession(s).session.serverName = hostname === null ? null : requireString(hostname, 'hostname')
  return 1
}

/** The protocol that ALPN has chosen. @param alpn - takes a view, null for none @param len - takes its length */
export function SSL_SESSION_get0_alpn_selected(s: SSL_SESSION, alpn: Out<Uint8Array | null>, len: Out<number>): void {
  const selected = liveSession(s).session.alpn
  requireOut(alpn, 'alpn').value = selected.length === 0 ? null : selected
  requireOut(len, 'len').value = selected.length
}

/**
 * Sets the protocol that was agreed on (SSL_SESSION_set1_alpn_selected(3)).
 * @param alpn - null: none
 * @param len - bytes of `alpn`; all of it when left out
 * @returns 1
 */
export function SSL_SESSION_set1_alpn_selected(s: SSL_SESSION, alpn: Uint8Array | null, len?: number): number {
  liveSession(s).session.alpn = alpn === null ? EMPTY : taken(alpn, len, 'alpn')
  return 1
}

/** 1 when there is a ticket (RFC 5077). */
export function SSL_SESSION_has_ticket(s: SSL_SESSION): number {
  return Number(liveSession(s).session.ticket.length > 0)
}

/** What the server said of the ticket's life, in seconds; 0: nothing. */
export function SSL_SESSION_get_ticket_lifetime_hint(s: SSL_SESSION): number {
  return liveSession(s).session.ticketLifetimeHint
}

/**
 * The ticket of a session (SSL_SESSION_get0_ticket(3)).
 * @param tick - takes a view of the ticket, null for none
 * @param len - takes its length
 */
export function SSL_SESSION_get0_ticket(s: SSL_SESSION, tick: Out<Uint8Array | null> | null, len: Out<number>): void {
  const { ticket } = liveSession(s).session
  give(tick, ticket.length === 0 ? null : ticket, 'tick')
  requireOut(len, 'len').value = ticket.length
}

/**
 * What a server's application has put into the ticket (SSL_SESSION_get0_ticket_appdata(3)).
 * @param len - takes its length in bytes
 * @returns 1
 */
export function SSL_SESSION_get0_ticket_appdata(
  ss: SSL_SESSION,
  data: Out<Uint8Array | null>,
  len: Out<number>,
): number {
  const { ticketData } = liveSession(ss).session
  requireOut(data, 'data').value = ticketData
  requireOut(len, 'len').value = ticketData?.length ?? 0
  return 1
}

/**
 * Puts data into the ticket that will be made of the session, sealed with the rest of it.
 * @param data - null: none
 * @param len - bytes of `data`; all of it when left out
 * @returns 1
 */
export function SSL_SESSION_set1_ticket_appdata(ss: SSL_SESSION, data: Uint8Array | null, len?: number): number {
  const bytes = data === null ? EMPTY : taken(data, len, 'data')
  liveSession(ss).session.ticketData = bytes.length === 0 ? null : bytes
  return 1
}

/** The peer's certificate, without a reference of its own; null when it has shown none. */
export function SSL_SESSION_get0_peer(s: SSL_SESSION): X509 | null {
  const object = liveSession(s)
  const [leaf] = object.session.peerChain
  if (leaf !== undefined && object.peer?.certificate !== leaf) {
    X509_free(object.peer)
    object.peer = wrapCertificate(leaf)
  }
  return leaf === undefined ? null : object.peer
}

/** 0: nothing is ever compressed. */
export function SSL_SESSION_get_compress_id(s: SSL_SESSION): number {
  liveSession(s)
  return 0
}

/** RFC 6066 section 4: TLSEXT_max_fragment_length_*; 0 also before a handshake has said. */
export function SSL_SESSION_get_max_fragment_length(sess: SSL_SESSION): number {
  return liveSession(sess).session.maxFragmentLength ?? 0
}

/** Of TLS 1.3; the number is only kept. */
export function SSL_SESSION_get_max_early_data(s: SSL_SESSION): number {
  return liveSession(s).maxEarlyData
}

/**
 * Sets the most early data, of TLS 1.3; the number is only kept.
 * @returns 1
 */
export function SSL_SESSION_set_max_early_data(s: SSL_SESSION, max_early_data: number): number {
  liveSession(s).maxEarlyData = requireInteger(max_early_data, 'max_early_data')
  return 1
}

/**
 * 1 when it has an id or a ticket and nothing speaks against it (SSL_SESSION_is_resumable(3)): its connection has not failed,
 * and was shut down before it was freed.
 */
export function SSL_SESSION_is_resumable(s: SSL_SESSION): number {
  return Number(liveSession(s).session.resumable)
}

const programData = exDataOf<SSL_SESSION>(CRYPTO_EX_INDEX_SSL_SESSION, session => liveSession(session).exData)

/** What a program keeps on a session: under an index (SSL_SESSION_get_ex_new_index(3)), or one value without. */
export const SSL_SESSION_get_ex_new_index = programData.newIndex
export const SSL_SESSION_set_ex_data = programData.set
export const SSL_SESSION_get_ex_data = programData.get
export const SSL_SESSION_set_app_data = programData.setApp
export const SSL_SESSION_get_app_data = programData.getApp

/** Which object stands for a session of the engine's. */
const objects = new WeakMap<Session, SSL_SESSION>()
/** Seconds: five minutes and four seconds, as libssl. */
const NEW_TIMEOUT = 304
/** TLS13_MAX_RESUMPTION_PSK_LENGTH. */
const MAX_MASTER = 512

function counted(bytes: Uint8Array, len: Out<number> | null): Uint8Array {
  give(len, bytes.length, 'len')
  return bytes
}

function taken(given: Uint8Array | null, length: number | undefined, name: string): Uint8Array {
  const bytes = requireBytes(given ?? EMPTY, name)
  return copy(bytes.subarray(0, requireLength(length, bytes, `${name}_len`)))
}
