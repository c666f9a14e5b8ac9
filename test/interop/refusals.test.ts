import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import * as ssl from 'openssl-shim/promises'
import { certificateFile, failure, keyFile } from './ours.ts'
import { identity, live, Stage, trust } from './stage.ts'

/**
 * Handshakes that must fail. Each is played three times: openssl with itself, our client with its server, its client with
 * our server. Both sides must queue the same codes every time.
 */

const stage = new Stage()
const folder = mkdtempSync(join(tmpdir(), 'refusals-'))
afterEach(() => stage.clear())
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** One side of a failing handshake, in both languages. */
interface Side {
  /** For `s_server` or `s_client`. */
  readonly args: readonly string[]
  readonly certificates?: readonly string[]
  readonly authority?: string
  readonly ciphers?: string
  readonly method?: () => ssl.SSL_METHOD
  readonly configure?: (ctx: ssl.SSL_CTX) => void
  /** What it queues. */
  readonly queues: string
  /** What SSL_get_verify_result says then; X509_V_OK when left out. */
  readonly result?: number
}

interface Refusal {
  readonly name: string
  readonly client: Side
  readonly server: Side
}

const verify = (mode = ssl.SSL_VERIFY_PEER) => ({
  configure: (ctx: ssl.SSL_CTX) => ssl.SSL_CTX_set_verify(ctx, mode, null),
})
const demand = verify(ssl.SSL_VERIFY_PEER | ssl.SSL_VERIFY_FAIL_IF_NO_PEER_CERT)
const atLevel0 = 'ALL:@SECLEVEL=0'
const old = { args: ['-dtls1', '-cipher', atLevel0], ciphers: atLevel0, method: ssl.DTLSv1_method }

const psk = { args: ['-psk', '0badc0de'], key: Buffer.from('0badc0de', 'hex') }

