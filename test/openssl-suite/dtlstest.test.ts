// Ported from OpenSSL 3.0's test/dtlstest.c, Apache-2.0.
import {
  type BIO,
  BIO_ctrl,
  BIO_new,
  BIO_next,
  BIO_s_mem,
  BIO_write,
  DTLS_client_method,
  DTLS_server_method,
  DTLS_set_timer_cb,
  DTLS1_2_VERSION,
  DTLS1_HM_HEADER_LENGTH,
  DTLS1_VERSION,
  ERR_GET_REASON,
  ERR_get_error,
  type Out,
  type SSL,
  SSL_accept,
  SSL_CTX_free,
  SSL_CTX_set_cipher_list,
  SSL_CTX_set_cookie_generate_cb,
  SSL_CTX_set_cookie_verify_cb,
  SSL_CTX_set_dh_auto,
  SSL_CTX_set_options,
  SSL_connect,
  SSL_ERROR_NONE,
  SSL_ERROR_SSL,
  SSL_free,
  SSL_get_error,
  SSL_get_wbio,
  SSL_get1_session,
  SSL_has_pending,
  SSL_new,
  SSL_OP_COOKIE_EXCHANGE,
  SSL_OP_NO_QUERY_MTU,
  SSL_pending,
  SSL_R_UNEXPECTED_MESSAGE,
  SSL_read,
  type SSL_SESSION,
  SSL_SESSION_free,
  SSL_session_reused,
  SSL_set_mtu,
  SSL_set_options,
  SSL_set_session,
  SSL_set0_rbio,
  SSL_set0_wbio,
  SSL_shutdown,
  SSL_write,
  SSL3_MT_CERTIFICATE_STATUS,
  SSL3_MT_FINISHED,
  SSL3_RT_HANDSHAKE,
} from '../../lib/index.ts'
import {
  bio_f_tls_dump_filter,
  create_bare_ssl_connection,
  create_ssl_connection,
  create_ssl_ctx_pair,
  create_ssl_objects,
  INJECT_PACKET_IGNORE_REC_SEQ,
  MEMPACKET_CTRL_GET_DROP_REC,
  MEMPACKET_CTRL_SET_DROP_EPOCH,
  MEMPACKET_CTRL_SET_DROP_REC,
  MEMPACKET_CTRL_SET_DUPLICATE_REC,
  mempacket_move_packet,
  mempacket_swap_epoch,
  mempacket_test_inject,
} from './ssltestlib.ts'
import {
  ADD_ALL_TESTS,
  ADD_TEST,
  TEST_false,
  TEST_int_eq,
  TEST_int_gt,
  TEST_int_le,
  TEST_mem_eq,
  TEST_ptr,
  TEST_true,
  test_mk_file_path,
} from './testutil.ts'

const cert = test_mk_file_path('servercert.pem')
const privkey = test_mk_file_path('serverkey.pem')
let timer_cb_count = 0

const NUM_TESTS = 2
const SHA_DIGEST_LENGTH = 20

const DUMMY_CERT_STATUS_LEN = 12

// biome-ignore format: as in C
const certstatus = Uint8Array.of(
  SSL3_RT_HANDSHAKE, /* Content type */
  0xfe, 0xfd, /* Record version */
  0, 1, /* Epoch */
  0, 0, 0, 0, 0, 0x0f, /* Record sequence number */
  0, DTLS1_HM_HEADER_LENGTH + DUMMY_CERT_STATUS_LEN - 2,
  SSL3_MT_CERTIFICATE_STATUS, /* Cert Status handshake message type */
  0, 0, DUMMY_CERT_STATUS_LEN, /* Message len */
  0, 5, /* Message sequence */
  0, 0, 0, /* Fragment offset */
  0, 0, DUMMY_CERT_STATUS_LEN - 2, /* Fragment len */
  0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, /* Dummy data */
)

const RECORD_SEQUENCE = 10

const dummy_cookie = Buffer.from('0123456\0')

