// Ported from OpenSSL 3.0's test/sslapitest.c, Apache-2.0: what its tests share. They are in files of one subject each.

import {
  BIO_free,
  BIO_new_file,
  i2d_X509,
  PEM_read_bio_X509,
  SSL,
  SSL_CTX,
  SSL_CTX_add_extra_chain_cert,
  SSL_CTX_free,
  SSL_free,
  type SSL_SESSION,
  SSL_SESSION_free,
  SSL3_RT_MAX_PLAIN_LENGTH,
  TLS_client_method,
  TLS_server_method,
  TLS1_VERSION,
  type X509,
  X509_free,
  X509_up_ref,
} from '../../lib/index.ts'
import { create_ssl_ctx_pair } from './ssltestlib.ts'
import { TEST_int_gt, TEST_ptr, TEST_true, test_mk_file_path } from './testutil.ts'
export const cert: string = test_mk_file_path('servercert.pem')
export const privkey: string = test_mk_file_path('serverkey.pem')
export const cert2: string = test_mk_file_path('server-ecdsa-cert.pem')
export const privkey2: string = test_mk_file_path('server-ecdsa-key.pem')

export function load_cert_pem(file: string): X509 {
  const bio = TEST_ptr(BIO_new_file(file, 'r'))
  const x = TEST_ptr(PEM_read_bio_X509(bio, null, null, null))
  BIO_free(bio)
  return x
}

/** The contexts of most tests: `TLS1_VERSION` or `DTLS1_VERSION` at least, and the server's RSA certificate. */
export const tls_pair = (max_proto_version = 0): { sctx: SSL_CTX; cctx: SSL_CTX } =>
  create_ssl_ctx_pair(TLS_server_method(), TLS_client_method(), TLS1_VERSION, max_proto_version, cert, privkey)

export const free_all = (...objects: (SSL | SSL_CTX | SSL_SESSION | null)[]): void => {
  for (const object of objects) {
    if (object instanceof SSL) SSL_free(object)
    else if (object instanceof SSL_CTX) SSL_CTX_free(object)
    else SSL_SESSION_free(object)
  }
}

const NUM_EXTRA_CERTS = 40

export function add_large_cert_chain(sctx: SSL_CTX): void {
  const chaincert = load_cert_pem(cert)

  /*
   * We assume the supplied certificate is big enough so that if we add
   * NUM_EXTRA_CERTS it will make the overall message large enough. The
   * default buffer size is requested to be 16k, but due to the way BUF_MEM
   * works, it ends up allocating a little over 21k (16 * 4/3). So, in this
   * test we need to have a message larger than that.
   */
  const certlen = i2d_X509(chaincert, null)
  TEST_int_gt(certlen * NUM_EXTRA_CERTS, (SSL3_RT_MAX_PLAIN_LENGTH * 4) / 3)
  for (let i = 0; i < NUM_EXTRA_CERTS; i++) {
    TEST_true(X509_up_ref(chaincert))
    TEST_true(SSL_CTX_add_extra_chain_cert(sctx, chaincert))
  }
  X509_free(chaincert)
}
