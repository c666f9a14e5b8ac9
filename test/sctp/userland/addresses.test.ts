import { describe, expect, test } from '@jest/globals'
import { fromHex, toHex } from '../../../lib/base/bytes.ts'
import type { Settings } from '../../../lib/sctp/settings.ts'
import { readAsconf, readAsconfAck, writeAsconf, writeAsconfAck } from '../../../lib/sctp/wire/asconf.ts'
import { type Packet, readPacket, seal, writeChunk, writePacket } from '../../../lib/sctp/wire/packet.ts'
import { Cause, ChunkType } from '../../../lib/sctp/wire/registry.ts'
import type { Datagram } from '../../../lib/simulator/trace.ts'
import { Host, Pair } from './pair.ts'

describe('on the wire (RFC 5061 section 4)', () => {
  test('ASCONF', () => {
    const chunk = writeAsconf(7, '10.0.0.1', [
      { id: 1, kind: 'add', address: '10.0.1.1' },
      { id: 2, kind: 'delete', address: '2001:db8::1' },
      { id: 3, kind: 'set primary', address: '0.0.0.0' },
    ])
    expect(toHex(chunk)).toBe(
      'c100004c00000007' +
        '000500080a000001' +
        'c001001000000001000500080a000101' +
        'c002001c000000020006001420010db8000000000000000000000001' +
        'c00400100000000300050008' +
        '00000000',
    )
    expect(readAsconf(chunk.subarray(4))).toMatchObject({
      serial: 7,
      address: '10.0.0.1',
      requests: [
        { id: 1, kind: 'add', address: '10.0.1.1' },
        { id: 2, kind: 'delete', address: '2001:db8::1' },
        { id: 3, kind: 'set primary', address: '0.0.0.0' },
      ],
    })
  })

  test.each([
    ['no address first', '00000007c00100100000000100050008' + '0a000101'],
    ['an address of three bytes', '00000007000500070a000000'],
    ['a request without a number', '00000007000500080a000001c0010006' + '00000000'],
    ['nothing', '000000'],
  ])('an ASCONF with %s is malformed', (_name, hex) => expect(readAsconf(fromHex(hex))).toBe(null))

  test('ASCONF-ACK', () => {
    const error = fromHex('00a0000c00000000000500080a000101')
    const chunk = writeAsconfAck({
      serial: 9,
      results: [
        { id: 1, error: null },
        { id: 2, error },
      ],
    })
    expect(toHex(chunk)).toBe(`8000002800000009c005000800000001c003001800000002${toHex(error)}`)
    expect(readAsconfAck(chunk.subarray(4))).toEqual({
      serial: 9,
      results: [
        { id: 1, error: null },
        { id: 2, error },
      ],
    })
    expect(readAsconfAck(fromHex('00000009c099000800000000'))).toBe(null)
  })
})

const ON: Partial<Settings> = { addressChanges: true }

/** The client has a second address that it has not told anybody of. */
function pairOf(seed: string, client: Partial<Settings> = ON, server: Partial<Settings> = ON): Pair {
  const pair = new Pair({
    seed,
    client: { addresses: ['10.0.0.1', '10.0.1.1'], announced: ['10.0.0.1'], settings: client },
    server: { addresses: ['10.0.0.2', '10.0.1.2'], settings: server },
  })
  expect(pair.connect()).toBe(true)
  pair.clock.advanceBy(200)
  expect(addresses(pair.server)).toEqual(['10.0.0.1'])
  return pair
}

function addresses({ association }: Host): string[] {
  return association?.paths.map(({ address }) => address) ?? []
}

function changes(host: Host): string[] {
  return host.events.flatMap(event => (event.kind === 'path' ? [`${event.address} ${event.change}`] : []))
}

function announce(host: Host, kind: 'add' | 'delete' | 'set primary', address: string): boolean {
  if (kind === 'add') host.announced = [...host.announced, address]
  const done = host.association?.announce({ kind, address }) ?? false
  host.stack.touched()
  return done
}

/** Packets of the server from now on. */
function answers(pair: Pair): Packet[] {
  const packets: Packet[] = []
  pair.network.trace = ({ fate, from, bytes }) => {
    const packet = fate === 'sent' && from.endsWith('.2') ? readPacket(bytes) : 'malformed'
    if (typeof packet !== 'string') packets.push(packet)
  }
  return packets
}

