import { concat } from '../base/bytes.ts'
import { malformed } from './failure.ts'

/** Tags of X.690 as they stand in the identifier octet; the constructed bit is part of it. */
export const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  t61String: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

/** `[n]` of the context class: constructed for EXPLICIT and for IMPLICIT structures, primitive otherwise. */
export const context = (number: number, constructed: boolean): number => (constructed ? 0xa0 : 0x80) | number

/** One element: its tag, its contents and the whole encoding, all views of the input. */
export interface Element {
  readonly tag: number
  readonly contents: Uint8Array
  readonly encoding: Uint8Array
}

/**
 * A cursor over the elements of a constructed value. Strict DER (X.690 section 10): definite lengths in their shortest
 * form, tag numbers below 31, strings in one piece, nothing beyond the end. Every violation is a `PkiFailure`.
 */
export class DerReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** The tag of the next element; -1 at the end. */
  get peek(): number {
    return this.#bytes[this.#at] ?? -1
  }

  /** Bytes not yet read. */
  get rest(): Uint8Array {
    return this.#bytes.subarray(this.#at)
  }

  /** The next element, which must have this tag when one is named. */
  next(tag?: number): Element {
    const start = this.#at
    const found = this.#octet()
    if ((found & 0x1f) === 0x1f) throw malformed('tag number above 30')
    if (isUniversal(found) && isConstructed(found) !== CONSTRUCTED.has(found & 0x1f))
      throw malformed('form not that of DER')
    if (tag !== undefined && found !== tag) throw malformed(`tag ${found} where ${tag} was due`)
    const length = this.#length()
    const from = this.#at
    if (length > this.#bytes.length - from) throw malformed('element runs past the end')
    this.#at = from + length
    return {
      tag: found,
      contents: this.#bytes.subarray(from, this.#at),
      encoding: this.#bytes.subarray(start, this.#at),
    }
  }

  /** The next element when it has this tag, otherwise nothing is read. */
  optional(tag: number): Element | null {
    return this.peek === tag ? this.next(tag) : null
  }

  /** A cursor over the contents of the next element. */
  enter(tag: number): DerReader {
    return new DerReader(this.next(tag).contents)
  }

  /** Every structure ends with nothing left. */
  end(): void {
    if (!this.done) throw malformed('data after the last element')
  }

  #octet(): number {
    const octet = this.#bytes[this.#at]
    if (octet === undefined) throw malformed('element cut short')
    this.#at += 1
    return octet
  }

  #length(): number {
    const first = this.#octet()
    if (first < 0x80) return first
    const count = first & 0x7f
    if (count === 0 || count > 4) throw malformed('indefinite or oversized length')
    let length = 0
    for (let i = 0; i < count; i++) length = length * 256 + this.#octet()
    if (length < 0x80 || length < 256 ** (count - 1)) throw malformed('length not in its shortest form')
    return length
  }
}

const isUniversal = (tag: number): boolean => (tag & 0xc0) === 0
const isConstructed = (tag: number): boolean => (tag & 0x20) !== 0
/** EXTERNAL, EMBEDDED PDV, SEQUENCE and SET; strings come in one piece (X.690 section 10.2). */
const CONSTRUCTED: ReadonlySet<number> = new Set([8, 11, 16, 17])

/** Reads exactly one element of this tag and hands its contents to `read`, which must use them up. */
export function readWhole<T>(bytes: Uint8Array, tag: number, read: (reader: DerReader) => T): T {
  const outer = new DerReader(bytes)
  const inner = outer.enter(tag)
  outer.end()
  const result = read(inner)
  inner.end()
  return result
}

/** X.690 section 8.3: at least one octet, no redundant leading octet. The result is the two's complement contents. */
export function readInteger(reader: DerReader, tag: number = Tag.integer): Uint8Array {
  const { contents } = reader.next(tag)
  const [first, second] = contents
  if (first === undefined) throw malformed('empty INTEGER')
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)))
    throw malformed('INTEGER not in its shortest form')
  return contents
}

/** An INTEGER that fits 31 bits and is not negative; larger ones saturate, negative ones are malformed. */
export function readSmallInteger(reader: DerReader, tag: number = Tag.integer): number {
  const contents = readInteger(reader, tag)
  if ((contents[0] ?? 0) >= 0x80) throw malformed('negative INTEGER')
  if (contents.length > 4) return 0x7fffffff
  return contents.reduce((value, octet) => value * 256 + octet, 0)
}

export function readBoolean(reader: DerReader, tag: number = Tag.boolean): boolean {
  const { contents } = reader.next(tag)
  if (contents.length !== 1 || (contents[0] !== 0 && contents[0] !== 0xff)) throw malformed('BOOLEAN neither 00 nor FF')
  return contents[0] === 0xff
}

/** A BIT STRING of whole octets, as signatures and public keys are. */
export function readOctetBits(reader: DerReader): Uint8Array {
  const { contents } = reader.next(Tag.bitString)
  if (contents[0] !== 0) throw malformed('BIT STRING with unused bits where octets were due')
  return contents.subarray(1)
}

/** A named bit list (X.690 section 11.2.2): the octets after the count, with the unused bits required to be zero. */
export function readNamedBits(reader: DerReader, tag: number = Tag.bitString): Uint8Array {
  const { contents } = reader.next(tag)
  const unused = contents[0] ?? 8
  const last = contents[contents.length - 1] ?? 0
  if (unused > 7 || (contents.length === 1 && unused !== 0))
    throw malformed('BIT STRING with a bad count of unused bits')
  if (contents.length > 1 && (last & ((1 << unused) - 1)) !== 0) throw malformed('unused bits that are set')
  return contents.subarray(1)
}

