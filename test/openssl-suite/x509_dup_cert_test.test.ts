// Ported from OpenSSL 3.0's test/x509_dup_cert_test.c, Apache-2.0.

import {
  X509_FILETYPE_PEM,
  X509_LOOKUP_file,
  X509_load_cert_file,
  X509_STORE_add_lookup,
  X509_STORE_free,
  X509_STORE_new,
} from '../../lib/index.ts'
import { ADD_TEST, TEST_ptr, TEST_true, test_mk_file_path } from './testutil.ts'

function test_509_dup_cert(): void {
  const cert_f = test_mk_file_path('leaf.pem')

  const store = TEST_ptr(X509_STORE_new())
  const lookup = TEST_ptr(X509_STORE_add_lookup(store, X509_LOOKUP_file()))
  TEST_true(X509_load_cert_file(lookup, cert_f, X509_FILETYPE_PEM))
  TEST_true(X509_load_cert_file(lookup, cert_f, X509_FILETYPE_PEM))

  X509_STORE_free(store)
}

ADD_TEST(test_509_dup_cert)
