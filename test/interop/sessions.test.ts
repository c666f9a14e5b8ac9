import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from '@jest/globals'
import { BIO_read } from 'openssl-shim'
import * as ssl from 'openssl-shim/promises'
import { type Endpoint, handshake, present } from './ours.ts'
import { exchange, identity, live, Stage, trust } from './stage.ts'

/** Resumption against the openssl program, by id and by ticket, and sessions in each other's files. */

const stage = new Stage()
const folder = mkdtempSync(join(tmpdir(), 'openssl-shim-'))
afterEach(() => stage.clear())
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ways = [
  ['ticket', false],
  ['id', true],
] as const

const file = (name: string) => join(folder, `${name}.pem`)

/** A server of ours for one connection after the other. */
async function serve(ctx: ssl.SSL_CTX, args: readonly string[]) {
  const endpoint = await stage.endpoint(ctx)
  const process = stage.client(endpoint.port, ['-dtls1_2', ...args])
  await handshake(endpoint, 'server')
  await exchange(endpoint, process)
  return { endpoint, process }
}

async function finish(endpoint: Endpoint): Promise<void> {
  await ssl.SSL_shutdown(endpoint.con)
}

function text(object: ssl.SSL_SESSION, write: (bio: ssl.BIO, session: ssl.SSL_SESSION) => number): string {
  const bio = present(ssl.BIO_new(ssl.BIO_s_mem()))
  expect(write(bio, object)).toBe(1)
  const buffer = Buffer.alloc(10_000)
  const length = BIO_read(bio, buffer)
  ssl.BIO_free(bio)
  return buffer.toString('latin1', 0, length)
}

function read(pem: string): ssl.SSL_SESSION {
  const bio = present(ssl.BIO_new_mem_buf(Buffer.from(pem)))
  const session = present(ssl.PEM_read_bio_SSL_SESSION(bio))
  ssl.BIO_free(bio)
  return session
}

live.each(ways)('resumption by %s', (_way, noTicket) => {
  const off = noTicket ? ['-no_ticket'] : []

  test.each(['-dtls1_2', '-dtls1'])('our client, s_server %s', async flag => {
    const { port, process } = await stage.server([flag, ...identity('p256'), ...off, '-cipher', 'ALL:@SECLEVEL=0'])
    const ctx = stage.context(ssl.DTLS_method(), { ciphers: 'ALL:@SECLEVEL=0' })
    const first = await stage.endpoint(ctx, port)
    await handshake(first, 'client')
    await exchange(first, process)
    expect(ssl.SSL_session_reused(first.con)).toBe(0)
    const session = present(ssl.SSL_get1_session(first.con))
    expect(ssl.SSL_SESSION_has_ticket(session)).toBe(Number(!noTicket))
    expect(ssl.SSL_SESSION_is_resumable(session)).toBe(1)
    await finish(first)

    for (let again = 0; again < 2; again++) {
      const next = await stage.endpoint(ctx, port)
      ssl.SSL_set_session(next.con, session)
      await handshake(next, 'client')
      await exchange(next, process)
      expect(ssl.SSL_session_reused(next.con)).toBe(1)
      expect(ssl.SSL_get_verify_result(next.con)).toBe(ssl.X509_V_OK)
      expect(ssl.SSL_get0_peer_certificate(next.con)).not.toBeNull()
      await finish(next)
    }
    expect(process.output).toContain('Reused session-id')
    ssl.SSL_SESSION_free(session)
  })

  test('our server, s_client', async () => {
    const ctx = stage.context(ssl.DTLS_method(), { certificates: ['p256'] })
    if (noTicket) ssl.SSL_CTX_set_options(ctx, ssl.SSL_OP_NO_TICKET)
    const out = file(`client-${noTicket}`)
    const first = await serve(ctx, ['-sess_out', out, ...trust()])
    expect(first.process.output).toContain('New, TLSv1.2')
    first.process.endInput()
    await first.process.ends()
    await finish(first.endpoint)
    expect(ssl.SSL_CTX_sess_number(ctx)).toBe(Number(noTicket))

    const second = await serve(ctx, ['-sess_in', out, ...trust()])
    expect(second.process.output).toContain('Reused, TLSv1.2')
    expect(ssl.SSL_session_reused(second.endpoint.con)).toBe(1)
    expect(ssl.SSL_CTX_sess_hits(ctx)).toBe(1)
  })

  test('our server, s_client with a certificate', async () => {
    const ctx = stage.context(ssl.DTLS_method(), { certificates: ['p256'] })
    ssl.SSL_CTX_set_verify(ctx, ssl.SSL_VERIFY_PEER | ssl.SSL_VERIFY_FAIL_IF_NO_PEER_CERT, null)
    ssl.SSL_CTX_set_session_id_context(ctx, Buffer.from('interop'))
    if (noTicket) ssl.SSL_CTX_set_options(ctx, ssl.SSL_OP_NO_TICKET)
    const out = file(`certified-${noTicket}`)
    const first = await serve(ctx, ['-sess_out', out, ...identity('client')])
    first.process.endInput()
    await first.process.ends()
    await finish(first.endpoint)
    const { endpoint } = await serve(ctx, ['-sess_in', out])
    expect(ssl.SSL_session_reused(endpoint.con)).toBe(1)
    const certificate = present(ssl.SSL_get0_peer_certificate(endpoint.con))
    expect(ssl.X509_NAME_oneline(ssl.X509_get_subject_name(certificate))).toContain('CN=client')
    expect(ssl.SSL_get_verify_result(endpoint.con)).toBe(ssl.X509_V_OK)
  })

  test('a session that one writes the other reads and resumes', async () => {
    const { port, process } = await stage.server(['-dtls1_2', ...identity('p256'), ...off])
    const ctx = stage.context(ssl.DTLS_method())
    const first = await stage.endpoint(ctx, port)
    await handshake(first, 'client')
    await finish(first)
    const session = present(ssl.SSL_get1_session(first.con))
    const ours = file(`ours-${noTicket}`)
    writeFileSync(ours, text(session, ssl.PEM_write_bio_SSL_SESSION))

    const shown = spawnSync('openssl', ['sess_id', '-in', ours, '-noout', '-text'], { encoding: 'utf8' })
    expect(shown.stdout).toBe(text(session, ssl.SSL_SESSION_print))
    const der = spawnSync('openssl', ['sess_id', '-in', ours, '-outform', 'DER'])
    const place: { value: Uint8Array | null } = { value: null }
    ssl.i2d_SSL_SESSION(session, place)
    expect(Buffer.from(place.value ?? []).equals(der.stdout)).toBe(true)

    const theirs = file(`theirs-${noTicket}`)
    for (const [args, shows] of [
      [['-sess_in', ours], /Reused, TLSv1.2/],
      [['-sess_out', theirs], /New, TLSv1.2/],
    ] as const) {
      const client = stage.client(port, ['-dtls1_2', ...args])
      await client.prints(shows)
      client.endInput()
      await client.ends()
    }
    const back = read(readFileSync(theirs, 'latin1'))
    expect(text(back, ssl.PEM_write_bio_SSL_SESSION)).toBe(readFileSync(theirs, 'latin1'))
    const last = await stage.endpoint(ctx, port)
    ssl.SSL_set_session(last.con, back)
    await handshake(last, 'client')
    await exchange(last, process)
    expect(ssl.SSL_session_reused(last.con)).toBe(1)
  })
})

