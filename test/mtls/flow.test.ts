import { describe, expect, test } from '@jest/globals'
import { concat } from '../../lib/base/bytes.ts'
import type { Channel } from '../../lib/mtls/channel.ts'
import { decodeMessage, MessageType } from '../../lib/mtls/messages.ts'
import { SeededSource } from '../../lib/sim.ts'
import { drain, type End, Line } from './line.ts'

/** An octet that says where it stands in its stream, so that none may be lost, doubled or moved. */
const at = (position: number) => (position * 31 + (position >> 8)) & 0xff

describe('the window', () => {
  test('is what may be sent; an Acknowledgment makes room for more', () => {
    const line = new Line({ server: { windowLength: 1000, maxPacketLength: 400 } })
    const { ours, theirs } = line.open()
    ours.write(new Uint8Array(5000))
    line.run()
    expect([ours.sendSpace, ours.queued, theirs.receiving.freeSpace]).toEqual([0, 4000, 0])
    expect(drain(theirs).map(({ length }) => length)).toEqual([1000])
    line.run()
    expect(ours.queued).toBe(3000)
  })

  test('no Acknowledgment leaves while the peer has enough and little was read', () => {
    const line = new Line()
    const { ours, theirs } = line.open()
    ours.write(new Uint8Array(1000))
    line.run()
    drain(theirs)
    expect(line.server.mux.hasOutput).toBe(false)
    ours.write(new Uint8Array(40_000))
    line.run()
    drain(theirs)
    const bytes = line.server.mux.takeOutput() ?? new Uint8Array(0)
    const told = Array.from({ length: bytes.length / 11 }, (_, i) => decodeMessage(bytes.subarray(11 * i, 11 * i + 11)))
    expect(new Set(told.map(message => message?.type))).toEqual(new Set([MessageType.acknowledgment]))
    expect(told.reduce((sum, message) => sum + (message?.type === 8 ? message.freeSpace : 0), 0)).toBeGreaterThan(
      32_768,
    )
  })

  test('of 0 octets, or packets of 0 octets: nothing is sent until the peer says more', () => {
    const line = new Line({ server: { windowLength: 100, maxPacketLength: 0 } })
    const { ours, theirs } = line.open()
    ours.write(new Uint8Array(10))
    line.run()
    expect([ours.queued, theirs.pending]).toEqual([10, 0])
    theirs.setMaxPacketLength(5)
    line.run()
    expect([ours.queued, concat(...drain(theirs)).length]).toEqual([0, 10])
  })
})

/** One direction of a channel, with the load that a seed gives it. */
class Flow {
  readonly from: Channel
  readonly to: Channel
  written = 0
  received = 0
  readonly #total: number

  constructor(from: Channel, to: Channel, total: number) {
    this.from = from
    this.to = to
    this.#total = total
  }

  get done(): boolean {
    return this.written === this.#total && this.received === this.#total
  }