const refusals: readonly Refusal[] = [
  {
    name: 'no signature algorithm is shared, though the cipher signs nothing',
    client: {
      args: [...psk.args, '-sigalgs', 'ed448', '-cipher', 'PSK'],
      ciphers: 'PSK',
      configure: ctx => {
        ssl.SSL_CTX_set1_sigalgs_list(ctx, 'ed448')
        ssl.SSL_CTX_set_psk_client_callback(ctx, (_con, _hint, identity, _max, key) => {
          identity.set(Buffer.from('Client_identity\0'))
          key.set(psk.key)
          return psk.key.length
        })
      },
      queues: '0A000410',
    },
    server: {
      args: [...psk.args, '-nocert', '-sigalgs', 'RSA+SHA256', '-cipher', 'PSK'],
      ciphers: 'PSK',
      configure: ctx => {
        ssl.SSL_CTX_set1_sigalgs_list(ctx, 'RSA+SHA256')
        ssl.SSL_CTX_set_psk_server_callback(ctx, (_con, _identity, key) => {
          key.set(psk.key)
          return psk.key.length
        })
      },
      queues: '0A000178',
    },
  },
  {
    name: "the server's authority is not ours",
    client: {
      args: trust('rsa'),
      authority: 'rsa',
      ...verify(),
      queues: '0A000086',
      result: ssl.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
    },
    server: { args: identity('p256'), certificates: ['p256'], queues: '0A000418' },
  },
  {
    name: "the client's authority is not ours",
    client: { args: identity('client'), certificates: ['client'], queues: '0A000418' },
    server: {
      args: [...identity('p256'), '-Verify', '1', ...trust('rsa')],
      certificates: ['p256'],
      authority: 'rsa',
      ...demand,
      queues: '0A000086',
      result: ssl.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
    },
  },
  {
    name: 'a client without a certificate, where one is demanded',
    client: { args: [], queues: '0A000410' },
    server: {
      args: [...identity('p256'), '-Verify', '1', ...trust()],
      certificates: ['p256'],
      ...demand,
      queues: '0A0000C7',
    },
  },
  {
    name: 'the same in DTLS 1.0',
    client: { ...old, queues: '0A000410' },
    server: {
      ...old,
      args: [...old.args, ...identity('p256'), '-Verify', '1', ...trust()],
      certificates: ['p256'],
      ...demand,
      queues: '0A0000C7',
    },
  },
  {
    name: 'another host',
    client: {
      args: [...trust(), '-verify_hostname', 'other.test'],
      configure: ctx => {
        ssl.SSL_CTX_set_verify(ctx, ssl.SSL_VERIFY_PEER, null)
        ssl.X509_VERIFY_PARAM_set1_host(ssl.SSL_CTX_get0_param(ctx), 'other.test')
      },
      queues: '0A000086',
      result: ssl.X509_V_ERR_HOSTNAME_MISMATCH,
    },
    server: { args: identity('p256'), certificates: ['p256'], queues: '0A000412' },
  },
  {
    name: 'a certificate whose time is over',
    client: {
      args: [...trust(), '-attime', '9000000000'],
      configure: ctx => {
        ssl.SSL_CTX_set_verify(ctx, ssl.SSL_VERIFY_PEER, null)
        ssl.X509_VERIFY_PARAM_set_time(ssl.SSL_CTX_get0_param(ctx), 9_000_000_000)
      },
      queues: '0A000086',
      result: ssl.X509_V_ERR_CERT_HAS_EXPIRED,
    },
    server: { args: identity('p256'), certificates: ['p256'], queues: '0A000415' },
  },
  {
    name: 'no cipher in common',
    client: {
      args: ['-cipher', 'ECDHE-RSA-AES128-GCM-SHA256'],
      ciphers: 'ECDHE-RSA-AES128-GCM-SHA256',
      queues: '0A000410',
    },
    server: {
      args: [...identity('rsa'), '-cipher', 'ECDHE-RSA-AES256-GCM-SHA384'],
      certificates: ['rsa'],
      ciphers: 'ECDHE-RSA-AES256-GCM-SHA384',
      queues: '0A0000C1',
    },
  },
  {
    name: 'no cipher for the key of the server',
    client: { args: ['-cipher', 'aRSA'], ciphers: 'aRSA', queues: '0A000410' },
    server: { args: identity('p256'), certificates: ['p256'], queues: '0A0000C1' },
  },
  {
    name: 'no signature scheme in common',
    client: {
      args: ['-sigalgs', 'RSA+SHA256'],
      configure: ctx => ssl.SSL_CTX_set1_sigalgs_list(ctx, 'RSA+SHA256'),
      queues: '0A000410',
    },
    server: { args: identity('p256'), certificates: ['p256'], queues: '0A0000C1' },
  },
  {
    name: 'a client of DTLS 1.0, a server of DTLS 1.2',
    client: { ...old, queues: '0A00042E' },
    server: {
      args: ['-dtls1_2', ...identity('rsa'), '-cipher', atLevel0],
      certificates: ['rsa'],
      ciphers: atLevel0,
      configure: ctx => ssl.SSL_CTX_set_min_proto_version(ctx, ssl.DTLS1_2_VERSION),
      queues: '0A000102',
    },
  },
  {
    name: 'a client of DTLS 1.2, a server of DTLS 1.0',
    client: {
      args: ['-dtls1_2', '-cipher', atLevel0],
      ciphers: atLevel0,
      configure: ctx => ssl.SSL_CTX_set_min_proto_version(ctx, ssl.DTLS1_2_VERSION),
      queues: '0A000102',
    },
    server: {
      ...old,
      args: [...old.args, ...identity('rsa')],
      certificates: ['rsa'],
      queues: '0A00042E',
    },
  },
  {
    name: 'DTLS 1.0 at the level that a server has by itself',
    client: { ...old, queues: '0A000438' },
    server: { args: identity('rsa'), certificates: ['rsa'], queues: '0A000076' },
  },
  {
    name: 'DTLS 1.0 at level 1, whose signatures are of SHA-1',
    client: { ...old, queues: '0A000438' },
    server: {
      args: [...identity('rsa'), '-cipher', 'ALL:@SECLEVEL=1'],
      certificates: ['rsa'],
      ciphers: 'ALL:@SECLEVEL=1',
      queues: '0A000076',
    },
  },
  {
    name: 'a fall-back where none was needed (RFC 7507)',
    client: {
      ...old,
      args: [...old.args, '-fallback_scsv'],
      configure: ctx => ssl.SSL_CTX_set_mode(ctx, ssl.SSL_MODE_SEND_FALLBACK_SCSV),
      queues: '0A00043E',
    },
    server: {
      args: [...identity('rsa'), '-cipher', atLevel0],
      certificates: ['rsa'],
      ciphers: atLevel0,
      queues: '0A000175',
    },
  },
  {
    name: 'no protocol of the application in common',
    client: {
      args: ['-alpn', 'one'],
      configure: ctx => ssl.SSL_CTX_set_alpn_protos(ctx, Buffer.from('\x03one')),
      queues: '0A000460',
    },
    server: {
      args: [...identity('p256'), '-alpn', 'two'],
      certificates: ['p256'],
      configure: ctx => ssl.SSL_CTX_set_alpn_select_cb(ctx, () => ssl.SSL_TLSEXT_ERR_ALERT_FATAL, null),
      queues: '0A0000EB',
    },
  },
  {
    name: 'a name that the server does not serve',
    client: { args: ['-servername', 'other.test'], queues: '0A000458' },
    server: {
      args: [
        ...identity('p256'),
        ...['-servername', 'p256.test', '-servername_fatal'],
        ...['-cert2', certificateFile('p256'), '-key2', keyFile('p256')],
      ],
      certificates: ['p256'],
      configure: ctx => ssl.SSL_CTX_set_tlsext_servername_callback(ctx, () => ssl.SSL_TLSEXT_ERR_ALERT_FATAL),
      queues: '0A0000EA',
    },
  },
  {
    name: 'a key of the server that is too short for the level of the client',
    client: {
      args: trust(join(folder, 'short')),
      authority: join(folder, 'short'),
      ...verify(),
      queues: '0A000086',
      result: ssl.X509_V_ERR_EE_KEY_TOO_SMALL,
    },
    server: {
      args: [...identity(join(folder, 'short')), '-cipher', atLevel0],
      certificates: [join(folder, 'short')],
      ciphers: atLevel0,
      queues: '0A000412',
    },
  },
]

