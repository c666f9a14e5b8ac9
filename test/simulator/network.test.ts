import { describe, expect, test } from '@jest/globals'
import { fromHex, toHex, utf8 } from '../../lib/base/bytes.ts'
import {
  type Conditions,
  type Counters,
  type Fate,
  formatTrace,
  type NetworkOptions,
  SeededSource,
  SimulatedNetwork,
  type TraceEvent,
  VirtualClock,
} from '../../lib/sim.ts'

type Options = Partial<NetworkOptions>

function setUp(conditions: Partial<Conditions> = {}, options: Options = {}) {
  const clock = new VirtualClock()
  const network = new SimulatedNetwork({ clock, seed: 1, conditions, ...options })
  const [client, server] = network.pair('client', 'server')
  return { clock, network, client, server }
}

/** Sends `count` datagrams of 100 bytes, 10 ms apart, and returns what arrived, in order. */
function flood(conditions: Partial<Conditions>, count: number, options: Options = {}) {
  const { clock, network, client, server } = setUp(conditions, options)
  const arrived: { bytes: Uint8Array; time: number }[] = []
  server.onDatagram = bytes => arrived.push({ bytes, time: clock.now() })
  for (let i = 0; i < count; i++) clock.at(i * 10, () => client.send(numbered(i)))
  while (clock.runNext());
  balance(network)
  return { arrived, counters: network.counters }
}

function numbered(i: number): Uint8Array {
  const bytes = new Uint8Array(100).fill(0x55)
  new DataView(bytes.buffer).setUint32(0, i)
  return bytes
}

const numberOf = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)

const numbersOf = (arrived: readonly { bytes: Uint8Array }[]): number[] => arrived.map(({ bytes }) => numberOf(bytes))

/** Every datagram put on its way has ended or is in flight: none is counted twice and none forgotten. */
function balance(network: SimulatedNetwork): void {
  const c = network.counters
  const ended = c.intercepted + c.tooBig + c.lost + c.overflowed + c.unreachable + c.delivered
  expect(ended + network.inFlight).toBe(c.sent + c.injected + c.duplicated)
}

const counts = (counters: Counters): Partial<Record<Fate, number>> =>
  Object.fromEntries(Object.entries(counters).filter(([, count]) => count !== 0))

describe('a perfect network', () => {
  test('delivers everything, in order, unchanged, and never while send runs', () => {
    const { clock, network, client, server } = setUp()
    expect(client.send(utf8('one'))).toBe('sent')
    client.send(utf8('two'), 'server')
    client.send(new Uint8Array(0))
    expect([server.waiting, network.inFlight]).toEqual([0, 3])
    clock.advanceTo(0)
    expect(server.waiting).toBe(3)
    expect(server.receive()).toEqual({ from: 'client', to: 'server', number: 0, bytes: utf8('one') })
    expect(server.receive()).toEqual({ from: 'client', to: 'server', number: 1, bytes: utf8('two') })
    expect(server.receive()?.bytes.length).toBe(0)
    expect(server.receive()).toBeNull()
    expect(counts(network.counters)).toEqual({ sent: 3, delivered: 3 })
  })

  test('keeps its own copy of what is sent', () => {
    const { clock, client, server } = setUp()
    const bytes = utf8('abc')
    client.send(bytes)
    bytes.fill(0)
    clock.advanceTo(0)
    expect(server.receive()?.bytes).toEqual(utf8('abc'))
  })

  test('gives each of two copies its own bytes', () => {
    const { clock, client, server } = setUp({ duplication: 1 })
    client.send(utf8('abc'))
    clock.advanceTo(0)
    server.receive()?.bytes.fill(0)
    expect(server.receive()?.bytes).toEqual(utf8('abc'))
  })
})

