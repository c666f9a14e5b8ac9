import { describe, expect, test } from '@jest/globals'
import { toHex, utf8 } from '../../lib/base/bytes.ts'
import type { Connection } from '../../lib/engine.ts'
import { heartbeat } from '../../lib/wire/messages/heartbeat.ts'
import { ContentType } from '../../lib/wire/registry.ts'
import { establishedPair, type Pair, readText } from './pair.ts'
import { attend, settle } from './renegotiation.ts'

type Side = 'client' | 'server'
type Mode = 1 | 2 | null

/** Who sent which heartbeat messages, as the watchers of both sides were told. */
interface Watched {
  readonly pair: Pair
  readonly seen: { readonly who: Side; readonly sent: boolean; readonly bytes: Uint8Array }[]
}

function watched(client: Mode = 1, server: Mode = 1): Watched {
  const seen: Watched['seen'] = []
  const observer = (who: Side) => ({
    onMessage(sent: boolean, _version: number, content: number | 'header', bytes: Uint8Array) {
      if (content === ContentType.heartbeat) seen.push({ who, sent, bytes: bytes.slice() })
    },
  })
  const pair = establishedPair({
    client: { heartbeat: client, peerMayRenegotiate: true },
    server: { heartbeat: server, peerMayRenegotiate: true },
    clientObserver: observer('client'),
    serverObserver: observer('server'),
  })
  return { pair, seen }
}

function pending(connection: Connection): boolean {
  return connection.heartbeatState === 'pending'
}

describe('a heartbeat', () => {
  test.each<[Side, Side]>([
    ['client', 'server'],
    ['server', 'client'],
  ])('of the %s is answered by the %s with the same payload and padding of its own', (from, to) => {
    const { pair, seen } = watched()
    expect(pair[from].heartbeat()).toBe(37)
    expect(pair[from].nextDeadline()).toBe(1000)
    expect(pair.move(from)).toBe(1)
    expect(readText(pair[to])).toBe('')
    expect(pair.move(to)).toBe(1)
    expect(pending(pair[from])).toBe(true)
    expect(readText(pair[from])).toBe('')
    expect(pair[from].heartbeatState).toBe('answered')
    expect(pair[from].nextDeadline()).toBeNull()
    expect(seen.map(({ who, sent }) => [who, sent])).toEqual([
      [from, true],
      [to, false],
      [to, true],
      [from, false],
    ])
    const [asked, , answered] = seen.map(({ bytes }) => bytes)
    if (asked === undefined || answered === undefined) throw new Error('nothing was seen')
    expect(heartbeat.read(answered)).toEqual({ type: 2, payload: heartbeat.read(asked)?.payload })
    expect([asked.length, answered.length]).toEqual([37, 37])
    expect(toHex(answered.subarray(21))).not.toBe(toHex(asked.subarray(21)))
    // As OpenSSL: a number that grows, and random bytes.
    expect(toHex(asked.subarray(1, 5))).toBe('00120000')
    expect(pair[from].heartbeat()).toBe(37)
    expect(toHex(seen.at(-1)?.bytes.subarray(1, 5) ?? asked)).toBe('00120001')
  })

  test('takes any payload and padding that a record has room for', () => {
    const { pair, seen } = watched()
    for (const [payload, padding] of [
      [0, 16],
      [1, 500],
      [1000, 16],
      [16365, 16],
      [0, 16381],
    ] as const) {
      const length = payload + padding + 3
      expect(pair.client.heartbeat({ payload: new Uint8Array(payload).fill(5), padding })).toBe(length)
      settle(pair)
      expect(pair.client.heartbeatState).toBe('answered')
      expect(seen.at(-1)?.bytes.length).toBe(payload + 19)
    }
    expect(() => pair.client.heartbeat({ payload: new Uint8Array(16366) })).toThrow(RangeError)
    expect(() => pair.client.heartbeat({ padding: 15 })).toThrow(RangeError)
    expect(() => pair.client.heartbeat({ padding: Number.NaN })).toThrow(RangeError)
  })

  test('keeps within the fragment length that was agreed', () => {
    const pair = establishedPair({ client: { heartbeat: 1, maxFragmentLength: 1 }, server: { heartbeat: 1 } })
    expect(() => pair.client.heartbeat({ padding: 512 - 18 - 3 + 1 })).toThrow(RangeError)
    expect(pair.client.heartbeat({ padding: 512 - 18 - 3 })).toBe(512)
    settle(pair)
    expect(pair.client.heartbeatState).toBe('answered')
  })

  test('does not disturb the data', () => {
    const { pair } = watched()
    pair.client.heartbeat()
    expect(pair.send('client', 'up')).toBe('up')
    expect(pair.send('server', 'down')).toBe('down')
    settle(pair)
    expect(pair.client.heartbeatState).toBe('answered')
  })

  test('is one at a time', () => {
    const { pair } = watched()
    pair.client.heartbeat()
    expect(pair.client.heartbeat()).toBe('pending')
    settle(pair)
    expect(pair.client.heartbeat()).toBe(37)
  })
})

