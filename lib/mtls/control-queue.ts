/** Control messages on their way out: bytes of a stream, which a record may cut anywhere. */
export class ControlQueue {
  #messages: Uint8Array[] = []
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  push(message: Uint8Array): void {
    this.#messages.push(message)
    this.#bytes += message.length
  }

  /** Adds at most so many bytes to `out`. @returns how many */
  take(out: Uint8Array[], most: number): number {
    let left = most
    for (let first = this.#messages[0]; first !== undefined && left > 0; first = this.#messages[0]) {
      const part = first.subarray(0, left)
      if (part.length === first.length) this.#messages.shift()
      else this.#messages[0] = first.subarray(left)
      left -= part.length
      out.push(part)
    }
    this.#bytes -= most - left
    return most - left
  }

  clear(): void {
    this.#messages = []
    this.#bytes = 0
  }
}
