import { format } from 'node:util'
import {
  ERR_clear_error,
  ERR_error_string,
  ERR_get_error,
  OPENSSL_VERSION,
  OpenSSL_version,
  type SSL,
  SSL_CIPHER_get_name,
  SSL_get_current_cipher,
  SSL_get_error,
  SSL_get_peer_certificate,
  X509_free,
  X509_get_subject_name,
  X509_NAME_print_ex_fp,
  XN_FLAG_MULTILINE,
} from 'openssl-shim/promises'
import { EACCES, EBADF, ECONNRESET, EHOSTDOWN, EINTR, ENOMEM, errno, strerror } from 'openssl-shim/socket'

const RULE = '-'.repeat(60)

/** printf(3), with the placeholders of `util.format`. */
export function printf(text: string, ...values: readonly (string | number)[]): void {
  process.stdout.write(values.length === 0 ? text : format(text, ...values))
}

/** perror(3). */
export function perror(text: string): void {
  process.stderr.write(`${text}: ${strerror(errno())}\n`)
}

export function print_version(): void {
  printf(`Using ${OpenSSL_version(OPENSSL_VERSION)}\n`)
}

/** Who the peer says that it is, and what protects the connection. Without a certificate there is nothing to say. */
export function print_peer(ssl: SSL): void {
  const certificate = SSL_get_peer_certificate(ssl)
  if (certificate === null) return
  printf(`${RULE}\n`)
  X509_NAME_print_ex_fp(process.stdout, X509_get_subject_name(certificate), 1, XN_FLAG_MULTILINE)
  printf(`\n\n Cipher: ${SSL_CIPHER_get_name(SSL_get_current_cipher(ssl))}\n${RULE}\n\n`)
  // The C programs forget this reference.
  X509_free(certificate)
}

/**
 * The first error of the queue, with what SSL_get_error makes of `ret`; the queue is empty afterwards. The clients are
 * threads in C and have a queue each, but share one here: none may leave an error that the next would take for its own.
 */
export function print_ssl_error(ssl: SSL, ret: number): void {
  const kind = SSL_get_error(ssl, ret)
  printf(`${ERR_error_string(ERR_get_error())} (${kind})\n`)
  ERR_clear_error()
}

/** @returns true when the error of a socket is nothing to give up for: a forged ICMP message can cause it */
export function handle_socket_error(): boolean {
  switch (errno()) {
    case EINTR:
      printf('Interrupted system call!\n')
      return true
    case EBADF:
      printf('Invalid socket!\n')
      return false
    case EHOSTDOWN:
      printf('Host is down!\n')
      return true
    case ECONNRESET:
      printf('Connection reset by peer!\n')
      return true
    case ENOMEM:
      printf('Out of memory!\n')
      return false
    case EACCES:
      // A firewall may be in the way now and not later.
      printf('Permission denied!\n')
      return true
    default:
      printf(`Unexpected error! (errno = ${errno()})\n`)
      return false
  }
}
