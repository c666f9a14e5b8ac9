import { describe, expect, test } from '@jest/globals'
import { latin1, utf8 } from '../../lib/base/bytes.ts'
import { DTLS_1_0, DTLS_1_2 } from '../../lib/engine.ts'
import { readDtlsRecord } from '../../lib/wire/record.ts'
import { testCredential } from './credentials.ts'
import { establishedPair, Pair, type PairOptions, readText, suitesNamed } from './pair.ts'

const agreed = (options: PairOptions) => {
  const { client, server } = establishedPair(options)
  return { client: client.negotiated.agreed, server: server.negotiated.agreed }
}

const switches = [
  [true, true, true],
  [true, false, false],
  [false, true, false],
  [false, false, false],
] as const

describe('extended master secret', () => {
  test.each(switches)('client %s, server %s: %s', (client, server, expected) => {
    const both = agreed({ client: { extendedMasterSecret: client }, server: { extendedMasterSecret: server } })
    expect([both.client.extendedMasterSecret, both.server.extendedMasterSecret]).toEqual([expected, expected])
  })
})

describe('encrypt-then-MAC', () => {
  test.each(switches)('client %s, server %s: %s for a CBC suite', (client, server, expected) => {
    const suites = suitesNamed('ECDHE-RSA-AES128-SHA')
    const both = agreed({
      client: { encryptThenMac: client, suites },
      server: { encryptThenMac: server, suites },
    })
    expect([both.client.encryptThenMac, both.server.encryptThenMac]).toEqual([expected, expected])
  })

  test('means nothing to an AEAD suite', () => {
    const suites = suitesNamed('ECDHE-RSA-AES128-GCM-SHA256')
    const both = agreed({ client: { suites }, server: { suites } })
    expect([both.client.encryptThenMac, both.server.encryptThenMac]).toEqual([false, false])
  })
})

describe('maximum fragment length', () => {
  test.each([
    [1, 512],
    [2, 1024],
    [3, 2048],
    [4, 4096],
  ])('code %d: records of at most %d bytes in both directions', (code, length) => {
    const pair = establishedPair({
      client: { maxFragmentLength: code, pathMtu: () => 9000, clientCredential: () => testCredential('client-rsa') },
      server: {
        pathMtu: () => 9000,
        credentials: [testCredential('long-chain')],
        clientAuthentication: 'require',
      },
    })
    const { client, server } = pair
    expect([client.negotiated.agreed.maxFragmentLength, server.negotiated.agreed.maxFragmentLength]).toEqual([
      code,
      code,
    ])
    expect([client.maxWrite, server.maxWrite]).toEqual([length, length])
    expect(Math.max(...pair.wire.flatMap(({ bytes }) => plaintextLengths(bytes)))).toBe(length)
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      expect(from.write(new Uint8Array(length).fill(0x61))).toBe(true)
      for (const datagram of from.takeOutput()) to.receive(datagram)
      expect(readText(to)).toBe('a'.repeat(length))
    }
    expect(server.write(new Uint8Array(length + 1))).toBe(false)
    expect(server.failure?.reason).toBe('exceeds-max-fragment-size')
  })

  test('a peer that keeps to no limit is told so', () => {
    const { client, server } = establishedPair({ client: { maxFragmentLength: 1 } })
    // What the client believes is no matter to the server: it sends more than was agreed.
    client.negotiated.agreed.maxFragmentLength = 0
    client.write(new Uint8Array(513))
    for (const datagram of client.takeOutput()) server.receive(datagram)
    expect(readText(server)).toBe('')
    expect(server.failure?.reason).toBe('record-overflow')
    expect(server.failure?.alert).toBe(22)
  })
})

describe('application protocols', () => {
  const offer = (...names: string[]) => ({ alpn: names.map(utf8) })

  test('the server chooses among what the client offers', () => {
    let seen: string[] = []
    const both = agreed({
      client: offer('h2', 'coap'),
      server: {
        onAlpn: names => {
          seen = names.map(latin1)
          return { selected: utf8('coap') }
        },
      },
    })
    expect(seen).toEqual(['h2', 'coap'])
    expect([both.client.alpn, both.server.alpn]).toEqual([utf8('coap'), utf8('coap')])
  })

  test('none is chosen: the handshake goes on without', () => {
    const both = agreed({ client: offer('h2'), server: { onAlpn: () => 'none' } })
    expect([both.client.alpn, both.server.alpn]).toEqual([null, null])
  })

  test('a client that offers none is not asked for any', () => {
    const both = agreed({ server: { onAlpn: () => 'refused' } })
    expect(both.server.alpn).toBeNull()
  })

  test('a server that chooses what was not offered is refused', () => {
    const pair = new Pair({ client: offer('h2'), server: { onAlpn: () => ({ selected: utf8('h3') }) } })
    pair.run()
    expect(pair.client.failure?.reason).toBe('bad-alpn')
    expect(pair.server.failure?.received).toBe(47)
  })
})

describe('server name', () => {
  test('reaches the server, which confirms it', () => {
    const names: (string | null)[] = []
    establishedPair({
      client: { serverName: 'p256.test' },
      server: {
        onServerName: name => {
          names.push(name)
          return 'accepted'
        },
      },
    })
    expect(names).toEqual(['p256.test'])
  })

  test('a client without a name does not trouble the answer', () => {
    const names: (string | null)[] = []
    establishedPair({
      server: {
        onServerName: name => {
          names.push(name)
          return 'not-acknowledged'
        },
      },
    })
    expect(names).toEqual([null])
  })

  test('lets the server change its certificates before it chooses', () => {
    const credentials = [testCredential('p256')]
    const { client } = establishedPair({
      client: { serverName: 'rsa.test' },
      server: {
        credentials,
        onServerName: name => {
          if (name === 'rsa.test') credentials[0] = testCredential('rsa')
          return 'accepted'
        },
      },
    })
    expect(client.negotiated.peerChain[0]?.keyType).toBe('rsa')
  })
})

describe('versions', () => {
  test('the newest that both speak', () => {
    const version = (client: readonly (typeof DTLS_1_0)[], server: readonly (typeof DTLS_1_0)[]) =>
      establishedPair({ client: { versions: client }, server: { versions: server } }).client.negotiated.version.name
    const all = [DTLS_1_2, DTLS_1_0]
    expect(version(all, all)).toBe('DTLSv1.2')
    expect(version(all, [DTLS_1_0])).toBe('DTLSv1')
    expect(version([DTLS_1_0], all)).toBe('DTLSv1')
  })
})

/** Of the records in the clear; epoch 0 is what the handshake sends most of. */
function plaintextLengths(datagram: Uint8Array): number[] {
  const lengths: number[] = []
  for (let at = 0, record = readDtlsRecord(datagram, at); record !== null; record = readDtlsRecord(datagram, at)) {
    if (record.epoch === 0) lengths.push(record.fragment.length)
    at = record.end
  }
  return lengths
}
