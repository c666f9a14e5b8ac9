import { latin1, toHex } from '../../../base/bytes.ts'
import { context, DerReader, encode, readInteger, readOid, readSmallInteger, readWhole, Tag } from '../../../pki/der.ts'
import {
  type Extension,
  ExtensionId,
  type GeneralName,
  GeneralNameType,
  type GeneralSubtree,
  parseAuthorityKeyIdentifier,
  parseBasicConstraints,
  parseBits,
  parseExtendedKeyUsage,
  parseGeneralNames,
  parseNameConstraints,
  parseOctetString,
  readGeneralNames,
} from '../../../pki/extensions.ts'
import { Name } from '../../../pki/name.ts'
import { onelineName, printName } from '../../../pki/name-print.ts'
import { objectByOid } from '../../../pki/objects.ts'
import { fieldsOf, timeText } from '../asn1/time-text.ts'
import { XN_FLAG_ONELINE } from '../constants.ts'
import { brokenHex, characters, ipText, stringHex } from './text.ts'

/**
 * An extension as X509V3_EXT_print writes it, each line after `indent` blanks, the last without a line feed; null for
 * one that is not known here. Throws `PkiFailure` for one that cannot be decoded.
 */
export function extensionText({ oid, value }: Extension, indent: number): string | null {
  return PRINTERS.get(oid)?.(value, ' '.repeat(Math.max(0, indent))) ?? null
}

/** The name of an object, as i2a_ASN1_OBJECT gives it: its long name, or the identifier. */
export function objectText(oid: string): string {
  return objectByOid(oid)?.long ?? oid
}

/** A name as GENERAL_NAME_print writes it. */
export function generalNameText({ type, value, directoryName }: GeneralName): string {
  if (type === GeneralNameType.other) return `othername:${otherNameText(value, '<unsupported>')}`
  if (directoryName !== null) return `DirName:${printName(directoryName, 0, XN_FLAG_ONELINE) ?? ''}`
  if (type === GeneralNameType.rid) return `Registered ID:${ridText(value)}`
  return (
    UNSUPPORTED.get(type) ??
    `${type === GeneralNameType.ip ? 'IP Address' : TEXT_LABELS.get(type)}:${textOf(type, value)}`
  )
}

type Printer = (der: Uint8Array, margin: string) => string

const PRINTERS: ReadonlyMap<string, Printer> = new Map<string, Printer>([
  [ExtensionId.subjectKeyIdentifier, (der, margin) => margin + colons(parseOctetString(der))],
  [ExtensionId.authorityKeyIdentifier, authorityKeyIdText],
  [ExtensionId.basicConstraints, basicConstraintsText],
  [ExtensionId.keyUsage, (der, margin) => margin + bitsText(parseBits(der), KEY_USAGES)],
  [ExtensionId.netscapeCertType, (der, margin) => margin + bitsText(parseBits(der), NETSCAPE_TYPES)],
  [ExtensionId.extendedKeyUsage, (der, margin) => margin + listText(parseExtendedKeyUsage(der).map(objectText))],
  [ExtensionId.subjectAltName, (der, margin) => margin + listText(parseGeneralNames(der).map(valueText))],
  [ExtensionId.issuerAltName, (der, margin) => margin + listText(parseGeneralNames(der).map(valueText))],
  [ExtensionId.crlDistributionPoints, distributionPointsText],
  [ExtensionId.authorityInfoAccess, accessText],
  [ExtensionId.certificatePolicies, policiesText],
  [ExtensionId.nameConstraints, nameConstraintsText],
  [ExtensionId.policyConstraints, policyConstraintsText],
  [ExtensionId.ocspNonce, (der, margin) => margin + stringHex(der)],
  [ExtensionId.ocspNoCheck, () => ''],
  [ExtensionId.ocspAcceptableResponses, (der, margin) => margin + listText(parseExtendedKeyUsage(der).map(objectText))],
  [ExtensionId.ocspCrlId, crlIdText],
  [ExtensionId.ocspServiceLocator, serviceLocatorText],
  [ExtensionId.ocspArchiveCutoff, (der, margin) => margin + generalizedText(der)],
  [ExtensionId.invalidityDate, (der, margin) => margin + generalizedText(der)],
  [ExtensionId.inhibitAnyPolicy, (der, margin) => margin + integerText(readInteger(new DerReader(der)))],
])

