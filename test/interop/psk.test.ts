import { afterEach, expect, test } from '@jest/globals'
import * as ssl from 'openssl-shim/promises'
import { failure, handshake } from './ours.ts'
import { exchange, identity, live, Stage, trust } from './stage.ts'

/** Pre-shared keys: names, hints, and what happens when the two sides do not mean the same key. */

const stage = new Stage()
afterEach(() => stage.clear())

const KEY = Buffer.from('a key of both sides')
const OTHER = Buffer.from('a key of one of them')
const ciphers = 'PSK-AES128-GCM-SHA256'
const rsaPsk = 'RSA-PSK-AES128-GCM-SHA256'
const cells = ['-dtls1_2', '-dtls1'] as const
const suiteOf = (flag: string) => (flag === '-dtls1' ? 'PSK-AES128-CBC-SHA:@SECLEVEL=0' : ciphers)

function serverKnowing(
  key: Uint8Array,
  names: readonly string[] = [],
  list = 'PSK:@SECLEVEL=0',
  certificates: readonly string[] = [],
): ssl.SSL_CTX {
  const ctx = stage.context(ssl.DTLS_server_method(), { ciphers: list, certificates })
  ssl.SSL_CTX_set_psk_server_callback(ctx, (_con, identity, psk) => {
    if (names.length > 0 && !names.includes(identity)) return 0
    psk.set(key)
    return key.length
  })
  return ctx
}

function clientNamed(
  name: string,
  key: Uint8Array,
  hints: (string | null)[] = [],
  list = ciphers,
  certificates: readonly string[] = [],
): ssl.SSL_CTX {
  const ctx = stage.context(ssl.DTLS_client_method(), { ciphers: list, certificates })
  ssl.SSL_CTX_set_psk_client_callback(ctx, (_con, hint, identity, _max, psk) => {
    hints.push(hint)
    identity.set(Buffer.from(`${name}\0`))
    psk.set(key)
    return key.length
  })
  return ctx
}

const options = (key: Uint8Array) => ['-psk', Buffer.from(key).toString('hex')]

live('pre-shared keys', () => {
  test.each(cells)('our client hears the hint of s_server and gives its name: %s', async flag => {
    const args = [flag, '-nocert', '-psk_hint', 'who are you', '-psk_identity', 'device 7', ...options(KEY)]
    const { port, process } = await stage.server([...args, '-cipher', suiteOf(flag)])
    const hints: (string | null)[] = []
    const endpoint = await stage.endpoint(clientNamed('device 7', KEY, hints, suiteOf(flag)), port)
    await handshake(endpoint, 'client')
    expect(hints).toEqual(['who are you'])
    expect(ssl.SSL_get_psk_identity_hint(endpoint.con)).toBe('who are you')
    await exchange(endpoint, process)
    expect(process.output).not.toContain('client identity not what we expected')
  })

  test.each(cells)('our server gives a hint to s_client and hears its name: %s', async flag => {
    const ctx = serverKnowing(KEY, ['device 7'])
    expect(ssl.SSL_CTX_use_psk_identity_hint(ctx, 'who are you')).toBe(1)
    const endpoint = await stage.endpoint(ctx)
    const args = [flag, '-psk_identity', 'device 7', ...options(KEY), '-cipher', suiteOf(flag)]
    const client = stage.client(endpoint.port, args)
    await handshake(endpoint, 'server')
    expect(ssl.SSL_get_psk_identity(endpoint.con)).toBe('device 7')
    await client.prints(/PSK identity hint: who are you/)
    await exchange(endpoint, client)
  })

  // RFC 4279 section 4: the server shows a certificate besides, and may want one.
  test('s_server wants a certificate of our client with RSA-PSK', async () => {
    const asks = ['-Verify', '1', ...trust(), ...options(KEY), '-cipher', rsaPsk]
    const { port, process } = await stage.server(['-dtls1_2', ...identity('rsa'), ...asks])
    const endpoint = await stage.endpoint(clientNamed('Client_identity', KEY, [], rsaPsk, ['p256']), port)
    await handshake(endpoint, 'client')
    await process.prints(/subject=.*p256\.test/)
    await exchange(endpoint, process)
  })

  test('our server wants a certificate of s_client with RSA-PSK, and takes none for none', async () => {
    const ctx = serverKnowing(KEY, [], rsaPsk, ['rsa'])
    ssl.SSL_CTX_set_verify(ctx, ssl.SSL_VERIFY_PEER | ssl.SSL_VERIFY_FAIL_IF_NO_PEER_CERT, null)
    const asking = await stage.endpoint(ctx)
    const client = stage.client(asking.port, ['-dtls1_2', ...identity('p256'), ...options(KEY), '-cipher', rsaPsk])
    await handshake(asking, 'server')
    const shown = ssl.SSL_get0_peer_certificate(asking.con)
    expect(shown && ssl.X509_NAME_oneline(ssl.X509_get_subject_name(shown))).toBe('/CN=p256.test')
    await exchange(asking, client)
    const refusing = await stage.endpoint(ctx)
    stage.client(refusing.port, ['-dtls1_2', ...options(KEY), '-cipher', rsaPsk])
    expect(await failure(refusing, 'server')).toEqual(['0A0000C7'])
  })

  test('a name that our server does not know', async () => {
    const endpoint = await stage.endpoint(serverKnowing(KEY, ['device 7']))
    const client = stage.client(endpoint.port, ['-dtls', '-psk_identity', 'stranger', ...options(KEY)])
    expect(await failure(endpoint, 'server')).toEqual(['0A0000DF'])
    await client.prints(/alert unknown psk identity.*SSL alert number 115/)
  })

  test('a client whose callback has no key', async () => {
    const { port, process } = await stage.server(['-dtls', '-nocert', ...options(KEY)])
    const endpoint = await stage.endpoint(clientNamed('device 7', new Uint8Array(0)), port)
    expect(await failure(endpoint, 'client')).toEqual(['0A0000DF'])
    await process.prints(/alert handshake failure.*SSL alert number 40/)
  })

  test('our client with another key than s_server: nobody says a word, the client gives up', async () => {
    const { port, process } = await stage.server(['-dtls', '-nocert', ...options(KEY)])
    const endpoint = await stage.endpoint(clientNamed('device 7', OTHER), port)
    ssl.DTLS_set_timer_cb(endpoint.con, () => 20_000)
    expect(await failure(endpoint, 'client')).toEqual(['0A000138'])
    expect(process.errors).toEqual([])
  })

  test('s_client with another key than our server: nobody says a word, the server gives up', async () => {
    const endpoint = await stage.endpoint(serverKnowing(KEY))
    ssl.DTLS_set_timer_cb(endpoint.con, () => 20_000)
    const client = stage.client(endpoint.port, ['-dtls', ...options(OTHER)])
    expect(await failure(endpoint, 'server')).toEqual(['0A000138'])
    expect(client.errors).toEqual([])
  })
})
