/**
 * `openssl-shim/promises`: the blocking style. Every name of `openssl-shim`; the calls that block in C return promises and
 * behave as on a blocking descriptor. `fs` and `fs/promises` are the model.
 */

export * from './index.ts'
export { BIO_wait } from './openssl/bio/wait.ts'
export {
  BIO_do_accept,
  BIO_do_connect,
  BIO_do_connect_retry,
  BIO_do_handshake,
  BIO_flush,
  BIO_get_line,
  BIO_gets,
  BIO_puts,
  BIO_read,
  BIO_read_ex,
  BIO_write,
  BIO_write_ex,
} from './openssl/blocking/bio.ts'
export { SSL_accept_connection } from './openssl/blocking/listener.ts'
export { BIO_accept_ex, BIO_connect, BIO_lookup, BIO_lookup_ex } from './openssl/blocking/sock.ts'
export {
  DTLSv1_listen,
  SSL_accept,
  SSL_connect,
  SSL_do_handshake,
  SSL_peek,
  SSL_peek_ex,
  SSL_read,
  SSL_read_ex,
  SSL_shutdown,
  SSL_write,
  SSL_write_ex,
} from './openssl/blocking/ssl.ts'
