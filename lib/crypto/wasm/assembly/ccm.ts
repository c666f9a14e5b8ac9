import { applyStream, firstBlock, withFlags } from './key-stream'
import { BLOCK, COUNTERS, firstBytes, padText, pseudoHeader, same, SCRATCH, TEXT } from './memory'

// CCM for records (RFC 6655). The first block of a record's key stream masks the tag, the others the text. The MAC is the last
// block of a CBC chain outside, which goes on from record to record: what it ended with is taken out of its first block.

/** The MAC that belongs to the received tag. */
const EXPECTED: usize = SCRATCH

/** Puts the blocks of RFC 3610 section 2.2 before the text and fills its last; the chain's last block is at COUNTERS. */
export function ccmFrame(
  tagLength: i32,
  salt: i32,
  nonceHigh: i32,
  nonceLow: i32,
  length: i32,
  type: i32,
  version: i32,
  seqHigh: i32,
  seqLow: i32,
): void {
  // Additional data there is; lengths have three bytes.
  let first = withFlags(firstBlock(salt, nonceHigh, nonceLow), 64 | (((tagLength - 2) >> 1) << 3) | 2)
  first = i8x16.replace_lane(first, 14, <i8>(length >> 8))
  first = i8x16.replace_lane(first, 15, <i8>length)
  v128.store(TEXT - 32, v128.xor(first, v128.load(COUNTERS)))
  const header = pseudoHeader(seqHigh, seqLow, type, version, length)
  // Two bytes with the length of the additional data come first; its last two bytes are zeros anyway.
  const moved = v128.shuffle<u8>(header, header, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)
  v128.store(TEXT - 16, i8x16.replace_lane(moved, 1, 13))
  padText(length)
}

/** Seals the text in place: explicit nonce before, tag behind. The MAC is at COUNTERS. Uses up the key stream. */
export function ccmSeal(stream: usize, length: i32, seqHigh: i32, seqLow: i32): void {
  const tag = v128.xor(v128.load(stream), v128.load(COUNTERS))
  applyStream(stream, length)
  v128.store(TEXT + <usize>length, tag)
  store<u32>(TEXT - 8, bswap<u32>(seqHigh))
  store<u32>(TEXT - 4, bswap<u32>(seqLow))
}

/** Deciphers the text in place, which nobody may see before `ccmCheck`. Uses up the key stream. */
export function ccmDecipher(stream: usize, length: i32): void {
  v128.store(EXPECTED, v128.xor(v128.load(stream), v128.load(TEXT + <usize>length)))
  applyStream(stream, length)
}

/** True when the MAC, which is at COUNTERS, is that of the tag; if not the text is overwritten. */
export function ccmCheck(length: i32, tagLength: i32): bool {
  const good = same(firstBytes(v128.load(EXPECTED), tagLength), firstBytes(v128.load(COUNTERS), tagLength))
  memory.fill(EXPECTED, 0, BLOCK)
  if (!good) memory.fill(TEXT, 0, (<usize>length + 15) & ~15)
  return good
}
