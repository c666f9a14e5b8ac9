// Ported from OpenSSL 3.0's test/sslapitest.c, Apache-2.0: names, parameters, stores, protocols, retries, cache limits.

import {
  BIO_free,
  BIO_new,
  BIO_new_file,
  BIO_up_ref,
  type DH,
  DTLS_client_method,
  DTLS_server_method,
  DTLS1_2_VERSION,
  ERR_GET_REASON,
  ERR_get_error,
  type EVP_PKEY,
  EVP_PKEY_EC,
  EVP_PKEY_free,
  EVP_PKEY_get_bits,
  EVP_PKEY_get1_DH,
  NID_rsassaPss,
  NID_sha256,
  NID_sha384,
  OPENSSL_NPN_NEGOTIATED,
  OPENSSL_NPN_NO_OVERLAP,
  type Out,
  PEM_read_bio_Parameters,
  type SSL,
  SSL_accept,
  SSL_CONF_CTX_free,
  SSL_CONF_CTX_new,
  SSL_CONF_CTX_set_flags,
  SSL_CONF_CTX_set_ssl_ctx,
  SSL_CONF_cmd,
  SSL_CONF_FLAG_CERTIFICATE,
  SSL_CONF_FLAG_FILE,
  SSL_CONF_FLAG_SERVER,
  SSL_CTX_add_session,
  SSL_CTX_check_private_key,
  SSL_CTX_flush_sessions,
  SSL_CTX_free,
  SSL_CTX_get_session_cache_mode,
  SSL_CTX_get0_chain_cert_store,
  SSL_CTX_get0_param,
  SSL_CTX_get0_verify_cert_store,
  SSL_CTX_new_ex,
  SSL_CTX_sess_number,
  SSL_CTX_sess_set_cache_size,
  SSL_CTX_sess_set_get_cb,
  SSL_CTX_set_alpn_protos,
  SSL_CTX_set_alpn_select_cb,
  SSL_CTX_set_cipher_list,
  SSL_CTX_set_dh_auto,
  SSL_CTX_set_options,
  SSL_CTX_set_security_level,
  SSL_CTX_set_session_cache_mode,
  SSL_CTX_set_tlsext_servername_callback,
  SSL_CTX_set_tmp_dh,
  SSL_CTX_set_tmp_dh_callback,
  SSL_CTX_set_verify,
  SSL_CTX_set0_tmp_dh_pkey,
  SSL_CTX_set1_chain_cert_store,
  SSL_CTX_set1_sigalgs_list,
  SSL_CTX_set1_verify_cert_store,
  SSL_CTX_use_certificate_file,
  SSL_CTX_use_PrivateKey_file,
  SSL_connect,
  SSL_dup,
  SSL_ERROR_NONE,
  SSL_ERROR_SSL,
  SSL_ERROR_WANT_READ,
  SSL_ERROR_WANT_WRITE,
  SSL_FILETYPE_PEM,
  SSL_free,
  SSL_get_error,
  SSL_get_max_proto_version,
  SSL_get_min_proto_version,
  SSL_get_rbio,
  SSL_get_servername,
  SSL_get_session,
  SSL_get_shared_sigalgs,
  SSL_get_tmp_key,
  SSL_get_wbio,
  SSL_get0_alpn_selected,
  SSL_get0_chain_cert_store,
  SSL_get0_param,
  SSL_get0_verify_cert_store,
  SSL_get1_session,
  SSL_new,
  SSL_OP_NO_RENEGOTIATION,
  SSL_OP_NO_TICKET,
  SSL_R_NO_RENEGOTIATION,
  SSL_read,
  SSL_renegotiate,
  SSL_SESS_CACHE_UPDATE_TIME,
  type SSL_SESSION,
  SSL_SESSION_free,
  SSL_SESSION_get_time,
  SSL_SESSION_is_resumable,
  SSL_SESSION_new,
  SSL_SESSION_set_time,
  SSL_SESSION_set_timeout,
  SSL_SESSION_set1_id,
  SSL_select_next_proto,
  SSL_session_reused,
  SSL_set_alpn_protos,
  SSL_set_cipher_list,
  SSL_set_dh_auto,
  SSL_set_max_proto_version,
  SSL_set_min_proto_version,
  SSL_set_session,
  SSL_set_tlsext_host_name,
  SSL_set_tmp_dh,
  SSL_set_tmp_dh_callback,
  SSL_set0_rbio,
  SSL_set0_tmp_dh_pkey,
  SSL_set0_wbio,
  SSL_set1_chain_cert_store,
  SSL_set1_verify_cert_store,
  SSL_shutdown,
  SSL_TLSEXT_ERR_ALERT_FATAL,
  SSL_TLSEXT_ERR_NOACK,
  SSL_TLSEXT_ERR_OK,
  SSL_VERIFY_PEER,
  SSL3_SSL_SESSION_ID_LENGTH,
  TLS_client_method,
  TLS_method,
  TLS_server_method,
  TLS1_2_VERSION,
  TLS1_VERSION,
  TLSEXT_NAMETYPE_host_name,
  X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
  type X509_STORE,
  X509_STORE_free,
  X509_STORE_new,
  X509_VERIFY_PARAM_get_hostflags,
  X509_VERIFY_PARAM_set_hostflags,
} from '../../lib/index.ts'
import { add_large_cert_chain, cert, cert2, free_all, privkey, privkey2, tls_pair } from './sslapitest.ts'
import {
  bio_s_always_retry,
  create_ssl_connection,
  create_ssl_ctx_pair,
  create_ssl_objects,
  set_always_retry_err_val,
  shutdown_ssl_connection,
} from './ssltestlib.ts'
import {
  ADD_ALL_TESTS,
  ADD_TEST,
  TEST_false,
  TEST_int_eq,
  TEST_int_gt,
  TEST_int_le,
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

/** C writes into SSL_SESSION: only the DER form can give a session an id here. */
function session_with_id(byte: number): SSL_SESSION {
  const id = new Uint8Array(SSL3_SSL_SESSION_ID_LENGTH).fill(byte)
  const sess = TEST_ptr(SSL_SESSION_new())
  TEST_true(SSL_SESSION_set1_id(sess, id, id.length))
  return sess
}

function test_session_timeout(): void {
  /*
   * Test session ordering and timeout
   * Can't explicitly test performance of the new code,
   * but can test to see if the ordering of the sessions
   * are correct, and they they are removed as expected
   */
  const TIMEOUT = 10
  let now = Math.floor(Date.now() / 1000)

  const ctx = TEST_ptr(SSL_CTX_new_ex(null, null, TLS_method()))
  /* assign unique session ids */
  const early = session_with_id(1)
  const middle = session_with_id(2)
  const late = session_with_id(3)

  /* Make sure they are all added: C looks at their links, the cache can be counted */
  for (const sess of [early, middle, late]) TEST_int_eq(SSL_CTX_add_session(ctx, sess), 1)
  TEST_int_eq(SSL_CTX_sess_number(ctx), 3)

  TEST_int_ne(SSL_SESSION_set_time(early, now - 10), 0)
  TEST_int_ne(SSL_SESSION_set_time(middle, now), 0)
  TEST_int_ne(SSL_SESSION_set_time(late, now + 10), 0)

  for (const sess of [early, middle, late]) TEST_int_ne(SSL_SESSION_set_timeout(sess, TIMEOUT), 0)

  /* Make sure they are all still there */
  TEST_int_eq(SSL_CTX_sess_number(ctx), 3)

  /* This should remove "early" */
  SSL_CTX_flush_sessions(ctx, now + TIMEOUT - 1)
  TEST_int_eq(SSL_CTX_sess_number(ctx), 2)

  /* This should remove "middle" */
  SSL_CTX_flush_sessions(ctx, now + TIMEOUT + 1)
  TEST_int_eq(SSL_CTX_sess_number(ctx), 1)

  /* This should remove "late" */
  SSL_CTX_flush_sessions(ctx, now + TIMEOUT + 11)
  TEST_int_eq(SSL_CTX_sess_number(ctx), 0)

  /* Add them back in again */
  for (const sess of [early, middle, late]) TEST_int_eq(SSL_CTX_add_session(ctx, sess), 1)

  /* Make sure they are all added */
  TEST_int_eq(SSL_CTX_sess_number(ctx), 3)

  /* This should remove all of them */
  SSL_CTX_flush_sessions(ctx, 0)
  TEST_int_eq(SSL_CTX_sess_number(ctx), 0)

  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_UPDATE_TIME | SSL_CTX_get_session_cache_mode(ctx))

  /* make sure |now| is NOT  equal to the current time */
  now -= 10
  TEST_int_ne(SSL_SESSION_set_time(early, now), 0)
  TEST_int_eq(SSL_CTX_add_session(ctx, early), 1)
  TEST_int_ne(SSL_SESSION_get_time(early), now)

  free_all(ctx, early, middle, late)
}

