import { createCipheriv, createDecipheriv } from 'node:crypto'
import { equal } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'
import { checkPadding, equalise, extractMac } from './cbc-padding.ts'
import { BLOCK, type CipherShape } from './ciphers.ts'
import type { HashName } from './hash.ts'
import type { DirectionKeys } from './key-schedule.ts'
import { plain } from './node.ts'
import { RecordMac } from './record-mac.ts'
import type { Opener, Sealer, SealMode } from './sealer.ts'

/**
 * Block ciphers in CBC mode, MAC-then-encrypt (RFC 5246 section 6.2.3.2) or encrypt-then-MAC (RFC 7366).
 * One cipher object lives as long as the keys. With explicit IVs a random block goes through the running chain first, and
 * what comes out is the IV (RFC 4346 section 6.2.3.2 form 2b); without, the chain is that of TLS 1.0.
 */
export class CbcSealer implements Sealer {
  readonly chainedIv: boolean
  readonly #cipher: ReturnType<typeof createCipheriv>
  readonly #mac: RecordMac
  readonly #random: Random
  readonly #encryptThenMac: boolean
  readonly #ivLength: number

  constructor(shape: CipherShape, hash: HashName, keys: DirectionKeys, mode: SealMode, random: Random) {
    this.#cipher = createCipheriv(shape.native, keys.key, mode.explicitIv ? new Uint8Array(BLOCK) : keys.iv)
    this.#cipher.setAutoPadding(false)
    this.#mac = new RecordMac(hash, keys.macKey)
    this.#random = random
    this.#encryptThenMac = mode.encryptThenMac
    this.#ivLength = mode.explicitIv ? BLOCK : 0
    this.chainedIv = !mode.explicitIv
  }

  sealedLength(plaintextLength: number): number {
    return this.#encryptThenMac
      ? this.#ivLength + padded(plaintextLength) + this.#mac.length
      : this.#ivLength + padded(plaintextLength + this.#mac.length)
  }

  maxPlaintext(sealedLength: number): number {
    const room = sealedLength - this.#ivLength - (this.#encryptThenMac ? this.#mac.length : 0)
    const inside = room - (room % BLOCK) - 1 - (this.#encryptThenMac ? 0 : this.#mac.length)
    return Math.max(0, inside)
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
    const macLength = this.#encryptThenMac ? 0 : this.#mac.length
    const body = new Uint8Array(this.#ivLength + padded(plaintext.length + macLength))
    if (this.#ivLength > 0) body.set(this.#random(this.#ivLength))
    body.set(plaintext, this.#ivLength)
    if (macLength > 0) {
      body.set(this.#mac.compute(type, version, seqHigh, seqLow, plaintext), this.#ivLength + plaintext.length)
    }
    const end = this.#ivLength + plaintext.length + macLength
    body.fill(body.length - end - 1, end)
    const sealed = this.#cipher.update(body)
    out.set(sealed, at)
    if (!this.#encryptThenMac) return sealed.length
    out.set(this.#mac.compute(type, version, seqHigh, seqLow, sealed), at + sealed.length)
    return sealed.length + this.#mac.length
  }

  wipe(): void {
    this.#mac.wipe()
  }
}

export class CbcOpener implements Opener {
  readonly #decipher: ReturnType<typeof createDecipheriv>
  readonly #mac: RecordMac
  readonly #encryptThenMac: boolean
  readonly #ivLength: number

  constructor(shape: CipherShape, hash: HashName, keys: DirectionKeys, mode: SealMode) {
    this.#decipher = createDecipheriv(shape.native, keys.key, mode.explicitIv ? new Uint8Array(BLOCK) : keys.iv)
    this.#decipher.setAutoPadding(false)
    this.#mac = new RecordMac(hash, keys.macKey)
    this.#encryptThenMac = mode.encryptThenMac
    this.#ivLength = mode.explicitIv ? BLOCK : 0
  }

  open(type: number, version: number, seqHigh: number, seqLow: number, fragment: Uint8Array): Uint8Array | null {
    return this.#encryptThenMac
      ? this.#openMacLast(type, version, seqHigh, seqLow, fragment)
      : this.#openMacInside(type, version, seqHigh, seqLow, fragment)
  }

  wipe(): void {
    this.#mac.wipe()
  }

  /** RFC 7366 section 3: nothing is deciphered before the MAC is checked, so the padding is no secret any more. */
  #openMacLast(type: number, version: number, seqHigh: number, seqLow: number, fragment: Uint8Array) {
    const length = fragment.length - this.#mac.length
    if (length < this.#ivLength + BLOCK || (length - this.#ivLength) % BLOCK !== 0) return null
    const covered = fragment.subarray(0, length)
    const expected = this.#mac.compute(type, version, seqHigh, seqLow, covered)
    if (!equal(expected, fragment.subarray(length))) return null
    const data = this.#decrypt(covered)
    const { good, length: padding } = checkPadding(data, 0)
    return good === 0 ? null : data.subarray(0, data.length - padding)
  }

  /**
   * RFC 5246 section 6.2.3.2 and its implementation note: whatever the padding says, a MAC is computed, the same number of
   * compressions is done and the same bytes are looked at. JavaScript cannot promise more (see the README).
   */
  #openMacInside(type: number, version: number, seqHigh: number, seqLow: number, fragment: Uint8Array) {
    const macLength = this.#mac.length
    const length = fragment.length - this.#ivLength
    if (length < padded(macLength) || length % BLOCK !== 0) return null
    const data = this.#decrypt(fragment)
    const { good, length: padding } = checkPadding(data, macLength)
    const contentLength = length - macLength - padding
    const content = data.subarray(0, contentLength)
    const expected = this.#mac.compute(type, version, seqHigh, seqLow, content)
    equalise(this.#mac.hash, contentLength, length - macLength)
    const same = equal(expected, extractMac(data, contentLength, macLength)) ? 0xff : 0
    return (good & same) === 0 ? null : content
  }

  /** The first block of an explicit-IV record comes out as noise and is dropped: no new object for a new IV. */
  #decrypt(ciphertext: Uint8Array): Uint8Array {
    return plain(this.#decipher.update(ciphertext)).subarray(this.#ivLength)
  }
}

/** Length with at least the padding length byte, in whole blocks. */
function padded(length: number): number {
  return length + BLOCK - (length % BLOCK)
}
