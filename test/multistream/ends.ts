import { setTimeout as sleep } from 'node:timers/promises'
import * as M from '../../lib/multistream-promises.ts'
import * as O from '../../lib/promises.ts'
import { SCTP_INITMSG } from '../../lib/sctp.ts'
import * as P from '../../lib/socket.ts'
import { descriptor, openDescriptor } from '../../lib/transport/descriptors.ts'
import { SctpDescriptor } from '../../lib/transport/posix/sctp-socket.ts'
import type { SctpProvider, SctpSocket } from '../../lib/transport/sctp/provider.ts'

/** Associations between two ends of this process, and what TLS needs. Whatever was made is closed by `close`. */

/** Where the program was started: the tests may be compiled elsewhere. */
const certificate = (name: string) => `test/vectors/certificates/${name}.pem`
const LOOPBACK = { sin_family: P.AF_INET, sin_addr: { s_addr: P.inet_addr('127.0.0.1') } }

/** How many streams an end wants in either direction. */
interface Wish {
  readonly outbound?: number
  readonly inbound?: number
}

interface Association {
  readonly client: number
  readonly server: number
  readonly clientSocket: SctpSocket
  readonly serverSocket: SctpSocket
}

/** An association and the object at either end. */
interface Pair extends Association {
  readonly c: M.MULTISTREAM
  readonly s: M.MULTISTREAM
}

export function context(role: 'client' | 'server', configure: (ctx: O.SSL_CTX) => void = () => {}): O.SSL_CTX {
  const ctx = present(O.SSL_CTX_new(role === 'client' ? O.TLS_client_method() : O.TLS_server_method()))
  const name = role === 'server' ? 'p256' : 'client'
  O.SSL_CTX_use_certificate_chain_file(ctx, certificate(name))
  O.SSL_CTX_use_PrivateKey_file(ctx, certificate(`${name}.key`), O.SSL_FILETYPE_PEM)
  O.SSL_CTX_load_verify_file(ctx, certificate('authority'))
  O.SSL_CTX_set_session_id_context(ctx, Buffer.from('rfc3436'), 7)
  O.SSL_CTX_set_verify(ctx, O.SSL_VERIFY_PEER | O.SSL_VERIFY_FAIL_IF_NO_PEER_CERT, null)
  configure(ctx)
  return ctx
}

export class Ends {
  readonly #provider: SctpProvider
  readonly #descriptors: number[] = []
  readonly #objects: M.MULTISTREAM[] = []

  constructor(provider: SctpProvider) {
    this.#provider = provider
  }

  /** Two sockets, associated. */
  async associate({ client = {}, server = {} }: { client?: Wish; server?: Wish } = {}): Promise<Association> {
    const listener = this.socket(server)
    P.bind(listener, { ...LOOPBACK, sin_port: 0 })
    P.listen(listener, 5)
    const address: P.sockaddr = {}
    P.getsockname(listener, address)
    const calling = this.socket(client)
    P.connect(calling, { ...LOOPBACK, sin_port: address.sin_port ?? 0 })
    await P.poll([{ fd: listener, events: P.POLLIN, revents: 0 }], 1, PATIENCE)
    const accepted = P.accept(listener)
    await P.poll([{ fd: calling, events: P.POLLOUT, revents: 0 }], 1, PATIENCE)
    if (accepted < 0) throw new Error(`accept: ${P.errnoName(P.errno())}`)
    this.#descriptors.push(accepted)
    const [clientSocket, serverSocket] = [socketOf(calling), socketOf(accepted)]
    return { client: calling, server: accepted, clientSocket, serverSocket }
  }

  object(fd: number, ctx: O.SSL_CTX, limits: M.StreamLimits = {}): M.MULTISTREAM {
    const made = present(M.MULTISTREAM_new(ctx, fd, O.BIO_NOCLOSE, limits))
    this.#objects.push(made)
    return made
  }

  /** An association with so many pairs, and the object at either end. */
  async pair(
    pairs: number,
    { client = context('client'), server = context('server'), limits = {} } = {},
  ): Promise<Pair> {
    const wish = { outbound: pairs, inbound: pairs }
    const association = await this.associate({ client: wish, server: wish })
    const [c, s] = [this.object(association.client, client, limits), this.object(association.server, server, limits)]
    return { ...association, c, s }
  }

  close(): void {
    for (const object of this.#objects.splice(0)) M.MULTISTREAM_free(object)
    for (const fd of this.#descriptors.splice(0)) P.close(fd)
    O.ERR_clear_error()
  }

  closeSocket(fd: number): void {
    this.#descriptors.splice(this.#descriptors.indexOf(fd), 1)
    P.close(fd)
  }

  /** A socket that is closed with the others. */
  socket({ outbound = 10, inbound = 10 }: Wish = {}): number {
    const socket = this.#provider.open(P.AF_INET, P.SOCK_STREAM)
    if (typeof socket === 'number') throw new Error(`no SCTP socket: ${P.errnoName(-socket)}`)
    socket.setOption(SCTP_INITMSG, { sinit_num_ostreams: outbound, sinit_max_instreams: inbound })
    const fd = openDescriptor(new SctpDescriptor(socket))
    this.#descriptors.push(fd)
    return fd
  }
}

/** Does the handshakes of both ends; their results. */
export function shake({ c, s }: Pick<Pair, 'c' | 's'>, pairs: readonly number[] | null = null): Promise<number[]> {
  return Promise.all([M.MULTISTREAM_do_handshake(c, null, pairs), M.MULTISTREAM_do_handshake(s, null, pairs)])
}

/** What the next read of whatever stream gives, as `stream:text`, or `stream=result` when that is no data. */
export async function next(ms: M.MULTISTREAM): Promise<string> {
  const [sid, buffer] = [{ value: 0 }, Buffer.alloc(20_000)]
  const length = await M.MULTISTREAM_read(ms, sid, buffer)
  return length > 0 ? `${sid.value}:${buffer.toString('latin1', 0, length)}` : `${sid.value}=${length}`
}

export function say(ms: M.MULTISTREAM, sid: number, text: string): Promise<number> {
  return M.MULTISTREAM_write(ms, sid, Buffer.from(text))
}

/** Which streams carry a connection that has resumed. */
export function resumed(ms: M.MULTISTREAM, count: number): number[] {
  return Array.from({ length: count }, (_, sid) => sid).filter(
    sid => O.SSL_session_reused(present(M.MULTISTREAM_get0_ssl(ms, sid))) === 1,
  )
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

/** Lets everything that is under way arrive. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await sleep(0)
}

function socketOf(fd: number): SctpSocket {
  const object = descriptor(fd)
  if (!(object instanceof SctpDescriptor)) throw new Error('not an SCTP descriptor')
  return object.sctp
}

const PATIENCE = 60_000
