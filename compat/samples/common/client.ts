import {
  BIO_CLOSE,
  BIO_CTRL_DGRAM_SET_CONNECTED,
  BIO_CTRL_DGRAM_SET_RECV_TIMEOUT,
  BIO_ctrl,
  BIO_new_dgram,
  OPENSSL_assert,
  type SSL,
  SSL_CTX_free,
  SSL_connect,
  SSL_free,
  SSL_new,
  SSL_set_bio,
} from 'openssl-shim/promises'
import { AF_INET, bind, close, connect, SOCK_DGRAM, socket } from 'openssl-shim/socket'
import { address_text, bio_addr, parse_address } from './address.ts'
import { client_context } from './context.ts'
import type { Options } from './options.ts'
import { perror, print_peer, print_ssl_error, printf } from './print.ts'
import type { Watch } from './watch.ts'

/** What a sample does with a connection, until it ends. @returns the exit code */
export type Conversation = (ssl: SSL) => Promise<number>

/** Seconds to wait for an answer. */
const RECV_TIMEOUT = 3

/** Connects, and lets the sample talk. @returns the exit code */
export async function start_client(options: Options, converse: Conversation, watch: Watch = {}): Promise<number> {
  const { remote_address, local_address, port } = options
  const remote_addr = parse_address(remote_address ?? '', port)
  if (remote_addr === null) return 1

  const fd = socket(remote_addr.sin6_family ?? remote_addr.sin_family ?? AF_INET, SOCK_DGRAM, 0)
  if (fd < 0) {
    perror('socket')
    return 255
  }
  if (local_address !== null) {
    const local_addr = parse_address(local_address, 0)
    if (local_addr === null) return 1
    if (bind(fd, local_addr) !== 0) return failed(fd, 'bind')
  }

  const ctx = client_context()
  watch.prepared?.(ctx)
  const ssl = SSL_new(ctx)
  OPENSSL_assert(ssl)
  if (connect(fd, remote_addr) !== 0) return failed(fd, 'connect')

  const bio = BIO_new_dgram(fd, BIO_CLOSE)
  OPENSSL_assert(bio)
  const peer = bio_addr(remote_addr)
  BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, peer)
  SSL_set_bio(ssl, bio, bio)

  try {
    const ret = await SSL_connect(ssl)
    if (ret <= 0) {
      perror('SSL_connect')
      print_ssl_error(ssl, ret)
      return 255
    }
    BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, 0, { tv_sec: RECV_TIMEOUT, tv_usec: 0 })

    watch.connected?.(ssl)
    if (options.verbose) printf(`\nConnected to ${address_text(peer)}\n`)
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

function failed(fd: number, call: string): number {
  perror(call)
  close(fd)
  return 255
}
