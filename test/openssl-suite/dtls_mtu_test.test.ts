// Ported from OpenSSL 3.0's test/dtls_mtu_test.c, Apache-2.0.

import {
  BIO_read,
  BIO_snprintf,
  DTLS_get_data_mtu,
  DTLS_method,
  DTLS_set_link_mtu,
  type SSL,
  SSL_CIPHER_get_name,
  type SSL_CTX,
  SSL_CTX_free,
  SSL_CTX_get_ciphers,
  SSL_CTX_new,
  SSL_CTX_set_cipher_list,
  SSL_CTX_set_dh_auto,
  SSL_CTX_set_psk_client_callback,
  SSL_CTX_set_psk_server_callback,
  SSL_CTX_set_security_level,
  SSL_ERROR_NONE,
  SSL_free,
  SSL_get_rbio,
  SSL_OP_NO_ENCRYPT_THEN_MAC,
  SSL_OP_NO_QUERY_MTU,
  SSL_set_cipher_list,
  SSL_set_mtu,
  SSL_set_options,
  SSL_set_tlsext_max_fragment_length,
  SSL_write,
  sk_SSL_CIPHER_num,
  sk_SSL_CIPHER_value,
  TLSEXT_max_fragment_length_512,
} from '../../lib/index.ts'
import { create_ssl_connection, create_ssl_objects } from './ssltestlib.ts'
import { ADD_TEST, TEST_false, TEST_int_eq, TEST_int_gt, TEST_int_ne, TEST_ptr, TEST_true } from './testutil.ts'

function clnt_psk_callback(
  _ssl: SSL,
  _hint: string | null,
  ident: Uint8Array,
  max_ident_len: number,
  psk: Uint8Array,
  max_psk_len: number,
): number {
  BIO_snprintf(ident, max_ident_len, 'psk')
  const length = Math.min(max_psk_len, 20)
  psk.fill(0x5a, 0, length)
  return length
}

function srvr_psk_callback(_ssl: SSL, _identity: string | null, psk: Uint8Array, max_psk_len: number): number {
  const length = Math.min(max_psk_len, 20)
  psk.fill(0x5a, 0, length)
  return length
}

function mtu_test(ctx: SSL_CTX, cs: string, no_etm: boolean): void {
  const mtus: number[] = []
  const buf = new Uint8Array(600).fill(0x5a)

  const { serverssl: srvr_ssl, clientssl: clnt_ssl } = create_ssl_objects(ctx, ctx)

  if (no_etm) SSL_set_options(srvr_ssl, SSL_OP_NO_ENCRYPT_THEN_MAC)

  TEST_true(SSL_set_cipher_list(srvr_ssl, cs))
  TEST_true(SSL_set_cipher_list(clnt_ssl, cs))
  const sc_bio = TEST_ptr(SSL_get_rbio(srvr_ssl))
  TEST_true(create_ssl_connection(clnt_ssl, srvr_ssl, SSL_ERROR_NONE))

  /* For record MTU values between 500 and 539, call DTLS_get_data_mtu()
   * to query the payload MTU which will fit. */
  for (let i = 0; i < 30; i++) {
    SSL_set_mtu(clnt_ssl, 500 + i)
    const mtu = DTLS_get_data_mtu(clnt_ssl)
    TEST_int_ne(mtu, 0)
    mtus.push(mtu)
  }

  /* Now get out of the way */
  SSL_set_mtu(clnt_ssl, 1000)

  /*
   * Now for all values in the range of payload MTUs, send a payload of
   * that size and see what actual record size we end up with.
   */
  for (let s = TEST_ptr(mtus[0]); s <= TEST_ptr(mtus[29]); s++) {
    TEST_int_eq(SSL_write(clnt_ssl, buf, s), s)
    const reclen = BIO_read(sc_bio, buf, buf.length)
    for (const [i, mtu] of mtus.entries()) {
      /* DTLS_get_data_mtu() with record MTU 500+i returned mtus[i] ... */
      /*
       * We sent a packet smaller than or equal to mtus[j] and
       * that made a record *larger* than the record MTU 500+j!
       */
      TEST_false(s <= mtu && reclen > 500 + i)
      /*
       * We sent a *larger* packet than mtus[i] and that *still*
       * fits within the record MTU 500+i, so DTLS_get_data_mtu()
       * was overly pessimistic.
       */
      TEST_false(s > mtu && reclen <= 500 + i)
    }
  }
  SSL_free(clnt_ssl)
  SSL_free(srvr_ssl)
}

function run_mtu_tests(): void {
  let tested = 0

  const ctx = TEST_ptr(SSL_CTX_new(DTLS_method()))

  SSL_CTX_set_psk_server_callback(ctx, srvr_psk_callback)
  SSL_CTX_set_psk_client_callback(ctx, clnt_psk_callback)
  SSL_CTX_set_security_level(ctx, 0)

  /*
   * We only care about iterating over each enc/mac; we don't want to
   * repeat the test for each auth/kx variant. So keep life simple and
   * only do (non-DH) PSK.
   */
  TEST_true(SSL_CTX_set_cipher_list(ctx, 'PSK'))

  const ciphers = TEST_ptr(SSL_CTX_get_ciphers(ctx))
  for (let i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
    const cipher = TEST_ptr(sk_SSL_CIPHER_value(ciphers, i))
    const cipher_name = SSL_CIPHER_get_name(cipher)

    /* As noted above, only one test for each enc/mac variant. */
    if (!cipher_name.startsWith('PSK-')) continue

    mtu_test(ctx, cipher_name, false)
    /* C does this only where Encrypt-then-MAC was used, which it asks libssl's inside */
    mtu_test(ctx, cipher_name, true)
    tested++
  }
  TEST_int_gt(tested, 10)
  SSL_CTX_free(ctx)
}

function test_server_mtu_larger_than_max_fragment_length(): void {
  const ctx = TEST_ptr(SSL_CTX_new(DTLS_method()))

  SSL_CTX_set_psk_server_callback(ctx, srvr_psk_callback)
  SSL_CTX_set_psk_client_callback(ctx, clnt_psk_callback)

  TEST_true(SSL_CTX_set_dh_auto(ctx, 1))

  const { serverssl: srvr_ssl, clientssl: clnt_ssl } = create_ssl_objects(ctx, ctx)

  SSL_set_options(srvr_ssl, SSL_OP_NO_QUERY_MTU)
  TEST_true(DTLS_set_link_mtu(srvr_ssl, 1500))

  SSL_set_tlsext_max_fragment_length(clnt_ssl, TLSEXT_max_fragment_length_512)

  TEST_true(create_ssl_connection(srvr_ssl, clnt_ssl, SSL_ERROR_NONE))

  SSL_free(clnt_ssl)
  SSL_free(srvr_ssl)
  SSL_CTX_free(ctx)
}

ADD_TEST(run_mtu_tests)
ADD_TEST(test_server_mtu_larger_than_max_fragment_length)
