import { concat } from '../../../base/bytes.ts'
import { PkiFailure } from '../../../pki/failure.ts'
import { MAX_PEM_LENGTH, nextPem, type PemBlock } from '../../../pki/pem.ts'
import type { BIO } from '../../bio/bio.ts'
import { BIO_gets, BIO_read } from '../../bio/io.ts'
import { ERR_LIB_PEM } from '../../constants/err.ts'
import { PEM_R_BAD_BASE64_DECODE, PEM_R_BAD_END_LINE, PEM_R_NO_START_LINE } from '../../constants/pemerr.ts'
import { raise } from '../../err/raise.ts'

const LINE = 1024

/**
 * The next block whose label `accepts`, read line by line so that what follows stays in the BIO. Throws `PkiFailure`:
 * `no-start-line` at the end, `bad-end-line` and `bad-base64` for a block that is broken.
 */
export function readBlock(bio: BIO, accepts: (label: string) => boolean): PemBlock {
  for (;;) {
    const text = readText(bio)
    const block = nextPem(text)
    if (block === null) throw new PkiFailure('no-start-line', 'no PEM block')
    if (accepts(block.label)) return block
  }
}

/** The lines from a start line to an end line; empty at the end of the BIO. */
function readText(bio: BIO): string {
  let text = ''
  let inside = false
  for (let line = readLine(bio); line !== ''; line = readLine(bio)) {
    inside ||= line.startsWith('-----BEGIN ')
    if (!inside) continue
    text += line
    if (line.startsWith('-----END ') || text.length > MAX_PEM_LENGTH) break
  }
  return text
}

/** A whole line, however long, up to the limit; empty at the end. */
function readLine(bio: BIO): string {
  const buffer = Buffer.alloc(LINE)
  let line = ''
  while (!line.endsWith('\n') && line.length <= MAX_PEM_LENGTH) {
    const count = BIO_gets(bio, buffer, LINE)
    if (count <= 0) break
    line += buffer.toString('latin1', 0, count)
  }
  return line
}

/** Queues what PEM_read_bio queues. @param expected - the label wanted, for the data of a missing start line */
export function raisePem(failure: PkiFailure, expected: string): void {
  if (failure.reason === 'no-start-line') raise(ERR_LIB_PEM, PEM_R_NO_START_LINE, `Expecting: ${expected}`)
  else raise(ERR_LIB_PEM, failure.reason === 'bad-end-line' ? PEM_R_BAD_END_LINE : PEM_R_BAD_BASE64_DECODE)
}

const MAX_BINARY = 1 << 26

/** Everything left in the BIO, up to a limit. */
export function readAll(bio: BIO): Uint8Array {
  const pieces: Uint8Array[] = []
  let total = 0
  for (;;) {
    const piece = new Uint8Array(65_536)
    const count = BIO_read(bio, piece)
    if (count <= 0 || total > MAX_BINARY) return concat(...pieces)
    pieces.push(piece.subarray(0, count))
    total += count
  }
}
