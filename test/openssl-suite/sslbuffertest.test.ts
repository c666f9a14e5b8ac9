// Ported from OpenSSL 3.0's test/sslbuffertest.c, Apache-2.0.
import {
  BIO_read_ex,
  BIO_write_ex,
  SSL_alloc_buffers,
  SSL_ERROR_NONE,
  SSL_ERROR_SSL,
  SSL_ERROR_SYSCALL,
  SSL_free,
  SSL_free_buffers,
  SSL_get_error,
  SSL_get_rbio,
  SSL_read,
  SSL_read_ex,
  SSL_write,
  SSL_write_ex,
  SSL3_RT_HEADER_LENGTH,
  TLS_client_method,
  TLS_server_method,
  TLS1_VERSION,
} from '../../lib/index.ts'
import { create_ssl_connection, create_ssl_ctx_pair, create_ssl_objects } from './ssltestlib.ts'
import {
  ADD_ALL_TESTS,
  TEST_false,
  TEST_int_eq,
  TEST_int_gt,
  TEST_int_lt,
  TEST_mem_eq,
  TEST_ptr,
  TEST_true,
  test_mk_file_path,
} from './testutil.ts'

const cert = test_mk_file_path('servercert.pem')
const pkey = test_mk_file_path('serverkey.pem')
const { sctx: serverctx, cctx: clientctx } = create_ssl_ctx_pair(
  TLS_server_method(),
  TLS_client_method(),
  TLS1_VERSION,
  0,
  cert,
  pkey,
)

const MAX_ATTEMPTS = 100

/*
 * There are 9 passes in the tests
 * 0 = control test
 * tests during writes
 * 1 = free buffers
 * 2 = + allocate buffers after free
 * 3 = + allocate buffers again
 * 4 = + free buffers after allocation
 * tests during reads
 * 5 = + free buffers
 * 6 = + free buffers again
 * 7 = + allocate buffers after free
 * 8 = + free buffers after allocation
 */
function test_func(test: number): void {
  const testdata = Buffer.from('Test data\0')
  const buf = new Uint8Array(testdata.length)

  const { serverssl, clientssl } = create_ssl_objects(serverctx, clientctx)
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  /*
   * Send and receive some test data. Do the whole thing twice to ensure
   * we hit at least one async event in both reading and writing
   */
  for (let j = 0; j < 2; j++) {
    let len = 0
    /*
     * Write some test data. It should never take more than 2 attempts
     * (the first one might be a retryable fail).
     */
    for (let i = 0; len !== testdata.length && i < 2; i++) {
      /* test == 0 mean to free/allocate = control */
      if (test >= 1) TEST_true(SSL_free_buffers(clientssl))
      if (test >= 2) TEST_true(SSL_alloc_buffers(clientssl))
      /* allocate a second time */
      if (test >= 3) TEST_true(SSL_alloc_buffers(clientssl))
      if (test >= 4) TEST_true(SSL_free_buffers(clientssl))

      const ret = SSL_write(clientssl, testdata.subarray(len), testdata.length - len)
      if (ret > 0) {
        len += ret
      } else {
        const ssl_error = SSL_get_error(clientssl, ret)
        TEST_false(ssl_error === SSL_ERROR_SYSCALL || ssl_error === SSL_ERROR_SSL)
      }
    }
    TEST_int_eq(len, testdata.length)
    /*
     * Now read the test data. It may take more attempts here because
     * it could fail once for each byte read, including all overhead
     * bytes from the record header/padding etc.
     */
    len = 0
    for (let i = 0; len !== testdata.length && i < MAX_ATTEMPTS; i++) {
      if (test >= 5) TEST_true(SSL_free_buffers(serverssl))
      /* free a second time */
      if (test >= 6) TEST_true(SSL_free_buffers(serverssl))
      if (test >= 7) TEST_true(SSL_alloc_buffers(serverssl))
      if (test >= 8) TEST_true(SSL_free_buffers(serverssl))

      const ret = SSL_read(serverssl, buf.subarray(len), buf.length - len)
      if (ret > 0) {
        len += ret
      } else {
        const ssl_error = SSL_get_error(serverssl, ret)
        TEST_false(ssl_error === SSL_ERROR_SYSCALL || ssl_error === SSL_ERROR_SSL)
      }
    }
    TEST_mem_eq(buf.subarray(0, len), testdata)
  }

  SSL_free(clientssl)
  SSL_free(serverssl)
}

/*
 * Test that attempting to free the buffers at points where they cannot be freed
 * works as expected
 * Test 0: Attempt to free buffers after a full record has been processed, but
 *         the application has only performed a partial read
 * Test 1: Attempt to free buffers after only a partial record header has been
 *         received
 * Test 2: Attempt to free buffers after a full record header but no record body
 * Test 3: Attempt to free buffers after a full record hedaer and partial record
 *         body
 * Test 4-7, which repeat them with a second pipelined record, need an engine
 */
function test_free_buffers(test: number): void {
  const testdata = Buffer.from('Test data')
  const buf = new Uint8Array(120)
  const written = { value: 0 }
  const readbytes = { value: 0 }

  const { serverssl, clientssl } = create_ssl_objects(serverctx, clientctx)
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  TEST_true(SSL_write_ex(clientssl, testdata, testdata.length, written))

  if (test === 0) {
    const readlen = 1
    /*
     * Deliberately only read the first byte - so the remaining bytes are
     * still buffered.
     */
    TEST_true(SSL_read_ex(serverssl, buf, readlen, readbytes))
    TEST_int_eq(readlen, readbytes.value)
  } else {
    /* Remove all the data that is pending for read by the server */
    const tmp = TEST_ptr(SSL_get_rbio(serverssl))
    TEST_true(BIO_read_ex(tmp, buf, buf.length, readbytes))
    TEST_int_lt(readbytes.value, buf.length)
    TEST_int_gt(readbytes.value, SSL3_RT_HEADER_LENGTH)

    const partial_len = TEST_ptr([0, SSL3_RT_HEADER_LENGTH - 1, SSL3_RT_HEADER_LENGTH, readbytes.value - 1][test])

    /* Put back just the partial record */
    TEST_true(BIO_write_ex(tmp, buf, partial_len, written))

    /*
     * Attempt a read. This should fail because only a partial record is
     * available.
     */
    TEST_false(SSL_read_ex(serverssl, buf, buf.length, readbytes))
  }

  /*
   * Attempting to free the buffers at this point should fail because they are
   * still in use
   */
  TEST_false(SSL_free_buffers(serverssl))

  SSL_free(clientssl)
  SSL_free(serverssl)
}

ADD_ALL_TESTS(test_func, 9)
ADD_ALL_TESTS(test_free_buffers, 4)
