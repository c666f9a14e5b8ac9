import { stackOf } from '../stack-of.ts'
import type { SSL_CIPHER } from './cipher.ts'
import type { SSL_COMP } from './compression.ts'
import type { SRTP_PROTECTION_PROFILE } from './srtp.ts'

// STACK_OF(SSL_CIPHER) is an array; these are its C names for ported code (OPENSSL_sk_new(3)).

/** Orders two elements; C passes pointers to pointers. */
export type sk_SSL_CIPHER_compfunc = (a: SSL_CIPHER, b: SSL_CIPHER) => number

/** An empty stack. @param cmp - not kept: sk_SSL_CIPHER_find goes by identity */
export function sk_SSL_CIPHER_new(cmp: sk_SSL_CIPHER_compfunc | null = null): SSL_CIPHER[] {
  void cmp
  return []
}

/** An empty stack. */
export function sk_SSL_CIPHER_new_null(): SSL_CIPHER[] {
  return []
}

/** Does nothing: arrays are collected. @harmless what is not used any more is collected */
export function sk_SSL_CIPHER_free(sk: SSL_CIPHER[] | null): void {
  void sk
}

/** Calls `freefunc` for every element. */
export function sk_SSL_CIPHER_pop_free(sk: SSL_CIPHER[] | null, freefunc: (a: SSL_CIPHER) => void): void {
  for (const cipher of sk ?? []) freefunc(cipher)
}

/** The number of elements; -1 for null. */
export function sk_SSL_CIPHER_num(sk: readonly SSL_CIPHER[] | null): number {
  return sk === null ? -1 : sk.length
}

/** The element at a position; null beyond the ends. */
export function sk_SSL_CIPHER_value(sk: readonly SSL_CIPHER[] | null, idx: number): SSL_CIPHER | null {
  return sk?.[idx] ?? null
}

/** Puts another element at a position. @returns it, or null beyond the ends */
export function sk_SSL_CIPHER_set(sk: SSL_CIPHER[] | null, idx: number, ptr: SSL_CIPHER): SSL_CIPHER | null {
  if (sk === null || idx < 0 || idx >= sk.length) return null
  sk[idx] = ptr
  return ptr
}

/** Appends. @returns the number of elements, 0 for null */
export function sk_SSL_CIPHER_push(sk: SSL_CIPHER[] | null, ptr: SSL_CIPHER): number {
  return sk?.push(ptr) ?? 0
}

/** Puts in front. @returns the number of elements, 0 for null */
export function sk_SSL_CIPHER_unshift(sk: SSL_CIPHER[] | null, ptr: SSL_CIPHER): number {
  return sk?.unshift(ptr) ?? 0
}

/** Takes the last one away. */
export function sk_SSL_CIPHER_pop(sk: SSL_CIPHER[] | null): SSL_CIPHER | null {
  return sk?.pop() ?? null
}

/** Takes the first one away. */
export function sk_SSL_CIPHER_shift(sk: SSL_CIPHER[] | null): SSL_CIPHER | null {
  return sk?.shift() ?? null
}

/** Puts in at a position, at the end when it is beyond. @returns the number of elements, 0 for null */
export function sk_SSL_CIPHER_insert(sk: SSL_CIPHER[] | null, ptr: SSL_CIPHER, idx: number): number {
  if (sk === null) return 0
  sk.splice(idx < 0 ? sk.length : idx, 0, ptr)
  return sk.length
}

/** Takes the element at a position away. @returns it, or null beyond the ends */
export function sk_SSL_CIPHER_delete(sk: SSL_CIPHER[] | null, i: number): SSL_CIPHER | null {
  return i < 0 ? null : (sk?.splice(i, 1)[0] ?? null)
}

/** The position of an element; -1 when it is not there. */
export function sk_SSL_CIPHER_find(sk: readonly SSL_CIPHER[] | null, ptr: SSL_CIPHER): number {
  return sk?.indexOf(ptr) ?? -1
}

/** A copy of the stack with the same elements. */
export function sk_SSL_CIPHER_dup(sk: readonly SSL_CIPHER[] | null): SSL_CIPHER[] {
  return [...(sk ?? [])]
}

const profiles = stackOf<SRTP_PROTECTION_PROFILE>()

/** Stacks of SRTP profiles. */
export const sk_SRTP_PROTECTION_PROFILE_new_null = profiles.empty
/** @param cmp - not kept: sk_SRTP_PROTECTION_PROFILE_find goes by identity */
export const sk_SRTP_PROTECTION_PROFILE_new = (
  cmp: ((a: SRTP_PROTECTION_PROFILE, b: SRTP_PROTECTION_PROFILE) => number) | null = null,
): SRTP_PROTECTION_PROFILE[] => {
  void cmp
  return []
}

/** Stacks of SRTP profiles, as above. */
export const sk_SRTP_PROTECTION_PROFILE_num = profiles.num
export const sk_SRTP_PROTECTION_PROFILE_value = profiles.value
export const sk_SRTP_PROTECTION_PROFILE_set = profiles.set
export const sk_SRTP_PROTECTION_PROFILE_push = profiles.push
export const sk_SRTP_PROTECTION_PROFILE_unshift = profiles.unshift
export const sk_SRTP_PROTECTION_PROFILE_pop = profiles.pop
export const sk_SRTP_PROTECTION_PROFILE_shift = profiles.shift
export const sk_SRTP_PROTECTION_PROFILE_insert = profiles.insert
export const sk_SRTP_PROTECTION_PROFILE_delete = profiles.remove
export const sk_SRTP_PROTECTION_PROFILE_find = profiles.find
export const sk_SRTP_PROTECTION_PROFILE_dup = profiles.dup
export const sk_SRTP_PROTECTION_PROFILE_free = profiles.free
export const sk_SRTP_PROTECTION_PROFILE_pop_free = profiles.popFree

const methods = stackOf<SSL_COMP>()

/** Stacks of compression methods. */
export const sk_SSL_COMP_new_null = methods.empty
/** @param cmp - not kept: sk_SSL_COMP_find goes by identity */
export const sk_SSL_COMP_new = (cmp: ((a: SSL_COMP, b: SSL_COMP) => number) | null = null): SSL_COMP[] => {
  void cmp
  return []
}

/** Stacks of compression methods, as above. */
export const sk_SSL_COMP_num = methods.num
export const sk_SSL_COMP_value = methods.value
export const sk_SSL_COMP_set = methods.set
export const sk_SSL_COMP_push = methods.push
export const sk_SSL_COMP_unshift = methods.unshift
export const sk_SSL_COMP_pop = methods.pop
export const sk_SSL_COMP_shift = methods.shift
export const sk_SSL_COMP_insert = methods.insert
export const sk_SSL_COMP_delete = methods.remove
export const sk_SSL_COMP_find = methods.find
export const sk_SSL_COMP_dup = methods.dup
export const sk_SSL_COMP_free = methods.free
export const sk_SSL_COMP_pop_free = methods.popFree
