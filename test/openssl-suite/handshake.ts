// Ported from OpenSSL 3.0's test/helpers/handshake.c, Apache-2.0: without NPN, SRP, CT, TLSv1.3's messages and SCTP.

import {
  BIO_new,
  BIO_s_mem,
  BIO_set_nbio,
  BIO_up_ref,
  type EVP_PKEY,
  EVP_PKEY_free,
  EVP_PKEY_get_group_name,
  EVP_PKEY_get_id,
  EVP_PKEY_is_a,
  NID_undef,
  OBJ_txt2nid,
  OPENSSL_NPN_NEGOTIATED,
  type Out,
  SSL,
  SSL_AD_INTERNAL_ERROR,
  SSL_AD_PROTOCOL_VERSION,
  SSL_AD_UNRECOGNIZED_NAME,
  SSL_alert_desc_string,
  SSL_alert_type_string,
  SSL_CB_ALERT,
  SSL_CB_WRITE,
  SSL_CIPHER_get_name,
  SSL_CLIENT_HELLO_ERROR,
  SSL_CLIENT_HELLO_SUCCESS,
  type SSL_CTX,
  SSL_CTX_add_session,
  SSL_CTX_get_options,
  SSL_CTX_set_alpn_protos,
  SSL_CTX_set_alpn_select_cb,
  SSL_CTX_set_cert_verify_callback,
  SSL_CTX_set_client_hello_cb,
  SSL_CTX_set_max_send_fragment,
  SSL_CTX_set_session_ticket_cb,
  SSL_CTX_set_tlsext_max_fragment_length,
  SSL_CTX_set_tlsext_servername_callback,
  SSL_CTX_set_tlsext_status_arg,
  SSL_CTX_set_tlsext_status_cb,
  SSL_CTX_set_tlsext_status_type,
  SSL_CTX_set_tlsext_ticket_key_evp_cb,
  SSL_CTX_set_tlsext_ticket_keys,
  SSL_clear_options,
  SSL_client_hello_get0_ciphers,
  SSL_client_hello_get0_compression_methods,
  SSL_client_hello_get0_ext,
  SSL_client_hello_get0_legacy_version,
  SSL_client_hello_get0_random,
  SSL_client_hello_get0_session_id,
  SSL_do_handshake,
  SSL_dup_CA_list,
  SSL_ERROR_WANT_READ,
  SSL_ERROR_WANT_RETRY_VERIFY,
  SSL_ERROR_WANT_WRITE,
  SSL_free,
  SSL_get_current_cipher,
  SSL_get_current_compression,
  SSL_get_error,
  SSL_get_ex_data,
  SSL_get_ex_data_X509_STORE_CTX_idx,
  SSL_get_ex_new_index,
  SSL_get_peer_signature_nid,
  SSL_get_peer_signature_type_nid,
  SSL_get_peer_tmp_key,
  SSL_get_servername,
  SSL_get_session,
  SSL_get_tlsext_status_ocsp_resp,
  SSL_get0_alpn_selected,
  SSL_get0_peer_CA_list,
  SSL_get0_peer_certificate,
  SSL_get0_session,
  SSL_get1_session,
  SSL_in_init,
  SSL_is_server,
  SSL_new,
  SSL_OP_NO_EXTENDED_MASTER_SECRET,
  SSL_read,
  SSL_renegotiate,
  SSL_renegotiate_abbreviated,
  SSL_renegotiate_pending,
  type SSL_SESSION,
  SSL_SESSION_dup,
  SSL_SESSION_free,
  SSL_SESSION_get_id,
  SSL_SESSION_get0_ticket,
  SSL_SESSION_get0_ticket_appdata,
  SSL_SESSION_set1_ticket_appdata,
  SSL_select_next_proto,
  SSL_session_reused,
  SSL_set_accept_state,
  SSL_set_bio,
  SSL_set_cipher_list,
  SSL_set_connect_state,
  SSL_set_ex_data,
  SSL_set_info_callback,
  SSL_set_max_proto_version,
  SSL_set_options,
  SSL_set_retry_verify,
  SSL_set_SSL_CTX,
  SSL_set_session,
  SSL_set_tlsext_host_name,
  SSL_set_tlsext_status_ocsp_resp,
  SSL_shutdown,
  SSL_TICKET_EMPTY,
  SSL_TICKET_NO_DECRYPT,
  SSL_TICKET_RETURN_ABORT,
  SSL_TICKET_RETURN_IGNORE_RENEW,
  SSL_TICKET_RETURN_USE,
  SSL_TICKET_RETURN_USE_RENEW,
  SSL_TICKET_SUCCESS,
  SSL_TICKET_SUCCESS_RENEW,
  SSL_TLSEXT_ERR_ALERT_FATAL,
  SSL_TLSEXT_ERR_NOACK,
  SSL_TLSEXT_ERR_OK,
  SSL_version,
  SSL_write,
  SSL3_VERSION,
  TLS1_1_VERSION,
  TLS1_2_VERSION,
  TLSEXT_NAMETYPE_host_name,
  TLSEXT_STATUSTYPE_ocsp,
  TLSEXT_TYPE_server_name,
  X509_get0_pubkey,
  type X509_NAME,
  type X509_STORE_CTX,
  X509_STORE_CTX_get_ex_data,
  X509_STORE_CTX_set_error,
  X509_V_ERR_APPLICATION_VERIFICATION,
} from '../../lib/index.ts'
import { PACKET } from './packet.ts'
import type { Options, SSL_TEST_CTX } from './ssl_test_ctx.ts'
import { note, openssl_errors, TEST_error, TEST_int_eq, TEST_int_gt, TEST_ptr, TEST_true } from './testutil.ts'
export type ssl_test_result_t = 'Success' | 'ServerFail' | 'ClientFail' | 'InternalError' | 'FirstHandshakeFailed'

