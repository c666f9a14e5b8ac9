import { printf } from './print.ts'

/** The number that stands at the beginning of a message of discard and chargen: 4 bytes, big-endian, from 0. */
export const NUMBER_SIZE = 4

/** The number of a message; null when it is too short for one. */
export function number_of(message: Uint8Array): number | null {
  if (message.length < NUMBER_SIZE) return null
  return new DataView(message.buffer, message.byteOffset, NUMBER_SIZE).getUint32(0)
}

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

  /** How many have been counted. */
  get messages(): number {
    return this.#messages
  }

  /** Writes the next number into a message that is about to be sent. */
  number(buf: Uint8Array): void {
    new DataView(buf.buffer, buf.byteOffset, NUMBER_SIZE).setUint32(0, this.#messages % 2 ** 32)
  }

  /**
   * @param message - as it was sent or received
   * @param numbered - false: its number is not one of these statistics'
   */
  count(message: Uint8Array, numbered = true): void {
    this.#messages++
    this.#bytes += message.length
    const number = numbered ? number_of(message) : null
    if (this.#done === 'received' && number !== null) this.#numbered = Math.max(this.#numbered, number + 1)
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

/** Counts the messages of one direction stream by stream. */
export class StreamStatistics {
  readonly #done: 'sent' | 'received'
  readonly #streams = new Map<number, Statistics>()
  /** Of all streams, when their messages are numbered together. */
  readonly #all: Statistics | null

  /** @param together - one sequence of numbers for all streams; else each stream has numbers of its own */
  constructor(done: 'sent' | 'received', together = false) {
    this.#done = done
    this.#all = together ? new Statistics(done) : null
  }

  /** Writes the next number into a message that is about to be sent. */
  number(stream: number, buf: Uint8Array): void {
    const numbering = this.#all ?? this.#of(stream)
    numbering.number(buf)
  }

  /** How many messages have been counted on a stream: the number that the next one has. */
  next(stream: number): number {
    return this.#of(stream).messages
  }

  /** @param message - as it was sent or received */
  count(stream: number, message: Uint8Array): void {
    this.#of(stream).count(message, this.#all === null)
    this.#all?.count(message)
  }

  print(prefix: string): void {
    for (const stream of [...this.#streams.keys()].sort((a, b) => a - b)) {
      printf(`${prefix}stream ${stream}:\n`)
      this.#of(stream).print(prefix)
    }
    if (this.#all === null) return
    printf(`${prefix}all streams:\n`)
    this.#all.print(prefix)
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
