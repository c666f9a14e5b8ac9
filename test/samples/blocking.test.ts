import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import * as ossl from 'openssl-shim/promises'
import {
  AF_INET,
  bind,
  close,
  connect,
  getsockname,
  htonl,
  INADDR_LOOPBACK,
  SOCK_DGRAM,
  socket,
} from 'openssl-shim/socket'
import { PATIENCE, Workshop } from './programs.ts'

jest.setTimeout(2 * PATIENCE)

let workshop: Workshop
const descriptors: number[] = []

beforeAll(() => {
  workshop = new Workshop()
})
afterEach(() => {
  for (const fd of descriptors.splice(0)) close(fd)
})
afterAll(() => workshop.close())

/** A socket of the loopback interface, and its address. */
function loopbackSocket() {
  const fd = socket(AF_INET, SOCK_DGRAM, 0)
  descriptors.push(fd)
  const address = { sin_family: AF_INET, sin_port: 0, sin_addr: { s_addr: htonl(INADDR_LOOPBACK) } }
  if (bind(fd, address) !== 0 || getsockname(fd, address) !== 0) throw new Error('no socket')
  return { fd, address }
}

function connection(method: ossl.SSL_METHOD, fd: number): ossl.SSL {
  const ctx = ossl.SSL_CTX_new(method)
  const certs = `${workshop.folder}/certs`
  if (ctx === null) throw new Error('no context')
  ossl.SSL_CTX_use_certificate_file(ctx, `${certs}/server-cert.pem`, ossl.SSL_FILETYPE_PEM)
  ossl.SSL_CTX_use_PrivateKey_file(ctx, `${certs}/server-key.pem`, ossl.SSL_FILETYPE_PEM)
  const ssl = ossl.SSL_new(ctx)
  if (ssl === null || ossl.SSL_set_fd(ssl, fd) !== 1) throw new Error('no connection')
  return ssl
}

async function connectedPair(): Promise<{ client: ossl.SSL; server: ossl.SSL }> {
  const there = loopbackSocket()
  const here = loopbackSocket()
  connect(here.fd, there.address)
  const server = connection(ossl.DTLS_server_method(), there.fd)
  const client = connection(ossl.DTLS_client_method(), here.fd)
  expect(await Promise.all([ossl.SSL_accept(server), ossl.SSL_connect(client)])).toEqual([1, 1])
  return { client, server }
}

test('SSL_set_fd alone is enough for a descriptor that is connected', async () => {
  const { client, server } = await connectedPair()
  const buf = new Uint8Array(100)
  expect(await ossl.SSL_write(client, Buffer.from('hello'))).toBe(5)
  expect(await ossl.SSL_read(server, buf)).toBe(5)
  expect(await ossl.SSL_write(server, buf, 5)).toBe(5)
  expect(await ossl.SSL_read(client, buf)).toBe(5)
  expect(Buffer.from(buf.subarray(0, 5)).toString()).toBe('hello')
})

test('a program that only writes still has its timers and its peer', async () => {
  const { client, server } = await connectedPair()
  let alarm = false
  setTimeout(() => (alarm = true), 20)
  const end = performance.now() + PATIENCE
  while (!alarm && performance.now() < end) expect(await ossl.SSL_write(client, new Uint8Array(10))).toBe(10)
  expect(alarm).toBe(true)
  expect(await ossl.SSL_read(server, new Uint8Array(10))).toBe(10)
})