export interface HANDSHAKE_RESULT {
  result: ssl_test_result_t
  /* The two alerts in the high byte are the level. */
  client_alert_sent: number
  client_num_fatal_alerts_sent: number
  client_alert_received: number
  server_alert_sent: number
  server_num_fatal_alerts_sent: number
  server_alert_received: number
  client_protocol: number
  server_protocol: number
  servername: string
  session_ticket: 'Yes' | 'No'
  compression: 'Yes' | 'No'
  session_id: 'Yes' | 'No'
  session_ticket_do_not_call: boolean
  client_alpn_negotiated: string
  server_alpn_negotiated: string
  result_session_ticket_app_data: string
  client_resumed: number
  server_resumed: number
  tmp_key_type: number
  server_cert_type: number
  server_sign_hash: number
  server_sign_type: number
  server_ca_names: X509_NAME[] | null
  client_cert_type: number
  client_sign_hash: number
  client_sign_type: number
  client_ca_names: X509_NAME[] | null
  cipher: string
}

/*
 * Since there appears to be no way to extract the sent/received alert
 * from the SSL object directly, we use the info callback and stash
 * the result in ex_data.
 */
interface HANDSHAKE_EX_DATA {
  alert_sent: number
  num_fatal_alerts_sent: number
  alert_received: number
  session_ticket_do_not_call: boolean
  servername: string
}

const ex_data_idx = SSL_get_ex_new_index(0, 'ex data')

const fresh_ex_data = (): HANDSHAKE_EX_DATA => ({
  alert_sent: 0,
  num_fatal_alerts_sent: 0,
  alert_received: 0,
  session_ticket_do_not_call: false,
  servername: 'None',
})

const ex_data_of = (s: SSL): HANDSHAKE_EX_DATA => TEST_ptr(SSL_get_ex_data(s, ex_data_idx) as HANDSHAKE_EX_DATA | null)

function info_cb(s: SSL, where: number, ret: number): void {
  if (where & SSL_CB_ALERT) {
    const ex_data = ex_data_of(s)
    if (where & SSL_CB_WRITE) {
      ex_data.alert_sent = ret
      if (SSL_alert_type_string(ret) === 'F' || SSL_alert_desc_string(ret) === 'CN') ex_data.num_fatal_alerts_sent++
    } else {
      ex_data.alert_received = ret
    }
  }
}

/*
 * Copy over all the SSL_CTX options - reasonable behavior
 * allows testing of cases where the options between two
 * contexts differ/conflict
 */
function switch_ctx(s: SSL, new_ctx: SSL_CTX): void {
  SSL_set_SSL_CTX(s, new_ctx)
  SSL_clear_options(s, 0xffffffff)
  SSL_set_options(s, SSL_CTX_get_options(new_ctx))
  ex_data_of(s).servername = 'server2'
}

/* Select the appropriate server CTX.
 * Returns SSL_TLSEXT_ERR_OK if a match was found.
 * If |ignore| is 1, returns SSL_TLSEXT_ERR_NOACK on mismatch.
 * Otherwise, returns SSL_TLSEXT_ERR_ALERT_FATAL on mismatch.
 * An empty SNI extension also returns SSL_TSLEXT_ERR_NOACK.
 */
function select_server_ctx(s: SSL, new_ctx: SSL_CTX, ignore: boolean): number {
  const servername = SSL_get_servername(s, TLSEXT_NAMETYPE_host_name)
  const ex_data = ex_data_of(s)

  if (servername === null) {
    ex_data.servername = 'server1'
    return SSL_TLSEXT_ERR_NOACK
  }
  if (servername === 'server2') {
    switch_ctx(s, new_ctx)
    return SSL_TLSEXT_ERR_OK
  }
  if (servername === 'server1') {
    ex_data.servername = 'server1'
    return SSL_TLSEXT_ERR_OK
  }
  if (ignore) {
    ex_data.servername = 'server1'
    return SSL_TLSEXT_ERR_NOACK
  }
  /* Don't set an explicit alert, to test library defaults. */
  return SSL_TLSEXT_ERR_ALERT_FATAL
}

function client_hello_select_server_ctx(s: SSL, new_ctx: SSL_CTX, ignore: boolean): boolean {
  const p: Out<Uint8Array> = { value: new Uint8Array(0) }
  const ex_data = ex_data_of(s)

  /*
   * The server_name extension was given too much extensibility when it
   * was written, so parsing the normal case is a bit complex.
   */
  if (!SSL_client_hello_get0_ext(s, TLSEXT_TYPE_server_name, p, null) || p.value.length <= 2) return false
  /* Extract the length of the supplied list of names. */
  const list = new PACKET(p.value).as_length_prefixed_2()
  /*
   * The list in practice only has a single element, so we only consider
   * the first one.
   */
  if (list.get_1() !== TLSEXT_NAMETYPE_host_name) return false
  /* Now we can finally pull out the byte array with the actual hostname. */
  const servername = Buffer.from(list.get_length_prefixed_2().data).toString('latin1')

  if (servername === 'server2') {
    switch_ctx(s, new_ctx)
    return true
  }
  if (servername === 'server1' || ignore) {
    ex_data.servername = 'server1'
    return true
  }
  return false
}

