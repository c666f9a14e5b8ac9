import { copy } from '../../base/bytes.ts'
import { PkiFailure } from '../../pki/failure.ts'
import { checkResponderId } from '../../pki/ocsp.ts'
import { type Out, requireInstance } from '../boundary.ts'
import { firstElement, raiseAsn1 } from './asn1-errors.ts'
import { deliverDer } from './x509.ts'

/** Who may answer for a certificate (RFC 6960 ResponderID): a name or the hash of a key, as it is written in DER. */
export class OCSP_RESPID {
  readonly der: Uint8Array

  constructor(der: Uint8Array) {
    this.der = der
  }
}

/** Reads one from the start of `pp.value`, which then begins after it. @returns null with an ASN1 error */
export function d2i_OCSP_RESPID(
  a: Out<OCSP_RESPID | null> | null,
  pp: Out<Uint8Array>,
  length?: number,
): OCSP_RESPID | null {
  const bytes = pp.value.subarray(0, length)
  const der = firstElement(bytes)
  try {
    checkResponderId(der)
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    raiseAsn1(bytes, 'OCSP_RESPID')
    return null
  }
  const id = new OCSP_RESPID(copy(der))
  pp.value = pp.value.subarray(der.length)
  if (a !== null) a.value = id
  return id
}

/** The DER of one; as i2d_X509. */
export function i2d_OCSP_RESPID(a: OCSP_RESPID, out: Out<Uint8Array | null> | null = null): number {
  return deliverDer(requireInstance(a, OCSP_RESPID, 'a').der, out)
}

/** Does nothing: they are collected. @harmless what is not used any more is collected */
export function OCSP_RESPID_free(a: OCSP_RESPID | null): void {
  void a
}
