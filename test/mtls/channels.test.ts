import { describe, expect, test } from '@jest/globals'
import { concat, fromHex, utf8 } from '../../lib/base/bytes.ts'
import { ChannelIds } from '../../lib/mtls/channel-ids.ts'
import { encodeMessage, encodePlaintext, type Message } from '../../lib/mtls/messages.ts'
import type { MultiplexerOptions } from '../../lib/mtls/options.ts'
import { SeededSource } from '../../lib/sim.ts'
import { drain, HERE, Line, THERE } from './line.ts'

const text = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString())
const send = (line: Line, message: Message) => line.server.mux.receive(encodeMessage(message))

describe('opening', () => {
  test('asked for, let in, and both sides know who wanted to go where', () => {
    const line = new Line()
    const ours = line.client.mux.open(HERE, THERE)
    expect([ours?.state, ours?.id]).toEqual(['opening', null])
    line.run()
    const [request] = line.server.requests
    expect([request?.source, request?.destination]).toEqual([HERE, THERE])
    const theirs = request?.accept()
    expect(request?.accept()).toBeNull()
    line.run()
    expect(line.client.events).toEqual(['open'])
    expect([ours?.state, theirs?.state]).toEqual(['open', 'open'])
    expect(ours?.id).toBe(theirs?.id)
    expect(theirs?.destination).toEqual(THERE)
  })

  test('refused, with the reason', () => {
    const line = new Line()
    const ours = line.client.mux.open(HERE, THERE)
    line.run()
    line.server.requests[0]?.refuse('nobody listens at port 80')
    line.run()
    expect(line.client.events).toEqual(['refused: nobody listens at port 80'])
    expect([ours?.state, ours?.cause, ours?.write(utf8('x'))]).toEqual(['closed', 'refused', -1])
    expect(line.server.requests[0]?.accept()).toBeNull()
  })

  test('an address longer than any is refused: what is asked for is kept until the program has answered', () => {
    const line = new Line()
    line.client.mux.open({ ...HERE, address: 'a'.repeat(255) }, THERE)
    line.client.mux.open(HERE, { ...THERE, address: 'a'.repeat(256) })
    line.run()
    expect(line.client.events).toEqual(['refused: an address of more than 255 characters'])
    expect(line.server.requests).toHaveLength(1)
  })

  test('a side without onRequest refuses all', () => {
    const line = new Line({ server: { events: {} } })
    line.client.mux.open(HERE, THERE)
    line.run()
    expect(line.client.events).toEqual(['refused: no channels are taken here'])
  })

  test('data may be written before the answer; it leaves when there is one', () => {
    const line = new Line()
    const ours = line.client.mux.open(HERE, THERE)
    expect(ours?.write(utf8('early'))).toBe(5)
    line.run()
    const [theirs] = line.server.acceptAll()
    line.run()
    expect(text(theirs?.read() ?? null)).toBe('early')
  })

  test('many at once, from both sides, and no two with one id', () => {
    const line = new Line()
    for (let i = 0; i < 500; i++) {
      line.client.mux.open(HERE, THERE)
      line.server.mux.open(THERE, HERE)
    }
    line.run()
    line.client.acceptAll()
    line.server.acceptAll()
    line.run()
    const ids = line.client.mux.channels.map(({ id }) => id)
    expect(new Set(ids).size).toBe(1000)
    expect(new Set(line.server.mux.channels.map(({ id }) => id))).toEqual(new Set(ids))
  })

  test('as many as there may be, and the next are refused', () => {
    const line = new Line({ client: { maxChannels: 20 }, server: { maxChannels: 10 } })
    const asked = Array.from({ length: 21 }, () => line.client.mux.open(HERE, THERE))
    expect(asked.filter(channel => channel === null)).toHaveLength(1)
    line.run()
    expect(line.server.requests).toHaveLength(10)
    expect(line.client.events).toEqual(Array(10).fill('refused: too many channels'))
  })

  test('one that is closed before it is answered is closed when it is', () => {
    const line = new Line()
    const ours = line.client.mux.open(HERE, THERE)
    line.run()
    ours?.close()
    const [theirs] = line.server.acceptAll()
    line.run()
    expect([ours?.state, theirs?.state, theirs?.cause]).toEqual(['closed', 'closed', 'peer'])
    expect([line.client.mux.channels, line.server.mux.channels]).toEqual([[], []])
    expect(line.client.events).toEqual([])
  })

  test('a place is free again when its channel is gone on both sides', () => {
    const line = new Line({ client: { maxChannels: 2 }, server: { maxChannels: 2 } })
    for (let i = 0; i < 20; i++) {
      const pairs = [line.open(), line.open()]
      expect(line.client.mux.open(HERE, THERE)).toBeNull()
      for (const { ours } of pairs) ours.close()
      expect(line.client.mux.open(HERE, THERE)).toBeNull()
      line.run()
    }
  })

  test.each(['client', 'server'] as const)('the %s has 32,768 halves of ids, each to be used again', role => {
    const ids = new ChannelIds(role)
    const all = Array.from({ length: 0x8000 }, () => ids.request())
    expect(new Set(all).size).toBe(0x8000)
    expect(all.every(id => id !== null && id % 2 === Number(role === 'server'))).toBe(true)
    expect(ids.request()).toBeNull()
    ids.release(all[7] ?? -1)
    expect(ids.request()).toBe(all[7])
    const taken = new Set([0x50000, 0x50001])
    const answer = ids.answer(5, id => taken.has(id))
    expect(answer === null || taken.has(0x50000 + answer)).toBe(false)
    expect(ids.answer(5, () => true)).toBeNull()
  })
})

