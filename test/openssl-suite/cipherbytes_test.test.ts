// Ported from OpenSSL 3.0's test/cipherbytes_test.c, Apache-2.0.

import {
  type Out,
  SSL_bytes_to_cipher_list,
  type SSL_CIPHER,
  SSL_CIPHER_get_name,
  SSL_CTX_new,
  SSL_new,
  TLS_server_method,
} from '../../lib/index.ts'
import { ADD_TEST, TEST_int_eq, TEST_ptr, TEST_ptr_null, TEST_str_eq, TEST_true } from './testutil.ts'

const ctx = TEST_ptr(SSL_CTX_new(TLS_server_method()))
const s = TEST_ptr(SSL_new(ctx))

interface Lists {
  readonly ret: number
  readonly sk: SSL_CIPHER[] | null
  readonly scsv: SSL_CIPHER[] | null
}

function bytes_to_cipher_list(bytes: Uint8Array, isv2format: number): Lists {
  const sk: Out<SSL_CIPHER[] | null> = { value: null }
  const scsv: Out<SSL_CIPHER[] | null> = { value: null }
  const ret = SSL_bytes_to_cipher_list(s, bytes, bytes.length, isv2format, sk, scsv)
  return { ret, sk: sk.value, scsv: scsv.value }
}

const names = (sk: SSL_CIPHER[] | null): string => TEST_ptr(sk).map(SSL_CIPHER_get_name).join(':')

function test_empty(): void {
  const { ret, sk, scsv } = bytes_to_cipher_list(new Uint8Array(0), 0)
  TEST_int_eq(ret, 0)
  TEST_ptr_null(sk)
  TEST_ptr_null(scsv)
}

function test_unsupported(): void {
  /* ECDH-RSA-AES256 (unsupported), ECDHE-ECDSA-AES128, <unassigned> */
  const { ret, sk, scsv } = bytes_to_cipher_list(Uint8Array.of(0xc0, 0x0f, 0x00, 0x2f, 0x01, 0x00), 0)
  TEST_true(ret)
  TEST_str_eq(names(sk), 'AES128-SHA')
  TEST_int_eq(TEST_ptr(scsv).length, 0)
}

function test_v2(): void {
  /* ECDHE-ECDSA-AES256GCM, SSL2_RC4_1238_WITH_MD5,
   * ECDHE-ECDSA-CHACHA20-POLY1305 */
  const bytes = Uint8Array.of(0x00, 0x00, 0x35, 0x01, 0x00, 0x80, 0x00, 0x00, 0x33)
  const { ret, sk, scsv } = bytes_to_cipher_list(bytes, 1)
  TEST_true(ret)
  TEST_str_eq(names(sk), 'AES256-SHA:DHE-RSA-AES128-SHA')
  TEST_int_eq(TEST_ptr(scsv).length, 0)
}

function test_v3(): void {
  /* ECDHE-ECDSA-AES256GCM, ECDHE-ECDSA-CHACHAPOLY, DHE-RSA-AES256GCM,
   * EMPTY-RENEGOTIATION-INFO-SCSV, FALLBACK-SCSV */
  const bytes = Uint8Array.of(0x00, 0x2f, 0x00, 0x33, 0x00, 0x9f, 0x00, 0xff, 0x56, 0x00)
  const { ret, sk, scsv } = bytes_to_cipher_list(bytes, 0)
  TEST_true(ret)
  TEST_str_eq(names(sk), 'AES128-SHA:DHE-RSA-AES128-SHA:DHE-RSA-AES256-GCM-SHA384')
  TEST_str_eq(names(scsv), 'TLS_EMPTY_RENEGOTIATION_INFO_SCSV:TLS_FALLBACK_SCSV')
}

ADD_TEST(test_empty)
ADD_TEST(test_unsupported)
ADD_TEST(test_v2)
ADD_TEST(test_v3)
