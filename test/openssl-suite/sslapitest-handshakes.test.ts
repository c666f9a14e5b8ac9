// Ported from OpenSSL 3.0's test/sslapitest.c, Apache-2.0: key log, verification, hellos, large messages and data.

import {
  DTLS_client_method,
  DTLS_server_method,
  DTLS1_2_VERSION,
  DTLS1_VERSION,
  d2i_OCSP_RESPID,
  EVP_sha1,
  i2d_OCSP_RESPID,
  type OCSP_RESPID,
  type Out,
  SSL,
  SSL_BUILD_CHAIN_FLAG_CHECK,
  SSL_BUILD_CHAIN_FLAG_NO_ROOT,
  SSL_build_cert_chain,
  SSL_CIPHER_get_id,
  SSL_CLIENT_HELLO_ERROR,
  SSL_CLIENT_HELLO_RETRY,
  SSL_CLIENT_HELLO_SUCCESS,
  SSL_CTX_build_cert_chain,
  SSL_CTX_check_private_key,
  SSL_CTX_free,
  SSL_CTX_get_keylog_callback,
  SSL_CTX_get_tlsext_status_type,
  SSL_CTX_load_verify_locations,
  SSL_CTX_new_ex,
  SSL_CTX_set_cert_verify_callback,
  SSL_CTX_set_cipher_list,
  SSL_CTX_set_client_hello_cb,
  SSL_CTX_set_default_passwd_cb,
  SSL_CTX_set_keylog_callback,
  SSL_CTX_set_max_proto_version,
  SSL_CTX_set_options,
  SSL_CTX_set_read_ahead,
  SSL_CTX_set_tlsext_status_arg,
  SSL_CTX_set_tlsext_status_cb,
  SSL_CTX_set_tlsext_status_type,
  SSL_CTX_set_verify,
  SSL_CTX_use_certificate_chain_file,
  SSL_CTX_use_PrivateKey_file,
  SSL_check_private_key,
  SSL_clear,
  SSL_client_hello_get0_ciphers,
  SSL_client_hello_get0_compression_methods,
  SSL_client_hello_get1_extensions_present,
  SSL_ERROR_NONE,
  SSL_ERROR_WANT_CLIENT_HELLO_CB,
  SSL_ERROR_WANT_READ,
  SSL_ERROR_WANT_RETRY_VERIFY,
  SSL_FILETYPE_PEM,
  SSL_free,
  SSL_get_client_random,
  SSL_get_current_cipher,
  SSL_get_error,
  SSL_get_ex_data_X509_STORE_CTX_idx,
  SSL_get_extms_support,
  SSL_get_peer_cert_chain,
  SSL_get_session,
  SSL_get_tlsext_status_ids,
  SSL_get_tlsext_status_ocsp_resp,
  SSL_get_tlsext_status_type,
  SSL_get0_session,
  SSL_get1_session,
  SSL_MAX_MASTER_KEY_LENGTH,
  type SSL_METHOD,
  SSL_new,
  SSL_OP_CLEANSE_PLAINTEXT,
  SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS,
  SSL_OP_NO_ENCRYPT_THEN_MAC,
  SSL_OP_NO_EXTENDED_MASTER_SECRET,
  SSL_OP_NO_TICKET,
  SSL_OP_NO_TLSv1_3,
  SSL_peek,
  SSL_read,
  SSL_read_ex,
  SSL_renegotiate,
  SSL_renegotiate_pending,
  type SSL_SESSION,
  SSL_SESSION_get_master_key,
  SSL_session_reused,
  SSL_set_cipher_list,
  SSL_set_options,
  SSL_set_retry_verify,
  SSL_set_session,
  SSL_set_tlsext_status_ids,
  SSL_set_tlsext_status_ocsp_resp,
  SSL_set_tlsext_status_type,
  SSL_TLSEXT_ERR_ALERT_FATAL,
  SSL_TLSEXT_ERR_OK,
  SSL_use_certificate_chain_file,
  SSL_use_PrivateKey_file,
  SSL_VERIFY_PEER,
  SSL_write,
  SSL_write_ex,
  SSL3_RANDOM_SIZE,
  SSL3_RT_MAX_PLAIN_LENGTH,
  sk_X509_push,
  TLS_client_method,
  TLS_server_method,
  TLS1_1_VERSION,
  TLS1_2_VERSION,
  TLS1_CK_RSA_WITH_AES_128_GCM_SHA256,
  TLS1_CK_RSA_WITH_AES_256_GCM_SHA384,
  TLS1_VERSION,
  TLSEXT_STATUSTYPE_ocsp,
  type X509,
  X509_free,
  X509_pubkey_digest,
  type X509_STORE_CTX,
  X509_STORE_CTX_get_error,
  X509_STORE_CTX_get_ex_data,
  X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
  X509_verify_cert,
} from '../../lib/index.ts'
import { add_large_cert_chain, cert, free_all, load_cert_pem, privkey, tls_pair } from './sslapitest.ts'
import {
  create_ssl_connection,
  create_ssl_ctx_pair,
  create_ssl_objects,
  shutdown_ssl_connection,
} from './ssltestlib.ts'
import {
  ADD_ALL_TESTS,
  ADD_TEST,
  TEST_error,
  TEST_false,
  TEST_int_eq,
  TEST_int_gt,
  TEST_int_ne,
  TEST_mem_eq,
  TEST_ptr,
  TEST_ptr_eq,
  TEST_ptr_ne,
  TEST_ptr_null,
  TEST_str_eq,
  TEST_true,
  test_mk_file_path,
} from './testutil.ts'

