import { Alert, AlertLevel } from '../base/alert.ts'
import { ProtocolFailure } from '../base/failure.ts'
import type { Observer } from '../handshake/observer.ts'
import type { Discards } from '../record/discard.ts'
import type { OpenedRecord } from '../record/opened-record.ts'
import { alert as alertMessage } from '../wire/messages/alert.ts'
import { ContentType } from '../wire/registry.ts'
import type { Channel } from './channel.ts'

export interface AlertsOptions {
  readonly channel: Channel
  readonly observer: Observer
  readonly discards: Discards
  /** The version that watchers are told. */
  readonly version: () => number
}

/** The alerts of a connection, both ways (RFC 5246 section 7.2). */
export class Alerts {
  /** A close_notify or a fatal alert has come. */
  receivedClose = false
  /** close_notify was sent. */
  #sentClose = false
  /** close_notify has come, and counts once what was sent before it has been read. */
  #closeCame = false
  #warnings = 0
  readonly #options: AlertsOptions

  constructor(options: AlertsOptions) {
    this.#options = options
  }

  get sentClose(): boolean {
    return this.#sentClose
  }

  send(level: number, description: number): void {
    const { channel, observer, version } = this.#options
    const bytes = alertMessage.write({ level, description })
    channel.send(ContentType.alert, bytes)
    observer.onMessage?.(true, version(), ContentType.alert, bytes)
    observer.onAlert?.(true, level, description)
  }

  sendClose(): void {
    this.#sentClose = true
    this.send(AlertLevel.warning, Alert.closeNotify)
  }

  /** All input has been looked at: a close_notify that came now counts, unless messages of other streams wait behind it. */
  settle(): void {
    if (this.#closeCame && (this.#options.channel.link.association?.exhausted ?? true)) this.receivedClose = true
  }

  /** Something else than an alert has come: the warnings before it were not a flood. */
  interrupted(): void {
    this.#warnings = 0
  }

  /** Takes an alert that came. Fails where it ends the connection; the result is a warning to think about, or null. */
  receive({ payload, epoch }: OpenedRecord): number | null {
    const { channel, observer, version } = this.#options
    // What nobody has authenticated and makes no sense is dropped (RFC 6347 section 4.1.2.7); a stream knows no such mercy.
    const strict = epoch > 0 || !channel.link.datagram
    const [level, description] = payload
    if (payload.length !== 2 || level === undefined || description === undefined) {
      if (strict) throw new ProtocolFailure('invalid-alert')
      return this.#discard(payload)
    }
    observer.onMessage?.(false, version(), ContentType.alert, payload)
    observer.onAlert?.(false, level, description)
    if (level === AlertLevel.warning) return this.#onWarning(description, strict)
    if (level === AlertLevel.fatal) {
      this.receivedClose = true
      throw new ProtocolFailure('alert-received', { received: description })
    }
    if (strict) throw new ProtocolFailure('unknown-alert-type')
    return this.#discard(payload)
  }

  #onWarning(description: number, strict: boolean): number | null {
    if (description === Alert.closeNotify) {
      this.#closeCame = true
      this.settle()
      return null
    }
    this.#warnings++
    const most = this.#options.channel.link.datagram ? MAX_WARNINGS : MAX_STREAM_WARNINGS
    if (strict && this.#warnings > most) throw new ProtocolFailure('too-many-warn-alerts')
    return description
  }

  #discard(payload: Uint8Array): null {
    this.#options.discards.note('malformed-alert', payload)
    return null
  }
}

/** Warnings in a row. libssl, which counts a datagram's more than once, ends a stream at the fifth. */
const MAX_WARNINGS = 5
const MAX_STREAM_WARNINGS = 4
