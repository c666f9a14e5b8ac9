import { copy } from '../../base/bytes.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import type { HandshakeFragment } from '../../wire/handshake.ts'

/**
 * One message being put together from fragments cut anywhere, in any order, overlapping in any way
 * (RFC 6347 section 4.2.3). What is held is what has arrived, not what a header promises.
 */
export class Reassembly {
  readonly type: number
  readonly length: number
  /** Covered ranges, in order, apart from each other. */
  #pieces: Piece[] = []
  #covered = 0

  constructor(fragment: HandshakeFragment) {
    this.type = fragment.type
    this.length = fragment.length
  }

  get complete(): boolean {
    return this.#covered === this.length
  }

  /** Bytes held. */
  get held(): number {
    return this.#covered
  }

  /** It claims to be a part of the same message. */
  agrees(fragment: HandshakeFragment): boolean {
    return fragment.type === this.type && fragment.length === this.length
  }

  /** False when the fragment disagrees with the message or leaves too many gaps to keep. Bytes that are there stay. */
  add(fragment: HandshakeFragment): boolean {
    if (!this.agrees(fragment)) return false
    const fresh = this.#uncovered(fragment.offset, fragment.fragment)
    const brought = fresh.reduce((sum, piece) => sum + piece.bytes.length, 0)
    if (this.#pieces.length + fresh.length > MAX_PIECES && this.#covered + brought < this.length) return false
    for (const piece of fresh) {
      this.#pieces.push(piece)
      this.#covered += piece.bytes.length
    }
    if (fresh.length > 0) this.#merge()
    return true
  }

  /** The whole body; only when complete. */
  body(): Uint8Array {
    const [whole] = this.#pieces
    if (this.length === 0) return new Uint8Array(0)
    if (!this.complete || whole === undefined) throw new ProtocolFailure('internal-error')
    return whole.bytes
  }

  /** The parts of the fragment that no earlier one has brought. */
  #uncovered(offset: number, bytes: Uint8Array): Piece[] {
    const fresh: Piece[] = []
    const end = offset + bytes.length
    let at = offset
    for (const piece of this.#pieces) {
      const pieceEnd = piece.offset + piece.bytes.length
      if (pieceEnd <= at) continue
      if (piece.offset >= end) break
      if (piece.offset > at) fresh.push({ offset: at, bytes: copy(bytes.subarray(at - offset, piece.offset - offset)) })
      at = pieceEnd
    }
    if (at < end) fresh.push({ offset: at, bytes: copy(bytes.subarray(at - offset)) })
    return fresh
  }

  /** Joins the ranges once they leave no gap; until then they only stand in order. */
  #merge(): void {
    this.#pieces.sort((a, b) => a.offset - b.offset)
    if (!this.complete || this.#pieces.length < 2) return
    const whole = new Uint8Array(this.length)
    for (const piece of this.#pieces) whole.set(piece.bytes, piece.offset)
    this.#pieces = [{ offset: 0, bytes: whole }]
  }
}

interface Piece {
  readonly offset: number
  readonly bytes: Uint8Array
}

/** A 100 KB certificate chain in fragments of 200 bytes has 500. */
const MAX_PIECES = 1024