live('tickets', () => {
  test('a server that keeps no sessions gives none', async () => {
    const ctx = stage.context(ssl.DTLS_method(), { certificates: ['p256'] })
    ssl.SSL_CTX_set_options(ctx, ssl.SSL_OP_NO_TICKET)
    ssl.SSL_CTX_set_session_cache_mode(ctx, ssl.SSL_SESS_CACHE_OFF)
    const { process, endpoint } = await serve(ctx, [])
    expect(process.output).toMatch(/Session-ID: \n/)
    expect(ssl.SSL_SESSION_is_resumable(present(ssl.SSL_get0_session(endpoint.con)))).toBe(0)
  })

  test("keys of the program's own, changed between two connections", async () => {
    const ctx = stage.context(ssl.DTLS_method(), { certificates: ['p256'] })
    let generation = 1
    const seen: string[] = []
    ssl.SSL_CTX_set_tlsext_ticket_key_cb(ctx, (_ssl, name, iv, cipher, hmac, enc) => {
      if (enc === 1) name.fill(generation)
      const by = name[0] ?? 0
      seen.push(`${enc === 1 ? 'seal' : 'open'} ${by}`)
      if (by < 1 || by > generation) return 0
      const key = Buffer.alloc(32, by)
      if (enc === 1) ssl.RAND_bytes(iv)
      if (enc === 1) ssl.EVP_EncryptInit_ex(cipher, ssl.EVP_aes_128_cbc(), null, key, iv)
      else ssl.EVP_DecryptInit_ex(cipher, ssl.EVP_aes_128_cbc(), null, key, iv)
      ssl.HMAC_Init_ex(hmac, key, 32, ssl.EVP_sha256())
      return by === generation ? 1 : 2
    })
    const out = file('rotated')
    const again = async (args: readonly string[]) => {
      const { endpoint, process } = await serve(ctx, args)
      process.endInput()
      await process.ends()
      await finish(endpoint)
      return ssl.SSL_session_reused(endpoint.con)
    }
    expect(await again(['-sess_out', out])).toBe(0)
    generation = 2
    expect(await again(['-sess_in', out])).toBe(1)
    expect(seen).toEqual(['seal 1', 'open 1', 'seal 2'])
  })
})
