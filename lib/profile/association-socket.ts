import { concat } from '../base/bytes.ts'
import { EACCES, EAGAIN, EINTR, EMSGSIZE, ENOTCONN, EPIPE } from '../base/errno-numbers.ts'
import {
  MSG_EOR,
  MSG_NOTIFICATION,
  SCTP_EVENT,
  SCTP_PARTIAL_DELIVERY_EVENT,
  SCTP_RECVRCVINFO,
  SCTP_SACK_IMMEDIATELY,
  SCTP_SENDER_DRY_EVENT,
  type sctp_notification,
  type sctp_prinfo,
  type sctp_rcvinfo,
  type sctp_sndinfo,
} from '../sctp/api/index.ts'
import { parseNotification } from '../sctp/api/notification-layouts.ts'
import { MSG_PEEK } from '../transport/posix/constants.ts'
import type { SctpReceived, SctpSocket } from '../transport/sctp/provider.ts'
import { DTLS_RECORD_HEADER, MAX_CIPHERTEXT } from '../wire/record.ts'
import { ContentType } from '../wire/registry.ts'
import { AssociationKeys, peerAuthenticates } from './association-keys.ts'
import { Deliveries, type ReceiveInfo } from './deliveries.ts'

/** How data is to be sent; the association is the socket's. */
export type SendInfo = Omit<sctp_sndinfo, 'snd_assoc_id'>

/**
 * A one-to-one SCTP socket that carries DTLS records, one in each user message (RFC 6083 section 4). Records of the handshake
 * and alerts go over stream 0, in order and reliably, whatever is set for data; notifications are taken out of the way.
 */
export class AssociationSocket {
  readonly socket: SctpSocket
  readonly keys: AssociationKeys
  sendInfo: SendInfo = { snd_sid: 0, snd_flags: 0, snd_ppid: 0, snd_context: 0 }
  prInfo: sctp_prinfo = { pr_policy: 0, pr_value: 0 }
  receiveInfo: ReceiveInfo = NOTHING_RECEIVED
  /** Where the reader says which record it has got; else `receiveInfo` is about the message that was read last. */
  #deliveries: Deliveries | null = null
  onNotification: ((notification: sctp_notification) => void) | null = null
  readonly #buffer = new Uint8Array(MAX_RECORD)
  /** What has come of a message or a notification that arrives in parts. */
  #message = new Parts()
  #notification = new Parts()
  #peerChecked = false
  /** What ended the association. */
  #error: number | null = null
  #awaitingDry: 'no' | 'yes' | 'outdated' = 'no'
  #dry = false

  constructor(socket: SctpSocket) {
    this.socket = socket
    this.keys = new AssociationKeys(socket)
    socket.setOption(SCTP_RECVRCVINFO, { value: 1 })
  }

  /** The next record, the caller's to keep; empty when the association has ended; or a negative error number. */
  receive(): Uint8Array | number {
    for (;;) {
      const got = this.#kept(this.socket.recvmsg(this.#buffer))
      if (typeof got === 'number') return got
      if (got.flags & MSG_NOTIFICATION) this.#takeNotification(got)
      else if (isEnd(got)) return new Uint8Array(0)
      else {
        const whole = this.#message.add(this.#buffer.subarray(0, got.length), (got.flags & MSG_EOR) !== 0)
        if (whole !== null) {
          if (!this.peerAuthenticates) return -EACCES
          this.#noteReceived(whole, got.rcvinfo)
          return whole
        }
      }
    }
  }

  /** From now on `receiveInfo` is about the record that `noteDelivered` has named last. */
  deliverByRecord(): void {
    this.#deliveries ??= new Deliveries()
  }

  /** The reader gets the data of this record, which may have been read some time ago. */
  noteDelivered(epoch: number, sequence: number): void {
    this.receiveInfo = this.#deliveries?.take(epoch, sequence) ?? this.receiveInfo
  }

  /** Without it the association is anybody's: nothing that comes over it counts, and reading fails with EACCES. */
  get peerAuthenticates(): boolean {
    this.#peerChecked ||= peerAuthenticates(this.socket)
    return this.#peerChecked
  }

  /** `askDry` was called, and the event that tells has not come. */
  get awaitsDry(): boolean {
    return this.#awaitingDry !== 'no'
  }

  /** Sends one record as one message; its bytes, or a negative error number. */
  send(record: Uint8Array): number {
    if (record.length > MAX_RECORD) return -EMSGSIZE
    const sent = isData(record)
      ? this.socket.sendmsg(record, { sndinfo: this.sendInfo, prinfo: this.prInfo })
      : this.socket.sendmsg(record, { sndinfo: CONTROL })
    if (sent >= 0) this.#onSent()
    return sent
  }

