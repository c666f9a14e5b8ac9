import { BLOCK, COUNTERS, TEXT, zero } from './memory'

// Key stream comes from a block cipher outside: here are the blocks that it is to encipher, and the use of what it made.

/**
 * Writes counter blocks for `records` consecutive nonces, `blocks` for each. `salt` are its four bytes in memory order.
 * GCM: nonce and a counter of four bytes from 1. CCM (RFC 3610 section 2.3): flags, nonce, and a counter of three from 0.
 */
export function writeCounters(
  ccm: bool,
  salt: i32,
  nonceHigh: i32,
  nonceLow: i32,
  blocks: i32,
  records: i32,
): void {
  let at = COUNTERS
  for (; records > 0; records--) {
    let block = firstBlock(salt, nonceHigh, nonceLow)
    if (ccm) block = reverseLast(withFlags(block, 2))
    else block = i32x4.add(block, i32x4(0, 0, 0, 1))
    for (const end = at + ((<usize>blocks) << 4); at < end; at += BLOCK) {
      v128.store(at, reverseLast(block))
      block = i32x4.add(block, i32x4(0, 0, 0, 1))
    }
    if (++nonceLow === 0) nonceHigh++
  }
}

/** Salt and explicit nonce, then zeros. */
export function firstBlock(salt: i32, nonceHigh: i32, nonceLow: i32): v128 {
  const block = i32x4.replace_lane(i32x4.replace_lane(zero(), 0, salt), 1, bswap<i32>(nonceHigh))
  return i32x4.replace_lane(block, 2, bswap<i32>(nonceLow))
}

/** CCM: a byte of flags goes before the nonce. */
export function withFlags(block: v128, flags: i32): v128 {
  const up = v128.shuffle<u8>(block, block, 15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)
  return i8x16.replace_lane(up, 0, <i8>flags)
}

/** The counter is kept in the order of the machine and stored in that of the network. */
function reverseLast(block: v128): v128 {
  return v128.shuffle<u8>(block, block, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15, 14, 13, 12)
}

/** XORs the key stream onto the text, up to the end of its last block, and zeroes what has been used; the first is not. */
export function applyStream(stream: usize, length: i32): void {
  v128.store(stream, zero())
  const end = TEXT + <usize>length
  for (let at = TEXT; at < end; at += BLOCK) {
    stream += BLOCK
    v128.store(at, v128.xor(v128.load(at), v128.load(stream)))
    v128.store(stream, zero())
  }
}
