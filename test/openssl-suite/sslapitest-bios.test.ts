// Ported from OpenSSL 3.0's test/sslapitest.c, Apache-2.0: BIOs of an SSL and SSLs of a BIO, signature algorithms.
import {
  type BIO,
  BIO_CLOSE,
  BIO_f_ssl,
  BIO_free,
  BIO_new,
  BIO_pop,
  BIO_push,
  BIO_s_mem,
  BIO_set_ssl,
  BIO_up_ref,
  EVP_PKEY_EC,
  EVP_PKEY_RSA,
  NID_sha256,
  NID_sha512,
  NID_undef,
  SSL_CTX_free,
  SSL_CTX_new_ex,
  SSL_CTX_set_max_proto_version,
  SSL_CTX_set_min_proto_version,
  SSL_CTX_set1_sigalgs,
  SSL_CTX_set1_sigalgs_list,
  SSL_ERROR_NONE,
  SSL_new,
  SSL_set_bio,
  SSL_set0_rbio,
  SSL_set0_wbio,
  SSL_set1_sigalgs,
  SSL_set1_sigalgs_list,
  TLS_method,
  TLS1_1_VERSION,
  TLS1_2_VERSION,
} from '../../lib/index.ts'
import { free_all, tls_pair } from './sslapitest.ts'
import { create_ssl_connection, create_ssl_objects } from './ssltestlib.ts'
import { ADD_ALL_TESTS, ADD_TEST, TEST_int_eq, TEST_ptr } from './testutil.ts'

const USE_NULL = 0
const USE_BIO_1 = 1
const USE_BIO_2 = 2
const USE_DEFAULT = 3

const TOTAL_NO_CONN_SSL_SET_BIO_TESTS = 3 * 3 * 3 * 3
const TOTAL_CONN_SUCCESS_SSL_SET_BIO_TESTS = 2 * 2
const TOTAL_CONN_FAIL_SSL_SET_BIO_TESTS = 2 * 2

const TOTAL_SSL_SET_BIO_TESTS =
  TOTAL_NO_CONN_SSL_SET_BIO_TESTS + TOTAL_CONN_SUCCESS_SSL_SET_BIO_TESTS + TOTAL_CONN_FAIL_SSL_SET_BIO_TESTS

function setupbio(bio1: BIO | null, bio2: BIO | null, type: number): BIO | null {
  return type === USE_NULL ? null : type === USE_BIO_1 ? bio1 : bio2
}

/*
 * Tests calls to SSL_set_bio() under various conditions.
 *
 * For the first 3 * 3 * 3 * 3 = 81 tests we do 2 calls to SSL_set_bio() with
 * various combinations of valid BIOs or NULL being set for the rbio/wbio. We
 * then do more tests where we create a successful connection first using our
 * standard connection setup functions, and then call SSL_set_bio() with
 * various combinations of valid BIOs or NULL. We then repeat these tests
 * following a failed connection. In this last case we are looking to check that
 * SSL_set_bio() functions correctly in the case where s->bbio is not NULL.
 */
function test_ssl_set_bio(index: number): void {
  let idx = index
  let [initrbio, initwbio, newrbio, newwbio] = [USE_DEFAULT, USE_DEFAULT, USE_DEFAULT, USE_DEFAULT]
  const next = (count: number): number => {
    const value = idx % count
    idx = Math.floor(idx / count)
    return value
  }
  const connected = index >= TOTAL_NO_CONN_SSL_SET_BIO_TESTS
  let fails = false
  if (!connected) {
    initrbio = next(3)
    initwbio = next(3)
    newrbio = next(3)
    newwbio = next(3)
  } else {
    idx -= TOTAL_NO_CONN_SSL_SET_BIO_TESTS
    newrbio = next(2)
    newwbio = next(2)
    fails = next(2) === 1
  }

  const { sctx, cctx } = tls_pair()

  if (fails) {
    /* By setting mismatched protocol versions we will force a connection failure. */
    SSL_CTX_set_min_proto_version(sctx, TLS1_2_VERSION)
    SSL_CTX_set_max_proto_version(cctx, TLS1_1_VERSION)
  }

  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)

  const used = [initrbio, initwbio, newrbio, newwbio]
  const bio1 = used.includes(USE_BIO_1) ? TEST_ptr(BIO_new(BIO_s_mem())) : null
  const bio2 = used.includes(USE_BIO_2) ? TEST_ptr(BIO_new(BIO_s_mem())) : null
  let irbio: BIO | null = null
  let iwbio: BIO | null = null

  if (initrbio !== USE_DEFAULT) {
    irbio = setupbio(bio1, bio2, initrbio)
    iwbio = setupbio(bio1, bio2, initwbio)
    SSL_set_bio(clientssl, irbio, iwbio)

    /*
     * We want to maintain our own refs to these BIO, so do an up ref for
     * each BIO that will have ownership transferred in the SSL_set_bio()
     * call
     */
    if (irbio !== null) BIO_up_ref(irbio)
    if (iwbio !== null && iwbio !== irbio) BIO_up_ref(iwbio)
  }

  if (connected) TEST_int_eq(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE), fails ? 0 : 1)

  const nrbio = setupbio(bio1, bio2, newrbio)
  const nwbio = setupbio(bio1, bio2, newwbio)

  /*
   * We will (maybe) transfer ownership again so do more up refs.
   * SSL_set_bio() has some really complicated ownership rules where BIOs have
   * already been set!
   */
  if (nrbio !== null && nrbio !== irbio && (nwbio !== iwbio || nrbio !== nwbio)) BIO_up_ref(nrbio)
  if (nwbio !== null && nwbio !== nrbio && (nwbio !== iwbio || (nwbio === iwbio && irbio === iwbio))) BIO_up_ref(nwbio)

  SSL_set_bio(clientssl, nrbio, nwbio)

  BIO_free(bio1)
  BIO_free(bio2)

  /*
   * This test is checking that the ref counting for SSL_set_bio is correct.
   * If we get here and we did too many frees then we will fail in the above
   * functions.
   */
  free_all(serverssl, clientssl, sctx, cctx)
}

