// Ported from OpenSSL 3.0's test/x509_time_test.c, Apache-2.0.

import * as O from '../../lib/index.ts'
import {
  ADD_ALL_TESTS,
  ADD_TEST,
  TEST_int_eq,
  TEST_int_ne,
  TEST_mem_eq,
  TEST_ptr,
  TEST_str_eq,
  TEST_true,
} from './testutil.ts'

const GEN = O.V_ASN1_GENERALIZEDTIME
const UTC = O.V_ASN1_UTCTIME
const { V_ASN1_OCTET_STRING } = O

/** The text; 1: a time is set; the result; the type and the text then, or -1 and null for no matter. */
const x509_format_tests: readonly (readonly [string, number, number, number, string | null])[] = [
  ['20170217180105Z', 0, 1, -1, null],
  ['20170229180105Z', 0, 0, -1, null],
  ['20160229180105Z', 0, 1, -1, null],
  ['201702171801Z', 0, 0, -1, null],
  ['20170217180105.001Z', 0, 0, -1, null],
  ['20170217180105+0800', 0, 0, -1, null],
  ['201702171801Z', 1, 0, -1, null],
  ['20170217180105.001Z', 1, 0, -1, null],
  ['20170217180105+0800', 1, 0, -1, null],
  ['20170217180154Z', 1, 1, UTC, '170217180154Z'],
  ['20510217180154Z', 1, 1, GEN, '20510217180154Z'],
  ['19230419180154Z', 1, 1, GEN, '19230419180154Z'],
  ['1702171801Z', 0, 0, -1, null],
  ['050229180101Z', 0, 0, -1, null],
  ['040229180101Z', 0, 1, -1, null],
  ['170217180154+0800', 0, 0, -1, null],
  ['1702171801Z', 1, 0, -1, null],
  ['170217180154+0800', 1, 0, -1, null],
  ['170217180154Z', 1, 1, UTC, '170217180154Z'],
  ['981223180154Z', 1, 1, UTC, '981223180154Z'],
]

/** The text and its type; seconds since 1970 to compare with; the result. */
const x509_cmp_tests: readonly (readonly [string, number, number, number])[] = [
  ['20170217180154Z', GEN, 1487354514, -1],
  ['20170217180154Z', GEN, 1487354515, -1],
  ['20170217180154Z', GEN, 1487354513, 1],
  ['170217180154Z', UTC, 1487354514, -1],
  ['170217180154Z', UTC, 1487354515, -1],
  ['170217180154Z', UTC, 1487354513, 1],
  ['990217180154Z', UTC, 919274514, -1],
  ['990217180154Z', UTC, 919274515, -1],
  ['990217180154Z', UTC, 919274513, 1],
  ['20170217180154', GEN, 0, 0],
  ['170217180154', UTC, 0, 0],
  ['201702171801Z', GEN, 0, 0],
  ['1702171801Z', UTC, 0, 0],
  ['20170217180154.001Z', GEN, 0, 0],
  ['170217180154.001Z', UTC, 0, 0],
  ['20170217180154+0100', GEN, 0, 0],
  ['170217180154+0100', UTC, 0, 0],
  ['2017021718015400Z', GEN, 0, 0],
  ['17021718015400Z', UTC, 0, 0],
  ['2017021718015aZ', GEN, 0, 0],
  ['17021718015aZ', UTC, 0, 0],
  ['20170217180154Zlongtrailinggarbage', GEN, 0, 0],
  ['170217180154Zlongtrailinggarbage', UTC, 0, 0],
  ['20170217180154Z', UTC, 0, 0],
  ['170217180154Z', GEN, 0, 0],
  ['20170217180154Z', V_ASN1_OCTET_STRING, 0, 0],
]

function time_of(data: string, type: number): O.ASN1_TIME {
  const time = O.ASN1_TIME_new()
  time.data = Buffer.from(data, 'latin1')
  time.type = type
  return time
}

const now = (): number => Math.floor(Date.now() / 1000)

function test_x509_cmp_time_current(): void {
  TEST_int_eq(O.X509_cmp_time(TEST_ptr(O.ASN1_TIME_adj(null, now(), -1, 0)), null), -1)
  TEST_int_eq(O.X509_cmp_time(TEST_ptr(O.ASN1_TIME_adj(null, now(), 1, 0)), null), 1)
}

