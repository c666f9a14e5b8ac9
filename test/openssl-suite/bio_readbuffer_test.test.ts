// Ported from OpenSSL 3.0's test/bio_readbuffer_test.c, Apache-2.0.

import {
  BIO_eof,
  BIO_f_readbuffer,
  BIO_free,
  BIO_free_all,
  BIO_gets,
  BIO_new,
  BIO_new_file,
  BIO_push,
  BIO_read_ex,
  BIO_seek,
  BIO_tell,
} from '../../lib/index.ts'
import {
  ADD_ALL_TESTS,
  TEST_int_eq,
  TEST_int_gt,
  TEST_int_le,
  TEST_int_lt,
  TEST_mem_eq,
  TEST_ptr,
  TEST_true,
  test_mk_file_path,
} from './testutil.ts'

const filename = test_mk_file_path('servercert.pem')

/*
 * Test that a BIO_f_readbuffer() with a BIO_new_file() behaves nicely if
 * BIO_gets() and BIO_read_ex() are both called.
 * Since the BIO_gets() calls buffer the reads, the BIO_read_ex() should
 * still be able to read the buffered data if we seek back to the start.
 *
 * The following cases are tested using tstid:
 * 0 : Just use BIO_read_ex().
 * 1 : Try a few reads using BIO_gets() before using BIO_read_ex()
 * 2 : Read the entire file using BIO_gets() before using BIO_read_ex().
 */
function test_readbuffer_file_bio(tstid: number): void {
  const buf = new Uint8Array(255)
  const expected = new Uint8Array(4096)
  const readbytes = { value: 0 }
  const bytes = { value: 0 }

  /* Open a file BIO and read all the data */
  const input = TEST_ptr(BIO_new_file(filename, 'r'))
  TEST_int_eq(BIO_read_ex(input, expected, expected.length, readbytes), 1)
  TEST_int_lt(readbytes.value, expected.length)
  BIO_free(input)

  /* Create a new file bio that sits under a readbuffer BIO */
  const readbuf_bio = TEST_ptr(BIO_new(BIO_f_readbuffer()))
  const in_bio = TEST_ptr(BIO_push(readbuf_bio, TEST_ptr(BIO_new_file(filename, 'r'))))

  TEST_int_eq(BIO_tell(in_bio), 0)

  if (tstid !== 0) {
    let partial = 4
    while (!BIO_eof(in_bio)) {
      const len = BIO_gets(in_bio, buf, buf.length)
      if (len === 0) {
        TEST_true(BIO_eof(in_bio))
      } else {
        TEST_int_gt(len, 0)
        TEST_int_le(len, buf.length - 1)
        TEST_int_eq(TEST_ptr(buf[len]), 0)
        if (len > 1 && !BIO_eof(in_bio) && len !== buf.length - 1) TEST_int_eq(TEST_ptr(buf[len - 1]), 10)
      }
      if (tstid === 1 && --partial === 0) break
    }
  }
  TEST_int_eq(BIO_seek(in_bio, 0), 1)

  let len = 8 /* Do a small partial read to start with */
  let count = 0
  while (!BIO_eof(in_bio)) {
    TEST_int_eq(BIO_read_ex(in_bio, buf, len, bytes), 1)
    TEST_mem_eq(buf.subarray(0, bytes.value), expected.subarray(count, count + bytes.value))
    count += bytes.value
    len = buf.length /* fill the buffer on subsequent reads */
  }
  TEST_int_eq(count, readbytes.value)
  BIO_free_all(in_bio)
}

ADD_ALL_TESTS(test_readbuffer_file_bio, 3)
