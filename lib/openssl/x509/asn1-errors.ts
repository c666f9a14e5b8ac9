import { DerReader } from '../../pki/der.ts'
import { PkiFailure } from '../../pki/failure.ts'
import { ERR_LIB_ASN1, ERR_R_NESTED_ASN1_ERROR } from '../constants/err.ts'
import { raise } from '../err/raise.ts'

const ASN1_R_BAD_OBJECT_HEADER = 102
const ASN1_R_TOO_LONG = 155
const ASN1_R_WRONG_TAG = 168
export const ASN1_R_NOT_ENOUGH_DATA = 142
export const ASN1_R_ILLEGAL_OBJECT = 222
export const ASN1_R_ILLEGAL_ZERO_CONTENT = 224

/**
 * Queues what d2i functions queue for bytes that are not what they should be. OpenSSL also names the field that failed;
 * here it is always the whole type.
 */
export function raiseAsn1(bytes: Uint8Array, type: string): void {
  if (bytes.length === 0) {
    raise(ERR_LIB_ASN1, ASN1_R_ILLEGAL_ZERO_CONTENT)
    return
  }
  if (firstElement(bytes).length === 0) {
    raise(ERR_LIB_ASN1, ASN1_R_TOO_LONG)
    raise(ERR_LIB_ASN1, ASN1_R_BAD_OBJECT_HEADER)
  } else raise(ERR_LIB_ASN1, ASN1_R_WRONG_TAG)
  raise(ERR_LIB_ASN1, ERR_R_NESTED_ASN1_ERROR, `Type=${type}`)
}

/** The first element of the bytes, of which there may be more; empty when it is not whole. */
export function firstElement(bytes: Uint8Array): Uint8Array {
  try {
    return new DerReader(bytes).next().encoding
  } catch (error) {
    if (error instanceof PkiFailure) return bytes.subarray(0, 0)
    throw error
  }
}
