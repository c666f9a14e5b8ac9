import type { Socket } from 'node:dgram'
import { systemClock } from '../../../base/clock.ts'
import { EAGAIN, EALREADY, EBADF, EINPROGRESS, EINTR, EINVAL, EPROTO, setErrno } from '../../../base/errno.ts'
import type { Endpoint } from '../../../transport/address.ts'
import { fileno } from '../../../transport/posix/socket.ts'
import { turn } from '../../../transport/readiness.ts'
import { type Out, requireLive } from '../../boundary.ts'
import {
  BIO_CTRL_DGRAM_CONNECT,
  BIO_CTRL_DGRAM_GET_MTU_OVERHEAD,
  BIO_CTRL_DGRAM_GET_PEER,
  BIO_CTRL_DGRAM_GET_RECV_TIMER_EXP,
  BIO_CTRL_DGRAM_GET_SEND_TIMER_EXP,
  BIO_CTRL_DGRAM_SET_CONNECTED,
  BIO_CTRL_DGRAM_SET_PEER,
  BIO_TYPE_DGRAM,
} from '../../constants/bio.ts'
import { BIO_R_LOCAL_ADDR_NOT_AVAILABLE } from '../../constants/bio-datagram.ts'
import { ERR_LIB_BIO, ERR_LIB_SYS } from '../../constants/err.ts'
import { raise } from '../../err/raise.ts'
import { type BIO, BIO_clear_retry_flags, BIO_new } from '../bio.ts'
import { BIO_ctrl, putsAsWrite } from '../io.ts'
import { BIO_set_fd, BIO_set_retry_read, BIO_set_retry_write } from '../macros.ts'
import { BIO_METHOD, type BIO_MSG } from '../method.ts'
import { BIO_ADDR, setAddress } from '../socket/addr.ts'
import { type Recall, shortest, waitOn } from '../wait.ts'
import { dgramClear, dgramCtrl } from './dgram-ctrl.ts'
import { DgramState, stateOf } from './dgram-state.ts'

/** Kernel UDP (BIO_s_datagram(3)): one read takes one datagram, one write sends one. */
export function BIO_s_datagram(): BIO_METHOD {
  return datagram
}

/**
 * A datagram BIO on a socket (BIO_new_dgram(3)).
 * @param fd - a descriptor of `openssl-shim/socket`, or a `dgram.Socket`; another number gives a BIO that answers EBADF
 * @param close_flag - BIO_CLOSE or BIO_NOCLOSE: whether freeing the BIO closes the socket
 * @throws TypeError for a `dgram.Socket` that is closed
 */
export function BIO_new_dgram(fd: number | Socket, close_flag: number): BIO | null {
  const bio = BIO_new(BIO_s_datagram())
  if (bio !== null) BIO_set_fd(bio, typeof fd === 'number' ? fd : fileno(fd), close_flag)
  return bio
}

/** Tells the BIO where its writes go; it does not connect the socket. @returns 1 */
export function BIO_ctrl_dgram_connect(bio: BIO, peer: BIO_ADDR): number {
  return BIO_ctrl(bio, BIO_CTRL_DGRAM_CONNECT, 0, peer)
}

/** Tells the BIO that its socket is connected, and to whom; null: that it is not. @returns 1 */
export function BIO_ctrl_set_connected(bio: BIO, peer: BIO_ADDR | null): number {
  return BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, peer)
}

/** 1 once after a read found nothing (or, with promises, waited in vain), else 0. */
export function BIO_dgram_recv_timedout(bio: BIO): number {
  return BIO_ctrl(bio, BIO_CTRL_DGRAM_GET_RECV_TIMER_EXP, 0)
}

/** 1 once after a write found no room (or, with promises, waited in vain), else 0. */
export function BIO_dgram_send_timedout(bio: BIO): number {
  return BIO_ctrl(bio, BIO_CTRL_DGRAM_GET_SEND_TIMER_EXP, 0)
}

/**
 * Fills in the peer: of the last datagram read while the BIO is not connected.
 * @returns the size of C's sockaddr; 112 for none
 */
export function BIO_dgram_get_peer(bio: BIO, peer: BIO_ADDR): number {
  return BIO_ctrl(bio, BIO_CTRL_DGRAM_GET_PEER, 0, peer)
}

/** Sets where writes go while the BIO is not connected. @returns 1 */
export function BIO_dgram_set_peer(bio: BIO, peer: BIO_ADDR): number {
  return BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_PEER, 0, peer)
}

/** IP and UDP headers towards the peer, in bytes: 28, or 48 for IPv6. */
export function BIO_dgram_get_mtu_overhead(bio: BIO): number {
  return BIO_ctrl(bio, BIO_CTRL_DGRAM_GET_MTU_OVERHEAD, 0)
}

/** Whether an errno means "try again" (BIO_dgram_non_fatal_error): 1 or 0. */
export function BIO_dgram_non_fatal_error(error: number): number {
  return Number(NON_FATAL.has(error))
}

/** EWOULDBLOCK is EAGAIN on Linux. */
const NON_FATAL: ReadonlySet<number> = new Set([EAGAIN, EINTR, EPROTO, EINPROGRESS, EALREADY])

