import { describe, expect, test } from '@jest/globals'
import { concat } from '../../../lib/base/bytes.ts'
import type { Settings } from '../../../lib/sctp/settings.ts'
import { writeAbort, writeShutdown } from '../../../lib/sctp/wire/control.ts'
import { DATA, type Data } from '../../../lib/sctp/wire/data.ts'
import { FORWARD_TSN } from '../../../lib/sctp/wire/forward-tsn.ts'
import { type Init, writeInit } from '../../../lib/sctp/wire/init.ts'
import { COMMON_HEADER, type Packet, readPacket, seal, writeChunk, writePacket } from '../../../lib/sctp/wire/packet.ts'
import { ChunkType } from '../../../lib/sctp/wire/registry.ts'
import { writeSack } from '../../../lib/sctp/wire/sack.ts'
import { advance } from '../../../lib/sctp/wire/serial.ts'
import { SeededSource } from '../../../lib/simulator/source.ts'
import { type Host, Pair } from './pair.ts'

/** More by hand: SCTP_MUTATIONS=1000000 npm run -s jest -- test/sctp/userland/hostile */
const MUTATIONS = Number(process.env.SCTP_MUTATIONS ?? 4000)

const INIT: Init = {
  tag: 77,
  window: 65536,
  outbound: 10,
  inbound: 10,
  tsn: 1,
  addresses: [],
  addressTypes: null,
  partialReliability: true,
  extensions: [],
  auth: null,
  adaptation: null,
  cookie: null,
}

function established(seed: number | string = 'hostile', settings = {}) {
  const pair = new Pair({ seed, client: { settings }, server: { settings } })
  expect(pair.connect()).toBe(true)
  const association = pair.server.association
  const peer = pair.client.association
  if (association === null || peer === null) throw new Error('no association')
  const header = { sourcePort: peer.localPort, destinationPort: 5000, tag: association.local.tag }
  const inject = (...chunks: readonly Uint8Array[]) => injectAs(header, ...chunks)
  const injectAs = (as: typeof header, ...chunks: readonly Uint8Array[]) => {
    pair.network.inject(writePacket(as, chunks), { from: '10.0.0.1', to: '10.0.0.2' })
    pair.clock.advanceBy(50)
  }
  /** The client hears nothing any more: it would abort when it is acknowledged what an attacker has sent. */
  const deafen = () => pair.network.configure({ loss: 1 }, { from: '10.0.0.2', to: '10.0.0.1' })
  /** What the server sends from now on. */
  const answers: Packet[] = []
  pair.network.trace = ({ fate, from, bytes }) => {
    const packet = fate === 'sent' && from === '10.0.0.2' ? readPacket(bytes) : 'malformed'
    if (typeof packet !== 'string') answers.push(packet)
  }
  const nextTsn = () => association.receiver?.cumulative ?? 0
  return {
    pair,
    association,
    header,
    inject,
    injectAs,
    answers,
    deafen,
    tsn: (ahead: number) => advance(nextTsn(), ahead),
  }
}

function data(tsn: number, change: Partial<Data> = {}): Uint8Array {
  return DATA.write({ flags: 3, tsn, stream: 0, sequence: 0, fragment: 0, ppid: 0, data: Uint8Array.of(1), ...change })
}

function typesOf(packets: readonly Packet[]): number[] {
  return packets.flatMap(({ chunks }) => chunks.map(({ type }) => type))
}

