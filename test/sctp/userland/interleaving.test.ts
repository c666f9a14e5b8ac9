import { describe, expect, test } from '@jest/globals'
import type { Delivery } from '../../../lib/sctp/receive/assembly.ts'
import { Interleaving } from '../../../lib/sctp/receive/interleaving.ts'
import { Outgoing } from '../../../lib/sctp/send/outgoing.ts'
import { OutgoingQueue, type Scheduler } from '../../../lib/sctp/send/outgoing-queue.ts'
import { type Data, DataFlag, I_DATA } from '../../../lib/sctp/wire/data.ts'
import { I_FORWARD_TSN } from '../../../lib/sctp/wire/forward-tsn.ts'
import { readPacket, writePacket } from '../../../lib/sctp/wire/packet.ts'
import { ChunkType } from '../../../lib/sctp/wire/registry.ts'
import { advance } from '../../../lib/sctp/wire/serial.ts'
import { Pair } from './pair.ts'

const BOTH = { client: { settings: { interleaving: true } }, server: { settings: { interleaving: true } } }

/** Fragment `n` of `count` of message `sequence`; one byte each, its number. */
function fragment(sequence: number, n: number, count: number, change: Partial<Data> = {}): Data {
  const flags = (n === 0 ? DataFlag.beginning : 0) | (n === count - 1 ? DataFlag.end : 0)
  return { flags, tsn: n, stream: 0, sequence, fragment: n, ppid: n === 0 ? 9 : 0, data: Uint8Array.of(n), ...change }
}

function assembly() {
  const out: Delivery[] = []
  return { it: new Interleaving(delivery => out.push(delivery)), out, told: () => out.map(({ sequence }) => sequence) }
}

describe('fragments', () => {
  test('of several messages in any order become messages, each stream in its own order', () => {
    const { it, out } = assembly()
    const unordered = { flags: DataFlag.unordered | DataFlag.end }
    const chunks = [
      fragment(1, 1, 2),
      fragment(0, 2, 3),
      fragment(0, 0, 1, { stream: 5 }),
      fragment(1, 0, 2),
      fragment(0, 0, 3),
      fragment(0, 1, 2, unordered),
      fragment(0, 1, 3),
      fragment(0, 0, 2, { flags: DataFlag.unordered | DataFlag.beginning }),
    ]
    for (const chunk of chunks) expect(it.add(chunk)).toBe(true)
    expect(out.map(({ stream, unordered, sequence, length }) => [stream, unordered, sequence, length])).toEqual([
      [5, false, 0, 1],
      [0, false, 0, 3],
      [0, false, 1, 2],
      [0, true, 0, 2],
    ])
    expect(out.every(({ ppid, first, last }) => ppid === 9 && first && last)).toBe(true)
    expect(it.bytes).toBe(0)
  })

  test.each<[string, Data[]]>([
    ['a first fragment with another number', [fragment(0, 3, 9, { flags: DataFlag.beginning })]],
    ['a later fragment with number 0', [fragment(0, 0, 9, { flags: 0 })]],
    ['the same number twice', [fragment(0, 1, 9), fragment(0, 1, 9)]],
    ['two ends', [fragment(0, 1, 2), fragment(0, 2, 3)]],
    ['an end before what has come', [fragment(0, 5, 9), fragment(0, 3, 4)]],
    ['something after the end', [fragment(0, 3, 4), fragment(0, 5, 9)]],
  ])('%s contradicts', (_name, chunks) => {
    const { it } = assembly()
    expect(chunks.map(chunk => it.add(chunk))).toEqual([...chunks.slice(1).map(() => true), false])
  })

  test('a message number whose turn is over leaves nothing', () => {
    const { it, told } = assembly()
    it.add(fragment(0, 0, 1))
    expect(it.add(fragment(0, 0, 1))).toBe(true)
    expect(it.add(fragment(0xffffffff, 0, 2))).toBe(true)
    expect([told(), it.bytes]).toEqual([[0], 0])
  })

  test('message numbers wrap', () => {
    const { it, told } = assembly()
    for (const sequence of [0x7fffffff, 0xfffffffd]) it.skip(0, [{ stream: 0, sequence, unordered: false }])
    for (const sequence of [0, 0xffffffff, 0xfffffffe]) it.add(fragment(sequence, 0, 1))
    expect(told()).toEqual([0xfffffffe, 0xffffffff, 0])
  })

  test('parts of several messages go up in turn, and what is given up is named', () => {
    const { it, out } = assembly()
    it.add(fragment(0, 0, 4))
    it.add(fragment(0, 0, 4, { stream: 1 }))
    it.deliverPartially(1)
    it.deliverPartially(1)
    it.add(fragment(0, 1, 4))
    it.add(fragment(0, 1, 4, { stream: 1 }))
    expect(out.map(({ stream, first, last }) => [stream, first, last])).toEqual([
      [0, true, false],
      [1, true, false],
      [0, false, false],
      [1, false, false],
    ])
    expect(it.delivering.length).toBe(2)
    const broken = it.skip(0, [{ stream: 1, sequence: 0, unordered: false }])
    expect(broken).toEqual([{ stream: 1, sequence: 0 }])
    it.add(fragment(0, 3, 4))
    it.add(fragment(0, 2, 4))
    expect(out.at(-1)).toMatchObject({ stream: 0, length: 2, first: false, last: true })
    expect([it.bytes, it.delivering]).toEqual([0, []])
  })

  test('skipping hands out what is complete and forgets the rest', () => {
    const { it, told } = assembly()
    it.add(fragment(3, 0, 1))
    it.add(fragment(1, 0, 1))
    it.add(fragment(2, 0, 5))
    it.add(fragment(4, 0, 1))
    it.add(fragment(7, 0, 5, { flags: DataFlag.unordered | DataFlag.beginning }))
    it.skip(0, [
      { stream: 0, sequence: 3, unordered: false },
      { stream: 0, sequence: 7, unordered: true },
    ])
    expect([told(), it.bytes]).toEqual([[1, 3, 4], 0])
  })

  test('a reset of streams gives their memory back', () => {
    const { it, told } = assembly()
    it.add(fragment(5, 0, 1))
    it.add(fragment(5, 0, 1, { stream: 1 }))
    it.resetStreams([0])
    expect(it.bytes).toBe(65)
    it.resetStreams([])
    expect(it.bytes).toBe(0)
    it.add(fragment(0, 0, 1))
    expect(told()).toEqual([0])
  })
})

