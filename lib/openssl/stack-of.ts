/** The C functions of one kind of stack. */
export interface StackOf<T> {
  readonly empty: () => T[]
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

/** The functions for stacks of one kind (OPENSSL_sk_new(3)): a STACK_OF(...) is an array, one set of functions serves all. */
export function stackOf<T>(): StackOf<T> {
  return {
    empty: () => [],
    num: sk => sk?.length ?? -1,
    value: (sk, idx) => sk?.[idx] ?? null,
    push: (sk, ptr) => sk?.push(ptr) ?? 0,
    unshift: (sk, ptr) => sk?.unshift(ptr) ?? 0,
    set: (sk, idx, ptr) => {
      if (sk === null || idx < 0 || idx >= sk.length) return null
      sk[idx] = ptr
      return ptr
    },
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
