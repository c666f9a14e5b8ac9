import { type Crl, parseCrl } from '../../pki/crl.ts'
import { PkiFailure } from '../../pki/failure.ts'
import { Counted, type Out, requireLive, requireLiveOrNull } from '../boundary.ts'
import { firstElement, raiseAsn1 } from './asn1-errors.ts'
import { X509_NAME } from './name.ts'
import { deliverDer } from './x509.ts'

/** A certificate revocation list. */
export class X509_CRL extends Counted {
  readonly crl: Crl

  constructor(crl: Crl) {
    super()
    this.crl = crl
  }
}

/** Gives up a reference. */
export function X509_CRL_free(a: X509_CRL | null): void {
  requireLiveOrNull(a, X509_CRL, 'a')?.dropReference(() => {})
}

/** @returns 1 */
export function X509_CRL_up_ref(a: X509_CRL): number {
  requireLive(a, X509_CRL, 'a').addReference()
  return 1
}

/** The issuer of the list. */
export function X509_CRL_get_issuer(crl: X509_CRL): X509_NAME {
  return new X509_NAME(requireLive(crl, X509_CRL, 'crl').crl.issuer)
}

/** Reads one list from the start of `pp.value`, which then begins after it. @returns null with an ASN1 error */
export function d2i_X509_CRL(a: Out<X509_CRL | null> | null, pp: Out<Uint8Array>, length?: number): X509_CRL | null {
  const bytes = pp.value.subarray(0, length)
  try {
    const crl = new X509_CRL(parseCrl(firstElement(bytes)))
    pp.value = pp.value.subarray(crl.crl.der.length)
    if (a !== null) a.value = crl
    return crl
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    raiseAsn1(bytes, 'X509_CRL')
    if (a !== null) {
      // As in C the object that was to be filled is lost.
      X509_CRL_free(a.value)
      a.value = null
    }
    return null
  }
}

/** The DER of a list; as i2d_X509. */
export function i2d_X509_CRL(a: X509_CRL, out: Out<Uint8Array | null> | null = null): number {
  return deliverDer(requireLive(a, X509_CRL, 'a').crl.der, out)
}
