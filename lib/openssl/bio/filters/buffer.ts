import { EMPTY, wipe } from '../../../base/bytes.ts'
import { requireBytes, requireInstance, requireLive, requireOut } from '../../boundary.ts'
import {
  BIO_C_DO_STATE_MACHINE,
  BIO_C_GET_BUFF_NUM_LINES,
  BIO_C_SET_BUFF_READ_DATA,
  BIO_C_SET_BUFF_SIZE,
  BIO_CTRL_DUP,
  BIO_CTRL_EOF,
  BIO_CTRL_FLUSH,
  BIO_CTRL_GET,
  BIO_CTRL_INFO,
  BIO_CTRL_PEEK,
  BIO_CTRL_PENDING,
  BIO_CTRL_RESET,
  BIO_CTRL_WPENDING,
  BIO_TYPE_BUFFER,
} from '../../constants/bio.ts'
import { BIO, BIO_clear_retry_flags } from '../bio.ts'
import { BIO_copy_next_retry } from '../chain.ts'
import { BIO_callback_ctrl, BIO_ctrl, BIO_int_ctrl, BIO_read, BIO_write, putsAsWrite } from '../io.ts'
import { BIO_METHOD } from '../method.ts'

/**
 * A filter that gathers small reads and writes, and knows lines (BIO_f_buffer(3)): BIO_flush sends what was written.
 */
export function BIO_f_buffer(): BIO_METHOD {
  return METHOD
}

/** Sets the size of both buffers, 4096 bytes at first and at least. @returns 1 */
export function BIO_set_buffer_size(b: BIO | null, size: number): number {
  return BIO_ctrl(b, BIO_C_SET_BUFF_SIZE, size)
}

/**
 * Sets the bytes that the reading half holds.
 * @param size - in bytes
 * @returns 1, or 0
 */
export function BIO_set_read_buffer_size(b: BIO | null, size: number): number {
  return BIO_int_ctrl(b, BIO_C_SET_BUFF_SIZE, size, 0)
}

/**
 * Sets the bytes that the writing half holds.
 * @param size - in bytes
 * @returns 1, or 0
 */
export function BIO_set_write_buffer_size(b: BIO | null, size: number): number {
  return BIO_int_ctrl(b, BIO_C_SET_BUFF_SIZE, size, 1)
}

/**
 * Puts bytes into the read buffer as if they had come from below.
 * @param num - bytes of `buf`
 * @returns 1
 */
export function BIO_set_buffer_read_data(b: BIO | null, buf: Uint8Array, num: number): number {
  return BIO_ctrl(b, BIO_C_SET_BUFF_READ_DATA, num, buf)
}

/** The number of line feeds in the read buffer. */
export function BIO_get_buffer_num_lines(b: BIO | null): number {
  return BIO_ctrl(b, BIO_C_GET_BUFF_NUM_LINES, 0)
}

/** The same by the general command, which BIO_f_buffer of 3.0 passes on to the next BIO. */
export function BIO_buffer_get_num_lines(b: BIO | null): number {
  return BIO_ctrl(b, BIO_CTRL_GET, 0)
}

/** Reads up to `l` bytes into `s` and leaves them in the buffer. @returns their number */
export function BIO_buffer_peek(b: BIO | null, s: Uint8Array, l: number): number {
  return BIO_ctrl(b, BIO_CTRL_PEEK, l, s)
}

const SIZE = 4096

/** Bytes between `at` and `end` wait. */
class Bytes {
  bytes = new Uint8Array(SIZE)
  at = 0
  end = 0

  get waiting(): Uint8Array {
    return this.bytes.subarray(this.at, this.end)
  }

  get free(): Uint8Array {
    return this.bytes.subarray(this.end)
  }

  take(count: number): void {
    this.at += count
    if (this.at === this.end) this.at = this.end = 0
  }

  put(data: Uint8Array): void {
    this.bytes.set(data, this.end)
    this.end += data.length
  }

  /** Empties the buffer, and makes it larger if asked. */
  renew(size = this.bytes.length): void {
    wipe(this.bytes)
    if (size !== this.bytes.length) this.bytes = new Uint8Array(Math.max(SIZE, size))
    this.at = this.end = 0
  }
}

class Buffers {
  readonly input = new Bytes()
  readonly output = new Bytes()
}

function buffersOf(b: BIO): Buffers {
  return requireInstance(b.ptr, Buffers, 'the data of the BIO')
}

function read(b: BIO, out: Uint8Array): number {
  if (b.next === null) return 0
  const { input } = buffersOf(b)
  BIO_clear_retry_flags(b)
  let done = 0
  for (;;) {
    const piece = input.waiting.subarray(0, out.length - done)
    out.set(piece, done)
    input.take(piece.length)
    done += piece.length
    if (done === out.length) return done
    // What is larger than the buffer need not pass through it.
    const direct = out.length - done > input.bytes.length
    const got = BIO_read(b.next, direct ? out.subarray(done) : input.bytes)
    if (got <= 0) return short(b, got, done)
    if (direct) done += got
    else input.end = got
  }
}

