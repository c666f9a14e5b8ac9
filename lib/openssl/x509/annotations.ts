import { concat, copy, utf8 } from '../../base/bytes.ts'
import { PkiFailure } from '../../pki/failure.ts'
import {
  encodeTrustSettings,
  NO_SETTINGS,
  parseTrustSettings,
  type TrustSettings,
} from '../../pki/path/trust-settings.ts'
import { type Out, requireBytes, requireInstance, requireLength, requireLive } from '../boundary.ts'
import { firstElement, raiseAsn1 } from './asn1/asn1-errors.ts'
import { ASN1_OBJECT } from './asn1/objects.ts'
import { d2i_X509, deliverDer, i2d_X509, X509 } from './x509.ts'

// What a program, a PKCS #12 file or a TRUSTED CERTIFICATE notes beside a certificate; it is not signed, and X509_dup does
// not copy it.

const notes = new WeakMap<X509, TrustSettings>()

/** All that is noted; null for nothing. */
export function settingsOf(x: X509): TrustSettings | null {
  return notes.get(x) ?? null
}

/** Notes these in place of what was noted; null: nothing. */
export function setSettings(x: X509, settings: TrustSettings | null): void {
  if (settings === null) notes.delete(x)
  else notes.set(x, settings)
}

/** Notes a name of the owner's choice. @param name - null: takes it away @param len - bytes; -1: all of them @returns 1 */
export function X509_alias_set1(x: X509, name: Uint8Array | string | null, len = -1): number {
  return note(x, { alias: taken(typeof name === 'string' ? utf8(name) : name, len) })
}

/** The name, UTF-8; null for none. @param len - takes its bytes, if there is one */
export function X509_alias_get0(x: X509, len: Out<number> | null = null): Uint8Array | null {
  return given(settingsOf(live(x))?.alias ?? null, len)
}

/** Notes what names the key of the certificate; as X509_alias_set1. */
export function X509_keyid_set1(x: X509, id: Uint8Array | null, len = -1): number {
  return note(x, { keyId: taken(id, len) })
}

/**
 * What X509_keyid_set1, or the file, has noted; null for nothing.
 * @param len - takes the length in bytes
 */
export function X509_keyid_get0(x: X509, len: Out<number> | null = null): Uint8Array | null {
  return given(settingsOf(live(x))?.keyId ?? null, len)
}

/** Trusts the certificate for a purpose, and for no other but those added so (openssl-verification-options(1)). @returns 1 */
export function X509_add1_trust_object(x: X509, obj: ASN1_OBJECT | null): number {
  const trusted = settingsOf(live(x))?.trusted ?? []
  return note(x, { trusted: obj === null ? trusted : [...trusted, oidOf(obj)] })
}

/** Rejects the certificate for a purpose. @returns 1 */
export function X509_add1_reject_object(x: X509, obj: ASN1_OBJECT): number {
  return note(x, { rejected: [...(settingsOf(live(x))?.rejected ?? []), oidOf(obj)] })
}

/** Forgets what the certificate is trusted for. */
export function X509_trust_clear(x: X509): void {
  note(x, { trusted: null })
}

/** Forgets what the certificate is rejected for. */
export function X509_reject_clear(x: X509): void {
  note(x, { rejected: null })
}

/** The purposes that the certificate is trusted for; null when nothing was noted. */
export function X509_get0_trust_objects(x: X509): ASN1_OBJECT[] | null {
  return settingsOf(live(x))?.trusted?.map(oid => new ASN1_OBJECT(oid)) ?? null
}

/** The purposes that the certificate is rejected for; null when nothing was noted. */
export function X509_get0_reject_objects(x: X509): ASN1_OBJECT[] | null {
  return settingsOf(live(x))?.rejected?.map(oid => new ASN1_OBJECT(oid)) ?? null
}

/** Whether anything was noted: 1 or 0. */
export function X509_trusted(x: X509): number {
  return Number(settingsOf(live(x)) !== null)
}

/**
 * Reads a certificate and, after it, what its owner has noted (d2i_X509_AUX(3)).
 * @param pp - begins after both then
 * @returns null with an ASN1 error
 */
export function d2i_X509_AUX(a: Out<X509 | null> | null, pp: Out<Uint8Array>, length?: number): X509 | null {
  const left: Out<Uint8Array> = { value: pp.value.subarray(0, length) }
  const x = d2i_X509(a, left)
  if (x === null) return null
  const notesDer = firstElement(left.value)
  try {
    if (left.value.length > 0) setSettings(x, parseTrustSettings(notesDer))
  } catch (failure) {
    if (!(failure instanceof PkiFailure)) throw failure
    raiseAsn1(left.value, 'X509_CERT_AUX')
    if (a !== null) a.value = null
    return null
  }
  pp.value = pp.value.subarray(i2d_X509(x) + notesDer.length)
  return x
}

/** The DER of a certificate and of what is noted beside it; as i2d_X509. */
export function i2d_X509_AUX(a: X509, out: Out<Uint8Array | null> | null = null): number {
  const { certificate } = live(a)
  const settings = settingsOf(a)
  if (certificate === null || settings === null) return i2d_X509(a, out)
  return deliverDer(concat(certificate.der, encodeTrustSettings(settings)), out)
}

const live = (x: unknown): X509 => requireLive(x, X509, 'x')
const oidOf = (obj: unknown): string => requireInstance(obj, ASN1_OBJECT, 'obj').oid

/** Taking away what is not there notes nothing. */
function note(x: X509, change: Partial<TrustSettings>): number {
  const known = settingsOf(live(x))
  const nothing = Object.values(change).every(value => value === null)
  if (known !== null || !nothing) setSettings(x, { ...(known ?? NO_SETTINGS), ...change })
  return 1
}

function taken(value: Uint8Array | null, len: number): Uint8Array | null {
  if (value === null) return null
  return copy(requireBytes(value, 'value').subarray(0, len < 0 ? undefined : requireLength(len, value, 'len')))
}

function given(value: Uint8Array | null, len: Out<number> | null): Uint8Array | null {
  if (len !== null && value !== null) len.value = value.length
  return value
}
