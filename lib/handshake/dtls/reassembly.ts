import { ProtocolFailure } from '../../base/failure.ts'
import type { HandshakeFragment } from '../../wire/handshake.ts'

/**
 * One message being put together from fragments cut anywhere, in any order, overlapping in any way
 * (RFC 6347 section 4.2.3). What is held is what has arrived, to the next block, not what a header promises.
 */
export class Reassembly {
  readonly type: number
  readonly length: number
  /** What is there, in order, with a gap between each two. */
  readonly #ranges: Range[] = []
  /** The bytes, by their place in the message. */
  readonly #blocks = new Map<number, Uint8Array>()
  #held = 0

  constructor(fragment: HandshakeFragment) {
    this.type = fragment.type
    this.length = fragment.length
  }

  get complete(): boolean {
    return this.#held === this.length
  }

  /** Bytes held. */
  get held(): number {
    return this.#held
  }

  /** It claims to be a part of the same message. */
  agrees(fragment: HandshakeFragment): boolean {
    return fragment.type === this.type && fragment.length === this.length
  }

  /** False when the fragment disagrees with the message or leaves too many gaps to keep. Bytes that are there stay. */
  add(fragment: HandshakeFragment): boolean {
    if (!this.agrees(fragment)) return false
    const { offset, fragment: bytes } = fragment
    if (bytes.length === 0) return true
    const whole = { start: offset, end: offset + bytes.length }
    const touching = this.#ranges.filter(({ start, end }) => start <= whole.end && end >= whole.start)
    if (touching.length === 0 && this.#ranges.length === MAX_RANGES) return false
    let at = offset
    for (const { start, end } of touching) {
      if (start > at) this.#put(at, bytes.subarray(at - offset, start - offset))
      at = Math.max(at, end)
      whole.start = Math.min(whole.start, start)
      whole.end = Math.max(whole.end, end)
    }
    if (at < offset + bytes.length) this.#put(at, bytes.subarray(at - offset))
    const behind = this.#ranges.findIndex(({ end }) => end >= whole.start)
    this.#ranges.splice(behind === -1 ? this.#ranges.length : behind, touching.length, whole)
    return true
  }

  /** The whole body; only when complete. */
  body(): Uint8Array {
    if (!this.complete) throw new ProtocolFailure('internal-error')
    const whole = new Uint8Array(this.length)
    for (const [place, block] of this.#blocks) whole.set(block, place)
    return whole
  }

  /** Bytes that no earlier fragment has brought. */
  #put(offset: number, bytes: Uint8Array): void {
    this.#held += bytes.length
    for (let done = 0; done < bytes.length; ) {
      const within = (offset + done) % BLOCK
      const place = offset + done - within
      const part = bytes.subarray(done, done + BLOCK - within)
      const block = this.#blocks.get(place) ?? new Uint8Array(Math.min(BLOCK, this.length - place))
      this.#blocks.set(place, block)
      block.set(part, within)
      done += part.length
    }
  }
}

interface Range {
  start: number
  end: number
}

/** Bytes: little enough that a fragment of one, with its header, does not buy much memory. */
const BLOCK = 256

/** A 100 KB certificate chain in fragments of 200 bytes has 500, every second of which may come first. */
const MAX_RANGES = 1024
