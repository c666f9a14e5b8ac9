import { concat } from '../base/bytes.ts'
import { EBADMSG, EPROTO } from '../base/errno-numbers.ts'
import { RecordBorders, RecordSplitter } from './records.ts'
import type { MessagePart } from './transport.ts'

/** A message as it is read. */
export interface Message {
  readonly bytes: Uint8Array
  readonly unordered: boolean
  readonly ppid: number
}

/** A message that waits: whole, or as far as it has come. */
interface Waiting {
  readonly unordered: boolean
  readonly ppid: number
  parts: Uint8Array[]
  whole: boolean
}

/**
 * One stream of an association, both ways, and what has come on it and was not read. With TLS it is a stream of bytes in which
 * the borders of messages mean nothing: peers put several records into one. Without, whole messages are read from it.
 */
export class Stream {
  readonly id: number
  readonly output = new RecordSplitter()
  readonly input = new RecordBorders()
  /** Nobody is going to read it for now: it is not among those with news. */
  parked = false
  /** What its unread messages count for, in bytes. */
  held = 0
  #secured = false
  #failure = 0
  #failureTold = false
  #waiting: Waiting[] = []

  constructor(id: number) {
    this.id = id
  }

  /** It carries TLS, from the first byte that is not read yet, and never again anything else. */
  get secured(): boolean {
    return this.#secured
  }

  /** Why nothing can be read any more: an error number, 0 while there is no reason. */
  get failure(): number {
    return this.#failure
  }

  /** A read has something to give. */
  get readable(): boolean {
    return this.#waiting.some(({ parts, whole }) => (this.#secured ? parts.length > 0 : whole))
  }

  /** Something that nobody was told of. */
  get hasNews(): boolean {
    return this.readable || (this.#failure !== 0 && !this.#failureTold)
  }

  /** Unread bytes. */
  get pending(): number {
    return this.#waiting.reduce((sum, { parts }) => sum + lengthOf(parts), 0)
  }

  /** From here on TLS. What came out of order before cannot be part of it (RFC 3436 section 4.3). */
  secure(): void {
    this.#secured = true
    if (this.#waiting.some(({ unordered }) => unordered)) this.fail(EPROTO)
  }

  add(part: MessagePart): void {
    if (this.#failure !== 0) return
    if (this.#secured && part.unordered) {
      this.fail(EPROTO)
      return
    }
    let message = this.#waiting.find(({ whole, unordered }) => !whole && unordered === part.unordered)
    if (message === undefined) {
      message = { unordered: part.unordered, ppid: part.ppid, parts: [], whole: false }
      this.#waiting.push(message)
    }
    message.parts.push(part.bytes)
    message.whole = part.last
    this.held += costOf(part.bytes.length)
  }

  /** What has come of an unfinished message is worth nothing; TLS cannot go on behind the gap. */
  lose(): void {
    if (this.#secured) {
      this.fail(EBADMSG)
      return
    }
    for (const { parts, whole } of this.#waiting) if (!whole) this.held -= cost(parts)
    this.#waiting = this.#waiting.filter(({ whole }) => whole)
  }

  /** Gives the stream up: what waits is dropped, and what comes is. */
  fail(error: number): void {
    if (this.#failure === 0) this.#failure = error
    this.#waiting = []
    this.held = 0
  }

  /** The failure, 0 for none, to somebody who reports it. */
  takeFailure(): number {
    this.#failureTold = this.#failure !== 0
    return this.#failure
  }

  /** Reads bytes over the borders of messages; how many, 0 when there are none. */
  takeBytes(into: Uint8Array): number {
    let done = 0
    for (let message = this.#waiting[0]; message !== undefined; message = this.#waiting[0]) {
      const [part] = message.parts
      if (part === undefined) {
        if (!message.whole) break
        this.#waiting.shift()
        continue
      }
      if (done === into.length) break
      const taken = part.subarray(0, into.length - done)
      into.set(taken, done)
      done += taken.length
      this.held -= taken.length
      if (taken.length < part.length) message.parts[0] = part.subarray(taken.length)
      else {
        message.parts.shift()
        this.held -= OVERHEAD
      }
    }
    this.input.follow(into.subarray(0, done))
    return done
  }

  /** Bytes of the next whole message; null when there is none. */
  get messageLength(): number | null {
    const message = this.#waiting.find(({ whole }) => whole)
    return message === undefined ? null : lengthOf(message.parts)
  }

  /** The next whole message; null when there is none. */
  takeMessage(): Message | null {
    const index = this.#waiting.findIndex(({ whole }) => whole)
    const [message] = index === -1 ? [] : this.#waiting.splice(index, 1)
    if (message === undefined) return null
    const { parts, unordered, ppid } = message
    this.held -= cost(parts)
    const [only] = parts
    return { bytes: parts.length === 1 && only !== undefined ? only : concat(...parts), unordered, ppid }
  }
}

/** What a part of a message of this length counts for: small ones cost more memory than their bytes. */
export function costOf(length: number): number {
  return length + OVERHEAD
}

function cost(parts: readonly Uint8Array[]): number {
  return lengthOf(parts) + OVERHEAD * parts.length
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0)
}

/** Bytes that an array and the object around it take, about. */
const OVERHEAD = 160
