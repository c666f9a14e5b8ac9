// Ported from OpenSSL 3.0's test/sslapitest.c, Apache-2.0: custom extensions, exporters, SSL_clear, fragment lengths.
import {
  type BIO,
  BIO_get_mem_data,
  BIO_new,
  BIO_s_mem,
  type Out,
  type SSL,
  SSL_AD_INTERNAL_ERROR,
  SSL_CTX,
  SSL_CTX_add_client_custom_ext,
  SSL_CTX_add_custom_ext,
  SSL_CTX_add_server_custom_ext,
  SSL_CTX_set_cipher_list,
  SSL_CTX_set_max_proto_version,
  SSL_CTX_set_min_proto_version,
  SSL_CTX_set_options,
  SSL_CTX_set_tlsext_max_fragment_length,
  SSL_CTX_set_tlsext_servername_arg,
  SSL_CTX_set_tlsext_servername_callback,
  SSL_clear,
  SSL_connect,
  SSL_ERROR_NONE,
  SSL_EXT_CLIENT_HELLO,
  SSL_EXT_TLS1_2_SERVER_HELLO,
  SSL_EXT_TLS1_3_ENCRYPTED_EXTENSIONS,
  SSL_export_keying_material,
  SSL_free,
  SSL_get1_session,
  SSL_is_server,
  SSL_new,
  SSL_OP_NO_TLSv1_3,
  SSL_session_reused,
  SSL_set_bio,
  SSL_set_SSL_CTX,
  SSL_set_session,
  SSL_shutdown,
  SSL_TLSEXT_ERR_ALERT_FATAL,
  SSL_TLSEXT_ERR_OK,
  SSL3_HM_HEADER_LENGTH,
  SSL3_RANDOM_SIZE,
  SSL3_RT_HEADER_LENGTH,
  TLS1_1_VERSION,
  TLS1_2_VERSION,
  TLS1_VERSION,
  TLSEXT_max_fragment_length_512,
  TLSEXT_max_fragment_length_1024,
  TLSEXT_max_fragment_length_2048,
  TLSEXT_max_fragment_length_4096,
  TLSEXT_TYPE_max_fragment_length,
  type X509,
} from '../../lib/index.ts'
import { PACKET } from './packet.ts'
import { free_all, tls_pair } from './sslapitest.ts'
import { create_ssl_connection, create_ssl_objects, shutdown_ssl_connection } from './ssltestlib.ts'
import {
  ADD_ALL_TESTS,
  TEST_false,
  TEST_int_eq,
  TEST_int_le,
  TEST_mem_eq,
  TEST_mem_ne,
  TEST_ptr,
  TEST_str_eq,
  TEST_true,
} from './testutil.ts'

const CLIENT_VERSION_LEN = 2

/** How often each callback was called: [client's, server's]. */
const counters = { add: [0, 0], parse: [0, 0] }
let snicb = 0

const TEST_EXT_TYPE1 = 0xff00

const count = (kind: 'add' | 'parse', s: SSL): void => {
  const side = SSL_is_server(s)
  counters[kind][side] = TEST_ptr(counters[kind][side]) + 1
}

function check_counters(clntadd: number, clntparse: number, srvadd: number, srvparse: number): void {
  TEST_str_eq(JSON.stringify(counters), JSON.stringify({ add: [clntadd, srvadd], parse: [clntparse, srvparse] }))
}

function old_add_cb(
  s: SSL,
  _ext_type: number,
  out: Out<Uint8Array | null>,
  outlen: Out<number>,
  _al: Out<number>,
  add_arg: unknown,
): number {
  count('add', s)
  if (add_arg !== SSL_is_server(s)) return -1
  out.value = Uint8Array.of(1)
  outlen.value = 1
  return 1
}

function old_parse_cb(
  s: SSL,
  _ext_type: number,
  data: Uint8Array,
  inlen: number,
  _al: Out<number>,
  parse_arg: unknown,
): number {
  count('parse', s)
  return parse_arg !== SSL_is_server(s) || inlen !== 1 || data[0] !== 1 ? -1 : 1
}

function new_add_cb(
  s: SSL,
  _ext_type: number,
  _context: number,
  out: Out<Uint8Array | null>,
  outlen: Out<number>,
  _x: X509 | null,
  _chainidx: number,
  _al: Out<number>,
  add_arg: unknown,
): number {
  count('add', s)
  if (add_arg !== SSL_is_server(s)) return -1
  out.value = Uint8Array.of(1)
  outlen.value = 1
  return 1
}

