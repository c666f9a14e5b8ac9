import {
  BIO_CLOSE,
  BIO_new_dgram_sctp,
  ERR_print_errors_fp,
  OPENSSL_assert,
  SSL_CTX_free,
  SSL_connect,
  SSL_free,
  SSL_new,
  SSL_set_bio,
} from 'openssl-shim/promises'
import {
  AF_INET,
  close,
  connect,
  EINPROGRESS,
  errno,
  getsockopt,
  POLLOUT,
  poll,
  SO_ERROR,
  SOL_SOCKET,
  setErrno,
  type sockaddr,
} from 'openssl-shim/socket'
import { address_text, bio_addr, parse_address } from './address.ts'
import type { Conversation } from './client.ts'
import { client_context } from './context.ts'
import type { Options } from './options.ts'
import { perror, print_peer, print_ssl_error, printf } from './print.ts'
import { handle_notifications, sctp_socket } from './sctp-socket.ts'
import type { Watch } from './watch.ts'

/** Connects, and lets the sample talk. @returns the exit code */
export async function start_client(options: Options, converse: Conversation, watch: Watch = {}): Promise<number> {
  const { remote_address, local_address, port } = options
  const remote_addr = parse_address(remote_address ?? '', port)
  const local_addr = local_address === null ? null : parse_address(local_address, 0)
  if (remote_addr === null || (local_address !== null && local_addr === null)) return 1

  const fd = sctp_socket(remote_addr.sin6_family ?? remote_addr.sin_family ?? AF_INET, local_addr, options, watch)
  if (fd < 0) return 255

  // SCTP-AUTH is negotiated when the association begins, so the BIO comes before connect.
  const bio = BIO_new_dgram_sctp(fd, BIO_CLOSE)
  if (bio === null) {
    ERR_print_errors_fp(process.stderr)
    close(fd)
    return 255
  }
  const ctx = client_context()
  watch.prepared?.(ctx)
  const ssl = SSL_new(ctx)
  OPENSSL_assert(ssl)
  SSL_set_bio(ssl, bio, bio)
  handle_notifications(bio, options, watch)

  try {
    if ((await connected(fd, remote_addr)) !== 0) {
      perror('connect')
      return 255
    }
    const ret = await SSL_connect(ssl)
    if (ret <= 0) {
      perror('SSL_connect')
      print_ssl_error(ssl, ret)
      return 255
    }

    watch.connected?.(ssl)
    if (options.verbose) printf(`\nConnected to ${address_text(bio_addr(remote_addr))}\n`)
    if (options.veryverbose) print_peer(ssl)

    const code = await converse(ssl)
    watch.closed?.(ssl)
    if (options.verbose && code === 0) printf('Connection closed.\n')
    return code
  } finally {
    // Closes the descriptor too.
    SSL_free(ssl)
    SSL_CTX_free(ctx)
  }
}

/** connect(2) as on a blocking socket. */
async function connected(fd: number, addr: sockaddr): Promise<number> {
  if (connect(fd, addr) === 0) return 0
  if (errno() !== EINPROGRESS) return -1
  await poll([{ fd, events: POLLOUT, revents: 0 }], 1, -1)
  const error = { value: 0 }
  getsockopt(fd, SOL_SOCKET, SO_ERROR, error)
  setErrno(error.value)
  return error.value === 0 ? 0 : -1
}
