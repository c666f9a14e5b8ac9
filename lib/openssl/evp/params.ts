import { copy } from '../../base/bytes.ts'
import { requireBytes, requireInstance, requireLength } from '../boundary.ts'
import { BIGNUM } from './bn.ts'
import type { OSSL_PARAM } from './mac.ts'

// Numbers in parameters stand in the order of x86: the lowest byte first.

/**
 * A parameter that is a large number (OSSL_PARAM_construct_BN(3)).
 * @param buf - the number, its lowest byte first
 * @param bsize - bytes of it; all of them when left out
 */
export function OSSL_PARAM_construct_BN(key: string, buf: Uint8Array, bsize?: number): OSSL_PARAM {
  return { key, data: requireBytes(buf, 'buf').subarray(0, requireLength(bsize, buf, 'bsize')) }
}

/** A list of parameters under way (OSSL_PARAM_BLD(3)). */
export class OSSL_PARAM_BLD {
  params: OSSL_PARAM[] = []
}

/** An empty list. */
export function OSSL_PARAM_BLD_new(): OSSL_PARAM_BLD {
  return new OSSL_PARAM_BLD()
}

/** Forgets what was pushed; lists that were made of it stay. */
export function OSSL_PARAM_BLD_free(bld: OSSL_PARAM_BLD | null): void {
  if (bld !== null) bld.params = []
}

/** Adds a number, which is not negative. @returns 1, or 0 */
export function OSSL_PARAM_BLD_push_BN(bld: OSSL_PARAM_BLD, key: string, bn: BIGNUM | null): number {
  const value = bn === null ? 0n : requireInstance(bn, BIGNUM, 'bn').value
  if (value < 0n) return 0
  const digits = value.toString(16)
  return push(bld, key, new Uint8Array(Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex')).reverse())
}

/** Adds a text. @param bsize - 0 or left out: all of it @returns 1 */
export function OSSL_PARAM_BLD_push_utf8_string(bld: OSSL_PARAM_BLD, key: string, buf: string, bsize = 0): number {
  return push(bld, key, bsize === 0 ? buf : buf.slice(0, bsize))
}

/** Adds bytes. @param bsize - how many; all of them when left out @returns 1 */
export function OSSL_PARAM_BLD_push_octet_string(
  bld: OSSL_PARAM_BLD,
  key: string,
  buf: Uint8Array,
  bsize?: number,
): number {
  return push(bld, key, copy(requireBytes(buf, 'buf').subarray(0, requireLength(bsize, buf, 'bsize'))))
}

/** The list, to be given up with OSSL_PARAM_free; the builder is empty again. */
export function OSSL_PARAM_BLD_to_param(bld: OSSL_PARAM_BLD): OSSL_PARAM[] {
  const list = requireInstance(bld, OSSL_PARAM_BLD, 'bld').params
  bld.params = []
  return [...list, { key: null, data: null }]
}

/** Wipes the bytes of a list that OSSL_PARAM_BLD_to_param made. */
export function OSSL_PARAM_free(params: readonly OSSL_PARAM[] | null): void {
  for (const { data } of params ?? []) if (data instanceof Uint8Array) data.fill(0)
}

function push(bld: OSSL_PARAM_BLD, key: string, data: Uint8Array | string): number {
  requireInstance(bld, OSSL_PARAM_BLD, 'bld').params.push({ key, data })
  return 1
}

/** The value of a parameter before the end of the list; null when it is not there. */
export function paramOf(params: readonly OSSL_PARAM[], name: string): Uint8Array | string | null {
  for (const { key, data } of params) {
    if (key === null) return null
    if (key === name) return data
  }
  return null
}
