import { describe, expect, test } from '@jest/globals'
import { equal, toHex, utf8 } from '../../lib/base/bytes.ts'
import { GROUPS, groupById } from '../../lib/crypto/groups.ts'
import { SCHEMES } from '../../lib/crypto/signatures.ts'
import { type CipherSuite, SUITES } from '../../lib/crypto/suites.ts'
import { DTLS_1_0, DTLS_1_2, type ProtocolVersion } from '../../lib/engine.ts'
import { type CredentialName, testCredential } from './credentials.ts'
import { type Changes, establishedPair, type Pair, suitesNamed } from './pair.ts'

const available = SUITES.filter(suite => suite.available)

function play(suite: CipherSuite, version: ProtocolVersion, client: Changes = {}, server: Changes = {}): Pair {
  const both: Changes = { suites: [suite], versions: [version] }
  const pair = establishedPair({ client: { ...both, ...client }, server: { ...both, ...server } })
  for (const { negotiated } of [pair.client, pair.server]) {
    expect(negotiated.suite).toBe(suite)
    expect(negotiated.version).toBe(version)
  }
  const label = utf8('EXPORTER-test')
  const exported = pair.client.exportKeyingMaterial(label, null, 40)
  expect(exported).toHaveLength(40)
  expect(pair.server.exportKeyingMaterial(label, null, 40)).toEqual(exported)
  expect(pair.send('client', 'there')).toBe('there')
  expect(pair.send('server', 'and back')).toBe('and back')
  expect(pair.client.discards.total + pair.server.discards.total).toBe(0)
  expect([pair.client.nextDeadline(), pair.server.nextDeadline()]).toEqual([null, null])
  return pair
}

test('there are as many suites as the table has rows that can be negotiated', () => {
  expect(available.length).toBeGreaterThan(120)
})

describe.each([
  ['DTLS 1.2', DTLS_1_2],
  ['DTLS 1.0', DTLS_1_0],
] as const)('%s', (_, version) => {
  const suites = available.filter(suite => suite.minTls <= version.tls)
  test.each(suites.map(suite => [suite.openssl, suite] as const))('%s', (_name, suite) => {
    play(suite, version)
    const certificates = suite.authentication === 'rsa' || suite.authentication === 'ecdsa'
    if (!certificates) return
    const { client, server } = play(
      suite,
      version,
      { clientCredential: () => testCredential('client-rsa') },
      { clientAuthentication: 'require' },
    )
    expect(server.negotiated.peerChain.map(({ der }) => toHex(der))).toEqual([
      toHex(testCredential('client-rsa').leaf.der),
    ])
    expect(client.negotiated.credential).toBe(testCredential('client-rsa'))
    expect(server.negotiated.peerScheme).toBe(client.negotiated.localScheme)
  })
})

describe('groups', () => {
  const elliptic = GROUPS.filter(group => group.kind !== 'ff')
  const [suite] = suitesNamed('ECDHE-RSA-AES128-GCM-SHA256')
  if (suite === undefined) throw new Error('no suite')

  test.each(elliptic.map(group => [group.name, group.id] as const))('%s', (_, id) => {
    const { client, server } = play(suite, DTLS_1_2, { groups: [id] }, { groups: elliptic.map(group => group.id) })
    expect([client.negotiated.group, server.negotiated.group]).toEqual([id, id])
    const keys = [client, server].map(({ negotiated }) => negotiated.peerTemporaryKey)
    for (const key of keys) expect(key).toMatchObject({ kind: 'ecdh', group: id })
    expect(keys[0]?.publicKey).toHaveLength(keys[1]?.publicKey.length ?? 0)
    expect(keys[0]?.publicKey).not.toEqual(keys[1]?.publicKey)
  })

  test('the client order decides, or the server own when it says so', () => {
    const [client, server] = [
      [29, 23, 24],
      [24, 23],
    ]
    const chosen = (serverPreference: boolean) =>
      groupById(
        play(suite, DTLS_1_2, { groups: client ?? [] }, { groups: server ?? [], serverPreference }).server.negotiated
          .group ?? 0,
      )?.name
    expect([chosen(false), chosen(true)]).toEqual(['secp256r1', 'secp384r1'])
  })
})

describe('signatures', () => {
  const keys: readonly CredentialName[] = ['rsa', 'rsa-pss', 'p256', 'p384', 'p521', 'ed25519', 'ed448']
  const pairs = SCHEMES.flatMap(scheme =>
    keys
      .filter(name => testCredential(name).leaf.keyType === scheme.keyType)
      .map(name => [scheme.name, name, scheme.id] as const),
  )

  test.each(pairs)('%s by %s, of the server and of the client', (_, name, id) => {
    const rsa = name.startsWith('rsa')
    const [suite] = suitesNamed(rsa ? 'ECDHE-RSA-AES128-GCM-SHA256' : 'ECDHE-ECDSA-AES128-GCM-SHA256')
    if (suite === undefined) throw new Error('no suite')
    const changes = { signatureSchemes: [id], groups: [29, 23, 24, 25] }
    const { client, server } = play(
      suite,
      DTLS_1_2,
      { ...changes, clientCredential: () => testCredential(name) },
      { ...changes, credentials: [testCredential(name)], clientAuthentication: 'require' },
    )
    expect([client, server].flatMap(({ negotiated }) => [negotiated.localScheme, negotiated.peerScheme])).toEqual([
      id,
      id,
      id,
      id,
    ])
  })

  test('every scheme but those of DSA keys was used', () => {
    const used = new Set(pairs.map(([, , id]) => id))
    expect(SCHEMES.filter(({ id }) => !used.has(id)).every(({ keyType }) => keyType === 'dsa')).toBe(true)
  })
})

test('the exporter gives the same on both sides, and something else for another label, context or connection', () => {
  const pair = play(available[0] ?? fail(), DTLS_1_2)
  const results = [
    ['EXPORTER-a', null],
    ['EXPORTER-b', null],
    ['EXPORTER-a', utf8('')],
    ['EXPORTER-a', utf8('context')],
  ] as const
  const seen = results.map(([label, context]) => {
    const own = pair.client.exportKeyingMaterial(utf8(label), context, 32)
    const theirs = pair.server.exportKeyingMaterial(utf8(label), context, 32)
    expect(own !== null && theirs !== null && equal(own, theirs)).toBe(true)
    return toHex(own ?? new Uint8Array(0))
  })
  expect(new Set(seen).size).toBe(results.length)
})

function fail(): never {
  throw new Error('no suite')
}
