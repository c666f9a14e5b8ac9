import { EBADF, EPIPE, setErrno } from '../../../base/errno.ts'
import type { AssociationSocket } from '../../../profile/association-socket.ts'
import { SCTP_NODELAY } from '../../../sctp/api/index.ts'
import { closeDescriptor, descriptor } from '../../../transport/descriptors.ts'
import { requireBytes } from '../../boundary.ts'
import * as C from '../../constants/bio.ts'
import type { BIO } from '../bio.ts'
import type { BioCtrl } from '../method.ts'
import { descriptorCommand, timeCommand } from '../socket/descriptor-ctrl.ts'
import { type SctpState, sctpStateOf } from './dgram-sctp-state.ts'

/** The commands of an SCTP BIO, with OpenSSL's answers; an unknown one gives 0. */
export const sctpCtrl: BioCtrl = (b, cmd, larg, parg) => {
  const state = sctpStateOf(b)
  return (
    descriptorCommand(b, cmd, larg, parg, { release: sctpClear, attach: fd => state.attach(fd) }) ??
    fixedAnswer(state, cmd) ??
    associationCommand(state, cmd, larg, parg) ??
    timeCommand(state, cmd, parg) ??
    0
  )
}

/** Closes the descriptor if it is this BIO's to close, and if the number still stands for the same socket. */
export function sctpClear(b: BIO): void {
  if (!b.shutdown) return
  const { socket } = sctpStateOf(b)
  if (b.init && socket !== null && descriptor(b.num) === socket) closeDescriptor(b.num)
  b.init = 0
  b.flags = 0
}

/** SCTP cuts messages itself, and is connected or is nothing. */
function fixedAnswer(state: SctpState, cmd: number): number | undefined {
  switch (cmd) {
    case C.BIO_CTRL_DUP:
      return 1
    case C.BIO_CTRL_DGRAM_QUERY_MTU:
    case C.BIO_CTRL_DGRAM_SET_MTU:
      state.mtu = MTU
      return MTU
    case C.BIO_CTRL_DGRAM_GET_MTU:
      return state.mtu
    case C.BIO_CTRL_DGRAM_GET_MTU_OVERHEAD:
      return 0
    case C.BIO_CTRL_DGRAM_CONNECT:
    case C.BIO_CTRL_DGRAM_SET_CONNECTED:
    case C.BIO_CTRL_DGRAM_SET_DONT_FRAG:
      return -1
    default:
      return undefined
  }
}

function associationCommand(state: SctpState, cmd: number, larg: number, parg: unknown): number | undefined {
  if (!COMMANDS.has(cmd)) return undefined
  const { association } = state
  if (association === null) return system(-EBADF)
  switch (cmd) {
    case C.BIO_CTRL_DGRAM_SCTP_SAVE_SHUTDOWN:
      state.saveShutdown = larg > 0
      return 1
    case C.BIO_CTRL_DGRAM_SCTP_WAIT_FOR_DRY: {
      const dry = association.askDry()
      return dry === -EPIPE ? 0 : system(dry)
    }
    case C.BIO_CTRL_DGRAM_SCTP_MSG_WAITING:
      return Number(association.waiting)
    case C.BIO_CTRL_DGRAM_SCTP_SET_IN_HANDSHAKE:
      return system(association.socket.setOption(SCTP_NODELAY, { value: Number(larg > 0) }))
    case C.BIO_CTRL_DGRAM_SCTP_ADD_AUTH_KEY:
      return system(association.keys.add(requireBytes(parg, 'parg')))
    case C.BIO_CTRL_DGRAM_SCTP_NEXT_AUTH_KEY:
      return system(association.keys.activate())
    case C.BIO_CTRL_DGRAM_SCTP_AUTH_CCS_RCVD:
      return system(association.keys.retire())
    default:
      return infoCommand(association, cmd, parg)
  }
}

/** The structs, in and out; a field that the program leaves out stays as it was. */
function infoCommand(association: AssociationSocket, cmd: number, parg: unknown): number | undefined {
  switch (cmd) {
    case C.BIO_CTRL_DGRAM_SCTP_GET_SNDINFO:
      Object.assign(structIn(parg), association.sendInfo)
      return SNDINFO_SIZE
    case C.BIO_CTRL_DGRAM_SCTP_SET_SNDINFO:
      association.sendInfo = picked(association.sendInfo, structIn(parg))
      return 1
    case C.BIO_CTRL_DGRAM_SCTP_GET_RCVINFO:
      Object.assign(structIn(parg), association.receiveInfo)
      return RCVINFO_SIZE
    case C.BIO_CTRL_DGRAM_SCTP_SET_RCVINFO:
      association.receiveInfo = picked(association.receiveInfo, structIn(parg))
      return 1
    case C.BIO_CTRL_DGRAM_SCTP_GET_PRINFO:
      Object.assign(structIn(parg), association.prInfo)
      return PRINFO_SIZE
    case C.BIO_CTRL_DGRAM_SCTP_SET_PRINFO:
      association.prInfo = picked(association.prInfo, structIn(parg))
      return 1
    default:
      return undefined
  }
}

function structIn(parg: unknown): object {
  if (typeof parg !== 'object' || parg === null) throw new TypeError('parg: an object with the C field names is needed')
  return parg
}

function picked<T extends Readonly<Record<keyof T, number>>>(current: T, given: object): T {
  const next = { ...current }
  for (const [name, value] of Object.entries(given)) {
    if (!(name in current)) continue
    if (!Number.isInteger(value)) throw new TypeError(`parg.${name}: an integer is needed`)
    Object.assign(next, { [name]: value })
  }
  return next
}

function system(result: number): number {
  if (result >= 0) return result
  setErrno(-result)
  return -1
}

/** Always, whatever is set: SCTP cuts and joins (RFC 6083 section 4.2). */
const MTU = 16384
/** What the queries answer: the sizes of the C structs, in bytes. */
const SNDINFO_SIZE = 12
const RCVINFO_SIZE = 24
const PRINFO_SIZE = 8

const COMMANDS: ReadonlySet<number> = new Set([
  C.BIO_CTRL_DGRAM_SCTP_SAVE_SHUTDOWN,
  C.BIO_CTRL_DGRAM_SCTP_WAIT_FOR_DRY,
  C.BIO_CTRL_DGRAM_SCTP_MSG_WAITING,
  C.BIO_CTRL_DGRAM_SCTP_SET_IN_HANDSHAKE,
  C.BIO_CTRL_DGRAM_SCTP_ADD_AUTH_KEY,
  C.BIO_CTRL_DGRAM_SCTP_NEXT_AUTH_KEY,
  C.BIO_CTRL_DGRAM_SCTP_AUTH_CCS_RCVD,
  C.BIO_CTRL_DGRAM_SCTP_GET_SNDINFO,
  C.BIO_CTRL_DGRAM_SCTP_SET_SNDINFO,
  C.BIO_CTRL_DGRAM_SCTP_GET_RCVINFO,
  C.BIO_CTRL_DGRAM_SCTP_SET_RCVINFO,
  C.BIO_CTRL_DGRAM_SCTP_GET_PRINFO,
  C.BIO_CTRL_DGRAM_SCTP_SET_PRINFO,
])
