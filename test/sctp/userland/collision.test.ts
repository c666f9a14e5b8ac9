import { describe, expect, test } from '@jest/globals'
import { type CookieAction, cookieAction, type Tags } from '../../../lib/sctp/collision.ts'
import type { AssociationState } from '../../../lib/sctp/surroundings.ts'
import { type Packet, readPacket } from '../../../lib/sctp/wire/packet.ts'
import { ChunkType } from '../../../lib/sctp/wire/registry.ts'
import { Pair } from './pair.ts'

const OWN: Tags = { local: 10, peer: 20 }
const NONE: Tags = { local: 0, peer: 0 }

/** RFC 9260 section 5.2.4, table 12: M matches, X does not, 0 is not there, A is any. */
const local = { M: OWN.local, X: 11 } as const
const peer = { M: OWN.peer, X: 21 } as const
const ties = { 'M M': OWN, '0 0': NONE, 'X M': { local: 11, peer: 20 }, 'M X': { local: 10, peer: 21 } } as const

test.each<[keyof typeof local, keyof typeof peer, keyof typeof ties, CookieAction]>([
  ['X', 'X', 'M M', 'restart'],
  ['X', 'X', '0 0', 'discard'],
  ['X', 'X', 'X M', 'discard'],
  ['X', 'X', 'M X', 'discard'],
  ['M', 'X', 'M M', 'collision'],
  ['M', 'X', '0 0', 'collision'],
  ['M', 'X', 'X M', 'collision'],
  ['M', 'X', 'M X', 'collision'],
  ['X', 'M', '0 0', 'discard'],
  ['X', 'M', 'M M', 'discard'],
  ['X', 'M', 'X M', 'discard'],
  ['M', 'M', 'M M', 'known'],
  ['M', 'M', '0 0', 'known'],
  ['M', 'M', 'X M', 'known'],
])('own tag %s, peer tag %s, tie tags %s: %s', (ownTag, peerTag, tie, action) => {
  expect(cookieAction(OWN, { local: local[ownTag], peer: peer[peerTag] }, ties[tie], false)).toBe(action)
})

test('own tag M, peer tag not known yet: collision', () => {
  expect(cookieAction({ local: 10, peer: 0 }, { local: 10, peer: 21 }, NONE, false)).toBe('collision')
})

test('once established an old cookie of a collision undoes nothing', () => {
  expect(cookieAction(OWN, { local: 10, peer: 21 }, NONE, true)).toBe('discard')
})

