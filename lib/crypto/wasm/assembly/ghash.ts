import { BLOCK, SCRATCH, zero } from './memory'

// GHASH (NIST SP 800-38D section 6.4) without carry-less multiplication: a product of two nibbles fits a byte, so a table of
// 16 of them is one vector, and i8x16.swizzle looks sixteen of them up at once. No address and no branch depends on a secret.
//
// Bits stay in GCM's order, in which the first bit of a byte is the coefficient of the lowest power: multiplying by x is a
// shift to the right, and the first nibble of a byte is its upper one. Bytes multiply after Karatsuba: with f the first and
// s the second nibble, f.f + x^4 (f.f + s.s + (f+s).(f+s)) + x^8 s.s.
//
// Four blocks are taken at a time, by H^4, H^3, H^2 and H. There is a table for each byte of each power, in three sets: first
// nibbles, second nibbles, and their sums. In a set the tables of the four powers for one byte lie side by side.

const POWERS: usize = 4
/** The tables for one byte of the four powers. */
const ROW: usize = POWERS * 16
const SET: usize = 16 * ROW

/** Products of the three sets before they are put together, 32 bytes each. */
const PRODUCTS: usize = SCRATCH
/** The bytes of a power of H while its tables are made. */
const POWER: usize = SCRATCH + 96
/** The length of what GHASH leaves in the scratch. */
const USED: usize = 96 + 64

/** Makes the tables of the hash key at `key`. */
export function makeTables(key: usize, tables: usize): void {
  let power = v128.load(key)
  store(power, tables, 3)
  // Blocks of zeros bring nothing, so the last of four is multiplied by H alone.
  for (let place: usize = 2; place < POWERS; place--) {
    power = step(zero(), zero(), zero(), power, tables)
    store(power, tables, place)
  }
  wipe()
}

/** The hash of a number of blocks that is divisible by 4; zeros before the message do not change it. */
export function ghash(blocks: usize, count: i32, tables: usize): v128 {
  let sum: v128 = zero()
  for (let end = blocks + (<usize>count) * BLOCK; blocks < end; blocks += POWERS * BLOCK) {
    sum = step(
      v128.xor(sum, v128.load(blocks)),
      v128.load(blocks, 16),
      v128.load(blocks, 32),
      v128.load(blocks, 48),
      tables,
    )
  }
  return sum
}

/** Overwrites what hashing left in the scratch. */
export function wipe(): void {
  memory.fill(SCRATCH, 0, USED)
}

function store(power: v128, tables: usize, place: usize): void {
  v128.store(POWER, power)
  for (let byte: usize = 0; byte < 16; byte++) {
    const value = <u32>load<u8>(POWER + byte)
    const first = value >> 4
    const second = value & 15
    const at = tables + (byte * POWERS + place) * 16
    v128.store(at, tableOf(first))
    v128.store(at + SET, tableOf(second))
    v128.store(at + 2 * SET, tableOf(first ^ second))
  }
}

/** All products of a nibble: the bits of both are reversed, so that of the 7 bits of a product, too, and bit 0 is left. */
// @ts-ignore: decorator
@inline
function tableOf(nibble: u32): v128 {
  let table = v128.and(i8x16(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), whole(nibble))
  table = v128.xor(table, v128.and(i8x16(0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60), whole(nibble >> 1)))
  table = v128.xor(
    table,
    v128.and(i8x16(0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120), whole(nibble >> 2)),
  )
  return v128.xor(
    table,
    v128.and(
      i8x16(0, 16, 32, 48, 64, 80, 96, 112, -128, -112, -96, -80, -64, -48, -32, -16),
      whole(nibble >> 3),
    ),
  )
}

/** Ones everywhere when the lowest bit is one. */
// @ts-ignore: decorator
@inline
function whole(bit: u32): v128 {
  return i8x16.splat(-(<i8>(bit & 1)))
}

