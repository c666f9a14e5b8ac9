import { spawnSync } from 'node:child_process'
import { afterEach, expect, test } from '@jest/globals'
import * as ssl from 'openssl-shim/promises'
import { Openssl } from './openssl.ts'
import { certificateFile, type Endpoint, explain, handshake, present } from './ours.ts'
import { exchange, identity, live, Stage, trust } from './stage.ts'

/** New handshakes inside a connection, begun by either side, with the library that most programs have. */

const stage = new Stage()
afterEach(() => stage.clear())

async function pairWithServer(args: readonly string[] = [], certificates: readonly string[] = []) {
  const { port, process } = await stage.server(['-dtls', ...identity('rsa'), ...args])
  const endpoint = await stage.endpoint(stage.context(ssl.DTLS_method(), { certificates }), port)
  await handshake(endpoint, 'client')
  await exchange(endpoint, process)
  return { endpoint, process }
}

async function pairWithClient(options = 0, args: readonly string[] = []) {
  const configure = (ctx: ssl.SSL_CTX) => void ssl.SSL_CTX_set_options(ctx, options)
  const endpoint = await stage.endpoint(stage.context(ssl.DTLS_method(), { certificates: ['rsa'], configure }))
  const process = stage.client(endpoint.port, ['-dtls', ...args])
  await handshake(endpoint, 'server')
  await exchange(endpoint, process)
  return { endpoint, process }
}

/** SSL_get_finished: another one for every handshake. */
function lastFinished({ con }: Endpoint): string {
  const finished = Buffer.alloc(12)
  ssl.SSL_get_finished(con, finished)
  return finished.toString('hex')
}

/** Reads, and with it does what there is to do, until `done`; the peer then says a line to end it. */
async function readUntil(endpoint: Endpoint, process: Openssl, done: () => boolean): Promise<void> {
  const line = endpoint.read()
  while (!done()) await new Promise(resolve => setTimeout(resolve, 5))
  // libssl takes data in the middle of its SSL_do_handshake for an attack: only now.
  process.type('done\n')
  expect(await line).toBe('done\n')
}

/** Our client has followed this many HelloRequests, and is done. */
function followed(endpoint: Endpoint, process: Openssl, count: number): Promise<void> {
  const { con } = endpoint
  return readUntil(
    endpoint,
    process,
    () => ssl.SSL_num_renegotiations(con) === count && ssl.SSL_renegotiate_pending(con) === 0,
  )
}

/** There has been another handshake since, and it is over. */
function changed(endpoint: Endpoint, process: Openssl, before: string): Promise<void> {
  const over = () => ssl.SSL_renegotiate_pending(endpoint.con) === 0 && lastFinished(endpoint) !== before
  return readUntil(endpoint, process, over)
}

async function renegotiate(endpoint: Endpoint, how: (con: ssl.SSL) => number = ssl.SSL_renegotiate): Promise<void> {
  expect(how(endpoint.con)).toBe(1)
  const ret = await ssl.SSL_do_handshake(endpoint.con)
  if (ret !== 1) throw new Error(explain(endpoint.con, ret))
}

