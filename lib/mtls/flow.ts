/**
 * Flow control (draft-badra-hajjeh-mtls-05 section 2.2). What the peer may send is what it was told at the opening and what
 * each Acknowledgment has added: a free space that counted anew each time would be overrun by the data already under way.
 */

/** What may be sent on a channel. */
export class SendWindow {
  #space: number
  #maxPacketLength: number

  constructor(windowLength: number, maxPacketLength: number) {
    this.#space = windowLength
    this.#maxPacketLength = maxPacketLength
  }

  /** Octets that the peer has room for. */
  get space(): number {
    return this.#space
  }

  get maxPacketLength(): number {
    return this.#maxPacketLength
  }

  /** The most octets of the next MTLSPlaintext. */
  get next(): number {
    return Math.min(this.#space, this.#maxPacketLength)
  }

  sent(length: number): void {
    this.#space -= length
  }

  /** Acknowledgment. False when the sum is more than a window can have. */
  grow(octets: number): boolean {
    if (this.#space + octets > MAX_WINDOW) return false
    this.#space += octets
    return true
  }

  /** NewMaxPacketLength. */
  limit(maxPacketLength: number): void {
    this.#maxPacketLength = maxPacketLength
  }

  /** What is left is given up: the peer is about to say anew what there is. */
  forgo(): void {
    this.#space = 0
  }
}

/** What the peer may send on a channel. */
export class ReceiveWindow {
  readonly windowLength: number
  #maxPacketLength: number
  /** The largest that was told: what is under way may still have it. */
  #largest: number
  /** Octets that the peer may still send. */
  #granted: number
  #held = 0

  constructor(windowLength: number, maxPacketLength: number) {
    this.windowLength = windowLength
    this.#maxPacketLength = maxPacketLength
    this.#largest = maxPacketLength
    this.#granted = windowLength
  }

  get maxPacketLength(): number {
    return this.#maxPacketLength
  }

  /** Octets of the receive buffer that nothing is in. */
  get freeSpace(): number {
    return this.windowLength - this.#held
  }

  /** Whether the peer may send so much now, in one packet. */
  admits(length: number): boolean {
    return length <= this.#granted && length <= this.#largest
  }

  received(length: number): void {
    this.#granted -= length
    this.#held += length
  }

  /** The program has taken so much out of the buffer. */
  consumed(length: number): void {
    this.#held -= length
  }

  /** What an Acknowledgment is to say now; 0 for none: the peer has enough, and what is small can wait. */
  acknowledge(): number {
    const grown = this.freeSpace - this.#granted
    if (grown === 0 || (this.#granted > this.#maxPacketLength && grown < this.windowLength / 2)) return 0
    this.#granted += grown
    return grown
  }

  /** The new length to tell; false unless it is at most the free space. */
  limit(maxPacketLength: number): boolean {
    if (maxPacketLength > this.freeSpace) return false
    this.#maxPacketLength = maxPacketLength
    this.#largest = Math.max(this.#largest, maxPacketLength)
    return true
  }

  /** The peer has forgone what it was granted: what it has not sent, and what was lost. The result is what it may send now. */
  restart(): number {
    this.#granted = this.freeSpace
    return this.#granted
  }
}

/** What 32 bits hold. */
export const MAX_WINDOW = 2 ** 32 - 1
