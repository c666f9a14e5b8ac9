// Ported from OpenSSL 3.0's test/bio_memleak_test.c, Apache-2.0: all but test_bio_i2d_ASN1_mime, which is about PKCS #7.

import {
  type BIO,
  BIO_CLOSE,
  BIO_clear_flags,
  BIO_FLAGS_MEM_RDONLY,
  BIO_FLAGS_NONCLEAR_RST,
  BIO_free,
  BIO_get_mem_ptr,
  BIO_NOCLOSE,
  BIO_new,
  BIO_new_mem_buf,
  BIO_puts,
  BIO_read,
  BIO_reset,
  BIO_s_mem,
  BIO_set_close,
  BIO_set_flags,
  BIO_set_mem_buf,
  BIO_write,
  type BUF_MEM,
  BUF_MEM_free,
  BUF_MEM_grow,
  BUF_MEM_new,
  type Out,
} from '../../lib/index.ts'
import { ADD_TEST, TEST_int_eq, TEST_int_gt, TEST_int_lt, TEST_mem_eq, TEST_ptr } from './testutil.ts'

const HELLO = Buffer.from('Hello World\n')

function expect_read(bio: BIO, size: number, expected: string): void {
  const data = new Uint8Array(size)
  TEST_int_eq(BIO_read(bio, data, size), expected.length)
  TEST_mem_eq(data.subarray(0, expected.length), Buffer.from(expected))
}

function test_bio_memleak(): void {
  const str = Buffer.from('BIO test\n\0')

  const bio = TEST_ptr(BIO_new(BIO_s_mem()))
  const bufmem = TEST_ptr(BUF_MEM_new())
  TEST_int_eq(BUF_MEM_grow(bufmem, str.length), str.length)
  TEST_ptr(bufmem.data).set(str)
  BIO_set_mem_buf(bio, bufmem, BIO_NOCLOSE)
  BIO_set_flags(bio, BIO_FLAGS_MEM_RDONLY)
  expect_read(bio, 100, 'BIO test\n\0')
  BIO_free(bio)
}

function test_bio_get_mem(): void {
  const bufmem: Out<BUF_MEM | null> = { value: null }

  const bio = TEST_ptr(BIO_new(BIO_s_mem()))
  TEST_int_eq(BIO_puts(bio, 'Hello World\n'), 12)
  BIO_get_mem_ptr(bio, bufmem)
  const memory = TEST_ptr(bufmem.value)
  TEST_int_gt(BIO_set_close(bio, BIO_NOCLOSE), 0)
  BIO_free(bio)
  TEST_mem_eq(TEST_ptr(memory.data).subarray(0, memory.length), HELLO)
  BUF_MEM_free(memory)
}

function test_bio_new_mem_buf(): void {
  const bufmem: Out<BUF_MEM | null> = { value: null }

  const bio = TEST_ptr(BIO_new_mem_buf(HELLO, 12))
  expect_read(bio, 5, 'Hello')
  TEST_int_gt(BIO_get_mem_ptr(bio, bufmem), 0)
  TEST_int_lt(BIO_write(bio, Buffer.from('test'), 4), 0)
  expect_read(bio, 16, ' World\n')
  TEST_int_gt(BIO_reset(bio), 0)
  expect_read(bio, 16, 'Hello World\n')
  BIO_free(bio)
}

function test_bio_rdonly_mem_buf(): void {
  const bufmem: Out<BUF_MEM | null> = { value: null }

  const bio = TEST_ptr(BIO_new_mem_buf(HELLO, 12))
  expect_read(bio, 5, 'Hello')
  TEST_int_gt(BIO_get_mem_ptr(bio, bufmem), 0)
  BIO_set_close(bio, BIO_NOCLOSE)

  const bio2 = TEST_ptr(BIO_new(BIO_s_mem()))
  BIO_set_mem_buf(bio2, TEST_ptr(bufmem.value), BIO_CLOSE)
  BIO_set_flags(bio2, BIO_FLAGS_MEM_RDONLY)

  expect_read(bio2, 16, ' World\n')
  TEST_int_gt(BIO_reset(bio2), 0)
  expect_read(bio2, 16, ' World\n')

  BIO_free(bio)
  BIO_free(bio2)
}

function test_bio_rdwr_rdonly(): void {
  const bio = TEST_ptr(BIO_new(BIO_s_mem()))
  TEST_int_eq(BIO_puts(bio, 'Hello World\n'), 12)

  BIO_set_flags(bio, BIO_FLAGS_MEM_RDONLY)
  expect_read(bio, 16, 'Hello World\n')
  TEST_int_gt(BIO_reset(bio), 0)

  BIO_clear_flags(bio, BIO_FLAGS_MEM_RDONLY)
  TEST_int_eq(BIO_puts(bio, 'Hi!\n'), 4)
  expect_read(bio, 16, 'Hello World\nHi!\n')

  BIO_free(bio)
}

function test_bio_nonclear_rst(): void {
  const bio = TEST_ptr(BIO_new(BIO_s_mem()))
  TEST_int_eq(BIO_puts(bio, 'Hello World\n'), 12)

  BIO_set_flags(bio, BIO_FLAGS_NONCLEAR_RST)

  expect_read(bio, 16, 'Hello World\n')
  TEST_int_gt(BIO_reset(bio), 0)

  expect_read(bio, 16, 'Hello World\n')

  BIO_clear_flags(bio, BIO_FLAGS_NONCLEAR_RST)
  TEST_int_gt(BIO_reset(bio), 0)

  TEST_int_lt(BIO_read(bio, new Uint8Array(16), 16), 1)

  BIO_free(bio)
}

ADD_TEST(test_bio_memleak)
ADD_TEST(test_bio_get_mem)
ADD_TEST(test_bio_new_mem_buf)
ADD_TEST(test_bio_rdonly_mem_buf)
ADD_TEST(test_bio_rdwr_rdonly)
ADD_TEST(test_bio_nonclear_rst)
