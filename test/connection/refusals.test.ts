import { describe, expect, test } from '@jest/globals'
import { utf8 } from '../../lib/base/bytes.ts'
import type { Reason } from '../../lib/base/failure.ts'
import { DTLS_1_0, DTLS_1_2 } from '../../lib/engine.ts'
import { testCredential } from './credentials.ts'
import { type Changes, Pair, suitesNamed } from './pair.ts'

interface Refusal {
  readonly by: 'client' | 'server'
  readonly reason: Reason
  /** What the peer is told; null when nothing is sent. */
  readonly alert: number | null
}

/** Plays a handshake that must fail: the reason on the one side, the alert on the other, and no timer on either. */
function refused(client: Changes, server: Changes): Refusal {
  const pair = new Pair({ client, server })
  pair.run()
  const { client: own, server: theirs } = pair
  const by = own.failure !== null && own.failure.reason !== 'alert-received' ? 'client' : 'server'
  const [failing, other] = by === 'client' ? [own, theirs] : [theirs, own]
  if (failing.failure === null) throw new Error(`nobody failed: ${own.state}, ${theirs.state}`)
  const { reason, alert } = failing.failure
  expect(failing.state).toBe('error')
  expect(failing.nextDeadline()).toBeNull()
  if (alert !== null) {
    expect(other.failure?.reason).toBe('alert-received')
    expect(other.failure?.received).toBe(alert)
    expect(other.nextDeadline()).toBeNull()
  }
  // The reason is there for the first who asks, and both stay failed.
  expect(failing.takeFailure()?.reason).toBe(reason)
  expect(failing.takeFailure()).toBeNull()
  expect([failing.handshake(), failing.write(utf8('x')), failing.readState]).toEqual(['failed', false, 'failed'])
  return { by, reason, alert }
}

const gcm = { suites: suitesNamed('ECDHE-RSA-AES128-GCM-SHA256') }
const chacha = { suites: suitesNamed('ECDHE-RSA-CHACHA20-POLY1305') }
const ecdsa = { suites: suitesNamed('ECDHE-ECDSA-AES128-GCM-SHA256') }
const psk = { suites: suitesNamed('PSK-AES128-GCM-SHA256') }
const rsaOnly = { credentials: [testCredential('rsa')] }
const ask: Changes = { clientAuthentication: 'require' }

