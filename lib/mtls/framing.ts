import { ProtocolFailure } from '../base/failure.ts'
import { Reader } from '../wire/reader.ts'
import { CONTROL_HEADER, MessageType, PLAINTEXT_HEADER } from './messages.ts'

/** Where messages go as they are found in a stream. */
export interface FrameSink {
  /** A control message, whole. The bytes are the sink's. */
  onControl(message: Uint8Array): void
  /** MTLSPlaintext begins; false when its data is not wanted, and is then passed over. */
  onPlaintextStart(channelId: number, length: number): boolean
  /** Its data, whole. */
  onPlaintext(channelId: number, data: Uint8Array): void
}

/**
 * Cuts the bytes of a stream into MTLS messages, wherever the records end. What is not wanted is never kept, and what a length
 * promises is not set aside before it has come.
 */
export class FrameReader {
  readonly #sink: FrameSink
  /** The beginning of a message whose length is not known yet. */
  #header = new Uint8Array(PLAINTEXT_HEADER)
  #headerLength = 0
  #body: Body | null = null

  constructor(sink: FrameSink) {
    this.#sink = sink
  }

  /** `ProtocolFailure` when a length is shorter than its own header: where the next message begins is then not known. */
  receive(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length) {
      if (this.#body === null) at += this.#readHeader(bytes.subarray(at))
      else at += this.#body.take(bytes.subarray(at))
      if (this.#body?.left === 0) {
        const { finish } = this.#body
        this.#body = null
        finish()
      }
    }
  }

  /** How many bytes of the header were taken. */
  #readHeader(bytes: Uint8Array): number {
    const type = this.#headerLength > 0 ? this.#header[0] : bytes[0]
    const needed = type === MessageType.plaintext ? PLAINTEXT_HEADER : CONTROL_HEADER
    const taken = Math.min(needed - this.#headerLength, bytes.length)
    this.#header.set(bytes.subarray(0, taken), this.#headerLength)
    this.#headerLength += taken
    if (this.#headerLength < needed) return taken
    this.#headerLength = 0
    const view = new DataView(this.#header.buffer)
    if (type === MessageType.plaintext) this.#startPlaintext(view.getUint32(5), view.getUint32(1))
    else this.#startControl(view.getUint16(1))
    return taken
  }

  #startPlaintext(channelId: number, length: number): void {
    const data = this.#sink.onPlaintextStart(channelId, length) ? new Growing() : null
    this.#body = new Body(length, data, () => {
      if (data !== null) this.#sink.onPlaintext(channelId, data.finish())
    })
  }

  #startControl(length: number): void {
    if (length < CONTROL_HEADER) throw new ProtocolFailure('length-mismatch')
    const message = new Growing()
    message.add(this.#header.subarray(0, CONTROL_HEADER))
    this.#body = new Body(length - CONTROL_HEADER, message, () => this.#sink.onControl(message.finish()))
  }
}

/** The MTLSPlaintext messages of a record, up to the first that is none, or is not whole. The data are views. */
export function* readPlaintexts(record: Uint8Array): Generator<{ id: number; data: Uint8Array }> {
  const reader = new Reader(record)
  while (reader.remaining >= PLAINTEXT_HEADER && reader.u8() === MessageType.plaintext) {
    const length = reader.u32()
    const id = reader.u32()
    if (length > reader.remaining) return
    yield { id, data: reader.bytes(length) }
  }
}

/** What is still to come of a message; without `kept` it is only counted. */
class Body {
  left: number
  readonly finish: () => void
  readonly #kept: Growing | null

  constructor(left: number, kept: Growing | null, finish: () => void) {
    this.left = left
    this.#kept = kept
    this.finish = finish
  }

  take(bytes: Uint8Array): number {
    const part = bytes.subarray(0, this.left)
    this.#kept?.add(part)
    this.left -= part.length
    return part.length
  }
}

/** Bytes that come in pieces of any size: never more than twice as much is set aside as has come. */
class Growing {
  #buffer = new Uint8Array(64)
  #length = 0

  add(bytes: Uint8Array): void {
    const length = this.#length + bytes.length
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#buffer.length))
      larger.set(this.#buffer.subarray(0, this.#length))
      this.#buffer = larger
    }
    this.#buffer.set(bytes, this.#length)
    this.#length = length
  }

  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#length)
  }
}
