import { DerReader, Tag } from '../../pki/der.ts'
import { extensionFromText } from '../../pki/extension-text.ts'
import {
  type AuthorityKeyIdentifier,
  type BasicConstraints,
  type Extension,
  ExtensionId,
  type GeneralName,
  GeneralNameType,
  parseAuthorityKeyIdentifier,
  parseBasicConstraints,
  parseExtendedKeyUsage,
  parseGeneralNames,
  parseOctetString,
} from '../../pki/extensions.ts'
import { PkiFailure } from '../../pki/failure.ts'
import { spkiOf } from '../../pki/issue.ts'
import { objectByNid } from '../../pki/objects.ts'
import { type Out, requireInteger, requireLive, requireString } from '../boundary.ts'
import { ERR_LIB_X509V3 } from '../constants/err.ts'
import { raise } from '../err/raise.ts'
import { ASN1_STRING } from './asn1.ts'
import { X509_NAME } from './name.ts'
import { ASN1_OBJECT } from './objects.ts'
import { X509 } from './x509.ts'

/** One extension of a certificate. */
export class X509_EXTENSION {
  readonly extension: Extension

  constructor(extension: Extension) {
    this.extension = extension
  }
}

const X509V3_R_ERROR_IN_EXTENSION = 128
const live = (x: unknown): X509 => requireLive(x, X509, 'x')

/** The number of extensions. */
export function X509_get_ext_count(x: X509): number {
  return live(x).extensions.length
}

/** The extension at a position; null beyond the end. */
export function X509_get_ext(x: X509, loc: number): X509_EXTENSION | null {
  const extension = live(x).extensions[requireInteger(loc, 'loc')]
  return extension === undefined ? null : new X509_EXTENSION(extension)
}

/**
 * The position of the next extension with a number after `lastpos` (-1 to begin); -1 for none, -2 for an unknown
 * number.
 */
export function X509_get_ext_by_NID(x: X509, nid: number, lastpos: number): number {
  const oid = objectByNid(nid)?.oid
  return oid === undefined ? -2 : nextExtension(x, lastpos, extension => extension.oid === oid)
}

/** X509_get_ext_by_NID for an object, which need not be in the table. */
export function X509_get_ext_by_OBJ(x: X509, obj: ASN1_OBJECT, lastpos: number): number {
  return nextExtension(x, lastpos, extension => extension.oid === obj.oid)
}

/** The position of the next extension that is critical, or that is not. @param crit - 0: that is not */
export function X509_get_ext_by_critical(x: X509, crit: number, lastpos: number): number {
  return nextExtension(x, lastpos, extension => extension.critical === (crit !== 0))
}

function nextExtension(x: X509, lastpos: number, fits: (extension: Extension) => boolean): number {
  const from = Math.max(-1, requireInteger(lastpos, 'lastpos')) + 1
  const found = live(x).extensions.slice(from).findIndex(fits)
  return found < 0 ? -1 : found + from
}

/** Adds an extension. @param loc - the position; -1 for the end @returns 1 */
export function X509_add_ext(x: X509, ex: X509_EXTENSION, loc: number): number {
  const { extensions } = live(x)
  extensions.splice(loc < 0 ? extensions.length : loc, 0, ex.extension)
  return 1
}

/** Takes an extension out; null when there is none at this position. */
export function X509_delete_ext(x: X509, loc: number): X509_EXTENSION | null {
  const [taken] = loc < 0 ? [] : live(x).extensions.splice(loc, 1)
  return taken === undefined ? null : new X509_EXTENSION(taken)
}

/** The object identifier of the extension. */
export function X509_EXTENSION_get_object(ex: X509_EXTENSION): ASN1_OBJECT {
  return new ASN1_OBJECT(ex.extension.oid)
}

/** The DER inside the extension, as an OCTET STRING. */
export function X509_EXTENSION_get_data(ne: X509_EXTENSION): ASN1_STRING {
  return new ASN1_STRING(Tag.octetString, ne.extension.value)
}

/** 1 for a critical extension, else 0. */
export function X509_EXTENSION_get_critical(ex: X509_EXTENSION): number {
  return Number(ex.extension.critical)
}

/** Does nothing: extensions are values here. @harmless what is not used any more is collected */
export function X509_EXTENSION_free(a: X509_EXTENSION | null): void {
  void a
}

/** One name of a subjectAltName. `d` is an ASN1_STRING, or an X509_NAME for GEN_DIRNAME. */
export class GENERAL_NAME {
  #name: GeneralName

  constructor(name: GeneralName) {
    this.#name = name
  }

  get name(): GeneralName {
    return this.#name
  }

