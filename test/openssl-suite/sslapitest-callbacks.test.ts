// Ported from OpenSSL 3.0's test/sslapitest.c, Apache-2.0: info, ticket and certificate callbacks, shutdown, CA names.

import {
  BIO_free,
  BIO_new_file,
  BIO_set_mem_eof_return,
  CERT_PKEY_CA_SIGNATURE,
  CERT_PKEY_VALID,
  DTLS_client_method,
  DTLS_server_method,
  DTLS1_VERSION,
  EVP_aes_128_cbc,
  type EVP_CIPHER_CTX,
  EVP_DecryptInit_ex,
  EVP_EncryptInit_ex,
  EVP_MAC_init,
  type EVP_PKEY,
  EVP_PKEY_free,
  EVP_sha256,
  HMAC_Init_ex,
  MBSTRING_ASC,
  OSSL_MAC_PARAM_DIGEST,
  OSSL_PARAM_construct_end,
  OSSL_PARAM_construct_utf8_string,
  type Out,
  PEM_read_bio_PrivateKey,
  type SSL,
  SSL_CB_ALERT,
  SSL_CB_EXIT,
  SSL_CB_HANDSHAKE_DONE,
  SSL_CB_HANDSHAKE_START,
  SSL_CB_LOOP,
  SSL_CTX,
  SSL_CTX_new_ex,
  SSL_CTX_set_cert_cb,
  SSL_CTX_set_cipher_list,
  SSL_CTX_set_client_CA_list,
  SSL_CTX_set_client_cert_cb,
  SSL_CTX_set_dh_auto,
  SSL_CTX_set_info_callback,
  SSL_CTX_set_max_send_fragment,
  SSL_CTX_set_options,
  SSL_CTX_set_session_cache_mode,
  SSL_CTX_set_session_ticket_cb,
  SSL_CTX_set_tlsext_ticket_key_cb,
  SSL_CTX_set_tlsext_ticket_key_evp_cb,
  SSL_CTX_set_verify,
  SSL_CTX_set0_CA_list,
  SSL_check_chain,
  SSL_check_private_key,
  SSL_ERROR_NONE,
  SSL_ERROR_SSL,
  SSL_ERROR_ZERO_RETURN,
  SSL_FILETYPE_PEM,
  SSL_get_error,
  SSL_get_rbio,
  SSL_get_session,
  SSL_get_shared_ciphers,
  SSL_get0_peer_CA_list,
  SSL_get0_peer_certificate,
  SSL_get1_session,
  SSL_has_pending,
  SSL_in_init,
  SSL_is_server,
  SSL_OP_IGNORE_UNEXPECTED_EOF,
  SSL_OP_NO_ENCRYPT_THEN_MAC,
  SSL_pending,
  SSL_read,
  SSL_read_ex,
  SSL_SESS_CACHE_OFF,
  type SSL_SESSION,
  SSL_SESSION_get0_ticket_appdata,
  SSL_SESSION_is_resumable,
  SSL_SESSION_set1_ticket_appdata,
  SSL_ST_ACCEPT,
  SSL_ST_CONNECT,
  SSL_session_reused,
  SSL_set_options,
  SSL_set_SSL_CTX,
  SSL_set_session,
  SSL_set1_sigalgs_list,
  SSL_shutdown,
  SSL_state_string,
  SSL_TICKET_EMPTY,
  SSL_TICKET_NO_DECRYPT,
  SSL_TICKET_RETURN_ABORT,
  SSL_TICKET_RETURN_IGNORE,
  SSL_TICKET_RETURN_IGNORE_RENEW,
  SSL_TICKET_RETURN_USE,
  SSL_TICKET_RETURN_USE_RENEW,
  SSL_TICKET_SUCCESS,
  SSL_TICKET_SUCCESS_RENEW,
  type SSL_ticket_key_cb,
  type SSL_ticket_key_evp_cb,
  SSL_use_cert_and_key,
  SSL_use_certificate_file,
  SSL_use_PrivateKey_file,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  SSL_write_ex,
  sk_X509_NAME_new_null,
  sk_X509_NAME_num,
  sk_X509_NAME_push,
  sk_X509_NAME_value,
  sk_X509_new_null,
  sk_X509_pop_free,
  sk_X509_push,
  TLS_client_method,
  TLS_server_method,
  TLS1_2_VERSION,
  TLS1_VERSION,
  type X509,
  X509_free,
  type X509_NAME,
  X509_NAME_add_entry_by_txt,
  X509_NAME_cmp,
  X509_NAME_dup,
  X509_NAME_new,
} from '../../lib/index.ts'
import { cert, cert2, free_all, load_cert_pem, privkey, privkey2, tls_pair } from './sslapitest.ts'
import {
  create_ssl_connection,
  create_ssl_ctx_pair,
  create_ssl_objects,
  shutdown_ssl_connection,
} from './ssltestlib.ts'
import {
  ADD_ALL_TESTS,
  ADD_TEST,
  TEST_false,
  TEST_int_eq,
  TEST_mem_eq,
  TEST_ptr,
  TEST_ptr_null,
  TEST_str_eq,
  TEST_true,
  test_mk_file_path,
} from './testutil.ts'

