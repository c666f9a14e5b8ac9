import type { Certificate } from '../certificate.ts'
import { GeneralNameType } from '../extensions.ts'
import { PkiFailure } from '../failure.ts'
import { stringValue } from '../name.ts'

/** How a name in a certificate may match, as X509_CHECK_FLAG_*. */
export const CheckFlag = {
  alwaysCheckSubject: 0x01,
  noWildcards: 0x02,
  noPartialWildcards: 0x04,
  multiLabelWildcards: 0x08,
  singleLabelSubdomains: 0x10,
  neverCheckSubject: 0x20,
} as const

const COMMON_NAME = '2.5.4.3'
const EMAIL_ADDRESS = '1.2.840.113549.1.9.1'

type Compare = (pattern: string, wanted: string) => boolean

/**
 * The name of the certificate that matches a host name, or null. DNS names of subjectAltName count; the common name
 * only
 * when there are none (RFC 6125 section 6.4.4). A wanted name that begins with a dot matches every name below it.
 */
export function matchHost(certificate: Certificate, host: string, flags: number): string | null {
  if (host === '' || host.includes('\0')) return null
  const subdomains = host.length > 1 && host.startsWith('.')
  const plain: Compare = (pattern, wanted) => equalNoCase(skipPrefix(pattern, wanted, subdomains, flags), wanted)
  const wild: Compare = (pattern, wanted) => {
    const star = subdomains ? -1 : starPosition(pattern, flags)
    return star < 0 ? plain(pattern, wanted) : wildcardMatches(pattern, star, wanted, flags)
  }
  const compare = (flags & CheckFlag.noWildcards) !== 0 ? plain : wild
  return matchName(certificate, host, flags, GeneralNameType.dns, COMMON_NAME, compare)
}

/** The e-mail address of the certificate that matches, or null: the local part as written, the domain in any case. */
export function matchEmail(certificate: Certificate, email: string, flags: number): string | null {
  if (email === '' || email.includes('\0')) return null
  return matchName(certificate, email, flags, GeneralNameType.email, EMAIL_ADDRESS, equalEmail)
}

/** Whether the certificate carries this IP address (4 or 16 bytes). */
export function matchIp(certificate: Certificate, address: Uint8Array): boolean {
  const names = certificate.subjectAltNames ?? []
  return names.some(name => name.type === GeneralNameType.ip && Buffer.compare(name.value, address) === 0)
}

/** The bytes of an IPv4 or IPv6 address in text; null when it is neither. */
export function parseIp(text: string): Uint8Array | null {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

function matchName(
  certificate: Certificate,
  wanted: string,
  flags: number,
  type: number,
  oid: string,
  compare: Compare,
): string | null {
  const names = (certificate.subjectAltNames ?? []).filter(name => name.type === type)
  for (const name of names) {
    const pattern = Buffer.from(name.value).toString('latin1')
    if (pattern !== '' && compare(pattern, wanted)) return pattern
  }
  if (names.length > 0 && (flags & CheckFlag.alwaysCheckSubject) === 0) return null
  if ((flags & CheckFlag.neverCheckSubject) !== 0) return null
  for (const entry of certificate.subject.all(oid)) {
    const pattern = textOrNull(entry.tag, entry.value)
    if (pattern === null) return null
    if (pattern !== '' && compare(pattern, wanted)) return pattern
  }
  return null
}

function textOrNull(tag: number, value: Uint8Array): string | null {
  try {
    return stringValue(tag, value)
  } catch (error) {
    if (error instanceof PkiFailure) return null
    throw error
  }
}

/** ASCII case folding only; a pattern with a NUL matches nothing. */
function equalNoCase(pattern: string, wanted: string): boolean {
  return pattern.length === wanted.length && !pattern.includes('\0') && fold(pattern) === fold(wanted)
}

function fold(text: string): string {
  return text.replace(/[A-Z]/g, letter => letter.toLowerCase())
}

function equalEmail(pattern: string, wanted: string): boolean {
  if (pattern.length !== wanted.length) return false
  const at = Math.max(pattern.lastIndexOf('@'), wanted.lastIndexOf('@'))
  if (at <= 0) return pattern === wanted
  return equalNoCase(pattern.slice(at), wanted.slice(at)) && pattern.slice(0, at) === wanted.slice(0, at)
}

/**
 * With `.example.com` wanted, cuts the labels in front of it off the pattern: all of them, or one when the flag says
 * so.
 */
function skipPrefix(pattern: string, wanted: string, subdomains: boolean, flags: number): string {
  if (!subdomains || pattern.length <= wanted.length) return pattern
  const prefix = pattern.slice(0, pattern.length - wanted.length)
  const single = (flags & CheckFlag.singleLabelSubdomains) !== 0
  return prefix.includes('\0') || (single && prefix.includes('.')) ? pattern : pattern.slice(prefix.length)
}

/**
 * Where the only permitted `*` of a pattern stands, or -1: in the first label, at its start or end, not in an IDNA
 * label,
 * with two more labels after it, all of them well formed.
 */
function starPosition(pattern: string, flags: number): number {
  const labels = pattern.split('.')
  const [first = '', ...others] = labels
  const star = first.indexOf('*')
  if (star < 0 || labels.length < 3 || first.indexOf('*', star + 1) >= 0) return -1
  const whole = first === '*'
  const atEdge = star === 0 || star === first.length - 1
  if (!atEdge || (!whole && (flags & CheckFlag.noPartialWildcards) !== 0)) return -1
  if (/^xn--/i.test(first) || !/^(?!-)[A-Za-z0-9*-]+(?<!-)$/.test(first)) return -1
  return others.every(label => /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/.test(label)) ? star : -1
}

function wildcardMatches(pattern: string, star: number, wanted: string, flags: number): boolean {
  const prefix = pattern.slice(0, star)
  const suffix = pattern.slice(star + 1)
  if (wanted.length < prefix.length + suffix.length) return false
  const end = wanted.length - suffix.length
  if (!equalNoCase(prefix, wanted.slice(0, prefix.length)) || !equalNoCase(suffix, wanted.slice(end))) return false
  const matched = wanted.slice(prefix.length, end)
  const wholeLabel = prefix === '' && suffix.startsWith('.')
  if (wholeLabel && matched === '') return false
  if (!wholeLabel && /^xn--/i.test(wanted)) return false
  if (matched === '*') return true
  const many = wholeLabel && (flags & CheckFlag.multiLabelWildcards) !== 0
  return (many ? /^[A-Za-z0-9.-]*$/ : /^[A-Za-z0-9-]*$/).test(matched)
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => /^\d{1,3}$/.test(part) && Number(part) < 256)) return null
  return Uint8Array.from(parts, Number)
}

function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [head, tail] = halves.map(ipv6Groups)
  if (head === undefined || head === null || tail === null) return null
  if (tail === undefined) return head.length === 16 ? Uint8Array.from(head) : null
  const missing = 16 - head.length - tail.length
  return missing < 2 ? null : Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...tail])
}

function ipv6Groups(text: string): number[] | null {
  if (text === '') return []
  const octets: number[] = []
  const groups = text.split(':')
  for (const [index, group] of groups.entries()) {
    const ipv4 = index === groups.length - 1 && group.includes('.') ? parseIpv4(group) : null
    if (ipv4 !== null) octets.push(...ipv4)
    else if (/^[0-9A-Fa-f]{1,4}$/.test(group))
      octets.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff)
    else return null
    if (octets.length > 16) return null
  }
  return octets
}
