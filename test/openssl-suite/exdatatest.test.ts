// Ported from OpenSSL 3.0's test/exdatatest.c, Apache-2.0.

import {
  CRYPTO_alloc_ex_data,
  CRYPTO_dup_ex_data,
  CRYPTO_EX_DATA,
  type CRYPTO_EX_dup,
  type CRYPTO_EX_free,
  CRYPTO_EX_INDEX_APP,
  type CRYPTO_EX_new,
  CRYPTO_free_ex_data,
  CRYPTO_get_ex_data,
  CRYPTO_get_ex_new_index,
  CRYPTO_new_ex_data,
  CRYPTO_set_ex_data,
} from '../../lib/index.ts'
import { ADD_TEST, TEST_int_eq, TEST_ptr, TEST_ptr_eq, TEST_ptr_null, TEST_true } from './testutil.ts'

const saved_argl = 21
const saved_argp = { one: 'byte' }
let saved_idx = 0
let saved_idx2 = 0
let saved_idx3 = 0

/*
 * SIMPLE EX_DATA IMPLEMENTATION
 * Apps explicitly set/get ex_data as needed
 */

const exnew: CRYPTO_EX_new = (_parent, ptr, _ad, idx, argl, argp) => {
  TEST_int_eq(idx, saved_idx)
  TEST_int_eq(argl, saved_argl)
  TEST_ptr_eq(argp, saved_argp)
  TEST_ptr_null(ptr)
}

const exdup: CRYPTO_EX_dup = (_to, _from, from_d, idx, argl, argp) => {
  TEST_int_eq(idx, saved_idx)
  TEST_int_eq(argl, saved_argl)
  TEST_ptr_eq(argp, saved_argp)
  TEST_ptr(from_d)
  return 1
}

const exfree: CRYPTO_EX_free = (_parent, _ptr, _ad, idx, argl, argp) => {
  TEST_int_eq(idx, saved_idx)
  TEST_int_eq(argl, saved_argl)
  TEST_ptr_eq(argp, saved_argp)
}

/*
 * PRE-ALLOCATED EX_DATA IMPLEMENTATION
 * Extended data structure is allocated in exnew2/freed in exfree2
 * Data is stored inside extended data structure
 */

interface MYOBJ_EX_DATA {
  hello: string | null
  new: boolean
  dup: boolean
}

const ex_data_of = (ad: CRYPTO_EX_DATA, idx: number): MYOBJ_EX_DATA | null =>
  CRYPTO_get_ex_data(ad, idx) as MYOBJ_EX_DATA | null

const exnew2: CRYPTO_EX_new = (_parent, ptr, ad, idx, argl, argp) => {
  const ex_data: MYOBJ_EX_DATA = { hello: null, new: true, dup: false }
  TEST_true(idx === saved_idx2 || idx === saved_idx3)
  TEST_int_eq(argl, saved_argl)
  TEST_ptr_eq(argp, saved_argp)
  TEST_ptr_null(ptr)
  TEST_true(CRYPTO_set_ex_data(ad, idx, ex_data))
}

const exdup2: CRYPTO_EX_dup = (to, _from, from_d, idx, argl, argp) => {
  const update_ex_data = from_d.value as MYOBJ_EX_DATA
  TEST_true(idx === saved_idx2 || idx === saved_idx3)
  TEST_int_eq(argl, saved_argl)
  TEST_ptr_eq(argp, saved_argp)
  const ex_data = TEST_ptr(ex_data_of(to, idx))
  TEST_true(ex_data.new)
  /* Copy hello over */
  ex_data.hello = update_ex_data.hello
  /* indicate this is a dup */
  ex_data.dup = true
  /* Keep my original ex_data */
  from_d.value = ex_data
  return 1
}

