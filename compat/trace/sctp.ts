import { concat, copy } from '../../lib/base/bytes.ts'
import { readAuth } from '../../lib/sctp/wire/auth.ts'
import { DATA, type Data, DataFlag, I_DATA } from '../../lib/sctp/wire/data.ts'
import { type Chunk, readPacket, seal } from '../../lib/sctp/wire/packet.ts'
import { ChunkType } from '../../lib/sctp/wire/registry.ts'
import { advance } from '../../lib/sctp/wire/serial.ts'
import type { Role } from '../demo/events.ts'
import { beginsDtls, type DtlsReader } from './dtls.ts'
import type { Item } from './steps.ts'

/** The chunks of a packet; none where it cannot be read. */
export function sctpChunks(payload: Uint8Array): readonly Chunk[] {
  // A card that is to compute checksums leaves wrong ones in what is captured on the machine itself.
  const packet = copy(payload.subarray(0, payload.length & ~3))
  if (packet.length < 12) return []
  seal(packet)
  const read = readPacket(packet)
  return typeof read === 'string' ? [] : read.chunks
}

/** Whether a ClientHello begins in a packet, which tells the client of a connection. */
export function beginsSctp(payload: Uint8Array): boolean {
  return sctpChunks(payload).some(chunk => {
    const data = dataOf(chunk)
    return data !== null && (data.flags & DataFlag.beginning) !== 0 && beginsDtls(data.data)
  })
}

/** Reads DTLS in the user messages of an association (RFC 6083), and SCTP's own chunks. */
export class SctpReader {
  readonly #dtls: DtlsReader
  /** By TSN, what is no whole message yet. */
  readonly #parts: Record<Role, Map<number, Data>> = { client: new Map(), server: new Map() }
  readonly #seen: Record<Role, Set<number>> = { client: new Set(), server: new Set() }

  constructor(dtls: DtlsReader) {
    this.#dtls = dtls
  }

  /** What a packet carries. SACKs and heartbeats are left out. */
  read(from: Role, payload: Uint8Array): Item[] {
    let key: number | null = null
    const items: Item[] = []
    for (const chunk of sctpChunks(payload)) {
      if (chunk.type === ChunkType.auth) key = readAuth(chunk.value)?.key ?? null
      const data = dataOf(chunk)
      if (data !== null) items.push(...this.#data(from, data, key))
      else {
        const text = CHUNKS.get(chunk.type)
        const detail = key === null ? '' : `authenticated, key ${key}`
        if (text !== undefined) items.push({ text, detail, kind: 'control', flight: false, again: false })
      }
    }
    return items
  }

  #data(from: Role, data: Data, key: number | null): Item[] {
    const again = this.#seen[from].has(data.tsn)
    this.#seen[from].add(data.tsn)
    const order = (data.flags & DataFlag.unordered) === 0 ? '' : ', unordered'
    const where = `stream ${data.stream}${order}, PPID ${data.ppid}${key === null ? '' : `, key ${key}`}`
    const part = (text: string): Item => ({ text, detail: where, kind: 'control', flight: false, again })
    if (again) return [part('DATA')]
    const message = this.#message(from, data)
    if (message === null) return [part('DATA, a part of a message')]
    const items = this.#dtls.read(from, message)
    if (items.length === 0) return [part(`DATA, ${message.length} bytes that are not DTLS`)]
    return items.map((item, i) => {
      const detail = [item.detail, i === 0 ? where : ''].filter(words => words !== '').join('; ')
      return { ...item, detail }
    })
  }

  /** The message that this chunk completes. Fragments have consecutive numbers (RFC 9260 section 6.9). */
  #message(from: Role, data: Data): Uint8Array | null {
    const parts = this.#parts[from]
    if (parts.size >= MOST_PARTS) parts.clear()
    parts.set(data.tsn, data)
    const whole: Data[] = []
    let tsn = data.tsn
    while (((parts.get(tsn)?.flags ?? DataFlag.beginning) & DataFlag.beginning) === 0) tsn = advance(tsn, -1)
    for (; ; tsn = advance(tsn)) {
      const part = parts.get(tsn)
      if (part === undefined) return null
      whole.push(part)
      if ((part.flags & DataFlag.end) !== 0) break
    }
    for (const part of whole) parts.delete(part.tsn)
    return concat(...whole.map(part => part.data))
  }
}

function dataOf({ type, flags, value }: Chunk): Data | null {
  return type === DATA.type ? DATA.read(flags, value) : type === I_DATA.type ? I_DATA.read(flags, value) : null
}

/** Fragments of one side that wait for others. */
const MOST_PARTS = 4096

const CHUNKS: ReadonlyMap<number, string> = new Map([
  [ChunkType.init, 'INIT'],
  [ChunkType.initAck, 'INIT ACK'],
  [ChunkType.cookieEcho, 'COOKIE ECHO'],
  [ChunkType.cookieAck, 'COOKIE ACK'],
  [ChunkType.abort, 'ABORT'],
  [ChunkType.shutdown, 'SHUTDOWN'],
  [ChunkType.shutdownAck, 'SHUTDOWN ACK'],
  [ChunkType.shutdownComplete, 'SHUTDOWN COMPLETE'],
  [ChunkType.error, 'ERROR'],
  [ChunkType.reConfig, 'RE-CONFIG'],
  [ChunkType.forwardTsn, 'FORWARD TSN'],
  [ChunkType.iForwardTsn, 'I-FORWARD-TSN'],
  [ChunkType.asconf, 'ASCONF'],
  [ChunkType.asconfAck, 'ASCONF-ACK'],
])
