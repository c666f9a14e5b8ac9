import { copy } from '../../../base/bytes.ts'
import { Tag } from '../../../pki/der.ts'
import { type Out, requireInstance, requireInteger } from '../../boundary.ts'
import { ERR_LIB_ASN1 } from '../../constants/err.ts'
import { raise } from '../../err/raise.ts'
import { ASN1_INTEGER, ASN1_STRING, ASN1_STRING_cmp, ASN1_STRING_free, ASN1_STRING_set } from './asn1.ts'
import { ASN1_R_TOO_LARGE, ASN1_R_TOO_SMALL } from './asn1-errors.ts'

// Strings by the names that C has for each type, and numbers of 64 bits.

export type ASN1_OCTET_STRING = ASN1_STRING
export type ASN1_BIT_STRING = ASN1_STRING
export type ASN1_IA5STRING = ASN1_STRING
export type ASN1_UTF8STRING = ASN1_STRING
export type ASN1_PRINTABLESTRING = ASN1_STRING
export type ASN1_ENUMERATED = ASN1_INTEGER

const stringOf = (str: unknown, name = 'str'): ASN1_STRING => requireInstance(str, ASN1_STRING, name)

/** An empty string of a type, V_ASN1_*. */
export function ASN1_STRING_type_new(type: number): ASN1_STRING {
  return new ASN1_STRING(requireInteger(type, 'type'))
}

/** An empty string, an OCTET STRING until it is made another. */
export const ASN1_STRING_new = (): ASN1_STRING => new ASN1_STRING(Tag.octetString)

/** Empty strings of one type. */
export const ASN1_OCTET_STRING_new = (): ASN1_STRING => new ASN1_STRING(Tag.octetString)
export const ASN1_BIT_STRING_new = (): ASN1_STRING => new ASN1_STRING(Tag.bitString)
export const ASN1_IA5STRING_new = (): ASN1_STRING => new ASN1_STRING(Tag.ia5String)
export const ASN1_UTF8STRING_new = (): ASN1_STRING => new ASN1_STRING(Tag.utf8String)
export const ASN1_PRINTABLESTRING_new = (): ASN1_STRING => new ASN1_STRING(Tag.printableString)

/** ASN1_STRING_free of one type. @harmless what is not used any more is collected */
export const ASN1_OCTET_STRING_free: typeof ASN1_STRING_free = ASN1_STRING_free
export const ASN1_BIT_STRING_free: typeof ASN1_STRING_free = ASN1_STRING_free
export const ASN1_IA5STRING_free: typeof ASN1_STRING_free = ASN1_STRING_free
export const ASN1_UTF8STRING_free: typeof ASN1_STRING_free = ASN1_STRING_free
export const ASN1_PRINTABLESTRING_free: typeof ASN1_STRING_free = ASN1_STRING_free

/** ASN1_STRING_set of one type. */
export const ASN1_OCTET_STRING_set: typeof ASN1_STRING_set = ASN1_STRING_set
export const ASN1_BIT_STRING_set: typeof ASN1_STRING_set = ASN1_STRING_set

/** ASN1_STRING_cmp of one type. */
export const ASN1_OCTET_STRING_cmp: typeof ASN1_STRING_cmp = ASN1_STRING_cmp

/** A copy. */
export function ASN1_STRING_dup(a: ASN1_STRING): ASN1_STRING {
  return new ASN1_STRING(stringOf(a, 'a').type, copy(a.data))
}

/** ASN1_STRING_dup of one type. */
export const ASN1_OCTET_STRING_dup: typeof ASN1_STRING_dup = ASN1_STRING_dup

/** Copies type and bytes. @returns 1, or 0 without a string to copy */
export function ASN1_STRING_copy(dst: ASN1_STRING, str: ASN1_STRING | null): number {
  if (str === null) return 0
  stringOf(dst, 'dst').type = stringOf(str).type
  dst.data = copy(str.data)
  return 1
}

const MAX_BIT = 0x7fff