/*
 * (RFC 6066):
 *  If the server understood the ClientHello extension but
 *  does not recognize the server name, the server SHOULD take one of two
 *  actions: either abort the handshake by sending a fatal-level
 *  unrecognized_name(112) alert or continue the handshake.
 *
 * This behaviour is up to the application to configure; we test both
 * configurations to ensure the state machine propagates the result
 * correctly.
 */
const servername_cb =
  (server2: SSL_CTX, ignore: boolean) =>
  (s: SSL): number =>
    select_server_ctx(s, server2, ignore)

const client_hello_cb =
  (server2: SSL_CTX, ignore: boolean) =>
  (s: SSL, al: Out<number>): number => {
    if (client_hello_select_server_ctx(s, server2, ignore)) return SSL_CLIENT_HELLO_SUCCESS
    al.value = SSL_AD_UNRECOGNIZED_NAME
    return SSL_CLIENT_HELLO_ERROR
  }

const client_hello_nov12_cb =
  (server2: SSL_CTX) =>
  (s: SSL, al: Out<number>): number => {
    const v = SSL_client_hello_get0_legacy_version(s)
    if (v > TLS1_2_VERSION || v < SSL3_VERSION) {
      al.value = SSL_AD_PROTOCOL_VERSION
      return SSL_CLIENT_HELLO_ERROR
    }
    const p: Out<Uint8Array> = { value: new Uint8Array(0) }
    SSL_client_hello_get0_session_id(s, p)
    if (
      SSL_client_hello_get0_random(s, p) === 0 ||
      SSL_client_hello_get0_ciphers(s, p) === 0 ||
      SSL_client_hello_get0_compression_methods(s, p) === 0
    ) {
      al.value = SSL_AD_INTERNAL_ERROR
      return SSL_CLIENT_HELLO_ERROR
    }
    const ret = client_hello_select_server_ctx(s, server2, false)
    SSL_set_max_proto_version(s, TLS1_1_VERSION)
    if (ret) return SSL_CLIENT_HELLO_SUCCESS
    al.value = SSL_AD_UNRECOGNIZED_NAME
    return SSL_CLIENT_HELLO_ERROR
  }

const dummy_ocsp_resp_good_val = 0xff
const dummy_ocsp_resp_bad_val = 0xfe

/*
 * For the purposes of testing we just send back a dummy OCSP response
 */
function server_ocsp_cb(s: SSL, arg: unknown): number {
  return SSL_set_tlsext_status_ocsp_resp(s, Uint8Array.of(Number(arg)), 1)
    ? SSL_TLSEXT_ERR_OK
    : SSL_TLSEXT_ERR_ALERT_FATAL
}

function client_ocsp_cb(s: SSL): number {
  const resp: Out<Uint8Array | null> = { value: null }
  const len = SSL_get_tlsext_status_ocsp_resp(s, resp)
  return len !== 1 || resp.value?.[0] !== dummy_ocsp_resp_good_val ? 0 : 1
}

function verify_reject_cb(ctx: X509_STORE_CTX): number {
  X509_STORE_CTX_set_error(ctx, X509_V_ERR_APPLICATION_VERIFICATION)
  return 0
}

let n_retries = 0

function verify_retry_cb(ctx: X509_STORE_CTX): number {
  const ssl = X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx())
  /* this should not happen but check anyway */
  if (!(ssl instanceof SSL)) return 0
  if (--n_retries < 0) return 1
  return SSL_set_retry_verify(ssl)
}

function do_not_call_session_ticket_cb(s: SSL): number {
  ex_data_of(s).session_ticket_do_not_call = true
  return 0
}

/* Parse the comma-separated list into TLS format. */
function parse_protos(protos: string): Uint8Array {
  if (protos === '') return new Uint8Array(0)
  const parts = protos.split(',')
  for (const part of parts) TEST_int_gt(part.length, 0)
  return Buffer.concat(parts.map(part => Buffer.from(String.fromCharCode(part.length) + part, 'latin1')))
}

/*
 * The server SHOULD select the most highly preferred protocol that it supports
 * and that is also advertised by the client.  In the event that the server
 * supports no protocols that the client advertises, then the server SHALL
 * respond with a fatal "no_application_protocol" alert.
 */
function set_server_alpn(ctx: SSL_CTX, protocols: string | undefined): void {
  if (protocols === undefined) return
  const supported = parse_protos(protocols)
  SSL_CTX_set_alpn_select_cb(ctx, (_s, out, outlen, list) => {
    const ret = SSL_select_next_proto(out, outlen, supported, supported.length, list, list.length)
    /* Unlike NPN, we don't tolerate a mismatch. */
    return ret === OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL
  })
}

function generate_session_ticket_cb(s: SSL, arg: unknown): number {
  const ss = SSL_get_session(s)
  const app_data = Buffer.from(String(arg))
  return ss === null ? 0 : SSL_SESSION_set1_ticket_appdata(ss, app_data, app_data.length)
}

function decrypt_session_ticket_cb(
  _s: SSL,
  _ss: SSL_SESSION | null,
  _keyname: Uint8Array,
  _keyname_len: number,
  status: number,
): number {
  switch (status) {
    case SSL_TICKET_EMPTY:
    case SSL_TICKET_NO_DECRYPT:
      return SSL_TICKET_RETURN_IGNORE_RENEW
    case SSL_TICKET_SUCCESS:
      return SSL_TICKET_RETURN_USE
    case SSL_TICKET_SUCCESS_RENEW:
      return SSL_TICKET_RETURN_USE_RENEW
    default:
      return SSL_TICKET_RETURN_ABORT
  }
}

