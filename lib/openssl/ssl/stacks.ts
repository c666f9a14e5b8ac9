import { stackOf } from '../stack-of.ts'
import type { SSL_CIPHER } from './algorithms/cipher.ts'
import type { SSL_COMP } from './algorithms/compression.ts'
import type { SRTP_PROTECTION_PROFILE } from './extensions/srtp.ts'

// STACK_OF(SSL_CIPHER) is an array; these are its C names for ported code (OPENSSL_sk_new(3)).

/** Orders two elements; C passes pointers to pointers. */
export type sk_SSL_CIPHER_compfunc = (a: SSL_CIPHER, b: SSL_CIPHER) => number

const ciphers = stackOf<SSL_CIPHER>()

/** Stacks of ciphers. */
export const sk_SSL_CIPHER_new_null = ciphers.empty
export const sk_SSL_CIPHER_new = ciphers.create
export const sk_SSL_CIPHER_num = ciphers.num
export const sk_SSL_CIPHER_value = ciphers.value
export const sk_SSL_CIPHER_set = ciphers.set
export const sk_SSL_CIPHER_push = ciphers.push
export const sk_SSL_CIPHER_unshift = ciphers.unshift
export const sk_SSL_CIPHER_pop = ciphers.pop
export const sk_SSL_CIPHER_shift = ciphers.shift
export const sk_SSL_CIPHER_insert = ciphers.insert
export const sk_SSL_CIPHER_delete = ciphers.remove
export const sk_SSL_CIPHER_find = ciphers.find
export const sk_SSL_CIPHER_dup = ciphers.dup
export const sk_SSL_CIPHER_free = ciphers.free
export const sk_SSL_CIPHER_pop_free = ciphers.popFree

const profiles = stackOf<SRTP_PROTECTION_PROFILE>()

/** Stacks of SRTP profiles. */
export const sk_SRTP_PROTECTION_PROFILE_new_null = profiles.empty
export const sk_SRTP_PROTECTION_PROFILE_new = profiles.create
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
export const sk_SSL_COMP_new = methods.create
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
