import { requireCallback, requireLive } from '../boundary.ts'
import { BIO_CB_RETURN } from '../constants/bio.ts'
import { BIO } from './bio.ts'
import type { BIO_callback_fn, BIO_callback_fn_ex } from './watch.ts'

/** Sets the 1.x form of callback; ignored while one of the `_ex` form is set. */
export function BIO_set_callback(b: BIO, callback: BIO_callback_fn | null): void {
  requireLive(b, BIO, 'b').callback = requireCallback(callback, 'callback')
}

/** The callback of BIO_set_callback; null for none. */
export function BIO_get_callback(b: BIO): BIO_callback_fn | null {
  return requireLive(b, BIO, 'b').callback
}

/** Sets the callback that sees every operation of a BIO, before and after it (BIO_set_callback_ex(3)). */
export function BIO_set_callback_ex(b: BIO, callback: BIO_callback_fn_ex | null): void {
  requireLive(b, BIO, 'b').callbackEx = requireCallback(callback, 'callback')
}

/** The callback of BIO_set_callback_ex; null for none. */
export function BIO_get_callback_ex(b: BIO): BIO_callback_fn_ex | null {
  return requireLive(b, BIO, 'b').callbackEx
}

/** Keeps a value for the callback. */
export function BIO_set_callback_arg(b: BIO, arg: unknown): void {
  requireLive(b, BIO, 'b').callbackArg = arg
}

/** What BIO_set_callback_arg has set. */
export function BIO_get_callback_arg(b: BIO): unknown {
  return requireLive(b, BIO, 'b').callbackArg
}

/** Joins BIO_CB_RETURN to an operation. */
export function BIO_CB_return(a: number): number {
  return a | BIO_CB_RETURN
}

/** 1 when a callback runs before the operation, else 0. */
export function BIO_cb_pre(a: number): number {
  return Number((a & BIO_CB_RETURN) === 0)
}

/** Not 0 when a callback runs after the operation. */
export function BIO_cb_post(a: number): number {
  return a & BIO_CB_RETURN
}