/** The contexts of one connection, and what the test says about its ends. */
interface Contexts {
  readonly server_ctx: SSL_CTX
  readonly server2_ctx: SSL_CTX | null
  readonly client_ctx: SSL_CTX
  readonly server: Options
  readonly server2: Options
  readonly client: Options
}

/*
 * Configure callbacks and other properties that can't be set directly
 * in the server/client CONF.
 */
function configure_handshake_ctx(test: Options, contexts: Contexts): void {
  const { server_ctx, server2_ctx, client_ctx, server, server2, client } = contexts
  const max_fragment_size = Number(test.MaxFragmentSize ?? default_max_fragment_size)
  for (const ctx of [server_ctx, server2_ctx, client_ctx]) {
    if (ctx !== null) TEST_int_eq(SSL_CTX_set_max_send_fragment(ctx, max_fragment_size), 1)
  }

  switch (client.VerifyCallback) {
    case 'AcceptAll':
      SSL_CTX_set_cert_verify_callback(client_ctx, () => 1, null)
      break
    case 'RetryOnce':
      n_retries = 1
      SSL_CTX_set_cert_verify_callback(client_ctx, verify_retry_cb, null)
      break
    case 'RejectAll':
      SSL_CTX_set_cert_verify_callback(client_ctx, verify_reject_cb, null)
      break
  }

  if (client.MaxFragmentLenExt !== undefined) {
    const mode = ['None', '512', '1024', '2048', '4096'].indexOf(client.MaxFragmentLenExt)
    TEST_true(SSL_CTX_set_tlsext_max_fragment_length(client_ctx, mode))
  }

  /*
   * Link the two contexts for SNI purposes.
   * Also do ClientHello callbacks here, as setting both ClientHello and SNI
   * is bad.
   */
  if (server.ServerNameCallback !== undefined)
    link_contexts(server.ServerNameCallback, server_ctx, TEST_ptr(server2_ctx))

  if (server.CertStatus !== undefined) {
    const good = server.CertStatus === 'GoodResponse'
    SSL_CTX_set_tlsext_status_type(client_ctx, TLSEXT_STATUSTYPE_ocsp)
    SSL_CTX_set_tlsext_status_cb(client_ctx, client_ocsp_cb)
    SSL_CTX_set_tlsext_status_arg(client_ctx, null)
    SSL_CTX_set_tlsext_status_cb(server_ctx, server_ocsp_cb)
    SSL_CTX_set_tlsext_status_arg(server_ctx, good ? dummy_ocsp_resp_good_val : dummy_ocsp_resp_bad_val)
  }

  /*
   * The initial_ctx/session_ctx always handles the encrypt/decrypt of the
   * session ticket. This ticket_key callback is assigned to the second
   * session (assigned via SNI), and should never be invoked
   */
  if (server2_ctx !== null) SSL_CTX_set_tlsext_ticket_key_evp_cb(server2_ctx, do_not_call_session_ticket_cb)

  if (server.BrokenSessionTicket === 'Yes') SSL_CTX_set_tlsext_ticket_key_evp_cb(server_ctx, () => 0)

  set_server_alpn(server_ctx, server.ALPNProtocols)
  if (server2_ctx !== null) set_server_alpn(server2_ctx, server2.ALPNProtocols)
  if (client.ALPNProtocols !== undefined) {
    /* Reversed return value convention... */
    TEST_int_eq(SSL_CTX_set_alpn_protos(client_ctx, parse_protos(client.ALPNProtocols)), 0)
  }

  if (server.SessionTicketAppData !== undefined) {
    SSL_CTX_set_session_ticket_cb(
      server_ctx,
      generate_session_ticket_cb,
      decrypt_session_ticket_cb,
      server.SessionTicketAppData,
    )
  }
  if (server2.SessionTicketAppData !== undefined) {
    SSL_CTX_set_session_ticket_cb(TEST_ptr(server2_ctx), null, decrypt_session_ticket_cb, server2.SessionTicketAppData)
  }

  /*
   * Use fixed session ticket keys so that we can decrypt a ticket created with
   * one CTX in another CTX. Don't address server2 for the moment.
   */
  const ticket_keys = new Uint8Array(SSL_CTX_set_tlsext_ticket_keys(server_ctx, null, 0))
  TEST_int_eq(SSL_CTX_set_tlsext_ticket_keys(server_ctx, ticket_keys, ticket_keys.length), 1)
}

const default_max_fragment_size = 512
const default_app_data_size = 256

function link_contexts(callback: string, server_ctx: SSL_CTX, server2_ctx: SSL_CTX): void {
  switch (callback) {
    case 'IgnoreMismatch':
    case 'RejectMismatch':
      SSL_CTX_set_tlsext_servername_callback(server_ctx, servername_cb(server2_ctx, callback === 'IgnoreMismatch'))
      break
    case 'ClientHelloIgnoreMismatch':
    case 'ClientHelloRejectMismatch':
      SSL_CTX_set_client_hello_cb(server_ctx, client_hello_cb(server2_ctx, callback === 'ClientHelloIgnoreMismatch'))
      break
    case 'ClientHelloNoV12':
      SSL_CTX_set_client_hello_cb(server_ctx, client_hello_nov12_cb(server2_ctx))
      break
    default:
      TEST_error(`ServerNameCallback = ${callback}`)
  }
}

