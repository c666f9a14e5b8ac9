import { spawnSync } from 'node:child_process'
import { afterEach, expect, test } from '@jest/globals'
import * as ssl from 'openssl-shim/promises'
import { keptToLoopback, makeLoopbackLibrary } from './loopback.ts'
import { freePort, Openssl } from './openssl.ts'
import { certificateFile, type Endpoint, explain, handshake, keyFile } from './ours.ts'
import { Stage } from './stage.ts'

/** Heartbeats with GnuTLS, which still has them. */

const { stdout = '', error } = spawnSync('gnutls-cli', ['--help'], { encoding: 'utf8' })
const why = error ? error.message : stdout.includes('--heartbeat') ? null : 'this gnutls-cli has no heartbeats'
if (why !== null) console.warn(`heartbeats are not tested with GnuTLS: ${why}`)
const live = why === null ? test : test.skip
const inTheWay = why ?? makeLoopbackLibrary()
const served = inTheWay === null ? test : test.skip

const stage = new Stage()
const programs: Openssl[] = []
afterEach(async () => {
  for (const program of programs.splice(0)) await program.stop()
  await stage.clear()
})

function start(command: string, args: readonly string[]): Openssl {
  const program = new Openssl(keptToLoopback(['stdbuf', '-o0', command, ...args]), {}, 'env')
  programs.push(program)
  return program
}

/** Reads until the answer is there; the peer then says a line to end it. */
async function answered(endpoint: Endpoint, peer: Openssl): Promise<void> {
  const line = endpoint.read()
  while (ssl.SSL_get_tlsext_heartbeat_pending(endpoint.con) === 1) await new Promise(resolve => setTimeout(resolve, 5))
  expect(ssl.SSL_heartbeat_probe_result(endpoint.con)).toBe(1)
  // gnutls-cli reads on after a heartbeat, and looks at what is typed when it has got something.
  await endpoint.write('so you are there\n')
  peer.type('done\n')
  expect(await line).toBe('done\n')
}

live('gnutls-cli answers our server, and is answered', async () => {
  const endpoint = await stage.endpoint(stage.context(ssl.DTLS_method(), { certificates: ['rsa'] }))
  ssl.SSL_set_tlsext_heartbeat_no_requests(endpoint.con, 0)
  const check = ['--x509cafile', certificateFile('authority'), '--verify-hostname', 'rsa.test']
  const to = ['--udp', '--heartbeat', '--port', `${endpoint.port}`, '127.0.0.1']
  const client = start('gnutls-cli', [...check, ...to])
  await handshake(endpoint, 'server')
  await client.prints(/Simple Client Mode/)
  for (const send of [ssl.SSL_heartbeat, ssl.SSL_heartbeat, (con: ssl.SSL) => ssl.SSL_heartbeat_probe(con, 1200)]) {
    const sent = send(endpoint.con)
    if (sent <= 0) throw new Error(explain(endpoint.con, sent))
    await answered(endpoint, client)
  }
})

served('gnutls-serv answers our client', async () => {
  const port = await freePort()
  const identity = ['--x509certfile', certificateFile('rsa'), '--x509keyfile', keyFile('rsa')]
  const server = start('gnutls-serv', ['--udp', '--echo', '--heartbeat', '--port', `${port}`, ...identity])
  await server.prints(/Waiting for connection/)
  const endpoint = await stage.endpoint(stage.context(ssl.DTLS_method()), port)
  ssl.SSL_set_tlsext_heartbeat_no_requests(endpoint.con, 0)
  await handshake(endpoint, 'client')
  expect(ssl.SSL_heartbeat(endpoint.con)).toBe(37)
  await endpoint.write('echo\n')
  expect(await endpoint.read()).toBe('echo\n')
  expect(ssl.SSL_heartbeat_probe_result(endpoint.con)).toBe(1)
})
