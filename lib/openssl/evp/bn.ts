import { randomBytes } from 'node:crypto'
import { requireBytes, requireInteger, requireLength } from '../boundary.ts'
import { ASN1_INTEGER } from '../x509/asn1.ts'

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

/** @returns 1 */
export function BN_set_word(a: BIGNUM, w: number | bigint): number {
  a.value = BigInt(w)
  return 1
}

/** The bits of the magnitude; 0 for 0. */
export function BN_num_bits(a: BIGNUM): number {
  return a.value === 0n ? 0 : (a.value < 0n ? -a.value : a.value).toString(2).length
}

/** A number from big-endian bytes. @param ret - takes the number; null: a new one */
export function BN_bin2bn(s: Uint8Array, len?: number, ret: BIGNUM | null = null): BIGNUM {
  const bytes = s.subarray(0, requireLength(len, requireBytes(s, 's'), 'len'))
  const number = ret ?? new BIGNUM()
  number.value = bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  return number
}

/** Writes the magnitude big-endian. @returns its length in bytes */
export function BN_bn2bin(a: BIGNUM, to: Uint8Array): number {
  const magnitude = ASN1_INTEGER.ofValue(a.value).data
  to.set(magnitude)
  return magnitude.length
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

/** @param ai - takes the number; null: a new one */
export function BN_to_ASN1_INTEGER(bn: BIGNUM, ai: ASN1_INTEGER | null = null): ASN1_INTEGER {
  const number = ai ?? new ASN1_INTEGER()
  number.set(bn.value)
  return number
}

/** @param bn - takes the number; null: a new one */
export function ASN1_INTEGER_to_BN(ai: ASN1_INTEGER, bn: BIGNUM | null = null): BIGNUM {
  const number = bn ?? new BIGNUM()
  number.value = ai.value
  return number
}
