import { sha256 } from '@noble/hashes/sha2.js'
import { concat, utf8 } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'

/** What names a run. A number and its decimal form are the same seed, so that one read from a command line replays. */
export type Seed = number | string

/**
 * The `Random` of a seed: the same bytes in every run, on every machine. **For simulation only**: who knows the seed
 * knows every key drawn from it.
 *
 * ```ts
 * const random = seededRandom(42)
 * const clientRandom = random(32)
 * ```
 */
export function seededRandom(seed: Seed): Random {
  return new SeededSource(seed).random
}

/**
 * A reproducible source of bytes, numbers and decisions.
 *
 * The generator is SHA-256 in counter mode: `key = SHA-256("openssl-shim/sim" || 00 || seed)` with the seed as UTF-8
 * text, and block i of the stream is `SHA-256(key || 00 || i)` with i as 64 bits, big-endian. A fork's key is
 * `SHA-256(key || 01 || label)`: it depends on the key and the label, not on what has been drawn before.
 *
 * ```ts
 * const source = new SeededSource('issue 28998')
 * if (source.chance(0.1)) console.log('one in ten')
 * const clientKeys = source.fork('client').random // a Random of its own
 * ```
 */
export class SeededSource {
  /** This source as a `Random`, to hand to whatever takes one. */
  readonly random: Random = length => this.bytes(length)
  readonly #key: Uint8Array
  #block = new Uint8Array(0)
  #used = 0
  #counter = 0n

  /** `RangeError` when `seed` is a number that is not finite. */
  constructor(seed: Seed)
  /** A fork of `parent`; `parent.fork(label)` is the short form. */
  constructor(parent: SeededSource, label: string)
  constructor(origin: Seed | SeededSource, label = '') {
    if (typeof origin === 'number' && !Number.isFinite(origin)) throw new RangeError(`seed: ${origin} is not finite`)
    this.#key =
      origin instanceof SeededSource
        ? sha256(concat(origin.#key, FORK, utf8(label)))
        : sha256(utf8(`openssl-shim/sim\0${origin}`))
  }

  /** The next `length` bytes. */
  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length)
    for (let at = 0; at < length; ) {
      if (this.#used === this.#block.length) this.#refill()
      const part = this.#block.subarray(this.#used, this.#used + length - at)
      out.set(part, at)
      at += part.length
      this.#used += part.length
    }
    return out
  }

  /** A number in [0, 1), 53 bits fine. Takes 8 bytes of the stream. */
  uniform(): number {
    return this.#draw() / TWO_53
  }

  /** A whole number in [0, n), every one as likely. `RangeError` unless n is a whole number from 1 to 2^53 - 1. */
  integer(n: number): number {
    if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`n: ${n} is not a whole number above 0`)
    const limit = TWO_53 - (TWO_53 % n)
    let value = this.#draw()
    while (value >= limit) value = this.#draw()
    return value % n
  }

  /** True with probability `p` (0 to 1). Takes 8 bytes of the stream whatever `p` is, so what follows stays the same. */
  chance(p: number): boolean {
    if (!(p >= 0 && p <= 1)) throw new RangeError(`p: ${p} is not a probability`)
    return this.uniform() < p
  }

  /** A number from `min` to `max`, as likely everywhere. Takes 8 bytes of the stream. */
  between(min: number, max: number): number {
    return min + this.uniform() * (max - min)
  }

  /** An independent source that depends on this one's seed and on `label` alone. */
  fork(label: string): SeededSource {
    return new SeededSource(this, label)
  }

  #draw(): number {
    const bytes = this.bytes(8)
    const view = new DataView(bytes.buffer)
    return (view.getUint32(0) >>> 11) * 2 ** 32 + view.getUint32(4)
  }

  #refill(): void {
    const counter = new Uint8Array(8)
    new DataView(counter.buffer).setBigUint64(0, this.#counter++)
    this.#block = new Uint8Array(sha256(concat(this.#key, BLOCK, counter)))
    this.#used = 0
  }
}

const TWO_53 = 2 ** 53
const BLOCK = Uint8Array.of(0)
const FORK = Uint8Array.of(1)