/*
 * Test that a session cache overflow works as expected
 * Test 0: TLSv1.2, timeout on new session later than old session
 * Test 1: TLSv1.2, timeout on new session earlier than old session
 */
function test_session_cache_overflow(idx: number): void {
  let get_sess_val: SSL_SESSION | null = null

  const { sctx, cctx } = tls_pair(TLS1_2_VERSION)
  TEST_true(SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET))

  SSL_CTX_sess_set_get_cb(sctx, (_ssl, _id, _len, copy) => {
    copy.value = 1
    return get_sess_val
  })

  SSL_CTX_sess_set_cache_size(sctx, 1)

  let { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  if (idx === 1) {
    /*
     * Cause this session to have a longer timeout than the next session to
     * be added.
     */
    TEST_true(SSL_SESSION_set_timeout(TEST_ptr(SSL_get_session(serverssl)), 0x3fffffff))
  }

  shutdown_ssl_connection(serverssl, clientssl)

  /*
   * Session cache size is 1 and we already populated the cache with a session
   * so the next connection should cause an overflow.
   */
  ;({ serverssl, clientssl } = create_ssl_objects(sctx, cctx))
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  /*
   * The session we just negotiated may have been already removed from the
   * internal cache - but we will return it anyway from our external cache.
   */
  get_sess_val = TEST_ptr(SSL_get1_session(serverssl))
  const sess = TEST_ptr(SSL_get1_session(clientssl))

  shutdown_ssl_connection(serverssl, clientssl)

  ;({ serverssl, clientssl } = create_ssl_objects(sctx, cctx))
  TEST_true(SSL_set_session(clientssl, sess))
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  free_all(serverssl, clientssl, sctx, cctx, sess, get_sess_val)
}

