import { BASIC_RESPONSE, makeOcspResponse, type OcspResponse, parseOcspResponse } from '../../../pki/ocsp/response.ts'
import type { BIO } from '../../bio/bio.ts'
import { type Out, requireInstance, requireInteger } from '../../boundary.ts'
import { ERR_LIB_OCSP } from '../../constants/err.ts'
import { OCSP_R_NO_RESPONSE_DATA, OCSP_R_NOT_BASIC_RESPONSE } from '../../constants/ocsp.ts'
import { raise } from '../../err/raise.ts'
import { putDer } from '../files/der.ts'
import { readAll } from '../files/pem-bio.ts'
import { deliverDer } from '../x509.ts'
import { d2i_OCSP_BASICRESP, i2d_OCSP_BASICRESP, OCSP_BASICRESP } from './basic.ts'
import { readItem } from './id.ts'

/** What a responder sends (RFC 6960 section 4.2.1): a status and, when that is 0, a basic response in it. */
export class OCSP_RESPONSE {
  readonly response: OcspResponse

  constructor(response: OcspResponse) {
    this.response = response
  }
}

const responseOf = (resp: unknown): OcspResponse => requireInstance(resp, OCSP_RESPONSE, 'resp').response

/** Does nothing: responses are values here. @harmless what is not used any more is collected */
export function OCSP_RESPONSE_free(a: OCSP_RESPONSE | null): void {
  void a
}

/**
 * Reads one from the start of `pp.value`, which then begins after it. What is stapled to a handshake comes from
 * SSL_get_tlsext_status_ocsp_resp. @returns null with an ASN1 error
 */
export function d2i_OCSP_RESPONSE(
  a: Out<OCSP_RESPONSE | null> | null,
  pp: Out<Uint8Array>,
  length?: number,
): OCSP_RESPONSE | null {
  return readItem(a, pp, length, 'OCSP_RESPONSE', der => new OCSP_RESPONSE(parseOcspResponse(der)))
}

/** The DER of a response; as i2d_X509. */
export function i2d_OCSP_RESPONSE(a: OCSP_RESPONSE, out: Out<Uint8Array | null> | null = null): number {
  return deliverDer(responseOf(a).der, out)
}

/** Reads one response. @returns null with an ASN1 error */
export function d2i_OCSP_RESPONSE_bio(bp: BIO, p: Out<OCSP_RESPONSE | null> | null = null): OCSP_RESPONSE | null {
  return d2i_OCSP_RESPONSE(p, { value: readAll(bp) })
}

/** Writes a response in DER. @returns 1, or 0 when the BIO does not take it */
export function i2d_OCSP_RESPONSE_bio(bp: BIO, o: OCSP_RESPONSE): number {
  return putDer(bp, responseOf(o).der)
}

/** OCSP_RESPONSE_STATUS_*: 0 when there is an answer. */
export function OCSP_response_status(resp: OCSP_RESPONSE): number {
  return responseOf(resp).status
}

/**
 * The answer in a response (OCSP_response_get1_basic(3)).
 * @returns null with OCSP_R_NO_RESPONSE_DATA, OCSP_R_NOT_BASIC_RESPONSE, or an ASN1 error
 */
export function OCSP_response_get1_basic(resp: OCSP_RESPONSE): OCSP_BASICRESP | null {
  const { body } = responseOf(resp)
  if (body?.type === BASIC_RESPONSE) return d2i_OCSP_BASICRESP(null, { value: body.der })
  raise(ERR_LIB_OCSP, body === null ? OCSP_R_NO_RESPONSE_DATA : OCSP_R_NOT_BASIC_RESPONSE)
  return null
}

/**
 * A response for a client (OCSP_response_create(3)).
 * @param status - OCSP_RESPONSE_STATUS_*
 * @param bs - a signed answer; null: the status alone
 * @returns null with an error for an answer that is not signed
 */
export function OCSP_response_create(status: number, bs: OCSP_BASICRESP | null): OCSP_RESPONSE | null {
  const basic: Out<Uint8Array | null> = { value: null }
  if (bs !== null && i2d_OCSP_BASICRESP(requireInstance(bs, OCSP_BASICRESP, 'bs'), basic) <= 0) return null
  return new OCSP_RESPONSE(makeOcspResponse(requireInteger(status, 'status'), basic.value))
}
