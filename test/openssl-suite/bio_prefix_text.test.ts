// Ported from OpenSSL 3.0's test/bio_prefix_text.c, as 61-test_bio_prefix.t runs it, Apache-2.0.

import {
  type BIO,
  BIO_eof,
  BIO_f_prefix,
  BIO_free,
  BIO_free_all,
  BIO_get_mem_data,
  BIO_new,
  BIO_new_mem_buf,
  BIO_push,
  BIO_read_ex,
  BIO_s_mem,
  BIO_set_indent,
  BIO_set_prefix,
  BIO_write_ex,
  type Out,
} from '../../lib/index.ts'
import { ADD_TEST, TEST_int_gt, TEST_ptr, TEST_str_eq, TEST_true } from './testutil.ts'

/** The program's options: how many filters, and by index, counted from the sink, indentation and prefix. */
interface Options {
  readonly n: number
  readonly i: readonly (readonly [number, number])[]
  readonly p: readonly (readonly [number, string])[]
}

function run_pipe(input: string, { n, i, p }: Options): string {
  const bio_in = TEST_ptr(BIO_new_mem_buf(Buffer.from(input), input.length))
  const bio_out = TEST_ptr(BIO_new(BIO_s_mem()))
  const chain: BIO[] = []
  let next = bio_out
  for (let at = 0; at < n; at++) {
    next = TEST_ptr(BIO_push(TEST_ptr(BIO_new(BIO_f_prefix())), next))
    chain.push(next)
  }
  for (const [idx, indent] of i) TEST_int_gt(BIO_set_indent(TEST_ptr(chain[idx]), indent), 0)
  for (const [idx, prefix] of p) TEST_int_gt(BIO_set_prefix(TEST_ptr(chain[idx]), prefix), 0)

  const buf = new Uint8Array(4096)
  const bytes_in = { value: 0 }
  const bytes = { value: 0 }
  while (!BIO_eof(bio_in)) {
    TEST_true(BIO_read_ex(bio_in, buf, buf.length, bytes_in))
    for (let bytes_out = 0; bytes_out < bytes_in.value; bytes_out += bytes.value) {
      TEST_true(BIO_write_ex(TEST_ptr(chain.at(-1)), buf.subarray(bytes_out), bytes_in.value - bytes_out, bytes))
    }
  }

  const data: Out<Uint8Array> = { value: new Uint8Array(0) }
  const length = BIO_get_mem_data(bio_out, data)
  const result = Buffer.from(data.value.subarray(0, length)).toString()
  BIO_free(bio_in)
  BIO_free_all(next)
  return result
}

function test_bio_prefix_1(): void {
  const options = {
    n: 2,
    i: [
      [1, 32],
      [0, 3],
    ],
    p: [[1, 'FOO']],
  } as const
  TEST_str_eq(run_pipe('foo\n', options), `   FOO${' '.repeat(32)}foo\n`)
}

function test_bio_prefix_2(): void {
  TEST_str_eq(run_pipe('bar\n', { n: 1, i: [], p: [] }), 'bar\n')
}

ADD_TEST(test_bio_prefix_1)
ADD_TEST(test_bio_prefix_2)