function hostname_cb(s: SSL): number {
  const hostname = SSL_get_servername(s, TLSEXT_NAMETYPE_host_name)
  return hostname === 'goodhost' || hostname === 'altgoodhost' ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK
}

/*
 * Test 0: Client sets servername and server acknowledges it (TLSv1.2)
 * Test 1: Client sets servername and server does not acknowledge it (TLSv1.2)
 * Test 2: Client sets inconsistent servername on resumption (TLSv1.2)
 * Test 3: Client does not set servername on initial handshake (TLSv1.2)
 * Test 4: Client does not set servername on resumption handshake (TLSv1.2)
 */
function test_servername(tst: number): void {
  let sexpectedhost: string | null = null
  let cexpectedhost: string | null = null

  const { sctx, cctx } = tls_pair(TLS1_2_VERSION)
  let { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  const clienthost = (): string | null => SSL_get_servername(clientssl, TLSEXT_NAMETYPE_host_name)
  const serverhost = (): string | null => SSL_get_servername(serverssl, TLSEXT_NAMETYPE_host_name)

  if (tst !== 1) TEST_true(SSL_CTX_set_tlsext_servername_callback(sctx, hostname_cb))

  if (tst !== 3) {
    TEST_true(SSL_set_tlsext_host_name(clientssl, 'goodhost'))
    sexpectedhost = cexpectedhost = 'goodhost'
  }

  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  TEST_str_eq(clienthost(), cexpectedhost)
  TEST_str_eq(serverhost(), sexpectedhost)

  /* Now repeat with a resumption handshake */

  TEST_int_eq(SSL_shutdown(clientssl), 0)
  const sess = TEST_ptr(SSL_get1_session(clientssl))
  TEST_true(SSL_SESSION_is_resumable(sess))
  TEST_int_eq(SSL_shutdown(serverssl), 0)

  free_all(clientssl, serverssl)

  ;({ serverssl, clientssl } = create_ssl_objects(sctx, cctx))

  TEST_true(SSL_set_session(clientssl, sess))

  let reused = 1
  sexpectedhost = cexpectedhost = 'goodhost'
  if (tst === 2) {
    /* Set an inconsistent hostname */
    TEST_true(SSL_set_tlsext_host_name(clientssl, 'altgoodhost'))
    /*
     * In TLSv1.2 C expects the hostname from the original handshake; here a session
     * of another name is not resumed (RFC 6066 section 3)
     */
    reused = 0
    sexpectedhost = cexpectedhost = 'altgoodhost'

    TEST_str_eq(clienthost(), 'altgoodhost')
  } else if (tst === 4) {
    /*
     * A TLSv1.3 session does not associate a session with a servername,
     * but a TLSv1.2 session does.
     */
    TEST_str_eq(clienthost(), cexpectedhost)
  } else {
    TEST_true(SSL_set_tlsext_host_name(clientssl, 'goodhost'))
    /*
     * In a TLSv1.2 resumption where the hostname was not acknowledged
     * we expect the hostname on the server to be empty. On the client we
     * return what was requested in this case.
     *
     * Similarly if the client didn't set a hostname on an original TLSv1.2
     * session but is now, the server hostname will be empty, but the client
     * is as we set it.
     */
    if (tst === 1 || tst === 3) sexpectedhost = null

    TEST_str_eq(clienthost(), 'goodhost')
  }

  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  TEST_int_eq(SSL_session_reused(clientssl), reused)
  TEST_int_eq(SSL_session_reused(serverssl), reused)
  TEST_str_eq(clienthost(), cexpectedhost)
  TEST_str_eq(serverhost(), sexpectedhost)

  free_all(sess, serverssl, clientssl, sctx, cctx)
}

/*
 * Test that if signature algorithms are not available, then we do not offer or
 * accept them: what C does with a provider that filters, lists do here.
 * Test 0: Two RSA sig algs available: both RSA sig algs shared
 * Test 1: The client only has SHA2-256: only SHA2-256 algorithms shared
 * Test 2: The server only has SHA2-256: only SHA2-256 algorithms shared
 * Test 3: An RSA and an ECDSA sig alg available: both sig algs shared
 * Test 4: The client only has an ECDSA sig alg: only ECDSA algorithms shared
 * Test 5: The server only has an ECDSA sig alg: only ECDSA algorithms shared
 */
function test_sigalgs_available(idx: number): void {
  const all = idx < 3 ? 'rsa_pss_rsae_sha384:rsa_pss_rsae_sha256' : 'rsa_pss_rsae_sha256:ECDSA+SHA256'
  const few = idx < 3 ? 'rsa_pss_rsae_sha256' : 'ECDSA+SHA256'
  const sig = { value: 0 }
  const hash = { value: 0 }

  const { sctx, cctx } =
    idx === 5
      ? create_ssl_ctx_pair(TLS_server_method(), TLS_client_method(), TLS1_VERSION, 0, cert2, privkey2)
      : tls_pair()

  /* Ensure we only use TLSv1.2 ciphersuites based on SHA256 */
  TEST_true(SSL_CTX_set_cipher_list(cctx, idx < 4 ? 'ECDHE-RSA-AES128-GCM-SHA256' : 'ECDHE-ECDSA-AES128-GCM-SHA256'))

  TEST_true(SSL_CTX_set1_sigalgs_list(cctx, idx === 1 || idx === 4 ? few : all))
  TEST_true(SSL_CTX_set1_sigalgs_list(sctx, idx === 2 || idx === 5 ? few : all))

  if (idx !== 5) {
    TEST_int_eq(SSL_CTX_use_certificate_file(sctx, cert2, SSL_FILETYPE_PEM), 1)
    TEST_int_eq(SSL_CTX_use_PrivateKey_file(sctx, privkey2, SSL_FILETYPE_PEM), 1)
    TEST_int_eq(SSL_CTX_check_private_key(sctx), 1)
  }

  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  /* For tests 0 and 3 we expect 2 shared sigalgs, otherwise exactly 1 */
  TEST_int_eq(SSL_get_shared_sigalgs(serverssl, 0, sig, hash, null, null, null), idx === 0 || idx === 3 ? 2 : 1)
  TEST_int_eq(hash.value, idx === 0 ? NID_sha384 : NID_sha256)
  TEST_int_eq(sig.value, idx === 4 || idx === 5 ? EVP_PKEY_EC : NID_rsassaPss)

  free_all(serverssl, clientssl, sctx, cctx)
}

function test_ssl_dup(): void {
  const { sctx, cctx } = create_ssl_ctx_pair(TLS_server_method(), TLS_client_method(), 0, 0, cert, privkey)
  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)

  TEST_true(SSL_set_min_proto_version(clientssl, TLS1_2_VERSION))
  TEST_true(SSL_set_max_proto_version(clientssl, TLS1_2_VERSION))

  const client2ssl = TEST_ptr(SSL_dup(clientssl))
  const rbio = TEST_ptr(SSL_get_rbio(clientssl))
  TEST_true(BIO_up_ref(rbio))
  SSL_set0_rbio(client2ssl, rbio)

  const wbio = TEST_ptr(SSL_get_wbio(clientssl))
  TEST_true(BIO_up_ref(wbio))
  SSL_set0_wbio(client2ssl, wbio)

  /* Handshake not started so pointers should be different */
  TEST_ptr_ne(clientssl, client2ssl)

  TEST_int_eq(SSL_get_min_proto_version(client2ssl), TLS1_2_VERSION)
  TEST_int_eq(SSL_get_max_proto_version(client2ssl), TLS1_2_VERSION)

  TEST_true(create_ssl_connection(serverssl, client2ssl, SSL_ERROR_NONE))

  SSL_free(clientssl)
  const again = TEST_ptr(SSL_dup(client2ssl))
  /* Handshake has finished so pointers should be the same */
  TEST_ptr_eq(again, client2ssl)

  free_all(serverssl, again, client2ssl, sctx, cctx)
}

