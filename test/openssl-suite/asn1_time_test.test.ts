// Ported from OpenSSL 3.0's test/asn1_time_test.c, Apache-2.0.

import * as O from '../../lib/index.ts'
import {
  ADD_ALL_TESTS,
  ADD_TEST,
  note,
  TEST_int_eq,
  TEST_ptr,
  TEST_ptr_ne,
  TEST_ptr_null,
  TEST_true,
} from './testutil.ts'

const GEN = O.V_ASN1_GENERALIZEDTIME
const UTC = O.V_ASN1_UTCTIME

/**
 * The text and its type; the type after it was set; what ASN1_TIME_check answers; seconds since 1970; how it compares with
 * the baseline; whether it can be converted.
 */
type testdata = readonly [
  data: string,
  type: number,
  expected_type: number,
  check_result: number,
  t: number,
  cmp_result: number,
  convert_result: number,
]

const tbl_testdata_pos: readonly testdata[] = [
  ['0', GEN, GEN, 0, 0, 0, 0],
  ['ABCD', GEN, GEN, 0, 0, 0, 0],
  ['0ABCD', GEN, GEN, 0, 0, 0, 0],
  ['1-700101000000Z', GEN, GEN, 0, 0, 0, 0],
  ['`9700101000000Z', GEN, GEN, 0, 0, 0, 0],
  ['19700101000000Z', UTC, UTC, 0, 0, 0, 0],
  ['A00101000000Z', UTC, UTC, 0, 0, 0, 0],
  ['A9700101000000Z', GEN, GEN, 0, 0, 0, 0],
  ['1A700101000000Z', GEN, GEN, 0, 0, 0, 0],
  ['19A00101000000Z', GEN, GEN, 0, 0, 0, 0],
  ['197A0101000000Z', GEN, GEN, 0, 0, 0, 0],
  ['1970A101000000Z', GEN, GEN, 0, 0, 0, 0],
  ['19700A01000000Z', GEN, GEN, 0, 0, 0, 0],
  ['197001A1000000Z', GEN, GEN, 0, 0, 0, 0],
  ['1970010A000000Z', GEN, GEN, 0, 0, 0, 0],
  ['19700101A00000Z', GEN, GEN, 0, 0, 0, 0],
  ['197001010A0000Z', GEN, GEN, 0, 0, 0, 0],
  ['1970010100A000Z', GEN, GEN, 0, 0, 0, 0],
  ['19700101000A00Z', GEN, GEN, 0, 0, 0, 0],
  ['197001010000A0Z', GEN, GEN, 0, 0, 0, 0],
  ['1970010100000AZ', GEN, GEN, 0, 0, 0, 0],
  ['700101000000X', UTC, UTC, 0, 0, 0, 0],
  ['19700101000000X', GEN, GEN, 0, 0, 0, 0],
  ['19700101000000Z', GEN, UTC, 1, 0, -1, 1],
  ['700101000000Z', UTC, UTC, 1, 0, -1, 1],
  ['20380119031407Z', GEN, UTC, 1, 0x7fffffff, 1, 1],
  ['380119031407Z', UTC, UTC, 1, 0x7fffffff, 1, 1],
  ['20371231235959Z', GEN, UTC, 1, 2145916799, 1, 1],
  ['20371231235959Z', UTC, UTC, 0, 0, 0, 1],
  ['371231235959Z', UTC, UTC, 1, 2145916799, 1, 1],
  ['19701006121456Z', GEN, UTC, 1, 24063296, -1, 1],
  ['701006121456Z', UTC, UTC, 1, 24063296, -1, 1],
  ['19991231000000Z', GEN, UTC, 1, 946598400, 0, 1],
  ['199912310000Z', GEN, UTC, 1, 946598400, 0, 1],
  ['991231000000Z', UTC, UTC, 1, 946598400, 0, 1],
  ['9912310000Z', UTC, UTC, 1, 946598400, 0, 1],
  ['9912310000+0000', UTC, UTC, 1, 946598400, 0, 1],
  ['199912310000+0000', GEN, UTC, 1, 946598400, 0, 1],
  ['9912310000-0000', UTC, UTC, 1, 946598400, 0, 1],
  ['199912310000-0000', GEN, UTC, 1, 946598400, 0, 1],
  ['199912310100+0100', GEN, UTC, 1, 946598400, 0, 1],
  ['199912302300-0100', GEN, UTC, 1, 946598400, 0, 1],
  ['199912302300-A000', GEN, UTC, 0, 946598400, 0, 1],
  ['199912302300-0A00', GEN, UTC, 0, 946598400, 0, 1],
  ['9912310100+0100', UTC, UTC, 1, 946598400, 0, 1],
  ['9912302300-0100', UTC, UTC, 1, 946598400, 0, 1],
]