const PEM_BUFSIZE = 1024

/*
 * This structure is used to validate that the correct number of log messages
 * of various types are emitted when emitting secret logs.
 */
interface sslapitest_log_counts {
  rsa_key_exchange_count: number
  master_secret_count: number
}

function test_keylog_output(
  buffer: readonly string[],
  ssl: SSL,
  session: SSL_SESSION,
  expected: sslapitest_log_counts,
): void {
  const counts: sslapitest_log_counts = { rsa_key_exchange_count: 0, master_secret_count: 0 }
  for (const line of buffer) {
    const [token, first, second, ...rest] = line.split(' ')
    TEST_int_eq(rest.length, 0)
    if (token === 'RSA') {
      /*
       * Premaster secret. Tokens should be: 16 ASCII bytes of
       * hex-encoded encrypted secret, then the hex-encoded pre-master
       * secret.
       */
      TEST_int_eq(TEST_ptr(first).length, 16)
      TEST_ptr(second)
      /*
       * We can't sensibly check the log because the premaster secret is
       * transient, and OpenSSL doesn't keep hold of it once the master
       * secret is generated.
       */
      counts.rsa_key_exchange_count++
    } else if (token === 'CLIENT_RANDOM') {
      /*
       * Master secret. Tokens should be: 64 ASCII bytes of hex-encoded
       * client random, then the hex-encoded master secret.
       */
      const actual_client_random = new Uint8Array(SSL3_RANDOM_SIZE)
      TEST_int_eq(SSL_get_client_random(ssl, actual_client_random, SSL3_RANDOM_SIZE), SSL3_RANDOM_SIZE)
      TEST_str_eq(TEST_ptr(first), Buffer.from(actual_client_random).toString('hex'))

      const actual_master_key = new Uint8Array(SSL_MAX_MASTER_KEY_LENGTH)
      const master_key_size = SSL_SESSION_get_master_key(session, actual_master_key, actual_master_key.length)
      TEST_int_ne(master_key_size, 0)
      TEST_str_eq(TEST_ptr(second), Buffer.from(actual_master_key.subarray(0, master_key_size)).toString('hex'))
      counts.master_secret_count++
    } else {
      TEST_error(`Unexpected token ${token}`)
    }
  }

  /* Got what we expected? */
  TEST_int_eq(counts.rsa_key_exchange_count, expected.rsa_key_exchange_count)
  TEST_int_eq(counts.master_secret_count, expected.master_secret_count)
}