/* Helper function for the test_set_tmp_dh() tests: C's takes the numbers of RFC 3526, here the file of test_load_dhfile has some */
function get_tmp_dh_params(): EVP_PKEY {
  const bio = TEST_ptr(BIO_new_file(test_mk_file_path('dhparams.pem'), 'r'))
  const dhpkey = TEST_ptr(PEM_read_bio_Parameters(bio, null))
  BIO_free(bio)
  return dhpkey
}

/* Callback used by test_set_tmp_dh() */
const tmp_dh_callback = (): DH => TEST_ptr(EVP_PKEY_get1_DH(get_tmp_dh_params()))

/*
 * Test the various methods for setting temporary DH parameters
 *
 * Test  0: Default (no auto) setting
 * Test  1: Explicit SSL_CTX auto off
 * Test  2: Explicit SSL auto off
 * Test  3: Explicit SSL_CTX auto on
 * Test  4: Explicit SSL auto on
 * Test  5: Explicit SSL_CTX auto off, custom DH params via EVP_PKEY
 * Test  6: Explicit SSL auto off, custom DH params via EVP_PKEY
 *
 * The following are testing deprecated APIs, so we only run them if available
 * Test  7: Explicit SSL_CTX auto off, custom DH params via DH
 * Test  8: Explicit SSL auto off, custom DH params via DH
 * Test  9: Explicit SSL_CTX auto off, custom DH params via callback
 * Test 10: Explicit SSL auto off, custom DH params via callback
 */
