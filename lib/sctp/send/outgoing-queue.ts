import type { Outgoing } from './outgoing.ts'

/** Whose turn it is (RFC 8260 section 3). */
export type Scheduler = 'first come' | 'round robin' | 'priority'

export interface Schedule {
  readonly scheduler: Scheduler
  /** Lower goes first; 0 for a stream that is not there. */
  readonly priorities: ReadonlyMap<number, number>
}

export const FIRST_COME: Schedule = { scheduler: 'first come', priorities: new Map() }

/**
 * Messages that have not been cut yet. Without interleaving the one that is being cut stays in front until it is done;
 * with it (RFC 8260) streams take turns with every chunk.
 */
export class OutgoingQueue {
  readonly #interleaved: boolean
  #order: Order
  #current: Outgoing | null = null
  #bytes = 0

  constructor(interleaved: boolean, schedule: Schedule = FIRST_COME) {
    this.#interleaved = interleaved
    this.#order = orderOf(schedule)
  }

  get empty(): boolean {
    return this.#order.length === 0
  }

  get length(): number {
    return this.#order.length
  }

  /** Bytes not cut yet. */
  get bytes(): number {
    return this.#bytes
  }

  /** Another schedule, from the next message on. */
  reschedule(schedule: Schedule): void {
    const order = orderOf(schedule)
    for (const message of this.#order.waiting()) order.push(message)
    this.#order = order
  }

  push(message: Outgoing): void {
    this.#order.push(message)
    this.#bytes += message.rest
  }

  /** What the next chunk is cut from. */
  get first(): Outgoing | undefined {
    return this.#current ?? this.#order.first
  }

  /** `first` gave so many bytes to a chunk; wholly cut it leaves. */
  took(bytes: number): void {
    const { first } = this
    if (first === undefined) return
    this.#bytes -= bytes
    if (first.wholly) this.#order.remove(first)
    if (first.wholly || this.#interleaved) this.#order.served(first)
    this.#current = first.wholly || this.#interleaved ? null : first
  }

  remove(message: Outgoing): boolean {
    if (!this.#order.remove(message)) return false
    this.#bytes -= message.rest
    if (this.#current === message) this.#current = null
    return true
  }

  clear(): void {
    for (const message of this.waiting()) this.remove(message)
  }

  waiting(): readonly Outgoing[] {
    return this.#order.waiting()
  }
}

/** In which order messages are taken. */
interface Order {
  readonly length: number
  readonly first: Outgoing | undefined
  push(message: Outgoing): void
  remove(message: Outgoing): boolean
  /** This message, or a chunk of it, has had its turn. */
  served(message: Outgoing): void
  waiting(): readonly Outgoing[]
}

function orderOf({ scheduler, priorities }: Schedule): Order {
  if (scheduler === 'first come') return new Arrival()
  return new Turns(scheduler === 'priority' ? priorities : new Map())
}

/** First come, first served. */
class Arrival implements Order {
  #items: Outgoing[] = []
  #from = 0

  get length(): number {
    return this.#items.length - this.#from
  }

  get first(): Outgoing | undefined {
    return this.#items[this.#from]
  }

  push(message: Outgoing): void {
    this.#items.push(message)
  }

  remove(message: Outgoing): boolean {
    if (message === this.first) {
      this.#shift()
      return true
    }
    const at = this.#items.indexOf(message, this.#from)
    if (at >= 0) this.#items.splice(at, 1)
    return at >= 0
  }

  served(): void {}

  waiting(): readonly Outgoing[] {
    return this.#items.slice(this.#from)
  }

  #shift(): void {
    this.#from++
    // Moving the rest down at each step would make a long queue quadratic.
    if (this.#from < 64 || this.#from * 2 < this.#items.length) return
    this.#items = this.#items.slice(this.#from)
    this.#from = 0
  }
}

/** The streams in turn; of different priorities the lowest number goes first. */
class Turns implements Order {
  readonly #priorities: ReadonlyMap<number, number>
  /** The stream whose turn it is stands first. */
  readonly #streams = new Map<number, Arrival>()
  #length = 0

  constructor(priorities: ReadonlyMap<number, number>) {
    this.#priorities = priorities
  }

  get length(): number {
    return this.#length
  }

  get first(): Outgoing | undefined {
    let best: Arrival | undefined
    let least = Number.POSITIVE_INFINITY
    for (const [stream, messages] of this.#streams) {
      const priority = this.#priorities.get(stream) ?? 0
      if (priority >= least) continue
      least = priority
      best = messages
      if (this.#priorities.size === 0) break
    }
    return best?.first
  }

  push(message: Outgoing): void {
    const { stream } = message.message
    const messages = this.#streams.get(stream) ?? new Arrival()
    messages.push(message)
    this.#streams.set(stream, messages)
    this.#length++
  }

  remove(message: Outgoing): boolean {
    const { stream } = message.message
    const messages = this.#streams.get(stream)
    if (messages?.remove(message) !== true) return false
    if (messages.length === 0) this.#streams.delete(stream)
    this.#length--
    return true
  }

  served({ message: { stream } }: Outgoing): void {
    const messages = this.#streams.get(stream)
    if (messages === undefined) return
    this.#streams.delete(stream)
    this.#streams.set(stream, messages)
  }

  waiting(): readonly Outgoing[] {
    return [...this.#streams.values()].flatMap(messages => messages.waiting())
  }
}
