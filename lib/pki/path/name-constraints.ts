import { latin1, utf8 } from '../../base/bytes.ts'
import type { Certificate } from '../certificate.ts'
import { context, DerReader, type Element, readOid, Tag } from '../der.ts'
import { type GeneralName, GeneralNameType, type GeneralSubtree, type NameConstraints } from '../extensions.ts'
import { PkiFailure } from '../failure.ts'
import { type NameEntry, stringValue } from '../name.ts'
import { toULabels } from '../punycode.ts'
import { VerifyError } from './verify-error.ts'

const COMMON_NAME = '2.5.4.3'
const EMAIL_ADDRESS = '1.2.840.113549.1.9.1'
/** An internationalised e-mail address (RFC 8398). */
const SMTP_UTF8_MAILBOX = '1.3.6.1.5.5.7.8.9'
/** Comparisons for one certificate, so that two long lists cannot stall the verification (OpenSSL's NAME_CHECK_MAX). */
const MAX_COMPARISONS = 1 << 20

/**
 * Whether the names of a certificate keep to an issuer's constraints (RFC 5280 section 4.2.1.10), as a VerifyError.
 * `withCommonName` adds common names that look like host names, for an end certificate without DNS names.
 */
export function checkNameConstraints(
  certificate: Certificate,
  constraints: NameConstraints,
  withCommonName: boolean,
): number {
  const names = certificate.subject.entries.length + (certificate.subjectAltNames?.length ?? 0)
  const subtrees = constraints.permitted.length + constraints.excluded.length
  if (names > 0 && subtrees > Math.floor(MAX_COMPARISONS / names)) return VerifyError.unspecified
  for (const name of constrainedNames(certificate, withCommonName)) {
    const result = typeof name === 'number' ? name : checkName(name, constraints)
    if (result !== VerifyError.ok) return result
  }
  return VerifyError.ok
}

/** All names in OpenSSL's order; a number where one cannot be compared. */
function* constrainedNames(certificate: Certificate, withCommonName: boolean): Generator<GeneralName | number> {
  const { subject } = certificate
  if (!subject.isEmpty) {
    yield { type: GeneralNameType.directory, value: subject.der, directoryName: subject }
    for (const { tag, value } of subject.all(EMAIL_ADDRESS))
      yield tag === Tag.ia5String
        ? { type: GeneralNameType.email, value, directoryName: null }
        : VerifyError.unsupportedNameSyntax
  }
  yield* certificate.subjectAltNames ?? []
  for (const entry of withCommonName ? subject.all(COMMON_NAME) : []) {
    const name = hostNameOf(entry)
    if (name !== null) yield name
  }
}

function checkName(name: GeneralName, constraints: NameConstraints): number {
  const other = name.type === GeneralNameType.other ? otherName(name.value) : null
  // RFC 8398 section 6: such addresses are constrained as others are.
  const type = other?.oid === SMTP_UTF8_MAILBOX ? GeneralNameType.email : name.type
  const speaksOf = ({ base }: GeneralSubtree): boolean =>
    base.type === type && (type !== GeneralNameType.other || otherName(base.value)?.oid === other?.oid)
  const permitted = constraints.permitted.filter(speaksOf)
  let inside = permitted.length === 0
  for (const subtree of permitted) {
    if (!subtree.plain) return VerifyError.subtreeMinmax
    if (inside) continue
    const result = matchSubtree(name, subtree)
    if (typeof result === 'number') return result
    inside = result
  }
  if (!inside) return VerifyError.permittedViolation
  for (const subtree of constraints.excluded.filter(speaksOf)) {
    if (!subtree.plain) return VerifyError.subtreeMinmax
    const result = matchSubtree(name, subtree)
    if (typeof result === 'number') return result
    if (result) return VerifyError.excludedViolation
  }
  return VerifyError.ok
}

/** OtherName: what kind of name it is, and the name itself; null when it is none. */
function otherName(value: Uint8Array): { readonly oid: string; readonly element: Element } | null {
  try {
    const reader = new DerReader(value)
    const oid = readOid(reader)
    const inner = reader.enter(context(0, true))
    reader.end()
    const element = inner.next()
    inner.end()
    return { oid, element }
  } catch (failure) {
    if (failure instanceof PkiFailure) return null
    throw failure
  }
}

/** Whether the name lies in the subtree; a number when the comparison is not possible. */
function matchSubtree(name: GeneralName, { base }: GeneralSubtree): boolean | number {
  switch (name.type) {
    case GeneralNameType.directory:
      return directoryInside(name, base)
    case GeneralNameType.dns:
      return dnsInside(text(name.value), text(base.value))
    case GeneralNameType.email:
      return emailInside(foldDomain(name.value), foldDomain(base.value))
    case GeneralNameType.other:
      return base.type === GeneralNameType.email ? mailboxInside(name, base) : VerifyError.unsupportedConstraintType
    case GeneralNameType.uri:
      return uriInside(text(name.value), text(base.value))
    case GeneralNameType.ip:
      return ipInside(name.value, base.value)
    default:
      return VerifyError.unsupportedConstraintType
  }
}

