import { randomBytes } from 'node:crypto'
import { copy } from '../../../base/bytes.ts'
import type { Certificate } from '../../../pki/certificate.ts'
import { encode, Tag } from '../../../pki/der.ts'
import { type Extension, ExtensionId, type GeneralName, GeneralNameType } from '../../../pki/extensions.ts'
import type { SignedBy } from '../../../pki/ocsp/ocsp.ts'
import { encodeOcspRequest, encodeTbsRequest, type OcspRequest, parseOcspRequest } from '../../../pki/ocsp/request.ts'
import type { BIO } from '../../bio/bio.ts'
import { type Out, requireBytes, requireInstance, requireInteger, requireLength, requireLive } from '../../boundary.ts'
import { ERR_LIB_OCSP } from '../../constants/err.ts'
import {
  OCSP_DEFAULT_NONCE_LENGTH,
  OCSP_NOCERTS,
  OCSP_R_PRIVATE_KEY_DOES_NOT_MATCH_CERTIFICATE,
} from '../../constants/ocsp.ts'
import { raise } from '../../err/raise.ts'
import type { EVP_MD } from '../../evp/md.ts'
import { EVP_PKEY } from '../../evp/pkey.ts'
import { extensionList } from '../extensions/extension-list.ts'
import { putDer } from '../files/der.ts'
import { readAll } from '../files/pem-bio.ts'
import { X509_NAME } from '../names/name.ts'
import { signItem, signing } from '../signed.ts'
import { deliverDer, X509, X509_check_private_key, X509_get_subject_name } from '../x509.ts'
import { OCSP_CERTID, readItem } from './id.ts'

/** What is asked about one certificate. */
export class OCSP_ONEREQ {
  certId: OCSP_CERTID
  extensions: Extension[]

  constructor(certId: OCSP_CERTID, extensions: readonly Extension[] = []) {
    this.certId = certId
    this.extensions = [...extensions]
  }
}

/** A request (RFC 6960 section 4.1.1): read from bytes, or being made. */
export class OCSP_REQUEST {
  /** 0 for version 1. */
  readonly version: number
  readonly requests: OCSP_ONEREQ[]
  readonly extensions: Extension[]
  /** Who asks; a signed request names its signer here. */
  requestor: GeneralName | null
  /** The bytes that are signed, and the signature. */
  signed: { readonly tbs: Uint8Array; readonly by: SignedBy } | null

  constructor(read?: OcspRequest) {
    this.version = read?.version ?? 0
    this.requests = (read?.requests ?? []).map(one => new OCSP_ONEREQ(new OCSP_CERTID(one.certId), one.extensions))
    this.extensions = [...(read?.extensions ?? [])]
    this.requestor = read?.requestor ?? null
    const by = read?.signature ?? null
    this.signed = read === undefined || by === null ? null : { tbs: read.tbs, by }
  }

  get tbs(): Uint8Array {
    const requests = this.requests.map(one => ({ certId: one.certId.id, extensions: one.extensions }))
    return encodeTbsRequest(this.requestor, requests, this.extensions)
  }

  get der(): Uint8Array {
    return encodeOcspRequest(this.signed?.tbs ?? this.tbs, this.signed?.by ?? null)
  }
}

const requestOf = (req: unknown): OCSP_REQUEST => requireInstance(req, OCSP_REQUEST, 'req')
const changing = (req: unknown): OCSP_REQUEST => {
  requestOf(req).signed = null
  return requestOf(req)
}

/** An empty request. */
export function OCSP_REQUEST_new(): OCSP_REQUEST {
  return new OCSP_REQUEST()
}

/** Does nothing: requests are collected. @harmless what is not used any more is collected */
export function OCSP_REQUEST_free(a: OCSP_REQUEST | null): void {
  void a
}

/** Reads one from the start of `pp.value`, which then begins after it. @returns null with an ASN1 error */
export function d2i_OCSP_REQUEST(
  a: Out<OCSP_REQUEST | null> | null,
  pp: Out<Uint8Array>,
  length?: number,
): OCSP_REQUEST | null {
  return readItem(a, pp, length, 'OCSP_REQUEST', der => new OCSP_REQUEST(parseOcspRequest(der)))
}

/** The DER of a request; as i2d_X509. */
export function i2d_OCSP_REQUEST(a: OCSP_REQUEST, out: Out<Uint8Array | null> | null = null): number {
  return deliverDer(requestOf(a).der, out)
}

/** Reads one request. @returns null with an ASN1 error */
export function d2i_OCSP_REQUEST_bio(bp: BIO, p: Out<OCSP_REQUEST | null> | null = null): OCSP_REQUEST | null {
  return d2i_OCSP_REQUEST(p, { value: readAll(bp) })
}

/** Writes a request in DER. @returns 1, or 0 when the BIO does not take it */
export function i2d_OCSP_REQUEST_bio(bp: BIO, o: OCSP_REQUEST): number {
  return putDer(bp, requestOf(o).der)
}

/**
 * Adds a question about a certificate (OCSP_request_add0_id(3)).
 * @param req - null: the question is not added to a request
 * @returns the question, for extensions of its own
 */
export function OCSP_request_add0_id(req: OCSP_REQUEST | null, cid: OCSP_CERTID): OCSP_ONEREQ {
  const one = new OCSP_ONEREQ(requireInstance(cid, OCSP_CERTID, 'cid'))
  if (req !== null) changing(req).requests.push(one)
  return one
}

/** The number of questions. */
export function OCSP_request_onereq_count(req: OCSP_REQUEST): number {
  return requestOf(req).requests.length
}