describe('on the wire', () => {
  test('a COOKIE ECHO that comes again is acknowledged again and changes nothing', () => {
    const { pair, echo } = captured('again')
    const before = pair.server.kinds()
    const answers = listen(pair)
    pair.network.inject(echo, WAY)
    pair.clock.advanceBy(50)
    expect(answers.map(types)).toEqual([[ChunkType.cookieAck]])
    expect(pair.server.kinds()).toEqual(before)
    expect(pair.server.stack.discards.cookie).toBe(0)
    pair.client.send(Uint8Array.of(1))
    expect(pair.until(() => pair.server.received.length === 1)).toBe(true)
  })

  test('the cookie of an association that has ended begins no second one while the peer is known', () => {
    const { pair, echo } = captured('old')
    pair.client.association?.dismiss()
    const { server, client } = pair
    const port = client.association?.localPort ?? 0
    client.association = client.stack.connect(port, 5000, ['10.0.0.2'], client.owner, client)
    expect(pair.until(() => client.state === 'established')).toBe(true)
    const tag = server.association?.local.tag
    pair.network.inject(echo, WAY)
    pair.clock.advanceBy(50)
    expect(server.stack.discards.cookie).toBe(1)
    expect(server.association?.local.tag).toBe(tag)
    client.send(Uint8Array.of(1))
    expect(pair.until(() => server.received.length === 1)).toBe(true)
  })

  test('who restarts while this end waits for SHUTDOWN COMPLETE is told that it is over (section 5.2.4.1)', () => {
    const pair = new Pair({ seed: 'restart while ending' })
    expect(pair.connect()).toBe(true)
    const { client, server } = pair
    // The end that answers the shutdown never hears that it is complete.
    pair.network.interfere = ({ bytes }) => (bytes[12] === ChunkType.shutdownComplete ? [] : null)
    client.association?.shutdown()
    client.stack.touched()
    expect(pair.until(() => client.state === 'closed')).toBe(true)
    expect<AssociationState | 'none'>(server.state).toBe('shutdown ack sent')
    const answers = listen(pair)
    const again = client.stack.connect(client.association?.localPort ?? 0, 5000, ['10.0.0.2'], client.owner, client)
    pair.clock.advanceBy(100)
    // The INIT is answered with SHUTDOWN ACK, which is out of the blue for one that waits for its INIT ACK.
    expect(answers.map(types)[0]).toEqual([ChunkType.shutdownAck])
    pair.network.interfere = null
    expect(pair.until(() => again?.state === 'established')).toBe(true)
    expect(server.kinds().filter(kind => kind === 'up').length).toBe(2)
  })

  test('a message that was not acknowledged survives a restart of the peer', () => {
    const { pair } = captured('survives')
    const { client, server } = pair
    pair.network.configure({ loss: 1 }, { from: '10.0.0.2', to: '10.0.0.1' })
    server.send(Uint8Array.of(42))
    pair.clock.advanceBy(10)
    const port = client.association?.localPort ?? 0
    client.association?.dismiss()
    pair.network.configure({ loss: 0 }, { from: '10.0.0.2', to: '10.0.0.1' })
    client.association = client.stack.connect(port, 5000, ['10.0.0.2'], client.owner, client)
    expect(pair.until(() => client.received.length === 1)).toBe(true)
    expect(client.received[0]?.data).toEqual(Uint8Array.of(42))
    expect(server.events.filter(event => event.kind === 'up').map(event => event.restarted)).toEqual([false, true])
  })

  test.each([0, 1, 2, 3, 4])('both ends begin at once under loss (seed %i): one association comes of it', seed => {
    const pair = new Pair({ seed: `collision ${seed}`, conditions: { loss: 0.3, reordering: 0.3, delayMs: [5, 60] } })
    const { client, server } = pair
    client.stack.bind(6000, client.owner)
    const ours = client.stack.connect(6000, 5000, ['10.0.0.2'], client.owner, client)
    const theirs = server.stack.connect(5000, 6000, ['10.0.0.1'], server.owner, server)
    expect(pair.until(() => ours?.state === 'established' && theirs?.state === 'established')).toBe(true)
    expect(ours?.peerTag).toBe(theirs?.local.tag)
    expect(theirs?.peerTag).toBe(ours?.local.tag)
    client.association = ours
    server.association = theirs
    client.send(Uint8Array.of(1))
    server.send(Uint8Array.of(2))
    expect(pair.until(() => server.received.length === 1 && client.received.length === 1)).toBe(true)
    expect([client.stack.associations, server.stack.associations]).toEqual([1, 1])
  })
})

const WAY = { from: '10.0.0.1', to: '10.0.0.2' }

/** An association, and the COOKIE ECHO that began it. */
function captured(seed: string) {
  const pair = new Pair({ seed })
  let echo: Uint8Array | null = null
  pair.network.trace = ({ fate, bytes }) => {
    if (fate === 'sent' && bytes[12] === ChunkType.cookieEcho) echo ??= bytes.slice()
  }
  expect(pair.connect()).toBe(true)
  pair.network.trace = null
  if (echo === null) throw new Error('no cookie')
  return { pair, echo: echo as Uint8Array }
}

/** What the server sends from now on. */
function listen(pair: Pair): Packet[] {
  const packets: Packet[] = []
  pair.network.trace = ({ fate, from, bytes }) => {
    const packet = fate === 'sent' && from === '10.0.0.2' ? readPacket(bytes) : 'malformed'
    if (typeof packet !== 'string') packets.push(packet)
  }
  return packets
}

function types({ chunks }: Packet): number[] {
  return chunks.map(({ type }) => type)
}
