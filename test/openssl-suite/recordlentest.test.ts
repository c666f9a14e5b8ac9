// Ported from OpenSSL 3.0's test/recordlentest.c, Apache-2.0.
import {
  type BIO,
  BIO_write_ex,
  ERR_GET_LIB,
  ERR_GET_REASON,
  ERR_LIB_SSL,
  ERR_peek_error,
  SSL_accept,
  SSL_CTX_free,
  SSL_CTX_set_max_proto_version,
  SSL_ERROR_NONE,
  SSL_free,
  SSL_get_rbio,
  SSL_R_DATA_LENGTH_TOO_LONG,
  SSL_R_ENCRYPTED_LENGTH_TOO_LONG,
  SSL_read_ex,
  SSL3_RT_APPLICATION_DATA,
  SSL3_RT_HANDSHAKE,
  SSL3_RT_HEADER_LENGTH,
  SSL3_RT_MAX_COMPRESSED_OVERHEAD,
  SSL3_RT_MAX_ENCRYPTED_LENGTH,
  SSL3_RT_MAX_PLAIN_LENGTH,
  TLS_client_method,
  TLS_server_method,
  TLS1_2_VERSION,
  TLS1_VERSION,
} from '../../lib/index.ts'
import { create_ssl_connection, create_ssl_ctx_pair, create_ssl_objects } from './ssltestlib.ts'
import {
  ADD_ALL_TESTS,
  TEST_false,
  TEST_int_eq,
  TEST_int_le,
  TEST_ptr,
  TEST_true,
  test_mk_file_path,
} from './testutil.ts'

const cert = test_mk_file_path('servercert.pem')
const privkey = test_mk_file_path('serverkey.pem')

/* Two more are TLSv1.3's */
const TEST_PLAINTEXT_OVERFLOW_OK = 0
const TEST_PLAINTEXT_OVERFLOW_NOT_OK = 1
const TEST_ENCRYPTED_OVERFLOW_TLS1_2_OK = 2
const TEST_ENCRYPTED_OVERFLOW_TLS1_2_NOT_OK = 3

const TOTAL_RECORD_OVERFLOW_TESTS = 4

function write_record(b: BIO, len: number, rectype: number, recversion: number): void {
  const written = { value: 0 }
  const header = Uint8Array.of(rectype, (recversion >> 8) & 0xff, recversion & 0xff, (len >> 8) & 0xff, len & 0xff)

  TEST_true(BIO_write_ex(b, header, SSL3_RT_HEADER_LENGTH, written))
  TEST_int_eq(written.value, SSL3_RT_HEADER_LENGTH)
  TEST_true(BIO_write_ex(b, new Uint8Array(len), len, written))
  TEST_int_eq(written.value, len)
}

function fail_due_to_record_overflow(enc: boolean): boolean {
  const err = ERR_peek_error()
  const reason = enc ? SSL_R_ENCRYPTED_LENGTH_TOO_LONG : SSL_R_DATA_LENGTH_TOO_LONG
  return ERR_GET_LIB(err) === ERR_LIB_SSL && ERR_GET_REASON(err) === reason
}

function test_record_overflow(idx: number): void {
  let len = 0
  const buf = new Uint8Array(1)
  const written = { value: 0 }

  const { sctx, cctx } = create_ssl_ctx_pair(TLS_server_method(), TLS_client_method(), TLS1_VERSION, 0, cert, privkey)

  if (idx === TEST_ENCRYPTED_OVERFLOW_TLS1_2_OK || idx === TEST_ENCRYPTED_OVERFLOW_TLS1_2_NOT_OK) {
    len = SSL3_RT_MAX_ENCRYPTED_LENGTH
    len -= SSL3_RT_MAX_COMPRESSED_OVERHEAD
    SSL_CTX_set_max_proto_version(sctx, TLS1_2_VERSION)
  }

  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  const serverbio = TEST_ptr(SSL_get_rbio(serverssl))

  if (idx === TEST_PLAINTEXT_OVERFLOW_OK || idx === TEST_PLAINTEXT_OVERFLOW_NOT_OK) {
    len = SSL3_RT_MAX_PLAIN_LENGTH
    if (idx === TEST_PLAINTEXT_OVERFLOW_NOT_OK) len++

    write_record(serverbio, len, SSL3_RT_HANDSHAKE, TLS1_VERSION)
    TEST_int_le(SSL_accept(serverssl), 0)
    TEST_true(fail_due_to_record_overflow(false) === (idx === TEST_PLAINTEXT_OVERFLOW_NOT_OK))
  } else {
    TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

    if (idx === TEST_ENCRYPTED_OVERFLOW_TLS1_2_NOT_OK) len++

    write_record(serverbio, len, SSL3_RT_APPLICATION_DATA, TLS1_2_VERSION)
    TEST_false(SSL_read_ex(serverssl, buf, buf.length, written))
    TEST_true(fail_due_to_record_overflow(true) === (idx === TEST_ENCRYPTED_OVERFLOW_TLS1_2_NOT_OK))
  }

  SSL_free(serverssl)
  SSL_free(clientssl)
  SSL_CTX_free(sctx)
  SSL_CTX_free(cctx)
}

ADD_ALL_TESTS(test_record_overflow, TOTAL_RECORD_OVERFLOW_TESTS)