describe('endpoints', () => {
  test('a handler gets what waits, and may close its endpoint in between', () => {
    const { clock, client, server } = setUp()
    for (const text of ['1', '2', '3']) client.send(utf8(text))
    clock.advanceTo(0)
    const got: string[] = []
    server.onDatagram = (bytes, from) => {
      got.push(`${from} ${toHex(bytes)}`)
      if (got.length === 2) server.close()
    }
    expect(got).toEqual(['client 31', 'client 32'])
    expect([server.waiting, server.onDatagram]).toEqual([0, null])
  })

  test('an address can be taken once, and again after it is closed', () => {
    const { clock, network, client, server } = setUp()
    expect(() => network.endpoint('server')).toThrow('in use')
    client.send(utf8('to nobody'))
    server.close()
    server.close()
    expect(() => server.send(utf8('x'))).toThrow('closed')
    clock.advanceTo(0)
    expect(counts(client.counters)).toEqual({ sent: 1, unreachable: 1 })
    const second = network.endpoint('server')
    server.close()
    client.send(utf8('to the second'))
    clock.advanceTo(0)
    expect(second.waiting).toBe(1)
    expect(() => second.send(utf8('x'))).toThrow(TypeError)
    expect(() => second.mtu()).toThrow(TypeError)
  })

  test('addresses that would run together are kept apart', () => {
    const { clock, network } = setUp()
    network.configure({ loss: 1 }, { from: 'a","b', to: 'c' })
    const sender = network.endpoint('a', 'b","c')
    const receiver = network.endpoint('b","c')
    sender.send(utf8('x'))
    clock.advanceTo(0)
    expect(receiver.waiting).toBe(1)
  })

  test('each counts its own, the network counts all', () => {
    const { clock, network, client, server } = setUp()
    network.configure({ loss: 1 }, { from: 'server', to: 'client' })
    client.send(utf8('x'))
    server.send(utf8('y'))
    server.send(utf8('z'))
    clock.advanceTo(0)
    expect(counts(client.counters)).toEqual({ sent: 1, delivered: 1 })
    expect(counts(server.counters)).toEqual({ sent: 2, lost: 2 })
    expect(counts(network.counters)).toEqual({ sent: 3, lost: 2, delivered: 1 })
  })
})

// With a fixed seed the numbers are exact; next to each stands what the probability promises for 2000 datagrams.
describe('conditions, over 2000 datagrams', () => {
  test('loss 0.2: about 400, the rest in order', () => {
    const { counters, arrived } = flood({ loss: 0.2 }, 2000)
    const numbers = numbersOf(arrived)
    expect(counts(counters)).toEqual({ sent: 2000, lost: 407, delivered: 1593 })
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
  })

  test('duplication 0.1: about 200', () => {
    const { counters, arrived } = flood({ duplication: 0.1 }, 2000)
    expect(counts(counters)).toEqual({ sent: 2000, duplicated: 199, delivered: 2199 })
    expect(new Set(numbersOf(arrived)).size).toBe(2000)
  })

  test('corruption 0.1: about 200, with 1 to 4 bits flipped, the length kept', () => {
    const { counters, arrived } = flood({ corruption: 0.1 }, 2000)
    expect(counts(counters)).toEqual({ sent: 2000, corrupted: 224, delivered: 2000 })
    const flipped = [0, 0, 0, 0, 0]
    arrived.forEach(({ bytes }, i) => {
      expect(bytes.length).toBe(100)
      const whole = numbered(i)
      const bits = bytes.reduce((sum, byte, at) => sum + ones(byte ^ (whole[at] ?? 0)), 0)
      flipped[bits] = (flipped[bits] ?? 0) + 1
    })
    expect(flipped).toEqual([1776, 67, 61, 57, 39])
  })

  test('truncation 0.1: about 200, each a shorter beginning', () => {
    const { counters, arrived } = flood({ truncation: 0.1 }, 2000)
    expect(counts(counters)).toEqual({ sent: 2000, truncated: 220, delivered: 2000 })
    arrived.forEach(({ bytes }, i) => {
      expect(bytes).toEqual(numbered(i).subarray(0, bytes.length))
    })
    expect(arrived.filter(({ bytes }) => bytes.length < 100).length).toBe(220)
  })

  test('reordering 0.1: about 200 are overtaken, by as many as the time they are held back', () => {
    const { counters, arrived } = flood({ reordering: 0.1, reorderMs: [15, 15] }, 2000)
    const numbers = numbersOf(arrived)
    expect(counts(counters)).toEqual({ sent: 2000, reordered: 198, delivered: 2000 })
    expect(new Set(numbers).size).toBe(2000)
    // 15 ms at one datagram in 10 ms: one overtakes, so it is one place late, or not when its follower is held back too.
    numbers.forEach((number, place) => {
      expect(Math.abs(number - place)).toBeLessThanOrEqual(1)
    })
    expect(numbers.filter((number, place) => number === place - 1).length).toBe(175)
  })

  test('delay stays within its span, keeps the order, and fills the span', () => {
    const { arrived } = flood({ delayMs: [20, 60] }, 2000)
    expect(numbersOf(arrived)).toEqual(Array.from({ length: 2000 }, (_, i) => i))
    const delays = arrived.map(({ time }, i) => time - i * 10)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(20)
    expect(Math.max(...delays)).toBeLessThanOrEqual(60)
    expect([Math.min(...delays) < 22, Math.max(...delays) > 58]).toEqual([true, true])
  })

  test('all at once: every datagram is accounted for', () => {
    const all = { loss: 0.1, duplication: 0.1, corruption: 0.1, truncation: 0.1, reordering: 0.1 }
    const { counters } = flood(all, 2000)
    expect(counts(counters)).toEqual({
      sent: 2000,
      lost: 198,
      duplicated: 184,
      delivered: 1986,
      corrupted: 218,
      truncated: 219,
      reordered: 189,
    })
  })
})

