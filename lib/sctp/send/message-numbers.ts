import { advance } from '../wire/serial.ts'
import type { OutgoingMessage } from './outgoing.ts'

/** Numbers of messages: SSNs of 16 bits; with interleaving MIDs of 32 bits, which unordered messages have as well. */
export class MessageNumbers {
  readonly #interleaved: boolean
  readonly #ordered = new Map<number, number>()
  readonly #unordered = new Map<number, number>()

  constructor(interleaved: boolean) {
    this.#interleaved = interleaved
  }

  next({ stream, unordered }: OutgoingMessage): number {
    if (unordered && !this.#interleaved) return 0
    const numbers = unordered ? this.#unordered : this.#ordered
    const number = numbers.get(stream) ?? 0
    numbers.set(stream, this.#interleaved ? advance(number) : (number + 1) & 0xffff)
    return number
  }

  /** Of all streams when the list is empty. */
  reset(streams: readonly number[]): void {
    for (const numbers of [this.#ordered, this.#unordered]) {
      if (streams.length === 0) numbers.clear()
      for (const stream of streams) numbers.delete(stream)
    }
  }
}
