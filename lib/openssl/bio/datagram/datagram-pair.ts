import { passingCopy } from '../../../base/allocate.ts'
import { Watchers } from '../../../transport/readiness.ts'
import type { Out } from '../../boundary.ts'
import { requireInstance, requireLive, requireOut } from '../../boundary.ts'
import {
  BIO_C_DESTROY_BIO_PAIR,
  BIO_C_GET_WRITE_BUF_SIZE,
  BIO_C_GET_WRITE_GUARANTEE,
  BIO_C_MAKE_BIO_PAIR,
  BIO_C_SET_WRITE_BUF_SIZE,
  BIO_CTRL_DGRAM_GET_FALLBACK_MTU,
  BIO_CTRL_DGRAM_GET_MTU,
  BIO_CTRL_DGRAM_QUERY_MTU,
  BIO_CTRL_DGRAM_SET_MTU,
  BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT,
  BIO_CTRL_EOF,
  BIO_CTRL_FLUSH,
  BIO_CTRL_PENDING,
  BIO_CTRL_RESET,
} from '../../constants/bio.ts'
import {
  BIO_CTRL_DGRAM_GET_CAPS,
  BIO_CTRL_DGRAM_GET_EFFECTIVE_CAPS,
  BIO_CTRL_DGRAM_GET_LOCAL_ADDR_CAP,
  BIO_CTRL_DGRAM_GET_LOCAL_ADDR_ENABLE,
  BIO_CTRL_DGRAM_GET_NO_TRUNC,
  BIO_CTRL_DGRAM_SET_CAPS,
  BIO_CTRL_DGRAM_SET_LOCAL_ADDR_ENABLE,
  BIO_CTRL_DGRAM_SET_NO_TRUNC,
  BIO_CTRL_DGRAM_SET0_LOCAL_ADDR,
  BIO_DGRAM_CAP_HANDLES_DST_ADDR,
  BIO_DGRAM_CAP_HANDLES_SRC_ADDR,
  BIO_DGRAM_CAP_PROVIDES_DST_ADDR,
  BIO_R_LOCAL_ADDR_NOT_AVAILABLE,
  BIO_R_NON_FATAL,
  BIO_R_PEER_ADDR_NOT_AVAILABLE,
  BIO_TYPE_DGRAM_MEM,
  BIO_TYPE_DGRAM_PAIR,
} from '../../constants/bio-datagram.ts'
import { BIO_R_BROKEN_PIPE, BIO_R_IN_USE, BIO_R_INVALID_ARGUMENT } from '../../constants/bioerr.ts'
import { ERR_LIB_BIO } from '../../constants/err.ts'
import { raise } from '../../err/raise.ts'
import { BIO, BIO_clear_retry_flags } from '../bio.ts'
import { BIO_set_retry_read, BIO_set_retry_write } from '../macros.ts'
import { newPair } from '../memory/pair-calls.ts'
import { BIO_METHOD, type BIO_MSG, type BioHooks } from '../method.ts'
import { BIO_ADDR, BIO_ADDR_clear, BIO_ADDR_copy, BIO_ADDR_dup, BIO_ADDR_free } from '../socket/addr.ts'
import { untilChange } from '../wait.ts'
import { type Datagram, DatagramStore } from './datagram-store.ts'

/**
 * Memory that keeps the borders of datagrams, and can carry addresses (BIO_s_dgram_mem(3)). What is not read is capped
 * at 1 MiB.
 */
export function BIO_s_dgram_mem(): BIO_METHOD {
  return MEMORY
}

/** One end of a datagram path in memory (BIO_s_dgram_pair(3)): join two with BIO_make_bio_pair. */
export function BIO_s_dgram_pair(): BIO_METHOD {
  return PAIR
}

/**
 * Two joined datagram ends (BIO_new_bio_dgram_pair(3)).
 * @param writebuf1 - bytes, with 232 for each datagram, that can wait to be read; 0 for nine datagrams of 1472 bytes
 * @returns 1, or 0
 */
export function BIO_new_bio_dgram_pair(
  bio1: Out<BIO | null>,
  writebuf1: number,
  bio2: Out<BIO | null>,
  writebuf2: number,
): number {
  return newPair(PAIR, bio1, writebuf1, bio2, writebuf2)
}

/** One end: the store that its writes go to. A pair reads the other end's store, memory its own. */
class End {
  readonly store: DatagramStore
  peer: { readonly bio: BIO; readonly end: End } | null = null
  mtu = 1472
  caps = 0
  local: BIO_ADDR | null = null
  localEnabled = false
  /** A read that would cut a datagram fails, and the datagram stays. */
  whole = false
  readonly waiters = new Watchers()

  constructor(grows: boolean) {
    this.store = new DatagramStore(grows)
  }

  get source(): End {
    return this.peer?.end ?? this
  }
}

/** Room for any datagram. */
const LONGEST = 0xffff

function endOf(b: BIO): End {
  return requireInstance(b.ptr, End, 'the data of the BIO')
}

