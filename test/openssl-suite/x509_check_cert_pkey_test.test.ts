// Ported from OpenSSL 3.0's test/x509_check_cert_pkey_test.c and 60-test_x509_check_cert_pkey.t, Apache-2.0: all but
// the certificate with a DSA key.

import {
  BIO_free,
  BIO_new_file,
  EVP_PKEY_free,
  PEM_read_bio_PrivateKey,
  PEM_read_bio_X509,
  PEM_read_bio_X509_REQ,
  PEM_X509_INFO_read_bio,
  sk_X509_INFO_num,
  sk_X509_INFO_pop_free,
  sk_X509_INFO_value,
  X509_check_private_key,
  X509_free,
  X509_INFO_free,
  X509_REQ_check_private_key,
  X509_REQ_free,
} from '../../lib/index.ts'
import { ADD_ALL_TESTS, TEST_int_eq, TEST_ptr, test_mk_file_path } from './testutil.ts'

/* Certificate or request, key, whether they belong together */
const pairs = [
  ['servercert.pem', 'serverkey.pem', 1],
  ['servercert.pem', 'wrongkey.pem', 0],
  ['server-ecdsa-cert.pem', 'server-ecdsa-key.pem', 1],
  ['x509-check.csr', 'x509-check-key.pem', 1],
  ['x509-check.csr', 'wrongkey.pem', 0],
] as const

function test_x509_check_cert_pkey(idx: number): void {
  const [c, k, expected] = TEST_ptr(pairs[idx])

  /* process private key */
  let bio = TEST_ptr(BIO_new_file(test_mk_file_path(k), 'r'))
  const pkey = TEST_ptr(PEM_read_bio_PrivateKey(bio, null, null, null))
  BIO_free(bio)

  bio = TEST_ptr(BIO_new_file(test_mk_file_path(c), 'r'))
  if (c.endsWith('.csr')) {
    const x509_req = TEST_ptr(PEM_read_bio_X509_REQ(bio, null))
    TEST_int_eq(X509_REQ_check_private_key(x509_req, pkey), expected)
    X509_REQ_free(x509_req)
  } else {
    const x509 = TEST_ptr(PEM_read_bio_X509(bio, null, null, null))
    TEST_int_eq(X509_check_private_key(x509, pkey), expected)
    X509_free(x509)
  }

  BIO_free(bio)
  EVP_PKEY_free(pkey)
}

/* path of a cert/CRL/key file in PEM format, expected number of certs/CRLs/keys included */
const files = [
  ['ec_privkey_with_chain.pem', 5],
  ['root-cert.pem', 1],
  ['root-key.pem', 1],
  ['key-pass-12345.pem', 1],
  ['cyrillic_crl.utf8', 1],
] as const

function test_PEM_X509_INFO_read_bio(idx: number): void {
  const [file, expected] = TEST_ptr(files[idx])
  let count = 0

  const bio = TEST_ptr(BIO_new_file(test_mk_file_path(file), 'r'))
  const sk = TEST_ptr(PEM_X509_INFO_read_bio(bio, null, null, ''))
  BIO_free(bio)
  for (let i = 0; i < sk_X509_INFO_num(sk); i++) {
    const it = TEST_ptr(sk_X509_INFO_value(sk, i))
    if (it.x509 !== null) count++
    if (it.crl !== null) count++
    if (it.x_pkey !== null) count++
  }
  sk_X509_INFO_pop_free(sk, X509_INFO_free)
  TEST_int_eq(count, expected)
}

ADD_ALL_TESTS(test_x509_check_cert_pkey, pairs.length)
ADD_ALL_TESTS(test_PEM_X509_INFO_read_bio, files.length)
