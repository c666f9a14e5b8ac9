// Ported from OpenSSL 3.0's test/verify_extra_test.c, Apache-2.0: all but the distinguishing ids of SM2.
import {
  BIO_free,
  BIO_new_file,
  ERR_clear_error,
  PEM_read_bio_X509,
  sk_X509_free,
  sk_X509_new_null,
  sk_X509_pop_free,
  sk_X509_push,
  type X509,
  X509_FILETYPE_PEM,
  X509_free,
  X509_LOOKUP_file,
  X509_LOOKUP_load_file,
  X509_PURPOSE_ANY,
  X509_PURPOSE_SSL_CLIENT,
  X509_PURPOSE_SSL_SERVER,
  X509_STORE_add_lookup,
  X509_STORE_CTX_free,
  X509_STORE_CTX_get_error,
  X509_STORE_CTX_init,
  X509_STORE_CTX_new,
  X509_STORE_CTX_set_purpose,
  X509_STORE_CTX_set0_trusted_stack,
  X509_STORE_free,
  X509_STORE_new,
  X509_self_signed,
  X509_V_ERR_INVALID_CA,
  X509_verify_cert,
} from '../../lib/index.ts'
import { load_cert_pem } from './sslapitest.ts'
import { ADD_TEST, TEST_int_eq, TEST_int_gt, TEST_ptr, TEST_true, test_mk_file_path } from './testutil.ts'

const root_f = test_mk_file_path('rootCA.pem')
const roots_f = test_mk_file_path('roots.pem')
const untrusted_f = test_mk_file_path('untrusted.pem')
const bad_f = test_mk_file_path('bad.pem')
const sroot_cert = test_mk_file_path('sroot-cert.pem')
const ca_cert = test_mk_file_path('ca-cert.pem')
const ee_cert = test_mk_file_path('ee-cert.pem')

function load_certs_pem(file: string): X509[] {
  const bio = TEST_ptr(BIO_new_file(file, 'r'))
  const certs: X509[] = []
  for (let x = PEM_read_bio_X509(bio, null, null, null); x !== null; x = PEM_read_bio_X509(bio, null, null, null)) {
    certs.push(x)
  }
  BIO_free(bio)
  ERR_clear_error()
  return certs
}

/*-
 * Test for CVE-2015-1793 (Alternate Chains Certificate Forgery)
 *
 * Chain is as follows:
 *
 * rootCA (self-signed)
 *   |
 * interCA
 *   |
 * subinterCA       subinterCA (self-signed)
 *   |                   |
 * leaf ------------------
 *   |
 * bad
 *
 * rootCA, interCA, subinterCA, subinterCA (ss) all have CA=TRUE
 * leaf and bad have CA=FALSE
 *
 * subinterCA and subinterCA (ss) have the same subject name and keys
 *
 * interCA (but not rootCA) and subinterCA (ss) are in the trusted store
 * (roots.pem)
 * leaf and subinterCA are in the untrusted list (untrusted.pem)
 * bad is the certificate being verified (bad.pem)
 *
 * Versions vulnerable to CVE-2015-1793 will fail to detect that leaf has
 * CA=FALSE, and will therefore incorrectly verify bad
 *
 */
function test_alt_chains_cert_forgery(): void {
  const store = TEST_ptr(X509_STORE_new())
  const lookup = TEST_ptr(X509_STORE_add_lookup(store, X509_LOOKUP_file()))
  TEST_true(X509_LOOKUP_load_file(lookup, roots_f, X509_FILETYPE_PEM))

  const untrusted = load_certs_pem(untrusted_f)
  TEST_int_gt(untrusted.length, 1)
  const x = load_cert_pem(bad_f)
  const sctx = TEST_ptr(X509_STORE_CTX_new())
  TEST_true(X509_STORE_CTX_init(sctx, store, x, untrusted))

  /* This is the result we were expecting: Test passed */
  TEST_int_eq(X509_verify_cert(sctx), 0)
  TEST_int_eq(X509_STORE_CTX_get_error(sctx), X509_V_ERR_INVALID_CA)

  X509_STORE_CTX_free(sctx)
  X509_free(x)
  sk_X509_pop_free(untrusted, X509_free)
  X509_STORE_free(store)
}

function test_self_signed(filename: string, use_trusted: boolean, expected: number): void {
  const cert = load_cert_pem(filename)
  const trusted = TEST_ptr(sk_X509_new_null())
  const ctx = TEST_ptr(X509_STORE_CTX_new())

  TEST_int_eq(X509_self_signed(cert, 1), expected)

  if (use_trusted) TEST_true(sk_X509_push(trusted, cert))
  TEST_true(X509_STORE_CTX_init(ctx, null, cert, null))
  X509_STORE_CTX_set0_trusted_stack(ctx, trusted)
  TEST_int_eq(X509_verify_cert(ctx), expected)

  X509_STORE_CTX_free(ctx)
  sk_X509_free(trusted)
  X509_free(cert)
}

function test_self_signed_good(): void {
  test_self_signed(root_f, true, 1)
}

function test_self_signed_bad(): void {
  test_self_signed(bad_f, true, 0)
}

function test_store_ctx(): void {
  /* Verifying a cert where we have no trusted certs should fail */
  test_self_signed(bad_f, false, 0)
}

function do_test_purpose(purpose: number, expected: number): void {
  const eecert = load_cert_pem(ee_cert)
  const untrcert = load_cert_pem(ca_cert)
  const trcert = load_cert_pem(sroot_cert)
  const trusted = TEST_ptr(sk_X509_new_null())
  const untrusted = TEST_ptr(sk_X509_new_null())
  const ctx = TEST_ptr(X509_STORE_CTX_new())

  TEST_true(sk_X509_push(trusted, trcert))
  TEST_true(sk_X509_push(untrusted, untrcert))

  TEST_true(X509_STORE_CTX_init(ctx, null, eecert, untrusted))

  TEST_true(X509_STORE_CTX_set_purpose(ctx, purpose))

  /*
   * X509_STORE_CTX_set0_trusted_stack() is bady named. Despite the set0 name
   * we are still responsible for freeing trusted after we have finished with
   * it.
   */
  X509_STORE_CTX_set0_trusted_stack(ctx, trusted)

  TEST_int_eq(X509_verify_cert(ctx), expected)

  sk_X509_pop_free(trusted, X509_free)
  sk_X509_pop_free(untrusted, X509_free)
  X509_STORE_CTX_free(ctx)
  X509_free(eecert)
}

function test_purpose_ssl_client(): void {
  do_test_purpose(X509_PURPOSE_SSL_CLIENT, 0)
}

function test_purpose_ssl_server(): void {
  do_test_purpose(X509_PURPOSE_SSL_SERVER, 1)
}

function test_purpose_any(): void {
  do_test_purpose(X509_PURPOSE_ANY, 1)
}

ADD_TEST(test_alt_chains_cert_forgery)
ADD_TEST(test_store_ctx)
ADD_TEST(test_self_signed_good)
ADD_TEST(test_self_signed_bad)
ADD_TEST(test_purpose_ssl_client)
ADD_TEST(test_purpose_ssl_server)
ADD_TEST(test_purpose_any)
