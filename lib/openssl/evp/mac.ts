import { createHmac, type Hmac } from 'node:crypto'
import { type Out, requireBytes, requireInstance, requireLength } from '../boundary.ts'
import { OSSL_MAC_PARAM_DIGEST, OSSL_MAC_PARAM_KEY } from '../constants/core-names.ts'
import { EVP_get_digestbyname, type EVP_MD } from './md.ts'

// What of <openssl/evp.h>'s MACs and <openssl/params.h> a SSL_CTX_set_tlsext_ticket_key_evp_cb callback needs: HMAC.

/** A named value; `key` null ends a list (OSSL_PARAM(3)). */
export interface OSSL_PARAM {
  readonly key: string | null
  readonly data: Uint8Array | string | null
}

/**
 * A parameter that is bytes (OSSL_PARAM_construct_octet_string(3)).
 * @param bsize - bytes of `buf`; all of it when left out
 */
export function OSSL_PARAM_construct_octet_string(key: string, buf: Uint8Array, bsize?: number): OSSL_PARAM {
  return { key, data: requireBytes(buf, 'buf').subarray(0, requireLength(bsize, buf, 'bsize')) }
}

/**
 * A parameter that is a text (OSSL_PARAM_construct_utf8_string(3)).
 * @param bsize - 0 or left out: all of the text
 */
export function OSSL_PARAM_construct_utf8_string(key: string, buf: string, bsize = 0): OSSL_PARAM {
  return { key, data: bsize === 0 ? buf : buf.slice(0, bsize) }
}

/** The end of a list. */
export function OSSL_PARAM_construct_end(): OSSL_PARAM {
  return { key: null, data: null }
}

/** An HMAC under way, made by the library for the callback (EVP_MAC_CTX(3)). */
export class EVP_MAC_CTX {
  md: EVP_MD | null = null
  key: Uint8Array | null = null
  hmac: Hmac | null = null
}

/** Takes OSSL_MAC_PARAM_KEY and OSSL_MAC_PARAM_DIGEST; others are passed over. @returns 1, or 0 for an unknown digest */
export function EVP_MAC_CTX_set_params(ctx: EVP_MAC_CTX, params: readonly OSSL_PARAM[]): number {
  const mac = requireInstance(ctx, EVP_MAC_CTX, 'ctx')
  for (const { key, data } of params) {
    if (key === null) break
    if (key === OSSL_MAC_PARAM_KEY && data instanceof Uint8Array) mac.key = new Uint8Array(data)
    if (key !== OSSL_MAC_PARAM_DIGEST || typeof data !== 'string') continue
    const md = EVP_get_digestbyname(data)
    if (md === null) return 0
    mac.md = md
  }
  return 1
}

/**
 * Begins.
 * @param key - null: the one there is
 * @param keylen - bytes of `key`; all of it when left out
 * @returns 1, or 0 without a key or a digest
 */
export function EVP_MAC_init(
  ctx: EVP_MAC_CTX,
  key: Uint8Array | null,
  keylen: number | undefined,
  params: readonly OSSL_PARAM[],
): number {
  if (EVP_MAC_CTX_set_params(ctx, params) !== 1) return 0
  if (key !== null) ctx.key = new Uint8Array(key.subarray(0, requireLength(keylen, requireBytes(key, 'key'), 'keylen')))
  if (ctx.md === null || ctx.key === null) return 0
  ctx.hmac = createHmac(ctx.md.name, ctx.key)
  return 1
}

/**
 * Adds data (EVP_MAC_update(3)).
 * @param datalen - bytes of `data`; all of it when left out
 * @returns 1, or 0 before EVP_MAC_init
 */
export function EVP_MAC_update(ctx: EVP_MAC_CTX, data: Uint8Array, datalen?: number): number {
  if (ctx.hmac === null) return 0
  ctx.hmac.update(data.subarray(0, requireLength(datalen, requireBytes(data, 'data'), 'datalen')))
  return 1
}

/**
 * Ends.
 * @param out - takes the code; null: only its length is wanted
 * @param outsize - the room in `out`, in bytes
 * @returns 1, or 0 before EVP_MAC_init or without room
 */
export function EVP_MAC_final(ctx: EVP_MAC_CTX, out: Uint8Array | null, outl: Out<number>, outsize?: number): number {
  const size = EVP_MAC_CTX_get_mac_size(ctx)
  outl.value = size
  if (out === null) return 1
  if (ctx.hmac === null || requireLength(outsize, out, 'outsize') < size) return 0
  out.set(ctx.hmac.digest())
  ctx.hmac = null
  return 1
}

/** Bytes of the code; 0 before the digest is known. */
export function EVP_MAC_CTX_get_mac_size(ctx: EVP_MAC_CTX): number {
  return ctx.md?.size ?? 0
}

/** Wipes the key. */
export function EVP_MAC_CTX_free(ctx: EVP_MAC_CTX | null): void {
  ctx?.key?.fill(0)
  if (ctx !== null) ctx.hmac = ctx.key = null
}
