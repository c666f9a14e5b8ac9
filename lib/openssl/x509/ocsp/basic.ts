import { type Extension, ExtensionId } from '../../../pki/extensions.ts'
import type { SignedBy } from '../../../pki/ocsp/ocsp.ts'
import {
  type BasicResponse,
  type CertStatus,
  encodeBasicResponse,
  encodeResponseData,
  parseBasicResponse,
  type SingleResponse,
} from '../../../pki/ocsp/response.ts'
import { type Out, requireInstance, requireInteger } from '../../boundary.ts'
import { ERR_LIB_ASN1, ERR_LIB_OCSP } from '../../constants/err.ts'
import {
  OCSP_R_ERROR_IN_NEXTUPDATE_FIELD,
  OCSP_R_ERROR_IN_THISUPDATE_FIELD,
  OCSP_R_NEXTUPDATE_BEFORE_THISUPDATE,
  OCSP_R_STATUS_EXPIRED,
  OCSP_R_STATUS_NOT_YET_VALID,
  OCSP_R_STATUS_TOO_OLD,
} from '../../constants/ocsp.ts'
import { raise } from '../../err/raise.ts'
import { ASN1_STRING, ASN1_STRING_cmp } from '../asn1/asn1.ts'
import { ASN1_R_ILLEGAL_ZERO_CONTENT } from '../asn1/asn1-errors.ts'
import { ASN1_GENERALIZEDTIME_check, ASN1_GENERALIZEDTIME_new, type ASN1_TIME } from '../asn1/asn1-time.ts'
import { X509_cmp_time } from '../check.ts'
import { V_ASN1_BIT_STRING, V_ASN1_OCTET_STRING } from '../constants.ts'
import { X509_ALGOR } from '../details.ts'
import { extensionList } from '../extensions/extension-list.ts'
import { X509_NAME } from '../names/name.ts'
import { deliverDer, wrapCertificate, type X509 } from '../x509.ts'
import { OCSP_CERTID, OCSP_id_cmp, OCSP_RESPID, readItem, STATUSES } from './id.ts'
import type { OCSP_REQUEST } from './request.ts'

/** What is answered about one certificate. */
export class OCSP_SINGLERESP {
  readonly certId: OCSP_CERTID
  readonly status: CertStatus
  readonly thisUpdate: ASN1_TIME
  readonly nextUpdate: ASN1_TIME | null
  readonly revocationTime: ASN1_TIME | null
  readonly extensions: Extension[]

  constructor({ certId, status, thisUpdate, nextUpdate, extensions }: SingleResponse) {
    this.certId = new OCSP_CERTID(certId)
    this.status = status
    this.thisUpdate = generalized(thisUpdate)
    this.nextUpdate = nextUpdate === null ? null : generalized(nextUpdate)
    this.revocationTime = status.kind === 'revoked' ? generalized(status.time) : null
    this.extensions = [...extensions]
  }
}

/** An answer (RFC 6960 section 4.2.1): read from bytes, or being made. */
export class OCSP_BASICRESP {
  /** 0 for version 1. */
  readonly version: number
  readonly responderId: OCSP_RESPID
  producedAt: ASN1_TIME
  readonly responses: OCSP_SINGLERESP[]
  readonly extensions: Extension[]
  readonly certs: X509[]
  /** The bytes that are signed, and the signature; null until OCSP_basic_sign. */
  signed: { readonly tbs: Uint8Array; readonly by: Omit<SignedBy, 'certificates'> } | null

  constructor(read?: BasicResponse) {
    const data = read?.data
    this.version = data?.version ?? 0
    this.responderId = new OCSP_RESPID(data?.responderId)
    this.producedAt = data === undefined ? ASN1_GENERALIZEDTIME_new() : generalized(data.producedAt)
    this.responses = (data?.responses ?? []).map(single => new OCSP_SINGLERESP(single))
    this.extensions = [...(data?.extensions ?? [])]
    this.certs = (read?.certificates ?? []).map(wrapCertificate)
    this.signed = read === undefined ? null : { tbs: read.tbs, by: read }
  }