describe('heartbeats are not sent', () => {
  test.each<[string, Mode, Mode, [number | string, number | string]]>([
    ['where nobody has asked for them', null, null, ['not-accepted', 'not-accepted']],
    ['where the server has not', 1, null, ['not-accepted', 'not-accepted']],
    ['where the client has not', null, 1, ['not-accepted', 'not-accepted']],
    ['to a server that will not have them', 1, 2, ['not-accepted', 37]],
    ['to a client that will not have them', 2, 1, [37, 'not-accepted']],
    ['where neither will have them', 2, 2, ['not-accepted', 'not-accepted']],
  ])('%s', (_when, client, server, outcome) => {
    const { pair } = watched(client, server)
    expect([pair.client.heartbeat(), pair.server.heartbeat()]).toEqual(outcome)
    settle(pair)
    for (const [side, sent] of [
      [pair.client, outcome[0]],
      [pair.server, outcome[1]],
    ] as const) {
      expect(side.heartbeatState).toBe(sent === 37 ? 'answered' : 'none')
    }
  })

  test('in a handshake, before it, and after the end', () => {
    const { pair } = watched()
    pair.client.renegotiate()
    pair.client.handshake()
    expect(pair.client.heartbeat()).toBe('handshaking')
    settle(pair)
    pair.client.close()
    expect(pair.client.heartbeat()).toBe('not-accepted')
    settle(pair)
    expect(pair.server.heartbeat()).toBe('not-accepted')
    pair.server.destroy()
    expect(pair.server.heartbeat()).toBe('failed')
  })
})

describe('a heartbeat that is lost', () => {
  test('is sent again after 1, 2, 4 ... seconds with the same payload, twelve times; then there is an end', () => {
    const { pair, seen } = watched()
    const { client, clock } = pair
    client.heartbeat()
    const waits: number[] = []
    const numbers = new Set<string>()
    for (;;) {
      const [datagram] = client.takeOutput()
      numbers.add(toHex(datagram?.subarray(5, 11) ?? utf8('')))
      const deadline = client.nextDeadline()
      if (deadline === null) throw new Error('no timer runs')
      waits.push((deadline - clock.now()) / 1000)
      clock.advanceTo(deadline - 20)
      expect(client.onDeadline()).toBe('idle')
      clock.advanceTo(deadline)
      const outcome = client.onDeadline()
      if (outcome === 'failed') break
      expect(outcome).toBe('repeated')
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60, 60])
    expect(numbers.size).toBe(13)
    expect(new Set(seen.map(({ bytes }) => toHex(bytes))).size).toBe(1)
    expect(client.failure?.reason).toBe('read-timeout-expired')
    expect(client.onDeadline()).toBe('failed')
    expect(client.takeOutput()).toEqual([])
  })

  test('is answered when it comes at last, and the answer counts once', () => {
    const { pair } = watched()
    pair.client.heartbeat()
    pair.client.takeOutput()
    pair.clock.advanceTo(1000)
    expect(pair.client.onDeadline()).toBe('repeated')
    settle(pair)
    expect(pair.client.heartbeatState).toBe('answered')
    expect(pair.client.nextDeadline()).toBeNull()
  })

  test('ends when a handshake begins, of this side or of the other', () => {
    for (const side of ['client', 'server'] as const) {
      const { pair } = watched()
      pair.client.heartbeat()
      pair.client.takeOutput()
      pair[side].renegotiate()
      settle(pair)
      expect([pair.client.settled, pair.client.heartbeatState]).toEqual([true, 'lost'])
      expect(pair.client.nextDeadline()).toBeNull()
      expect(pair.client.heartbeat()).toBe(37)
    }
  })

  test('was a probe: it is sent once, and the connection goes on', () => {
    const { pair } = watched()
    const { client, clock } = pair
    expect(client.heartbeat({ padding: 1400, probe: true })).toBe(1421)
    expect(client.takeOutput()[0]?.length).toBe(13 + 1421 + 16)
    const deadline = client.nextDeadline()
    if (deadline === null) throw new Error('no timer runs')
    clock.advanceTo(deadline)
    expect(client.onDeadline()).toBe('idle')
    expect([client.heartbeatState, client.nextDeadline(), client.failure]).toEqual(['lost', null, null])
    expect(client.takeOutput()).toEqual([])
    expect(client.heartbeat({ padding: 1200, probe: true })).toBe(1221)
    settle(pair)
    expect(client.heartbeatState).toBe('answered')
  })
})

test('an answer that comes too late, or twice, means nothing', () => {
  const { pair } = watched()
  pair.client.heartbeat({ probe: true })
  pair.move('client')
  attend(pair.server)
  pair.clock.advanceTo(1000)
  pair.client.onDeadline()
  expect(pair.client.heartbeatState).toBe('lost')
  pair.move('server')
  attend(pair.client)
  expect(pair.client.heartbeatState).toBe('lost')
  expect(pair.client.discards.count('unwanted-heartbeat')).toBe(1)
})
