import type { Certificate } from './certificate.ts'
import { Tag } from './der.ts'
import { type GeneralName, GeneralNameType, type GeneralSubtree, type NameConstraints } from './extensions.ts'
import { PkiFailure } from './failure.ts'
import { type NameEntry, stringValue } from './name.ts'
import { VerifyError } from './verify-error.ts'

const COMMON_NAME = '2.5.4.3'
const EMAIL_ADDRESS = '1.2.840.113549.1.9.1'
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
  const names = constrainedNames(certificate)
  if (typeof names === 'number') return names
  const subtrees = constraints.permitted.length + constraints.excluded.length
  if (names.length * subtrees > MAX_COMPARISONS) return VerifyError.unspecified
  if (withCommonName) {
    for (const entry of certificate.subject.all(COMMON_NAME)) {
      const name = hostNameOf(entry)
      if (typeof name === 'number') return name
      if (name !== null) names.push(name)
    }
  }
  for (const name of names) {
    const result = checkName(name, constraints)
    if (result !== VerifyError.ok) return result
  }
  return VerifyError.ok
}

function constrainedNames(certificate: Certificate): GeneralName[] | number {
  const names: GeneralName[] = []
  const { subject } = certificate
  if (!subject.isEmpty) {
    names.push({ type: GeneralNameType.directory, value: subject.der, directoryName: subject })
    for (const entry of subject.all(EMAIL_ADDRESS)) {
      if (entry.tag !== Tag.ia5String) return VerifyError.unsupportedNameSyntax
      names.push({ type: GeneralNameType.email, value: entry.value, directoryName: null })
    }
  }
  names.push(...(certificate.subjectAltNames ?? []))
  return names
}

function checkName(name: GeneralName, constraints: NameConstraints): number {
  const permitted = constraints.permitted.filter(subtree => subtree.base.type === name.type)
  let inside = permitted.length === 0
  for (const subtree of permitted) {
    if (!subtree.plain) return VerifyError.subtreeMinmax
    if (inside) continue
    const result = matchSubtree(name, subtree)
    if (typeof result === 'number') return result
    inside = result
  }
  if (!inside) return VerifyError.permittedViolation
  for (const subtree of constraints.excluded) {
    if (subtree.base.type !== name.type) continue
    if (!subtree.plain) return VerifyError.subtreeMinmax
    const result = matchSubtree(name, subtree)
    if (typeof result === 'number') return result
    if (result) return VerifyError.excludedViolation
  }
  return VerifyError.ok
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
  if (name.directoryName === null || base.directoryName === null) return false
  const whole = name.directoryName.canonicalContents
  const prefix = base.directoryName.canonicalContents
  return Buffer.compare(whole.subarray(0, prefix.length), prefix) === 0
}

/** The same name or any number of labels in front of it. */
function dnsInside(name: string, base: string): boolean {
  if (base === '' || name === base) return true
  return name.endsWith(base) && (base.startsWith('.') || name[name.length - base.length - 1] === '.')
}

function emailInside(name: string, base: string): boolean | number {
  const at = name.lastIndexOf('@')
  if (at < 0) return VerifyError.unsupportedNameSyntax
  if (base.startsWith('.')) return name.length > base.length && name.endsWith(base)
  if (!base.includes('@')) return name.slice(at + 1) === base
  return base.startsWith('@') ? name.slice(at) === base : name === base
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

/** A common name as a DNS name: null when it does not look like one, a number when it holds a NUL or bad characters. */
function hostNameOf(entry: NameEntry): GeneralName | number | null {
  let name: string
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
