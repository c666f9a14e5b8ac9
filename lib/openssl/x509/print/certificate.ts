import { type AlgorithmIdentifier, RSASSA_PSS, readAlgorithm } from '../../../pki/algorithm.ts'
import type { Certificate } from '../../../pki/certificate.ts'
import { context, DerReader, readInteger, Tag } from '../../../pki/der.ts'
import type { Extension } from '../../../pki/extensions.ts'
import { PkiFailure } from '../../../pki/failure.ts'
import type { Name } from '../../../pki/name.ts'
import { printName } from '../../../pki/name-print.ts'
import type { EVP_PKEY } from '../../evp/pkey.ts'
import { fieldsAt, timeText } from '../asn1/time-text.ts'
import { uniqueIds } from '../details.ts'
import { extensionText, objectText } from './extensions.ts'
import { publicKeyText } from './key.ts'
import { dumpLines, printable } from './text.ts'

/** What X509_print_ex leaves out (X509_FLAG_*). */
export const PrintFlag = {
  noHeader: 1,
  noVersion: 2,
  noSerial: 4,
  noSignatureName: 8,
  noIssuer: 0x10,
  noValidity: 0x20,
  noSubject: 0x40,
  noPublicKey: 0x80,
  noExtensions: 0x100,
  noSignatureDump: 0x200,
  noIds: 0x1000,
} as const

/** What becomes of an extension that is not known, or not decoded (X509V3_EXT_*). */
const UNKNOWN_MASK = 0xf0000
const ERROR_UNKNOWN = 0x10000

const SEPARATOR_MASK = 0xf0000
const SEPARATOR_MULTILINE = 0x40000

/** A certificate as X509_print_ex writes it, cut before the first name when there is no such form of a name. */
export function certificateText(
  certificate: Certificate,
  pkey: EVP_PKEY | null,
  nameFlags: number,
  flags: number,
): { readonly text: string; readonly whole: boolean } {
  const shows = (flag: number): boolean => (flags & flag) === 0
  let text = ''
  if (shows(PrintFlag.noHeader)) text += 'Certificate:\n    Data:\n'
  if (shows(PrintFlag.noVersion))
    text += `        Version: ${certificate.version} (0x${(certificate.version - 1).toString(16)})\n`
  if (shows(PrintFlag.noSerial)) text += `        Serial Number:${serialText(certificate.serial)}\n`
  if (shows(PrintFlag.noSignatureName)) text += `    ${signatureText(certificate.tbsSignatureAlgorithm, null)}`
  const [issuer, subject] = [nameText(certificate.issuer, nameFlags), nameText(certificate.subject, nameFlags)]
  if (shows(PrintFlag.noIssuer)) {
    if (issuer === null) return { text: `${text}        Issuer: `, whole: false }
    text += `        Issuer:${issuer}\n`
  }
  if (shows(PrintFlag.noValidity)) text += validityText(certificate)
  if (shows(PrintFlag.noSubject)) {
    if (subject === null) return { text: `${text}        Subject: `, whole: false }
    text += `        Subject:${subject}\n`
  }
  if (shows(PrintFlag.noPublicKey)) text += subjectKeyText(certificate, pkey)
  if (shows(PrintFlag.noIds)) text += uniqueIdsText(certificate)
  if (shows(PrintFlag.noExtensions)) text += extensionsText('X509v3 extensions', certificate.extensions, flags, 8)
  if (shows(PrintFlag.noSignatureDump)) text += signatureText(certificate.signatureAlgorithm, certificate.signature)
  return { text, whole: true }
}

/** An algorithm and, when there is one, a signature as X509_signature_print writes them. */
export function signatureText(algorithm: AlgorithmIdentifier, signature: Uint8Array | null): string {
  const head = `    Signature Algorithm: ${objectText(algorithm.oid)}${signature === null ? '' : '\n    Signature Value:'}`
  const parameters = algorithm.oid === RSASSA_PSS ? pssText(algorithm.params, '        ') : '\n'
  return head + parameters + (signature === null ? '' : signatureDump(signature, 8))
}

const DUMP_WIDTH = 18

/** X509_signature_dump. */
export function signatureDump(signature: Uint8Array, indent: number): string {
  return `${dumpLines(signature, DUMP_WIDTH, ' '.repeat(Math.max(0, indent)))}\n`
}

/** An extension as X509V3_EXT_print writes it; null when it is to be shown as bytes. */
export function shownExtension(extension: Extension, flags: number, indent: number): string | null {
  const unknown = (what: string): string | null =>
    (flags & UNKNOWN_MASK) === ERROR_UNKNOWN ? `${' '.repeat(indent)}${what}` : null
  try {
    return extensionText(extension, indent) ?? unknown('<Not Supported>')
  } catch (error) {
    if (error instanceof PkiFailure) return unknown('<Parse Error>')
    throw error
  }
}

