import { copy } from '../base/bytes.ts'
import { BoundedQueue } from '../base/queue.ts'
import type { VirtualClock } from './clock.ts'
import { type Conditions, checked, PERFECT } from './conditions.ts'
import { damaged } from './damage.ts'
import { type Endpoint, Sender, type SendResult, Station } from './endpoint.ts'
import { type Seed, SeededSource } from './source.ts'
import { type Counters, type Datagram, type Fate, Tally, type Trace } from './trace.ts'

/** One way between two addresses. */
export interface Direction {
  readonly from: string
  readonly to: string
}

/**
 * Somebody on the path. Sees every datagram that an endpoint sends and that fits the MTU. `null` lets it pass; a list
 * takes its place: empty drops it, the same bytes twice repeat it, other bytes forge it.
 */
export type Interference = (datagram: Datagram) => readonly Uint8Array[] | null

/** Bounds of a network's memory. What goes beyond is dropped and counted as `overflowed`. */
export interface Limits {
  /** Datagrams on their way, over the whole network. Default 4096. */
  readonly inFlight: number
  /** Their bytes. Default 16 MiB. */
  readonly inFlightBytes: number
  /** Datagrams that wait at one endpoint. Default 1024. */
  readonly inbox: number
  /** Their bytes. Default 4 MiB. */
  readonly inboxBytes: number
}

export interface NetworkOptions {
  readonly clock: VirtualClock
  /** Decides every fate. A `SeededSource` is forked, so that drawing from it elsewhere changes nothing here. */
  readonly seed: Seed | SeededSource
  /** What differs from `PERFECT`, for all directions. */
  readonly conditions?: Partial<Conditions>
  readonly limits?: Partial<Limits>
  readonly trace?: Trace
  readonly interfere?: Interference
}

/**
 * A network of datagram endpoints driven by a virtual clock and one seed: no sockets, no timers. The same seed and the
 * same calls give the same run, byte for byte.
 *
 * The fate of a datagram follows from the seed, from which endpoint of the network sent it (in order of opening), and
 * from its number there: a change of what one side sends leaves the other side's luck as it was.
 *
 * ```ts
 * const clock = new VirtualClock()
 * const network = new SimulatedNetwork({ clock, seed: 42, conditions: { loss: 0.1, delayMs: [10, 30] } })
 * const [client, server] = network.pair('client', 'server')
 * client.send(utf8('hello'))
 * clock.advanceBy(30)
 * server.receive() // the datagram, or null with one seed in ten
 * ```
 */
export class SimulatedNetwork {
  readonly clock: VirtualClock
  /** Called with every event; may be set and taken away during the run. */
  trace: Trace | null
  /** Somebody on the path; may be set and taken away during the run. */
  interfere: Interference | null
  readonly #source: SeededSource
  readonly #limits: Limits
  readonly #stations = new Map<string, Station>()
  /** State of a direction exists only while something is in flight there, so forged addresses leave nothing behind. */
  readonly #paths = new Map<string, Path>()
  readonly #overrides = new Map<string, Partial<Conditions>>()
  readonly #total = new Tally()
  readonly #forger: Sender
  #conditions: Conditions
  #openings = 0
  #inFlight = 0
  #inFlightBytes = 0

  constructor(options: NetworkOptions) {
    this.clock = options.clock
    this.trace = options.trace ?? null
    this.interfere = options.interfere ?? null
    const source = options.seed instanceof SeededSource ? options.seed : new SeededSource(options.seed)
    this.#source = source.fork('network')
    this.#forger = new Sender('', this.#source.fork('injected'), this.#total)
    this.#conditions = { ...PERFECT, ...checked(options.conditions ?? {}) }
    this.#limits = bounded({ ...DEFAULT_LIMITS, ...options.limits })
  }

  /** What has become of all datagrams so far. */
  get counters(): Counters {
    return this.#total.snapshot()
  }

  /** Datagrams on their way now. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Directions in which something is on its way now: what the network remembers besides its endpoints. */
  get busyDirections(): number {
    return this.#paths.size
  }