/* SSL_CB_LOOP shows a state; the others are named */
const info_cb_states: readonly (readonly string[])[] = [
  /* TLSv1.2 server followed by resumption */
  // biome-ignore format: as long as it takes
  ['HANDSHAKE_START', 'PINIT', 'PINIT', 'TRCH', 'TWSH', 'TWSC', 'TWSKE', 'TWSD', 'EXIT', 'TWSD', 'TRCKE', 'TRCCS', 'TRFIN',
    'TWST', 'TWCCS', 'TWFIN', 'HANDSHAKE_DONE', 'EXIT', 'ALERT', 'HANDSHAKE_START', 'PINIT', 'PINIT', 'TRCH', 'TWSH',
    'TWCCS', 'TWFIN', 'EXIT', 'TWFIN', 'TRCCS', 'TRFIN', 'HANDSHAKE_DONE', 'EXIT'],
  /* TLSv1.2 client followed by resumption */
  // biome-ignore format: as long as it takes
  ['HANDSHAKE_START', 'PINIT', 'TWCH', 'EXIT', 'TWCH', 'TRSH', 'TRSC', 'TRSKE', 'TRSD', 'TWCKE', 'TWCCS', 'TWFIN', 'EXIT',
    'TWFIN', 'TRST', 'TRCCS', 'TRFIN', 'HANDSHAKE_DONE', 'EXIT', 'ALERT', 'HANDSHAKE_START', 'PINIT', 'TWCH', 'EXIT',
    'TWCH', 'TRSH', 'TRCCS', 'TRFIN', 'TWCCS', 'TWFIN', 'HANDSHAKE_DONE', 'EXIT'],
]

const WHERE: Readonly<Record<string, number>> = {
  HANDSHAKE_START: SSL_CB_HANDSHAKE_START,
  HANDSHAKE_DONE: SSL_CB_HANDSHAKE_DONE,
  EXIT: SSL_CB_EXIT,
  ALERT: SSL_CB_ALERT,
}

/*
 * Test the info callback gets called when we expect it to.
 *
 * Test 0: TLSv1.2, server
 * Test 1: TLSv1.2, client
 */