function nameText(name: Name, flags: number): string | null {
  const lines = (flags & SEPARATOR_MASK) === SEPARATOR_MULTILINE
  const text = printName(name, lines ? 12 : 0, flags)
  return text === null ? null : `${lines ? '\n' : ' '}${text}`
}

/** A number when C's long holds it, else its bytes. */
function serialText(contents: Uint8Array): string {
  const value = BigInt.asIntN(contents.length * 8, BigInt(`0x${Buffer.from(contents).toString('hex')}`))
  const sign = value < 0n ? '-' : ''
  const size = value < 0n ? -value : value
  // -1 is also what ASN1_INTEGER_get answers when it cannot.
  if (value === BigInt.asIntN(64, value) && value !== -1n) return ` ${sign}${size} (${sign}0x${size.toString(16)})`
  const hex = size.toString(16)
  const pairs = (hex.length % 2 === 0 ? hex : `0${hex}`).match(/../g) ?? []
  return `\n            ${value < 0n ? ' (Negative)' : ''}${pairs.join(':')}`
}

function validityText({ notBefore, notAfter }: Certificate): string {
  const line = (title: string, time: number | null): string =>
    `            ${title}: ${time === null ? 'Bad time value' : timeText(fieldsAt(time))}\n`
  return `        Validity\n${line('Not Before', notBefore)}${line('Not After ', notAfter)}`
}

function subjectKeyText(certificate: Certificate, pkey: EVP_PKEY | null): string {
  const key = pkey === null ? null : readable(() => publicKeyText(certificate, pkey, ' '.repeat(16)))
  return `        Subject Public Key Info:
            Public Key Algorithm: ${objectText(certificate.keyAlgorithm.oid)}
${key ?? '            Unable to load Public Key\n'}`
}

/** What is read here once more was read by the runtime, which may be less strict: null when it cannot be read. */
export function readable(text: () => string | null): string | null {
  try {
    return text()
  } catch (error) {
    if (error instanceof PkiFailure) return null
    throw error
  }
}

function uniqueIdsText({ tbs }: Certificate): string {
  const { issuer, subject } = uniqueIds(tbs)
  const text = (title: string, id: Uint8Array | undefined): string =>
    id === undefined ? '' : `        ${title} Unique ID: \n${signatureDump(id, 12)}`
  return text('Issuer', issuer) + text('Subject', subject)
}

/** Extensions as X509V3_extensions_print writes them; nothing without any. */
export function extensionsText(
  title: string | null,
  extensions: readonly Extension[],
  flags: number,
  indent: number,
): string {
  if (extensions.length === 0) return ''
  const margin = ' '.repeat(title === null ? indent : indent + 4)
  const items = extensions.map(extension => {
    const head = `${margin}${objectText(extension.oid)}: ${extension.critical ? 'critical' : ''}\n`
    const shown = shownExtension(extension, flags, margin.length + 4)
    return `${head}${shown ?? `${margin}    ${printable(extension.value)}`}\n`
  })
  return `${title === null ? '' : `${' '.repeat(indent)}${title}:\n`}${items.join('')}`
}

/** RSASSA-PSS-params (RFC 4055 section 3.1): what is left out has its default. */
function pssText(params: Uint8Array | null, margin: string): string {
  const lines = params === null ? null : pssLines(params)
  if (lines === null) return `${margin}(INVALID PSS PARAMETERS)\n`
  return `${margin}\n${lines.map(line => `${margin}${line}\n`).join('')}`
}

function pssLines(params: Uint8Array): string[] | null {
  try {
    const reader = new DerReader(params).enter(Tag.sequence)
    const field = <T>(tag: number, read: (inner: DerReader) => T, absent: T): T =>
      reader.peek === context(tag, true) ? read(reader.enter(context(tag, true))) : absent
    const hash = field(0, inner => objectText(readAlgorithm(inner).oid), 'sha1 (default)')
    const mask = field(1, maskText, 'mgf1 with sha1 (default)')
    const number = (inner: DerReader): string => Buffer.from(readInteger(inner)).toString('hex').toUpperCase()
    const salt = field(2, number, '14 (default)')
    const trailer = field(3, number, '01 (default)')
    return [
      `Hash Algorithm: ${hash}`,
      `Mask Algorithm: ${mask}`,
      ` Salt Length: 0x${salt}`,
      `Trailer Field: 0x${trailer}`,
    ]
  } catch (error) {
    if (error instanceof PkiFailure) return null
    throw error
  }
}

function maskText(inner: DerReader): string {
  const mask = readAlgorithm(inner)
  const digest = mask.params === null ? 'INVALID' : objectText(readAlgorithm(new DerReader(mask.params)).oid)
  return `${objectText(mask.oid)} with ${digest}`
}