/* The status for each connection phase. */
type peer_status_t = 'SUCCESS' | 'RETRY' | 'ERROR' | 'WAITING' | 'TEST_FAILURE'

/* An SSL object and associated read-write buffers. */
interface PEER {
  readonly ssl: SSL
  readonly buf: Uint8Array
  bytes_to_write: number
  bytes_to_read: number
  status: peer_status_t
}

const peer_buffer_size = 64 * 1024

function create_peer(ctx: SSL_CTX, app_data_size: number, status: peer_status_t): PEER {
  return {
    ssl: TEST_ptr(SSL_new(ctx)),
    buf: new Uint8Array(peer_buffer_size),
    bytes_to_write: app_data_size,
    bytes_to_read: app_data_size,
    status,
  }
}

/*
 * Note that we could do the handshake transparently under an SSL_write,
 * but separating the steps is more helpful for debugging test failures.
 */
function do_handshake_step(peer: PEER): void {
  if (peer.status !== 'RETRY') {
    peer.status = 'TEST_FAILURE'
    return
  }
  const ret = SSL_do_handshake(peer.ssl)
  if (ret === 1) {
    peer.status = 'SUCCESS'
  } else if (ret === 0) {
    peer.status = 'ERROR'
  } else {
    const error = SSL_get_error(peer.ssl, ret)
    /* Memory bios should never block with SSL_ERROR_WANT_WRITE. */
    if (error !== SSL_ERROR_WANT_READ && error !== SSL_ERROR_WANT_RETRY_VERIFY) peer.status = 'ERROR'
  }
}

/*-
 * Send/receive some application data. The read-write sequence is
 * Peer A: (R) W - first read will yield no data
 * Peer B:  R  W
 * ...
 * Peer A:  R  W
 * Peer B:  R  W
 * Peer A:  R
 */
function do_app_data_step(peer: PEER): void {
  if (peer.status !== 'RETRY') {
    peer.status = 'TEST_FAILURE'
    return
  }

  /* We read everything available... */
  let ret = 1
  while (ret > 0 && peer.bytes_to_read > 0) {
    ret = SSL_read(peer.ssl, peer.buf, peer.buf.length)
    if (ret > 0) {
      if (ret > peer.bytes_to_read) {
        peer.status = 'TEST_FAILURE'
        return
      }
      peer.bytes_to_read -= ret
    } else if (ret === 0 || SSL_get_error(peer.ssl, ret) !== SSL_ERROR_WANT_READ) {
      peer.status = 'ERROR'
      return
    } /* Else continue with write. */
  }

  /* ... but we only write one write-buffer-full of data. */
  const write_bytes = Math.min(peer.bytes_to_write, peer.buf.length)
  if (write_bytes > 0) {
    ret = SSL_write(peer.ssl, peer.buf, write_bytes)
    if (ret <= 0) {
      /*
       * We should perhaps check for SSL_ERROR_WANT_READ/WRITE here
       * but this doesn't yet occur with current app data sizes.
       */
      peer.status = 'ERROR'
      return
    }
    /* SSL_write will only succeed with a complete write. */
    if (ret !== write_bytes) {
      peer.status = 'TEST_FAILURE'
      return
    }
    peer.bytes_to_write -= ret
  }

  /*
   * We could simply finish when there was nothing to read, and we have
   * nothing left to write. But keeping track of the expected number of bytes
   * to read gives us somewhat better guarantees that all data sent is in fact
   * received.
   */
  if (peer.bytes_to_write === 0 && peer.bytes_to_read === 0) peer.status = 'SUCCESS'
}

function do_reneg_setup_step(test: Options, client: Options, peer: PEER): void {
  if (peer.status === 'SUCCESS') {
    /*
     * We are a client that succeeded this step previously, but the server
     * wanted to retry. Probably there is a no_renegotiation warning alert
     * waiting for us. Attempt to continue the handshake.
     */
    peer.status = 'RETRY'
    do_handshake_step(peer)
    return
  }
  if (peer.status !== 'RETRY') {
    peer.status = 'TEST_FAILURE'
    return
  }

  /* Reset the count of the amount of app data we need to read/write */
  peer.bytes_to_write = peer.bytes_to_read = Number(test.ApplicationData ?? default_app_data_size)

  /* Check if we are the peer that is going to initiate */
  const initiator = test.HandshakeMode === 'RenegotiateServer' ? 1 : 0
  /*
   * If we already asked for a renegotiation then fall through to the
   * SSL_read() below.
   */
  if (SSL_is_server(peer.ssl) === initiator && !SSL_renegotiate_pending(peer.ssl)) {
    /*
     * If we are the client we will always attempt to resume the
     * session. The server may or may not resume dependent on the
     * setting of SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION
     */
    if (!start_renegotiation(client, peer.ssl)) {
      peer.status = 'ERROR'
      return
    }
    do_handshake_step(peer)
    /*
     * If status is PEER_RETRY it means we're waiting on the peer to
     * continue the handshake. As far as setting up the renegotiation is
     * concerned that is a success. The next step will continue the
     * handshake to its conclusion.
     *
     * If status is PEER_SUCCESS then we are the server and we have
     * successfully sent the HelloRequest. We need to continue to wait
     * until the handshake arrives from the client.
     */
    const status: peer_status_t = peer.status
    peer.status = status === 'RETRY' ? 'SUCCESS' : swapped(status)
    return
  }

  /*
   * The SSL object is still expecting app data, even though it's going to
   * get a handshake message. We try to read, and it should fail - after which
   * we should be in a handshake
   */
  const ret = SSL_read(peer.ssl, new Uint8Array(1), 1)
  if (ret >= 0 || SSL_get_error(peer.ssl, ret) !== SSL_ERROR_WANT_READ) {
    /*
     * We're not actually expecting data - we're expecting a reneg to
     * start
     */
    peer.status = 'ERROR'
    return
  }
  /* If we're not in init yet then we're not done with setup yet */
  if (!SSL_in_init(peer.ssl)) return
  peer.status = 'SUCCESS'
}

