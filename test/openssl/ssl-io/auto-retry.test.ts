import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import * as P from '../../../lib/promises.ts'
import * as N from '../../../lib/socket.ts'
import { realTranscript } from '../real.ts'
import { CERTIFICATES } from './configure.ts'

/** What auto-retry.c plays with libssl, here with promises: a call that blocks ends, or not, after a renegotiation. */

const TURNS = [0, 1].flatMap(automatic => [0, 1].map(looks => ({ automatic, looks })))
const SCENES = ['DTLS', 'TLS'].flatMap(name => TURNS.map(turn => ({ name, ...turn })))

/** The same for both protocols, and for SSL_peek. */
const recorded = SCENES.map(
  ({ name, automatic, looks }) =>
    `${name} ${automatic} ${looks}: client 1/0${automatic === 0 ? ' -1/2' : ''} 4/0; server 1/0 1/0 1/0 -1/2 4/0`,
)

test('the record is what the real library does', () => {
  const source = readFileSync(new URL('auto-retry.c', import.meta.url), 'utf8')
  const real = realTranscript(`#define DIR ${JSON.stringify(CERTIFICATES)}\n${source}`)
  if (real !== null) expect(real).toEqual(recorded)
})

test('and what this library does', async () => {
  const lines: string[] = []
  for (const scene of SCENES) lines.push(await play(scene))
  expect(lines).toEqual(recorded)
})

async function play({ name, automatic, looks }: (typeof SCENES)[number]): Promise<string> {
  const stream = name === 'TLS'
  const [near, far] = stream ? await connectedStreams() : connectedDatagrams()
  const c = end(stream ? P.TLSv1_2_client_method() : P.DTLSv1_2_client_method(), near, false)
  const s = end(stream ? P.TLSv1_2_server_method() : P.DTLSv1_2_server_method(), far, true)
  const said = { c: '', s: '' }
  const serving = serve(s, ret => {
    said.s += show(s, ret)
  })
  said.c += show(c, await P.SSL_connect(c))
  if (automatic === 0) P.SSL_clear_mode(c, P.SSL_MODE_AUTO_RETRY)
  const read = looks === 1 ? P.SSL_peek : P.SSL_read
  for (let ret = -1; ret <= 0; said.c += show(c, ret)) ret = await read(c, new Uint8Array(100))
  await serving
  for (const ssl of [c, s]) P.SSL_free(ssl)
  for (const fd of [near, far]) N.close(fd)
  return `${name} ${automatic} ${looks}: client${said.c}; server${said.s}`
}

async function serve(s: P.SSL, say: (ret: number) => void): Promise<void> {
  say(await P.SSL_accept(s))
  P.SSL_clear_mode(s, P.SSL_MODE_AUTO_RETRY)
  say(P.SSL_renegotiate(s))
  say(await P.SSL_do_handshake(s))
  say(await P.SSL_read(s, new Uint8Array(100)))
  say(await P.SSL_write(s, Buffer.from('late')))
}

function show(ssl: P.SSL, ret: number): string {
  return ` ${ret}/${P.SSL_get_error(ssl, ret)}`
}

function end(method: P.SSL_METHOD, fd: number, isServer: boolean): P.SSL {
  const ctx = P.SSL_CTX_new(method)
  if (ctx === null) throw new Error('no context')
  if (isServer) {
    P.SSL_CTX_use_certificate_chain_file(ctx, `${CERTIFICATES}p256.pem`)
    P.SSL_CTX_use_PrivateKey_file(ctx, `${CERTIFICATES}p256.key.pem`, P.SSL_FILETYPE_PEM)
  }
  P.SSL_CTX_set_options(ctx, P.SSL_OP_NO_TICKET)
  const ssl = P.SSL_new(ctx)
  P.SSL_CTX_free(ctx)
  if (ssl === null) throw new Error('no connection')
  P.SSL_set_fd(ssl, fd)
  return ssl
}

function bound(type: number): { fd: number; address: N.sockaddr } {
  const fd = N.socket(N.AF_INET, type)
  N.bind(fd, { sin_family: N.AF_INET, sin_port: 0, sin_addr: { s_addr: N.htonl(N.INADDR_LOOPBACK) } })
  const address: N.sockaddr = {}
  N.getsockname(fd, address)
  return { fd, address }
}

function connectedDatagrams(): [number, number] {
  const [one, other] = [bound(N.SOCK_DGRAM), bound(N.SOCK_DGRAM)]
  expect([N.connect(one.fd, other.address), N.connect(other.fd, one.address)]).toEqual([0, 0])
  return [one.fd, other.fd]
}

async function connectedStreams(): Promise<[number, number]> {
  const listener = bound(N.SOCK_STREAM)
  N.listen(listener.fd, 1)
  const fd = N.socket(N.AF_INET, N.SOCK_STREAM)
  N.connect(fd, listener.address)
  await N.poll([{ fd: listener.fd, events: N.POLLIN, revents: 0 }], 1, -1)
  const accepted = N.accept(listener.fd)
  N.close(listener.fd)
  return [fd, accepted]
}