function test_X509_cmp_timeframe_vpm(
  vpm: O.X509_VERIFY_PARAM | null,
  before: O.ASN1_TIME,
  mid: O.ASN1_TIME,
  after: O.ASN1_TIME,
): void {
  const flags = vpm === null ? 0 : O.X509_VERIFY_PARAM_get_flags(vpm)
  const always_0 =
    vpm !== null && (flags & O.X509_V_FLAG_USE_CHECK_TIME) === 0 && (flags & O.X509_V_FLAG_NO_CHECK_TIME) !== 0

  TEST_ptr(mid)
  TEST_int_eq(O.X509_cmp_timeframe(vpm, before, after), 0)
  TEST_int_eq(O.X509_cmp_timeframe(vpm, before, null), 0)
  TEST_int_eq(O.X509_cmp_timeframe(vpm, null, after), 0)
  TEST_int_eq(O.X509_cmp_timeframe(vpm, null, null), 0)
  TEST_int_eq(O.X509_cmp_timeframe(vpm, after, after), always_0 ? 0 : -1)
  TEST_int_eq(O.X509_cmp_timeframe(vpm, before, before), always_0 ? 0 : 1)
  TEST_int_eq(O.X509_cmp_timeframe(vpm, after, before), always_0 ? 0 : 1)
}

function test_X509_cmp_timeframe(): void {
  const at = now()
  const mid = TEST_ptr(O.ASN1_TIME_adj(null, at, 0, 0))
  const before = TEST_ptr(O.ASN1_TIME_adj(null, at, -1, 0))
  const after = TEST_ptr(O.ASN1_TIME_adj(null, at, 1, 0))
  const vpm = TEST_ptr(O.X509_VERIFY_PARAM_new())

  test_X509_cmp_timeframe_vpm(null, before, mid, after)
  test_X509_cmp_timeframe_vpm(vpm, before, mid, after)

  O.X509_VERIFY_PARAM_set_time(vpm, at)
  test_X509_cmp_timeframe_vpm(vpm, before, mid, after)
  TEST_true(O.X509_VERIFY_PARAM_set_flags(vpm, O.X509_V_FLAG_NO_CHECK_TIME))
  test_X509_cmp_timeframe_vpm(vpm, before, mid, after)
  O.X509_VERIFY_PARAM_free(vpm)
}

function test_x509_cmp_time(idx: number): void {
  const [data, type, cmp_time, expected] = TEST_ptr(x509_cmp_tests[idx])
  TEST_int_eq(O.X509_cmp_time(time_of(data, type), cmp_time), expected)
}

function test_x509_time(idx: number): void {
  const [data, set_string, expected, expected_type, expected_string] = TEST_ptr(x509_format_tests[idx])
  const t = set_string ? O.ASN1_TIME_new() : null

  TEST_int_eq(O.ASN1_TIME_set_string_X509(t, data), expected)
  if (t !== null && expected_type !== -1) TEST_int_eq(t.type, expected_type)
  if (t !== null && expected_string !== null) TEST_mem_eq(t.data, Buffer.from(expected_string, 'latin1'))
  O.ASN1_TIME_free(t)
}

/** Year, month, day; day of the year, day of the week. */
const day_of_week_tests: readonly (readonly [number, number, number, number, number])[] = [
  [1900, 1, 1, 0, 1],
  [1900, 2, 28, 58, 3],
  [1900, 3, 1, 59, 4],
  [1900, 12, 31, 364, 1],
  [1901, 1, 1, 0, 2],
  [1970, 1, 1, 0, 4],
  [1999, 1, 10, 9, 0],
  [1999, 12, 31, 364, 5],
  [2000, 1, 1, 0, 6],
  [2000, 2, 28, 58, 1],
  [2000, 2, 29, 59, 2],
  [2000, 3, 1, 60, 3],
  [2000, 12, 31, 365, 0],
  [2001, 1, 1, 0, 1],
  [2008, 1, 1, 0, 2],
  [2008, 2, 28, 58, 4],
  [2008, 2, 29, 59, 5],
  [2008, 3, 1, 60, 6],
  [2008, 12, 31, 365, 3],
  [2009, 1, 1, 0, 4],
  [2011, 1, 1, 0, 6],
  [2011, 2, 28, 58, 1],
  [2011, 3, 1, 59, 2],
  [2011, 12, 31, 364, 6],
  [2012, 1, 1, 0, 0],
  [2019, 1, 2, 1, 3],
  [2019, 2, 2, 32, 6],
  [2019, 3, 2, 60, 6],
  [2019, 4, 2, 91, 2],
  [2019, 5, 2, 121, 4],
  [2019, 6, 2, 152, 0],
  [2019, 7, 2, 182, 2],
  [2019, 8, 2, 213, 5],
  [2019, 9, 2, 244, 1],
  [2019, 10, 2, 274, 3],
  [2019, 11, 2, 305, 6],
  [2019, 12, 2, 335, 1],
  [2020, 1, 2, 1, 4],
  [2020, 2, 2, 32, 0],
  [2020, 3, 2, 61, 1],
  [2020, 4, 2, 92, 4],
  [2020, 5, 2, 122, 6],
  [2020, 6, 2, 153, 2],
  [2020, 7, 2, 183, 4],
  [2020, 8, 2, 214, 0],
  [2020, 9, 2, 245, 3],
  [2020, 10, 2, 275, 5],
  [2020, 11, 2, 306, 1],
  [2020, 12, 2, 336, 3],
]