function test_info_callback(tst: number): void {
  const expected = [...TEST_ptr(info_cb_states[tst])]
  const failures: string[] = []
  const check = (holds: boolean, what: string): void => {
    if (!holds) failures.push(what)
  }

  const sslapi_info_callback = (s: SSL, where: number, ret: number): void => {
    const state = expected.shift()
    /* We do not ever expect a connection to fail in this test */
    check(ret !== 0, 'ret')
    /*
     * Do some sanity checks. We never expect these things to happen in this
     * test
     */
    check(!(SSL_is_server(s) && (where & SSL_ST_CONNECT) !== 0), 'connect')
    check(!(!SSL_is_server(s) && (where & SSL_ST_ACCEPT) !== 0), 'accept')
    if (state === undefined) {
      failures.push('one too many')
      return
    }
    /* Now check we're in the right state */
    check((where & (WHERE[state] ?? SSL_CB_LOOP)) !== 0, `${where} for ${state}`)
    if ((where & SSL_CB_LOOP) !== 0) check(SSL_state_string(s) === state, `${SSL_state_string(s)} for ${state}`)
    /*
     * Check that, if we've got SSL_CB_HANDSHAKE_DONE we are not in init
     */
    if (where & SSL_CB_HANDSHAKE_DONE) check(SSL_in_init(s) === 0, 'in init')
  }

  const { sctx, cctx } = create_ssl_ctx_pair(
    TLS_server_method(),
    TLS_client_method(),
    TLS1_2_VERSION,
    TLS1_2_VERSION,
    cert,
    privkey,
  )
  TEST_true(SSL_CTX_set_dh_auto(sctx, 1))

  /*
   * For even numbered tests we check the server callbacks. For odd numbers we
   * check the client.
   */
  SSL_CTX_set_info_callback(tst % 2 === 0 ? sctx : cctx, sslapi_info_callback)

  let { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))
  TEST_str_eq(failures.join(), '')

  const clntsess = SSL_get1_session(clientssl)
  shutdown_ssl_connection(serverssl, clientssl)

  /* Now do a resumption */
  ;({ serverssl, clientssl } = create_ssl_objects(sctx, cctx))
  TEST_true(SSL_set_session(clientssl, clntsess))
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))
  TEST_true(SSL_session_reused(clientssl))
  TEST_str_eq(failures.join(), '')
  TEST_str_eq(expected.join(), '')

  free_all(serverssl, clientssl, clntsess, sctx, cctx)
}

function test_ssl_pending(tst: number): void {
  const msg = Buffer.from('A test message\0')
  const buf = new Uint8Array(5)
  const written = { value: 0 }
  const readbytes = { value: 0 }

  const { sctx, cctx } =
    tst === 0
      ? tls_pair()
      : create_ssl_ctx_pair(DTLS_server_method(), DTLS_client_method(), DTLS1_VERSION, 0, cert, privkey)
  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  TEST_int_eq(SSL_pending(clientssl), 0)
  TEST_false(SSL_has_pending(clientssl))
  TEST_int_eq(SSL_pending(serverssl), 0)
  TEST_false(SSL_has_pending(serverssl))
  TEST_true(SSL_write_ex(serverssl, msg, msg.length, written))
  TEST_int_eq(written.value, msg.length)
  TEST_true(SSL_read_ex(clientssl, buf, buf.length, readbytes))
  TEST_int_eq(readbytes.value, buf.length)
  TEST_int_eq(SSL_pending(clientssl), written.value - readbytes.value)
  TEST_true(SSL_has_pending(clientssl))

  free_all(serverssl, clientssl, sctx, cctx)
}

/* The client's ciphers, the server's, and those shared */
const shared_ciphers_data = [
  ['AES128-SHA:AES256-SHA', 'AES256-SHA:DHE-RSA-AES128-SHA', 'AES256-SHA'],
  [
    'AES128-SHA:ECDHE-RSA-CHACHA20-POLY1305',
    'AES128-SHA:ECDHE-RSA-CHACHA20-POLY1305',
    'AES128-SHA:ECDHE-RSA-CHACHA20-POLY1305',
  ],
  ['AES128-SHA:DHE-RSA-AES128-SHA:AES256-SHA', 'AES128-SHA:DHE-RSA-AES256-SHA:AES256-SHA', 'AES128-SHA:AES256-SHA'],
  ['AES128-SHA:AES256-SHA', 'AES128-SHA:DHE-RSA-AES128-SHA', 'AES128-SHA'],
] as const

function test_ssl_get_shared_ciphers(tst: number): void {
  const [clntciphers, srvrciphers, shared] = TEST_ptr(shared_ciphers_data[tst])
  const buf = new Uint8Array(1024)

  const { sctx, cctx } = tls_pair(TLS1_2_VERSION)

  TEST_true(SSL_CTX_set_cipher_list(cctx, clntciphers))
  TEST_true(SSL_CTX_set_cipher_list(sctx, srvrciphers))

  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  TEST_str_eq(TEST_ptr(SSL_get_shared_ciphers(serverssl, buf, buf.length)), shared)

  free_all(serverssl, clientssl, sctx, cctx)
}