beforeAll(() => {
  const [file, key] = [join(folder, 'short.pem'), join(folder, 'short.key.pem')]
  const made = [
    'req',
    '-x509',
    '-newkey',
    'rsa:1024',
    '-nodes',
    '-keyout',
    key,
    '-out',
    file,
    '-subj',
    '/CN=short.test',
  ]
  spawnSync('openssl', made)
})

const version = ({ args }: Side) => (args.some(arg => arg.startsWith('-dtls')) ? [] : ['-dtls'])

live.each(refusals)('$name', ({ client, server }) => {
  test('openssl with itself', async () => {
    const { port, process } = await stage.server([...version(server), ...server.args])
    const peer = stage.client(port, [...version(client), ...client.args])
    await process.prints(/error:\w+:.*\n/)
    await peer.prints(/error:\w+:.*\n/)
    expect([peer.errors, process.errors]).toEqual([[client.queues], [server.queues]])
  })

  test('our client, s_server', async () => {
    const { port, process } = await stage.server([...version(server), ...server.args])
    const { method = ssl.DTLS_method, ...options } = client
    const endpoint = await stage.endpoint(stage.context(method(), options), port)
    ssl.SSL_set_tlsext_host_name(endpoint.con, 'other.test')
    expect(await failure(endpoint, 'client')).toEqual([client.queues])
    expect(ssl.SSL_get_verify_result(endpoint.con)).toBe(client.result ?? ssl.X509_V_OK)
    await process.prints(/error:\w+:.*\n/)
    expect(process.errors).toEqual([server.queues])
  })

  test('s_client, our server', async () => {
    const { method = ssl.DTLS_method, ...options } = server
    const endpoint = await stage.endpoint(stage.context(method(), options))
    const peer = stage.client(endpoint.port, [...version(client), ...client.args])
    expect(await failure(endpoint, 'server')).toEqual([server.queues])
    expect(ssl.SSL_get_verify_result(endpoint.con)).toBe(server.result ?? ssl.X509_V_OK)
    await peer.prints(/error:\w+:.*\n/)
    expect(peer.errors).toEqual([client.queues])
  })
})
