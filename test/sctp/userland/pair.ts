import type { Random } from '../../../lib/base/random.ts'
import type { Association } from '../../../lib/sctp/association.ts'
import type { AssociationEvent } from '../../../lib/sctp/events.ts'
import type { Owner } from '../../../lib/sctp/ports.ts'
import type { OutgoingMessage } from '../../../lib/sctp/send/outgoing.ts'
import { DEFAULT_SETTINGS, type Settings } from '../../../lib/sctp/settings.ts'
import { SctpStack } from '../../../lib/sctp/stack.ts'
import type { AssociationState, OutgoingPacket } from '../../../lib/sctp/surroundings.ts'
import { VirtualClock } from '../../../lib/simulator/clock.ts'
import type { Conditions } from '../../../lib/simulator/conditions.ts'
import type { Endpoint } from '../../../lib/simulator/endpoint.ts'
import { SimulatedNetwork } from '../../../lib/simulator/network.ts'
import { SeededSource } from '../../../lib/simulator/source.ts'

export interface Received {
  readonly stream: number
  readonly unordered: boolean
  readonly ppid: number
  readonly data: Uint8Array
}

export interface HostOptions {
  readonly addresses: readonly string[]
  /** The addresses that it is bound to; left out: all of them. */
  readonly announced?: readonly string[]
  readonly mtu?: number
  /** What every word that is drawn at random is: the first TSN, and the tag. */
  readonly word?: number
  readonly settings?: Partial<Settings>
}

/** A stack on the simulated network: one endpoint for each of its addresses. */
export class Host {
  readonly stack: SctpStack
  readonly owner: Owner
  /** The addresses that packets may leave from. */
  announced: readonly string[]
  readonly events: AssociationEvent[] = []
  readonly received: Received[] = []
  /** What came in parts of messages that are not complete; interleaved there may be several. */
  readonly #parts = new Map<string, Uint8Array[]>()
  readonly #endpoints: Endpoint[]
  readonly #clock: VirtualClock
  association: Association | null = null
  /** Messages are read as soon as they come. */
  reading = true
  unread = 0
  packetsOut = 0
  #alarm: (() => void) | null = null

  constructor(network: SimulatedNetwork, name: string, options: HostOptions, seed: SeededSource) {
    this.#clock = network.clock
    const mtu = options.mtu ?? 1400
    this.stack = new SctpStack({
      clock: network.clock,
      random: options.word === undefined ? seed.fork(name).random : words(seed.fork(name).random, options.word),
      carrier: { mtu: () => mtu, reachable: () => true, sourceFor: parallel },
      wake: () => this.#wake(),
    })
    this.#endpoints = options.addresses.map(address => network.endpoint(address))
    for (const endpoint of this.#endpoints) {
      endpoint.onDatagram = (bytes, from) =>
        this.stack.receive(bytes, { address: from, port: 9899, destination: endpoint.address })
    }
    this.announced = options.announced ?? options.addresses
    const announced = () => this.announced
    this.owner = {
      settings: { ...DEFAULT_SETTINGS, rtoInitial: 1000, ...options.settings },
      welcomes: true,
      get addresses() {
        return announced()
      },
      arrived: association => {
        this.association = association
        return this
      },
    }
  }

  event(association: Association, event: AssociationEvent): void {
    this.events.push(event)
    if (event.kind !== 'message') return
    const { stream, unordered, sequence, ppid, data, length, first, last } = event.delivery
    const key = `${stream} ${unordered} ${sequence}`
    const before = this.#parts.get(key)
    if ((before === undefined) !== first) throw new Error(`message ${key} begins in the middle or anew`)
    const parts = [...(before ?? []), ...data]
    if (last) this.received.push({ stream, unordered, ppid, data: new Uint8Array(Buffer.concat(parts)) })
    if (last) this.#parts.delete(key)
    else this.#parts.set(key, parts)
    this.unread += length
    if (this.reading) this.read(association)
  }

  read(association: Association): void {
    const { unread } = this
    this.unread = 0
    association.consumed(unread)
  }

  kinds(): string[] {
    return this.events.filter(({ kind }) => kind !== 'message').map(({ kind }) => kind)
  }

  get state(): AssociationState | 'none' {
    return this.association?.state ?? 'none'
  }

  connect(port: number, to: readonly [string, ...string[]], settings?: Partial<Settings>): Association {
    const local = this.stack.bind(0, this.owner)
    if (local === null) throw new Error('no port')
    const association = this.stack.connect(local, port, to, this.owner, this, { ...this.owner.settings, ...settings })
    if (association === null) throw new Error('connected already')
    this.association = association
    return association
  }

  send(data: Uint8Array, how: Partial<OutgoingMessage> = {}): void {
    this.association?.send({
      stream: 0,
      ppid: 0,
      context: 0,
      unordered: false,
      immediate: false,
      reliability: { kind: 'full' },
      key: this.association.keys.active,
      flags: 0,
      ...how,
      data,
    })
    this.stack.touched()
  }

  #waking = false

  #wake(): void {
    if (this.#waking) return
    this.#waking = true
    for (const packet of this.stack.takeOutput()) {
      this.packetsOut++
      const via = this.#via(packet)
      via.send(packet.bytes, packet.address)
    }
    this.#waking = false
    this.#alarm?.()
    const deadline = this.stack.nextDeadline()
    this.#alarm = deadline === null ? null : this.#clock.at(deadline, () => this.stack.onDeadline())
  }

  #via({ address, from }: OutgoingPacket): Endpoint {
    const own = this.#endpoints.map(({ address }) => address)
    const local = from ?? parallel(address, own)
    const endpoint = this.#endpoints.find(one => one.address === local)
    if (endpoint === undefined) throw new Error('no endpoint')
    return endpoint
  }
}

/** The nth address of the peer is reached from the nth of one's own, as on parallel networks. */
function parallel(address: string, own: readonly string[]): string | null {
  const network = address.split('.')[2]
  return own.find(one => one.split('.')[2] === network) ?? own[0] ?? null
}

/** The random source, with the same four bytes each time that four are wanted. */
function words(random: Random, word: number): Random {
  return length => (length === 4 ? Uint8Array.of(word >>> 24, word >>> 16, word >>> 8, word) : random(length))
}

export interface PairOptions {
  readonly seed: number | string
  readonly conditions?: Partial<Conditions>
  readonly client?: Partial<HostOptions>
  readonly server?: Partial<HostOptions>
}

export class Pair {
  readonly clock = new VirtualClock()
  readonly source: SeededSource
  readonly network: SimulatedNetwork
  readonly client: Host
  readonly server: Host

  constructor(options: PairOptions) {
    this.source = new SeededSource(options.seed)
    this.network = new SimulatedNetwork({
      clock: this.clock,
      seed: this.source,
      conditions: { delayMs: [10, 10], ...options.conditions },
    })
    this.client = new Host(this.network, 'client', { addresses: ['10.0.0.1'], ...options.client }, this.source)
    this.server = new Host(this.network, 'server', { addresses: ['10.0.0.2'], ...options.server }, this.source)
    this.server.stack.bind(5000, this.server.owner)
  }

  connect(to: readonly [string, ...string[]] = ['10.0.0.2'], limit = 60_000): boolean {
    this.client.connect(5000, to)
    return this.until(() => this.client.state === 'established' && this.server.state === 'established', limit)
  }

  until(condition: () => boolean, limit = 600_000): boolean {
    return this.clock.runUntil(condition, limit)
  }
}
