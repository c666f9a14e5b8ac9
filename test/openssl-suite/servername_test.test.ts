// Ported from OpenSSL 3.0's test/servername_test.c, Apache-2.0.
import {
  type BIO,
  BIO_get_mem_data,
  BIO_new,
  BIO_s_mem,
  type Out,
  SSL_CTX_free,
  SSL_CTX_new,
  SSL_CTX_set_max_proto_version,
  SSL_connect,
  SSL_ERROR_NONE,
  SSL_free,
  SSL_get_servername,
  SSL_new,
  SSL_set_bio,
  SSL_set_connect_state,
  SSL_set_tlsext_host_name,
  SSL3_HM_HEADER_LENGTH,
  SSL3_RANDOM_SIZE,
  SSL3_RT_HEADER_LENGTH,
  TLS_client_method,
  TLS_method,
  TLS_server_method,
  TLS1_2_VERSION,
  TLS1_VERSION,
  TLSEXT_MAXLEN_host_name,
  TLSEXT_NAMETYPE_host_name,
  TLSEXT_TYPE_server_name,
} from '../../lib/index.ts'
import { PACKET } from './packet.ts'
import { create_ssl_connection, create_ssl_ctx_pair, create_ssl_objects } from './ssltestlib.ts'
import {
  ADD_ALL_TESTS,
  TEST_false,
  TEST_int_eq,
  TEST_int_le,
  TEST_int_ne,
  TEST_ptr,
  TEST_ptr_null,
  TEST_str_eq,
  TEST_true,
  test_mk_file_path,
} from './testutil.ts'

const CLIENT_VERSION_LEN = 2

const host = 'dummy-host'

const cert = test_mk_file_path('servercert.pem')
const privkey = test_mk_file_path('serverkey.pem')

const maxversion = TLS1_2_VERSION

function get_sni_from_client_hello(bio: BIO): string | null {
  const data: Out<Uint8Array> = { value: new Uint8Array(0) }
  const len = BIO_get_mem_data(bio, data)
  const pkt = new PACKET(data.value.subarray(0, len))
  /* Skip the record header */
  pkt.forward(SSL3_RT_HEADER_LENGTH)
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

  /* Loop through all extensions for SNI */
  while (pkt2.remaining > 0) {
    const type = pkt2.get_net_2()
    const pkt3 = pkt2.get_length_prefixed_2()
    if (type === TLSEXT_TYPE_server_name) {
      const pkt4 = pkt3.get_length_prefixed_2()
      TEST_int_ne(pkt4.remaining, 0)
      TEST_int_eq(pkt4.get_1(), TLSEXT_NAMETYPE_host_name)
      const pkt5 = pkt4.get_length_prefixed_2()
      TEST_int_le(pkt5.remaining, TLSEXT_MAXLEN_host_name)
      TEST_false(pkt5.data.includes(0))
      return Buffer.from(pkt5.data).toString('latin1')
    }
  }
  return null
}

function client_setup_sni(before: boolean): void {
  /* use TLS_method to blur 'side' */
  const ctx = TEST_ptr(SSL_CTX_new(TLS_method()))
  TEST_true(SSL_CTX_set_max_proto_version(ctx, maxversion))
  const con = TEST_ptr(SSL_new(ctx))

  /* set SNI before 'client side' is set */
  if (before) SSL_set_tlsext_host_name(con, host)

  const rbio = TEST_ptr(BIO_new(BIO_s_mem()))
  const wbio = TEST_ptr(BIO_new(BIO_s_mem()))
  SSL_set_bio(con, rbio, wbio)

  if (!before) {
    SSL_set_connect_state(con)
    /* set SNI after 'client side' is set */
    SSL_set_tlsext_host_name(con, host)
  }

  /* This shouldn't succeed because we don't have a server! */
  TEST_int_le(SSL_connect(con), 0)
  TEST_str_eq(get_sni_from_client_hello(wbio), host)

  SSL_free(con)
  SSL_CTX_free(ctx)
}

function server_setup_sni(): void {
  const { sctx, cctx } = create_ssl_ctx_pair(TLS_server_method(), TLS_client_method(), TLS1_VERSION, 0, cert, privkey)
  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)

  /* set SNI at server side */
  SSL_set_tlsext_host_name(serverssl, host)

  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  /* SNI should have been cleared during handshake */
  TEST_ptr_null(SSL_get_servername(serverssl, TLSEXT_NAMETYPE_host_name))

  SSL_free(serverssl)
  SSL_free(clientssl)
  SSL_CTX_free(sctx)
  SSL_CTX_free(cctx)
}

const sni_test_fns = [() => client_setup_sni(true), () => client_setup_sni(false), server_setup_sni]

function test_servername(test: number): void {
  /*
   * For each test set up an SSL_CTX and SSL and see
   * what SNI behaves.
   */
  TEST_ptr(sni_test_fns[test])()
}

ADD_ALL_TESTS(test_servername, sni_test_fns.length)
