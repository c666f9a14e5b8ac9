import type { Out } from '../boundary.ts'
import type { EVP_CIPHER_CTX } from '../evp/cipher.ts'
import type { DH } from '../evp/dh.ts'
import type { EVP_MAC_CTX } from '../evp/mac.ts'
import type { EVP_MD, HMAC_CTX } from '../evp/md.ts'
import type { EVP_PKEY } from '../evp/pkey.ts'
import type { X509_STORE_CTX } from '../x509/store/store-ctx.ts'
import type { X509 } from '../x509/x509.ts'
import type { SSL_CIPHER } from './algorithms/cipher.ts'
import type { SSL_CTX } from './ctx.ts'
import type { SSL_SESSION } from './sessions/session.ts'
import type { SSL } from './ssl.ts'

/**
 * Types of the callbacks, parameters in C's order. A callback that throws fails the handshake (internal_error); what an info
 * callback throws at SSL_CB_EXIT comes out of the call. SSL_do_handshake, SSL_read and SSL_write of an object inside a callback
 * of its own handshake give -1 with SSL_ERROR_WANT_READ, and the handshake goes on.
 */

/** SSL_CTX_set_info_callback(3): `type` is a SSL_CB_* value, `val` a result or `level << 8 | description`. */
export type SSL_info_cb = (ssl: SSL, type: number, val: number) => void
/** SSL_CTX_set_msg_callback(3): `buf` has `len` bytes and is a view. */
export type SSL_msg_cb = (
  write_p: number,
  version: number,
  content_type: number,
  buf: Uint8Array,
  len: number,
  ssl: SSL,
  arg: unknown,
) => void
/** SSL_set_tlsext_debug_callback: `client_server` is 1 when a server sent it; `data` has `len` bytes and is a view. */
export type SSL_tlsext_debug_cb = (
  s: SSL,
  client_server: number,
  type: number,
  data: Uint8Array,
  len: number,
  arg: unknown,
) => void
/** SSL_CTX_set_keylog_callback(3): one line of the key log, without a line end. */
export type SSL_CTX_keylog_cb_func = (ssl: SSL, line: string) => void
/** SSL_CTX_set_verify(3): 1 goes on, 0 ends the handshake. */
export type SSL_verify_cb = (preverify_ok: number, x509_ctx: X509_STORE_CTX) => number
/** SSL_CTX_set_cert_verify_callback(3): does all of the verification. */
export type SSL_cert_verify_cb = (ctx: X509_STORE_CTX, arg: unknown) => number
/** SSL_CTX_set_cookie_generate_cb(3): writes at most 255 bytes to `cookie` and their number to `cookie_len`. */
export type SSL_cookie_generate_cb = (ssl: SSL, cookie: Uint8Array, cookie_len: Out<number>) => number
/** SSL_CTX_set_cookie_verify_cb(3). */
export type SSL_cookie_verify_cb = (ssl: SSL, cookie: Uint8Array, cookie_len: number) => number
/** DTLS_set_timer_cb(3): microseconds of the timer that ran out, 0 at first; returns those of the next. */
export type DTLS_timer_cb = (ssl: SSL, timer_us: number) => number
/** SSL_set_psk_client_callback(3): writes the identity (at most `max_identity_len` bytes, NUL-terminated in C) and the key. */
export type SSL_psk_client_cb_func = (
  ssl: SSL,
  hint: string | null,
  identity: Uint8Array,
  max_identity_len: number,
  psk: Uint8Array,
  max_psk_len: number,
) => number
/** SSL_set_psk_server_callback(3): returns the key's length, 0 for an unknown identity. */
export type SSL_psk_server_cb_func = (ssl: SSL, identity: string, psk: Uint8Array, max_psk_len: number) => number
/** SSL_CTX_set_alpn_select_cb(3): sets `out` to one of the names in `in_`. */
export type SSL_CTX_alpn_select_cb_func = (
  ssl: SSL,
  out: Out<Uint8Array | null>,
  outlen: Out<number>,
  in_: Uint8Array,
  inlen: number,
  arg: unknown,
) => number
/** SSL_CTX_set_tlsext_servername_callback(3): SSL_TLSEXT_ERR_*; `al` is the alert of a fatal one. */
export type SSL_servername_cb = (ssl: SSL, al: Out<number>, arg: unknown) => number
/** SSL_CTX_set_client_cert_cb(3): 1 with both set, 0 for none, negative to be asked again. */
export type SSL_client_cert_cb = (ssl: SSL, x509: Out<X509 | null>, pkey: Out<EVP_PKEY | null>) => number
/** SSL_CTX_set_cert_cb(3): 1 goes on, 0 fails, negative suspends with SSL_ERROR_WANT_X509_LOOKUP. */
export type SSL_cert_cb = (ssl: SSL, arg: unknown) => number
/** SSL_CTX_set_psk_use_session_callback(3): gives a TLS 1.3 client's identity and session. */
export type SSL_psk_use_session_cb_func = (
  ssl: SSL,
  md: EVP_MD | null,
  id: Out<Uint8Array | null>,
  idlen: Out<number>,
  sess: Out<SSL_SESSION | null>,
) => number
/** SSL_CTX_set_psk_find_session_callback(3): finds the session for a TLS 1.3 client's identity. */
export type SSL_psk_find_session_cb_func = (
  ssl: SSL,
  identity: Uint8Array,
  identity_len: number,
  sess: Out<SSL_SESSION | null>,
) => number
/** SSL_CTX_set_record_padding_callback(3): the padding, in bytes, of a TLS 1.3 record of `len` bytes. */
export type SSL_record_padding_cb = (ssl: SSL, type: number, len: number, arg: unknown) => number
/**
 * SSL_set_session_secret_cb: writes the master secret to `secret` and its length to `secret_len`; a server's sees the client's
 * suites, and may put one of them into `cipher`. 0 for none.
 */
