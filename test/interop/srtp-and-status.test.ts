import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from '@jest/globals'
import * as ssl from 'openssl-shim/promises'
import { captures } from '../wire/captured.ts'
import { capturedBodies } from '../wire/formats.ts'
import { type Endpoint, failure, handshake } from './ours.ts'
import { exchange, identity, live, Stage } from './stage.ts'

/** SRTP profiles with their keys, and OCSP responses, between our calls and the openssl program. */

const stage = new Stage()
const folder = mkdtempSync(join(tmpdir(), 'srtp-and-status-'))
afterEach(() => stage.clear())
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const LABEL = 'EXTRACTOR-dtls_srtp'

function keysOf({ con }: Endpoint, length: number): string {
  const keys = Buffer.alloc(length)
  expect(ssl.SSL_export_keying_material(con, keys, length, LABEL, LABEL.length, null, 0, 0)).toBe(1)
  return keys.toString('hex').toUpperCase()
}

live('use_srtp', () => {
  const keying = (length: number) => ['-keymatexport', LABEL, '-keymatexportlen', String(length)]

  // Master keys and salts of both sides: 2 * (16 + 14), 2 * (16 + 12), 2 * (32 + 12) bytes (RFC 5764 section 4.2, RFC 7714).
  describe.each([
    ['SRTP_AES128_CM_SHA1_80', 60],
    ['SRTP_AES128_CM_SHA1_32', 60],
    ['SRTP_AEAD_AES_128_GCM', 56],
    ['SRTP_AEAD_AES_256_GCM', 88],
  ])('%s', (profile, length) => {
    test('our client, s_server: the same keys', async () => {
      const args = ['-dtls', ...identity('p256'), '-use_srtp', profile, ...keying(length)]
      const { port, process } = await stage.server(args)
      const ctx = stage.context(ssl.DTLS_method())
      expect(ssl.SSL_CTX_set_tlsext_use_srtp(ctx, profile)).toBe(0)
      const endpoint = await stage.endpoint(ctx, port)
      await handshake(endpoint, 'client')
      expect(ssl.SSL_get_selected_srtp_profile(endpoint.con)?.name).toBe(profile)
      await process.prints(new RegExp(`SRTP Extension negotiated, profile=${profile}`))
      const [, keys] = await process.prints(/Keying material: ([0-9A-F]+)/)
      expect(keysOf(endpoint, length)).toBe(keys)
      await exchange(endpoint, process)
    })

    test('s_client, our server: the same keys', async () => {
      const ctx = stage.context(ssl.DTLS_method(), { certificates: ['p256'] })
      expect(ssl.SSL_CTX_set_tlsext_use_srtp(ctx, profile)).toBe(0)
      const endpoint = await stage.endpoint(ctx)
      const client = stage.client(endpoint.port, ['-dtls', '-use_srtp', profile, ...keying(length)])
      await handshake(endpoint, 'server')
      expect(ssl.SSL_get_selected_srtp_profile(endpoint.con)?.name).toBe(profile)
      await client.prints(new RegExp(`SRTP Extension negotiated, profile=${profile}`))
      const [, keys] = await client.prints(/Keying material: ([0-9A-F]+)/)
      expect(keysOf(endpoint, length)).toBe(keys)
      await exchange(endpoint, client)
    })
  })
})

live('OCSP responses', () => {
  // The program reads the file, so that it must be one.
  const response = capturedBodies(captures.status, 22)[0]?.subarray(4) ?? new Uint8Array(0)
  const file = join(folder, 'response.der')
  writeFileSync(file, response)

  const received = ({ con }: Endpoint): Buffer | null => {
    const out: ssl.Out<Uint8Array | null> = { value: null }
    const length = ssl.SSL_get_tlsext_status_ocsp_resp(con, out)
    return out.value === null ? null : Buffer.from(out.value.subarray(0, length))
  }

  test('s_server staples what our client asks for', async () => {
    const { port, process } = await stage.server(['-dtls', ...identity('p256'), '-status_file', file])
    const endpoint = await stage.endpoint(stage.context(ssl.DTLS_method()), port)
    ssl.SSL_set_tlsext_status_type(endpoint.con, ssl.TLSEXT_STATUSTYPE_ocsp)
    await handshake(endpoint, 'client')
    expect(received(endpoint)).toEqual(Buffer.from(response))
    await exchange(endpoint, process)
  })

  test('s_server has none: our client hears so and may refuse', async () => {
    const { port, process } = await stage.server(['-dtls', ...identity('p256')])
    const ctx = stage.context(ssl.DTLS_method())
    ssl.SSL_CTX_set_tlsext_status_cb(ctx, con => Number(ssl.SSL_get_tlsext_status_ocsp_resp(con, { value: null }) > 0))
    const endpoint = await stage.endpoint(ctx, port)
    ssl.SSL_set_tlsext_status_type(endpoint.con, ssl.TLSEXT_STATUSTYPE_ocsp)
    expect(await failure(endpoint, 'client')).toEqual(['0A000148'])
    await process.prints(/bad certificate status response/)
  })

  test.each([
    ['a response', ssl.SSL_TLSEXT_ERR_OK, /OCSP Response Data:/],
    ['none', ssl.SSL_TLSEXT_ERR_NOACK, /OCSP response: no response sent/],
  ])('s_client asks, our server gives %s', async (_what, answer, printed) => {
    const ctx = stage.context(ssl.DTLS_method(), { certificates: ['p256'] })
    ssl.SSL_CTX_set_tlsext_status_cb(ctx, con => {
      ssl.SSL_set_tlsext_status_ocsp_resp(con, response, response.length)
      return answer
    })
    const endpoint = await stage.endpoint(ctx)
    const client = stage.client(endpoint.port, ['-dtls', '-status'])
    await handshake(endpoint, 'server')
    await client.prints(printed)
    await exchange(endpoint, client)
  })
})
