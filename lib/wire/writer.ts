import { allocate } from '../base/allocate.ts'

/** What goes into a vector: the bytes, or a function that writes them. */
export type VectorBody = Uint8Array | ((writer: Writer) => void)

/**
 * A cursor that writes. Numbers are big-endian, vectors those of RFC 5246 section 4.3; `min` and `max` bound their
 * length in bytes, as in the reader. What does not fit its field is the programmer's mistake and throws `RangeError`:
 * a length is never cut short in silence.
 */
export class Writer {
  #buffer: Uint8Array
  #length = 0

  /** `expected`: bytes to set aside at first; the buffer grows beyond it when it must. */
  constructor(expected = 64) {
    this.#buffer = allocate(expected)
  }

  get length(): number {
    return this.#length
  }

  u8(value: number): this {
    return this.#append(value, 1)
  }

  u16(value: number): this {
    return this.#append(value, 2)
  }

  u24(value: number): this {
    return this.#append(value, 3)
  }

  u32(value: number): this {
    return this.#append(value, 4)
  }

  u48(value: number): this {
    return this.#append(value, 6)
  }

  /** `exactly`: the length that the format fixes, when it fixes one. */
  bytes(bytes: Uint8Array, exactly = bytes.length): this {
    if (bytes.length !== exactly) throw new RangeError(`${bytes.length} bytes where the format has ${exactly}`)
    this.#reserve(bytes.length)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
    return this
  }

  vector8(body: VectorBody, min = 0, max = 0xff): this {
    return this.#vector(body, 1, min, max)
  }

  vector16(body: VectorBody, min = 0, max = 0xffff): this {
    return this.#vector(body, 2, min, max)
  }

  vector24(body: VectorBody, min = 0, max = 0xffffff): this {
    return this.#vector(body, 3, min, max)
  }

  /** What was written, as a copy of exactly its size. */
  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#length)
  }

  #vector(body: VectorBody, prefix: number, min: number, max: number): this {
    const start = this.#length
    this.#reserve(prefix)
    this.#length += prefix
    if (body instanceof Uint8Array) this.bytes(body)
    else body(this)
    const length = this.#length - start - prefix
    if (length < min || length > max) throw new RangeError(`a vector of ${length} bytes is not within ${min}..${max}`)
    this.#put(start, length, prefix)
    return this
  }

  #append(value: number, width: number): this {
    this.#reserve(width)
    this.#put(this.#length, value, width)
    this.#length += width
    return this
  }

  #put(start: number, value: number, width: number): void {
    if (!Number.isInteger(value) || value < 0 || value >= 256 ** width) {
      throw new RangeError(`${value} does not fit ${width} bytes`)
    }
    let left = value
    for (let at = start + width - 1; at >= start; at--) {
      this.#buffer[at] = left % 256
      left = Math.floor(left / 256)
    }
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#buffer.length) return
    const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2))
    larger.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = larger
  }
}

/** A list whose items are two bytes wide, as the body of a vector. */
export function u16List(values: readonly number[]): (writer: Writer) => void {
  return writer => {
    for (const value of values) writer.u16(value)
  }
}