const ones = (byte: number): number => byte.toString(2).replaceAll('0', '').length

describe('conditions', () => {
  test('loss 1 cuts one direction, and 0 mends it', () => {
    const { clock, network, client, server } = setUp()
    network.configure({ loss: 1 }, { from: 'client', to: 'server' })
    client.send(utf8('x'))
    server.send(utf8('y'))
    clock.advanceTo(0)
    expect([client.waiting, server.waiting]).toEqual([1, 0])
    network.configure({ loss: 0 }, { from: 'client', to: 'server' })
    client.send(utf8('x'))
    clock.advanceTo(0)
    expect(server.waiting).toBe(1)
  })

  test('a direction keeps its own when the rest changes, and takes the rest from all', () => {
    const { network } = setUp({ delayMs: [5, 5] })
    const there = { from: 'client', to: 'server' }
    network.configure({ mtu: 500 }, there)
    network.configure({ mtu: 900, loss: 0.5 })
    expect(network.conditions(there)).toMatchObject({ mtu: 500, loss: 0.5, delayMs: [5, 5] })
    expect(network.conditions({ from: 'server', to: 'client' })).toMatchObject({ mtu: 900, loss: 0.5 })
  })

  test('a change does not touch what is under way', () => {
    const { clock, network, client, server } = setUp({ delayMs: [100, 100] })
    client.send(utf8('x'))
    network.configure({ loss: 1, delayMs: [0, 0] })
    clock.advanceTo(99)
    expect(server.waiting).toBe(0)
    clock.advanceTo(100)
    expect(server.waiting).toBe(1)
  })

  test('a change of one condition leaves the other fates as they were', () => {
    const fates = (fate: Fate, conditions: Partial<Conditions>): number[] => {
      const numbers: number[] = []
      flood(conditions, 500, { trace: event => event.fate === fate && numbers.push(event.number) })
      return numbers
    }
    const all: Partial<Conditions> = { loss: 0.2, delayMs: [1, 9], corruption: 0.3, truncation: 0.2, duplication: 0.2 }
    expect(fates('lost', all)).toEqual(fates('lost', { loss: 0.2 }))
    expect(fates('truncated', { ...all, duplication: 0 })).toEqual(fates('truncated', { loss: 0.2, truncation: 0.2 }))
  })

  test('what one side sends does not change the luck of the other', () => {
    const lostOfServer = (sentByClient: number): number[] => {
      const { clock, network, client, server } = setUp({ loss: 0.3 })
      const lost: number[] = []
      network.trace = event => event.fate === 'lost' && event.from === 'server' && lost.push(event.number)
      for (let i = 0; i < sentByClient; i++) client.send(utf8('x'))
      for (let i = 0; i < 100; i++) server.send(utf8('y'))
      clock.advanceTo(0)
      return lost
    }
    expect(lostOfServer(50)).toEqual(lostOfServer(0))
  })

  test.each([
    [{ loss: 1.1 }],
    [{ loss: Number.NaN }],
    [{ duplication: -0.1 }],
    [{ delayMs: [5, 1] }],
    [{ delayMs: [-1, 1] }],
    [{ delayMs: [0, Number.POSITIVE_INFINITY] }],
    [{ reorderMs: [1, Number.NaN] }],
    [{ mtu: 0 }],
    [{ mtu: 65536 }],
    [{ mtu: 1.5 }],
    [{ bandwidth: 0 }],
    [{ bufferBytes: -1 }],
  ] as [Partial<Conditions>][])('%j is out of range and changes nothing', change => {
    const { network } = setUp()
    const there = { from: 'client', to: 'server' }
    const before = network.conditions(there)
    expect(() => network.configure(change)).toThrow(RangeError)
    expect(() => network.configure(change, there)).toThrow(RangeError)
    expect(() => setUp(change)).toThrow(RangeError)
    expect(network.conditions(there)).toEqual(before)
  })

  test.each(['los', '__proto__', 'constructor', 'toString'])('%s is no condition', name => {
    const change: Partial<Conditions> = JSON.parse(`{ "${name}": 1 }`)
    expect(() => setUp().network.configure(change)).toThrow(TypeError)
  })
})