const appdata = Buffer.from('Hello World')
let gen_tick_called = 0
let dec_tick_called = 0
let tick_key_cb_called = false
let tick_key_renew = 0
let tick_dec_ret: number = SSL_TICKET_RETURN_ABORT

function gen_tick_cb(s: SSL): number {
  gen_tick_called = 1
  return SSL_SESSION_set1_ticket_appdata(TEST_ptr(SSL_get_session(s)), appdata, appdata.length)
}

function dec_tick_cb(
  _s: SSL,
  ss: SSL_SESSION | null,
  _keyname: Uint8Array,
  _keyname_length: number,
  status: number,
): number {
  const tickdata: Out<Uint8Array | null> = { value: null }
  const tickdlen = { value: 0 }

  dec_tick_called = 1

  if (status === SSL_TICKET_EMPTY) return SSL_TICKET_RETURN_IGNORE_RENEW

  TEST_true(status === SSL_TICKET_SUCCESS || status === SSL_TICKET_SUCCESS_RENEW)
  TEST_true(SSL_SESSION_get0_ticket_appdata(TEST_ptr(ss), tickdata, tickdlen))
  TEST_mem_eq(tickdata.value, appdata)

  if (tick_key_cb_called) {
    /* Don't change what the ticket key callback wanted to do */
    switch (status) {
      case SSL_TICKET_NO_DECRYPT:
        return SSL_TICKET_RETURN_IGNORE_RENEW
      case SSL_TICKET_SUCCESS:
        return SSL_TICKET_RETURN_USE
      case SSL_TICKET_SUCCESS_RENEW:
        return SSL_TICKET_RETURN_USE_RENEW
      default:
        return SSL_TICKET_RETURN_ABORT
    }
  }
  return tick_dec_ret
}

const tick_aes_key = Buffer.from('0123456789abcdef')
const tick_hmac_key = Buffer.from('0123456789abcdef')

/** What both ticket key callbacks do; `mac` sets the MAC up. */
function tick_key(key_name: Uint8Array, iv: Uint8Array, ctx: EVP_CIPHER_CTX, enc: number, mac: () => number): number {
  tick_key_cb_called = true

  if (tick_key_renew === -1) return 0

  iv.fill(0, 0, 16)
  key_name.fill(0)
  const init = enc ? EVP_EncryptInit_ex : EVP_DecryptInit_ex
  if (!init(ctx, EVP_aes_128_cbc(), null, tick_aes_key, iv) || !mac()) return -1
  return tick_key_renew ? 2 : 1
}

const tick_key_cb: SSL_ticket_key_cb = (_s, key_name, iv, ctx, hctx, enc) =>
  tick_key(key_name, iv, ctx, enc, () => HMAC_Init_ex(hctx, tick_hmac_key, tick_hmac_key.length, EVP_sha256(), null))

const tick_key_evp_cb: SSL_ticket_key_evp_cb = (_s, key_name, iv, ctx, hctx, enc) =>
  tick_key(key_name, iv, ctx, enc, () => {
    const params = [OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, 'SHA256', 0), OSSL_PARAM_construct_end()]
    return EVP_MAC_init(hctx, tick_hmac_key, tick_hmac_key.length, params)
  })

/*
 * Test the various ticket callbacks
 * Test 0: TLSv1.2, no ticket key callback, no ticket, no renewal
 * Test 2: TLSv1.2, no ticket key callback, no ticket, renewal
 * Test 4: TLSv1.2, no ticket key callback, ticket, no renewal
 * Test 6: TLSv1.2, no ticket key callback, ticket, renewal
 * Test 8: TLSv1.2, old ticket key callback, ticket, no renewal
 * Test 10: TLSv1.2, old ticket key callback, ticket, renewal
 * Test 12: TLSv1.2, old ticket key callback, no ticket
 * Test 14: TLSv1.2, ticket key callback, ticket, no renewal
 * Test 16: TLSv1.2, ticket key callback, ticket, renewal
 * Test 18: TLSv1.2, ticket key callback, no ticket
 * The odd ones are TLSv1.3's
 */
