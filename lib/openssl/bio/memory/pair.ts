import { wipe } from '../../../base/bytes.ts'
import { Watchers } from '../../../transport/readiness.ts'
import type { Out } from '../../boundary.ts'
import { requireInstance, requireLive, requireOut } from '../../boundary.ts'
import {
  BIO_C_DESTROY_BIO_PAIR,
  BIO_C_GET_READ_REQUEST,
  BIO_C_GET_WRITE_BUF_SIZE,
  BIO_C_GET_WRITE_GUARANTEE,
  BIO_C_MAKE_BIO_PAIR,
  BIO_C_NREAD,
  BIO_C_NREAD0,
  BIO_C_NWRITE,
  BIO_C_NWRITE0,
  BIO_C_RESET_READ_REQUEST,
  BIO_C_SET_WRITE_BUF_SIZE,
  BIO_C_SHUTDOWN_WR,
  BIO_CTRL_DUP,
  BIO_CTRL_EOF,
  BIO_CTRL_FLUSH,
  BIO_CTRL_PENDING,
  BIO_CTRL_RESET,
  BIO_CTRL_WPENDING,
  BIO_TYPE_BIO,
} from '../../constants/bio.ts'
import { BIO_R_BROKEN_PIPE, BIO_R_IN_USE, BIO_R_INVALID_ARGUMENT } from '../../constants/bioerr.ts'
import { ERR_LIB_BIO } from '../../constants/err.ts'
import { raise } from '../../err/raise.ts'
import { BIO, BIO_clear_retry_flags } from '../bio.ts'
import { closeFlagCommand } from '../close-flag.ts'
import { putsAsWrite } from '../io.ts'
import { BIO_set_retry_read, BIO_set_retry_write } from '../macros.ts'
import { BIO_METHOD } from '../method.ts'
import { untilChange } from '../wait.ts'

/** One end of a pipe whose other end is also a BIO (BIO_s_bio(3)): join two with BIO_make_bio_pair. */
export function BIO_s_bio(): BIO_METHOD {
  return PAIR
}

/** Room for one TLS record. */
const DEFAULT_SIZE = 17 * 1024

/** C would fail to allocate much less on most systems. */
const MAX_SIZE = 0x7fffffff

/** One end: the ring that its writes go to; the other end reads it. */
class End {
  peer: { readonly bio: BIO; readonly end: End } | null = null
  /** No more writes will come. */
  closed = false
  /** What the other end tried to read in vain. */
  request = 0
  size = DEFAULT_SIZE
  length = 0
  #ring = new Uint8Array(0)
  #offset = 0
  readonly waiters = new Watchers()