describe('MTU', () => {
  test('what is larger is dropped and counted, what is equal passes', () => {
    const { clock, network, client, server } = setUp({ mtu: 100 })
    expect(client.send(new Uint8Array(101))).toBe('sent')
    expect(client.send(new Uint8Array(100))).toBe('sent')
    clock.advanceTo(0)
    expect(server.receive()).toMatchObject({ number: 1 })
    expect(counts(network.counters)).toEqual({ sent: 2, tooBig: 1, delivered: 1 })
  })

  test('or is refused, and the sender can ask what passes', () => {
    const { clock, network, client, server } = setUp({ mtu: 1500, oversize: 'refuse' })
    network.configure({ mtu: 500 }, { from: 'client', to: 'server' })
    expect(client.send(new Uint8Array(501))).toBe('EMSGSIZE')
    expect([client.mtu(), server.mtu(), client.mtu('elsewhere')]).toEqual([500, 1500, 1500])
    expect(client.send(new Uint8Array(500))).toBe('sent')
    clock.advanceTo(0)
    expect(server.waiting).toBe(1)
    balance(network)
  })
})

describe('bandwidth', () => {
  test('datagrams leave one after the other, and the delay comes on top', () => {
    // 100 bytes at 80 000 bit/s: 10 ms each.
    const { clock, network, client, server } = setUp({ bandwidth: 80_000, delayMs: [5, 5] })
    const times: number[] = []
    server.onDatagram = () => times.push(clock.now())
    for (let i = 0; i < 3; i++) client.send(new Uint8Array(100))
    clock.advanceTo(100)
    client.send(new Uint8Array(50))
    clock.advanceTo(200)
    expect(times).toEqual([15, 25, 35, 110])
    balance(network)
  })

  test('what does not fit the buffer is dropped from the tail', () => {
    const { clock, network, client } = setUp({ bandwidth: 80_000, bufferBytes: 250 })
    for (let i = 0; i < 5; i++) client.send(new Uint8Array(100))
    clock.advanceTo(1000)
    expect(counts(network.counters)).toEqual({ sent: 5, overflowed: 3, delivered: 2 })
    client.send(new Uint8Array(100))
    clock.advanceTo(2000)
    expect(network.counters.delivered).toBe(3)
  })

  test('a line made unlimited while it is busy takes new datagrams behind the old', () => {
    const { clock, network, client, server } = setUp({ bandwidth: 80_000, bufferBytes: 1000 })
    client.send(numbered(0))
    network.configure({ bandwidth: Number.POSITIVE_INFINITY })
    client.send(numbered(1))
    clock.advanceTo(10)
    expect([server.receive()?.number, server.receive()?.number]).toEqual([0, 1])
  })
})

