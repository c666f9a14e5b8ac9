import { concat } from '../../base/bytes.ts'
import { formatIp, parseIp } from '../../base/ip.ts'
import { setU16, setU32, u16, u32 } from './octets.ts'
import { writeChunk } from './packet.ts'
import { type ChunkType, ParameterType, reportsUnknown, stopsAtUnknown } from './registry.ts'
import { joinTlvs, readTlvs, type Tlv, writeTlv } from './tlv.ts'

/** What an end tells of RFC 4895: the parameters' values. */
export interface AuthParameters {
  /** 32 bytes. */
  readonly random: Uint8Array
  /** Types of the chunks that this end wants authenticated. */
  readonly chunks: Uint8Array
  /** HMAC identifiers, the one liked most first; always with 1 (SHA-1). */
  readonly hmacs: readonly number[]
}

/** INIT and INIT ACK (RFC 9260 sections 3.3.2 and 3.3.3), which differ in the cookie only. */
export interface Init {
  readonly tag: number
  /** Advertised receiver window in bytes. */
  readonly window: number
  readonly outbound: number
  readonly inbound: number
  readonly tsn: number
  /** Further addresses of the sender; the source of the packet is one besides. */
  readonly addresses: readonly string[]
  /** The address types that the sender can use (5, 6); null when it does not say. */
  readonly addressTypes: readonly number[] | null
  readonly partialReliability: boolean
  /** Chunk types of the Supported Extensions parameter (RFC 5061 section 4.2.7). */
  readonly extensions: readonly number[]
  readonly auth: AuthParameters | null
  readonly adaptation: number | null
  /** INIT ACK only. */
  readonly cookie: Uint8Array | null
}

/** What reading gives besides: parameters to report to the sender, and those that it reports to us. */
export interface ReadInit extends Init {
  /** Whole parameters with a type whose second bit asks for a report. */
  readonly unknown: readonly Uint8Array[]
  readonly reported: readonly Uint8Array[]
  /** A Host Name parameter: such a sender is refused (RFC 9260 section 5.1.2). */
  readonly hostName: Uint8Array | null
}

export const RANDOM_LENGTH = 32
export const HMAC_SHA1 = 1
export const HMAC_SHA256 = 3
const FIXED = 16
/** More addresses than this are left unread: each becomes a path with its own state. */
export const MOST_ADDRESSES = 32

/** The chunk's value, or null when it is malformed. Whether the numbers make sense is the caller's to judge. */
export function readInit(value: Uint8Array): ReadInit | null {
  const items = value.length < FIXED ? null : readTlvs(value.subarray(FIXED))
  if (items === null) return null
  const parameters = new Parameters()
  for (const item of items) {
    const verdict = parameters.take(item)
    if (verdict === 'malformed') return null
    if (verdict === 'stop') break
  }
  return {
    tag: u32(value, 0),
    window: u32(value, 4),
    outbound: u16(value, 8),
    inbound: u16(value, 10),
    tsn: u32(value, 12),
    ...parameters.result(),
  }
}

export function writeInit(
  type: typeof ChunkType.init | typeof ChunkType.initAck,
  init: Init,
  unknown: readonly Uint8Array[] = [],
): Uint8Array {
  const fixed = new Uint8Array(FIXED)
  setU32(fixed, 0, init.tag)
  setU32(fixed, 4, init.window)
  setU16(fixed, 8, init.outbound)
  setU16(fixed, 10, init.inbound)
  setU32(fixed, 12, init.tsn)
  const items: Uint8Array[] = []
  if (init.cookie !== null) items.push(writeTlv(ParameterType.stateCookie, init.cookie))
  for (const address of init.addresses) {
    const bytes = parseIp(address)
    if (bytes !== null) items.push(writeTlv(bytes.length === 4 ? ParameterType.ipv4 : ParameterType.ipv6, bytes))
  }
  if (init.addressTypes !== null) items.push(writeTlv(ParameterType.supportedAddressTypes, words(init.addressTypes)))
  if (init.extensions.length > 0)
    items.push(writeTlv(ParameterType.supportedExtensions, Uint8Array.from(init.extensions)))
  if (init.partialReliability) items.push(writeTlv(ParameterType.forwardTsn))
  if (init.auth !== null) items.push(...writeAuth(init.auth))
  if (init.adaptation !== null) items.push(writeTlv(ParameterType.adaptation, word32(init.adaptation)))
  for (const whole of unknown) items.push(writeTlv(ParameterType.unrecognized, whole))
  return writeChunk(type, 0, fixed, joinTlvs(items))
}

/**
 * One end's part of the association's key: the three parameters with their headers, without padding (RFC 4895 section
 * 6.1). The list of chunks is left out when it is empty, as it is on the wire.
 */
