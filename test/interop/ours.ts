import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as ssl from 'openssl-shim/promises'

/** Our side of a run against a peer: contexts as a program would make them, over a UDP socket of Node's. */

/** @param name - of a certificate of `test/vectors/certificates`, or a path without its `.pem` */
export function certificateFile(name: string): string {
  return resolve(CERTIFICATES, `${name}.pem`)
}

export function keyFile(name: string): string {
  return certificateFile(`${name}.key`)
}

export interface ContextOptions {
  readonly ciphers?: string
  /** Certificates by file name, each with its key. */
  readonly certificates?: readonly string[]
  /** Whom it trusts, by file name; the test authority when left out. */
  readonly authority?: string
  readonly configure?: (ctx: ssl.SSL_CTX) => void
}

export function context(
  method: ssl.SSL_METHOD,
  { ciphers, certificates = [], authority = 'authority', configure }: ContextOptions = {},
): ssl.SSL_CTX {
  const ctx = present(ssl.SSL_CTX_new(method))
  if (ciphers !== undefined) expectOne(ssl.SSL_CTX_set_cipher_list(ctx, ciphers), `cipher list ${ciphers}`)
  for (const name of certificates) {
    expectOne(ssl.SSL_CTX_use_certificate_chain_file(ctx, certificateFile(name)), name)
    expectOne(ssl.SSL_CTX_use_PrivateKey_file(ctx, keyFile(name), ssl.SSL_FILETYPE_PEM), `${name}'s key`)
  }
  expectOne(ssl.SSL_CTX_load_verify_locations(ctx, certificateFile(authority), null), authority)
  ssl.SSL_CTX_set_dh_auto(ctx, 1)
  configure?.(ctx)
  return ctx
}

/** A connection on a socket; closing it frees both. */
export class Endpoint {
  readonly con: ssl.SSL
  readonly #socket: Socket
  #open = true

  private constructor(con: ssl.SSL, socket: Socket) {
    this.con = con
    this.#socket = socket
  }

  /** A socket bound to a free port, or to this one, connected if `remote` is given. */
  static async open(ctx: ssl.SSL_CTX, { local = 0, remote }: { local?: number; remote?: number }): Promise<Endpoint> {
    const socket = createSocket('udp4').bind(local, '127.0.0.1')
    await once(socket, 'listening')
    if (remote !== undefined) {
      socket.connect(remote, '127.0.0.1')
      await once(socket, 'connect')
    }
    const bio = present(ssl.BIO_new_dgram(socket, ssl.BIO_NOCLOSE))
    if (remote !== undefined) ssl.BIO_ctrl_set_connected(bio, peerOf(remote))
    const con = present(ssl.SSL_new(ctx))
    ssl.SSL_set_bio(con, bio, bio)
    return new Endpoint(con, socket)
  }

  get port(): number {
    return this.#socket.address().port
  }

  async read(): Promise<string> {
    const buffer = Buffer.alloc(20_000)
    const length = await ssl.SSL_read(this.con, buffer)
    if (length <= 0) throw new Error(`SSL_read: ${explain(this.con, length)}`)
    return buffer.toString('latin1', 0, length)
  }

  async write(text: string): Promise<void> {
    const ret = await ssl.SSL_write(this.con, Buffer.from(text, 'latin1'))
    if (ret !== text.length) throw new Error(`SSL_write: ${explain(this.con, ret)}`)
  }

  async close(): Promise<void> {
    await ssl.SSL_shutdown(this.con)
    this.free()
  }

  free(): void {
    if (!this.#open) return
    this.#open = false
    ssl.SSL_free(this.con)
    this.#socket.close()
    ssl.ERR_clear_error()
  }
}

/** What a call on a connection ended with: `SSL_ERROR_*` and the queue in OpenSSL's words. */
export function explain(con: ssl.SSL, ret: number): string {
  const error = ssl.SSL_get_error(con, ret)
  return `returned ${ret}, SSL_get_error ${error}, errno ${ssl.errno()}${takeErrors()
    .map(code => `\n  ${ssl.ERR_error_string(code)}`)
    .join('')}`
}

/** Empties the error queue. */
export function takeErrors(): number[] {
  const codes: number[] = []
  for (let code = ssl.ERR_get_error(); code !== 0; code = ssl.ERR_get_error()) codes.push(code)
  return codes
}

/** Finishes a handshake or says why not. */
export async function handshake(endpoint: { readonly con: ssl.SSL }, role: 'client' | 'server'): Promise<void> {
  const ret = await (role === 'client' ? ssl.SSL_connect(endpoint.con) : ssl.SSL_accept(endpoint.con))
  if (ret !== 1) throw new Error(explain(endpoint.con, ret))
}

/** A handshake that must fail: the codes it queues, each as `0A000086`. */
export async function failure(endpoint: { readonly con: ssl.SSL }, role: 'client' | 'server'): Promise<string[]> {
  const ret = await (role === 'client' ? ssl.SSL_connect(endpoint.con) : ssl.SSL_accept(endpoint.con))
  if (ret === 1) throw new Error('the handshake was finished')
  if (ssl.SSL_get_error(endpoint.con, ret) !== ssl.SSL_ERROR_SSL) throw new Error(explain(endpoint.con, ret))
  return takeErrors().map(code => code.toString(16).toUpperCase().padStart(8, '0'))
}

export function present<T>(value: T | null): T {
  if (value === null) throw new Error(`null\n${ssl.ERR_error_string(ssl.ERR_get_error())}`)
  return value
}

function expectOne(ret: number, what: string): void {
  if (ret !== 1) throw new Error(`${what}: ${ssl.ERR_error_string(ssl.ERR_get_error())}`)
}

function peerOf(port: number): ssl.BIO_ADDR {
  const address = ssl.BIO_ADDR_new()
  ssl.BIO_ADDR_rawmake(address, 2, Uint8Array.of(127, 0, 0, 1), 4, ((port & 0xff) << 8) | (port >> 8))
  return address
}

const CERTIFICATES = fileURLToPath(new URL('../vectors/certificates', import.meta.url))
