import { requireInteger } from '../boundary.ts'
import { CRYPTO_EX_INDEX_SSL, CRYPTO_EX_INDEX_SSL_CTX } from '../constants/crypto.ts'
import {
  type CRYPTO_EX_dup,
  type CRYPTO_EX_free,
  type CRYPTO_EX_new,
  CRYPTO_get_ex_data,
  CRYPTO_get_ex_new_index,
  CRYPTO_set_ex_data,
} from '../ex-data.ts'
import type { SSL_CTX } from './ctx.ts'
import { liveCtx, liveSsl } from './owner.ts'
import type { SSL } from './ssl.ts'

/** Takes an index for values on connections (SSL_get_ex_new_index(3)). @returns the index, 1 or more; -1 with an error */
export function SSL_get_ex_new_index(
  argl: number,
  argp: unknown,
  new_func: CRYPTO_EX_new | null = null,
  dup_func: CRYPTO_EX_dup | null = null,
  free_func: CRYPTO_EX_free | null = null,
): number {
  return CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL, requireInteger(argl, 'argl'), argp, new_func, dup_func, free_func)
}

/** Keeps a value under an index. @returns 1, or 0 with ERR_R_PASSED_INVALID_ARGUMENT for an index below 0 */
export function SSL_set_ex_data(ssl: SSL, idx: number, data: unknown): number {
  return CRYPTO_set_ex_data(liveSsl(ssl).exData, idx, data)
}

/** The value under an index; null for none. */
export function SSL_get_ex_data(ssl: SSL, idx: number): unknown {
  return CRYPTO_get_ex_data(liveSsl(ssl).exData, idx)
}

/** Keeps the one value that needs no index. @returns 1 */
export function SSL_set_app_data(s: SSL, arg: unknown): number {
  return SSL_set_ex_data(s, 0, arg)
}

/** The value of SSL_set_app_data. */
export function SSL_get_app_data(s: SSL): unknown {
  return SSL_get_ex_data(s, 0)
}

/** Takes an index for values on contexts (SSL_CTX_get_ex_new_index(3)). @returns the index, 1 or more; -1 with an error */
export function SSL_CTX_get_ex_new_index(
  argl: number,
  argp: unknown,
  new_func: CRYPTO_EX_new | null = null,
  dup_func: CRYPTO_EX_dup | null = null,
  free_func: CRYPTO_EX_free | null = null,
): number {
  const length = requireInteger(argl, 'argl')
  return CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, length, argp, new_func, dup_func, free_func)
}

/** Keeps a value under an index. @returns 1, or 0 with ERR_R_PASSED_INVALID_ARGUMENT for an index below 0 */
export function SSL_CTX_set_ex_data(ctx: SSL_CTX, idx: number, data: unknown): number {
  return CRYPTO_set_ex_data(liveCtx(ctx).exData, idx, data)
}

/** The value under an index; null for none. */
export function SSL_CTX_get_ex_data(ctx: SSL_CTX, idx: number): unknown {
  return CRYPTO_get_ex_data(liveCtx(ctx).exData, idx)
}

/** Keeps the one value that needs no index. @returns 1 */
export function SSL_CTX_set_app_data(ctx: SSL_CTX, arg: unknown): number {
  return SSL_CTX_set_ex_data(ctx, 0, arg)
}

/** The value of SSL_CTX_set_app_data. */
export function SSL_CTX_get_app_data(ctx: SSL_CTX): unknown {
  return SSL_CTX_get_ex_data(ctx, 0)
}
