import type { Opener, Sealer } from '../sealer.ts'
import type { Kernels } from './kernels.ts'
import type { KeyStream } from './key-stream.ts'

const EXPLICIT_LENGTH = 8
const TAG_LENGTH = 16
const OVERHEAD = EXPLICIT_LENGTH + TAG_LENGTH

/** GCM (RFC 5288) by the kernels, for texts of up to `maxText` bytes. */
export class KernelGcmSealer implements Sealer {
  readonly #kernels: Kernels
  readonly #stream: KeyStream

  /** @param stream of this direction; wiped with the sealer */
  constructor(kernels: Kernels, stream: KeyStream) {
    this.#kernels = kernels
    this.#stream = stream
  }

  sealedLength(plaintextLength: number): number {
    return plaintextLength + OVERHEAD
  }

  maxPlaintext(sealedLength: number): number {
    return Math.max(0, sealedLength - OVERHEAD)
  }

  seal(
    type: number,
    version: number,
    seqHigh: number,
    seqLow: number,
    plaintext: Uint8Array,
    out: Uint8Array,
    at: number,
  ): number {
    const { memory, text } = this.#kernels
    const { length } = plaintext
    // The sequence number is the explicit nonce: it never repeats under one key.
    const stream = this.#stream.take(seqHigh, seqLow, length)
    memory.set(plaintext, text)
    this.#kernels.gcmSeal(this.#stream.slot, stream, length, type, version, seqHigh, seqLow)
    out.set(memory.subarray(text - EXPLICIT_LENGTH, text + length + TAG_LENGTH), at)
    return length + OVERHEAD
  }

  wipe(): void {
    this.#stream.wipe()
  }
}

export class KernelGcmOpener implements Opener {
  readonly #kernels: Kernels
  readonly #stream: KeyStream

  /** @param stream of this direction; wiped with the opener */
  constructor(kernels: Kernels, stream: KeyStream) {
    this.#kernels = kernels
    this.#stream = stream
  }

  open(type: number, version: number, seqHigh: number, seqLow: number, fragment: Uint8Array): Uint8Array | null {
    const length = fragment.length - OVERHEAD
    if (length < 0) return null
    const { memory, text } = this.#kernels
    const stream = this.#stream.take(readU32(fragment, 0), readU32(fragment, 4), length)
    memory.set(fragment, text - EXPLICIT_LENGTH)
    const good = this.#kernels.gcmOpen(this.#stream.slot, stream, length, type, version, seqHigh, seqLow)
    return good === 1 ? memory.subarray(text, text + length) : null
  }

  wipe(): void {
    this.#stream.wipe()
  }
}

/** Big-endian. */
export function readU32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
  )
}
