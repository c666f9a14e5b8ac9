/** The bytes of a stream in the order of their arrival, in the pieces they came in. */
export class ByteQueue {
  readonly #pieces: Uint8Array[] = []
  /** Bytes of the first piece that have been read. */
  #offset = 0
  #length = 0

  /** Bytes that wait. */
  get length(): number {
    return this.#length
  }

  /** What it costs to hold them, near to a kernel's bookkeeping: a peer may send one byte at a time. */
  get cost(): number {
    return this.#length + this.#pieces.length * PIECE_COST
  }

  /** Takes a piece over. */
  push(piece: Uint8Array): void {
    if (piece.length === 0) return
    this.#pieces.push(piece)
    this.#length += piece.length
  }

  /** Fills `into` with the oldest bytes, as far as there are any, and takes them out. */
  read(into: Uint8Array): number {
    const count = this.peek(into)
    this.#take(count)
    return count
  }

  /** As `read`, and the bytes stay. */
  peek(into: Uint8Array): number {
    let done = 0
    let offset = this.#offset
    for (const piece of this.#pieces) {
      if (done === into.length) break
      const part = piece.subarray(offset, offset + into.length - done)
      into.set(part, done)
      done += part.length
      offset = 0
    }
    return done
  }

  clear(): void {
    this.#pieces.length = 0
    this.#offset = this.#length = 0
  }

  #take(count: number): void {
    this.#length -= count
    this.#offset += count
    let whole = 0
    for (const piece of this.#pieces) {
      if (this.#offset < piece.length) break
      this.#offset -= piece.length
      whole++
    }
    this.#pieces.splice(0, whole)
  }
}

const PIECE_COST = 256
