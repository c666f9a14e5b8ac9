import type { BIO } from '../../bio/bio.ts'
import type { FILE } from '../../bio/stdio.ts'
import type { Out } from '../../boundary.ts'
import { type DH, PEM_read_bio_DHparams, PEM_write_bio_DHparams } from '../../evp/dh.ts'
import type { EVP_PKEY } from '../../evp/pkey.ts'
import type { X509 } from '../x509.ts'
import {
  PEM_read_bio_PUBKEY,
  PEM_read_bio_X509_AUX,
  PEM_write_bio_PUBKEY,
  PEM_write_bio_X509_AUX,
  PEM_X509_INFO_read_bio,
  type X509_INFO,
} from './pem.ts'
import type { pem_password_cb } from './private-key.ts'
import { onStream } from './stream.ts'

// The forms of pem.ts that take a FILE, or a library context, of which there is one.

/** PEM_read_bio_X509_AUX from a stream. */
export function PEM_read_X509_AUX(
  fp: FILE,
  x: Out<X509 | null> | null = null,
  cb: pem_password_cb | null = null,
  u: unknown = null,
): X509 | null {
  return onStream(fp, null, bio => PEM_read_bio_X509_AUX(bio, x, cb, u))
}

/** PEM_write_bio_X509_AUX to a stream. @returns 1 or 0 */
export function PEM_write_X509_AUX(fp: FILE, x: X509): number {
  return onStream(fp, 0, bio => PEM_write_bio_X509_AUX(bio, x))
}

/** PEM_read_bio_PUBKEY from a stream. */
export function PEM_read_PUBKEY(
  fp: FILE,
  x: Out<EVP_PKEY | null> | null = null,
  cb: pem_password_cb | null = null,
  u: unknown = null,
): EVP_PKEY | null {
  return onStream(fp, null, bio => PEM_read_bio_PUBKEY(bio, x, cb, u))
}

/** PEM_write_bio_PUBKEY to a stream. @returns 1 or 0 */
export function PEM_write_PUBKEY(fp: FILE, x: EVP_PKEY): number {
  return onStream(fp, 0, bio => PEM_write_bio_PUBKEY(bio, x))
}

/** PEM_read_bio_DHparams from a stream. */
export function PEM_read_DHparams(
  fp: FILE,
  x: Out<DH | null> | null = null,
  cb: pem_password_cb | null = null,
  u: unknown = null,
): DH | null {
  return onStream(fp, null, bio => PEM_read_bio_DHparams(bio, x, cb, u))
}

/** PEM_write_bio_DHparams to a stream. @returns 1 or 0 */
export function PEM_write_DHparams(fp: FILE, x: DH): number {
  return onStream(fp, 0, bio => PEM_write_bio_DHparams(bio, x))
}

/** PEM_X509_INFO_read_bio from a stream. */
export function PEM_X509_INFO_read(
  fp: FILE,
  sk: X509_INFO[] | null = null,
  cb: pem_password_cb | null = null,
  u: unknown = null,
): X509_INFO[] | null {
  return onStream(fp, null, bio => PEM_X509_INFO_read_bio(bio, sk, cb, u))
}

/** PEM_X509_INFO_read in a library context. */
export function PEM_X509_INFO_read_ex(
  fp: FILE,
  sk: X509_INFO[] | null,
  cb: pem_password_cb | null,
  u: unknown,
  libctx: unknown,
  propq: string | null,
): X509_INFO[] | null {
  void libctx
  void propq
  return PEM_X509_INFO_read(fp, sk, cb, u)
}

/** PEM_X509_INFO_read_bio in a library context. */
export function PEM_X509_INFO_read_bio_ex(
  bp: BIO,
  sk: X509_INFO[] | null,
  cb: pem_password_cb | null,
  u: unknown,
  libctx: unknown,
  propq: string | null,
): X509_INFO[] | null {
  void libctx
  void propq
  return PEM_X509_INFO_read_bio(bp, sk, cb, u)
}
