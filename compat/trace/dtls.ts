import { ProtocolFailure } from '../../lib/base/failure.ts'
import { Reassembly } from '../../lib/handshake/dtls/reassembly.ts'
import { type HandshakeFragment, readFragment } from '../../lib/wire/handshake.ts'
import { Reader } from '../../lib/wire/reader.ts'
import { type DtlsRecord, readDtlsRecord } from '../../lib/wire/record.ts'
import { ContentType, HandshakeType } from '../../lib/wire/registry.ts'
import type { Role } from '../demo/events.ts'
import { describeContent, describeMessage, describeSealed, messageName } from './describe.ts'
import type { Secrets } from './secrets.ts'
import type { Item } from './steps.ts'

/** The records of a datagram, or of an SCTP message; what follows something that is no record is not looked at. */
export function dtlsRecords(payload: Uint8Array): DtlsRecord[] {
  const records: DtlsRecord[] = []
  for (let at = 0; ; ) {
    const record = readDtlsRecord(payload, at)
    // Anything may pass on a port: major version 254 is DTLS.
    if (record === null || record.version >> 8 !== 0xfe) return records
    records.push(record)
    at = record.end
  }
}

/** Whether a ClientHello begins here, which tells the client of a connection. */
export function beginsDtls(payload: Uint8Array): boolean {
  return dtlsRecords(payload).some(
    ({ type, epoch, fragment }) =>
      type === ContentType.handshake && epoch === 0 && fragment[0] === HandshakeType.clientHello,
  )
}

/** Reads the records of both sides of a connection. */
export class DtlsReader {
  readonly #secrets: Secrets
  /** Messages whose fragments have not all come, and what was seen before, by epoch and number. */
  readonly #parts: Record<Role, Map<string, Reassembly>> = { client: new Map(), server: new Map() }
  readonly #seen: Record<Role, Set<string>> = { client: new Set(), server: new Set() }

  constructor(secrets: Secrets) {
    this.#secrets = secrets
  }

  /** What this side says in a datagram, or an SCTP message. */
  read(from: Role, payload: Uint8Array): Item[] {
    return dtlsRecords(payload).flatMap(record => this.#record(from, record))
  }

  #record(from: Role, record: DtlsRecord): Item[] {
    const { type, epoch } = record
    const kind = epoch > 0 ? 'sealed' : 'plain'
    const content = epoch === 0 ? record.fragment : this.#open(from, record)
    const item = { kind, flight: type === ContentType.handshake, again: false } as const
    const level = epoch > 0 ? [`epoch ${epoch}`] : []
    if (content === null) return [{ ...item, text: describeSealed(type), detail: level.join() }]
    if (type === ContentType.handshake) return this.#messages(from, epoch, content, kind)
    const { text, detail } = describeContent(type, content)
    const words = [detail, ...level].filter(word => word !== '').join(', ')
    if (type !== ContentType.changeCipherSpec) return [{ ...item, text, detail: words }]
    this.#secrets.change(from, epoch + 1)
    const again = this.#again(from, `change ${epoch}`)
    return [{ ...item, text, detail: words, flight: true, again }]
  }

  #open(from: Role, { type, version, epoch, sequence, fragment }: DtlsRecord): Uint8Array | null {
    const high = ((epoch << 16) | Math.floor(sequence / 2 ** 32)) >>> 0
    return this.#secrets.open(from, epoch, { type, version, high, low: sequence >>> 0, fragment })
  }

  #messages(from: Role, epoch: number, content: Uint8Array, kind: Item['kind']): Item[] {
    const items: Item[] = []
    const reader = new Reader(content)
    try {
      while (reader.remaining > 0) items.push(this.#fragment(from, epoch, readFragment(reader), kind))
    } catch (failure) {
      if (!(failure instanceof ProtocolFailure)) throw failure
      items.push({ text: 'What is no handshake message', detail: '', kind, flight: false, again: false })
    }
    return items
  }

  #fragment(from: Role, epoch: number, part: HandshakeFragment, kind: Item['kind']): Item {
    const { type, length, messageSequence, offset, fragment } = part
    const body = this.#whole(from, epoch, part)
    const again = this.#again(from, `${epoch} ${messageSequence} ${type} ${offset} ${fragment.length} ${length}`)
    const described = body === null ? { text: messageName(type), detail: '' } : describeMessage(type, body, true)
    const words = [described.detail]
    if (fragment.length < length) words.push(`bytes ${offset} to ${offset + fragment.length} of ${length}`)
    if (epoch > 0) words.push(`epoch ${epoch}`)
    return {
      text: described.text,
      detail: words.filter(word => word !== '').join(', '),
      kind,
      flight: true,
      again,
    }
  }

  /** The message's body when this fragment was the last that it wanted. */
  #whole(from: Role, epoch: number, part: HandshakeFragment): Uint8Array | null {
    const key = `${epoch} ${part.messageSequence}`
    const parts = this.#parts[from]
    let message = parts.get(key)
    if (message === undefined || !message.agrees(part)) {
      if (parts.size >= MOST_OPEN) parts.clear()
      message = new Reassembly(part)
      parts.set(key, message)
    }
    message.add(part)
    if (!message.complete) return null
    parts.delete(key)
    const body = message.body()
    const before = this.#secrets.clientRandom
    this.#secrets.hear(part.type, body, true)
    // Another client, or the same one from its beginning: its numbers, and the server's, begin at 0 again.
    if (epoch === 0 && this.#secrets.clientRandom !== before) for (const seen of Object.values(this.#seen)) seen.clear()
    return body
  }

  #again(from: Role, key: string): boolean {
    const again = this.#seen[from].has(key)
    this.#seen[from].add(key)
    return again
  }
}

/** Messages of one side that are put together at a time. */
const MOST_OPEN = 64
