import { requireInteger } from './boundary.ts'
import {
  type CRYPTO_EX_DATA,
  type CRYPTO_EX_dup,
  type CRYPTO_EX_free,
  type CRYPTO_EX_new,
  CRYPTO_get_ex_data,
  CRYPTO_get_ex_new_index,
  CRYPTO_set_ex_data,
} from './ex-data.ts'

/** The C functions for what a program keeps on the objects of one class (CRYPTO_get_ex_new_index(3)). */
export interface ExDataOf<T> {
  /** Takes an index. @returns it, 1 or more; -1 with an error */
  readonly newIndex: (
    argl: number,
    argp: unknown,
    new_func?: CRYPTO_EX_new | null,
    dup_func?: CRYPTO_EX_dup | null,
    free_func?: CRYPTO_EX_free | null,
  ) => number
  /** Keeps a value under an index. @returns 1, or 0 with ERR_R_PASSED_INVALID_ARGUMENT for an index below 0 */
  readonly set: (object: T, idx: number, data: unknown) => number
  /** The value under an index; null for none. */
  readonly get: (object: T, idx: number) => unknown
  /** Keeps the one value that needs no index. @returns 1 */
  readonly setApp: (object: T, data: unknown) => number
  /** The one value that needs no index; null for none. */
  readonly getApp: (object: T) => unknown
}

/** The functions of ex-data.ts for one class. @param dataOf - throws TypeError for what is no object of the class */
export function exDataOf<T>(classIndex: number, dataOf: (object: T) => CRYPTO_EX_DATA): ExDataOf<T> {
  return {
    newIndex: (argl, argp, new_func = null, dup_func = null, free_func = null) =>
      CRYPTO_get_ex_new_index(classIndex, requireInteger(argl, 'argl'), argp, new_func, dup_func, free_func),
    set: (object, idx, data) => CRYPTO_set_ex_data(dataOf(object), idx, data),
    get: (object, idx) => CRYPTO_get_ex_data(dataOf(object), idx),
    setApp: (object, data) => CRYPTO_set_ex_data(dataOf(object), 0, data),
    getApp: object => CRYPTO_get_ex_data(dataOf(object), 0),
  }
}
