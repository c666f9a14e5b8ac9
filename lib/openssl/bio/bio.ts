import { Counted, requireInstance, requireInteger, requireLive, requireLiveOrNull } from '../boundary.ts'
import { BIO_CB_FREE, BIO_FLAGS_RWS, BIO_FLAGS_SHOULD_RETRY } from '../constants/bio.ts'
import { CRYPTO_EX_INDEX_BIO } from '../constants/crypto.ts'
import { ERR_LIB_BIO, ERR_R_INIT_FAIL } from '../constants/err.ts'
import { raise } from '../err/raise.ts'
import { CRYPTO_EX_DATA, CRYPTO_free_ex_data, CRYPTO_new_ex_data } from '../ex-data.ts'
import { BIO_METHOD } from './method.ts'
import { type BIO_callback_fn, type BIO_callback_fn_ex, callBefore } from './watch.ts'

/**
 * An I/O abstraction (bio(7)). The fields are C's `struct bio_st`, for the kinds in this folder; programs use the
 * functions.
 */
export class BIO extends Counted {
  readonly method: BIO_METHOD
  callback: BIO_callback_fn | null = null
  callbackEx: BIO_callback_fn_ex | null = null
  callbackArg: unknown = null
  /** Whether the BIO can be used: set by the kind, or by the program for a kind of its own. */
  init = 0
  /** BIO_CLOSE or BIO_NOCLOSE: whether freeing closes what is below. */
  shutdown = 1
  flags = 0
  retryReason = 0
  /** A descriptor or whatever number the kind needs. */
  num = 0
  /** The kind's state. */
  ptr: unknown = null
  next: BIO | null = null
  prev: BIO | null = null
  numRead = 0
  numWritten = 0
  readonly exData = new CRYPTO_EX_DATA()

  constructor(method: BIO_METHOD) {
    super()
    this.method = method
  }
}

/**
 * Makes a BIO (BIO_new(3)).
 * @param method - a kind: `BIO_s_mem()`, `BIO_s_datagram()`, one from BIO_meth_new ...
 * @returns null with ERR_R_INIT_FAIL when the kind's `create` fails
 */
export function BIO_new(method: BIO_METHOD): BIO | null {
  const bio = new BIO(requireInstance(method, BIO_METHOD, 'method'))
  CRYPTO_new_ex_data(CRYPTO_EX_INDEX_BIO, bio, bio.exData)
  const { create } = method.hooks
  if (create === undefined) bio.init = 1
  else if (!create(bio)) {
    raise(ERR_LIB_BIO, ERR_R_INIT_FAIL)
    CRYPTO_free_ex_data(CRYPTO_EX_INDEX_BIO, bio, bio.exData)
    return null
  }
  return bio
}

/** BIO_new in a library context, of which there is one. */
export function BIO_new_ex(libctx: unknown, method: BIO_METHOD): BIO | null {
  void libctx
  return BIO_new(method)
}

/**
 * Drops a reference; the last one closes the BIO, but not the rest of its chain.
 * @returns 1; 0 for null or when a callback forbids it
 */
export function BIO_free(a: BIO | null): number {
  const bio = requireLiveOrNull(a, BIO, 'a')
  if (bio === null) return 0
  let result = 1
  bio.dropReference(() => {
    if (callBefore(bio, { oper: BIO_CB_FREE, argp: null }) <= 0) {
      result = 0
      return
    }
    bio.method.hooks.destroy?.(bio)
    CRYPTO_free_ex_data(CRYPTO_EX_INDEX_BIO, bio, bio.exData)
  })
  return result
}

/** BIO_free without a result. */
export function BIO_vfree(a: BIO | null): void {
  BIO_free(a)
}

/** Frees a chain from its head on, as far as nobody else holds a reference. */
export function BIO_free_all(bio: BIO | null): void {
  let head = requireLiveOrNull(bio, BIO, 'bio')
  while (head !== null) {
    const { next, references } = head
    BIO_free(head)
    if (references > 1) return
    head = next
  }
}

/** Takes a reference. @returns 1 */
export function BIO_up_ref(a: BIO): number {
  live(a).addReference()
  return 1
}

/** Keeps a value of the kind's own (BIO_set_data(3)). */
export function BIO_set_data(a: BIO, ptr: unknown): void {
  live(a).ptr = ptr
}

/** The value that BIO_set_data keeps, null at first. */
export function BIO_get_data(a: BIO): unknown {
  return live(a).ptr
}

/**
 * Says that a BIO is ready (1) or not (0); a kind of the program's own calls it in `create` or when it has its
 * descriptor.
 */
export function BIO_set_init(a: BIO, init: number): void {
  live(a).init = requireInteger(init, 'init')
}

/** What BIO_set_init has said: 1 when the BIO can be used. */
export function BIO_get_init(a: BIO): number {
  return live(a).init
}

/** Sets BIO_CLOSE or BIO_NOCLOSE. */
export function BIO_set_shutdown(a: BIO, shut: number): void {
  live(a).shutdown = requireInteger(shut, 'shut')
}

/** BIO_CLOSE or BIO_NOCLOSE. */
export function BIO_get_shutdown(a: BIO): number {
  return live(a).shutdown
}

/** Sets flags: BIO_FLAGS_READ, BIO_FLAGS_SHOULD_RETRY ... */
export function BIO_set_flags(b: BIO, flags: number): void {
  live(b).flags |= flags
}

/** Clears BIO_FLAGS_*. */
export function BIO_clear_flags(b: BIO, flags: number): void {
  live(b).flags &= ~flags
}

/** Those of `flags` that are set. */
export function BIO_test_flags(b: BIO, flags: number): number {
  return live(b).flags & flags
}

/** All flags. */
export function BIO_get_flags(b: BIO): number {
  return live(b).flags
}

const RETRY = BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY

/** BIO_FLAGS_RWS and BIO_FLAGS_SHOULD_RETRY as far as they are set. */
export function BIO_get_retry_flags(b: BIO): number {
  return BIO_test_flags(b, RETRY)
}

/** Forgets the reason to retry; a kind does so before each read and write. */
export function BIO_clear_retry_flags(b: BIO): void {
  BIO_clear_flags(b, RETRY)
}

function live(value: BIO): BIO {
  return requireLive(value, BIO, 'bio')
}
