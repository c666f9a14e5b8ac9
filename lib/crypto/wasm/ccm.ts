import { createCipheriv } from 'node:crypto'
import { wipe } from '../../base/bytes.ts'
import { BLOCK, type CipherShape } from '../ciphers.ts'
import type { DirectionKeys } from '../key-schedule.ts'
import type { Opener, Sealer } from '../sealer.ts'
import { readU32 } from './gcm.ts'
import type { Kernels } from './kernels.ts'
import type { KeyStream } from './key-stream.ts'

const EXPLICIT_LENGTH = 8
/** The blocks that CCM puts before the text for its MAC. */
const FRAME_LENGTH = 2 * BLOCK

/** CCM (RFC 6655) on two cipher objects that live as long as the keys, for texts of up to `maxText` bytes. */
export class KernelCcmSealer implements Sealer {
  readonly #kernels: Kernels
  readonly #stream: KeyStream
  readonly #mac: CbcMac
  readonly #tagLength: number

  /** @param stream of this direction; wiped with the sealer */
  constructor(kernels: Kernels, stream: KeyStream, shape: CipherShape, keys: DirectionKeys) {
    this.#kernels = kernels
    this.#stream = stream
    this.#mac = new CbcMac(kernels, shape, keys)
    this.#tagLength = shape.tagLength
  }

  sealedLength(plaintextLength: number): number {
    return EXPLICIT_LENGTH + plaintextLength + this.#tagLength
  }

  maxPlaintext(sealedLength: number): number {
    return Math.max(0, sealedLength - EXPLICIT_LENGTH - this.#tagLength)
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
    const { salt } = this.#stream
    // The sequence number is the explicit nonce: it never repeats under one key.
    const stream = this.#stream.take(seqHigh, seqLow, length)
    memory.set(plaintext, text)
    this.#mac.begin()
    this.#kernels.ccmFrame(this.#tagLength, salt, seqHigh, seqLow, length, type, version, seqHigh, seqLow)
    this.#mac.finish(length)
    this.#kernels.ccmSeal(stream, length, seqHigh, seqLow)
    out.set(memory.subarray(text - EXPLICIT_LENGTH, text + length + this.#tagLength), at)
    return EXPLICIT_LENGTH + length + this.#tagLength
  }

  wipe(): void {
    this.#stream.wipe()
    this.#mac.wipe()
  }
}

export class KernelCcmOpener implements Opener {
  readonly #kernels: Kernels
  readonly #stream: KeyStream
  readonly #mac: CbcMac
  readonly #tagLength: number

  /** @param stream of this direction; wiped with the opener */
  constructor(kernels: Kernels, stream: KeyStream, shape: CipherShape, keys: DirectionKeys) {
    this.#kernels = kernels
    this.#stream = stream
    this.#mac = new CbcMac(kernels, shape, keys)
    this.#tagLength = shape.tagLength
  }

  open(type: number, version: number, seqHigh: number, seqLow: number, fragment: Uint8Array): Uint8Array | null {
    const length = fragment.length - EXPLICIT_LENGTH - this.#tagLength
    if (length < 0) return null
    const { memory, text } = this.#kernels
    const { salt } = this.#stream
    const [high, low] = [readU32(fragment, 0), readU32(fragment, 4)]
    const stream = this.#stream.take(high, low, length)
    memory.set(fragment, text - EXPLICIT_LENGTH)
    this.#kernels.ccmDecipher(stream, length)
    this.#mac.begin()
    this.#kernels.ccmFrame(this.#tagLength, salt, high, low, length, type, version, seqHigh, seqLow)
    this.#mac.finish(length)
    return this.#kernels.ccmCheck(length, this.#tagLength) === 1 ? memory.subarray(text, text + length) : null
  }

  wipe(): void {
    this.#stream.wipe()
    this.#mac.wipe()
  }
}

/** The MAC of CCM: one CBC chain that never ends, each message XORed with where the last one left it. */
class CbcMac {
  readonly #kernels: Kernels
  readonly #cipher: ReturnType<typeof createCipheriv>
  readonly #last = new Uint8Array(BLOCK)

  constructor(kernels: Kernels, shape: CipherShape, keys: DirectionKeys) {
    this.#kernels = kernels
    this.#cipher = createCipheriv(shape.native.replace('ccm', 'cbc'), keys.key, this.#last)
    this.#cipher.setAutoPadding(false)
  }

  /** Passes the state of the chain to `ccmFrame`. */
  begin(): void {
    this.#kernels.memory.set(this.#last, this.#kernels.counters)
  }

  /** Runs over what `ccmFrame` made of a text of this length and puts the MAC where the state of the chain was. */
  finish(length: number): void {
    const { memory, text, counters } = this.#kernels
    const covered = memory.subarray(text - FRAME_LENGTH, text + Math.ceil(length / BLOCK) * BLOCK)
    const chain = this.#cipher.update(covered)
    this.#last.set(chain.subarray(chain.length - BLOCK))
    memory.set(this.#last, counters)
    wipe(chain)
  }

  wipe(): void {
    wipe(this.#last)
  }
}
