import {
  BIO_C_DO_STATE_MACHINE,
  BIO_CTRL_DUP,
  BIO_CTRL_EOF,
  BIO_CTRL_FLUSH,
  BIO_CTRL_RESET,
  BIO_CTRL_SET,
  BIO_CTRL_SET_CLOSE,
  BIO_TYPE_NULL,
  BIO_TYPE_NULL_FILTER,
} from '../../constants/bio.ts'
import { type BIO, BIO_clear_retry_flags } from '../bio.ts'
import { BIO_copy_next_retry } from '../chain.ts'
import { BIO_callback_ctrl, BIO_ctrl, BIO_gets, BIO_puts, BIO_read, BIO_write } from '../io.ts'
import { BIO_METHOD } from '../method.ts'

/** Takes every byte and gives none (BIO_s_null(3)): C's /dev/null. */
export function BIO_s_null(): BIO_METHOD {
  return SINK
}

/** A filter that changes nothing (BIO_f_null(3)). */
export function BIO_f_null(): BIO_METHOD {
  return FILTER
}

const ACCEPTED: ReadonlySet<number> = new Set([
  BIO_CTRL_RESET,
  BIO_CTRL_EOF,
  BIO_CTRL_SET,
  BIO_CTRL_SET_CLOSE,
  BIO_CTRL_FLUSH,
  BIO_CTRL_DUP,
])

const SINK = new BIO_METHOD(BIO_TYPE_NULL, 'NULL', {
  read: () => 0,
  write: (_b, data) => data.length,
  puts: (_b, text) => Buffer.byteLength(text),
  gets: () => 0,
  ctrl: (_b, cmd) => Number(ACCEPTED.has(cmd)),
  wait: async () => true,
})

const FILTER = new BIO_METHOD(BIO_TYPE_NULL_FILTER, 'NULL filter', {
  read: (b, out) => forward(b, next => BIO_read(next, out)),
  write: (b, data) => (data.length === 0 ? 0 : forward(b, next => BIO_write(next, data))),
  puts: (b, text) => (b.next === null ? 0 : BIO_puts(b.next, text)),
  gets: (b, buf) => (b.next === null ? 0 : BIO_gets(b.next, buf)),
  ctrl: (b, cmd, num, ptr) => {
    if (b.next === null || cmd === BIO_CTRL_DUP) return 0
    if (cmd === BIO_C_DO_STATE_MACHINE) return forward(b, next => BIO_ctrl(next, cmd, num, ptr))
    return BIO_ctrl(b.next, cmd, num, ptr)
  },
  callbackCtrl: (b, cmd, cb) => (b.next === null ? 0 : BIO_callback_ctrl(b.next, cmd, cb)),
})

/** Lets the next BIO work and takes over its wish to retry. */
function forward(b: BIO, work: (next: BIO) => number): number {
  if (b.next === null) return 0
  const ret = work(b.next)
  BIO_clear_retry_flags(b)
  BIO_copy_next_retry(b)
  return ret
}
