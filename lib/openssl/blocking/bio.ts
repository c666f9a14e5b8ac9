import type { BIO } from '../bio/bio.ts'
import * as io from '../bio/io.ts'
import { BIO_should_read, BIO_should_retry, BIO_should_write } from '../bio/macros.ts'
import { waitFor } from '../bio/wait.ts'
import type { Out } from '../boundary.ts'
import { takeTurn, turnIsDue } from './fairness.ts'

/** BIO_read on a blocking descriptor. */
export function BIO_read(b: BIO | null, data: Uint8Array, dlen?: number): Promise<number> {
  return block(b, () => io.BIO_read(b, data, dlen))
}

/** BIO_read_ex on a blocking descriptor. */
export function BIO_read_ex(
  b: BIO | null,
  data: Uint8Array,
  dlen: number | undefined,
  readbytes: Out<number>,
): Promise<number> {
  return block(b, () => io.BIO_read_ex(b, data, dlen, readbytes))
}

/** BIO_write on a blocking descriptor. */
export function BIO_write(b: BIO | null, data: Uint8Array, dlen?: number): Promise<number> {
  return block(b, () => io.BIO_write(b, data, dlen))
}

/** BIO_write_ex on a blocking descriptor. */
export function BIO_write_ex(
  b: BIO | null,
  data: Uint8Array,
  dlen?: number,
  written: Out<number> | null = null,
): Promise<number> {
  return block(b, () => io.BIO_write_ex(b, data, dlen, written))
}

async function block(bio: BIO | null, call: () => number): Promise<number> {
  if (turnIsDue()) await takeTurn()
  for (;;) {
    const ret = call()
    if (ret > 0 || bio === null || !BIO_should_retry(bio)) return ret
    const want = BIO_should_read(bio) ? 'read' : BIO_should_write(bio) ? 'write' : null
    if (want === null || !(await waitFor(bio, want, null))) return ret
  }
}
