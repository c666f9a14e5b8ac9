// Where things lie in the linear memory, which never grows. The numbers that TypeScript needs are exported as globals.

/** What a call works on for a moment; nothing in it is of use afterwards. */
export const SCRATCH: usize = 1024

/** Room before the text: padding blocks and the additional data for GHASH, or the explicit nonce of the fragment. */
const BEFORE_TEXT: usize = 64

/** The text of a record, in place: plaintext becomes ciphertext, ciphertext becomes plaintext; the tag stands behind. */
export const TEXT: usize = 4096 + BEFORE_TEXT

/** The longest text there is room for; node:crypto is faster long before. */
export const MAX_TEXT: i32 = 9216

/** Blocks of counters on their way to the block cipher, and the keys that are passed for one call. */
export const COUNTERS: usize = 16384

/** The slots: what busy connections keep prepared between calls. */
export const SLOTS: usize = 32768
export const SLOT_SIZE: i32 = 16384
export const SLOT_COUNT: i32 = 64

/** In a slot: GHASH tables, then key stream. */
export const TABLES_SIZE: i32 = 3072
export const STREAM_SIZE: i32 = SLOT_SIZE - TABLES_SIZE

export const BLOCK: usize = 16

/** The last `16 - n` bytes of a block become zero. `n` is a length and no secret. */
// @ts-ignore: decorator
@inline
export function firstBytes(block: v128, n: i32): v128 {
  return v128.and(block, i8x16.lt_s(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), i8x16.splat(<i8>n)))
}

// @ts-ignore: decorator
@inline
export function zero(): v128 {
  return i64x2(0, 0)
}

/** The 13 bytes that every record protection covers besides the text (RFC 5246 section 6.2.3.3), zeros behind them. */
export function pseudoHeader(seqHigh: i32, seqLow: i32, type: i32, version: i32, length: i32): v128 {
  let header = i32x4.replace_lane(i32x4.replace_lane(zero(), 0, bswap<i32>(seqHigh)), 1, bswap<i32>(seqLow))
  header = i8x16.replace_lane(header, 8, <i8>type)
  header = i8x16.replace_lane(header, 9, <i8>(version >> 8))
  header = i8x16.replace_lane(header, 10, <i8>version)
  header = i8x16.replace_lane(header, 11, <i8>(length >> 8))
  return i8x16.replace_lane(header, 12, <i8>length)
}

/** Zeros behind the text as far as the end of its last block. */
export function padText(length: i32): void {
  const tail = length & 15
  if (tail === 0) return
  const at = TEXT + <usize>(length - tail)
  v128.store(at, firstBytes(v128.load(at), tail))
}

/** One answer for all of a tag, whatever byte differs. */
// @ts-ignore: decorator
@inline
export function same(a: v128, b: v128): bool {
  return !v128.any_true(v128.xor(a, b))
}