  /** ResponseData as it is now. */
  get tbs(): Uint8Array {
    return encodeResponseData({
      responderId: this.responderId.id,
      producedAt: this.producedAt.data,
      responses: this.responses.map(({ certId, status, thisUpdate, nextUpdate, extensions }) => ({
        ...{ certId: certId.id, status, thisUpdate: thisUpdate.data, nextUpdate: nextUpdate?.data ?? null, extensions },
      })),
      extensions: this.extensions,
    })
  }
}

const basicOf = (bs: unknown): OCSP_BASICRESP => requireInstance(bs, OCSP_BASICRESP, 'bs')
const singleOf = (single: unknown): OCSP_SINGLERESP => requireInstance(single, OCSP_SINGLERESP, 'single')

/** An answer about nothing, to be filled and signed. */
export function OCSP_BASICRESP_new(): OCSP_BASICRESP {
  return new OCSP_BASICRESP()
}

/** Does nothing: answers are collected. @harmless what is not used any more is collected */
export function OCSP_BASICRESP_free(a: OCSP_BASICRESP | null): void {
  void a
}

/** Does nothing: answers are collected. @harmless what is not used any more is collected */
export function OCSP_SINGLERESP_free(a: OCSP_SINGLERESP | null): void {
  void a
}

/** Reads one from the start of `pp.value`, which then begins after it. @returns null with an ASN1 error */
export function d2i_OCSP_BASICRESP(
  a: Out<OCSP_BASICRESP | null> | null,
  pp: Out<Uint8Array>,
  length?: number,
): OCSP_BASICRESP | null {
  return readItem(a, pp, length, 'OCSP_BASICRESP', der => new OCSP_BASICRESP(parseBasicResponse(der)))
}

/** The DER of an answer; as i2d_X509. @returns -1 with an error for one that is not signed */
export function i2d_OCSP_BASICRESP(a: OCSP_BASICRESP, out: Out<Uint8Array | null> | null = null): number {
  const { signed, certs } = basicOf(a)
  if (signed === null) {
    raise(ERR_LIB_ASN1, ASN1_R_ILLEGAL_ZERO_CONTENT)
    return -1
  }
  const certificates = certs.flatMap(({ certificate }) => certificate ?? [])
  return deliverDer(encodeBasicResponse(signed.tbs, { ...signed.by, certificates }), out)
}

/** The number of certificates that are answered about; -1 for null. */
export function OCSP_resp_count(bs: OCSP_BASICRESP | null): number {
  return bs === null ? -1 : basicOf(bs).responses.length
}

/** The answer at a position; null beyond the end. */
export function OCSP_resp_get0(bs: OCSP_BASICRESP | null, idx: number): OCSP_SINGLERESP | null {
  return bs === null ? null : (basicOf(bs).responses[requireInteger(idx, 'idx')] ?? null)
}

/** The position of the next answer about a certificate after `last` (-1 to begin); -1 for none. */
export function OCSP_resp_find(bs: OCSP_BASICRESP | null, id: OCSP_CERTID, last: number): number {
  const from = Math.max(-1, requireInteger(last, 'last')) + 1
  const later = bs === null ? [] : basicOf(bs).responses.slice(from)
  const found = later.findIndex(single => OCSP_id_cmp(id, single.certId) === 0)
  return found < 0 ? -1 : found + from
}

/**
 * What an answer says (OCSP_single_get0_status(3)).
 * @param reason - takes OCSP_REVOKED_STATUS_*, -1 for none, of a certificate that is revoked
 * @param revtime - takes when it was revoked
 * @param thisupd - takes since when this is known
 * @param nextupd - takes when more will be known; null when the answer does not say
 * @returns V_OCSP_CERTSTATUS_*; -1 for null
 */
export function OCSP_single_get0_status(
  single: OCSP_SINGLERESP | null,
  reason: Out<number> | null = null,
  revtime: Out<ASN1_TIME | null> | null = null,
  thisupd: Out<ASN1_TIME | null> | null = null,
  nextupd: Out<ASN1_TIME | null> | null = null,
): number {
  if (single === null) return -1
  const { status, revocationTime, thisUpdate, nextUpdate } = singleOf(single)
  if (status.kind === 'revoked') {
    if (revtime !== null) revtime.value = revocationTime
    if (reason !== null) reason.value = status.reason ?? -1
  }
  if (thisupd !== null) thisupd.value = thisUpdate
  if (nextupd !== null) nextupd.value = nextUpdate
  return STATUSES[status.kind]
}