/** The question at a position; null beyond the end. */
export function OCSP_request_onereq_get0(req: OCSP_REQUEST, i: number): OCSP_ONEREQ | null {
  return requestOf(req).requests[requireInteger(i, 'i')] ?? null
}

/** The certificate that a question is about. */
export function OCSP_onereq_get0_id(one: OCSP_ONEREQ): OCSP_CERTID {
  return requireInstance(one, OCSP_ONEREQ, 'one').certId
}

/** Sets the name of who asks. @returns 1 */
export function OCSP_request_set1_name(req: OCSP_REQUEST, nm: X509_NAME): number {
  const { name } = requireInstance(nm, X509_NAME, 'nm')
  changing(req).requestor = { type: GeneralNameType.directory, value: name.der, directoryName: name }
  return 1
}

/** 1 when the request is signed, else 0. */
export function OCSP_request_is_signed(req: OCSP_REQUEST): number {
  return Number(requestOf(req).signed !== null)
}

/** Sends a certificate along with a signed request. @returns 1, or 0 for one that is not signed, either of them */
export function OCSP_request_add1_cert(req: OCSP_REQUEST, cert: X509 | null): number {
  const { signed } = requestOf(req)
  if (cert === null) return 1
  const { certificate } = requireLive(cert, X509, 'cert')
  if (signed === null || certificate === null) return 0
  const { by } = signed
  req.signed = { ...signed, by: { ...by, certificates: [...by.certificates, certificate] } }
  return 1
}

/**
 * Signs a request and names its signer in it (OCSP_request_sign(3)).
 * @param certs - sent along with the signer's
 * @param flags - OCSP_NOCERTS: no certificate is sent along
 * @returns 1, or 0 with an error
 */
export function OCSP_request_sign(
  req: OCSP_REQUEST,
  signer: X509,
  key: EVP_PKEY,
  dgst: EVP_MD | null,
  certs: readonly X509[] | null,
  flags: number,
): number {
  OCSP_request_set1_name(req, X509_get_subject_name(signer))
  const pkey = requireLive(key, EVP_PKEY, 'key')
  if (X509_check_private_key(signer, pkey) !== 1) {
    raise(ERR_LIB_OCSP, OCSP_R_PRIVATE_KEY_DOES_NOT_MATCH_CERTIFICATE)
    return 0
  }
  const { tbs } = req
  return signing(() => {
    const certificates = (flags & OCSP_NOCERTS) === 0 ? signedOnes([signer, ...(certs ?? [])]) : []
    req.signed = { tbs, by: { ...signItem({ pkey, md: dgst }, tbs), certificates } }
    return 1
  })
}

/** The certificates of those that are signed. */
export function signedOnes(certs: readonly X509[]): Certificate[] {
  return certs.flatMap(cert => requireLive(cert, X509, 'certs').certificate ?? [])
}

/**
 * Adds a number used once, so that no old answer will do (RFC 8954).
 * @param val - null: random bytes
 * @param len - bytes of `val`; 0 or below: OCSP_DEFAULT_NONCE_LENGTH
 * @returns 1
 */
export function OCSP_request_add1_nonce(req: OCSP_REQUEST, val: Uint8Array | null, len = -1): number {
  return addNonce(changing(req).extensions, val, len)
}

export function addNonce(extensions: Extension[], val: Uint8Array | null, len: number): number {
  const length = requireInteger(len, 'len') <= 0 ? OCSP_DEFAULT_NONCE_LENGTH : len
  const nonce =
    val === null ? randomBytes(length) : copy(requireBytes(val, 'val').subarray(0, requireLength(length, val, 'len')))
  const made = { oid: ExtensionId.ocspNonce, critical: false, value: encode(Tag.octetString, nonce) }
  const at = extensions.findIndex(({ oid }) => oid === made.oid)
  extensions.splice(at < 0 ? extensions.length : at, at < 0 ? 0 : 1, made)
  return 1
}

const list = extensionList<OCSP_REQUEST>(req => requestOf(req).extensions)

/** The extensions of a request, one function a call of ExtensionList; set them before it is signed. */
export const OCSP_REQUEST_get_ext_count = list.count
export const OCSP_REQUEST_get_ext_by_NID = list.byNid
export const OCSP_REQUEST_get_ext_by_OBJ = list.byObject
export const OCSP_REQUEST_get_ext_by_critical = list.byCritical
export const OCSP_REQUEST_get_ext = list.get
export const OCSP_REQUEST_delete_ext = list.remove
export const OCSP_REQUEST_add_ext = list.add
export const OCSP_REQUEST_get1_ext_d2i = list.decoded
export const OCSP_REQUEST_add1_ext_i2d = list.addDecoded

const one = extensionList<OCSP_ONEREQ>(x => requireInstance(x, OCSP_ONEREQ, 'x').extensions)

/** The same of one question. */
export const OCSP_ONEREQ_get_ext_count = one.count
export const OCSP_ONEREQ_get_ext_by_NID = one.byNid
export const OCSP_ONEREQ_get_ext_by_OBJ = one.byObject
export const OCSP_ONEREQ_get_ext_by_critical = one.byCritical
export const OCSP_ONEREQ_get_ext = one.get
export const OCSP_ONEREQ_delete_ext = one.remove
export const OCSP_ONEREQ_add_ext = one.add
export const OCSP_ONEREQ_get1_ext_d2i = one.decoded
export const OCSP_ONEREQ_add1_ext_i2d = one.addDecoded
