// Ported from OpenSSL 3.0's test/ssl_old_test.c, as 80-test_ssl_old.t runs it, Apache-2.0: through BIO pairs, without SSLv3
// and TLSv1.3, DSA keys, weak Diffie-Hellman numbers, custom extensions and serverinfo.

import { test } from '@jest/globals'
import {
  type BIO,
  BIO_ctrl_get_write_guarantee,
  BIO_ctrl_pending,
  BIO_f_ssl,
  BIO_free,
  BIO_NOCLOSE,
  BIO_new,
  BIO_new_bio_pair,
  BIO_nwrite,
  BIO_nwrite0,
  BIO_read,
  BIO_set_ssl,
  BIO_should_retry,
  BIO_snprintf,
  BIO_write,
  type Out,
  type SSL,
  SSL_CIPHER_get_name,
  type SSL_CTX,
  SSL_CTX_load_verify_locations,
  SSL_CTX_new,
  SSL_CTX_set_cert_verify_callback,
  SSL_CTX_set_cipher_list,
  SSL_CTX_set_dh_auto,
  SSL_CTX_set_max_proto_version,
  SSL_CTX_set_min_proto_version,
  SSL_CTX_set_psk_client_callback,
  SSL_CTX_set_psk_server_callback,
  SSL_CTX_set_purpose,
  SSL_CTX_set_security_level,
  SSL_CTX_set_session_id_context,
  SSL_CTX_set_verify,
  SSL_CTX_use_certificate_file,
  SSL_CTX_use_PrivateKey_file,
  SSL_FILETYPE_PEM,
  SSL_get1_supported_ciphers,
  SSL_new,
  SSL_set_accept_state,
  SSL_set_bio,
  SSL_set_connect_state,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  SSL_version,
  TLS_method,
  TLS_server_method,
  TLS1_1_VERSION,
  TLS1_2_VERSION,
  TLS1_VERSION,
  X509_PURPOSE_ANY,
  type X509_STORE_CTX,
  X509_verify_cert,
} from '../../lib/index.ts'
import { free_all } from './sslapitest.ts'
import {
  begin,
  note,
  openssl_errors,
  TEST_int_eq,
  TEST_int_gt,
  TEST_ptr,
  TEST_true,
  test_mk_file_path,
} from './testutil.ts'

const CAfile = test_mk_file_path('rootcert.pem')

/** The options of the program that the runs here use. */
interface Options {
  readonly protocol?: number
  readonly cipher?: string
  readonly server_auth?: boolean
  readonly client_auth?: boolean
  readonly app_verify?: boolean
  readonly no_dhe?: boolean
  readonly no_ecdhe?: boolean
  readonly psk?: Uint8Array
  readonly bytes?: number
  readonly num?: number
  /** No certificate at all. */
  readonly anonymous?: boolean
}

const bufsiz = 256 /* small buffer for testing */

/** One side of a connection: how much it still has to write and to read. */
interface Peer {
  readonly ssl_bio: BIO
  write: number
  read: number
}

/** @returns whether there is no error */
function exchange(peer: Peer, buf: Uint8Array): boolean {
  if (peer.write > 0) {
    const r = BIO_write(peer.ssl_bio, buf, Math.min(peer.write, buf.length))
    /*
     * BIO_should_retry(...) can just be ignored here. The
     * library expects us to call BIO_write with the same
     * arguments again, and that's what we will do in the
     * next iteration.
     */
    if (r === 0 || (r < 0 && !BIO_should_retry(peer.ssl_bio))) return false
    if (r > 0) peer.write -= r
  }
  if (peer.read > 0) {
    const r = BIO_read(peer.ssl_bio, buf, buf.length)
    if (r === 0 || (r < 0 && !BIO_should_retry(peer.ssl_bio))) return false
    if (r > 0) peer.read -= r
  }
  return true
}

/* "I/O" BETWEEN CLIENT AND SERVER: from one end to the other, without a copy at the end that is given first. */
function relay(from: BIO, to: BIO): boolean {
  const dataptr: Out<Uint8Array> = { value: new Uint8Array(0) }
  let num = Math.min(BIO_ctrl_pending(from), BIO_ctrl_get_write_guarantee(to))
  if (num === 0) return false
  if (num > 1) num-- /* test restartability even more thoroughly */
  const room = BIO_nwrite0(to, dataptr)
  TEST_int_gt(room, 0)
  const r = BIO_read(from, dataptr.value, Math.min(num, room))
  TEST_int_gt(r, 0)
  TEST_int_eq(BIO_nwrite(to, dataptr, r), r)
  return true
}