describe('set-up', () => {
  test('a flood of INITs keeps no state, and every answer fits the question', () => {
    const pair = new Pair({ seed: 'flood' })
    let answers = 0
    pair.network.trace = ({ fate, from }) => {
      if (fate === 'sent' && from === '10.0.0.2') answers++
    }
    for (let i = 0; i < 2000; i++) {
      const header = { sourcePort: 1 + i, destinationPort: 5000, tag: 0 }
      const packet = writePacket(header, [writeInit(ChunkType.init, { ...INIT, tag: i + 1 })])
      pair.network.inject(packet, { from: `192.0.2.${i % 250}`, to: '10.0.0.2' })
      pair.clock.advanceBy(20)
    }
    expect(answers).toBe(2000)
    expect(pair.server.stack.associations).toBe(0)
    expect(pair.server.stack.nextDeadline()).toBe(null)
    expect(pair.connect()).toBe(true)
  })

  test('a cookie that was changed, or came elsewhere, is nothing', () => {
    const pair = new Pair({ seed: 'cookie' })
    const seen: Uint8Array[] = []
    pair.network.interfere = ({ bytes }) => {
      if (bytes[12] === ChunkType.cookieEcho) {
        seen.push(bytes)
        return []
      }
      return null
    }
    pair.client.connect(5000, ['10.0.0.2'])
    pair.until(() => seen.length > 0)
    const [echo] = seen
    if (echo === undefined) throw new Error('no cookie')
    pair.network.interfere = null
    for (let at = COMMON_HEADER + 4; at < echo.length; at += 7) {
      const wrong = echo.slice()
      wrong[at] = (wrong[at] ?? 0) ^ 1
      seal(wrong)
      pair.server.stack.receive(wrong, { address: '10.0.0.1', port: 0, destination: '10.0.0.2' })
    }
    const elsewhere = echo.slice()
    elsewhere[1] = (elsewhere[1] ?? 0) ^ 1
    seal(elsewhere)
    pair.server.stack.receive(elsewhere, { address: '10.0.0.1', port: 0, destination: '10.0.0.2' })
    expect(pair.server.stack.associations).toBe(0)
    expect(pair.server.stack.discards.cookie).toBe(Math.ceil((echo.length - 16) / 7) + 1)
    pair.server.stack.receive(echo, { address: '10.0.0.1', port: 0, destination: '10.0.0.2' })
    expect(pair.server.stack.associations).toBe(1)
  })

  test('a cookie that is too old is answered with an error', () => {
    const pair = new Pair({ seed: 'stale', server: { settings: { cookieLife: 500 } } })
    let held = true
    pair.network.interfere = ({ bytes }) => (bytes[12] === ChunkType.cookieEcho && held ? [] : null)
    const stale: boolean[] = []
    pair.network.trace = ({ fate, bytes }) => {
      if (fate === 'sent' && bytes[12] === ChunkType.error && bytes[17] === 3) stale.push(true)
    }
    pair.client.connect(5000, ['10.0.0.2'])
    pair.clock.advanceBy(900)
    held = false
    expect(pair.until(() => pair.client.state === 'established')).toBe(true)
    expect(stale).toEqual([true])
  })

  test.each([
    ['tag 0', { tag: 0 }, 0],
    ['no streams out', { outbound: 0 }, 1],
    ['no streams in', { inbound: 0 }, 1],
    ['a window of 1499 bytes', { window: 1499 }, 1],
  ])('an INIT with %s is refused', (_name, change, aborts) => {
    const { pair, injectAs, header, answers } = established()
    injectAs({ ...header, sourcePort: 4000, tag: 0 }, writeInit(ChunkType.init, { ...INIT, ...change }))
    expect(typesOf(answers)).toEqual(Array(aborts).fill(ChunkType.abort))
    expect(pair.server.stack.associations).toBe(1)
  })

  test('an INIT with company, or with a tag, is nothing', () => {
    const { injectAs, header, answers } = established()
    const init = writeInit(ChunkType.init, INIT)
    injectAs({ ...header, sourcePort: 4000, tag: 0 }, init, writeChunk(ChunkType.cookieAck, 0))
    injectAs({ ...header, sourcePort: 4000, tag: 5 }, init)
    expect(answers).toEqual([])
  })

  test('a restart may not bring new addresses (RFC 9260 section 5.2.2)', () => {
    const { injectAs, header, answers, association } = established()
    injectAs({ ...header, tag: 0 }, writeInit(ChunkType.init, { ...INIT, addresses: ['192.0.2.66'] }))
    expect(typesOf(answers)).toEqual([ChunkType.abort])
    expect(answers[0]?.tag).toBe(INIT.tag)
    expect(association.state).toBe('established')
  })

  test('a peer that has forgotten everything begins anew', () => {
    const { pair, association } = established()
    const [before] = pair.client.stack.associations ? [pair.client.association] : []
    before?.dismiss()
    const again = pair.client.stack.connect(before?.localPort ?? 0, 5000, ['10.0.0.2'], pair.client.owner, pair.client)
    pair.client.association = again
    expect(pair.until(() => again?.state === 'established')).toBe(true)
    expect(pair.server.events.filter(event => event.kind === 'up').map(event => event.restarted)).toEqual([false, true])
    pair.client.send(Uint8Array.of(1))
    expect(pair.until(() => pair.server.received.length === 1)).toBe(true)
    expect(pair.server.association).toBe(association)
    expect(pair.server.stack.associations).toBe(1)
  })

  test('both ends begin at once: one association comes of it', () => {
    const pair = new Pair({ seed: 'collision' })
    const { client, server } = pair
    client.stack.bind(6000, client.owner)
    const ours = client.stack.connect(6000, 5000, ['10.0.0.2'], client.owner, client)
    const theirs = server.stack.connect(5000, 6000, ['10.0.0.1'], server.owner, server)
    expect(pair.until(() => ours?.state === 'established' && theirs?.state === 'established')).toBe(true)
    client.association = ours
    client.send(Uint8Array.of(1))
    expect(pair.until(() => server.received.length === 1)).toBe(true)
    expect([client.stack.associations, server.stack.associations]).toEqual([1, 1])
  })
})

