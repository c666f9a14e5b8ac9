import type { X509_CRL } from './crl.ts'
import type { GENERAL_NAME } from './extension.ts'
import type { X509_NAME } from './name.ts'
import type { X509_INFO } from './pem.ts'
import type { X509 } from './x509.ts'

// STACK_OF(...) is an array; these are its C names for ported code (OPENSSL_sk_new(3)). One set of functions serves all
// kinds.

/** The C functions of one kind of stack. */
interface StackOf<T> {
  readonly empty: () => T[]
  /** The number of elements; -1 for null. */
  readonly num: (sk: readonly T[] | null) => number
  /** The element at a position; null beyond the ends. */
  readonly value: (sk: readonly T[] | null, idx: number) => T | null
  /** Adds at the end. @returns the new number of elements, 0 for null */
  readonly push: (sk: T[] | null, ptr: T) => number
  /** Takes the last element; null when there is none. */
  readonly pop: (sk: T[] | null) => T | null
  /** Takes the first element; null when there is none. */
  readonly shift: (sk: T[] | null) => T | null
  /** The position of an element, by identity; -1 when it is not there. */
  readonly find: (sk: readonly T[] | null, ptr: T) => number
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

function stackOf<T>(): StackOf<T> {
  return {
    empty: () => [],
    num: sk => sk?.length ?? -1,
    value: (sk, idx) => sk?.[idx] ?? null,
    push: (sk, ptr) => sk?.push(ptr) ?? 0,
    pop: sk => sk?.pop() ?? null,
    shift: sk => sk?.shift() ?? null,
    find: (sk, ptr) => sk?.indexOf(ptr) ?? -1,
    insert: (sk, ptr, idx) => {
      sk?.splice(idx < 0 ? sk.length : idx, 0, ptr)
      return sk?.length ?? 0
    },
    remove: (sk, idx) => (idx < 0 ? null : (sk?.splice(idx, 1)[0] ?? null)),
    dup: sk => [...(sk ?? [])],
    free: () => {},
    popFree: (sk, freefunc) => {
      for (const element of sk?.splice(0) ?? []) freefunc(element)
    },
  }
}

const certificates = stackOf<X509>()

/** The C names of a stack of certificates. */
export const sk_X509_new_null = certificates.empty
export const sk_X509_num = certificates.num
export const sk_X509_value = certificates.value
export const sk_X509_push = certificates.push
export const sk_X509_pop = certificates.pop
export const sk_X509_shift = certificates.shift
export const sk_X509_find = certificates.find
export const sk_X509_insert = certificates.insert
export const sk_X509_delete = certificates.remove
export const sk_X509_dup = certificates.dup
export const sk_X509_free = certificates.free
export const sk_X509_pop_free = certificates.popFree

const lists = stackOf<X509_CRL>()

/** Of revocation lists. */
export const sk_X509_CRL_new_null = lists.empty
export const sk_X509_CRL_num = lists.num
export const sk_X509_CRL_value = lists.value
export const sk_X509_CRL_push = lists.push
export const sk_X509_CRL_free = lists.free
export const sk_X509_CRL_pop_free = lists.popFree

const names = stackOf<X509_NAME>()

/** Of names. */
export const sk_X509_NAME_new_null = names.empty
/** @param cmp - not kept: sk_X509_NAME_find goes by identity */
export const sk_X509_NAME_new = (cmp: ((a: X509_NAME, b: X509_NAME) => number) | null = null): X509_NAME[] => {
  void cmp
  return []
}

/** Stacks of names, as above. */
export const sk_X509_NAME_num = names.num
export const sk_X509_NAME_value = names.value
export const sk_X509_NAME_push = names.push
export const sk_X509_NAME_find = names.find
export const sk_X509_NAME_free = names.free
export const sk_X509_NAME_pop_free = names.popFree

const general = stackOf<GENERAL_NAME>()

/** Of general names. */
export const sk_GENERAL_NAME_new_null = general.empty
export const sk_GENERAL_NAME_num = general.num
export const sk_GENERAL_NAME_value = general.value
export const sk_GENERAL_NAME_push = general.push
export const sk_GENERAL_NAME_free = general.free
export const sk_GENERAL_NAME_pop_free = general.popFree

const infos = stackOf<X509_INFO>()

/** Of what PEM_X509_INFO_read_bio gives. */
export const sk_X509_INFO_new_null = infos.empty
export const sk_X509_INFO_num = infos.num
export const sk_X509_INFO_value = infos.value
export const sk_X509_INFO_push = infos.push
export const sk_X509_INFO_free = infos.free
export const sk_X509_INFO_pop_free = infos.popFree
