import { afterEach, expect, test } from '@jest/globals'
import * as ssl from 'openssl-shim/promises'
import { handshake } from './ours.ts'
import { exchange, identity, live, Stage } from './stage.ts'

/** close_notify from either side, in both roles. */

const stage = new Stage()
afterEach(() => stage.clear())

const ciphers = 'ALL:@SECLEVEL=0'

async function pairWithServer(flag = '-dtls') {
  const { port, process } = await stage.server([flag, ...identity('p256'), '-cipher', ciphers])
  const endpoint = await stage.endpoint(stage.context(ssl.DTLS_method(), { ciphers }), port)
  await handshake(endpoint, 'client')
  await exchange(endpoint, process)
  return { endpoint, process, port }
}

async function pairWithClient() {
  const endpoint = await stage.endpoint(stage.context(ssl.DTLS_method(), { certificates: ['p256'] }))
  const process = stage.client(endpoint.port, ['-dtls', '-msg'])
  await handshake(endpoint, 'server')
  await exchange(endpoint, process)
  return { endpoint, process }
}

/** How `-msg` shows alerts, in DTLS. */
const ALERTS = /(<<<|>>>).*content_type=21\)/g

function alerts(output: string): string[] {
  return [...output.matchAll(ALERTS)].map(([, direction = '']) => direction)
}

live('the end of a connection', () => {
  test('s_server closes: our client reads the end, still may write, and closes too', async () => {
    // Where the version is another one, s_server closes its socket before it says so.
    const { endpoint, process } = await pairWithServer('-dtls1')
    process.type('q\n')
    expect(await ssl.SSL_read(endpoint.con, Buffer.alloc(100))).toBe(0)
    expect(ssl.SSL_get_error(endpoint.con, 0)).toBe(ssl.SSL_ERROR_ZERO_RETURN)
    expect(ssl.SSL_get_shutdown(endpoint.con)).toBe(ssl.SSL_RECEIVED_SHUTDOWN)
    expect(await ssl.SSL_write(endpoint.con, Buffer.from('late'))).toBe(4)
    expect(await ssl.SSL_shutdown(endpoint.con)).toBe(1)
  })

  test('s_client closes: our server reads the end and closes too', async () => {
    const { endpoint, process } = await pairWithClient()
    process.endInput()
    expect(await ssl.SSL_read(endpoint.con, Buffer.alloc(100))).toBe(0)
    expect(ssl.SSL_get_error(endpoint.con, 0)).toBe(ssl.SSL_ERROR_ZERO_RETURN)
    expect(await ssl.SSL_shutdown(endpoint.con)).toBe(1)
    expect(await process.ends()).toContain('DONE')
  })

  test('our client closes: s_server sees it, and serves the next one', async () => {
    const { endpoint, process, port } = await pairWithServer()
    expect(await ssl.SSL_shutdown(endpoint.con)).toBe(0)
    await process.prints(/DONE/)
    const next = await stage.endpoint(stage.context(ssl.DTLS_method(), { ciphers }), port)
    await handshake(next, 'client')
    await next.write('the next one\n')
    await process.prints(/the next one/)
  })

  test('our server closes: s_client answers, and both know that all has been read', async () => {
    const { endpoint, process } = await pairWithClient()
    expect(await ssl.SSL_shutdown(endpoint.con)).toBe(0)
    expect(await ssl.SSL_shutdown(endpoint.con)).toBe(1)
    expect(ssl.SSL_get_shutdown(endpoint.con)).toBe(ssl.SSL_SENT_SHUTDOWN | ssl.SSL_RECEIVED_SHUTDOWN)
    expect(alerts(await process.ends())).toEqual(['<<<', '>>>'])
  })

  test('our server is freed without a shutdown: s_client hears nothing, and closes alone', async () => {
    const { endpoint, process } = await pairWithClient()
    endpoint.free()
    process.endInput()
    expect(alerts(await process.ends())).toEqual(['>>>'])
  })
})