describe('an association', () => {
  test('with the wrong tag nothing happens, whatever it says', () => {
    const { pair, association, header, injectAs, answers, tsn } = established()
    const wrong = { ...header, tag: header.tag ^ 1 }
    injectAs(wrong, writeAbort())
    injectAs(wrong, data(tsn(1)))
    injectAs(wrong, writeShutdown(0))
    injectAs({ ...header, tag: association.peerTag }, writeAbort())
    expect(association.state).toBe('established')
    expect(pair.server.received).toEqual([])
    expect(answers).toEqual([])
    expect(pair.server.stack.discards.tag).toBe(4)
    // With the T bit the tag is the peer's own (section 8.5.1).
    injectAs({ ...header, tag: association.peerTag }, writeAbort(undefined, true))
    expect(association.state).toBe('closed')
  })

  test('acknowledging what was never sent ends it', () => {
    for (const lie of [
      { ahead: 1, gaps: [] },
      { ahead: 0, gaps: [{ start: 2, end: 900 }] },
    ]) {
      const { inject, association, answers } = established()
      const cumulative = advance(association.sender?.cumulative ?? 0, lie.ahead)
      inject(writeSack({ cumulative, window: 9999, gaps: lie.gaps, duplicates: [] }))
      expect(association.state).toBe('closed')
      expect(typesOf(answers)).toEqual([ChunkType.abort])
    }
  })

  test('a message without data ends it, with the TSN as the cause', () => {
    const { inject, association, answers, tsn } = established()
    inject(data(tsn(1), { data: new Uint8Array(0) }))
    expect(association.state).toBe('closed')
    expect(answers[0]?.chunks[0]?.value.subarray(0, 2)).toEqual(Uint8Array.of(0, 9))
  })

  test('fragments that contradict each other end it', () => {
    const { inject, association, tsn } = established()
    inject(data(tsn(2), { flags: 2 }), data(tsn(3), { flags: 2 }))
    expect(association.state).toBe('closed')
  })

  test('a stream that does not exist is reported, and its TSN counts as received', () => {
    const { inject, association, answers, tsn, deafen } = established()
    deafen()
    const next = tsn(1)
    inject(data(next, { stream: 60_000 }))
    expect(typesOf(answers)).toContain(ChunkType.error)
    expect(association.receiver?.cumulative).toBe(next)
  })

  test('TSNs far ahead, and fragments without an end, take no more memory than the window', () => {
    const { inject, association, tsn, pair, deafen } = established('memory', { receiveWindow: 20_000 })
    deafen()
    const from = tsn(0)
    inject(data(advance(from, 70_000)))
    expect(pair.server.stack.discards.window).toBe(1)
    for (let i = 0; i < 400; i++) {
      inject(data(advance(from, 2 + 2 * i), { flags: 0, data: new Uint8Array(1000) }))
    }
    expect(association.receiver?.window).toBeLessThanOrEqual(1000)
    expect(pair.server.stack.discards.window).toBeGreaterThan(370)
    expect(association.state).toBe('established')
  })

  test('FORWARD TSN far ahead, and for streams that do not exist, skips and leaves nothing', () => {
    const { inject, association, tsn, pair, deafen } = established()
    deafen()
    const from = tsn(0)
    inject(
      FORWARD_TSN.write({
        cumulative: advance(from, 0x7fffffff),
        streams: [{ stream: 65535, sequence: 1, unordered: false }],
      }),
    )
    expect(association.receiver?.cumulative).toBe(advance(from, 0x7fffffff))
    inject(data(advance(from, 0x80000000)))
    expect(pair.server.received.length).toBe(1)
  })

  test('what has to be authenticated and is not, is dropped', () => {
    const { inject, association, tsn, pair } = established('auth', { authChunks: [ChunkType.data] })
    inject(data(tsn(1)))
    inject(writeChunk(ChunkType.auth, 0, Uint8Array.of(0, 0, 0, 1), new Uint8Array(20)), data(tsn(1)))
    inject(writeChunk(ChunkType.auth, 0, Uint8Array.of(0, 9, 0, 1), new Uint8Array(20)), data(tsn(1)))
    inject(writeChunk(ChunkType.auth, 0, Uint8Array.of(0, 0, 0, 1), new Uint8Array(1)), data(tsn(1)))
    expect(pair.server.received).toEqual([])
    expect(pair.server.stack.discards.authentication).toBe(4)
    expect(association.state).toBe('established')
    pair.client.send(Uint8Array.of(1))
    expect(pair.until(() => pair.server.received.length === 1)).toBe(true)
  })

  test('a HMAC that is not known is reported', () => {
    const { inject, answers, tsn } = established('auth', { authChunks: [ChunkType.data] })
    inject(writeChunk(ChunkType.auth, 0, Uint8Array.of(0, 0, 0, 2), new Uint8Array(20)), data(tsn(1)))
    expect(answers.at(-1)?.chunks[0]?.value).toEqual(Uint8Array.of(1, 5, 0, 6, 0, 2))
  })

  test.each([
    [0x3f, [], true],
    [0x7f, [ChunkType.error], true],
    [0xbf, [], false],
    [0xff, [ChunkType.error], false],
  ])('an unknown chunk %i is skipped or not, reported or not, as its bits say', (type, reports, stops) => {
    const { inject, answers, pair, tsn } = established()
    inject(writeChunk(type, 0, Uint8Array.of(1, 2, 3)), data(tsn(1)))
    expect(typesOf(answers).filter(one => one !== ChunkType.sack)).toEqual(reports)
    expect(pair.server.received.length).toBe(stops ? 0 : 1)
  })
})

