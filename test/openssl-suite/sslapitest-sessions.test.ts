// Ported from OpenSSL 3.0's test/sslapitest.c, Apache-2.0: sessions and their caches.
import {
  type Out,
  type SSL,
  SSL_CTX_add_session,
  SSL_CTX_remove_session,
  SSL_CTX_sess_number,
  SSL_CTX_sess_set_cache_size,
  SSL_CTX_sess_set_get_cb,
  SSL_CTX_sess_set_new_cb,
  SSL_CTX_sess_set_remove_cb,
  SSL_CTX_set_max_proto_version,
  SSL_CTX_set_min_proto_version,
  SSL_CTX_set_options,
  SSL_CTX_set_session_cache_mode,
  SSL_ERROR_NONE,
  SSL_get_session,
  SSL_get1_session,
  SSL_OP_DISABLE_TLSEXT_CA_NAMES,
  SSL_OP_NO_TICKET,
  SSL_SESS_CACHE_CLIENT,
  SSL_SESS_CACHE_NO_INTERNAL_STORE,
  SSL_SESS_CACHE_SERVER,
  type SSL_SESSION,
  SSL_SESSION_dup,
  SSL_SESSION_free,
  SSL_SESSION_set_time,
  SSL_SESSION_set_timeout,
  SSL_session_reused,
  SSL_set_session,
  TLS1_1_VERSION,
  TLS1_2_VERSION,
} from '../../lib/index.ts'
import { free_all, tls_pair } from './sslapitest.ts'
import { create_ssl_connection, create_ssl_objects, shutdown_ssl_connection } from './ssltestlib.ts'
import {
  ADD_TEST,
  TEST_false,
  TEST_int_eq,
  TEST_int_gt,
  TEST_int_ne,
  TEST_ptr,
  TEST_ptr_eq,
  TEST_true,
} from './testutil.ts'

let new_called = 0
let remove_called = 0
let get_called = 0

function new_session_cb(_ssl: SSL, sess: SSL_SESSION): number {
  new_called++
  /*
   * sess has been up-refed for us, but we don't actually need it so free it
   * immediately.
   */
  SSL_SESSION_free(sess)
  return 1
}

function remove_session_cb(): void {
  remove_called++
}

let get_sess_val: SSL_SESSION | null = null

function get_session_cb(_ssl: SSL, _id: Uint8Array, _len: number, copy: Out<number>): SSL_SESSION | null {
  get_called++
  copy.value = 1
  return get_sess_val
}