function test_set_tmp_dh(idx: number): void {
  const dhauto = idx === 3 || idx === 4 ? 1 : 0
  const expected = idx <= 2 ? 0 : 1

  const { sctx, cctx } = create_ssl_ctx_pair(TLS_server_method(), TLS_client_method(), 0, 0, cert, privkey)

  if ((idx & 1) === 1) TEST_true(SSL_CTX_set_dh_auto(sctx, dhauto))

  if (idx === 5) TEST_true(SSL_CTX_set0_tmp_dh_pkey(sctx, get_tmp_dh_params()))
  else if (idx === 7) TEST_true(SSL_CTX_set_tmp_dh(sctx, tmp_dh_callback()))
  else if (idx === 9) SSL_CTX_set_tmp_dh_callback(sctx, tmp_dh_callback)

  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)

  if ((idx & 1) === 0 && idx !== 0) TEST_true(SSL_set_dh_auto(serverssl, dhauto))

  if (idx === 6) TEST_true(SSL_set0_tmp_dh_pkey(serverssl, get_tmp_dh_params()))
  else if (idx === 8) TEST_true(SSL_set_tmp_dh(serverssl, tmp_dh_callback()))
  else if (idx === 10) SSL_set_tmp_dh_callback(serverssl, tmp_dh_callback)

  TEST_true(SSL_set_min_proto_version(serverssl, TLS1_2_VERSION))
  TEST_true(SSL_set_max_proto_version(serverssl, TLS1_2_VERSION))
  TEST_true(SSL_set_cipher_list(serverssl, 'DHE-RSA-AES128-SHA'))

  /*
   * If autoon then we should succeed. Otherwise we expect failure because
   * there are no parameters
   */
  TEST_int_eq(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE), expected)

  free_all(serverssl, clientssl, sctx, cctx)
}

const DHE = 'DHE-RSA-AES128-SHA'

/* The certificate, the suite, and the bits of the prime */
const dh_auto_data: readonly (readonly [string | null, string, number])[] = [
  ['1024', DHE, 1024],
  ['', DHE, 2048],
  ['3072', DHE, 3072],
  ['4096', DHE, 4096],
  ['8192', DHE, 8192],
  /* No certificate cases */
  [null, 'ADH-AES128-SHA256:@SECLEVEL=0', 1024],
  [null, 'ADH-AES256-SHA256:@SECLEVEL=0', 3072],
]

/*
 * Test the auto DH keys are appropriately sized
 */
function test_dh_auto(idx: number): void {
  const [size, ciphersuite, expdhsize] = TEST_ptr(dh_auto_data[idx])
  const thiscert = size === null ? null : size === '' ? cert : test_mk_file_path(`ee-cert-${size}.pem`)
  const thiskey = size === null ? null : size === '' ? privkey : test_mk_file_path(`ee-key-${size}.pem`)
  const tmpkey: Out<EVP_PKEY | null> = { value: null }

  const { sctx, cctx } = create_ssl_ctx_pair(TLS_server_method(), TLS_client_method(), 0, 0, null, null)
  /* OpenSSL's tests run at level 1, where a key of 1024 bits may be used */
  for (const ctx of [sctx, cctx]) if (expdhsize === 1024) SSL_CTX_set_security_level(ctx, 1)
  if (thiscert !== null && thiskey !== null) {
    TEST_int_eq(SSL_CTX_use_certificate_file(sctx, thiscert, SSL_FILETYPE_PEM), 1)
    TEST_int_eq(SSL_CTX_use_PrivateKey_file(sctx, thiskey, SSL_FILETYPE_PEM), 1)
  }

  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)

  TEST_true(SSL_set_dh_auto(serverssl, 1))
  TEST_true(SSL_set_min_proto_version(serverssl, TLS1_2_VERSION))
  TEST_true(SSL_set_max_proto_version(serverssl, TLS1_2_VERSION))
  TEST_true(SSL_set_cipher_list(serverssl, ciphersuite))
  TEST_true(SSL_set_cipher_list(clientssl, ciphersuite))

  /*
   * Send the server's first flight. At this point the server has created the
   * temporary DH key but hasn't finished using it yet. Once used it is
   * removed, so we cannot test it.
   */
  TEST_int_le(SSL_connect(clientssl), 0)
  TEST_int_le(SSL_accept(serverssl), 0)

  TEST_int_gt(SSL_get_tmp_key(serverssl, tmpkey), 0)
  TEST_int_eq(EVP_PKEY_get_bits(TEST_ptr(tmpkey.value)), expdhsize)

  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  EVP_PKEY_free(tmpkey.value)
  free_all(serverssl, clientssl, sctx, cctx)
}

/*
 * Test that setting an ALPN does not violate RFC
 */
