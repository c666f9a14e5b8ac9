import { EMPTY } from '../../base/bytes.ts'
import type { Path } from '../paths/path.ts'
import { advance, distance } from '../wire/serial.ts'
import type { Outgoing } from './outgoing.ts'

/** A chunk that has a TSN. */
export interface SentChunk {
  readonly tsn: number
  readonly owner: Outgoing
  readonly flags: number
  /** Number of the fragment in its message. */
  readonly fragment: number
  /** Empty once it is given up. */
  data: Uint8Array
  state: 'flight' | 'acked' | 'resend' | 'abandoned'
  path: Path
  transmissions: number
  /** SACKs that told of later chunks and not of this one. */
  missing: number
  /** It has been part of a fast retransmission. */
  fast: boolean
}

/** What has a TSN and is not acknowledged for good: in TSN order, without holes. */
export class Flight {
  readonly #chunks: SentChunk[] = []
  #nextTsn: number
  #cumulative: number
  #bytes = 0
  #resends = 0
  #held = 0

  constructor(tsn: number) {
    this.#nextTsn = tsn
    this.#cumulative = advance(tsn, -1)
  }

  get chunks(): readonly SentChunk[] {
    return this.#chunks
  }

  get nextTsn(): number {
    return this.#nextTsn
  }

  /** The highest TSN that the peer has acknowledged with all before it. */
  get cumulative(): number {
    return this.#cumulative
  }

  /** Bytes under way: neither acknowledged nor taken for lost. */
  get bytes(): number {
    return this.#bytes
  }

  /** Bytes not acknowledged for good. */
  get held(): number {
    return this.#held
  }

  /** Chunks that wait to be sent again. */
  get resends(): number {
    return this.#resends
  }

  /** The first chunk that went to this path, or is to go there again, and is not acknowledged. */
  earliest(path: Path): SentChunk | undefined {
    return this.#chunks.find(chunk => chunk.path === path && chunk.state !== 'acked' && chunk.state !== 'abandoned')
  }

  /** Begins at another TSN, with nothing under way. */
  restartAt(tsn: number): void {
    this.#nextTsn = tsn
    this.#cumulative = advance(tsn, -1)
  }

  /** Gives the next TSN away; `launch` puts the chunk under way. */
  append(owner: Outgoing, flags: number, fragment: number, data: Uint8Array, path: Path): SentChunk {
    const tsn = this.#nextTsn
    const chunk: SentChunk = {
      tsn,
      owner,
      flags,
      fragment,
      data,
      state: 'resend',
      path,
      transmissions: 0,
      missing: 0,
      fast: false,
    }
    this.#nextTsn = advance(tsn)
    this.#chunks.push(chunk)
    this.#held += data.length
    this.#resends++
    return chunk
  }

  /** It goes out now: for the first time, or again. */
  launch(chunk: SentChunk, path: Path, now: number): void {
    this.#resends--
    chunk.state = 'flight'
    chunk.path = path
    chunk.missing = 0
    chunk.transmissions++
    // A round trip with a retransmission in it tells nothing (Karn, RFC 9260 section 6.3.1 C5).
    if (chunk.transmissions > 1 && path.timed?.tsn === chunk.tsn) path.timed = null
    this.#fly(chunk, now)
  }

  /** It is lost: it waits to be sent again. */
  lose(chunk: SentChunk): void {
    this.#land(chunk)
    chunk.state = 'resend'
    this.#resends++
    if (chunk.path.timed?.tsn === chunk.tsn) chunk.path.timed = null
  }

  /** The peer has it. False when that was known. */
  acknowledge(chunk: SentChunk): boolean {
    if (chunk.state === 'acked' || chunk.state === 'abandoned') return false
    this.#leave(chunk)
    chunk.state = 'acked'
    return true
  }

  /** The peer takes back what it acknowledged out of order (RFC 9260 section 6.2.1). */
  revoke(chunk: SentChunk, now: number): void {
    chunk.state = 'flight'
    this.#fly(chunk, now)
  }

  /** It will not be sent any more. */
  abandon(chunk: SentChunk): void {
    this.#leave(chunk)
    chunk.state = 'abandoned'
    this.#held -= chunk.data.length
    chunk.data = EMPTY
  }

  /** Everything up to this TSN is acknowledged for good: these chunks, which still say how far they were. */
  passTo(cumulative: number): readonly SentChunk[] {
    const passed = this.#chunks.splice(0, distance(this.#cumulative, cumulative))
    this.#cumulative = cumulative
    for (const { data } of passed) this.#held -= data.length
    return passed
  }

  clear(): void {
    this.#chunks.length = 0
    this.#bytes = 0
    this.#resends = 0
    this.#held = 0
  }

  #fly(chunk: SentChunk, now: number): void {
    const { path, data } = chunk
    path.flight += data.length
    this.#bytes += data.length
    path.t3 ??= now + path.rto
  }

  #leave(chunk: SentChunk): void {
    if (chunk.state === 'flight') this.#land(chunk)
    else if (chunk.state === 'resend') this.#resends--
  }

  #land(chunk: SentChunk): void {
    chunk.path.flight -= chunk.data.length
    this.#bytes -= chunk.data.length
  }
}
