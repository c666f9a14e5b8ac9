import { type Out, requireBytes, requireInteger } from '../../boundary.ts'
import { ERR_LIB_ASN1 } from '../../constants/err.ts'
import { raise } from '../../err/raise.ts'

const FAILED = 0x80
const INDEFINITE = 1
const ASN1_R_HEADER_TOO_LONG = 123
const ASN1_R_TOO_LONG = 155
const LARGEST_NUMBER = 0x7fffffff

/**
 * Reads the tag and the length of an element of BER (ASN1_get_object(3)).
 * @param pp - its value begins with the element, and then with its contents
 * @param plength, ptag, pclass - take the length in bytes, 0 for an indefinite one, the number and the class (V_ASN1_*)
 * @param omax - bytes of `pp.value` that may be looked at
 * @returns 0x20 for a constructed element, with 1 added for an indefinite length; 0x80 added with ASN1_R_TOO_LONG when the
 * contents go beyond the end; 0x80 with ASN1_R_HEADER_TOO_LONG for what is no beginning of an element, and nothing moves
 */
export function ASN1_get_object(
  pp: Out<Uint8Array>,
  plength: Out<number>,
  ptag: Out<number>,
  pclass: Out<number>,
  omax: number,
): number {
  const bytes = requireBytes(pp.value, 'pp').subarray(0, Math.max(0, requireInteger(omax, 'omax')))
  const first = bytes[0] ?? 0
  const number = bytes.length === 0 ? null : tagNumber(bytes)
  if (number === null || number.next >= bytes.length) return noHeader()
  ptag.value = number.value
  pclass.value = first & 0xc0
  const length = lengthAt(bytes, number.next)
  if (length === null) return noHeader()
  plength.value = length.value
  if (length.indefinite && (first & 0x20) === 0) return noHeader()
  pp.value = pp.value.subarray(length.next)
  const form = (first & 0x20) | (length.indefinite ? INDEFINITE : 0)
  if (length.value <= bytes.length - length.next) return form
  raise(ERR_LIB_ASN1, ASN1_R_TOO_LONG)
  return form | FAILED
}

function noHeader(): number {
  raise(ERR_LIB_ASN1, ASN1_R_HEADER_TOO_LONG)
  return FAILED
}

function tagNumber(bytes: Uint8Array): { value: number; next: number } | null {
  const low = (bytes[0] ?? 0) & 0x1f
  if (low !== 0x1f) return { value: low, next: 1 }
  let value = 0
  for (let next = 1; next < bytes.length; next++) {
    const byte = bytes[next] ?? 0
    value = value * 128 + (byte & 0x7f)
    if (value > LARGEST_NUMBER) return null
    if (byte < 0x80) return { value, next: next + 1 }
  }
  return null
}

function lengthAt(bytes: Uint8Array, at: number): { value: number; next: number; indefinite: boolean } | null {
  const first = bytes[at]
  if (first === undefined) return null
  if (first < 0x80) return { value: first, next: at + 1, indefinite: false }
  if (first === 0x80) return { value: 0, next: at + 1, indefinite: true }
  const next = at + 1 + (first & 0x7f)
  if (next > bytes.length) return null
  let value = 0
  for (const byte of bytes.subarray(at + 1, next)) {
    value = value * 256 + byte
    if (!Number.isSafeInteger(value)) return null
  }
  return { value, next, indefinite: false }
}