const swapped = (status: peer_status_t): peer_status_t => (status === 'SUCCESS' ? 'RETRY' : status)

function start_renegotiation(client: Options, ssl: SSL): number {
  if (SSL_is_server(ssl)) return SSL_renegotiate(ssl)
  let full_reneg = false
  if (client.RenegotiateNoExtms === 'Yes') {
    SSL_set_options(ssl, SSL_OP_NO_EXTENDED_MASTER_SECRET)
    full_reneg = true
  }
  if (client.RenegotiateCiphers !== undefined) {
    if (!SSL_set_cipher_list(ssl, client.RenegotiateCiphers)) return 0
    full_reneg = true
  }
  return full_reneg ? SSL_renegotiate(ssl) : SSL_renegotiate_abbreviated(ssl)
}

/*
 * RFC 5246 says:
 *
 * Note that as of TLS 1.1,
 *     failure to properly close a connection no longer requires that a
 *     session not be resumed.  This is a change from TLS 1.0 to conform
 *     with widespread implementation practice.
 *
 * However,
 * (a) OpenSSL requires that a connection be shutdown for all protocol versions.
 * (b) We test lower versions, too.
 * So we just implement shutdown. We do a full bidirectional shutdown so that we
 * can compare sent and received close_notify alerts and get some test coverage
 * for SSL_shutdown as a bonus.
 */
function do_shutdown_step(peer: PEER): void {
  if (peer.status !== 'RETRY') {
    peer.status = 'TEST_FAILURE'
    return
  }
  const ret = SSL_shutdown(peer.ssl)
  if (ret === 1) {
    peer.status = 'SUCCESS'
  } else if (ret < 0) {
    /* On 0, we retry. */
    const error = SSL_get_error(peer.ssl, ret)
    if (error !== SSL_ERROR_WANT_READ && error !== SSL_ERROR_WANT_WRITE) peer.status = 'ERROR'
  }
}

type Phase =
  | 'HANDSHAKE'
  | 'RENEG_APPLICATION_DATA'
  | 'RENEG_SETUP'
  | 'RENEG_HANDSHAKE'
  | 'APPLICATION_DATA'
  | 'SHUTDOWN'

const SIMPLE: readonly Phase[] = ['HANDSHAKE', 'APPLICATION_DATA', 'SHUTDOWN']
const RENEGOTIATED: readonly Phase[] = [
  'HANDSHAKE',
  'RENEG_APPLICATION_DATA',
  'RENEG_SETUP',
  'RENEG_HANDSHAKE',
  'APPLICATION_DATA',
  'SHUTDOWN',
]

function do_connect_step(test: Options, client: Options, peer: PEER, phase: Phase): void {
  switch (phase) {
    case 'HANDSHAKE':
    case 'RENEG_HANDSHAKE':
      do_handshake_step(peer)
      break
    case 'RENEG_APPLICATION_DATA':
    case 'APPLICATION_DATA':
      do_app_data_step(peer)
      break
    case 'RENEG_SETUP':
      do_reneg_setup_step(test, client, peer)
      break
    case 'SHUTDOWN':
      do_shutdown_step(peer)
      break
  }
}

type handshake_status_t = 'HANDSHAKE_SUCCESS' | 'ClientFail' | 'ServerFail' | 'InternalError' | 'HANDSHAKE_RETRY'

/*
 * Determine the handshake outcome.
 * last_status: the status of the peer to have acted last.
 * previous_status: the status of the peer that didn't act last.
 * client_spoke_last: 1 if the client went last.
 */
function handshake_status(
  last_status: peer_status_t,
  previous_status: peer_status_t,
  client_spoke_last: boolean,
): handshake_status_t {
  if (last_status === 'TEST_FAILURE' || last_status === 'WAITING' || previous_status === 'TEST_FAILURE') {
    return 'InternalError'
  }
  if (last_status === 'RETRY') return 'HANDSHAKE_RETRY'
  if (last_status === 'SUCCESS') {
    /* Both succeeded. */
    if (previous_status === 'SUCCESS') return 'HANDSHAKE_SUCCESS'
    /*
     * Second peer succeeded despite the fact that the first peer
     * already errored. This shouldn't happen. Else let the first peer finish.
     */
    return previous_status === 'ERROR' ? 'InternalError' : 'HANDSHAKE_RETRY'
  }
  switch (previous_status) {
    case 'WAITING':
      /* The client failed immediately before sending the ClientHello */
      return client_spoke_last ? 'ClientFail' : 'InternalError'
    case 'SUCCESS':
      /* First peer succeeded but second peer errored. */
      return client_spoke_last ? 'ClientFail' : 'ServerFail'
    case 'RETRY':
      /* We errored; let the peer finish. */
      return 'HANDSHAKE_RETRY'
    case 'ERROR':
      /* Both peers errored. Return the one that errored first. */
      return client_spoke_last ? 'ServerFail' : 'ClientFail'
  }
}

