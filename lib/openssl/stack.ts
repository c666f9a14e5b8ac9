import { type Out, requireCallback, requireInteger } from './boundary.ts'
import { ERR_LIB_CRYPTO, ERR_R_PASSED_INVALID_ARGUMENT } from './constants/err.ts'
import { raise } from './err/raise.ts'

// <openssl/stack.h>: STACK_OF(T) is an array, and these are its C names (OPENSSL_sk_new(3)). Ported code may use the array
// as an array as well.

/** STACK_OF(T). */
export type STACK_OF<T> = T[]

/** A stack of anything. */
export type OPENSSL_STACK = unknown[]

/** `char *`. */
export type OPENSSL_STRING = string

/** Orders two elements: below 0, 0 or above 0. C passes pointers to the elements. */
export type OPENSSL_sk_compfunc<T = unknown> = (a: T, b: T) => number

/** What C keeps in the stack beside its elements. */
interface Order {
  compare: OPENSSL_sk_compfunc<never> | null
  sorted: boolean
}

const orders = new WeakMap<readonly unknown[], Order>()

/** An empty stack. */
export function OPENSSL_sk_new_null<T>(): T[] {
  return []
}

/** An empty stack. @param cmp - how OPENSSL_sk_find and OPENSSL_sk_sort compare; null: by identity */
export function OPENSSL_sk_new<T>(cmp: OPENSSL_sk_compfunc<T> | null = null): T[] {
  const sk: T[] = []
  OPENSSL_sk_set_cmp_func(sk, cmp)
  return sk
}

/** OPENSSL_sk_new; arrays grow by themselves. @param n - elements to expect */
export function OPENSSL_sk_new_reserve<T>(cmp: OPENSSL_sk_compfunc<T> | null, n: number): T[] {
  requireInteger(n, 'n')
  return OPENSSL_sk_new(cmp)
}

/** Changes how elements are compared. @returns how they were; null for by identity */
export function OPENSSL_sk_set_cmp_func<T>(sk: T[], cmp: OPENSSL_sk_compfunc<T> | null): OPENSSL_sk_compfunc<T> | null {
  const before = compareOf(sk)
  orders.set(sk, { compare: requireCallback(cmp, 'cmp'), sorted: before === cmp && isSorted(sk) })
  return before
}

/** The number of elements; -1 for null. */
export function OPENSSL_sk_num(st: readonly unknown[] | null): number {
  return st?.length ?? -1
}

/** The element at a position; null beyond the ends. */
export function OPENSSL_sk_value<T>(st: readonly T[] | null, i: number): T | null {
  return st?.[i] ?? null
}

/** Puts an element in place of another. @returns it, or null with ERR_R_PASSED_INVALID_ARGUMENT beyond the ends */
export function OPENSSL_sk_set<T>(st: T[] | null, i: number, data: T): T | null {
  if (st === null) return null
  if (i < 0 || i >= st.length) {
    raise(ERR_LIB_CRYPTO, ERR_R_PASSED_INVALID_ARGUMENT, `i=${i}`)
    return null
  }
  st[i] = data
  unsort(st)
  return data
}

/** Adds at the end. @returns the new number of elements, -1 for null */
export function OPENSSL_sk_push<T>(st: T[] | null, data: T): number {
  return st === null ? -1 : OPENSSL_sk_insert(st, data, -1)
}

/** Adds at the beginning. @returns the new number of elements, 0 for null */
export function OPENSSL_sk_unshift<T>(st: T[] | null, data: T): number {
  return OPENSSL_sk_insert(st, data, 0)
}

/** Adds at a position, at the end for one beyond. @returns the new number of elements, 0 for null */
export function OPENSSL_sk_insert<T>(sk: T[] | null, data: T, where: number): number {
  if (sk === null) return 0
  sk.splice(where < 0 ? sk.length : where, 0, data)
  unsort(sk)
  return sk.length
}

/** Takes the last element; null when there is none. */
export function OPENSSL_sk_pop<T>(st: T[] | null): T | null {
  return st?.pop() ?? null
}

/** Takes the first element; null when there is none. */
export function OPENSSL_sk_shift<T>(st: T[] | null): T | null {
  return st?.shift() ?? null
}

