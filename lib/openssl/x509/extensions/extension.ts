import { DerReader, Tag } from '../../../pki/der.ts'
import { extensionFromText } from '../../../pki/extension-text.ts'
import { PkiFailure } from '../../../pki/failure.ts'
import { spkiOf } from '../../../pki/issue.ts'
import { objectByNid } from '../../../pki/objects.ts'
import { type Out, requireInstance, requireInteger, requireLive, requireString } from '../../boundary.ts'
import { ERR_LIB_X509, ERR_LIB_X509V3 } from '../../constants/err.ts'
import { X509_R_UNKNOWN_NID } from '../../constants/x509err.ts'
import { raise } from '../../err/raise.ts'
import { ASN1_STRING } from '../asn1/asn1.ts'
import { ASN1_OBJECT } from '../asn1/objects.ts'
import type { X509_NAME } from '../names/name.ts'
import { X509 } from '../x509.ts'
import { extensionList } from './extension-list.ts'
import { type GENERAL_NAME, type GENERAL_NAMES, X509_EXTENSION } from './extension-value.ts'

const X509V3_R_ERROR_IN_EXTENSION = 128
const live = (x: unknown): X509 => requireLive(x, X509, 'x')

const own = extensionList<X509>(x => live(x).extensions)

/** The extensions of a certificate (X509_get_ext_by_NID(3)), one function a call of ExtensionList. */
export const X509_get_ext_count = own.count
export const X509_get_ext_by_NID = own.byNid
export const X509_get_ext_by_OBJ = own.byObject
export const X509_get_ext_by_critical = own.byCritical
export const X509_get_ext = own.get
export const X509_delete_ext = own.remove
export const X509_add_ext = own.add
export const X509_get_ext_d2i = own.decoded
export const X509_add1_ext_i2d = own.addDecoded

const stack = extensionList<readonly X509_EXTENSION[] | null>(sk => (sk ?? []).map(({ extension }) => extension))

/** The same of a stack of extensions, such as X509_get0_extensions gives; null is an empty one. */
export const X509v3_get_ext_count = stack.count
export const X509v3_get_ext_by_NID = stack.byNid
export const X509v3_get_ext_by_OBJ = stack.byObject
export const X509v3_get_ext_by_critical = stack.byCritical
export const X509v3_get_ext = stack.get
export const X509V3_get_d2i = stack.decoded

/** Takes an extension out of a stack; null when there is none at this position. */
export function X509v3_delete_ext(x: X509_EXTENSION[] | null, loc: number): X509_EXTENSION | null {
  return (requireInteger(loc, 'loc') < 0 ? undefined : x?.splice(loc, 1)[0]) ?? null
}

/** Adds an extension to a stack. @param x - its value takes a new stack when there is none @param loc - -1: the end */
export function X509v3_add_ext(x: Out<X509_EXTENSION[] | null>, ex: X509_EXTENSION, loc: number): X509_EXTENSION[] {
  const list = x.value ?? []
  list.splice(requireInteger(loc, 'loc') < 0 ? list.length : loc, 0, extensionOf(ex))
  x.value = list
  return list
}

const extensionOf = (ex: unknown): X509_EXTENSION => requireInstance(ex, X509_EXTENSION, 'ex')

/** An extension without a kind and a value. */
export function X509_EXTENSION_new(): X509_EXTENSION {
  return new X509_EXTENSION({ oid: '', critical: false, value: new Uint8Array() })
}

/** A copy of an extension. */
export function X509_EXTENSION_dup(a: X509_EXTENSION): X509_EXTENSION {
  return new X509_EXTENSION(extensionOf(a).extension)
}

/** The object identifier of the extension. */
export function X509_EXTENSION_get_object(ex: X509_EXTENSION): ASN1_OBJECT {
  return new ASN1_OBJECT(extensionOf(ex).extension.oid)
}

/** Sets the object identifier. @returns 1 */
export function X509_EXTENSION_set_object(ex: X509_EXTENSION, obj: ASN1_OBJECT): number {
  return change(ex, { oid: requireInstance(obj, ASN1_OBJECT, 'obj').oid })
}

/** The DER inside the extension, as an OCTET STRING. */
export function X509_EXTENSION_get_data(ne: X509_EXTENSION): ASN1_STRING {
  return new ASN1_STRING(Tag.octetString, extensionOf(ne).extension.value)
}

/** Copies the DER inside the extension in. @param data - an OCTET STRING @returns 1 */
export function X509_EXTENSION_set_data(ex: X509_EXTENSION, data: ASN1_STRING): number {
  return change(ex, { value: Uint8Array.from(requireInstance(data, ASN1_STRING, 'data').data) })
}