function generate_cookie_cb(_ssl: SSL, cookie: Uint8Array, cookie_len: Out<number>): number {
  cookie.set(dummy_cookie)
  cookie_len.value = dummy_cookie.length
  return 1
}

function verify_cookie_cb(_ssl: SSL, cookie: Uint8Array, cookie_len: number): number {
  TEST_mem_eq(cookie.subarray(0, cookie_len), dummy_cookie)
  return 1
}

function timer_cb(_s: SSL, timer_us: number): number {
  ++timer_cb_count
  if (timer_us === 0) return 50000
  return 2 * timer_us
}

function test_dtls_unprocessed(testidx: number): void {
  timer_cb_count = 0

  const { sctx, cctx } = create_ssl_ctx_pair(
    DTLS_server_method(),
    DTLS_client_method(),
    DTLS1_VERSION,
    0,
    cert,
    privkey,
  )
  TEST_true(SSL_CTX_set_cipher_list(cctx, 'AES128-SHA'))

  const c_to_s_fbio = TEST_ptr(BIO_new(bio_f_tls_dump_filter()))
  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx, null, c_to_s_fbio)

  DTLS_set_timer_cb(clientssl, timer_cb)

  if (testidx === 1) certstatus[RECORD_SEQUENCE] = 0xff

  /*
   * Inject a dummy record from the next epoch. In test 0, this should never
   * get used because the message sequence number is too big. In test 1 we set
   * the record sequence number to be way off in the future.
   */
  const c_to_s_mempacket = TEST_ptr(BIO_next(TEST_ptr(SSL_get_wbio(clientssl))))
  TEST_int_gt(mempacket_test_inject(c_to_s_mempacket, certstatus, 1, INJECT_PACKET_IGNORE_REC_SEQ), 0)

  /*
   * Create the connection. We use "create_bare_ssl_connection" here so that
   * we can force the connection to not do "SSL_read" once partly connected.
   * We don't want to accidentally read the dummy records we injected because
   * they will fail to decrypt.
   */
  TEST_true(create_bare_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE, false))
  TEST_int_gt(timer_cb_count, 0)

  SSL_free(serverssl)
  SSL_free(clientssl)
  SSL_CTX_free(sctx)
  SSL_CTX_free(cctx)
}

/* One record for the cookieless initial ClientHello */
const CLI_TO_SRV_COOKIE_EXCH = 1

/*
 * In a resumption handshake we use 2 records for the initial ClientHello in
 * this test because we are using a very small MTU and the ClientHello is
 * bigger than in the non resumption case.
 */
const CLI_TO_SRV_RESUME_COOKIE_EXCH = 2
const SRV_TO_CLI_COOKIE_EXCH = 1

const CLI_TO_SRV_EPOCH_0_RECS = 3
const CLI_TO_SRV_EPOCH_1_RECS = 1
const SRV_TO_CLI_EPOCH_0_RECS = 10
const SRV_TO_CLI_EPOCH_1_RECS = 1
const TOTAL_FULL_HAND_RECORDS =
  CLI_TO_SRV_COOKIE_EXCH +
  SRV_TO_CLI_COOKIE_EXCH +
  CLI_TO_SRV_EPOCH_0_RECS +
  CLI_TO_SRV_EPOCH_1_RECS +
  SRV_TO_CLI_EPOCH_0_RECS +
  SRV_TO_CLI_EPOCH_1_RECS

const CLI_TO_SRV_RESUME_EPOCH_0_RECS = 3
const CLI_TO_SRV_RESUME_EPOCH_1_RECS = 1
const SRV_TO_CLI_RESUME_EPOCH_0_RECS = 2
const SRV_TO_CLI_RESUME_EPOCH_1_RECS = 1
const TOTAL_RESUME_HAND_RECORDS =
  CLI_TO_SRV_RESUME_COOKIE_EXCH +
  SRV_TO_CLI_COOKIE_EXCH +
  CLI_TO_SRV_RESUME_EPOCH_0_RECS +
  CLI_TO_SRV_RESUME_EPOCH_1_RECS +
  SRV_TO_CLI_RESUME_EPOCH_0_RECS +
  SRV_TO_CLI_RESUME_EPOCH_1_RECS

