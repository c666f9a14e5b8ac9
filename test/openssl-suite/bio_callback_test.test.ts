// Ported from OpenSSL 3.0's test/bio_callback_test.c, Apache-2.0.

import {
  type BIO,
  BIO_C_SET_BUF_MEM_EOF_RETURN,
  BIO_CB_CTRL,
  BIO_CB_FREE,
  BIO_CB_PUTS,
  BIO_CB_READ,
  BIO_CB_RETURN,
  BIO_CB_WRITE,
  BIO_free,
  BIO_new,
  BIO_puts,
  BIO_read,
  BIO_s_mem,
  BIO_set_callback,
  BIO_set_callback_ex,
  BIO_set_mem_eof_return,
  BIO_write,
} from '../../lib/index.ts'
import { ADD_TEST, TEST_int_eq, TEST_mem_eq, TEST_ptr, TEST_ptr_eq, TEST_ptr_null, TEST_str_eq } from './testutil.ts'

/** What a callback was called with; `len` is `argi` where the old callback has no other. */
interface Call {
  readonly b: BIO
  readonly oper: number
  readonly argp: unknown
  readonly len: number
  readonly argi: number
  readonly argl: number
  readonly ret: number
  readonly processed: number
}

let calls: Call[] = []

/** The two calls around an operation: before it, with 1, and after it, with the result. */
function expect_calls(
  bio: BIO,
  oper: number,
  argp: unknown,
  len: number,
  after: number,
  processed: number | null,
): void {
  TEST_int_eq(calls.length, 2)
  const [first, second] = [TEST_ptr(calls[0]), TEST_ptr(calls[1])]
  for (const call of [first, second]) {
    TEST_ptr_eq(call.b, bio)
    if (typeof argp === 'string') TEST_str_eq(String(call.argp), argp)
    else if (argp instanceof Uint8Array && call.argp instanceof Uint8Array) TEST_ptr_eq(call.argp.buffer, argp.buffer)
    else TEST_ptr_eq(call.argp, argp)
    TEST_int_eq(call.len, len)
    TEST_int_eq(call.argl, 0)
  }
  TEST_int_eq(first.oper, oper)
  TEST_int_eq(first.ret, 1)
  TEST_int_eq(second.oper, oper | BIO_CB_RETURN)
  TEST_int_eq(second.ret, after)
  if (processed !== null) TEST_int_eq(second.processed, processed)
  calls = []
}

function expect_free(bio: BIO): void {
  TEST_int_eq(calls.length, 1)
  const call = TEST_ptr(calls[0])
  TEST_ptr_eq(call.b, bio)
  TEST_int_eq(call.oper, BIO_CB_FREE)
  TEST_ptr_null(call.argp)
  TEST_int_eq(call.argi, 0)
  TEST_int_eq(call.argl, 0)
  TEST_int_eq(call.ret, 1)
}

function test_bio_callback_ex(): void {
  const test1 = Buffer.from('test')
  const test2 = 'hello'
  const buf = new Uint8Array(16)

  calls = []

  const bio = TEST_ptr(BIO_new(BIO_s_mem()))

  BIO_set_callback_ex(bio, (b, oper, argp, len, argi, argl, ret, processed) => {
    calls.push({ b, oper, argp, len, argi, argl, ret, processed: processed?.value ?? 0 })
    return ret
  })
  TEST_int_eq(BIO_write(bio, test1, test1.length), test1.length)
  expect_calls(bio, BIO_CB_WRITE, test1, test1.length, 1, test1.length)

  TEST_int_eq(BIO_read(bio, buf, buf.length), test1.length)
  TEST_mem_eq(buf.subarray(0, test1.length), test1)
  expect_calls(bio, BIO_CB_READ, buf, buf.length, 1, test1.length)

  /* By default a mem bio returns -1 if it has run out of data */
  TEST_int_eq(BIO_read(bio, buf, buf.length), -1)
  expect_calls(bio, BIO_CB_READ, buf, buf.length, -1, 0)

  /* Force the mem bio to return 0 if it has run out of data */
  TEST_int_eq(BIO_set_mem_eof_return(bio, 0), 1)
  for (const call of calls) TEST_int_eq(call.argi, BIO_C_SET_BUF_MEM_EOF_RETURN)
  expect_calls(bio, BIO_CB_CTRL, null, 0, 1, null)
  TEST_int_eq(BIO_read(bio, buf, buf.length), 0)
  expect_calls(bio, BIO_CB_READ, buf, buf.length, 0, 0)

  TEST_int_eq(BIO_puts(bio, test2), 5)
  for (const call of calls) TEST_int_eq(call.argi, 0)
  expect_calls(bio, BIO_CB_PUTS, test2, 0, 1, test2.length)

  TEST_int_eq(BIO_free(bio), 1)
  expect_free(bio)
}

function test_bio_callback(): void {
  const test1 = Buffer.from('test')
  const test2 = 'hello'
  const buf = new Uint8Array(16)

  calls = []

  const bio = TEST_ptr(BIO_new(BIO_s_mem()))

  BIO_set_callback(bio, (b, oper, argp, argi, argl, ret) => {
    calls.push({ b, oper, argp, len: argi, argi, argl, ret, processed: 0 })
    return ret
  })
  TEST_int_eq(BIO_write(bio, test1, test1.length), test1.length)
  expect_calls(bio, BIO_CB_WRITE, test1, test1.length, test1.length, null)

  TEST_int_eq(BIO_read(bio, buf, buf.length), test1.length)
  TEST_mem_eq(buf.subarray(0, test1.length), test1)
  expect_calls(bio, BIO_CB_READ, buf, buf.length, test1.length, null)

  /* By default a mem bio returns -1 if it has run out of data */
  TEST_int_eq(BIO_read(bio, buf, buf.length), -1)
  expect_calls(bio, BIO_CB_READ, buf, buf.length, -1, null)

  /* Force the mem bio to return 0 if it has run out of data */
  BIO_set_mem_eof_return(bio, 0)
  calls = []
  TEST_int_eq(BIO_read(bio, buf, buf.length), 0)
  expect_calls(bio, BIO_CB_READ, buf, buf.length, 0, null)

  TEST_int_eq(BIO_puts(bio, test2), 5)
  expect_calls(bio, BIO_CB_PUTS, test2, 0, test2.length, null)

  TEST_int_eq(BIO_free(bio), 1)
  expect_free(bio)
}

ADD_TEST(test_bio_callback_ex)
ADD_TEST(test_bio_callback)
