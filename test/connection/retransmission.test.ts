import { describe, expect, test } from '@jest/globals'
import { equal, toHex, utf8 } from '../../lib/base/bytes.ts'
import { readDtlsRecord } from '../../lib/wire/record.ts'
import { ContentType } from '../../lib/wire/registry.ts'
import { establishedPair, Pair, readText } from './pair.ts'

/** Both sides at work, with every datagram that one side sends dropped as long as `drops` says so. */
function halfway(flights: number): Pair {
  const pair = new Pair()
  for (let flight = 0; flight < flights; flight++) {
    const side = flight % 2 === 0 ? 'client' : 'server'
    pair[side].handshake()
    if (flight < flights - 1) pair.move(side)
  }
  return pair
}

function contents(datagrams: readonly Uint8Array[]): string[] {
  return datagrams.flatMap(datagram => {
    const found: string[] = []
    for (let record = readDtlsRecord(datagram, 0); record !== null; record = readDtlsRecord(datagram, record.end)) {
      found.push(record.epoch > 0 ? 'sealed' : `${record.type}:${record.fragment[0]}`)
    }
    return found
  })
}

describe('a flight that gets no answer', () => {
  test('is sent again after 1, 2, 4 ... seconds, twelve times, with fresh record numbers; then there is an end', () => {
    const { client, clock } = halfway(1)
    const [first] = client.takeOutput()
    const waits: number[] = []
    const numbers: string[] = []
    for (;;) {
      const deadline = client.nextDeadline()
      if (deadline === null) throw new Error('no timer runs')
      waits.push((deadline - clock.now()) / 1000)
      clock.advanceTo(deadline - 20)
      expect(client.onDeadline()).toBe('idle')
      clock.advanceTo(deadline)
      if (client.onDeadline() === 'failed') break
      const [again] = client.takeOutput()
      expect(toHex(again?.subarray(13) ?? utf8(''))).toBe(toHex(first?.subarray(13) ?? utf8('')))
      numbers.push(toHex(again?.subarray(5, 11) ?? utf8('')))
      expect(client.nextDeadline()).toBeGreaterThan(clock.now())
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60, 60])
    expect(numbers).toEqual(Array.from({ length: 12 }, (_, index) => (index + 1).toString(16).padStart(12, '0')))
    expect(client.failure?.reason).toBe('read-timeout-expired')
    expect(client.failure?.alert).toBeNull()
    expect(client.takeOutput()).toEqual([])
    expect(client.onDeadline()).toBe('failed')
  })

  test('of the server is repeated too, and the server has no timer before it', () => {
    const { server, client, clock } = halfway(1)
    expect(server.nextDeadline()).toBeNull()
    for (const datagram of client.takeOutput()) server.receive(datagram)
    server.handshake()
    const flight = contents(server.takeOutput())
    expect(server.nextDeadline()).toBe(1000)
    clock.advanceTo(1000)
    expect(server.onDeadline()).toBe('resent')
    expect(contents(server.takeOutput())).toEqual(flight)
    expect(server.nextDeadline()).toBe(3000)
  })

  test('a HelloVerifyRequest has no timer, and comes again when the hello does', () => {
    const cookie = utf8('cookie')
    const pair = new Pair({ server: { cookie: { generate: () => cookie, verify: shown => equal(shown, cookie) } } })
    pair.client.handshake()
    const [hello] = pair.client.takeOutput()
    if (hello === undefined) throw new Error('no hello')
    pair.server.receive(hello.slice())
    pair.server.handshake()
    const [request] = pair.server.takeOutput()
    expect(pair.server.nextDeadline()).toBeNull()
    pair.clock.advanceTo(1000)
    pair.client.onDeadline()
    pair.move('client')
    pair.server.handshake()
    const [again] = pair.server.takeOutput()
    expect(toHex(again?.subarray(13) ?? utf8(''))).toBe(toHex(request?.subarray(13) ?? utf8('')))
    if (again !== undefined) pair.client.receive(again)
    expect(pair.run()).toEqual({ client: 'done', server: 'done' })
  })
})