function test_ticket_callbacks(half: number): void {
  const tst = 2 * half
  gen_tick_called = dec_tick_called = 0
  tick_key_cb_called = false

  /* Which tests the ticket key callback should request renewal for */
  if (tst === 10 || tst === 16) tick_key_renew = 1
  else if (tst === 12 || tst === 18) tick_key_renew = -1 /* abort sending the ticket/0-length ticket */
  else tick_key_renew = 0

  /* Which tests the decrypt ticket callback should request renewal for */
  tick_dec_ret =
    [SSL_TICKET_RETURN_IGNORE, SSL_TICKET_RETURN_IGNORE_RENEW, SSL_TICKET_RETURN_USE, SSL_TICKET_RETURN_USE_RENEW][
      half
    ] ?? SSL_TICKET_RETURN_ABORT

  const { sctx, cctx } = tls_pair(TLS1_2_VERSION)

  /*
   * We only want sessions to resume from tickets - not the session cache. So
   * switch the cache off.
   */
  TEST_true(SSL_CTX_set_session_cache_mode(sctx, SSL_SESS_CACHE_OFF))

  TEST_true(SSL_CTX_set_session_ticket_cb(sctx, gen_tick_cb, dec_tick_cb, null))

  if (tst >= 14) TEST_true(SSL_CTX_set_tlsext_ticket_key_evp_cb(sctx, tick_key_evp_cb))
  else if (tst >= 8) TEST_true(SSL_CTX_set_tlsext_ticket_key_cb(sctx, tick_key_cb))

  let { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  /*
   * The decrypt ticket key callback in TLSv1.2 should be called even though
   * we have no ticket yet, because it gets called with a status of
   * SSL_TICKET_EMPTY (the client indicates support for tickets but does not
   * actually send any ticket data).
   */
  TEST_int_eq(gen_tick_called, 1)
  TEST_int_eq(dec_tick_called, 1)

  gen_tick_called = dec_tick_called = 0

  const clntsess = SSL_get1_session(clientssl)
  shutdown_ssl_connection(serverssl, clientssl)

  /* Now do a resumption */
  ;({ serverssl, clientssl } = create_ssl_objects(sctx, cctx))
  TEST_true(SSL_set_session(clientssl, clntsess))
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  if (
    tick_dec_ret === SSL_TICKET_RETURN_IGNORE ||
    tick_dec_ret === SSL_TICKET_RETURN_IGNORE_RENEW ||
    tick_key_renew === -1
  ) {
    TEST_false(SSL_session_reused(clientssl))
  } else {
    TEST_true(SSL_session_reused(clientssl))
  }

  const renewed =
    tick_key_renew !== 0 ||
    tick_dec_ret === SSL_TICKET_RETURN_IGNORE_RENEW ||
    tick_dec_ret === SSL_TICKET_RETURN_USE_RENEW
  TEST_int_eq(gen_tick_called, renewed ? 1 : 0)
  TEST_int_eq(dec_tick_called, 1)

  free_all(clntsess, serverssl, clientssl, sctx, cctx)
}

/*
 * Test incorrect shutdown.
 * Test 0: client does not shutdown properly,
 *         server does not set SSL_OP_IGNORE_UNEXPECTED_EOF,
 *         server should get SSL_ERROR_SSL
 * Test 1: client does not shutdown properly,
 *         server sets SSL_OP_IGNORE_UNEXPECTED_EOF,
 *         server should get SSL_ERROR_ZERO_RETURN
 */
function test_incorrect_shutdown(tst: number): void {
  const buf = new Uint8Array(80)

  const { sctx, cctx } = create_ssl_ctx_pair(TLS_server_method(), TLS_client_method(), 0, 0, cert, privkey)

  if (tst === 1) SSL_CTX_set_options(sctx, SSL_OP_IGNORE_UNEXPECTED_EOF)

  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  const c2s = TEST_ptr(SSL_get_rbio(serverssl))
  BIO_set_mem_eof_return(c2s, 0)

  TEST_false(SSL_read(serverssl, buf, buf.length))

  TEST_int_eq(SSL_get_error(serverssl, 0), tst === 0 ? SSL_ERROR_SSL : SSL_ERROR_ZERO_RETURN)

  free_all(serverssl, clientssl, sctx, cctx)
}

/*
 * Test bi-directional shutdown: C's test 0, TLSv1.2. Its others are TLSv1.3's (its test 1 does what test 0 does).
 */
function test_shutdown(): void {
  const msg = Buffer.from('A test message\0')
  const written = { value: 0 }

  const { sctx, cctx } = tls_pair(TLS1_2_VERSION)
  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))
  TEST_true(SSL_SESSION_is_resumable(TEST_ptr(SSL_get_session(clientssl))))

  TEST_int_eq(SSL_shutdown(clientssl), 0)

  /* Writing on the client after sending close_notify shouldn't be possible */
  TEST_false(SSL_write_ex(clientssl, msg, msg.length, written))

  /*
   * For these tests the client has sent close_notify but it has not yet
   * been received by the server. The server has not sent close_notify
   * yet.
   */
  TEST_int_eq(SSL_shutdown(serverssl), 0)
  /*
   * Writing on the server after sending close_notify shouldn't
   * be possible.
   */
  TEST_false(SSL_write_ex(serverssl, msg, msg.length, written))
  TEST_int_eq(SSL_shutdown(clientssl), 1)
  TEST_true(SSL_SESSION_is_resumable(TEST_ptr(SSL_get_session(clientssl))))
  TEST_int_eq(SSL_shutdown(serverssl), 1)

  free_all(serverssl, clientssl, sctx, cctx)
}