/** 1 for a critical extension, else 0. */
export function X509_EXTENSION_get_critical(ex: X509_EXTENSION): number {
  return Number(extensionOf(ex).extension.critical)
}

/** Makes an extension critical, or not critical with 0. @returns 1 */
export function X509_EXTENSION_set_critical(ex: X509_EXTENSION, crit: number): number {
  return change(ex, { critical: crit !== 0 })
}

function change(ex: X509_EXTENSION, part: Partial<X509_EXTENSION['extension']>): number {
  const held = extensionOf(ex)
  held.extension = { ...held.extension, ...part }
  return 1
}

/** Does nothing: extensions are values here. @harmless what is not used any more is collected */
export function X509_EXTENSION_free(a: X509_EXTENSION | null): void {
  void a
}

/** The value of a name, and its type (GEN_DNS, GEN_IPADD, GEN_DIRNAME, ...). */
export function GENERAL_NAME_get0_value(a: GENERAL_NAME, ptype: Out<number> | null): ASN1_STRING | X509_NAME {
  if (ptype !== null) ptype.value = a.type
  return a.d
}

/** Does nothing: names are values here. @harmless what is not used any more is collected */
export function GENERAL_NAME_free(a: GENERAL_NAME | null): void {
  void a
}

/** Does nothing: names are values here. @harmless what is not used any more is collected */
export function GENERAL_NAMES_free(a: GENERAL_NAMES | null): void {
  void a
}

/** What the words `hash` and `keyid` of a configuration text refer to (X509V3_set_ctx(3)). */
export class X509V3_CTX {
  issuer: X509 | null = null
  subject: X509 | null = null
}

/** Says whose keys the texts of key identifiers speak of. */
export function X509V3_set_ctx(ctx: X509V3_CTX, issuer: X509 | null, subject: X509 | null): void {
  ctx.issuer = issuer
  ctx.subject = subject
}

/** Does nothing: there is no configuration file behind the texts. */
export function X509V3_set_ctx_nodb(ctx: X509V3_CTX): void {
  void ctx
}

/**
 * An extension from its text in a configuration file, `critical,CA:TRUE` or `DNS:localhost,IP:127.0.0.1`
 * (X509V3_EXT_conf_nid(3), x509v3_config(5)).
 * @returns null with an error when the text or the extension is not understood
 */
export function X509V3_EXT_conf_nid(
  conf: null,
  ctx: X509V3_CTX | null,
  ext_nid: number,
  value: string,
): X509_EXTENSION | null {
  void conf
  try {
    const oid = objectByNid(ext_nid)?.oid ?? ''
    const key = ctx?.subject?.publicKey?.key ?? null
    const subjectKeyBits = key === null ? null : publicKeyBits(spkiOf(key))
    const issuer = ctx?.issuer?.certificate ?? null
    return new X509_EXTENSION(extensionFromText(oid, requireString(value, 'value'), { subjectKeyBits, issuer }))
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    raise(ERR_LIB_X509V3, X509V3_R_ERROR_IN_EXTENSION, error.message)
    return null
  }
}

function publicKeyBits(spki: Uint8Array): Uint8Array {
  const reader = new DerReader(spki).enter(Tag.sequence)
  reader.next(Tag.sequence)
  return reader.next(Tag.bitString).contents.subarray(1)
}

/**
 * An extension from its parts.
 * @param ex - holds the extension to set, or takes a new one; null: a new one
 * @param data - an OCTET STRING with the DER inside
 * @returns null with X509_R_UNKNOWN_NID
 */
export function X509_EXTENSION_create_by_NID(
  ex: Out<X509_EXTENSION | null> | null,
  nid: number,
  crit: number,
  data: ASN1_STRING,
): X509_EXTENSION | null {
  const oid = objectByNid(requireInteger(nid, 'nid'))?.oid
  if (oid !== undefined) return X509_EXTENSION_create_by_OBJ(ex, new ASN1_OBJECT(oid), crit, data)
  raise(ERR_LIB_X509, X509_R_UNKNOWN_NID)
  return null
}

/** X509_EXTENSION_create_by_NID for an object, which need not be in the table. */
export function X509_EXTENSION_create_by_OBJ(
  ex: Out<X509_EXTENSION | null> | null,
  obj: ASN1_OBJECT,
  crit: number,
  data: ASN1_STRING,
): X509_EXTENSION {
  const extension = ex?.value ?? X509_EXTENSION_new()
  X509_EXTENSION_set_object(extension, obj)
  X509_EXTENSION_set_critical(extension, crit)
  X509_EXTENSION_set_data(extension, data)
  if (ex !== null) ex.value = extension
  return extension
}
