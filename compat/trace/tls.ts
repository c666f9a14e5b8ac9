import { concat, copy, EMPTY } from '../../lib/base/bytes.ts'
import { readTlsMessageHeader, TLS_HANDSHAKE_HEADER } from '../../lib/wire/handshake.ts'
import { MAX_CIPHERTEXT, readTlsHeader, TLS_RECORD_HEADER, type TlsHeader } from '../../lib/wire/record.ts'
import { ContentType, HandshakeType } from '../../lib/wire/registry.ts'
import type { Role } from '../demo/events.ts'
import { describeContent, describeMessage, describeSealed } from './describe.ts'
import type { Secrets } from './secrets.ts'
import type { Item } from './steps.ts'

/** An item and the bytes of the stream that it is made of, the headers of its records among them. */
export interface Span {
  readonly start: number
  end: number
  readonly item: Item
}

/** Whether a stream begins with a ClientHello, which tells the client of a connection. */
export function beginsTls(payload: Uint8Array): boolean {
  const header = readTlsHeader(payload, 0)
  if (header === null || !isTls(header) || header.type !== ContentType.handshake) return false
  return payload[TLS_RECORD_HEADER] === HandshakeType.clientHello
}

function isTls({ version, length }: TlsHeader): boolean {
  return version >> 8 === 3 && length <= MAX_CIPHERTEXT
}

/** Reads the two streams of a connection, as far as their bytes have come. */
export class TlsReader {
  readonly #secrets: Secrets
  readonly #sides: Record<Role, Side> = { client: new Side(), server: new Side() }

  constructor(secrets: Secrets) {
    this.#secrets = secrets
  }

  /** What was found in this side's stream so far, in its order. */
  spans(from: Role): readonly Span[] {
    return this.#sides[from].spans
  }

  /** The next bytes of this side's stream. */
  read(from: Role, bytes: Uint8Array): void {
    const side = this.#sides[from]
    if (side.lost) return
    side.unread = concat(side.unread, bytes)
    for (;;) {
      const header = readTlsHeader(side.unread, 0)
      if (header === null) return
      if (!isTls(header)) {
        side.lose()
        return
      }
      const length = TLS_RECORD_HEADER + header.length
      if (side.unread.length < length) return
      this.#record(from, side, header, side.unread.slice(TLS_RECORD_HEADER, length))
      if (side.lost) return
      side.unread = side.unread.subarray(length)
      side.at += length
    }
  }

  #record(from: Role, side: Side, { type, version }: TlsHeader, fragment: Uint8Array): void {
    const span = { start: side.at, end: side.at + TLS_RECORD_HEADER + fragment.length }
    const sealed = side.epoch > 0 || (this.#secrets.thirteen && type === ContentType.applicationData)
    const kind = sealed ? 'sealed' : 'plain'
    const content = sealed ? this.#open(from, side, type, version, fragment) : fragment
    if (content === null) {
      const text = this.#secrets.thirteen ? 'Encrypted record' : describeSealed(type)
      side.spans.push({ ...span, item: { ...plainItem(text), kind } })
    } else if (type === ContentType.handshake) this.#messages(side, span, content, kind)
    else {
      const change = type === ContentType.changeCipherSpec
      side.spans.push({ ...span, item: { ...plainItem(''), ...describeContent(type, content), kind, flight: change } })
      // TLS 1.3 sends one that means nothing (RFC 8446 appendix D.4).
      if (change && !this.#secrets.thirteen) {
        side.epoch++
        side.sequence = 0
        this.#secrets.change(from, side.epoch)
      }
    }
  }

  #open(from: Role, side: Side, type: number, version: number, fragment: Uint8Array): Uint8Array | null {
    const low = side.sequence++
    return this.#secrets.open(from, side.epoch, { type, version, high: 0, low, fragment })
  }

  /** A record may hold several messages, and a message several records. */
  #messages(side: Side, record: { start: number; end: number }, content: Uint8Array, kind: Item['kind']): void {
    const begun = side.message.length > 0
    side.message = concat(side.message, content)
    for (let first = true; ; first = false) {
      const header = readTlsMessageHeader(side.message)
      const length = TLS_HANDSHAKE_HEADER + (header?.length ?? 0)
      if (!(first && begun)) side.messageStart = side.spans.at(-1)?.end ?? record.start
      if (length > LONGEST_MESSAGE) side.lose()
      if (header === null || side.message.length < length) return
      const body = copy(side.message.subarray(TLS_HANDSHAKE_HEADER, length))
      this.#secrets.hear(header.type, body, false)
      side.message = side.message.subarray(length)
      // Encrypted there is no saying where in the record a message ends.
      const end = record.end - (kind === 'plain' ? side.message.length : 0)
      const described = describeMessage(header.type, body, false)
      const item = { ...described, kind, flight: true, again: false } as const
      side.spans.push({ start: Math.min(side.messageStart, end), end, item })
      if (side.message.length === 0) return
    }
  }
}

class Side {
  readonly spans: Span[] = []
  /** What is no whole record yet, and its place in the stream. */
  unread: Uint8Array = EMPTY
  at = 0
  /** What is no whole handshake message yet, and where it begins. */
  message: Uint8Array = EMPTY
  messageStart = 0
  epoch = 0
  sequence = 0
  lost = false

  /** From here on there is no telling where anything begins. */
  lose(): void {
    this.lost = true
    this.spans.push({ start: this.at, end: Number.POSITIVE_INFINITY, item: plainItem('What is not TLS') })
  }
}

/** No handshake message that anybody takes is longer, in bytes. */
const LONGEST_MESSAGE = 1 << 20

function plainItem(text: string): Item {
  return { text, detail: '', kind: 'plain', flight: false, again: false }
}
