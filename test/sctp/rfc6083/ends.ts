import { join } from 'node:path'
import * as O from '../../../lib/promises.ts'
import { SCTP_INITMSG } from '../../../lib/sctp/api/index.ts'
import * as P from '../../../lib/socket.ts'
import { descriptor, openDescriptor } from '../../../lib/transport/descriptors.ts'
import { SctpDescriptor } from '../../../lib/transport/posix/sctp-socket.ts'
import type { SctpProvider, SctpSocket } from '../../../lib/transport/sctp/provider.ts'

/** Two ends of an association, each with an SSL over an SCTP BIO. Whatever was made is closed by `close`. */

// The suite also runs compiled, from another folder.
const certificate = (name: string) => join('test', 'vectors', 'certificates', `${name}.pem`)
const LOOPBACK = { sin_family: P.AF_INET, sin_addr: { s_addr: P.inet_addr('127.0.0.1') } }

export function context(role: 'client' | 'server', configure: (ctx: O.SSL_CTX) => void = () => {}): O.SSL_CTX {
  const ctx = O.SSL_CTX_new(role === 'client' ? O.DTLS_client_method() : O.DTLS_server_method())
  if (ctx === null) throw new Error('no context')
  const [name, trusted] = role === 'server' ? ['p256', 'authority'] : ['client', 'authority']
  O.SSL_CTX_use_certificate_chain_file(ctx, certificate(name))
  O.SSL_CTX_use_PrivateKey_file(ctx, certificate(`${name}.key`), O.SSL_FILETYPE_PEM)
  O.SSL_CTX_load_verify_file(ctx, certificate(trusted))
  O.SSL_CTX_set_session_id_context(ctx, Buffer.from('rfc6083'), 7)
  configure(ctx)
  return ctx
}

export interface Association {
  readonly client: number
  readonly server: number
  readonly clientSocket: SctpSocket
  readonly serverSocket: SctpSocket
}

export class Ends {
  readonly #provider: SctpProvider
  readonly #streams: number
  readonly #descriptors: number[] = []
  readonly #connections: O.SSL[] = []

  /** @param streams - in each direction */
  constructor(provider: SctpProvider, streams = 10) {
    this.#provider = provider
    this.#streams = streams
  }

  /** Sockets of both ends, associated. `authenticated` false: the server knows nothing of SCTP-AUTH. */
  async associate(authenticated = true): Promise<Association> {
    const { port, accept } = this.listen(authenticated)
    const client = await this.connect(port)
    const server = await accept()
    return { client, server, clientSocket: socketOf(client), serverSocket: socketOf(server) }
  }

  /** A listening socket: its port, and the descriptor of whoever comes. */
  listen(authenticated = true): { port: number; accept: () => Promise<number> } {
    const listener = this.#socket()
    P.bind(listener, { ...LOOPBACK, sin_port: 0 })
    if (authenticated) O.BIO_free(present(O.BIO_new_dgram_sctp(listener, O.BIO_NOCLOSE)))
    P.listen(listener, 5)
    const address: P.sockaddr = {}
    P.getsockname(listener, address)
    const accept = async (): Promise<number> => {
      await P.poll([{ fd: listener, events: P.POLLIN, revents: 0 }], 1, PATIENCE)
      const fd = P.accept(listener)
      if (fd < 0) throw new Error(`accept: ${P.errnoName(P.errno())}`)
      this.#descriptors.push(fd)
      return fd
    }
    return { port: P.ntohs(address.sin_port ?? 0), accept }
  }

  /** The descriptor of an association with a port of this machine. */
  async connect(port: number): Promise<number> {
    const client = this.#socket()
    O.BIO_free(present(O.BIO_new_dgram_sctp(client, O.BIO_NOCLOSE)))
    P.connect(client, { ...LOOPBACK, sin_port: P.htons(port) })
    await P.poll([{ fd: client, events: P.POLLOUT, revents: 0 }], 1, PATIENCE)
    return client
  }

  /** A connection over a descriptor of an association; the BIO is both its reader and its writer. */
  connection(fd: number, ctx: O.SSL_CTX, configure: (ssl: O.SSL) => void = () => {}): O.SSL {
    const ssl = present(O.SSL_new(ctx))
    const bio = present(O.BIO_new_dgram_sctp(fd, O.BIO_NOCLOSE))
    O.SSL_set_bio(ssl, bio, bio)
    configure(ssl)
    this.#connections.push(ssl)
    return ssl
  }

  close(): void {
    for (const ssl of this.#connections.splice(0)) O.SSL_free(ssl)
    for (const fd of this.#descriptors.splice(0)) P.close(fd)
    O.ERR_clear_error()
  }

  #socket(): number {
    const socket = this.#provider.open(P.AF_INET, P.SOCK_STREAM)
    if (typeof socket === 'number') throw new Error(`no SCTP socket: ${P.errnoName(-socket)}`)
    socket.setOption(SCTP_INITMSG, { sinit_num_ostreams: this.#streams, sinit_max_instreams: this.#streams })
    const fd = openDescriptor(new SctpDescriptor(socket))
    this.#descriptors.push(fd)
    return fd
  }
}

/** A pair that has shaken hands. */
export interface Secured extends Association {
  readonly c: O.SSL
  readonly s: O.SSL
}

export async function secured(
  ends: Ends,
  contexts: { client?: O.SSL_CTX; server?: O.SSL_CTX; session?: O.SSL_SESSION | null } = {},
): Promise<Secured> {
  const association = await ends.associate()
  const c = ends.connection(association.client, contexts.client ?? context('client'), ssl => {
    if (contexts.session) O.SSL_set_session(ssl, contexts.session)
  })
  const s = ends.connection(association.server, contexts.server ?? context('server'))
  const results = await Promise.all([O.SSL_connect(c), O.SSL_accept(s)])
  if (results.some(ret => ret !== 1)) throw new Error(`handshake: ${results} ${errors()}`)
  return { ...association, c, s }
}

/** What the error queue holds, taken from it. */
export function errors(): string {
  const texts: string[] = []
  for (let code = O.ERR_get_error(); code !== 0; code = O.ERR_get_error())
    texts.push(O.ERR_reason_error_string(code) ?? `${code}`)
  return texts.join(', ')
}

export function present<T>(value: T | null): T {
  if (value === null) throw new Error(`nothing was made: ${errors()}`)
  return value
}

/** The SCTP socket of a descriptor. */
export function socketOf(fd: number): SctpSocket {
  const object = descriptor(fd)
  if (!(object instanceof SctpDescriptor)) throw new Error('not an SCTP descriptor')
  return object.sctp
}

const PATIENCE = 60_000