const tbl_testdata_neg: readonly testdata[] = [
  ['19011213204552Z', GEN, GEN, 1, -2147483648, -1, 0],
  ['691006121456Z', UTC, UTC, 1, -7472704, -1, 1],
  ['19691006121456Z', GEN, UTC, 1, -7472704, -1, 1],
]

const tbl_testdata_pos_64bit: readonly testdata[] = [
  ['20380119031408Z', GEN, UTC, 1, 0x80000000, 1, 1],
  ['20380119031409Z', GEN, UTC, 1, 0x80000001, 1, 1],
  ['380119031408Z', UTC, UTC, 1, 0x80000000, 1, 1],
  ['20500101120000Z', GEN, GEN, 1, 0x967b1ec0, 1, 0],
]

const tbl_testdata_neg_64bit: readonly testdata[] = [
  ['19011213204551Z', GEN, GEN, 1, -2147483649, -1, 0],
  ['19000101120000Z', GEN, GEN, 1, -2208945600, -1, 0],
]

/** A baseline time to compare to. */
const gtime = time_of('19991231000000Z', GEN)
const gtime_t = 946598400

function time_of(data: string, type: number): O.ASN1_TIME {
  const time = O.ASN1_TIME_new()
  time.data = Buffer.from(data, 'latin1')
  time.type = type
  return time
}

function same_time(a: O.ASN1_TIME, b: O.ASN1_TIME): void {
  const day = { value: -1 }
  const sec = { value: -1 }
  TEST_true(O.ASN1_TIME_diff(day, sec, a, b))
  TEST_int_eq(day.value, 0)
  TEST_int_eq(sec.value, 0)
}

function test_table(tbl: readonly testdata[], idx: number): void {
  const [data, type, expected_type, check_result, t, cmp_result, convert_result] = TEST_ptr(tbl[idx])
  const atime = time_of(data, type)
  note(data)

  TEST_int_eq(O.ASN1_TIME_check(atime), check_result)
  if (check_result === 0) return

  TEST_int_eq(O.ASN1_TIME_cmp_time_t(atime, t), 0)
  same_time(atime, atime)
  const day = { value: 0 }
  const sec = { value: 0 }
  TEST_true(O.ASN1_TIME_diff(day, sec, gtime, atime))
  TEST_int_eq(Math.sign(day.value) || Math.sign(sec.value), cmp_result)
  TEST_int_eq(O.ASN1_TIME_cmp_time_t(atime, gtime_t), cmp_result)

  const set = TEST_ptr(O.ASN1_TIME_set(null, t))
  TEST_int_eq(O.ASN1_TIME_cmp_time_t(set, t), 0)
  TEST_int_eq(set.type, expected_type)

  const normal = TEST_ptr(O.ASN1_TIME_new())
  TEST_int_eq(O.ASN1_TIME_set_string(normal, data), check_result)
  TEST_int_eq(O.ASN1_TIME_normalize(normal), check_result)
  TEST_int_eq(normal.type, expected_type)
  same_time(normal, atime)
  TEST_int_eq(O.ASN1_TIME_cmp_time_t(normal, gtime_t), cmp_result)

  const text = TEST_ptr(O.ASN1_TIME_new())
  TEST_int_eq(O.ASN1_TIME_set_string(text, data), check_result)
  same_time(text, atime)
  TEST_int_eq(O.ASN1_TIME_cmp_time_t(text, gtime_t), cmp_result)

  if (type === UTC) {
    const general = O.ASN1_TIME_to_generalizedtime(atime, null)
    if (convert_result === 1) TEST_int_eq(O.ASN1_TIME_cmp_time_t(TEST_ptr(general), t), 0)
    else TEST_ptr_null(general)
  }
  // else cannot simply convert GENERALIZEDTIME to UTCTIME
}

