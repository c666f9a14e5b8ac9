import { copy, EMPTY } from '../../../base/bytes.ts'
import { encode, Tag } from '../../../pki/der.ts'
import { PkiFailure } from '../../../pki/failure.ts'
import { stringValue } from '../../../pki/name.ts'
import { type Out, requireBytes, requireInteger, requireOut } from '../../boundary.ts'
import { ERR_LIB_ASN1 } from '../../constants/err.ts'
import { raise } from '../../err/raise.ts'
import { ASN1_R_TOO_LARGE, ASN1_R_TOO_SMALL } from './asn1-errors.ts'

/** Bytes with an ASN.1 type (V_ASN1_*). The integer and time types are the same class in C and here. */
export class ASN1_STRING {
  type: number
  data: Uint8Array

  constructor(type: number, data: Uint8Array = EMPTY) {
    this.type = type
    this.data = data
  }
}

/** Added to the type of an INTEGER or an ENUMERATED below 0. */
const NEGATIVE = 0x100

/** An INTEGER or an ENUMERATED: `data` holds the magnitude, `type` the sign, as in OpenSSL. */
export class ASN1_INTEGER extends ASN1_STRING {
  constructor(magnitude: Uint8Array = EMPTY, negative = false, type: number = Tag.integer) {
    super(negative ? type | NEGATIVE : type, magnitude)
  }

  /** From the contents of an INTEGER, two's complement. */
  static ofContents(contents: Uint8Array, type: number = Tag.integer): ASN1_INTEGER {
    const value = BigInt.asIntN(contents.length * 8, BigInt(`0x${Buffer.from(contents).toString('hex') || '0'}`))
    return ASN1_INTEGER.ofValue(value, type)
  }

  static ofValue(value: bigint, type: number = Tag.integer): ASN1_INTEGER {
    const hex = (value < 0n ? -value : value).toString(16)
    const magnitude = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
    return new ASN1_INTEGER(new Uint8Array(magnitude), value < 0n, type)
  }

  get value(): bigint {
    const magnitude = BigInt(`0x${Buffer.from(this.data).toString('hex') || '0'}`)
    return (this.type & NEGATIVE) === 0 ? magnitude : -magnitude
  }

  /** The contents in DER: two's complement. */
  get contents(): Uint8Array {
    const octets = this.data.length + 1
    const hex = BigInt.asUintN(octets * 8, this.value)
      .toString(16)
      .padStart(octets * 2, '0')
    return Uint8Array.from(Buffer.from(hex.replace(/^(?:00(?=[0-7].)|ff(?=[89a-f].))+/, ''), 'hex'))
  }

  /** The whole INTEGER in DER. */
  get der(): Uint8Array {
    return encode(this.type & ~NEGATIVE, this.contents)
  }

  /** Becomes another number of the same type. */
  set(value: bigint): void {
    const fresh = ASN1_INTEGER.ofValue(value, this.type & ~NEGATIVE)
    this.type = fresh.type
    this.data = fresh.data
  }
}

/** The bytes of a string, not to be written to (ASN1_STRING_get0_data(3)). */
export function ASN1_STRING_get0_data(x: ASN1_STRING): Uint8Array {
  return x.data
}

/** 1.0.2's name of ASN1_STRING_get0_data. */
export const ASN1_STRING_data: typeof ASN1_STRING_get0_data = ASN1_STRING_get0_data

/** Length in bytes. */
export function ASN1_STRING_length(x: ASN1_STRING): number {
  return x.data.length
}

/** V_ASN1_*. */
export function ASN1_STRING_type(x: ASN1_STRING): number {
  return x.type
}

/** Copies bytes into a string. @param len - -1: all of them @returns 1 */
export function ASN1_STRING_set(str: ASN1_STRING, data: Uint8Array | string, len = -1): number {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : requireBytes(data, 'data')
  str.data = copy(len < 0 ? bytes : bytes.subarray(0, len))
  return 1
}

/**
 * The text in UTF-8.
 * @param out - takes the bytes
 * @returns their number, or -1 when the string is not valid for its type
 */
export function ASN1_STRING_to_UTF8(out: Out<Uint8Array | null>, input: ASN1_STRING): number {
  try {
    const bytes = new Uint8Array(Buffer.from(stringValue(input.type, input.data), 'utf8'))
    requireOut(out, 'out').value = bytes
    return bytes.length
  } catch (error) {
    if (error instanceof PkiFailure) return -1
    throw error
  }
}

/** 0 when both are the same string of the same type; else below or above 0. */
export function ASN1_STRING_cmp(a: ASN1_STRING, b: ASN1_STRING): number {
  return a.data.length - b.data.length || Buffer.compare(a.data, b.data) || a.type - b.type
}

/** Does nothing: strings are values here. @harmless what is not used any more is collected */
export function ASN1_STRING_free(a: ASN1_STRING | null): void {
  void a
}

/** The number 0. */
export function ASN1_INTEGER_new(): ASN1_INTEGER {
  return new ASN1_INTEGER()
}

/** Does nothing: numbers are values here. @harmless what is not used any more is collected */
export function ASN1_INTEGER_free(a: ASN1_INTEGER | null): void {
  void a
}

/** Sets a value (ASN1_INTEGER_set(3)). @returns 1 */
export function ASN1_INTEGER_set(a: ASN1_INTEGER, v: number): number {
  a.set(BigInt(requireInteger(v, 'v')))
  return 1
}

/** The value; -1 when it is no exact number here, with an error when it does not fit a `long` of C's (ASN1_INTEGER_get(3)). */
export function ASN1_INTEGER_get(a: ASN1_INTEGER | null): number {
  if (a === null) return 0
  const { value } = a
  if (Number.isSafeInteger(Number(value))) return Number(value)
  const magnitude = value < 0n ? -value : value
  if (BigInt.asIntN(64, value) !== value)
    raise(ERR_LIB_ASN1, value < 0n && magnitude < 1n << 64n ? ASN1_R_TOO_SMALL : ASN1_R_TOO_LARGE)
  return -1
}

/** Below 0, 0 or above 0 as `x` is less than, equal to or greater than `y`. */
export function ASN1_INTEGER_cmp(x: ASN1_INTEGER, y: ASN1_INTEGER): number {
  return x.value === y.value ? 0 : x.value < y.value ? -1 : 1
}

/** A copy of an integer. */
export function ASN1_INTEGER_dup(x: ASN1_INTEGER): ASN1_INTEGER {
  return ASN1_INTEGER.ofValue(x.value)
}
