import type { sctp_rcvinfo } from '../sctp/api/index.ts'
import { readDtlsRecord } from '../wire/record.ts'

/** How a message has come. */
export type ReceiveInfo = Omit<sctp_rcvinfo, 'rcv_assoc_id'>

/** How records with data have come that have been read and wait for their reader, by epoch and number. */
export class Deliveries {
  readonly #waiting = new Map<number, ReceiveInfo>()

  note(record: Uint8Array, info: ReceiveInfo): void {
    const header = readDtlsRecord(record, 0)
    if (header === null) return
    this.#waiting.set(recordKey(header.epoch, header.sequence), info)
    if (this.#waiting.size <= MAX_WAITING) return
    // The oldest were dropped: the engine keeps fewer.
    const [oldest = 0] = this.#waiting.keys()
    this.#waiting.delete(oldest)
  }

  take(epoch: number, sequence: number): ReceiveInfo | undefined {
    const key = recordKey(epoch, sequence)
    const info = this.#waiting.get(key)
    this.#waiting.delete(key)
    return info
  }
}

/** Sequence numbers that matter here are small; two of different epochs that share a key are 2^40 records apart. */
function recordKey(epoch: number, sequence: number): number {
  return (epoch % 2 ** 12) * 2 ** 40 + (sequence % 2 ** 40)
}

/** More than the engine keeps (2^15). */
const MAX_WAITING = 2 ** 16
