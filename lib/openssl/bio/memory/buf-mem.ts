import { copy, wipe } from '../../../base/bytes.ts'
import { requireBytes, requireInstance, requireLength } from '../../boundary.ts'
import { ERR_LIB_BUF, ERR_R_MALLOC_FAILURE } from '../../constants/err.ts'
import { raise } from '../../err/raise.ts'

/** A buffer that grows (BUF_MEM_new(3)): the first `length` bytes of `data` are used. */
export class BUF_MEM {
  length = 0
  data: Uint8Array = new Uint8Array(0)

  /** Bytes that fit without growing. */
  get max(): number {
    return this.data.length
  }
}

/** An empty buffer. */
export function BUF_MEM_new(): BUF_MEM {
  return new BUF_MEM()
}

/**
 * A growing buffer with nothing in it.
 * @param flags - BUF_MEM_FLAG_SECURE; every buffer is wiped here, so it changes nothing
 */
export function BUF_MEM_new_ex(flags: number): BUF_MEM {
  void flags
  return new BUF_MEM()
}

/** Wipes a buffer. */
export function BUF_MEM_free(a: BUF_MEM | null): void {
  if (a === null) return
  wipe(requireInstance(a, BUF_MEM, 'a').data)
  a.data = new Uint8Array(0)
  a.length = 0
}

/**
 * Makes a buffer `len` bytes long; new bytes are 0, cut ones are wiped.
 * @returns len, or 0 when there is not that much memory
 */
export function BUF_MEM_grow(str: BUF_MEM, len: number): number {
  const buffer = requireInstance(str, BUF_MEM, 'str')
  if (len < buffer.length) buffer.data.fill(0, len, buffer.length)
  else if (len > buffer.data.length) {
    const grown = allocate(len)
    if (grown === null) return 0
    grown.set(buffer.data.subarray(0, buffer.length))
    wipe(buffer.data)
    buffer.data = grown
  }
  buffer.length = len
  return len
}

/** BUF_MEM_grow by another name. */
export const BUF_MEM_grow_clean: typeof BUF_MEM_grow = BUF_MEM_grow

/** Copies bytes in reverse order to `out`, or in place when `input` is null. */
export function BUF_reverse(out: Uint8Array, input: Uint8Array | null, siz: number): void {
  const source = requireBytes(input ?? out, 'in')
  const reversed = copy(source.subarray(0, requireLength(siz, source, 'siz'))).reverse()
  requireBytes(out, 'out').set(reversed)
}

/** C's limit: what is larger could not be enlarged by a third within an int. */
const LIMIT = 0x5ffffffc

function allocate(length: number): Uint8Array | null {
  try {
    if (length <= LIMIT) return new Uint8Array(Math.ceil((length + 3) / 3) * 4)
  } catch {
    // The engine has less room than OpenSSL's limit; the answer is the same.
  }
  raise(ERR_LIB_BUF, ERR_R_MALLOC_FAILURE)
  return null
}