  join(bio: BIO, end: End): void {
    this.peer = { bio, end }
    this.closed = false
    this.request = 0
    if (this.#ring.length !== this.size) this.#ring = new Uint8Array(this.size)
  }

  clear(): void {
    wipe(this.#ring)
    this.length = this.#offset = 0
  }

  /** What can be read in one piece. */
  readable(): Uint8Array {
    return this.#ring.subarray(this.#offset, Math.min(this.#offset + this.length, this.size))
  }

  take(count: number): void {
    this.length -= count
    this.#offset = this.length === 0 ? 0 : (this.#offset + count) % this.size
  }

  /** What can be written in one piece. */
  writable(): Uint8Array {
    const at = (this.#offset + this.length) % this.size
    return this.#ring.subarray(at, Math.min(at + this.size - this.length, this.size))
  }
}

function endOf(b: BIO): End {
  return requireInstance(b.ptr, End, 'the data of the BIO')
}

/** The end whose ring this one reads, once it can be read; else the result of a read that cannot be. */
function source(b: BIO, wanted: number): End | 0 | -1 {
  BIO_clear_retry_flags(b)
  const peer = endOf(b).peer?.end
  if (!b.init || peer === undefined) return 0
  peer.request = 0
  if (wanted === 0) return 0
  if (peer.length > 0) return peer
  if (peer.closed) return 0
  BIO_set_retry_read(b)
  peer.request = Math.min(wanted, peer.size)
  return -1
}

function read(b: BIO, out: Uint8Array): number {
  const from = source(b, out.length)
  if (typeof from === 'number') return from
  let done = 0
  while (done < out.length && from.length > 0) done += moveOut(from, out.subarray(done))
  from.waiters.changed()
  return done
}

function moveOut(from: End, out: Uint8Array): number {
  const piece = from.readable().subarray(0, out.length)
  out.set(piece)
  wipe(piece)
  from.take(piece.length)
  return piece.length
}

/** This end, once it can be written to; else the result of a write that cannot be. */
function target(b: BIO): End | 0 | -1 {
  BIO_clear_retry_flags(b)
  const end = endOf(b)
  if (!b.init) return 0
  end.request = 0
  if (end.closed) {
    raise(ERR_LIB_BIO, BIO_R_BROKEN_PIPE)
    return -1
  }
  if (end.length < end.size) return end
  BIO_set_retry_write(b)
  return -1
}

function write(b: BIO, data: Uint8Array): number {
  if (data.length === 0) return 0
  const to = target(b)
  if (typeof to === 'number') return to
  let done = 0
  while (done < data.length && to.length < to.size) {
    const room = to.writable()
    const piece = data.subarray(done, done + room.length)
    room.set(piece)
    to.length += piece.length
    done += piece.length
  }
  to.peer?.end.waiters.changed()
  return done
}

function nread(b: BIO, wanted: number | null, place: Out<Uint8Array>): number {
  const from = source(b, 1)
  if (typeof from === 'number') return from
  const bytes = from.readable()
  place.value = bytes
  if (wanted === null) return bytes.length
  const taken = Math.min(wanted, bytes.length)
  if (taken > 0) {
    from.take(taken)
    from.waiters.changed()
  }
  return taken
}

function nwrite(b: BIO, wanted: number | null, place: Out<Uint8Array>): number {
  const to = target(b)
  if (typeof to === 'number') return to
  const room = to.writable()
  place.value = room
  if (wanted === null) return room.length
  const given = Math.min(wanted, room.length)
  if (given > 0) {
    to.length += given
    to.peer?.end.waiters.changed()
  }
  return given
}

function ctrl(b: BIO, cmd: number, num: number, ptr: unknown): number {
  const end = endOf(b)
  const peer = end.peer?.end
  switch (cmd) {
    case BIO_C_SET_WRITE_BUF_SIZE:
      if (end.peer !== null || num <= 0 || num > MAX_SIZE) {
        raise(ERR_LIB_BIO, end.peer === null ? BIO_R_INVALID_ARGUMENT : BIO_R_IN_USE)
        return 0
      }
      end.size = num
      return 1
    case BIO_C_GET_WRITE_BUF_SIZE:
      return end.size
    case BIO_C_MAKE_BIO_PAIR:
      return join(b, requireLive(ptr, BIO, 'b2'))
    case BIO_C_DESTROY_BIO_PAIR:
      part(b)
      return 1
    case BIO_C_GET_WRITE_GUARANTEE:
      return end.peer === null || end.closed ? 0 : end.size - end.length
    case BIO_C_GET_READ_REQUEST:
      return end.request
    case BIO_C_RESET_READ_REQUEST:
      end.request = 0
      return 1
    case BIO_C_SHUTDOWN_WR:
      end.closed = true
      end.waiters.changed()
      peer?.waiters.changed()
      return 1
    case BIO_C_NREAD0:
    case BIO_C_NREAD:
      return nread(b, cmd === BIO_C_NREAD0 ? null : num, requireOut(ptr, 'buf'))
    case BIO_C_NWRITE0:
    case BIO_C_NWRITE:
      return nwrite(b, cmd === BIO_C_NWRITE0 ? null : num, requireOut(ptr, 'buf'))
    case BIO_CTRL_RESET:
      end.clear()
      end.waiters.changed()
      return 0
    case BIO_CTRL_PENDING:
      return peer?.length ?? 0
    case BIO_CTRL_WPENDING:
      return end.length
    case BIO_CTRL_DUP:
      endOf(requireLive(ptr, BIO, 'ret')).size = end.size
      return 1
    case BIO_CTRL_FLUSH:
      return 1
    case BIO_CTRL_EOF:
      return Number(peer === undefined || (peer.length === 0 && peer.closed))
    default:
      return closeFlagCommand(b, cmd, num) ?? 0
  }
}

function join(one: BIO, two: BIO): number {
  if (two.method !== PAIR) throw new TypeError('b2: a BIO made with BIO_s_bio is needed')
  const a = endOf(one)
  const b = endOf(two)
  if (a.peer !== null || b.peer !== null) {
    raise(ERR_LIB_BIO, BIO_R_IN_USE)
    return 0
  }
  a.join(two, b)
  b.join(one, a)
  one.init = two.init = 1
  return 1
}

function part(b: BIO): void {
  const end = endOf(b)
  const { peer } = end
  if (peer === null) return
  for (const half of [end, peer.end]) {
    half.peer = null
    half.clear()
    half.waiters.changed()
  }
  b.init = peer.bio.init = 0
}

const PAIR = new BIO_METHOD(BIO_TYPE_BIO, 'BIO pair', {
  read,
  write,
  puts: putsAsWrite(write),
  ctrl,
  create: b => {
    b.ptr = new End()
    return 1
  },
  destroy: b => {
    part(b)
    return 1
  },
  wait: async (b, want, milliseconds, recall) => {
    const end = endOf(b)
    const peer = end.peer?.end
    const ready = want === 'write' ? end.length < end.size || end.closed : (peer?.length ?? 0) > 0 || peer?.closed
    return peer === undefined || ready || untilChange([end.waiters], milliseconds, recall)
  },
})