function generalizedText(der: Uint8Array): string {
  return timeOf(new DerReader(der).next(Tag.generalizedTime).contents)
}

function timeOf(contents: Uint8Array): string {
  const fields = fieldsOf(Tag.generalizedTime, latin1(contents))
  return (fields === null ? null : timeText(fields)) ?? 'Bad time value'
}

/** CrlID (RFC 6960 section 4.4.2). */
function crlIdText(der: Uint8Array, margin: string): string {
  return readWhole(der, Tag.sequence, reader => {
    const field = (number: number, title: string, read: (inner: DerReader) => string): string =>
      reader.peek === context(number, true) ? `${margin}${title}: ${read(reader.enter(context(number, true)))}\n` : ''
    return [
      field(0, 'crlUrl', inner => characters(inner.next(Tag.ia5String).contents)),
      field(1, 'crlNum', inner => brokenHex(readInteger(inner))),
      field(2, 'crlTime', inner => timeOf(inner.next(Tag.generalizedTime).contents)),
    ].join('')
  })
}

/** ServiceLocator (RFC 6960 section 4.4.6). */
function serviceLocatorText(der: Uint8Array, margin: string): string {
  return readWhole(der, Tag.sequence, reader => {
    const issuer = printName(Name.parse(reader.next(Tag.sequence).encoding), 0, XN_FLAG_ONELINE) ?? ''
    const places = reader.done ? '' : accessText(reader.next(Tag.sequence).encoding, margin + margin)
    return `${margin}Issuer: ${issuer}${places === '' ? '' : `\n${places}`}`
  })
}

const KEY_USAGES: readonly string[] = [
  ...['Digital Signature', 'Non Repudiation', 'Key Encipherment', 'Data Encipherment', 'Key Agreement'],
  ...['Certificate Sign', 'CRL Sign', 'Encipher Only', 'Decipher Only'],
]
const NETSCAPE_TYPES: readonly string[] = [
  ...['SSL Client', 'SSL Server', 'S/MIME', 'Object Signing', 'Unused', 'SSL CA', 'S/MIME CA', 'Object Signing CA'],
]

function bitsText(bits: number, names: readonly string[]): string {
  return listText(names.filter((_, i) => (bits & (i < 8 ? 0x80 >> i : 0x8000 >> (i - 8))) !== 0))
}

function listText(values: readonly string[]): string {
  return values.length === 0 ? '<EMPTY>\n' : values.join(', ')
}

function basicConstraintsText(der: Uint8Array, margin: string): string {
  const { ca, pathLength } = parseBasicConstraints(der)
  return `${margin}CA:${ca ? 'TRUE' : 'FALSE'}${pathLength === null ? '' : `, pathlen:${pathLength}`}`
}

function authorityKeyIdText(der: Uint8Array, margin: string): string {
  const { keyId, issuer, serial } = parseAuthorityKeyIdentifier(der)
  const alone = issuer === null && serial === null
  const lines = [
    ...(keyId === null ? [] : [`${alone ? '' : 'keyid:'}${colons(keyId)}`]),
    ...(issuer ?? []).map(valueText),
    ...(serial === null ? [] : [`serial:${colons(serial)}`]),
  ]
  return lines.length === 0 ? `${margin}<EMPTY>\n` : lines.map(line => margin + line).join('\n')
}

const TEXT_LABELS: ReadonlyMap<number, string> = new Map([
  [GeneralNameType.email, 'email'],
  [GeneralNameType.dns, 'DNS'],
  [GeneralNameType.uri, 'URI'],
])
const UNSUPPORTED: ReadonlyMap<number, string> = new Map([
  [GeneralNameType.x400, 'X400Name:<unsupported>'],
  [GeneralNameType.ediParty, 'EdiPartyName:<unsupported>'],
])

function textOf(type: number, value: Uint8Array): string {
  return type === GeneralNameType.ip ? (ipText(value) ?? '<invalid>') : characters(value)
}

