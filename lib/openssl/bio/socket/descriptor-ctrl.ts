import { EAGAIN, EBADF, EDOM, setErrno } from '../../../base/errno.ts'
import { fromTimeval, type timeval, toTimeval } from '../../../transport/posix/options.ts'
import { requireOut } from '../../boundary.ts'
import {
  BIO_C_GET_FD,
  BIO_C_SET_FD,
  BIO_CTRL_DGRAM_GET_RECV_TIMEOUT,
  BIO_CTRL_DGRAM_GET_RECV_TIMER_EXP,
  BIO_CTRL_DGRAM_GET_SEND_TIMEOUT,
  BIO_CTRL_DGRAM_GET_SEND_TIMER_EXP,
  BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT,
  BIO_CTRL_DGRAM_SET_RECV_TIMEOUT,
  BIO_CTRL_DGRAM_SET_SEND_TIMEOUT,
  BIO_CTRL_FLUSH,
} from '../../constants/bio.ts'
import type { BIO } from '../bio.ts'
import { closeFlagCommand } from '../close-flag.ts'

/** What a BIO does with the number of a socket. */
export interface Attachment {
  /** Lets the socket go, closing it if it is this BIO's to close. */
  release(b: BIO): void
  attach(fd: number): void
}

/** The part of a datagram BIO's state that is about time. */
export interface Timed {
  readonly socket: { receiveTimeout: number | null; sendTimeout: number | null } | null
  /** The last error that asked for a retry, until it is asked for. */
  error: number
  /** When the DTLS timer expires, in milliseconds since 1970; null when none runs. */
  nextTimeout: number | null
}

/** The commands that every BIO with a descriptor knows. */
export function descriptorCommand(
  b: BIO,
  cmd: number,
  larg: number,
  parg: unknown,
  { release, attach }: Attachment,
): number | undefined {
  switch (cmd) {
    case BIO_C_SET_FD:
      release(b)
      b.num = numberIn(parg)
      b.shutdown = larg
      b.init = 1
      attach(b.num)
      b.changed()
      return 1
    case BIO_C_GET_FD:
      if (!b.init) return -1
      if (isPlace(parg)) parg.value = b.num
      return b.num
    case BIO_CTRL_FLUSH:
      return 1
    default:
      return closeFlagCommand(b, cmd, larg)
  }
}

/** Time-outs: the socket's own and that of an engine's timer. */
export function timeCommand(state: Timed, cmd: number, parg: unknown): number | undefined {
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

/** The last error, if it is this one, which is then told no more. */
export function takeError(state: Timed, number: number): boolean {
  if (state.error !== number) return false
  state.error = 0
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
function timevalIn(parg: unknown): timeval {
  if (!isTimeval(parg)) throw new TypeError('timeout: an object { tv_sec, tv_usec } is needed')
  return parg
}

function isTimeval(parg: unknown): parg is timeval {
  if (typeof parg !== 'object' || parg === null || !('tv_sec' in parg) || !('tv_usec' in parg)) return false
  return typeof parg.tv_sec === 'number' && typeof parg.tv_usec === 'number'
}

/** The size of C's `struct timeval`: what the time-out queries answer. */
const TIMEVAL_SIZE = 16
