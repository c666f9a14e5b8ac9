import { ghash, wipe } from './ghash'
import { BLOCK, COUNTERS, padText, pseudoHeader, same, TEXT, zero } from './memory'

// AES-GCM for records (RFC 5288). The key stream comes from a block cipher outside, which has made E(counter block) for the
// counters 1, 2, 3 ...: the first masks the tag, the others the text.

export { makeTables } from './ghash'

/** Writes counter blocks for `records` consecutive nonces, `blocks` for each. `salt` are its four bytes in memory order. */
export function writeCounters(salt: i32, nonceHigh: i32, nonceLow: i32, blocks: i32, records: i32): void {
  let at = COUNTERS
  for (; records > 0; records--) {
    let block = i32x4.replace_lane(i32x4.replace_lane(zero(), 0, salt), 1, bswap<i32>(nonceHigh))
    block = i32x4.replace_lane(block, 2, bswap<i32>(nonceLow))
    for (const end = at + ((<usize>blocks) << 4); at < end; at += BLOCK) {
      block = i32x4.add(block, i32x4(0, 0, 0, 1))
      // The counter is kept in the order of the machine and stored in that of the network.
      v128.store(at, v128.shuffle<u8>(block, block, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15, 14, 13, 12))
    }
    if (++nonceLow === 0) nonceHigh++
  }
}

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

/** XORs the key stream onto the text, up to the end of its last block, and zeroes what has been used. */
function applyStream(stream: usize, length: i32): void {
  v128.store(stream, zero())
  const end = TEXT + <usize>length
  for (let at = TEXT; at < end; at += BLOCK) {
    stream += BLOCK
    v128.store(at, v128.xor(v128.load(at), v128.load(stream)))
    v128.store(stream, zero())
  }
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