function test_keylog(): void {
  const client_log_buffer: string[] = []
  const server_log_buffer: string[] = []
  const client_keylog_callback = (_ssl: SSL, line: string): number => client_log_buffer.push(line)
  const server_keylog_callback = (_ssl: SSL, line: string): number => server_log_buffer.push(line)
  const expected: sslapitest_log_counts = { rsa_key_exchange_count: 0, master_secret_count: 0 }

  const { sctx, cctx } = tls_pair()

  /* We cannot log the master secret for TLSv1.3, so we should forbid it. */
  SSL_CTX_set_options(cctx, SSL_OP_NO_TLSv1_3)
  SSL_CTX_set_options(sctx, SSL_OP_NO_TLSv1_3)

  /* We also want to ensure that we use RSA-based key exchange. */
  TEST_true(SSL_CTX_set_cipher_list(cctx, 'RSA'))

  TEST_ptr_null(SSL_CTX_get_keylog_callback(cctx))
  TEST_ptr_null(SSL_CTX_get_keylog_callback(sctx))
  SSL_CTX_set_keylog_callback(cctx, client_keylog_callback)
  TEST_ptr_eq(SSL_CTX_get_keylog_callback(cctx), client_keylog_callback)
  SSL_CTX_set_keylog_callback(sctx, server_keylog_callback)
  TEST_ptr_eq(SSL_CTX_get_keylog_callback(sctx), server_keylog_callback)

  /* Now do a handshake and check that the logs have been written to. */
  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))
  TEST_int_gt(client_log_buffer.length, 0)
  TEST_int_gt(server_log_buffer.length, 0)

  /*
   * Now we want to test that our output data was vaguely sensible. We
   * do that by using strtok and confirming that we have more or less the
   * data we expect. For both client and server, we expect to see one master
   * secret. The client should also see an RSA key exchange.
   */
  expected.rsa_key_exchange_count = 1
  expected.master_secret_count = 1
  test_keylog_output(client_log_buffer, clientssl, TEST_ptr(SSL_get_session(clientssl)), expected)

  expected.rsa_key_exchange_count = 0
  test_keylog_output(server_log_buffer, serverssl, TEST_ptr(SSL_get_session(serverssl)), expected)

  free_all(serverssl, clientssl, sctx, cctx)
}

function verify_retry_cb(ctx: X509_STORE_CTX): number {
  const res = X509_verify_cert(ctx)
  const idx = SSL_get_ex_data_X509_STORE_CTX_idx()

  /* this should not happen but check anyway */
  const ssl = idx < 0 ? null : X509_STORE_CTX_get_ex_data(ctx, idx)
  if (!(ssl instanceof SSL)) return 0

  if (res === 0 && X509_STORE_CTX_get_error(ctx) === X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY) {
    /* indicate SSL_ERROR_WANT_RETRY_VERIFY */
    return SSL_set_retry_verify(ssl)
  }
  return res
}

function test_client_cert_verify_cb(): void {
  /* server key, cert, chain, and root */
  const skey = test_mk_file_path('leaf.key')
  const leaf = test_mk_file_path('leaf.pem')
  const int2 = test_mk_file_path('subinterCA.pem')
  const int1 = test_mk_file_path('interCA.pem')
  const root = test_mk_file_path('rootCA.pem')

  const { sctx, cctx } = create_ssl_ctx_pair(TLS_server_method(), TLS_client_method(), TLS1_VERSION, 0, null, null)
  TEST_int_eq(SSL_CTX_use_certificate_chain_file(sctx, leaf), 1)
  TEST_int_eq(SSL_CTX_use_PrivateKey_file(sctx, skey, SSL_FILETYPE_PEM), 1)
  TEST_int_eq(SSL_CTX_check_private_key(sctx), 1)
  TEST_true(SSL_CTX_load_verify_locations(cctx, root, null))
  SSL_CTX_set_verify(cctx, SSL_VERIFY_PEER, null)
  SSL_CTX_set_cert_verify_callback(cctx, verify_retry_cb, null)
  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)

  /* attempt SSL_connect() with incomplete server chain */
  TEST_false(create_ssl_connection(serverssl, clientssl, SSL_ERROR_WANT_RETRY_VERIFY))

  /* application provides intermediate certs needed to verify server cert */
  const crt1 = load_cert_pem(int1)
  const crt2 = load_cert_pem(int2)
  const server_chain = TEST_ptr(SSL_get_peer_cert_chain(clientssl))
  /* add certs in reverse order to demonstrate real chain building */
  TEST_true(sk_X509_push(server_chain, crt1))
  TEST_true(sk_X509_push(server_chain, crt2))

  /* continue SSL_connect(), must now succeed with completed server chain */
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  shutdown_ssl_connection(serverssl, clientssl)
  free_all(sctx, cctx)
}