  /**
   * Whether all that was sent has been acknowledged. An event of the association's tells: while the answer is no, the socket
   * becomes readable when it is worth asking again. With data in front of the event the answer is no until it is read.
   * @returns 1: yes; 0: not yet; a negative error number, EPIPE for an association that has ended
   */
  askDry(): number {
    const next = this.#takeNotifications()
    if (typeof next === 'number' && next !== -EAGAIN) return next
    if (typeof next === 'object') return isEnd(next) ? -EPIPE : Number(this.#dry)
    if (this.#dry) return 1
    // Nothing is queued: whatever event comes now knows of all that was sent. Asked for before there was an association it
    // would never come, so it is asked for each time.
    this.#subscribe(1)
    this.#takeNotifications()
    return Number(this.#dry)
  }

  /** Whether a message of the peer waits. Notifications in front of it are dealt with. */
  get waiting(): boolean {
    const next = this.#takeNotifications()
    return typeof next === 'object' && !isEnd(next)
  }

  /** What comes first if it is no notification, which stays; or a negative error number. */
  #takeNotifications(): SctpReceived | number {
    for (;;) {
      const next = this.#kept(this.socket.recvmsg(this.#buffer, MSG_PEEK))
      if (typeof next === 'number' || !(next.flags & MSG_NOTIFICATION)) return next
      const got = this.#kept(this.socket.recvmsg(this.#buffer))
      if (typeof got === 'number') return got
      this.#takeNotification(got)
    }
  }

  /** A socket whose association was lost tells it once, and then that there is nothing to read: who asks is told again. */
  #kept(got: SctpReceived | number): SctpReceived | number {
    if (typeof got === 'object') return isEnd(got) ? (this.#error ?? got) : got
    if (got === -EAGAIN || got === -EINTR) return this.#error ?? -EAGAIN
    if (got !== -ENOTCONN) this.#error = got
    return got
  }

  #takeNotification({ length, flags }: SctpReceived): void {
    const whole = this.#notification.add(this.#buffer.subarray(0, length), (flags & MSG_EOR) !== 0)
    const notification = whole === null ? null : parseNotification(whole)
    if (notification === null) return
    switch (notification.sn_type) {
      case SCTP_SENDER_DRY_EVENT:
        this.#onDry()
        break
      case SCTP_PARTIAL_DELIVERY_EVENT:
        // The rest of the message that was being read will not come.
        this.#message = new Parts()
        break
    }
    this.onNotification?.(notification)
  }

  #noteReceived(record: Uint8Array, rcvinfo: sctp_rcvinfo | null): void {
    if (rcvinfo === null) return
    const { rcv_assoc_id, ...info } = rcvinfo
    void rcv_assoc_id
    if (this.#deliveries === null) this.receiveInfo = info
    else if (isData(record)) this.#deliveries.note(record, info)
  }

  #onSent(): void {
    this.#dry = false
    // An event that is on its way already tells of the time before.
    if (this.#awaitingDry === 'yes') this.#awaitingDry = 'outdated'
  }

  #onDry(): void {
    if (this.#awaitingDry === 'yes') this.#dry = true
    if (this.#awaitingDry !== 'no') this.#subscribe(0)
  }

  #subscribe(on: 0 | 1): void {
    this.socket.setOption(SCTP_EVENT, { se_type: SCTP_SENDER_DRY_EVENT, se_on: on })
    this.#awaitingDry = on === 1 ? 'yes' : 'no'
  }
}

/** Puts together what is delivered in parts; what grows beyond a record is not kept. */
class Parts {
  #parts: Uint8Array[] = []
  #length = 0

  /** The whole once its last part has come; null before, and for one that was too long. */
  add(part: Uint8Array, last: boolean): Uint8Array | null {
    this.#length += part.length
    if (this.#length <= MAX_RECORD) this.#parts.push(part.slice())
    else this.#parts = []
    if (!last) return null
    const [first, ...others] = this.#parts
    const fits = this.#length <= MAX_RECORD
    const whole = others.length === 0 ? (first ?? new Uint8Array(0)) : concat(...this.#parts)
    this.#parts = []
    this.#length = 0
    return fits ? whole : null
  }
}

/** A read that gives nothing, not even an empty message: no more will come. */
function isEnd({ length, flags }: SctpReceived): boolean {
  return length === 0 && !(flags & (MSG_EOR | MSG_NOTIFICATION))
}

function isData(record: Uint8Array): boolean {
  return record[0] === ContentType.applicationData
}

/** RFC 6083 section 4.4. The peer is asked not to delay its SACK (RFC 7053): the handshake waits for it. */
const CONTROL = { snd_sid: 0, snd_flags: SCTP_SACK_IMMEDIATELY, snd_ppid: 0, snd_context: 0 }
const NOTHING_RECEIVED: ReceiveInfo = {
  rcv_sid: 0,
  rcv_ssn: 0,
  rcv_flags: 0,
  rcv_ppid: 0,
  rcv_tsn: 0,
  rcv_cumtsn: 0,
  rcv_context: 0,
}
/** The longest record: header, 2^14 bytes, and what protection may add (RFC 5246 section 6.2.3). */
const MAX_RECORD = DTLS_RECORD_HEADER + MAX_CIPHERTEXT