/** In a list of values directory names have the one-line form, and those of another kind one more colon. */
function valueText(name: GeneralName): string {
  if (name.type === GeneralNameType.other) return `othername: ${otherNameText(name.value, null).replace(':', '::')}`
  return name.directoryName === null ? generalNameText(name) : `DirName:${onelineName(name.directoryName)}`
}

/** The kinds of OtherName that have a short name; their values are of one type only (RFC 7585, RFC 8398, ...). */
const OTHER_NAMES: ReadonlyMap<string, readonly [name: string, tag: number]> = new Map([
  ['1.3.6.1.5.5.7.8.9', ['SmtpUTF8Mailbox', Tag.utf8String]],
  ['1.3.6.1.5.5.7.8.5', ['XmppAddr', Tag.utf8String]],
  ['1.3.6.1.5.5.7.8.7', ['SRVName', Tag.ia5String]],
  ['1.3.6.1.4.1.311.20.2.3', ['UPN', Tag.utf8String]],
  ['1.3.6.1.5.5.7.8.8', ['NAIRealm', Tag.utf8String]],
])

/** @param other - what is said of the kinds that have no short name; null: their identifier and, as a text, their value */
function otherNameText(value: Uint8Array, other: string | null): string {
  const reader = new DerReader(value)
  const oid = readOid(reader)
  const inner = reader.enter(context(0, true)).next()
  if (other !== null && !OTHER_NAMES.has(oid)) return other
  const [name, tag] = OTHER_NAMES.get(oid) ?? [objectText(oid), null]
  const isText = inner.tag === tag || (tag === null && (inner.tag === Tag.utf8String || inner.tag === Tag.ia5String))
  return `${name}:${isText ? characters(inner.contents) : '<unsupported>'}`
}

function ridText(value: Uint8Array): string {
  return objectText(readOid(new DerReader(encode(Tag.oid, value))))
}

function distributionPointsText(der: Uint8Array, margin: string): string {
  return readWhole(der, Tag.sequence, reader => {
    const points: string[] = []
    while (!reader.done) points.push(pointText(reader.enter(Tag.sequence), margin))
    return points.join('\n')
  })
}

const REASONS: readonly string[] = [
  ...['Unused', 'Key Compromise', 'CA Compromise', 'Affiliation Changed', 'Superseded', 'Cessation Of Operation'],
  ...['Certificate Hold', 'Privilege Withdrawn', 'AA Compromise'],
]

/** Line feeds stand where OpenSSL writes them: none between names and reasons. */
function pointText(point: DerReader, margin: string): string {
  let text = ''
  if (point.peek === context(0, true)) {
    const place = point.enter(context(0, true))
    if (place.peek === context(0, true))
      text += `${margin}Full Name:\n${gensText(place.enter(context(0, true)), margin)}`
    else text += `${margin}Relative Name:\n${margin}  ${relativeText(place.next(context(1, true)).contents)}\n`
    place.end()
  }
  const reasons = point.optional(context(1, false))
  if (reasons !== null) {
    const bits = (reasons.contents[1] ?? 0) | ((reasons.contents[2] ?? 0) << 8)
    text += `${margin}Reasons:\n${margin}  ${bitsText(bits, REASONS).replace('<EMPTY>\n', '<EMPTY>')}\n`
  }
  if (point.peek === context(2, true))
    text += `${margin}CRL Issuer:\n${gensText(point.enter(context(2, true)), margin)}`
  point.end()
  return text
}

function relativeText(set: Uint8Array): string {
  return printName(Name.parse(encode(Tag.sequence, encode(Tag.set, set))), 0, XN_FLAG_ONELINE) ?? ''
}

function gensText(names: DerReader, margin: string): string {
  return readGeneralNames(names)
    .map(name => `${margin}  ${generalNameText(name)}`)
    .join('\n')
}

function accessText(der: Uint8Array, margin: string): string {
  return readWhole(der, Tag.sequence, reader => {
    const lines: string[] = []
    while (!reader.done) {
      const description = reader.enter(Tag.sequence)
      const method = objectText(readOid(description))
      for (const name of readGeneralNames(description)) lines.push(`${margin}${method} - ${valueText(name)}`)
    }
    return lines.length === 0 ? `${margin}<EMPTY>\n` : lines.join('\n')
  })
}

