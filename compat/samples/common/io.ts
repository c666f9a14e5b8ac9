import {
  BIO_CTRL_DGRAM_GET_RECV_TIMER_EXP,
  BIO_ctrl,
  type SSL,
  SSL_ERROR_NONE,
  SSL_ERROR_SSL,
  SSL_ERROR_SYSCALL,
  SSL_ERROR_WANT_READ,
  SSL_ERROR_WANT_WRITE,
  SSL_ERROR_ZERO_RETURN,
  SSL_get_error,
  SSL_get_rbio,
  SSL_read,
  SSL_write,
} from 'openssl-shim/promises'
import { handle_socket_error, print_ssl_error, printf } from './print.ts'

/** How one side of a sample reads and writes: each C program has these two switches twice. */
export interface Talk {
  readonly ssl: SSL
  /** `Thread 7f: ` in the servers. */
  readonly prefix: string
  readonly verbose: boolean
  /** What -v prints of a message; `read 100 bytes` unless told otherwise. */
  readonly describe?: (done: 'read' | 'wrote', len: number) => string
}

/**
 * Reads one message.
 * @returns its length; 'timeout' when none came in time; 'again' for close_notify, and for an error to be overlooked;
 * 'failed' when there is no going on
 */
export async function read_message(talk: Talk, buf: Uint8Array): Promise<number | Unread> {
  const { ssl } = talk
  for (;;) {
    const len = await SSL_read(ssl, buf)

    switch (SSL_get_error(ssl, len)) {
      case SSL_ERROR_NONE:
        print_message(talk, 'read', len)
        return len
      case SSL_ERROR_WANT_READ:
        // The socket's timeout, or a handshake message that had to be waited for.
        if (BIO_ctrl(SSL_get_rbio(ssl), BIO_CTRL_DGRAM_GET_RECV_TIMER_EXP, 0)) return 'timeout'
        break
      case SSL_ERROR_ZERO_RETURN:
        return 'again'
      case SSL_ERROR_SYSCALL:
        printf('Socket read error: ')
        return handle_socket_error() ? 'again' : 'failed'
      case SSL_ERROR_SSL:
        printf('SSL read error: ')
        print_ssl_error(ssl, len)
        return 'failed'
      default:
        printf('Unexpected error while reading!\n')
        return 'failed'
    }
  }
}

export type Unread = 'timeout' | 'again' | 'failed'

/** Writes one message. @returns 'again' when it was not sent and nothing is wrong, 'failed' when there is no going on */
export async function write_message(talk: Talk, buf: Uint8Array, num: number): Promise<Written> {
  const { ssl } = talk
  const len = await SSL_write(ssl, buf, num)

  switch (SSL_get_error(ssl, len)) {
    case SSL_ERROR_NONE:
      print_message(talk, 'wrote', len)
      return 'sent'
    case SSL_ERROR_WANT_WRITE:
    case SSL_ERROR_WANT_READ:
      return 'again'
    case SSL_ERROR_SYSCALL:
      printf('Socket write error: ')
      return handle_socket_error() ? 'again' : 'failed'
    case SSL_ERROR_SSL:
      printf('SSL write error: ')
      print_ssl_error(ssl, len)
      return 'failed'
    default:
      printf('Unexpected error while writing!\n')
      return 'failed'
  }
}

export type Written = 'sent' | 'again' | 'failed'

function print_message({ prefix, verbose, describe }: Talk, done: 'read' | 'wrote', len: number): void {
  if (verbose) printf(`${prefix}${describe?.(done, len) ?? `${done} ${len} bytes`}\n`)
}
