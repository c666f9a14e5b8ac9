import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { MTLS_CTX_set_psk, MTLS_CTX_set_session_ids, MTLS_set_psk, MtlsSession } from '../../lib/mtls.ts'
import * as ssl from '../../lib/promises.ts'
import { clientContext, present, serverContext } from '../regression/public/line.ts'
import { HERE, THERE } from './line.ts'

const closing: (() => void)[] = []

afterEach(() => {
  for (const close of closing.splice(0).reverse()) close()
  ssl.ERR_clear_error()
})

/** What a handshake of both ends at once says. */
async function shaken(client: ssl.SSL, server: ssl.SSL): Promise<number[]> {
  return Promise.all([ssl.SSL_connect(client), ssl.SSL_accept(server)])
}

/** DTLS over UDP, its session known by an id. */
async function overUdp(): Promise<{ client: ssl.SSL; server: ssl.SSL }> {
  const sockets = [createSocket('udp4').bind(0, '127.0.0.1'), createSocket('udp4').bind(0, '127.0.0.1')]
  await Promise.all(sockets.map(socket => once(socket, 'listening')))
  const ports = sockets.map(socket => socket.address().port)
  for (const [i, socket] of sockets.entries()) socket.connect(ports[1 - i] ?? 0, '127.0.0.1')
  await Promise.all(sockets.map(socket => once(socket, 'connect')))
  closing.push(() => sockets.map(socket => socket.close()))
  const serving = serverContext()
  MTLS_CTX_set_session_ids(serving)
  const [client, server] = [present(ssl.SSL_new(clientContext())), present(ssl.SSL_new(serving))]
  for (const [i, con] of [client, server].entries()) ssl.SSL_set_fd(con, present(sockets[i] ?? null))
  expect(await shaken(client, server)).toEqual([1, 1])
  return { client, server }
}

/** TLS over TCP with the one suite that the draft requires, keyed by the DTLS session. */
async function keyedOverTcp(data: { client: ssl.SSL; server: ssl.SSL }): Promise<{ client: ssl.SSL; server: ssl.SSL }> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  const outgoing = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')
  const [[incoming]] = (await Promise.all([once(listener, 'connection'), once(outgoing, 'connect')])) as [
    [Socket],
    unknown,
  ]
  closing.push(() => {
    for (const socket of [outgoing, incoming]) socket.destroy()
    listener.close()
  })
  const contexts = [ssl.TLS_client_method(), ssl.TLS_server_method()].map(method => present(ssl.SSL_CTX_new(method)))
  const [calling, serving] = [present(contexts[0] ?? null), present(contexts[1] ?? null)]
  for (const ctx of contexts) expect(ssl.SSL_CTX_set_cipher_list(ctx, 'PSK-AES128-CBC-SHA')).toBe(1)
  const id = Buffer.from(ssl.SSL_SESSION_get_id(present(ssl.SSL_get_session(data.server))))
  MTLS_CTX_set_psk(serving, asked => (id.equals(asked) ? data.server : null))
  const [client, server] = [present(ssl.SSL_new(calling)), present(ssl.SSL_new(serving))]
  ssl.SSL_set_fd(client, outgoing)
  ssl.SSL_set_fd(server, incoming)
  expect(MTLS_set_psk(client, data.client)).toBe(1)
  expect(await shaken(client, server)).toEqual([1, 1])
  expect(ssl.SSL_get_cipher(server)).toBe('PSK-AES128-CBC-SHA')
  return { client, server }
}

test('over DTLS on UDP: control on a TLS connection that the DTLS session keys, data in datagrams', async () => {
  const data = await overUdp()
  const control = await keyedOverTcp(data)
  const client = new MtlsSession(control.client, { data: data.client })
  const server = new MtlsSession(control.server, {
    data: data.server,
    onRequest: request => {
      const stream = request.accept()
      stream?.on('data', (message: Buffer) => stream.write(`${request.destination.address}: ${message}`))
    },
  })
  const streams = await Promise.all([client.open(HERE, THERE), client.open(THERE, HERE)])
  for (const stream of streams) {
    stream.write('hello')
    const [message] = await once(stream, 'data')
    expect(String(message)).toBe(`${stream.destination.address}: hello`)
  }
  await Promise.all([client.close(), server.closed])
  for (const con of [data.client, data.server, control.client, control.server]) ssl.SSL_free(con)
})
