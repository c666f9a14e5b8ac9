import { AssociationSocket } from '../../../profile/association-socket.ts'
import type { sctp_notification } from '../../../sctp/api/index.ts'
import { descriptor } from '../../../transport/descriptors.ts'
import type { PosixSocket } from '../../../transport/posix/kind.ts'
import { SctpDescriptor } from '../../../transport/posix/sctp-socket.ts'
import type { BIO } from '../bio.ts'

/** How data is sent: BIO_CTRL_DGRAM_SCTP_GET_SNDINFO and _SET_SNDINFO. */
export interface bio_dgram_sctp_sndinfo {
  /** The stream. */
  snd_sid: number
  /** SCTP_UNORDERED. */
  snd_flags: number
  snd_ppid: number
  snd_context: number
}

/** How the data that was read last has come: BIO_CTRL_DGRAM_SCTP_GET_RCVINFO. */
export interface bio_dgram_sctp_rcvinfo {
  rcv_sid: number
  rcv_ssn: number
  /** SCTP_UNORDERED. */
  rcv_flags: number
  rcv_ppid: number
  rcv_tsn: number
  rcv_cumtsn: number
  rcv_context: number
}

/** When data may be given up (RFC 3758): BIO_CTRL_DGRAM_SCTP_GET_PRINFO and _SET_PRINFO. */
export interface bio_dgram_sctp_prinfo {
  /** SCTP_PR_SCTP_NONE, _TTL, _RTX, _PRIO. */
  pr_policy: number
  /** Milliseconds, retransmissions or a priority. */
  pr_value: number
}

/** Told of a notification: the object has the fields of C's `union sctp_notification`. */
export type BIO_dgram_sctp_notification_handler_fn = (b: BIO, context: unknown, buf: sctp_notification) => void

/** What an SCTP BIO keeps (C's `bio_dgram_sctp_data`). */
export class SctpState {
  /** The socket of the descriptor when it was set. */
  socket: PosixSocket | null = null
  association: AssociationSocket | null = null
  /** As OpenSSL keeps it: 0 until it is set or asked for. */
  mtu = 0
  /** The last error that asked for a retry, until it is asked for. */
  error = 0
  /** When an engine's timer expires, in milliseconds since 1970; null when none runs. */
  nextTimeout: number | null = null
  /** A close_notify is to be sent: writes wait until all is acknowledged. */
  saveShutdown = false

  /** Takes the descriptor's socket over, if it is one of SCTP's. */
  attach(fd: number): void {
    const object = descriptor(fd)
    const sctp = object instanceof SctpDescriptor ? object : null
    this.socket = sctp
    this.association = sctp === null ? null : new AssociationSocket(sctp.sctp)
  }
}

export function sctpStateOf(bio: BIO): SctpState {
  if (bio.ptr instanceof SctpState) return bio.ptr
  throw new TypeError('bio: the data of an SCTP BIO is its own')
}
