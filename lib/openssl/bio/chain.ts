import type { Out } from '../boundary.ts'
import { give, requireLive, requireLiveOrNull } from '../boundary.ts'
import { BIO_CTRL_DUP, BIO_CTRL_POP, BIO_CTRL_PUSH, BIO_FLAGS_SHOULD_RETRY } from '../constants/bio.ts'
import { BIO_TYPE_MASK } from '../constants/bio-datagram.ts'
import { CRYPTO_EX_INDEX_BIO } from '../constants/crypto.ts'
import { ERR_LIB_BIO, ERR_R_PASSED_NULL_PARAMETER } from '../constants/err.ts'
import { raise } from '../err/raise.ts'
import { CRYPTO_dup_ex_data } from '../ex-data.ts'
import { BIO, BIO_free, BIO_free_all, BIO_get_retry_flags, BIO_new, BIO_set_flags } from './bio.ts'
import { BIO_ctrl } from './io.ts'

/** Puts `append` at the end of b's chain (BIO_push(3)). @returns b, or `append` when b is null */
export function BIO_push(b: BIO, append: BIO | null): BIO
export function BIO_push(b: BIO | null, append: BIO | null): BIO | null
export function BIO_push(b: BIO | null, append: BIO | null): BIO | null {
  const head = requireLiveOrNull(b, BIO, 'b')
  const added = requireLiveOrNull(append, BIO, 'append')
  if (head === null) return added
  let last = head
  while (last.next !== null) last = last.next
  last.next = added
  if (added !== null) added.prev = last
  BIO_ctrl(head, BIO_CTRL_PUSH, 0, last)
  head.changed()
  return head
}

/** Takes b out of its chain (BIO_pop(3)). @returns the BIO that followed it, or null */
export function BIO_pop(b: BIO | null): BIO | null {
  const bio = requireLiveOrNull(b, BIO, 'b')
  if (bio === null) return null
  const { next } = bio
  BIO_ctrl(bio, BIO_CTRL_POP, 0, bio)
  if (bio.prev !== null) bio.prev.next = bio.next
  if (bio.next !== null) bio.next.prev = bio.prev
  bio.next = bio.prev = null
  bio.changed()
  return next
}

/** The BIO that follows in the chain, or null. */
export function BIO_next(b: BIO | null): BIO | null {
  return requireLiveOrNull(b, BIO, 'b')?.next ?? null
}

/** Sets what follows, without telling anybody; filters use it. */
export function BIO_set_next(b: BIO, next: BIO | null): void {
  requireLive(b, BIO, 'b').next = requireLiveOrNull(next, BIO, 'next')
}

/**
 * The first BIO of a chain of a type (BIO_find_type(3)).
 * @param bio_type - BIO_TYPE_*; a class such as BIO_TYPE_DESCRIPTOR or BIO_TYPE_FILTER matches all its types
 */
export function BIO_find_type(b: BIO | null, bio_type: number): BIO | null {
  const head = requireLiveOrNull(b, BIO, 'b')
  if (head === null) raise(ERR_LIB_BIO, ERR_R_PASSED_NULL_PARAMETER)
  const matches = (type: number) => ((bio_type & BIO_TYPE_MASK) === 0 ? (type & bio_type) !== 0 : type === bio_type)
  for (let at = head; at !== null; at = at.next) if (matches(at.method.type)) return at
  return null
}

/** BIO_TYPE_* of the BIO, or the number its BIO_METHOD was made with. */
export function BIO_method_type(b: BIO): number {
  return requireLive(b, BIO, 'b').method.type
}

/** The name of the kind, such as `memory buffer`. */
export function BIO_method_name(b: BIO): string {
  return requireLive(b, BIO, 'b').method.name
}

/** Copies a chain (BIO_dup_chain(3)); not every kind can be copied. @returns null when one cannot */
export function BIO_dup_chain(input: BIO | null): BIO | null {
  let head: BIO | null = null
  let tail: BIO | null = null
  for (let at = requireLiveOrNull(input, BIO, 'in'); at !== null; at = at.next) {
    const copy = duplicate(at)
    if (copy === null) {
      BIO_free_all(head)
      return null
    }
    if (tail !== null) BIO_push(tail, copy)
    head ??= copy
    tail = copy
  }
  return head
}

/** Takes over the retry flags and reason of the next BIO; filters do so. */
export function BIO_copy_next_retry(b: BIO): void {
  const bio = requireLive(b, BIO, 'b')
  const next = requireLive(bio.next, BIO, 'next')
  BIO_set_flags(bio, BIO_get_retry_flags(next))
  bio.retryReason = next.retryReason
}

/** The last BIO of the chain that asks for a retry, and its reason (BIO_get_retry_BIO(3)). */
export function BIO_get_retry_BIO(bio: BIO, reason: Out<number> | null = null): BIO {
  let last = requireLive(bio, BIO, 'bio')
  for (let at: BIO | null = last; at !== null && (at.flags & BIO_FLAGS_SHOULD_RETRY) !== 0; at = at.next) last = at
  give(reason, last.retryReason, 'reason')
  return last
}

/** BIO_RR_SSL_X509_LOOKUP, BIO_RR_CONNECT, BIO_RR_ACCEPT, or 0. */
export function BIO_get_retry_reason(bio: BIO): number {
  return requireLive(bio, BIO, 'bio').retryReason
}

/** Sets why a special retry is wanted: BIO_RR_*. */
export function BIO_set_retry_reason(bio: BIO, reason: number): void {
  requireLive(bio, BIO, 'bio').retryReason = reason
}

function duplicate(bio: BIO): BIO | null {
  const copy = BIO_new(bio.method)
  if (copy === null) return null
  const { callback, callbackEx, callbackArg, init, shutdown, flags, num } = bio
  Object.assign(copy, { callback, callbackEx, callbackArg, init, shutdown, flags, num })
  if (BIO_ctrl(bio, BIO_CTRL_DUP, 0, copy) > 0 && CRYPTO_dup_ex_data(CRYPTO_EX_INDEX_BIO, copy.exData, bio.exData))
    return copy
  BIO_free(copy)
  return null
}
