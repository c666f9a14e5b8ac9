import * as B from '../../../lib/promises.ts'
import {
  AF_INET,
  accept,
  bind,
  connect,
  getsockname,
  htonl,
  INADDR_LOOPBACK,
  listen,
  POLLIN,
  POLLOUT,
  poll,
  SOCK_DGRAM,
  SOCK_STREAM,
  type sockaddr,
  socket,
} from '../../../lib/socket.ts'

/** A context that needs no files: PSK, 16 bytes of 7. */
export function context(server: boolean, method = B.DTLS_method()): B.SSL_CTX {
  const ctx = present(B.SSL_CTX_new(method))
  B.SSL_CTX_set_cipher_list(ctx, 'PSK-AES128-GCM-SHA256')
  if (server) B.SSL_CTX_set_psk_server_callback(ctx, (_ssl, _id, psk) => psk.fill(7, 0, 16) && 16)
  else
    B.SSL_CTX_set_psk_client_callback(ctx, (_ssl, _hint, id, _room, psk) => {
      id.set(Buffer.from('me\0'))
      return psk.fill(7, 0, 16) && 16
    })
  return ctx
}

/** A socket bound to a free port of the loop-back address, and the address. */
export function bound(type: number): { fd: number; at: sockaddr } {
  const at: sockaddr = { sin_family: AF_INET, sin_port: 0, sin_addr: { s_addr: htonl(INADDR_LOOPBACK) } }
  const fd = socket(AF_INET, type)
  if (bind(fd, at) !== 0 || getsockname(fd, at) !== 0) throw new Error('no port')
  return { fd, at }
}

/** Two descriptors that are connected to each other. */
export async function descriptors(type: number): Promise<[number, number]> {
  if (type === SOCK_STREAM) return streams()
  const [one, two] = [bound(SOCK_DGRAM), bound(SOCK_DGRAM)]
  if (connect(one.fd, two.at) !== 0 || connect(two.fd, one.at) !== 0) throw new Error('not connected')
  return [one.fd, two.fd]
}

async function streams(): Promise<[number, number]> {
  const { fd, at } = bound(SOCK_STREAM)
  const one = socket(AF_INET, SOCK_STREAM)
  if (listen(fd, 1) !== 0 || connect(one, at) !== -1) throw new Error('no stream')
  await poll([{ fd, events: POLLIN, revents: 0 }], 1, -1)
  const two = accept(fd)
  await poll([{ fd: one, events: POLLOUT, revents: 0 }], 1, -1)
  B.BIO_closesocket(fd)
  return [one, two]
}

export function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('NULL')
  return value
}