/** Takes the element at a position; null beyond the ends. */
export function OPENSSL_sk_delete<T>(st: T[] | null, loc: number): T | null {
  return loc < 0 ? null : (st?.splice(loc, 1)[0] ?? null)
}

/** Takes an element by identity; null when it is not there. */
export function OPENSSL_sk_delete_ptr<T>(st: T[] | null, p: T): T | null {
  return OPENSSL_sk_delete(st, st?.indexOf(p) ?? -1)
}

/** Takes all elements out. */
export function OPENSSL_sk_zero(st: unknown[] | null): void {
  st?.splice(0)
}

/**
 * The position of an element; -1 when it is not there. By identity, or as the stack compares: it is then sorted first, and
 * the first of equal ones counts.
 */
export function OPENSSL_sk_find<T>(st: T[] | null, data: T): number {
  if (st === null) return -1
  const compare = compareOf(st)
  if (compare === null) return st.indexOf(data)
  OPENSSL_sk_sort(st)
  return st.findIndex(element => compare(data, element) === 0)
}

/** OPENSSL_sk_find, and how many equal elements follow from there. @param pnum - takes the number */
export function OPENSSL_sk_find_all<T>(st: T[] | null, data: T, pnum: Out<number>): number {
  const at = OPENSSL_sk_find(st, data)
  const compare = st === null ? null : compareOf(st)
  const equal = (element: T): boolean => (compare === null ? element === data : compare(data, element) === 0)
  pnum.value = at < 0 || st === null ? 0 : compare === null ? 1 : st.filter(equal).length
  return at
}

/** OPENSSL_sk_find; when it is not there, where OpenSSL's search ended: -1 only for an empty stack or by identity. */
export function OPENSSL_sk_find_ex<T>(st: T[] | null, data: T): number {
  const found = OPENSSL_sk_find(st, data)
  const compare = st === null ? null : compareOf(st)
  if (found >= 0 || st === null || compare === null) return found
  let [low, high, at] = [0, st.length, -1]
  while (low < high) {
    at = (low + high) >> 1
    const element = st[at]
    if (element === undefined || compare(data, element) < 0) high = at
    else low = at + 1
  }
  return at
}

/** Sorts as the stack compares; does nothing without. */
export function OPENSSL_sk_sort<T>(st: T[] | null): void {
  const compare = st === null ? null : compareOf(st)
  if (st === null || compare === null || isSorted(st)) return
  st.sort(compare)
  orders.set(st, { compare, sorted: true })
}

/** 1 when the stack is known to be sorted, or null; else 0. */
export function OPENSSL_sk_is_sorted(st: readonly unknown[] | null): number {
  return Number(st === null || isSorted(st))
}

/** A copy with the same elements. */
export function OPENSSL_sk_dup<T>(st: readonly T[] | null): T[] {
  const copy = [...(st ?? [])]
  const order = st === null ? undefined : orders.get(st)
  if (order !== undefined) orders.set(copy, { ...order })
  return copy
}

/**
 * A copy of every element.
 * @param copy - makes it; null: the copy is given up
 * @param free - frees those made before one could not be
 * @returns null when an element could not be copied
 */
export function OPENSSL_sk_deep_copy<T>(
  st: readonly T[] | null,
  copy: (element: T) => T | null,
  free: (element: T) => void,
): T[] | null {
  const made: T[] = []
  for (const element of st ?? []) {
    const one = copy(element)
    if (one === null) {
      made.forEach(free)
      return null
    }
    made.push(one)
  }
  return made
}

/** Does nothing. @harmless what is not used any more is collected */
export function OPENSSL_sk_free(st: unknown[] | null): void {
  void st
}

/** Calls `func` for every element and empties the stack. */
export function OPENSSL_sk_pop_free<T>(st: T[] | null, func: (a: T) => void): void {
  for (const element of st?.splice(0) ?? []) func(element)
}

function compareOf<T>(st: readonly T[]): OPENSSL_sk_compfunc<T> | null {
  // The function was given with this very array, so it takes its elements.
  return (orders.get(st)?.compare ?? null) as OPENSSL_sk_compfunc<T> | null
}

function isSorted(st: readonly unknown[]): boolean {
  return st.length <= 1 || orders.get(st)?.sorted === true
}

function unsort(st: readonly unknown[]): void {
  const order = orders.get(st)
  if (order !== undefined) order.sorted = false
}
