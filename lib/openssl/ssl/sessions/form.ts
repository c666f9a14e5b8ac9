import { toHex } from '../../../base/bytes.ts'
import { PkiFailure } from '../../../pki/failure.ts'
import { writePem } from '../../../pki/pem.ts'
import { decodeSession, encodeSession, SessionFault } from '../../../session/der.ts'
import type { Session } from '../../../session/session.ts'
import { versionOf } from '../../../wire/version.ts'
import { type BIO, BIO_free } from '../../bio/bio.ts'
import { BIO_dump_indent } from '../../bio/dump.ts'
import { BIO_new_fp, type FILE } from '../../bio/file.ts'
import { BIO_puts, BIO_write } from '../../bio/io.ts'
import { type Out, requireInteger } from '../../boundary.ts'
import { BIO_NOCLOSE } from '../../constants/bio.ts'
import { ERR_LIB_ASN1, ERR_LIB_PEM, ERR_LIB_SSL, ERR_R_ASN1_LIB } from '../../constants/err.ts'
import { PEM_STRING_SSL_SESSION } from '../../constants/pem.ts'
import {
  SSL_R_CIPHER_CODE_WRONG_LENGTH,
  SSL_R_UNKNOWN_SSL_VERSION,
  SSL_R_UNSUPPORTED_SSL_VERSION,
} from '../../constants/sslerr.ts'
import { raise } from '../../err/raise.ts'
import { ASN1_R_NOT_ENOUGH_DATA, firstElement, raiseAsn1 } from '../../x509/asn1/asn1-errors.ts'
import { raisePem, readAll, readBlock } from '../../x509/files/pem-bio.ts'
import type { pem_password_cb } from '../../x509/files/private-key.ts'
import { X509_verify_cert_error_string } from '../../x509/store/store-ctx.ts'
import { deliverDer } from '../../x509/x509.ts'
import { cipherById } from '../algorithms/cipher.ts'
import { liveSession, now, SSL_SESSION } from './session.ts'

/**
 * The session in OpenSSL's own form, byte for byte (i2d_SSL_SESSION(3)): `openssl sess_id` reads it. It holds the master secret.
 * @param pp - null: only the length is wanted; `{ value: null }`: takes a new buffer; a buffer: is written to, and then begins after it
 * @returns the length in bytes; 0 for a session without a suite, and for null
 */
export function i2d_SSL_SESSION(in_: SSL_SESSION | null, pp: Out<Uint8Array | null> | null = null): number {
  if (in_ === null) return 0
  const { session } = liveSession(in_)
  return session.suite === 0 ? 0 : deliverDer(encodeSession(session), pp)
}

/**
 * Reads a session from the start of `pp.value`, which then begins after it (d2i_SSL_SESSION(3)).
 * @param a - takes the session as well, when given @param length - bytes that may be used; all of them when left out
 * @returns null with an error when it is none, or with none for a suite that is not known
 */
export function d2i_SSL_SESSION(
  a: Out<SSL_SESSION | null> | null,
  pp: Out<Uint8Array>,
  length?: number,
): SSL_SESSION | null {
  const bytes = pp.value.subarray(0, length === undefined ? undefined : requireInteger(length, 'length'))
  const der = firstElement(bytes)
  const session = decode(der, bytes)
  if (session === null || cipherById(session.suite) === null) return null
  pp.value = pp.value.subarray(der.length)
  const object = new SSL_SESSION(session)
  if (a !== null) a.value = object
  return object
}

/** Writes i2d_SSL_SESSION's bytes. @returns 1, or 0 */
export function i2d_SSL_SESSION_bio(bp: BIO, s_id: SSL_SESSION): number {
  const { session } = liveSession(s_id)
  return Number(session.suite !== 0 && BIO_write(bp, encodeSession(session)) > 0)
}

/** Reads the session that is all the BIO has left. @returns null with an error */
export function d2i_SSL_SESSION_bio(bp: BIO, s_id: Out<SSL_SESSION | null> | null = null): SSL_SESSION | null {
  const value = readAll(bp)
  if (value.length > 0) return d2i_SSL_SESSION(s_id, { value })
  raise(ERR_LIB_ASN1, ASN1_R_NOT_ENOUGH_DATA)
  return null
}

/** d2i_SSL_SESSION in a library context, of which there is one. */
export function d2i_SSL_SESSION_ex(
  a: Out<SSL_SESSION | null> | null,
  pp: Out<Uint8Array>,
  length: number | undefined,
  libctx: unknown,
  propq: string | null,
): SSL_SESSION | null {
  void libctx
  void propq
  return d2i_SSL_SESSION(a, pp, length)
}

/** Writes `SSL SESSION PARAMETERS` (PEM_write_bio_SSL_SESSION(3)), not encrypted. @returns 1, or 0 */
export function PEM_write_bio_SSL_SESSION(out: BIO, x: SSL_SESSION): number {
  const { session } = liveSession(x)
  if (session.suite === 0) {
    raise(ERR_LIB_PEM, ERR_R_ASN1_LIB)
    return 0
  }
  return Number(BIO_puts(out, writePem(PEM_STRING_SSL_SESSION, encodeSession(session))) > 0)
}

/**
 * Reads the next session; other blocks before it are passed over.
 * @param x - takes the session as well, when given
 * @returns null with an error of PEM or ASN1
 */
