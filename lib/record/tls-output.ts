import { allocate } from '../base/allocate.ts'
import { EMPTY } from '../base/bytes.ts'
import { ProtocolFailure } from '../base/failure.ts'
import type { Sealer } from '../crypto/sealer.ts'
import { TLS_RECORD_HEADER, writeTlsHeader } from '../wire/record.ts'
import { ContentType } from '../wire/registry.ts'
import { WriteEpoch } from './epoch.ts'

export interface TlsOutputOptions {
  /** Called with each record that is made: its 5 header bytes are in `bytes` from `at` on. */
  readonly onHeader: (bytes: Uint8Array, at: number) => void
}

/** Records out, a piece each: protected in the order of sending, and kept until the transport takes them. */
export class TlsOutput {
  /** The version that the next records carry. */
  version: number
  #epoch = new WriteEpoch(0, null)
  /** Each data record follows an empty one, as the IV of TLS 1.0 is known to whoever listens. */
  #guarded = false
  #records: Uint8Array[] = []
  readonly #options: TlsOutputOptions

  constructor(version: number, options: TlsOutputOptions) {
    this.version = version
    this.#options = options
  }

  get epoch(): WriteEpoch {
    return this.#epoch
  }

  /** Records that wait for the transport. */
  get queued(): number {
    return this.#records.length
  }

  /** Takes the records over, in the order of sending. */
  take(): Uint8Array[] {
    const records = this.#records
    this.#records = []
    return records
  }

  /** Everything from here on is protected with these keys. `guarded`: see `sendData`. */
  installKeys(sealer: Sealer, guarded: boolean): void {
    this.#epoch.sealer?.wipe()
    this.#epoch = new WriteEpoch(this.#epoch.number + 1, sealer)
    this.#guarded = guarded
  }

  /**
   * One record of application data. Where CBC chains its IVs (TLS 1.0) an empty record goes before the first of what is
   * written at once, so that nobody can choose text to fit the IV (libssl's empty fragments); `continued` says that it went.
   */
  sendData(payload: Uint8Array, continued: boolean): void {
    if (this.#guarded && !continued) this.send(ContentType.applicationData, EMPTY)
    this.send(ContentType.applicationData, payload)
  }

  /** One record. */
  send(type: number, payload: Uint8Array): void {
    const sequence = this.#epoch.take()
    if (sequence === null)
      throw new ProtocolFailure('internal-error', { detail: 'record sequence numbers are used up' })
    const { sealer } = this.#epoch
    const length = sealer?.sealedLength(payload.length) ?? payload.length
    const out = allocate(TLS_RECORD_HEADER + length)
    writeTlsHeader(out, 0, type, this.version, length)
    if (sealer === null) out.set(payload, TLS_RECORD_HEADER)
    else {
      const high = Math.floor(sequence / 2 ** 32)
      sealer.seal(type, this.version, high, sequence >>> 0, payload, out, TLS_RECORD_HEADER)
    }
    this.#options.onHeader(out, 0)
    this.#records.push(out)
  }
}
