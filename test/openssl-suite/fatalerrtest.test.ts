// Ported from OpenSSL 3.0's test/fatalerrtest.c, Apache-2.0.
import {
  BIO_write,
  ERR_clear_error,
  SSL_CTX_free,
  SSL_CTX_set_cipher_list,
  SSL_CTX_set_ciphersuites,
  SSL_ERROR_NONE,
  SSL_free,
  SSL_get_wbio,
  SSL_read,
  SSL_write,
  TLS_method,
  TLS1_VERSION,
} from '../../lib/index.ts'
import { create_ssl_connection, create_ssl_ctx_pair, create_ssl_objects } from './ssltestlib.ts'
import { ADD_TEST, TEST_false, TEST_int_gt, TEST_int_le, TEST_ptr, TEST_true, test_mk_file_path } from './testutil.ts'

const cert = test_mk_file_path('servercert.pem')
const privkey = test_mk_file_path('serverkey.pem')

function test_fatalerr(): void {
  const msg = Buffer.from('Dummy')
  const buf = new Uint8Array(80)
  const dummyrec = Uint8Array.of(0x17, 0x03, 0x03, 0x00, 0x05, 0x44, 0x75, 0x6d, 0x6d, 0x79)

  const { sctx, cctx } = create_ssl_ctx_pair(TLS_method(), TLS_method(), TLS1_VERSION, 0, cert, privkey)

  /*
   * Deliberately set the cipher lists for client and server to be different
   * to force a handshake failure.
   */
  TEST_true(SSL_CTX_set_cipher_list(sctx, 'AES128-SHA'))
  TEST_true(SSL_CTX_set_cipher_list(cctx, 'AES256-SHA'))
  TEST_true(SSL_CTX_set_ciphersuites(sctx, 'TLS_AES_128_GCM_SHA256'))
  TEST_true(SSL_CTX_set_ciphersuites(cctx, 'TLS_AES_256_GCM_SHA384'))
  const { serverssl: sssl, clientssl: cssl } = create_ssl_objects(sctx, cctx)

  const wbio = TEST_ptr(SSL_get_wbio(cssl))

  /* Connection should fail */
  TEST_false(create_ssl_connection(sssl, cssl, SSL_ERROR_NONE))

  ERR_clear_error()

  /* Inject a plaintext record from client to server */
  TEST_int_gt(BIO_write(wbio, dummyrec, dummyrec.length), 0)

  /* SSL_read()/SSL_write should fail because of a previous fatal error */
  TEST_int_le(SSL_read(sssl, buf, buf.length - 1), 0)
  TEST_int_le(SSL_write(sssl, msg, msg.length), 0)

  SSL_free(sssl)
  SSL_free(cssl)
  SSL_CTX_free(sctx)
  SSL_CTX_free(cctx)
}

ADD_TEST(test_fatalerr)
