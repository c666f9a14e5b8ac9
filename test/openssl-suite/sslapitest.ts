// Ported from OpenSSL 3.0's test/sslapitest.c, Apache-2.0: what its tests share. They are in files of one subject each.

import {
  BIO_free,
  BIO_new_file,
  PEM_read_bio_X509,
  SSL,
  SSL_CTX,
  SSL_CTX_free,
  SSL_free,
  type SSL_SESSION,
  SSL_SESSION_free,
  TLS_client_method,
  TLS_server_method,
  TLS1_VERSION,
  type X509,
} from '../../lib/index.ts'
import { create_ssl_ctx_pair } from './ssltestlib.ts'
import { TEST_ptr, test_mk_file_path } from './testutil.ts'
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