type bio_change_t = 'NO_BIO_CHANGE' | 'CHANGE_RBIO' | 'CHANGE_WBIO'

function execute_test_ssl_bio(pop_ssl: boolean, change_bio: bio_change_t): void {
  const ctx = TEST_ptr(SSL_CTX_new_ex(null, null, TLS_method()))
  const ssl = TEST_ptr(SSL_new(ctx))
  const sslbio = TEST_ptr(BIO_new(BIO_f_ssl()))
  const membio1 = TEST_ptr(BIO_new(BIO_s_mem()))

  BIO_set_ssl(sslbio, ssl, BIO_CLOSE)

  /*
   * If anything goes wrong here then we could leak memory.
   */
  BIO_push(sslbio, membio1)

  /* Verify changing the rbio/wbio directly does not cause leaks */
  if (change_bio !== 'NO_BIO_CHANGE') {
    const membio2 = TEST_ptr(BIO_new(BIO_s_mem()))
    if (change_bio === 'CHANGE_RBIO') SSL_set0_rbio(ssl, membio2)
    else SSL_set0_wbio(ssl, membio2)
  }

  if (pop_ssl) BIO_pop(sslbio)
  else BIO_pop(membio1)

  BIO_free(membio1)
  BIO_free(sslbio)
  SSL_CTX_free(ctx)
}

function test_ssl_bio_pop_next_bio(): void {
  execute_test_ssl_bio(false, 'NO_BIO_CHANGE')
}

function test_ssl_bio_pop_ssl_bio(): void {
  execute_test_ssl_bio(true, 'NO_BIO_CHANGE')
}

function test_ssl_bio_change_rbio(): void {
  execute_test_ssl_bio(false, 'CHANGE_RBIO')
}

function test_ssl_bio_change_wbio(): void {
  execute_test_ssl_bio(false, 'CHANGE_WBIO')
}

interface sigalgs_list {
  /* The list of sig algs, or a sigalgs list in string format */
  readonly list: readonly number[] | string
  /* Whether setting the list should succeed */
  readonly valid: boolean
  /* Whether creating a connection with the list should succeed */
  readonly connsuccess: 0 | 1
}

const testsigalgs: readonly sigalgs_list[] = [
  { list: [NID_sha256, EVP_PKEY_RSA], valid: true, connsuccess: 1 },
  { list: [NID_sha256, EVP_PKEY_RSA, NID_sha512, EVP_PKEY_EC], valid: true, connsuccess: 1 },
  { list: [NID_sha512, EVP_PKEY_EC], valid: true, connsuccess: 0 },
  { list: 'RSA+SHA256', valid: true, connsuccess: 1 },
  { list: 'RSA+SHA256:ECDSA+SHA512', valid: true, connsuccess: 1 },
  { list: 'ECDSA+SHA512', valid: true, connsuccess: 0 },
  { list: [NID_undef, EVP_PKEY_RSA], valid: false, connsuccess: 0 },
  { list: [NID_sha256, NID_undef], valid: false, connsuccess: 0 },
  { list: [NID_sha256, EVP_PKEY_RSA, NID_sha256], valid: false, connsuccess: 0 },
  { list: [NID_sha256], valid: false, connsuccess: 0 },
  { list: 'RSA', valid: false, connsuccess: 0 },
  { list: 'SHA256', valid: false, connsuccess: 0 },
  { list: 'RSA+SHA256:SHA256', valid: false, connsuccess: 0 },
  { list: 'Invalid', valid: false, connsuccess: 0 },
]

function test_set_sigalgs(idx: number): void {
  const testctx = idx < testsigalgs.length
  const { list, valid, connsuccess } = TEST_ptr(testsigalgs[idx % testsigalgs.length])

  const { sctx, cctx } = tls_pair()

  SSL_CTX_set_max_proto_version(cctx, TLS1_2_VERSION)

  if (testctx) {
    const ret =
      typeof list === 'string'
        ? SSL_CTX_set1_sigalgs_list(cctx, list)
        : SSL_CTX_set1_sigalgs(cctx, [...list], list.length)
    TEST_int_eq(ret, valid ? 1 : 0)
    if (!valid) return
  }

  const { serverssl, clientssl } = create_ssl_objects(sctx, cctx)

  if (!testctx) {
    const ret =
      typeof list === 'string'
        ? SSL_set1_sigalgs_list(clientssl, list)
        : SSL_set1_sigalgs(clientssl, [...list], list.length)
    TEST_int_eq(ret, valid ? 1 : 0)
    if (!valid) return
  }

  TEST_int_eq(create_ssl_connection(serverssl, clientssl, SSL_ERROR_NONE), connsuccess)

  free_all(serverssl, clientssl, sctx, cctx)
}

ADD_ALL_TESTS(test_ssl_set_bio, TOTAL_SSL_SET_BIO_TESTS)
ADD_TEST(test_ssl_bio_pop_next_bio)
ADD_TEST(test_ssl_bio_pop_ssl_bio)
ADD_TEST(test_ssl_bio_change_rbio)
ADD_TEST(test_ssl_bio_change_wbio)
ADD_ALL_TESTS(test_set_sigalgs, testsigalgs.length * 2)
