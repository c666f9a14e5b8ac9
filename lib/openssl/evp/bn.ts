import { randomBytes } from 'node:crypto'
import { EMPTY } from '../../base/bytes.ts'
import type { BIO } from '../bio/bio.ts'
import { BIO_write } from '../bio/io.ts'
import { type Out, requireBytes, requireInstance, requireInteger, requireLength, requireString } from '../boundary.ts'
import { ASN1_INTEGER } from '../x509/asn1/asn1.ts'

/** A whole number of any size. */
export class BIGNUM {
  value = 0n
}

/** The number 0. */
export function BN_new(): BIGNUM {
  return new BIGNUM()
}

/** Forgets the number. */
export function BN_free(a: BIGNUM | null): void {
  if (a !== null) a.value = 0n
}

/** BN_free by another name. */
export const BN_clear_free: typeof BN_free = BN_free

/**
 * Sets a number to a small one.
 * @returns 1
 */
export function BN_set_word(a: BIGNUM, w: number | bigint): number {
  a.value = BigInt(w)
  return 1
}

/** The bits of the magnitude; 0 for 0. */
export function BN_num_bits(a: BIGNUM): number {
  return a.value === 0n ? 0 : (a.value < 0n ? -a.value : a.value).toString(2).length
}

/**
 * A number from big-endian bytes.
 * @param ret - takes the number; null: a new one
 * @param len - bytes of `s`; all of it when left out
 */
export function BN_bin2bn(s: Uint8Array, len?: number, ret: BIGNUM | null = null): BIGNUM {
  const bytes = s.subarray(0, requireLength(len, requireBytes(s, 's'), 'len'))
  const number = ret ?? new BIGNUM()
  number.value = bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  return number
}

/** Writes the magnitude big-endian. @returns its length in bytes, 0 for 0 */
export function BN_bn2bin(a: BIGNUM, to: Uint8Array): number {
  const magnitude = magnitudeOf(a)
  requireBytes(to, 'to').set(magnitude)
  return magnitude.length
}

/** BN_bn2bin with zeros in front. @param tolen - bytes to write @returns them, or -1 when they are too few */
export function BN_bn2binpad(a: BIGNUM, to: Uint8Array, tolen: number): number {
  const magnitude = magnitudeOf(a)
  if (requireLength(tolen, requireBytes(to, 'to'), 'tolen') < magnitude.length) return -1
  to.fill(0, 0, tolen)
  to.set(magnitude, tolen - magnitude.length)
  return tolen
}

function magnitudeOf(a: BIGNUM): Uint8Array {
  return numberOf(a).value === 0n ? EMPTY : ASN1_INTEGER.ofValue(a.value).data
}

const numberOf = (a: unknown, name = 'a'): BIGNUM => requireInstance(a, BIGNUM, name)
const sizeOf = (value: bigint): bigint => (value < 0n ? -value : value)

/** The bytes of the magnitude; 0 for 0. */
export function BN_num_bytes(a: BIGNUM): number {
  return magnitudeOf(a).length
}

/** A copy. */
export function BN_dup(a: BIGNUM | null): BIGNUM | null {
  return a === null ? null : BN_copy(new BIGNUM(), a)
}

/** Copies `b` into `a`. @returns `a` */
export function BN_copy(a: BIGNUM, b: BIGNUM): BIGNUM {
  numberOf(a).value = numberOf(b, 'b').value
  return a
}

/** The number 1. */
export function BN_value_one(): BIGNUM {
  const one = new BIGNUM()
  one.value = 1n
  return one
}

/** Sets to 0. */
export function BN_zero(a: BIGNUM): void {
  numberOf(a).value = 0n
}

/** Sets to 1. @returns 1 */
export function BN_one(a: BIGNUM): number {
  return BN_set_word(numberOf(a), 1)
}

/** The magnitude; 2^64 - 1 when it is larger, in C and here. */
export function BN_get_word(a: BIGNUM): bigint {
  const size = sizeOf(numberOf(a).value)
  return size > WORD_MASK ? WORD_MASK : size
}

const WORD_MASK = 0xffff_ffff_ffff_ffffn

/** Below 0, 0 or above 0 as `a` is less than, equal to or greater than `b`. */
export function BN_cmp(a: BIGNUM, b: BIGNUM): number {
  return order(numberOf(a).value, numberOf(b, 'b').value)
}

/** BN_cmp of the magnitudes. */
export function BN_ucmp(a: BIGNUM, b: BIGNUM): number {
  return order(sizeOf(numberOf(a).value), sizeOf(numberOf(b, 'b').value))
}

const order = (a: bigint, b: bigint): number => (a === b ? 0 : a < b ? -1 : 1)

/** 1 or 0: what a number is. */
export const BN_is_zero = (a: BIGNUM): number => Number(numberOf(a).value === 0n)
export const BN_is_one = (a: BIGNUM): number => Number(numberOf(a).value === 1n)
export const BN_is_odd = (a: BIGNUM): number => Number((numberOf(a).value & 1n) === 1n)
export const BN_is_negative = (a: BIGNUM): number => Number(numberOf(a).value < 0n)
export const BN_is_word = (a: BIGNUM, w: number | bigint): number => Number(numberOf(a).value === BigInt(w))

