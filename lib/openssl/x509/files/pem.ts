import { PkiFailure } from '../../../pki/failure.ts'
import { spkiOf } from '../../../pki/issue.ts'
import { type PemBlock, writePem } from '../../../pki/pem.ts'
import { isEncrypted, isPrivateKeyLabel, readPublicKeyDer } from '../../../pki/private-key.ts'
import type { BIO } from '../../bio/bio.ts'
import { BIO_puts } from '../../bio/io.ts'
import type { FILE } from '../../bio/stdio.ts'
import { type Out, requireLive } from '../../boundary.ts'
import { ERR_LIB_ASN1, ERR_LIB_PEM, ERR_R_ASN1_LIB } from '../../constants/err.ts'
import {
  PEM_STRING_PUBLIC,
  PEM_STRING_X509,
  PEM_STRING_X509_CRL,
  PEM_STRING_X509_OLD,
  PEM_STRING_X509_TRUSTED,
} from '../../constants/pem.ts'
import { PEM_R_UNSUPPORTED_ENCRYPTION } from '../../constants/pemerr.ts'
import { raise } from '../../err/raise.ts'
import { EVP_PKEY } from '../../evp/pkey.ts'
import { d2i_X509_AUX, i2d_X509_AUX } from '../annotations.ts'
import { ASN1_R_NOT_ENOUGH_DATA } from '../asn1/asn1-errors.ts'
import { d2i_X509_CRL, type X509_CRL } from '../crl.ts'
import { d2i_X509, X509 } from '../x509.ts'
import { raisePem, readAll, readBlock } from './pem-bio.ts'
import { decodeKeyDer, holdsElement, type pem_password_cb, readPrivateKey } from './private-key.ts'
import { onStream } from './stream.ts'

export type { pem_password_cb } from './private-key.ts'

const CERTIFICATE_LABELS: ReadonlySet<string> = new Set([PEM_STRING_X509, PEM_STRING_X509_OLD])

/**
 * Reads the next certificate; other blocks before it are passed over (PEM_read_bio_X509(3)).
 * @param x - takes the certificate as well, when given
 * @returns null with PEM_R_NO_START_LINE at the end, PEM_R_BAD_BASE64_DECODE, PEM_R_BAD_END_LINE, or an ASN1 error
 */
export function PEM_read_bio_X509(
  out: BIO,
  x: Out<X509 | null> | null = null,
  cb: pem_password_cb | null = null,
  u: unknown = null,
): X509 | null {
  void cb
  void u
  const block = blockOrNull(out, label => CERTIFICATE_LABELS.has(label), PEM_STRING_X509)
  return block === null ? null : certificateFrom(block, x)
}

/** The same, and `TRUSTED CERTIFICATE` too, with its trust settings. */
export function PEM_read_bio_X509_AUX(
  out: BIO,
  x: Out<X509 | null> | null = null,
  cb: pem_password_cb | null = null,
  u: unknown = null,
): X509 | null {
  void cb
  void u
  const accepts = (label: string): boolean => CERTIFICATE_LABELS.has(label) || label === PEM_STRING_X509_TRUSTED
  const block = blockOrNull(out, accepts, PEM_STRING_X509_TRUSTED)
  return block === null ? null : trustedFrom(block, x)
}

/** The block, or null with the PEM errors queued. */
function blockOrNull(bio: BIO, accepts: (label: string) => boolean, expected: string): PemBlock | null {
  try {
    return readBlock(bio, accepts)
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    raisePem(error, expected)
    return null
  }
}

function certificateFrom(block: PemBlock, x: Out<X509 | null> | null): X509 | null {
  const certificate = d2i_X509(x, { value: block.data })
  if (certificate === null) raise(ERR_LIB_PEM, ERR_R_ASN1_LIB)
  return certificate
}

function trustedFrom(block: PemBlock, x: Out<X509 | null> | null): X509 | null {
  const certificate = d2i_X509_AUX(x, { value: block.data })
  if (certificate === null) raise(ERR_LIB_PEM, ERR_R_ASN1_LIB)
  return certificate
}

/** Writes a certificate. @returns 1, or 0 for one that is not signed or when the BIO does not take it */
export function PEM_write_bio_X509(out: BIO, x: X509): number {
  const { certificate } = requireLive(x, X509, 'x')
  return certificate === null ? 0 : putPem(out, PEM_STRING_X509, certificate.der)
}

/** PEM_write_bio_X509 as `TRUSTED CERTIFICATE`, with the trust settings. */
export function PEM_write_bio_X509_AUX(out: BIO, x: X509): number {
  const der: Out<Uint8Array | null> = { value: null }
  i2d_X509_AUX(x, der)
  return der.value === null ? 0 : putPem(out, PEM_STRING_X509_TRUSTED, der.value)
}

