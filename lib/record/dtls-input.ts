import { copy } from '../base/bytes.ts'
import { ProtocolFailure } from '../base/failure.ts'
import { BoundedQueue } from '../base/queue.ts'
import type { Opener } from '../crypto/sealer.ts'
import { type DtlsRecord, MAX_CIPHERTEXT, MAX_PLAINTEXT, readDtlsRecord } from '../wire/record.ts'
import { ContentType } from '../wire/registry.ts'
import { admit } from './admission.ts'
import type { Discards } from './discard.ts'
import { ReadEpoch } from './epoch.ts'
import type { OpenedRecord } from './opened-record.ts'

export interface DtlsInputOptions {
  /** Records in the replay window; null turns it off (RFC 6083). */
  readonly replayWindow: number | null
  readonly discards: Discards
  /** The transport delivers, so that nothing may be dropped for want of room: more is kept, and beyond that it fails. */
  readonly reliable?: boolean
  /** Called with each whole record that arrives: its 13 header bytes are in `bytes` from `at` on. */
  readonly onHeader: (bytes: Uint8Array, at: number) => void
}

/**
 * Datagrams in, opened records out. A record passes: shape, epoch, replay check, authentication, replay mark, size.
 * Failing any of them it is dropped and counted (RFC 6347 section 4.1.2.7). Records of the next epoch that overtake the
 * ChangeCipherSpec wait, bounded, until their keys are there.
 */
export class DtlsInput {
  /** True while a handshake is under way: admits plaintext handshake messages and keeps early records. */
  handshaking = true
  /** The most plaintext a record may hold, in bytes (RFC 6066 section 4 lowers it). */
  maxPlaintext = MAX_PLAINTEXT
  /** The negotiated version that protected records must carry; null before negotiation. */
  version: number | null = null
  #epoch: ReadEpoch
  #datagram: Uint8Array | null = null
  #at = 0
  readonly #options: DtlsInputOptions
  readonly #waiting: BoundedQueue<Uint8Array>
  readonly #early: BoundedQueue<Uint8Array>

  constructor(options: DtlsInputOptions) {
    this.#options = options
    const { waiting, early } = options.reliable === true ? RELIABLE_ROOM : LOSSY_ROOM
    this.#waiting = new BoundedQueue(waiting.count, waiting.bytes, datagram => datagram.length)
    this.#early = new BoundedQueue(early.count, early.bytes, record => record.length)
    // No window without keys: a forged number would shut it. The handshake knows its messages by their own numbers.
    this.#epoch = new ReadEpoch(0, null, null)
  }

  get epoch(): number {
    return this.#epoch.number
  }

  /** Something is left that `next` has not looked at. */
  get pending(): boolean {
    return this.#datagram !== null || this.#waiting.length > 0
  }

  /** Takes a datagram over; the bytes must stay as they are until they have been processed. */
  receive(datagram: Uint8Array): void {
    if (this.#datagram === null && this.#waiting.length === 0) {
      this.#datagram = datagram
      this.#at = 0
    } else if (!this.#waiting.push(copy(datagram))) {
      this.#overflow('input-full', datagram)
    }
  }

  /** The next record that may be looked at, or null when the input is used up. */
  next(): OpenedRecord | null {
    for (;;) {
      const record = this.#take()
      if (record === null) return null
      const opened = this.#open(record)
      if (opened !== null) return opened
    }
  }

  /** The peer's ChangeCipherSpec took effect: reads the next epoch with these keys, early records of it first. */
  installKeys(opener: Opener): void {
    this.#epoch.opener?.wipe()
    this.#epoch = new ReadEpoch(this.#epoch.number + 1, opener, this.#options.replayWindow)
    this.#requeueEarly()
  }

  /** No change of keys is expected any more: what waits for the next ones is nobody's. */
  settle(): void {
    this.handshaking = false
    this.#early.clear()
  }

  /** RFC 6347 section 4.2.1: a stateless cookie exchange has read the first records already. */
  forget(): void {
    this.#datagram = null
    this.#waiting.clear()
  }