  write(most: number): void {
    const length = Math.min(most, this.#total - this.written)
    const data = Uint8Array.from({ length }, (_, i) => at(this.written + i))
    if (length > 0) this.written += Math.max(0, this.from.write(data))
  }

  /** Reads one packet or none, and looks whether its octets are the next ones. */
  read(): void {
    const data = this.to.read()
    if (data === null) return
    for (const octet of data) {
      if (octet !== at(this.received)) throw new Error(`octet ${this.received} is another one`)
      this.received++
    }
  }
}

describe('of a stream, from a seed', () => {
  test.each(Array.from({ length: 16 }, (_, seed) => seed))(
    '%d: nothing is lost, nothing stops, no window is overrun',
    seed => {
      const source = new SeededSource(`mtls ${seed}`)
      const limits = () => {
        const windowLength = 1 + source.integer(source.chance(0.5) ? 50 : 5000)
        return { windowLength, maxPacketLength: 1 + source.integer(windowLength), sendBuffer: 1 + source.integer(3000) }
      }
      const line = new Line({ seed, client: limits(), server: limits() })
      const flows = Array.from({ length: 1 + source.integer(12) }, () => {
        const { ours, theirs } = line.open()
        return [new Flow(ours, theirs, source.integer(1000)), new Flow(theirs, ours, source.integer(1000))]
      }).flat()
      for (let steps = 0; !flows.every(flow => flow.done); steps++) {
        if (steps > 400_000) throw new Error('it has stopped')
        const flow = flows[source.integer(flows.length)]
        if (source.chance(0.4)) flow?.write(1 + source.integer(700))
        if (source.chance(0.4)) flow?.read()
        if (source.chance(0.2)) flow?.to.setMaxPacketLength(1 + source.integer(flow.to.receiving.windowLength))
        const ends: [End, End] = [line.client, line.server]
        if (source.chance(0.5)) ends.reverse()
        if (source.chance(0.6)) line.carry(...ends)
        for (const { to } of flows) if (to.receiving.freeSpace < 0) throw new Error('a receive buffer is overrun')
      }
      // An overrun, or data where there is none, would have closed a channel and been told.
      expect([...line.client.events, ...line.server.events].filter(event => event !== 'open')).toEqual([])
      expect(line.client.mux.channels).toHaveLength(flows.length / 2)
    },
  )
})

describe('of datagrams that are lost, from a seed', () => {
  test.each(Array.from({ length: 12 }, (_, seed) => [seed, [0.05, 0.3, 0.6][seed % 3] ?? 0] as const))(
    '%d, %d: what is lost does not shrink the window for ever',
    (seed, loss) => {
      const source = new SeededSource(`mtls datagrams ${seed}`)
      const limits = () => {
        const windowLength = 200 + source.integer(3000)
        return { windowLength, maxPacketLength: 100 + source.integer(windowLength - 100), sendBuffer: 5000 }
      }
      const line = new Line({ carrier: 'datagram', seed, loss, client: limits(), server: limits() })
      const { ours, theirs } = line.open()
      const most = Math.min(ours.maxPacketLength, 1000)
      let [sent, heard] = [0, 0]
      for (let round = 0; round < 200; round++) {
        while (ours.queued < 4000) {
          const message = new Uint8Array(1 + source.integer(most)).fill(sent++)
          if (ours.write(message) !== message.length) break
        }
        line.run()
        expect(theirs.receiving.freeSpace).toBeGreaterThanOrEqual(0)
        const packets = drain(theirs)
        heard += packets.length
        for (const packet of packets) expect(new Set(packet).size).toBe(1)
        line.pass(500)
      }
      // Nothing was ever sent that the receiver had no room for, and half of what is sent on such a path goes on arriving.
      expect(theirs.dropped).toBe(0)
      expect(ours.state).toBe('open')
      expect(heard).toBeGreaterThan(50)
      // Before the last rounds, too: it has not stopped.
      const before = heard
      for (let round = 0; round < 40; round++) {
        line.pass(1000)
        heard += drain(theirs).length
        if (ours.queued < 4000) ours.write(new Uint8Array(100))
      }
      expect(heard).toBeGreaterThan(before)
    },
  )

  test('a whole window lost is asked about, and asked again while the program does not read', () => {
    const line = new Line({ carrier: 'datagram', server: { windowLength: 1000, maxPacketLength: 500 } })
    const { ours, theirs } = line.open()
    for (let i = 0; i < 3; i++) ours.write(new Uint8Array(500).fill(i))
    while (line.client.mux.takeDatagram() !== null);
    expect([ours.queued, ours.sendSpace]).toEqual([500, 0])
    line.pass(1999)
    expect(ours.queued).toBe(500)
    line.pass(2)
    expect([ours.queued, theirs.pending, ours.sendSpace]).toEqual([0, 500, 500])

    // Now the buffer is full because nobody reads: nothing is granted that is not there.
    for (let i = 0; i < 2; i++) ours.write(new Uint8Array(500))
    line.pass(100_000)
    expect([ours.queued, theirs.receiving.freeSpace, theirs.dropped]).toEqual([500, 0, 0])
    expect(drain(theirs)).toHaveLength(2)
    line.pass(1)
    expect([ours.queued, theirs.pending]).toEqual([0, 500])
  })

  /** Octets of control messages until both ends fall silent; they do not when one answer leads to another. */
  function untilSilent(line: Line): number {
    let moved = 0
    for (let round = 0; round < 50; round++) {
      const now = line.carry(line.client, line.server) + line.carry(line.server, line.client)
      if (now === 0) return moved
      moved += now
    }
    throw new Error('the ends never fall silent')
  }

  function loseAll(channel: Channel, end: End): void {
    for (let i = 0; i < 3; i++) channel.write(new Uint8Array(500).fill(i))
    while (end.mux.takeDatagram() !== null);
    expect([channel.queued, channel.sendSpace]).toEqual([500, 0])
  }

  const small = { windowLength: 1000, maxPacketLength: 500 }

  test('questions that were held up are answered once each, however late', () => {
    const line = new Line({ carrier: 'datagram', server: small })
    const { ours, theirs } = line.open()
    loseAll(ours, line.client)
    // Nothing passes for long enough to ask twice, and to have given up waiting in between.
    for (let deadline = 0; deadline < 4; deadline++) {
      line.clock.advanceTo(line.client.mux.nextDeadline() ?? 0)
      line.client.mux.onDeadline()
    }
    expect(untilSilent(line)).toBeGreaterThan(500)
    expect([ours.queued, theirs.pending, theirs.dropped]).toEqual([0, 500, 0])
    // What may be sent is what there is room for.
    expect(ours.sendSpace).toBe(theirs.receiving.freeSpace)
  })

  test('both ends ask at once, and both get an answer', () => {
    const line = new Line({ carrier: 'datagram', client: small, server: small })
    const { ours, theirs } = line.open()
    loseAll(ours, line.client)
    loseAll(theirs, line.server)
    line.clock.advanceTo(line.client.mux.nextDeadline() ?? 0)
    for (const { mux } of [line.client, line.server]) mux.onDeadline()
    untilSilent(line)
    expect([ours.queued, theirs.queued, ours.pending, theirs.pending]).toEqual([0, 0, 500, 500])
  })

  test('a peer that does not understand the question loses nothing by it', () => {
    const line = new Line({ carrier: 'datagram', server: { windowLength: 1000, maxPacketLength: 500 } })
    const { ours, theirs } = line.open()
    for (let i = 0; i < 3; i++) ours.write(new Uint8Array(500))
    line.run()
    drain(theirs)
    // Its Acknowledgment is under way when the question is asked, and is the only answer.
    line.clock.advanceTo(line.clock.now() + 2000)
    line.client.mux.onDeadline()
    const answer = line.server.mux.takeOutput()
    expect(line.client.mux.takeOutput()?.[0]).toBe(MessageType.acknowledgment)
    line.client.mux.receive(answer ?? new Uint8Array(0))
    expect(line.client.mux.takeDatagram()).toBeNull()
    line.clock.advanceTo(line.client.mux.nextDeadline() ?? 0)
    line.client.mux.onDeadline()
    expect(line.client.mux.takeDatagram()).toHaveLength(509)
  })
})

test('a thousand channels over one session', () => {
  const line = new Line({ client: { windowLength: 2000 }, server: { windowLength: 2000 } })
  const flows = Array.from({ length: 1000 }, () => {
    const { ours, theirs } = line.open()
    return [new Flow(ours, theirs, 3000), new Flow(theirs, ours, 300)]
  }).flat()
  for (let round = 0; !flows.every(flow => flow.done); round++) {
    if (round > 100) throw new Error('it has stopped')
    for (const flow of flows) flow.write(1000)
    line.run()
    for (const flow of flows) for (let i = 0; i < 3; i++) flow.read()
    line.run()
  }
  expect(line.server.mux.channels).toHaveLength(1000)
})