const CPS = '1.3.6.1.5.5.7.2.1'
const USER_NOTICE = '1.3.6.1.5.5.7.2.2'

function policiesText(der: Uint8Array, margin: string): string {
  return readWhole(der, Tag.sequence, reader => {
    const policies: string[] = []
    while (!reader.done) {
      const policy = reader.enter(Tag.sequence)
      let text = `${margin}Policy: ${objectText(readOid(policy))}`
      if (!policy.done) text += `\n${qualifiersText(policy.enter(Tag.sequence), `${margin}  `)}`
      policies.push(text)
      policy.end()
    }
    return policies.join('\n')
  })
}

/** The qualifiers of a policy, from a reader of their contents. */
export function qualifiersText(qualifiers: DerReader, margin: string): string {
  const texts: string[] = []
  while (!qualifiers.done) {
    const qualifier = qualifiers.enter(Tag.sequence)
    const oid = readOid(qualifier)
    if (oid === CPS) texts.push(`${margin}CPS: ${characters(qualifier.next(Tag.ia5String).contents)}`)
    else if (oid === USER_NOTICE) texts.push(`${margin}User Notice:\n${noticeText(qualifier, `${margin}  `)}`)
    else {
      texts.push(`${margin}Unknown Qualifier: ${oid}`)
      while (!qualifier.done) qualifier.next()
    }
    qualifier.end()
  }
  return texts.join('\n')
}

function noticeText(qualifier: DerReader, margin: string): string {
  const notice = qualifier.enter(Tag.sequence)
  const lines: string[] = []
  if (notice.peek === Tag.sequence) {
    const reference = notice.enter(Tag.sequence)
    lines.push(`${margin}Organization: ${characters(reference.next().contents)}`)
    const numbers = reference.enter(Tag.sequence)
    const texts: string[] = []
    while (!numbers.done) texts.push(integerText(readInteger(numbers)))
    lines.push(`${margin}Number${texts.length > 1 ? 's' : ''}: ${texts.join(', ')}`)
    reference.end()
  }
  if (!notice.done) lines.push(`${margin}Explicit Text: ${characters(notice.next().contents)}`)
  notice.end()
  return lines.join('\n')
}

function nameConstraintsText(der: Uint8Array, margin: string): string {
  const { permitted, excluded } = parseNameConstraints(der)
  return [subtreesText(permitted, 'Permitted', margin), subtreesText(excluded, 'Excluded', margin)]
    .filter(text => text !== '')
    .join('\n')
}

function subtreesText(subtrees: readonly GeneralSubtree[], title: string, margin: string): string {
  if (subtrees.length === 0) return ''
  return [`${margin}${title}:`, ...subtrees.map(({ base }) => `${margin}  ${subtreeText(base)}`)].join('\n')
}

function subtreeText(base: GeneralName): string {
  if (base.type !== GeneralNameType.ip) return generalNameText(base)
  const half = base.value.length / 2
  const [address, mask] = [ipText(base.value.subarray(0, half)), ipText(base.value.subarray(half))]
  return `IP:${address === null || mask === null ? '<invalid>' : `${address}/${mask}`}`
}

function policyConstraintsText(der: Uint8Array, margin: string): string {
  return readWhole(der, Tag.sequence, reader => {
    const texts: string[] = []
    if (reader.peek === context(0, false))
      texts.push(`Require Explicit Policy:${readSmallInteger(reader, context(0, false))}`)
    if (reader.peek === context(1, false))
      texts.push(`Inhibit Policy Mapping:${readSmallInteger(reader, context(1, false))}`)
    return margin + listText(texts)
  })
}

function integerText(contents: Uint8Array): string {
  return BigInt.asIntN(contents.length * 8, BigInt(`0x${toHex(contents)}`)).toString()
}

function colons(bytes: Uint8Array): string {
  return (toHex(bytes).toUpperCase().match(/../g) ?? []).join(':')
}
