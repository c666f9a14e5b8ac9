import { type Crl, parseCrl } from '../../pki/crl.ts'
import { PkiFailure } from '../../pki/failure.ts'
import { writePem } from '../../pki/pem.ts'
import type { BIO } from '../bio/bio.ts'
import { BIO_write } from '../bio/io.ts'
import { Counted, type Out, requireInstance, requireLive, requireLiveOrNull } from '../boundary.ts'
import { EVP_Digest, EVP_MD } from '../evp/md.ts'
import { EVP_PKEY } from '../evp/pkey.ts'
import { firstElement, raiseAsn1 } from './asn1/asn1-errors.ts'
import { ASN1_TIME } from './asn1/asn1-time.ts'
import { extensionList } from './extensions/extension-list.ts'
import { readAll } from './files/pem-bio.ts'
import { X509_NAME } from './names/name.ts'
import { verifyItem } from './signed.ts'
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

/**
 * Takes one more reference, to be given back by X509_CRL_free.
 * @returns 1
 */
export function X509_CRL_up_ref(a: X509_CRL): number {
  requireLive(a, X509_CRL, 'a').addReference()
  return 1
}

/** The issuer of the list. */
export function X509_CRL_get_issuer(crl: X509_CRL): X509_NAME {
  return new X509_NAME(requireLive(crl, X509_CRL, 'crl').crl.issuer)
}

/** When the list was made; the object is a copy. */
export function X509_CRL_get0_lastUpdate(crl: X509_CRL): ASN1_TIME {
  return new ASN1_TIME(liveList(crl).thisUpdate ?? undefined)
}

/** When the next one is due; null when the list does not say. */
export function X509_CRL_get0_nextUpdate(crl: X509_CRL): ASN1_TIME | null {
  const { nextUpdate } = liveList(crl)
  return nextUpdate === undefined ? null : new ASN1_TIME(nextUpdate ?? undefined)
}

/** 0 when both are the same list, byte for byte. */
export function X509_CRL_match(a: X509_CRL, b: X509_CRL): number {
  return Buffer.compare(liveList(a).der, liveList(b).der)
}

/** The digest of the whole list. @param md - takes it @param len - takes its length @returns 1 */
export function X509_CRL_digest(data: X509_CRL, type: EVP_MD, md: Uint8Array, len: Out<number> | null = null): number {
  const { der } = liveList(data)
  return EVP_Digest(der, der.length, md, len, requireInstance(type, EVP_MD, 'type'))
}

/** Whether the signature is good under this key; as X509_verify. */
export function X509_CRL_verify(a: X509_CRL, r: EVP_PKEY): number {
  const { signatureAlgorithm: algorithm, tbsSignatureAlgorithm: inner, signature, tbs } = liveList(a)
  if (Buffer.compare(algorithm.der, inner.der) !== 0) return 0
  return verifyItem({ algorithm, signature }, tbs, requireLive(r, EVP_PKEY, 'r'))
}

const liveList = (crl: unknown): Crl => requireLive(crl, X509_CRL, 'crl').crl

const list = extensionList<X509_CRL>(x => [...liveList(x).extensions])

/** The extensions of a list, one function a call of ExtensionList. */
export const X509_CRL_get_ext_count = list.count
export const X509_CRL_get_ext_by_NID = list.byNid
export const X509_CRL_get_ext_by_OBJ = list.byObject
export const X509_CRL_get_ext_by_critical = list.byCritical
export const X509_CRL_get_ext = list.get
export const X509_CRL_get_ext_d2i = list.decoded

/** Reads one list. @returns null with an ASN1 error */
export function d2i_X509_CRL_bio(bp: BIO, crl: Out<X509_CRL | null> | null = null): X509_CRL | null {
  return d2i_X509_CRL(crl, { value: readAll(bp) })
}

/** Writes a list in DER. @returns 1, or 0 when the BIO does not take it */
export function i2d_X509_CRL_bio(bp: BIO, crl: X509_CRL): number {
  return write(bp, liveList(crl).der)
}

/** Writes a list as PEM. @returns 1, or 0 when the BIO does not take it */
export function PEM_write_bio_X509_CRL(out: BIO, x: X509_CRL): number {
  return write(out, Buffer.from(writePem('X509 CRL', liveList(x).der), 'latin1'))
}

function write(bio: BIO, bytes: Uint8Array): number {
  return Number(BIO_write(bio, bytes) === bytes.length)
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