export type tls_session_secret_cb_fn = (
  s: SSL,
  secret: Uint8Array,
  secret_len: Out<number>,
  peer_ciphers: SSL_CIPHER[] | null,
  cipher: Out<SSL_CIPHER | null>,
  arg: unknown,
) => number
/** SSL_set_session_ticket_ext_cb: sees the peer's ticket extension, a view of `len` bytes; 0 fails the handshake. */
export type tls_session_ticket_ext_cb_fn = (s: SSL, data: Uint8Array, len: number, arg: unknown) => number
/** SSL_CTX_set_tlsext_status_cb(3): a server's returns SSL_TLSEXT_ERR_*, a client's 1, 0 or less. */
export type SSL_status_cb = (ssl: SSL, arg: unknown) => number
/** SSL_CTX_set_client_hello_cb(3): SSL_CLIENT_HELLO_SUCCESS, _ERROR or _RETRY. */
export type SSL_client_hello_cb_fn = (ssl: SSL, al: Out<number>, arg: unknown) => number
/** SSL_CTX_set_tmp_dh_callback(3), long deprecated: the parameters for `keylength` bits. */
export type SSL_tmp_dh_cb = (ssl: SSL, is_export: number, keylength: number) => DH | EVP_PKEY | null
/** SSL_CTX_set_security_callback(3): 1 permits. */
export type SSL_security_cb = (
  s: SSL | null,
  ctx: SSL_CTX | null,
  op: number,
  bits: number,
  nid: number,
  other: unknown,
  ex: unknown,
) => number
/** A SSL_TICKET_* value: what became of a client's ticket. */
export type SSL_TICKET_STATUS = number
/** A SSL_TICKET_RETURN_* value: what is to become of it. */
export type SSL_TICKET_RETURN = number
/** What SSL_set_session_ticket_ext sends. */
export interface TLS_SESSION_TICKET_EXT {
  readonly length: number
  readonly data: Uint8Array | null
}
/** SSL_CTX_sess_set_new_cb(3): 1 keeps the reference that comes with the session, 0 gives it back. */
export type SSL_new_session_cb = (ssl: SSL, sess: SSL_SESSION) => number
/** SSL_CTX_sess_set_remove_cb(3). */
export type SSL_CTX_remove_session_cb = (ctx: SSL_CTX, sess: SSL_SESSION) => void
/** SSL_CTX_sess_set_get_cb(3): the session with this id, or null; `copy` 0: its reference is given away with it. */
export type SSL_get_session_cb = (ssl: SSL, data: Uint8Array, len: number, copy: Out<number>) => SSL_SESSION | null
/** SSL_CTX_set_generate_session_id(3): writes at most `id_len.value` bytes and their number; 0 fails the handshake. */
export type GEN_SESSION_CB = (ssl: SSL, id: Uint8Array, id_len: Out<number>) => number
/** SSL_CTX_set_not_resumable_session_callback(3): 1 for a session that may not be resumed. */
export type SSL_not_resumable_session_cb = (ssl: SSL, is_forward_secure: number) => number
/** SSL_CTX_set_tlsext_ticket_key_cb(3): sets up both contexts; `enc` 1 to make a ticket, 0 to open the one with this name. */
export type SSL_ticket_key_cb = (
  s: SSL,
  key_name: Uint8Array,
  iv: Uint8Array,
  ctx: EVP_CIPHER_CTX,
  hctx: HMAC_CTX,
  enc: number,
) => number
/** SSL_CTX_set_tlsext_ticket_key_evp_cb(3). */
export type SSL_ticket_key_evp_cb = (
  s: SSL,
  key_name: Uint8Array,
  iv: Uint8Array,
  ctx: EVP_CIPHER_CTX,
  hctx: EVP_MAC_CTX,
  enc: number,
) => number
/** SSL_CTX_set_session_ticket_cb(3): called before a ticket is made; 0 fails the handshake. */
export type SSL_CTX_generate_session_ticket_fn = (s: SSL, arg: unknown) => number
/** SSL_CTX_set_session_ticket_cb(3): called when a ticket was opened, or not: `status` SSL_TICKET_*. Returns SSL_TICKET_RETURN_*. */
export type SSL_CTX_decrypt_session_ticket_fn = (
  s: SSL,
  ss: SSL_SESSION | null,
  keyname: Uint8Array,
  keyname_length: number,
  status: number,
  arg: unknown,
) => number
/** SSL_CTX_add_custom_ext(3): gives a body; 1, 0 to leave the extension out, below 0 to fail with `al`. */
export type SSL_custom_ext_add_cb_ex = (
  s: SSL,
  ext_type: number,
  context: number,
  out: Out<Uint8Array | null>,
  outlen: Out<number>,
  x: X509 | null,
  chainidx: number,
  al: Out<number>,
  add_arg: unknown,
) => number
/** SSL_CTX_add_custom_ext(3): the body that was given has been used. */
export type SSL_custom_ext_free_cb_ex = (
  s: SSL,
  ext_type: number,
  context: number,
  out: Uint8Array | null,
  add_arg: unknown,
) => void
/** SSL_CTX_add_custom_ext(3): reads the peer's body, a view of `inlen` bytes; 1, or 0 and less to fail with `al`. */
export type SSL_custom_ext_parse_cb_ex = (
  s: SSL,
  ext_type: number,
  context: number,
  in_: Uint8Array,
  inlen: number,
  x: X509 | null,
  chainidx: number,
  al: Out<number>,
  parse_arg: unknown,
) => number
/** SSL_CTX_add_client_custom_ext(3); as SSL_custom_ext_add_cb_ex. */
export type custom_ext_add_cb = (
  s: SSL,
  ext_type: number,
  out: Out<Uint8Array | null>,
  outlen: Out<number>,
  al: Out<number>,
  add_arg: unknown,
) => number
/** SSL_CTX_add_client_custom_ext(3); as SSL_custom_ext_free_cb_ex. */
export type custom_ext_free_cb = (s: SSL, ext_type: number, out: Uint8Array | null, add_arg: unknown) => void
/** SSL_CTX_add_client_custom_ext(3); as SSL_custom_ext_parse_cb_ex. */
export type custom_ext_parse_cb = (
  s: SSL,
  ext_type: number,
  in_: Uint8Array,
  inlen: number,
  al: Out<number>,
  parse_arg: unknown,
) => number
export type { pem_password_cb } from '../x509/files/private-key.ts'