describe('closing', () => {
  test('the peer confirms, discards what it would have written, and can read what had come', () => {
    const line = new Line()
    const { ours, theirs } = line.open()
    ours.write(utf8('last words'))
    line.run()
    theirs.write(utf8('never sent'))
    ours.close()
    expect(ours.state).toBe('closing')
    line.carry(line.client, line.server)
    expect([theirs.state, theirs.queued, theirs.write(utf8('x'))]).toEqual(['closed', 0, -1])
    expect(line.server.events).toEqual(['peer'])
    expect(text(theirs.read())).toBe('last words')
    line.run()
    expect([ours.state, ours.cause, ours.read()]).toEqual(['closed', 'closed', null])
  })

  test('what comes after the request is ignored', () => {
    const line = new Line()
    const { ours, theirs } = line.open()
    theirs.write(utf8('too late'))
    ours.close()
    line.carry(line.server, line.client)
    line.run()
    expect([ours.read(), line.client.readable.size]).toEqual([null, 0])
  })

  test('both at once: each confirms, and both are gone', () => {
    const line = new Line()
    const { ours, theirs } = line.open()
    ours.close()
    theirs.close()
    line.run()
    expect([ours.state, theirs.state]).toEqual(['closed', 'closed'])
    expect([...line.client.events, ...line.server.events]).toEqual(['open'])
  })

  test('a closure and its confirmation need no window', () => {
    const line = new Line({ server: { windowLength: 10 } })
    const { ours, theirs } = line.open()
    ours.write(new Uint8Array(100))
    line.run()
    expect(ours.sendSpace).toBe(0)
    ours.close()
    line.run()
    expect([ours.state, theirs.state]).toEqual(['closed', 'closed'])
  })

  test('the end of the session closes all; what had come can be read', () => {
    const line = new Line()
    const { ours, theirs } = line.open()
    ours.write(utf8('last words'))
    line.run()
    line.server.mux.end()
    expect([theirs.state, theirs.cause, text(theirs.read())]).toEqual(['closed', 'session', 'last words'])
    expect([line.server.mux.failure, line.server.mux.open(HERE, THERE)]).toEqual([null, null])
    expect(line.server.mux.takeOutput()).toBeNull()
  })
})