describe('a peer that repeats itself', () => {
  test('gets the running flight again, but not more often than four times a second', () => {
    const { server, client, clock } = halfway(2)
    const flight = contents(server.takeOutput())
    const repeat = () => {
      client.onDeadline()
      for (const datagram of client.takeOutput()) server.receive(datagram)
      server.handshake()
      return contents(server.takeOutput())
    }
    clock.advanceTo(990)
    expect(repeat()).toEqual(flight)
    // The timer waits its second again from here, and repetitions within a quarter of it say nothing new.
    expect(server.nextDeadline()).toBe(1990)
    const deadline = client.nextDeadline()
    expect(deadline).toBe(2990)
    expect(server.discards.count('stale-message')).toBe(0)
  })

  test('repetitions in quick succession are answered once', () => {
    const pair = halfway(2)
    const { server, client, clock } = pair
    server.takeOutput()
    clock.advanceTo(1000)
    client.onDeadline()
    const [hello] = client.takeOutput()
    if (hello === undefined) throw new Error('no hello')
    const answers = [1100, 1349, 1350].map((time, copy) => {
      clock.advanceTo(time)
      // The same message in records of their own.
      const record = hello.slice()
      record[10] = 10 + copy
      server.receive(record)
      server.handshake()
      return server.takeOutput().length
    })
    expect(answers.map(count => count > 0)).toEqual([true, false, true])
    expect(server.discards.count('stale-message')).toBe(1)
  })

  test('after the handshake gets the last flight again, from read, as often as it asks, with no timer anywhere', () => {
    const pair = halfway(4)
    const { client, server, clock } = pair
    expect(server.established).toBe(true)
    expect(server.nextDeadline()).toBeNull()
    const last = contents(server.takeOutput())
    expect(last).toEqual(['20:1', 'sealed'])
    for (let repeat = 0; repeat < 3; repeat++) {
      clock.advanceTo(client.nextDeadline() ?? 0)
      expect(client.onDeadline()).toBe('resent')
      pair.move('client')
      expect(readText(server)).toBe('')
      expect(server.nextDeadline()).toBeNull()
      expect(contents(server.takeOutput())).toEqual(last)
    }
    clock.advanceTo(client.nextDeadline() ?? 0)
    client.onDeadline()
    pair.move('client')
    readText(server)
    pair.move('server')
    expect(client.handshake()).toBe('done')
    expect(client.nextDeadline()).toBeNull()
    expect(pair.send('client', 'at last')).toBe('at last')
    expect(pair.send('server', 'indeed')).toBe('indeed')
  })

  test('the client that has read the last flight answers none', () => {
    const pair = establishedPair()
    const { client, wire } = pair
    const flights = wire.filter(({ from }) => from === 'server')
    for (const { bytes } of flights) client.receive(bytes.slice())
    expect(readText(client)).toBe('')
    expect(client.takeOutput()).toEqual([])
    expect(client.nextDeadline()).toBeNull()
    expect(client.discards.total).toBeGreaterThan(0)
  })
})

describe('the path MTU', () => {
  test('is asked anew for each transmission, with how often the timer ran out', () => {
    const asked: number[] = []
    const pair = new Pair({
      client: {
        serverName: 'a-name-that-makes-the-hello-longer.test',
        pathMtu: expirations => {
          asked.push(expirations)
          return expirations < 2 ? 1400 : 200
        },
      },
    })
    const { client, clock } = pair
    client.handshake()
    const sizes: number[][] = []
    for (let time = 0; time < 3; time++) {
      sizes.push(client.takeOutput().map(({ length }) => length))
      clock.advanceTo(client.nextDeadline() ?? 0)
      client.onDeadline()
    }
    expect(asked).toEqual([0, 1, 2, 3])
    expect(sizes[0]).toHaveLength(1)
    expect(sizes[1]).toEqual(sizes[0])
    expect(Math.max(...(sizes[2] ?? []))).toBe(200)
  })

  test('unknown: nothing is sent, no timer runs, and the handshake goes on when it is known', () => {
    let mtu = 0
    const pair = new Pair({ client: { pathMtu: () => mtu } })
    expect(pair.client.handshake()).toBe('mtu')
    expect(pair.client.handshake()).toBe('mtu')
    expect(pair.client.hasOutput).toBe(false)
    expect(pair.client.nextDeadline()).toBeNull()
    mtu = 1200
    expect(pair.run()).toEqual({ client: 'done', server: 'done' })
  })

  test('too small for a single byte: the handshake fails, and the peer is told nothing', () => {
    const pair = new Pair({ client: { pathMtu: () => 25 } })
    expect(pair.client.handshake()).toBe('failed')
    expect(pair.client.failure?.reason).toBe('mtu-too-small')
    expect(pair.client.takeOutput()).toEqual([])
  })
})

test('a first transmission is packed: the whole flight of a server fits one datagram', () => {
  const { wire } = establishedPair({ server: { pathMtu: () => 1400 } })
  expect(wire.map(({ from }) => from)).toEqual(['client', 'server', 'client', 'server'])
  const last = contents([wire[2]?.bytes ?? utf8('')])
  expect(last).toEqual([`${ContentType.handshake}:16`, `${ContentType.changeCipherSpec}:1`, 'sealed'])
})
