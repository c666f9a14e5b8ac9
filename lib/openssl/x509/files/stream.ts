import { type BIO, BIO_free } from '../../bio/bio.ts'
import { BIO_new_fp } from '../../bio/file.ts'
import type { FILE } from '../../bio/stdio.ts'
import { BIO_NOCLOSE } from '../../constants/bio.ts'

/** Uses a BIO on a stream for one call. */
export function onStream<T>(fp: FILE, failed: T, use: (bio: BIO) => T): T {
  const bio = BIO_new_fp(fp, BIO_NOCLOSE)
  if (bio === null) return failed
  const result = use(bio)
  BIO_free(bio)
  return result
}