describe('schedules', () => {
  function turns(scheduler: Scheduler, interleaved: boolean, priorities = new Map<number, number>()): string {
    const queue = new OutgoingQueue(interleaved, { scheduler, priorities })
    for (const [stream, length] of [
      [1, 3],
      [1, 1],
      [2, 2],
      [3, 1],
    ] as const) {
      queue.push(new Outgoing(message(stream, length)))
    }
    let order = ''
    for (let first = queue.first; first !== undefined; first = queue.first) {
      order += first.message.stream
      first.cut++
      queue.took(1)
    }
    expect([queue.bytes, queue.length]).toEqual([0, 0])
    return order
  }

  test.each<[Scheduler, boolean, string]>([
    ['first come', false, '1111223'],
    ['first come', true, '1111223'],
    ['round robin', false, '1112231'],
    ['round robin', true, '1231211'],
  ])('%s, interleaved %s', (scheduler, interleaved, order) => expect(turns(scheduler, interleaved)).toBe(order))

  test.each([
    [false, '2231111'],
    [true, '2231111'],
  ])('priority, interleaved %s: lower numbers first', (interleaved, order) => {
    const priorities = new Map([
      [1, 9],
      [2, 1],
      [3, 5],
    ])
    expect(turns('priority', interleaved, priorities)).toBe(order)
  })

  test('another schedule keeps what waits, and what has been begun is finished first', () => {
    const queue = new OutgoingQueue(false)
    for (const stream of [1, 2, 1]) queue.push(new Outgoing(message(stream, 2)))
    const { first } = queue
    if (first === undefined) throw new Error('nothing waits')
    first.cut++
    queue.took(1)
    queue.reschedule({ scheduler: 'priority', priorities: new Map([[1, 5]]) })
    expect(queue.first).toBe(first)
    first.cut++
    queue.took(1)
    expect([queue.first?.message.stream, queue.length, queue.bytes]).toEqual([2, 2, 4])
  })
})