/** Dotted form of an OBJECT IDENTIFIER; arcs up to 2^53, as many as 64. */
export function readOid(reader: DerReader, tag: number = Tag.oid): string {
  const { contents } = reader.next(tag)
  if (contents.length === 0 || (contents[contents.length - 1] ?? 0x80) >= 0x80) throw malformed('OID cut short')
  const arcs: number[] = []
  let arc = 0
  let fresh = true
  for (const octet of contents) {
    if (fresh && octet === 0x80) throw malformed('OID arc not in its shortest form')
    arc = arc * 128 + (octet & 0x7f)
    if (arc > Number.MAX_SAFE_INTEGER || arcs.length > 64) throw malformed('OID too large')
    fresh = octet < 0x80
    if (!fresh) continue
    if (arcs.length === 0) arcs.push(Math.min(Math.floor(arc / 40), 2), arc - 40 * Math.min(Math.floor(arc / 40), 2))
    else arcs.push(arc)
    arc = 0
  }
  return arcs.join('.')
}

const UTC_TIME = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/
const GENERALIZED_TIME = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/

/** Milliseconds since 1970 of a Time (RFC 5280 section 4.1.2.5): seconds present, `Z`, no fraction. */
export function readTime(reader: DerReader): number {
  const time = readAnyTime(reader)
  if (time === null) throw malformed('Time not in the form of RFC 5280')
  return time
}

/** The same for a Time in whatever form; null for one that is not in that of RFC 5280 or does not exist. */
export function readAnyTime(reader: DerReader): number | null {
  const { tag, contents } = reader.next()
  if (tag !== Tag.utcTime && tag !== Tag.generalizedTime) throw malformed('not a Time')
  const text = String.fromCharCode(...contents.subarray(0, 16))
  const fields = (tag === Tag.utcTime ? UTC_TIME : GENERALIZED_TIME).exec(contents.length > 15 ? '' : text)
  if (fields === null) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields.slice(1).map(Number)
  const full = tag === Tag.utcTime ? year + (year < 50 ? 2000 : 1900) : year
  const date = new Date(0)
  date.setUTCFullYear(full, month - 1, day)
  date.setUTCHours(hour, minute, second)
  const same = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour
  return same && minute <= 59 && second <= 59 ? date.getTime() : null
}

/** One element of this tag around the parts given. */
export function encode(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const octets: number[] = []
  for (let left = length; left > 0; left = Math.floor(left / 256)) octets.unshift(left % 256)
  const header = length < 0x80 ? [tag, length] : [tag, 0x80 | octets.length, ...octets]
  return concat(Uint8Array.from(header), ...parts)
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => encode(Tag.sequence, ...parts)

/** SET OF in the order of DER (X.690 section 11.6). */
export const setOf = (...parts: readonly Uint8Array[]): Uint8Array =>
  encode(Tag.set, ...[...parts].sort((a, b) => Buffer.compare(a, b)))

/** A named bit list (X.690 section 11.2.2): trailing zero bits are left out. */
export function encodeNamedBits(octets: Uint8Array): Uint8Array {
  let length = octets.length
  while (length > 0 && octets[length - 1] === 0) length--
  const last = octets[length - 1] ?? 0
  const unused = last === 0 ? 0 : 31 - Math.clz32(last & -last)
  return encode(Tag.bitString, Uint8Array.of(unused), octets.subarray(0, length))
}

export function encodeOid(oid: string): Uint8Array {
  const arcs = oid.split('.').map(Number)
  const [first = 0, second = 0, ...others] = arcs
  if (
    arcs.length < 2 ||
    arcs.some(arc => !Number.isSafeInteger(arc) || arc < 0) ||
    first > 2 ||
    (first < 2 && second > 39)
  )
    throw malformed(`not an OBJECT IDENTIFIER: ${oid}`)
  const octets: number[] = []
  for (const arc of [first * 40 + second, ...others]) {
    const base128 = [arc % 128]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) base128.unshift(0x80 | (left % 128))
    octets.push(...base128)
  }
  return encode(Tag.oid, Uint8Array.from(octets))
}

/** Orders the contents of two INTEGERs. */
export function compareIntegers(a: Uint8Array, b: Uint8Array): number {
  const value = (octets: Uint8Array): bigint =>
    BigInt.asIntN(octets.length * 8, BigInt(`0x${Buffer.from(octets).toString('hex') || '0'}`))
  const difference = value(a) - value(b)
  return difference === 0n ? 0 : difference < 0n ? -1 : 1
}

/** Orders object identifiers as OpenSSL does: by the length of their encoding, then by its bytes. */
export function compareOids(a: string, b: string): number {
  const [first, second] = [encodeOid(a), encodeOid(b)]
  return first.length - second.length || Buffer.compare(first, second)
}

/** INTEGER of an unsigned big-endian number of any length. */
export function encodeUnsigned(bytes: Uint8Array): Uint8Array {
  let from = 0
  while (from < bytes.length - 1 && bytes[from] === 0) from += 1
  const trimmed = bytes.length === 0 ? Uint8Array.of(0) : bytes.subarray(from)
  return encode(Tag.integer, (trimmed[0] ?? 0) >= 0x80 ? concat(Uint8Array.of(0), trimmed) : trimmed)
}

/** UTCTime until 2049, GeneralizedTime from 2050 and before 1950 (RFC 5280 section 4.1.2.5). */
export function encodeTime(milliseconds: number): Uint8Array {
  const digits = new Date(milliseconds)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '')
  const year = Number(digits.slice(0, 4))
  const utc = year >= 1950 && year < 2050
  return encode(utc ? Tag.utcTime : Tag.generalizedTime, Buffer.from(utc ? digits.slice(2) : digits, 'latin1'))
}
