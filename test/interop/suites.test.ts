import { afterAll, beforeAll, expect, test } from '@jest/globals'
import * as ssl from 'openssl-shim/promises'
import { type CipherSuite, SUITES } from '../../lib/crypto/suites.ts'
import { freePort, type Openssl, startClient, startServer } from './openssl.ts'
import { certificateFile, context, Endpoint, handshake, keyFile } from './ours.ts'
import { live } from './stage.ts'

/** Every suite that both sides have, in both roles and both versions, against the openssl program. */

const KEY = '0123456789abcdef'
const versions = [
  { flag: '-dtls1_2', method: ssl.DTLSv1_2_method, tls: 0x0303 },
  { flag: '-dtls1', method: ssl.DTLSv1_method, tls: 0x0302 },
] as const
const cells = versions.flatMap(version =>
  SUITES.filter(suite => suite.available && suite.authentication !== 'dss' && suite.minTls <= version.tls).map(
    suite => ({
      name: `${version.flag.slice(1)} ${suite.openssl}`,
      suite,
      ...version,
    }),
  ),
)

live('our client, openssl s_server', () => {
  const servers = new Map<string, { port: number; process: Openssl }>()

  beforeAll(async () => {
    for (const { flag } of versions) {
      const port = await freePort()
      const process = await startServer(port, [flag, ...serverArgs(), '-cipher', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'])
      servers.set(flag, { port, process })
    }
  })

  afterAll(async () => {
    for (const { process } of servers.values()) await process.stop()
  })

  test.each(cells)('$name', async ({ suite, flag, method }) => {
    const { port, process } = servers.get(flag) ?? fail()
    const ctx = context(method(), { ciphers: only(suite), configure: usePsk })
    const endpoint = await Endpoint.open(ctx, { remote: port })
    try {
      await handshake(endpoint, 'client')
      expect(ssl.SSL_get_cipher_name(endpoint.con)).toBe(suite.openssl)
      const word = `${flag} ${suite.openssl} says hello`
      await endpoint.write(`${word}\n`)
      await process.prints(new RegExp(word.replaceAll(/[-.]/g, '\\$&')))
      process.type(`answer to ${suite.openssl}\n`)
      expect(await endpoint.read()).toBe(`answer to ${suite.openssl}\n`)
    } finally {
      await endpoint.close()
      ssl.SSL_CTX_free(ctx)
    }
  })
})

live('openssl s_client, our server', () => {
  test.each(cells)('$name', async ({ suite, flag, method }) => {
    const certificates = ['rsa', 'p256']
    const ctx = context(method(), { ciphers: 'ALL:COMPLEMENTOFALL:@SECLEVEL=0', certificates, configure: usePsk })
    const endpoint = await Endpoint.open(ctx, {})
    const client = startClient(endpoint.port, [flag, '-psk', hex(KEY), '-cipher', only(suite)])
    try {
      await handshake(endpoint, 'server')
      await endpoint.write(`hello ${suite.openssl}\n`)
      await client.prints(new RegExp(`Cipher is ${suite.openssl}\\b`))
      client.type('to the server\n')
      expect(await endpoint.read()).toBe('to the server\n')
      client.endInput()
      await client.prints(/DONE/)
    } finally {
      await client.stop()
      endpoint.free()
      ssl.SSL_CTX_free(ctx)
    }
  })
})

function serverArgs(): string[] {
  const files = [
    '-cert',
    certificateFile('rsa'),
    '-key',
    keyFile('rsa'),
    '-dcert',
    certificateFile('p256'),
    '-dkey',
    keyFile('p256'),
  ]
  return [...files, '-psk', hex(KEY)]
}

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

function hex(text: string): string {
  return Buffer.from(text).toString('hex')
}

function fail(): never {
  throw new Error('the server was not started')
}
