import { EAGAIN, EBADF, EDOM, EMSGSIZE, setErrno } from '../../base/errno.ts'
import { closeDescriptor } from '../../transport/descriptors.ts'
import { fromTimeval, type timeval, toTimeval } from '../../transport/posix/options.ts'
import { requireLive, requireOut } from '../boundary.ts'
import {
  BIO_C_GET_FD,
  BIO_C_SET_FD,
  BIO_CTRL_DGRAM_CONNECT,
  BIO_CTRL_DGRAM_GET_FALLBACK_MTU,
  BIO_CTRL_DGRAM_GET_MTU,
  BIO_CTRL_DGRAM_GET_MTU_OVERHEAD,
  BIO_CTRL_DGRAM_GET_PEER,
  BIO_CTRL_DGRAM_GET_RECV_TIMEOUT,
  BIO_CTRL_DGRAM_GET_RECV_TIMER_EXP,
  BIO_CTRL_DGRAM_GET_SEND_TIMEOUT,
  BIO_CTRL_DGRAM_GET_SEND_TIMER_EXP,
  BIO_CTRL_DGRAM_MTU_DISCOVER,
  BIO_CTRL_DGRAM_MTU_EXCEEDED,
  BIO_CTRL_DGRAM_QUERY_MTU,
  BIO_CTRL_DGRAM_SCTP_SET_IN_HANDSHAKE,
  BIO_CTRL_DGRAM_SET_CONNECTED,
  BIO_CTRL_DGRAM_SET_DONT_FRAG,
  BIO_CTRL_DGRAM_SET_MTU,
  BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT,
  BIO_CTRL_DGRAM_SET_PEEK_MODE,
  BIO_CTRL_DGRAM_SET_PEER,
  BIO_CTRL_DGRAM_SET_RECV_TIMEOUT,
  BIO_CTRL_DGRAM_SET_SEND_TIMEOUT,
  BIO_CTRL_DUP,
  BIO_CTRL_FLUSH,
  BIO_CTRL_GET_CLOSE,
  BIO_CTRL_SET_CLOSE,
} from '../constants/bio.ts'
import { BIO_ADDR, setAddress, sockaddrSize } from './addr.ts'
import { BIO } from './bio.ts'
import { type DgramState, fallbackMtu, overhead, socketAt, stateOf } from './dgram-state.ts'
import type { BioCtrl } from './method.ts'

/** The size of C's `struct timeval`: what the time-out queries answer. */
const TIMEVAL_SIZE = 16

/** The commands of a datagram BIO, with the answers of OpenSSL 3.0; an unknown one gives 0. */
export const dgramCtrl: BioCtrl = (b, cmd, larg, parg) => {
  const answer = general(b, cmd, larg, parg) ?? peerCommand(b, cmd, larg, parg) ?? mtuCommand(b, cmd, larg)
  return answer ?? timeCommand(b, cmd, parg) ?? 0
}

/** Closes the descriptor if it is this BIO's to close, and if the number still stands for the same socket. */
export function dgramClear(b: BIO): void {
  if (!b.shutdown) return
  const { socket } = stateOf(b)
  if (b.init && socket !== null && socketAt(b.num) === socket) closeDescriptor(b.num)
  b.init = 0
  b.flags = 0
}

function general(b: BIO, cmd: number, larg: number, parg: unknown): number | undefined {
  const state = stateOf(b)
  switch (cmd) {
    case BIO_C_SET_FD:
      dgramClear(b)
      b.num = numberIn(parg)
      b.shutdown = larg
      b.init = 1
      state.socket = socketAt(b.num)
      return 1
    case BIO_C_GET_FD:
      if (!b.init) return -1
      if (isPlace(parg)) parg.value = b.num
      return b.num
    case BIO_CTRL_GET_CLOSE:
      return b.shutdown
    case BIO_CTRL_SET_CLOSE:
      b.shutdown = larg
      return 1
    case BIO_CTRL_DUP:
      if (parg instanceof BIO) stateOf(parg).socket = state.socket
      return 1
    case BIO_CTRL_FLUSH:
      return 1
    case BIO_CTRL_DGRAM_SCTP_SET_IN_HANDSHAKE:
    // Peek mode had the number of the SCTP command once; OpenSSL still answers to both.
    case BIO_CTRL_DGRAM_SET_PEEK_MODE:
      state.peekMode = larg !== 0
      return 1
    default:
      return undefined
  }
}

