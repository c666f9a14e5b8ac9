import { ProtocolFailure, type Reason } from '../base/failure.ts'

/**
 * A cursor over bytes that a peer sent. Every fault is a `ProtocolFailure`: nothing is read past the end, no length
 * is believed that the bytes do not cover. Vectors are those of RFC 5246 section 4.3; `min` and `max` bound their length
 * in bytes. What `bytes`, `rest` and the vectors give are views: who keeps them copies them.
 */
export class Reader {
  readonly #bytes: Uint8Array
  readonly #malformed: Reason
  readonly #leftOver: Reason
  #at = 0

  /** `malformed` and `leftOver`: the reasons of the failures, for the callers that OpenSSL lets give a special one. */
  constructor(bytes: Uint8Array, malformed: Reason = 'decode-error', leftOver: Reason = 'length-mismatch') {
    this.#bytes = bytes
    this.#malformed = malformed
    this.#leftOver = leftOver
  }

  /** How many bytes have been read. */
  get offset(): number {
    return this.#at
  }

  get remaining(): number {
    return this.#bytes.length - this.#at
  }

  u8(): number {
    return this.#number(1)
  }

  u16(): number {
    return this.#number(2)
  }

  u24(): number {
    return this.#number(3)
  }

  u32(): number {
    return this.#number(4)
  }

  u48(): number {
    return this.#number(6)
  }

  /** The next byte, which stays unread. */
  peekU8(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw new ProtocolFailure(this.#malformed)
    return byte
  }

  bytes(length: number): Uint8Array {
    const from = this.#advance(length)
    return this.#bytes.subarray(from, this.#at)
  }

  rest(): Uint8Array {
    return this.bytes(this.remaining)
  }

  vector8(min = 0, max = 0xff): Uint8Array {
    return this.#vector(1, min, max)
  }

  vector16(min = 0, max = 0xffff): Uint8Array {
    return this.#vector(2, min, max)
  }

  vector24(min = 0, max = 0xffffff): Uint8Array {
    return this.#vector(3, min, max)
  }

  nested8(min = 0, max = 0xff): Reader {
    return this.#nest(this.#vector(1, min, max))
  }

  nested16(min = 0, max = 0xffff): Reader {
    return this.#nest(this.#vector(2, min, max))
  }

  nested24(min = 0, max = 0xffffff): Reader {
    return this.#nest(this.#vector(3, min, max))
  }

  /** Every body ends with this. */
  expectEnd(): void {
    if (this.remaining !== 0) throw new ProtocolFailure(this.#leftOver)
  }

  #nest(bytes: Uint8Array): Reader {
    return new Reader(bytes, this.#malformed, this.#leftOver)
  }

  #vector(prefix: number, min: number, max: number): Uint8Array {
    const length = this.#number(prefix)
    if (length < min || length > max) throw new ProtocolFailure(this.#malformed)
    return this.bytes(length)
  }

  #number(width: number): number {
    const from = this.#advance(width)
    let value = 0
    // Multiplied, not shifted: 32 and 48 bits do not fit JavaScript's signed shifts.
    for (let at = from; at < this.#at; at++) value = value * 256 + (this.#bytes[at] ?? 0)
    return value
  }

  #advance(length: number): number {
    if (!(length >= 0 && length <= this.remaining)) throw new ProtocolFailure(this.#malformed)
    const from = this.#at
    this.#at += length
    return from
  }
}

/** The numbers of a list whose items are two bytes wide; an odd byte at the end is a fault. */
export function readU16List(list: Reader): number[] {
  const values: number[] = []
  while (list.remaining > 0) values.push(list.u16())
  return values
}