export function PEM_read_bio_SSL_SESSION(
  out: BIO,
  x: Out<SSL_SESSION | null> | null = null,
  cb: pem_password_cb | null = null,
  u: unknown = null,
): SSL_SESSION | null {
  void cb
  void u
  const der = blockOf(out)
  const object = der === null ? null : d2i_SSL_SESSION(x, { value: der })
  if (der !== null && object === null) raise(ERR_LIB_PEM, ERR_R_ASN1_LIB)
  return object
}

/** PEM_write_bio_SSL_SESSION to a stream. */
export function PEM_write_SSL_SESSION(out: FILE, x: SSL_SESSION): number {
  return onStream(out, 0, bio => PEM_write_bio_SSL_SESSION(bio, x))
}

/** PEM_read_bio_SSL_SESSION from a stream. */
export function PEM_read_SSL_SESSION(
  out: FILE,
  x: Out<SSL_SESSION | null> | null = null,
  cb: pem_password_cb | null = null,
  u: unknown = null,
): SSL_SESSION | null {
  return onStream<SSL_SESSION | null>(out, null, bio => PEM_read_bio_SSL_SESSION(bio, x, cb, u))
}

/** Writes the session in words, as `openssl sess_id -text` shows it, with the master secret. @returns 1, or 0, as for null */
export function SSL_SESSION_print(fp: BIO, ses: SSL_SESSION | null): number {
  if (ses === null) return 0
  const { session } = liveSession(ses)
  if (BIO_puts(fp, head(session)) <= 0) return 0
  if (session.ticket.length > 0) {
    if (BIO_puts(fp, '\n    TLS session ticket:\n') <= 0 || BIO_dump_indent(fp, session.ticket, undefined, 4) <= 0)
      return 0
  }
  return Number(BIO_puts(fp, tail(session)) > 0)
}

/** SSL_SESSION_print to a stream. */
export function SSL_SESSION_print_fp(fp: FILE, ses: SSL_SESSION): number {
  return onStream(fp, 0, bio => SSL_SESSION_print(bio, ses))
}

/** Writes id and master secret in a line that Wireshark reads (SSL_SESSION_print_keylog). @returns 1; 0 without one of them, and for null */
export function SSL_SESSION_print_keylog(bp: BIO, x: SSL_SESSION | null): number {
  if (x === null) return 0
  const { id, master } = liveSession(x).session
  if (id.length === 0 || master.length === 0) return 0
  return Number(BIO_puts(bp, `RSA Session-ID:${upper(id)} Master-Key:${upper(master)}\n`) > 0)
}

/** `given`: what the element was taken from, for the errors. */
function decode(der: Uint8Array, given: Uint8Array): Session | null {
  try {
    return decodeSession(der, now())
  } catch (failure) {
    if (!(failure instanceof PkiFailure)) throw failure
    if (failure instanceof SessionFault) raise(ERR_LIB_SSL, FAULTS[failure.fault])
    else raiseAsn1(given, 'SSL_SESSION_ASN1')
    return null
  }
}

function blockOf(bio: BIO): Uint8Array | null {
  try {
    return readBlock(bio, label => label === PEM_STRING_SSL_SESSION).data
  } catch (failure) {
    if (!(failure instanceof PkiFailure)) throw failure
    raisePem(failure, PEM_STRING_SSL_SESSION)
    return null
  }
}

function onStream<T>(fp: FILE, failed: T, use: (bio: BIO) => T): T {
  const bio = BIO_new_fp(fp, BIO_NOCLOSE)
  if (bio === null) return failed
  try {
    return use(bio)
  } finally {
    BIO_free(bio)
  }
}

function head(session: Session): string {
  const { version, suite, id, idContext, master, pskIdentity, pskHint, ticketLifetimeHint } = session
  const lines = [
    'SSL-Session:',
    `    Protocol  : ${versionOf(version)?.name ?? 'unknown'}`,
    `    Cipher    : ${cipherById(suite)?.name ?? suite.toString(16).toUpperCase().padStart(4, '0')}`,
    `    Session-ID: ${upper(id)}`,
    `    Session-ID-ctx: ${upper(idContext)}`,
    `    Master-Key: ${upper(master)}`,
    `    PSK identity: ${text(pskIdentity)}`,
    `    PSK identity hint: ${text(pskHint)}`,
    '    SRP username: None',
  ]
  if (ticketLifetimeHint !== 0) lines.push(`    TLS session ticket lifetime hint: ${ticketLifetimeHint} (seconds)`)
  return lines.join('\n')
}

function tail({ time, timeout, verifyResult, extendedMasterSecret }: Session): string {
  const lines = ['']
  if (time !== 0) lines.push(`    Start Time: ${time}`)
  if (timeout !== 0) lines.push(`    Timeout   : ${timeout} (sec)`)
  lines.push(`    Verify return code: ${verifyResult} (${X509_verify_cert_error_string(verifyResult)})`)
  lines.push(`    Extended master secret: ${extendedMasterSecret ? 'yes' : 'no'}`)
  return `${lines.join('\n')}\n`
}

function text(bytes: Uint8Array | null): string {
  return bytes === null ? 'None' : Buffer.from(bytes).toString('latin1')
}

function upper(bytes: Uint8Array): string {
  return toHex(bytes).toUpperCase()
}

const FAULTS = {
  format: SSL_R_UNKNOWN_SSL_VERSION,
  version: SSL_R_UNSUPPORTED_SSL_VERSION,
  suite: SSL_R_CIPHER_CODE_WRONG_LENGTH,
} as const
