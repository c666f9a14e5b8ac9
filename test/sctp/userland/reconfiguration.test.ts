import { describe, expect, test } from '@jest/globals'
import { fromHex, toHex } from '../../../lib/base/bytes.ts'
import type { AssociationEvent } from '../../../lib/sctp/events.ts'
import { Result, readReConfig, writeReConfig } from '../../../lib/sctp/wire/reconfig.ts'
import { type Host, Pair } from './pair.ts'

const ALL = 7

function established(granted = ALL, loss = 0): Pair {
  const settings = { granted }
  const pair = new Pair({
    seed: `reconfiguration ${loss}`,
    client: { settings: { granted: ALL } },
    server: { settings },
  })
  expect(pair.connect()).toBe(true)
  pair.network.configure({ loss })
  return pair
}

function ask(
  host: Host,
  request: (it: NonNullable<NonNullable<Host['association']>['reconfiguration']>) => unknown,
): unknown {
  const { association } = host
  if (association?.reconfiguration == null) throw new Error('no association')
  const answer = request(association.reconfiguration)
  association.flush()
  host.stack.touched()
  return answer
}

function eventsOf<Kind extends AssociationEvent['kind']>(
  host: Host,
  kind: Kind,
): Extract<AssociationEvent, { kind: Kind }>[] {
  return host.events.filter((event): event is Extract<AssociationEvent, { kind: Kind }> => event.kind === kind)
}

describe('streams', () => {
  test.each([0, 0.3])('sequence numbers begin anew, at %d loss', loss => {
    const pair = established(ALL, loss)
    const { client, server } = pair
    for (let i = 0; i < 3; i++) client.send(Uint8Array.of(i), { stream: 2 })
    client.send(Uint8Array.of(9), { stream: 3 })
    expect(ask(client, it => it.resetStreams([2], true, false))).toBe('busy')
    expect(pair.until(() => client.association?.dry === true)).toBe(true)
    expect(ask(client, it => it.resetStreams([2], true, false))).toBe(null)
    // Waits for the answer, and then begins with 0.
    client.send(Uint8Array.of(4), { stream: 2 })
    client.send(Uint8Array.of(5), { stream: 3 })
    expect(pair.until(() => server.received.length === 6)).toBe(true)
    const sequences = eventsOf(server, 'message').map(({ delivery }) => [delivery.stream, delivery.sequence])
    expect(sequences.slice(4)).toEqual([
      [2, 0],
      [3, 1],
    ])
    expect(eventsOf(client, 'streams reset')).toEqual([
      { kind: 'streams reset', side: 'outgoing', outcome: 'done', streams: [2] },
    ])
    expect(eventsOf(server, 'streams reset')).toEqual([
      { kind: 'streams reset', side: 'incoming', outcome: 'done', streams: [2] },
    ])
  })

  test('the peer resets what it is asked to', () => {
    const { client, server, until } = bound(established())
    server.send(Uint8Array.of(1), { stream: 1 })
    until(() => client.received.length === 1 && server.association?.dry === true)
    expect(ask(client, it => it.resetStreams([1], false, true))).toBe(null)
    expect(until(() => eventsOf(client, 'streams reset').length > 0)).toBe(true)
    expect(eventsOf(client, 'streams reset')[0]).toMatchObject({ side: 'incoming', outcome: 'done', streams: [1] })
    expect(until(() => client.association?.reconfiguration?.deadline === null)).toBe(true)
    server.send(Uint8Array.of(2), { stream: 1 })
    until(() => client.received.length === 2)
    expect(eventsOf(client, 'message').at(-1)?.delivery.sequence).toBe(0)
  })

  test('what is not granted is denied', () => {
    const { client, until } = bound(established(0))
    expect(ask(client, it => it.resetStreams([], true, false))).toBe(null)
    expect(ask(client, it => it.addStreams(1, 0))).toBe('pending')
    expect(until(() => eventsOf(client, 'streams reset').length > 0)).toBe(true)
    expect(eventsOf(client, 'streams reset')[0]).toMatchObject({ side: 'outgoing', outcome: 'denied' })
  })

  test.each([0, 0.3])('streams are added both ways, at %d loss', loss => {
    const { client, server, until } = bound(established(ALL, loss))
    expect(ask(client, it => it.addStreams(5, 3))).toBe(null)
    const counts = () => [client, server].map(({ association }) => [association?.outbound, association?.inbound])
    expect(until(() => client.association?.reconfiguration?.deadline === null && counts()[1]?.[0] === 13)).toBe(true)
    expect(counts()).toEqual([
      [15, 13],
      [13, 15],
    ])
    client.send(Uint8Array.of(1), { stream: 14 })
    expect(until(() => server.received.length === 1)).toBe(true)
    expect(ask(client, it => it.addStreams(65535, 0))).toBe('too many')
  })
})

test.each([0, 0.3])('the association begins anew with other TSNs, at %d loss', loss => {
  const { client, server, until } = bound(established(ALL, loss))
  client.send(Uint8Array.of(1))
  until(() => client.association?.dry === true)
  expect(ask(client, it => it.resetAssociation())).toBe(null)
  client.send(Uint8Array.of(2))
  server.send(Uint8Array.of(3))
  expect(until(() => server.received.length === 2 && client.received.length === 1)).toBe(true)
  const [mine] = eventsOf(client, 'association reset')
  const [theirs] = eventsOf(server, 'association reset')
  expect([mine?.outcome, theirs?.outcome]).toEqual(['done', 'done'])
  expect([mine?.localTsn, mine?.remoteTsn]).toEqual([theirs?.remoteTsn, theirs?.localTsn])
  expect(eventsOf(server, 'message').at(-1)?.delivery.tsn).toBe(mine?.localTsn)
})

describe('on the wire', () => {
  // RFC 6525 section 4.1 to 4.6, byte for byte.
  test.each([
    [
      '0d 001400000001000000020000000300040005',
      { kind: 'reset outgoing', number: 1, answers: 2, lastTsn: 3, streams: [4, 5] },
    ],
    ['0e 000a000000010007', { kind: 'reset incoming', number: 1, streams: [7] }],
    ['0f 000800000001', { kind: 'reset association', number: 1 }],
    ['11 000c0000000100090000', { kind: 'add outgoing', number: 1, count: 9 }],
    ['12 000c0000000100090000', { kind: 'add incoming', number: 1, count: 9 }],
    ['10 000c0000000100000001', { kind: 'response', number: 1, result: Result.performed, next: null }],
  ] as const)('%s', (hex, item) => {
    const bytes = fromHex(`00${hex}`)
    expect(readReConfig(bytes)).toEqual([item])
    expect(toHex(writeReConfig([item]).subarray(4, 4 + bytes.length))).toBe(toHex(bytes))
  })

  test.each([
    ['nothing', ''],
    ['an odd byte in the list', '000e000900000001 00'],
    ['a length that is cut', '000f0006 0001'],
    ['an unknown parameter', '0013000800000001'],
    ['three parameters', '000f000800000001'.repeat(3)],
  ])('%s is malformed', (_name, hex) => {
    expect(readReConfig(fromHex(hex))).toBe(null)
  })
})

function bound(pair: Pair) {
  return { client: pair.client, server: pair.server, until: (condition: () => boolean) => pair.until(condition) }
}
