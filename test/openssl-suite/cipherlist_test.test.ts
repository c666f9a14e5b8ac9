// Ported from OpenSSL 3.0's test/cipherlist_test.c, Apache-2.0.

import {
  ERR_GET_REASON,
  ERR_get_error,
  SSL_CIPHER_get_id,
  type SSL_CTX,
  SSL_CTX_free,
  SSL_CTX_new,
  SSL_CTX_set_cipher_list,
  SSL_free,
  SSL_get1_supported_ciphers,
  SSL_new,
  SSL_R_NO_CIPHER_MATCH,
  SSL_set_cipher_list,
  sk_SSL_CIPHER_free,
  sk_SSL_CIPHER_num,
  sk_SSL_CIPHER_value,
  TLS_client_method,
  TLS_server_method,
  TLS1_CK_DHE_RSA_WITH_AES_128_GCM_SHA256,
  TLS1_CK_DHE_RSA_WITH_AES_128_SHA,
  TLS1_CK_DHE_RSA_WITH_AES_128_SHA256,
  TLS1_CK_DHE_RSA_WITH_AES_256_GCM_SHA384,
  TLS1_CK_DHE_RSA_WITH_AES_256_SHA,
  TLS1_CK_DHE_RSA_WITH_AES_256_SHA256,
  TLS1_CK_DHE_RSA_WITH_CHACHA20_POLY1305,
  TLS1_CK_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
  TLS1_CK_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
  TLS1_CK_ECDHE_ECDSA_WITH_AES_128_SHA256,
  TLS1_CK_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
  TLS1_CK_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
  TLS1_CK_ECDHE_ECDSA_WITH_AES_256_SHA384,
  TLS1_CK_ECDHE_ECDSA_WITH_CHACHA20_POLY1305,
  TLS1_CK_ECDHE_RSA_WITH_AES_128_CBC_SHA,
  TLS1_CK_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
  TLS1_CK_ECDHE_RSA_WITH_AES_128_SHA256,
  TLS1_CK_ECDHE_RSA_WITH_AES_256_CBC_SHA,
  TLS1_CK_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
  TLS1_CK_ECDHE_RSA_WITH_AES_256_SHA384,
  TLS1_CK_ECDHE_RSA_WITH_CHACHA20_POLY1305,
  TLS1_CK_RSA_WITH_AES_128_GCM_SHA256,
  TLS1_CK_RSA_WITH_AES_128_SHA,
  TLS1_CK_RSA_WITH_AES_128_SHA256,
  TLS1_CK_RSA_WITH_AES_256_GCM_SHA384,
  TLS1_CK_RSA_WITH_AES_256_SHA,
  TLS1_CK_RSA_WITH_AES_256_SHA256,
} from '../../lib/index.ts'
import { ADD_TEST, TEST_int_eq, TEST_ptr, TEST_true } from './testutil.ts'

/*
 * All ciphers in the DEFAULT cipherlist meet the default security level.
 * However, default supported ciphers exclude SRP and PSK ciphersuites
 * for which no callbacks have been set up.
 */
const default_ciphers_in_order = [
  TLS1_CK_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
  TLS1_CK_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
  TLS1_CK_DHE_RSA_WITH_AES_256_GCM_SHA384,

  TLS1_CK_ECDHE_ECDSA_WITH_CHACHA20_POLY1305,
  TLS1_CK_ECDHE_RSA_WITH_CHACHA20_POLY1305,
  TLS1_CK_DHE_RSA_WITH_CHACHA20_POLY1305,

  TLS1_CK_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
  TLS1_CK_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
  TLS1_CK_DHE_RSA_WITH_AES_128_GCM_SHA256,
  TLS1_CK_ECDHE_ECDSA_WITH_AES_256_SHA384,
  TLS1_CK_ECDHE_RSA_WITH_AES_256_SHA384,
  TLS1_CK_DHE_RSA_WITH_AES_256_SHA256,
  TLS1_CK_ECDHE_ECDSA_WITH_AES_128_SHA256,
  TLS1_CK_ECDHE_RSA_WITH_AES_128_SHA256,
  TLS1_CK_DHE_RSA_WITH_AES_128_SHA256,

  TLS1_CK_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
  TLS1_CK_ECDHE_RSA_WITH_AES_256_CBC_SHA,
  TLS1_CK_DHE_RSA_WITH_AES_256_SHA,
  TLS1_CK_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
  TLS1_CK_ECDHE_RSA_WITH_AES_128_CBC_SHA,
  TLS1_CK_DHE_RSA_WITH_AES_128_SHA,

  TLS1_CK_RSA_WITH_AES_256_GCM_SHA384,
  TLS1_CK_RSA_WITH_AES_128_GCM_SHA256,
  TLS1_CK_RSA_WITH_AES_256_SHA256,
  TLS1_CK_RSA_WITH_AES_128_SHA256,
  TLS1_CK_RSA_WITH_AES_256_SHA,
  TLS1_CK_RSA_WITH_AES_128_SHA,
]

function set_up(): { server: SSL_CTX; client: SSL_CTX } {
  return {
    server: TEST_ptr(SSL_CTX_new(TLS_server_method())),
    client: TEST_ptr(SSL_CTX_new(TLS_client_method())),
  }
}

function test_default_cipherlist(ctx: SSL_CTX): void {
  const ssl = TEST_ptr(SSL_new(ctx))
  const ciphers = TEST_ptr(SSL_get1_supported_ciphers(ssl))

  TEST_int_eq(sk_SSL_CIPHER_num(ciphers), default_ciphers_in_order.length)
  for (const [i, expected_cipher_id] of default_ciphers_in_order.entries()) {
    TEST_int_eq(SSL_CIPHER_get_id(TEST_ptr(sk_SSL_CIPHER_value(ciphers, i))), expected_cipher_id)
  }

  sk_SSL_CIPHER_free(ciphers)
  SSL_free(ssl)
  SSL_CTX_free(ctx)
}

function test_default_cipherlist_implicit(): void {
  const fixture = set_up()
  test_default_cipherlist(fixture.server)
  test_default_cipherlist(fixture.client)
}

function test_default_cipherlist_explicit(): void {
  const fixture = set_up()
  TEST_true(SSL_CTX_set_cipher_list(fixture.server, 'DEFAULT'))
  TEST_true(SSL_CTX_set_cipher_list(fixture.client, 'DEFAULT'))
  test_default_cipherlist(fixture.server)
  test_default_cipherlist(fixture.client)
}

/* SSL_CTX_set_cipher_list() should fail if it clears all TLSv1.2 ciphers. */
function test_default_cipherlist_clear(): void {
  const fixture = set_up()

  TEST_int_eq(SSL_CTX_set_cipher_list(fixture.server, 'no-such'), 0)
  TEST_int_eq(ERR_GET_REASON(ERR_get_error()), SSL_R_NO_CIPHER_MATCH)

  const s = TEST_ptr(SSL_new(fixture.client))

  TEST_int_eq(SSL_set_cipher_list(s, 'no-such'), 0)
  TEST_int_eq(ERR_GET_REASON(ERR_get_error()), SSL_R_NO_CIPHER_MATCH)

  SSL_free(s)
  SSL_CTX_free(fixture.server)
  SSL_CTX_free(fixture.client)
}

ADD_TEST(test_default_cipherlist_implicit)
ADD_TEST(test_default_cipherlist_explicit)
ADD_TEST(test_default_cipherlist_clear)