/*
 * Half-duplex handshake loop.
 * Client and server speak to each other synchronously in the same process.
 * We use non-blocking BIOs, so whenever one peer blocks for read, it
 * returns PEER_RETRY to indicate that it's the other peer's turn to write.
 * The handshake succeeds once both peers have succeeded. If one peer
 * errors out, we also let the other peer retry (and presumably fail).
 */
function run_phases(test: Options, extra: Options, client: PEER, server: PEER): ssl_test_result_t {
  let client_turn = true
  let client_turn_count = 0
  let client_wait_count = 0
  const phases = [...(test.HandshakeMode?.startsWith('Renegotiate') ? RENEGOTIATED : SIMPLE)]
  for (;;) {
    const phase = phases[0]
    if (phase === undefined) return 'Success'
    do_connect_step(test, extra, client_turn ? client : server, phase)
    const status = client_turn
      ? handshake_status(client.status, server.status, true)
      : handshake_status(server.status, client.status, false)
    if (server.status === 'WAITING') server.status = 'RETRY'

    switch (status) {
      case 'HANDSHAKE_SUCCESS':
        client_turn_count = 0
        phases.shift()
        client.status = server.status = 'RETRY'
        /*
         * For now, client starts each phase. Since each phase is
         * started separately, we can later control this more
         * precisely, for example, to test client-initiated and
         * server-initiated shutdown.
         */
        client_turn = true
        break
      case 'HANDSHAKE_RETRY':
        /*
         * At this point, there's been so many PEER_RETRY in a row
         * that it's likely both sides are stuck waiting for a read.
         * It's time to give up.
         */
        if (client_turn_count++ >= 2000) return 'InternalError'
        if (client_turn && server.status === 'SUCCESS') {
          /*
           * The server may finish before the client because the
           * client spends some turns processing NewSessionTickets.
           */
          if (client_wait_count++ >= 2) return 'InternalError'
        } else {
          /* Continue. */
          client_turn = !client_turn
        }
        break
      default:
        return status
    }
  }
}

function pkey_type(pkey: EVP_PKEY | null): number {
  if (pkey === null) return NID_undef
  if (EVP_PKEY_is_a(pkey, 'EC')) {
    const name: Out<string> = { value: '' }
    return EVP_PKEY_get_group_name(pkey, name) ? OBJ_txt2nid(name.value) : NID_undef
  }
  return EVP_PKEY_get_id(pkey)
}

function peer_pkey_type(s: SSL): number {
  const x = SSL_get0_peer_certificate(s)
  return x === null ? NID_undef : pkey_type(X509_get0_pubkey(x))
}

function nid_of(get: (ssl: SSL, nid: Out<number>) => number, ssl: SSL): number {
  const nid = { value: 0 }
  get(ssl, nid)
  return nid.value
}

function alpn_of(ssl: SSL): string {
  const proto: Out<Uint8Array | null> = { value: null }
  SSL_get0_alpn_selected(ssl, proto)
  return Buffer.from(proto.value ?? []).toString('latin1')
}

/** What the second connection of a test resumes. */
interface Sessions {
  client: SSL_SESSION | null
  server: SSL_SESSION | null
}