function execute_test_session(
  maxprot: number,
  use_int_cache: boolean,
  use_ext_cache: boolean,
  s_options: number,
): void {
  new_called = remove_called = 0

  const { sctx, cctx } = tls_pair()

  /*
   * Only allow the max protocol version so we can force a connection failure
   * later
   */
  SSL_CTX_set_min_proto_version(cctx, maxprot)
  SSL_CTX_set_max_proto_version(cctx, maxprot)

  /* Set up session cache */
  if (use_ext_cache) {
    SSL_CTX_sess_set_new_cb(cctx, new_session_cb)
    SSL_CTX_sess_set_remove_cb(cctx, remove_session_cb)
  }
  if (use_int_cache) {
    /* Also covers instance where both are set */
    SSL_CTX_set_session_cache_mode(cctx, SSL_SESS_CACHE_CLIENT)
  } else {
    SSL_CTX_set_session_cache_mode(cctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE)
  }

  if (s_options) SSL_CTX_set_options(sctx, s_options)

  let first = create_ssl_objects(sctx, cctx)
  TEST_true(create_ssl_connection(first.serverssl, first.clientssl, SSL_ERROR_NONE))
  let sess1 = TEST_ptr(SSL_get1_session(first.clientssl))

  /* Should fail because it should already be in the cache */
  if (use_int_cache) TEST_false(SSL_CTX_add_session(cctx, sess1))
  if (use_ext_cache) {
    TEST_int_eq(new_called, 1)
    TEST_int_eq(remove_called, 0)
  }

  new_called = remove_called = 0
  let second = create_ssl_objects(sctx, cctx)
  TEST_true(SSL_set_session(second.clientssl, sess1))
  TEST_true(create_ssl_connection(second.serverssl, second.clientssl, SSL_ERROR_NONE))
  TEST_true(SSL_session_reused(second.clientssl))

  /*
   * In TLSv1.2 we expect to have resumed so no sessions added or
   * removed.
   */
  if (use_ext_cache) {
    TEST_int_eq(new_called, 0)
    TEST_int_eq(remove_called, 0)
  }

  SSL_SESSION_free(sess1)
  sess1 = TEST_ptr(SSL_get1_session(second.clientssl))
  shutdown_ssl_connection(second.serverssl, second.clientssl)

  new_called = remove_called = 0
  second = create_ssl_objects(sctx, cctx)
  TEST_true(create_ssl_connection(second.serverssl, second.clientssl, SSL_ERROR_NONE))

  let sess2 = TEST_ptr(SSL_get1_session(second.clientssl))

  if (use_ext_cache) {
    TEST_int_eq(new_called, 1)
    TEST_int_eq(remove_called, 0)
  }

  new_called = remove_called = 0
  /*
   * This should clear sess2 from the cache because it is a "bad" session.
   * See SSL_set_session() documentation.
   */
  TEST_true(SSL_set_session(second.clientssl, sess1))
  if (use_ext_cache) {
    TEST_int_eq(new_called, 0)
    TEST_int_eq(remove_called, 1)
  }
  TEST_ptr_eq(SSL_get_session(second.clientssl), sess1)

  if (use_int_cache) {
    /* Should succeeded because it should not already be in the cache */
    TEST_true(SSL_CTX_add_session(cctx, sess2))
    TEST_true(SSL_CTX_remove_session(cctx, sess2))
  }

  new_called = remove_called = 0
  /* This shouldn't be in the cache so should fail */
  TEST_false(SSL_CTX_remove_session(cctx, sess2))

  if (use_ext_cache) {
    TEST_int_eq(new_called, 0)
    TEST_int_eq(remove_called, 1)
  }

  new_called = remove_called = 0
  /* Force a connection failure */
  SSL_CTX_set_max_proto_version(sctx, TLS1_1_VERSION)
  const third = create_ssl_objects(sctx, cctx)
  TEST_true(SSL_set_session(third.clientssl, sess1))
  /* This should fail because of the mismatched protocol versions */
  TEST_false(create_ssl_connection(third.serverssl, third.clientssl, SSL_ERROR_NONE))

  /* We should have automatically removed the session from the cache */
  if (use_ext_cache) {
    TEST_int_eq(new_called, 0)
    TEST_int_eq(remove_called, 1)
  }

  /* Should succeed because it should not already be in the cache */
  if (use_int_cache) TEST_true(SSL_CTX_add_session(cctx, sess2))

  /* Now do some tests for server side caching */
  if (use_ext_cache) {
    SSL_CTX_sess_set_new_cb(cctx, null)
    SSL_CTX_sess_set_remove_cb(cctx, null)
    SSL_CTX_sess_set_new_cb(sctx, new_session_cb)
    SSL_CTX_sess_set_remove_cb(sctx, remove_session_cb)
    SSL_CTX_sess_set_get_cb(sctx, get_session_cb)
    get_sess_val = null
  }

  SSL_CTX_set_session_cache_mode(cctx, 0)
  /* Internal caching is the default on the server side */
  if (!use_int_cache) {
    SSL_CTX_set_session_cache_mode(sctx, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL_STORE)
  }

  free_all(first.serverssl, first.clientssl, second.serverssl, second.clientssl, sess1, sess2)

  SSL_CTX_set_max_proto_version(sctx, maxprot)
  SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET)
  new_called = remove_called = get_called = 0
  first = create_ssl_objects(sctx, cctx)
  TEST_true(create_ssl_connection(first.serverssl, first.clientssl, SSL_ERROR_NONE))
  sess1 = TEST_ptr(SSL_get1_session(first.clientssl))
  sess2 = TEST_ptr(SSL_get1_session(first.serverssl))

  /* Should fail because it should already be in the cache */
  if (use_int_cache) TEST_false(SSL_CTX_add_session(sctx, sess2))

  if (use_ext_cache) {
    TEST_int_eq(new_called, 1)
    TEST_int_eq(remove_called, 0)
    TEST_int_eq(get_called, 0)
    /*
     * Delete the session from the internal cache to force a lookup from
     * the external cache. We take a copy first because
     * SSL_CTX_remove_session() also marks the session as non-resumable.
     */
    if (use_int_cache) {
      const tmp = TEST_ptr(SSL_SESSION_dup(sess2))
      TEST_true(SSL_CTX_remove_session(sctx, sess2))
      SSL_SESSION_free(sess2)
      sess2 = tmp
    }
  }

  new_called = remove_called = get_called = 0
  get_sess_val = sess2
  second = create_ssl_objects(sctx, cctx)
  TEST_true(SSL_set_session(second.clientssl, sess1))
  TEST_true(create_ssl_connection(second.serverssl, second.clientssl, SSL_ERROR_NONE))
  TEST_true(SSL_session_reused(second.clientssl))

  if (use_ext_cache) {
    TEST_int_eq(remove_called, 0)
    TEST_int_eq(new_called, 0)
    TEST_int_eq(get_called, 1)
  }
  /*
   * Make a small cache, force out all other sessions but
   * sess2, try to add sess1, which should succeed. Then
   * make sure it's there by checking the owners. Despite
   * the timeouts, sess1 should have kicked out sess2
   */

  /* Make sess1 expire before sess2 */
  TEST_int_gt(SSL_SESSION_set_time(sess1, 1000), 0)
  TEST_int_gt(SSL_SESSION_set_timeout(sess1, 1000), 0)
  TEST_int_gt(SSL_SESSION_set_time(sess2, 2000), 0)
  TEST_int_gt(SSL_SESSION_set_timeout(sess2, 2000), 0)

  TEST_int_ne(SSL_CTX_sess_set_cache_size(sctx, 1), 0)

  /* Don't care about results - cache should only be sess2 at end */
  SSL_CTX_add_session(sctx, sess1)
  SSL_CTX_add_session(sctx, sess2)

  /* Now add sess1, and make sure it remains, despite timeout: what C sees in sess1->owner, the cache tells */
  TEST_true(SSL_CTX_add_session(sctx, sess1))
  TEST_int_eq(SSL_CTX_sess_number(sctx), 1)
  TEST_true(SSL_CTX_remove_session(sctx, sess1))
  TEST_int_eq(SSL_CTX_sess_number(sctx), 0)

  free_all(first.serverssl, first.clientssl, second.serverssl, second.clientssl, third.serverssl, third.clientssl)
  free_all(sess1, sess2, sctx, cctx)
}

function test_session_with_only_int_cache(): void {
  execute_test_session(TLS1_2_VERSION, true, false, 0)
}

function test_session_with_only_ext_cache(): void {
  execute_test_session(TLS1_2_VERSION, false, true, 0)
}

function test_session_with_both_cache(): void {
  execute_test_session(TLS1_2_VERSION, true, true, 0)
}

function test_session_wo_ca_names(): void {
  execute_test_session(TLS1_2_VERSION, true, false, SSL_OP_DISABLE_TLSEXT_CA_NAMES)
}

ADD_TEST(test_session_with_only_int_cache)
ADD_TEST(test_session_with_only_ext_cache)
ADD_TEST(test_session_with_both_cache)
ADD_TEST(test_session_wo_ca_names)
