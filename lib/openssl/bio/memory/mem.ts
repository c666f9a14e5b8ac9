import { copy, utf8 } from '../../../base/bytes.ts'
import { Watchers } from '../../../transport/readiness.ts'
import type { Out } from '../../boundary.ts'
import { requireBytes, requireInstance, requireOut, requireSignedLength } from '../../boundary.ts'
import {
  BIO_C_FILE_SEEK,
  BIO_C_FILE_TELL,
  BIO_C_GET_BUF_MEM_PTR,
  BIO_C_SET_BUF_MEM,
  BIO_C_SET_BUF_MEM_EOF_RETURN,
  BIO_CTRL_DUP,
  BIO_CTRL_EOF,
  BIO_CTRL_FLUSH,
  BIO_CTRL_INFO,
  BIO_CTRL_PENDING,
  BIO_CTRL_RESET,
  BIO_FLAGS_MEM_RDONLY,
  BIO_FLAGS_NONCLEAR_RST,
  BIO_TYPE_MEM,
} from '../../constants/bio.ts'
import { BIO_R_WRITE_TO_READ_ONLY_BIO } from '../../constants/bioerr.ts'
import { ERR_LIB_BIO } from '../../constants/err.ts'
import { raise } from '../../err/raise.ts'
import { type BIO, BIO_clear_retry_flags, BIO_new } from '../bio.ts'
import { closeFlagCommand } from '../close-flag.ts'
import { BIO_ctrl, putsAsWrite } from '../io.ts'
import { BIO_set_retry_read } from '../macros.ts'
import { BIO_METHOD, type BioHooks } from '../method.ts'
import { untilChange } from '../wait.ts'
import { BUF_MEM, BUF_MEM_free, BUF_MEM_grow } from './buf-mem.ts'

/**
 * Memory that is written at one end and read at the other (BIO_s_mem(3)). It has no borders: a DTLS program feeds one
 * datagram at a time, or uses BIO_s_dgram_mem. Read empty, it gives -1 and asks for a retry, or what
 * BIO_set_mem_eof_return set. It grows without bound, as OpenSSL's does: the program that feeds it sets the limit.
 */
export function BIO_s_mem(): BIO_METHOD {
  return MEMORY
}

/** BIO_s_mem for secrets. All memory of both kinds is wiped when it is dropped; JavaScript cannot lock it. */
export function BIO_s_secmem(): BIO_METHOD {
  return SECURE_MEMORY
}

/**
 * A BIO that reads given bytes, and only reads (BIO_new_mem_buf(3)). At the end it gives 0; BIO_reset starts again.
 * The bytes are copied, where C keeps the pointer.
 * @param len - bytes to use; a negative one is up to the first NUL, none all of them
 */
export function BIO_new_mem_buf(buf: Uint8Array | string, len?: number): BIO | null {
  const bytes = typeof buf === 'string' ? utf8(buf) : requireBytes(buf, 'buf')
  const length = requireSignedLength(len, bytes, 'len')
  const bio = BIO_new(MEMORY)
  if (bio === null) return null
  const { buffer } = memoryOf(bio)
  buffer.data = copy(bytes.subarray(0, length < 0 ? untilNul(bytes) : length))
  buffer.length = buffer.data.length
  bio.flags |= BIO_FLAGS_MEM_RDONLY
  bio.num = 0
  return bio
}

/**
 * The bytes that can be read, in `pp.value`: a view, good until the next write, reset or free.
 * @returns their number
 */
export function BIO_get_mem_data(b: BIO | null, pp: Out<Uint8Array> | null): number {
  return BIO_ctrl(b, BIO_CTRL_INFO, 0, pp)
}

/** Exchanges the memory for the program's own buffer. @param c - BIO_CLOSE when the BIO is to free it */
export function BIO_set_mem_buf(b: BIO | null, bm: BUF_MEM, c: number): number {
  return BIO_ctrl(b, BIO_C_SET_BUF_MEM, c, bm)
}

/** The buffer below, in `pp.value`; with BIO_set_close(b, BIO_NOCLOSE) it outlives the BIO. @returns 1 */
export function BIO_get_mem_ptr(b: BIO | null, pp: Out<BUF_MEM | null>): number {
  return BIO_ctrl(b, BIO_C_GET_BUF_MEM_PTR, 0, pp)
}

/** What a read of the empty memory gives: 0 is the end, anything else asks for a retry; -1 at first. @returns 1 */
export function BIO_set_mem_eof_return(b: BIO | null, v: number): number {
  return BIO_ctrl(b, BIO_C_SET_BUF_MEM_EOF_RETURN, v)
}

/** The unread bytes are those from `at` on. */
class Memory {
  buffer = new BUF_MEM()
  at = 0
  readonly readers = new Watchers()
}

function memoryOf(b: BIO): Memory {
  return requireInstance(b.ptr, Memory, 'the data of the BIO')
}

function create(b: BIO): number {
  b.ptr = new Memory()
  b.shutdown = 1
  b.init = 1
  b.num = -1
  return 1
}

