import { timingSafeEqual } from 'node:crypto'
import { copy, utf8, wipe } from '../base/bytes.ts'
import type { Out } from './boundary.ts'
import { requireBytes, requireLength, requireString } from './boundary.ts'
import {
  OPENSSL_BUILT_ON,
  OPENSSL_CFLAGS,
  OPENSSL_CPU_INFO,
  OPENSSL_DIR,
  OPENSSL_ENGINES_DIR,
  OPENSSL_FULL_VERSION_STRING,
  OPENSSL_MODULES_DIR,
  OPENSSL_PLATFORM,
  OPENSSL_VERSION,
  OPENSSL_VERSION_STRING,
} from './constants/crypto.ts'
import { ERR_LIB_CRYPTO } from './constants/err.ts'
import {
  OPENSSL_FULL_VERSION_STR,
  OPENSSL_VERSION_BUILD_METADATA,
  OPENSSL_VERSION_MAJOR,
  OPENSSL_VERSION_MINOR,
  OPENSSL_VERSION_NUMBER,
  OPENSSL_VERSION_PATCH,
  OPENSSL_VERSION_PRE_RELEASE,
  OPENSSL_VERSION_STR,
  OPENSSL_VERSION_TEXT,
} from './constants/opensslv.ts'
import { raise } from './err/raise.ts'

// The slices of <openssl/crypto.h>, and of the others, that programs around libssl use to start up, for memory and
// versions.

/** What OPENSSL_init_ssl may be given; nothing of it matters here. */
export class OPENSSL_INIT_SETTINGS {
  config: string | null = null
  appname: string | null = null
  flags = 0
}

/** Settings with nothing set. */
export function OPENSSL_INIT_new(): OPENSSL_INIT_SETTINGS {
  return new OPENSSL_INIT_SETTINGS()
}

/** Keeps the name; there is no configuration file to read. @returns 1 */
export function OPENSSL_INIT_set_config_filename(settings: OPENSSL_INIT_SETTINGS, config_filename: string): number {
  settings.config = config_filename
  return 1
}

/** Keeps the flags; there is no configuration file to read. */
export function OPENSSL_INIT_set_config_file_flags(settings: OPENSSL_INIT_SETTINGS, flags: number): void {
  settings.flags = flags
}

/** Keeps the name. @returns 1 */
export function OPENSSL_INIT_set_config_appname(settings: OPENSSL_INIT_SETTINGS, config_appname: string): number {
  settings.appname = config_appname
  return 1
}

/** Does nothing: settings are collected. @harmless what is not used any more is collected */
export function OPENSSL_INIT_free(settings: OPENSSL_INIT_SETTINGS | null): void {
  void settings
}

/** The library needs no start. @returns 1 @harmless the library needs no start */
export function OPENSSL_init_crypto(opts: number, settings: OPENSSL_INIT_SETTINGS | null = null): number {
  void opts
  void settings
  return 1
}

/** The library needs no start. @returns 1 */
export const OPENSSL_init_ssl: typeof OPENSSL_init_crypto = OPENSSL_init_crypto

/** What programs of 1.0.2 call first. @returns 1 @harmless the library needs no start */
export function SSL_library_init(): number {
  return 1
}

/** SSL_library_init by another name. */
export const OpenSSL_add_ssl_algorithms: typeof SSL_library_init = SSL_library_init
export const SSLeay_add_ssl_algorithms: typeof SSL_library_init = SSL_library_init

/** The texts of errors are always there. @harmless the library needs no start */
export function SSL_load_error_strings(): void {}

/** Algorithms are always there. @harmless the library needs no start */
export function OpenSSL_add_all_algorithms(): void {}

/** Digests are always there. @harmless the library needs no start */
export function OpenSSL_add_all_digests(): void {}

/** Does nothing: nothing is held that must be given back. @harmless nothing is held that must be given back */
export function OPENSSL_cleanup(): void {}

/** Threads share nothing here: no locks are needed. @harmless there are no locks: threads share nothing */
export function CRYPTO_num_locks(): number {
  return 1
}

/** Does nothing: there are no locks. @harmless there are no locks: threads share nothing */
export function CRYPTO_set_locking_callback(func: unknown): void {
  void func
}

/** Null: there are no locks. @harmless there are no locks: threads share nothing */
export function CRYPTO_get_locking_callback(): null {
  return null
}

/** Does nothing: there are no locks. @harmless there are no locks: threads share nothing */
export function CRYPTO_set_id_callback(func: unknown): void {
  void func
}

/** Does nothing. @returns 0 @harmless there are no locks: threads share nothing */
export function CRYPTO_THREADID_set_callback(threadid_func: unknown): number {
  void threadid_func
  return 0
}

/** Does nothing: threads share nothing. @harmless there are no locks: threads share nothing */
export function CRYPTO_THREADID_set_numeric(id: unknown, val: number): void {
  void id
  void val
}

