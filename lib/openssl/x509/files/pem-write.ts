import type { BIO } from '../../bio/bio.ts'
import { BIO_puts } from '../../bio/io.ts'
import { requireBytes, requireLength, requireString } from '../../boundary.ts'
import { ERR_LIB_PEM, ERR_R_BUF_LIB } from '../../constants/err.ts'
import { raise } from '../../err/raise.ts'

const LINE_LENGTH = 64

/**
 * Writes a block of any kind (PEM_write_bio(3)).
 * @param name - what stands after BEGIN and END
 * @param hdr - lines `name: value`, each with its end; '' for none
 * @param len - bytes of `data`; all of it when left out
 * @returns the length of the lines of base64 with their ends; 0 with ERR_R_BUF_LIB when nothing was written, as for no bytes
 */
export function PEM_write_bio(bp: BIO, name: string, hdr: string, data: Uint8Array, len?: number): number {
  const bytes = requireBytes(data, 'data').subarray(0, requireLength(len, data, 'len'))
  const header = requireString(hdr, 'hdr') === '' ? '' : `${hdr}\n`
  const lines = Buffer.from(bytes).toString('base64').match(LINES) ?? []
  const body = lines.map(line => `${line}\n`).join('')
  const label = requireString(name, 'name')
  const written = BIO_puts(bp, `-----BEGIN ${label}-----\n${header}${body}-----END ${label}-----\n`) > 0
  if (written && body !== '') return body.length
  raise(ERR_LIB_PEM, ERR_R_BUF_LIB)
  return 0
}

const LINES = new RegExp(`.{1,${LINE_LENGTH}}`, 'g')
