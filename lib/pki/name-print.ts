import { toHex } from '../base/bytes.ts'
import { encode, Tag } from './der.ts'
import { PkiFailure } from './failure.ts'
import { type Name, type NameEntry, stringValue } from './name.ts'
import { objectByOid } from './objects.ts'

/** How a name is laid out, as XN_FLAG_*. */
export const NameFlag = {
  separatorMask: 0xf << 16,
  commaPlus: 1 << 16,
  commaPlusSpace: 2 << 16,
  semicolonPlusSpace: 3 << 16,
  multiline: 4 << 16,
  reverse: 1 << 20,
  fieldMask: 3 << 21,
  longName: 1 << 21,
  oid: 2 << 21,
  noName: 3 << 21,
  spaceEquals: 1 << 23,
  dumpUnknownFields: 1 << 24,
  align: 1 << 25,
} as const

/** How the characters of a string are written, as ASN1_STRFLGS_*. */
export const StringFlag = {
  escape2253: 1,
  escapeControl: 2,
  escapeHigh: 4,
  escapeQuote: 8,
  utf8: 0x10,
  ignoreType: 0x20,
  showType: 0x40,
  dumpAll: 0x80,
  dumpUnknown: 0x100,
  dumpDer: 0x200,
  escape2254: 0x400,
} as const

/**
 * The `/C=DE/O=...` form of X509_NAME_oneline: only printable ASCII, other bytes as `\xHH`, `/` and `+` after a
 * backslash. At most `limit` characters:
 * an attribute that does not fit whole ends the text.
 */
export function onelineName(name: Name, limit = Number.POSITIVE_INFINITY): string {
  let text = ''
  let previous: number | null = null
  for (const entry of name.entries) {
    const label = objectByOid(entry.oid)?.short ?? entry.oid
    const piece = `${previous === entry.set ? '+' : '/'}${label}=${onelineValue(entry)}`
    if (text.length + piece.length > limit) break
    text += piece
    previous = entry.set
  }
  return text
}

function onelineValue(entry: NameEntry): string {
  let text = ''
  for (const octet of entry.value) {
    const character = String.fromCharCode(octet)
    if (octet < 0x20 || octet > 0x7e) text += `\\x${octet.toString(16).toUpperCase().padStart(2, '0')}`
    else text += character === '/' || character === '+' ? `\\${character}` : character
  }
  return text
}

/**
 * The form of X509_NAME_print: the one-line form with commas where an upper-case label of one or two letters begins.
 */
export function plainName(name: Name): string {
  return onelineName(name)
    .slice(1)
    .replace(/\/(?=[A-Z]{1,2}=)/g, ', ')
}

/** The form of X509_NAME_print_ex, one character a byte of the output; null for separators that do not exist. */
export function printName(name: Name, indent: number, flags: number): string | null {
  if (flags === 0) return plainName(name)
  const separators = SEPARATORS.get(flags & NameFlag.separatorMask)
  if (separators === undefined) return null
  const [between, within] = separators
  const margin = ' '.repeat(Math.max(0, indent))
  const following = (flags & NameFlag.separatorMask) === NameFlag.multiline ? between + margin : between
  const entries = (flags & NameFlag.reverse) !== 0 ? [...name.entries].reverse() : name.entries
  let text = margin
  let previous: number | null = null
  for (const entry of entries) {
    if (previous !== null) text += previous === entry.set ? within : following
    previous = entry.set
    text += printEntry(entry, flags)
  }
  return text
}

const SEPARATORS: ReadonlyMap<number, readonly [between: string, within: string]> = new Map([
  [NameFlag.commaPlus, [',', '+']],
  [NameFlag.commaPlusSpace, [', ', ' + ']],
  [NameFlag.semicolonPlusSpace, ['; ', ' + ']],
  [NameFlag.multiline, ['\n', ' + ']],
])

const SHORT_WIDTH = 10
const LONG_WIDTH = 25

function printEntry(entry: NameEntry, flags: number): string {
  const known = objectByOid(entry.oid)
  const dump = known === null && (flags & NameFlag.dumpUnknownFields) !== 0
  const value = printString(entry.tag, entry.value, dump ? flags | StringFlag.dumpAll : flags)
  const equals = (flags & NameFlag.spaceEquals) !== 0 ? ' = ' : '='
  const aligned = (flags & NameFlag.align) !== 0
  switch (flags & NameFlag.fieldMask) {
    case NameFlag.noName:
      return value
    case NameFlag.oid:
      return entry.oid + equals + value
    case NameFlag.longName:
      return (known?.long.padEnd(aligned ? LONG_WIDTH : 0) ?? entry.oid) + equals + value
    default:
      return (known?.short.padEnd(aligned ? SHORT_WIDTH : 0) ?? entry.oid) + equals + value
  }
}

