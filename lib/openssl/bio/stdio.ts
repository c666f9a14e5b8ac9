import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'

/** C's `FILE *`: a stream such as `process.stdout`, or anything with a descriptor of the system. */
export type FILE = NodeJS.WritableStream | { readonly fd: number }

/** Makes a FILE of what the program gave. */
export function adopt(stream: unknown): OpenFile {
  if (typeof stream === 'object' && stream !== null) {
    // A stream keeps its order with what else the program prints, so it is preferred to its descriptor.
    if (isWritable(stream)) return new OpenFile(stream)
    if ('fd' in stream && typeof stream.fd === 'number') return new OpenFile({ fd: stream.fd })
  }
  throw new TypeError('stream: a writable stream or an object { fd } is needed')
}

/** What stdio does for C: a position, an end-of-file mark, lines. */
export class OpenFile {
  readonly stream: FILE
  /** True after a read has met the end, as feof. */
  atEnd = false
  /** The place in a file that was opened here; null where the system keeps it, or where there is none. */
  #at: number | null = null
  readonly #appends: boolean

  constructor(stream: FILE, at: number | null = null, appends = false) {
    this.stream = stream
    this.#at = at
    this.#appends = appends
  }

  /** Throws what the system answers. */
  static open(name: string, mode: string): OpenFile {
    const plain = mode.replace(/[bt]/g, '')
    if (!/^[rwa]\+?$/.test(plain)) throw systemError('EINVAL')
    const fd = openSync(name, plain)
    return new OpenFile({ fd }, fstatSync(fd).isFile() ? 0 : null, plain.startsWith('a'))
  }

  get position(): number {
    return this.#at ?? -1
  }

  /** False where there is no position to set. */
  seek(to: number): boolean {
    if (this.#at === null || to < 0) return false
    this.#at = to
    this.atEnd = false
    return true
  }

  read(out: Uint8Array): number {
    const fd = this.#descriptor()
    let done = 0
    while (done < out.length) {
      const got = readSync(fd, out, done, out.length - done, this.#at)
      if (got === 0) {
        this.atEnd = true
        break
      }
      done += got
      if (this.#at === null) break
      this.#at += got
    }
    return done
  }

  /** Reads up to and with the next line feed. */
  line(out: Uint8Array): number {
    return this.#at === null ? this.#lineByBytes(out) : this.#lineAt(this.#at, out)
  }

  /** What lies behind the line is read once more with the next: a call of the system for each byte would be dearer. */
  #lineAt(start: number, out: Uint8Array): number {
    const ahead = new Uint8Array(out.length)
    const got = this.read(ahead)
    const end = ahead.subarray(0, got).indexOf(LINE_FEED) + 1
    if (end > 0) this.seek(start + end)
    const length = end || got
    out.set(ahead.subarray(0, length))
    return length
  }

  #lineByBytes(out: Uint8Array): number {
    for (let length = 0; length < out.length; length++) {
      if (this.read(out.subarray(length, length + 1)) === 0) return length
      if (out[length] === LINE_FEED) return length + 1
    }
    return out.length
  }

  write(data: Uint8Array): number {
    if (isWritable(this.stream)) {
      this.stream.write(new Uint8Array(data))
      return data.length
    }
    const { fd } = this.stream
    let done = 0
    while (done < data.length) {
      const at = this.#at === null || this.#appends ? null : this.#at + done
      done += writeSync(fd, data, done, data.length - done, at)
    }
    if (this.#at !== null) this.#at = this.#appends ? fstatSync(fd).size : this.#at + done
    return done
  }

  close(): void {
    if (!isWritable(this.stream)) closeSync(this.stream.fd)
    else if (this.stream !== process.stdout && this.stream !== process.stderr) this.stream.end()
  }

  #descriptor(): number {
    if ('fd' in this.stream && typeof this.stream.fd === 'number') return this.stream.fd
    throw systemError('EBADF')
  }
}

const LINE_FEED = 0x0a

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code })
}

function isWritable(stream: object): stream is NodeJS.WritableStream {
  return 'write' in stream && typeof stream.write === 'function'
}
