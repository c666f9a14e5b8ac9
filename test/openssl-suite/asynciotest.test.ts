// Ported from OpenSSL 3.0's test/asynciotest.c, Apache-2.0.

import {
  type BIO,
  BIO_CTRL_DUP,
  BIO_clear_retry_flags,
  BIO_ctrl,
  BIO_get_data,
  type BIO_METHOD,
  BIO_meth_new,
  BIO_meth_set_create,
  BIO_meth_set_ctrl,
  BIO_meth_set_destroy,
  BIO_meth_set_gets,
  BIO_meth_set_puts,
  BIO_meth_set_read,
  BIO_meth_set_write,
  BIO_new,
  BIO_next,
  BIO_read,
  BIO_set_data,
  BIO_set_init,
  BIO_set_retry_read,
  BIO_set_retry_write,
  BIO_should_read,
  BIO_should_write,
  BIO_TYPE_FILTER,
  BIO_write,
  SSL_CTX_free,
  SSL_ERROR_NONE,
  SSL_ERROR_SSL,
  SSL_ERROR_SYSCALL,
  SSL_free,
  SSL_get_error,
  SSL_read,
  SSL_write,
  SSL3_RT_CHANGE_CIPHER_SPEC,
  SSL3_RT_HEADER_LENGTH,
  TLS_client_method,
  TLS_server_method,
  TLS1_VERSION,
} from '../../lib/index.ts'
import { PACKET } from './packet.ts'
import { create_ssl_connection, create_ssl_ctx_pair, create_ssl_objects } from './ssltestlib.ts'
import {
  ADD_ALL_TESTS,
  TEST_false,
  TEST_int_eq,
  TEST_mem_eq,
  TEST_ptr,
  TEST_true,
  test_mk_file_path,
} from './testutil.ts'

/* Should we fragment records or not? */
let fragment = false

const cert = test_mk_file_path('servercert.pem')
const privkey = test_mk_file_path('serverkey.pem')

/* Choose a sufficiently large type likely to be unused for this custom BIO */
const BIO_TYPE_ASYNC_FILTER = 0x80 | BIO_TYPE_FILTER

let methods_async: BIO_METHOD | null = null

interface async_ctrs {
  rctr: number
  wctr: number
}

function bio_f_async_filter(): BIO_METHOD {
  if (methods_async === null) {
    methods_async = TEST_ptr(BIO_meth_new(BIO_TYPE_ASYNC_FILTER, 'Async filter'))
    TEST_true(BIO_meth_set_write(methods_async, async_write))
    TEST_true(BIO_meth_set_read(methods_async, async_read))
    TEST_true(BIO_meth_set_puts(methods_async, (bio, str) => async_write(bio, Buffer.from(str), str.length)))
    /* We don't support this - not needed anyway */
    TEST_true(BIO_meth_set_gets(methods_async, () => -1))
    TEST_true(BIO_meth_set_ctrl(methods_async, async_ctrl))
    TEST_true(BIO_meth_set_create(methods_async, async_new))
    TEST_true(BIO_meth_set_destroy(methods_async, async_free))
  }
  return methods_async
}

function async_new(bio: BIO): number {
  const ctrs: async_ctrs = { rctr: 0, wctr: 0 }
  BIO_set_data(bio, ctrs)
  BIO_set_init(bio, 1)
  return 1
}

function async_free(bio: BIO): number {
  BIO_set_data(bio, null)
  BIO_set_init(bio, 0)
  return 1
}

function async_read(bio: BIO, out: Uint8Array, outl: number): number {
  let ret = 0
  const next = BIO_next(bio)

  if (outl <= 0) return 0
  if (next === null) return 0

  const ctrs = BIO_get_data(bio) as async_ctrs

  BIO_clear_retry_flags(bio)

  if (ctrs.rctr > 0) {
    ret = BIO_read(next, out, 1)
    if (ret <= 0 && BIO_should_read(next)) BIO_set_retry_read(bio)
    ctrs.rctr = 0
  } else {
    ctrs.rctr++
    BIO_set_retry_read(bio)
  }

  return ret
}