describe('somebody on the path', () => {
  test('drops, repeats, replaces and lets pass', () => {
    const { clock, network, client, server } = setUp()
    network.interfere = ({ number, bytes }) => {
      if (number === 0) return []
      if (number === 1) return [bytes, bytes]
      if (number === 2) return [utf8('forged')]
      return null
    }
    for (const text of ['0', '1', '2', '3']) client.send(utf8(text))
    clock.advanceTo(0)
    const got: string[] = []
    server.onDatagram = (bytes, from) => got.push(`${from} ${new TextDecoder().decode(bytes)}`)
    expect(got).toEqual(['client 1', 'client 1', 'client forged', 'client 3'])
    expect(counts(network.counters)).toEqual({ sent: 4, intercepted: 3, injected: 3, delivered: 4 })
    balance(network)
  })

  test('cannot change what it looks at', () => {
    const { clock, client, server } = setUp(
      {},
      {
        interfere: ({ bytes }) => {
          bytes.fill(0)
          return null
        },
      },
    )
    client.send(utf8('abc'))
    clock.advanceTo(0)
    expect(server.receive()?.bytes).toEqual(utf8('abc'))
  })

  test('injects under any name, and the MTU binds it too', () => {
    const { clock, network, server } = setUp({ mtu: 10, delayMs: [3, 3] })
    network.inject(utf8('ten bytes.'), { from: 'nobody', to: 'server' })
    network.inject(new Uint8Array(11), { from: 'client', to: 'server' })
    clock.advanceTo(3)
    expect(server.receive()).toMatchObject({ from: 'nobody', bytes: utf8('ten bytes.') })
    expect(counts(network.counters)).toEqual({ injected: 2, tooBig: 1, delivered: 1 })
  })
})

