import { context, type DerReader, readInteger, readWhole, Tag } from './der.ts'
import { malformed } from './failure.ts'

// What RFC 3779 puts into certificates: the addresses and the numbers of autonomous systems that a network holds.

/** From one number to another, both among them. */
export interface Range {
  readonly min: bigint
  readonly max: bigint
}

/** A list of ranges, or what the issuer holds. */
export type Holdings = 'inherit' | readonly Range[]

/** The addresses of one family, AFI and perhaps SAFI (RFC 3779 section 2.2.3). */
export interface AddressFamily {
  /** 2 or 3 octets in hexadecimal. */
  readonly family: string
  readonly addresses: 'inherit' | readonly AddressRange[]
}

/** A range of addresses; one that is not of its family's length has no numbers. */
export interface AddressRange {
  readonly range: Range | null
  readonly isPrefix: boolean
}

/** Numbers of autonomous systems and of routing domains (RFC 3779 section 3.2.3). */
export interface AsIdentifiers {
  readonly numbers: Holdings | null
  readonly domains: Holdings | null
}

const MAX_RANGES = 4096
const ADDRESS_BITS: ReadonlyMap<number, number> = new Map([
  [1, 32],
  [2, 128],
])

/** IPAddrBlocks. */
export function parseAddressBlocks(der: Uint8Array): readonly AddressFamily[] {
  return readWhole(der, Tag.sequence, reader => readList(reader, readFamily))
}

function readFamily(reader: DerReader): AddressFamily {
  const item = reader.enter(Tag.sequence)
  const { contents } = item.next(Tag.octetString)
  if (contents.length !== 2 && contents.length !== 3) throw malformed('not an address family')
  const bits = ADDRESS_BITS.get(((contents[0] ?? 0) << 8) | (contents[1] ?? 0)) ?? 0
  const addresses = readInherit(item) ?? readList(item.enter(Tag.sequence), inner => readAddresses(inner, bits))
  item.end()
  return { family: Buffer.from(contents).toString('hex'), addresses }
}

function readAddresses(reader: DerReader, bits: number): AddressRange {
  const isPrefix = reader.peek === Tag.bitString
  const pair = isPrefix ? null : reader.enter(Tag.sequence)
  const first = readPrefix(pair ?? reader, bits)
  const last = pair === null ? first : readPrefix(pair, bits)
  pair?.end()
  return { range: first === null || last === null ? null : { min: first.min, max: last.max }, isPrefix }
}

/** All addresses that begin with these bits; null when there are more than an address has. */
function readPrefix(reader: DerReader, bits: number): Range | null {
  const { contents } = reader.next(Tag.bitString)
  const unused = contents[0] ?? 8
  if (unused > 7 || (contents.length === 1 && unused !== 0)) throw malformed('BIT STRING with a bad count')
  const length = (contents.length - 1) * 8 - unused
  const free = bits - length
  if ((contents.length - 1) * 8 > bits) return null
  const prefix = bigOf(contents.subarray(1)) >> BigInt(unused)
  return { min: prefix << BigInt(free), max: ((prefix + 1n) << BigInt(free)) - 1n }
}

/** ASIdentifiers. */
export function parseAsIdentifiers(der: Uint8Array): AsIdentifiers {
  return readWhole(der, Tag.sequence, reader => {
    const choice = (tag: number): Holdings | null => {
      if (reader.peek !== context(tag, true)) return null
      const inner = reader.enter(context(tag, true))
      const holdings = readInherit(inner) ?? readList(inner.enter(Tag.sequence), readNumbers)
      inner.end()
      return holdings
    }
    return { numbers: choice(0), domains: choice(1) }
  })
}

function readNumbers(reader: DerReader): Range {
  if (reader.peek === Tag.integer) {
    const id = signedOf(readInteger(reader))
    return { min: id, max: id }
  }
  const pair = reader.enter(Tag.sequence)
  const range = { min: signedOf(readInteger(pair)), max: signedOf(readInteger(pair)) }
  pair.end()
  return range
}

function readInherit(reader: DerReader): 'inherit' | null {
  if (reader.peek !== Tag.null) return null
  if (reader.next().contents.length > 0) throw malformed('NULL with contents')
  return 'inherit'
}

function readList<T>(reader: DerReader, read: (reader: DerReader) => T): T[] {
  const items: T[] = []
  while (!reader.done) if (items.push(read(reader)) > MAX_RANGES) throw malformed('too many resources')
  return items
}

function bigOf(octets: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(octets).toString('hex') || '0'}`)
}

function signedOf(octets: Uint8Array): bigint {
  return BigInt.asIntN(octets.length * 8, bigOf(octets))
}
