import { copy } from '../../../base/bytes.ts'
import { EAGAIN, EMSGSIZE, ENOTCONN, errno, setErrno } from '../../../base/errno.ts'
import type { Lane } from '../../../transport/one-to-many.ts'
import { type BIO, BIO_clear_retry_flags, BIO_new } from '../../bio/bio.ts'
import { closeFlagCommand } from '../../bio/close-flag.ts'
import { fallbackMtu, overhead } from '../../bio/datagram/dgram-state.ts'
import { BIO_ctrl, putsAsWrite } from '../../bio/io.ts'
import { BIO_set_retry_read, BIO_set_retry_write } from '../../bio/macros.ts'
import { BIO_METHOD } from '../../bio/method.ts'
import { BIO_ADDR, setAddress, sockaddrSize } from '../../bio/socket/addr.ts'
import { type Timed, takeError, timeCommand } from '../../bio/socket/descriptor-ctrl.ts'
import { type Recall, shortest } from '../../bio/wait.ts'
import { requireLive } from '../../boundary.ts'
import * as C from '../../constants/bio.ts'

/** What a BIO of one association asks of the listener that it shares a socket with. */
export interface LaneOwner {
  /** The socket's own BIOs. */
  readonly rbio: BIO | null
  readonly wbio: BIO | null
  /** Reads the socket, for all, until something has come for this lane. False when the socket has ended. */
  pumpFor(lane: Lane): boolean
  /** As BIO_write, to the lane's peer. The bytes are given away. */
  send(lane: Lane, datagram: Uint8Array): { sent: number; retry: boolean }
  whenReadable(lane: Lane, milliseconds: number | null, recall: Recall): Promise<boolean>
  whenWritable(milliseconds: number | null, recall: Recall): Promise<boolean>
  /** The BIO is gone, and the association with it. */
  leave(lane: Lane): void
}

/**
 * A BIO that is connected to one peer of a socket with many: reading gives what that peer has sent, writing goes to it. It
 * ends, as a stream does, when the peer has begun anew at the same address and proven itself.
 */
export function newLaneBio(owner: LaneOwner, lane: Lane): BIO | null {
  const bio = BIO_new(LANE)
  if (bio === null) return null
  bio.ptr = new LaneState(owner, lane)
  bio.init = 1
  return bio
}

class LaneState implements Timed {
  readonly owner: LaneOwner
  readonly lane: Lane
  mtu = 0
  /** Milliseconds: the association's own, not the descriptor's. */
  readonly socket: { receiveTimeout: number | null; sendTimeout: number | null } = {
    receiveTimeout: null,
    sendTimeout: null,
  }
  error = 0
  nextTimeout: number | null = null

  constructor(owner: LaneOwner, lane: Lane) {
    this.owner = owner
    this.lane = lane
  }
}

function stateOf(bio: BIO): LaneState {
  if (bio.ptr instanceof LaneState) return bio.ptr
  throw new TypeError('bio: the data of an association BIO is its own')
}

const LANE = new BIO_METHOD(C.BIO_TYPE_DGRAM, 'datagram association', {
  // Made by newLaneBio alone.
  create: () => 1,
  destroy(b) {
    const { owner, lane } = stateOf(b)
    b.init = 0
    owner.leave(lane)
    return 1
  },
  read,
  take: readWhole,
  write: (b, data) => send(b, copy(data)),
  give: send,
  puts: putsAsWrite((b, data) => send(b, copy(data))),
  ctrl: (b, cmd, larg, parg) => describe(b, cmd, larg, parg) ?? limits(b, cmd, larg, parg) ?? 0,
  async wait(b, want, milliseconds, recall) {
    const state = stateOf(b)
    const limit = shortest(milliseconds, want === 'read' ? state.socket.receiveTimeout : state.socket.sendTimeout)
    state.error = 0
    const ready = await (want === 'read'
      ? state.owner.whenReadable(state.lane, limit, recall)
      : state.owner.whenWritable(limit, recall))
    if (!ready) state.error = EAGAIN
    return ready
  },
})

function read(b: BIO, out: Uint8Array): number {
  const data = readWhole(b)
  if (typeof data === 'number') return data
  out.set(data.subarray(0, out.length))
  return Math.min(data.length, out.length)
}

function readWhole(b: BIO): Uint8Array | 0 | -1 {
  const state = stateOf(b)
  const { lane, owner } = state
  BIO_clear_retry_flags(b)
  const more = lane.readable || owner.pumpFor(lane)
  const datagram = lane.shift()
  if (datagram !== undefined) return datagram
  if (lane.failed) return 0
  // Where the socket has ended, errno says why.
  if (!more) return -1
  setErrno(EAGAIN)
  state.error = EAGAIN
  BIO_set_retry_read(b)
  return -1
}

function send(b: BIO, datagram: Uint8Array): number {
  const state = stateOf(b)
  BIO_clear_retry_flags(b)
  if (state.lane.failed) {
    setErrno(ENOTCONN)
    return -1
  }
  const { sent, retry } = state.owner.send(state.lane, datagram)
  if (retry) {
    state.error = EAGAIN
    BIO_set_retry_write(b)
  } else if (sent <= 0) state.error = errno()
  return sent
}

function describe(b: BIO, cmd: number, larg: number, parg: unknown): number | undefined {
  const { lane, owner } = stateOf(b)
  switch (cmd) {
    case C.BIO_CTRL_DGRAM_GET_PEER: {
      setAddress(requireLive(parg, BIO_ADDR, 'peer'), lane.peer)
      const size = sockaddrSize(lane.peer)
      return larg === 0 ? size : Math.min(larg, size)
    }
    // It is connected, to whom it is: who says so again is right, who says otherwise is not heard.
    case C.BIO_CTRL_DGRAM_CONNECT:
    case C.BIO_CTRL_DGRAM_SET_CONNECTED:
    case C.BIO_CTRL_DGRAM_SET_PEER:
    case C.BIO_CTRL_FLUSH:
      return 1
    case C.BIO_CTRL_EOF:
      return Number(lane.failed && lane.length === 0)
    case C.BIO_CTRL_PENDING:
      return lane.peek()?.length ?? 0
    case C.BIO_C_GET_FD:
      return BIO_ctrl(owner.rbio, cmd, larg, parg)
    default:
      return closeFlagCommand(b, cmd, larg)
  }
}

function limits(b: BIO, cmd: number, larg: number, parg: unknown): number | undefined {
  const state = stateOf(b)
  const { lane, owner } = state
  switch (cmd) {
    case C.BIO_CTRL_DGRAM_QUERY_MTU: {
      const mtu = BIO_ctrl(owner.wbio, cmd, larg, parg)
      if (mtu > 0) state.mtu = mtu
      return mtu
    }
    case C.BIO_CTRL_DGRAM_GET_MTU:
      return state.mtu
    case C.BIO_CTRL_DGRAM_SET_MTU:
      state.mtu = larg
      return larg
    case C.BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
      return fallbackMtu(lane.peer)
    case C.BIO_CTRL_DGRAM_GET_MTU_OVERHEAD:
      return overhead(lane.peer)
    case C.BIO_CTRL_DGRAM_MTU_EXCEEDED:
      return Number(takeError(state, EMSGSIZE))
    default:
      return timeCommand(state, cmd, parg)
  }
}
