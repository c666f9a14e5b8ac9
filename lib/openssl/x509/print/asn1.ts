import type { BIO } from '../../bio/bio.ts'
import { BIO_write } from '../../bio/io.ts'
import { requireBytes, requireInstance, requireInteger } from '../../boundary.ts'
import { ASN1_INTEGER, ASN1_STRING } from '../asn1/asn1.ts'
import { ASN1_OBJECT, OBJ_obj2txt } from '../asn1/objects.ts'
import { integerHex, printable, stringHex } from './text.ts'

/** Writes a number in hexadecimal, 35 bytes a line. @returns the number of characters, or -1 */
export function i2a_ASN1_INTEGER(bp: BIO, a: ASN1_INTEGER | null): number {
  return a === null ? 0 : put(bp, integerHex(requireInstance(a, ASN1_INTEGER, 'a')))
}

/** i2a_ASN1_INTEGER of an ENUMERATED. */
export const i2a_ASN1_ENUMERATED: typeof i2a_ASN1_INTEGER = i2a_ASN1_INTEGER

/** Writes the bytes of a string in hexadecimal, 35 a line, `0` for none. @returns the number of characters, or -1 */
export function i2a_ASN1_STRING(bp: BIO, a: ASN1_STRING | null, type: number): number {
  void type
  return a === null ? 0 : put(bp, stringHex(requireInstance(a, ASN1_STRING, 'a').data))
}

/** Writes the long name of an object, or its identifier; `NULL` for none. @returns the number of characters, or -1 */
export function i2a_ASN1_OBJECT(bp: BIO, a: ASN1_OBJECT | null): number {
  return put(bp, a === null || requireInstance(a, ASN1_OBJECT, 'a').oid === '' ? 'NULL' : OBJ_obj2txt(a, 0))
}

/**
 * The long name of an object, or its identifier, cut to fit.
 * @param buf - takes it and a NUL
 * @param buf_len - the room in `buf`, in bytes
 * @returns its whole length
 */
export function i2t_ASN1_OBJECT(buf: Uint8Array, buf_len: number, a: ASN1_OBJECT): number {
  const text = OBJ_obj2txt(requireInstance(a, ASN1_OBJECT, 'a'), 0)
  const room = Math.min(requireInteger(buf_len, 'buf_len'), requireBytes(buf, 'buf').length)
  if (room > 0) buf.set(Buffer.from(`${text.slice(0, room - 1)}\0`, 'latin1'))
  return text.length
}

/** Writes a string with a point for every byte that is no printable character of ASCII. @returns 1, or 0 */
export function ASN1_STRING_print(bp: BIO, v: ASN1_STRING | null): number {
  return v === null ? 0 : Number(put(bp, printable(requireInstance(v, ASN1_STRING, 'v').data)) >= 0)
}

/** @returns the number of characters, or -1 when the BIO does not take them */
function put(bio: BIO, text: string): number {
  const bytes = Buffer.from(text, 'latin1')
  return bytes.length === 0 || BIO_write(bio, bytes) === bytes.length ? bytes.length : -1
}