// Reasons and alerts as libssl 3.0 gives them, where it was measured.
describe('who refuses, why, and what the other side reads', () => {
  test.each<[string, Changes, Changes, Refusal]>([
    ['no suite in common', gcm, chacha, { by: 'server', reason: 'no-shared-cipher', alert: 40 }],
    ['no certificate', gcm, { ...gcm, credentials: [] }, { by: 'server', reason: 'no-shared-cipher', alert: 40 }],
    [
      'a certificate of the wrong kind',
      ecdsa,
      { ...ecdsa, ...rsaOnly },
      { by: 'server', reason: 'no-shared-cipher', alert: 40 },
    ],
    [
      'no group in common',
      { ...gcm, groups: [29] },
      { ...gcm, groups: [24] },
      { by: 'server', reason: 'no-shared-cipher', alert: 40 },
    ],
    [
      'the curve of the certificate not offered',
      { ...ecdsa, groups: [29] },
      { ...ecdsa, groups: [29, 23] },
      { by: 'server', reason: 'no-shared-cipher', alert: 40 },
    ],
    [
      'no signature scheme in common',
      { ...gcm, signatureSchemes: [0x0401] },
      { ...gcm, signatureSchemes: [0x0804] },
      { by: 'server', reason: 'no-shared-signature-algorithms', alert: 40 },
    ],
    [
      'a server of version 1.0, a client of 1.2',
      { versions: [DTLS_1_2] },
      { versions: [DTLS_1_0] },
      { by: 'client', reason: 'unsupported-protocol', alert: 70 },
    ],
    [
      'a client of version 1.0, a server of 1.2',
      { versions: [DTLS_1_0] },
      { versions: [DTLS_1_2] },
      { by: 'server', reason: 'unsupported-protocol', alert: 70 },
    ],
    [
      'version 1.0 where the level forbids its signatures',
      { ...rsaOnly, versions: [DTLS_1_0] },
      {
        ...rsaOnly,
        versions: [DTLS_1_0],
        permits: (question, bits) => !question.startsWith('signature') || bits >= 112,
        suites: suitesNamed('ECDHE-RSA-AES128-SHA'),
      },
      { by: 'server', reason: 'no-suitable-signature-algorithm', alert: 80 },
    ],
    [
      'a fallback that was not needed',
      { versions: [DTLS_1_0], fallback: true },
      { versions: [DTLS_1_2, DTLS_1_0] },
      { by: 'server', reason: 'inappropriate-fallback', alert: 86 },
    ],
    [
      'a chain that the client does not trust',
      { verifyPeer: () => ({ accepted: false, alert: 48 }) },
      {},
      { by: 'client', reason: 'certificate-verify-failed', alert: 48 },
    ],
    [
      'a chain that the server does not trust',
      { clientCredential: () => testCredential('client') },
      { ...ask, verifyPeer: () => ({ accepted: false, alert: 45 }) },
      { by: 'server', reason: 'certificate-verify-failed', alert: 45 },
    ],
    ['no client certificate', {}, ask, { by: 'server', reason: 'peer-did-not-return-a-certificate', alert: 40 }],
    [
      'a client key that the server cannot use',
      { clientCredential: () => testCredential('rsa-pss'), signatureSchemes: [0x0403, 0x0401] },
      { ...ask, signatureSchemes: [0x0403, 0x0401] },
      { by: 'server', reason: 'peer-did-not-return-a-certificate', alert: 40 },
    ],
    [
      'no PSK at the client',
      { ...psk, clientPsk: () => null },
      psk,
      { by: 'client', reason: 'psk-identity-not-found-client', alert: 40 },
    ],
    [
      'an identity that the server does not know',
      psk,
      { ...psk, serverPsk: () => null },
      { by: 'server', reason: 'psk-identity-not-found-server', alert: 115 },
    ],
    [
      'only PSK suites and no PSK',
      { ...psk, psk: false },
      psk,
      { by: 'client', reason: 'no-ciphers-available', alert: 80 },
    ],
    [
      'a cookie that is not the server own',
      {},
      { cookie: { generate: () => utf8('a cookie'), verify: () => false } },
      { by: 'server', reason: 'cookie-mismatch', alert: 40 },
    ],
    [
      'no cookie to give',
      {},
      { cookie: { generate: () => null, verify: () => false } },
      { by: 'server', reason: 'cookie-gen-callback-failure', alert: null },
    ],
    [
      'a hello that the application refuses',
      {},
      { onClientHello: () => ({ alert: 49 }) },
      { by: 'server', reason: 'callback-failed', alert: 49 },
    ],
    [
      'a name that the application refuses',
      { serverName: 'elsewhere.test' },
      { onServerName: () => ({ alert: 112 }) },
      { by: 'server', reason: 'callback-failed', alert: 112 },
    ],
    [
      'a certificate callback that fails',
      {},
      { onCertificate: () => false },
      { by: 'server', reason: 'certificate-callback', alert: 80 },
    ],
    [
      'protocols of which the application wants none',
      { alpn: [utf8('h2')] },
      { onAlpn: () => 'refused' },
      { by: 'server', reason: 'no-application-protocol', alert: 120 },
    ],
    [
      'a chain above the limit of the client',
      { ...gcm, maxCertificateList: 1000 },
      { ...gcm, credentials: [testCredential('long-chain')] },
      { by: 'client', reason: 'excessive-message-size', alert: 47 },
    ],
    [
      'a callback that throws',
      {
        verifyPeer: () => {
          throw new Error('a bug of the application')
        },
      },
      {},
      { by: 'client', reason: 'internal-error', alert: 80 },
    ],
  ])('%s', (_, client, server, expected) => {
    expect(refused(client, server)).toEqual(expected)
  })

  test('PSKs that differ: Finished does not open, and both sides wait', () => {
    const pair = new Pair({
      client: { ...psk, clientPsk: () => ({ identity: utf8('Client_identity'), key: utf8('?') }) },
      server: psk,
    })
    expect(pair.run()).toEqual({ client: 'message', server: 'message' })
    expect(pair.server.discards.count('bad-mac')).toBe(1)
    expect([pair.client.failure, pair.server.failure]).toEqual([null, null])
    expect(pair.client.nextDeadline()).toBe(1000)
  })

  test('a server that was made to choose a lower version says so in its random, and the client sees it', () => {
    // Somebody on the path rewrites the version of the hello; the transcript would tell later, the random does at once.
    const pair = new Pair({
      client: { versions: [DTLS_1_2, DTLS_1_0] },
      server: { versions: [DTLS_1_2, DTLS_1_0] },
    })
    pair.client.handshake()
    const [hello] = pair.client.takeOutput()
    if (hello === undefined) throw new Error('no hello')
    expect([...hello.subarray(25, 27)]).toEqual([0xfe, 0xfd])
    hello[26] = 0xff
    pair.server.receive(hello)
    pair.server.handshake()
    pair.move('server')
    pair.client.handshake()
    expect(pair.client.failure?.reason).toBe('inappropriate-fallback')
    expect(pair.client.failure?.alert).toBe(47)
  })

  test('a client that fell back and had to gets through', () => {
    const pair = new Pair({ client: { versions: [DTLS_1_0], fallback: true }, server: { versions: [DTLS_1_0] } })
    expect(pair.run()).toEqual({ client: 'done', server: 'done' })
  })

  test('without a group in common a suite that needs none is taken', () => {
    const suites = suitesNamed('ECDHE-RSA-AES128-GCM-SHA256', 'AES128-GCM-SHA256')
    const pair = new Pair({ client: { suites, groups: [29] }, server: { suites, groups: [24] } })
    expect(pair.run()).toEqual({ client: 'done', server: 'done' })
    expect(pair.server.negotiated.suite.openssl).toBe('AES128-GCM-SHA256')
  })
})
