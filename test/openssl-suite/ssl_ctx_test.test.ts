// Ported from OpenSSL 3.0's test/ssl_ctx_test.c, Apache-2.0.

import {
  SSL_CTX_free,
  SSL_CTX_get_max_proto_version,
  SSL_CTX_get_min_proto_version,
  SSL_CTX_new,
  SSL_CTX_set_max_proto_version,
  SSL_CTX_set_min_proto_version,
  SSL_free,
  SSL_get_max_proto_version,
  SSL_get_min_proto_version,
  SSL_new,
  SSL_set_max_proto_version,
  SSL_set_min_proto_version,
  TLS_server_method,
  TLS1_1_VERSION,
  TLS1_2_VERSION,
  TLS1_VERSION,
} from '../../lib/index.ts'
import { ADD_ALL_TESTS, TEST_int_eq, TEST_ptr } from './testutil.ts'

// biome-ignore format: as in C
const version_testdata = [
  /* min           max             ok    expected min    expected max */
  [0, 0, 1, 1, 0, 0],
  [TLS1_VERSION, TLS1_2_VERSION, 1, 1, TLS1_VERSION, TLS1_2_VERSION],
  [TLS1_2_VERSION, TLS1_2_VERSION, 1, 1, TLS1_2_VERSION, TLS1_2_VERSION],
  [TLS1_2_VERSION, TLS1_1_VERSION, 1, 1, TLS1_2_VERSION, TLS1_1_VERSION],
  [7, 42, 0, 0, 0, 0],
] as const

function test_set_min_max_version(idx_tst: number): void {
  const [min_version, max_version, min_ok, max_ok, expected_min, expected_max] = TEST_ptr(version_testdata[idx_tst])

  const ctx = TEST_ptr(SSL_CTX_new(TLS_server_method()))
  const ssl = TEST_ptr(SSL_new(ctx))

  TEST_int_eq(SSL_CTX_set_min_proto_version(ctx, min_version), min_ok)
  TEST_int_eq(SSL_CTX_set_max_proto_version(ctx, max_version), max_ok)
  TEST_int_eq(SSL_CTX_get_min_proto_version(ctx), expected_min)
  TEST_int_eq(SSL_CTX_get_max_proto_version(ctx), expected_max)

  TEST_int_eq(SSL_set_min_proto_version(ssl, min_version), min_ok)
  TEST_int_eq(SSL_set_max_proto_version(ssl, max_version), max_ok)
  TEST_int_eq(SSL_get_min_proto_version(ssl), expected_min)
  TEST_int_eq(SSL_get_max_proto_version(ssl), expected_max)

  SSL_free(ssl)
  SSL_CTX_free(ctx)
}

ADD_ALL_TESTS(test_set_min_max_version, version_testdata.length)
