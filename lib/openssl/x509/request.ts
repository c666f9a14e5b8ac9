import { createPublicKey } from 'node:crypto'
import {
  type Attribute,
  type CertificateRequest,
  encodeCertificateRequest,
  encodeRequestInfo,
  parseCertificateRequest,
} from '../../pki/certificate-request.ts'
import { readWhole, sequence, Tag } from '../../pki/der.ts'
import { readExtensions } from '../../pki/extensions.ts'
import { PkiFailure } from '../../pki/failure.ts'
import { encodeExtension, spkiOf } from '../../pki/issue.ts'
import { objectByOid } from '../../pki/objects.ts'
import { writePem } from '../../pki/pem.ts'
import type { BIO } from '../bio/bio.ts'
import { BIO_puts } from '../bio/io.ts'
import { Counted, type Out, requireInstance, requireInteger, requireLive, requireLiveOrNull } from '../boundary.ts'
import { ERR_LIB_ASN1, ERR_LIB_PEM, ERR_R_ASN1_LIB } from '../constants/err.ts'
import { PEM_STRING_X509_REQ, PEM_STRING_X509_REQ_OLD } from '../constants/pem.ts'
import { raise } from '../err/raise.ts'
import type { EVP_MD } from '../evp/md.ts'
import { EVP_PKEY, EVP_PKEY_eq, publicHalf } from '../evp/pkey.ts'
import { ASN1_R_ILLEGAL_ZERO_CONTENT, firstElement, raiseAsn1 } from './asn1/asn1-errors.ts'
import { X509_EXTENSION } from './extensions/extension-value.ts'
import { putDer } from './files/der.ts'
import { raisePem, readAll, readBlock } from './files/pem-bio.ts'
import { X509_NAME } from './names/name.ts'
import { itemAlgorithm, signItem, signing, verifyItem } from './signed.ts'
import { deliverDer, X509, X509_get_pubkey, X509_get_subject_name } from './x509.ts'

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14'
const MICROSOFT_EXTENSION_REQUEST = '1.3.6.1.4.1.311.2.1.14'

/** A request for a certificate: read from bytes, or being made. What the getters hand out may be changed until X509_REQ_sign. */
export class X509_REQ extends Counted {
  version: number
  subject: X509_NAME
  pkey: EVP_PKEY | null
  attributes: Attribute[]
  /** The request as it is signed; null until X509_REQ_sign for one that is being made. */
  request: CertificateRequest | null

  constructor(request: CertificateRequest | null) {
    super()
    this.request = request
    this.version = request?.version ?? 0
    this.subject = new X509_NAME(request?.subject)
    this.pkey = request === null ? null : keyOf(request.spki)
    this.attributes = [...(request?.attributes ?? [])]
  }
}

const live = (req: unknown): X509_REQ => requireLive(req, X509_REQ, 'req')

/** An empty request. */
export function X509_REQ_new(): X509_REQ {
  return new X509_REQ(null)
}

/** Gives up a reference. */
export function X509_REQ_free(a: X509_REQ | null): void {
  requireLiveOrNull(a, X509_REQ, 'a')?.dropReference(() => {})
}

/** X509_REQ_VERSION_1: 0. */
export function X509_REQ_get_version(req: X509_REQ): number {
  return live(req).version
}

/** @param version - X509_REQ_VERSION_1: 0 @returns 1 */
export function X509_REQ_set_version(x: X509_REQ, version: number): number {
  live(x).version = requireInteger(version, 'version') & 0xff
  return 1
}

/** The subject, which belongs to the request. */
export function X509_REQ_get_subject_name(req: X509_REQ): X509_NAME {
  return live(req).subject
}

/** Copies a name in. @returns 1 */
export function X509_REQ_set_subject_name(req: X509_REQ, name: X509_NAME): number {
  live(req).subject = new X509_NAME(requireInstance(name, X509_NAME, 'name').name)
  return 1
}

/** Sets the public key from a key whose public half is taken. @returns 1, or 0 for an empty key */
export function X509_REQ_set_pubkey(x: X509_REQ, pkey: EVP_PKEY): number {
  const { key } = requireLive(pkey, EVP_PKEY, 'pkey')
  if (key === null) return 0
  live(x).pkey = new EVP_PKEY(publicHalf(key))
  return 1
}

/** The public key without a reference of its own; null when there is none or it cannot be decoded. */
export function X509_REQ_get0_pubkey(req: X509_REQ): EVP_PKEY | null {
  return live(req).pkey
}

/** The public key with a reference, to be given up with EVP_PKEY_free. */
export function X509_REQ_get_pubkey(req: X509_REQ): EVP_PKEY | null {
  return X509_REQ_get0_pubkey(req)?.addReference() ?? null
}

/** 1 when the private key fits the request, else 0. */
export function X509_REQ_check_private_key(x: X509_REQ, k: EVP_PKEY): number {
  const own = X509_REQ_get0_pubkey(x)
  return Number(own !== null && EVP_PKEY_eq(own, requireLive(k, EVP_PKEY, 'k')) === 1)
}

/** NID_sha256WithRSAEncryption, ...; 0 for one that is not signed or an algorithm that is not known. */
export function X509_REQ_get_signature_nid(req: X509_REQ): number {
  return objectByOid(live(req).request?.algorithm.oid ?? '')?.nid ?? 0
}

