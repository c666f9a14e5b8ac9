import { equal } from '../base/bytes.ts'
import type { HashName } from './hash.ts'
import type { DirectionKeys } from './key-schedule.ts'
import { RecordMac } from './record-mac.ts'
import type { Opener, Sealer } from './sealer.ts'

/** Integrity without secrecy: plaintext || MAC (RFC 5246 section 6.2.3.1). */
export class NullSealer implements Sealer {
  readonly #mac: RecordMac

  constructor(hash: HashName, keys: DirectionKeys) {
    this.#mac = new RecordMac(hash, keys.macKey)
  }

  sealedLength(plaintextLength: number): number {
    return plaintextLength + this.#mac.length
  }

  maxPlaintext(sealedLength: number): number {
    return Math.max(0, sealedLength - this.#mac.length)
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
    out.set(plaintext, at)
    out.set(this.#mac.compute(type, version, seqHigh, seqLow, plaintext), at + plaintext.length)
    return plaintext.length + this.#mac.length
  }

  wipe(): void {
    this.#mac.wipe()
  }
}

export class NullOpener implements Opener {
  readonly #mac: RecordMac

  constructor(hash: HashName, keys: DirectionKeys) {
    this.#mac = new RecordMac(hash, keys.macKey)
  }

  open(type: number, version: number, seqHigh: number, seqLow: number, fragment: Uint8Array): Uint8Array | null {
    const length = fragment.length - this.#mac.length
    if (length < 0) return null
    const content = fragment.subarray(0, length)
    const expected = this.#mac.compute(type, version, seqHigh, seqLow, content)
    return equal(expected, fragment.subarray(length)) ? content : null
  }

  wipe(): void {
    this.#mac.wipe()
  }
}
