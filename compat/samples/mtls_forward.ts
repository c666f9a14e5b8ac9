/**
 * A tunnel for several applications at once: TCP in, a channel, TCP out, all channels in one TLS session
 * (draft-badra-hajjeh-mtls-05). Not a port of a C program; the other samples show those.
 *
 *   mtls_forward -a 127.0.0.1:80 -a db.example:5432                  the far end: where it may connect to
 *   mtls_forward -L 8080:127.0.0.1:80 -L 5432:db.example:5432 HOST   the near end: which ports it listens at
 *
 * Each end shows its certificate of certs/ and trusts the other's, and no other.
 */
import { once } from 'node:events'
import * as net from 'node:net'
import { parseArgs } from 'node:util'
import { type Machine, type MtlsRequest, MtlsSession, type MtlsStream } from 'openssl-shim/mtls'
import {
  ERR_error_string,
  ERR_get_error,
  OPENSSL_assert,
  SSL_accept,
  SSL_CTX_free,
  SSL_CTX_get0_param,
  SSL_CTX_load_verify_file,
  SSL_CTX_new,
  SSL_CTX_set_verify,
  SSL_CTX_use_certificate_chain_file,
  SSL_CTX_use_PrivateKey_file,
  SSL_connect,
  SSL_FILETYPE_PEM,
  SSL_free,
  SSL_new,
  SSL_set_fd,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  TLS_client_method,
  TLS_server_method,
  X509_V_FLAG_PARTIAL_CHAIN,
  X509_VERIFY_PARAM_set_flags,
} from 'openssl-shim/promises'
import { printf } from './common/print.ts'

export interface Forward {
  /** Of this machine's loopback; 0 takes a free one. */
  readonly port: number
  readonly destination: Machine
}

/** Something that runs until it is closed. */
export interface Running {
  /** Where it listens. */
  readonly ports: readonly number[]
  close(): Promise<void>
}

const DEFAULT_PORT = 23233
const USAGE = `Usage: mtls_forward -a HOST:PORT... [-p port]              (the far end)
       mtls_forward -L PORT:HOST:PORT... [-p port] address (the near end)
`

export async function main(argv: readonly string[]): Promise<number> {
  const line = read_line(argv)
  if (line === null) {
    process.stderr.write(USAGE)
    return 1
  }
  const { allowed, forwards, address, port } = line
  const running = address === null ? await start_far_end(port, allowed) : await start_near_end(address, port, forwards)
  if (running === null) return 1
  printf(`listening at ${running.ports.join(', ')}\n`)
  await new Promise(() => {})
  return 0
}

/** Takes sessions, and connects their channels to where it is allowed to. */
export async function start_far_end(port: number, allowed: readonly Machine[], folder = 'certs'): Promise<Running> {
  const ctx = context('server', 'client', folder)
  const sockets = new Set<net.Socket>()
  const server = net.createServer(async socket => {
    sockets.add(socket.on('error', () => {}).once('close', () => sockets.delete(socket)))
    const ssl = SSL_new(ctx)
    OPENSSL_assert(ssl)
    SSL_set_fd(ssl, socket)
    if ((await SSL_accept(ssl)) === 1) {
      const session = new MtlsSession(ssl, { onRequest: request => connect_out(request, allowed) })
      await session.closed.catch(complain)
    } else complain()
    SSL_free(ssl)
    socket.destroy()
  })
  await once(server.listen(port), 'listening')
  return {
    ports: [port_of(server)],
    async close() {
      for (const socket of sockets) socket.destroy()
      await once(server.close(), 'close')
      SSL_CTX_free(ctx)
    },
  }
}

/** Connects to the far end and makes a channel of each connection to its ports. Null when there is no session to be had. */
export async function start_near_end(
  address: string,
  port: number,
  forwards: readonly Forward[],
  folder = 'certs',
): Promise<Running | null> {
  const ctx = context('client', 'server', folder)
  const socket = net.connect(port, address)
  const ssl = SSL_new(ctx)
  OPENSSL_assert(ssl)
  if (!(await is_connected(socket)) || !SSL_set_fd(ssl, socket) || (await SSL_connect(ssl)) !== 1) {
    complain()
    SSL_free(ssl)
    socket.destroy()
    SSL_CTX_free(ctx)
    return null
  }
  const session = new MtlsSession(ssl)
  const servers = await Promise.all(forwards.map(forward => listen(session, forward)))
  session.closed.catch(complain).finally(() => {
    for (const server of servers) server.close()
    socket.destroy()
  })
  return {
    ports: servers.map(port_of),
    async close() {
      await session.close()
      SSL_free(ssl)
      SSL_CTX_free(ctx)
    },
  }
}

