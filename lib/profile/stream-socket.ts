import { EAGAIN, ECONNRESET, EINTR, EPROTO } from '../base/errno-numbers.ts'
import type { Arrival, SendOptions, StreamTransport } from '../multistream/transport.ts'
import {
  MSG_EOR,
  MSG_NOTIFICATION,
  SCTP_ASSOC_CHANGE,
  SCTP_EVENT,
  SCTP_NODELAY,
  SCTP_PARTIAL_DELIVERY_EVENT,
  SCTP_PARTIAL_DELIVERY_POINT,
  SCTP_RECVRCVINFO,
  SCTP_RESTART,
  SCTP_STATUS,
  SCTP_UNORDERED,
  type sctp_notification,
} from '../sctp/api/index.ts'
import { parseNotification } from '../sctp/api/notification-layouts.ts'
import type { SctpReceived, SctpSocket } from '../transport/sctp/provider.ts'

/** A one-to-one SCTP socket as the transport of its streams (RFC 3436): messages with the number of their stream. */
export class StreamSocket implements StreamTransport {
  readonly socket: SctpSocket
  /** Told of each notification that is met; which there are the socket decides (SCTP_EVENT). */
  onNotification: ((notification: sctp_notification) => void) | null = null
  readonly #buffer = new Uint8Array(BUFFER)

  constructor(socket: SctpSocket) {
    this.socket = socket
    socket.setOption(SCTP_RECVRCVINFO, { value: 1 })
    for (const se_type of [SCTP_ASSOC_CHANGE, SCTP_PARTIAL_DELIVERY_EVENT])
      socket.setOption(SCTP_EVENT, { se_type, se_on: 1 })
    // A record is all there is to be sent, as a rule: nothing is gained by waiting for the next.
    socket.setOption(SCTP_NODELAY, { value: 1 })
    // The kernel refuses it where the receive buffer is small; messages then come in parts sooner.
    socket.setOption(SCTP_PARTIAL_DELIVERY_POINT, { value: PARTIAL_DELIVERY_POINT })
  }

  get inbound(): number {
    return this.#status('sstat_instrms')
  }

  get outbound(): number {
    return this.#status('sstat_outstrms')
  }

  receive(): Arrival | number {
    for (;;) {
      const got = this.socket.recvmsg(this.#buffer)
      if (typeof got === 'number') return got === -EINTR ? -EAGAIN : got
      if ((got.flags & MSG_NOTIFICATION) !== 0) {
        const arrival = this.#notified(got)
        if (arrival !== null) return arrival
      } else if (got.length > 0) return this.#part(got)
      else if ((got.flags & MSG_EOR) === 0) return 0
    }
  }

  send(stream: number, message: Uint8Array, { ppid, context, flags, policy, value }: SendOptions): number {
    const sent = this.socket.sendmsg(message, {
      sndinfo: { snd_sid: stream, snd_flags: flags, snd_ppid: ppid, snd_context: context },
      // Said whatever it is, so that no default of the socket's takes its place.
      prinfo: { pr_policy: policy, pr_value: value },
    })
    return sent === -EINTR ? -EAGAIN : sent
  }

  #part({ length, flags, rcvinfo }: SctpReceived): Arrival | number {
    if (rcvinfo === null) return -EPROTO
    return {
      kind: 'part',
      stream: rcvinfo.rcv_sid,
      bytes: this.#buffer.slice(0, length),
      last: (flags & MSG_EOR) !== 0,
      unordered: (rcvinfo.rcv_flags & SCTP_UNORDERED) !== 0,
      ppid: rcvinfo.rcv_ppid,
    }
  }

  /** What a notification means for the streams; null for nothing. */
  #notified({ length, flags }: SctpReceived): Arrival | number | null {
    // None is longer than the buffer.
    const whole = (flags & MSG_EOR) !== 0
    const notification = whole ? parseNotification(this.#buffer.slice(0, length)) : null
    if (notification === null) return null
    this.onNotification?.(notification)
    switch (notification.sn_type) {
      case SCTP_ASSOC_CHANGE:
        // A peer that has started anew knows of no connection (RFC 4960 section 5.2).
        return notification.sn_assoc_change.sac_state === SCTP_RESTART ? -ECONNRESET : null
      case SCTP_PARTIAL_DELIVERY_EVENT:
        return { kind: 'lost', stream: notification.sn_pdapi_event.pdapi_stream }
      default:
        return null
    }
  }

  #status(name: 'sstat_instrms' | 'sstat_outstrms'): number {
    const status = this.socket.getOption(SCTP_STATUS)
    return typeof status === 'number' ? 0 : status[name]
  }
}

/** Octets: more than a record or a notification has. */
const BUFFER = 2 ** 17
/** Longer messages begin to come before they are whole. */
const PARTIAL_DELIVERY_POINT = 20_000