let cert_cb_cnt = 0

function cert_cb(s: SSL, arg: unknown): number {
  if (cert_cb_cnt === 0) {
    /* Suspend the handshake */
    cert_cb_cnt++
    return -1
  }
  if (cert_cb_cnt === 1) {
    /*
     * Update the SSL_CTX, set the certificate and private key and then
     * continue the handshake normally.
     */
    if (arg instanceof SSL_CTX) TEST_ptr(SSL_set_SSL_CTX(s, arg))

    TEST_true(SSL_use_certificate_file(s, cert, SSL_FILETYPE_PEM))
    TEST_true(SSL_use_PrivateKey_file(s, privkey, SSL_FILETYPE_PEM))
    TEST_true(SSL_check_private_key(s))
    cert_cb_cnt++
    return 1
  }
  if (cert_cb_cnt === 3) {
    const chain = TEST_ptr(sk_X509_new_null())
    const rootx = load_cert_pem(test_mk_file_path('rootcert.pem'))
    TEST_true(sk_X509_push(chain, rootx))
    const x509 = load_cert_pem(cert2)
    const key_bio = TEST_ptr(BIO_new_file(privkey2, 'r'))
    const pkey = TEST_ptr(PEM_read_bio_PrivateKey(key_bio, null, null, null))
    BIO_free(key_bio)
    const rv = SSL_check_chain(s, x509, pkey, chain)
    /*
     * If the cert doesn't show as valid here (e.g., because we don't
     * have any shared sigalgs), then we will not set it, and there will
     * be no certificate at all on the SSL or SSL_CTX.  This, in turn,
     * will cause tls_choose_sigalgs() to fail the connection.
     */
    const wanted = CERT_PKEY_VALID | CERT_PKEY_CA_SIGNATURE
    if ((rv & wanted) === wanted && !SSL_use_cert_and_key(s, x509, pkey, null, 1)) return 0
    EVP_PKEY_free(pkey)
    X509_free(x509)
    sk_X509_pop_free(chain, X509_free)
    return 1
  }
  /* Abort the handshake */
  return 0
}

