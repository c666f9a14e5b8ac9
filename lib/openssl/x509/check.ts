import { akidMismatch, type Certificate } from '../../pki/certificate.ts'
import { matchEmail, matchHost, matchIp, parseIp } from '../../pki/path/identity.ts'
import { checkIssued } from '../../pki/path/issued.ts'
import { caGrade, fitsPurpose, Purpose } from '../../pki/path/purpose.ts'
import { type Out, requireBytes, requireLength, requireLive } from '../boundary.ts'
import {
  X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH,
  X509_V_ERR_AKID_SKID_MISMATCH,
  X509_V_FLAG_NO_CHECK_TIME,
  X509_V_FLAG_USE_CHECK_TIME,
  X509_V_OK,
} from '../constants/x509-vfy.ts'
import { ASN1_STRING } from './asn1/asn1.ts'
import type { ASN1_TIME } from './asn1/asn1-time.ts'
import { V_ASN1_OCTET_STRING } from './constants.ts'
import type { AUTHORITY_KEYID } from './extensions/extension-value.ts'
import {
  type X509_VERIFY_PARAM,
  X509_VERIFY_PARAM_get_flags,
  X509_VERIFY_PARAM_get_time,
} from './store/verify-param.ts'
import { X509 } from './x509.ts'

/** Nothing can be said about a certificate that is not signed yet. */
const certificateOf = (x: unknown): Certificate | null => requireLive(x, X509, 'x').certificate

/**
 * Whether the certificate is for a host (X509_check_host(3)): DNS names of subjectAltName, or the common name without
 * any.
 * @param chk - the name; with a dot in front, any host below it
 * @param chklen - characters of `chk`; 0 for all
 * @param flags - X509_CHECK_FLAG_*
 * @param peername - takes the name in the certificate that matched
 * @returns 1 or 0; -2 for a name with a NUL
 */
export function X509_check_host(
  x: X509,
  chk: string,
  chklen = 0,
  flags = 0,
  peername: Out<string | null> | null = null,
): number {
  return checkText(x, chk, chklen, peername, (certificate, name) => matchHost(certificate, name, flags))
}

/** Whether the certificate is for an e-mail address; as X509_check_host. */
export function X509_check_email(x: X509, chk: string, chklen = 0, flags = 0): number {
  return checkText(x, chk, chklen, null, (certificate, address) => matchEmail(certificate, address, flags))
}

/**
 * Whether the certificate is for an address.
 * @param chk - 4 or 16 bytes
 * @param chklen - bytes of `chk`; all of it when left out
 * @returns 1 or 0
 */
export function X509_check_ip(x: X509, chk: Uint8Array, chklen?: number, flags = 0): number {
  void flags
  const address = chk.subarray(0, requireLength(chklen, requireBytes(chk, 'chk'), 'chklen'))
  const certificate = certificateOf(x)
  return Number(certificate !== null && matchIp(certificate, address))
}

/** The address as text. @returns 1 or 0; -2 when it is not an address */
export function X509_check_ip_asc(x: X509, ipasc: string, flags = 0): number {
  const address = parseIp(ipasc)
  return address === null ? -2 : X509_check_ip(x, address, undefined, flags)
}

function checkText(
  x: X509,
  text: string,
  length: number,
  peername: Out<string | null> | null,
  match: (certificate: Certificate, name: string) => string | null,
): number {
  const used = text.slice(0, length === 0 ? undefined : length)
  const name = used.length > 1 && used.endsWith('\0') ? used.slice(0, -1) : used
  if (name.includes('\0')) return -2
  const certificate = certificateOf(x)
  const matched = certificate === null ? null : match(certificate, name)
  if (peername !== null && matched !== null) peername.value = matched
  return Number(matched !== null)
}

/**
 * Whether one certificate may have issued the other; the signature is not checked.
 * @returns X509_V_OK or an X509_V_ERR_*
 */
export function X509_check_issued(issuer: X509, subject: X509): number {
  const [above, below] = [certificateOf(issuer), certificateOf(subject)]
  return above === null || below === null ? 1 : checkIssued(above, below)
}

/**
 * Whether a certificate may be the issuer that an authority key identifier speaks of.
 * @returns X509_V_OK, X509_V_ERR_AKID_SKID_MISMATCH or X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH
 */