/** Reads the next revocation list. @returns null with an error */
export function PEM_read_bio_X509_CRL(
  out: BIO,
  x: Out<X509_CRL | null> | null = null,
  cb: pem_password_cb | null = null,
  u: unknown = null,
): X509_CRL | null {
  void cb
  void u
  const block = blockOrNull(out, label => label === PEM_STRING_X509_CRL, PEM_STRING_X509_CRL)
  const crl = block === null ? null : d2i_X509_CRL(x, { value: block.data })
  if (block !== null && crl === null) raise(ERR_LIB_PEM, ERR_R_ASN1_LIB)
  return crl
}

/**
 * Reads the next private key: PKCS#8, encrypted PKCS#8, or the older form of RSA, EC and DSA
 * (PEM_read_bio_PrivateKey(3)).
 * @param cb - asked for the pass phrase of an encrypted key; null: `u` is the pass phrase
 * @returns null with an error of the decoder
 */
export function PEM_read_bio_PrivateKey(
  out: BIO,
  x: Out<EVP_PKEY | null> | null = null,
  cb: pem_password_cb | null = null,
  u: unknown = null,
): EVP_PKEY | null {
  const key = readPrivateKey(out, cb, u)
  if (key === null) return null
  const pkey = new EVP_PKEY(key)
  if (x !== null) x.value = pkey
  return pkey
}

/**
 * Writes a private key as PKCS#8 (PEM_write_bio_PrivateKey(3)).
 * @param enc - a cipher with an OpenSSL name such as `{ name: 'aes-256-cbc' }`, or null for a key that is not encrypted
 * @param kstr - the pass phrase; null: `cb` is asked, or `u` is it
 * @returns 1, or 0 without a private key or a pass phrase
 */
export function PEM_write_bio_PrivateKey(
  out: BIO,
  x: EVP_PKEY,
  enc: { readonly name: string } | null = null,
  kstr: Uint8Array | null = null,
  klen = kstr?.length ?? 0,
  cb: pem_password_cb | null = null,
  u: unknown = null,
): number {
  const { key } = requireLive(x, EVP_PKEY, 'x')
  if (key?.type !== 'private') return 0
  if (enc === null) return Number(BIO_puts(out, key.export({ format: 'pem', type: 'pkcs8' }).toString()) > 0)
  const secret = writePassphrase(kstr, klen, cb, u)
  if (secret === null) return 0
  const text = key.export({ format: 'pem', type: 'pkcs8', cipher: enc.name, passphrase: secret }).toString()
  secret.fill(0)
  return Number(BIO_puts(out, text) > 0)
}

function writePassphrase(kstr: Uint8Array | null, klen: number, cb: pem_password_cb | null, u: unknown): Buffer | null {
  if (kstr !== null) return Buffer.from(kstr.subarray(0, klen))
  if (cb === null) return typeof u === 'string' ? Buffer.from(u, 'utf8') : null
  const buffer = Buffer.alloc(1024)
  const length = cb(buffer, buffer.length, 1, u)
  return length > 0 && length <= buffer.length ? buffer.subarray(0, length) : null
}

/** Reads the next public key. @returns null with an error */
export function PEM_read_bio_PUBKEY(
  out: BIO,
  x: Out<EVP_PKEY | null> | null = null,
  cb: pem_password_cb | null = null,
  u: unknown = null,
): EVP_PKEY | null {
  void cb
  void u
  const block = blockOrNull(out, label => label === PEM_STRING_PUBLIC, PEM_STRING_PUBLIC)
  if (block === null) return null
  try {
    const pkey = new EVP_PKEY(readPublicKeyDer(block.data))
    if (x !== null) x.value = pkey
    return pkey
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    raise(ERR_LIB_PEM, ERR_R_ASN1_LIB)
    return null
  }
}

/** Writes the public half of a key. @returns 1, or 0 for an empty key */
export function PEM_write_bio_PUBKEY(out: BIO, x: EVP_PKEY): number {
  const { key } = requireLive(x, EVP_PKEY, 'x')
  return key === null ? 0 : putPem(out, PEM_STRING_PUBLIC, spkiOf(key))
}

function putPem(out: BIO, label: string, der: Uint8Array): number {
  return Number(BIO_puts(out, writePem(label, der)) > 0)
}

/**
 * What a mixed PEM file holds, one object for a certificate, a list or a key; a key joins the certificate before it.
 */
export class X509_INFO {
  x509: X509 | null = null
  crl: X509_CRL | null = null
  /** `dec_pkey` is the key; null for one that is encrypted. */
  x_pkey: { dec_pkey: EVP_PKEY | null } | null = null
  /** The contents of the block of an encrypted key. */
  enc_data: Uint8Array | null = null
}

/** Does nothing: what is inside is freed by who took it. @harmless what is not used any more is collected */
export function X509_INFO_free(a: X509_INFO | null): void {
  void a
}

