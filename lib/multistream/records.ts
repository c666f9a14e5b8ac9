import { concat, copy, EMPTY } from '../base/bytes.ts'
import { EINVAL } from '../base/errno-numbers.ts'
import { MAX_CIPHERTEXT, readTlsHeader, TLS_RECORD_HEADER } from '../wire/record.ts'

/**
 * Cuts what is written into TLS records, each of which is a message of its own (RFC 3436 section 3.2). A record that is written
 * in pieces, as a buffering BIO does, waits until it is whole.
 */
export class RecordSplitter {
  #begun: Uint8Array = EMPTY

  /** Bytes of a record that is not whole. */
  get waiting(): number {
    return this.#begun.length
  }

  /**
   * @param send - takes one record; a negative error number when it does not
   * @returns how many bytes were taken, so that the rest is to be written again; or, when none were, what `send` has said,
   * and EINVAL for what is no TLS record
   */
  write(data: Uint8Array, send: (record: Uint8Array) => number): number {
    const before = this.#begun.length
    const bytes = before === 0 ? data : concat(this.#begun, data)
    let at = 0
    for (;;) {
      const header = readTlsHeader(bytes, at)
      const end = header === null ? Number.POSITIVE_INFINITY : at + TLS_RECORD_HEADER + header.length
      const valid = header === null || (header.version >> 8 === TLS_MAJOR && header.length <= MAX_CIPHERTEXT)
      if (valid && end > bytes.length) break
      const sent = valid ? send(bytes.subarray(at, end)) : -EINVAL
      if (sent < 0) {
        if (at === 0) return sent
        this.#begun = EMPTY
        return at - before
      }
      at = end
    }
    this.#begun = at === bytes.length ? EMPTY : copy(bytes.subarray(at))
    return data.length
  }
}

/** Follows the borders of records in a stream of bytes, which tell an end from a cut. */
export class RecordBorders {
  /** Bytes of a header that have come, and the last two of them: in the end the length of the body. */
  #header = 0
  #length = 0
  /** Bytes that the body lacks. */
  #left = 0

  /** The bytes so far end in the middle of a record. */
  get within(): boolean {
    return this.#header > 0 || this.#left > 0
  }

  follow(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const passed = Math.min(this.#left, bytes.length - at)
      this.#left -= passed
      at += passed
      if (at === bytes.length) return
      this.#length = ((this.#length << 8) | (bytes[at++] ?? 0)) & 0xffff
      this.#header = (this.#header + 1) % TLS_RECORD_HEADER
      if (this.#header === 0) this.#left = this.#length
    }
  }
}

/** SSL 3 and its heirs. */
const TLS_MAJOR = 3
