import { describe, expect, test } from '@jest/globals'
import type { SecurityQuestion } from '../../lib/handshake/config.ts'
import { HandshakeType } from '../../lib/wire/registry.ts'
import { type CredentialName, testCredential } from '../connection/credentials.ts'
import { type Changes, establishedPair, suitesNamed } from '../connection/pair.ts'

function outcome(client: Changes, server: Changes) {
  const pair = establishedPair({ client, server })
  const { suite, credential, localScheme } = pair.server.negotiated
  return { pair, suite: suite.openssl, credential, localScheme }
}

const credentials = (...names: CredentialName[]) => ({ credentials: names.map(testCredential) })

describe('the suite', () => {
  const client = suitesNamed('ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256', 'AES128-GCM-SHA256')
  const server = [...client].reverse()

  test('the first of the client, or of the server when it says so', () => {
    expect(outcome({ suites: client }, { suites: server }).suite).toBe('ECDHE-RSA-AES128-GCM-SHA256')
    const preferring = { suites: server, serverPreference: true }
    expect(outcome({ suites: client }, preferring).suite).toBe('AES128-GCM-SHA256')
  })

  test('the first that the certificates of the server can serve', () => {
    const chosen = (...names: CredentialName[]) =>
      outcome({ suites: client }, { suites: server, ...credentials(...names) }).suite
    expect(chosen('p256')).toBe('ECDHE-ECDSA-AES128-GCM-SHA256')
    expect(chosen('ed25519')).toBe('ECDHE-ECDSA-AES128-GCM-SHA256')
    expect(chosen('rsa')).toBe('ECDHE-RSA-AES128-GCM-SHA256')
    expect(chosen('rsa-pss')).toBe('ECDHE-RSA-AES128-GCM-SHA256')
  })

  test('an RSA-PSS key serves no key transport', () => {
    const suites = suitesNamed('AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256')
    expect(outcome({ suites }, { suites, ...credentials('rsa-pss') }).suite).toBe('ECDHE-RSA-AES128-GCM-SHA256')
  })

  test('the security level is asked, and what it forbids is passed over', () => {
    const suites = suitesNamed('ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384')
    const asked = new Set<SecurityQuestion>()
    const { suite } = outcome(
      { suites },
      {
        suites,
        permits: (question, bits) => {
          asked.add(question)
          return question !== 'cipher-shared' || bits >= 256
        },
      },
    )
    expect(suite).toBe('ECDHE-RSA-AES256-GCM-SHA384')
    expect([...asked].sort()).toEqual([
      'cipher-shared',
      'group-shared',
      'group-supported',
      'signature-shared',
      'signature-supported',
      'version',
    ])
  })
})

describe('the certificate', () => {
  const suites = suitesNamed('ECDHE-ECDSA-AES128-GCM-SHA256')

  test('is the first on a curve that the client names', () => {
    const server = { suites, ...credentials('p384', 'p256') }
    expect(outcome({ suites, groups: [23, 24] }, server).credential).toBe(testCredential('p384'))
    expect(outcome({ suites, groups: [29, 23] }, server).credential).toBe(testCredential('p256'))
  })

  test('is the first whose signatures the client takes', () => {
    const server = { suites, ...credentials('ed448', 'ed25519', 'p256') }
    expect(outcome({ suites, signatureSchemes: [0x0807, 0x0403] }, server).credential).toBe(testCredential('ed25519'))
    expect(outcome({ suites, signatureSchemes: [0x0403] }, server).credential).toBe(testCredential('p256'))
  })
})

describe('the signature scheme', () => {
  const suites = suitesNamed('ECDHE-RSA-AES128-GCM-SHA256')
  const client = { suites, signatureSchemes: [0x0601, 0x0804, 0x0401] }
  const server = { suites, signatureSchemes: [0x0401, 0x0804, 0x0601], ...credentials('rsa') }

  test('the order of the client, or of the server when it says so', () => {
    expect(outcome(client, server).localScheme).toBe(0x0601)
    expect(outcome(client, { ...server, serverPreference: true }).localScheme).toBe(0x0401)
  })

  test('a key restricted to PSS takes the schemes of its own', () => {
    const list = { suites, signatureSchemes: [0x0804, 0x0401, 0x080a, 0x0809] }
    expect(outcome(list, { ...list, ...credentials('rsa-pss') }).localScheme).toBe(0x080a)
  })
})

describe('a request for a client certificate', () => {
  function messageTypes(suite: string): number[] {
    const types: number[] = []
    const suites = suitesNamed(suite)
    establishedPair({
      client: { suites, clientCredential: () => testCredential('client') },
      server: { suites, clientAuthentication: 'require' },
      clientObserver: { onMessage: (_sent, _version, content, bytes) => content === 22 && types.push(bytes[0] ?? 0) },
    })
    return types
  }

  test.each([
    ['ECDHE-ECDSA-AES128-GCM-SHA256', true],
    ['ECDHE-RSA-AES128-GCM-SHA256', true],
    ['DHE-RSA-AES128-GCM-SHA256', true],
    ['AES128-GCM-SHA256', true],
    ['PSK-AES128-GCM-SHA256', false],
    ['RSA-PSK-AES128-GCM-SHA256', true],
    ['ECDHE-PSK-AES128-CBC-SHA', false],
    ['ADH-AES128-GCM-SHA256', false],
    ['AECDH-AES128-SHA', false],
  ])('%s: %s', (suite, expected) => {
    const types = messageTypes(suite)
    expect(types.includes(HandshakeType.certificateRequest)).toBe(expected)
    expect(types.includes(HandshakeType.certificateVerify)).toBe(expected)
  })

  test('that may be declined is declined with an empty chain', () => {
    const { pair } = outcome({}, { clientAuthentication: 'request', suites: suitesNamed('AES128-GCM-SHA256') })
    expect(pair.server.negotiated.peerChain).toEqual([])
    expect(pair.client.negotiated.credential).toBeNull()
  })
})

describe('the ServerKeyExchange of PSK', () => {
  test('is left out without a hint, and carries the hint otherwise', () => {
    const suites = suitesNamed('PSK-AES128-GCM-SHA256')
    const hints: (string | null)[] = []
    const client: Changes = {
      suites,
      clientPsk: hint => {
        hints.push(hint === null ? null : Buffer.from(hint).toString())
        return { identity: Buffer.from('Client_identity'), key: Buffer.from('a shared secret') }
      },
    }
    outcome(client, { suites })
    outcome(client, { suites, pskHint: Buffer.from('a hint') })
    outcome(client, { suites, pskHint: Buffer.from('') })
    expect(hints).toEqual([null, 'a hint', null])
  })
})