const TOTAL_RECORDS = TOTAL_FULL_HAND_RECORDS + TOTAL_RESUME_HAND_RECORDS

/* What libssl takes for the MTU of this BIO, and the counts above are made for */
function set_small_mtu(ssl: SSL): void {
  SSL_set_options(ssl, SSL_OP_NO_QUERY_MTU)
  TEST_true(SSL_set_mtu(ssl, 256))
}

function test_dtls_drop_records(idx: number): void {
  let epoch = 0
  let sess: SSL_SESSION | null = null
  let cli_to_srv_cookie = CLI_TO_SRV_COOKIE_EXCH
  let cli_to_srv_epoch0 = CLI_TO_SRV_EPOCH_0_RECS
  let cli_to_srv_epoch1 = CLI_TO_SRV_EPOCH_1_RECS
  let srv_to_cli_epoch0 = SRV_TO_CLI_EPOCH_0_RECS
  let mempackbio: BIO

  const { sctx, cctx } = create_ssl_ctx_pair(
    DTLS_server_method(),
    DTLS_client_method(),
    DTLS1_VERSION,
    0,
    cert,
    privkey,
  )
  TEST_true(SSL_CTX_set_dh_auto(sctx, 1))

  SSL_CTX_set_options(sctx, SSL_OP_COOKIE_EXCHANGE)
  SSL_CTX_set_cookie_generate_cb(sctx, generate_cookie_cb)
  SSL_CTX_set_cookie_verify_cb(sctx, verify_cookie_cb)

  if (idx >= TOTAL_FULL_HAND_RECORDS) {
    /* We're going to do a resumption handshake. Get a session first. */
    const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
    TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))
    sess = TEST_ptr(SSL_get1_session(clientssl))

    SSL_shutdown(clientssl)
    SSL_shutdown(serverssl)
    SSL_free(serverssl)
    SSL_free(clientssl)

    cli_to_srv_epoch0 = CLI_TO_SRV_RESUME_EPOCH_0_RECS
    cli_to_srv_epoch1 = CLI_TO_SRV_RESUME_EPOCH_1_RECS
    srv_to_cli_epoch0 = SRV_TO_CLI_RESUME_EPOCH_0_RECS
    cli_to_srv_cookie = CLI_TO_SRV_RESUME_COOKIE_EXCH
    idx -= TOTAL_FULL_HAND_RECORDS
  }

  const c_to_s_fbio = TEST_ptr(BIO_new(bio_f_tls_dump_filter()))
  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx, null, c_to_s_fbio)
  set_small_mtu(serverssl)
  set_small_mtu(clientssl)

  if (sess !== null) TEST_true(SSL_set_session(clientssl, sess))

  DTLS_set_timer_cb(clientssl, timer_cb)
  DTLS_set_timer_cb(serverssl, timer_cb)

  /* Work out which record to drop based on the test number */
  if (idx >= cli_to_srv_cookie + cli_to_srv_epoch0 + cli_to_srv_epoch1) {
    mempackbio = TEST_ptr(SSL_get_wbio(serverssl))
    idx -= cli_to_srv_cookie + cli_to_srv_epoch0 + cli_to_srv_epoch1
    if (idx >= SRV_TO_CLI_COOKIE_EXCH + srv_to_cli_epoch0) {
      epoch = 1
      idx -= SRV_TO_CLI_COOKIE_EXCH + srv_to_cli_epoch0
    }
  } else {
    mempackbio = TEST_ptr(SSL_get_wbio(clientssl))
    if (idx >= cli_to_srv_cookie + cli_to_srv_epoch0) {
      epoch = 1
      idx -= cli_to_srv_cookie + cli_to_srv_epoch0
    }
    mempackbio = TEST_ptr(BIO_next(mempackbio))
  }
  BIO_ctrl(mempackbio, MEMPACKET_CTRL_SET_DROP_EPOCH, epoch, null)
  BIO_ctrl(mempackbio, MEMPACKET_CTRL_SET_DROP_REC, idx, null)

  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  if (sess !== null) TEST_true(SSL_session_reused(clientssl))

  /* If the test did what we planned then it should have dropped a record */
  TEST_int_eq(BIO_ctrl(mempackbio, MEMPACKET_CTRL_GET_DROP_REC, 0, null), -1)

  SSL_SESSION_free(sess)
  SSL_free(serverssl)
  SSL_free(clientssl)
  SSL_CTX_free(sctx)
  SSL_CTX_free(cctx)
}