test('what comes out of the blue is answered as section 8.4 says', () => {
  const { injectAs, header, answers } = established()
  const stray = { ...header, sourcePort: 4000, tag: 1234 }
  injectAs(stray, writeAbort())
  injectAs(stray, writeChunk(ChunkType.shutdownComplete, 0))
  injectAs(stray, writeChunk(ChunkType.cookieAck, 0))
  injectAs(stray, writeChunk(ChunkType.error, 0, Uint8Array.of(0, 3, 0, 8, 0, 0, 0, 0)))
  expect(answers).toEqual([])
  injectAs(stray, writeChunk(ChunkType.shutdownAck, 0))
  injectAs(stray, data(1))
  injectAs({ ...stray, destinationPort: 1 }, data(1))
  expect(answers.map(({ tag, chunks: [first] }) => [tag, first?.type, first?.flags])).toEqual([
    [1234, ChunkType.shutdownComplete, 1],
    [1234, ChunkType.abort, 1],
    [1234, ChunkType.abort, 1],
  ])
})

/** What both ends agree on, so that every kind of chunk has somewhere to go. */
const ROUNDS: readonly Partial<Settings>[] = [
  {},
  { authChunks: [ChunkType.data, ChunkType.sack] },
  { interleaving: true, receiveWindow: 8000 },
  { addressChanges: true, interleaving: true, probeInterval: 600_000 },
]

