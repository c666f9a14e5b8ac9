import { concat, wipe } from '../../base/bytes.ts'
import type { DirectionKeys } from '../key-schedule.ts'
import type { Opener, Sealer } from '../sealer.ts'
import type { Kernels } from './kernels.ts'

const TAG_LENGTH = 16

/** ChaCha20-Poly1305 (RFC 7905) by the kernels, for texts of up to `maxText` bytes. */
export class KernelChachaSealer implements Sealer {
  readonly #kernels: Kernels
  /** Key and IV; in the kernels' memory during a call only. */
  readonly #secrets: Uint8Array

  constructor(kernels: Kernels, keys: DirectionKeys) {
    this.#kernels = kernels
    this.#secrets = concat(keys.key, keys.iv)
  }

  sealedLength(plaintextLength: number): number {
    return plaintextLength + TAG_LENGTH
  }

  maxPlaintext(sealedLength: number): number {
    return Math.max(0, sealedLength - TAG_LENGTH)
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
    const { memory, text, counters } = this.#kernels
    const { length } = plaintext
    memory.set(plaintext, text)
    memory.set(this.#secrets, counters)
    this.#kernels.chachaSeal(length, type, version, seqHigh, seqLow)
    out.set(memory.subarray(text, text + length + TAG_LENGTH), at)
    return length + TAG_LENGTH
  }

  wipe(): void {
    wipe(this.#secrets)
  }
}

export class KernelChachaOpener implements Opener {
  readonly #kernels: Kernels
  readonly #secrets: Uint8Array

  constructor(kernels: Kernels, keys: DirectionKeys) {
    this.#kernels = kernels
    this.#secrets = concat(keys.key, keys.iv)
  }

  open(type: number, version: number, seqHigh: number, seqLow: number, fragment: Uint8Array): Uint8Array | null {
    const length = fragment.length - TAG_LENGTH
    if (length < 0) return null
    const { memory, text, counters } = this.#kernels
    memory.set(fragment, text)
    memory.set(this.#secrets, counters)
    const good = this.#kernels.chachaOpen(length, type, version, seqHigh, seqLow)
    return good === 1 ? memory.subarray(text, text + length) : null
  }

  wipe(): void {
    wipe(this.#secrets)
  }
}