/** @returns whether all bytes went both ways */
function doit_biopair(s_ssl: SSL, c_ssl: SSL, count: number): boolean {
  const server: Out<BIO | null> = { value: null }
  const server_io: Out<BIO | null> = { value: null }
  const client: Out<BIO | null> = { value: null }
  const client_io: Out<BIO | null> = { value: null }
  TEST_true(BIO_new_bio_pair(server, bufsiz, server_io, bufsiz))
  TEST_true(BIO_new_bio_pair(client, bufsiz, client_io, bufsiz))
  const ends = { server_io: TEST_ptr(server_io.value), client_io: TEST_ptr(client_io.value) }

  const s_ssl_bio = TEST_ptr(BIO_new(BIO_f_ssl()))
  const c_ssl_bio = TEST_ptr(BIO_new(BIO_f_ssl()))

  SSL_set_connect_state(c_ssl)
  SSL_set_bio(c_ssl, client.value, client.value)
  BIO_set_ssl(c_ssl_bio, c_ssl, BIO_NOCLOSE)

  SSL_set_accept_state(s_ssl)
  SSL_set_bio(s_ssl, server.value, server.value)
  BIO_set_ssl(s_ssl_bio, s_ssl, BIO_NOCLOSE)

  const c: Peer = { ssl_bio: c_ssl_bio, write: count, read: count }
  const s: Peer = { ssl_bio: s_ssl_bio, write: count, read: count }
  const buf = new Uint8Array(8 * 1024)
  let done = true
  let idle = 0
  /*
   * We have non-blocking behaviour throughout this test program, but
   * can be sure that there is *some* progress in each iteration; so we
   * don't have to worry about ..._SHOULD_READ or ..._SHOULD_WRITE --
   * we just try everything in each iteration
   */
  while (done && c.write + c.read + s.write + s.read > 0) {
    const before = c.write + c.read + s.write + s.read
    done = exchange(c, buf) && exchange(s, buf)
    let moved = false
    while (relay(ends.client_io, ends.server_io)) moved = true
    while (relay(ends.server_io, ends.client_io)) moved = true
    idle = moved || c.write + c.read + s.write + s.read < before ? 0 : idle + 1
    /* ERROR: got stuck */
    if (idle > 2) done = false
  }

  for (const bio of [s_ssl_bio, c_ssl_bio, ends.server_io, ends.client_io]) BIO_free(bio)
  return done
}

function set_psk(ctx: SSL_CTX, key: Uint8Array): void {
  SSL_CTX_set_psk_client_callback(ctx, (_ssl, _hint, identity, max_identity_len, psk) => {
    BIO_snprintf(identity, max_identity_len, 'Client_identity')
    psk.set(key)
    return key.length
  })
  SSL_CTX_set_psk_server_callback(ctx, (_ssl, _identity, psk) => {
    psk.set(key)
    return key.length
  })
}

/** Runs the program. @returns whether it succeeded */
function ssltest(options: Options): boolean {
  const { protocol = 0, cipher, psk, num = 1, bytes = 256 } = options
  const s_ctx = TEST_ptr(SSL_CTX_new(TLS_method()))
  const c_ctx = TEST_ptr(SSL_CTX_new(TLS_method()))
  for (const ctx of [s_ctx, c_ctx]) {
    /* Since we will use low security ciphersuites and keys for testing set
     * security level to zero by default. Tests can override this by adding
     * "@SECLEVEL=n" to the cipher string.
     */
    SSL_CTX_set_security_level(ctx, 0)
    TEST_true(SSL_CTX_set_min_proto_version(ctx, protocol))
    TEST_true(SSL_CTX_set_max_proto_version(ctx, protocol))
    if (cipher !== undefined) TEST_true(SSL_CTX_set_cipher_list(ctx, cipher))
    if (psk !== undefined) set_psk(ctx, psk)
  }
  if (!options.no_dhe) TEST_true(SSL_CTX_set_dh_auto(s_ctx, 1))
  if (options.no_ecdhe) TEST_true(SSL_CTX_set_cipher_list(s_ctx, `${cipher ?? 'DEFAULT'}:-kECDHE`))
  if (options.anonymous !== true) {
    for (const [c, k] of [
      ['servercert.pem', 'serverkey.pem'],
      ['server-ecdsa-cert.pem', 'server-ecdsa-key.pem'],
    ] as const) {
      TEST_true(SSL_CTX_use_certificate_file(s_ctx, test_mk_file_path(c), SSL_FILETYPE_PEM))
      TEST_true(SSL_CTX_use_PrivateKey_file(s_ctx, test_mk_file_path(k), SSL_FILETYPE_PEM))
    }
    TEST_true(SSL_CTX_use_certificate_file(c_ctx, test_mk_file_path('servercert.pem'), SSL_FILETYPE_PEM))
    TEST_true(SSL_CTX_use_PrivateKey_file(c_ctx, test_mk_file_path('serverkey.pem'), SSL_FILETYPE_PEM))
  }
  for (const ctx of [s_ctx, c_ctx]) TEST_true(SSL_CTX_load_verify_locations(ctx, CAfile, null))
  let app_verify_calls = 0
  if (options.client_auth) {
    /* The certificate is a server's: what C's own would show is the chain */
    SSL_CTX_set_purpose(s_ctx, X509_PURPOSE_ANY)
    SSL_CTX_set_verify(s_ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, ok => ok)
  }
  if (options.server_auth) SSL_CTX_set_verify(c_ctx, SSL_VERIFY_PEER, ok => ok)
  if (options.app_verify) {
    const app_verify_callback = (ctx: X509_STORE_CTX): number => {
      app_verify_calls++
      return X509_verify_cert(ctx)
    }
    SSL_CTX_set_cert_verify_callback(s_ctx, app_verify_callback, null)
    SSL_CTX_set_cert_verify_callback(c_ctx, app_verify_callback, null)
  }
  TEST_true(SSL_CTX_set_session_id_context(s_ctx, Buffer.from('test'), 4))

  let succeeded = true
  for (let i = 0; succeeded && i < num; i++) {
    const c_ssl = TEST_ptr(SSL_new(c_ctx))
    const s_ssl = TEST_ptr(SSL_new(s_ctx))
    succeeded = doit_biopair(s_ssl, c_ssl, bytes)
    note(...openssl_errors())
    if (succeeded && protocol !== 0) TEST_int_eq(SSL_version(c_ssl), protocol)
    free_all(s_ssl, c_ssl)
  }
  if (options.app_verify) TEST_int_eq(app_verify_calls, 2)
  free_all(s_ctx, c_ctx)
  return succeeded
}

