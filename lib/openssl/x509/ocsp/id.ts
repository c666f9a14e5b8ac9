import { createHash } from 'node:crypto'
import { copy } from '../../../base/bytes.ts'
import { digest } from '../../../crypto/hash.ts'
import { DerReader } from '../../../pki/der.ts'
import { PkiFailure } from '../../../pki/failure.ts'
import { objectByNid } from '../../../pki/objects.ts'
import {
  type CertId,
  encodeResponderId,
  makeCertId,
  parseResponderId,
  type ResponderId,
  readCertId,
  sameIssuer,
} from '../../../pki/ocsp/ocsp.ts'
import { type Out, requireInstance } from '../../boundary.ts'
import { ERR_LIB_OCSP } from '../../constants/err.ts'
import {
  OCSP_R_UNKNOWN_NID,
  V_OCSP_CERTSTATUS_GOOD,
  V_OCSP_CERTSTATUS_REVOKED,
  V_OCSP_CERTSTATUS_UNKNOWN,
} from '../../constants/ocsp.ts'
import { raise } from '../../err/raise.ts'
import { EVP_MD, EVP_sha1 } from '../../evp/md.ts'
import { ASN1_INTEGER, ASN1_STRING } from '../asn1/asn1.ts'
import { firstElement, raiseAsn1 } from '../asn1/asn1-errors.ts'
import { ASN1_OBJECT } from '../asn1/objects.ts'
import { V_ASN1_OCTET_STRING } from '../constants.ts'
import { X509_get0_pubkey_bitstr } from '../details.ts'
import { X509_NAME } from '../names/name.ts'
import { deliverDer, type X509, X509_get_issuer_name, X509_get_serialNumber, X509_get_subject_name } from '../x509.ts'

/** Who may answer for a certificate (RFC 6960 ResponderID): a name or the hash of a key. */
export class OCSP_RESPID {
  id: ResponderId

  constructor(id: ResponderId = { name: new X509_NAME().name, keyHash: null }) {
    this.id = id
  }

  get der(): Uint8Array {
    return encodeResponderId(this.id)
  }
}

const respidOf = (respid: unknown): OCSP_RESPID => requireInstance(respid, OCSP_RESPID, 'respid')

/** One with an empty name. */
export function OCSP_RESPID_new(): OCSP_RESPID {
  return new OCSP_RESPID()
}

/** Does nothing: they are collected. @harmless what is not used any more is collected */
export function OCSP_RESPID_free(a: OCSP_RESPID | null): void {
  void a
}

/** Names a responder by the subject of its certificate. @returns 1 */
export function OCSP_RESPID_set_by_name(respid: OCSP_RESPID, cert: X509): number {
  respidOf(respid).id = { name: X509_get_subject_name(cert).name, keyHash: null }
  return 1
}

/** Names a responder by the SHA-1 of its key. @returns 1, or 0 for a certificate that is not signed yet */
export function OCSP_RESPID_set_by_key(respid: OCSP_RESPID, cert: X509 | null): number {
  const keyHash = cert === null ? null : keyHashOf(cert)
  if (keyHash !== null) respidOf(respid).id = { name: null, keyHash }
  return Number(keyHash !== null)
}

/** 1 when the certificate is that of the responder, else 0. */
export function OCSP_RESPID_match(respid: OCSP_RESPID, cert: X509 | null): number {
  const { id } = respidOf(respid)
  return Number(cert !== null && isResponder(id, cert))
}

/** Whether a certificate is the one that a ResponderID names. */
export function isResponder({ name, keyHash }: ResponderId, cert: X509): boolean {
  if (name !== null) return name.equals(X509_get_subject_name(cert).name)
  const own = keyHashOf(cert)
  return own !== null && Buffer.compare(own, keyHash) === 0
}

/** RFC 6960 section 4.2.1: the SHA-1 of the bits of the key. */
function keyHashOf(cert: X509): Uint8Array | null {
  const bits = X509_get0_pubkey_bitstr(cert)
  return bits === null ? null : digest('sha1', bits.data)
}

/** Reads one from the start of `pp.value`, which then begins after it. @returns null with an ASN1 error */
export function d2i_OCSP_RESPID(
  a: Out<OCSP_RESPID | null> | null,
  pp: Out<Uint8Array>,
  length?: number,
): OCSP_RESPID | null {
  return readItem(a, pp, length, 'OCSP_RESPID', der => new OCSP_RESPID(parseResponderId(der)))
}

/** The DER of one; as i2d_X509. */
export function i2d_OCSP_RESPID(a: OCSP_RESPID, out: Out<Uint8Array | null> | null = null): number {
  return deliverDer(requireInstance(a, OCSP_RESPID, 'a').der, out)
}

/** Which certificate is meant (RFC 6960 CertID): hashes of the issuer's name and key, and a serial number. */
export class OCSP_CERTID {
  readonly id: CertId

  constructor(id: CertId) {
    this.id = id
  }
}

const certidOf = (id: unknown, name = 'cid'): CertId => requireInstance(id, OCSP_CERTID, name).id

/** Does nothing: they are values here. @harmless what is not used any more is collected */
export function OCSP_CERTID_free(a: OCSP_CERTID | null): void {
  void a
}

/** A copy. */
export function OCSP_CERTID_dup(id: OCSP_CERTID): OCSP_CERTID {
  return new OCSP_CERTID(certidOf(id, 'id'))
}

/**
 * The identifier of a certificate (OCSP_cert_to_id(3)).
 * @param dgst - null: SHA-1, which every responder knows
 * @param subject - null: that of its issuer alone
 * @returns null when the issuer is not signed yet, or with OCSP_R_UNKNOWN_NID
 */
