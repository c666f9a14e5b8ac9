import { concat } from '../../../base/bytes.ts'
import { DerReader, Tag } from '../../../pki/der.ts'
import { PkiFailure } from '../../../pki/failure.ts'
import { ERR_LIB_ASN1, ERR_R_NESTED_ASN1_ERROR } from '../../constants/err.ts'
import { raise } from '../../err/raise.ts'

const ASN1_R_BAD_OBJECT_HEADER = 102
const ASN1_R_TOO_LONG = 155
const ASN1_R_WRONG_TAG = 168
export const ASN1_R_NOT_ENOUGH_DATA = 142
export const ASN1_R_UNKNOWN_SIGNATURE_ALGORITHM = 199
export const ASN1_R_WRONG_PUBLIC_KEY_TYPE = 200
export const ASN1_R_ILLEGAL_ZERO_CONTENT = 222
export const ASN1_R_TOO_LARGE = 223
export const ASN1_R_TOO_SMALL = 224

/** The structure that is signed, inside each of these: what OpenSSL names when not even its beginning is right. */
const INNER = {
  X509: ['X509_CINF', 'cert_info'],
  X509_CRL: ['X509_CRL_INFO', 'crl'],
  SSL_SESSION_ASN1: null,
  OCSP_RESPID: null,
  OCSP_CERTID: null,
  OCSP_RESPONSE: null,
  OCSP_BASICRESP: ['OCSP_RESPDATA', 'tbsResponseData'],
  OCSP_REQUEST: ['OCSP_REQINFO', 'tbsRequest'],
  X509_REQ: ['X509_REQ_INFO', 'req_info'],
  X509_CERT_AUX: null,
  PKCS12: null,
  X509_SIG: null,
} as const

/**
 * Queues what d2i functions queue for bytes that are not what they should be. OpenSSL also names the field that failed;
 * here that is never a deeper one than the structure that is signed.
 */
export function raiseAsn1(bytes: Uint8Array, type: keyof typeof INNER): void {
  if (bytes.length === 0) {
    raise(ERR_LIB_ASN1, ASN1_R_TOO_SMALL)
    return
  }
  const element = firstElement(bytes)
  if (element.length === 0) {
    raise(ERR_LIB_ASN1, ASN1_R_TOO_LONG)
    raise(ERR_LIB_ASN1, ASN1_R_BAD_OBJECT_HEADER)
  } else raise(ERR_LIB_ASN1, ASN1_R_WRONG_TAG)
  const signed = INNER[type]
  if (signed === null || element[0] !== Tag.sequence) {
    raise(ERR_LIB_ASN1, ERR_R_NESTED_ASN1_ERROR, `Type=${type}`)
    return
  }
  const [inner, field] = signed
  raise(ERR_LIB_ASN1, ERR_R_NESTED_ASN1_ERROR, `Type=${inner}`)
  raise(ERR_LIB_ASN1, ERR_R_NESTED_ASN1_ERROR, `Field=${field}, Type=${type}`)
}

/** The first element of the bytes, of which there may be more; empty when it is not whole. */
export function firstElement(bytes: Uint8Array): Uint8Array {
  const [tag = 0] = bytes
  // Whether it is all there: in what form it is, who decodes it will say.
  const plain = (tag & 0x1f) === 0x1f ? bytes : concat(Uint8Array.of(Tag.octetString), bytes.subarray(1))
  try {
    return bytes.subarray(0, new DerReader(plain).next().encoding.length)
  } catch (error) {
    if (error instanceof PkiFailure) return bytes.subarray(0, 0)
    throw error
  }
}
