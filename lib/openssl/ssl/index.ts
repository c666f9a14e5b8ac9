/** <openssl/ssl.h> and <openssl/dtls1.h> without their constants. */

export * from './algorithms/ciphers.ts'
export * from './algorithms/compression.ts'
export * from './algorithms/dh.ts'
export * from './algorithms/groups.ts'
export * from './algorithms/security.ts'
export * from './algorithms/sigalgs.ts'
export * from './algorithms/temporary-key.ts'
export {
  SSL_get_fd,
  SSL_get_rbio,
  SSL_get_rfd,
  SSL_get_wbio,
  SSL_get_wfd,
  SSL_set_bio,
  SSL_set_fd,
  SSL_set_rfd,
  SSL_set_wfd,
  SSL_set0_rbio,
  SSL_set0_wbio,
} from './bio.ts'
export * from './callback-ctrl.ts'
export type * from './callbacks.ts'
export * from './certificates/ca-list.ts'
export * from './certificates/certificate-types.ts'
export * from './certificates/certificates.ts'
export * from './certificates/chains.ts'
export * from './certificates/check-chain.ts'
export * from './certificates/peer.ts'
export * from './certificates/raw-keys.ts'
export * from './certificates/serverinfo.ts'
export {
  SSL_CTX_get_tlsext_status_arg,
  SSL_CTX_get_tlsext_status_cb,
  SSL_CTX_get_tlsext_status_type,
  SSL_CTX_set_tlsext_status_arg,
  SSL_CTX_set_tlsext_status_cb,
  SSL_CTX_set_tlsext_status_type,
  SSL_get_tlsext_status_exts,
  SSL_get_tlsext_status_ids,
  SSL_get_tlsext_status_ocsp_resp,
  SSL_get_tlsext_status_type,
  SSL_set_tlsext_status_exts,
  SSL_set_tlsext_status_ids,
  SSL_set_tlsext_status_ocsp_resp,
  SSL_set_tlsext_status_type,
} from './certificates/status.ts'
export * from './certificates/transparency.ts'
export * from './certificates/verify.ts'
export * from './conf/conf.ts'
export { SSL_CONF_CTX } from './conf/context.ts'
export * from './ctrl.ts'
export { SSL_CTX } from './ctx.ts'
export { SSL_dup } from './dup.ts'
export {
  SSL_get_error,
  SSL_want,
  SSL_want_client_hello_cb,
  SSL_want_nothing,
  SSL_want_read,
  SSL_want_retry_verify,
  SSL_want_write,
  SSL_want_x509_lookup,
} from './error.ts'
export * from './ex-data.ts'
export * from './extensions/alpn.ts'
export * from './extensions/client-hello.ts'
export {
  SSL_CTX_add_client_custom_ext,
  SSL_CTX_add_custom_ext,
  SSL_CTX_add_server_custom_ext,
  SSL_CTX_has_client_custom_ext,
  SSL_extension_supported,
} from './extensions/custom-extensions.ts'
export * from './extensions/psk.ts'
export * from './extensions/sni.ts'
export * from './extensions/srp.ts'
export * from './extensions/srtp.ts'
export * from './extensions/tlsext-debug.ts'
export * from './filter.ts'
export {
  SSL_accept,
  SSL_connect,
  SSL_do_handshake,
  SSL_is_server,
  SSL_set_accept_state,
  SSL_set_connect_state,
} from './handshake.ts'
export * from './heartbeat.ts'
export * from './info.ts'
export {
  SSL_has_pending,
  SSL_peek,
  SSL_peek_ex,
  SSL_pending,
  SSL_read,
  SSL_read_ex,
  SSL_write,
  SSL_write_ex,
} from './io.ts'
export * from './listener/cookies.ts'
export { DTLSv1_listen } from './listener/listen.ts'
export {
  SSL_accept_connection,
  SSL_get_accept_connection_queue_len,
  SSL_get_event_timeout,
  SSL_get0_listener,
  SSL_handle_events,
  SSL_is_listener,
  SSL_listen,
  SSL_new_listener,
  SSL_new_listener_from,
} from './listener/listener.ts'
export * from './method.ts'
export * from './misc.ts'
export { DTLS_get_data_mtu, DTLS_get_link_min_mtu, DTLS_set_link_mtu, SSL_set_mtu } from './mtu.ts'
export {
  SSL_CTX_free,
  SSL_CTX_new,
  SSL_CTX_up_ref,
  SSL_clear,
  SSL_free,
  SSL_new,
  SSL_up_ref,
} from './new-free.ts'
export * from './options.ts'
export * from './padding.ts'
export * from './renegotiation.ts'
export * from './sessions/cache.ts'
export * from './sessions/form.ts'
export {
  SSL_set_session_secret_cb,
  SSL_set_session_ticket_ext,
  SSL_set_session_ticket_ext_cb,
} from './sessions/secret.ts'
export {
  SSL_get_time,
  SSL_get_timeout,
  SSL_SESSION,
  SSL_SESSION_dup,
  SSL_SESSION_free,
  SSL_SESSION_get_app_data,
  SSL_SESSION_get_compress_id,
  SSL_SESSION_get_ex_data,
  SSL_SESSION_get_ex_new_index,
  SSL_SESSION_get_id,
  SSL_SESSION_get_master_key,
  SSL_SESSION_get_max_early_data,
  SSL_SESSION_get_max_fragment_length,
  SSL_SESSION_get_protocol_version,
  SSL_SESSION_get_ticket_lifetime_hint,
  SSL_SESSION_get_time,
  SSL_SESSION_get_time_ex,
  SSL_SESSION_get_timeout,
  SSL_SESSION_get0_alpn_selected,
  SSL_SESSION_get0_cipher,
  SSL_SESSION_get0_hostname,
  SSL_SESSION_get0_id_context,
  SSL_SESSION_get0_peer,
  SSL_SESSION_get0_ticket,
  SSL_SESSION_get0_ticket_appdata,
  SSL_SESSION_has_ticket,
  SSL_SESSION_is_resumable,
  SSL_SESSION_new,
  SSL_SESSION_set_app_data,
  SSL_SESSION_set_cipher,
  SSL_SESSION_set_ex_data,
  SSL_SESSION_set_max_early_data,
  SSL_SESSION_set_protocol_version,
  SSL_SESSION_set_time,
  SSL_SESSION_set_time_ex,
  SSL_SESSION_set_timeout,
  SSL_SESSION_set1_alpn_selected,
  SSL_SESSION_set1_hostname,
  SSL_SESSION_set1_id,
  SSL_SESSION_set1_id_context,
  SSL_SESSION_set1_master_key,
  SSL_SESSION_set1_ticket_appdata,
  SSL_SESSION_up_ref,
  SSL_set_time,
  SSL_set_timeout,
} from './sessions/session.ts'
export {
  SSL_CTX_get_tlsext_ticket_keys,
  SSL_CTX_set_session_ticket_cb,
  SSL_CTX_set_tlsext_ticket_key_cb,
  SSL_CTX_set_tlsext_ticket_key_evp_cb,
  SSL_CTX_set_tlsext_ticket_keys,
  SSL_new_session_ticket,
} from './sessions/tickets.ts'
export * from './sessions/use.ts'
export { SSL_get_shutdown, SSL_set_shutdown, SSL_shutdown } from './shutdown.ts'
export { SSL } from './ssl.ts'
export * from './stacks.ts'
export { DTLS_set_timer_cb, DTLSv1_get_timeout, DTLSv1_handle_timeout, type timeval } from './timeout.ts'
export * from './trace/trace.ts'
export * from './versions.ts'