function async_write(bio: BIO, data: Uint8Array, inl: number): number {
  let ret = 0
  let written = 0
  const next = BIO_next(bio)

  if (inl <= 0) return 0
  if (next === null) return 0

  const ctrs = BIO_get_data(bio) as async_ctrs

  BIO_clear_retry_flags(bio)

  if (ctrs.wctr > 0) {
    ctrs.wctr = 0
    if (fragment) {
      const pkt = new PACKET(data.subarray(0, inl))

      while (pkt.remaining > 0) {
        const contenttype = pkt.get_1()
        const versionhi = pkt.get_1()
        const versionlo = pkt.get_1()
        const payload = pkt.get_length_prefixed_2()

        /* Pretend we wrote out the record header */
        written += SSL3_RT_HEADER_LENGTH

        for (const byte of payload.data) {
          /* Create a new one byte long record for each byte in the
           * record in the input buffer
           */
          const smallrec = Uint8Array.of(contenttype, versionhi, versionlo, 0, 1, byte)
          if (BIO_write(next, smallrec, smallrec.length) <= 0) return -1
          written++
        }
        /*
         * We can't fragment anything after the CCS, otherwise we get a bad record MAC
         */
        if (contenttype === SSL3_RT_CHANGE_CIPHER_SPEC) {
          fragment = false
          break
        }
      }
    }
    /* Write any data we have left after fragmenting */
    ret = 0
    if (written < inl) ret = BIO_write(next, data.subarray(written), inl - written)

    if (ret <= 0 && BIO_should_write(next)) BIO_set_retry_write(bio)
    else ret += written
  } else {
    ctrs.wctr++
    BIO_set_retry_write(bio)
  }

  return ret
}

function async_ctrl(bio: BIO, cmd: number, num: number, ptr: unknown): number {
  const next = BIO_next(bio)
  if (next === null || cmd === BIO_CTRL_DUP) return 0
  return BIO_ctrl(next, cmd, num, ptr)
}

const MAX_ATTEMPTS = 100

function test_asyncio(test: number): void {
  const testdata = Buffer.from('Test data\0')
  const buf = new Uint8Array(testdata.length)

  const { sctx, cctx } = create_ssl_ctx_pair(TLS_server_method(), TLS_client_method(), TLS1_VERSION, 0, cert, privkey)

  /*
   * We do 2 test runs. The first time around we just do a normal handshake
   * with lots of async io going on. The second time around we also break up
   * all records so that the content is only one byte length (up until the
   * CCS)
   */
  if (test === 1) fragment = true

  const s_to_c_fbio = TEST_ptr(BIO_new(bio_f_async_filter()))
  const c_to_s_fbio = TEST_ptr(BIO_new(bio_f_async_filter()))

  /* BIOs get freed on error */
  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx, s_to_c_fbio, c_to_s_fbio)
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))
  TEST_false(fragment)

  /*
   * Send and receive some test data. Do the whole thing twice to ensure
   * we hit at least one async event in both reading and writing
   */
  for (let j = 0; j < 2; j++) {
    /*
     * Write some test data. It should never take more than 2 attempts
     * (the first one might be a retryable fail).
     */
    let len = 0
    for (let i = 0; len !== testdata.length && i < 2; i++) {
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
      const ret = SSL_read(serverssl, buf.subarray(len), buf.length - len)
      if (ret > 0) {
        len += ret
      } else {
        const ssl_error = SSL_get_error(serverssl, ret)
        TEST_false(ssl_error === SSL_ERROR_SYSCALL || ssl_error === SSL_ERROR_SSL)
      }
    }
    TEST_mem_eq(testdata, buf.subarray(0, len))
  }

  /* Also frees the BIOs */
  SSL_free(clientssl)
  SSL_free(serverssl)
  SSL_CTX_free(cctx)
  SSL_CTX_free(sctx)
}

ADD_ALL_TESTS(test_asyncio, 2)
