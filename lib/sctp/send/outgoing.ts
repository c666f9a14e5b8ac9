import type { Path } from '../paths/path.ts'

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
  /** Chunks that it has been cut into. */
  fragments = 0
  /** Given when the first chunk is cut, so that what is given up before leaves no hole. */
  sequence = 0
  /** Where its last chunk went. */
  path: Path | null = null
  abandoned = false

  constructor(message: OutgoingMessage) {
    this.message = message
  }

  /** Bytes that are still to be cut. */
  get rest(): number {
    return this.message.data.length - this.cut
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