  /**
   * Opens `address`, with `peer` as the place where its datagrams go by default.
   * `Error` when the address is taken.
   */
  endpoint(address: string, peer: string | null = null): Endpoint {
    if (this.#stations.has(address)) throw new Error(`${address} is in use`)
    const sender = new Sender(address, this.#source.fork(`endpoint ${this.#openings++}`), this.#total)
    const inbox = new BoundedQueue<Datagram>(this.#limits.inbox, this.#limits.inboxBytes, sizeOf)
    const station = new Station(sender, peer, this.#carrier, inbox)
    this.#stations.set(address, station)
    return station
  }

  /** Two endpoints that are each other's peer. */
  pair(first = 'a', second = 'b'): [Endpoint, Endpoint] {
    return [this.endpoint(first, second), this.endpoint(second, first)]
  }

  /**
   * Changes conditions for what is sent from now on: in one direction, or in all that do not have their own.
   * `TypeError` for a name that is no condition, `RangeError` for a value out of range.
   */
  configure(change: Partial<Conditions>, direction?: Direction): void {
    const valid = checked(change)
    if (direction === undefined) {
      this.#conditions = { ...this.#conditions, ...valid }
      return
    }
    const key = keyOf(direction)
    this.#overrides.set(key, { ...this.#overrides.get(key), ...valid })
  }

  /** The conditions that hold in a direction now. */
  conditions(direction: Direction): Conditions {
    return { ...this.#conditions, ...this.#overrides.get(keyOf(direction)) }
  }

  /** Puts a forged datagram on the path, as an attacker who need not own `from`. It travels like any other. */
  inject(bytes: Uint8Array, { from, to }: Direction): void {
    const datagram = { from, to, number: this.#forger.nextNumber(), bytes }
    const conditions = this.conditions(datagram)
    this.#note('injected', this.#forger, datagram)
    if (bytes.length > conditions.mtu) this.#note('tooBig', this.#forger, datagram)
    else this.#travel(this.#forger, datagram, conditions)
  }

  readonly #carrier = {
    send: (sender: Sender, to: string, bytes: Uint8Array): SendResult => this.#send(sender, to, bytes),
    mtu: (from: string, to: string): number => this.conditions({ from, to }).mtu,
    release: (station: Station): void => {
      this.#stations.delete(station.address)
    },
  }

  #send(sender: Sender, to: string, bytes: Uint8Array): SendResult {
    const datagram = { from: sender.address, to, number: sender.nextNumber(), bytes }
    const conditions = this.conditions(datagram)
    this.#note('sent', sender, datagram)
    if (bytes.length > conditions.mtu) {
      this.#note('tooBig', sender, datagram)
      return conditions.oversize === 'refuse' ? 'EMSGSIZE' : 'sent'
    }
    const instead = this.interfere?.({ ...datagram, bytes: copy(bytes) }) ?? null
    if (instead === null) this.#travel(sender, datagram, conditions)
    else {
      this.#note('intercepted', sender, datagram)
      for (const forged of instead) this.inject(forged, datagram)
    }
    return 'sent'
  }

  /** The bytes are the caller's until `damaged` has made the copy that travels. */
  #travel(sender: Sender, datagram: Datagram, conditions: Conditions): void {
    const fate = sender.fateOf(datagram.number)
    const lost = fate.chance(conditions.loss)
    const twice = fate.chance(conditions.duplication)
    if (lost) {
      this.#note('lost', sender, datagram)
      return
    }
    this.#carry(sender, datagram, conditions, fate)
    if (!twice) return
    this.#note('duplicated', sender, datagram)
    this.#carry(sender, datagram, conditions, fate.fork('copy'))
  }

  /** The first five draws are made whatever the conditions, so that changing one condition leaves the other fates. */
  #carry(sender: Sender, datagram: Datagram, conditions: Conditions, fate: SeededSource): void {
    const corrupt = fate.chance(conditions.corruption)
    const truncate = fate.chance(conditions.truncation)
    const holdBack = fate.chance(conditions.reordering)
    const delay = fate.between(...conditions.delayMs)
    const extra = fate.between(...conditions.reorderMs)

    const key = keyOf(datagram)
    const now = this.clock.now()
    const path = this.#paths.get(key) ?? { inFlight: 0, freeAt: now, lastArrival: now }
    if (!this.#hasRoom(datagram, conditions, path)) {
      this.#note('overflowed', sender, datagram)
      return
    }
    const travelling = damaged(datagram, { corrupt, truncate }, fate, (happened, result) =>
      this.#note(happened, sender, result),
    )
    if (holdBack) this.#note('reordered', sender, travelling)

    path.freeAt = Math.max(now, path.freeAt) + transmissionMs(datagram, conditions)
    const arrival = Math.max(path.freeAt + delay, path.lastArrival)
    // The one held back does not hold up those behind it.
    if (!holdBack) path.lastArrival = arrival

    path.inFlight++
    this.#paths.set(key, path)
    this.#inFlight++
    this.#inFlightBytes += travelling.bytes.length
    this.clock.at(holdBack ? arrival + extra : arrival, () => {
      if (--path.inFlight === 0) this.#paths.delete(key)
      this.#inFlight--
      this.#inFlightBytes -= travelling.bytes.length
      this.#arrive(sender, travelling)
    })
  }

  #hasRoom(datagram: Datagram, conditions: Conditions, path: Path): boolean {
    const waiting = waitingBytes(path.freeAt - this.clock.now(), conditions.bandwidth)
    return (
      this.#inFlight < this.#limits.inFlight &&
      this.#inFlightBytes + datagram.bytes.length <= this.#limits.inFlightBytes &&
      (waiting === 0 || waiting + datagram.bytes.length <= conditions.bufferBytes)
    )
  }

  #arrive(sender: Sender, datagram: Datagram): void {
    const station = this.#stations.get(datagram.to)
    if (station === undefined) this.#note('unreachable', sender, datagram)
    else if (!station.accept(datagram)) this.#note('overflowed', sender, datagram)
    else {
      this.#note('delivered', sender, datagram)
      station.handOver()
    }
  }

  #note(fate: Fate, sender: Sender, datagram: Datagram): void {
    sender.tally.count(fate)
    this.trace?.({ time: this.clock.now(), ...datagram, bytes: copy(datagram.bytes), fate })
  }
}

interface Path {
  inFlight: number
  /** When the line has sent what it was given, in milliseconds of the clock. */
  freeAt: number
  lastArrival: number
}

const DEFAULT_LIMITS: Limits = { inFlight: 4096, inFlightBytes: 1 << 24, inbox: 1024, inboxBytes: 1 << 22 }

const sizeOf = (datagram: Datagram): number => datagram.bytes.length

/** Addresses are any text, so the pair is written in a form that cannot be ambiguous. */
const keyOf = ({ from, to }: Direction): string => JSON.stringify([from, to])

function transmissionMs(datagram: Datagram, conditions: Conditions): number {
  return (datagram.bytes.length * 8000) / conditions.bandwidth
}

/** What the line still has to send when it is free in `ms` milliseconds. */
function waitingBytes(ms: number, bandwidth: number): number {
  return ms > 0 && Number.isFinite(bandwidth) ? (ms * bandwidth) / 8000 : 0
}

function bounded(limits: Limits): Limits {
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${name}: ${value} is not a bound`)
  }
  return limits
}
