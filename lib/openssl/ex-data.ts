import { type Out, requireCallback } from './boundary.ts'
import { CRYPTO_EX_INDEX__COUNT } from './constants/crypto.ts'
import { ERR_LIB_CRYPTO, ERR_R_PASSED_INVALID_ARGUMENT } from './constants/err.ts'
import { raise } from './err/raise.ts'

/**
 * Called for every index of a class when an object of the class is made.
 * `ptr` is always null; the callback may store a value with {@link CRYPTO_set_ex_data}.
 */
export type CRYPTO_EX_new = (
  parent: unknown,
  ptr: unknown,
  ad: CRYPTO_EX_DATA,
  idx: number,
  argl: number,
  argp: unknown,
) => void

/** Called when an object goes, with the value it has under the index. */
export type CRYPTO_EX_free = CRYPTO_EX_new

/**
 * Called when an object is duplicated; `from_d.value` is the value, which may be exchanged for a copy. 0 fails the
 * copy.
 */
export type CRYPTO_EX_dup = (
  to: CRYPTO_EX_DATA,
  from: CRYPTO_EX_DATA,
  from_d: Out<unknown>,
  idx: number,
  argl: number,
  argp: unknown,
) => number

/** The application's values on one object, by index. */
export class CRYPTO_EX_DATA {
  readonly values = new Map<number, unknown>()
}

interface Index {
  readonly argl: number
  readonly argp: unknown
  readonly onNew: CRYPTO_EX_new | null
  readonly onDup: CRYPTO_EX_dup | null
  readonly onFree: CRYPTO_EX_free | null
}

/** Index 0 is the slot of `X_set_app_data` and is never given out. */
const APP_DATA: Index = { argl: 0, argp: null, onNew: null, onDup: null, onFree: null }

const classes = new Map<number, (Index | null)[]>()

/**
 * Takes a new index for values on the objects of a class (`CRYPTO_EX_INDEX_SSL`, `_BIO`, ...;
 * CRYPTO_get_ex_new_index(3)). Objects that exist already are not told.
 * @returns the index, 1 or more; -1 with ERR_R_PASSED_INVALID_ARGUMENT when there is no such class
 */
export function CRYPTO_get_ex_new_index(
  class_index: number,
  argl: number,
  argp: unknown,
  new_func: CRYPTO_EX_new | null = null,
  dup_func: CRYPTO_EX_dup | null = null,
  free_func: CRYPTO_EX_free | null = null,
): number {
  const indexes = indexesOf(class_index)
  if (indexes === null) return -1
  const onNew = requireCallback(new_func, 'new_func')
  const onDup = requireCallback(dup_func, 'dup_func')
  const onFree = requireCallback(free_func, 'free_func')
  return indexes.push({ argl, argp, onNew, onDup, onFree }) - 1
}

/** Gives an index back: its callbacks no longer run. @returns 1, or 0 when the index was never given out */
export function CRYPTO_free_ex_index(class_index: number, idx: number): number {
  const indexes = indexesOf(class_index)
  if (indexes === null || idx < 1 || indexes[idx] === undefined) return 0
  indexes[idx] = null
  return 1
}

/** Runs the `new` callbacks for a fresh object. @returns 1, or 0 for an unknown class */
export function CRYPTO_new_ex_data(class_index: number, obj: unknown, ad: CRYPTO_EX_DATA): number {
  const indexes = indexesOf(class_index)
  if (indexes === null) return 0
  ad.values.clear()
  for (const [idx, index] of [...indexes.entries()]) index?.onNew?.(obj, null, ad, idx, index.argl, index.argp)
  return 1
}

/**
 * Runs the `new` callback of an index that was taken after the object was made, where it has no value yet.
 * @returns 1 also when there is one; 0 for an index without such a callback
 */
export function CRYPTO_alloc_ex_data(class_index: number, obj: unknown, ad: CRYPTO_EX_DATA, idx: number): number {
  if (CRYPTO_get_ex_data(ad, idx) !== null) return 1
  const index = indexesOf(class_index)?.[idx] ?? null
  if (index === null || index.onNew === null) return 0
  index.onNew(obj, null, ad, idx, index.argl, index.argp)
  return 1
}

/**
 * Copies the values of one object to another; a value without a `dup` callback is copied as it is.
 * @returns 1, or 0 when a callback refused
 */
export function CRYPTO_dup_ex_data(class_index: number, to: CRYPTO_EX_DATA, from: CRYPTO_EX_DATA): number {
  const indexes = indexesOf(class_index)
  if (indexes === null) return 0
  for (const idx of [...from.values.keys()].sort((a, b) => a - b)) {
    const place = { value: CRYPTO_get_ex_data(from, idx) }
    const index = indexes[idx]
    if (index?.onDup && !index.onDup(to, from, place, idx, index.argl, index.argp)) return 0
    to.values.set(idx, place.value)
  }
  return 1
}

/** Runs the `free` callbacks of an object that goes, and forgets its values. */
export function CRYPTO_free_ex_data(class_index: number, obj: unknown, ad: CRYPTO_EX_DATA): void {
  for (const [idx, index] of [...(indexesOf(class_index) ?? []).entries()])
    index?.onFree?.(obj, CRYPTO_get_ex_data(ad, idx), ad, idx, index.argl, index.argp)
  ad.values.clear()
}

/** Stores a value under an index. @returns 1, or 0 with ERR_R_PASSED_INVALID_ARGUMENT for an index below 0 */
export function CRYPTO_set_ex_data(ad: CRYPTO_EX_DATA, idx: number, val: unknown): number {
  if (!Number.isInteger(idx) || idx < 0) {
    // In libssl the stack below refuses it first.
    raise(ERR_LIB_CRYPTO, ERR_R_PASSED_INVALID_ARGUMENT)
    raise(ERR_LIB_CRYPTO, ERR_R_PASSED_INVALID_ARGUMENT)
    return 0
  }
  ad.values.set(idx, val)
  return 1
}

/**
 * What a program has stored on an object (CRYPTO_get_ex_data(3)).
 * @returns the value stored under an index, or null
 */
export function CRYPTO_get_ex_data(ad: CRYPTO_EX_DATA, idx: number): unknown {
  return ad.values.get(idx) ?? null
}

function indexesOf(classIndex: number): (Index | null)[] | null {
  if (!Number.isInteger(classIndex) || classIndex < 0 || classIndex >= CRYPTO_EX_INDEX__COUNT) {
    raise(ERR_LIB_CRYPTO, ERR_R_PASSED_INVALID_ARGUMENT)
    return null
  }
  let indexes = classes.get(classIndex)
  if (indexes === undefined) classes.set(classIndex, (indexes = [APP_DATA]))
  return indexes
}