/**
 * Reads everything that a PEM file holds (PEM_X509_INFO_read_bio(3)). Encrypted keys stay so, in `enc_data`.
 * @param sk - takes the objects as well, when given
 * @returns them in order; null with an error when a block is broken
 */
export function PEM_X509_INFO_read_bio(
  bp: BIO,
  sk: X509_INFO[] | null = null,
  cb: pem_password_cb | null = null,
  u: unknown = null,
): X509_INFO[] | null {
  void cb
  void u
  const found: X509_INFO[] = []
  for (;;) {
    const block = anyBlock(bp)
    if (block === 'broken') return null
    if (block === null) break
    if (!collect(found, block)) return null
  }
  sk?.push(...found)
  return sk ?? found
}

function anyBlock(bio: BIO): PemBlock | 'broken' | null {
  try {
    return readBlock(bio, () => true)
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    if (error.reason === 'no-start-line') return null
    raisePem(error, '')
    return 'broken'
  }
}

function collect(found: X509_INFO[], block: PemBlock): boolean {
  if (isPrivateKeyLabel(block.label)) return collectKey(found, block)
  const info = new X509_INFO()
  if (CERTIFICATE_LABELS.has(block.label) || block.label === PEM_STRING_X509_TRUSTED) {
    info.x509 = block.label === PEM_STRING_X509_TRUSTED ? trustedFrom(block, null) : certificateFrom(block, null)
    if (info.x509 === null) return false
  } else if (block.label === PEM_STRING_X509_CRL) {
    info.crl = d2i_X509_CRL(null, { value: block.data })
    if (info.crl === null) return raiseAsn1Lib()
  } else return true
  found.push(info)
  return true
}

function collectKey(found: X509_INFO[], block: PemBlock): boolean {
  const last = found.at(-1)
  const info = last !== undefined && last.x_pkey === null ? last : new X509_INFO()
  try {
    if (isEncrypted(block)) {
      info.x_pkey = { dec_pkey: null }
      info.enc_data = block.data
    } else {
      const key = decodeKeyDer(block.data)
      if (key === null) return raiseAsn1Lib()
      info.x_pkey = { dec_pkey: new EVP_PKEY(key) }
    }
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    raise(ERR_LIB_PEM, PEM_R_UNSUPPORTED_ENCRYPTION)
    return false
  }
  if (info !== last) found.push(info)
  return true
}

function raiseAsn1Lib(): false {
  raise(ERR_LIB_PEM, ERR_R_ASN1_LIB)
  return false
}

/** The same functions on a stream with a descriptor, `{ fd }`. */
export function PEM_read_X509(
  out: FILE,
  x: Out<X509 | null> | null = null,
  cb: pem_password_cb | null = null,
  u: unknown = null,
): X509 | null {
  return onStream(out, null, bio => PEM_read_bio_X509(bio, x, cb, u))
}

/** PEM_read_bio_PrivateKey from a stream. */
export function PEM_read_PrivateKey(
  out: FILE,
  x: Out<EVP_PKEY | null> | null = null,
  cb: pem_password_cb | null = null,
  u: unknown = null,
): EVP_PKEY | null {
  return onStream(out, null, bio => PEM_read_bio_PrivateKey(bio, x, cb, u))
}

/** PEM_write_bio_X509 to a stream. */
export function PEM_write_X509(out: FILE, x: X509): number {
  return onStream(out, 0, bio => PEM_write_bio_X509(bio, x))
}

/** PEM_write_bio_PrivateKey to a stream. */
export function PEM_write_PrivateKey(
  out: FILE,
  x: EVP_PKEY,
  enc: { readonly name: string } | null = null,
  kstr: Uint8Array | null = null,
  klen = kstr?.length ?? 0,
  cb: pem_password_cb | null = null,
  u: unknown = null,
): number {
  return onStream(out, 0, bio => PEM_write_bio_PrivateKey(bio, x, enc, kstr, klen, cb, u))
}

/** Reads one certificate in DER. @returns null with an error */
export function d2i_X509_bio(bp: BIO, x509: Out<X509 | null> | null = null): X509 | null {
  const der = readAll(bp)
  if (der.length > 0 && holdsElement(der)) return d2i_X509(x509, { value: der })
  if (der.length > 0) raise(ERR_LIB_ASN1, ASN1_R_NOT_ENOUGH_DATA)
  return null
}

/** Reads one private key in DER: PKCS#8 or the older form of RSA and EC. @returns null with an error */
export function d2i_PrivateKey_bio(bp: BIO, a: Out<EVP_PKEY | null> | null = null): EVP_PKEY | null {
  const key = decodeKeyDer(readAll(bp))
  if (key === null) return null
  const pkey = new EVP_PKEY(key)
  if (a !== null) a.value = pkey
  return pkey
}
