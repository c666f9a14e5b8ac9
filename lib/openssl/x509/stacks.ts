import type { OPENSSL_STRING } from '../stack.ts'
import { stackOf } from '../stack-of.ts'
import type { X509_CRL } from './crl.ts'
import type { GENERAL_NAME, X509_EXTENSION } from './extensions/extension-value.ts'
import type { X509_INFO } from './files/pem.ts'
import type { X509_NAME } from './names/name.ts'
import type { X509 } from './x509.ts'

// STACK_OF(...) is an array; these are its C names for ported code (OPENSSL_sk_new(3)).

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
export const sk_X509_NAME_new = names.create
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

const extensions = stackOf<X509_EXTENSION>()

/** Of extensions. */
export const sk_X509_EXTENSION_new_null = extensions.empty
export const sk_X509_EXTENSION_num = extensions.num
export const sk_X509_EXTENSION_value = extensions.value
export const sk_X509_EXTENSION_push = extensions.push
export const sk_X509_EXTENSION_free = extensions.free
export const sk_X509_EXTENSION_pop_free = extensions.popFree

const texts = stackOf<OPENSSL_STRING>()

/** Of texts. */
export const sk_OPENSSL_STRING_new_null = texts.empty
export const sk_OPENSSL_STRING_num = texts.num
export const sk_OPENSSL_STRING_value = texts.value
export const sk_OPENSSL_STRING_push = texts.push
export const sk_OPENSSL_STRING_free = texts.free
