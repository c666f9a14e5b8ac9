import {
  OPENSSL_sk_delete,
  OPENSSL_sk_dup,
  OPENSSL_sk_find,
  OPENSSL_sk_free,
  OPENSSL_sk_insert,
  OPENSSL_sk_new,
  OPENSSL_sk_new_null,
  OPENSSL_sk_num,
  OPENSSL_sk_pop,
  OPENSSL_sk_pop_free,
  OPENSSL_sk_push,
  OPENSSL_sk_set,
  OPENSSL_sk_shift,
  OPENSSL_sk_unshift,
  OPENSSL_sk_value,
} from './stack.ts'

/** The C functions of one kind of stack. */
export interface StackOf<T> {
  readonly empty: () => T[]
  /** @param cmp - how elements are compared; null: by identity */
  readonly create: (cmp?: ((a: T, b: T) => number) | null) => T[]
  /** The number of elements; -1 for null. */
  readonly num: (sk: readonly T[] | null) => number
  /** The element at a position; null beyond the ends. */
  readonly value: (sk: readonly T[] | null, idx: number) => T | null
  /** Adds at the end. @returns the new number of elements, 0 for null */
  readonly push: (sk: T[] | null, ptr: T) => number
  /** Adds at the beginning. @returns the new number of elements, 0 for null */
  readonly unshift: (sk: T[] | null, ptr: T) => number
  /** Puts another element at a position. @returns it, or null beyond the ends */
  readonly set: (sk: T[] | null, idx: number, ptr: T) => T | null
  /** Takes the last element; null when there is none. */
  readonly pop: (sk: T[] | null) => T | null
  /** Takes the first element; null when there is none. */
  readonly shift: (sk: T[] | null) => T | null
  /** The position of an element; -1 when it is not there. */
  readonly find: (sk: T[] | null, ptr: T) => number
  /** Adds at a position, -1 for the end. @returns the new number of elements, 0 for null */
  readonly insert: (sk: T[] | null, ptr: T, idx: number) => number
  /** Takes the element at a position out; null beyond the ends. */
  readonly remove: (sk: T[] | null, idx: number) => T | null
  /** A copy of the array with the same elements. */
  readonly dup: (sk: readonly T[] | null) => T[]
  /** Does nothing: arrays are collected. */
  readonly free: (sk: T[] | null) => void
  /** Calls `freefunc` for every element and empties the array. */
  readonly popFree: (sk: T[] | null, freefunc: (a: T) => void) => void
}

/** The functions of stack.ts for one kind of element. */
export function stackOf<T>(): StackOf<T> {
  return {
    empty: OPENSSL_sk_new_null<T>,
    create: OPENSSL_sk_new<T>,
    num: OPENSSL_sk_num,
    value: OPENSSL_sk_value<T>,
    push: OPENSSL_sk_push<T>,
    unshift: OPENSSL_sk_unshift<T>,
    set: OPENSSL_sk_set<T>,
    pop: OPENSSL_sk_pop<T>,
    shift: OPENSSL_sk_shift<T>,
    find: OPENSSL_sk_find<T>,
    insert: OPENSSL_sk_insert<T>,
    remove: OPENSSL_sk_delete<T>,
    dup: OPENSSL_sk_dup<T>,
    free: OPENSSL_sk_free,
    popFree: OPENSSL_sk_pop_free<T>,
  }
}
