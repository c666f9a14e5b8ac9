import { utf8 } from '../../lib/base/bytes.ts'
import { Connection, type ConnectionOptions, type CookieExchange, helloGate } from '../../lib/engine.ts'
import type { Party } from '../../lib/sim.ts'

/** A connection on the simulated network: shakes hands, then sends its messages at once and takes what comes. */
export class ConnectionParty implements Party {
  readonly received: Uint8Array[] = []
  readonly sent: readonly Uint8Array[]
  readonly #connection: Connection
  #toSend: readonly Uint8Array[]

  constructor(options: ConnectionOptions, messages: readonly Uint8Array[], connection = new Connection(options)) {
    this.#connection = connection
    this.sent = messages
    this.#toSend = messages
  }

  get established(): boolean {
    return this.#connection.established
  }

  /** How the connection came to its end, or 'nothing'. */
  get ending(): string {
    const { failure } = this.#connection
    if (failure !== null) return failure.received === null ? failure.reason : `alert ${failure.received}`
    return this.#connection.receivedClose ? 'close_notify' : 'nothing'
  }

  receive(datagram: Uint8Array): void {
    this.#connection.receive(datagram)
  }

  takeOutput(): Uint8Array[] {
    return this.#connection.takeOutput()
  }

  nextDeadline(): number | null {
    // A deadline that was missed too often stays, so that `DTLSv1_get_timeout` can show it; nothing comes of it here.
    return this.#connection.failure === null ? this.#connection.nextDeadline() : null
  }

  onDeadline(): void {
    this.#connection.onDeadline()
  }

  step(): void {
    if (this.#connection.handshake() !== 'done') return
    const messages = this.#toSend
    this.#toSend = []
    for (const message of messages) this.#connection.write(message)
    for (;;) {
      const out = new Uint8Array(16384)
      const length = this.#connection.read(out)
      if (length === 0) return
      this.received.push(out.slice(0, length))
    }
  }

  /** Keying material that both sides must agree on. */
  export(): Uint8Array {
    return this.#connection.exportKeyingMaterial(utf8('EXPORTER-simulation'), null, 32) ?? new Uint8Array(0)
  }
}

/** A server that keeps nothing of a client until the hello gate has verified its cookie. */
export class GatedParty implements Party {
  readonly sent: readonly Uint8Array[]
  readonly #options: ConnectionOptions
  readonly #cookies: CookieExchange
  #party: ConnectionParty | null = null
  #replies: Uint8Array[] = []

  constructor(options: ConnectionOptions, messages: readonly Uint8Array[], cookies: CookieExchange) {
    this.#options = options
    this.sent = messages
    this.#cookies = cookies
  }

  get established(): boolean {
    return this.#party?.established ?? false
  }

  get ending(): string {
    return this.#party?.ending ?? 'nothing'
  }

  get received(): readonly Uint8Array[] {
    return this.#party?.received ?? []
  }

  receive(datagram: Uint8Array): void {
    if (this.#party !== null) {
      this.#party.receive(datagram)
      return
    }
    const outcome = helloGate(datagram, this.#cookies)
    if (outcome.kind === 'reply') this.#replies.push(outcome.datagram)
    if (outcome.kind !== 'verified') return
    const connection = new Connection(this.#options)
    connection.continueFrom(outcome.hello)
    this.#party = new ConnectionParty(this.#options, this.sent, connection)
  }

  takeOutput(): Uint8Array[] {
    const replies = this.#replies
    this.#replies = []
    return [...replies, ...(this.#party?.takeOutput() ?? [])]
  }

  nextDeadline(): number | null {
    return this.#party?.nextDeadline() ?? null
  }

  onDeadline(): void {
    this.#party?.onDeadline()
  }

  step(): void {
    this.#party?.step()
  }

  export(): Uint8Array {
    return this.#party?.export() ?? new Uint8Array(0)
  }
}