const test_table_pos = (idx: number): void => test_table(tbl_testdata_pos, idx)
const test_table_neg = (idx: number): void => test_table(tbl_testdata_neg, idx)
const test_table_pos_64bit = (idx: number): void => test_table(tbl_testdata_pos_64bit, idx)
const test_table_neg_64bit = (idx: number): void => test_table(tbl_testdata_neg_64bit, idx)

const TODAY_GEN = time_of('20170825000000Z', GEN)
const TOMORROW_GEN = time_of('20170826000000Z', GEN)
const TODAY_UTC = time_of('170825000000Z', UTC)
const TOMORROW_UTC = time_of('170826000000Z', UTC)

const tbl_compare_testdata: readonly (readonly [O.ASN1_TIME, O.ASN1_TIME, number])[] = [
  [TODAY_GEN, TODAY_GEN, 0],
  [TODAY_GEN, TODAY_UTC, 0],
  [TODAY_GEN, TOMORROW_GEN, -1],
  [TODAY_GEN, TOMORROW_UTC, -1],
  [TODAY_UTC, TODAY_GEN, 0],
  [TODAY_UTC, TODAY_UTC, 0],
  [TODAY_UTC, TOMORROW_GEN, -1],
  [TODAY_UTC, TOMORROW_UTC, -1],
  [TOMORROW_GEN, TODAY_GEN, 1],
  [TOMORROW_GEN, TODAY_UTC, 1],
  [TOMORROW_GEN, TOMORROW_GEN, 0],
  [TOMORROW_GEN, TOMORROW_UTC, 0],
  [TOMORROW_UTC, TODAY_GEN, 1],
  [TOMORROW_UTC, TODAY_UTC, 1],
  [TOMORROW_UTC, TOMORROW_GEN, 0],
  [TOMORROW_UTC, TOMORROW_UTC, 0],
]

function test_table_compare(idx: number): void {
  const [t1, t2, result] = TEST_ptr(tbl_compare_testdata[idx])
  TEST_int_eq(O.ASN1_TIME_compare(t1, t2), result)
}

function test_time_dup(): void {
  const asn1_time = TEST_ptr(O.ASN1_TIME_adj(null, Math.floor(Date.now() / 1000), 0, 0))
  const asn1_gentime = TEST_ptr(O.ASN1_TIME_to_generalizedtime(asn1_time, null))

  for (const [time, dup] of [
    [asn1_time, O.ASN1_TIME_dup(asn1_time)],
    [asn1_time, O.ASN1_UTCTIME_dup(asn1_time)],
    [asn1_gentime, O.ASN1_GENERALIZEDTIME_dup(asn1_gentime)],
  ] as const) {
    TEST_ptr_ne(dup, time)
    TEST_int_eq(O.ASN1_TIME_compare(time, dup), 0)
  }
}

ADD_ALL_TESTS(test_table_pos, tbl_testdata_pos.length)
ADD_ALL_TESTS(test_table_neg, tbl_testdata_neg.length)
ADD_ALL_TESTS(test_table_pos_64bit, tbl_testdata_pos_64bit.length)
ADD_ALL_TESTS(test_table_neg_64bit, tbl_testdata_neg_64bit.length)
ADD_ALL_TESTS(test_table_compare, tbl_compare_testdata.length)
ADD_TEST(test_time_dup)