function test_set_alpn(): void {
  const good = Buffer.from('\x04good')
  const bad = ['\x00bad', '\x01bad', '\x03bad\x00', '\x03bad\x01bad', '\x03bad\x06bad'].map(text => Buffer.from(text))

  /* Create an initial SSL_CTX with no certificate configured */
  const ctx = TEST_ptr(SSL_CTX_new_ex(null, null, TLS_server_method()))

  /* the set_alpn functions return 0 (false) on success, non-zero (true) on failure */
  TEST_false(SSL_CTX_set_alpn_protos(ctx, null, 2))
  TEST_false(SSL_CTX_set_alpn_protos(ctx, good, 0))
  TEST_false(SSL_CTX_set_alpn_protos(ctx, good, good.length))
  TEST_true(SSL_CTX_set_alpn_protos(ctx, good, 1))
  for (const list of bad) TEST_true(SSL_CTX_set_alpn_protos(ctx, list, list.length))

  const ssl = TEST_ptr(SSL_new(ctx))

  TEST_false(SSL_set_alpn_protos(ssl, null, 2))
  TEST_false(SSL_set_alpn_protos(ssl, good, 0))
  TEST_false(SSL_set_alpn_protos(ssl, good, good.length))
  TEST_true(SSL_set_alpn_protos(ssl, good, 1))
  for (const list of bad) TEST_true(SSL_set_alpn_protos(ssl, list, list.length))

  free_all(ssl, ctx)
}

/** The calls of an SSL_CTX or of an SSL, so that one test serves both, as in C two do. */
interface StoreCalls {
  get_verify(st: Out<X509_STORE | null>): number
  get_chain(st: Out<X509_STORE | null>): number
  set_verify(st: X509_STORE | null): number
  set_chain(st: X509_STORE | null): number
}

function check_stores(calls: StoreCalls): void {
  const store: Out<X509_STORE | null> = { value: null }
  const cstore: Out<X509_STORE | null> = { value: null }
  const check = (verify: X509_STORE | null, chain: X509_STORE | null): void => {
    TEST_true(calls.get_verify(store))
    TEST_true(calls.get_chain(cstore))
    TEST_ptr_eq(store.value, verify)
    TEST_ptr_eq(cstore.value, chain)
  }

  /* We haven't set any yet, so this should be NULL. */
  check(null, null)

  /* Create stores. We use separate stores so pointers are different. */
  const new_store = TEST_ptr(X509_STORE_new())
  const new_cstore = TEST_ptr(X509_STORE_new())

  /* Set stores. */
  TEST_true(calls.set_verify(new_store))
  TEST_true(calls.set_chain(new_cstore))

  /* Should be able to retrieve the same pointer. */
  check(new_store, new_cstore)

  /* Should be able to unset again. */
  TEST_true(calls.set_verify(null))
  TEST_true(calls.set_chain(null))

  /* Should now be NULL. */
  check(null, null)

  X509_STORE_free(new_store)
  X509_STORE_free(new_cstore)
}

/*
 * Test SSL_CTX_set1_verify/chain_cert_store and SSL_CTX_get_verify/chain_cert_store.
 */
function test_set_verify_cert_store_ssl_ctx(): void {
  const ctx = TEST_ptr(SSL_CTX_new_ex(null, null, TLS_server_method()))
  check_stores({
    get_verify: st => SSL_CTX_get0_verify_cert_store(ctx, st),
    get_chain: st => SSL_CTX_get0_chain_cert_store(ctx, st),
    set_verify: st => SSL_CTX_set1_verify_cert_store(ctx, st),
    set_chain: st => SSL_CTX_set1_chain_cert_store(ctx, st),
  })
  SSL_CTX_free(ctx)
}

/*
 * Test SSL_set1_verify/chain_cert_store and SSL_get_verify/chain_cert_store.
 */
function test_set_verify_cert_store_ssl(): void {
  const ctx = TEST_ptr(SSL_CTX_new_ex(null, null, TLS_server_method()))
  const ssl = TEST_ptr(SSL_new(ctx))
  check_stores({
    get_verify: st => SSL_get0_verify_cert_store(ssl, st),
    get_chain: st => SSL_get0_chain_cert_store(ssl, st),
    set_verify: st => SSL_set1_verify_cert_store(ssl, st),
    set_chain: st => SSL_set1_chain_cert_store(ssl, st),
  })
  free_all(ssl, ctx)
}

function test_inherit_verify_param(): void {
  const hostflags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT

  const ctx = TEST_ptr(SSL_CTX_new_ex(null, null, TLS_server_method()))
  const cp = TEST_ptr(SSL_CTX_get0_param(ctx))
  TEST_int_eq(X509_VERIFY_PARAM_get_hostflags(cp), 0)

  X509_VERIFY_PARAM_set_hostflags(cp, hostflags)

  const ssl = TEST_ptr(SSL_new(ctx))
  const sp = TEST_ptr(SSL_get0_param(ssl))
  TEST_int_eq(X509_VERIFY_PARAM_get_hostflags(sp), hostflags)

  free_all(ssl, ctx)
}

function test_load_dhfile(): void {
  const ctx = TEST_ptr(SSL_CTX_new_ex(null, null, TLS_client_method()))
  const cctx = TEST_ptr(SSL_CONF_CTX_new())

  SSL_CONF_CTX_set_ssl_ctx(cctx, ctx)
  SSL_CONF_CTX_set_flags(cctx, SSL_CONF_FLAG_CERTIFICATE | SSL_CONF_FLAG_SERVER | SSL_CONF_FLAG_FILE)

  TEST_int_eq(SSL_CONF_cmd(cctx, 'DHParameters', test_mk_file_path('dhparams.pem')), 2)

  SSL_CONF_CTX_free(cctx)
  SSL_CTX_free(ctx)
}