function test_cookie(): void {
  const { sctx, cctx } = create_ssl_ctx_pair(
    DTLS_server_method(),
    DTLS_client_method(),
    DTLS1_VERSION,
    0,
    cert,
    privkey,
  )

  SSL_CTX_set_options(sctx, SSL_OP_COOKIE_EXCHANGE)
  SSL_CTX_set_cookie_generate_cb(sctx, generate_cookie_cb)
  SSL_CTX_set_cookie_verify_cb(sctx, verify_cookie_cb)

  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  SSL_free(serverssl)
  SSL_free(clientssl)
  SSL_CTX_free(sctx)
  SSL_CTX_free(cctx)
}

function test_dtls_duplicate_records(): void {
  const { sctx, cctx } = create_ssl_ctx_pair(
    DTLS_server_method(),
    DTLS_client_method(),
    DTLS1_VERSION,
    0,
    cert,
    privkey,
  )
  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)

  DTLS_set_timer_cb(clientssl, timer_cb)
  DTLS_set_timer_cb(serverssl, timer_cb)

  BIO_ctrl(TEST_ptr(SSL_get_wbio(clientssl)), MEMPACKET_CTRL_SET_DUPLICATE_REC, 1, null)
  BIO_ctrl(TEST_ptr(SSL_get_wbio(serverssl)), MEMPACKET_CTRL_SET_DUPLICATE_REC, 1, null)

  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  SSL_free(serverssl)
  SSL_free(clientssl)
  SSL_CTX_free(sctx)
  SSL_CTX_free(cctx)
}

/*
 * Test just sending a Finished message as the first message. Should fail due
 * to an unexpected message.
 */
function test_just_finished(): void {
  // biome-ignore format: as in C
  const buf = Uint8Array.of(
    /* Record header */
    SSL3_RT_HANDSHAKE, /* content type */
    (DTLS1_2_VERSION >> 8) & 0xff, /* protocol version hi byte */
    DTLS1_2_VERSION & 0xff, /* protocol version lo byte */
    0, 0, /* epoch */
    0, 0, 0, 0, 0, 0, /* record sequence */
    0, DTLS1_HM_HEADER_LENGTH + SHA_DIGEST_LENGTH, /* record length */

    /* Message header */
    SSL3_MT_FINISHED, /* message type */
    0, 0, SHA_DIGEST_LENGTH, /* message length */
    0, 0, /* message sequence */
    0, 0, 0, /* fragment offset */
    0, 0, SHA_DIGEST_LENGTH, /* fragment length */

    /* Message body */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  )

  const { sctx, cctx } = create_ssl_ctx_pair(DTLS_server_method(), DTLS_client_method(), 0, 0, cert, privkey)

  const serverssl = TEST_ptr(SSL_new(sctx))
  const rbio = TEST_ptr(BIO_new(BIO_s_mem()))
  const wbio = TEST_ptr(BIO_new(BIO_s_mem()))

  SSL_set0_rbio(serverssl, rbio)
  SSL_set0_wbio(serverssl, wbio)
  DTLS_set_timer_cb(serverssl, timer_cb)

  TEST_int_eq(BIO_write(rbio, buf, buf.length), buf.length)

  /* We expect the attempt to process the message to fail */
  const ret = SSL_accept(serverssl)
  TEST_int_le(ret, 0)

  /* Check that we got the error we were expecting */
  TEST_int_eq(SSL_get_error(serverssl, ret), SSL_ERROR_SSL)
  TEST_int_eq(ERR_GET_REASON(ERR_get_error()), SSL_R_UNEXPECTED_MESSAGE)

  SSL_free(serverssl)
  SSL_CTX_free(sctx)
  SSL_CTX_free(cctx)
}

