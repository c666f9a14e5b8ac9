import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import tls from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import * as ssl from 'openssl-shim/promises'
import { type CipherSuite, SUITES } from '../../../lib/crypto/suites.ts'
import type { Openssl } from '../openssl.ts'
import { certificateFile, handshake, keyFile } from '../ours.ts'
import { live } from '../stage.ts'
import { Stage } from './stage.ts'

/** Every suite that both sides have, in every version: our client with s_server, Node's own client with our server. */

const KEY = '0123456789abcdef'
const versions = [
  { flag: '-tls1_2', name: 'TLSv1.2', method: ssl.TLSv1_2_method, tls: 0x0303 },
  { flag: '-tls1_1', name: 'TLSv1.1', method: ssl.TLSv1_1_method, tls: 0x0302 },
  { flag: '-tls1', name: 'TLSv1', method: ssl.TLSv1_method, tls: 0x0301 },
] as const
const cells = versions.flatMap(version =>
  SUITES.filter(suite => suite.available && suite.authentication !== 'dss' && suite.minTls <= version.tls).map(
    suite => ({ cell: `${version.name} ${suite.openssl}`, suite, ...version }),
  ),
)
const everything = 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'

const servers = new Stage()
const stage = new Stage()
afterEach(() => stage.clear())
afterAll(() => servers.clear())

live('our client, openssl s_server', () => {
  const started = new Map<string, { port: number; process: Openssl }>()

  beforeAll(async () => {
    for (const { flag } of versions) {
      const second = ['-dcert', certificateFile('p256'), '-dkey', keyFile('p256')]
      const first = ['-cert', certificateFile('rsa'), '-key', keyFile('rsa')]
      const psk = ['-psk', Buffer.from(KEY).toString('hex')]
      started.set(flag, await servers.server([flag, ...first, ...second, ...psk, '-cipher', everything]))
    }
  })

  test.each(cells)('$cell', async ({ suite, flag, name, method }) => {
    const { port, process } = started.get(flag) ?? fail()
    const ctx = stage.context(method(), { ciphers: only(suite), configure: usePsk })
    const endpoint = await stage.dial(ctx, port)
    await handshake(endpoint, 'client')
    expect(ssl.SSL_get_cipher_name(endpoint.con)).toBe(suite.openssl)
    expect(ssl.SSL_get_version(endpoint.con)).toBe(name)
    const word = `${flag} ${suite.openssl} says hello`
    await endpoint.write(`${word}\n`)
    await process.prints(new RegExp(word.replaceAll(/[-.]/g, '\\$&')))
    process.type(`answer to ${suite.openssl}\n`)
    expect(await endpoint.read()).toBe(`answer to ${suite.openssl}\n`)
    await endpoint.close()
  })
})

describe("Node's client, our server", () => {
  test.each(cells)('$cell', async ({ suite, name, method }) => {
    const certificates = ['rsa', 'p256']
    const ctx = stage.context(method(), { ciphers: everything, certificates, configure: usePsk })
    const { port, accept } = await stage.listen(ctx)
    const client = tls.connect({
      port,
      host: '127.0.0.1',
      ca: readFileSync(certificateFile('authority')),
      servername: suite.authentication === 'ecdsa' ? 'p256.test' : 'rsa.test',
      ciphers: only(suite),
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.2',
      // Suites without a certificate have nothing to check.
      rejectUnauthorized: suite.authentication === 'rsa' || suite.authentication === 'ecdsa',
      pskCallback: () => ({ psk: Buffer.from(KEY), identity: 'Client_identity' }),
      checkServerIdentity: suite.authentication === 'psk' ? () => undefined : tls.checkServerIdentity,
    })
    client.on('error', () => {})
    const endpoint = await accept()
    const secured = once(client, 'secureConnect')
    await handshake(endpoint, 'server')
    await secured
    expect(client.getCipher().name).toBe(suite.openssl)
    expect(client.getProtocol()).toBe(name)
    await endpoint.write('hello there')
    expect(String((await once(client, 'data'))[0])).toBe('hello there')
    client.end('and back')
    expect(await endpoint.read()).toBe('and back')
    expect(await ssl.SSL_read(endpoint.con, Buffer.alloc(10))).toBe(0)
    expect(ssl.SSL_get_error(endpoint.con, 0)).toBe(ssl.SSL_ERROR_ZERO_RETURN)
    await endpoint.close()
  })
})

function usePsk(ctx: ssl.SSL_CTX): void {
  ssl.SSL_CTX_set_psk_client_callback(ctx, (_ssl, _hint, identity, _max, psk) => {
    identity.set(Buffer.from('Client_identity\0'))
    psk.set(Buffer.from(KEY))
    return KEY.length
  })
  ssl.SSL_CTX_set_psk_server_callback(ctx, (_ssl, _identity, psk) => {
    psk.set(Buffer.from(KEY))
    return KEY.length
  })
}

function only(suite: CipherSuite): string {
  return `${suite.openssl}:@SECLEVEL=0`
}

function fail(): never {
  throw new Error('the server was not started')
}
