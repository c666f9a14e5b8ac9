import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import {
  BIO_new,
  BIO_read,
  BIO_s_dgram_mem,
  BIO_write,
  DTLS_client_method,
  type SSL,
  SSL_CTX_new,
  SSL_connect,
  SSL_new,
  SSL_set_bio,
} from 'openssl-shim'
import { PATIENCE } from './programs.ts'

/** The handshake type of a datagram's first message. */
export const typeOf = (datagram: Uint8Array) => datagram[13]
export const HELLO_VERIFY_REQUEST = 3
export const SERVER_HELLO = 2

/** A client that only knows how to say hello, one datagram at a time. */
export class Greeter {
  readonly #input = BIO_new(BIO_s_dgram_mem())
  readonly #output = BIO_new(BIO_s_dgram_mem())
  readonly #ssl: SSL

  constructor() {
    const ctx = SSL_CTX_new(DTLS_client_method())
    const ssl = ctx && SSL_new(ctx)
    if (ssl === null) throw new Error('no connection')
    SSL_set_bio(ssl, this.#input, this.#output)
    this.#ssl = ssl
  }

  /** The next ClientHello. @param answer - what the server has said to the one before */
  hello(answer: Uint8Array | null = null): Uint8Array {
    if (answer !== null) BIO_write(this.#input, answer)
    SSL_connect(this.#ssl)
    const datagram = new Uint8Array(2048)
    return datagram.subarray(0, BIO_read(this.#output, datagram))
  }
}

/** A UDP port of both loopback addresses that nobody has now. */
export async function freePort(): Promise<number> {
  const socket = createSocket('udp6')
  socket.bind(0)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

/** Says hello until somebody answers: then the server listens. */
export async function untilListening(address: string, port: number): Promise<void> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  const hello = new Greeter().hello()
  const asking = setInterval(() => socket.send(hello, port, address), 20)
  try {
    await answer(socket)
  } finally {
    clearInterval(asking)
    socket.close()
  }
}

/** The next datagram that comes in. */
export async function answer(socket: Socket): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(PATIENCE)
  const [datagram]: [Buffer, RemoteInfo] = (await once(socket, 'message', { signal })) as [Buffer, RemoteInfo]
  return datagram
}
