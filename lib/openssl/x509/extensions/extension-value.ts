import { context, DerReader, encode, encodeNamedBits, encodeOid, readInteger, sequence, Tag } from '../../../pki/der.ts'
import {
  type Extension,
  ExtensionId,
  encodeGeneralName,
  type GeneralName,
  GeneralNameType,
  parseAuthorityKeyIdentifier,
  parseBasicConstraints,
  parseExtendedKeyUsage,
  parseGeneralNames,
  parseOctetString,
} from '../../../pki/extensions.ts'
import { type ClassOf, requireInstance } from '../../boundary.ts'
import { ASN1_INTEGER, ASN1_STRING } from '../asn1/asn1.ts'
import { ASN1_TIME } from '../asn1/asn1-time.ts'
import { ASN1_OBJECT } from '../asn1/objects.ts'
import { X509_NAME } from '../names/name.ts'

/** One extension of a certificate. */
export class X509_EXTENSION {
  extension: Extension

  constructor(extension: Extension) {
    this.extension = extension
  }
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

/** What X509_get_ext_d2i answers, by extension. */
export interface AUTHORITY_KEYID {
  readonly keyid: ASN1_STRING | null
  readonly issuer: GENERAL_NAMES | null
  readonly serial: ASN1_INTEGER | null
}

export interface BASIC_CONSTRAINTS {
  /** 0 or 1. */
  readonly ca: number
  readonly pathlen: number | null
}

/** What an extension says, as the object that C has for it, and back. */
interface Codec {
  readonly decode: (der: Uint8Array) => unknown
  readonly encode: (value: unknown) => Uint8Array
}

const names: Codec = {
  decode: der => parseGeneralNames(der).map(name => new GENERAL_NAME(name)),
  encode: value => sequence(...listOf(value, GENERAL_NAME).map(({ name }) => encodeGeneralName(name))),
}

const octets: Codec = {
  decode: der => new ASN1_STRING(Tag.octetString, parseOctetString(der)),
  encode: value => encode(Tag.octetString, stringOf(value).data),
}

const integer: Codec = {
  decode: der => ASN1_INTEGER.ofContents(readInteger(new DerReader(der))),
  encode: value => requireInstance(value, ASN1_INTEGER, 'value').der,
}

const enumerated: Codec = {
  decode: der => ASN1_INTEGER.ofContents(readInteger(new DerReader(der), Tag.enumerated), Tag.enumerated),
  encode: value => requireInstance(value, ASN1_INTEGER, 'value').der,
}

const time: Codec = {
  decode: der => {
    const when = new ASN1_TIME()
    when.type = Tag.generalizedTime
    when.data = new DerReader(der).next(Tag.generalizedTime).contents
    return when
  },
  encode: value => encode(Tag.generalizedTime, requireInstance(value, ASN1_TIME, 'value').data),
}

const purposes: Codec = {
  decode: der => parseExtendedKeyUsage(der).map(purpose => new ASN1_OBJECT(purpose)),
  encode: value => sequence(...listOf(value, ASN1_OBJECT).map(({ oid }) => encodeOid(oid))),
}

const keyUsage: Codec = {
  decode: der => new ASN1_STRING(Tag.bitString, new DerReader(der).next(Tag.bitString).contents.subarray(1)),
  encode: value => encodeNamedBits(stringOf(value).data),
}

const CODECS: ReadonlyMap<string, Codec> = new Map<string, Codec>([
  [ExtensionId.subjectAltName, names],
  [ExtensionId.issuerAltName, names],
  [ExtensionId.certificateIssuer, names],
  [ExtensionId.basicConstraints, { decode: basicConstraints, encode: encodeBasicConstraints }],
  [ExtensionId.authorityKeyIdentifier, { decode: authorityKeyId, encode: encodeAuthorityKeyId }],
  [ExtensionId.subjectKeyIdentifier, octets],
  [ExtensionId.extendedKeyUsage, purposes],
  [ExtensionId.keyUsage, keyUsage],
  [ExtensionId.netscapeCertType, keyUsage],
  [ExtensionId.crlNumber, integer],
  [ExtensionId.deltaCrlIndicator, integer],
  [ExtensionId.inhibitAnyPolicy, integer],
  [ExtensionId.reasonCode, enumerated],
  [ExtensionId.invalidityDate, time],
  [ExtensionId.ocspArchiveCutoff, time],
  // The nonce is the whole value, whatever is in it.
  [
    ExtensionId.ocspNonce,
    { decode: der => new ASN1_STRING(Tag.octetString, der), encode: value => stringOf(value).data },
  ],
  [ExtensionId.ocspAcceptableResponses, purposes],
])

/** An extension decoded; null for one that has no object here. Throws `PkiFailure` for one that cannot be decoded. */
export function decodeExtension({ oid, value }: Extension): unknown {
  return CODECS.get(oid)?.decode(value) ?? null
}

/** The body of an extension from the object that C has for it; null for one that has none here. */
export function encodeExtensionValue(oid: string, value: unknown): Uint8Array | null {
  return CODECS.get(oid)?.encode(value) ?? null
}

function basicConstraints(der: Uint8Array): BASIC_CONSTRAINTS {
  const { ca, pathLength } = parseBasicConstraints(der)
  return { ca: Number(ca), pathlen: pathLength }
}

function encodeBasicConstraints(value: unknown): Uint8Array {
  const { ca, pathlen } = fieldsOf<BASIC_CONSTRAINTS>(value)
  return sequence(
    ...(ca ? [encode(Tag.boolean, Uint8Array.of(0xff))] : []),
    ...(typeof pathlen === 'number' ? [ASN1_INTEGER.ofValue(BigInt(pathlen)).der] : []),
  )
}

function authorityKeyId(der: Uint8Array): AUTHORITY_KEYID {
  const { keyId, issuer, serial } = parseAuthorityKeyIdentifier(der)
  return {
    keyid: keyId === null ? null : new ASN1_STRING(Tag.octetString, keyId),
    issuer: issuer?.map(name => new GENERAL_NAME(name)) ?? null,
    serial: serial === null ? null : ASN1_INTEGER.ofContents(serial),
  }
}

function encodeAuthorityKeyId(value: unknown): Uint8Array {
  const { keyid, issuer, serial } = fieldsOf<AUTHORITY_KEYID>(value)
  return sequence(
    ...(keyid ? [encode(context(0, false), keyid.data)] : []),
    ...(issuer ? [encode(context(1, true), ...issuer.map(({ name }) => encodeGeneralName(name)))] : []),
    ...(serial ? [encode(context(2, false), serial.contents)] : []),
  )
}

function listOf<T>(value: unknown, type: ClassOf<T>): T[] {
  if (!Array.isArray(value)) throw new TypeError('value: an array is needed')
  return value.map(item => requireInstance(item, type, 'value'))
}

const stringOf = (value: unknown): ASN1_STRING => requireInstance(value, ASN1_STRING, 'value')

/** A struct of C: a plain object, whose fields may be left out. */
function fieldsOf<T extends object>(value: unknown): Partial<T> {
  if (typeof value !== 'object' || value === null) throw new TypeError('value: an object is needed')
  return value
}