function do_handshake_internal(
  test: Options,
  contexts: Contexts,
  session_in: Sessions | null,
  session_out: Sessions,
): HANDSHAKE_RESULT {
  configure_handshake_ctx(test, contexts)

  /* Setup SSL and buffers; additional configuration happens below. */
  const app_data_size = Number(test.ApplicationData ?? default_app_data_size)
  const server = create_peer(contexts.server_ctx, app_data_size, 'WAITING')
  const client = create_peer(contexts.client_ctx, app_data_size, 'RETRY')

  if (contexts.client.ServerName !== undefined) SSL_set_tlsext_host_name(client.ssl, contexts.client.ServerName)
  if (session_in !== null) {
    const serv_sess = session_in.server
    /* In case we're testing resumption without tickets. */
    if (serv_sess !== null && SSL_SESSION_get_id(serv_sess).length > 0) {
      TEST_true(SSL_CTX_add_session(contexts.server_ctx, serv_sess))
    }
    TEST_true(SSL_set_session(client.ssl, session_in.client))
  }

  const client_to_server = TEST_ptr(BIO_new(BIO_s_mem()))
  const server_to_client = TEST_ptr(BIO_new(BIO_s_mem()))

  /* Non-blocking bio. */
  BIO_set_nbio(client_to_server, 1)
  BIO_set_nbio(server_to_client, 1)

  SSL_set_connect_state(client.ssl)
  SSL_set_accept_state(server.ssl)

  /* The bios are now owned by the SSL object. */
  SSL_set_bio(client.ssl, server_to_client, client_to_server)
  TEST_int_gt(BIO_up_ref(server_to_client), 0)
  TEST_int_gt(BIO_up_ref(client_to_server), 0)
  SSL_set_bio(server.ssl, client_to_server, server_to_client)

  const server_ex_data = fresh_ex_data()
  const client_ex_data = fresh_ex_data()
  TEST_int_eq(SSL_set_ex_data(server.ssl, ex_data_idx, server_ex_data), 1)
  TEST_int_eq(SSL_set_ex_data(client.ssl, ex_data_idx, client_ex_data), 1)

  SSL_set_info_callback(server.ssl, info_cb)
  SSL_set_info_callback(client.ssl, info_cb)

  let result = run_phases(test, contexts.client, client, server)
  note(`client ${client.status}, server ${server.status}`, ...openssl_errors())
  if (contexts.client.VerifyCallback === 'RetryOnce' && n_retries !== -1) result = 'ServerFail'

  const tick: Out<Uint8Array | null> = { value: null }
  const tick_len = { value: 0 }
  const client_sess = SSL_get0_session(client.ssl)
  const server_sess = SSL_get0_session(server.ssl)
  if (client_sess !== null) SSL_SESSION_get0_ticket(client_sess, tick, tick_len)
  const app_data: Out<Uint8Array | null> = { value: null }
  if (server_sess !== null) SSL_SESSION_get0_ticket_appdata(server_sess, app_data, { value: 0 })
  const tmp_key: Out<EVP_PKEY | null> = { value: null }
  const has_tmp_key = SSL_get_peer_tmp_key(client.ssl, tmp_key) === 1

  const ret: HANDSHAKE_RESULT = {
    result,
    server_alert_sent: server_ex_data.alert_sent,
    server_num_fatal_alerts_sent: server_ex_data.num_fatal_alerts_sent,
    server_alert_received: client_ex_data.alert_received,
    client_alert_sent: client_ex_data.alert_sent,
    client_num_fatal_alerts_sent: client_ex_data.num_fatal_alerts_sent,
    client_alert_received: server_ex_data.alert_received,
    server_protocol: SSL_version(server.ssl),
    client_protocol: SSL_version(client.ssl),
    servername: server_ex_data.servername,
    session_ticket: tick.value === null || tick_len.value === 0 ? 'No' : 'Yes',
    compression: SSL_get_current_compression(client.ssl) === null ? 'No' : 'Yes',
    session_id: client_sess === null || SSL_SESSION_get_id(client_sess).length === 0 ? 'No' : 'Yes',
    session_ticket_do_not_call: server_ex_data.session_ticket_do_not_call,
    client_alpn_negotiated: alpn_of(client.ssl),
    server_alpn_negotiated: alpn_of(server.ssl),
    result_session_ticket_app_data: Buffer.from(app_data.value ?? []).toString('latin1'),
    client_resumed: SSL_session_reused(client.ssl),
    server_resumed: SSL_session_reused(server.ssl),
    cipher: SSL_CIPHER_get_name(SSL_get_current_cipher(client.ssl)),
    tmp_key_type: has_tmp_key ? pkey_type(tmp_key.value) : NID_undef,
    server_sign_hash: nid_of(SSL_get_peer_signature_nid, client.ssl),
    client_sign_hash: nid_of(SSL_get_peer_signature_nid, server.ssl),
    server_sign_type: nid_of(SSL_get_peer_signature_type_nid, client.ssl),
    client_sign_type: nid_of(SSL_get_peer_signature_type_nid, server.ssl),
    client_ca_names: SSL_dup_CA_list(SSL_get0_peer_CA_list(client.ssl) ?? []),
    server_ca_names: SSL_dup_CA_list(SSL_get0_peer_CA_list(server.ssl) ?? []),
    server_cert_type: peer_pkey_type(client.ssl),
    client_cert_type: peer_pkey_type(server.ssl),
  }

  session_out.client = SSL_get1_session(client.ssl)
  /*
   * We create a fresh copy that is not in the server session ctx linked
   * list.
   */
  session_out.server = server_sess === null ? null : SSL_SESSION_dup(server_sess)
  EVP_PKEY_free(tmp_key.value)
  SSL_free(server.ssl)
  SSL_free(client.ssl)
  return ret
}

/** The contexts that a test has set up; the last two where it resumes. */
export interface TestContexts {
  readonly server: SSL_CTX
  readonly server2: SSL_CTX | null
  readonly client: SSL_CTX
  readonly resume_server: SSL_CTX | null
  readonly resume_client: SSL_CTX | null
}

export function do_handshake(ctxs: TestContexts, test_ctx: SSL_TEST_CTX): HANDSHAKE_RESULT {
  const { test } = test_ctx
  const sessions: Sessions = { client: null, server: null }
  const first: Contexts = {
    server_ctx: ctxs.server,
    server2_ctx: ctxs.server2,
    client_ctx: ctxs.client,
    server: test_ctx.server.extra,
    server2: test_ctx.server2?.extra ?? {},
    client: test_ctx.client.extra,
  }
  let result = do_handshake_internal(test, first, null, sessions)
  if (test.HandshakeMode === 'Resume' && result.result !== 'InternalError') {
    if (result.result !== 'Success') {
      result.result = 'FirstHandshakeFailed'
    } else {
      /* We don't support SNI on second handshake yet, so server2_ctx is NULL. */
      const second: Contexts = {
        server_ctx: TEST_ptr(ctxs.resume_server),
        server2_ctx: null,
        client_ctx: TEST_ptr(ctxs.resume_client),
        server: test_ctx.resume_server?.extra ?? {},
        server2: {},
        client: test_ctx.resume_client?.extra ?? {},
      }
      const resumed: Sessions = { client: null, server: null }
      result = do_handshake_internal(test, second, sessions, resumed)
      SSL_SESSION_free(resumed.client)
      SSL_SESSION_free(resumed.server)
    }
  }
  SSL_SESSION_free(sessions.client)
  SSL_SESSION_free(sessions.server)
  return result
}