live('renegotiation', () => {
  test('our client wants it of s_server, again and again', async () => {
    const { endpoint, process } = await pairWithServer(['-client_renegotiation'])
    const seen = new Set([lastFinished(endpoint)])
    for (const how of [ssl.SSL_renegotiate, ssl.SSL_renegotiate_abbreviated, ssl.SSL_renegotiate]) {
      await renegotiate(endpoint, how)
      expect(ssl.SSL_session_reused(endpoint.con)).toBe(Number(how === ssl.SSL_renegotiate_abbreviated))
      seen.add(lastFinished(endpoint))
      await exchange(endpoint, process)
    }
    expect(seen.size).toBe(4)
    expect(ssl.SSL_num_renegotiations(endpoint.con)).toBe(3)
  })

  test('our client wants it of s_server, which asks for cookies', async () => {
    const { endpoint, process } = await pairWithServer(['-client_renegotiation', '-listen'])
    await renegotiate(endpoint)
    await exchange(endpoint, process)
  })

  test('our client wants it of s_server, which refuses', async () => {
    const { endpoint } = await pairWithServer()
    expect(ssl.SSL_renegotiate(endpoint.con)).toBe(1)
    expect(await ssl.SSL_do_handshake(endpoint.con)).toBe(-1)
    expect(ssl.ERR_GET_REASON(ssl.ERR_get_error())).toBe(ssl.SSL_R_NO_RENEGOTIATION)
  })

  test('s_server asks our client, with and without its certificate', async () => {
    const { endpoint, process } = await pairWithServer(trust(), ['client-rsa'])
    const before = lastFinished(endpoint)
    process.type('r\n')
    await followed(endpoint, process, 1)
    const between = lastFinished(endpoint)
    process.type('R\n')
    await followed(endpoint, process, 2)
    await exchange(endpoint, process)
    expect(new Set([before, between, lastFinished(endpoint)]).size).toBe(3)
    expect(ssl.SSL_num_renegotiations(endpoint.con)).toBe(2)
    expect(process.errors).toEqual([])
  })

  test('s_client wants it of our server', async () => {
    const { endpoint, process } = await pairWithClient(ssl.SSL_OP_ALLOW_CLIENT_RENEGOTIATION)
    for (let times = 0; times < 3; times++) {
      const before = lastFinished(endpoint)
      process.type('R\n')
      await changed(endpoint, process, before)
      expect(lastFinished(endpoint)).not.toBe(before)
    }
    expect(process.output.match(/RENEGOTIATING/g)).toHaveLength(3)
    expect(process.errors).toEqual([])
  })

  test('s_client wants it of our server, which refuses', async () => {
    const { endpoint, process } = await pairWithClient()
    process.type('R\n')
    expect(await ssl.SSL_read(endpoint.con, Buffer.alloc(10))).toBe(0)
    expect(ssl.ERR_GET_REASON(ssl.ERR_get_error())).toBe(ssl.SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE)
    await process.ends()
    expect(process.errors).toEqual(['0A000153'])
  })

  test('our server asks s_client, and asks for its certificate when that is wanted', async () => {
    const { endpoint, process } = await pairWithClient(0, identity('client'))
    expect(ssl.SSL_get0_peer_certificate(endpoint.con)).toBeNull()
    let before = lastFinished(endpoint)
    await renegotiate(endpoint)
    await changed(endpoint, process, before)
    expect(ssl.SSL_renegotiate_pending(endpoint.con)).toBe(0)
    expect(ssl.SSL_get0_peer_certificate(endpoint.con)).toBeNull()

    ssl.SSL_set_verify(endpoint.con, ssl.SSL_VERIFY_PEER | ssl.SSL_VERIFY_FAIL_IF_NO_PEER_CERT, null)
    ssl.SSL_set_session_id_context(endpoint.con, Buffer.from('test'))
    before = lastFinished(endpoint)
    await renegotiate(endpoint)
    await changed(endpoint, process, before)
    const leaf = present(ssl.SSL_get0_peer_certificate(endpoint.con))
    const subject = spawnSync('openssl', ['x509', '-in', certificateFile('client'), '-noout', '-subject'])
    expect(ssl.X509_NAME_oneline(ssl.X509_get_subject_name(leaf), null)).toContain('client')
    expect(subject.stdout.toString()).toContain('client')
    expect(ssl.SSL_get_verify_result(endpoint.con)).toBe(ssl.X509_V_OK)
    await exchange(endpoint, process)
  })
})

const gnutls = spawnSync('gnutls-cli', ['--version'], { encoding: 'utf8' })
const elsewhere = gnutls.error ? test.skip : test

elsewhere('gnutls-cli renegotiates with our server', async () => {
  const configure = (ctx: ssl.SSL_CTX) => void ssl.SSL_CTX_set_options(ctx, ssl.SSL_OP_ALLOW_CLIENT_RENEGOTIATION)
  const endpoint = await stage.endpoint(stage.context(ssl.DTLS_method(), { certificates: ['rsa'], configure }))
  const to = ['--udp', '--port', `${endpoint.port}`, '127.0.0.1']
  const check = ['--x509cafile', certificateFile('authority'), '--verify-hostname', 'rsa.test']
  const client = new Openssl(['-o0', 'gnutls-cli', '--rehandshake', ...check, ...to], {}, 'stdbuf')
  try {
    await handshake(endpoint, 'server')
    const before = lastFinished(endpoint)
    await changed(endpoint, client, before)
    await exchange(endpoint, client)
  } finally {
    await client.stop()
  }
})