function test_days(n: number): void {
  const [y, m, d, yd, wd] = TEST_ptr(day_of_week_tests[n])
  const two = (value: number): string => String(value).padStart(2, '0')
  const a = TEST_ptr(O.ASN1_TIME_new())
  const t = { tm_yday: -1, tm_wday: -1 }

  TEST_true(O.ASN1_TIME_set_string(a, `${y}${two(m)}${two(d)}050505Z`))
  TEST_true(O.ASN1_TIME_to_tm(a, t))
  TEST_int_eq(t.tm_yday, yd)
  TEST_int_eq(t.tm_wday, wd)
  O.ASN1_TIME_free(a)
}

const x509_print_tests_rfc_822: readonly (readonly [string, number, string])[] = [
  ['20170731222050Z', GEN, 'Jul 31 22:20:50 2017 GMT'],
  ['201707312220Z', GEN, 'Jul 31 22:20:00 2017 GMT'],
  ['20170731222050.123Z', GEN, 'Jul 31 22:20:50.123 2017 GMT'],
  ['20170731222050.1Z', GEN, 'Jul 31 22:20:50.1 2017 GMT'],
  ['20170731222050.Z', GEN, 'Bad time value'],
  ['170731222050Z', UTC, 'Jul 31 22:20:50 2017 GMT'],
  ['1707312220Z', UTC, 'Jul 31 22:20:00 2017 GMT'],
]

const x509_print_tests_iso_8601: readonly (readonly [string, number, string])[] = [
  ['20170731222050Z', GEN, '2017-07-31 22:20:50Z'],
  ['201707312220Z', GEN, '2017-07-31 22:20:00Z'],
  ['20170731222050.123Z', GEN, '2017-07-31 22:20:50.123Z'],
  ['20170731222050.1Z', GEN, '2017-07-31 22:20:50.1Z'],
  ['20170731222050.Z', GEN, 'Bad time value'],
  ['170731222050Z', UTC, '2017-07-31 22:20:50Z'],
  ['1707312220Z', UTC, '2017-07-31 22:20:00Z'],
]

function printed([data, type, readable]: readonly [string, number, string], flags: number): void {
  const m = TEST_ptr(O.BIO_new(O.BIO_s_mem()))
  const rv = O.ASN1_TIME_print_ex(m, time_of(data, type), flags)
  // only if the test case intends to fail...
  if (rv === 0) TEST_str_eq(readable, 'Bad time value')
  const pp = { value: new Uint8Array() }
  TEST_int_ne(O.BIO_get_mem_data(m, pp), 0)
  TEST_str_eq(Buffer.from(pp.value).toString('latin1'), readable)
  O.BIO_free(m)
}

function test_x509_time_print_rfc_822(idx: number): void {
  printed(TEST_ptr(x509_print_tests_rfc_822[idx]), O.ASN1_DTFLGS_RFC822)
}

function test_x509_time_print_iso_8601(idx: number): void {
  printed(TEST_ptr(x509_print_tests_iso_8601[idx]), O.ASN1_DTFLGS_ISO8601)
}

ADD_TEST(test_x509_cmp_time_current)
ADD_TEST(test_X509_cmp_timeframe)
ADD_ALL_TESTS(test_x509_cmp_time, x509_cmp_tests.length)
ADD_ALL_TESTS(test_x509_time, x509_format_tests.length)
ADD_ALL_TESTS(test_days, day_of_week_tests.length)
ADD_ALL_TESTS(test_x509_time_print_rfc_822, x509_print_tests_rfc_822.length)
ADD_ALL_TESTS(test_x509_time_print_iso_8601, x509_print_tests_iso_8601.length)