function peerCommand(b: BIO, cmd: number, larg: number, parg: unknown): number | undefined {
  const state = stateOf(b)
  switch (cmd) {
    case BIO_CTRL_DGRAM_CONNECT:
    case BIO_CTRL_DGRAM_SET_PEER:
      takePeer(state, parg)
      return 1
    case BIO_CTRL_DGRAM_SET_CONNECTED:
      state.connected = parg !== null
      if (parg === null) state.peer = null
      else takePeer(state, parg)
      return 1
    case BIO_CTRL_DGRAM_GET_PEER: {
      setAddress(requireLive(parg, BIO_ADDR, 'peer'), state.peer)
      const size = sockaddrSize(state.peer)
      return larg === 0 ? size : Math.min(larg, size)
    }
    default:
      return undefined
  }
}

function mtuCommand(b: BIO, cmd: number, larg: number): number | undefined {
  const state = stateOf(b)
  switch (cmd) {
    case BIO_CTRL_DGRAM_QUERY_MTU: {
      const mtu = state.socket?.pathMtu ?? null
      if (mtu === null) return 0
      state.mtu = mtu - overhead(state.socket?.local ?? null)
      return state.mtu
    }
    case BIO_CTRL_DGRAM_GET_MTU:
      return state.mtu
    case BIO_CTRL_DGRAM_SET_MTU:
      state.mtu = larg
      return larg
    case BIO_CTRL_DGRAM_MTU_EXCEEDED:
      return Number(takeError(state, EMSGSIZE))
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
      return fallbackMtu(state.peer)
    case BIO_CTRL_DGRAM_GET_MTU_OVERHEAD:
      return overhead(state.peer)
    case BIO_CTRL_DGRAM_MTU_DISCOVER:
      dontFragment(state, true)
      return 0
    case BIO_CTRL_DGRAM_SET_DONT_FRAG:
      return state.peer !== null && dontFragment(state, larg !== 0) ? 0 : -1
    default:
      return undefined
  }
}

function timeCommand(b: BIO, cmd: number, parg: unknown): number | undefined {
  const state = stateOf(b)
  const { socket } = state
  switch (cmd) {
    case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT: {
      const { tv_sec, tv_usec } = timevalIn(parg)
      state.nextTimeout = tv_sec > 0 || tv_usec > 0 ? tv_sec * 1000 + tv_usec / 1000 : null
      return 1
    }
    case BIO_CTRL_DGRAM_SET_RECV_TIMEOUT:
    case BIO_CTRL_DGRAM_SET_SEND_TIMEOUT: {
      const limit = fromTimeval(timevalIn(parg))
      if (socket === null || limit === undefined) return systemFailure(socket === null ? EBADF : EDOM)
      if (cmd === BIO_CTRL_DGRAM_SET_RECV_TIMEOUT) socket.receiveTimeout = limit
      else socket.sendTimeout = limit
      return 1
    }
    case BIO_CTRL_DGRAM_GET_RECV_TIMEOUT:
    case BIO_CTRL_DGRAM_GET_SEND_TIMEOUT: {
      if (socket === null) return systemFailure(EBADF)
      const limit = cmd === BIO_CTRL_DGRAM_GET_RECV_TIMEOUT ? socket.receiveTimeout : socket.sendTimeout
      Object.assign(timevalIn(parg), toTimeval(limit))
      return TIMEVAL_SIZE
    }
    case BIO_CTRL_DGRAM_GET_RECV_TIMER_EXP:
    case BIO_CTRL_DGRAM_GET_SEND_TIMER_EXP:
      return Number(takeError(state, EAGAIN))
    default:
      return undefined
  }
}

/** An address without a family leaves the peer as it was. */
function takePeer(state: DgramState, parg: unknown): void {
  state.peer = requireLive(parg, BIO_ADDR, 'peer').endpoint ?? state.peer
}

function takeError(state: DgramState, number: number): boolean {
  if (state.error !== number) return false
  state.error = 0
  return true
}

function dontFragment(state: DgramState, on: boolean): boolean {
  if (state.socket === null) return false
  state.socket.dontFragment = on
  return true
}

function systemFailure(error: number): -1 {
  setErrno(error)
  return -1
}

function numberIn(parg: unknown): number {
  const { value } = requireOut<unknown>(isPlace(parg) ? parg : null, 'fd')
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new TypeError('fd: an integer is needed')
  return value
}

function isPlace(parg: unknown): parg is { value: unknown } {
  return typeof parg === 'object' && parg !== null && 'value' in parg
}

/** What C passes as `struct timeval *`. */
export function timevalIn(parg: unknown): timeval {
  if (!isTimeval(parg)) throw new TypeError('timeout: an object { tv_sec, tv_usec } is needed')
  return parg
}

function isTimeval(parg: unknown): parg is timeval {
  if (typeof parg !== 'object' || parg === null || !('tv_sec' in parg) || !('tv_usec' in parg)) return false
  return typeof parg.tv_sec === 'number' && typeof parg.tv_usec === 'number'
}
