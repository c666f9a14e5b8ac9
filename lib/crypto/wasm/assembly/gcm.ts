import { ghash, wipe } from './ghash'
import { applyStream } from './key-stream'
import { BLOCK, padText, pseudoHeader, same, TEXT, zero } from './memory'

// GCM for records (RFC 5288). The first block of a record's key stream masks the tag, the others the text.

export { makeTables } from './ghash'

/** Seals the text in place: explicit nonce before, tag behind. Uses up the key stream. */
export function gcmSeal(
  tables: usize,
  stream: usize,
  length: i32,
  type: i32,
  version: i32,
  seqHigh: i32,
  seqLow: i32,
): void {
  const mask = v128.load(stream)
  applyStream(stream, length)
  const tag = v128.xor(mask, authenticate(tables, length, pseudoHeader(seqHigh, seqLow, type, version, length)))
  v128.store(TEXT + <usize>length, tag)
  store<u32>(TEXT - 8, bswap<u32>(seqHigh))
  store<u32>(TEXT - 4, bswap<u32>(seqLow))
}

/** Opens the text in place if the tag behind it is right; if not it stays as it came. Uses up the key stream either way. */
export function gcmOpen(
  tables: usize,
  stream: usize,
  length: i32,
  type: i32,
  version: i32,
  seqHigh: i32,
  seqLow: i32,
): bool {
  const tag = v128.load(TEXT + <usize>length)
  const mask = v128.load(stream)
  const good = same(
    tag,
    v128.xor(mask, authenticate(tables, length, pseudoHeader(seqHigh, seqLow, type, version, length))),
  )
  if (good) applyStream(stream, length)
  else memory.fill(stream, 0, BLOCK + <usize>length)
  return good
}

/** GHASH over additional data, ciphertext and their lengths (SP 800-38D section 7.1), which are put around the text. */
function authenticate(tables: usize, length: i32, header: v128): v128 {
  padText(length)
  const textBlocks = (length + 15) >> 4
  v128.store(TEXT - 64, zero())
  v128.store(TEXT - 48, zero())
  v128.store(TEXT - 32, zero())
  v128.store(TEXT - 16, header)
  // Bits of 13 bytes and of the text, big-endian.
  const lengths = i32x4.replace_lane(i32x4(0, bswap<i32>(13 * 8), 0, 0), 3, bswap<i32>(length << 3))
  v128.store(TEXT + ((<usize>textBlocks) << 4), lengths)
  const blocks = (textBlocks + 2 + 3) & ~3
  const sum = ghash(TEXT - ((<usize>(blocks - textBlocks - 1)) << 4), blocks, tables)
  wipe()
  return sum
}
