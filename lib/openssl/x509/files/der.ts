import type { KeyObject } from 'node:crypto'
import { PkiFailure } from '../../../pki/failure.ts'
import { spkiOf } from '../../../pki/issue.ts'
import { readPublicKeyDer } from '../../../pki/private-key.ts'
import type { BIO } from '../../bio/bio.ts'
import type { FILE } from '../../bio/file.ts'
import { BIO_write } from '../../bio/io.ts'
import { type Out, requireInteger, requireLive } from '../../boundary.ts'
import { ERR_LIB_X509 } from '../../constants/err.ts'
import { X509_R_PUBLIC_KEY_DECODE_ERROR } from '../../constants/x509err.ts'
import { raise } from '../../err/raise.ts'
import { EVP_PKEY } from '../../evp/pkey.ts'
import { firstElement } from '../asn1/asn1-errors.ts'
import { deliverDer, i2d_X509, type X509 } from '../x509.ts'
import { d2i_PrivateKey_bio, d2i_X509_bio } from './pem.ts'
import { readAll } from './pem-bio.ts'
import { decodeKeyDer } from './private-key.ts'
import { onStream } from './stream.ts'

/** Writes a certificate in DER. @returns 1, or 0 for one that is not signed or when the BIO does not take it */
export function i2d_X509_bio(bp: BIO, x509: X509): number {
  const out: Out<Uint8Array | null> = { value: null }
  return i2d_X509(x509, out) > 0 && out.value !== null ? putDer(bp, out.value) : 0
}

/** A public key from the start of `pp.value`, which then begins after it. @returns null with an error */
export function d2i_PUBKEY(a: Out<EVP_PKEY | null> | null, pp: Out<Uint8Array>, length?: number): EVP_PKEY | null {
  const der = firstElement(pp.value.subarray(0, length === undefined ? undefined : requireInteger(length, 'length')))
  try {
    const pkey = new EVP_PKEY(readPublicKeyDer(der))
    pp.value = pp.value.subarray(der.length)
    if (a !== null) a.value = pkey
    return pkey
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    raise(ERR_LIB_X509, X509_R_PUBLIC_KEY_DECODE_ERROR)
    return null
  }
}

/** d2i_PUBKEY in a library context, of which there is one. */
export function d2i_PUBKEY_ex(
  a: Out<EVP_PKEY | null> | null,
  pp: Out<Uint8Array>,
  length: number | undefined,
  libctx: unknown,
  propq: string | null,
): EVP_PKEY | null {
  void libctx
  void propq
  return d2i_PUBKEY(a, pp, length)
}

/** d2i_PrivateKey_bio in a library context, of which there is one. */
export function d2i_PrivateKey_ex_bio(
  bp: BIO,
  a: Out<EVP_PKEY | null> | null,
  libctx: unknown,
  propq: string | null,
): EVP_PKEY | null {
  void libctx
  void propq
  return d2i_PrivateKey_bio(bp, a)
}

/** d2i_PrivateKey_fp in a library context, of which there is one. */
export function d2i_PrivateKey_ex_fp(
  fp: FILE,
  a: Out<EVP_PKEY | null> | null,
  libctx: unknown,
  propq: string | null,
): EVP_PKEY | null {
  void libctx
  void propq
  return d2i_PrivateKey_fp(fp, a)
}

/** The SubjectPublicKeyInfo of a key; as i2d_X509. @returns the length in bytes, 0 for an empty key */
export function i2d_PUBKEY(a: EVP_PKEY, pp: Out<Uint8Array | null> | null = null): number {
  const { key } = requireLive(a, EVP_PKEY, 'a')
  return key === null ? 0 : deliverDer(spkiOf(key), pp)
}

/** Reads one public key. @returns null with an error */
export function d2i_PUBKEY_bio(bp: BIO, a: Out<EVP_PKEY | null> | null = null): EVP_PKEY | null {
  return d2i_PUBKEY(a, { value: readAll(bp) })
}

/** Writes the public half of a key. @returns 1, or 0 */
export function i2d_PUBKEY_bio(bp: BIO, pkey: EVP_PKEY): number {
  const { key } = requireLive(pkey, EVP_PKEY, 'pkey')
  return key === null ? 0 : putDer(bp, spkiOf(key))
}

/** A private key from the start of `pp.value`, which then begins after it. @returns null with an error */
export function d2i_AutoPrivateKey(
  a: Out<EVP_PKEY | null> | null,
  pp: Out<Uint8Array>,
  length?: number,
): EVP_PKEY | null {
  const der = firstElement(pp.value.subarray(0, length === undefined ? undefined : requireInteger(length, 'length')))
  const key = decodeKeyDer(der)
  if (key === null) return null
  pp.value = pp.value.subarray(der.length)
  const pkey = new EVP_PKEY(key)
  if (a !== null) a.value = pkey
  return pkey
}

/**
 * A private key in its older form, PKCS#1 or SEC1; PKCS#8 for kinds without one. As i2d_X509; the caller wipes it.
 * @returns the length in bytes, 0 for a key without a private half
 */
export function i2d_PrivateKey(a: EVP_PKEY, pp: Out<Uint8Array | null> | null = null): number {
  const { key } = requireLive(a, EVP_PKEY, 'a')
  return key?.type === 'private' ? deliverDer(exportPrivate(key), pp) : 0
}

/** Writes a private key; as i2d_PrivateKey. @returns 1, or 0 */
export function i2d_PrivateKey_bio(bp: BIO, pkey: EVP_PKEY): number {
  const { key } = requireLive(pkey, EVP_PKEY, 'pkey')
  if (key?.type !== 'private') return 0
  const der = exportPrivate(key)
  const result = putDer(bp, der)
  der.fill(0)
  return result
}

function exportPrivate(key: KeyObject): Uint8Array {
  const type = key.asymmetricKeyType === 'rsa' ? 'pkcs1' : key.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs8'
  return key.export({ format: 'der', type })
}

/** Writes DER to a BIO. @returns 1, or 0 when it does not take it */
export function putDer(bp: BIO, der: Uint8Array): number {
  return Number(BIO_write(bp, der) === der.length)
}

/** The same functions on a stream with a descriptor, `{ fd }`. */
export function d2i_X509_fp(fp: FILE, x509: Out<X509 | null> | null = null): X509 | null {
  return onStream(fp, null, bio => d2i_X509_bio(bio, x509))
}

/** i2d_X509_bio to a stream. */
export function i2d_X509_fp(fp: FILE, x509: X509): number {
  return onStream(fp, 0, bio => i2d_X509_bio(bio, x509))
}

/** d2i_PUBKEY_bio from a stream. */
export function d2i_PUBKEY_fp(fp: FILE, a: Out<EVP_PKEY | null> | null = null): EVP_PKEY | null {
  return onStream(fp, null, bio => d2i_PUBKEY_bio(bio, a))
}

/** i2d_PUBKEY_bio to a stream. */
export function i2d_PUBKEY_fp(fp: FILE, pkey: EVP_PKEY): number {
  return onStream(fp, 0, bio => i2d_PUBKEY_bio(bio, pkey))
}

/** d2i_PrivateKey_bio from a stream. */
export function d2i_PrivateKey_fp(fp: FILE, a: Out<EVP_PKEY | null> | null = null): EVP_PKEY | null {
  return onStream(fp, null, bio => d2i_PrivateKey_bio(bio, a))
}

/** i2d_PrivateKey_bio to a stream. */
export function i2d_PrivateKey_fp(fp: FILE, pkey: EVP_PKEY): number {
  return onStream(fp, 0, bio => i2d_PrivateKey_bio(bio, pkey))
}
