import { requireInstance, requireInteger, requireLive } from '../boundary.ts'
import type { ASN1_INTEGER } from './asn1/asn1.ts'
import { X509_self_signed } from './check.ts'
import { X509_NAME } from './names/name.ts'
import { X509, X509_cmp, X509_up_ref } from './x509.ts'

/** The first certificate with a subject; null when there is none. */
export function X509_find_by_subject(sk: readonly X509[] | null, name: X509_NAME): X509 | null {
  const wanted = requireInstance(name, X509_NAME, 'name').name
  return sk?.find(x => requireLive(x, X509, 'sk').subject.name.equals(wanted)) ?? null
}

/** The first certificate with an issuer and a serial number; null when there is none. */
export function X509_find_by_issuer_and_serial(
  sk: readonly X509[] | null,
  name: X509_NAME,
  serial: ASN1_INTEGER,
): X509 | null {
  const wanted = requireInstance(name, X509_NAME, 'name').name
  const fits = (x: X509): boolean => x.issuer.name.equals(wanted) && x.serialNumber.value === serial.value
  return sk?.find(x => fits(requireLive(x, X509, 'sk'))) ?? null
}

/** What X509_add_cert does besides: takes a reference, adds in front, leaves out what is there or is self-signed. */
export const X509_ADD_FLAG_DEFAULT = 0
export const X509_ADD_FLAG_UP_REF = 1
export const X509_ADD_FLAG_PREPEND = 2
export const X509_ADD_FLAG_NO_DUP = 4
export const X509_ADD_FLAG_NO_SS = 8

/** Adds a certificate to a stack (X509_add_cert(3)). @param flags - X509_ADD_FLAG_* @returns 1 */
export function X509_add_cert(sk: X509[], cert: X509, flags: number): number {
  const x = requireLive(cert, X509, 'cert')
  const how = requireInteger(flags, 'flags')
  if ((how & X509_ADD_FLAG_NO_DUP) !== 0 && sk.some(other => X509_cmp(other, x) === 0)) return 1
  if ((how & X509_ADD_FLAG_NO_SS) !== 0 && X509_self_signed(x, 0) === 1) return 1
  if ((how & X509_ADD_FLAG_UP_REF) !== 0) X509_up_ref(x)
  if ((how & X509_ADD_FLAG_PREPEND) === 0) sk.push(x)
  else sk.unshift(x)
  return 1
}

/** Adds certificates to a stack, in their order. @param flags - as X509_add_cert @returns 1 */
export function X509_add_certs(sk: X509[], certs: readonly X509[] | null, flags: number): number {
  const list = (flags & X509_ADD_FLAG_PREPEND) === 0 ? [...(certs ?? [])] : [...(certs ?? [])].reverse()
  for (const x of list) X509_add_cert(sk, x, flags)
  return 1
}
