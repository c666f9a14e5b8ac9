import { describe, expect, test } from '@jest/globals'
import { equal, utf8 } from '../../lib/base/bytes.ts'
import {
  type Conditions,
  connectParties,
  type Party,
  SimulatedNetwork,
  seededRandom,
  VirtualClock,
} from '../../lib/sim.ts'

const TIMEOUT_MS = 100
const DATA = 0
const ACK = 1

/** Stop and wait: a datagram is `kind, sequence number, payload, sum`, sent again until its number is acknowledged. */
class StopAndWait implements Party {
  readonly received: Uint8Array[] = []
  retransmissions = 0
  readonly #clock: VirtualClock
  readonly #toSend: Uint8Array[]
  readonly #output: Uint8Array[] = []
  #sending = 0
  #expected = 0
  #deadline: number | null = null

  constructor(clock: VirtualClock, toSend: readonly Uint8Array[]) {
    this.#clock = clock
    this.#toSend = [...toSend]
  }

  get done(): boolean {
    return this.#toSend.length === 0
  }

  step(): void {
    if (this.#deadline === null && !this.done) this.#transmit()
  }

  receive(datagram: Uint8Array): void {
    const body = datagram.subarray(0, -1)
    if (datagram.length < 3 || datagram.at(-1) !== checksum(body)) return
    const number = body[1]
    if (body[0] === ACK) {
      if (number !== this.#sending || this.#deadline === null) return
      this.#toSend.shift()
      this.#sending = (this.#sending + 1) & 0xff
      this.#deadline = null
      return
    }
    if (number === this.#expected) {
      this.received.push(body.slice(2))
      this.#expected = (this.#expected + 1) & 0xff
    }
    this.#send(Uint8Array.of(ACK, number ?? 0))
  }

  takeOutput(): Uint8Array[] {
    return this.#output.splice(0)
  }

  nextDeadline(): number | null {
    return this.#deadline
  }

  onDeadline(): void {
    this.retransmissions++
    this.#transmit()
  }

  #transmit(): void {
    const [payload] = this.#toSend
    if (payload === undefined) return
    this.#send(Uint8Array.of(DATA, this.#sending, ...payload))
    this.#deadline = this.#clock.now() + TIMEOUT_MS
  }

  #send(body: Uint8Array): void {
    this.#output.push(Uint8Array.of(...body, checksum(body)))
  }
}

/** Position counts, so that flips of the same bit in two bytes do not cancel out. */
const checksum = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => (sum * 31 + byte + 1) % 251, 7)

/** Says nothing and wants nothing, but for what is overridden. */
function silent(overrides: Partial<Party> = {}): Party {
  return { receive: () => {}, takeOutput: () => [], nextDeadline: () => null, onDeadline: () => {}, ...overrides }
}

function setUp(conditions: Partial<Conditions> = {}, seed = 1) {
  const clock = new VirtualClock()
  return { clock, network: new SimulatedNetwork({ clock, seed, conditions }) }
}

function transfer(conditions: Partial<Conditions>, seed: number) {
  const { clock, network } = setUp(conditions, seed)
  const random = seededRandom('payload')
  const messages = Array.from({ length: 20 }, () => random(40))
  const [a, b] = [new StopAndWait(clock, messages), new StopAndWait(clock, messages)]
  const link = connectParties(network, a, b, ['client', 'server'])
  const reason = link.run({ until: () => a.done && b.done })
  link.close()
  return { clock, network, messages, a, b, reason }
}

describe('a protocol that repeats itself', () => {
  test('needs no repetition on a perfect network', () => {
    const { a, b, clock, messages, reason } = transfer({ delayMs: [10, 10] }, 1)
    expect([reason, a.retransmissions, b.retransmissions, clock.now()]).toEqual(['done', 0, 0, 400])
    expect([a.received, b.received]).toEqual([messages, messages])
  })

  test.each([1, 2, 3, 4, 5])('gets everything across a bad one, seed %d', seed => {
    const bad = {
      loss: 0.2,
      duplication: 0.2,
      truncation: 0.1,
      reordering: 0.2,
      reorderMs: [5, 40],
      delayMs: [5, 20],
    } as const
    const { a, b, clock, network, messages, reason } = transfer(bad, seed)
    expect(reason).toBe('done')
    for (const { received } of [a, b]) {
      expect(received.length).toBe(20)
      expect(received.every((bytes, i) => equal(bytes, messages[i] ?? utf8('')))).toBe(true)
    }
    expect(a.retransmissions).toBeGreaterThan(0)
    // Closing leaves what is in flight on the clock, and nothing else.
    expect(clock.pending).toBe(network.inFlight)
    while (clock.runNext());
    expect(network.inFlight).toBe(0)
  })

  test('is the same run again with the same seed', () => {
    const run = () => {
      const { a, b, clock, network } = transfer({ loss: 0.3, delayMs: [1, 30] }, 9)
      return [a.retransmissions, b.retransmissions, clock.now(), network.counters]
    }
    expect(run()).toEqual(run())
  })
})

