import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from '@jest/globals'
import * as ssl from 'openssl-shim/promises'
import { keptToLoopback, makeLoopbackLibrary } from './loopback.ts'
import { freePort, Openssl } from './openssl.ts'
import { certificateFile, type Endpoint, explain, handshake, keyFile, present } from './ours.ts'
import { exchange, Stage } from './stage.ts'

/** A second opinion: GnuTLS, both roles. It also serves the kinds of key that libssl's DTLS server does not. */

const found = spawnSync('gnutls-serv', ['--version'], { encoding: 'utf8' })
if (found.error) console.warn(`no interoperability with GnuTLS is tested: ${found.error.message}`)
const live = found.error ? describe.skip : describe
// gnutls-serv listens on every address of the machine and cannot be told otherwise; these tests keep to loopback.
const inTheWay = makeLoopbackLibrary()
if (inTheWay !== null) console.warn(`gnutls-serv is not run: ${inTheWay}`)
const served = inTheWay === null ? test : test.skip

const stage = new Stage()
const programs: Openssl[] = []
const folder = mkdtempSync(join(tmpdir(), 'gnutls-'))
afterEach(async () => {
  for (const program of programs.splice(0)) await program.stop()
  await stage.clear()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** It keeps what it prints to itself while nobody looks, unless it is told otherwise. */
function start(command: string, args: readonly string[]): Openssl {
  const program = new Openssl(keptToLoopback(['stdbuf', '-o0', command, ...args]), {}, 'env')
  programs.push(program)
  return program
}

async function gnutlsServer(args: readonly string[]): Promise<{ port: number; process: Openssl }> {
  const port = await freePort()
  const process = start('gnutls-serv', ['--udp', '--echo', '--port', `${port}`, ...args])
  await process.prints(/Waiting for connection/)
  return { port, process }
}

const identity = (name: string) => ['--x509certfile', certificateFile(name), '--x509keyfile', keyFile(name)]

/** The server's echo. */
async function echo(endpoint: Endpoint): Promise<void> {
  await endpoint.write('to and fro\n')
  expect(await endpoint.read()).toBe('to and fro\n')
}

/** What both sides of a cell allow: GnuTLS's priorities, our cipher list, and the suite that is left. */
const suites = [
  ['p256', '+VERS-DTLS1.2:+ECDHE-ECDSA:+AES-128-GCM:+AEAD', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ['rsa', '+VERS-DTLS1.2:+ECDHE-RSA:+CHACHA20-POLY1305:+AEAD', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ['rsa', '+VERS-DTLS1.2:+DHE-RSA:+AES-256-GCM:+AEAD', 'DHE-RSA-AES256-GCM-SHA384'],
  ['p256', '+VERS-DTLS1.2:+ECDHE-ECDSA:+AES-128-CCM:+AEAD', 'ECDHE-ECDSA-AES128-CCM'],
  ['p256', '+VERS-DTLS1.2:+ECDHE-ECDSA:+AES-128-CCM-8:+AEAD', 'ECDHE-ECDSA-AES128-CCM8'],
  ['rsa', '+VERS-DTLS1.2:+RSA:+AES-128-CBC:+SHA1', 'AES128-SHA'],
  ['rsa', '+VERS-DTLS1.2:+ECDHE-RSA:+CAMELLIA-128-CBC:+SHA256', 'ECDHE-RSA-CAMELLIA128-SHA256'],
  ['rsa', '+VERS-DTLS1.0:+ECDHE-RSA:+AES-256-CBC:+SHA1', 'ECDHE-RSA-AES256-SHA'],
  ['p384', '+VERS-DTLS1.0:+ECDHE-ECDSA:+AES-128-CBC:+SHA1', 'ECDHE-ECDSA-AES128-SHA'],
] as const
const priorities = (allowed: string) => ['--priority', `NONE:${allowed}:+SIGN-ALL:+GROUP-ALL:+COMP-NULL:+CTYPE-ALL`]
const ciphers = 'ALL:@SECLEVEL=0'

live('GnuTLS', () => {
  served.each(suites)('our client, gnutls-serv with %s: %s', async (certificate, allowed, suite) => {
    const { port } = await gnutlsServer([...identity(certificate), ...priorities(allowed), '--disable-client-cert'])
    const endpoint = await stage.endpoint(stage.context(ssl.DTLS_method(), { ciphers }), port)
    await handshake(endpoint, 'client')
    expect(ssl.SSL_get_cipher_name(endpoint.con)).toBe(suite)
    expect(ssl.SSL_get_verify_result(endpoint.con)).toBe(ssl.X509_V_OK)
    await echo(endpoint)
    await endpoint.close()
  })

  test.each(suites)('gnutls-cli, our server with %s: %s', async (certificate, allowed, suite) => {
    const endpoint = await stage.endpoint(stage.context(ssl.DTLS_method(), { ciphers, certificates: [certificate] }))
    const trust = ['--x509cafile', certificateFile('authority'), '--verify-hostname', `${certificate}.test`]
    const to = ['--udp', '--port', `${endpoint.port}`, '127.0.0.1']
    const client = start('gnutls-cli', [...trust, ...priorities(allowed), ...to])
    await handshake(endpoint, 'server')
    expect(ssl.SSL_get_cipher_name(endpoint.con)).toBe(suite)
    await client.prints(/Handshake was completed/)
    await exchange(endpoint, client)
    expect(client.output).toMatch(/Status: The certificate is trusted/)
    client.endInput()
    expect(await ssl.SSL_read(endpoint.con, Buffer.alloc(10))).toBe(0)
    expect(ssl.SSL_get_error(endpoint.con, 0)).toBe(ssl.SSL_ERROR_ZERO_RETURN)
  })

  const kinds = ['rsa', 'rsa-pss', 'p256', 'p384', 'p521', 'ed25519', 'ed448']

  served.each(kinds)('both sides with %s: our client, gnutls-serv', async name => {
    const args = [...identity(name), '--x509cafile', certificateFile('authority'), '--require-client-cert']
    const { port } = await gnutlsServer([...args, '--verify-client-cert', '--priority', 'NORMAL:+SIGN-ALL'])
    const endpoint = await stage.endpoint(stage.context(ssl.DTLS_method(), { certificates: [name] }), port)
    ssl.SSL_set_verify(endpoint.con, ssl.SSL_VERIFY_PEER, null)
    ssl.SSL_set1_host(endpoint.con, `${name}.test`)
    await handshake(endpoint, 'client')
    await echo(endpoint)
  })

  test.each(kinds)('both sides with %s: gnutls-cli, our server', async name => {
    const mode = ssl.SSL_VERIFY_PEER | ssl.SSL_VERIFY_FAIL_IF_NO_PEER_CERT
    const ctx = stage.context(ssl.DTLS_method(), { certificates: [name] })
    ssl.SSL_CTX_set_verify(ctx, mode, null)
    const endpoint = await stage.endpoint(ctx)
    const trust = ['--x509cafile', certificateFile('authority'), '--verify-hostname', `${name}.test`]
    const to = ['--udp', '--port', `${endpoint.port}`, '127.0.0.1']
    const client = start('gnutls-cli', [...trust, ...identity(name), '--priority', 'NORMAL:+SIGN-ALL', ...to])
    await handshake(endpoint, 'server')
    const certificate = present(ssl.SSL_get0_peer_certificate(endpoint.con))
    expect(ssl.X509_NAME_oneline(ssl.X509_get_subject_name(certificate))).toBe(`/CN=${name}.test`)
    await exchange(endpoint, client)
  })

  const KEY = Buffer.from('0123456789abcdef')

  served('pre-shared keys in both roles', async () => {
    const file = join(folder, 'psk.txt')
    writeFileSync(file, `somebody:${KEY.toString('hex')}\n`)
    const priority = [
      '--priority',
      'NONE:+VERS-DTLS1.2:+ECDHE-PSK:+PSK:+AES-128-CBC:+SHA256:+SIGN-ALL:+GROUP-ALL:+COMP-NULL',
    ]
    const { port } = await gnutlsServer(['--pskpasswd', file, '--pskhint', 'who', ...priority])
    const ctx = stage.context(ssl.DTLS_method(), { ciphers: 'PSK:ECDHE-PSK-AES128-CBC-SHA256' })
    const hints: (string | null)[] = []
    ssl.SSL_CTX_set_psk_client_callback(ctx, (_con, hint, identity, _max, psk) => {
      hints.push(hint)
      identity.set(Buffer.from('somebody\0'))
      psk.set(KEY)
      return KEY.length
    })
    const client = await stage.endpoint(ctx, port)
    await handshake(client, 'client')
    expect(hints).toEqual(['who'])
    await echo(client)

    ssl.SSL_CTX_set_psk_server_callback(ctx, (_con, identity, psk) => {
      expect(identity).toBe('somebody')
      psk.set(KEY)
      return KEY.length
    })
    const server = await stage.endpoint(ctx)
    const named = ['--pskusername', 'somebody', '--pskkey', KEY.toString('hex')]
    const peer = start('gnutls-cli', [...named, ...priority, '--udp', '--port', `${server.port}`, '127.0.0.1'])
    await handshake(server, 'server')
    // After which gnutls-cli 3.7 dies, whoever its server is: it prints a name that a client has not.
    await peer.prints(/PSK authentication/)
  })

  served('a chain that ours does not trust: gnutls-serv hears why', async () => {
    const { port, process } = await gnutlsServer([...identity('p256'), '--disable-client-cert'])
    const endpoint = await stage.endpoint(stage.context(ssl.DTLS_method(), { authority: 'rsa' }), port)
    ssl.SSL_set_verify(endpoint.con, ssl.SSL_VERIFY_PEER, null)
    const ret = await ssl.SSL_connect(endpoint.con)
    expect(explain(endpoint.con, ret)).toContain('certificate verify failed')
    await process.prints(/CA is unknown|fatal alert/)
  })
})
