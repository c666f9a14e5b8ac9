import { wipe } from '../../../base/bytes.ts'
import { requireInstance } from '../../boundary.ts'
import {
  BIO_C_FILE_SEEK,
  BIO_C_FILE_TELL,
  BIO_CTRL_DUP,
  BIO_CTRL_EOF,
  BIO_CTRL_FLUSH,
  BIO_CTRL_INFO,
  BIO_CTRL_PENDING,
  BIO_CTRL_RESET,
  BIO_TYPE_BUFFER,
} from '../../constants/bio.ts'
import { type BIO, BIO_clear_retry_flags } from '../bio.ts'
import { BIO_copy_next_retry } from '../chain.ts'
import { BIO_callback_ctrl, BIO_ctrl, BIO_read } from '../io.ts'
import { BIO_METHOD } from '../method.ts'

/**
 * A filter that keeps all that was read through it (BIO_f_readbuffer(3)), so that BIO_seek and BIO_reset can go back in what
 * itself cannot, such as standard input. It is meant for what has an end: nothing is ever dropped.
 */
export function BIO_f_readbuffer(): BIO_METHOD {
  return METHOD
}

const BLOCK = 4096
const LINE_FEED = 0x0a

/** All that came; `at` is the place of the next read. */
class Kept {
  bytes = new Uint8Array(BLOCK)
  length = 0
  at = 0

  get waiting(): Uint8Array {
    return this.bytes.subarray(this.at, this.length)
  }

  /** Room for so many bytes more. */
  room(count: number): Uint8Array {
    const needed = this.length + count
    if (needed > this.bytes.length) {
      const old = this.bytes
      this.bytes = new Uint8Array(Math.max(2 * old.length, Math.ceil(needed / BLOCK) * BLOCK))
      this.bytes.set(old)
      wipe(old)
    }
    return this.bytes.subarray(this.length, needed)
  }
}

function keptOf(b: BIO): Kept {
  return requireInstance(b.ptr, Kept, 'the data of the BIO')
}

function read(b: BIO, out: Uint8Array): number {
  if (out.length === 0 || b.next === null) return 0
  const kept = keptOf(b)
  BIO_clear_retry_flags(b)
  let done = 0
  for (;;) {
    const piece = kept.waiting.subarray(0, out.length - done)
    out.set(piece, done)
    kept.at += piece.length
    done += piece.length
    if (done === out.length) return done
    const got = BIO_read(b.next, kept.room(out.length - done))
    if (got <= 0) return stopped(b, got, done)
    kept.length += got
  }
}

/** A line, byte by byte: others may read what comes after it from below. */
function gets(b: BIO, buf: Uint8Array, size: number): number {
  if (size <= 0 || b.next === null) return 0
  const kept = keptOf(b)
  BIO_clear_retry_flags(b)
  let length = 0
  while (length < size - 1 && buf[length - 1] !== LINE_FEED) {
    if (kept.waiting.length === 0) {
      const got = BIO_read(b.next, kept.room(1))
      if (got <= 0) {
        buf[length] = 0
        return stopped(b, got, length)
      }
      kept.length += got
    }
    buf.set(kept.waiting.subarray(0, 1), length++)
    kept.at++
  }
  buf[length] = 0
  return length
}

function stopped(b: BIO, ret: number, done: number): number {
  BIO_copy_next_retry(b)
  return ret < 0 && done === 0 ? ret : done
}

function ctrl(b: BIO, cmd: number, num: number, ptr: unknown): number {
  const kept = keptOf(b)
  switch (cmd) {
    case BIO_CTRL_EOF:
      if (kept.waiting.length > 0) return 0
      return b.next === null ? 1 : BIO_ctrl(b.next, cmd, num, ptr)
    case BIO_C_FILE_SEEK:
    case BIO_CTRL_RESET:
      if (num < 0 || num > kept.length) return 0
      kept.at = num
      return 1
    case BIO_C_FILE_TELL:
    case BIO_CTRL_INFO:
      return kept.at
    case BIO_CTRL_PENDING:
      return kept.waiting.length || (b.next === null ? 0 : BIO_ctrl(b.next, cmd, num, ptr))
    case BIO_CTRL_DUP:
    case BIO_CTRL_FLUSH:
      return 1
    default:
      return 0
  }
}

const METHOD = new BIO_METHOD(BIO_TYPE_BUFFER, 'readbuffer', {
  read,
  write: () => 0,
  puts: () => 0,
  gets,
  ctrl,
  create: b => {
    b.ptr = new Kept()
    b.init = 1
    return 1
  },
  destroy: b => {
    wipe(keptOf(b).bytes)
    return 1
  },
  callbackCtrl: (b, cmd, cb) => (b.next === null ? 0 : BIO_callback_ctrl(b.next, cmd, cb)),
})