function destroy(b: BIO): number {
  const memory = memoryOf(b)
  if (b.shutdown && b.init) BUF_MEM_free(memory.buffer)
  return 1
}

function read(b: BIO, out: Uint8Array): number {
  const memory = memoryOf(b)
  const unread = unreadOf(memory)
  BIO_clear_retry_flags(b)
  const taken = Math.min(out.length, unread.length)
  if (taken > 0) {
    out.set(unread.subarray(0, taken))
    memory.at += taken
    return taken
  }
  if (unread.length > 0) return 0
  if (b.num !== 0) BIO_set_retry_read(b)
  return b.num
}

function write(b: BIO, data: Uint8Array): number {
  if (b.flags & BIO_FLAGS_MEM_RDONLY) {
    raise(ERR_LIB_BIO, BIO_R_WRITE_TO_READ_ONLY_BIO)
    return -1
  }
  BIO_clear_retry_flags(b)
  if (data.length === 0) return 0
  const memory = memoryOf(b)
  compact(memory)
  const { buffer } = memory
  const end = buffer.length
  if (!BUF_MEM_grow(buffer, end + data.length)) return -1
  buffer.data.set(data, end)
  memory.readers.changed()
  return data.length
}

function gets(b: BIO, buf: Uint8Array): number {
  const unread = unreadOf(memoryOf(b))
  BIO_clear_retry_flags(b)
  const room = Math.min(unread.length, buf.length - 1)
  if (room <= 0) {
    buf.fill(0, 0, 1)
    return 0
  }
  const newline = unread.subarray(0, room).indexOf(0x0a)
  const taken = read(b, buf.subarray(0, newline < 0 ? room : newline + 1))
  buf[taken] = 0
  return taken
}

function ctrl(b: BIO, cmd: number, num: number, ptr: unknown): number {
  const memory = memoryOf(b)
  switch (cmd) {
    case BIO_CTRL_RESET:
      return reset(b, memory)
    case BIO_C_FILE_SEEK:
      if (num < 0 || num > memory.buffer.length) return -1
      memory.at = num
      return num
    case BIO_C_FILE_TELL:
      return memory.at
    case BIO_CTRL_EOF:
      return Number(unreadOf(memory).length === 0)
    case BIO_C_SET_BUF_MEM_EOF_RETURN:
      b.num = num
      return 1
    case BIO_CTRL_INFO:
      if (ptr !== null) requireOut<Uint8Array>(ptr, 'pp').value = unreadOf(memory)
      return unreadOf(memory).length
    case BIO_CTRL_PENDING:
      return unreadOf(memory).length
    case BIO_C_SET_BUF_MEM:
      if (b.shutdown) BUF_MEM_free(memory.buffer)
      memory.buffer = requireInstance(ptr, BUF_MEM, 'bm')
      memory.at = 0
      b.shutdown = num
      return 1
    case BIO_C_GET_BUF_MEM_PTR:
      if (ptr !== null) requireOut<BUF_MEM>(ptr, 'pp').value = bufferOf(b, memory)
      return 1
    case BIO_CTRL_DUP:
    case BIO_CTRL_FLUSH:
      return 1
    default:
      return closeFlagCommand(b, cmd, num) ?? 0
  }
}

function unreadOf({ buffer, at }: Memory): Uint8Array {
  return buffer.data.subarray(at, buffer.length)
}

function reset(b: BIO, memory: Memory): number {
  if (!(b.flags & (BIO_FLAGS_MEM_RDONLY | BIO_FLAGS_NONCLEAR_RST))) BUF_MEM_grow(memory.buffer, 0)
  memory.at = 0
  return 1
}

/** Moves the unread bytes to the front, and wipes the place that they leave. */
function compact(memory: Memory): void {
  if (memory.at === 0) return
  const { buffer, at } = memory
  buffer.data.copyWithin(0, at, buffer.length)
  BUF_MEM_grow(buffer, buffer.length - at)
  memory.at = 0
}

/**
 * C shows a read-only BIO's buffer as far as it is unread, and that of another with the unread bytes moved to the
 * front.
 */
function bufferOf(b: BIO, memory: Memory): BUF_MEM {
  if (!(b.flags & BIO_FLAGS_MEM_RDONLY)) {
    compact(memory)
    return memory.buffer
  }
  const rest = new BUF_MEM()
  rest.data = unreadOf(memory)
  rest.length = rest.data.length
  return rest
}

function untilNul(bytes: Uint8Array): number {
  const end = bytes.indexOf(0)
  return end < 0 ? bytes.length : end
}

const HOOKS: Partial<BioHooks> = {
  read,
  write,
  puts: putsAsWrite(write),
  gets,
  ctrl,
  create,
  destroy,
  wait: async (b, want, milliseconds, recall) =>
    want === 'write' || unreadOf(memoryOf(b)).length > 0 || untilChange([memoryOf(b).readers], milliseconds, recall),
}

const MEMORY = new BIO_METHOD(BIO_TYPE_MEM, 'memory buffer', HOOKS)
const SECURE_MEMORY = new BIO_METHOD(BIO_TYPE_MEM, 'secure memory buffer', HOOKS)
