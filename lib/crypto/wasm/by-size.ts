import { copy, EMPTY, wipe } from '../../base/bytes.ts'
import { AeadOpener, AeadSealer } from '../aead.ts'
import type { CipherShape } from '../ciphers.ts'
import type { DirectionKeys } from '../key-schedule.ts'
import type { Opener, Sealer } from '../sealer.ts'

// The kernels win where a call to node:crypto costs more than its work: on short records. Long ones are left to the plain
// form, which is not made before there is one.

/** Seals texts of up to `limit` bytes with one sealer and longer ones with the plain form. */
export class BySizeSealer implements Sealer {
  readonly #short: Sealer
  readonly #limit: number
  readonly #shape: CipherShape
  readonly #keys: DirectionKeys
  #long: AeadSealer | null = null

  constructor(short: Sealer, limit: number, shape: CipherShape, keys: DirectionKeys) {
    this.#short = short
    this.#limit = limit
    this.#shape = shape
    this.#keys = copyKeys(keys)
  }

  sealedLength(plaintextLength: number): number {
    return this.#short.sealedLength(plaintextLength)
  }

  maxPlaintext(sealedLength: number): number {
    return this.#short.maxPlaintext(sealedLength)
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
    const sealer = plaintext.length <= this.#limit ? this.#short : (this.#long ??= this.#plain())
    return sealer.seal(type, version, seqHigh, seqLow, plaintext, out, at)
  }

  wipe(): void {
    this.#short.wipe()
    this.#long?.wipe()
    wipe(this.#keys.key, this.#keys.iv)
  }

  #plain(): AeadSealer {
    return new AeadSealer(this.#shape, this.#keys)
  }
}

/** Opens fragments of up to `limit` bytes with one opener and longer ones with the plain form. */
export class BySizeOpener implements Opener {
  readonly #short: Opener
  readonly #limit: number
  readonly #shape: CipherShape
  readonly #keys: DirectionKeys
  #long: AeadOpener | null = null

  constructor(short: Opener, limit: number, shape: CipherShape, keys: DirectionKeys) {
    this.#short = short
    this.#limit = limit
    this.#shape = shape
    this.#keys = copyKeys(keys)
  }

  open(type: number, version: number, seqHigh: number, seqLow: number, fragment: Uint8Array): Uint8Array | null {
    const opener = fragment.length <= this.#limit ? this.#short : (this.#long ??= this.#plain())
    return opener.open(type, version, seqHigh, seqLow, fragment)
  }

  wipe(): void {
    this.#short.wipe()
    this.#long?.wipe()
    wipe(this.#keys.key, this.#keys.iv)
  }

  #plain(): AeadOpener {
    return new AeadOpener(this.#shape, this.#keys)
  }
}

function copyKeys(keys: DirectionKeys): DirectionKeys {
  return { key: copy(keys.key), iv: copy(keys.iv), macKey: EMPTY }
}