  /** GEN_*. */
  get type(): number {
    return this.#name.type
  }

  get d(): ASN1_STRING | X509_NAME {
    const { type, value, directoryName } = this.#name
    if (directoryName !== null) return new X509_NAME(directoryName)
    return new ASN1_STRING(type === GeneralNameType.ip ? Tag.octetString : Tag.ia5String, value)
  }

  set(name: GeneralName): void {
    this.#name = name
  }
}

/** STACK_OF(GENERAL_NAME). */
export type GENERAL_NAMES = GENERAL_NAME[]

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

/** What X509_get_ext_d2i answers, by extension. */
export interface AUTHORITY_KEYID {
  readonly keyid: ASN1_STRING | null
  readonly issuer: GENERAL_NAMES | null
  readonly serial: ASN1_STRING | null
}

export interface BASIC_CONSTRAINTS {
  /** 0 or 1. */
  readonly ca: number
  readonly pathlen: number | null
}

/**
 * An extension decoded (X509_get_ext_d2i(3)): GENERAL_NAMES for NID_subject_alt_name, BASIC_CONSTRAINTS,
 * AUTHORITY_KEYID,
 * an ASN1_STRING for the key identifier and the key usage bits, an array of ASN1_OBJECT for the extended key usage.
 * @param crit - takes 1 when critical, 0 when not, -1 when there is none, -2 when there are several
 * @param idx - null: the only one; else begins after this position and takes the position found
 * @returns null when there is none, or with an error when it cannot be decoded
 */
export function X509_get_ext_d2i(
  x: X509,
  nid: number,
  crit: Out<number> | null = null,
  idx: Out<number> | null = null,
): unknown {
  const at = X509_get_ext_by_NID(x, nid, idx?.value ?? -1)
  const several = at >= 0 && idx === null && X509_get_ext_by_NID(x, nid, at) >= 0
  const extension = several ? undefined : live(x).extensions[at]
  if (idx !== null) idx.value = at < 0 ? -1 : at
  if (crit !== null) crit.value = several ? -2 : extension === undefined ? -1 : Number(extension.critical)
  return extension === undefined ? null : decode(extension)
}

/** One extension decoded, as X509_get_ext_d2i. */
export function X509V3_EXT_d2i(ext: X509_EXTENSION): unknown {
  return decode(ext.extension)
}

function decode({ oid, value }: Extension): unknown {
  try {
    return decodeBody(oid, value)
  } catch (error) {
    if (!(error instanceof PkiFailure)) throw error
    raise(ERR_LIB_X509V3, X509V3_R_ERROR_IN_EXTENSION, error.message)
    return null
  }
}

function decodeBody(oid: string, value: Uint8Array): unknown {
  switch (oid) {
    case ExtensionId.subjectAltName:
    case ExtensionId.issuerAltName:
      return parseGeneralNames(value).map(name => new GENERAL_NAME(name))
    case ExtensionId.basicConstraints:
      return basicConstraints(parseBasicConstraints(value))
    case ExtensionId.authorityKeyIdentifier:
      return authorityKeyId(parseAuthorityKeyIdentifier(value))
    case ExtensionId.subjectKeyIdentifier:
      return new ASN1_STRING(Tag.octetString, parseOctetString(value))
    case ExtensionId.extendedKeyUsage:
      return parseExtendedKeyUsage(value).map(purpose => new ASN1_OBJECT(purpose))
    case ExtensionId.keyUsage:
      return new ASN1_STRING(Tag.bitString, new DerReader(value).next(Tag.bitString).contents.subarray(1))
    default:
      return null
  }
}

function basicConstraints({ ca, pathLength }: BasicConstraints): BASIC_CONSTRAINTS {
  return { ca: Number(ca), pathlen: pathLength }
}

function authorityKeyId({ keyId, issuer, serial }: AuthorityKeyIdentifier): AUTHORITY_KEYID {
  return {
    keyid: keyId === null ? null : new ASN1_STRING(Tag.octetString, keyId),
    issuer: issuer?.map(name => new GENERAL_NAME(name)) ?? null,
    serial: serial === null ? null : new ASN1_STRING(Tag.integer, serial),
  }
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
 * @param data - an OCTET STRING with the DER inside
 * @returns null for an unknown number
 */
export function X509_EXTENSION_create_by_NID(
  ex: null,
  nid: number,
  crit: number,
  data: ASN1_STRING,
): X509_EXTENSION | null {
  void ex
  const oid = objectByNid(nid)?.oid
  if (oid === undefined) return null
  return new X509_EXTENSION({ oid, critical: crit !== 0, value: new Uint8Array(data.data) })
}