function test_ssl_build_cert_chain(): void {
  const skey = test_mk_file_path('leaf.key')
  const leaf_chain = test_mk_file_path('leaf-chain.pem')

  const ssl_ctx = TEST_ptr(SSL_CTX_new_ex(null, null, TLS_server_method()))
  const ssl = TEST_ptr(SSL_new(ssl_ctx))
  /* leaf_chain contains leaf + subinterCA + interCA + rootCA */
  TEST_int_eq(SSL_use_certificate_chain_file(ssl, leaf_chain), 1)
  TEST_int_eq(SSL_use_PrivateKey_file(ssl, skey, SSL_FILETYPE_PEM), 1)
  TEST_int_eq(SSL_check_private_key(ssl), 1)
  TEST_true(SSL_build_cert_chain(ssl, SSL_BUILD_CHAIN_FLAG_NO_ROOT | SSL_BUILD_CHAIN_FLAG_CHECK))
  free_all(ssl, ssl_ctx)
}

function get_password_cb(buf: Uint8Array, size: number): number {
  const pass = Buffer.from('testpass')
  if (size !== PEM_BUFSIZE) return -1
  buf.set(pass)
  return pass.length
}

function test_ssl_ctx_build_cert_chain(): void {
  const skey = test_mk_file_path('leaf-encrypted.key')
  const leaf_chain = test_mk_file_path('leaf-chain.pem')

  const ctx = TEST_ptr(SSL_CTX_new_ex(null, null, TLS_server_method()))
  SSL_CTX_set_default_passwd_cb(ctx, get_password_cb)
  /* leaf_chain contains leaf + subinterCA + interCA + rootCA */
  TEST_int_eq(SSL_CTX_use_certificate_chain_file(ctx, leaf_chain), 1)
  TEST_int_eq(SSL_CTX_use_PrivateKey_file(ctx, skey, SSL_FILETYPE_PEM), 1)
  TEST_int_eq(SSL_CTX_check_private_key(ctx), 1)
  TEST_true(SSL_CTX_build_cert_chain(ctx, SSL_BUILD_CHAIN_FLAG_NO_ROOT | SSL_BUILD_CHAIN_FLAG_CHECK))
  SSL_CTX_free(ctx)
}

function full_client_hello_callback(s: SSL, _al: Out<number>, arg: unknown): number {
  const ctr = arg as Out<number>
  const p: Out<Uint8Array> = { value: new Uint8Array(0) }
  const exts: Out<number[] | null> = { value: null }
  /* We only configure two ciphers, but the SCSV is added automatically. */
  const expected_ciphers = Uint8Array.of(0x00, 0x9d, 0xc0, 0x2c, 0x00, 0xff)
  const expected_extensions = [11, 10, 35, 22, 23, 13]

  /* Make sure we can defer processing and get called back. */
  if (ctr.value++ === 0) return SSL_CLIENT_HELLO_RETRY

  const len = SSL_client_hello_get0_ciphers(s, p)
  TEST_mem_eq(p.value.subarray(0, len), expected_ciphers)
  TEST_int_eq(SSL_client_hello_get0_compression_methods(s, p), 1)
  TEST_int_eq(TEST_ptr(p.value[0]), 0)
  if (!SSL_client_hello_get1_extensions_present(s, exts, { value: 0 })) return SSL_CLIENT_HELLO_ERROR
  TEST_str_eq(String(exts.value), String(expected_extensions))
  return SSL_CLIENT_HELLO_SUCCESS
}

