import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { afterEach, describe, expect, test } from '@jest/globals'
import * as ssl from 'openssl-shim/promises'
import { keptToLoopback, makeLoopbackLibrary } from '../loopback.ts'
import type { Openssl } from '../openssl.ts'
import { certificateFile, explain, failure, handshake, keyFile, present } from '../ours.ts'
import { identity, live, trust } from '../stage.ts'
import { type Endpoint, exchange, freePort, portOf, Stage } from './stage.ts'

/** Whom TLS is spoken with: the openssl program, GnuTLS, and Node's own tls. */

const stage = new Stage()
afterEach(() => stage.clear())

const ciphers = 'ALL:@SECLEVEL=0'
const mutual = ssl.SSL_VERIFY_PEER | ssl.SSL_VERIFY_FAIL_IF_NO_PEER_CERT
const versions = [
  ['TLSv1.2', '-tls1_2'],
  ['TLSv1.1', '-tls1_1'],
  ['TLSv1', '-tls1'],
] as const

live('openssl', () => {
  test.each(versions)('s_client %s, our server that asks for a certificate', async (name, flag) => {
    const ctx = stage.context(ssl.TLS_server_method(), { ciphers, certificates: ['p256'] })
    ssl.SSL_CTX_set_verify(ctx, mutual, null)
    const { port, accept } = await stage.listen(ctx)
    const process = stage.client(port, [flag, ...identity('client-rsa'), ...trust(), '-cipher', ciphers])
    const endpoint = await accept()
    await handshake(endpoint, 'server')
    expect(ssl.SSL_get_version(endpoint.con)).toBe(name)
    expect(ssl.SSL_get_verify_result(endpoint.con)).toBe(ssl.X509_V_OK)
    await exchange(endpoint, process)
    process.endInput()
    expect(await ssl.SSL_read(endpoint.con, Buffer.alloc(10))).toBe(0)
    expect(ssl.SSL_get_error(endpoint.con, 0)).toBe(ssl.SSL_ERROR_ZERO_RETURN)
  })

  test.each(versions)('our client with a certificate, s_server %s that asks for it', async (name, flag) => {
    const args = [flag, ...identity('rsa'), ...trust(), '-Verify', '1', '-cipher', ciphers]
    const { port, process } = await stage.server(args)
    const ctx = stage.context(ssl.TLS_client_method(), { ciphers, certificates: ['client-rsa'] })
    ssl.SSL_CTX_set_verify(ctx, ssl.SSL_VERIFY_PEER, null)
    const endpoint = await stage.dial(ctx, port)
    ssl.SSL_set1_host(endpoint.con, 'rsa.test')
    await handshake(endpoint, 'client')
    expect(ssl.SSL_get_version(endpoint.con)).toBe(name)
    await exchange(endpoint, process)
    await endpoint.close()
  })

  test('a client of TLS 1.3 comes down to 1.2', async () => {
    const ctx = stage.context(ssl.TLS_method(), { certificates: ['p256'] })
    const { port, accept } = await stage.listen(ctx)
    const process = stage.client(port, trust())
    const endpoint = await accept()
    await handshake(endpoint, 'server')
    await process.prints(/Protocol {2}: TLSv1\.2/)
  })

  test('a server of TLS 1.3 comes down to 1.2, and marks nothing that we would refuse', async () => {
    const { port, process } = await stage.server(identity('p256'))
    const endpoint = await stage.dial(stage.context(ssl.TLS_method()), port)
    await handshake(endpoint, 'client')
    expect(ssl.SSL_get_version(endpoint.con)).toBe('TLSv1.2')
    await exchange(endpoint, process)
  })

  test('TLS 1.3 and no less: neither side finds a version', async () => {
    const { port } = await stage.server(['-tls1_3', ...identity('p256')])
    expect(await failure(await stage.dial(stage.context(ssl.TLS_method()), port), 'client')).toEqual(['0A00042E'])
  })

  test.each([
    ['ticket', []],
    ['id', ['-no_ticket']],
  ] as const)('our client resumes by %s with s_server', async (_way, args) => {
    const { port, process } = await stage.server(['-tls1_2', ...identity('p256'), ...args])
    const ctx = stage.context(ssl.TLS_client_method())
    const first = await stage.dial(ctx, port)
    await handshake(first, 'client')
    await exchange(first, process)
    const session = present(ssl.SSL_get1_session(first.con))
    await first.close()
    const second = await stage.dial(ctx, port)
    expect(ssl.SSL_set_session(second.con, session)).toBe(1)
    await handshake(second, 'client')
    expect(ssl.SSL_session_reused(second.con)).toBe(1)
    await exchange(second, process)
    ssl.SSL_SESSION_free(session)
  })

  test('a session goes from our file to s_client and from its file to ours', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'openssl-shim-'))
    try {
      const { port, process } = await stage.server(['-tls1_2', ...identity('p256')])
      const ctx = stage.context(ssl.TLS_client_method())
      const first = await stage.dial(ctx, port)
      await handshake(first, 'client')
      await exchange(first, process)
      const ours = join(folder, 'ours.pem')
      writeSession(present(ssl.SSL_get_session(first.con)), ours)
      await first.close()

      const theirs = join(folder, 'theirs.pem')
      for (const [file, kind] of [
        [['-sess_in', ours], /Reused, TLSv1\.2/],
        [['-sess_out', theirs], /New, TLSv1\.2/],
      ] as const) {
        const client = stage.client(port, ['-tls1_2', ...file])
        await client.prints(kind)
        client.endInput()
        await client.ends()
      }

      const second = await stage.dial(ctx, port)
      const session = readSession(theirs)
      expect(ssl.SSL_set_session(second.con, session)).toBe(1)
      ssl.SSL_SESSION_free(session)
      await handshake(second, 'client')
      expect(ssl.SSL_session_reused(second.con)).toBe(1)
      await exchange(second, process)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test.each(versions)('s_client %s wants new handshakes of our server, which allows it', async (_name, flag) => {
    const ctx = stage.context(ssl.TLS_server_method(), { ciphers, certificates: ['rsa'] })
    ssl.SSL_CTX_set_options(ctx, ssl.SSL_OP_ALLOW_CLIENT_RENEGOTIATION)
    const { port, accept } = await stage.listen(ctx)
    const process = stage.client(port, [flag, '-cipher', ciphers])
    const endpoint = await accept()
    await handshake(endpoint, 'server')
    await exchange(endpoint, process)
    for (const times of [1, 2]) {
      process.type('R\n')
      // What is typed at once with the command is taken for a part of it.
      await process.prints(new RegExp(`(RENEGOTIATING[\\s\\S]*){${times}}`))
      process.type('still here\n')
      expect(await endpoint.read()).toBe('still here\n')
    }
    await exchange(endpoint, process)
  })

  test.each(versions)('s_server %s and our client want new handshakes of each other', async (_name, flag) => {
    const { port, process } = await stage.server([
      flag,
      ...identity('rsa'),
      '-client_renegotiation',
      '-cipher',
      ciphers,
    ])
    const endpoint = await stage.dial(stage.context(ssl.TLS_client_method(), { ciphers }), port)
    await handshake(endpoint, 'client')
    await exchange(endpoint, process)
    expect(ssl.SSL_renegotiate(endpoint.con)).toBe(1)
    expect(await ssl.SSL_do_handshake(endpoint.con)).toBe(1)
    await exchange(endpoint, process)
    expect(ssl.SSL_num_renegotiations(endpoint.con)).toBe(1)
    process.type('r\n')
    const heard = endpoint.read()
    while (ssl.SSL_num_renegotiations(endpoint.con) < 2 || ssl.SSL_renegotiate_pending(endpoint.con) === 1)
      await new Promise(resolve => setTimeout(resolve, 5))
    // libssl takes data in the middle of its SSL_do_handshake for an attack: only now.
    process.type('after all\n')
    expect(await heard).toBe('after all\n')
  })

  test('s_client hangs up in the middle: our server notices', async () => {
    const ctx = stage.context(ssl.TLS_method(), { certificates: ['p256'] })
    const { port, accept } = await stage.listen(ctx)
    const process = stage.client(port, ['-tls1_2'])
    const endpoint = await accept()
    await handshake(endpoint, 'server')
    await exchange(endpoint, process)
    await process.stop()
    const ret = await ssl.SSL_read(endpoint.con, Buffer.alloc(10))
    const said = explain(endpoint.con, ret)
    expect(said).toContain('returned 0, SSL_get_error 1')
    expect(said).toContain('unexpected eof while reading')
  })
})