function new_parse_cb(
  s: SSL,
  _ext_type: number,
  _context: number,
  data: Uint8Array,
  inlen: number,
  _x: X509 | null,
  _chainidx: number,
  _al: Out<number>,
  parse_arg: unknown,
): number {
  count('parse', s)
  return parse_arg !== SSL_is_server(s) || inlen !== 1 || data[0] !== 1 ? -1 : 1
}

const free_cb = (): void => undefined

function sni_cb(s: SSL, al: Out<number>, arg: unknown): number {
  if (!(arg instanceof SSL_CTX) || SSL_set_SSL_CTX(s, arg) === null) {
    al.value = SSL_AD_INTERNAL_ERROR
    return SSL_TLSEXT_ERR_ALERT_FATAL
  }
  snicb++
  return SSL_TLSEXT_ERR_OK
}

/*
 * Custom call back tests.
 * Test 0: Old style callbacks in TLSv1.2
 * Test 1: New style callbacks in TLSv1.2
 * Test 2: New style callbacks in TLSv1.2 with SNI
 */
function test_custom_exts(tst: number): void {
  const server = 1
  const client = 0

  /* Reset callback counters */
  counters.add = [0, 0]
  counters.parse = [0, 0]
  snicb = 0

  const { sctx, cctx } = tls_pair()
  const sctx2 = tst === 2 ? tls_pair().sctx : null

  for (const ctx of [cctx, sctx, sctx2]) if (ctx !== null) SSL_CTX_set_options(ctx, SSL_OP_NO_TLSv1_3)

  const context = SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO | SSL_EXT_TLS1_3_ENCRYPTED_EXTENSIONS
  const add_client_old = (): number =>
    SSL_CTX_add_client_custom_ext(cctx, TEST_EXT_TYPE1, old_add_cb, free_cb, client, old_parse_cb, client)
  const add_server_old = (): number =>
    SSL_CTX_add_server_custom_ext(sctx, TEST_EXT_TYPE1, old_add_cb, free_cb, server, old_parse_cb, server)
  const add_new = (ctx: SSL_CTX, side: number): number =>
    SSL_CTX_add_custom_ext(ctx, TEST_EXT_TYPE1, context, new_add_cb, free_cb, side, new_parse_cb, side)

  /* Create a client side custom extension */
  if (tst === 0) TEST_true(add_client_old())
  else TEST_true(add_new(cctx, client))

  /* Should not be able to add duplicates */
  TEST_false(add_client_old())
  TEST_false(add_new(cctx, client))

  /* Create a server side custom extension */
  if (tst === 0) TEST_true(add_server_old())
  else TEST_true(add_new(sctx, server))
  if (sctx2 !== null) TEST_true(add_new(sctx2, server))

  /* Should not be able to add duplicates */
  TEST_false(add_server_old())
  TEST_false(add_new(sctx, server))

  if (tst === 2) {
    /* Set up SNI */
    TEST_true(SSL_CTX_set_tlsext_servername_callback(sctx, sni_cb))
    TEST_true(SSL_CTX_set_tlsext_servername_arg(sctx, sctx2))
  }

  let { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  check_counters(1, 1, 1, 1)
  TEST_int_eq(snicb, tst === 2 ? 1 : 0)

  const sess = SSL_get1_session(clientssl)
  shutdown_ssl_connection(serverssl, clientssl)

  ;({ serverssl, clientssl } = create_ssl_objects(sctx, cctx))
  TEST_true(SSL_set_session(clientssl, sess))
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  /*
   * For a resumed session we expect to add the ClientHello extension. For the
   * old style callbacks we ignore it on the server side because they set
   * SSL_EXT_IGNORE_ON_RESUMPTION. The new style callbacks do not ignore
   * them.
   */
  if (tst === 0) check_counters(2, 1, 1, 1)
  else check_counters(2, 2, 2, 2)

  free_all(sess, serverssl, clientssl, sctx2, sctx, cctx)
}

/*
 * Test that SSL_export_keying_material() produces expected results. There are
 * no test vectors so all we do is test that both sides of the communication
 * produce the same results for different protocol versions.
 */
function test_export_key_mat(tst: number): void {
  const label = 'test label'
  const context = Buffer.from('context')
  const protocol = TEST_ptr([TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION][tst])

  const { sctx, cctx } = tls_pair()

  SSL_CTX_set_max_proto_version(cctx, protocol)
  SSL_CTX_set_min_proto_version(cctx, protocol)
  if (protocol < TLS1_2_VERSION) {
    TEST_true(SSL_CTX_set_cipher_list(cctx, 'DEFAULT:@SECLEVEL=0'))
    TEST_true(SSL_CTX_set_cipher_list(sctx, 'DEFAULT:@SECLEVEL=0'))
  }

  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)
  const exported = (ssl: SSL, bytes: Uint8Array | null, use_context: number): Uint8Array => {
    const keymat = new Uint8Array(80)
    const contextlen = bytes?.length ?? 0
    TEST_int_eq(
      SSL_export_keying_material(ssl, keymat, keymat.length, label, label.length, bytes, contextlen, use_context),
      1,
    )
    return keymat
  }

  /*
   * Premature call of SSL_export_keying_material should just fail.
   */
  TEST_int_le(
    SSL_export_keying_material(clientssl, new Uint8Array(80), 80, label, label.length, context, context.length, 1),
    0,
  )

  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))

  const ckeymat1 = exported(clientssl, context, 1)
  const ckeymat2 = exported(clientssl, new Uint8Array(0), 1)
  const ckeymat3 = exported(clientssl, null, 0)
  const skeymat1 = exported(serverssl, context, 1)
  const skeymat2 = exported(serverssl, new Uint8Array(0), 1)
  const skeymat3 = exported(serverssl, null, 0)
  /*
   * Check that both sides created the same key material with the
   * same context.
   */
  TEST_mem_eq(ckeymat1, skeymat1)
  /*
   * Check that both sides created the same key material with an
   * empty context.
   */
  TEST_mem_eq(ckeymat2, skeymat2)
  /*
   * Check that both sides created the same key material without a
   * context.
   */
  TEST_mem_eq(ckeymat3, skeymat3)
  /* Different contexts should produce different results */
  TEST_mem_ne(ckeymat1, ckeymat2)
  /*
   * Check that an empty context and no context produce different results in
   * protocols less than TLSv1.3. In TLSv1.3 they should be the same.
   */
  TEST_mem_ne(ckeymat2, ckeymat3)

  free_all(serverssl, clientssl, sctx, cctx)
}

