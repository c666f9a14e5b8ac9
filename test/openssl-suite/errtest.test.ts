// Ported from OpenSSL 3.0's test/errtest.c, Apache-2.0: all but preserves_system_error, as JavaScript has no errno of its own.

import {
  BIO_free,
  BIO_get_mem_data,
  BIO_new,
  BIO_s_mem,
  ERR_add_error_data,
  ERR_clear_error,
  ERR_clear_last_mark,
  ERR_GET_REASON,
  ERR_get_error,
  ERR_get_error_all,
  ERR_LIB_CRYPTO,
  ERR_LIB_NONE,
  ERR_LIB_SYS,
  ERR_new,
  ERR_peek_error,
  ERR_peek_error_data,
  ERR_peek_last_error,
  ERR_pop_to_mark,
  ERR_print_errors,
  ERR_R_INTERNAL_ERROR,
  ERR_R_MALLOC_FAILURE,
  ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED,
  ERR_raise,
  ERR_raise_data,
  ERR_set_debug,
  ERR_set_error,
  ERR_set_mark,
  ERR_TXT_MALLOCED,
  ERR_TXT_STRING,
  type Out,
} from '../../lib/index.ts'
import {
  ADD_TEST,
  TEST_false,
  TEST_int_eq,
  TEST_int_gt,
  TEST_int_ne,
  TEST_ptr,
  TEST_str_eq,
  TEST_strn_eq,
  TEST_true,
} from './testutil.ts'

function test_print_error_format(): void {
  const EPERM = 1
  /* Variables used to construct an error line */
  const func = 'test_print_error_format'
  const file = 'errtest.test.ts'
  const line = 77

  /*
   * We set a mark here so we can clear the system error that we generate
   * with ERR_PUT_error().  That is, after all, just a simulation to verify
   * ERR_print_errors() output, not a real error.
   */
  ERR_set_mark()

  ERR_new()
  ERR_set_debug(file, line, func)
  ERR_set_error(ERR_LIB_SYS, EPERM, null)
  const errorcode = ERR_peek_error()
  TEST_int_eq(ERR_GET_REASON(errorcode), EPERM)

  const code = errorcode.toString(16).toUpperCase().padStart(8, '0')
  const expected = `:error:${code}:system library:${func}:Operation not permitted:${file}:${line}`

  const bio = TEST_ptr(BIO_new(BIO_s_mem()))

  ERR_print_errors(bio)

  const out: Out<Uint8Array> = { value: new Uint8Array(0) }
  const len = BIO_get_mem_data(bio, out)
  TEST_int_gt(len, 0)
  const text = Buffer.from(out.value.subarray(0, len)).toString()
  /* Skip over the variable thread id at the start of the string */
  const p = text.indexOf(':')
  TEST_true(/^[0-9A-F]*$/.test(text.slice(0, p)))
  TEST_strn_eq(expected, text.slice(p), expected.length)
  BIO_free(bio)
}

/* Test that calls to ERR_add_error_[v]data append */
function vdata_appends(): void {
  const data = { value: '' }

  ERR_raise(ERR_LIB_CRYPTO, ERR_R_MALLOC_FAILURE)
  ERR_add_error_data(1, 'hello ')
  ERR_add_error_data(1, 'world')
  ERR_peek_error_data(data, null)
  TEST_str_eq(data.value, 'hello world')
}

function raised_error(): void {
  const data = { value: '' }

  ERR_raise_data(ERR_LIB_NONE, ERR_R_INTERNAL_ERROR, 'calling exit()')
  const e = ERR_get_error_all(null, null, null, data, null)
  TEST_int_ne(e, 0)
  TEST_int_eq(ERR_GET_REASON(e), ERR_R_INTERNAL_ERROR)
  TEST_str_eq(data.value, 'calling exit()')
}