/*
 * Force a write retry during handshaking. We test various combinations of
 * scenarios. We test a large certificate message which will fill the buffering
 * BIO used in the handshake. We try with client auth on and off. Finally we
 * also try a BIO that indicates retry via a 0 return. BIO_write() is documented
 * to indicate retry via -1 - but sometimes BIOs don't do that.
 *
 * Test 0: Standard certificate message
 * Test 1: Large certificate message
 * Test 2: Standard cert, verify peer
 * Test 3: Large cert, verify peer
 * Test 4: Standard cert, BIO returns 0 on retry
 * Test 5: Large cert, BIO returns 0 on retry
 * Test 6: Standard cert, verify peer, BIO returns 0 on retry
 * Test 7: Large cert, verify peer, BIO returns 0 on retry
 * Test 8-15: Repeat of above with TLSv1.2
 */
function test_handshake_retry(idx: number): void {
  const bretry = TEST_ptr(BIO_new(bio_s_always_retry()))
  const maxversion = (idx & 8) === 8 ? TLS1_2_VERSION : 0

  const { sctx, cctx } = create_ssl_ctx_pair(TLS_server_method(), TLS_client_method(), 0, maxversion, cert, privkey)

  /*
   * Add a large amount of data to fill the buffering BIO used by the SSL
   * object
   */
  if ((idx & 1) === 1) add_large_cert_chain(sctx)

  /*
   * We don't actually configure a client cert, but neither do we fail if one
   * isn't present.
   */
  if ((idx & 2) === 2) SSL_CTX_set_verify(sctx, SSL_VERIFY_PEER, null)

  set_always_retry_err_val((idx & 4) === 4 ? 0 : -1)

  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)

  const tmp = TEST_ptr(SSL_get_wbio(serverssl))
  TEST_true(BIO_up_ref(tmp))
  SSL_set0_wbio(serverssl, bretry)

  TEST_int_eq(SSL_connect(clientssl), -1)

  TEST_int_eq(SSL_accept(serverssl), -1)
  TEST_int_eq(SSL_get_error(serverssl, -1), SSL_ERROR_WANT_WRITE)

  /* Restore a BIO that will let the write succeed */
  SSL_set0_wbio(serverssl, tmp)

  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  free_all(serverssl, clientssl, sctx, cctx)
}

/*
 * Test multiple resumptions and cache size handling: C's test 4, TLSv1.2
 */
function test_multi_resume(): void {
  let sess: SSL_SESSION | null = null

  const { sctx, cctx } = tls_pair(TLS1_2_VERSION)

  SSL_CTX_sess_set_cache_size(sctx, 5)

  for (let i = 0; i < 30; i++) {
    const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
    TEST_true(SSL_set_session(clientssl, sess))

    TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

    TEST_int_eq(SSL_session_reused(clientssl), sess === null ? 0 : 1)
    SSL_SESSION_free(sess)

    /* Do a full handshake, followed by two resumptions */
    sess = i % 3 === 2 ? null : TEST_ptr(SSL_get1_session(clientssl))

    shutdown_ssl_connection(serverssl, clientssl)
  }

  /* We should never exceed the session cache size limit */
  TEST_int_le(SSL_CTX_sess_number(sctx), 5)

  free_all(sctx, cctx, sess)
}

/* The server's list, the client's, the result and what is selected; C's NULL is an empty list here */
const NEGOTIATED = OPENSSL_NPN_NEGOTIATED
const NO_OVERLAP = OPENSSL_NPN_NO_OVERLAP
const next_proto_tests: readonly (readonly [string, string, number, string])[] = [
  ['\x03abc', '\x03abc', NEGOTIATED, 'abc'],
  ['\x03abc\x02ab', '\x03abc', NEGOTIATED, 'abc'],
  ['\x02ab\x03abc', '\x03abc', NEGOTIATED, 'abc'],
  ['\x03abc', '\x03abc\x02ab', NEGOTIATED, 'abc'],
  ['\x03abc', '\x02ab\x03abc', NEGOTIATED, 'abc'],
  ['\x02bc\x03abc', '\x02ab\x03abc', NEGOTIATED, 'abc'],
  ['\x02bc\x03abc\x02ab', '\x02ab\x03abc', NEGOTIATED, 'abc'],
  ['\x03bcd', '\x03abc', NO_OVERLAP, 'abc'],
  ['', '\x03abc', NO_OVERLAP, 'abc'],
  ['\x03abc', '', NO_OVERLAP, ''],
  ['\x03ab', '\x03abc', NO_OVERLAP, 'abc'],
  ['\x03abc', '\x03ab', NO_OVERLAP, ''],
]

