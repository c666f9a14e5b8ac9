import type { BIO } from '../bio/bio.ts'
import { requireInstance } from '../boundary.ts'
import { SSL_renegotiate } from './renegotiation.ts'
import { now } from './sessions/session.ts'
import type { SSL } from './ssl.ts'

/** What a filter keeps (C's `BIO_SSL`). */
export class Filter {
  ssl: SSL | null = null
  /** How often it has asked for new keys, and after how many bytes and seconds it does; 0: never. */
  renegotiates = 0
  byteLimit = 0
  secondLimit = 0
  #bytes = 0
  #last = 0

  /** As a copy of another, with an object of its own. */
  take(ssl: SSL | null, other: Filter): void {
    this.ssl = ssl
    this.renegotiates = other.renegotiates
    this.byteLimit = other.byteLimit
    this.secondLimit = other.secondLimit
    this.#bytes = other.#bytes
    this.#last = other.#last
  }

  startTime(): void {
    this.#last = now()
  }

  /** Asks for new keys when enough bytes have been moved, or enough time is over. */
  count(ssl: SSL, moved: number): void {
    if (this.#full(moved) || this.#late()) {
      this.renegotiates++
      SSL_renegotiate(ssl)
    }
  }

  #full(moved: number): boolean {
    if (this.byteLimit === 0) return false
    this.#bytes += moved
    if (this.#bytes <= this.byteLimit) return false
    this.#bytes = 0
    return true
  }

  #late(): boolean {
    if (this.secondLimit === 0 || now() <= this.#last + this.secondLimit) return false
    this.startTime()
    return true
  }
}

export function filterOf(b: BIO): Filter {
  return requireInstance(b.ptr, Filter, 'the data of the BIO')
}

/** @returns the limit before; one below 512 bytes changes nothing */
export function setByteLimit(filter: Filter, bytes: number): number {
  const { byteLimit } = filter
  if (bytes >= 512) filter.byteLimit = bytes
  return byteLimit
}

/** @returns the limit before; one below a minute is five seconds */
export function setSecondLimit(filter: Filter, seconds: number): number {
  const { secondLimit } = filter
  filter.secondLimit = seconds < 60 ? 5 : seconds
  filter.startTime()
  return secondLimit
}
