import { Alert } from '../base/alert.ts'
import { ProtocolFailure } from '../base/failure.ts'
import type { Association } from '../handshake/association.ts'
import type { Observer } from '../handshake/observer.ts'
import type { Discards } from '../record/discard.ts'
import type { OpenedRecord } from '../record/opened-record.ts'
import { ContentType } from '../wire/registry.ts'
import type { Alerts } from './alerts.ts'
import type { Channel } from './channel.ts'
import type { Handshakes } from './handshakes.ts'
import type { Heartbeats } from './heartbeats.ts'
import { Inbox } from './inbox.ts'

export interface IntakeOptions {
  readonly channel: Channel
  readonly alerts: Alerts
  readonly handshakes: Handshakes
  readonly heartbeats: Heartbeats
  readonly discards: Discards
  readonly observer: Observer
  /** The version that watchers are told. */
  readonly version: () => number
  /** The connection has failed: nothing is looked at any more. */
  readonly failed: () => boolean
}

/**
 * What `read` met on its way that was no data: a handshake record that was answered with nothing behind it, or one that
 * could not be answered any more, after close_notify.
 */
export type Interruption = 'answered' | 'ignored'

/** What comes in: each record goes to whom it concerns, and application data to the reader. */
export class Intake {
  readonly #options: IntakeOptions
  readonly #association: Association | null
  readonly #inbox: Inbox
  #interruption: Interruption | null = null

  constructor(options: IntakeOptions) {
    this.#options = options
    this.#association = options.channel.link.association ?? null
    this.#inbox = new Inbox(this.#association)
  }

  /** Bytes of the record being read that are left. */
  get available(): number {
    return this.#inbox.available
  }

  /** Something has arrived that was not read yet. */
  get occupied(): boolean {
    return this.#inbox.occupied || this.#options.channel.hasInput
  }

  /** The reader is behind, and the transport keeps what comes. */
  get crowded(): boolean {
    return this.#association !== null && this.#inbox.crowded
  }

  /** Why the last `read` that may be interrupted was. */
  get interruption(): Interruption | null {
    return this.#interruption
  }

  /** A Finished has confirmed the keys that are now read with: data which came under them may be read. */
  trust(): void {
    this.#inbox.trusted = this.#options.channel.epoch
  }

  /** Copies data of one record to `out` and returns how many bytes; 0: there is none now, or there was an interruption. */
  read(out: Uint8Array, peek: boolean, interruptible: boolean): number {
    this.#interruption = null
    const kept = this.#inbox.read(out, peek)
    if (kept > 0) return kept
    // Another handshake may begin with any record.
    while (this.#options.handshakes.settled && this.#open) {
      const record = this.#options.channel.next()
      if (record === null) {
        this.#options.alerts.settle()
        return 0
      }
      const waiting = this.#options.channel.hasOutput
      const data = this.#dispatch(record)
      if (data !== null && data.length > 0) return this.#inbox.pass(record, out, peek)
      this.#interruption = interruptible ? this.#interruptionBy(record, waiting) : null
      if (this.#interruption !== null) return 0
    }
    return 0
  }

  /** Looks at the next record, and keeps its data for `read`; false when none has come. */
  take(): boolean {
    const record = this.#options.channel.next()
    if (record === null) return false
    const data = this.#dispatch(record)
    if (data !== null && !this.#inbox.keep(data, record)) this.#overflow(data)
    return true
  }

  /** Looks at all that has come. */
  takeAll(): void {
    while (this.#open) {
      if (this.take()) continue
      this.#options.alerts.settle()
      return
    }
  }

  clear(): void {
    this.#inbox.clear()
  }

  get #open(): boolean {
    return !this.#options.failed() && !this.#options.alerts.receivedClose
  }

  /** @param waiting - there was output already, whose sender does not wait for this record */
  #interruptionBy({ type }: OpenedRecord, waiting: boolean): Interruption | null {
    if (type !== ContentType.handshake) return null
    const { channel, alerts } = this.#options
    if (channel.hasOutput) return waiting || channel.hasInput ? null : 'answered'
    return alerts.sentClose ? 'ignored' : null
  }

  #overflow(data: Uint8Array): void {
    // A stream with a hole in it is worth nothing.
    if (!this.#options.channel.link.datagram) throw new ProtocolFailure('unexpected-record')
    if (this.#association !== null) throw new ProtocolFailure('internal-error', { detail: 'inbox-full' })
    this.#options.discards.note('inbox-full', data)
  }

  /** Gives a record to whom it concerns; the result is application data. */
  #dispatch(record: OpenedRecord): Uint8Array | null {
    const { alerts, handshakes, heartbeats, discards } = this.#options
    const { type, payload } = record
    if (type !== ContentType.alert && payload.length > 0) alerts.interrupted()
    switch (type) {
      case ContentType.handshake:
        this.#onHandshake(record)
        return null
      case ContentType.changeCipherSpec:
        this.#onChangeCipherSpec(record)
        return null
      case ContentType.alert:
        if (alerts.receive(record) === Alert.noRenegotiation) handshakes.onRefusal()
        return null
      case ContentType.applicationData:
        return payload
      case ContentType.heartbeat:
        heartbeats.receive(payload)
        return null
      default:
        discards.note('not-admitted', payload)
        return null
    }
  }

  #onHandshake(record: OpenedRecord): void {
    const { channel, alerts, handshakes } = this.#options
    // Nothing could be answered (RFC 5246 section 7.2.1); a datagram may still ask for the last flight again.
    if (alerts.sentClose && !channel.link.datagram) return
    const idle = handshakes.established && !handshakes.underWay
    const opening = idle ? channel.opening(record) : null
    if (opening === null) channel.receiveHandshake(record)
    else if (!alerts.sentClose) handshakes.onOpening(record, opening)
  }

  #onChangeCipherSpec(record: OpenedRecord): void {
    const { channel, observer, version } = this.#options
    // As in libssl, which hears it in TLS without a word.
    if (channel.link.datagram) observer.onMessage?.(false, version(), record.type, record.payload)
    channel.receiveChangeCipherSpec(record)
  }
}
