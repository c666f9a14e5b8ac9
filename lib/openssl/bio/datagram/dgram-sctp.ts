import { EACCES, EAGAIN, EBADF, errnoName, setErrno } from '../../../base/errno.ts'
import { authenticationRequired, requireAuthentication } from '../../../profile/association-keys.ts'
import { SCTP_PARTIAL_DELIVERY_POINT } from '../../../sctp/api/index.ts'
import { turn } from '../../../transport/readiness.ts'
import { requireCallback, requireLive } from '../../boundary.ts'
import {
  BIO_CTRL_DGRAM_SCTP_MSG_WAITING,
  BIO_CTRL_DGRAM_SCTP_WAIT_FOR_DRY,
  BIO_TYPE_DGRAM_SCTP,
} from '../../constants/bio.ts'
import { BIO_R_CONNECT_ERROR } from '../../constants/bioerr.ts'
import { ERR_LIB_BIO, ERR_R_SYS_LIB } from '../../constants/err.ts'
import { raise } from '../../err/raise.ts'
import { BIO, BIO_clear_retry_flags, BIO_free, BIO_new } from '../bio.ts'
import { BIO_ctrl, putsAsWrite } from '../io.ts'
import { BIO_set_fd, BIO_set_retry_read, BIO_set_retry_write } from '../macros.ts'
import { BIO_METHOD } from '../method.ts'
import { type Recall, shortest, waitOn } from '../wait.ts'
import { BIO_dgram_non_fatal_error } from './dgram.ts'
import { sctpClear, sctpCtrl } from './dgram-sctp-ctrl.ts'
import { type BIO_dgram_sctp_notification_handler_fn, SctpState, sctpStateOf } from './dgram-sctp-state.ts'

export type {
  BIO_dgram_sctp_notification_handler_fn,
  bio_dgram_sctp_prinfo,
  bio_dgram_sctp_rcvinfo,
  bio_dgram_sctp_sndinfo,
} from './dgram-sctp-state.ts'

/** SCTP, one DTLS record in each user message (RFC 6083). */
export function BIO_s_datagram_sctp(): BIO_METHOD {
  return datagramSctp
}

/**
 * An SCTP BIO on a one-to-one socket. It asks the association to authenticate DATA and FORWARD-TSN chunks, which takes effect
 * on a socket before `connect`, and on a listening socket for the associations that it will accept: call it for both.
 * @param fd - a descriptor of `openssl-shim/socket`
 * @param close_flag - BIO_CLOSE or BIO_NOCLOSE: whether freeing the BIO closes the socket
 * @returns null with ERR_R_SYS_LIB when the chunks cannot be authenticated; the error's text says what to do
 */
export function BIO_new_dgram_sctp(fd: number, close_flag: number): BIO | null {
  const bio = BIO_new(BIO_s_datagram_sctp())
  if (bio === null) return null
  BIO_set_fd(bio, fd, close_flag)
  const refused = prepare(sctpStateOf(bio))
  if (refused === null) return bio
  bio.shutdown = 0
  BIO_free(bio)
  raise(ERR_LIB_BIO, ERR_R_SYS_LIB, refused)
  return null
}

/** 1 for an SCTP BIO, else 0. */
export function BIO_dgram_is_sctp(bio: BIO): number {
  return Number(requireLive(bio, BIO, 'bio').method.type === BIO_TYPE_DGRAM_SCTP)
}

/**
 * Sets who is told of notifications, which reads and waits meet in front of data. The socket decides which there are
 * (SCTP_EVENT).
 * @param context - handed to `handle_notifications`
 * @returns 0; -1 when `handle_notifications` is null
 */
export function BIO_dgram_sctp_notification_cb(
  b: BIO,
  handle_notifications: BIO_dgram_sctp_notification_handler_fn | null,
  context: unknown,
): number {
  const bio = requireLive(b, BIO, 'b')
  const { association } = sctpStateOf(bio)
  const handler = requireCallback(handle_notifications, 'handle_notifications')
  if (handler === null || association === null) return -1
  association.onNotification = notification => handler(bio, context, notification)
  return 0
}

/**
 * Whether all that was sent has been acknowledged. It never blocks: while the answer is 0 the socket becomes readable when it
 * is worth asking again.
 * @returns 1: yes; 0: not yet, or data waits to be read first; -1: the socket has no association
 */
