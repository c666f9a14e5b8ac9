import { toHex } from '../../../base/bytes.ts'
import { ProtocolFailure } from '../../../base/failure.ts'
import type { Reader } from '../../../wire/reader.ts'
import type { BIO } from '../../bio/bio.ts'
import { BIO_dump_indent } from '../../bio/dump.ts'
import { BIO_write } from '../../bio/io.ts'
import { nameIn } from './names.ts'

/** Lines of a trace, in libssl's forms. */
export class Printer {
  readonly bio: BIO

  constructor(bio: BIO) {
    this.bio = bio
  }

  /** Every character stands for a byte: what a peer chose is written as it came. */
  text(text: string): void {
    BIO_write(this.bio, Buffer.from(text, 'latin1'))
  }

  line(indent: number, text: string): void {
    this.indent(indent)
    this.text(`${text}\n`)
  }

  indent(indent: number): void {
    this.text(' '.repeat(indent))
  }

  /** The name of what follows, its length and its bytes. */
  hex(indent: number, name: string, bytes: Uint8Array): void {
    this.line(indent, `${name} (len=${bytes.length}): ${toHex(bytes).toUpperCase()}`)
  }

  dump(indent: number, bytes: Uint8Array): void {
    BIO_dump_indent(this.bio, bytes, bytes.length, indent)
  }

  /** Numbers of one or two bytes to the end, each with its name. */
  list(indent: number, reader: Reader, width: 1 | 2, names: ReadonlyMap<number, string>): void {
    requireMultiple(reader, width)
    while (reader.remaining > 0) {
      const value = width === 1 ? reader.u8() : reader.u16()
      this.line(indent, `${nameIn(names, value)} (${value})`)
    }
  }

  /** Numbers of two bytes to the end, each with its name and in hexadecimal. */
  schemes(indent: number, reader: Reader, names: ReadonlyMap<number, string>): void {
    requireMultiple(reader, 2)
    while (reader.remaining > 0) {
      const value = reader.u16()
      this.line(indent, `${nameIn(names, value)} (0x${hex4(value)})`)
    }
  }
}

/** Numbers of `width` bytes fill the list. */
export function requireMultiple(reader: Reader, width: number): void {
  if (reader.remaining % width !== 0) throw new ProtocolFailure('length-mismatch')
}

export function hex4(value: number): string {
  return value.toString(16).padStart(4, '0')
}