/** Makes a number negative, or positive with 0. */
export function BN_set_negative(b: BIGNUM, n: number): void {
  const size = sizeOf(numberOf(b, 'b').value)
  b.value = n === 0 ? size : -size
}

/** Puts the sum, the difference or the product of `a` and `b` into `r`. @returns 1 */
export const BN_add = (r: BIGNUM, a: BIGNUM, b: BIGNUM): number => become(r, numberOf(a).value + numberOf(b, 'b').value)
export const BN_sub = (r: BIGNUM, a: BIGNUM, b: BIGNUM): number => become(r, numberOf(a).value - numberOf(b, 'b').value)
export const BN_mul = (r: BIGNUM, a: BIGNUM, b: BIGNUM, ctx: unknown = null): number => {
  void ctx
  return become(r, numberOf(a).value * numberOf(b, 'b').value)
}

/** Adds, takes away or multiplies by a number of up to 64 bits. @returns 1 */
export const BN_add_word = (a: BIGNUM, w: number | bigint): number => become(a, numberOf(a).value + BigInt(w))
export const BN_sub_word = (a: BIGNUM, w: number | bigint): number => become(a, numberOf(a).value - BigInt(w))
export const BN_mul_word = (a: BIGNUM, w: number | bigint): number => become(a, numberOf(a).value * BigInt(w))

function become(r: BIGNUM, value: bigint): number {
  numberOf(r, 'r').value = value
  return 1
}

/** In hexadecimal, upper case, whole bytes. */
export function BN_bn2hex(a: BIGNUM): string {
  if (numberOf(a).value === 0n) return '0'
  return `${a.value < 0n ? '-' : ''}${Buffer.from(magnitudeOf(a)).toString('hex').toUpperCase()}`
}

/** In decimal. */
export function BN_bn2dec(a: BIGNUM): string {
  return numberOf(a).value.toString()
}

/**
 * Reads digits, as many as there are (BN_hex2bn(3)).
 * @param a - its number is set, or it takes a new one; null: only counts
 * @returns how many characters are of the number, 0 when there is none
 */
export function BN_hex2bn(a: Out<BIGNUM | null> | null, str: string): number {
  return readDigits(a, /^(-?)([0-9A-Fa-f]+)/.exec(requireString(str, 'str')), '0x')
}

/** BN_hex2bn of decimal digits. */
export function BN_dec2bn(a: Out<BIGNUM | null> | null, str: string): number {
  return readDigits(a, /^(-?)([0-9]+)/.exec(requireString(str, 'str')), '')
}

/** libcrypto's own limit: INT_MAX / 4 digits; here what is no longer a number of any use. */
const MAX_DIGITS = 1 << 16

function readDigits(a: Out<BIGNUM | null> | null, found: RegExpExecArray | null, prefix: string): number {
  const [whole = '', sign, digits = ''] = found ?? []
  if (digits === '' || digits.length > MAX_DIGITS) return 0
  if (a !== null) {
    const number = a.value ?? new BIGNUM()
    const value = BigInt(`${prefix}${digits}`)
    number.value = sign === '-' ? -value : value
    a.value = number
  }
  return whole.length
}

/** Writes a number in hexadecimal, without a zero in front. @returns 1, or 0 when the BIO does not take it */
export function BN_print(bio: BIO, a: BIGNUM): number {
  const { value } = numberOf(a)
  const text = Buffer.from(`${value < 0n ? '-' : ''}${sizeOf(value).toString(16).toUpperCase()}`, 'latin1')
  return Number(BIO_write(bio, text) === text.length)
}

/**
 * A random number (BN_rand(3)).
 * @param top - -1: the highest bit may be 0; 0: it is 1; 1: the two highest are 1
 * @param bottom - 1: odd
 * @returns 1, or 0 for less than one bit
 */
export function BN_rand(rnd: BIGNUM, bits: number, top: number, bottom: number): number {
  if (requireInteger(bits, 'bits') < 1 || (bits === 1 && top > 0)) return Number(bits === 0 && (rnd.value = 0n) === 0n)
  let value = BigInt.asUintN(bits, BigInt(`0x${randomBytes((bits + 7) >> 3).toString('hex')}`))
  if (top >= 0) value |= 1n << BigInt(bits - 1)
  if (top >= 1) value |= 1n << BigInt(bits - 2)
  rnd.value = bottom === 1 ? value | 1n : value
  return 1
}

/** BN_rand by another name. */
export const BN_pseudo_rand: typeof BN_rand = BN_rand

/**
 * A number as an INTEGER of ASN.1.
 * @param ai - takes the number; null: a new one
 */
export function BN_to_ASN1_INTEGER(bn: BIGNUM, ai: ASN1_INTEGER | null = null): ASN1_INTEGER {
  const number = ai ?? new ASN1_INTEGER()
  number.set(bn.value)
  return number
}

/**
 * An INTEGER of ASN.1 as a number.
 * @param bn - takes the number; null: a new one
 */
export function ASN1_INTEGER_to_BN(ai: ASN1_INTEGER, bn: BIGNUM | null = null): BIGNUM {
  const number = bn ?? new BIGNUM()
  number.value = ai.value
  return number
}
