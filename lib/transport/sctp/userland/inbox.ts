import { concat } from '../../../base/bytes.ts'
import { htonl } from '../../../base/sockaddr.ts'
import {
  MSG_EOR,
  MSG_NOTIFICATION,
  SCTP_DATA_IO_EVENT,
  SCTP_NOTIFICATION,
  SCTP_UNORDERED,
  type sctp_nxtinfo,
  type sctp_rcvinfo,
  type sctp_sndrcvinfo,
} from '../../../sctp/api/index.ts'
import type { Delivery } from '../../../sctp/receive/assembly.ts'
import { MSG_PEEK } from '../../posix/constants.ts'
import type { SctpReceived } from '../provider.ts'
import type { Link } from './link.ts'

/** Something to be read: a message, a part of one, or a notification. */
export interface Item {
  readonly link: Link
  /** Null for a notification. */
  readonly delivery: Delivery | null
  /** The highest TSN in order when it came. */
  readonly cumulative: number
  readonly bytes: Uint8Array
  /** What has been read already. */
  offset: number
}

/** What goes with a message when it is read. */
export interface Wanted {
  readonly rcvinfo: boolean
  readonly nxtinfo: boolean
}

/** Messages and notifications in the order in which they are read. Its size is bounded by the associations' windows. */
export class Inbox {
  /** Parts of a message may alternate with what other associations say (SCTP_FRAGMENT_INTERLEAVE). */
  readonly #alternates: () => boolean
  #items: Item[] = []
  /** What waits until a message in parts is complete. */
  #waiting: Item[] = []
  /** Associations whose message is handed out in parts, and that cannot interleave. */
  readonly #partial = new Set<Link>()

  constructor(alternates: () => boolean) {
    this.#alternates = alternates
  }

  get length(): number {
    return this.#items.length
  }

  /** Data that has not been read; notifications do not count. */
  get hasData(): boolean {
    return [...this.#items, ...this.#waiting].some(({ delivery }) => delivery !== null)
  }

  message(link: Link, delivery: Delivery, cumulative: number): void {
    const [only] = delivery.data
    const bytes = delivery.data.length === 1 && only !== undefined ? only : concat(...delivery.data)
    this.#place({ link, delivery, cumulative, bytes, offset: 0 })
  }

  notification(link: Link, bytes: Uint8Array): void {
    this.#place({ link, delivery: null, cumulative: 0, bytes, offset: 0 })
  }

  /** The message in parts of this association is complete, or will not be. */
  partsOver(link: Link): void {
    if (this.#partial.delete(link)) this.#release()
  }

  /** What belongs to an association moves with it to the socket that it is peeled off to. */
  moveTo(other: Inbox, link: Link): void {
    const own = (item: Item) => item.link === link
    other.#items.push(...this.#items.filter(own), ...this.#waiting.filter(own))
    this.#items = this.#items.filter(item => !own(item))
    this.#waiting = this.#waiting.filter(item => !own(item))
    if (this.#partial.has(link)) other.#partial.add(link)
    this.partsOver(link)
  }

  clear(): void {
    this.#items = []
    this.#waiting = []
    this.#partial.clear()
  }

  /** Reads from the first item; null when there is none. `consumed` hears how many bytes of a message left. */
  read(
    into: Uint8Array,
    flags: number,
    wanted: Wanted,
    consumed: (link: Link, bytes: number) => void,
  ): SctpReceived | null {
    const [item, next] = this.#items
    if (item === undefined) return null
    const { link, delivery } = item
    const rest = item.bytes.subarray(item.offset, item.offset + into.length)
    into.set(rest)
    const whole = item.offset + rest.length === item.bytes.length
    const peeks = (flags & MSG_PEEK) !== 0
    if (!peeks) {
      item.offset += rest.length
      if (whole) this.#items.shift()
      if (delivery !== null) consumed(link, rest.length)
    }
    const ends = whole && (delivery?.last ?? true)
    const received = {
      length: rest.length,
      flags: (ends ? MSG_EOR : 0) | (delivery === null ? MSG_NOTIFICATION : 0),
      from: link.from,
    }
    if (delivery === null) return { ...received, rcvinfo: null, nxtinfo: null, sndrcvinfo: null }
    return {
      ...received,
      rcvinfo: wanted.rcvinfo ? rcvinfo(item, delivery) : null,
      nxtinfo: wanted.nxtinfo && whole && next !== undefined ? nxtinfo(next) : null,
      sndrcvinfo: link.subscriptions.has(SCTP_DATA_IO_EVENT) ? sndrcvinfo(item, delivery) : null,
    }
  }

  #place(item: Item): void {
    const { link, delivery } = item
    const part = delivery !== null && !(delivery.first && delivery.last)
    if (this.#mustWait(link, part)) {
      this.#waiting.push(item)
      return
    }
    this.#items.push(item)
    if (!part || link.association.negotiated?.interleaving === true) return
    if (!delivery.last) this.#partial.add(link)
    else this.partsOver(link)
  }

  /** Between the parts of a message nothing comes, or (where they may alternate) nothing of the same association. */
  #mustWait(link: Link, part: boolean): boolean {
    if (this.#partial.has(link)) return !part
    return this.#partial.size > 0 && !this.#alternates()
  }

  #release(): void {
    for (const item of this.#waiting.splice(0)) this.#place(item)
  }
}

function rcvinfo({ link, cumulative }: Item, delivery: Delivery): sctp_rcvinfo {
  return {
    rcv_sid: delivery.stream,
    rcv_ssn: delivery.sequence,
    rcv_flags: delivery.unordered ? SCTP_UNORDERED : 0,
    rcv_ppid: htonl(delivery.ppid),
    rcv_tsn: delivery.tsn,
    rcv_cumtsn: delivery.unordered ? cumulative : 0,
    rcv_context: link.context,
    rcv_assoc_id: link.id,
  }
}

function sndrcvinfo(item: Item, delivery: Delivery): sctp_sndrcvinfo {
  const info = rcvinfo(item, delivery)
  return {
    sinfo_stream: info.rcv_sid,
    sinfo_ssn: info.rcv_ssn,
    sinfo_flags: info.rcv_flags,
    sinfo_ppid: info.rcv_ppid,
    sinfo_context: info.rcv_context,
    sinfo_timetolive: 0,
    sinfo_tsn: info.rcv_tsn,
    sinfo_cumtsn: info.rcv_cumtsn,
    sinfo_assoc_id: info.rcv_assoc_id,
  }
}

function nxtinfo({ link, delivery, bytes, offset }: Item): sctp_nxtinfo {
  return {
    nxt_sid: delivery?.stream ?? 0,
    nxt_flags: delivery === null ? SCTP_NOTIFICATION : delivery.unordered ? SCTP_UNORDERED : 0,
    nxt_ppid: htonl(delivery?.ppid ?? 0),
    nxt_length: bytes.length - offset,
    nxt_assoc_id: link.id,
  }
}
