import {
  BIO_free,
  BIO_NOCLOSE,
  BIO_new_dgram_sctp,
  ERR_print_errors_fp,
  OPENSSL_assert,
  SSL_accept,
  type SSL_CTX,
  SSL_free,
  SSL_new,
  SSL_set_bio,
} from 'openssl-shim/promises'
import { AF_INET6, accept, close, getpeername, listen, POLLIN, poll, type sockaddr } from 'openssl-shim/socket'
import { address_text, bio_addr, parse_address } from './address.ts'
import { sctp_server_context } from './context.ts'
import type { Options } from './options.ts'
import { perror, print_peer, print_ssl_error, printf } from './print.ts'
import { handle_notifications, sctp_socket } from './sctp-socket.ts'
import { type Conversation, next_thread_id } from './server.ts'
import type { Watch } from './watch.ts'

/** Listens and serves until the process is killed. @returns the exit code when there is no way to listen */
export async function start_server(options: Options, converse: Conversation, watch: Watch = {}): Promise<number> {
  const server_addr = parse_address(options.local_address ?? '::', options.port)
  if (server_addr === null) return 1

  const ctx = sctp_server_context(options)
  watch.prepared?.(ctx)

  const fd = sctp_socket(server_addr.sin6_family ?? server_addr.sin_family ?? AF_INET6, server_addr, options, watch)
  if (fd < 0) return 255

  // This BIO is never used: making it sets SCTP-AUTH on the listening socket, and accepted ones inherit that.
  const bio = BIO_new_dgram_sctp(fd, BIO_NOCLOSE)
  if (bio === null) {
    ERR_print_errors_fp(process.stderr)
    return 255
  }
  try {
    if (listen(fd, 128) !== 0) {
      perror('listen')
      return 255
    }
    watch.listening?.()
    for (;;) {
      await poll([{ fd, events: POLLIN, revents: 0 }], 1, -1)
      const client_fd = accept(fd)
      if (client_fd < 0) continue
      void connection_handle(client_fd, ctx, options, converse, watch)
    }
  } finally {
    BIO_free(bio)
    close(fd)
  }
}

async function connection_handle(
  fd: number,
  ctx: SSL_CTX,
  options: Options,
  converse: Conversation,
  watch: Watch,
): Promise<void> {
  const id = next_thread_id()
  const ssl = SSL_new(ctx)
  OPENSSL_assert(ssl)
  try {
    const bio = BIO_new_dgram_sctp(fd, BIO_NOCLOSE)
    if (bio === null) return ERR_print_errors_fp(process.stderr)
    SSL_set_bio(ssl, bio, bio)
    handle_notifications(bio, options, watch)

    const ret = await SSL_accept(ssl)
    if (ret <= 0) {
      perror('SSL_accept')
      return print_ssl_error(ssl, ret)
    }

    watch.connected?.(ssl)
    const client_addr: sockaddr = {}
    getpeername(fd, client_addr)
    if (options.verbose) printf(`\nThread ${id}: accepted connection from ${address_text(bio_addr(client_addr))}\n`)
    if (options.veryverbose) print_peer(ssl)

    await converse(ssl, id)
    watch.closed?.(ssl)
  } finally {
    close(fd)
    SSL_free(ssl)
    if (options.verbose) printf(`Thread ${id}: done, connection closed.\n`)
  }
}
