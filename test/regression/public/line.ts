import { fileURLToPath } from 'node:url'
import * as ssl from '../../../lib/index.ts'

/** Two ends on memory BIOs, between which the test carries the datagrams: what every program with its own sockets does. */

const CERTIFICATES = fileURLToPath(new URL('../../vectors/certificates/', import.meta.url))

export function serverContext(certificate = 'p256'): ssl.SSL_CTX {
  const ctx = present(ssl.SSL_CTX_new(ssl.DTLS_server_method()))
  const file = `${CERTIFICATES}${certificate}.pem`
  if (ssl.SSL_CTX_use_certificate_chain_file(ctx, file) !== 1) throw new Error(file)
  if (ssl.SSL_CTX_use_PrivateKey_file(ctx, file.replace('.pem', '.key.pem'), ssl.SSL_FILETYPE_PEM) !== 1)
    throw new Error(`the key of ${file}`)
  return ctx
}

export function clientContext(): ssl.SSL_CTX {
  return present(ssl.SSL_CTX_new(ssl.DTLS_client_method()))
}

/** One end, with a BIO for each direction. */
export class End {
  readonly con: ssl.SSL
  readonly input: ssl.BIO
  readonly output: ssl.BIO

  /** @param method - of both BIOs */
  constructor(ctx: ssl.SSL_CTX, method = ssl.BIO_s_dgram_mem()) {
    this.con = present(ssl.SSL_new(ctx))
    this.input = present(ssl.BIO_new(method))
    this.output = present(ssl.BIO_new(method))
    ssl.SSL_set_bio(this.con, this.input, this.output)
  }

  /** The datagrams that it has sent since. */
  sent(): Buffer[] {
    const datagrams: Buffer[] = []
    const buffer = Buffer.alloc(65536)
    for (;;) {
      const length = ssl.BIO_read(this.output, buffer)
      if (length <= 0) return datagrams
      datagrams.push(Buffer.from(buffer.subarray(0, length)))
    }
  }

  receive(...datagrams: readonly Uint8Array[]): void {
    for (const datagram of datagrams) ssl.BIO_write(this.input, datagram)
  }

  /** What SSL_read gives, or null with `error`. */
  read(): string | null {
    const buffer = Buffer.alloc(20_000)
    const length = ssl.SSL_read(this.con, buffer)
    return length > 0 ? buffer.toString('latin1', 0, length) : null
  }

  /** SSL_get_error of a call that returned this. */
  error(ret: number): number {
    return ssl.SSL_get_error(this.con, ret)
  }
}

/** Carries datagrams to and fro until both have finished their handshake. Returns what each has sent. */
export function connect(client: End, server: End): { client: Buffer[]; server: Buffer[] } {
  const sent = { client: [] as Buffer[], server: [] as Buffer[] }
  for (let turns = 0; turns < 10; turns++) {
    const results = [ssl.SSL_connect(client.con)]
    carry(client, server, sent.client)
    results.push(ssl.SSL_accept(server.con))
    carry(server, client, sent.server)
    if (results.every(result => result === 1)) return sent
  }
  throw new Error(`no handshake: ${ssl.ERR_error_string(ssl.ERR_get_error())}`)
}

/** An established pair. */
export function pair(): { client: End; server: End } {
  const ends = { client: new End(clientContext()), server: new End(serverContext()) }
  connect(ends.client, ends.server)
  return ends
}

/** Moves what one end has sent to the other, and keeps a copy. */
export function carry(from: End, to: End, copies: Buffer[] = []): void {
  const datagrams = from.sent()
  copies.push(...datagrams)
  to.receive(...datagrams)
}

export function present<T>(value: T | null): T {
  if (value === null) throw new Error(`null: ${ssl.ERR_error_string(ssl.ERR_get_error())}`)
  return value
}
