import { afterEach, expect, test } from '@jest/globals'
import * as ssl from 'openssl-shim/promises'
import { handshake } from './ours.ts'
import { exchange, identity, identityWithChain, live, Stage } from './stage.ts'

/** Narrow and bad paths between openssl and ours: small MTUs with a large chain, loss, repetition, reordering. */

const stage = new Stage()
afterEach(() => stage.clear())

/** Headers below DTLS that `-mtu` counts and a datagram does not: IPv4 and UDP. */
const OVERHEAD = 28
const mtus = [300, 576, 1400]

live('-mtu, with a chain of 10 KB', () => {
  test.each(mtus)('our client, s_server: both within %i', async mtu => {
    const { port, process } = await stage.server(['-dtls', ...identityWithChain('long-chain'), '-mtu', `${mtu}`])
    const relay = await stage.relay(port)
    const ctx = stage.context(ssl.DTLS_method(), { certificates: ['long-chain'] })
    const endpoint = await stage.endpoint(ctx, relay.port)
    ssl.SSL_set_options(endpoint.con, ssl.SSL_OP_NO_QUERY_MTU)
    expect(ssl.DTLS_set_link_mtu(endpoint.con, mtu)).toBe(1)
    await handshake(endpoint, 'client')
    await exchange(endpoint, process)
    expect(Math.max(...relay.sizes.server)).toBeLessThanOrEqual(mtu - OVERHEAD)
    expect(relay.sizes.client.length).toBeGreaterThan(10_000 / mtu)
  })

  test.each(mtus)('s_client, our server asks for a certificate: both within %i', async mtu => {
    const ctx = stage.context(ssl.DTLS_method(), { certificates: ['long-chain'] })
    ssl.SSL_CTX_set_verify(ctx, ssl.SSL_VERIFY_PEER, null)
    const endpoint = await stage.endpoint(ctx)
    ssl.SSL_set_options(endpoint.con, ssl.SSL_OP_NO_QUERY_MTU)
    expect(ssl.DTLS_set_link_mtu(endpoint.con, mtu)).toBe(1)
    const relay = await stage.relay(endpoint.port)
    const client = stage.client(relay.port, ['-dtls', ...identityWithChain('long-chain'), '-mtu', `${mtu}`])
    await handshake(endpoint, 'server')
    await exchange(endpoint, client)
    expect(ssl.SSL_get_peer_cert_chain(endpoint.con)).toHaveLength(4)
    expect(Math.max(...relay.sizes.client)).toBeLessThanOrEqual(mtu - OVERHEAD)
    expect(relay.sizes.client.length).toBeGreaterThan(10_000 / mtu)
    expect(relay.sizes.server.length).toBeGreaterThan(10_000 / mtu)
  })

  test('openssl cuts to 256 where we are not told: it reads ours, we read its', async () => {
    const { port, process } = await stage.server(['-dtls', ...identityWithChain('long-chain')])
    const endpoint = await stage.endpoint(stage.context(ssl.DTLS_method()), port)
    await handshake(endpoint, 'client')
    await exchange(endpoint, process)
  })
})

live('a bad path', () => {
  const weathers = [
    ['one datagram in five is lost', { loss: 0.2 }],
    ['every second one comes twice, every third one late', { duplication: 0.5, reordering: 0.3 }],
    ['all of it', { loss: 0.15, duplication: 0.3, reordering: 0.3 }],
  ] as const
  // What openssl loses it sends again after a second, two, four: its clock cannot be set. So all run at the same time.
  const patience = 30_000
  const seeds = [1, 2, 3]

  test.each(weathers)(
    'our client, s_server: %s',
    async (_name, weather) => {
      const losses = await Promise.all(
        seeds.map(async seed => {
          const { port, process } = await stage.server(['-dtls', ...identity('p256'), '-Verify', '1'])
          const relay = await stage.relay(port, weather, seed)
          const ctx = stage.context(ssl.DTLS_method(), { certificates: ['client'] })
          const endpoint = await stage.endpoint(ctx, relay.port)
          ssl.DTLS_set_timer_cb(endpoint.con, () => 300_000)
          await handshake(endpoint, 'client')
          await process.prints(/CIPHER is/, patience)
          return relay.lost
        }),
      )
      if ('loss' in weather) expect(Math.max(...losses)).toBeGreaterThan(0)
    },
    patience,
  )

  test.each(weathers)(
    's_client, our server: %s',
    async (_name, weather) => {
      const losses = await Promise.all(
        seeds.map(async seed => {
          const ctx = stage.context(ssl.DTLS_method(), { certificates: ['p256'] })
          ssl.SSL_CTX_set_verify(ctx, ssl.SSL_VERIFY_PEER | ssl.SSL_VERIFY_FAIL_IF_NO_PEER_CERT, null)
          const endpoint = await stage.endpoint(ctx)
          ssl.DTLS_set_timer_cb(endpoint.con, () => 300_000)
          const relay = await stage.relay(endpoint.port, weather, seed)
          // Without -nbio it would wait in its read after a repeated record, deaf to what is typed.
          const client = stage.client(relay.port, ['-dtls', '-nbio', ...identity('client')])
          await handshake(endpoint, 'server')
          // A repeated flight of the client is answered from SSL_read.
          const read = ssl.SSL_read(endpoint.con, Buffer.alloc(100))
          await client.prints(/Cipher is ECDHE/, patience)
          const timer = setInterval(() => client.type('are you there\n'), 200)
          expect(await read).toBeGreaterThan(0)
          clearInterval(timer)
          return relay.lost
        }),
      )
      if ('loss' in weather) expect(Math.max(...losses)).toBeGreaterThan(0)
    },
    patience,
  )
})
