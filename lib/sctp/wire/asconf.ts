import { concat, EMPTY } from '../../base/bytes.ts'
import { formatIp, parseIp } from '../../base/ip.ts'
import { setU32, u32 } from './octets.ts'
import { writeChunk } from './packet.ts'
import { ChunkType, ParameterType } from './registry.ts'
import { joinTlvs, readTlvs, type Tlv, writeTlv } from './tlv.ts'

/** What is asked about an address of the sender (RFC 5061 section 4.2). */
export type AddressRequestKind = 'add' | 'delete' | 'set primary'

/** One request; `id` is given back in the answer. */
export interface AddressRequest {
  readonly id: number
  /** Null: a parameter that is not known, or whose address is none. */
  readonly kind: AddressRequestKind | null
  /** All zeros: where the packet came from. */
  readonly address: string
  /** As it came. */
  readonly parameter: Uint8Array
}

/** ASCONF (RFC 5061 section 4.1.1). */
export interface Asconf {
  readonly serial: number
  /** An address that the association is known by. */
  readonly address: string
  readonly requests: readonly AddressRequest[]
}

/** ASCONF-ACK (RFC 5061 section 4.1.2). */
export interface AsconfAck {
  readonly serial: number
  readonly results: readonly AddressResult[]
}

export interface AddressResult {
  readonly id: number
  /** Error causes, whole; null for success. */
  readonly error: Uint8Array | null
}

const KINDS: ReadonlyMap<number, AddressRequestKind> = new Map([
  [ParameterType.addAddress, 'add'],
  [ParameterType.deleteAddress, 'delete'],
  [ParameterType.setPrimary, 'set primary'],
])
const TYPES: Readonly<Record<AddressRequestKind, number>> = {
  add: ParameterType.addAddress,
  delete: ParameterType.deleteAddress,
  'set primary': ParameterType.setPrimary,
}

/** The chunk's value, or null when it is malformed: without an address first, or with a parameter that is not whole. */
export function readAsconf(value: Uint8Array): Asconf | null {
  const items = value.length < 4 ? null : readTlvs(value.subarray(4))
  if (items === null) return null
  const [first, ...rest] = items
  const address = first === undefined ? null : addressOf(first)
  if (address === null || rest.some(({ value }) => value.length < 4)) return null
  return { serial: u32(value, 0), address, requests: rest.map(readRequest) }
}

export function writeAsconf(serial: number, address: string, requests: readonly Omit<AddressRequest, 'parameter'>[]) {
  const items = requests.flatMap(({ id, kind, address }) =>
    kind === null ? [] : [writeTlv(TYPES[kind], word(id), addressParameter(address))],
  )
  return writeChunk(ChunkType.asconf, 0, word(serial), joinTlvs([addressParameter(address), ...items]))
}

export function readAsconfAck(value: Uint8Array): AsconfAck | null {
  const items = value.length < 4 ? null : readTlvs(value.subarray(4))
  if (items === null) return null
  const results: AddressResult[] = []
  for (const { type, value } of items) {
    if (value.length < 4) return null
    if (type === ParameterType.success) results.push({ id: u32(value, 0), error: null })
    else if (type === ParameterType.errorIndication) results.push({ id: u32(value, 0), error: value.slice(4) })
    else return null
  }
  return { serial: u32(value, 0), results }
}

export function writeAsconfAck({ serial, results }: AsconfAck): Uint8Array {
  const items = results.map(({ id, error }) =>
    error === null
      ? writeTlv(ParameterType.success, word(id))
      : writeTlv(ParameterType.errorIndication, word(id), error),
  )
  return writeChunk(ChunkType.asconfAck, 0, word(serial), joinTlvs(items))
}

/** An address parameter (RFC 9260 sections 3.3.2.1 and 3.3.2.2), with its padding; nothing for a text that is no address. */
export function addressParameter(address: string): Uint8Array {
  const bytes = parseIp(address)
  if (bytes === null) return EMPTY
  return writeTlv(bytes.length === 4 ? ParameterType.ipv4 : ParameterType.ipv6, bytes)
}

/** Several of them. */
export function addressParameters(addresses: readonly string[]): Uint8Array {
  return concat(...addresses.map(addressParameter))
}

function readRequest({ type, value, whole }: Tlv): AddressRequest {
  const [first, ...more] = readTlvs(value.subarray(4)) ?? []
  const address = first === undefined || more.length > 0 ? null : addressOf(first)
  const kind = address === null ? null : (KINDS.get(type) ?? null)
  return { id: u32(value, 0), kind, address: address ?? '', parameter: whole }
}

function addressOf({ type, value }: Tlv): string | null {
  const wanted = type === ParameterType.ipv4 ? 4 : type === ParameterType.ipv6 ? 16 : -1
  return value.length === wanted ? formatIp(value) : null
}

function word(value: number): Uint8Array {
  const out = new Uint8Array(4)
  setU32(out, 0, value)
  return out
}
