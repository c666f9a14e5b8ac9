import { systemRandom } from '../../../base/random.ts'
import { requireInstance } from '../../boundary.ts'
import { BIO_C_DO_STATE_MACHINE, BIO_CTRL_DUP, BIO_TYPE_NBIO_TEST } from '../../constants/bio.ts'
import { type BIO, BIO_clear_retry_flags } from '../bio.ts'
import { BIO_copy_next_retry } from '../chain.ts'
import { BIO_callback_ctrl, BIO_ctrl, BIO_gets, BIO_puts, BIO_read, BIO_write } from '../io.ts'
import { BIO_set_retry_read, BIO_set_retry_write } from '../macros.ts'
import { BIO_METHOD } from '../method.ts'

/** A filter for tests of programs: by chance it moves up to seven bytes, or none and asks for a retry. */
export function BIO_f_nbio_test(): BIO_METHOD {
  return METHOD
}

class Chance {
  /** The size of a write that failed below, which is to be tried again with the same bytes; 0 for none. */
  refused = 0
}

function chanceOf(b: BIO): Chance {
  return requireInstance(b.ptr, Chance, 'the data of the BIO')
}

function upToSeven(): number {
  return (systemRandom(1)[0] ?? 0) & 7
}

function read(b: BIO, out: Uint8Array): number {
  if (b.next === null) return 0
  BIO_clear_retry_flags(b)
  const size = upToSeven()
  if (size === 0) {
    BIO_set_retry_read(b)
    return -1
  }
  const ret = BIO_read(b.next, out.subarray(0, size))
  if (ret < 0) BIO_copy_next_retry(b)
  return ret
}

function write(b: BIO, data: Uint8Array): number {
  if (data.length === 0 || b.next === null) return 0
  const chance = chanceOf(b)
  BIO_clear_retry_flags(b)
  const size = chance.refused || upToSeven()
  chance.refused = 0
  if (size === 0) {
    BIO_set_retry_write(b)
    return -1
  }
  const piece = data.subarray(0, size)
  const ret = BIO_write(b.next, piece)
  if (ret < 0) {
    BIO_copy_next_retry(b)
    chance.refused = piece.length
  }
  return ret
}

function ctrl(b: BIO, cmd: number, num: number, ptr: unknown): number {
  if (b.next === null || cmd === BIO_CTRL_DUP) return 0
  if (cmd === BIO_C_DO_STATE_MACHINE) BIO_clear_retry_flags(b)
  const ret = BIO_ctrl(b.next, cmd, num, ptr)
  if (cmd === BIO_C_DO_STATE_MACHINE) BIO_copy_next_retry(b)
  return ret
}

const METHOD = new BIO_METHOD(BIO_TYPE_NBIO_TEST, 'non-blocking IO test filter', {
  read,
  write,
  puts: (b, text) => (b.next === null ? 0 : BIO_puts(b.next, text)),
  gets: (b, buf) => (b.next === null ? 0 : BIO_gets(b.next, buf)),
  ctrl,
  create: b => {
    b.ptr = new Chance()
    b.init = 1
    return 1
  },
  callbackCtrl: (b, cmd, cb) => (b.next === null ? 0 : BIO_callback_ctrl(b.next, cmd, cb)),
})