describe('data', () => {
  test('goes to its own channel, in both directions, in order', () => {
    const line = new Line({ seed: 3 })
    const pairs = Array.from({ length: 10 }, () => line.open())
    for (let round = 0; round < 50; round++) {
      for (const [i, { ours, theirs }] of pairs.entries()) {
        ours.write(utf8(`${i}.${round};`))
        theirs.write(utf8(`${round}.${i};`))
      }
    }
    line.run()
    for (const [i, { ours, theirs }] of pairs.entries()) {
      const rounds = Array.from({ length: 50 }, (_, round) => round)
      expect(text(concat(...drain(theirs)))).toBe(rounds.map(round => `${i}.${round};`).join(''))
      expect(text(concat(...drain(ours)))).toBe(rounds.map(round => `${round}.${i};`).join(''))
    }
  })

  test('several messages share a record, and no channel waits for another', () => {
    const line = new Line()
    const [loud, quiet] = [line.open(), line.open()]
    loud.ours.write(new Uint8Array(60_000))
    quiet.ours.write(utf8('a word'))
    const first = line.client.mux.takeOutput()
    // The loud one has its turn, then what is left of the record is too little: the quiet one is in the next.
    const second = line.client.mux.takeOutput()
    expect([first?.length, second?.subarray(9, 15)]).toEqual([16_384, utf8('a word')])
    for (const { ours } of [loud, quiet]) expect(ours.state).toBe('open')
    quiet.ours.write(utf8('one'))
    loud.ours.write(utf8('two'))
  })

  test('a record is never longer than asked for', () => {
    const line = new Line()
    const { ours, theirs } = line.open()
    const sent = Uint8Array.from({ length: 5000 }, (_, i) => i & 0xff)
    ours.write(sent)
    for (let bytes = line.client.mux.takeOutput(100); bytes !== null; bytes = line.client.mux.takeOutput(100)) {
      expect(bytes.length).toBeLessThanOrEqual(100)
      line.server.mux.receive(bytes)
    }
    expect(concat(...drain(theirs))).toEqual(sent)
  })

  test('a write takes what the send buffer has room for, and tells when there is more', () => {
    const line = new Line({ client: { sendBuffer: 1000 }, server: { windowLength: 300 } })
    const { ours, theirs } = line.open()
    expect([ours.write(new Uint8Array(800)), ours.write(new Uint8Array(800)), ours.write(new Uint8Array(1))]).toEqual([
      800, 200, 0,
    ])
    expect(line.client.writable.size).toBe(0)
    line.run()
    expect([...line.client.writable]).toEqual([ours])
    expect([ours.queued, theirs.pending]).toEqual([700, 300])
  })

  test('of a datagram carrier: a message is whole or not at all, and its length is bounded', () => {
    const line = new Line({ carrier: 'datagram', client: { maxRecord: 1000 }, server: { windowLength: 3000 } })
    const { ours, theirs } = line.open()
    // Section 2.3: smaller than the record size less 9.
    expect(ours.maxPacketLength).toBe(990)
    expect([ours.write(new Uint8Array(991)), ours.write(new Uint8Array(990)), ours.write(utf8('short'))]).toEqual([
      -1, 990, 5,
    ])
    expect(line.client.mux.takeDatagram(1000)).toHaveLength(999)
    line.run()
    expect(drain(theirs).map(({ length }) => length)).toEqual([5])
  })

  test('of a datagram carrier: one that the path has become too short for is dropped, not waited for', () => {
    const line = new Line({ carrier: 'datagram' })
    const { ours } = line.open()
    ours.write(new Uint8Array(1000))
    ours.write(utf8('short'))
    expect(line.client.mux.takeDatagram(500)).toHaveLength(14)
    expect([ours.dropped, ours.queued]).toEqual([1, 0])
  })

  test('the peer may make packets longer and shorter, as far as its buffer has room', () => {
    const line = new Line({ server: { windowLength: 1000, maxPacketLength: 100 } })
    const { ours, theirs } = line.open()
    expect(ours.maxPacketLength).toBe(100)
    expect([theirs.setMaxPacketLength(1001), theirs.setMaxPacketLength(500)]).toEqual([false, true])
    line.run()
    expect(ours.maxPacketLength).toBe(500)
    ours.write(new Uint8Array(600))
    line.run()
    expect([theirs.setMaxPacketLength(500), theirs.setMaxPacketLength(400)]).toEqual([false, true])
  })
})