/** The datagram taken, or the reason why there is none. */
function take(b: BIO, room: number): Datagram | number {
  if (!b.init) return BIO_R_BROKEN_PIPE
  const end = endOf(b)
  const { source } = end
  const first = source.store.peek()
  if (first === undefined || (end.whole && room < first.data.length)) return BIO_R_NON_FATAL
  source.store.shift()
  source.waiters.changed()
  return first
}

/** 0 for success, or the reason. The data is kept as it is. */
function put(b: BIO, data: Uint8Array, from: BIO_ADDR | null, to: BIO_ADDR | null): number {
  if (!b.init) return BIO_R_BROKEN_PIPE
  const end = endOf(b)
  if (from !== null && !end.localEnabled) return BIO_R_LOCAL_ADDR_NOT_AVAILABLE
  if (to !== null && !(end.source.caps & BIO_DGRAM_CAP_HANDLES_DST_ADDR)) return BIO_R_PEER_ADDR_NOT_AVAILABLE
  const source = from ?? end.local
  if (!end.store.push({ data, from: source && BIO_ADDR_dup(source), to: to && BIO_ADDR_dup(to) }))
    return BIO_R_NON_FATAL
  end.source.waiters.changed()
  return 0
}

function read(b: BIO, out: Uint8Array): number {
  const taken = readWhole(b, out.length)
  if (typeof taken === 'number') return taken
  const data = taken.subarray(0, out.length)
  out.set(data)
  return data.length
}

/** The next datagram, the caller's to keep; -1 when there is none, or none that fits where none may be cut. */
function readWhole(b: BIO, room: number): Uint8Array | -1 {
  BIO_clear_retry_flags(b)
  const datagram = take(b, room)
  if (typeof datagram !== 'number') return datagram.data
  if (datagram !== BIO_R_NON_FATAL) raise(ERR_LIB_BIO, datagram)
  else if (endOf(b).source.store.peek() === undefined) BIO_set_retry_read(b)
  return -1
}

/**
 * A full store asks for a retry and queues nothing: OpenSSL 3.2 queues BIO_R_NON_FATAL, which SSL_get_error takes for
 * a failure.
 */
function write(b: BIO, data: Uint8Array): number {
  return give(b, passingCopy(data))
}

/** As `write`, of data that nobody touches any more. */
function give(b: BIO, data: Uint8Array): number {
  BIO_clear_retry_flags(b)
  const reason = put(b, data, null, null)
  if (reason === 0) return data.length
  if (reason === BIO_R_NON_FATAL) BIO_set_retry_write(b)
  else raise(ERR_LIB_BIO, reason)
  return -1
}

/** Works through the messages until one fails: 1 when any was processed. */
function each(msg: BIO_MSG[], num: number, processed: Out<number>, work: (message: BIO_MSG) => number): number {
  for (const message of msg.slice(0, num)) {
    const reason = work(message)
    if (reason !== 0) {
      if (processed.value === 0) raise(ERR_LIB_BIO, reason)
      return Number(processed.value > 0)
    }
    message.flags = 0
    processed.value++
  }
  return 1
}

function sendmmsg(b: BIO, msg: BIO_MSG[], num: number, _flags: number, processed: Out<number>): number {
  return each(msg, num, processed, ({ data, data_len, local, peer }) =>
    put(b, passingCopy(data.subarray(0, data_len)), local, peer),
  )
}

function recvmmsg(b: BIO, msg: BIO_MSG[], num: number, _flags: number, processed: Out<number>): number {
  return each(msg, num, processed, message => {
    if (message.local !== null && !endOf(b).localEnabled) return BIO_R_LOCAL_ADDR_NOT_AVAILABLE
    const room = message.data.subarray(0, message.data_len)
    const datagram = take(b, room.length)
    if (typeof datagram === 'number') return datagram
    const data = datagram.data.subarray(0, room.length)
    room.set(data)
    message.data_len = data.length
    if (message.local !== null) tell(message.local, datagram.to)
    if (message.peer !== null) tell(message.peer, datagram.from)
    return 0
  })
}

function tell(place: BIO_ADDR, address: BIO_ADDR | null): void {
  if (address === null) BIO_ADDR_clear(place)
  else BIO_ADDR_copy(place, address)
}