function test_select_next_proto(idx: number): void {
  const [server, client, expected_ret, selected] = TEST_ptr(next_proto_tests[idx])
  const out: Out<Uint8Array | null> = { value: null }
  const outlen = { value: 0 }
  const lists = [Buffer.from(server), Buffer.from(client)] as const

  TEST_int_eq(SSL_select_next_proto(out, outlen, lists[0], lists[0].length, lists[1], lists[1].length), expected_ret)
  TEST_int_eq(outlen.value, selected.length)
  if (selected === '') TEST_ptr_null(out.value)
  else TEST_mem_eq(TEST_ptr(out.value).subarray(0, outlen.value), Buffer.from(selected))
}

const fooprot = Buffer.from('\x03foo')
const barprot = Buffer.from('\x03bar')

function alpn_select_cb2(_ssl: SSL, out: Out<Uint8Array | null>, outlen: Out<number>, idx: unknown): number {
  switch (idx) {
    case 0:
      out.value = fooprot.subarray(1)
      outlen.value = 3
      return SSL_TLSEXT_ERR_OK
    case 2:
      out.value = barprot.subarray(1)
      outlen.value = 3
      return SSL_TLSEXT_ERR_OK
    case 3:
      outlen.value = 0
      return SSL_TLSEXT_ERR_OK
    default:
      return SSL_TLSEXT_ERR_ALERT_FATAL
  }
}

/*
 * Test the ALPN callbacks
 * Test 0: client = foo, select = foo
 * Test 1: client = <empty>, select = none
 * Test 2: client = foo, select = bar (should fail)
 * Test 3: client = foo, select = <empty> (should fail)
 */
function test_alpn(idx: number): void {
  const { sctx, cctx } = create_ssl_ctx_pair(TLS_server_method(), TLS_client_method(), 0, 0, cert, privkey)

  SSL_CTX_set_alpn_select_cb(sctx, (ssl, out, outlen, _in, _inlen, arg) => alpn_select_cb2(ssl, out, outlen, arg), idx)

  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)

  /* SSL_set_alpn_protos returns 0 for success! */
  TEST_false(idx === 1 ? SSL_set_alpn_protos(clientssl, null, 0) : SSL_set_alpn_protos(clientssl, fooprot))

  if (idx === 2 || idx === 3) {
    /* We don't allow empty selection of NPN, so this should fail */
    TEST_false(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))
  } else {
    const prot: Out<Uint8Array | null> = { value: null }
    const protlen = { value: 0 }

    TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

    SSL_get0_alpn_selected(clientssl, prot, protlen)
    if (idx === 0) TEST_mem_eq(prot.value, fooprot.subarray(1))
    else TEST_int_eq(protlen.value, 0)
  }

  free_all(serverssl, clientssl, sctx, cctx)
}

function test_no_renegotiation(idx: number): void {
  const buf = new Uint8Array(5)

  const { sctx, cctx } =
    idx === 0
      ? create_ssl_ctx_pair(TLS_server_method(), TLS_client_method(), 0, TLS1_2_VERSION, cert, privkey)
      : create_ssl_ctx_pair(DTLS_server_method(), DTLS_client_method(), 0, DTLS1_2_VERSION, cert, privkey)

  SSL_CTX_set_options(sctx, SSL_OP_NO_RENEGOTIATION)

  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  TEST_true(SSL_renegotiate(clientssl))
  let ret = SSL_connect(clientssl)
  TEST_int_le(ret, 0)
  TEST_int_eq(SSL_get_error(clientssl, ret), SSL_ERROR_WANT_READ)

  /*
   * We've not sent any application data, so we expect this to fail. It should
   * also read the renegotiation attempt, and send back a no_renegotiation
   * warning alert because we have renegotiation disabled.
   */
  ret = SSL_read(serverssl, buf, buf.length)
  TEST_int_le(ret, 0)
  TEST_int_eq(SSL_get_error(serverssl, ret), SSL_ERROR_WANT_READ)

  /*
   * The client should now see the no_renegotiation warning and fail the
   * connection
   */
  ret = SSL_connect(clientssl)
  TEST_int_le(ret, 0)
  TEST_int_eq(SSL_get_error(clientssl, ret), SSL_ERROR_SSL)
  TEST_int_eq(ERR_GET_REASON(ERR_get_error()), SSL_R_NO_RENEGOTIATION)

  free_all(serverssl, clientssl, sctx, cctx)
}

ADD_ALL_TESTS(test_servername, 5)
ADD_ALL_TESTS(test_sigalgs_available, 6)
ADD_TEST(test_ssl_dup)
ADD_ALL_TESTS(test_set_tmp_dh, 11)
ADD_ALL_TESTS(test_dh_auto, dh_auto_data.length)
ADD_TEST(test_inherit_verify_param)
ADD_TEST(test_set_alpn)
ADD_TEST(test_set_verify_cert_store_ssl_ctx)
ADD_TEST(test_set_verify_cert_store_ssl)
ADD_TEST(test_session_timeout)
ADD_ALL_TESTS(test_session_cache_overflow, 2)
ADD_TEST(test_load_dhfile)
ADD_ALL_TESTS(test_handshake_retry, 16)
ADD_TEST(test_multi_resume)
ADD_ALL_TESTS(test_select_next_proto, next_proto_tests.length)
ADD_ALL_TESTS(test_alpn, 4)
ADD_ALL_TESTS(test_no_renegotiation, 2)
