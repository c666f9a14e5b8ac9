import { applyFrom, twoBlocks } from './chacha20'
import { BLOCK, COUNTERS, padText, pseudoHeader, same, SCRATCH, TEXT } from './memory'
import { poly1305 } from './poly1305'

// ChaCha20-Poly1305 for records (RFC 7905). The caller puts key and IV, 44 bytes, where counters go elsewhere; they are
// overwritten before the call returns.

const KEY: usize = COUNTERS
const IV: usize = COUNTERS + 32
/** Two blocks of key stream: the first half of the first is the key of the MAC, the second is for the text. */
const FIRST: usize = SCRATCH

/** Seals the text in place, tag behind. */
export function chachaSeal(length: i32, type: i32, version: i32, seqHigh: i32, seqLow: i32): void {
  begin(seqHigh, seqLow)
  apply(length, seqHigh, seqLow)
  v128.store(TEXT + <usize>length, authenticate(length, pseudoHeader(seqHigh, seqLow, type, version, length)))
  end()
}

/** Opens the text in place if the tag behind it is right; if not it stays as it came. */
export function chachaOpen(length: i32, type: i32, version: i32, seqHigh: i32, seqLow: i32): bool {
  begin(seqHigh, seqLow)
  const tag = v128.load(TEXT + <usize>length)
  const good = same(tag, authenticate(length, pseudoHeader(seqHigh, seqLow, type, version, length)))
  if (good) apply(length, seqHigh, seqLow)
  end()
  return good
}

function begin(seqHigh: i32, seqLow: i32): void {
  twoBlocks(FIRST, KEY, 0, load<i32>(IV), nonce(4, seqHigh), nonce(8, seqLow))
}

/** RFC 7905 section 2: the sequence number is XORed into the last 8 bytes of the IV. */
// @ts-ignore: decorator
@inline
function nonce(at: usize, sequence: i32): i32 {
  return load<i32>(IV + at) ^ bswap<i32>(sequence)
}

function apply(length: i32, seqHigh: i32, seqLow: i32): void {
  const end = TEXT + <usize>length
  for (let at: usize = 0; at < 64; at += BLOCK) {
    v128.store(TEXT + at, v128.xor(v128.load(TEXT + at), v128.load(FIRST + 64 + at)))
  }
  applyFrom(TEXT + 64, end, KEY, 2, load<i32>(IV), nonce(4, seqHigh), nonce(8, seqLow))
}

/** Poly1305 over additional data, ciphertext and their lengths (RFC 8439 section 2.8), which are put around the text. */
function authenticate(length: i32, header: v128): v128 {
  padText(length)
  const padded = <usize>((length + 15) & ~15)
  v128.store(TEXT - 16, header)
  store<u64>(TEXT + padded, 13)
  store<u64>(TEXT + padded, length, 8)
  return poly1305(FIRST, TEXT - 16, padded + 32)
}

function end(): void {
  memory.fill(FIRST, 0, 128)
  memory.fill(KEY, 0, 48)
}
