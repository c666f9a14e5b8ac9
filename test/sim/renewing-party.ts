import { utf8 } from '../../lib/base/bytes.ts'
import { Connection, type ConnectionOptions } from '../../lib/engine.ts'
import type { Party, SeededSource, VirtualClock } from '../../lib/sim.ts'
import { attend } from '../connection/renegotiation.ts'

export interface RenewingOptions {
  readonly connection: ConnectionOptions
  readonly clock: VirtualClock
  readonly source: SeededSource
  /** How many new handshakes it begins. */
  readonly renewals: number
}

/** A connection that wants a new handshake every now and then, and sends a message whenever it may. */
export class RenewingParty implements Party {
  readonly connection: Connection
  readonly sent: Uint8Array[] = []
  readonly received: Uint8Array[] = []
  readonly #options: RenewingOptions
  #left: number
  /** Milliseconds of the clock at which something is to be done again; null when all is done. */
  #next: number | null = 0

  constructor(options: RenewingOptions) {
    this.connection = new Connection(options.connection)
    this.#options = options
    this.#left = options.renewals
  }

  /** Why it came to an end, or null. */
  get ending(): string | null {
    const { failure, receivedClose } = this.connection
    return failure?.reason ?? (receivedClose ? 'close_notify' : null)
  }

  receive(datagram: Uint8Array): void {
    this.connection.receive(datagram)
  }

  takeOutput(): Uint8Array[] {
    return this.connection.takeOutput()
  }

  nextDeadline(): number | null {
    if (this.connection.failure !== null) return null
    const deadlines = [this.connection.nextDeadline(), this.#next].filter(deadline => deadline !== null)
    return deadlines.length === 0 ? null : Math.min(...deadlines)
  }

  onDeadline(): void {
    this.connection.onDeadline()
    if (this.#next === null || this.#options.clock.now() < this.#next) return
    const { source, clock } = this.#options
    this.#next = clock.now() + source.integer(MAX_PAUSE)
    if (this.connection.settled) this.#act()
  }

  step(): void {
    this.received.push(...attend(this.connection))
  }

  export(): Uint8Array | null {
    return this.connection.exportKeyingMaterial(utf8('EXPORTER-simulation'), null, 32)
  }

  /** Talks, and asks for a new handshake, for the next one when this one is over. */
  #act(): void {
    const { source } = this.#options
    this.#send()
    if (source.chance(0.5)) return
    if (this.connection.renegotiating) {
      // Nobody repeats a HelloRequest that is lost but the program.
      this.connection.renegotiate()
      return
    }
    if (this.#left === 0) {
      this.#next = null
      return
    }
    this.#left--
    this.connection.renegotiate({ resume: source.chance(0.5) })
    this.#send()
  }

  #send(): void {
    const { source, connection } = this.#options
    const head = utf8(`${connection.config.role} ${this.sent.length} `)
    const message = source.bytes(head.length + source.integer(100))
    message.set(head)
    if (this.connection.write(message)) this.sent.push(message)
  }
}

/** Milliseconds. */
const MAX_PAUSE = 3000
