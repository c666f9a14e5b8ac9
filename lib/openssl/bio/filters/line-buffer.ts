import { wipe } from '../../../base/bytes.ts'
import { requireInstance, requireLive } from '../../boundary.ts'
import {
  BIO_C_DO_STATE_MACHINE,
  BIO_C_SET_BUFF_SIZE,
  BIO_CTRL_DUP,
  BIO_CTRL_FLUSH,
  BIO_CTRL_INFO,
  BIO_CTRL_RESET,
  BIO_CTRL_WPENDING,
  BIO_TYPE_LINEBUFFER,
} from '../../constants/bio.ts'
import { BIO, BIO_clear_retry_flags } from '../bio.ts'
import { BIO_copy_next_retry } from '../chain.ts'
import { BIO_callback_ctrl, BIO_ctrl, BIO_gets, BIO_read, BIO_write, putsAsWrite } from '../io.ts'
import { BIO_METHOD } from '../method.ts'
import { BIO_set_write_buffer_size } from './buffer.ts'

/** A filter that passes on whole lines, and keeps what has no line feed yet until it does or BIO_flush (10 KiB at most). */
export function BIO_f_linebuffer(): BIO_METHOD {
  return METHOD
}

const SIZE = 10240
const LINE_FEED = 0x0a

/** The beginning of a line that is not complete. */
class Line {
  bytes = new Uint8Array(SIZE)
  length = 0

  /** Takes as much as there is room for. */
  add(data: Uint8Array): number {
    const piece = data.subarray(0, this.bytes.length - this.length)
    this.bytes.set(piece, this.length)
    this.length += piece.length
    return piece.length
  }

  take(count: number): void {
    this.bytes.copyWithin(0, count, this.length)
    this.bytes.fill(0, this.length - count, this.length)
    this.length -= count
  }

  resize(size: number): void {
    if (size <= SIZE || size === this.bytes.length) return
    const old = this.bytes
    this.bytes = new Uint8Array(size)
    this.length = Math.min(this.length, size)
    this.bytes.set(old.subarray(0, this.length))
    wipe(old)
  }
}

function lineOf(b: BIO): Line {
  return requireInstance(b.ptr, Line, 'the data of the BIO')
}

function write(b: BIO, data: Uint8Array): number {
  if (data.length === 0 || b.next === null) return 0
  const line = lineOf(b)
  BIO_clear_retry_flags(b)
  let done = 0
  while (done < data.length) {
    const end = data.indexOf(LINE_FEED, done) + 1
    const whole = end > 0
    const rest = whole ? data.subarray(done, end) : data.subarray(done)
    if (line.length === 0 && (whole || rest.length > line.bytes.length)) {
      const sent = BIO_write(b.next, rest)
      if (sent <= 0) return stopped(b, sent, done)
      done += sent
      continue
    }
    done += line.add(rest)
    const full = line.length === line.bytes.length
    if (!whole && (!full || done === data.length)) continue
    const sent = drain(b.next, line)
    if (sent <= 0) return stopped(b, sent, done)
  }
  return done
}

/** Sends what is kept: more than 0 when all of it is gone, else what the next BIO said. */
function drain(next: BIO, line: Line): number {
  while (line.length > 0) {
    const sent = BIO_write(next, line.bytes.subarray(0, line.length))
    if (sent <= 0) return sent
    line.take(sent)
  }
  return 1
}

/** The result when the next BIO gave `ret` after `done` bytes were taken, all of which are kept or gone. */
function stopped(b: BIO, ret: number, done: number): number {
  BIO_copy_next_retry(b)
  return ret < 0 && done === 0 ? ret : done
}

function ctrl(b: BIO, cmd: number, num: number, ptr: unknown): number {
  const line = lineOf(b)
  const forward = () => (b.next === null ? 0 : BIO_ctrl(b.next, cmd, num, ptr))
  switch (cmd) {
    case BIO_CTRL_RESET:
      line.take(line.length)
      return forward()
    case BIO_CTRL_INFO:
      return line.length
    case BIO_CTRL_WPENDING:
      return line.length || forward()
    case BIO_C_SET_BUFF_SIZE:
      line.resize(num)
      return 1
    case BIO_C_DO_STATE_MACHINE:
      if (b.next === null) return 0
      BIO_clear_retry_flags(b)
      return copied(b, forward())
    case BIO_CTRL_FLUSH:
      return flush(b, line, forward)
    case BIO_CTRL_DUP:
      return Number(BIO_set_write_buffer_size(requireLive(ptr, BIO, 'ret'), line.bytes.length) > 0)
    default:
      return forward()
  }
}

function flush(b: BIO, line: Line, forward: () => number): number {
  if (b.next === null) return 0
  if (line.length === 0) return forward()
  BIO_clear_retry_flags(b)
  const sent = copied(b, drain(b.next, line))
  return sent <= 0 ? sent : forward()
}

function copied(b: BIO, ret: number): number {
  BIO_copy_next_retry(b)
  return ret
}

const METHOD = new BIO_METHOD(BIO_TYPE_LINEBUFFER, 'linebuffer', {
  read: (b, out) => {
    if (b.next === null) return 0
    const ret = BIO_read(b.next, out)
    BIO_clear_retry_flags(b)
    return copied(b, ret)
  },
  write,
  puts: putsAsWrite(write),
  gets: (b, buf) => (b.next === null ? 0 : BIO_gets(b.next, buf)),
  ctrl,
  create: b => {
    b.ptr = new Line()
    b.init = 1
    return 1
  },
  destroy: b => {
    wipe(lineOf(b).bytes)
    return 1
  },
  callbackCtrl: (b, cmd, cb) => (b.next === null ? 0 : BIO_callback_ctrl(b.next, cmd, cb)),
})