/** a H^4 + b H^3 + c H^2 + d H */
function step(a: v128, b: v128, c: v128, d: v128, tables: usize): v128 {
  const a1 = i8x16.shr_u(a, 4)
  const b1 = i8x16.shr_u(b, 4)
  const c1 = i8x16.shr_u(c, 4)
  const d1 = i8x16.shr_u(d, 4)
  const low = i8x16.splat(15)
  const a2 = v128.and(a, low)
  const b2 = v128.and(b, low)
  const c2 = v128.and(c, low)
  const d2 = v128.and(d, low)
  multiply(a1, b1, c1, d1, tables, PRODUCTS)
  multiply(a2, b2, c2, d2, tables + SET, PRODUCTS + 32)
  multiply(v128.xor(a1, a2), v128.xor(b1, b2), v128.xor(c1, c2), v128.xor(d1, d2), tables + 2 * SET, PRODUCTS + 64)
  const firstLow = v128.load(PRODUCTS, 0)
  const firstHigh = v128.load(PRODUCTS, 16)
  const secondLow = v128.load(PRODUCTS, 32)
  const secondHigh = v128.load(PRODUCTS, 48)
  const middleLow = v128.xor(v128.load(PRODUCTS, 64), v128.xor(firstLow, secondLow))
  const middleHigh = v128.xor(v128.load(PRODUCTS, 80), v128.xor(firstHigh, secondHigh))
  // What goes one byte up: x^8 times the second products, and what x^4 carries over from the middle.
  const upLow = v128.xor(secondLow, i8x16.shl(middleLow, 4))
  const upHigh = v128.xor(secondHigh, i8x16.shl(middleHigh, 4))
  const productLow = v128.xor(v128.xor(firstLow, i8x16.shr_u(middleLow, 4)), byteUp(zero(), upLow))
  const productHigh = v128.xor(v128.xor(firstHigh, i8x16.shr_u(middleHigh, 4)), byteUp(upLow, upHigh))
  return reduce(productLow, productHigh)
}

/** The sum of four products with one set of tables, as 32 bytes at `out`: byte by byte from the last, shifting up between. */
function multiply(a: v128, b: v128, c: v128, d: v128, set: usize, out: usize): void {
  let low = zero()
  let high = zero()
  for (let at = set + 15 * ROW; at >= set; at -= ROW) {
    high = byteUp(low, high)
    low = v128.xor(byteUp(zero(), low), products(a, b, c, d, at))
  }
  v128.store(out, low)
  v128.store(out, high, 16)
}

// @ts-ignore: decorator
@inline
function products(a: v128, b: v128, c: v128, d: v128, row: usize): v128 {
  return v128.xor(
    v128.xor(i8x16.swizzle(v128.load(row), a), i8x16.swizzle(v128.load(row, 16), b)),
    v128.xor(i8x16.swizzle(v128.load(row, 32), c), i8x16.swizzle(v128.load(row, 48), d)),
  )
}

/** Modulo x^128 + x^7 + x^2 + x + 1. */
// @ts-ignore: decorator
@inline
function reduce(low: v128, high: v128): v128 {
  // What the last byte carries over is itself to be reduced; it lands in the first byte and carries no further.
  const over = carried(high)
  const top = v128.xor(high, v128.shuffle<u8>(over, zero(), 15, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16))
  const within = v128.xor(v128.xor(top, i8x16.shr_u(top, 1)), v128.xor(i8x16.shr_u(top, 2), i8x16.shr_u(top, 7)))
  return v128.xor(low, v128.xor(within, byteUp(zero(), carried(top))))
}

/** What multiplying by x + x^2 + x^7 moves into the next byte. */
// @ts-ignore: decorator
@inline
function carried(bytes: v128): v128 {
  return v128.xor(i8x16.shl(bytes, 7), v128.xor(i8x16.shl(bytes, 6), i8x16.shl(bytes, 1)))
}

/** All bytes one place up, the last of `below` coming in. */
// @ts-ignore: decorator
@inline
function byteUp(below: v128, bytes: v128): v128 {
  return v128.shuffle<u8>(below, bytes, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30)
}
