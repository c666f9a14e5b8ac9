import { copy, EMPTY, latin1 } from '../base/bytes.ts'
import { ProtocolFailure } from '../base/failure.ts'
import type { Opener } from '../crypto/sealer.ts'
import { MAX_PLAINTEXT, MAX_SEQUENCE, readTlsHeader, TLS_RECORD_HEADER, type TlsHeader } from '../wire/record.ts'
import { ContentType } from '../wire/registry.ts'
import type { OpenedRecord } from './opened-record.ts'

export interface TlsInputOptions {
  /** Called with each record header that arrives: its 5 bytes are in `bytes` from `at` on. */
  readonly onHeader: (bytes: Uint8Array, at: number, version: number) => void
  /** Called when nobody has keys yet and a record does not carry the negotiated version: whom we refuse knows that one. */
  readonly onOtherVersion: (version: number) => void
}

/**
 * A stream of bytes in, opened records out. One record at most is held, so that what a peer sends never decides how much
 * memory is used. Nothing is dropped: a record that is not as it should be ends the connection, and `next` throws.
 */
export class TlsInput {
  /** The most plaintext a record may hold, in bytes (RFC 6066 section 4 lowers it). */
  maxPlaintext = MAX_PLAINTEXT
  /** The negotiated version, which every record must carry; null before negotiation: any of SSL 3 and its heirs. */
  version: number | null = null
  #buffer: Uint8Array = EMPTY
  #start = 0
  #end = 0
  /** The header of the record whose body is awaited. */
  #header: TlsHeader | null = null
  #opener: Opener | null = null
  #epoch = 0
  #sequence = 0
  #first = true
  #emptyRecords = 0
  readonly #options: TlsInputOptions

  constructor(options: TlsInputOptions) {
    this.#options = options
  }

  /** How often the keys have been changed; 0: plaintext. */
  get epoch(): number {
    return this.#epoch
  }

  /** Bytes that `next` has not looked at yet. */
  get pending(): number {
    return this.#end - this.#start
  }

  /** Bytes that have come behind the last header that was looked at, or begin the next one. */
  get unread(): number {
    return this.#header === null ? this.pending : this.pending - TLS_RECORD_HEADER
  }

  /** The body of a record is awaited. */
  get midRecord(): boolean {
    return this.#header !== null
  }