export function BIO_dgram_sctp_wait_for_dry(b: BIO): number {
  return BIO_ctrl(b, BIO_CTRL_DGRAM_SCTP_WAIT_FOR_DRY, 0)
}

/** 1 when a message waits to be read, else 0. Notifications in front of it are dealt with. */
export function BIO_dgram_sctp_msg_waiting(b: BIO): number {
  return BIO_ctrl(b, BIO_CTRL_DGRAM_SCTP_MSG_WAITING, 0)
}

const datagramSctp = new BIO_METHOD(BIO_TYPE_DGRAM_SCTP, 'datagram sctp socket', {
  create(b) {
    b.ptr = new SctpState()
    return 1
  },
  destroy(b) {
    sctpClear(b)
    return 1
  },
  read,
  take,
  write,
  puts: putsAsWrite(write),
  ctrl: sctpCtrl,
  wait,
})

/** Why not, for people; null when the socket will authenticate what it has to. */
function prepare({ association }: SctpState): string | null {
  if (association === null) return 'not a descriptor of an SCTP socket'
  const { socket } = association
  const result = requireAuthentication(socket)
  if (result < 0)
    return `Ensure SCTP AUTH chunks are enabled in kernel (${errnoName(-result)}: sysctl net.sctp.auth_enable=1)`
  if (!authenticationRequired(socket)) return 'Ensure SCTP AUTH chunks are enabled on the underlying socket'
  // The kernel refuses it where the receive buffer is small; messages then come in parts sooner.
  socket.setOption(SCTP_PARTIAL_DELIVERY_POINT, { value: PARTIAL_DELIVERY_POINT })
  return null
}

/** What is longer than the buffer was longer than the program takes: it is not delivered. */
function read(b: BIO, out: Uint8Array): number {
  const record = take(b)
  if (typeof record === 'number') return record
  if (record.length > out.length) return -1
  out.set(record)
  return record.length
}

/** The next record; 0 when the association has ended; or -1. */
function take(b: BIO): Uint8Array | number {
  const state = sctpStateOf(b)
  setErrno(0)
  const { association } = state
  const got = association?.receive() ?? -EBADF
  if (got === -EACCES && association?.peerAuthenticates === false) {
    raise(ERR_LIB_BIO, BIO_R_CONNECT_ERROR)
    return -1
  }
  if (typeof got === 'number') return failed(b, state, got, BIO_set_retry_read)
  BIO_clear_retry_flags(b)
  return got.length === 0 ? 0 : got
}

function write(b: BIO, data: Uint8Array): number {
  const state = sctpStateOf(b)
  setErrno(0)
  const { association } = state
  if (association === null) return failed(b, state, -EBADF, BIO_set_retry_write)
  // A close_notify overtakes nothing (RFC 6083 section 4.9).
  const dry = state.saveShutdown ? association.askDry() : 1
  if (dry === 0) return failed(b, state, -EAGAIN, BIO_set_retry_write)
  if (dry < 0) return failed(b, state, dry, BIO_set_retry_write)
  const sent = association.send(data)
  if (sent < 0) return failed(b, state, sent, BIO_set_retry_write)
  BIO_clear_retry_flags(b)
  return sent
}

function failed(b: BIO, state: SctpState, result: number, setRetry: (b: BIO) => void): -1 {
  setErrno(-result)
  BIO_clear_retry_flags(b)
  if (BIO_dgram_non_fatal_error(-result)) {
    setRetry(b)
    state.error = -result
  }
  return -1
}

/** As on a blocking socket, within the socket's own time-outs. Who is to write again once all is acknowledged reads the news. */
async function wait(b: BIO, want: 'read' | 'write', milliseconds: number | null, recall: Recall): Promise<boolean> {
  const state = sctpStateOf(b)
  const { socket, association } = state
  if (socket === null) return true
  const ready = () => (want === 'read' || association?.awaitsDry ? socket.readable : socket.writable)
  if (socket.nonBlocking) {
    await turn()
    return ready()
  }
  state.error = 0
  const own = want === 'read' ? socket.receiveTimeout : socket.sendTimeout
  if (await waitOn(ready, [socket], shortest(milliseconds, own), recall)) return true
  state.error = EAGAIN
  return false
}

/** As OpenSSL: messages longer than this begin to come before they are whole, in bytes. */
const PARTIAL_DELIVERY_POINT = 20_000
