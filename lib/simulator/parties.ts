import type { Cancel, VirtualClock } from './clock.ts'
import type { Endpoint } from './endpoint.ts'
import type { SimulatedNetwork } from './network.ts'

/** A protocol without sockets or timers, as a connection of `openssl-shim/engine` is. */
export interface Party {
  /** A datagram arrived; the bytes are the party's to keep. */
  receive(datagram: Uint8Array): void
  /** What is to be sent now, a datagram each; taken, so that the next call does not give it again. */
  takeOutput(): readonly Uint8Array[]
  /** When `onDeadline` is to be called, in milliseconds of the network's clock; `null` for never. */
  nextDeadline(): number | null
  onDeadline(): void
  /** Gives the party a turn after every event: what an application would do in its loop. */
  step?(): void
  /** A datagram was refused with `EMSGSIZE`; `mtu` is what passes, in bytes. */
  onTooBig?(mtu: number): void
}

/** When `PartyLink.run` is to stop. */
export interface RunOptions {
  /** Checked before the first event and after each. Without it the run goes on until nothing is left to happen. */
  readonly until?: () => boolean
  /** Milliseconds of virtual time. Default ten minutes, in which a DTLS handshake without an answer has given up. */
  readonly limitMs?: number
  /** Events of the clock. Default 100 000. */
  readonly limitEvents?: number
}

/** `done`: `until` holds. `idle`: nothing is left to happen. `time`, `events`: the limit is reached. */
export type StopReason = 'done' | 'idle' | 'time' | 'events'

/** Two parties on a network, made by `connectParties`. */
export interface PartyLink {
  /** The endpoints of the first and the second party. */
  readonly endpoints: readonly [Endpoint, Endpoint]
  /** Moves datagrams and fires deadlines until something of `options` says stop, and says what. May be called again. */
  run(options?: RunOptions): StopReason
  /** Sends what the parties have ready and sets their deadlines, without running the clock. */
  pump(): void
  /** Takes the deadlines off the clock and closes the endpoints. */
  close(): void
}

/**
 * Joins two parties by a network: what one has to send travels to the other, deadlines are events of the clock.
 *
 * ```ts
 * const link = connectParties(network, client, server, ['client', 'server'])
 * const reason = link.run({ until: () => client.done && server.done, limitMs: 60_000 })
 * if (reason !== 'done') throw new Error(`no handshake with seed ${seed}: ${reason}`)
 * ```
 */
export function connectParties(
  network: SimulatedNetwork,
  a: Party,
  b: Party,
  addresses: readonly [string, string] = ['a', 'b'],
): PartyLink {
  const { clock } = network
  const endpoints = network.pair(...addresses)
  const seats = [new Seat(a, endpoints[0], clock), new Seat(b, endpoints[1], clock)]
  const pump = () => {
    for (const seat of seats) seat.serve()
  }
  return {
    endpoints,
    pump,
    run: options => run(clock, pump, options ?? {}),
    close: () => {
      for (const seat of seats) seat.leave()
    },
  }
}

function run(clock: VirtualClock, pump: () => void, options: RunOptions): StopReason {
  const limit = clock.now() + notNegative('limitMs', options.limitMs ?? 600_000)
  const limitEvents = notNegative('limitEvents', options.limitEvents ?? 100_000)
  for (let events = 0; ; events++) {
    // Both, after every event: an event may belong to the caller and have touched either party.
    pump()
    if (options.until?.() === true) return 'done'
    const next = clock.nextTime()
    if (next === null) return 'idle'
    if (next > limit) {
      if (limit > clock.now()) clock.advanceTo(limit)
      return 'time'
    }
    if (events >= limitEvents) return 'events'
    clock.runNext()
  }
}

function notNegative(name: string, value: number): number {
  if (!(value >= 0)) throw new RangeError(`${name}: ${value} is not a limit`)
  return value
}

/** A party at its endpoint, with its one deadline on the clock. */
class Seat {
  readonly #party: Party
  readonly #endpoint: Endpoint
  readonly #clock: VirtualClock
  #deadline: number | null = null
  #cancel: Cancel | null = null
  #left = false

  constructor(party: Party, endpoint: Endpoint, clock: VirtualClock) {
    this.#party = party
    this.#endpoint = endpoint
    this.#clock = clock
    endpoint.onDatagram = bytes => party.receive(bytes)
  }

  serve(): void {
    if (this.#left) return
    this.#party.step?.()
    for (const datagram of this.#party.takeOutput()) {
      if (this.#endpoint.send(datagram) === 'EMSGSIZE') this.#party.onTooBig?.(this.#endpoint.mtu())
    }
    this.#arm()
  }

  leave(): void {
    this.#left = true
    this.#disarm()
    this.#endpoint.close()
  }

  #arm(): void {
    const deadline = this.#party.nextDeadline()
    if (deadline === this.#deadline) return
    this.#disarm()
    if (deadline === null) return
    this.#deadline = deadline
    this.#cancel = this.#clock.at(deadline, () => this.#expire())
  }

  #disarm(): void {
    this.#cancel?.()
    this.#cancel = null
    this.#deadline = null
  }

  /** The party may have changed its mind since it was asked, so it is asked again. */
  #expire(): void {
    this.#disarm()
    const deadline = this.#party.nextDeadline()
    if (deadline !== null && deadline <= this.#clock.now()) this.#party.onDeadline()
  }
}
