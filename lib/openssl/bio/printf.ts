import { utf8 } from '../../base/bytes.ts'
import type { Out } from '../boundary.ts'
import type { BIO } from './bio.ts'
import { formatC, type PrintfArgument } from './format.ts'
import { BIO_write } from './io.ts'

/**
 * Writes a text with values in it, in C's notation: `%s %d %u %x %o %c %f %e %g %p %%` with flags, width, precision and
 * the length modifiers `hh h l ll q j z t` (BIO_printf(3)).
 * @returns the number of bytes, or as BIO_write
 */
export function BIO_printf(bio: BIO | null, format: string, ...args: PrintfArgument[]): number {
  return BIO_vprintf(bio, format, args)
}

/** BIO_printf with the values in an array, C's va_list. */
export function BIO_vprintf(bio: BIO | null, format: string, args: readonly PrintfArgument[]): number {
  return BIO_write(bio, utf8(formatC(format, args)))
}

/**
 * Puts such a text into a buffer, cut to `n` bytes with the NUL (BIO_snprintf(3)).
 * @param buf - bytes, or an object `{ value }` that takes the text
 * @returns the number of bytes without the NUL; -1 when the text was cut
 */
export function BIO_snprintf(
  buf: Uint8Array | Out<string>,
  n: number,
  format: string,
  ...args: PrintfArgument[]
): number {
  return BIO_vsnprintf(buf, n, format, args)
}

/** BIO_snprintf with the values in an array, C's va_list. */
export function BIO_vsnprintf(
  buf: Uint8Array | Out<string>,
  n: number,
  format: string,
  args: readonly PrintfArgument[],
): number {
  const bytes = utf8(formatC(format, args))
  const length = Math.min(bytes.length, Math.max(0, n - 1))
  if (!(buf instanceof Uint8Array)) buf.value = new TextDecoder().decode(bytes.subarray(0, length))
  else if (n > 0) {
    if (n > buf.length && length >= buf.length) throw new TypeError(`buf: ${length + 1} bytes are needed`)
    buf.set(bytes.subarray(0, length))
    buf[length] = 0
  }
  return length < bytes.length ? -1 : length
}