const datagram = new BIO_METHOD(BIO_TYPE_DGRAM, 'datagram socket', {
  create(b) {
    b.ptr = new DgramState()
    return 1
  },
  destroy(b) {
    dgramClear(b)
    return 1
  },
  read,
  take: readWhole,
  write,
  give,
  puts: putsAsWrite(write),
  ctrl: dgramCtrl,
  wait,
  sendmmsg: (b, msg, num, flags, processed) => batch(msg, num, flags, processed, one => sendOne(b, one)),
  recvmmsg: (b, msg, num, flags, processed) => batch(msg, num, flags, processed, one => receiveOne(b, one)),
})

function read(b: BIO, out: Uint8Array): number {
  const data = readWhole(b)
  if (typeof data === 'number') return data
  out.set(data.subarray(0, out.length))
  return Math.min(data.length, out.length)
}

/** The next datagram, the caller's to keep; or -1. */
function readWhole(b: BIO): Uint8Array | -1 {
  const state = stateOf(b)
  const got = take(state)
  if (typeof got === 'number') return failed(b, state, got, BIO_set_retry_read)
  BIO_clear_retry_flags(b)
  if (!state.connected) state.peer = got.from
  return got.data
}

function write(b: BIO, data: Uint8Array): number {
  return send(b, data, 'send')
}

/** As `write`, of data that nobody touches any more. */
function give(b: BIO, data: Uint8Array): number {
  return send(b, data, 'give')
}

function send(b: BIO, data: Uint8Array, way: 'send' | 'give'): number {
  const state = stateOf(b)
  const sent = put(state, data, state.peer, way)
  if (sent < 0) return failed(b, state, sent, BIO_set_retry_write)
  BIO_clear_retry_flags(b)
  return sent
}

/** The next datagram or a negative error number; errno is 0 from here on unless the call fails. */
function take(state: DgramState) {
  setErrno(0)
  const { socket } = state
  if (socket === null) return -EBADF
  return state.peekMode ? socket.peek() : socket.receive()
}

function put(state: DgramState, data: Uint8Array, peer: Endpoint | null, way: 'send' | 'give'): number {
  setErrno(0)
  const { socket, connected } = state
  if (socket === null) return -EBADF
  if (connected) return socket[way](data)
  // The address of no family that C would pass: Linux refuses it for IPv4, and overlooks it for IPv6.
  if (peer === null && socket.family === 'IPv4') return -EINVAL
  return socket[way](data, peer)
}

function failed(b: BIO, state: DgramState, result: number, setRetry: (b: BIO) => void): -1 {
  setErrno(-result)
  BIO_clear_retry_flags(b)
  if (NON_FATAL.has(-result)) {
    setRetry(b)
    state.error = -result
  }
  return -1
}

/**
 * Waits as a read or write on a blocking socket would: no longer than the socket's own time-out and, for reads, the
 * DTLS timer that SET_NEXT_TIMEOUT told of. On a descriptor with O_NONBLOCK it only lets the event loop turn.
 */
async function wait(b: BIO, want: 'read' | 'write', milliseconds: number | null, recall: Recall): Promise<boolean> {
  const state = stateOf(b)
  const { socket } = state
  if (socket === null) return true
  const worth = () => (want === 'read' ? socket.readable : socket.writable)
  if (socket.nonBlocking) {
    await turn()
    return worth()
  }
  state.error = 0
  const limit = shortest(milliseconds, want === 'read' ? socket.receiveTimeout : socket.sendTimeout, left(state, want))
  const ready = await waitOn(worth, [socket], limit, recall)
  if (!ready) state.error = EAGAIN
  return ready
}

function left(state: DgramState, want: 'read' | 'write'): number | null {
  if (want === 'write' || state.nextTimeout === null) return null
  return Math.max(0, state.nextTimeout - systemClock.wall())
}

/** Does one message after the other: 1 when at least one went through, else 0 with the error of the first. */
function batch(
  messages: BIO_MSG[],
  count: number,
  flags: number,
  processed: Out<number>,
  one: (message: BIO_MSG) => number,
): number {
  void flags
  processed.value = 0
  for (const message of messages.slice(0, count)) {
    if (message.local !== null) return refuse(processed, () => raise(ERR_LIB_BIO, BIO_R_LOCAL_ADDR_NOT_AVAILABLE))
    const result = one(message)
    if (result < 0) return refuse(processed, () => raise(ERR_LIB_SYS, -result))
    message.data_len = result
    message.flags = 0
    processed.value++
  }
  return 1
}

function refuse(processed: Out<number>, explain: () => void): number {
  if (processed.value > 0) return 1
  explain()
  return 0
}

function sendOne(b: BIO, message: BIO_MSG): number {
  const state = stateOf(b)
  const to = message.peer === null ? state.peer : requireLive(message.peer, BIO_ADDR, 'peer').endpoint
  return put(state, message.data.subarray(0, message.data_len), to, 'send')
}

function receiveOne(b: BIO, message: BIO_MSG): number {
  const got = take(stateOf(b))
  if (typeof got === 'number') return got
  const length = Math.min(message.data_len, message.data.length, got.data.length)
  message.data.set(got.data.subarray(0, length))
  if (message.peer !== null) setAddress(requireLive(message.peer, BIO_ADDR, 'peer'), got.from)
  return length
}
