import { EMSGSIZE } from '../../../base/errno.ts'
import { closeDescriptor } from '../../../transport/descriptors.ts'
import { requireLive } from '../../boundary.ts'
import {
  BIO_CTRL_DGRAM_CONNECT,
  BIO_CTRL_DGRAM_GET_FALLBACK_MTU,
  BIO_CTRL_DGRAM_GET_MTU,
  BIO_CTRL_DGRAM_GET_MTU_OVERHEAD,
  BIO_CTRL_DGRAM_GET_PEER,
  BIO_CTRL_DGRAM_MTU_DISCOVER,
  BIO_CTRL_DGRAM_MTU_EXCEEDED,
  BIO_CTRL_DGRAM_QUERY_MTU,
  BIO_CTRL_DGRAM_SCTP_SET_IN_HANDSHAKE,
  BIO_CTRL_DGRAM_SET_CONNECTED,
  BIO_CTRL_DGRAM_SET_DONT_FRAG,
  BIO_CTRL_DGRAM_SET_MTU,
  BIO_CTRL_DGRAM_SET_PEEK_MODE,
  BIO_CTRL_DGRAM_SET_PEER,
  BIO_CTRL_DUP,
} from '../../constants/bio.ts'
import { BIO } from '../bio.ts'
import type { BioCtrl } from '../method.ts'
import { BIO_ADDR, setAddress, sockaddrSize } from '../socket/addr.ts'
import { descriptorCommand, takeError, timeCommand } from '../socket/descriptor-ctrl.ts'
import { type DgramState, fallbackMtu, overhead, socketAt, stateOf } from './dgram-state.ts'

/** The commands of a datagram BIO, with the answers of OpenSSL 3.0; an unknown one gives 0. */
export const dgramCtrl: BioCtrl = (b, cmd, larg, parg) => {
  const state = stateOf(b)
  return (
    descriptorCommand(b, cmd, larg, parg, { release: dgramClear, attach: fd => (state.socket = socketAt(fd)) }) ??
    modeCommand(state, cmd, larg, parg) ??
    peerCommand(b, cmd, larg, parg) ??
    mtuCommand(b, cmd, larg) ??
    timeCommand(state, cmd, parg) ??
    0
  )
}

/** Closes the descriptor if it is this BIO's to close, and if the number still stands for the same socket. */
export function dgramClear(b: BIO): void {
  if (!b.shutdown) return
  const { socket } = stateOf(b)
  if (b.init && socket !== null && socketAt(b.num) === socket) closeDescriptor(b.num)
  b.init = 0
  b.flags = 0
}

function modeCommand(state: DgramState, cmd: number, larg: number, parg: unknown): number | undefined {
  switch (cmd) {
    case BIO_CTRL_DUP:
      if (parg instanceof BIO) stateOf(parg).socket = state.socket
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

/** An address without a family leaves the peer as it was. */
function takePeer(state: DgramState, parg: unknown): void {
  state.peer = requireLive(parg, BIO_ADDR, 'peer').endpoint ?? state.peer
}

function dontFragment(state: DgramState, on: boolean): boolean {
  if (state.socket === null) return false
  state.socket.dontFragment = on
  return true
}