export function X509_check_akid(issuer: X509, akid: AUTHORITY_KEYID | null): number {
  const certificate = certificateOf(issuer)
  if (akid === null || certificate === null) return X509_V_OK
  const mismatch = akidMismatch(
    {
      keyId: akid.keyid?.data ?? null,
      issuer: akid.issuer?.map(name => name.name) ?? null,
      serial: akid.serial?.data ?? null,
    },
    certificate,
  )
  if (mismatch === null) return X509_V_OK
  return mismatch === 'key' ? X509_V_ERR_AKID_SKID_MISMATCH : X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH
}

/** Whether the certificate is an authority: 0 no; 1, 3, 4, 5 by which sign (X509_check_ca(3)). */
export function X509_check_ca(x: X509): number {
  const certificate = certificateOf(x)
  return certificate === null ? 0 : caGrade(certificate)
}

/**
 * Whether the certificate fits a purpose.
 * @param id - X509_PURPOSE_*; -1: none
 * @param ca - 1: as an authority
 * @returns 1, 0, or -1 for an unknown purpose or a certificate whose extensions cannot be read
 */
export function X509_check_purpose(x: X509, id: number, ca: number): number {
  const certificate = certificateOf(x)
  if (certificate?.invalid === true) return -1
  if (id === -1) return 1
  if (id < Purpose.sslClient || id > Purpose.timestampSign) return -1
  return Number(certificate !== null && fitsPurpose(certificate, id, ca !== 0))
}

const EVERY_USAGE = 0xffffffff

/**
 * KU_* bits; 0xffffffff when the certificate does not restrict them, 0 when its extensions cannot be read
 * (X509_get_key_usage(3)).
 */
export function X509_get_key_usage(x: X509): number {
  const certificate = certificateOf(x)
  return certificate?.invalid === true ? 0 : (certificate?.keyUsage ?? EVERY_USAGE)
}

/** The path length of basicConstraints; -1 without one. */
export function X509_get_pathlen(x: X509): number {
  const certificate = certificateOf(x)
  return certificate?.invalid === true ? -1 : (certificate?.basicConstraints?.pathLength ?? -1)
}

/** The subject key identifier; null without one. */
export function X509_get0_subject_key_id(x: X509): ASN1_STRING | null {
  const id = certificateOf(x)?.skid ?? null
  return id === null ? null : new ASN1_STRING(V_ASN1_OCTET_STRING, id)
}

/** The key identifier of the issuer; null without one. */
export function X509_get0_authority_key_id(x: X509): ASN1_STRING | null {
  const id = certificateOf(x)?.akid?.keyId ?? null
  return id === null ? null : new ASN1_STRING(V_ASN1_OCTET_STRING, id)
}

/**
 * 1 when the certificate is self-signed by its names and identifiers.
 * @param verify_signature - 1: its signature is checked too
 * @returns 1, 0, or -1 when its key cannot be decoded or its extensions cannot be read
 */
export function X509_self_signed(cert: X509, verify_signature: number): number {
  const certificate = certificateOf(cert)
  if (certificate === null || certificate.publicKey === null || certificate.invalid) return -1
  return Number(certificate.selfSigned && (verify_signature === 0 || certificate.isSignedBy(certificate)))
}

/**
 * Compares a time with another.
 * @param t - seconds since 1970; null: now
 * @returns -1 for not later, 1 for later, 0 for a time that is not valid
 */
export function X509_cmp_time(s: ASN1_TIME, t: number | null = null): number {
  const { milliseconds } = s
  if (milliseconds === null || !s.strict) return 0
  return milliseconds / 1000 <= (t ?? Math.floor(Date.now() / 1000)) ? -1 : 1
}

/**
 * Compares a time of validity with the one that is verified for.
 * @param vpm - null: now
 * @returns 0 when it is within, 1 when it is after `end`, -1 when it is before `start`
 */
export function X509_cmp_timeframe(
  vpm: X509_VERIFY_PARAM | null,
  start: ASN1_TIME | null,
  end: ASN1_TIME | null,
): number {
  const flags = vpm === null ? 0 : X509_VERIFY_PARAM_get_flags(vpm)
  const timed = (flags & X509_V_FLAG_USE_CHECK_TIME) !== 0
  if (!timed && (flags & X509_V_FLAG_NO_CHECK_TIME) !== 0) return 0
  const time = timed && vpm !== null ? X509_VERIFY_PARAM_get_time(vpm) : null
  if (end !== null && X509_cmp_time(end, time) < 0) return 1
  return start !== null && X509_cmp_time(start, time) > 0 ? -1 : 0
}

/** X509_cmp_time with now. */
export function X509_cmp_current_time(s: ASN1_TIME): number {
  return X509_cmp_time(s, null)
}
