import type { CertStatus, SingleResponse } from '../../../pki/ocsp/response.ts'
import { requireInstance, requireInteger, requireLive } from '../../boundary.ts'
import { ERR_LIB_OCSP } from '../../constants/err.ts'
import {
  OCSP_NOCERTS,
  OCSP_NOTIME,
  OCSP_R_NO_REVOKED_TIME,
  OCSP_R_NO_SIGNER_KEY,
  OCSP_R_PRIVATE_KEY_DOES_NOT_MATCH_CERTIFICATE,
  OCSP_RESPID_KEY,
  V_OCSP_CERTSTATUS_REVOKED,
} from '../../constants/ocsp.ts'
import { raise } from '../../err/raise.ts'
import { type EVP_MD, EVP_MD_CTX } from '../../evp/md.ts'
import { EVP_PKEY } from '../../evp/pkey.ts'
import { ASN1_GENERALIZEDTIME_set, type ASN1_TIME, ASN1_TIME_to_generalizedtime } from '../asn1/asn1-time.ts'
import { type Signer, signerOf, signItem, signing } from '../signed.ts'
import { X509, X509_check_private_key, X509_up_ref } from '../x509.ts'
import { OCSP_BASICRESP, OCSP_BASICRESP_add_ext, OCSP_SINGLERESP } from './basic.ts'
import { OCSP_CERTID, OCSP_RESPID_set_by_key, OCSP_RESPID_set_by_name, STATUSES } from './id.ts'
import { addNonce, type OCSP_REQUEST, OCSP_REQUEST_get_ext, OCSP_REQUEST_get_ext_by_NID } from './request.ts'

const basicOf = (bs: unknown): OCSP_BASICRESP => requireInstance(bs, OCSP_BASICRESP, 'resp')

/**
 * Adds an answer about a certificate (OCSP_basic_add1_status(3)).
 * @param status - V_OCSP_CERTSTATUS_*
 * @param reason - OCSP_REVOKED_STATUS_*; -1: none is given
 * @param revtime - when it was revoked; null for another status
 * @param nextupd - null: the answer does not say
 * @returns null for a time that is not valid or an unknown status, or with OCSP_R_NO_REVOKED_TIME
 */
export function OCSP_basic_add1_status(
  rsp: OCSP_BASICRESP,
  cid: OCSP_CERTID,
  status: number,
  reason: number,
  revtime: ASN1_TIME | null,
  thisupd: ASN1_TIME,
  nextupd: ASN1_TIME | null,
): OCSP_SINGLERESP | null {
  const thisUpdate = charactersOf(thisupd)
  const nextUpdate = nextupd === null ? null : charactersOf(nextupd)
  if (thisUpdate === null || (nextupd !== null && nextUpdate === null)) return null
  const said = statusOf(requireInteger(status, 'status'), requireInteger(reason, 'reason'), revtime)
  if (said === null) return null
  const { id: certId } = requireInstance(cid, OCSP_CERTID, 'cid')
  const read: SingleResponse = { certId, status: said, thisUpdate, nextUpdate, extensions: [] }
  const single = new OCSP_SINGLERESP(read)
  changing(rsp).responses.push(single)
  return single
}

function statusOf(status: number, reason: number, revtime: ASN1_TIME | null): CertStatus | null {
  if (status !== V_OCSP_CERTSTATUS_REVOKED)
    return status === STATUSES.good ? { kind: 'good' } : status === STATUSES.unknown ? { kind: 'unknown' } : null
  if (revtime === null) {
    raise(ERR_LIB_OCSP, OCSP_R_NO_REVOKED_TIME)
    return null
  }
  const time = charactersOf(revtime)
  return time === null ? null : { kind: 'revoked', time, reason: reason < 0 ? null : reason }
}

const charactersOf = (time: ASN1_TIME): Uint8Array | null => ASN1_TIME_to_generalizedtime(time)?.data ?? null

function changing(resp: unknown): OCSP_BASICRESP {
  basicOf(resp).signed = null
  return basicOf(resp)
}

/** Sends a certificate along. @returns 1 */
export function OCSP_basic_add1_cert(resp: OCSP_BASICRESP, cert: X509): number {
  X509_up_ref(cert)
  return Number(basicOf(resp).certs.push(cert) > 0)
}

/** Adds a number used once; as OCSP_request_add1_nonce. */
export function OCSP_basic_add1_nonce(resp: OCSP_BASICRESP, val: Uint8Array | null, len = -1): number {
  return addNonce(changing(resp).extensions, val, len)
}

/** Answers with the number used once that the question has. @returns 1, or 2 when it has none */
export function OCSP_copy_nonce(resp: OCSP_BASICRESP, req: OCSP_REQUEST): number {
  const nonce = OCSP_REQUEST_get_ext(req, OCSP_REQUEST_get_ext_by_NID(req, NID_ID_PKIX_OCSP_NONCE, -1))
  return nonce === null ? 2 : OCSP_BASICRESP_add_ext(changing(resp), nonce, -1)
}

const NID_ID_PKIX_OCSP_NONCE = 366

/**
 * Signs an answer (OCSP_basic_sign(3)).
 * @param certs - sent along with the signer's
 * @param flags - OCSP_NOCERTS: none is sent along; OCSP_NOTIME: the time of the answer is left as it is; OCSP_RESPID_KEY:
 * the signer is named by its key
 * @returns 1, or 0 with an error
 */
export function OCSP_basic_sign(
  brsp: OCSP_BASICRESP,
  signer: X509,
  key: EVP_PKEY,
  dgst: EVP_MD | null,
  certs: readonly X509[] | null,
  flags: number,
): number {
  return sign(brsp, signer, { pkey: requireLive(key, EVP_PKEY, 'key'), md: dgst }, certs, flags)
}

/** OCSP_basic_sign with the key and the digest that EVP_DigestSignInit has put into a context. */
export function OCSP_basic_sign_ctx(
  brsp: OCSP_BASICRESP,
  signer: X509,
  ctx: EVP_MD_CTX | null,
  certs: readonly X509[] | null,
  flags: number,
): number {
  if (ctx === null || requireInstance(ctx, EVP_MD_CTX, 'ctx').signature === null) {
    raise(ERR_LIB_OCSP, OCSP_R_NO_SIGNER_KEY)
    return 0
  }
  const by = signerOf(ctx)
  return by === null ? 0 : sign(brsp, signer, by, certs, flags)
}

function sign(resp: OCSP_BASICRESP, signer: X509, by: Signer, certs: readonly X509[] | null, flags: number): number {
  const basic = changing(resp)
  if (X509_check_private_key(requireLive(signer, X509, 'signer'), by.pkey) !== 1) {
    raise(ERR_LIB_OCSP, OCSP_R_PRIVATE_KEY_DOES_NOT_MATCH_CERTIFICATE)
    return 0
  }
  if ((flags & OCSP_NOCERTS) === 0) for (const cert of [signer, ...(certs ?? [])]) OCSP_basic_add1_cert(basic, cert)
  const name = (flags & OCSP_RESPID_KEY) === 0 ? OCSP_RESPID_set_by_name : OCSP_RESPID_set_by_key
  if (name(basic.responderId, signer) !== 1) return 0
  if ((flags & OCSP_NOTIME) === 0) ASN1_GENERALIZEDTIME_set(basic.producedAt, Math.floor(Date.now() / 1000))
  return signing(() => {
    const { tbs } = basic
    basic.signed = { tbs, by: signItem(by, tbs) }
    return 1
  })
}