function write(b: BIO, data: Uint8Array): number {
  if (data.length === 0 || b.next === null) return 0
  const { output } = buffersOf(b)
  BIO_clear_retry_flags(b)
  let done = 0
  while (data.length - done > output.free.length) {
    if (output.end > 0) {
      const piece = data.subarray(done, done + output.free.length)
      output.put(piece)
      done += piece.length
      const sent = drain(b, b.next, output)
      if (sent <= 0) return short(b, sent, done)
    }
    while (data.length - done >= output.bytes.length) {
      const sent = BIO_write(b.next, data.subarray(done))
      if (sent <= 0) return short(b, sent, done)
      done += sent
    }
  }
  output.put(data.subarray(done))
  return data.length
}

/** Sends what waits: more than 0 when all of it is gone, else what the next BIO said. */
function drain(b: BIO, next: BIO, output: Bytes): number {
  while (output.waiting.length > 0) {
    const sent = BIO_write(next, output.waiting)
    if (sent <= 0) {
      BIO_copy_next_retry(b)
      return sent
    }
    output.take(sent)
  }
  return 1
}

/** The result when the next BIO gave `ret` after `done` bytes were moved. */
function short(b: BIO, ret: number, done: number): number {
  BIO_copy_next_retry(b)
  return ret < 0 && done === 0 ? ret : done
}

function gets(b: BIO, buf: Uint8Array, size: number): number {
  if (b.next === null || size <= 0) return 0
  const { input } = buffersOf(b)
  BIO_clear_retry_flags(b)
  let length = 0
  let last: number | undefined
  while (length < size - 1 && last !== 0x0a) {
    if (input.waiting.length === 0) {
      const got = BIO_read(b.next, input.bytes)
      if (got <= 0) {
        buf[length] = 0
        return short(b, got, length)
      }
      input.end = got
    }
    last = input.waiting[0]
    buf.set(input.waiting.subarray(0, 1), length++)
    input.take(1)
  }
  buf[length] = 0
  return length
}

function ctrl(b: BIO, cmd: number, num: number, ptr: unknown): number {
  const { input, output } = buffersOf(b)
  const forward = () => (b.next === null ? 0 : BIO_ctrl(b.next, cmd, num, ptr))
  switch (cmd) {
    case BIO_CTRL_RESET:
      input.renew()
      output.renew()
      return forward()
    case BIO_CTRL_EOF:
      return input.waiting.length > 0 ? 0 : BIO_ctrl(b.next, cmd, num, ptr)
    case BIO_CTRL_INFO:
      return output.waiting.length
    case BIO_C_GET_BUFF_NUM_LINES:
      return input.waiting.filter(byte => byte === 0x0a).length
    case BIO_CTRL_WPENDING:
      return output.waiting.length || forward()
    case BIO_CTRL_PENDING:
      return input.waiting.length || forward()
    case BIO_C_SET_BUFF_READ_DATA:
      input.renew(Math.max(num, input.bytes.length))
      input.put(requireBytes(ptr, 'buf').subarray(0, num))
      return 1
    case BIO_C_SET_BUFF_SIZE:
      return resize(input, output, num, ptr === null ? null : requireOut<number>(ptr, 'which').value)
    case BIO_C_DO_STATE_MACHINE:
      return stateMachine(b, forward)
    case BIO_CTRL_FLUSH:
      return flush(b, output)
    case BIO_CTRL_DUP:
      return BIO_set_read_buffer_size(requireLive(ptr, BIO, 'ret'), input.bytes.length) > 0
        ? Number(BIO_set_write_buffer_size(requireLive(ptr, BIO, 'ret'), output.bytes.length) > 0)
        : 0
    case BIO_CTRL_PEEK:
      return peek(b, input, ptr === null ? EMPTY : requireBytes(ptr, 's').subarray(0, num))
    default:
      return forward()
  }
}

/** @param which - 0 for the read buffer, 1 for the write buffer, null for both */
function resize(input: Bytes, output: Bytes, size: number, which: number | null): number {
  if (which !== 1) input.renew(Math.max(SIZE, size))
  if (which === null || which === 1) output.renew(Math.max(SIZE, size))
  return 1
}

function stateMachine(b: BIO, forward: () => number): number {
  BIO_clear_retry_flags(b)
  const ret = forward()
  if (b.next !== null) BIO_copy_next_retry(b)
  return ret
}

function flush(b: BIO, output: Bytes): number {
  if (b.next === null) return 0
  BIO_clear_retry_flags(b)
  const sent = drain(b, b.next, output)
  if (sent <= 0) return sent
  const ret = BIO_ctrl(b.next, BIO_CTRL_FLUSH, 0)
  BIO_copy_next_retry(b)
  return ret
}

/** Fills the buffer with one read when it is empty; what goes wrong then shows in the flags only. */
function peek(b: BIO, input: Bytes, out: Uint8Array): number {
  BIO_clear_retry_flags(b)
  if (input.waiting.length === 0 && b.next !== null) {
    input.end = Math.max(0, BIO_read(b.next, input.bytes))
    if (input.end === 0) BIO_copy_next_retry(b)
  }
  const bytes = input.waiting.subarray(0, out.length)
  out.set(bytes)
  return bytes.length
}

const METHOD = new BIO_METHOD(BIO_TYPE_BUFFER, 'buffer', {
  read,
  write,
  puts: putsAsWrite(write),
  gets,
  ctrl,
  create: b => {
    b.ptr = new Buffers()
    b.init = 1
    return 1
  },
  destroy: b => {
    buffersOf(b).input.renew()
    buffersOf(b).output.renew()
    return 1
  },
  callbackCtrl: (b, cmd, cb) => (b.next === null ? 0 : BIO_callback_ctrl(b.next, cmd, cb)),
})
