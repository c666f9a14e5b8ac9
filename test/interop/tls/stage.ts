import { once } from 'node:events'
import net from 'node:net'
import * as ssl from 'openssl-shim/promises'
import { Openssl } from '../openssl.ts'
import { type ContextOptions, context, explain, present } from '../ours.ts'

/** One of our connections over TCP; freeing it closes the socket. */
export class Endpoint {
  readonly con: ssl.SSL
  readonly socket: net.Socket
  #open = true

  constructor(ctx: ssl.SSL_CTX, socket: net.Socket) {
    this.con = present(ssl.SSL_new(ctx))
    this.socket = socket
    // Who has gone without a word is seen by the next read.
    socket.on('error', () => {})
    if (ssl.SSL_set_fd(this.con, socket) !== 1) throw new Error('no BIO for the socket')
  }

  /** What comes next, as text. */
  async read(): Promise<string> {
    const buffer = Buffer.alloc(20_000)
    const length = await ssl.SSL_read(this.con, buffer)
    if (length <= 0) throw new Error(`SSL_read: ${explain(this.con, length)}`)
    return buffer.toString('latin1', 0, length)
  }

  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data
    const ret = await ssl.SSL_write(this.con, bytes)
    if (ret !== bytes.length) throw new Error(`SSL_write: ${explain(this.con, ret)}`)
  }

  async close(): Promise<void> {
    await ssl.SSL_shutdown(this.con)
    this.free()
  }

  free(): void {
    if (!this.#open) return
    this.#open = false
    ssl.SSL_free(this.con)
    this.socket.destroy()
    ssl.ERR_clear_error()
  }
}

/** What a test has started; `clear` ends it all. */
export class Stage {
  readonly #programs: Openssl[] = []
  readonly #endpoints: Endpoint[] = []
  readonly #contexts: ssl.SSL_CTX[] = []
  readonly #servers: net.Server[] = []

  context(method: ssl.SSL_METHOD, options: ContextOptions = {}): ssl.SSL_CTX {
    const ctx = context(method, options)
    this.#contexts.push(ctx)
    return ctx
  }

  /** A connection of ours to a port of this machine. */
  async dial(ctx: ssl.SSL_CTX, port: number): Promise<Endpoint> {
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    await once(socket, 'connect')
    return this.endpoint(ctx, socket)
  }

  /** A port of ours, and what makes a connection of whoever comes next. */
  async listen(ctx: ssl.SSL_CTX): Promise<{ port: number; accept: () => Promise<Endpoint> }> {
    // Node would close a socket whose peer has ended, whether or not what has come was read.
    const server = net.createServer({ allowHalfOpen: true })
    const waiting: net.Socket[] = []
    server.on('connection', socket => waiting.push(socket))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    this.#servers.push(server)
    const accept = async () => {
      if (waiting.length === 0) await once(server, 'connection')
      const socket = waiting.shift()
      if (socket === undefined) throw new Error('nobody came')
      return this.endpoint(ctx, socket)
    }
    return { port: portOf(server), accept }
  }

  endpoint(ctx: ssl.SSL_CTX, socket: net.Socket): Endpoint {
    const endpoint = new Endpoint(ctx, socket)
    this.#endpoints.push(endpoint)
    return endpoint
  }

  program(args: readonly string[], environment: Readonly<Record<string, string>> = {}, command = 'openssl'): Openssl {
    const program = new Openssl(args, environment, command)
    this.#programs.push(program)
    return program
  }

  /** `s_server` on a free port. */
  async server(args: readonly string[]): Promise<{ port: number; process: Openssl }> {
    const port = await freePort()
    const process = this.program(['s_server', '-accept', `127.0.0.1:${port}`, ...args])
    await process.prints(/ACCEPT/)
    return { port, process }
  }

  /** `s_client` towards a port of this machine. */
  client(port: number, args: readonly string[]): Openssl {
    return this.program(['s_client', '-connect', `127.0.0.1:${port}`, ...args])
  }

  /** Connections of the test's own that are to be closed with the rest. */
  adopt<T extends net.Server>(server: T): T {
    this.#servers.push(server)
    return server
  }

  async clear(): Promise<void> {
    for (const program of this.#programs.splice(0)) await program.stop()
    for (const endpoint of this.#endpoints.splice(0)) endpoint.free()
    for (const server of this.#servers.splice(0)) server.close()
    for (const ctx of this.#contexts.splice(0)) ssl.SSL_CTX_free(ctx)
    ssl.ERR_clear_error()
  }
}

/** A TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  return port
}

export function portOf(server: net.Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on TCP')
  return address.port
}

/** A line each way, which both sides must understand. */
export async function exchange(endpoint: Endpoint, process: Openssl): Promise<void> {
  await endpoint.write('from ours\n')
  await process.prints(/from ours\r?\n/)
  process.type('from theirs\n')
  const heard = await endpoint.read()
  if (heard !== 'from theirs\n') throw new Error(`heard ${JSON.stringify(heard)}`)
}
