/**
 * `openssl-shim/multistream`: TLS over the streams of an SCTP association (RFC 3436), an independent connection on each pair.
 * OpenSSL has no such names; these go by its manners. `openssl-shim/multistream/promises` is the blocking style.
 */

export type { StreamLimits } from './multistream/streams.ts'
export { MULTISTREAM } from './openssl/multistream/association.ts'
export { MULTISTREAM_do_handshake } from './openssl/multistream/handshake.ts'
export * from './openssl/multistream/io.ts'
export {
  MULTISTREAM_free,
  MULTISTREAM_get_fd,
  MULTISTREAM_get_pairs,
  MULTISTREAM_get_streams,
  MULTISTREAM_get0_ssl,
  MULTISTREAM_new,
  MULTISTREAM_new_callbacks,
  MULTISTREAM_pending,
  type MULTISTREAM_pull_fn,
  type MULTISTREAM_push_fn,
  MULTISTREAM_set_accept_state,
  MULTISTREAM_set_connect_state,
  MULTISTREAM_set_notification_cb,
  MULTISTREAM_set_plain,
  MULTISTREAM_set_resumption,
  MULTISTREAM_set_session,
  MULTISTREAM_up_ref,
} from './openssl/multistream/multistream.ts'
export { BIO_new_sctp_stream, BIO_s_sctp_stream } from './openssl/multistream/stream-bio.ts'