function test_marks(): void {
  /* Set an initial error */
  ERR_raise(ERR_LIB_CRYPTO, ERR_R_MALLOC_FAILURE)
  const mallocfail = ERR_peek_last_error()
  TEST_int_gt(mallocfail, 0)

  /* Setting and clearing a mark should not affect the error */
  TEST_true(ERR_set_mark())
  TEST_true(ERR_pop_to_mark())
  TEST_int_eq(mallocfail, ERR_peek_last_error())
  TEST_true(ERR_set_mark())
  TEST_true(ERR_clear_last_mark())
  TEST_int_eq(mallocfail, ERR_peek_last_error())

  /* Test popping errors */
  TEST_true(ERR_set_mark())
  ERR_raise(ERR_LIB_CRYPTO, ERR_R_INTERNAL_ERROR)
  TEST_int_ne(mallocfail, ERR_peek_last_error())
  TEST_true(ERR_pop_to_mark())
  TEST_int_eq(mallocfail, ERR_peek_last_error())

  /* Nested marks should also work */
  TEST_true(ERR_set_mark())
  TEST_true(ERR_set_mark())
  ERR_raise(ERR_LIB_CRYPTO, ERR_R_INTERNAL_ERROR)
  TEST_int_ne(mallocfail, ERR_peek_last_error())
  TEST_true(ERR_pop_to_mark())
  TEST_true(ERR_pop_to_mark())
  TEST_int_eq(mallocfail, ERR_peek_last_error())

  TEST_true(ERR_set_mark())
  ERR_raise(ERR_LIB_CRYPTO, ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED)
  const shouldnot = ERR_peek_last_error()
  TEST_int_ne(mallocfail, shouldnot)
  TEST_true(ERR_set_mark())
  ERR_raise(ERR_LIB_CRYPTO, ERR_R_INTERNAL_ERROR)
  TEST_int_ne(shouldnot, ERR_peek_last_error())
  TEST_true(ERR_pop_to_mark())
  TEST_int_eq(shouldnot, ERR_peek_last_error())
  TEST_true(ERR_pop_to_mark())
  TEST_int_eq(mallocfail, ERR_peek_last_error())

  /* Setting and clearing a mark should not affect the errors on the stack */
  TEST_true(ERR_set_mark())
  ERR_raise(ERR_LIB_CRYPTO, ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED)
  TEST_true(ERR_clear_last_mark())
  TEST_int_eq(shouldnot, ERR_peek_last_error())

  /*
   * Popping where no mark has been set should pop everything - but return
   * a failure result
   */
  TEST_false(ERR_pop_to_mark())
  TEST_int_eq(0, ERR_peek_last_error())

  /* Clearing where there is no mark should fail */
  ERR_raise(ERR_LIB_CRYPTO, ERR_R_MALLOC_FAILURE)
  TEST_false(ERR_clear_last_mark())
  /* "get" the last error to remove it */
  TEST_int_eq(mallocfail, ERR_get_error())
  TEST_int_eq(0, ERR_peek_last_error())

  /*
   * Setting a mark where there are no errors in the stack should fail.
   * NOTE: This is somewhat surprising behaviour but is historically how this
   * function behaves. In practice we typically set marks without first
   * checking whether there is anything on the stack - but we also don't
   * tend to check the success of this function. It turns out to work anyway
   * because although setting a mark with no errors fails, a subsequent call
   * to ERR_pop_to_mark() or ERR_clear_last_mark() will do the right thing
   * anyway (even though they will report a failure result).
   */
  TEST_false(ERR_set_mark())

  ERR_raise(ERR_LIB_CRYPTO, ERR_R_MALLOC_FAILURE)
  TEST_true(ERR_set_mark())
  ERR_raise(ERR_LIB_CRYPTO, ERR_R_INTERNAL_ERROR)
  ERR_raise(ERR_LIB_CRYPTO, ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED)

  /* Should be able to "pop" past 2 errors */
  TEST_true(ERR_pop_to_mark())
  TEST_int_eq(mallocfail, ERR_peek_last_error())

  TEST_true(ERR_set_mark())
  ERR_raise(ERR_LIB_CRYPTO, ERR_R_INTERNAL_ERROR)
  ERR_raise(ERR_LIB_CRYPTO, ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED)

  /* Should be able to "clear" past 2 errors */
  TEST_true(ERR_clear_last_mark())
  TEST_int_eq(shouldnot, ERR_peek_last_error())
}

function test_clear_error(): void {
  const flags = { value: -1 }
  const data = { value: '' }
  const check = (text: string, expected: number): void => {
    ERR_peek_error_data(data, flags)
    TEST_str_eq(data.value, text)
    TEST_int_eq(flags.value, expected)
    ERR_clear_error()
  }

  /* Raise an error with data and clear it */
  ERR_raise_data(0, 0, 'hello %s', 'world')
  check('hello world', ERR_TXT_STRING | ERR_TXT_MALLOCED)

  /* Raise a new error without data */
  /* C keeps the memory of the text, and says so with ERR_TXT_MALLOCED */
  ERR_raise(0, 0)
  check('', 0)

  /* Raise a new error with data */
  ERR_raise_data(0, 0, 'goodbye %s world', 'cruel')
  check('goodbye cruel world', ERR_TXT_STRING | ERR_TXT_MALLOCED)

  /*
   * Raise a new error without data to check that the malloced storage
   * is freed properly
   */
  ERR_raise(0, 0)
  check('', 0)
}

ADD_TEST(vdata_appends)
ADD_TEST(raised_error)
ADD_TEST(test_print_error_format)
ADD_TEST(test_marks)
ADD_TEST(test_clear_error)