test('packets that are mutated, with a right checksum, never break anything', () => {
  const source = new SeededSource('mutations')
  let done = 0
  for (let round = 0; done < MUTATIONS; round++) {
    const settings = { ...ROUNDS[round % ROUNDS.length], granted: 7 }
    const pair = new Pair({
      seed: `round ${round}`,
      client: { addresses: ['10.0.0.1', '10.0.1.1'], announced: ['10.0.0.1'], settings },
      server: { addresses: ['10.0.0.2', '10.0.1.2'], settings },
    })
    const captured: { bytes: Uint8Array; from: string; to: string }[] = []
    pair.network.trace = ({ fate, bytes, from, to }) => {
      if (fate === 'sent') captured.push({ bytes, from, to })
    }
    if (!pair.connect()) throw new Error('no association')
    const hosts = [pair.client, pair.server]
    for (let i = 0; i < 30; i++) {
      const reliability = { kind: 'retransmissions' as const, most: 0 }
      pair.client.send(new Uint8Array(1 + source.integer(3000)), i % 3 === 0 ? { reliability } : { stream: i % 4 })
      pair.server.send(new Uint8Array(1 + source.integer(300)), { stream: i % 2, unordered: i % 5 === 0 })
    }
    pair.client.association?.announce({ kind: 'add', address: '10.0.1.1' })
    pair.server.association?.reconfiguration?.addStreams(1, 1)
    pair.clock.advanceBy(100)
    pair.network.trace = null
    // An ABORT, or what leads to one, ends the round.
    for (let i = 0; i < 200 && hosts.some(({ state }) => state !== 'closed'); i++, done++) {
      const victim = captured[source.integer(captured.length)]
      if (victim === undefined) throw new Error('nothing was sent')
      const bytes = mutated(victim.bytes, source)
      sign(bytes, victim.from.endsWith('.1') ? pair.client : pair.server)
      pair.network.inject(bytes, victim)
      if (source.chance(0.2)) pair.clock.advanceBy(source.integer(500))
      for (const { association } of hosts) {
        const receiver = association?.receiver
        if (receiver == null || association == null) continue
        // What fills a gap may come beyond the window, once.
        expect(receiver.held).toBeLessThanOrEqual(2 * association.settings.receiveWindow + 2000)
        expect(association.paths.length).toBeLessThanOrEqual(33)
      }
    }
    pair.clock.advanceBy(5000)
    for (const host of hosts) {
      expect(host.stack.associations).toBeLessThanOrEqual(2)
      host.association?.abort()
      host.stack.touched()
    }
    // An association that a mutated packet began is alone and gives up.
    pair.clock.advanceBy(3_600_000)
    expect(hosts.map(({ stack }) => stack.associations)).toEqual([0, 0])
  }
})

/** An AUTH chunk that still names a key is made right again: what it covers is to be read. */
function sign(packet: Uint8Array, { association }: Host): void {
  if (packet[COMMON_HEADER] !== ChunkType.auth || packet.length < COMMON_HEADER + 40) return
  const hmac = association?.negotiated?.hmac ?? 0
  if (packet[COMMON_HEADER + 5] !== 0 || packet[COMMON_HEADER + 7] !== hmac || !association?.keys.has(0)) return
  packet.fill(0, COMMON_HEADER + 8, COMMON_HEADER + 40)
  association.keys.sign(packet, COMMON_HEADER, 0, hmac)
  seal(packet)
}

const TYPES: readonly number[] = Object.values(ChunkType)

function mutated(packet: Uint8Array, source: SeededSource): Uint8Array {
  let bytes: Uint8Array = packet.slice()
  for (let changes = 1 + source.integer(4); changes > 0; changes--) {
    const at = COMMON_HEADER + source.integer(Math.max(1, bytes.length - COMMON_HEADER))
    switch (source.integer(6)) {
      case 0:
        bytes[at] = source.integer(256)
        break
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << source.integer(8))
        break
      case 2:
        bytes = bytes.slice(0, Math.max(16, at & ~3))
        break
      case 3:
        bytes[COMMON_HEADER] = TYPES[source.integer(TYPES.length)] ?? 0
        break
      case 4: {
        const cut = at & ~3
        bytes = concat(bytes.subarray(0, cut), source.bytes(4 * source.integer(8)), bytes.subarray(cut))
        break
      }
      default: {
        // Values at the edges break more than others.
        const word = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff][source.integer(5)] ?? 0
        for (let i = 0; i < 4; i++) if (at + i < bytes.length) bytes[at + i] = word >>> (24 - 8 * i)
      }
    }
  }
  seal(bytes)
  return bytes
}
