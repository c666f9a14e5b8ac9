import {
  type BIO_ADDR,
  BIO_ADDR_new,
  BIO_CTRL_DGRAM_SET_CONNECTED,
  BIO_CTRL_DGRAM_SET_RECV_TIMEOUT,
  BIO_ctrl,
  BIO_NOCLOSE,
  BIO_new_dgram,
  BIO_set_fd,
  DTLSv1_listen,
  ERR_clear_error,
  OPENSSL_assert,
  type SSL,
  SSL_accept,
  SSL_free,
  SSL_get_rbio,
  SSL_new,
  SSL_OP_COOKIE_EXCHANGE,
  SSL_set_bio,
  SSL_set_options,
} from 'openssl-shim/promises'
import {
  AF_INET6,
  bind,
  close,
  connect,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOL_SOCKET,
  setsockopt,
  type sockaddr,
  socket,
} from 'openssl-shim/socket'
import { address_text, parse_address, socket_address } from './address.ts'
import { server_context } from './context.ts'
import type { Options } from './options.ts'
import { perror, print_peer, print_ssl_error, printf } from './print.ts'
import type { Watch } from './watch.ts'

/** A client that has brought its cookie back: what the C programs hand to a new thread. */
interface pass_info {
  readonly server_addr: sockaddr
  readonly client_addr: BIO_ADDR
  readonly ssl: SSL
}

/** What a sample does with a connection, until it ends. @param id - names the thread in the output */
export type Conversation = (ssl: SSL, id: string) => Promise<void>

/** The connections of the C programs end after so many silent receive timeouts in a row... */
export const MAX_TIMEOUTS = 5
/** ... each of so many seconds. */
const RECV_TIMEOUT = 5

/** Listens and serves until the process is killed. @returns the exit code when there is no way to listen */
export async function start_server(options: Options, converse: Conversation, watch: Watch = {}): Promise<number> {
  const { local_address, port } = options
  const server_addr = parse_address(local_address ?? '::', port)
  if (server_addr === null) return 1

  const ctx = server_context()
  watch.prepared?.(ctx)

  const fd = bound_socket(server_addr)
  if (fd < 0) return 255
  watch.listening?.()

  for (;;) {
    // The BIO is unconnected: it hears everybody.
    const bio = BIO_new_dgram(fd, BIO_NOCLOSE)
    OPENSSL_assert(bio)
    BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, 0, { tv_sec: RECV_TIMEOUT, tv_usec: 0 })

    const ssl = SSL_new(ctx)
    OPENSSL_assert(ssl)
    SSL_set_bio(ssl, bio, bio)
    SSL_set_options(ssl, SSL_OP_COOKIE_EXCHANGE)

    const client_addr = BIO_ADDR_new()
    while ((await DTLSv1_listen(ssl, client_addr)) <= 0) ERR_clear_error()

    // C starts a thread. The function runs up to its first wait at once, so its socket is connected before the next
    // datagram is looked at, and that one cannot be the same client's.
    void connection_handle({ server_addr, client_addr, ssl }, options, converse, watch)
  }
}

async function connection_handle(
  info: pass_info,
  options: Options,
  converse: Conversation,
  watch: Watch,
): Promise<void> {
  const { server_addr, client_addr, ssl } = info
  const id = next_thread_id()
  const fd = bound_socket(server_addr)
  try {
    if (fd < 0) return
    if (connect(fd, socket_address(client_addr)) !== 0) return perror('connect')

    // From here on the connection has a socket of its own, which hears this client only.
    const bio = SSL_get_rbio(ssl)
    BIO_set_fd(bio, fd, BIO_NOCLOSE)
    BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, client_addr)

    const ret = await SSL_accept(ssl)
    if (ret <= 0) {
      perror('SSL_accept')
      return print_ssl_error(ssl, ret)
    }
    BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, 0, { tv_sec: RECV_TIMEOUT, tv_usec: 0 })

    watch.connected?.(ssl)
    if (options.verbose) printf(`\nThread ${id}: accepted connection from ${address_text(client_addr)}\n`)
    if (options.veryverbose) print_peer(ssl)

    await converse(ssl, id)
    watch.closed?.(ssl)
  } finally {
    if (fd >= 0) close(fd)
    SSL_free(ssl)
    if (options.verbose) printf(`Thread ${id}: done, connection closed.\n`)
  }
}

/** A socket that shares its address with the others of this server. */
function bound_socket(server_addr: sockaddr): number {
  const fd = socket(server_addr.sin6_family ?? server_addr.sin_family ?? AF_INET6, SOCK_DGRAM, 0)
  if (fd < 0) {
    perror('socket')
    return -1
  }
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1)
  // Both families at one socket, also where the system's default is otherwise.
  if (server_addr.sin6_family !== undefined) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0)
  if (bind(fd, server_addr) === 0) return fd
  perror('bind')
  close(fd)
  return -1
}

let threads = 0

/** In C the address of the thread; here a number. */
export function next_thread_id(): string {
  return (++threads).toString(16)
}