/** The extensions that are asked for; null when they cannot be decoded. */
export function X509_REQ_get_extensions(req: X509_REQ): X509_EXTENSION[] | null {
  const asked = [EXTENSION_REQUEST, MICROSOFT_EXTENSION_REQUEST]
  const value = live(req).attributes.find(({ oid }) => asked.includes(oid))?.values[0]
  if (value === undefined) return []
  try {
    return readWhole(value, Tag.sequence, readExtensions).map(extension => new X509_EXTENSION(extension))
  } catch (error) {
    if (error instanceof PkiFailure) return null
    throw error
  }
}

/** Asks for extensions. @returns 1, or 0 without any */
export function X509_REQ_add_extensions(req: X509_REQ, exts: readonly X509_EXTENSION[] | null): number {
  const list = (exts ?? []).map(ext => encodeExtension(requireInstance(ext, X509_EXTENSION, 'exts').extension))
  if (list.length === 0) return 0
  live(req).attributes.push({ oid: EXTENSION_REQUEST, values: [sequence(...list)] })
  return 1
}

/**
 * Signs a request with the key that is in it.
 * @param md - null for Ed25519 and Ed448
 * @returns the length of the signature in bytes, or 0 with an error when there is no key in it, or the key cannot sign so
 */
export function X509_REQ_sign(x: X509_REQ, pkey: EVP_PKEY, md: EVP_MD | null): number {
  const { version, subject, attributes, pkey: own } = live(x)
  const signer = { pkey: requireLive(pkey, EVP_PKEY, 'pkey'), md }
  return signing(() => {
    if (own === null || own.key === null) throw new PkiFailure('unsupported-key', 'request without a key')
    const tbs = encodeRequestInfo({ version, subject: subject.name, spki: spkiOf(own.key), attributes })
    const { signature } = signItem(signer, tbs)
    x.request = parseCertificateRequest(encodeCertificateRequest(tbs, itemAlgorithm(signer).der, signature))
    return signature.length
  })
}

/** Whether the signature is good under this key; as X509_verify. */
export function X509_REQ_verify(a: X509_REQ, r: EVP_PKEY): number {
  const { request } = live(a)
  const pkey = requireLive(r, EVP_PKEY, 'r')
  return request === null ? -1 : verifyItem(request, request.tbs, pkey)
}

/** A request for a certificate like another one. @param pkey - signs it; null: it stays unsigned @returns null with an error */
export function X509_to_X509_REQ(x: X509, pkey: EVP_PKEY | null, md: EVP_MD | null): X509_REQ | null {
  const req = X509_REQ_new()
  X509_REQ_set_subject_name(req, X509_get_subject_name(requireLive(x, X509, 'x')))
  const key = X509_get_pubkey(x)
  if (key === null || X509_REQ_set_pubkey(req, key) !== 1) return null
  return pkey === null || X509_REQ_sign(req, pkey, md) > 0 ? req : null
}

/** Reads one request from the start of `pp.value`, which then begins after it. @returns null with an ASN1 error */
export function d2i_X509_REQ(a: Out<X509_REQ | null> | null, pp: Out<Uint8Array>, length?: number): X509_REQ | null {
  const bytes = pp.value.subarray(0, length)
  try {
    const request = parseCertificateRequest(firstElement(bytes))
    pp.value = pp.value.subarray(request.der.length)
    const req = new X509_REQ(request)
    if (a !== null) a.value = req
    return req
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    raiseAsn1(bytes, 'X509_REQ')
    return null
  }
}

/** The DER of a request; as i2d_X509. @returns -1 with an error for one that is not signed */
export function i2d_X509_REQ(a: X509_REQ, out: Out<Uint8Array | null> | null = null): number {
  const { request } = live(a)
  if (request !== null) return deliverDer(request.der, out)
  raise(ERR_LIB_ASN1, ASN1_R_ILLEGAL_ZERO_CONTENT)
  return -1
}

/** Reads one request. @returns null with an ASN1 error */
export function d2i_X509_REQ_bio(bp: BIO, req: Out<X509_REQ | null> | null = null): X509_REQ | null {
  return d2i_X509_REQ(req, { value: readAll(bp) })
}

/** Writes a request in DER. @returns 1, or 0 for one that is not signed or when the BIO does not take it */
export function i2d_X509_REQ_bio(bp: BIO, req: X509_REQ): number {
  const { request } = live(req)
  return request === null ? 0 : putDer(bp, request.der)
}

/** Reads the next request. @returns null with an error */
export function PEM_read_bio_X509_REQ(out: BIO, x: Out<X509_REQ | null> | null = null): X509_REQ | null {
  const accepts = (label: string): boolean => label === PEM_STRING_X509_REQ || label === PEM_STRING_X509_REQ_OLD
  try {
    const req = d2i_X509_REQ(x, { value: readBlock(out, accepts).data })
    if (req === null) raise(ERR_LIB_PEM, ERR_R_ASN1_LIB)
    return req
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    raisePem(error, PEM_STRING_X509_REQ)
    return null
  }
}

/** Writes a request as PEM. @returns 1, or 0 as i2d_X509_REQ_bio */
export function PEM_write_bio_X509_REQ(out: BIO, x: X509_REQ): number {
  const { request } = live(x)
  return request === null ? 0 : Number(BIO_puts(out, writePem(PEM_STRING_X509_REQ, request.der)) > 0)
}

/** Null for a key that the runtime does not know or refuses. */
function keyOf(spki: Uint8Array): EVP_PKEY | null {
  try {
    return new EVP_PKEY(createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }))
  } catch {
    return null
  }
}