/*
 * Test the certificate callback.
 * Test 0: Callback fails
 * Test 1: Success - no SSL_set_SSL_CTX() in the callback
 * Test 2: Success - SSL_set_SSL_CTX() in the callback
 * Test 3: Success - Call SSL_check_chain from the callback
 * Test 4: Failure - SSL_check_chain fails from callback due to bad cert in the
 *                   chain
 * Test 5: Failure - SSL_check_chain fails from callback due to bad ee cert
 */
function test_cert_cb(tst: number): void {
  const { sctx, cctx } = create_ssl_ctx_pair(
    TLS_server_method(),
    TLS_client_method(),
    TLS1_VERSION,
    TLS1_2_VERSION,
    null,
    null,
  )

  if (tst === 0) cert_cb_cnt = -1
  else if (tst >= 3) cert_cb_cnt = 3
  else cert_cb_cnt = 0

  const snictx = tst === 2 ? TEST_ptr(SSL_CTX_new_ex(null, null, TLS_server_method())) : null

  SSL_CTX_set_cert_cb(sctx, cert_cb, snictx)

  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)

  if (tst === 4) {
    /*
     * We cause SSL_check_chain() to fail by specifying sig_algs that
     * the chain doesn't meet (the root uses an RSA cert)
     */
    TEST_true(SSL_set1_sigalgs_list(clientssl, 'ecdsa_secp256r1_sha256'))
  } else if (tst === 5) {
    /*
     * We cause SSL_check_chain() to fail by specifying sig_algs that
     * the ee cert doesn't meet (the ee uses an ECDSA cert)
     */
    TEST_true(SSL_set1_sigalgs_list(clientssl, 'rsa_pss_rsae_sha256:rsa_pkcs1_sha256'))
  }

  const ret = create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE)
  TEST_int_eq(ret, tst === 0 || tst === 4 || tst === 5 ? 0 : 1)
  if (tst > 0) TEST_int_eq((cert_cb_cnt - 2) * (cert_cb_cnt - 3), 0)

  free_all(serverssl, clientssl, sctx, cctx, snictx)
}

function client_cert_cb(ssl: SSL, x509: Out<X509 | null>, pkey: Out<EVP_PKEY | null>): number {
  /* Check that SSL_get0_peer_certificate() returns something sensible */
  TEST_ptr(SSL_get0_peer_certificate(ssl))

  const priv_in = TEST_ptr(BIO_new_file(privkey, 'r'))
  x509.value = load_cert_pem(cert)
  pkey.value = TEST_ptr(PEM_read_bio_PrivateKey(priv_in, null, null, null))
  BIO_free(priv_in)
  return 1
}

function test_client_cert_cb(): void {
  const { sctx, cctx } = tls_pair(TLS1_2_VERSION)

  /*
   * Test that setting a client_cert_cb results in a client certificate being
   * sent.
   */
  SSL_CTX_set_client_cert_cb(cctx, client_cert_cb)
  SSL_CTX_set_verify(sctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, () => 1)

  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  free_all(serverssl, clientssl, sctx, cctx)
}

/*
 * Test setting certificate authorities on both client and server.
 *
 * Test 0: SSL_CTX_set0_CA_list() only
 * Test 1: Both SSL_CTX_set0_CA_list() and SSL_CTX_set_client_CA_list()
 * Test 2: Only SSL_CTX_set_client_CA_list()
 */