function test_client_hello_cb(): void {
  const testctr: Out<number> = { value: 0 }

  const { sctx, cctx } = tls_pair()
  SSL_CTX_set_client_hello_cb(sctx, full_client_hello_callback, testctr)

  /* The gimpy cipher list we configure can't do TLS 1.3. */
  SSL_CTX_set_max_proto_version(cctx, TLS1_2_VERSION)

  TEST_true(SSL_CTX_set_cipher_list(cctx, 'AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384'))
  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  TEST_false(create_ssl_connection(serverssl, clientssl, SSL_ERROR_WANT_CLIENT_HELLO_CB))
  /*
   * Passing a -1 literal is a hack since
   * the real value was lost.
   */
  TEST_int_eq(SSL_get_error(serverssl, -1), SSL_ERROR_WANT_CLIENT_HELLO_CB)
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  free_all(serverssl, clientssl, sctx, cctx)
}

function test_no_ems(): void {
  const { sctx, cctx } = tls_pair(TLS1_2_VERSION)

  SSL_CTX_set_options(sctx, SSL_OP_NO_EXTENDED_MASTER_SECRET)

  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))
  TEST_false(SSL_get_extms_support(serverssl))
  TEST_false(SSL_get_extms_support(clientssl))

  free_all(serverssl, clientssl, sctx, cctx)
}

/*
 * Very focused test to exercise a single case in the server-side state
 * machine, when the ChangeCipherState message needs to actually change
 * from one cipher to a different cipher (i.e., not changing from null
 * encryption to real encryption).
 */
function test_ccs_change_cipher(): void {
  const buf = new Uint8Array(1)
  const readbytes = { value: 0 }

  /*
   * Create a connection so we can resume and potentially (but not) use
   * a different cipher in the second connection.
   */
  const { sctx, cctx } = tls_pair(TLS1_2_VERSION)
  TEST_true(SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET))
  let { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  TEST_true(SSL_set_cipher_list(clientssl, 'AES128-GCM-SHA256'))
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))
  let sesspre = TEST_ptr(SSL_get0_session(serverssl))
  const sess = TEST_ptr(SSL_get1_session(clientssl))

  shutdown_ssl_connection(serverssl, clientssl)

  /* Resume, preferring a different cipher. Our server will force the
   * same cipher to be used as the initial handshake. */
  ;({ serverssl, clientssl } = create_ssl_objects(sctx, cctx))
  TEST_true(SSL_set_session(clientssl, sess))
  TEST_true(SSL_set_cipher_list(clientssl, 'AES256-GCM-SHA384:AES128-GCM-SHA256'))
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))
  TEST_true(SSL_session_reused(clientssl))
  TEST_true(SSL_session_reused(serverssl))
  let sesspost = TEST_ptr(SSL_get0_session(serverssl))
  TEST_ptr_eq(sesspre, sesspost)
  TEST_int_eq(TLS1_CK_RSA_WITH_AES_128_GCM_SHA256, SSL_CIPHER_get_id(TEST_ptr(SSL_get_current_cipher(clientssl))))
  shutdown_ssl_connection(serverssl, clientssl)

  /*
   * Now create a fresh connection and try to renegotiate a different
   * cipher on it.
   */
  ;({ serverssl, clientssl } = create_ssl_objects(sctx, cctx))
  TEST_true(SSL_set_cipher_list(clientssl, 'AES128-GCM-SHA256'))
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))
  sesspre = TEST_ptr(SSL_get0_session(serverssl))
  TEST_true(SSL_set_cipher_list(clientssl, 'AES256-GCM-SHA384'))
  TEST_true(SSL_renegotiate(clientssl))
  TEST_true(SSL_renegotiate_pending(clientssl))
  /* Actually drive the renegotiation. */
  for (let i = 0; i < 3; i++) {
    for (const ssl of [clientssl, serverssl]) {
      if (SSL_read_ex(ssl, buf, buf.length, readbytes) > 0) TEST_int_eq(readbytes.value, 0)
      else TEST_int_eq(SSL_get_error(ssl, 0), SSL_ERROR_WANT_READ)
    }
  }
  /* sesspre and sesspost should be different since the cipher changed. */
  TEST_false(SSL_renegotiate_pending(clientssl))
  TEST_false(SSL_session_reused(clientssl))
  TEST_false(SSL_session_reused(serverssl))
  sesspost = TEST_ptr(SSL_get0_session(serverssl))
  TEST_ptr_ne(sesspre, sesspost)
  TEST_int_eq(TLS1_CK_RSA_WITH_AES_256_GCM_SHA384, SSL_CIPHER_get_id(TEST_ptr(SSL_get_current_cipher(clientssl))))

  shutdown_ssl_connection(serverssl, clientssl)
  free_all(sctx, cctx, sess)
}

