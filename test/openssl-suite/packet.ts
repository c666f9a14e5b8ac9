// Ported from OpenSSL 3.0's include/internal/packet.h, Apache-2.0, as far as the test programs need it.

import { TEST_int_eq, TEST_int_le } from './testutil.ts'
/** Reads from the front; an end that comes too early ends the test, as TEST_true around C's calls does. */
export class PACKET {
  #left: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#left = bytes
  }

  get remaining(): number {
    return this.#left.length
  }

  get data(): Uint8Array {
    return this.#left
  }

  forward(length: number): Uint8Array {
    TEST_int_le(length, this.#left.length)
    const taken = this.#left.subarray(0, length)
    this.#left = this.#left.subarray(length)
    return taken
  }

  get_1(): number {
    return Buffer.from(this.forward(1)).readUInt8()
  }

  get_net_2(): number {
    return Buffer.from(this.forward(2)).readUInt16BE()
  }

  get_length_prefixed_1(): PACKET {
    return new PACKET(this.forward(this.get_1()))
  }

  get_length_prefixed_2(): PACKET {
    return new PACKET(this.forward(this.get_net_2()))
  }

  /** PACKET_as_length_prefixed_2: nothing follows. */
  as_length_prefixed_2(): PACKET {
    const inner = this.get_length_prefixed_2()
    TEST_int_eq(this.remaining, 0)
    return inner
  }
}