function test_ca_names(tst: number): void {
  const name = ['Jack', 'Jill', 'John', 'Joanne'].map(text => {
    const made = TEST_ptr(X509_NAME_new())
    TEST_true(X509_NAME_add_entry_by_txt(made, 'CN', MBSTRING_ASC, Buffer.from(text), -1, -1, 0))
    return made
  })
  const list = (from: number): X509_NAME[] => {
    const sk = TEST_ptr(sk_X509_NAME_new_null())
    for (const one of name.slice(from, from + 2)) TEST_true(sk_X509_NAME_push(sk, TEST_ptr(X509_NAME_dup(one))))
    return sk
  }

  const { sctx, cctx } = tls_pair(TLS1_2_VERSION)

  SSL_CTX_set_verify(sctx, SSL_VERIFY_PEER, null)

  if (tst === 0 || tst === 1) {
    SSL_CTX_set0_CA_list(sctx, list(0))
    SSL_CTX_set0_CA_list(cctx, list(0))
  }
  if (tst === 1 || tst === 2) {
    SSL_CTX_set_client_CA_list(sctx, list(2))
    SSL_CTX_set_client_CA_list(cctx, list(2))
  }

  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  /*
   * We only expect certificate authorities to have been sent to the server
   * if we are using TLSv1.3 and SSL_set0_CA_list() was used
   */
  TEST_ptr_null(SSL_get0_peer_CA_list(serverssl))

  /*
   * In all tests we expect certificate authorities to have been sent to the
   * client. However, SSL_set_client_CA_list() should override
   * SSL_set0_CA_list()
   */
  const sktmp = TEST_ptr(SSL_get0_peer_CA_list(clientssl))
  TEST_int_eq(sk_X509_NAME_num(sktmp), 2)
  const first = tst === 0 ? 0 : 2
  TEST_int_eq(X509_NAME_cmp(TEST_ptr(sk_X509_NAME_value(sktmp, 0)), TEST_ptr(name[first])), 0)
  TEST_int_eq(X509_NAME_cmp(TEST_ptr(sk_X509_NAME_value(sktmp, 1)), TEST_ptr(name[first + 1])), 0)

  free_all(serverssl, clientssl, sctx, cctx)
}

const multiblock_cipherlist_data = ['AES128-SHA', 'AES128-SHA256', 'AES256-SHA', 'AES256-SHA256']

/* Reduce the fragment size - so the multiblock test buffer can be small */
const MULTIBLOCK_FRAGSIZE = 512

function test_multiblock_write(test_index: number): void {
  const cipherlist = TEST_ptr(multiblock_cipherlist_data[test_index])
  /*
   * Choose a buffer large enough to perform a multi-block operation
   * i.e: write_len >= 4 * frag_size
   * 9 * is chosen so that multiple multiblocks are used + some leftover.
   * C fills it with random bytes.
   */
  const msg = Uint8Array.from({ length: MULTIBLOCK_FRAGSIZE * 9 }, (_, i) => (i * 7 + (i >> 8)) & 0xff)
  const buf = new Uint8Array(msg.length)
  const written = { value: 0 }
  const readbytes = { value: 0 }

  const { sctx, cctx } = tls_pair(TLS1_2_VERSION) /* Don't select TLS1_3 */

  TEST_true(SSL_CTX_set_max_send_fragment(sctx, MULTIBLOCK_FRAGSIZE))

  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)

  /* settings to force it to use AES-CBC-HMAC_SHA */
  SSL_set_options(serverssl, SSL_OP_NO_ENCRYPT_THEN_MAC)
  TEST_true(SSL_CTX_set_cipher_list(cctx, cipherlist))

  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  TEST_true(SSL_write_ex(serverssl, msg, msg.length, written))
  TEST_int_eq(written.value, msg.length)

  for (let at = 0; at < written.value; at += readbytes.value) {
    TEST_true(SSL_read_ex(clientssl, buf.subarray(at), Math.min(MULTIBLOCK_FRAGSIZE, buf.length - at), readbytes))
  }
  TEST_mem_eq(msg, buf)

  free_all(serverssl, clientssl, sctx, cctx)
}

ADD_ALL_TESTS(test_info_callback, 2)
ADD_ALL_TESTS(test_ssl_pending, 2)
ADD_ALL_TESTS(test_ssl_get_shared_ciphers, shared_ciphers_data.length)
ADD_ALL_TESTS(test_ticket_callbacks, 10)
ADD_TEST(test_shutdown)
ADD_ALL_TESTS(test_incorrect_shutdown, 2)
ADD_ALL_TESTS(test_cert_cb, 6)
ADD_TEST(test_client_cert_cb)
ADD_ALL_TESTS(test_ca_names, 3)
ADD_ALL_TESTS(test_multiblock_write, multiblock_cipherlist_data.length)