function execute_test_large_message(
  smeth: SSL_METHOD,
  cmeth: SSL_METHOD,
  min_version: number,
  max_version: number,
  read_ahead: boolean,
): void {
  const { sctx, cctx } = create_ssl_ctx_pair(smeth, cmeth, min_version, max_version, cert, privkey)

  /*
   * Test that read_ahead works correctly when dealing with large
   * records
   */
  if (read_ahead) SSL_CTX_set_read_ahead(cctx, 1)

  add_large_cert_chain(sctx)

  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  /*
   * Calling SSL_clear() first is not required but this tests that SSL_clear()
   * doesn't leak.
   */
  TEST_true(SSL_clear(serverssl))

  free_all(serverssl, clientssl, sctx, cctx)
}

function test_large_message_tls(): void {
  execute_test_large_message(TLS_server_method(), TLS_client_method(), TLS1_VERSION, 0, false)
}

function test_large_message_tls_read_ahead(): void {
  execute_test_large_message(TLS_server_method(), TLS_client_method(), TLS1_VERSION, 0, true)
}

function test_large_message_dtls(): void {
  /*
   * read_ahead is not relevant to DTLS because DTLS always acts as if
   * read_ahead is set.
   */
  execute_test_large_message(DTLS_server_method(), DTLS_client_method(), DTLS1_VERSION, 0, false)
}

/*
 * Test we can successfully send the maximum amount of application data. We
 * test each protocol version individually, each with and without EtM enabled.
 * We also test all combinations with and without the
 * SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS option which affects the size of the
 * underlying buffer.
 */
const large_app_data_versions = [TLS1_2_VERSION, TLS1_1_VERSION, TLS1_VERSION, DTLS1_2_VERSION, DTLS1_VERSION]

function test_large_app_data(tst: number): void {
  const prot = TEST_ptr(large_app_data_versions[tst >> 2])
  const dtls = prot === DTLS1_2_VERSION || prot === DTLS1_VERSION
  const written = { value: 0 }
  const readbytes = { value: 0 }
  /* Maximal sized message of zeros */
  const msg = new Uint8Array(SSL3_RT_MAX_PLAIN_LENGTH)
  /* Set whole buffer to all bits set */
  const buf = new Uint8Array(SSL3_RT_MAX_PLAIN_LENGTH + 1).fill(0xff)

  const { sctx, cctx } = dtls
    ? create_ssl_ctx_pair(DTLS_server_method(), DTLS_client_method(), prot, prot, cert, privkey)
    : create_ssl_ctx_pair(TLS_server_method(), TLS_client_method(), prot, prot, cert, privkey)

  if (prot < TLS1_2_VERSION || prot === DTLS1_VERSION) {
    /* Older protocol versions need SECLEVEL=0 due to SHA1 usage */
    TEST_true(SSL_CTX_set_cipher_list(cctx, 'DEFAULT:@SECLEVEL=0'))
    TEST_true(SSL_CTX_set_cipher_list(sctx, 'DEFAULT:@SECLEVEL=0'))
  }

  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)

  if ((tst & 1) !== 0) {
    /* Setting this option gives us a minimally sized underlying buffer */
    TEST_true(SSL_set_options(serverssl, SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS))
    TEST_true(SSL_set_options(clientssl, SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS))
  }

  if ((tst & 2) !== 0) {
    /*
     * Setting this option means the MAC is added before encryption
     * giving us a larger record for the encryption process
     */
    TEST_true(SSL_set_options(serverssl, SSL_OP_NO_ENCRYPT_THEN_MAC))
    TEST_true(SSL_set_options(clientssl, SSL_OP_NO_ENCRYPT_THEN_MAC))
  }

  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  TEST_true(SSL_write_ex(clientssl, msg, SSL3_RT_MAX_PLAIN_LENGTH, written))
  TEST_int_eq(written.value, SSL3_RT_MAX_PLAIN_LENGTH)

  /* We provide a buffer slightly larger than what we are actually expecting */
  TEST_true(SSL_read_ex(serverssl, buf, SSL3_RT_MAX_PLAIN_LENGTH + 1, readbytes))
  TEST_mem_eq(msg, buf.subarray(0, readbytes.value))

  free_all(serverssl, clientssl, sctx, cctx)
}