/** Does nothing: threads share nothing. @harmless there are no locks: threads share nothing */
export function CRYPTO_THREADID_set_pointer(id: unknown, ptr: unknown): void {
  void id
  void ptr
}

/**
 * Bytes, all 0 where C leaves them as they are.
 * @param num - how many
 * @returns null for 0 bytes
 */
export function OPENSSL_malloc(num: number): Uint8Array | null {
  return num > 0 ? new Uint8Array(num) : null
}

/** OPENSSL_malloc by another name. */
export const OPENSSL_zalloc: typeof OPENSSL_malloc = OPENSSL_malloc

/**
 * The bytes moved to a place of another size.
 * @param num - the new size in bytes
 * @returns null for 0 bytes
 */
export function OPENSSL_realloc(addr: Uint8Array | null, num: number): Uint8Array | null {
  const moved = OPENSSL_malloc(num)
  if (addr !== null) moved?.set(requireBytes(addr, 'addr').subarray(0, num))
  return moved
}

/** Memory frees itself. @harmless what is not used any more is collected */
export function OPENSSL_free(addr: unknown): void {
  void addr
}

/** Wipes `num` bytes. */
export function OPENSSL_clear_free(str: Uint8Array | null, num?: number): void {
  if (str !== null) OPENSSL_cleanse(str, num)
}

/**
 * Wipes bytes. JavaScript cannot promise that no copy is left.
 * @param len - how many of them
 */
export function OPENSSL_cleanse(ptr: Uint8Array, len?: number): void {
  const length = requireLength(len, requireBytes(ptr, 'ptr'), 'len')
  wipe(ptr.subarray(0, length))
}

/** A copy of `s` bytes; null for null. */
export function OPENSSL_memdup(data: Uint8Array | null, s?: number): Uint8Array | null {
  return data === null ? null : copy(requireBytes(data, 'data').subarray(0, requireLength(s, data, 's')))
}

/** The text itself, which never changes; null for null. */
export function OPENSSL_strdup(str: string | null): string | null {
  return str
}

/** The first `s` characters; null for null. */
export function OPENSSL_strndup(str: string | null, s: number): string | null {
  return str === null ? null : str.slice(0, s)
}

/**
 * Copies a string with its NUL into `dst`, as much as there is room for (BUF_strlcpy).
 * @param size - bytes of room
 * @returns the bytes of `src` without the NUL: `size` or more says that it was cut
 */
export function OPENSSL_strlcpy(dst: Uint8Array, src: string, size: number): number {
  const bytes = utf8(requireString(src, 'src'))
  const room = requireLength(size, requireBytes(dst, 'dst'), 'size')
  if (room > 0) {
    const copied = bytes.subarray(0, room - 1)
    dst.set(copied)
    dst[copied.length] = 0
  }
  return bytes.length
}

/**
 * Appends a string to the one in `dst` (BUF_strlcat).
 * @param size - bytes of room in all
 * @returns the bytes that both have without the NUL: `size` or more says that it was cut
 */
export function OPENSSL_strlcat(dst: Uint8Array, src: string, size: number): number {
  const room = requireLength(size, requireBytes(dst, 'dst'), 'size')
  const end = dst.subarray(0, room).indexOf(0)
  const before = end === -1 ? room : end
  return before + OPENSSL_strlcpy(dst.subarray(before), src, room - before)
}

/** The bytes of a string, at most `maxlen`. */
export function OPENSSL_strnlen(str: string, maxlen: number): number {
  return Math.min(utf8(requireString(str, 'str')).length, maxlen)
}

/** OPENSSL_strlcpy by another name. */
export const BUF_strlcpy: typeof OPENSSL_strlcpy = OPENSSL_strlcpy
export const BUF_strlcat: typeof OPENSSL_strlcat = OPENSSL_strlcat
export const BUF_strnlen: typeof OPENSSL_strnlen = OPENSSL_strnlen
export const BUF_memdup: typeof OPENSSL_memdup = OPENSSL_memdup
export const BUF_strdup: typeof OPENSSL_strdup = OPENSSL_strdup
export const BUF_strndup: typeof OPENSSL_strndup = OPENSSL_strndup

/** Compares without regard to the case of ASCII letters. @returns 0 when equal, else below or above 0 */
export function OPENSSL_strcasecmp(s1: string, s2: string): number {
  return OPENSSL_strncasecmp(s1, s2, Number.POSITIVE_INFINITY)
}

/** OPENSSL_strcasecmp of the first `n` characters. */
export function OPENSSL_strncasecmp(s1: string, s2: string, n: number): number {
  const one = lowerCase(requireString(s1, 's1')).subarray(0, n)
  const two = lowerCase(requireString(s2, 's2')).subarray(0, n)
  for (let i = 0; i < Math.min(one.length, two.length); i++) {
    const difference = (one[i] ?? 0) - (two[i] ?? 0)
    if (difference !== 0) return difference
  }
  return (one[two.length] ?? 0) - (two[one.length] ?? 0)
}

