import type { BIO } from '../../bio/bio.ts'
import { BIO_write } from '../../bio/io.ts'
import type { FILE } from '../../bio/stdio.ts'
import { requireInstance, requireInteger, requireLive } from '../../boundary.ts'
import { ASN1_STRING } from '../asn1/asn1.ts'
import { XN_FLAG_COMPAT } from '../constants.ts'
import { X509_ALGOR } from '../details.ts'
import { GENERAL_NAME, X509_EXTENSION } from '../extensions/extension-value.ts'
import { onStream } from '../files/stream.ts'
import { X509 } from '../x509.ts'
import {
  certificateText,
  extensionsText,
  readable,
  shownExtension,
  signatureDump,
  signatureText,
} from './certificate.ts'
import { generalNameText } from './extensions.ts'

export * from './asn1.ts'

/**
 * Writes everything that a certificate says, in lines (X509_print_ex(3)).
 * @param nmflag - how names are written: XN_FLAG_ONELINE, XN_FLAG_MULTILINE, ...
 * @param cflag - X509_FLAG_NO_* for what is left out, X509V3_EXT_* for extensions that are not known
 * @returns 1, or 0 when the BIO does not take it or the certificate is not signed yet
 */
export function X509_print_ex(bp: BIO, x: X509, nmflag: number, cflag: number): number {
  const { certificate, publicKey } = requireLive(x, X509, 'x')
  if (certificate === null) return 0
  const flags = [requireInteger(nmflag, 'nmflag'), requireInteger(cflag, 'cflag')] as const
  const { text, whole } = certificateText(certificate, publicKey, ...flags)
  return Number(put(bp, text) === 1 && whole)
}

/** X509_print_ex with names as X509_NAME_print writes them, and nothing left out. */
export function X509_print(bp: BIO, x: X509): number {
  return X509_print_ex(bp, x, XN_FLAG_COMPAT, 0)
}

/** X509_print_ex to a stream such as `process.stdout`. */
export function X509_print_ex_fp(bp: FILE, x: X509, nmflag: number, cflag: number): number {
  return onStream(bp, 0, bio => X509_print_ex(bio, x, nmflag, cflag))
}

/** X509_print to a stream such as `process.stdout`. */
export function X509_print_fp(bp: FILE, x: X509): number {
  return onStream(bp, 0, bio => X509_print(bio, x))
}

/** Writes the name of an algorithm and, unless `sig` is null, a signature in hexadecimal. @returns 1 or 0 */
export function X509_signature_print(bp: BIO, alg: X509_ALGOR, sig: ASN1_STRING | null): number {
  const { identifier } = requireInstance(alg, X509_ALGOR, 'alg')
  return put(bp, signatureText(identifier, sig === null ? null : requireInstance(sig, ASN1_STRING, 'sig').data))
}

/** Writes a signature in hexadecimal, 18 bytes a line. @param indent - blanks before each line @returns 1 or 0 */
export function X509_signature_dump(bp: BIO, sig: ASN1_STRING, indent: number): number {
  return put(bp, signatureDump(requireInstance(sig, ASN1_STRING, 'sig').data, requireInteger(indent, 'indent')))
}

/**
 * Writes an extension in words (X509V3_EXT_print(3)).
 * @param flag - X509V3_EXT_*: what becomes of one that is not known or cannot be decoded
 * @param indent - blanks before each line
 * @returns 1, or 0 when it is not known and `flag` asks for nothing
 */
export function X509V3_EXT_print(out: BIO, ext: X509_EXTENSION, flag: number, indent: number): number {
  const { extension } = requireInstance(ext, X509_EXTENSION, 'ext')
  return put(out, shownExtension(extension, requireInteger(flag, 'flag'), requireInteger(indent, 'indent')))
}

/**
 * Writes extensions in lines (X509V3_extensions_print(3)).
 * @param title - null: none, and less to the right
 * @param exts - null: nothing is written
 * @returns 1, or 0 when the BIO does not take it
 */
export function X509V3_extensions_print(
  out: BIO,
  title: string | null,
  exts: readonly X509_EXTENSION[] | null,
  flag: number,
  indent: number,
): number {
  const extensions = (exts ?? []).map(ext => requireInstance(ext, X509_EXTENSION, 'exts').extension)
  return put(out, extensionsText(title, extensions, requireInteger(flag, 'flag'), requireInteger(indent, 'indent')))
}

/** Writes a name as `DNS:localhost` (GENERAL_NAME_print). @returns 1, or 0 for one that cannot be decoded */
export function GENERAL_NAME_print(out: BIO, gen: GENERAL_NAME): number {
  const { name } = requireInstance(gen, GENERAL_NAME, 'gen')
  return put(
    out,
    readable(() => generalNameText(name)),
  )
}

function put(bio: BIO, text: string | null): number {
  if (text === null) return 0
  const bytes = Buffer.from(text, 'latin1')
  return Number(bytes.length === 0 || BIO_write(bio, bytes) === bytes.length)
}