  /** Bytes that are missing until the next header, or the body behind it, is whole. */
  get wanted(): number {
    return Math.max(0, this.#needed - this.pending)
  }

  /** Bytes that `receive` takes now. */
  get room(): number {
    return CAPACITY - this.pending
  }

  /** Takes as many bytes as there is room for; the result is how many. */
  receive(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, this.room)
    if (taken === 0) return 0
    if (this.#buffer.length === 0) this.#buffer = new Uint8Array(CAPACITY)
    if (this.#end + taken > CAPACITY) {
      this.#buffer.copyWithin(0, this.#start, this.#end)
      this.#end -= this.#start
      this.#start = 0
    }
    this.#buffer.set(taken === bytes.length ? bytes : bytes.subarray(0, taken), this.#end)
    this.#end += taken
    return taken
  }

  /** The next record, or null when it has not come whole. */
  next(): OpenedRecord | null {
    this.#header ??= this.#readHeader()
    const header = this.#header
    if (header === null || this.pending < TLS_RECORD_HEADER + header.length) return null
    const body = this.#start + TLS_RECORD_HEADER
    const end = body + header.length
    this.#header = null
    this.#first = false
    const record = this.#open(header, this.#buffer.subarray(body, end))
    this.#start = end === this.#end ? 0 : end
    if (this.#start === 0) this.#end = 0
    return record
  }

  /** The peer's ChangeCipherSpec took effect: what follows is read with these keys. */
  installKeys(opener: Opener): void {
    this.#opener?.wipe()
    this.#opener = opener
    this.#epoch++
    this.#sequence = 0
  }

  /** Gives the buffer back while nothing is in it (SSL_MODE_RELEASE_BUFFERS). */
  release(): void {
    if (this.pending === 0) this.#buffer = EMPTY
  }

  wipe(): void {
    this.#opener?.wipe()
    this.#start = 0
    this.#end = 0
    this.#header = null
    this.#buffer = EMPTY
  }

  get #needed(): number {
    return TLS_RECORD_HEADER + (this.#header?.length ?? 0)
  }

  /** The checks in libssl's order, as soon as there is a header: the body of a wrong one is not waited for. */
  #readHeader(): TlsHeader | null {
    if (this.pending < TLS_RECORD_HEADER) return null
    const header = readTlsHeader(this.#buffer, this.#start)
    if (header === null) return null
    this.#options.onHeader(this.#buffer, this.#start, header.version)
    if (this.version !== null && header.version !== this.version) throw this.#wrongVersion(header)
    if (header.version >> 8 !== TLS_MAJOR) throw this.#notTls()
    if (header.length > LONGEST_READ) throw new ProtocolFailure('packet-length-too-long')
    if (header.length > MAX_FRAGMENT) throw new ProtocolFailure('encrypted-length-too-long')
    return header
  }

  /** An alert in another version is not answered: it is fatal, most likely, and the peer gone. */
  #wrongVersion({ type, version }: TlsHeader): ProtocolFailure {
    const plain = this.#epoch === 0 && version >> 8 === TLS_MAJOR
    const silent = plain && type === ContentType.alert
    if (plain) this.#options.onOtherVersion(version)
    return new ProtocolFailure('wrong-version-number', silent ? { alert: null } : {})
  }

  /** Who does not speak TLS at all is not answered in it; SSL 2 is among them. */
  #notTls(): ProtocolFailure {
    if (!this.#first) return new ProtocolFailure('wrong-version-number')
    const start = latin1(this.#buffer.subarray(this.#start, this.#start + TLS_RECORD_HEADER))
    if (/^(GET |POST |HEAD |PUT )/.test(start)) return new ProtocolFailure('http-request')
    if (start === 'CONNE') return new ProtocolFailure('https-proxy-request')
    return new ProtocolFailure('wrong-version-number', { alert: null })
  }

  #open({ type, version }: TlsHeader, fragment: Uint8Array): OpenedRecord {
    const sequence = this.#sequence
    // RFC 5246 section 6.1: sequence numbers never wrap.
    if (sequence > MAX_SEQUENCE) throw new ProtocolFailure('internal-error')
    this.#sequence++
    let payload = fragment
    if (this.#opener !== null) {
      const plaintext = this.#opener.open(type, version, Math.floor(sequence / 2 ** 32), sequence >>> 0, fragment)
      if (plaintext === null) throw new ProtocolFailure('bad-record-mac')
      // Data goes to the reader at once; what is processed may lead to sealing, which reuses the opener's memory.
      payload = type === ContentType.applicationData ? plaintext : copy(plaintext)
    }
    if (payload.length > this.maxPlaintext) throw new ProtocolFailure('record-overflow')
    this.#countEmpty(payload.length)
    return { type, version, epoch: this.#epoch, sequence, payload }
  }

  /** Records without content cost the peer nothing and move nothing on. */
  #countEmpty(length: number): void {
    this.#emptyRecords = length === 0 ? this.#emptyRecords + 1 : 0
    if (this.#emptyRecords > MAX_EMPTY_RECORDS) throw new ProtocolFailure('too-many-empty-records')
  }
}

const TLS_MAJOR = 3
/** As libssl: the most that padding, IV and MAC can add. RFC 5246 section 6.2.3 would have 2048. */
const MAX_FRAGMENT = MAX_PLAINTEXT + 320
/** Beyond libssl's buffer, whose alignment leaves it three bytes more, it has another name for the same. */
const LONGEST_READ = MAX_FRAGMENT + 3
const CAPACITY = TLS_RECORD_HEADER + MAX_FRAGMENT
/** As libssl: in a row. */
const MAX_EMPTY_RECORDS = 32
