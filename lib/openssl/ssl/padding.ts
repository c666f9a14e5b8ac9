import { requireCallback, requireInteger } from '../boundary.ts'
import { SSL3_RT_MAX_PLAIN_LENGTH } from '../constants/ssl3.ts'
import type { SSL_record_padding_cb } from './callbacks.ts'
import type { SSL_CTX } from './ctx.ts'
import { liveCtx, liveSsl, type Owner } from './owner.ts'
import type { SSL } from './ssl.ts'

// Only TLS 1.3 pads records; what is set here is kept for whoever asks.

/** Keeps who would choose the padding of TLS 1.3 records (SSL_CTX_set_record_padding_callback(3)). @harmless only TLS 1.3 pads */
export function SSL_CTX_set_record_padding_callback(ctx: SSL_CTX, cb: SSL_record_padding_cb | null): void {
  liveCtx(ctx)
  requireCallback(cb, 'cb')
}

/** SSL_CTX_set_record_padding_callback for one connection. @returns 1 @harmless only TLS 1.3 pads */
export function SSL_set_record_padding_callback(ssl: SSL, cb: SSL_record_padding_cb | null): number {
  liveSsl(ssl)
  requireCallback(cb, 'cb')
  return 1
}

/** What the callback would get as its last argument. */
export function SSL_CTX_set_record_padding_callback_arg(ctx: SSL_CTX, arg: unknown): void {
  liveCtx(ctx).settings.recordPaddingArg = arg
}

/** The value of SSL_CTX_set_record_padding_callback_arg. */
export function SSL_CTX_get_record_padding_callback_arg(ctx: SSL_CTX): unknown {
  return liveCtx(ctx).settings.recordPaddingArg
}

/** SSL_CTX_set_record_padding_callback_arg for one connection. */
export function SSL_set_record_padding_callback_arg(ssl: SSL, arg: unknown): void {
  liveSsl(ssl).settings.recordPaddingArg = arg
}

/** SSL_CTX_get_record_padding_callback_arg for one connection. */
export function SSL_get_record_padding_callback_arg(ssl: SSL): unknown {
  return liveSsl(ssl).settings.recordPaddingArg
}

/** Would pad TLS 1.3 records to a multiple of so many bytes. @returns 1, or 0 above 16384 @harmless only TLS 1.3 pads */
export function SSL_CTX_set_block_padding(ctx: SSL_CTX, block_size: number): number {
  return isBlock(liveCtx(ctx), block_size)
}

/** SSL_CTX_set_block_padding for one connection. @harmless only TLS 1.3 pads */
export function SSL_set_block_padding(ssl: SSL, block_size: number): number {
  return isBlock(liveSsl(ssl), block_size)
}

function isBlock(owner: Owner, size: number): number {
  void owner
  return Number(requireInteger(size, 'block_size') >= 0 && size <= SSL3_RT_MAX_PLAIN_LENGTH)
}
