// Ported from OpenSSL 3.0's test/sslcorrupttest.c, Apache-2.0.
import {
  type BIO,
  BIO_CTRL_DUP,
  BIO_clear_flags,
  BIO_ctrl,
  BIO_FLAGS_RWS,
  BIO_FLAGS_SHOULD_RETRY,
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
  BIO_set_flags,
  BIO_set_init,
  BIO_TYPE_FILTER,
  BIO_test_flags,
  BIO_write,
  ERR_GET_REASON,
  ERR_get_error,
  NID_auth_rsa,
  SSL_CIPHER_get_auth_nid,
  SSL_CIPHER_get_name,
  SSL_CTX_free,
  SSL_CTX_get_ciphers,
  SSL_CTX_new,
  SSL_CTX_set_cipher_list,
  SSL_CTX_set_ciphersuites,
  SSL_CTX_set_dh_auto,
  SSL_CTX_set_max_proto_version,
  SSL_ERROR_NONE,
  SSL_free,
  SSL_get1_supported_ciphers,
  SSL_new,
  SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC,
  SSL_read,
  SSL_write,
  sk_SSL_CIPHER_num,
  sk_SSL_CIPHER_value,
  TLS_client_method,
  TLS_server_method,
  TLS1_2_VERSION,
  TLS1_VERSION,
} from '../../lib/index.ts'
import { create_ssl_connection, create_ssl_ctx_pair, create_ssl_objects } from './ssltestlib.ts'
import {
  ADD_ALL_TESTS,
  TEST_error,
  TEST_int_eq,
  TEST_int_ge,
  TEST_int_lt,
  TEST_int_ne,
  TEST_ptr,
  TEST_true,
  test_mk_file_path,
} from './testutil.ts'

let docorrupt = false

function copy_flags(bio: BIO): void {
  const flags = BIO_test_flags(TEST_ptr(BIO_next(bio)), BIO_FLAGS_SHOULD_RETRY | BIO_FLAGS_RWS)
  BIO_clear_flags(bio, BIO_FLAGS_SHOULD_RETRY | BIO_FLAGS_RWS)
  BIO_set_flags(bio, flags)
}

function tls_corrupt_read(bio: BIO, out: Uint8Array, outl: number): number {
  const ret = BIO_read(TEST_ptr(BIO_next(bio)), out, outl)
  copy_flags(bio)
  return ret
}

function tls_corrupt_write(bio: BIO, data: Uint8Array, inl: number): number {
  const copy = data.slice(0, inl)
  /* corrupt last bit of application data */
  if (docorrupt) copy[inl - 1] = TEST_ptr(copy[inl - 1]) ^ 1
  const ret = BIO_write(TEST_ptr(BIO_next(bio)), copy, inl)
  copy_flags(bio)
  return ret
}

function tls_corrupt_ctrl(bio: BIO, cmd: number, num: number, ptr: unknown): number {
  const next = BIO_next(bio)
  if (next === null || cmd === BIO_CTRL_DUP) return 0
  return BIO_ctrl(next, cmd, num, ptr)
}

function tls_corrupt_new(bio: BIO): number {
  BIO_set_init(bio, 1)
  return 1
}

function tls_corrupt_free(bio: BIO): number {
  BIO_set_init(bio, 0)
  return 1
}

const BIO_TYPE_CUSTOM_FILTER = 0x80 | BIO_TYPE_FILTER

let method_tls_corrupt: BIO_METHOD | null = null

function bio_f_tls_corrupt_filter(): BIO_METHOD {
  if (method_tls_corrupt === null) {
    method_tls_corrupt = TEST_ptr(BIO_meth_new(BIO_TYPE_CUSTOM_FILTER, 'TLS corrupt filter'))
    TEST_true(BIO_meth_set_write(method_tls_corrupt, tls_corrupt_write))
    TEST_true(BIO_meth_set_read(method_tls_corrupt, tls_corrupt_read))
    /* We don't support these - not needed anyway */
    TEST_true(BIO_meth_set_puts(method_tls_corrupt, () => -1))
    TEST_true(BIO_meth_set_gets(method_tls_corrupt, () => -1))
    TEST_true(BIO_meth_set_ctrl(method_tls_corrupt, tls_corrupt_ctrl))
    TEST_true(BIO_meth_set_create(method_tls_corrupt, tls_corrupt_new))
    TEST_true(BIO_meth_set_destroy(method_tls_corrupt, tls_corrupt_free))
  }
  return method_tls_corrupt
}

/*
 * The test is supposed to be executed with RSA key, customarily
 * with apps/server.pem used even in other tests. For this reason
 * |cipher_list| is initialized with RSA ciphers' names. This
 * naturally means that if test is to be re-purposed for other
 * type of key, then NID_auth_* filter below would need adjustment.
 */
const cipher_list = setup_cipher_list()

function setup_cipher_list(): string[] {
  const ctx = TEST_ptr(SSL_CTX_new(TLS_server_method()))
  const ssl = TEST_ptr(SSL_new(ctx))
  const sk_ciphers = TEST_ptr(SSL_get1_supported_ciphers(ssl))
  const names: string[] = []
  for (let i = 0; i < sk_SSL_CIPHER_num(sk_ciphers); i++) {
    const cipher = TEST_ptr(sk_SSL_CIPHER_value(sk_ciphers, i))
    if (SSL_CIPHER_get_auth_nid(cipher) === NID_auth_rsa) names.push(SSL_CIPHER_get_name(cipher))
  }
  TEST_int_ne(names.length, 0)
  SSL_free(ssl)
  SSL_CTX_free(ctx)
  return names
}

const cert = test_mk_file_path('servercert.pem')
const privkey = test_mk_file_path('serverkey.pem')

function test_ssl_corrupt(testidx: number): void {
  const junk = new Uint8Array(16000)

  docorrupt = false

  const { sctx, cctx } = create_ssl_ctx_pair(TLS_server_method(), TLS_client_method(), TLS1_VERSION, 0, cert, privkey)

  TEST_true(SSL_CTX_set_dh_auto(sctx, 1))
  TEST_true(SSL_CTX_set_cipher_list(cctx, TEST_ptr(cipher_list[testidx])))
  TEST_true(SSL_CTX_set_ciphersuites(cctx, ''))
  const ciphers = TEST_ptr(SSL_CTX_get_ciphers(cctx))
  TEST_int_eq(sk_SSL_CIPHER_num(ciphers), 1)
  TEST_ptr(sk_SSL_CIPHER_value(ciphers, 0))

  /*
   * No ciphers we are using are TLSv1.3 compatible so we should not attempt
   * to negotiate TLSv1.3
   */
  TEST_true(SSL_CTX_set_max_proto_version(cctx, TLS1_2_VERSION))

  const c_to_s_fbio = TEST_ptr(BIO_new(bio_f_tls_corrupt_filter()))

  const { serverssl: server, clientssl: client } = create_ssl_objects(sctx, cctx, null, c_to_s_fbio)
  TEST_true(create_ssl_connection(server, client, SSL_ERROR_NONE))

  docorrupt = true

  TEST_int_ge(SSL_write(client, junk, junk.length), 0)
  TEST_int_lt(SSL_read(server, junk, junk.length), 0)

  let err: number
  do {
    err = ERR_get_error()
    if (err === 0) TEST_error('Decryption failed or bad record MAC not seen')
  } while (ERR_GET_REASON(err) !== SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC)

  SSL_free(server)
  SSL_free(client)
  SSL_CTX_free(sctx)
  SSL_CTX_free(cctx)
}

ADD_ALL_TESTS(test_ssl_corrupt, cipher_list.length)