function memoryCtrl(b: BIO, cmd: number, num: number, ptr: unknown): number {
  const end = endOf(b)
  switch (cmd) {
    case BIO_C_SET_WRITE_BUF_SIZE:
      if (end.peer === null) return Number(end.store.resize(num))
      raise(ERR_LIB_BIO, BIO_R_IN_USE)
      return 0
    case BIO_C_GET_WRITE_BUF_SIZE:
      return end.store.size
    case BIO_CTRL_RESET:
      end.store.clear()
      end.waiters.changed()
      return 1
    case BIO_C_GET_WRITE_GUARANTEE:
      return end.store.room < end.mtu ? 0 : end.store.room
    case BIO_CTRL_PENDING:
      return (b.init && end.source.store.peek()?.data.length) || 0
    case BIO_CTRL_EOF:
      return Number(!b.init)
    // The next timeout concerns nobody here, and 1 is what a program's own BIO is told to answer.
    case BIO_CTRL_FLUSH:
    case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT:
      return 1
    // OpenSSL leaves the queries unanswered, and DTLS falls to datagrams of 256 bytes (rust-openssl#1155).
    case BIO_CTRL_DGRAM_GET_MTU:
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
      return end.mtu
    case BIO_CTRL_DGRAM_SET_MTU:
      end.mtu = num
      if (end.peer !== null) end.peer.end.mtu = num
      return 1
    default:
      return addressCtrl(b, end, cmd, num, ptr)
  }
}

const LOCAL_ADDRESS = BIO_DGRAM_CAP_HANDLES_SRC_ADDR | BIO_DGRAM_CAP_PROVIDES_DST_ADDR

function addressCtrl(b: BIO, end: End, cmd: number, num: number, ptr: unknown): number {
  const canBeLocal = b.init !== 0 && (~end.source.caps & LOCAL_ADDRESS) === 0
  switch (cmd) {
    case BIO_CTRL_DGRAM_GET_NO_TRUNC:
      return Number(end.whole)
    case BIO_CTRL_DGRAM_SET_NO_TRUNC:
      end.whole = num > 0
      return 1
    case BIO_CTRL_DGRAM_GET_LOCAL_ADDR_ENABLE:
      requireOut<number>(ptr, 'enable').value = Number(end.localEnabled)
      return 1
    case BIO_CTRL_DGRAM_SET_LOCAL_ADDR_ENABLE:
      if (!canBeLocal) return 0
      end.localEnabled = num !== 0
      return 1
    case BIO_CTRL_DGRAM_GET_LOCAL_ADDR_CAP:
      return Number(canBeLocal)
    case BIO_CTRL_DGRAM_GET_EFFECTIVE_CAPS:
      return b.method === PAIR ? (end.peer?.end.caps ?? 0) : end.caps
    case BIO_CTRL_DGRAM_GET_CAPS:
      return end.caps
    case BIO_CTRL_DGRAM_SET_CAPS:
      end.caps = num
      return 1
    case BIO_CTRL_DGRAM_SET0_LOCAL_ADDR:
      BIO_ADDR_free(end.local)
      end.local = ptr === null ? null : requireInstance(ptr, BIO_ADDR, 'addr')
      return 1
    default:
      return 0
  }
}

function pairCtrl(b: BIO, cmd: number, num: number, ptr: unknown): number {
  if (cmd === BIO_C_MAKE_BIO_PAIR) return join(b, requireLive(ptr, BIO, 'b2'))
  if (cmd !== BIO_C_DESTROY_BIO_PAIR) return memoryCtrl(b, cmd, num, ptr)
  part(b)
  return 1
}

function join(one: BIO, two: BIO): number {
  const a = endOf(one)
  const b = endOf(two)
  if (two.method !== PAIR || one === two) {
    raise(ERR_LIB_BIO, BIO_R_INVALID_ARGUMENT, 'both BIOs must be BIO_dgram_pair')
    return 0
  }
  if (a.peer !== null || b.peer !== null) {
    raise(ERR_LIB_BIO, BIO_R_IN_USE, 'cannot associate a BIO_dgram_pair which is already in use')
    return 0
  }
  a.peer = { bio: two, end: b }
  b.peer = { bio: one, end: a }
  one.init = two.init = 1
  return 1
}

function part(b: BIO): void {
  const end = endOf(b)
  const { peer } = end
  end.store.clear()
  b.init = 0
  end.waiters.changed()
  if (peer === null) return
  peer.end.store.clear()
  peer.bio.init = 0
  end.peer = peer.end.peer = null
  peer.end.waiters.changed()
}

const HOOKS: Partial<BioHooks> = {
  read,
  take: b => readWhole(b, LONGEST),
  write,
  give,
  sendmmsg,
  recvmmsg,
  destroy: b => {
    part(b)
    BIO_ADDR_free(endOf(b).local)
    return 1
  },
  wait: async (b, want, milliseconds, recall) => {
    const end = endOf(b)
    const ready = want === 'write' ? end.store.room >= end.mtu : end.source.store.peek() !== undefined
    return !b.init || ready || untilChange([end.waiters], milliseconds, recall)
  },
}

const PAIR = new BIO_METHOD(BIO_TYPE_DGRAM_PAIR, 'BIO dgram pair', {
  ...HOOKS,
  ctrl: pairCtrl,
  create: b => {
    b.ptr = new End(false)
    return 1
  },
})

const MEMORY = new BIO_METHOD(BIO_TYPE_DGRAM_MEM, 'BIO dgram mem', {
  ...HOOKS,
  ctrl: memoryCtrl,
  create: b => {
    b.ptr = new End(true)
    b.init = 1
    return 1
  },
})