/** Sets or clears a bit of a named bit list, counted from the highest of the first byte. @returns 1, or 0 below the first */
export function ASN1_BIT_STRING_set_bit(a: ASN1_BIT_STRING, n: number, value: number): number {
  const at = requireInteger(n, 'n') >> 3
  if (n < 0 || n > MAX_BIT) return 0
  const { data } = stringOf(a, 'a')
  if (value === 0 && at >= data.length) return 1
  const bytes = new Uint8Array(Math.max(data.length, at + 1))
  bytes.set(data)
  const mask = 0x80 >> (n & 7)
  bytes[at] = ((bytes[at] ?? 0) & ~mask) | (value === 0 ? 0 : mask)
  let length = bytes.length
  while (length > 0 && bytes[length - 1] === 0) length--
  a.data = bytes.subarray(0, length)
  return 1
}

/**
 * 1 when a bit is set, else 0.
 * @param n - counted from 0, the highest bit of the first byte
 */
export function ASN1_BIT_STRING_get_bit(a: ASN1_BIT_STRING, n: number): number {
  const byte = requireInteger(n, 'n') < 0 ? 0 : (stringOf(a, 'a').data[n >> 3] ?? 0)
  return Number((byte & (0x80 >> (n & 7))) !== 0)
}

/** The number 0 as ENUMERATED. */
export function ASN1_ENUMERATED_new(): ASN1_ENUMERATED {
  return new ASN1_INTEGER(undefined, false, Tag.enumerated)
}

/** ASN1_STRING_free of one type. @harmless what is not used any more is collected */
export const ASN1_ENUMERATED_free: typeof ASN1_STRING_free = ASN1_STRING_free

/** Sets a value. @returns 1 */
export function ASN1_ENUMERATED_set(a: ASN1_ENUMERATED, v: number): number {
  requireInstance(a, ASN1_INTEGER, 'a').set(BigInt(requireInteger(v, 'v')))
  return 1
}

/** The value; -1 for what is no ENUMERATED or does not fit. */
export function ASN1_ENUMERATED_get(a: ASN1_ENUMERATED | null): number {
  if (a === null) return 0
  const value = Number(requireInstance(a, ASN1_INTEGER, 'a').value)
  return (a.type & 0xff) === Tag.enumerated && Number.isSafeInteger(value) ? value : -1
}

/** Sets a value of 64 bits. @returns 1, or 0 for one that is larger */
export function ASN1_INTEGER_set_int64(a: ASN1_INTEGER, r: number | bigint): number {
  return setWithin(a, BigInt(r), BigInt.asIntN(64, BigInt(r)))
}

/** Sets a value of 64 bits without a sign. @returns 1, or 0 for one that is larger or below 0 */
export function ASN1_INTEGER_set_uint64(a: ASN1_INTEGER, r: number | bigint): number {
  return setWithin(a, BigInt(r), BigInt.asUintN(64, BigInt(r)))
}

function setWithin(a: ASN1_INTEGER, value: bigint, kept: bigint): number {
  if (value !== kept) return 0
  requireInstance(a, ASN1_INTEGER, 'a').set(value)
  return 1
}

/** The value. @param pr - takes it @returns 1, or 0 with an error when it does not fit 64 bits with a sign */
export function ASN1_INTEGER_get_int64(pr: Out<bigint>, a: ASN1_INTEGER): number {
  const { value } = requireInstance(a, ASN1_INTEGER, 'a')
  if (value > INT64_MAX || value < -UINT64_MAX) return failed(ASN1_R_TOO_LARGE)
  if (value < -INT64_MAX - 1n) return failed(ASN1_R_TOO_SMALL)
  pr.value = value
  return 1
}

/** The value. @param pr - takes it @returns 1, or 0 with an error when it does not fit 64 bits without a sign */
export function ASN1_INTEGER_get_uint64(pr: Out<bigint>, a: ASN1_INTEGER): number {
  const { value } = requireInstance(a, ASN1_INTEGER, 'a')
  if (value < 0n) return failed(ASN1_R_ILLEGAL_NEGATIVE_VALUE)
  if (value > UINT64_MAX) return failed(ASN1_R_TOO_LARGE)
  pr.value = value
  return 1
}

const INT64_MAX = 0x7fff_ffff_ffff_ffffn
const UINT64_MAX = 0xffff_ffff_ffff_ffffn
const ASN1_R_ILLEGAL_NEGATIVE_VALUE = 226

function failed(reason: number): 0 {
  raise(ERR_LIB_ASN1, reason)
  return 0
}