function execute_cleanse_plaintext(
  smeth: SSL_METHOD,
  cmeth: SSL_METHOD,
  min_version: number,
  max_version: number,
): void {
  const cbuf = Uint8Array.from({ length: 16000 }, (_, i) => i & 0xff)
  const sbuf = new Uint8Array(16000)

  const { sctx, cctx } = create_ssl_ctx_pair(smeth, cmeth, min_version, max_version, cert, privkey)
  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  TEST_true(SSL_set_options(serverssl, SSL_OP_CLEANSE_PLAINTEXT))
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  TEST_int_eq(SSL_write(clientssl, cbuf, cbuf.length), cbuf.length)
  TEST_int_eq(SSL_peek(serverssl, sbuf, sbuf.length), sbuf.length)
  TEST_mem_eq(cbuf, sbuf)

  /*
   * C looks into the record layer here, to see the plaintext
   * zeroized after SSL_read().
   */
  sbuf.fill(0)
  TEST_int_eq(SSL_read(serverssl, sbuf, sbuf.length), sbuf.length)
  TEST_mem_eq(cbuf, sbuf)

  free_all(serverssl, clientssl, sctx, cctx)
}

function test_cleanse_plaintext(): void {
  execute_cleanse_plaintext(TLS_server_method(), TLS_client_method(), TLS1_2_VERSION, TLS1_2_VERSION)
  execute_cleanse_plaintext(DTLS_server_method(), DTLS_client_method(), DTLS1_VERSION, 0)
}

const orespder = Buffer.from('Dummy OCSP Response\0')
let ocsp_server_called = false
let ocsp_client_called = false
const cdummyarg: Out<number> = { value: 1 }
let ocspcert: X509 | null = null

/** What OCSP_RESPID_set_by_key makes: byKey [2] with the SHA-1 of the key (RFC 6960 section 4.2.1). */
function key_responder(x: X509): Uint8Array {
  const hash = new Uint8Array(20)
  TEST_true(X509_pubkey_digest(x, EVP_sha1(), hash, null))
  return Buffer.concat([Uint8Array.of(0xa2, 0x16, 0x04, 0x14), hash])
}

function ocsp_server_cb(s: SSL, arg: unknown): number {
  const argi = arg as Out<number>

  if (argi.value === 2) {
    /* In this test we are expecting exactly 1 OCSP_RESPID */
    const ids: Out<OCSP_RESPID[] | null> = { value: null }
    SSL_get_tlsext_status_ids(s, ids)
    if (ids.value === null || ids.value.length !== 1) return SSL_TLSEXT_ERR_ALERT_FATAL

    const der: Out<Uint8Array | null> = { value: null }
    i2d_OCSP_RESPID(TEST_ptr(ids.value[0]), der)
    if (Buffer.compare(TEST_ptr(der.value), key_responder(TEST_ptr(ocspcert))) !== 0) return SSL_TLSEXT_ERR_ALERT_FATAL
  } else if (argi.value !== 1) {
    return SSL_TLSEXT_ERR_ALERT_FATAL
  }

  TEST_true(SSL_set_tlsext_status_ocsp_resp(s, orespder, orespder.length))
  ocsp_server_called = true
  return SSL_TLSEXT_ERR_OK
}

function ocsp_client_cb(s: SSL, arg: unknown): number {
  const argi = arg as Out<number>
  const respderin: Out<Uint8Array | null> = { value: null }

  if (argi.value !== 1 && argi.value !== 2) return 0

  const len = SSL_get_tlsext_status_ocsp_resp(s, respderin)
  TEST_mem_eq(orespder, TEST_ptr(respderin.value).subarray(0, len))

  ocsp_client_called = true
  return 1
}