function text(value: Uint8Array): string {
  return Buffer.from(value)
    .toString('latin1')
    .replace(/[A-Z]/g, letter => letter.toLowerCase())
}

/** The local part of an e-mail address counts as written, its domain in any case. */
function foldDomain(value: Uint8Array): string {
  const whole = Buffer.from(value).toString('latin1')
  const at = whole.lastIndexOf('@') + 1
  return whole.slice(0, at) + text(value).slice(at)
}

/** The base's relative distinguished names are the first ones of the name. */
function directoryInside(name: GeneralName, base: GeneralName): boolean {
  return base.directoryName !== null && name.directoryName?.startsWith(base.directoryName) === true
}

/** The same name or any number of labels in front of it. */
function dnsInside(name: string, base: string): boolean {
  if (base === '' || name === base) return true
  return name.endsWith(base) && (base.startsWith('.') || name[name.length - base.length - 1] === '.')
}

function emailInside(name: string, base: string): boolean | number {
  const [at, baseAt] = [name.lastIndexOf('@'), base.lastIndexOf('@')]
  if (at < 0) return VerifyError.unsupportedNameSyntax
  if (baseAt < 0 && base.startsWith('.')) return name.length > base.length && name.endsWith(base)
  if (baseAt > 0) {
    if (baseAt !== at) return false
    if (`${name.slice(0, at)}${base.slice(0, at)}`.includes('\0')) return VerifyError.unsupportedNameSyntax
    if (name.slice(0, at) !== base.slice(0, at)) return false
  }
  return name.slice(at + 1) === base.slice(baseAt + 1)
}

/** An internationalised address against a constraint, whose host is written in A-labels. */
function mailboxInside(name: GeneralName, base: GeneralName): boolean | number {
  const element = otherName(name.value)?.element
  if (base.value.includes(0) || element?.tag !== Tag.utf8String) return VerifyError.unsupportedNameSyntax
  const mailbox = latin1(element.contents)
  const at = mailbox.lastIndexOf('@')
  if (at < 0) return VerifyError.unsupportedNameSyntax
  try {
    const host = text(utf8(toULabels(latin1(base.value))))
    const folded = text(element.contents)
    return host.startsWith('.') ? folded.length > host.length && folded.endsWith(host) : folded.slice(at + 1) === host
  } catch (failure) {
    if (failure instanceof PkiFailure) return VerifyError.unspecified
    throw failure
  }
}

function uriInside(uri: string, base: string): boolean | number {
  const host = /^[^:]*:\/\/([^:/?#@]+)(?:[:/?#]|$)/.exec(uri)?.[1]
  if (host === undefined) return VerifyError.unsupportedNameSyntax
  return base.startsWith('.') ? host.length > base.length && host.endsWith(base) : host === base
}

function ipInside(address: Uint8Array, base: Uint8Array): boolean | number {
  if (![4, 16].includes(address.length) || ![8, 32].includes(base.length)) return VerifyError.unsupportedNameSyntax
  if (address.length * 2 !== base.length) return false
  return address.every((octet, index) => ((octet ^ (base[index] ?? 0)) & (base[index + address.length] ?? 0xff)) === 0)
}

/** The types that ASN1_STRING_to_UTF8 knows. */
const TEXTS: ReadonlySet<number> = new Set([
  Tag.utf8String,
  Tag.numericString,
  Tag.printableString,
  Tag.t61String,
  Tag.ia5String,
  Tag.utcTime,
  Tag.generalizedTime,
  Tag.visibleString,
  Tag.universalString,
  Tag.bmpString,
])

/** A common name as a DNS name: null when it does not look like one, a number when it holds a NUL or bad characters. */
function hostNameOf(entry: NameEntry): GeneralName | number | null {
  let name: string
  // What OpenSSL says when it cannot turn a value into text.
  if (!TEXTS.has(entry.tag)) return VerifyError.outOfMem
  try {
    name = stringValue(entry.tag, entry.value)
    while (name.endsWith('\0')) name = name.slice(0, -1)
  } catch (error) {
    if (error instanceof PkiFailure) return VerifyError.unsupportedNameSyntax
    throw error
  }
  if (name.includes('\0')) return VerifyError.unsupportedNameSyntax
  const labels = name.split('.')
  const plausible = labels.every(
    label => /^[A-Za-z0-9_-]+$/.test(label) && !label.startsWith('-') && !label.endsWith('-'),
  )
  if (labels.length < 2 || !plausible) return null
  return { type: GeneralNameType.dns, value: Buffer.from(name, 'latin1'), directoryName: null }
}
