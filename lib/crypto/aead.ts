import { type CipherGCMTypes, createCipheriv, createDecipheriv } from 'node:crypto'
import { copy, wipe } from '../base/bytes.ts'
import type { CipherShape } from './ciphers.ts'
import type { DirectionKeys } from './key-schedule.ts'
import { plain } from './node.ts'
import { PSEUDO_HEADER_LENGTH, writePseudoHeader, writeSequence } from './record-mac.ts'
import type { Opener, Sealer } from './sealer.ts'

const NONCE_LENGTH = 12
const EXPLICIT_LENGTH = 8

/** AES-GCM (RFC 5288), AES-CCM (RFC 6655), ARIA-GCM (RFC 6209), ChaCha20-Poly1305 (RFC 7905). */
export class AeadSealer implements Sealer {
  readonly #context: AeadContext

  constructor(shape: CipherShape, keys: DirectionKeys) {
    this.#context = new AeadContext(shape, keys)
  }

  sealedLength(plaintextLength: number): number {
    return plaintextLength + this.#context.overhead
  }

  maxPlaintext(sealedLength: number): number {
    return Math.max(0, sealedLength - this.#context.overhead)
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
    const { key, nonce, header, native, options, explicitLength, iv } = this.#context
    if (explicitLength > 0) {
      // The sequence number is the explicit nonce: it never repeats under one key.
      writeSequence(nonce, iv.length, seqHigh, seqLow)
      out.set(nonce.subarray(iv.length), at)
    } else {
      this.#context.maskNonce(seqHigh, seqLow)
    }
    writePseudoHeader(header, type, version, seqHigh, seqLow, plaintext.length)
    const cipher = createCipheriv(native, key, nonce, options)
    cipher.setAAD(header, { plaintextLength: plaintext.length })
    // CCM does its work in the one `update`, which must be called even for an empty text; `final` adds nothing.
    out.set(cipher.update(plaintext), at + explicitLength)
    cipher.final()
    out.set(cipher.getAuthTag(), at + explicitLength + plaintext.length)
    return plaintext.length + this.#context.overhead
  }

  wipe(): void {
    this.#context.wipe()
  }
}

export class AeadOpener implements Opener {
  readonly #context: AeadContext

  constructor(shape: CipherShape, keys: DirectionKeys) {
    this.#context = new AeadContext(shape, keys)
  }

  open(type: number, version: number, seqHigh: number, seqLow: number, fragment: Uint8Array): Uint8Array | null {
    const { key, nonce, header, native, options, explicitLength, overhead, iv } = this.#context
    const length = fragment.length - overhead
    if (length < 0) return null
    if (explicitLength > 0) nonce.set(fragment.subarray(0, explicitLength), iv.length)
    else this.#context.maskNonce(seqHigh, seqLow)
    writePseudoHeader(header, type, version, seqHigh, seqLow, length)
    const decipher = createDecipheriv(native, key, nonce, options)
    decipher.setAuthTag(fragment.subarray(explicitLength + length))
    decipher.setAAD(header, { plaintextLength: length })
    try {
      const text = decipher.update(fragment.subarray(explicitLength, explicitLength + length))
      decipher.final()
      return plain(text)
    } catch {
      // Node has no other way to say that the tag does not fit.
      return null
    }
  }

  wipe(): void {
    this.#context.wipe()
  }
}

/** What both directions share: the key, the nonce under construction, the additional data. */
class AeadContext {
  readonly native: CipherGCMTypes
  readonly options: { authTagLength: number }
  readonly explicitLength: number
  readonly overhead: number
  readonly key: Uint8Array
  readonly iv: Uint8Array
  readonly nonce = new Uint8Array(NONCE_LENGTH)
  readonly header = new Uint8Array(PSEUDO_HEADER_LENGTH)

  constructor(shape: CipherShape, keys: DirectionKeys) {
    // Node's types know AES only and tell the modes apart by name; at run time all of them take the same calls.
    this.native = shape.native as CipherGCMTypes
    this.options = { authTagLength: shape.tagLength }
    this.explicitLength = shape.kind === 'chacha20' ? 0 : EXPLICIT_LENGTH
    this.overhead = this.explicitLength + shape.tagLength
    this.key = copy(keys.key)
    this.iv = copy(keys.iv)
    this.nonce.set(this.iv)
  }

  /** RFC 7905 section 2: the sequence number is XORed into the last 8 bytes of the IV. */
  maskNonce(seqHigh: number, seqLow: number): void {
    const { nonce, iv } = this
    writeSequence(nonce, 4, seqHigh, seqLow)
    for (let i = 4; i < NONCE_LENGTH; i++) nonce[i] = (nonce[i] ?? 0) ^ (iv[i] ?? 0)
  }

  wipe(): void {
    wipe(this.key, this.iv, this.nonce)
  }
}