describe('trace', () => {
  const storm: Partial<Conditions> = {
    loss: 0.1,
    duplication: 0.1,
    corruption: 0.1,
    truncation: 0.1,
    reordering: 0.2,
    delayMs: [5, 50],
    bandwidth: 1_000_000,
    mtu: 400,
  }

  /** Every byte of a run in which the server answers and conditions change half way. */
  function replay(seed: NetworkOptions['seed']): string {
    const lines: string[] = []
    const trace = (event: TraceEvent) => lines.push(`${formatTrace(event)} ${toHex(event.bytes)}`)
    const { clock, network, client, server } = setUp(storm, { seed, trace })
    const payload = new SeededSource('payload')
    server.onDatagram = (bytes, from) => server.send(bytes, from)
    for (let i = 0; i < 300; i++) clock.at(i * 3, () => client.send(payload.bytes(payload.integer(500))))
    clock.at(450, () => network.configure({ loss: 0.5, mtu: 200 }, { from: 'server', to: 'client' }))
    while (clock.runNext());
    balance(network)
    return lines.join('\n')
  }

  test('the same seed is the same run, byte for byte; another seed is another', () => {
    const first = replay(7)
    expect(first.split('\n').length).toBeGreaterThan(900)
    expect(replay(7)).toBe(first)
    expect(replay('7')).toBe(first)
    expect(replay(8)).not.toBe(first)
  })

  test('a source may be given for the seed, wherever in its stream it is', () => {
    const source = new SeededSource(7)
    source.bytes(11)
    expect(replay(source)).toBe(replay(7))
  })

  test('tells the way of a datagram in order, with copies of the bytes', () => {
    const events: TraceEvent[] = []
    const { clock, network, client } = setUp({ duplication: 1, delayMs: [2, 2] })
    network.trace = event => {
      events.push({ ...event, bytes: event.bytes.slice() })
      event.bytes.fill(0)
    }
    client.send(fromHex('16fefd'))
    clock.advanceTo(2)
    expect(events.map(formatTrace)).toEqual([
      '     0.000  client > server  #0  sent  3 bytes  16fefd',
      '     0.000  client > server  #0  duplicated  3 bytes  16fefd',
      '     2.000  client > server  #0  delivered  3 bytes  16fefd',
      '     2.000  client > server  #0  delivered  3 bytes  16fefd',
    ])
  })

  test('a line shows the beginning of what is long, and ends cleanly for what is empty', () => {
    const event = { time: 1.5, from: 'a', to: 'b', number: 12, fate: 'lost' } as const
    expect(formatTrace({ ...event, bytes: new Uint8Array(25) })).toBe(
      `     1.500  a > b  #12  lost  25 bytes  ${'00'.repeat(24)}…`,
    )
    expect(formatTrace({ ...event, bytes: new Uint8Array(1) })).toBe('     1.500  a > b  #12  lost  1 byte  00')
    expect(formatTrace({ ...event, bytes: new Uint8Array(0) })).toBe('     1.500  a > b  #12  lost  0 bytes')
  })
})

describe('bounds', () => {
  test('what is in flight is bounded in number and in bytes', () => {
    const few = setUp({}, { limits: { inFlight: 3 } })
    for (let i = 0; i < 5; i++) few.client.send(utf8('x'))
    expect(few.network.inFlight).toBe(3)
    few.clock.advanceTo(0)
    expect(counts(few.network.counters)).toEqual({ sent: 5, overflowed: 2, delivered: 3 })

    const small = setUp({}, { limits: { inFlightBytes: 250 } })
    for (let i = 0; i < 5; i++) small.client.send(new Uint8Array(100))
    small.clock.advanceTo(0)
    expect(counts(small.network.counters)).toEqual({ sent: 5, overflowed: 3, delivered: 2 })
    small.client.send(new Uint8Array(250))
    small.clock.advanceTo(1)
    expect(small.network.counters.delivered).toBe(3)
  })

  test('an inbox nobody empties is bounded in number and in bytes', () => {
    const few = setUp({}, { limits: { inbox: 3 } })
    for (let i = 0; i < 5; i++) few.client.send(utf8('x'))
    few.clock.advanceTo(0)
    expect([few.server.waiting, few.network.counters.overflowed]).toEqual([3, 2])

    const small = setUp({}, { limits: { inboxBytes: 250 } })
    for (let i = 0; i < 5; i++) small.client.send(new Uint8Array(100))
    small.clock.advanceTo(0)
    expect([small.server.waiting, small.network.counters.overflowed]).toEqual([2, 3])
  })

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('%d is no bound', inbox => {
    expect(() => setUp({}, { limits: { inbox } })).toThrow(RangeError)
  })

  test('when all has arrived nothing is left on the clock or in flight, whoever it came from', () => {
    const { clock, network } = setUp({ duplication: 0.5, delayMs: [1, 30], reordering: 0.3 })
    for (let i = 0; i < 2500; i++) {
      network.inject(utf8('x'), { from: `forged ${i}`, to: i % 2 === 0 ? 'server' : `nobody ${i}` })
    }
    expect(clock.pending).toBe(network.inFlight)
    expect([network.inFlight > 2500, network.busyDirections]).toEqual([true, 2500])
    clock.advanceTo(1000)
    expect([clock.pending, network.inFlight, network.busyDirections]).toEqual([0, 0, 0])
    balance(network)
  })
})
