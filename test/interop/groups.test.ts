import { afterEach, expect, test } from '@jest/globals'
import * as ssl from 'openssl-shim/promises'
import { handshake } from './ours.ts'
import { exchange, identity, live, Stage } from './stage.ts'

/** Every group that both sides have, in both roles and both versions. */

const stage = new Stage()
afterEach(() => stage.clear())

const groups = [
  ['X25519', 'x25519', /Server Temp Key: X25519/],
  ['X448', 'x448', /Server Temp Key: X448/],
  ['P-256', 'secp256r1', /Server Temp Key: ECDH, prime256v1/],
  ['P-384', 'secp384r1', /Server Temp Key: ECDH, secp384r1/],
  ['P-521', 'secp521r1', /Server Temp Key: ECDH, secp521r1/],
] as const
const cells = groups.flatMap(([group, name, printed]) =>
  (['-dtls1_2', '-dtls1'] as const).map(version => ({ version, group, name, printed })),
)
const ciphers = 'ECDHE:@SECLEVEL=0'
const method = (version: string) => (version === '-dtls1' ? ssl.DTLSv1_method() : ssl.DTLSv1_2_method())

live('groups', () => {
  test.each(cells)('our client, s_server: $version $group', async ({ version, group, name }) => {
    const args = [version, ...identity('p256'), '-groups', group, '-cipher', ciphers]
    const { port, process } = await stage.server(args)
    const endpoint = await stage.endpoint(stage.context(method(version), { ciphers }), port)
    await handshake(endpoint, 'client')
    expect(ssl.SSL_get0_group_name(endpoint.con)).toBe(name)
    await exchange(endpoint, process)
  })

  test.each(cells)('s_client, our server: $version $group', async ({ version, group, name, printed }) => {
    const ctx = stage.context(method(version), { ciphers, certificates: ['p256'] })
    const endpoint = await stage.endpoint(ctx)
    // P-256 too, which the certificate is on: the server may only use it with a client that lists it.
    const list = group === 'P-256' ? group : `${group}:P-256`
    const client = stage.client(endpoint.port, [version, '-groups', list, '-cipher', ciphers])
    await handshake(endpoint, 'server')
    expect(ssl.SSL_get0_group_name(endpoint.con)).toBe(name)
    await client.prints(printed)
    await exchange(endpoint, client)
  })

  test('our order decides with SSL_OP_CIPHER_SERVER_PREFERENCE, the order of the client without', async () => {
    for (const [option, name] of [
      [0, 'x448'],
      [ssl.SSL_OP_CIPHER_SERVER_PREFERENCE, 'secp384r1'],
    ] as const) {
      const ctx = stage.context(ssl.DTLS_method(), { certificates: ['p256'] })
      ssl.SSL_CTX_set_options(ctx, option)
      ssl.SSL_CTX_set1_groups_list(ctx, 'P-384:X448:P-256')
      const endpoint = await stage.endpoint(ctx)
      const client = stage.client(endpoint.port, ['-dtls', '-groups', 'X448:P-384:P-256'])
      await handshake(endpoint, 'server')
      expect(ssl.SSL_get0_group_name(endpoint.con)).toBe(name)
      await client.stop()
    }
  })

  test('no group in common: RSA key exchange, where there is an RSA key', async () => {
    const { port, process } = await stage.server(['-dtls', ...identity('rsa'), '-groups', 'P-521', '-no_dhe'])
    const ctx = stage.context(ssl.DTLS_method())
    ssl.SSL_CTX_set1_groups_list(ctx, 'P-384')
    const endpoint = await stage.endpoint(ctx, port)
    await handshake(endpoint, 'client')
    expect(ssl.SSL_get_cipher_name(endpoint.con)).toBe('AES256-GCM-SHA384')
    expect(ssl.SSL_get0_group_name(endpoint.con)).toBeNull()
    await exchange(endpoint, process)
  })
})
