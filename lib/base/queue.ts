/** First in, first out, with a bound on the items and on the bytes they hold. What does not fit is refused, never grown for. */
export class BoundedQueue<T> {
  readonly #items: T[] = []
  readonly #maxItems: number
  readonly #maxBytes: number
  readonly #sizeOf: (item: T) => number
  #bytes = 0

  constructor(maxItems: number, maxBytes: number, sizeOf: (item: T) => number) {
    this.#maxItems = maxItems
    this.#maxBytes = maxBytes
    this.#sizeOf = sizeOf
  }

  get length(): number {
    return this.#items.length
  }

  get bytes(): number {
    return this.#bytes
  }

  /** False when the item does not fit; the queue is then unchanged. */
  push(item: T): boolean {
    const size = this.#sizeOf(item)
    if (this.#items.length >= this.#maxItems || this.#bytes + size > this.#maxBytes) return false
    this.#items.push(item)
    this.#bytes += size
    return true
  }

  peek(): T | undefined {
    return this.#items[0]
  }

  shift(): T | undefined {
    const item = this.#items.shift()
    if (item !== undefined) this.#bytes -= this.#sizeOf(item)
    return item
  }

  clear(): void {
    this.#items.length = 0
    this.#bytes = 0
  }
}