export function OCSP_cert_to_id(dgst: EVP_MD | null, subject: X509 | null, issuer: X509): OCSP_CERTID | null {
  const name = subject === null ? X509_get_subject_name(issuer) : X509_get_issuer_name(subject)
  const key = X509_get0_pubkey_bitstr(issuer)
  const serial = subject === null ? null : X509_get_serialNumber(subject)
  return key === null ? null : OCSP_cert_id_new(dgst ?? EVP_sha1(), name, key, serial)
}

/** OCSP_cert_to_id from the parts. @param issuerKey - the bits of the key @param serialNumber - null: 0 */
export function OCSP_cert_id_new(
  dgst: EVP_MD,
  issuerName: X509_NAME,
  issuerKey: ASN1_STRING,
  serialNumber: ASN1_INTEGER | null,
): OCSP_CERTID | null {
  const hash = objectByNid(requireInstance(dgst, EVP_MD, 'dgst').nid)?.oid ?? ''
  if (hash === '') {
    raise(ERR_LIB_OCSP, OCSP_R_UNKNOWN_NID)
    return null
  }
  const issuerNameHash = hashed(dgst, requireInstance(issuerName, X509_NAME, 'issuerName').name.der)
  const issuerKeyHash = hashed(dgst, requireInstance(issuerKey, ASN1_STRING, 'issuerKey').data)
  const serial = (serialNumber ?? new ASN1_INTEGER()).contents
  return new OCSP_CERTID(makeCertId({ hash, issuerNameHash, issuerKeyHash, serial }))
}

/** 0 when both have the same issuer, by the same digest; else which sorts first. */
export function OCSP_id_issuer_cmp(a: OCSP_CERTID, b: OCSP_CERTID): number {
  const [first, second] = [certidOf(a, 'a'), certidOf(b, 'b')]
  if (sameIssuer(first, second)) return 0
  return first.hash < second.hash || (first.hash === second.hash && orderOfHashes(first, second) < 0) ? -1 : 1
}

function orderOfHashes(a: CertId, b: CertId): number {
  return (
    a.issuerNameHash.length - b.issuerNameHash.length ||
    Buffer.compare(a.issuerNameHash, b.issuerNameHash) ||
    Buffer.compare(a.issuerKeyHash, b.issuerKeyHash)
  )
}

/** 0 when both mean the same certificate; else which sorts first. */
export function OCSP_id_cmp(a: OCSP_CERTID, b: OCSP_CERTID): number {
  const [first, second] = [certidOf(a, 'a').serial, certidOf(b, 'b').serial].map(serial =>
    ASN1_INTEGER.ofContents(serial),
  )
  return OCSP_id_issuer_cmp(a, b) || Math.sign(Number((first?.value ?? 0n) - (second?.value ?? 0n)))
}

/** The parts of an identifier; null for one that is not wanted. @returns 1, or 0 without an identifier */
export function OCSP_id_get0_info(
  piNameHash: Out<ASN1_STRING | null> | null,
  pmd: Out<ASN1_OBJECT | null> | null,
  pikeyHash: Out<ASN1_STRING | null> | null,
  pserial: Out<ASN1_INTEGER | null> | null,
  cid: OCSP_CERTID | null,
): number {
  if (cid === null) return 0
  const { hash, issuerNameHash, issuerKeyHash, serial } = certidOf(cid)
  if (piNameHash !== null) piNameHash.value = new ASN1_STRING(V_ASN1_OCTET_STRING, issuerNameHash)
  if (pmd !== null) pmd.value = new ASN1_OBJECT(hash)
  if (pikeyHash !== null) pikeyHash.value = new ASN1_STRING(V_ASN1_OCTET_STRING, issuerKeyHash)
  if (pserial !== null) pserial.value = ASN1_INTEGER.ofContents(serial)
  return 1
}

/** Reads one from the start of `pp.value`, which then begins after it. @returns null with an ASN1 error */
export function d2i_OCSP_CERTID(
  a: Out<OCSP_CERTID | null> | null,
  pp: Out<Uint8Array>,
  length?: number,
): OCSP_CERTID | null {
  return readItem(a, pp, length, 'OCSP_CERTID', der => new OCSP_CERTID(readCertId(new DerReader(der))))
}

/** The DER of one; as i2d_X509. */
export function i2d_OCSP_CERTID(a: OCSP_CERTID, out: Out<Uint8Array | null> | null = null): number {
  return deliverDer(certidOf(a, 'a').der, out)
}

/** What every d2i function of OCSP does. @param parse - gets a private copy and may throw `PkiFailure` */
export function readItem<T>(
  a: Out<T | null> | null,
  pp: Out<Uint8Array>,
  length: number | undefined,
  type: Parameters<typeof raiseAsn1>[1],
  parse: (der: Uint8Array) => T,
): T | null {
  const bytes = pp.value.subarray(0, length)
  const der = firstElement(bytes)
  try {
    const item = parse(copy(der))
    pp.value = pp.value.subarray(der.length)
    if (a !== null) a.value = item
    return item
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    raiseAsn1(bytes, type)
    return null
  }
}

/** The digest of bytes, by an algorithm of OpenSSL's that Node has. */
export function hashed({ name }: EVP_MD, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash(name).update(bytes).digest())
}

/** V_OCSP_CERTSTATUS_* by the word that the engine has for it. */
export const STATUSES = {
  good: V_OCSP_CERTSTATUS_GOOD,
  revoked: V_OCSP_CERTSTATUS_REVOKED,
  unknown: V_OCSP_CERTSTATUS_UNKNOWN,
} as const