/**
 * What is answered about a certificate (OCSP_resp_find_status(3)); who answered is checked by OCSP_basic_verify, and
 * whether it still holds by OCSP_check_validity.
 * @param status - takes V_OCSP_CERTSTATUS_*; the rest as OCSP_single_get0_status
 * @returns 1, or 0 when there is no answer about it
 */
export function OCSP_resp_find_status(
  bs: OCSP_BASICRESP,
  id: OCSP_CERTID,
  status: Out<number> | null,
  reason: Out<number> | null = null,
  revtime: Out<ASN1_TIME | null> | null = null,
  thisupd: Out<ASN1_TIME | null> | null = null,
  nextupd: Out<ASN1_TIME | null> | null = null,
): number {
  const single = OCSP_resp_get0(bs, OCSP_resp_find(bs, id, -1))
  if (single === null) return 0
  const found = OCSP_single_get0_status(single, reason, revtime, thisupd, nextupd)
  if (status !== null) status.value = found
  return 1
}

/**
 * Whether an answer holds now (OCSP_check_validity(3)).
 * @param nsec - seconds that clocks may differ
 * @param maxsec - the greatest age in seconds; below 0: any
 * @returns 1, or 0 with OCSP_R_STATUS_NOT_YET_VALID, _TOO_OLD, _EXPIRED and their kin
 */
export function OCSP_check_validity(
  thisupd: ASN1_TIME,
  nextupd: ASN1_TIME | null,
  nsec: number,
  maxsec: number,
): number {
  const now = Math.floor(Date.now() / 1000)
  const [slack, age] = [requireInteger(nsec, 'nsec'), requireInteger(maxsec, 'maxsec')]
  const faults: number[] = []
  if (ASN1_GENERALIZEDTIME_check(thisupd) !== 1) faults.push(OCSP_R_ERROR_IN_THISUPDATE_FIELD)
  else {
    if (X509_cmp_time(thisupd, now + slack) > 0) faults.push(OCSP_R_STATUS_NOT_YET_VALID)
    if (age >= 0 && X509_cmp_time(thisupd, now - age) < 0) faults.push(OCSP_R_STATUS_TOO_OLD)
  }
  if (nextupd !== null) {
    if (ASN1_GENERALIZEDTIME_check(nextupd) !== 1) faults.push(OCSP_R_ERROR_IN_NEXTUPDATE_FIELD)
    else if (X509_cmp_time(nextupd, now - slack) < 0) faults.push(OCSP_R_STATUS_EXPIRED)
    if (ASN1_STRING_cmp(nextupd, thisupd) < 0) faults.push(OCSP_R_NEXTUPDATE_BEFORE_THISUPDATE)
  }
  for (const fault of faults) raise(ERR_LIB_OCSP, fault)
  return Number(faults.length === 0)
}

/** The certificate that an answer is about. */
export function OCSP_SINGLERESP_get0_id(single: OCSP_SINGLERESP): OCSP_CERTID {
  return singleOf(single).certId
}

/** When an answer was made. */
export function OCSP_resp_get0_produced_at(bs: OCSP_BASICRESP): ASN1_TIME {
  return basicOf(bs).producedAt
}

/** The certificates that came along. */
export function OCSP_resp_get0_certs(bs: OCSP_BASICRESP): X509[] {
  return basicOf(bs).certs
}

/** The signature; null for an answer that is not signed. */
export function OCSP_resp_get0_signature(bs: OCSP_BASICRESP): ASN1_STRING | null {
  const { signed } = basicOf(bs)
  return signed === null ? null : new ASN1_STRING(V_ASN1_BIT_STRING, signed.by.signature)
}

/** The algorithm of the signature; null for an answer that is not signed. */
export function OCSP_resp_get0_tbs_sigalg(bs: OCSP_BASICRESP): X509_ALGOR | null {
  const { signed } = basicOf(bs)
  return signed === null ? null : new X509_ALGOR(signed.by.algorithm)
}