test.each<Partial<MultiplexerOptions>>([
  { windowLength: -1 },
  { windowLength: 2 ** 32 },
  { windowLength: 10, maxPacketLength: 11 },
  { maxPacketLength: 0.5 },
  { maxRecord: 10, carrier: 'datagram' },
  { maxRecord: 2 ** 14 + 1 },
  { sendBuffer: 0 },
])("limits that make no sense are the program's mistake: %j", limits => {
  expect(() => new Line({ client: limits })).toThrow(RangeError)
})

describe('a peer that breaks the rules', () => {
  const at = (line: Line) => ({ ...line.open(), other: line.open() })

  /** The channel is closed with its reason, the other one and the session live. */
  function expectClosed(line: Line, { theirs, other }: ReturnType<typeof at>, reason: RegExp): void {
    expect([theirs.state, theirs.cause]).toEqual(['closing', 'violation'])
    expect(theirs.reason).toMatch(reason)
    expect(line.server.events).toEqual([`violation: ${theirs.reason}`])
    line.run()
    expect([theirs.state, line.server.mux.failure]).toEqual(['closed', null])
    other.ours.write(utf8('still here'))
    line.run()
    expect(text(other.theirs.read())).toBe('still here')
  }

  test('more data than the window has', () => {
    const line = new Line({ server: { windowLength: 100, maxPacketLength: 60 } })
    const channels = at(line)
    const id = channels.theirs.id ?? 0
    for (const length of [60, 40, 1]) line.server.mux.receive(encodePlaintext(id, new Uint8Array(length)))
    expectClosed(line, channels, /1 octets of data, which are more than the window/)
  })

  test('a packet longer than it may be, and its bytes are passed over', () => {
    const line = new Line({ server: { windowLength: 100, maxPacketLength: 60 } })
    const channels = at(line)
    const message = encodePlaintext(channels.theirs.id ?? 0, new Uint8Array(61))
    line.server.mux.receive(concat(message, encodePlaintext(channels.other.theirs.id ?? 0, utf8('next'))))
    expect(text(channels.other.theirs.read())).toBe('next')
    expectClosed(line, channels, /61 octets/)
  })

  test('a window that outgrows 32 bits', () => {
    const line = new Line()
    const channels = at(line)
    send(line, { type: 8, channelId: channels.theirs.id ?? 0, freeSpace: 0xffffffff })
    expectClosed(line, channels, /32 bits/)
  })

  test.each([
    ['a close request that is longer than it is', '04 0008 ID 00'],
    ['a confirmation that is longer', '05 0009 ID 0000'],
    ['an acknowledgment without its number', '08 0007 ID'],
    ['a packet length of three octets', '07 000a ID 000001'],
  ])('%s', (_name, hex) => {
    const line = new Line()
    const channels = at(line)
    const id = (channels.theirs.id ?? 0).toString(16).padStart(8, '0')
    line.server.mux.receive(fromHex(hex.replace('ID', id)))
    expectClosed(line, channels, /malformed/)
  })

  test('a malformed request is refused; a malformed answer is the end of what was asked for', () => {
    const line = new Line()
    const ours = line.server.mux.open(HERE, THERE)
    line.server.mux.takeOutput()
    line.server.mux.receive(fromHex('01 0007 0008 0000  02 0008 0001 0000 00  03 0003  02 0005 0001'))
    expect([ours?.state, line.server.events]).toEqual(['closed', ['violation: a malformed message']])
    expect(line.server.mux.takeOutput()).toEqual(
      encodeMessage({ type: 3, senderChannelId: 8, error: 'a malformed message' }),
    )
  })

  test('data on the control connection of a datagram carrier', () => {
    const line = new Line({ carrier: 'datagram' })
    const { theirs } = line.open()
    line.server.mux.receive(encodePlaintext(theirs.id ?? 0, utf8('here')))
    expect([theirs.cause, theirs.reason]).toEqual(['violation', 'data on the control connection'])
  })

  test('control messages in a datagram are dropped with what follows them', () => {
    const line = new Line({ carrier: 'datagram' })
    const { theirs } = line.open()
    const id = theirs.id ?? 0
    const datagram = concat(
      encodePlaintext(id, utf8('one')),
      encodeMessage({ type: 4, channelId: id }),
      encodePlaintext(id, utf8('two')),
    )
    line.server.mux.receiveDatagram(datagram)
    expect([theirs.state, drain(theirs).map(text)]).toEqual(['open', ['one']])
    for (const cut of [datagram.subarray(0, 5), datagram.subarray(0, 11), new Uint8Array(0)])
      line.server.mux.receiveDatagram(cut)
    expect(drain(theirs)).toEqual([])
  })

  test('a maximum beyond the window: refused in a request, a fault in an answer', () => {
    const line = new Line()
    const limits = { windowLength: 10, maxPacketLength: 11 }
    send(line, { type: 1, senderChannelId: 8, ...limits, source: HERE, destination: THERE })
    expect(line.server.requests).toEqual([])
    expect(line.server.mux.takeOutput()?.[0]).toBe(3)

    const ours = line.client.mux.open(HERE, THERE)
    line.client.mux.receive(encodeMessage({ type: 2, senderChannelId: 0, receiverChannelId: 1, ...limits }))
    expect([ours?.state, ours?.cause]).toEqual(['closing', 'violation'])
  })

  test('an id that is taken is no second channel, and the one that has it lives', () => {
    const line = new Line()
    const ours = line.client.mux.open(HERE, THERE)
    // The peer asks with the very number that this side has asked with, and answers with the one that it was answered with.
    const limits = { windowLength: 100, maxPacketLength: 10 }
    const request = encodeMessage({ type: 1, senderChannelId: 0, ...limits, source: THERE, destination: HERE })
    line.client.mux.receive(request)
    const [theirs] = line.client.acceptAll()
    expect(theirs?.id).toBe(0x00000002)
    line.client.mux.receive(encodeMessage({ type: 2, senderChannelId: 0, receiverChannelId: 2, ...limits }))
    expect([ours?.state, ours?.cause, ours?.reason]).toEqual([
      'closed',
      'violation',
      'the peer chose a channel id that is taken',
    ])
    line.client.mux.receive(encodePlaintext(2, utf8('whose?')))
    expect(text(theirs?.read() ?? null)).toBe('whose?')
  })

  test('a sender_channel_id used twice gets two channels with two ids', () => {
    const line = new Line()
    const request = { windowLength: 10, maxPacketLength: 10, source: HERE, destination: THERE }
    for (let i = 0; i < 2; i++) send(line, { type: 1, senderChannelId: 4, ...request })
    const [first, second] = line.server.acceptAll()
    expect(first?.id).not.toBe(second?.id)
  })

  test('messages of channels that are not, or not yet, change nothing and are not answered', () => {
    const line = new Line()
    const { theirs } = line.open()
    const none = 0x00040001
    send(line, { type: 4, channelId: none })
    send(line, { type: 5, channelId: none })
    send(line, { type: 5, channelId: theirs.id ?? 0 })
    send(line, { type: 7, channelId: none, maxPacketLength: 1 })
    send(line, { type: 8, channelId: none, freeSpace: 1 })
    send(line, { type: 2, senderChannelId: 9, receiverChannelId: 9, windowLength: 1, maxPacketLength: 1 })
    send(line, { type: 3, senderChannelId: 9, error: 'what?' })
    line.server.mux.receive(encodePlaintext(none, utf8('to nobody')))
    expect([line.server.mux.takeOutput(), line.server.events, theirs.state]).toEqual([null, [], 'open'])
  })

  test('a length that hides where the next message begins is the end of the session', () => {
    const line = new Line()
    const { theirs } = line.open()
    line.server.mux.receive(fromHex('04 0001 00'))
    expect(line.server.mux.failure?.reason).toBe('length-mismatch')
    expect([theirs.state, theirs.cause, line.server.events]).toEqual([
      'closed',
      'session',
      ['session', 'failed: length-mismatch'],
    ])
  })

  test('who does not read its answers is not read any more', () => {
    const line = new Line({ server: { events: {} } })
    const request = { windowLength: 0, maxPacketLength: 0, source: HERE, destination: THERE }
    let sent = 0
    while (line.server.mux.wantsInput && sent < 100_000) {
      send(line, { type: 1, senderChannelId: sent++ & 0xffff, ...request })
    }
    expect(sent).toBeLessThan(5000)
    while (line.server.mux.takeOutput() !== null);
    expect(line.server.mux.wantsInput).toBe(true)
  })

  test('packets of one octet cost no more than they hold', () => {
    const line = new Line()
    const { theirs } = line.open()
    const one = encodePlaintext(theirs.id ?? 0, Uint8Array.of(7))
    for (let i = 0; i < 65_536; i++) line.server.mux.receive(one)
    expect(drain(theirs).map(({ length }) => length)).toEqual(Array(64).fill(1024))
  })

  test.each([0, 1, 2, 3, 4, 5])('%d: says anything at all, well formed, in any order', seed => {
    const source = new SeededSource(`mtls peer ${seed}`)
    const line = new Line({ seed, carrier: seed % 2 === 0 ? 'stream' : 'datagram', server: { maxChannels: 20 } })
    for (let i = 0; i < 6; i++) line.open()
    const small = () => source.integer(8)
    const number = () => (source.chance(0.5) ? source.integer(2000) : source.integer(2 ** 32))
    const id = () => small() * 0x10000 + small()
    const limits = () => ({ windowLength: number(), maxPacketLength: number() })
    const messages: (() => Uint8Array)[] = [
      () => encodeMessage({ type: 1, senderChannelId: small(), ...limits(), source: HERE, destination: THERE }),
      () => encodeMessage({ type: 2, senderChannelId: small(), receiverChannelId: small(), ...limits() }),
      () => encodeMessage({ type: 3, senderChannelId: small(), error: 'because' }),
      () => encodeMessage({ type: 4, channelId: id() }),
      () => encodeMessage({ type: 5, channelId: id() }),
      () => encodePlaintext(id(), source.bytes(source.integer(300))),
      () => encodeMessage({ type: 7, channelId: id(), maxPacketLength: number() }),
      () => encodeMessage({ type: 8, channelId: id(), freeSpace: number() }),
    ]
    const { mux } = line.server
    for (let i = 0; i < 1000; i++) {
      const message = messages[source.integer(messages.length)]?.() ?? new Uint8Array(0)
      if (source.chance(0.8)) mux.receive(message)
      else mux.receiveDatagram(message)
      if (source.chance(0.3)) line.server.acceptAll()
      if (source.chance(0.1)) mux.open(HERE, THERE)
      const channel = mux.channels[source.integer(20)]
      if (source.chance(0.3)) channel?.write(source.bytes(source.integer(500)))
      if (source.chance(0.3)) channel?.read()
      if (source.chance(0.05)) channel?.close()
      if (source.chance(0.5)) while (mux.takeOutput() !== null || mux.takeDatagram() !== null);
      const all = mux.channels
      if (all.length > 20 || all.some(one => one.receiving.freeSpace < 0 || one.sendSpace < 0))
        throw new Error(`at ${i}`)
    }
    expect(mux.failure).toBeNull()
    const ids = mux.channels.map(one => one.id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})