const exfree2: CRYPTO_EX_free = (_parent, _ptr, ad, idx, argl, argp) => {
  TEST_true(idx === saved_idx2 || idx === saved_idx3)
  TEST_int_eq(argl, saved_argl)
  TEST_ptr_eq(argp, saved_argp)
  TEST_true(CRYPTO_set_ex_data(ad, idx, null))
}

interface MYOBJ {
  readonly ex_data: CRYPTO_EX_DATA
}

function MYOBJ_new(): MYOBJ {
  const obj = { ex_data: new CRYPTO_EX_DATA() }
  TEST_int_eq(CRYPTO_new_ex_data(CRYPTO_EX_INDEX_APP, obj, obj.ex_data), 1)
  return obj
}

function MYOBJ_allochello3(obj: MYOBJ, cp: string): void {
  TEST_ptr_null(CRYPTO_get_ex_data(obj.ex_data, saved_idx3))
  TEST_true(CRYPTO_alloc_ex_data(CRYPTO_EX_INDEX_APP, obj, obj.ex_data, saved_idx3))
  TEST_ptr(ex_data_of(obj.ex_data, saved_idx3)).hello = cp
}

const MYOBJ_gethello = (obj: MYOBJ): unknown => CRYPTO_get_ex_data(obj.ex_data, saved_idx)
const MYOBJ_gethello2 = (obj: MYOBJ): string | null => TEST_ptr(ex_data_of(obj.ex_data, saved_idx2)).hello
const MYOBJ_gethello3 = (obj: MYOBJ): string | null => TEST_ptr(ex_data_of(obj.ex_data, saved_idx3)).hello

function MYOBJ_free(obj: MYOBJ): void {
  CRYPTO_free_ex_data(CRYPTO_EX_INDEX_APP, obj, obj.ex_data)
}

function MYOBJ_dup(original: MYOBJ): MYOBJ {
  const obj = MYOBJ_new()
  TEST_int_eq(CRYPTO_dup_ex_data(CRYPTO_EX_INDEX_APP, obj.ex_data, original.ex_data), 1)
  return obj
}

function test_exdata(): void {
  const p = 'hello world'
  const index = (n: CRYPTO_EX_new, d: CRYPTO_EX_dup, f: CRYPTO_EX_free): number =>
    CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_APP, saved_argl, saved_argp, n, d, f)

  saved_idx = index(exnew, exdup, exfree)
  saved_idx2 = index(exnew2, exdup2, exfree2)
  const t1 = MYOBJ_new()
  const t2 = MYOBJ_new()
  TEST_ptr(CRYPTO_get_ex_data(t1.ex_data, saved_idx2))

  /*
   * saved_idx3 differs from other indexes by being created after the exdata
   * was initialized.
   */
  saved_idx3 = index(exnew2, exdup2, exfree2)
  TEST_ptr_null(CRYPTO_get_ex_data(t1.ex_data, saved_idx3))

  TEST_int_eq(CRYPTO_set_ex_data(t1.ex_data, saved_idx, p), 1)
  TEST_ptr_eq(MYOBJ_gethello(t1), p)

  TEST_ptr(ex_data_of(t1.ex_data, saved_idx2)).hello = p
  TEST_ptr_eq(MYOBJ_gethello2(t1), p)

  MYOBJ_allochello3(t1, p)
  TEST_ptr_eq(MYOBJ_gethello3(t1), p)

  TEST_ptr_null(MYOBJ_gethello(t2))
  TEST_ptr_null(MYOBJ_gethello2(t2))

  const t3 = MYOBJ_dup(t1)

  TEST_true(TEST_ptr(ex_data_of(t3.ex_data, saved_idx2)).dup)

  TEST_ptr_eq(MYOBJ_gethello(t3), p)
  TEST_ptr_eq(MYOBJ_gethello2(t3), p)
  TEST_ptr_eq(MYOBJ_gethello3(t3), p)

  for (const obj of [t1, t2, t3]) MYOBJ_free(obj)
}

ADD_TEST(test_exdata)