const gnutls = spawnSync('gnutls-cli', ['--version'], { encoding: 'utf8' })
if (gnutls.error) console.warn(`no interoperability with GnuTLS is tested: ${gnutls.error.message}`)
const served = makeLoopbackLibrary() === null ? test : test.skip

const suites = [
  ['p256', '+VERS-TLS1.2:+ECDHE-ECDSA:+AES-128-GCM:+AEAD', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ['rsa', '+VERS-TLS1.2:+ECDHE-RSA:+CHACHA20-POLY1305:+AEAD', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ['rsa', '+VERS-TLS1.2:+DHE-RSA:+AES-256-CCM:+AEAD', 'DHE-RSA-AES256-CCM'],
  ['rsa', '+VERS-TLS1.2:+RSA:+AES-128-CBC:+SHA1', 'AES128-SHA'],
  ['rsa', '+VERS-TLS1.1:+ECDHE-RSA:+AES-256-CBC:+SHA1', 'ECDHE-RSA-AES256-SHA'],
  ['rsa', '+VERS-TLS1.0:+RSA:+AES-128-CBC:+SHA1', 'AES128-SHA'],
  ['p384', '+VERS-TLS1.0:+ECDHE-ECDSA:+AES-128-CBC:+SHA1', 'ECDHE-ECDSA-AES128-SHA'],
] as const
const priority = (allowed: string) => ['--priority', `NONE:${allowed}:+SIGN-ALL:+GROUP-ALL:+COMP-NULL:+CTYPE-ALL`]

const liveGnutls = gnutls.error ? describe.skip : describe

liveGnutls('GnuTLS', () => {
  test.each(suites)('gnutls-cli, our server with %s: %s', async (certificate, allowed, suite) => {
    const ctx = stage.context(ssl.TLS_method(), { ciphers, certificates: [certificate] })
    const { port, accept } = await stage.listen(ctx)
    const trusts = ['--x509cafile', certificateFile('authority'), '--verify-hostname', `${certificate}.test`]
    const client = start('gnutls-cli', [...trusts, ...priority(allowed), '--port', `${port}`, '127.0.0.1'])
    const endpoint = await accept()
    await handshake(endpoint, 'server')
    expect(ssl.SSL_get_cipher_name(endpoint.con)).toBe(suite)
    await client.prints(/Handshake was completed/)
    await exchange(endpoint, client)
    client.endInput()
    expect(await ssl.SSL_read(endpoint.con, Buffer.alloc(10))).toBe(0)
    expect(ssl.SSL_get_error(endpoint.con, 0)).toBe(ssl.SSL_ERROR_ZERO_RETURN)
  })

  served.each(suites)('our client, gnutls-serv with %s: %s', async (certificate, allowed, suite) => {
    const port = await freePort()
    const own = ['--x509certfile', certificateFile(certificate), '--x509keyfile', keyFile(certificate)]
    const args = ['--echo', '--port', `${port}`, '--disable-client-cert', ...own, ...priority(allowed)]
    await start('gnutls-serv', args).prints(/listening on IPv4.*done/)
    const endpoint = await stage.dial(stage.context(ssl.TLS_method(), { ciphers }), port)
    await handshake(endpoint, 'client')
    expect(ssl.SSL_get_cipher_name(endpoint.con)).toBe(suite)
    await endpoint.write('to and fro\n')
    expect(await endpoint.read()).toBe('to and fro\n')
    await endpoint.close()
  })
})

describe("Node's tls", () => {
  const files = (name: string) => ({ cert: readFileSync(certificateFile(name)), key: readFileSync(keyFile(name)) })
  const ca = readFileSync(certificateFile('authority'))
  const range = { minVersion: 'TLSv1', ciphers } as const

  test.each(versions)('its server, our client: %s, with certificates, a name and a protocol', async (name, _flag) => {
    const server = stage.adopt(
      tls.createServer({ ...files('rsa'), ca, requestCert: true, ALPNProtocols: ['tea'], ...range, maxVersion: name }),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const ctx = stage.context(ssl.TLS_client_method(), { ciphers, certificates: ['client'] })
    ssl.SSL_CTX_set_verify(ctx, ssl.SSL_VERIFY_PEER, null)
    const endpoint = await stage.dial(ctx, portOf(server))
    ssl.SSL_set_alpn_protos(endpoint.con, Buffer.from('\x06coffee\x03tea', 'latin1'))
    ssl.SSL_set_tlsext_host_name(endpoint.con, 'rsa.test')
    ssl.SSL_set1_host(endpoint.con, 'rsa.test')
    const secured = once(server, 'secureConnection')
    await handshake(endpoint, 'client')
    const [socket] = (await secured) as [tls.TLSSocket]
    expect(socket.getProtocol()).toBe(name)
    expect(socket.alpnProtocol).toBe('tea')
    expect(socket.authorized).toBe(true)
    socket.write('from Node')
    expect(await endpoint.read()).toBe('from Node')
    await endpoint.write('from ours')
    expect(String((await once(socket, 'data'))[0])).toBe('from ours')
    const ended = once(socket, 'end')
    await ssl.SSL_shutdown(endpoint.con)
    await ended
    socket.destroy()
  })

  test.each(versions)('its client, our server: %s, with certificates, a name and a protocol', async (name, _flag) => {
    const ctx = stage.context(ssl.TLS_server_method(), { ciphers, certificates: ['rsa'] })
    ssl.SSL_CTX_set_verify(ctx, mutual, null)
    ssl.SSL_CTX_set_session_id_context(ctx, Buffer.from('test'))
    ssl.SSL_CTX_set_alpn_select_cb(ctx, chooseTea, null)
    const names: (string | null)[] = []
    ssl.SSL_CTX_set_tlsext_servername_callback(ctx, con => {
      names.push(ssl.SSL_get_servername(con, ssl.TLSEXT_NAMETYPE_host_name))
      return ssl.SSL_TLSEXT_ERR_OK
    })
    const { port, accept } = await stage.listen(ctx)
    const options = { ...files('client'), ca, ...range, maxVersion: name, host: '127.0.0.1', port } as const
    const client = tls.connect({ ...options, servername: 'rsa.test', ALPNProtocols: ['coffee', 'tea'] })
    const secured = once(client, 'secureConnect')
    const endpoint = await accept()
    await handshake(endpoint, 'server')
    await secured
    expect([client.getProtocol(), client.alpnProtocol, client.authorized]).toEqual([name, 'tea', true])
    expect(names).toEqual(['rsa.test'])
    client.write('from Node')
    expect(await endpoint.read()).toBe('from Node')
    const ended = once(client, 'end')
    client.resume()
    await ssl.SSL_shutdown(endpoint.con)
    await ended
    client.destroy()
  })

  test.each([
    ['ticket', 0],
    ['id', ssl.SSL_OP_NO_TICKET],
  ])('its client resumes by %s with our server', async (_way, options) => {
    const ctx = stage.context(ssl.TLS_server_method(), { certificates: ['rsa'] })
    ssl.SSL_CTX_set_options(ctx, options)
    const { port, accept } = await stage.listen(ctx)
    const meet = async (session?: Buffer) => {
      const known = session === undefined ? {} : { session }
      const client = tls.connect({ port, host: '127.0.0.1', ca, servername: 'rsa.test', ...known })
      const secured = once(client, 'secureConnect')
      const endpoint = await accept()
      await handshake(endpoint, 'server')
      await secured
      const kept = client.getSession()
      const reused = [client.isSessionReused(), ssl.SSL_session_reused(endpoint.con) === 1]
      await endpoint.close()
      client.destroy()
      return { kept, reused }
    }
    const first = await meet()
    expect(first.reused).toEqual([false, false])
    expect((await meet(first.kept)).reused).toEqual([true, true])
  })

  test('a client that does not trust us says so', async () => {
    const { port, accept } = await stage.listen(stage.context(ssl.TLS_method(), { certificates: ['rsa'] }))
    const client = tls.connect({ port, host: '127.0.0.1', servername: 'rsa.test', maxVersion: 'TLSv1.2' })
    const refused = once(client, 'error')
    const endpoint = await accept()
    await handshake(endpoint, 'server')
    await refused
    // Node checks when the handshake is done, and then is gone.
    expect(await ssl.SSL_read(endpoint.con, Buffer.alloc(10))).toBeLessThanOrEqual(0)
  })

  test('an HTTP request to our server', async () => {
    const { port, accept } = await stage.listen(stage.context(ssl.TLS_method(), { certificates: ['rsa'] }))
    const answer = fetch(`http://127.0.0.1:${port}/`)
    const endpoint = await accept()
    expect(await failure(endpoint, 'server')).toEqual(['0A00009C'])
    endpoint.free()
    await expect(answer).rejects.toThrow()
  })
})

describe('many bytes', () => {
  /** 64 MiB, or as many MiB as OPENSSL_SHIM_PIPE says. */
  const total = Number(process.env.OPENSSL_SHIM_PIPE ?? '64') * 2 ** 20

  test.each(['read', 'written'] as const)(
    '%s by us, unharmed',
    async direction => {
      const ctx = stage.context(ssl.TLS_server_method(), { certificates: ['rsa'] })
      const { port, accept } = await stage.listen(ctx)
      const ca = readFileSync(certificateFile('authority'))
      const client = tls.connect({ port, host: '127.0.0.1', ca, servername: 'rsa.test' })
      const endpoint = await accept()
      await handshake(endpoint, 'server')
      if (direction === 'read') await Promise.all([pour(client, total), drink(endpoint, total)])
      else {
        const heard = swallow(client, total)
        for (let at = 0; at < total; at += BLOCK) await endpoint.write(block(at, BLOCK))
        await heard
      }
      client.destroy()
    },
    600_000,
  )
})

const BLOCK = 2 ** 16

/** What stands in the stream from here on: each four bytes say where they are. */
function block(at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let i = 0; i < length; i += 4) bytes.writeUInt32BE((at + i) >>> 2, i)
  return bytes
}

async function pour(client: tls.TLSSocket, total: number): Promise<void> {
  await once(client, 'secureConnect')
  for (let at = 0; at < total; at += BLOCK) if (!client.write(block(at, BLOCK))) await once(client, 'drain')
}

async function drink(endpoint: Endpoint, total: number): Promise<void> {
  const check = new Check()
  const buffer = Buffer.alloc(BLOCK)
  while (check.at < total) {
    const length = await ssl.SSL_read(endpoint.con, buffer)
    if (length <= 0) throw new Error(explain(endpoint.con, length))
    check.take(buffer.subarray(0, length))
  }
}

async function swallow(client: tls.TLSSocket, total: number): Promise<void> {
  const check = new Check()
  client.on('data', data => check.take(data))
  while (check.at < total) await once(client, 'data')
}

/** Compares what comes with what `block` says. */
class Check {
  at = 0

  take(bytes: Buffer): void {
    const start = this.at & ~3
    const end = (this.at + bytes.length + 3) & ~3
    const expected = block(start, end - start).subarray(this.at - start, this.at - start + bytes.length)
    if (!expected.equals(bytes)) throw new Error(`other bytes came than were sent, at ${this.at}`)
    this.at += bytes.length
  }
}

const chooseTea: ssl.SSL_CTX_alpn_select_cb_func = (_con, out, outlen) => {
  out.value = Buffer.from('tea')
  outlen.value = 3
  return ssl.SSL_TLSEXT_ERR_OK
}

function writeSession(session: ssl.SSL_SESSION, file: string): void {
  const bio = present(ssl.BIO_new_file(file, 'w'))
  expect(ssl.PEM_write_bio_SSL_SESSION(bio, session)).toBe(1)
  ssl.BIO_free(bio)
}

function readSession(file: string): ssl.SSL_SESSION {
  const bio = present(ssl.BIO_new_file(file, 'r'))
  const session = present(ssl.PEM_read_bio_SSL_SESSION(bio))
  ssl.BIO_free(bio)
  return session
}

/** It keeps what it prints to itself while nobody looks, unless it is told otherwise. */
function start(command: string, args: readonly string[]): Openssl {
  return stage.program(keptToLoopback(['stdbuf', '-o0', command, ...args]), {}, 'env')
}