async function listen(session: MtlsSession, { port, destination }: Forward): Promise<net.Server> {
  const server = net.createServer({ pauseOnConnect: true }, async inside => {
    const source = { address: inside.remoteAddress ?? 'unknown', port: inside.remotePort ?? 0 }
    inside.on('error', () => {})
    try {
      join(inside, await session.open(source, destination))
    } catch (refused) {
      printf('%s:%s: %s\n', destination.address, destination.port, refused instanceof Error ? refused.message : '')
      inside.destroy()
    }
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return server
}

function connect_out(request: MtlsRequest, allowed: readonly Machine[]): void {
  const { address, port } = request.destination
  if (!allowed.some(machine => machine.address === address && machine.port === port)) {
    request.refuse('not allowed')
    return
  }
  const outside = net.connect({ host: address, port })
  const refused = (error: Error) => request.refuse(error.message)
  outside.once('error', refused).once('connect', () => {
    outside.off('error', refused).on('error', () => {})
    const stream = request.accept()
    if (stream === null) outside.destroy()
    else join(outside, stream)
  })
}

/** What ends on one side ends on the other: the draft knows no half-open channels. */
function join(socket: net.Socket, stream: MtlsStream): void {
  stream.on('error', () => {})
  socket.pipe(stream)
  stream.pipe(socket)
  // After its end what is under way still gets through; without one there was an error.
  socket.once('close', () => stream.writableEnded || stream.destroy())
  stream.once('close', () => socket.end())
  socket.resume()
}

function context(own: string, other: string, folder: string) {
  const ctx = SSL_CTX_new(own === 'server' ? TLS_server_method() : TLS_client_method())
  OPENSSL_assert(ctx)
  OPENSSL_assert(SSL_CTX_use_certificate_chain_file(ctx, `${folder}/${own}-cert.pem`))
  OPENSSL_assert(SSL_CTX_use_PrivateKey_file(ctx, `${folder}/${own}-key.pem`, SSL_FILETYPE_PEM))
  OPENSSL_assert(SSL_CTX_load_verify_file(ctx, `${folder}/${other}-cert.pem`))
  // The certificate itself is trusted, not whoever has issued it.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx), X509_V_FLAG_PARTIAL_CHAIN)
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, null)
  return ctx
}

async function is_connected(socket: net.Socket): Promise<boolean> {
  socket.on('error', () => {})
  return once(socket, 'connect').then(
    () => true,
    () => false,
  )
}

function port_of(server: net.Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function complain(reason?: unknown): void {
  const error = ERR_get_error()
  process.stderr.write(
    `${reason instanceof Error ? reason.message : error === 0 ? 'no connection' : ERR_error_string(error)}\n`,
  )
}

function read_line(argv: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        a: { type: 'string', short: 'a', multiple: true, default: [] },
        L: { type: 'string', short: 'L', multiple: true, default: [] },
        p: { type: 'string', short: 'p', default: String(DEFAULT_PORT) },
      },
    })
    const allowed = values.a.map(read_machine)
    const forwards = values.L.map(text => {
      const colon = text.indexOf(':')
      return { port: read_port(text.slice(0, colon)), destination: read_machine(text.slice(colon + 1)) }
    })
    const [address = null, more] = positionals
    // One end or the other.
    if (more !== undefined || (address === null ? forwards.length > 0 || allowed.length === 0 : allowed.length > 0))
      return null
    return { allowed, forwards, address, port: read_port(values.p) }
  } catch {
    return null
  }
}

function read_machine(text: string): Machine {
  const colon = text.lastIndexOf(':')
  if (colon < 1) throw new RangeError(`${text}: HOST:PORT is needed`)
  return { address: text.slice(0, colon), port: read_port(text.slice(colon + 1)) }
}

function read_port(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65535) throw new RangeError(`${text} is no port`)
  return port
}