function run(name: string, options: Options, expected = true): void {
  test(name, () => {
    begin()
    TEST_true(ssltest(options) === expected)
  })
}

/** What `openssl ciphers -s` lists for a protocol. */
function supported_ciphers(protocol: number): string[] {
  const ctx = TEST_ptr(SSL_CTX_new(TLS_server_method()))
  TEST_true(SSL_CTX_set_cipher_list(ctx, 'ALL:-PSK:-SRP:@SECLEVEL=0'))
  TEST_true(SSL_CTX_set_min_proto_version(ctx, protocol))
  TEST_true(SSL_CTX_set_max_proto_version(ctx, protocol))
  const ssl = TEST_ptr(SSL_new(ctx))
  const names = TEST_ptr(SSL_get1_supported_ciphers(ssl)).map(SSL_CIPHER_get_name)
  free_all(ssl, ctx)
  return names
}

/* standard SSL tests */
run('test sslv2/sslv3 via BIO pair', {})
run('test sslv2/sslv3 w/o (EC)DHE via BIO pair', { no_dhe: true, no_ecdhe: true })
run('test sslv2/sslv3 with server authentication', { server_auth: true })
run('test sslv2/sslv3 with client authentication via BIO pair', { client_auth: true })
run('test sslv2/sslv3 with both client and server authentication via BIO pair', {
  server_auth: true,
  client_auth: true,
})
run('test sslv2/sslv3 with both client and server authentication via BIO pair and app verify', {
  server_auth: true,
  client_auth: true,
  app_verify: true,
})

/* Testing ciphersuites */
for (const [name, protocol] of [
  ['tls1_2', TLS1_2_VERSION],
  ['tls1', TLS1_VERSION],
] as const) {
  const ciphers = supported_ciphers(protocol)
  test(`Getting ciphers for -${name}`, () => TEST_int_gt(ciphers.length, 10))
  for (const cipher of ciphers) {
    run(`Testing ${cipher} for -${name}`, { protocol, cipher: `${cipher}:-PSK:-SRP:@SECLEVEL=0` })
  }
}

/* RSA/(EC)DHE/PSK tests */
const abc123 = Uint8Array.of(0xab, 0xc1, 0x23)
const psk = Uint8Array.of(1, 2, 3, 4, 5)
run('test tlsv1 with anonymous DH, multiple handshakes', { protocol: TLS1_VERSION, cipher: 'ADH', num: 10 })
run('test tlsv1 with RSA, no (EC)DHE, multiple handshakes', {
  protocol: TLS1_VERSION,
  no_dhe: true,
  no_ecdhe: true,
  num: 10,
})
run('test tlsv1 with RSA and DHE, multiple handshakes', {
  protocol: TLS1_VERSION,
  cipher: 'kDHE+aRSA:@SECLEVEL=0',
  num: 10,
})
run('test tls1 with PSK via BIO pair', { protocol: TLS1_VERSION, cipher: 'PSK', psk: abc123 })
run('test auto DH meets security strength', { psk, cipher: '@SECLEVEL=2:DHE-PSK-AES128-CCM', anonymous: true })
run('test auto DHE PSK meets security strength', {
  protocol: TLS1_1_VERSION,
  psk,
  cipher: '@SECLEVEL=3:DHE-PSK-AES256-CBC-SHA384',
  anonymous: true,
})
run('test auto ECDHE PSK meets security strength', {
  protocol: TLS1_1_VERSION,
  no_dhe: true,
  psk,
  cipher: '@SECLEVEL=3:ECDHE-PSK-AES256-CBC-SHA384',
  anonymous: true,
})
run(
  'test auto RSA PSK does not meet security level 3 requirements (PFS)',
  { protocol: TLS1_1_VERSION, no_dhe: true, psk, cipher: '@SECLEVEL=3:RSA-PSK-AES256-CBC-SHA384', anonymous: true },
  false,
)
run(
  'test auto PSK does not meet security level 3 requirements (PFS)',
  { protocol: TLS1_1_VERSION, no_dhe: true, psk, cipher: '@SECLEVEL=3:PSK-AES256-CBC-SHA384', anonymous: true },
  false,
)
