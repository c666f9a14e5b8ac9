import type { Path } from './path.ts'

/** How long a message is worth sending (RFC 3758 section 4.1, RFC 7496 section 3). */
export type Reliability =
  | { readonly kind: 'full' }
  /** Milliseconds of the clock. */
  | { readonly kind: 'until'; readonly time: number }
  | { readonly kind: 'retransmissions'; readonly most: number }
  /** 0 is the highest; lower ones make room when the buffer is full. */
  | { readonly kind: 'priority'; readonly priority: number }

/** A message as the program hands it over. */
export interface OutgoingMessage {
  readonly stream: number
  readonly ppid: number
  readonly context: number
  readonly unordered: boolean
  /** Asks for a SACK at once (RFC 7053). */
  readonly immediate: boolean
  readonly reliability: Reliability
  /** The number of the key that authenticates it, where DATA is authenticated. */
  readonly key: number
  readonly data: Uint8Array
  /** The program's flags, which come back when it fails. */
  readonly flags: number
}

/** A message on its way out. */
export class Outgoing {
  readonly message: OutgoingMessage
  /** Bytes that have been cut into chunks. */
  cut = 0
  /** Given when the first chunk is cut, so that what is given up before leaves no hole. */
  sequence = 0
  /** Where its last chunk went. */
  path: Path | null = null
  abandoned = false

  constructor(message: OutgoingMessage) {
    this.message = message
  }

  get wholly(): boolean {
    return this.cut === this.message.data.length
  }

  /** Whether it is to be given up now instead of being sent; `transmissions` of its chunk so far. */
  expired(now: number, transmissions: number): boolean {
    const { reliability } = this.message
    if (reliability.kind === 'until') return now >= reliability.time
    return reliability.kind === 'retransmissions' && transmissions > reliability.most
  }
}

/** Messages that have not been cut yet, first come first served; what is being cut stays in front until it is done. */
export class OutgoingQueue {
  #items: Outgoing[] = []
  #from = 0
  #bytes = 0

  get length(): number {
    return this.#items.length - this.#from
  }

  /** Bytes not cut yet. */
  get bytes(): number {
    return this.#bytes
  }

  push(message: Outgoing): void {
    this.#items.push(message)
    this.#bytes += message.message.data.length
  }

  get first(): Outgoing | undefined {
    return this.#items[this.#from]
  }

  /** The first message gave so many bytes to a chunk; wholly cut it leaves. */
  took(bytes: number): void {
    this.#bytes -= bytes
    if (this.first?.wholly === true) this.#shift()
  }

  remove(message: Outgoing): boolean {
    const at = this.#items.indexOf(message, this.#from)
    if (at < 0) return false
    this.#items.splice(at, 1)
    this.#bytes -= message.message.data.length - message.cut
    return true
  }

  /** Takes out all that `wanted` says. */
  drain(wanted: (message: Outgoing) => boolean = () => true): Outgoing[] {
    const taken = this.waiting().filter(wanted)
    for (const message of taken) this.remove(message)
    return taken
  }

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
