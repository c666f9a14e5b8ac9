import { printf } from './print.ts'

/** The number that stands at the beginning of a message of discard and chargen: 4 bytes, big-endian, from 0. */
export const NUMBER_SIZE = 4

/** Counts the messages of one direction. */
export class Statistics {
  readonly #done: 'sent' | 'received'
  #messages = 0
  #bytes = 0
  /** One more than the highest number received. */
  #numbered = 0

  constructor(done: 'sent' | 'received') {
    this.#done = done
  }

  /** Writes the next number into a message that is about to be sent. */
  number(buf: Uint8Array): void {
    new DataView(buf.buffer, buf.byteOffset, NUMBER_SIZE).setUint32(0, this.#messages % 2 ** 32)
  }

  /** @param message - as it was sent or received */
  count(message: Uint8Array): void {
    this.#messages++
    this.#bytes += message.length
    if (this.#done === 'sent' || message.length < NUMBER_SIZE) return
    const number = new DataView(message.buffer, message.byteOffset, NUMBER_SIZE).getUint32(0)
    this.#numbered = Math.max(this.#numbered, number + 1)
  }

  print(prefix: string): void {
    const { length } = String(this.#bytes)
    printf(`${prefix}${this.#done} ${String(this.#messages).padStart(length)} messages\n`)
    printf(`${prefix}${this.#done} ${this.#bytes} bytes\n`)
    // Fewer numbers than messages: the peer's program does not number them.
    const lost = this.#numbered - this.#messages
    if (lost > 0 && this.#done === 'received') printf(`${prefix}lost ${lost} messages\n`)
  }
}

/** Counts the messages of one direction stream by stream; each stream has numbers of its own. */
export class StreamStatistics {
  readonly #done: 'sent' | 'received'
  readonly #streams = new Map<number, Statistics>()

  constructor(done: 'sent' | 'received') {
    this.#done = done
  }

  /** Writes the stream's next number into a message that is about to be sent. */
  number(stream: number, buf: Uint8Array): void {
    this.#of(stream).number(buf)
  }

  /** @param message - as it was sent or received */
  count(stream: number, message: Uint8Array): void {
    this.#of(stream).count(message)
  }

  print(prefix: string): void {
    for (const stream of [...this.#streams.keys()].sort((a, b) => a - b)) {
      printf(`${prefix}stream ${stream}:\n`)
      this.#of(stream).print(prefix)
    }
  }

  #of(stream: number): Statistics {
    const known = this.#streams.get(stream) ?? new Statistics(this.#done)
    this.#streams.set(stream, known)
    return known
  }
}

/** The line above the numbers. */
export function print_statistics_title(prefix: string): void {
  printf(`\n${prefix}Statistics:\n${prefix}${'='.repeat(24)}\n`)
}