describe('why a run stops', () => {
  test('done at once, before anything happens', () => {
    const { clock, network } = setUp()
    clock.after(5, () => {})
    expect(connectParties(network, silent(), silent()).run({ until: () => true })).toBe('done')
    expect(clock.now()).toBe(0)
  })

  test('idle when nothing is left to happen', () => {
    expect(connectParties(setUp().network, silent(), silent()).run({ until: () => false })).toBe('idle')
  })

  test('time, with the clock at the limit; it can then go on', () => {
    const { clock, network } = setUp({ loss: 1 })
    const a = new StopAndWait(clock, [utf8('x')])
    const link = connectParties(network, a, silent())
    expect(link.run({ limitMs: 350 })).toBe('time')
    expect([clock.now(), a.retransmissions]).toEqual([350, 3])
    expect(link.run({ limitMs: 0 })).toBe('time')
    expect(a.retransmissions).toBe(3)
    expect(link.run({ limitMs: 50 })).toBe('time')
    // What falls due at the limit still happens, and is sent: the first time and four more.
    expect([clock.now(), a.retransmissions, network.counters.sent]).toEqual([400, 4, 5])
  })

  test('events', () => {
    const { clock, network } = setUp({ loss: 1 })
    const a = new StopAndWait(clock, [utf8('x')])
    expect(connectParties(network, a, silent()).run({ limitEvents: 7 })).toBe('events')
    expect(a.retransmissions).toBe(7)
  })

  test('a party whose deadline never moves does not hold the run for ever', () => {
    const stuck = silent({ nextDeadline: () => 0 })
    expect(connectParties(setUp().network, stuck, silent()).run({ limitEvents: 1000 })).toBe('events')
  })

  test.each([{ limitMs: Number.NaN }, { limitMs: -1 }, { limitEvents: Number.NaN }])('%j is no limit', options => {
    expect(() => connectParties(setUp().network, silent(), silent()).run(options)).toThrow(RangeError)
  })
})

describe('deadlines', () => {
  test('one that moves leaves only its last place on the clock', () => {
    const { clock, network } = setUp()
    let deadline: number | null = null
    let fired = 0
    const party = silent({
      nextDeadline: () => deadline,
      onDeadline: () => {
        fired = clock.now()
        deadline = null
      },
    })
    const link = connectParties(network, party, silent())
    for (const next of [500, 300, 700]) {
      deadline = next
      link.pump()
      expect([clock.pending, clock.nextTime()]).toEqual([1, next])
    }
    expect(link.run()).toBe('idle')
    expect([fired, clock.pending]).toEqual([700, 0])
  })

  test('one that stays keeps its turn among events of the same time', () => {
    const { clock, network } = setUp()
    const order: string[] = []
    let deadline: number | null = 10
    const party = silent({
      nextDeadline: () => deadline,
      onDeadline: () => {
        order.push('deadline')
        deadline = null
      },
    })
    const link = connectParties(network, party, silent())
    link.pump()
    clock.at(10, () => order.push('caller'))
    link.run()
    expect(order).toEqual(['deadline', 'caller'])
  })

  test('one that was given up between two looks is not called', () => {
    const { clock, network } = setUp()
    let deadline: number | null = 10
    let fired = false
    const party = silent({
      nextDeadline: () => deadline,
      onDeadline: () => {
        fired = true
      },
    })
    const link = connectParties(network, party, silent())
    link.pump()
    deadline = null
    clock.advanceTo(20)
    expect(fired).toBe(false)
    link.close()
  })

  test('after a leap of the clock it is called late', () => {
    const { clock, network } = setUp({ loss: 1 })
    const a = new StopAndWait(clock, [utf8('x')])
    const link = connectParties(network, a, silent())
    link.pump()
    clock.leap(10_000)
    link.run({ limitMs: 0 })
    expect([a.retransmissions, clock.now(), clock.nextTime()]).toEqual([1, 10_000, 10_100])
  })

  test('closing takes it off the clock, and nothing is served any more', () => {
    const { clock, network } = setUp({ loss: 1 })
    const link = connectParties(network, new StopAndWait(clock, [utf8('x')]), silent())
    link.pump()
    expect(clock.pending).toBe(1)
    link.close()
    link.pump()
    expect(clock.pending).toBe(0)
    expect(network.endpoint('a').address).toBe('a')
  })
})

describe('what the caller does in between', () => {
  test('an event of the caller that gives a party something to send is served', () => {
    const { clock, network } = setUp({ delayMs: [10, 10] })
    const output: Uint8Array[] = []
    const got: number[] = []
    const link = connectParties(
      network,
      silent({ takeOutput: () => output.splice(0) }),
      silent({ receive: () => got.push(clock.now()) }),
    )
    clock.at(50, () => output.push(utf8('x')))
    expect(link.run()).toBe('idle')
    expect(got).toEqual([60])
  })

  test('a datagram refused for its size comes back as the MTU', () => {
    const { network } = setUp({ mtu: 100, oversize: 'refuse' })
    const output = [new Uint8Array(101), new Uint8Array(100)]
    const told: number[] = []
    const sizes: number[] = []
    const party = silent({ takeOutput: () => output.splice(0), onTooBig: mtu => told.push(mtu) })
    connectParties(network, party, silent({ receive: bytes => sizes.push(bytes.length) })).run()
    expect([told, sizes]).toEqual([[100], [100]])
  })
})
