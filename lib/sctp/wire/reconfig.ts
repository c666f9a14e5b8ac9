import { setU16, setU32, u16, u32 } from './octets.ts'
import { writeChunk } from './packet.ts'
import { ChunkType, ParameterType } from './registry.ts'
import { joinTlvs, readTlvs, writeTlv } from './tlv.ts'

/** What a RE-CONFIG chunk asks for or answers (RFC 6525 section 4). `number`: the request's. */
export type ReConfig =
  | {
      readonly kind: 'reset outgoing'
      readonly number: number
      /** The request that this one answers, or the last one that came. */
      readonly answers: number
      /** The last TSN that the sender has assigned. */
      readonly lastTsn: number
      /** Empty: all. */
      readonly streams: readonly number[]
    }
  | { readonly kind: 'reset incoming'; readonly number: number; readonly streams: readonly number[] }
  | { readonly kind: 'reset association'; readonly number: number }
  | { readonly kind: 'add outgoing' | 'add incoming'; readonly number: number; readonly count: number }
  | {
      readonly kind: 'response'
      readonly number: number
      readonly result: number
      /** For a reset of the association: the next TSNs of the responder, and of whom it answers. */
      readonly next: { readonly sender: number; readonly receiver: number } | null
    }

/** Results of RFC 6525 section 4.4. */
export const Result = {
  nothingToDo: 0,
  performed: 1,
  denied: 2,
  wrongStream: 3,
  alreadyInProgress: 4,
  badNumber: 5,
  inProgress: 6,
} as const

/** One or two parameters; null for anything else. */
export function readReConfig(value: Uint8Array): ReConfig[] | null {
  const items = readTlvs(value)
  if (items === null || items.length === 0 || items.length > 2) return null
  const parsed: ReConfig[] = []
  for (const item of items) {
    const one = readOne(item.type, item.value)
    if (one === null) return null
    parsed.push(one)
  }
  return parsed
}

export function writeReConfig(items: readonly ReConfig[]): Uint8Array {
  return writeChunk(ChunkType.reConfig, 0, joinTlvs(items.map(writeOne)))
}

function readOne(type: number, value: Uint8Array): ReConfig | null {
  if (value.length < 4) return null
  const number = u32(value, 0)
  switch (type) {
    case ParameterType.outgoingReset: {
      const streams = value.length < 12 ? null : readStreams(value.subarray(12))
      if (streams === null) return null
      return { kind: 'reset outgoing', number, answers: u32(value, 4), lastTsn: u32(value, 8), streams }
    }
    case ParameterType.incomingReset: {
      const streams = readStreams(value.subarray(4))
      return streams === null ? null : { kind: 'reset incoming', number, streams }
    }
    case ParameterType.tsnReset:
      return value.length === 4 ? { kind: 'reset association', number } : null
    case ParameterType.addOutgoing:
    case ParameterType.addIncoming: {
      if (value.length !== 8) return null
      const kind = type === ParameterType.addOutgoing ? 'add outgoing' : 'add incoming'
      return { kind, number, count: u16(value, 4) }
    }
    case ParameterType.reconfigResponse: {
      if (value.length !== 8 && value.length !== 16) return null
      const next = value.length === 8 ? null : { sender: u32(value, 8), receiver: u32(value, 12) }
      return { kind: 'response', number, result: u32(value, 4), next }
    }
    default:
      return null
  }
}

function writeOne(item: ReConfig): Uint8Array {
  switch (item.kind) {
    case 'reset outgoing':
      return writeTlv(
        ParameterType.outgoingReset,
        words(item.number, item.answers, item.lastTsn),
        streamList(item.streams),
      )
    case 'reset incoming':
      return writeTlv(ParameterType.incomingReset, words(item.number), streamList(item.streams))
    case 'reset association':
      return writeTlv(ParameterType.tsnReset, words(item.number))
    case 'add outgoing':
      return writeTlv(ParameterType.addOutgoing, words(item.number, item.count * 0x10000))
    case 'add incoming':
      return writeTlv(ParameterType.addIncoming, words(item.number, item.count * 0x10000))
    case 'response': {
      const next = item.next === null ? [] : [item.next.sender, item.next.receiver]
      return writeTlv(ParameterType.reconfigResponse, words(item.number, item.result, ...next))
    }
  }
}

function words(...values: readonly number[]): Uint8Array {
  const out = new Uint8Array(4 * values.length)
  for (const [i, value] of values.entries()) setU32(out, 4 * i, value)
  return out
}

function streamList(streams: readonly number[]): Uint8Array {
  const out = new Uint8Array(2 * streams.length)
  for (const [i, stream] of streams.entries()) setU16(out, 2 * i, stream)
  return out
}

function readStreams(bytes: Uint8Array): number[] | null {
  if (bytes.length % 2 !== 0) return null
  return Array.from({ length: bytes.length / 2 }, (_, i) => u16(bytes, 2 * i))
}
