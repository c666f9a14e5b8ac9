import { utf8 } from '../../base/bytes.ts'
import { errnoName, strerror } from '../../base/errno.ts'
import type { Out } from '../boundary.ts'
import {
  ERR_LIB_ASN1,
  ERR_LIB_BIO,
  ERR_LIB_CRYPTO,
  ERR_LIB_EC,
  ERR_LIB_EVP,
  ERR_LIB_OCSP,
  ERR_LIB_OSSL_DECODER,
  ERR_LIB_PEM,
  ERR_LIB_PKCS12,
  ERR_LIB_PROV,
  ERR_LIB_RSA,
  ERR_LIB_SSL,
  ERR_LIB_X509,
  ERR_LIB_X509V3,
} from '../constants/err.ts'
import { ERR_GET_LIB, ERR_GET_REASON, ERR_SYSTEM_ERROR, pack } from './codes.ts'
import { COMMON, LIBRARIES } from './texts/common.ts'
import { ASN1, BIO, CRYPTO, DECODER, EC, EVP, OCSP, PEM, PKCS12, PROV, RSA, X509, X509V3 } from './texts/crypto.ts'
import { SSL } from './texts/ssl.ts'

/** One text for ERR_load_strings: a packed code, or a reason that the call completes with its library. */
export interface ERR_STRING_DATA {
  error: number
  string: string
}

const REASONS: ReadonlyMap<number, Readonly<Record<number, string>>> = new Map([
  [ERR_LIB_RSA, RSA],
  [ERR_LIB_EVP, EVP],
  [ERR_LIB_PEM, PEM],
  [ERR_LIB_X509, X509],
  [ERR_LIB_ASN1, ASN1],
  [ERR_LIB_CRYPTO, CRYPTO],
  [ERR_LIB_EC, EC],
  [ERR_LIB_SSL, SSL],
  [ERR_LIB_BIO, BIO],
  [ERR_LIB_X509V3, X509V3],
  [ERR_LIB_PKCS12, PKCS12],
  [ERR_LIB_OCSP, OCSP],
  [ERR_LIB_PROV, PROV],
  [ERR_LIB_OSSL_DECODER, DECODER],
])

/** Texts of the program's own, by packed code. */
const loaded = new Map<number, string>()

/** The name of the library of a code (ERR_lib_error_string(3)), such as `SSL routines`; null for an unknown one. */
export function ERR_lib_error_string(e: number): string | null {
  const lib = ERR_GET_LIB(e)
  return loaded.get(pack(lib, 0)) ?? LIBRARIES[lib] ?? null
}

/** The text of the reason of a code, in lower case; null for an unknown one and for an error of the system. */
export function ERR_reason_error_string(e: number): string | null {
  if (ERR_SYSTEM_ERROR(e) === 1) return null
  const lib = ERR_GET_LIB(e)
  const reason = ERR_GET_REASON(e)
  return loaded.get(pack(lib, reason)) ?? REASONS.get(lib)?.[reason] ?? loaded.get(reason) ?? COMMON[reason] ?? null
}

/** Functions have no numbers in 3.0: always null. */
export function ERR_func_error_string(e: number): null {
  void e
  return null
}

/**
 * The text of a code: `error:0A000126:SSL routines::unexpected eof while reading` (ERR_error_string(3)).
 * @param buf - 256 bytes or more that take the text with a NUL, or null
 */
export function ERR_error_string(e: number, buf: Uint8Array | null = null): string {
  return ERR_error_string_n(e, buf, ERROR_STRING_SIZE)
}

/**
 * ERR_error_string cut to `len` bytes with the NUL; what does not fit is tried as `err:a0000c1:14:0:c1` first.
 * @param buf - takes the text: bytes with a NUL at the end, an object `{ value }`, or null
 * @returns the text, for which C has no result
 */
export function ERR_error_string_n(e: number, buf: Uint8Array | Out<string> | null, len: number): string {
  if (len === 0) return ''
  const text = errorText(e, '', len)
  if (buf instanceof Uint8Array) {
    if (text.length >= buf.length) throw new TypeError(`buf: ${text.length + 1} bytes are needed`)
    buf.set(utf8(`${text}\0`))
  } else if (buf !== null) buf.value = text
  return text
}

const ERROR_STRING_SIZE = 256

/** ERR_error_string_n with the function that raised the error, for ERR_print_errors. */
export function errorText(e: number, func: string, size: number): string {
  const lib = ERR_GET_LIB(e)
  const reason = ERR_GET_REASON(e)
  const known = ERR_SYSTEM_ERROR(e) === 1 ? systemText(reason) : ERR_reason_error_string(e)
  const code = e.toString(16).toUpperCase().padStart(8, '0')
  const text = `error:${code}:${ERR_lib_error_string(e) ?? `lib(${lib})`}:${func}:${known ?? `reason(${reason})`}`
  const whole = text.length < size - 1 ? text : `err:${e.toString(16)}:${lib.toString(16)}:0:${reason.toString(16)}`
  return whole.slice(0, size - 1)
}

function systemText(number: number): string | null {
  return errnoName(number) === undefined ? null : strerror(number)
}

/** Adds texts for a library of the program's own; the list ends with its last element or with `error: 0`. @returns 1 */
export function ERR_load_strings(lib: number, str: readonly ERR_STRING_DATA[]): number {
  return ERR_load_strings_const(
    str.map(({ error, string }) => ({ error: error && (error | pack(lib, 0)) >>> 0, string })),
  )
}

/** ERR_load_strings for codes that are packed already. @returns 1 */
export function ERR_load_strings_const(str: readonly ERR_STRING_DATA[]): number {
  for (const { error, string } of untilZero(str)) loaded.set(error, string)
  return 1
}

/** Takes the texts back. @returns 1 */
export function ERR_unload_strings(lib: number, str: readonly ERR_STRING_DATA[]): number {
  for (const { error } of untilZero(str)) loaded.delete((error | pack(lib, 0)) >>> 0)
  return 1
}

function untilZero(list: readonly ERR_STRING_DATA[]): readonly ERR_STRING_DATA[] {
  const end = list.findIndex(({ error }) => error === 0)
  return end < 0 ? list : list.slice(0, end)
}