export function authKeyVector(auth: AuthParameters): Uint8Array {
  const unpadded = (type: number, value: Uint8Array) => writeTlv(type, value).subarray(0, 4 + value.length)
  return concat(
    unpadded(ParameterType.random, auth.random),
    auth.chunks.length === 0 ? new Uint8Array(0) : unpadded(ParameterType.chunkList, auth.chunks),
    unpadded(ParameterType.hmacAlgorithms, words(auth.hmacs)),
  )
}

function writeAuth(auth: AuthParameters): Uint8Array[] {
  const list = auth.chunks.length === 0 ? [] : [writeTlv(ParameterType.chunkList, auth.chunks)]
  return [
    writeTlv(ParameterType.random, auth.random),
    ...list,
    writeTlv(ParameterType.hmacAlgorithms, words(auth.hmacs)),
  ]
}

type Verdict = 'next' | 'stop' | 'malformed'

/** Collects parameters; those that may stand once only are malformed when they come again. */
class Parameters {
  readonly #seen = new Set<number>()
  readonly #addresses: string[] = []
  readonly #unknown: Uint8Array[] = []
  readonly #reported: Uint8Array[] = []
  #addressTypes: number[] | null = null
  #extensions: number[] = []
  #random: Uint8Array | null = null
  #chunks = new Uint8Array(0)
  #hmacs: number[] | null = null
  #adaptation: number | null = null
  #cookie: Uint8Array | null = null
  #hostName: Uint8Array | null = null

  take(item: Tlv): Verdict {
    const { type, value } = item
    if (!REPEATABLE.has(type) && this.#seen.has(type)) return 'malformed'
    this.#seen.add(type)
    switch (type) {
      case ParameterType.ipv4:
        return value.length === 4 ? this.#address(value) : 'malformed'
      case ParameterType.ipv6:
        return value.length === 16 ? this.#address(value) : 'malformed'
      case ParameterType.stateCookie:
        this.#cookie = value
        return 'next'
      case ParameterType.unrecognized:
        this.#reported.push(value)
        return 'next'
      case ParameterType.cookiePreservative:
        return value.length === 4 ? 'next' : 'malformed'
      case ParameterType.hostName:
        this.#hostName = item.whole
        return 'next'
      case ParameterType.supportedAddressTypes:
        this.#addressTypes = readWords(value)
        return this.#addressTypes === null ? 'malformed' : 'next'
      case ParameterType.supportedExtensions:
        this.#extensions = [...value]
        return 'next'
      case ParameterType.forwardTsn:
        return value.length === 0 ? 'next' : 'malformed'
      case ParameterType.random:
        this.#random = value
        return value.length === RANDOM_LENGTH ? 'next' : 'malformed'
      case ParameterType.chunkList:
        this.#chunks = Uint8Array.from(value)
        return 'next'
      case ParameterType.hmacAlgorithms:
        this.#hmacs = readWords(value)
        return this.#hmacs?.includes(HMAC_SHA1) === true ? 'next' : 'malformed'
      case ParameterType.adaptation:
        this.#adaptation = u32(value, 0)
        return value.length === 4 ? 'next' : 'malformed'
      default:
        if (reportsUnknown(type, 16)) this.#unknown.push(item.whole)
        return stopsAtUnknown(type, 16) ? 'stop' : 'next'
    }
  }

  result(): Omit<ReadInit, 'tag' | 'window' | 'outbound' | 'inbound' | 'tsn'> {
    const [random, hmacs] = [this.#random, this.#hmacs]
    return {
      addresses: this.#addresses,
      addressTypes: this.#addressTypes,
      partialReliability: this.#seen.has(ParameterType.forwardTsn),
      extensions: this.#extensions,
      // One without the other: the sender does not speak RFC 4895 (section 6.1).
      auth: random === null || hmacs === null ? null : { random, chunks: this.#chunks, hmacs },
      adaptation: this.#adaptation,
      cookie: this.#cookie,
      unknown: this.#unknown,
      reported: this.#reported,
      hostName: this.#hostName,
    }
  }

  #address(bytes: Uint8Array): Verdict {
    if (this.#addresses.length < MOST_ADDRESSES) this.#addresses.push(formatIp(bytes))
    return 'next'
  }
}

const REPEATABLE: ReadonlySet<number> = new Set([ParameterType.ipv4, ParameterType.ipv6, ParameterType.unrecognized])

function words(values: readonly number[]): Uint8Array {
  const out = new Uint8Array(values.length * 2)
  for (const [i, value] of values.entries()) setU16(out, 2 * i, value)
  return out
}

function readWords(bytes: Uint8Array): number[] | null {
  if (bytes.length === 0 || bytes.length % 2 !== 0) return null
  return Array.from({ length: bytes.length / 2 }, (_, i) => u16(bytes, 2 * i))
}

function word32(value: number): Uint8Array {
  const out = new Uint8Array(4)
  setU32(out, 0, value)
  return out
}
