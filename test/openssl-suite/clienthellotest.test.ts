// Ported from OpenSSL 3.0's test/clienthellotest.c, Apache-2.0.
import {
  BIO_get_mem_data,
  BIO_new,
  BIO_s_mem,
  type Out,
  SSL_CTX_clear_options,
  SSL_CTX_free,
  SSL_CTX_new,
  SSL_CTX_set_alpn_protos,
  SSL_CTX_set_cipher_list,
  SSL_CTX_set_ciphersuites,
  SSL_CTX_set_max_proto_version,
  SSL_CTX_set_options,
  SSL_connect,
  SSL_free,
  SSL_new,
  SSL_OP_ENABLE_MIDDLEBOX_COMPAT,
  SSL_OP_TLSEXT_PADDING,
  SSL_set_bio,
  SSL_set_connect_state,
  SSL_set_session_ticket_ext,
  SSL3_HM_HEADER_LENGTH,
  SSL3_RANDOM_SIZE,
  SSL3_RT_HEADER_LENGTH,
  TLS_method,
  TLS1_2_VERSION,
  TLSEXT_TYPE_padding,
  TLSEXT_TYPE_session_ticket,
} from '../../lib/index.ts'
import { PACKET } from './packet.ts'
import { ADD_ALL_TESTS, TEST_false, TEST_int_eq, TEST_int_le, TEST_mem_eq, TEST_ptr, TEST_true } from './testutil.ts'

const CLIENT_VERSION_LEN = 2

/* A fourth, TEST_ADD_PADDING_AND_PSK, is TLSv1.3's */
const TOTAL_NUM_TESTS = 3

/*
 * Test that explicitly setting ticket data results in it appearing in the
 * ClientHello for a negotiated SSL/TLS version
 */
const TEST_SET_SESSION_TICK_DATA_VER_NEG = 0
/* Enable padding and make sure ClientHello is long enough to require it */
const TEST_ADD_PADDING = 1
/* Enable padding and make sure ClientHello is short enough to not need it */
const TEST_PADDING_NOT_NEEDED = 2

const F5_WORKAROUND_MAX_MSG_LEN = 0x200

/* Dummy ALPN protocols used to pad out the size of the ClientHello */
const alpn_prots = Buffer.from(`O${'1234567890'.repeat(7)}123456789`.repeat(2))

function test_client_hello(currtest: number): void {
  const dummytick = Buffer.from('Hello World!')
  let found = false

  /*
   * For each test set up an SSL_CTX and SSL and see what ClientHello gets
   * produced when we try to connect
   */
  const ctx = TEST_ptr(SSL_CTX_new(TLS_method()))
  TEST_true(SSL_CTX_set_max_proto_version(ctx, 0))

  switch (currtest) {
    case TEST_SET_SESSION_TICK_DATA_VER_NEG:
      /* Testing for session tickets <= TLS1.2; not relevant for 1.3 */
      TEST_true(SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION))
      break

    default:
      SSL_CTX_set_options(ctx, SSL_OP_TLSEXT_PADDING)
      /* Make sure we get a consistent size across TLS versions */
      SSL_CTX_clear_options(ctx, SSL_OP_ENABLE_MIDDLEBOX_COMPAT)
      /*
       * Add some dummy ALPN protocols so that the ClientHello is at least
       * F5_WORKAROUND_MIN_MSG_LEN bytes long - meaning padding will be
       * needed.
       */
      if (currtest === TEST_ADD_PADDING) {
        TEST_false(SSL_CTX_set_alpn_protos(ctx, alpn_prots, alpn_prots.length))
        /*
         * Otherwise we need to make sure we have a small enough message to
         * not need padding.
         */
      } else {
        TEST_true(SSL_CTX_set_cipher_list(ctx, 'AES128-SHA'))
        TEST_true(SSL_CTX_set_ciphersuites(ctx, 'TLS_AES_128_GCM_SHA256'))
      }
  }

  const con = TEST_ptr(SSL_new(ctx))

  const rbio = TEST_ptr(BIO_new(BIO_s_mem()))
  const wbio = TEST_ptr(BIO_new(BIO_s_mem()))

  SSL_set_bio(con, rbio, wbio)
  SSL_set_connect_state(con)

  if (currtest === TEST_SET_SESSION_TICK_DATA_VER_NEG) {
    TEST_true(SSL_set_session_ticket_ext(con, dummytick, dummytick.length))
  }

  /* This shouldn't succeed because we don't have a server! */
  TEST_int_le(SSL_connect(con), 0)

  const data: Out<Uint8Array> = { value: new Uint8Array(0) }
  const len = BIO_get_mem_data(wbio, data)
  const pkt = new PACKET(data.value.subarray(0, len))
  /* Skip the record header */
  pkt.forward(SSL3_RT_HEADER_LENGTH)

  const msglen = pkt.remaining

  /* Skip the handshake message header */
  pkt.forward(SSL3_HM_HEADER_LENGTH)
  /* Skip client version and random */
  pkt.forward(CLIENT_VERSION_LEN + SSL3_RANDOM_SIZE)
  /* Skip session id */
  pkt.get_length_prefixed_1()
  /* Skip ciphers */
  pkt.get_length_prefixed_2()
  /* Skip compression */
  pkt.get_length_prefixed_1()
  /* Extensions len */
  const pkt2 = pkt.as_length_prefixed_2()

  /* Loop through all extensions */
  while (pkt2.remaining > 0) {
    const type = pkt2.get_net_2()
    const pkt3 = pkt2.get_length_prefixed_2()

    if (type === TLSEXT_TYPE_session_ticket && currtest === TEST_SET_SESSION_TICK_DATA_VER_NEG) {
      /* Ticket data is as we expected */
      TEST_mem_eq(pkt3.data, dummytick)
      found = true
    }
    if (type === TLSEXT_TYPE_padding) {
      TEST_int_eq(currtest, TEST_ADD_PADDING)
      TEST_int_eq(msglen, F5_WORKAROUND_MAX_MSG_LEN)
      found = true
    }
  }

  TEST_true(found === (currtest !== TEST_PADDING_NOT_NEEDED))

  SSL_free(con)
  SSL_CTX_free(ctx)
}

ADD_ALL_TESTS(test_client_hello, TOTAL_NUM_TESTS)
