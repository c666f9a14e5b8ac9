import { describe, expect, test } from '@jest/globals'
import { toHex, utf8 } from '../../lib/base/bytes.ts'
import type { Observer } from '../../lib/engine.ts'
import { readDtlsRecord } from '../../lib/wire/record.ts'
import { testCredential } from './credentials.ts'
import { establishedPair, Pair, suitesNamed } from './pair.ts'

/** The names of `SSL_state_string`, so that the record of libssl can be read beside this. */
const SHORT: Readonly<Record<string, string>> = {
  before: 'PINIT',
  established: 'SSLOK',
  'write-client-hello': 'TWCH',
  'read-client-hello': 'TRCH',
  'write-hello-verify-request': 'DWCHV',
  'read-hello-verify-request': 'DRCHV',
  'write-server-hello': 'TWSH',
  'read-server-hello': 'TRSH',
  'write-server-certificate': 'TWSC',
  'read-server-certificate': 'TRSC',
  'write-server-key-exchange': 'TWSKE',
  'read-server-key-exchange': 'TRSKE',
  'write-certificate-request': 'TWCR',
  'read-certificate-request': 'TRCR',
  'write-server-hello-done': 'TWSD',
  'read-server-hello-done': 'TRSD',
  'write-client-certificate': 'TWCC',
  'read-client-certificate': 'TRCC',
  'write-client-key-exchange': 'TWCKE',
  'read-client-key-exchange': 'TRCKE',
  'write-certificate-verify': 'TWCV',
  'read-certificate-verify': 'TRCV',
  'write-change-cipher-spec': 'TWCCS',
  'read-change-cipher-spec': 'TRCCS',
  'write-finished': 'TWFIN',
  'read-finished': 'TRFIN',
}

/** What the info callback would see; `|` where the handshake function returns to wait. */
function states(clientAuthentication: boolean): { client: string; server: string } {
  const log = { client: [] as string[], server: [] as string[] }
  const watch = (side: 'client' | 'server'): Observer => ({
    onState: (event, state) => log[side].push(event === 'loop' ? (SHORT[state] ?? state) : event.toUpperCase()),
  })
  const cookie = utf8('cookie')
  const suites = suitesNamed('ECDHE-RSA-AES128-GCM-SHA256')
  const pair = new Pair({
    clientObserver: watch('client'),
    serverObserver: watch('server'),
    client: { suites, clientCredential: () => testCredential('client') },
    server: {
      suites,
      cookie: { generate: () => cookie, verify: () => true },
      clientAuthentication: clientAuthentication ? 'require' : 'none',
    },
  })
  for (let round = 0; round < 3; round++) {
    for (const side of ['client', 'server'] as const) {
      if (pair[side].handshake() !== 'done') log[side].push('|')
      pair.move(side)
    }
  }
  expect(pair.client.handshake()).toBe('done')
  return { client: log.client.join(' '), server: log.server.join(' ') }
}

// As libssl 3.0 reports it, without the tickets.
describe('states', () => {
  test('with a cookie, without a client certificate', () => {
    expect(states(false)).toEqual({
      client:
        'START PINIT TWCH | TWCH DRCHV TWCH | TWCH TRSH TRSC TRSKE TRSD TWCKE TWCCS TWFIN | TWFIN TRCCS TRFIN DONE',
      server:
        'START PINIT PINIT TRCH DWCHV | DWCHV TRCH TWSH TWSC TWSKE TWSD | TWSD TRCKE TRCCS TRFIN TWCCS TWFIN DONE',
    })
  })

  test('with a client certificate', () => {
    expect(states(true)).toEqual({
      client:
        'START PINIT TWCH | TWCH DRCHV TWCH | TWCH TRSH TRSC TRSKE TRCR TRSD TWCC TWCKE TWCV TWCCS TWFIN | TWFIN TRCCS TRFIN DONE',
      server:
        'START PINIT PINIT TRCH DWCHV | DWCHV TRCH TWSH TWSC TWSKE TWCR TWSD | TWSD TRCC TRCKE TRCV TRCCS TRFIN TWCCS TWFIN DONE',
    })
  })
})

describe('messages', () => {
  interface Seen {
    readonly sent: boolean
    readonly version: number
    readonly content: number | 'header'
    readonly bytes: string
  }

  function watched(mtu = 1400) {
    const seen = { client: [] as Seen[], server: [] as Seen[] }
    const watch = (side: 'client' | 'server'): Observer => ({
      onMessage: (sent, version, content, bytes) => seen[side].push({ sent, version, content, bytes: toHex(bytes) }),
    })
    const pair = establishedPair({
      clientObserver: watch('client'),
      serverObserver: watch('server'),
      client: { pathMtu: () => mtu },
      server: { pathMtu: () => mtu },
    })
    return { pair, seen }
  }

  test('every record header, sent and received, just as on the wire', () => {
    const { pair, seen } = watched()
    const headers = pair.wire.map(({ from, bytes }) => ({ from, headers: headersOf(bytes) }))
    for (const side of ['client', 'server'] as const) {
      const expected = headers.flatMap(({ from, headers: list }) => list.map(header => `${from === side}:${header}`))
      const told = seen[side].filter(({ content }) => content === 'header').map(({ sent, bytes }) => `${sent}:${bytes}`)
      expect(told.sort()).toEqual(expected.sort())
    }
  })

  test('what one side sends the other receives, whole, whatever the pieces', () => {
    for (const mtu of [1400, 120]) {
      const { seen } = watched(mtu)
      const list = (side: 'client' | 'server', sent: boolean) =>
        seen[side]
          .filter(entry => entry.content !== 'header' && entry.sent === sent)
          .map(({ content, bytes }) => [content, bytes])
      expect(list('client', true)).toEqual(list('server', false))
      expect(list('server', true)).toEqual(list('client', false))
      expect(list('client', true).length).toBe(4)
    }
  })

  test('handshake messages are told again when they are sent again, as libssl tells them', () => {
    const told: number[] = []
    const { client, clock } = new Pair({
      clientObserver: { onMessage: (_sent, _version, content) => content !== 'header' && told.push(content) },
    })
    client.handshake()
    clock.advanceTo(1000)
    client.onDeadline()
    expect(client.takeOutput()).toHaveLength(2)
    expect(told).toEqual([22, 22])
  })
})

test('both sides log the same secret, the one that the keys come from; the client the premaster that it transports', () => {
  const lines: string[] = []
  const onSecret: Observer['onSecret'] = (label, name, secret) => lines.push(`${label} ${toHex(name)} ${toHex(secret)}`)
  const { client } = establishedPair({ clientObserver: { onSecret }, serverObserver: { onSecret } })
  const { clientRandom, master } = client.negotiated
  const line = `CLIENT_RANDOM ${toHex(clientRandom)} ${toHex(master)}`
  expect(lines).toEqual([expect.stringMatching(/^RSA [0-9a-f]{16} fefd[0-9a-f]{92}$/), line, line])
})

function headersOf(datagram: Uint8Array): string[] {
  const headers: string[] = []
  let at = 0
  for (let record = readDtlsRecord(datagram, at); record !== null; record = readDtlsRecord(datagram, at)) {
    headers.push(toHex(datagram.subarray(at, at + 13)))
    at = record.end
  }
  return headers
}
