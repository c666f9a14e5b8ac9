import { afterEach, describe, expect, test } from '@jest/globals'
import * as B from '../../lib/promises.ts'
import {
  AF_INET,
  accept,
  bind,
  close,
  connect,
  EAGAIN,
  EBADF,
  ECONNREFUSED,
  EINPROGRESS,
  EMSGSIZE,
  errno,
  F_SETFL,
  fcntl,
  getsockname,
  htonl,
  INADDR_LOOPBACK,
  listen,
  MSG_DONTWAIT,
  ntohs,
  O_NONBLOCK,
  read,
  recv,
  recvfrom,
  SO_RCVTIMEO,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  send,
  sendto,
  setsockopt,
  type sockaddr_in,
  socket,
  write,
} from '../../lib/socket-promises.ts'

// What blocks in C is waited for.

const open: number[] = []
afterEach(() => {
  for (const fd of open.splice(0)) close(fd)
  B.ERR_clear_error()
})

function made(type: number): number {
  const fd = socket(AF_INET, type)
  open.push(fd)
  return fd
}

function bound(type: number): { fd: number; at: sockaddr_in } {
  const fd = made(type)
  const at = { sin_family: AF_INET, sin_port: 0, sin_addr: { s_addr: htonl(INADDR_LOOPBACK) } }
  expect(bind(fd, at)).toBe(0)
  getsockname(fd, at)
  return { fd, at }
}

function listening(): { fd: number; at: sockaddr_in } {
  const server = bound(SOCK_STREAM)
  expect(listen(server.fd, 5)).toBe(0)
  return server
}

async function connected(): Promise<[client: number, server: number]> {
  const { fd, at } = listening()
  const client = made(SOCK_STREAM)
  const [accepted, result] = await Promise.all([accept(fd), connect(client, at)])
  expect(result).toBe(0)
  open.push(accepted)
  return [client, accepted]
}

describe('streams', () => {
  test('accept waits for a client, connect for the connection, read for bytes and the end', async () => {
    const [client, server] = await connected()
    const buf = Buffer.alloc(10)
    const reading = read(server, buf)
    expect(await write(client, Buffer.from('hello'))).toBe(5)
    expect(await reading).toBe(5)
    expect(buf.toString('latin1', 0, 5)).toBe('hello')
    const end = recv(server, buf)
    close(client)
    expect(await end).toBe(0)
  })

  test('a write is done when all of it is taken', async () => {
    const [client, server] = await connected()
    const data = Buffer.alloc(4 << 20, 7)
    const writing = [write(client, data), write(client, Buffer.from('!'))]
    const buf = Buffer.alloc(1 << 16)
    const received: Buffer[] = []
    for (let got = 0; got <= data.length; ) {
      const length = await read(server, buf)
      received.push(Buffer.from(buf.subarray(0, length)))
      got += length
    }
    // The shorter one did not get between the parts of the longer.
    expect(Buffer.concat(received).indexOf('!')).toBe(data.length)
    expect(await Promise.all(writing)).toEqual([data.length, 1])
  })

  test('several wait for one listener, and each gets a client', async () => {
    const { fd, at } = listening()
    const waiting = [accept(fd), accept(fd)]
    const results = await Promise.all([connect(made(SOCK_STREAM), at), connect(made(SOCK_STREAM), at)])
    expect(results).toEqual([0, 0])
    const accepted = await Promise.all(waiting)
    open.push(...accepted)
    expect(new Set(accepted).size).toBe(2)
    expect(Math.min(...accepted)).toBeGreaterThan(2)
  })

  test('a connection that is refused says so', async () => {
    const { fd, at } = bound(SOCK_STREAM)
    close(fd)
    expect([await connect(made(SOCK_STREAM), at), errno()]).toEqual([-1, ECONNREFUSED])
  })

  test('a time-out of the socket, O_NONBLOCK and MSG_DONTWAIT end the wait', async () => {
    const { fd, at } = listening()
    expect(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, { tv_sec: 0, tv_usec: 20_000 })).toBe(0)
    expect([await accept(fd), errno()]).toEqual([-1, EAGAIN])
    const client = made(SOCK_STREAM)
    fcntl(client, F_SETFL, O_NONBLOCK)
    expect([await connect(client, at), errno()]).toEqual([-1, EINPROGRESS])
    const [other] = await connected()
    expect([await recv(other, new Uint8Array(1), 1, MSG_DONTWAIT), errno()]).toEqual([-1, EAGAIN])
  })

  test('close ends the wait', async () => {
    const { fd } = listening()
    const waiting = accept(fd)
    close(fd)
    expect([await waiting, errno()]).toEqual([-1, EBADF])
  })
})