/** Compares in constant time. @returns 0 when the first `len` bytes are equal, else 1 */
export function CRYPTO_memcmp(in_a: Uint8Array, in_b: Uint8Array, len: number): number {
  const a = requireBytes(in_a, 'in_a').subarray(0, requireLength(len, in_a, 'len'))
  const b = requireBytes(in_b, 'in_b').subarray(0, requireLength(len, in_b, 'len'))
  return timingSafeEqual(a, b) ? 0 : 1
}

/** The value of a hexadecimal digit, given as its character code; -1 for another character. */
export function OPENSSL_hexchar2int(c: number): number {
  const digit = Number.parseInt(String.fromCharCode(c), 16)
  return Number.isNaN(digit) ? -1 : digit
}

/**
 * Bytes from hexadecimal digits, with or without colons between the pairs (OPENSSL_hexstr2buf(3)).
 * @param buflen - takes the number of bytes
 * @returns null with CRYPTO_R_ODD_NUMBER_OF_DIGITS or CRYPTO_R_ILLEGAL_HEX_DIGIT
 */
export function OPENSSL_hexstr2buf(str: string, buflen: Out<number> | null = null): Uint8Array | null {
  const bytes: number[] = []
  for (let at = 0; at < str.length; ) {
    if (str[at] === ':') {
      at++
      continue
    }
    if (at + 1 === str.length) {
      raise(ERR_LIB_CRYPTO, CRYPTO_R_ODD_NUMBER_OF_DIGITS)
      return null
    }
    const high = OPENSSL_hexchar2int(str.charCodeAt(at++))
    const low = OPENSSL_hexchar2int(str.charCodeAt(at++))
    if (high < 0 || low < 0) {
      raise(ERR_LIB_CRYPTO, CRYPTO_R_ILLEGAL_HEX_DIGIT)
      return null
    }
    bytes.push(high * 16 + low)
  }
  if (buflen !== null) buflen.value = bytes.length
  return Uint8Array.from(bytes)
}

const CRYPTO_R_ILLEGAL_HEX_DIGIT = 102
const CRYPTO_R_ODD_NUMBER_OF_DIGITS = 103

/** Ends what goes on with an error when `e` does not hold; C ends the process. */
export function OPENSSL_assert(e: unknown): asserts e {
  if (!e) throw new Error('OpenSSL internal error: assertion failed')
}

/** 0x30000160: the release whose behaviour this library follows (OpenSSL_version_num(3)). */
export function OpenSSL_version_num(): number {
  return OPENSSL_VERSION_NUMBER
}

/** OpenSSL_version_num by another name. */
export const SSLeay: typeof OpenSSL_version_num = OpenSSL_version_num

/**
 * A text about the library (OpenSSL_version(3)).
 * @param type - OPENSSL_VERSION, OPENSSL_VERSION_STRING, OPENSSL_PLATFORM ...
 */
export function OpenSSL_version(type: number): string {
  return VERSIONS[type] ?? 'not available'
}

/** OpenSSL_version by another name. */
export const SSLeay_version: typeof OpenSSL_version = OpenSSL_version

const VERSIONS: Readonly<Record<number, string>> = {
  [OPENSSL_VERSION]: OPENSSL_VERSION_TEXT,
  [OPENSSL_CFLAGS]: 'compiler: none',
  [OPENSSL_BUILT_ON]: 'built on: date not available',
  [OPENSSL_PLATFORM]: `platform: node-${process.platform}-${process.arch}`,
  [OPENSSL_DIR]: 'OPENSSLDIR: N/A',
  [OPENSSL_ENGINES_DIR]: 'ENGINESDIR: N/A',
  [OPENSSL_VERSION_STRING]: OPENSSL_VERSION_STR,
  [OPENSSL_FULL_VERSION_STRING]: OPENSSL_FULL_VERSION_STR,
  [OPENSSL_MODULES_DIR]: 'MODULESDIR: N/A',
  [OPENSSL_CPU_INFO]: 'CPUINFO: N/A',
}

/** The first number of the version: 3. */
export function OPENSSL_version_major(): number {
  return OPENSSL_VERSION_MAJOR
}

/** The second number of the version: 0. */
export function OPENSSL_version_minor(): number {
  return OPENSSL_VERSION_MINOR
}

/** The third number of the version. */
export function OPENSSL_version_patch(): number {
  return OPENSSL_VERSION_PATCH
}

/** What comes behind the numbers of a version that is not released; empty. */
export function OPENSSL_version_pre_release(): string {
  return OPENSSL_VERSION_PRE_RELEASE
}

/** What the builder has added to the version; empty. */
export function OPENSSL_version_build_metadata(): string {
  return OPENSSL_VERSION_BUILD_METADATA
}

function lowerCase(text: string): Uint8Array {
  return utf8(text.replace(/[A-Z]/g, letter => letter.toLowerCase()))
}
