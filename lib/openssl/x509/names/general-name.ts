import { latin1 } from '../../../base/bytes.ts'
import { context, DerReader, encode, encodeOid, readOid, readWhole, Tag } from '../../../pki/der.ts'
import { ExtensionId, GeneralNameType, parseGeneralNames, readGeneralNames } from '../../../pki/extensions.ts'
import { PkiFailure } from '../../../pki/failure.ts'
import { type Out, requireInstance, requireInteger, requireLive } from '../../boundary.ts'
import { ASN1_STRING } from '../asn1/asn1.ts'
import { ASN1_OBJECT } from '../asn1/objects.ts'
import { GENERAL_NAME } from '../extensions/extension-value.ts'
import { X509 } from '../x509.ts'
import { X509_NAME } from './name.ts'

/** A value of any type: V_ASN1_* and the value, an object for V_ASN1_OBJECT, else a string. */
export class ASN1_TYPE {
  readonly type: number
  readonly value: ASN1_STRING | ASN1_OBJECT

  constructor(type: number, value: ASN1_STRING | ASN1_OBJECT) {
    this.type = type
    this.value = value
  }
}

/** Does nothing: values are collected. @harmless what is not used any more is collected */
export function ASN1_TYPE_free(a: ASN1_TYPE | null): void {
  void a
}

const nameOf = (gen: unknown): GENERAL_NAME => requireInstance(gen, GENERAL_NAME, 'gen')

/** A name without a kind and a value. */
export function GENERAL_NAME_new(): GENERAL_NAME {
  return new GENERAL_NAME({ type: -1, value: new Uint8Array(), directoryName: null })
}

/** A copy of a name. */
export function GENERAL_NAME_dup(a: GENERAL_NAME): GENERAL_NAME {
  return new GENERAL_NAME(nameOf(a).name)
}

/** 0 when both are of the same kind and have the same value. */
export function GENERAL_NAME_cmp(a: GENERAL_NAME, b: GENERAL_NAME): number {
  const [first, second] = [nameOf(a).name, nameOf(b).name]
  if (first.type !== second.type) return -1
  if (first.directoryName !== null && second.directoryName !== null)
    return Math.sign(first.directoryName.compare(second.directoryName))
  return first.value.length - second.value.length || Buffer.compare(first.value, second.value)
}

/**
 * Sets kind and value of a name.
 * @param type - GEN_*
 * @param value - an X509_NAME for GEN_DIRNAME, an ASN1_OBJECT for GEN_RID, else a string
 */
export function GENERAL_NAME_set0_value(
  a: GENERAL_NAME,
  type: number,
  value: ASN1_STRING | X509_NAME | ASN1_OBJECT,
): void {
  const contents =
    value instanceof ASN1_STRING
      ? value.data
      : value instanceof X509_NAME
        ? value.name.der
        : new DerReader(encodeOid(requireInstance(value, ASN1_OBJECT, 'value').oid)).next().contents
  nameOf(a).set({
    type: requireInteger(type, 'type'),
    value: contents,
    directoryName: value instanceof X509_NAME ? value.name : null,
  })
}

/** Makes a name an OtherName (RFC 5280 section 4.2.1.6). @returns 1 */
export function GENERAL_NAME_set0_othername(gen: GENERAL_NAME, oid: ASN1_OBJECT, value: ASN1_TYPE): number {
  const { type, value: held } = requireInstance(value, ASN1_TYPE, 'value')
  const inner = held instanceof ASN1_STRING ? encode(type, held.data) : encodeOid(held.oid)
  const contents = Buffer.concat([encodeOid(requireInstance(oid, ASN1_OBJECT, 'oid').oid), encode(OTHER_VALUE, inner)])
  nameOf(gen).set({ type: GeneralNameType.other, value: new Uint8Array(contents), directoryName: null })
  return 1
}

const OTHER_VALUE = context(0, true)

/** The parts of an OtherName. @returns 1, or 0 for a name of another kind or one that cannot be decoded */
export function GENERAL_NAME_get0_otherName(
  gen: GENERAL_NAME,
  poid: Out<ASN1_OBJECT | null> | null,
  pvalue: Out<ASN1_TYPE | null> | null,
): number {
  const { type, value } = nameOf(gen).name
  if (type !== GeneralNameType.other) return 0
  try {
    const reader = new DerReader(value)
    const oid = readOid(reader)
    const { tag, contents, encoding } = reader.enter(OTHER_VALUE).next()
    const held = tag === Tag.oid ? new ASN1_OBJECT(readOid(new DerReader(encoding))) : new ASN1_STRING(tag, contents)
    if (poid !== null) poid.value = new ASN1_OBJECT(oid)
    if (pvalue !== null) pvalue.value = new ASN1_TYPE(tag, held)
    return 1
  } catch (error) {
    if (error instanceof PkiFailure) return 0
    throw error
  }
}

const EMAIL_ADDRESS = '1.2.840.113549.1.9.1'
const OCSP = '1.3.6.1.5.5.7.48.1'

/** The e-mail addresses of the subject and of subjectAltName, each once; null for none. */
export function X509_get1_email(x: X509): string[] | null {
  const { subject, extensions } = requireLive(x, X509, 'x')
  const inSubject = subject.name.entries.filter(entry => entry.oid === EMAIL_ADDRESS).map(entry => entry.value)
  const names = decoded(extensions.find(({ oid }) => oid === ExtensionId.subjectAltName)?.value, parseGeneralNames)
  const inNames = names.filter(name => name.type === GeneralNameType.email).map(name => name.value)
  return distinct([...inSubject, ...inNames])
}

/** The places of OCSP responders; null for none. */
export function X509_get1_ocsp(x: X509): string[] | null {
  const { extensions } = requireLive(x, X509, 'x')
  const access = extensions.find(({ oid }) => oid === ExtensionId.authorityInfoAccess)?.value
  return distinct(decoded(access, responders))
}

/** Does nothing: texts are collected. @harmless what is not used any more is collected */
export function X509_email_free(sk: string[] | null): void {
  void sk
}

function responders(der: Uint8Array): readonly Uint8Array[] {
  return readWhole(der, Tag.sequence, reader => {
    const found: Uint8Array[] = []
    while (!reader.done) {
      const description = reader.enter(Tag.sequence)
      const isOcsp = readOid(description) === OCSP
      for (const { type, value } of readGeneralNames(description))
        if (isOcsp && type === GeneralNameType.uri) found.push(value)
    }
    return found
  })
}

function decoded<T>(der: Uint8Array | undefined, parse: (der: Uint8Array) => readonly T[]): readonly T[] {
  try {
    return der === undefined ? [] : parse(der)
  } catch (error) {
    if (error instanceof PkiFailure) return []
    throw error
  }
}

/** Texts with a NUL inside are left out, as nothing of C could show them. */
function distinct(values: readonly Uint8Array[]): string[] | null {
  const texts = new Set(values.map(latin1).filter(text => text !== '' && !text.includes('\0')))
  return texts.size === 0 ? null : [...texts]
}