function test_ssl_clear(idx: number): void {
  /* Create an initial connection */
  const { sctx, cctx } = tls_pair()
  if (idx === 1) TEST_true(SSL_CTX_set_max_proto_version(cctx, TLS1_2_VERSION))
  const first = create_ssl_objects(sctx, cctx)
  const { clientssl } = first
  TEST_true(create_ssl_connection(first.serverssl, clientssl, SSL_ERROR_NONE))

  SSL_shutdown(clientssl)
  SSL_shutdown(first.serverssl)
  SSL_free(first.serverssl)

  /* Clear clientssl - we're going to reuse the object */
  TEST_true(SSL_clear(clientssl))

  const { serverssl } = create_ssl_objects(sctx, cctx, null, null, { clientssl })
  TEST_true(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE))
  TEST_true(SSL_session_reused(clientssl))

  SSL_shutdown(clientssl)
  SSL_shutdown(serverssl)

  free_all(serverssl, clientssl, sctx, cctx)
}

/* Parse CH and retrieve any MFL extension value if present */
function get_MFL_from_client_hello(bio: BIO): number | null {
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

  /* Loop through all extensions */
  while (pkt2.remaining > 0) {
    const type = pkt2.get_net_2()
    const pkt3 = pkt2.get_length_prefixed_2()
    if (type === TLSEXT_TYPE_max_fragment_length) return pkt3.get_1()
  }
  return null
}

/* Maximum-Fragment-Length TLS extension mode to test */
const max_fragment_len_test = [
  TLSEXT_max_fragment_length_512,
  TLSEXT_max_fragment_length_1024,
  TLSEXT_max_fragment_length_2048,
  TLSEXT_max_fragment_length_4096,
]

function test_max_fragment_len_ext(idx_tst: number): void {
  const { sctx, cctx: ctx } = tls_pair()
  const mode = TEST_ptr(max_fragment_len_test[idx_tst])

  TEST_true(SSL_CTX_set_tlsext_max_fragment_length(ctx, mode))

  const con = TEST_ptr(SSL_new(ctx))
  const rbio = TEST_ptr(BIO_new(BIO_s_mem()))
  const wbio = TEST_ptr(BIO_new(BIO_s_mem()))

  SSL_set_bio(con, rbio, wbio)

  /* This shouldn't succeed because we don't have a server! */
  TEST_int_le(SSL_connect(con), 0)
  TEST_int_eq(TEST_ptr(get_MFL_from_client_hello(wbio)), mode)

  free_all(con, ctx, sctx)
}

ADD_ALL_TESTS(test_custom_exts, 3)
ADD_ALL_TESTS(test_export_key_mat, 3)
ADD_ALL_TESTS(test_ssl_clear, 2)
ADD_ALL_TESTS(test_max_fragment_len_ext, max_fragment_len_test.length)