describe('an association', () => {
  test('gets an address, prefers it, and leaves the first', () => {
    const pair = pairOf('roam')
    const { client, server } = pair
    expect(announce(client, 'add', '10.0.1.1')).toBe(true)
    pair.clock.advanceBy(200)
    expect(changes(server)).toEqual(['10.0.1.1 added', '10.0.1.1 confirmed'])
    expect(announce(client, 'set primary', '10.0.1.1')).toBe(true)
    pair.clock.advanceBy(200)
    expect(server.association?.primary.address).toBe('10.0.1.1')
    expect(announce(client, 'delete', '10.0.0.1')).toBe(true)
    pair.clock.advanceBy(200)
    // It was asked from the address that was to go: that one is refused.
    expect(addresses(server)).toEqual(['10.0.0.1', '10.0.1.1'])
    const second = client.association?.path('10.0.1.2') ?? null
    if (client.association === null || second === null) throw new Error('no second path')
    client.association.primary = second
    expect(announce(client, 'delete', '10.0.0.1')).toBe(true)
    pair.clock.advanceBy(200)
    expect(addresses(server)).toEqual(['10.0.1.1'])
    expect(changes(server).slice(2)).toEqual(['10.0.1.1 made primary', '10.0.0.1 removed'])
    server.send(new Uint8Array(5000))
    client.send(Uint8Array.of(1))
    expect(pair.until(() => client.received.length === 1 && server.received.length === 1)).toBe(true)
  })

  test('tells under loss as well, once and in order', () => {
    const pair = pairOf('loss')
    pair.network.configure({ loss: 0.4 })
    expect(announce(pair.client, 'add', '10.0.1.1')).toBe(true)
    expect(announce(pair.client, 'set primary', '10.0.1.1')).toBe(true)
    expect(
      pair.until(() => pair.client.association?.deadline !== undefined && addresses(pair.server).length === 2),
    ).toBe(true)
    pair.until(() => changes(pair.server).some(change => change.endsWith('confirmed')))
    expect(changes(pair.server).filter(change => change.endsWith('added')).length).toBe(1)
  })

  describe.each<[string, (network: Pair['network'], clock: Pair['clock'], datagram: Datagram) => void]>([
    ['lost', () => {}],
    [
      'late by less than T4',
      (network, clock, one) => void clock.at(clock.now() + 900, () => network.inject(one.bytes, one)),
    ],
    ['late by more', (network, clock, one) => void clock.at(clock.now() + 2500, () => network.inject(one.bytes, one))],
    [
      'repeated late',
      (network, clock, one) => {
        network.inject(one.bytes, one)
        clock.at(clock.now() + 1700, () => network.inject(one.bytes, one))
      },
    ],
  ])('whichever packet is %s', (_name, instead) => {
    /** The whole life of an address, with the nth packet treated so; false when there were not as many. */
    function lives(nth: number): boolean {
      const pair = pairOf('each')
      const { client, server } = pair
      let count = 0
      pair.network.interfere = datagram => {
        if (count++ !== nth) return null
        instead(pair.network, pair.clock, datagram)
        return []
      }
      const path = () => server.association?.path('10.0.1.1')
      announce(client, 'add', '10.0.1.1')
      expect(pair.until(() => path()?.state === 'active', 10_000)).toBe(true)
      announce(client, 'set primary', '10.0.1.1')
      expect(pair.until(() => server.association?.primary.address === '10.0.1.1', 10_000)).toBe(true)
      client.send(Uint8Array.of(1))
      server.send(Uint8Array.of(2))
      client.announced = ['10.0.0.1']
      announce(client, 'delete', '10.0.1.1')
      expect(pair.until(() => path() === null, 10_000)).toBe(true)
      expect(pair.until(() => client.received.length + server.received.length === 2, 10_000)).toBe(true)
      pair.clock.advanceBy(5000)
      const told = ['added', 'confirmed', 'made primary', 'removed'].map(change => `10.0.1.1 ${change}`)
      expect(changes(server)).toEqual(told)
      expect([client.state, server.state]).toEqual(['established', 'established'])
      return count > nth
    }

    test('the address comes, is preferred, and goes', () => {
      let nth = 0
      while (lives(nth)) nth++
      expect(nth).toBeGreaterThan(8)
    })
  })

  test('whose answer came late counts nothing against the path (section 5.1)', () => {
    const pair = pairOf('errors')
    const [path] = pair.client.association?.paths ?? []
    pair.network.configure({ loss: 1 })
    announce(pair.client, 'add', '10.0.1.1')
    expect(pair.until(() => path?.errors === 2, 20_000)).toBe(true)
    pair.network.configure({ loss: 0 })
    expect(pair.until(() => path?.errors === 0, 20_000)).toBe(true)
    expect(changes(pair.server)[0]).toBe('10.0.1.1 added')
  })

  test('what was on its way to an address that goes is sent to another', () => {
    const pair = pairOf('move')
    const { client, server } = pair
    announce(client, 'add', '10.0.1.1')
    pair.clock.advanceBy(200)
    pair.network.configure({ loss: 1 }, { from: '10.0.0.2', to: '10.0.0.1' })
    server.send(Uint8Array.of(1))
    const second = client.association?.path('10.0.1.2') ?? null
    if (client.association === null || second === null) throw new Error('no second path')
    client.association.primary = second
    announce(client, 'delete', '10.0.0.1')
    const before = pair.clock.now()
    expect(pair.until(() => client.received.length === 1)).toBe(true)
    // No time-out had to pass.
    expect(pair.clock.now() - before).toBeLessThan(200)
  })

  test.each([
    ['offered by one end only', {}, ON],
    ['offered by the other only', ON, {}],
    ['offered without authentication', { ...ON, auth: false }, ON],
  ])('tells nothing when it is %s', (_name, client, server) => {
    const pair = pairOf('refused', client, server)
    expect(announce(pair.client, 'add', '10.0.1.1')).toBe(false)
    expect(pair.client.association?.negotiated?.addressChanges).toBe(false)
  })
})