  wipe(): void {
    this.#epoch.opener?.wipe()
    this.#early.clear()
    this.forget()
  }

  #take(): DtlsRecord | null {
    while (this.#datagram !== null || this.#advance()) {
      const datagram = this.#datagram
      if (datagram === null) continue
      const record = readDtlsRecord(datagram, this.#at)
      if (record === null) {
        if (this.#at < datagram.length || datagram.length === 0) this.#discard('truncated-record', datagram)
        this.#datagram = null
        continue
      }
      this.#at = record.end
      if (this.#at === datagram.length) this.#datagram = null
      return record
    }
    return null
  }

  #advance(): boolean {
    const datagram = this.#waiting.shift()
    if (datagram === undefined) return false
    this.#datagram = datagram
    this.#at = 0
    return true
  }

  #open(record: DtlsRecord): OpenedRecord | null {
    const { type, version, epoch, sequence, fragment } = record
    this.#options.onHeader(record.datagram, record.start)
    if (version >> 8 !== DTLS_MAJOR) return this.#discard('bad-version', fragment)
    if (fragment.length > MAX_CIPHERTEXT) return this.#discard('oversized-record', fragment)
    if (epoch !== this.#epoch.number) return this.#otherEpoch(record)
    const { window, opener } = this.#epoch
    if (opener !== null && this.version !== null && version !== this.version)
      return this.#discard('bad-version', fragment)
    const refused = admit(type, { epoch, handshaking: this.handshaking })
    if (refused !== null) return this.#discard(refused, fragment)
    if (window !== null && !window.admits(sequence)) return this.#discard('replayed', fragment)
    let payload = fragment
    if (opener !== null) {
      const high = ((epoch << 16) | Math.floor(sequence / 2 ** 32)) >>> 0
      const plaintext = opener.open(type, version, high, sequence >>> 0, fragment)
      if (plaintext === null) return this.#discard('bad-mac', fragment)
      // Data goes to the reader at once; what is processed may lead to sealing, which reuses the opener's memory.
      payload = type === ContentType.applicationData ? plaintext : copy(plaintext)
    }
    window?.mark(sequence)
    if (payload.length > this.maxPlaintext) {
      // Only what is authenticated may end a connection.
      if (opener !== null) throw new ProtocolFailure('record-overflow')
      return this.#discard('oversized-record', fragment)
    }
    return { type, version, epoch, sequence, payload }
  }

  #otherEpoch(record: DtlsRecord): null {
    const { epoch, fragment, datagram, start, end } = record
    if (epoch < this.#epoch.number) return this.#discard('old-epoch', fragment)
    if (epoch > this.#epoch.number + 1 || !this.handshaking) return this.#discard('far-epoch', fragment)
    if (!this.#early.push(copy(datagram.subarray(start, end)))) return this.#overflow('early-records-full', fragment)
    return null
  }

  /** Puts the early records before what is left of the current datagram and the waiting ones. */
  #requeueEarly(): void {
    const rest: Uint8Array[] = []
    if (this.#datagram !== null) rest.push(copy(this.#datagram.subarray(this.#at)))
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) rest.push(next)
    this.#datagram = null
    for (let early = this.#early.shift(); early !== undefined; early = this.#early.shift()) this.receive(early)
    for (const datagram of rest) this.receive(datagram)
  }

  #overflow(reason: 'input-full' | 'early-records-full', bytes: Uint8Array): null {
    if (this.#options.reliable === true) throw new ProtocolFailure('internal-error', { detail: reason })
    return this.#discard(reason, bytes)
  }

  #discard(reason: Parameters<Discards['note']>[0], bytes: Uint8Array): null {
    this.#options.discards.note(reason, bytes)
    return null
  }
}

const DTLS_MAJOR = 0xfe
const LOSSY_ROOM = { waiting: { count: 256, bytes: 2 ** 19 }, early: { count: 32, bytes: 2 ** 16 } }
/** What a receiver window of 4 MiB lets a peer have under way. */
const RELIABLE_ROOM = { waiting: { count: 2 ** 15, bytes: 2 ** 22 }, early: { count: 2 ** 15, bytes: 2 ** 22 } }