describe('datagrams', () => {
  test('recvfrom waits for one and says whose it is', async () => {
    const server = bound(SOCK_DGRAM)
    const client = bound(SOCK_DGRAM)
    const from: sockaddr_in = { sin_family: 0, sin_port: 0, sin_addr: { s_addr: 0 } }
    const buf = new Uint8Array(10)
    const waiting = recvfrom(server.fd, buf, 10, 0, from)
    expect(await sendto(client.fd, new Uint8Array([1, 2, 3]), 3, 0, server.at)).toBe(3)
    expect(await waiting).toBe(3)
    expect(from.sin_port).toBe(client.at.sin_port)
    expect(await connect(client.fd, server.at)).toBe(0)
    expect(await send(client.fd, new Uint8Array(0))).toBe(0)
    expect(await recv(server.fd, buf)).toBe(0)
    expect([await send(client.fd, new Uint8Array(70_000)), errno()]).toEqual([-1, EMSGSIZE])
  })
})

describe('the same of BIO', () => {
  const address = async ({ at }: { at: sockaddr_in }) => {
    const found: B.Out<B.BIO_ADDRINFO | null> = { value: null }
    await B.BIO_lookup_ex('127.0.0.1', `${ntohs(at.sin_port)}`, B.BIO_LOOKUP_CLIENT, AF_INET, SOCK_STREAM, 0, found)
    return B.BIO_ADDRINFO_address(found.value) ?? B.BIO_ADDR_new()
  }

  test('BIO_connect and BIO_accept_ex', async () => {
    const server = listening()
    const client = made(SOCK_STREAM)
    const peer = B.BIO_ADDR_new()
    const at = await address(server)
    const [accepted, result] = await Promise.all([
      B.BIO_accept_ex(server.fd, peer, 0),
      B.BIO_connect(client, at, B.BIO_SOCK_NODELAY),
    ])
    open.push(accepted)
    expect(result).toBe(1)
    expect(accepted).toBeGreaterThan(2)
    const own = { sin_family: 0, sin_port: 0, sin_addr: { s_addr: 0 } }
    getsockname(client, own)
    expect(B.BIO_ADDR_rawport(peer)).toBe(own.sin_port)
  })

  test('BIO_connect says why there is no connection, and does not wait where it may not', async () => {
    const server = bound(SOCK_STREAM)
    const at = await address(server)
    close(server.fd)
    expect(await B.BIO_connect(made(SOCK_STREAM), at, 0)).toBe(0)
    expect(B.ERR_GET_REASON(B.ERR_get_error())).toBe(ECONNREFUSED)
    expect(B.ERR_GET_REASON(B.ERR_get_error())).toBe(B.BIO_R_CONNECT_ERROR)
    const other = listening()
    expect(await B.BIO_connect(made(SOCK_STREAM), await address(other), B.BIO_SOCK_NONBLOCK)).toBe(0)
    expect(B.BIO_sock_should_retry(-1)).toBe(1)
    expect(B.ERR_peek_error()).toBe(0)
  })

  test('BIO_lookup gives what the hosts file has, and an error for what nobody knows', async () => {
    const found: B.Out<B.BIO_ADDRINFO | null> = { value: null }
    expect(await B.BIO_lookup('localhost', '443', B.BIO_LOOKUP_CLIENT, AF_INET, SOCK_STREAM, found)).toBe(1)
    const first = B.BIO_ADDRINFO_address(found.value) ?? B.BIO_ADDR_new()
    expect(B.BIO_ADDR_hostname_string(first, 1)).toBe('127.0.0.1')
    expect(await B.BIO_lookup('nobody.invalid', '443', B.BIO_LOOKUP_CLIENT, AF_INET, SOCK_STREAM, found)).toBe(0)
    expect(B.ERR_GET_REASON(B.ERR_get_error())).toBe(B.ERR_R_SYS_LIB)
  })
})