const NAMES_OF_TAGS: ReadonlyMap<number, string> = new Map([
  [Tag.utf8String, 'UTF8STRING'],
  [Tag.numericString, 'NUMERICSTRING'],
  [Tag.printableString, 'PRINTABLESTRING'],
  [Tag.t61String, 'T61STRING'],
  [Tag.ia5String, 'IA5STRING'],
  [Tag.visibleString, 'VISIBLESTRING'],
  [Tag.universalString, 'UNIVERSALSTRING'],
  [Tag.bmpString, 'BMPSTRING'],
  [Tag.utcTime, 'UTCTIME'],
  [Tag.generalizedTime, 'GENERALIZEDTIME'],
])

/** An ASN.1 string as ASN1_STRING_print_ex writes it, one character a byte of the output. */
export function printString(tag: number, value: Uint8Array, flags: number): string {
  const prefix = (flags & StringFlag.showType) !== 0 ? `${NAMES_OF_TAGS.get(tag) ?? '(unknown)'}:` : ''
  const isText = NAMES_OF_TAGS.has(tag)
  if ((flags & StringFlag.dumpAll) !== 0 || (!isText && (flags & StringFlag.dumpUnknown) !== 0))
    return `${prefix}#${toHex((flags & StringFlag.dumpDer) !== 0 ? encode(tag, value) : value).toUpperCase()}`
  const text = (flags & StringFlag.ignoreType) !== 0 || !isText ? oneByteText(value) : textOf(tag, value)
  const characters = (flags & StringFlag.utf8) !== 0 ? [...oneByteText(Buffer.from(text))] : [...text]
  const pieces = characters.map((character, index) =>
    escaped(character, flags, index === 0, index === characters.length - 1),
  )
  const quote = (flags & StringFlag.escapeQuote) !== 0 && pieces.some(piece => piece.quoted) ? '"' : ''
  return prefix + quote + pieces.map(piece => piece.text).join('') + quote
}

function oneByteText(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1')
}

/** Bytes that are not what their type promises are shown as they are. */
function textOf(tag: number, value: Uint8Array): string {
  try {
    return stringValue(tag, value)
  } catch (error) {
    if (error instanceof PkiFailure) return oneByteText(value)
    throw error
  }
}

const ANY_ESCAPE =
  StringFlag.escape2253 |
  StringFlag.escapeControl |
  StringFlag.escapeHigh |
  StringFlag.escapeQuote |
  StringFlag.escape2254

/**
 * One character, with `quoted` when it asks for quotes round the whole string instead of a backslash (RFC 2253 section
 * 2.4).
 */
function escaped(character: string, flags: number, first: boolean, last: boolean): { text: string; quoted: boolean } {
  const point = character.codePointAt(0) ?? 0
  const hex = point.toString(16).toUpperCase()
  if (point > 0xffff) return { text: `\\W${hex.padStart(8, '0')}`, quoted: false }
  if (point > 0xff) return { text: `\\U${hex.padStart(4, '0')}`, quoted: false }
  if ((flags & StringFlag.escape2253) !== 0) {
    const atEdge = (character === ' ' && (first || last)) || (character === '#' && first)
    if (atEdge || '+,;<>'.includes(character))
      return (flags & StringFlag.escapeQuote) !== 0
        ? { text: character, quoted: true }
        : { text: `\\${character}`, quoted: false }
    if (character === '"' || character === '\\') return { text: `\\${character}`, quoted: false }
  }
  const control = point < 0x20 || point === 0x7f
  const byCode =
    ((flags & StringFlag.escapeHigh) !== 0 && point > 0x7f) ||
    ((flags & StringFlag.escapeControl) !== 0 && control) ||
    ((flags & StringFlag.escape2254) !== 0 && '\0()*\\'.includes(character))
  if (byCode) return { text: `\\${hex.padStart(2, '0')}`, quoted: false }
  return { text: character === '\\' && (flags & ANY_ESCAPE) !== 0 ? '\\\\' : character, quoted: false }
}
