import type { Out } from '../boundary.ts'
import { BIO_CB_CTRL, BIO_CB_GETS, BIO_CB_READ, BIO_CB_RETURN, BIO_CB_WRITE } from '../constants/bio.ts'
import type { BIO } from './bio.ts'

/**
 * Watches or forbids what a BIO does (BIO_callback_fn(3)): before an operation 1 lets it go on, after it `ret` is the
 * result to give.
 */
export type BIO_callback_fn = (b: BIO, oper: number, argp: unknown, argi: number, argl: number, ret: number) => number

/**
 * The same with a length of any size and the count of bytes apart: after a read or write `ret` is 1 for success and
 * `processed` the count.
 */
export type BIO_callback_fn_ex = (
  b: BIO,
  oper: number,
  argp: unknown,
  len: number,
  argi: number,
  argl: number,
  ret: number,
  processed: Out<number> | null,
) => number

/** An operation as callbacks see it; a number that is left out is 0. */
export interface Operation {
  /** BIO_CB_*. */
  readonly oper: number
  readonly argp: unknown
  readonly len?: number
  readonly argi?: number
  readonly argl?: number
}

/** Asks the callback, if any, whether an operation may run: 1 when it may. */
export function callBefore(b: BIO, operation: Operation): number {
  return hasCallback(b) ? call(b, operation, 0, 1, null) : 1
}

/** Shows the callback, if any, the result of an operation, and gives the result it wants. */
export function callAfter(b: BIO, operation: Operation, ret: number, processed: Out<number> | null): number {
  return hasCallback(b) ? call(b, operation, BIO_CB_RETURN, ret, processed) : ret
}

function hasCallback(b: BIO): boolean {
  return b.callbackEx !== null || b.callback !== null
}

const WITH_LENGTH: ReadonlySet<number> = new Set([BIO_CB_READ, BIO_CB_WRITE, BIO_CB_GETS])

/** @param after - BIO_CB_RETURN, or 0 before the operation */
function call(b: BIO, operation: Operation, after: number, ret: number, processed: Out<number> | null): number {
  const { oper: bare, argp, len = 0, argi = 0, argl = 0 } = operation
  const oper = bare | after
  if (b.callbackEx !== null) return b.callbackEx(b, oper, argp, len, argi, argl, ret, processed)
  if (b.callback === null) return ret
  // The old form sees the count of bytes as the result, and its result is the count.
  const counted = after !== 0 && bare !== BIO_CB_CTRL && processed !== null
  const seen = counted && ret > 0 ? processed.value : ret
  const result = b.callback(b, oper, argp, WITH_LENGTH.has(bare) ? len : argi, argl, seen)
  if (!counted || result <= 0) return result
  processed.value = result
  return 1
}
