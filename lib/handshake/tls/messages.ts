import { EMPTY } from '../../base/bytes.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import { readTlsMessageHeader, TLS_HANDSHAKE_HEADER, type TlsMessageHeader } from '../../wire/handshake.ts'
import { HandshakeType } from '../../wire/registry.ts'
import type { HandshakeMessage } from '../link.ts'
import { DEFAULT_MAX_CERTIFICATES, longestBody } from '../message-sizes.ts'

/** A message whose header says too much. Whether it may come at all is judged before that. */
class TooLong implements HandshakeMessage {
  readonly type: number

  constructor(type: number) {
    this.type = type
  }

  get body(): never {
    throw new ProtocolFailure('excessive-message-size')
  }

  get raw(): never {
    throw new ProtocolFailure('excessive-message-size')
  }
}

/**
 * Cuts the handshake content of a stream into messages, which records neither begin nor end (RFC 5246 section 6.2.1). What
 * is held is what has arrived: one message and what came in the same record as its end.
 */
export class StreamedMessages {
  /** The most bytes of a message that carries certificates, or asks for them. */
  maxCertificates = DEFAULT_MAX_CERTIFICATES
  /** A client passes over HelloRequest while it is at it anyway (RFC 5246 section 7.4.1.1). */
  passesOverRequests: boolean
  #buffer: Uint8Array = EMPTY
  #start = 0
  #end = 0

  constructor(passesOverRequests: boolean) {
    this.passesOverRequests = passesOverRequests
  }

  /** Bytes that belong to no message that was read. */
  get held(): number {
    return this.#end - this.#start
  }

  /** Those bytes; they stay. */
  peek(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end)
  }

  /** The message that comes next: its header, once it is there. */
  get header(): TlsMessageHeader | null {
    return readTlsMessageHeader(this.peek())
  }

  /** `read` has something to say: a whole message, or that one is too long. */
  get readable(): boolean {
    const { header } = this
    return header !== null && (this.#tooLong(header) || this.held >= TLS_HANDSHAKE_HEADER + header.length)
  }

  receive(payload: Uint8Array): void {
    if (this.#end + payload.length > this.#buffer.length) this.#makeRoom(payload.length)
    this.#buffer.set(payload, this.#end)
    this.#end += payload.length
    this.#passOver()
  }

  /** The next message, or null when it is not whole. One that is too long fails as soon as its content is asked for. */
  read(): HandshakeMessage | null {
    const { header } = this
    if (header === null) return null
    if (this.#tooLong(header)) return new TooLong(header.type)
    const length = TLS_HANDSHAKE_HEADER + header.length
    if (this.held < length) return null
    const raw = this.#buffer.slice(this.#start, this.#start + length)
    this.#start += length
    this.#passOver()
    if (this.held === 0) this.clear()
    return { type: header.type, body: raw.subarray(TLS_HANDSHAKE_HEADER), raw }
  }

  clear(): void {
    this.#buffer = EMPTY
    this.#start = 0
    this.#end = 0
  }

  #tooLong({ type, length }: TlsMessageHeader): boolean {
    return length > longestBody(type, this.maxCertificates)
  }

  #passOver(): void {
    while (this.passesOverRequests) {
      const { header } = this
      if (header === null || header.type !== HandshakeType.helloRequest || header.length > 0) return
      this.#start += TLS_HANDSHAKE_HEADER
    }
  }

  /** Twice as much as is there at a time, so that a message in many small records is not copied for each of them. */
  #makeRoom(length: number): void {
    const held = this.peek()
    const larger = new Uint8Array(Math.max(length + held.length, 2 * held.length))
    larger.set(held)
    this.#buffer = larger
    this.#end = held.length
    this.#start = 0
  }
}
