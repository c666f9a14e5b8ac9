import { copy } from '../base/bytes.ts'
import { BoundedQueue } from '../base/queue.ts'
import type { Association } from '../handshake/association.ts'
import type { OpenedRecord } from '../record/opened-record.ts'

/** Application data on its way to the reader, a record at a time, none of it before its keys have been proven. */
export class Inbox {
  /** The last epoch whose keys a Finished has confirmed; what came under later ones waits. */
  trusted = 0
  readonly #kept: BoundedQueue<Kept>
  /** What is left of the record that was read in part. */
  #rest: Uint8Array | null = null

  readonly #association: Association | null

  /** With an association what does not fit is not dropped, since it will not come again. */
  constructor(association: Association | null) {
    this.#association = association
    const { records, bytes } = association === null ? LOSSY_ROOM : RELIABLE_ROOM
    this.#kept = new BoundedQueue(records, bytes, ({ data }) => data.length)
  }

  /** As much waits to be read as is sensible: no more is to be taken in. */
  get crowded(): boolean {
    return this.available > 0 && this.#kept.length >= LOSSY_ROOM.records
  }

  /** Bytes of the record being read, or of the next, that may be read now. */
  get available(): number {
    return (this.#rest ?? this.#next()?.data)?.length ?? 0
  }

  /** Something has come, whether or not it may be read yet. */
  get occupied(): boolean {
    return this.#rest !== null || this.#kept.length > 0
  }

  /** Keeps a copy of a record's data; false when there is no room. */
  keep(data: Uint8Array, { epoch, sequence }: OpenedRecord): boolean {
    return data.length === 0 || this.#kept.push({ data: copy(data), epoch, sequence })
  }

  /** Copies bytes of one record to `out` and returns how many; 0 when there are none. `peek` leaves them unread. */
  read(out: Uint8Array, peek: boolean): number {
    const data = this.#rest ?? this.#take()
    return data === null ? 0 : this.#deliver(data, out, peek, true)
  }

  /** As `read`, of a record that just came while nothing waits: its bytes live only until the next one. */
  pass(record: OpenedRecord, out: Uint8Array, peek: boolean): number {
    this.#association?.delivered(record.epoch, record.sequence)
    return this.#deliver(record.payload, out, peek, false)
  }

  clear(): void {
    this.#kept.clear()
    this.#rest = null
  }

  #next(): Kept | null {
    const next = this.#kept.peek()
    return next !== undefined && next.epoch <= this.trusted ? next : null
  }

  #take(): Uint8Array | null {
    const next = this.#next()
    if (next === null) return null
    this.#kept.shift()
    this.#association?.delivered(next.epoch, next.sequence)
    return next.data
  }

  /** `kept`: the bytes are ours. If not, what is not delivered now is copied. */
  #deliver(data: Uint8Array, out: Uint8Array, peek: boolean, kept: boolean): number {
    const length = Math.min(data.length, out.length)
    out.set(length === data.length ? data : data.subarray(0, length))
    if (peek) this.#rest = kept ? data : copy(data)
    else if (length === data.length) this.#rest = null
    else this.#rest = kept ? data.subarray(length) : copy(data.subarray(length))
    return length
  }
}

interface Kept {
  readonly data: Uint8Array
  readonly epoch: number
  readonly sequence: number
}

const LOSSY_ROOM = { records: 64, bytes: 2 ** 18 }
/** What a receiver window of 4 MiB lets a peer have under way before its Finished is read. */
const RELIABLE_ROOM = { records: 2 ** 15, bytes: 2 ** 22 }