describe('an association', () => {
  test('with interleaving at both ends a short message overtakes a long one', () => {
    const schedule = { scheduler: 'round robin' as const, priorities: new Map<number, number>() }
    const settings = { interleaving: true, schedule }
    const pair = new Pair({ seed: 'overtake', client: { settings }, server: { settings } })
    const types = sent(pair)
    expect(pair.connect()).toBe(true)
    pair.client.send(new Uint8Array(60_000).fill(1), { stream: 1 })
    pair.client.send(Uint8Array.of(2), { stream: 2 })
    expect(pair.until(() => pair.server.received.length === 2)).toBe(true)
    expect(pair.server.received.map(({ stream }) => stream)).toEqual([2, 1])
    expect([types.has(ChunkType.iData), types.has(ChunkType.data)]).toEqual([true, false])
  })

  test('without it at one end DATA is what travels, in order of arrival', () => {
    const pair = new Pair({ seed: 'plain', client: { settings: { interleaving: true } } })
    const types = sent(pair)
    expect(pair.connect()).toBe(true)
    pair.client.send(new Uint8Array(60_000).fill(1), { stream: 1 })
    pair.client.send(Uint8Array.of(2), { stream: 2 })
    expect(pair.until(() => pair.server.received.length === 2)).toBe(true)
    expect(pair.server.received.map(({ stream }) => stream)).toEqual([1, 2])
    expect([types.has(ChunkType.iData), types.has(ChunkType.data)]).toEqual([false, true])
  })

  test('abandoned messages are skipped with I-FORWARD-TSN, unordered ones too', () => {
    const schedule = { scheduler: 'round robin' as const, priorities: new Map<number, number>() }
    const settings = { interleaving: true, schedule }
    const pair = new Pair({ seed: 'abandon', client: { settings }, server: { settings } })
    const types = sent(pair)
    expect(pair.connect()).toBe(true)
    pair.network.configure({ loss: 1 }, { from: '10.0.0.1', to: '10.0.0.2' })
    const reliability = { kind: 'until', time: pair.clock.now() + 500 } as const
    pair.client.send(new Uint8Array(9000), { reliability, stream: 3 })
    pair.client.send(new Uint8Array(9000), { reliability, stream: 4, unordered: true })
    pair.client.send(Uint8Array.of(7), { stream: 3 })
    pair.clock.advanceBy(600)
    pair.network.configure({ loss: 0 }, { from: '10.0.0.1', to: '10.0.0.2' })
    expect(pair.until(() => pair.client.association?.dry === true)).toBe(true)
    expect(pair.server.received.map(({ data }) => [...data])).toEqual([[7]])
    expect(types.has(ChunkType.iForwardTsn)).toBe(true)
    expect(types.has(ChunkType.forwardTsn)).toBe(false)
    expect(pair.client.kinds().filter(kind => kind === 'send failed').length).toBe(2)
  })

  test('the kind of DATA that was not agreed on ends it (RFC 8260 section 2.2.1)', () => {
    const pair = new Pair({ seed: 'kinds', ...BOTH })
    expect(pair.connect()).toBe(true)
    const { server, client } = pair
    const tag = server.association?.local.tag ?? 0
    const tsn = advance(server.association?.receiver?.cumulative ?? 0)
    const header = { sourcePort: client.association?.localPort ?? 0, destinationPort: 5000, tag }
    const chunk = new Uint8Array(20)
    chunk.set([0, 3, 0, 17, tsn >>> 24, tsn >>> 16, tsn >>> 8, tsn])
    pair.network.inject(writePacket(header, [chunk]), { from: '10.0.0.1', to: '10.0.0.2' })
    expect(pair.until(() => server.state === 'closed', 1000)).toBe(true)
  })

  test('I-DATA and I-FORWARD-TSN are unknown chunks to who has not agreed', () => {
    const pair = new Pair({ seed: 'unknown' })
    expect(pair.connect()).toBe(true)
    const tag = pair.server.association?.local.tag ?? 0
    const header = { sourcePort: pair.client.association?.localPort ?? 0, destinationPort: 5000, tag }
    const iData = I_DATA.write(fragment(0, 0, 1))
    const skip = I_FORWARD_TSN.write({ cumulative: 5, streams: [] })
    pair.network.inject(writePacket(header, [iData]), { from: '10.0.0.1', to: '10.0.0.2' })
    pair.network.inject(writePacket(header, [skip]), { from: '10.0.0.1', to: '10.0.0.2' })
    pair.clock.advanceBy(100)
    expect(pair.client.kinds().filter(kind => kind === 'remote error').length).toBe(2)
    expect(pair.server.state).toBe('established')
  })
})

/** Types of the chunks that go over the network from now on. */
function sent(pair: Pair): Set<number> {
  const types = new Set<number>()
  pair.network.trace = ({ fate, bytes }) => {
    const packet = fate === 'sent' ? readPacket(bytes) : 'malformed'
    if (typeof packet !== 'string') for (const { type } of packet.chunks) types.add(type)
  }
  return types
}

function message(stream: number, length: number) {
  return {
    stream,
    ppid: 0,
    context: 0,
    unordered: false,
    immediate: false,
    reliability: { kind: 'full' as const },
    key: 0,
    flags: 0,
    data: new Uint8Array(length),
  }
}