/** Who answers: the hash of a key, or a name; the other takes null. @returns 1 */
export function OCSP_resp_get0_id(
  bs: OCSP_BASICRESP,
  pid: Out<ASN1_STRING | null>,
  pname: Out<X509_NAME | null>,
): number {
  const { name, keyHash } = basicOf(bs).responderId.id
  pid.value = keyHash === null ? null : new ASN1_STRING(V_ASN1_OCTET_STRING, keyHash)
  pname.value = name === null ? null : new X509_NAME(name)
  return 1
}

/** OCSP_resp_get0_id with objects of the caller's own. */
export const OCSP_resp_get1_id: typeof OCSP_resp_get0_id = OCSP_resp_get0_id

/**
 * Compares the numbers used once of a question and its answer (OCSP_check_nonce(3)).
 * @returns 1: the same; 2: neither has one; 3: only the answer; 0: they differ; -1: only the question
 */
export function OCSP_check_nonce(req: OCSP_REQUEST, bs: OCSP_BASICRESP): number {
  const [asked, answered] = [nonceOf(req.extensions), nonceOf(basicOf(bs).extensions)]
  if (asked === null) return answered === null ? 2 : 3
  return answered === null ? -1 : Number(Buffer.compare(asked, answered) === 0)
}

function nonceOf(extensions: readonly Extension[]): Uint8Array | null {
  return extensions.find(({ oid }) => oid === ExtensionId.ocspNonce)?.value ?? null
}

const RESPONSE_TEXTS = [
  'successful',
  'malformedrequest',
  'internalerror',
  'trylater',
  null,
  'sigrequired',
  'unauthorized',
]
const STATUS_TEXTS = ['good', 'revoked', 'unknown']
const REASON_TEXTS = [
  ...['unspecified', 'keyCompromise', 'cACompromise', 'affiliationChanged', 'superseded', 'cessationOfOperation'],
  ...['certificateHold', null, 'removeFromCRL'],
]
const UNKNOWN_TEXT = '(UNKNOWN)'

/** OCSP_RESPONSE_STATUS_* in words. */
export const OCSP_response_status_str = (s: number): string => RESPONSE_TEXTS[s] ?? UNKNOWN_TEXT

/** V_OCSP_CERTSTATUS_* in words. */
export const OCSP_cert_status_str = (s: number): string => STATUS_TEXTS[s] ?? UNKNOWN_TEXT

/** OCSP_REVOKED_STATUS_* in words. */
export const OCSP_crl_reason_str = (s: number): string => REASON_TEXTS[s] ?? UNKNOWN_TEXT

const list = extensionList<OCSP_BASICRESP>(bs => basicOf(bs).extensions)

/** The extensions of an answer, one function a call of ExtensionList; set them before it is signed. */
export const OCSP_BASICRESP_get_ext_count = list.count
export const OCSP_BASICRESP_get_ext_by_NID = list.byNid
export const OCSP_BASICRESP_get_ext_by_OBJ = list.byObject
export const OCSP_BASICRESP_get_ext_by_critical = list.byCritical
export const OCSP_BASICRESP_get_ext = list.get
export const OCSP_BASICRESP_delete_ext = list.remove
export const OCSP_BASICRESP_add_ext = list.add
export const OCSP_BASICRESP_get1_ext_d2i = list.decoded
export const OCSP_BASICRESP_add1_ext_i2d = list.addDecoded

const one = extensionList<OCSP_SINGLERESP>(single => singleOf(single).extensions)

/** The same of what is answered about one certificate. */
export const OCSP_SINGLERESP_get_ext_count = one.count
export const OCSP_SINGLERESP_get_ext_by_NID = one.byNid
export const OCSP_SINGLERESP_get_ext_by_OBJ = one.byObject
export const OCSP_SINGLERESP_get_ext_by_critical = one.byCritical
export const OCSP_SINGLERESP_get_ext = one.get
export const OCSP_SINGLERESP_delete_ext = one.remove
export const OCSP_SINGLERESP_add_ext = one.add
export const OCSP_SINGLERESP_get1_ext_d2i = one.decoded
export const OCSP_SINGLERESP_add1_ext_i2d = one.addDecoded

function generalized(characters: Uint8Array): ASN1_TIME {
  const time = ASN1_GENERALIZEDTIME_new()
  time.data = characters
  return time
}