function test_tlsext_status_type(): void {
  const { sctx, cctx } = tls_pair()
  TEST_int_eq(SSL_CTX_get_tlsext_status_type(cctx), -1)

  /* First just do various checks getting and setting tlsext_status_type */

  let clientssl = TEST_ptr(SSL_new(cctx))
  TEST_int_eq(SSL_get_tlsext_status_type(clientssl), -1)
  TEST_true(SSL_set_tlsext_status_type(clientssl, TLSEXT_STATUSTYPE_ocsp))
  TEST_int_eq(SSL_get_tlsext_status_type(clientssl), TLSEXT_STATUSTYPE_ocsp)
  SSL_free(clientssl)

  TEST_true(SSL_CTX_set_tlsext_status_type(cctx, TLSEXT_STATUSTYPE_ocsp))
  TEST_int_eq(SSL_CTX_get_tlsext_status_type(cctx), TLSEXT_STATUSTYPE_ocsp)

  clientssl = TEST_ptr(SSL_new(cctx))
  TEST_int_eq(SSL_get_tlsext_status_type(clientssl), TLSEXT_STATUSTYPE_ocsp)
  SSL_free(clientssl)

  /*
   * Now actually do a handshake and check OCSP information is exchanged and
   * the callbacks get called
   */
  SSL_CTX_set_tlsext_status_cb(cctx, ocsp_client_cb)
  SSL_CTX_set_tlsext_status_arg(cctx, cdummyarg)
  SSL_CTX_set_tlsext_status_cb(sctx, ocsp_server_cb)
  SSL_CTX_set_tlsext_status_arg(sctx, cdummyarg)
  let pair = create_ssl_objects(sctx, cctx)
  TEST_true(create_ssl_connection(pair.serverssl, pair.clientssl, SSL_ERROR_NONE))
  TEST_true(ocsp_client_called)
  TEST_true(ocsp_server_called)
  free_all(pair.serverssl, pair.clientssl)

  /* Try again but this time force the server side callback to fail */
  ocsp_client_called = false
  ocsp_server_called = false
  cdummyarg.value = 0
  pair = create_ssl_objects(sctx, cctx)
  /* This should fail because the callback will fail */
  TEST_false(create_ssl_connection(pair.serverssl, pair.clientssl, SSL_ERROR_NONE))
  TEST_false(ocsp_client_called)
  TEST_false(ocsp_server_called)
  free_all(pair.serverssl, pair.clientssl)

  /*
   * This time we'll get the client to send an OCSP_RESPID that it will
   * accept.
   */
  ocsp_client_called = false
  ocsp_server_called = false
  cdummyarg.value = 2
  pair = create_ssl_objects(sctx, cctx)

  /*
   * We'll just use any old cert for this test - it doesn't have to be an OCSP
   * specific one. We'll use the server cert.
   */
  ocspcert = load_cert_pem(cert)
  const id = TEST_ptr(d2i_OCSP_RESPID(null, { value: key_responder(ocspcert) }))
  SSL_set_tlsext_status_ids(pair.clientssl, [id])

  TEST_true(create_ssl_connection(pair.serverssl, pair.clientssl, SSL_ERROR_NONE))
  TEST_true(ocsp_client_called)
  TEST_true(ocsp_server_called)

  X509_free(ocspcert)
  free_all(pair.serverssl, pair.clientssl, sctx, cctx)
}

ADD_TEST(test_large_message_tls)
ADD_TEST(test_large_message_tls_read_ahead)
ADD_TEST(test_large_message_dtls)
ADD_ALL_TESTS(test_large_app_data, 4 * large_app_data_versions.length)
ADD_TEST(test_cleanse_plaintext)
ADD_TEST(test_tlsext_status_type)
ADD_TEST(test_keylog)
ADD_TEST(test_client_cert_verify_cb)
ADD_TEST(test_ssl_build_cert_chain)
ADD_TEST(test_ssl_ctx_build_cert_chain)
ADD_TEST(test_client_hello_cb)
ADD_TEST(test_no_ems)
ADD_TEST(test_ccs_change_cipher)
