import type { Role } from '../demo/events.ts'
import type { Packet } from './capture/packet.ts'
import { beginsDtls, DtlsReader } from './dtls.ts'
import { beginsSctp, SctpReader } from './sctp.ts'
import { type KeyLog, Secrets } from './secrets.ts'
import { Segments } from './segments.ts'
import type { Item, Passage } from './steps.ts'
import { beginsTls, type Span, TlsReader } from './tls.ts'

/** A connection of a capture: all that passed between two ports. */
export interface Conversation {
  readonly protocol: Packet['protocol']
  /** Address and port of who sent the first ClientHello, and of its peer. */
  readonly client: string
  readonly server: string
  readonly packets: readonly Packet[]
}

/** The connections of a capture that begin with a ClientHello, in the order of their first packets. */
export function conversations(packets: readonly Packet[]): Conversation[] {
  const groups = new Map<string, Packet[]>()
  for (const packet of packets) {
    const key = `${packet.protocol} ${[packet.source, packet.target].toSorted().join(' ')}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [packet])
    else group.push(packet)
  }
  return [...groups.values()].flatMap(group => {
    const hello = group.find(({ protocol, payload }) => BEGINS[protocol](payload))
    if (hello === undefined) return []
    return [{ protocol: hello.protocol, client: hello.source, server: hello.target, packets: group }]
  })
}

const BEGINS = { udp: beginsDtls, tcp: beginsTls, sctp: beginsSctp } as const

/** What passed, packet by packet; with the secrets of a key log in the clear. Nothing that a capture holds makes it throw. */
export function dissect(conversation: Conversation, keys: KeyLog = new Map()): Passage[] {
  const secrets = new Secrets(keys)
  if (conversation.protocol === 'tcp') return dissectStream(conversation, new TlsReader(secrets))
  const dtls = new DtlsReader(secrets)
  const reader = conversation.protocol === 'udp' ? dtls : new SctpReader(dtls)
  return conversation.packets.flatMap((packet, number) => {
    const from = sender(conversation, packet)
    return passage(conversation, number, from, reader.read(from, packet.payload))
  })
}

function sender({ client }: Conversation, { source }: Packet): Role {
  return source === client ? 'client' : 'server'
}

function passage({ packets }: Conversation, number: number, from: Role, items: readonly Item[]): Passage[] {
  const [first, packet] = [packets[0], packets[number]]
  if (items.length === 0 || first === undefined || packet === undefined) return []
  const { at, payload, lost = false } = packet
  return [{ kind: 'passage', number, from, at: at - first.at, length: payload.length, lost, items }]
}

/** Bytes of a stream that came with a segment. */
interface Piece {
  /** Of its packet. */
  readonly number: number
  readonly from: Role
  readonly start: number
  readonly end: number
}

/** Records know nothing of segments: first the streams are read, then each segment gets the items that it has a part of. */
function dissectStream(conversation: Conversation, reader: TlsReader): Passage[] {
  const segments = { client: new Segments(), server: new Segments() }
  const read = { client: 0, server: 0 }
  const pieces: Piece[] = []
  for (const [number, packet] of conversation.packets.entries()) {
    const from = sender(conversation, packet)
    const { sequence = 0, flags = 0, payload } = packet
    if ((flags & SYN) !== 0) segments[from].synchronize(sequence)
    const start = read[from]
    for (const bytes of payload.length === 0 ? [] : segments[from].take(sequence, payload)) {
      reader.read(from, bytes)
      read[from] += bytes.length
    }
    if (read[from] > start) pieces.push({ number, from, start, end: read[from] })
  }
  const done = { client: 0, server: 0 }
  return pieces.flatMap(piece => {
    const spans = reader.spans(piece.from)
    const items: Item[] = []
    for (let i = done[piece.from]; i < spans.length; i++) {
      const span = spans[i]
      if (span === undefined || span.start >= piece.end) break
      items.push(share(span, piece))
      if (span.end <= piece.end) done[piece.from] = i + 1
    }
    return passage(conversation, piece.number, piece.from, items)
  })
}

/** What a segment has of an item. */
function share({ start, end, item }: Span, piece: Piece): Item {
  const [begins, ends] = [start >= piece.start, end <= piece.end]
  if (begins && ends) return item
  const bytes = Math.min(end, piece.end) - Math.max(start, piece.start)
  const part = `${begins ? 'its first' : ends ? 'its last' : 'of it,'} ${bytes} bytes`
  return { ...item, detail: begins && item.detail !== '' ? `${item.detail}; ${part}` : part }
}

const SYN = 0x02