/*
 * Test that swapping later records before Finished or CCS still works
 * Test 0: Test receiving a handshake record early from next epoch on server side
 * Test 1: Test receiving a handshake record early from next epoch on client side
 * Test 2: Test receiving an app data record early from next epoch on client side
 * Test 3: Test receiving an app data before Finished on client side
 */
function test_swap_records(idx: number): void {
  const msg = Uint8Array.of(0x00, 0x01, 0x02, 0x03)
  const buf = new Uint8Array(10)

  const { sctx, cctx } = create_ssl_ctx_pair(
    DTLS_server_method(),
    DTLS_client_method(),
    DTLS1_VERSION,
    0,
    cert,
    privkey,
  )
  TEST_true(SSL_CTX_set_cipher_list(cctx, 'AES128-SHA'))

  const { serverssl: sssl, clientssl: cssl } = create_ssl_objects(sctx, cctx)
  /* So that ticket, CCS and Finished are not one datagram */
  set_small_mtu(sssl)

  /* Send flight 1: ClientHello */
  TEST_int_le(SSL_connect(cssl), 0)

  /* Recv flight 1, send flight 2: ServerHello, Certificate, ServerHelloDone */
  TEST_int_le(SSL_accept(sssl), 0)

  /* Recv flight 2, send flight 3: ClientKeyExchange, CCS, Finished */
  TEST_int_le(SSL_connect(cssl), 0)

  if (idx === 0) {
    /* Swap Finished and CCS within the datagram */
    TEST_true(mempacket_swap_epoch(TEST_ptr(SSL_get_wbio(cssl))))
  }

  /* Recv flight 3, send flight 4: datagram 0(NST, CCS) datagram 1(Finished) */
  TEST_int_gt(SSL_accept(sssl), 0)

  /* Send flight 4 (cont'd): datagram 2(app data) */
  TEST_int_eq(SSL_write(sssl, msg, msg.length), msg.length)

  const bio = TEST_ptr(SSL_get_wbio(sssl))
  if (idx === 1) {
    /* Finished comes before NST/CCS */
    TEST_true(mempacket_move_packet(bio, 0, 1))
  } else if (idx === 2) {
    /* App data comes before NST/CCS */
    TEST_true(mempacket_move_packet(bio, 0, 2))
  } else if (idx === 3) {
    /* App data comes before Finished */
    TEST_true(mempacket_move_packet(bio, 1, 2))
  }

  /*
   * Recv flight 4 (datagram 1): NST, CCS, + flight 5: app data
   *      + flight 4 (datagram 2): Finished
   */
  TEST_int_gt(SSL_connect(cssl), 0)

  if (idx === 0 || idx === 1) {
    /* App data was not received early, so it should not be pending */
    TEST_int_eq(SSL_pending(cssl), 0)
    TEST_false(SSL_has_pending(cssl))
  } else {
    /* We received the app data early so it should be buffered already */
    TEST_int_eq(SSL_pending(cssl), msg.length)
    TEST_true(SSL_has_pending(cssl))
  }

  /*
   * Recv flight 5 (app data)
   */
  TEST_int_eq(SSL_read(cssl, buf, buf.length), msg.length)

  SSL_free(cssl)
  SSL_free(sssl)
  SSL_CTX_free(cctx)
  SSL_CTX_free(sctx)
}

ADD_ALL_TESTS(test_dtls_unprocessed, NUM_TESTS)
ADD_ALL_TESTS(test_dtls_drop_records, TOTAL_RECORDS)
ADD_TEST(test_cookie)
ADD_TEST(test_dtls_duplicate_records)
ADD_TEST(test_just_finished)
ADD_ALL_TESTS(test_swap_records, 4)