describe('a request', () => {
  /** Requests under the client's name, authenticated. The client hears no answers: it would abort at what it never asked. */
  function asked(seed: string) {
    const pair = pairOf(seed)
    const { client, server } = pair
    const peer = client.association
    const association = server.association
    if (peer === null || association === null) throw new Error('no association')
    const header = { sourcePort: peer.localPort, destinationPort: 5000, tag: peer.peerTag }
    const first = peer.local.tsn
    const send = (chunk: Uint8Array, from = '10.0.0.1', authentic = true) => {
      const auth = authentic ? [peer.keys.blank(0, peer.negotiated?.hmac ?? 0)] : []
      const packet = writePacket(header, [...auth, chunk])
      if (authentic) {
        peer.keys.sign(packet, 12, 0, peer.negotiated?.hmac ?? 0)
        seal(packet)
      }
      pair.network.inject(packet, { from, to: from === '10.0.0.1' ? '10.0.0.2' : '10.0.1.2' })
      pair.clock.advanceBy(50)
    }
    const packets = answers(pair)
    for (const from of ['10.0.0.2', '10.0.1.2']) {
      for (const to of ['10.0.0.1', '10.0.1.1']) pair.network.configure({ loss: 1 }, { from, to })
    }
    /** Causes in the last ASCONF-ACK. */
    const causes = () => {
      const ack = packets.flatMap(({ chunks }) => chunks).findLast(({ type }) => type === ChunkType.asconfAck)
      const results = ack === undefined ? null : (readAsconfAck(ack.value)?.results ?? null)
      return results?.map(({ error }) => (error === null ? null : (error[0] ?? 0) * 256 + (error[1] ?? 0)))
    }
    return { pair, association, send, causes, packets, first }
  }

  test('that is not authenticated is nothing', () => {
    const { send, packets, first, association, pair } = asked('plain')
    send(writeAsconf(first, '10.0.0.1', [{ id: 1, kind: 'add', address: '192.0.2.1' }]), '10.0.0.1', false)
    expect(association.paths.length).toBe(1)
    expect(packets).toEqual([])
    expect(pair.server.stack.discards.authentication).toBe(1)
  })

  test.each<[string, 'add' | 'delete' | 'set primary', string, number]>([
    ['the last address cannot go', 'delete', '10.0.0.1', Cause.deleteLastAddress],
    ['what is not there cannot go', 'delete', '192.0.2.1', Cause.unresolvableAddress],
    ['nor be preferred', 'set primary', '192.0.2.1', Cause.unresolvableAddress],
    ['a group is no address', 'add', '224.0.0.1', Cause.unresolvableAddress],
    ['nor is all', 'add', '255.255.255.255', Cause.unresolvableAddress],
  ])('%s', (_name, kind, address, cause) => {
    const { send, causes, first, association } = asked('refusals')
    send(writeAsconf(first, '10.0.0.1', [{ id: 1, kind, address }]))
    expect(causes()).toEqual([cause])
    expect(association.paths.map(path => path.address)).toEqual(['10.0.0.1'])
  })

  test('what worked is told when something else did not', () => {
    const { send, causes, first } = asked('mixed')
    send(
      writeAsconf(first, '10.0.0.1', [
        { id: 1, kind: 'add', address: '192.0.2.1' },
        { id: 2, kind: 'delete', address: '10.0.0.1' },
        { id: 3, kind: 'delete', address: '192.0.2.1' },
      ]),
    )
    expect(causes()).toEqual([null, Cause.deleteSourceAddress, null])
  })

  test('from an address that nobody knows is found by the one that it names (section 4.1.1)', () => {
    const { send, association, first } = asked('unknown source')
    send(writeAsconf(first, '10.0.0.1', [{ id: 1, kind: 'add', address: '0.0.0.0' }]), '10.0.1.1')
    expect(association.paths.map(({ address }) => address)).toEqual(['10.0.0.1', '10.0.1.1'])
    // All others go with the wildcard.
    send(writeAsconf((first + 1) >>> 0, '10.0.0.1', [{ id: 1, kind: 'delete', address: '0.0.0.0' }]), '10.0.1.1')
    expect(association.paths.map(({ address }) => address)).toEqual(['10.0.1.1'])
  })

  test('that comes again is answered again and not done again; one out of order is nothing', () => {
    const { send, packets, association, first, pair } = asked('again')
    const chunk = writeAsconf(first, '10.0.0.1', [{ id: 1, kind: 'add', address: '192.0.2.1' }])
    send(chunk)
    send(writeAsconf((first + 1) >>> 0, '10.0.0.1', [{ id: 1, kind: 'delete', address: '192.0.2.1' }]))
    expect(association.paths.length).toBe(1)
    packets.length = 0
    send(chunk)
    send(writeAsconf((first + 7) >>> 0, '10.0.0.1', [{ id: 1, kind: 'add', address: '192.0.2.7' }]))
    expect(association.paths.length).toBe(1)
    expect(packets).toEqual([])
    expect(pair.server.stack.discards.old).toBe(2)
    send(writeAsconf((first + 1) >>> 0, '10.0.0.1', [{ id: 1, kind: 'delete', address: '192.0.2.1' }]))
    expect(packets.flatMap(({ chunks }) => chunks.map(({ type }) => type))).toContain(ChunkType.asconfAck)
  })

  test('no more than 32 addresses are taken', () => {
    const { send, causes, association, first } = asked('many')
    const requests = Array.from({ length: 40 }, (_, i) => ({
      id: i,
      kind: 'add' as const,
      address: `192.0.2.${i + 1}`,
    }))
    send(writeAsconf(first, '10.0.0.1', requests))
    expect(association.paths.length).toBe(32)
    expect(causes()?.filter(cause => cause === Cause.outOfAddresses).length).toBe(9)
  })

  test('of thousands of parameters is nothing: its answer would not fit a chunk', () => {
    const { send, association, packets, first } = asked('huge')
    const requests = Array.from({ length: 4000 }, (_, i) => ({ id: i, kind: 'delete' as const, address: '192.0.2.1' }))
    send(writeAsconf(first, '10.0.0.1', requests))
    expect(packets).toEqual([])
    expect(association.state).toBe('established')
  })

  test('for the address of another association is refused', () => {
    const { pair, send, causes, first } = asked('steal')
    const port = pair.client.association?.localPort ?? 0
    // The same ports from another host: another association.
    const third = new Host(pair.network, 'third', { addresses: ['10.0.9.1'] }, pair.source)
    third.stack.bind(port, third.owner)
    third.association = third.stack.connect(port, 5000, ['10.0.0.2'], third.owner, third)
    expect(pair.until(() => third.state === 'established')).toBe(true)
    expect(pair.server.stack.associations).toBe(2)
    send(writeAsconf(first, '10.0.0.1', [{ id: 1, kind: 'add', address: '10.0.9.1' }]))
    expect(causes()).toEqual([Cause.notAuthorized])
  })

  test('an answer to what was never asked ends the association (section 5.3)', () => {
    const { send, association } = asked('answer')
    send(writeAsconfAck({ serial: association.local.tsn, results: [] }))
    expect(association.state).toBe('closed')
  })

  test('a malformed one is nothing', () => {
    const { send, association, packets } = asked('malformed')
    send(writeChunk(ChunkType.asconf, 0, new Uint8Array(3)))
    send(writeChunk(ChunkType.asconfAck, 0, new Uint8Array(3)))
    expect(association.state).toBe('established')
    expect(packets).toEqual([])
  })
})
