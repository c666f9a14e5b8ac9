import type { BIO } from '../../bio/bio.ts'
import { BIO_free, BIO_new } from '../../bio/bio.ts'
import { BIO_read_filename, BIO_s_file } from '../../bio/file.ts'
import { ERR_LIB_SSL, ERR_R_ASN1_LIB, ERR_R_PEM_LIB, ERR_R_SYS_LIB } from '../../constants/err.ts'
import { PEM_R_NO_START_LINE } from '../../constants/pemerr.ts'
import { SSL_R_BAD_SSL_FILETYPE } from '../../constants/sslerr.ts'
import { X509_FILETYPE_PEM } from '../../constants/x509.ts'
import { ERR_GET_REASON } from '../../err/codes.ts'
import { ERR_peek_last_error } from '../../err/get.ts'
import { ERR_clear_error } from '../../err/put.ts'
import { raise } from '../../err/raise.ts'
import type { EVP_PKEY } from '../../evp/pkey.ts'
import { X509_FILETYPE_ASN1 } from '../constants.ts'
import type { X509 } from '../x509.ts'
import {
  d2i_PrivateKey_bio,
  d2i_X509_bio,
  PEM_read_bio_PrivateKey,
  PEM_read_bio_X509,
  PEM_read_bio_X509_AUX,
  type pem_password_cb,
} from './pem.ts'

/** SSL_FILETYPE_PEM or SSL_FILETYPE_ASN1. */
export type FileType = number

/**
 * The first certificate of a file, with the errors of SSL_CTX_use_certificate_file.
 * @returns null with: the file missing (fopen's errno, BIO and SSL system lib), not PEM (PEM_R_NO_START_LINE and SSL's
 * PEM lib), not DER (an ASN1 error and SSL's ASN1 lib), SSL_R_BAD_SSL_FILETYPE
 */
export function readCertificateFile(file: string, type: FileType): X509 | null {
  return withFile(file, type, bio => (type === X509_FILETYPE_PEM ? PEM_read_bio_X509(bio) : d2i_X509_bio(bio)))
}

/**
 * The certificates of a PEM file, leaf first, with the errors of SSL_CTX_use_certificate_chain_file.
 * @returns null when the first is missing or any is broken; only errors of the first bring SSL's PEM lib
 */
export function readCertificateChainFile(file: string): X509[] | null {
  const bio = open(file)
  if (bio === null) return null
  try {
    return readChain(bio)
  } finally {
    BIO_free(bio)
  }
}

/**
 * The private key of a file, with the errors of SSL_CTX_use_PrivateKey_file.
 * @param cb - asked for the pass phrase, with a size of 1024 and rwflag 0; null: `u` is the pass phrase
 */
export function readPrivateKeyFile(
  file: string,
  type: FileType,
  cb: pem_password_cb | null,
  u: unknown,
): EVP_PKEY | null {
  return withFile(file, type, bio =>
    type === X509_FILETYPE_PEM ? PEM_read_bio_PrivateKey(bio, null, cb, u) : d2i_PrivateKey_bio(bio),
  )
}

function withFile<T>(file: string, type: FileType, read: (bio: BIO) => T | null): T | null {
  const bio = open(file)
  if (bio === null) return null
  try {
    if (type !== X509_FILETYPE_PEM && type !== X509_FILETYPE_ASN1) return failed(SSL_R_BAD_SSL_FILETYPE)
    return read(bio) ?? failed(type === X509_FILETYPE_PEM ? ERR_R_PEM_LIB : ERR_R_ASN1_LIB)
  } finally {
    BIO_free(bio)
  }
}

function readChain(bio: BIO): X509[] | null {
  const leaf = PEM_read_bio_X509_AUX(bio)
  if (leaf === null) return failed(ERR_R_PEM_LIB)
  const chain = [leaf]
  for (;;) {
    const next = PEM_read_bio_X509(bio)
    if (next === null) break
    chain.push(next)
  }
  // The end of the file shows as a missing start line, which is no error here.
  if (ERR_GET_REASON(ERR_peek_last_error()) !== PEM_R_NO_START_LINE) return null
  ERR_clear_error()
  return chain
}

/** As SSL_CTX_use_*_file opens: a missing file is SSL's error as well. */
function open(file: string): BIO | null {
  const bio = BIO_new(BIO_s_file())
  if (bio !== null && BIO_read_filename(bio, file) > 0) return bio
  BIO_free(bio)
  return failed(ERR_R_SYS_LIB)
}

function failed(reason: number): null {
  raise(ERR_LIB_SSL, reason)
  return null
}
