import { copy, utf8 } from '../base/bytes.ts'
import { DerReader, encode, encodeOid, readOid, readWhole, sequence, setOf, Tag } from './der.ts'
import { malformed } from './failure.ts'

/** One attribute of a name. Entries with the same `set` stand in the same relative distinguished name. */
export interface NameEntry {
  readonly oid: string
  /** The string type, a universal tag: 12 UTF8String, 19 PrintableString, 22 IA5String, ... */
  readonly tag: number
  readonly value: Uint8Array
  readonly set: number
}

/** An X.501 distinguished name (RFC 5280 section 4.1.2.4): ordered, immutable, comparable as X509_NAME_cmp does. */
export class Name {
  readonly der: Uint8Array
  readonly entries: readonly NameEntry[]
  #canonical: Uint8Array | null = null

  private constructor(der: Uint8Array, entries: readonly NameEntry[]) {
    // A string that cannot be turned into text cannot be compared either; it is found out now.
    for (const entry of entries) if (TEXT_TAGS.has(entry.tag)) stringValue(entry.tag, entry.value)
    this.der = der
    this.entries = entries
  }

  /** Reads one Name that fills `der`. Throws `PkiFailure`. */
  static parse(der: Uint8Array): Name {
    return new Name(der, readWhole(der, Tag.sequence, readEntries))
  }

  /**
   * Builds a name; entries with equal `set` numbers must stand next to each other. Throws `PkiFailure` for bad strings.
   */
  static of(entries: readonly NameEntry[]): Name {
    const kept = entries.map(entry => ({ ...entry, value: copy(entry.value) }))
    return new Name(
      encodeName(kept, entry => encode(entry.tag, entry.value)),
      kept,
    )
  }

  get isEmpty(): boolean {
    return this.entries.length === 0
  }

  /** What two equal names have in common: UTF-8, ASCII letters in lower case, runs of white space as one space. */
  get canonical(): Uint8Array {
    this.#canonical ??= encodeName(this.entries, canonicalValue)
    return this.#canonical
  }

  /** Whether the other name's relative distinguished names are the first ones of this. */
  startsWith(other: Name): boolean {
    const prefix = other.canonicalContents
    return Buffer.compare(this.canonicalContents.subarray(0, prefix.length), prefix) === 0
  }

  /** The canonical form without the outer header, where one name can be the beginning of another. */
  get canonicalContents(): Uint8Array {
    return new DerReader(this.canonical).next(Tag.sequence).contents
  }

  /** Below zero, zero or above zero as X509_NAME_cmp: the shorter canonical form sorts first. */
  compare(other: Name): number {
    const difference = this.canonical.length - other.canonical.length
    return difference !== 0 ? difference : Buffer.compare(this.canonical, other.canonical)
  }

  equals(other: Name): boolean {
    return this === other || this.compare(other) === 0
  }

  /** The values of every attribute of this type, in order. */
  all(oid: string): NameEntry[] {
    return this.entries.filter(entry => entry.oid === oid)
  }
}

const MAX_ENTRIES = 4096

function readEntries(reader: DerReader): NameEntry[] {
  const entries: NameEntry[] = []
  for (let set = 0; !reader.done; set++) {
    entries.push(...readAttributes(reader.enter(Tag.set), set))
    if (entries.length > MAX_ENTRIES) throw malformed('too many name attributes')
  }
  return entries
}

/** What OpenSSL takes for a value (B_ASN1_PRINTABLE): strings, bit strings, sequences, and types that it does not know. */
const VALUE_TAGS: ReadonlySet<number> = new Set([
  ...[Tag.utf8String, Tag.numericString, Tag.printableString, Tag.t61String, Tag.ia5String],
  ...[Tag.universalString, Tag.bmpString, Tag.bitString, Tag.sequence],
  ...[7, 8, 9, 10, 11, 13, 14, 15],
])

/** The attributes of one relative distinguished name, from its contents. */
export function readAttributes(rdn: DerReader, set: number): NameEntry[] {
  if (rdn.done) throw malformed('empty relative distinguished name')
  const entries: NameEntry[] = []
  while (!rdn.done) {
    const attribute = rdn.enter(Tag.sequence)
    const oid = readOid(attribute)
    const { tag, contents } = attribute.next()
    if (!VALUE_TAGS.has(tag)) throw malformed(`tag ${tag} in a name`)
    attribute.end()
    if (entries.push({ oid, tag, value: contents, set }) > MAX_ENTRIES) throw malformed('too many name attributes')
  }
  return entries
}

function encodeName(entries: readonly NameEntry[], encodeValue: (entry: NameEntry) => Uint8Array): Uint8Array {
  const sets: Uint8Array[][] = []
  let current: number | null = null
  for (const entry of entries) {
    const attribute = sequence(encodeOid(entry.oid), encodeValue(entry))
    if (entry.set === current) sets.at(-1)?.push(attribute)
    else sets.push([attribute])
    current = entry.set
  }
  return sequence(...sets.map(attributes => setOf(...attributes)))
}

/** The types that X509_NAME_cmp folds; the others (numeric, octet, bit strings) compare byte by byte. */
const TEXT_TAGS: ReadonlySet<number> = new Set([
  Tag.utf8String,
  Tag.bmpString,
  Tag.universalString,
  Tag.printableString,
  Tag.t61String,
  Tag.ia5String,
  Tag.visibleString,
])

function canonicalValue(entry: NameEntry): Uint8Array {
  if (!TEXT_TAGS.has(entry.tag)) return encode(entry.tag, entry.value)
  // Runs become one space first: looking for a run at the end would take quadratic time on hostile names.
  const folded = stringValue(entry.tag, entry.value)
    .replace(/[\t-\r ]+/g, ' ')
    .replace(/^ | $/g, '')
    .replace(/[A-Z]/g, letter => letter.toLowerCase())
  return encode(Tag.utf8String, utf8(folded))
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of an ASN.1 string. Throws `PkiFailure` for bytes its type does not allow. */
export function stringValue(tag: number, value: Uint8Array): string {
  switch (tag) {
    case Tag.utf8String:
      try {
        return strictUtf8.decode(value)
      } catch {
        throw malformed('bad UTF-8')
      }
    case Tag.bmpString:
      return codePoints(value, 2)
    case Tag.universalString:
      return codePoints(value, 4)
    default:
      // T61String is read as Latin-1, as everybody does.
      return Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1')
  }
}

function codePoints(value: Uint8Array, width: 2 | 4): string {
  if (value.length % width !== 0) throw malformed('string with half a character')
  const characters: string[] = []
  const view = new DataView(value.buffer, value.byteOffset, value.length)
  for (let at = 0; at < value.length; at += width) {
    const point = width === 2 ? view.getUint16(at) : view.getUint32(at)
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) throw malformed('not a character')
    characters.push(String.fromCodePoint(point))
  }
  return characters.join('')
}

/** The characters of PrintableString (X.680 section 41.4). */
export function isPrintable(text: string): boolean {
  return /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text)
}
