// ChaCha20 (RFC 8439 section 2.3): a block is four vectors, its rows. Blocks run side by side to fill the machine.

/** `blocks`: where two blocks of key stream go; `key`: 32 bytes; the nonce by its three words. */
export function twoBlocks(out: usize, key: usize, counter: i32, n0: i32, n1: i32, n2: i32): void {
  const a = i32x4(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574)
  const b = v128.load(key)
  const c = v128.load(key, 16)
  const d = row(counter, n0, n1, n2)
  const next = i32x4(1, 0, 0, 0)
  let a0 = a
  let b0 = b
  let c0 = c
  let d0 = d
  let a1 = a
  let b1 = b
  let c1 = c
  let d1 = i32x4.add(d, next)
  for (let round = 0; round < 10; round++) {
    a0 = i32x4.add(a0, b0)
    a1 = i32x4.add(a1, b1)
    d0 = rotate16(v128.xor(d0, a0))
    d1 = rotate16(v128.xor(d1, a1))
    c0 = i32x4.add(c0, d0)
    c1 = i32x4.add(c1, d1)
    b0 = rotate12(v128.xor(b0, c0))
    b1 = rotate12(v128.xor(b1, c1))
    a0 = i32x4.add(a0, b0)
    a1 = i32x4.add(a1, b1)
    d0 = rotate8(v128.xor(d0, a0))
    d1 = rotate8(v128.xor(d1, a1))
    c0 = i32x4.add(c0, d0)
    c1 = i32x4.add(c1, d1)
    b0 = lanes1(rotate7(v128.xor(b0, c0)))
    b1 = lanes1(rotate7(v128.xor(b1, c1)))
    c0 = lanes2(c0)
    c1 = lanes2(c1)
    d0 = lanes3(d0)
    d1 = lanes3(d1)
    a0 = i32x4.add(a0, b0)
    a1 = i32x4.add(a1, b1)
    d0 = rotate16(v128.xor(d0, a0))
    d1 = rotate16(v128.xor(d1, a1))
    c0 = i32x4.add(c0, d0)
    c1 = i32x4.add(c1, d1)
    b0 = rotate12(v128.xor(b0, c0))
    b1 = rotate12(v128.xor(b1, c1))
    a0 = i32x4.add(a0, b0)
    a1 = i32x4.add(a1, b1)
    d0 = rotate8(v128.xor(d0, a0))
    d1 = rotate8(v128.xor(d1, a1))
    c0 = i32x4.add(c0, d0)
    c1 = i32x4.add(c1, d1)
    b0 = lanes3(rotate7(v128.xor(b0, c0)))
    b1 = lanes3(rotate7(v128.xor(b1, c1)))
    c0 = lanes2(c0)
    c1 = lanes2(c1)
    d0 = lanes1(d0)
    d1 = lanes1(d1)
  }
  v128.store(out, i32x4.add(a0, a))
  v128.store(out, i32x4.add(b0, b), 16)
  v128.store(out, i32x4.add(c0, c), 32)
  v128.store(out, i32x4.add(d0, d), 48)
  v128.store(out, i32x4.add(a1, a), 64)
  v128.store(out, i32x4.add(b1, b), 80)
  v128.store(out, i32x4.add(c1, c), 96)
  v128.store(out, i32x4.add(d1, i32x4.add(d, next)), 112)
}

/** XORs key stream onto the text from `at` to the end of the group of three blocks that `end` lies in. */
export function applyFrom(at: usize, end: usize, key: usize, counter: i32, n0: i32, n1: i32, n2: i32): void {
  const a = i32x4(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574)
  const b = v128.load(key)
  const c = v128.load(key, 16)
  let d = row(counter, n0, n1, n2)
  const next = i32x4(1, 0, 0, 0)
  for (; at < end; at += 192) {
    let a0 = a
    let b0 = b
    let c0 = c
    let d0 = d
    let a1 = a
    let b1 = b
    let c1 = c
    let d1 = i32x4.add(d, next)
    let a2 = a
    let b2 = b
    let c2 = c
    let d2 = i32x4.add(d1, next)
    for (let round = 0; round < 10; round++) {
      a0 = i32x4.add(a0, b0)
      a1 = i32x4.add(a1, b1)
      a2 = i32x4.add(a2, b2)
      d0 = rotate16(v128.xor(d0, a0))
      d1 = rotate16(v128.xor(d1, a1))
      d2 = rotate16(v128.xor(d2, a2))
      c0 = i32x4.add(c0, d0)
      c1 = i32x4.add(c1, d1)
      c2 = i32x4.add(c2, d2)
      b0 = rotate12(v128.xor(b0, c0))
      b1 = rotate12(v128.xor(b1, c1))
      b2 = rotate12(v128.xor(b2, c2))
      a0 = i32x4.add(a0, b0)
      a1 = i32x4.add(a1, b1)
      a2 = i32x4.add(a2, b2)
      d0 = rotate8(v128.xor(d0, a0))
      d1 = rotate8(v128.xor(d1, a1))
      d2 = rotate8(v128.xor(d2, a2))
      c0 = i32x4.add(c0, d0)
      c1 = i32x4.add(c1, d1)
      c2 = i32x4.add(c2, d2)
      b0 = lanes1(rotate7(v128.xor(b0, c0)))
      b1 = lanes1(rotate7(v128.xor(b1, c1)))
      b2 = lanes1(rotate7(v128.xor(b2, c2)))
      c0 = lanes2(c0)
      c1 = lanes2(c1)
      c2 = lanes2(c2)
      d0 = lanes3(d0)
      d1 = lanes3(d1)
      d2 = lanes3(d2)
      a0 = i32x4.add(a0, b0)
      a1 = i32x4.add(a1, b1)
      a2 = i32x4.add(a2, b2)
      d0 = rotate16(v128.xor(d0, a0))
      d1 = rotate16(v128.xor(d1, a1))
      d2 = rotate16(v128.xor(d2, a2))
      c0 = i32x4.add(c0, d0)
      c1 = i32x4.add(c1, d1)
      c2 = i32x4.add(c2, d2)
      b0 = rotate12(v128.xor(b0, c0))
      b1 = rotate12(v128.xor(b1, c1))
      b2 = rotate12(v128.xor(b2, c2))
      a0 = i32x4.add(a0, b0)
      a1 = i32x4.add(a1, b1)
      a2 = i32x4.add(a2, b2)
      d0 = rotate8(v128.xor(d0, a0))
      d1 = rotate8(v128.xor(d1, a1))
      d2 = rotate8(v128.xor(d2, a2))
      c0 = i32x4.add(c0, d0)
      c1 = i32x4.add(c1, d1)
      c2 = i32x4.add(c2, d2)
      b0 = lanes3(rotate7(v128.xor(b0, c0)))
      b1 = lanes3(rotate7(v128.xor(b1, c1)))
      b2 = lanes3(rotate7(v128.xor(b2, c2)))
      c0 = lanes2(c0)
      c1 = lanes2(c1)
      c2 = lanes2(c2)
      d0 = lanes1(d0)
      d1 = lanes1(d1)
      d2 = lanes1(d2)
    }
    mask(at, i32x4.add(a0, a), i32x4.add(b0, b), i32x4.add(c0, c), i32x4.add(d0, d))
    d = i32x4.add(d, next)
    mask(at + 64, i32x4.add(a1, a), i32x4.add(b1, b), i32x4.add(c1, c), i32x4.add(d1, d))
    d = i32x4.add(d, next)
    mask(at + 128, i32x4.add(a2, a), i32x4.add(b2, b), i32x4.add(c2, c), i32x4.add(d2, d))
    d = i32x4.add(d, next)
  }
}

// @ts-ignore: decorator
@inline
function mask(at: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(at, v128.xor(v128.load(at), a))
  v128.store(at, v128.xor(v128.load(at, 16), b), 16)
  v128.store(at, v128.xor(v128.load(at, 32), c), 32)
  v128.store(at, v128.xor(v128.load(at, 48), d), 48)
}

// @ts-ignore: decorator
@inline
function row(w0: i32, w1: i32, w2: i32, w3: i32): v128 {
  return i32x4.replace_lane(
    i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(w0), 1, w1), 2, w2),
    3,
    w3,
  )
}

// @ts-ignore: decorator
@inline
function rotate16(v: v128): v128 {
  return v128.shuffle<u8>(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)
}

// @ts-ignore: decorator
@inline
function rotate8(v: v128): v128 {
  return v128.shuffle<u8>(v, v, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14)
}

// @ts-ignore: decorator
@inline
function rotate12(v: v128): v128 {
  return v128.or(i32x4.shl(v, 12), i32x4.shr_u(v, 20))
}

// @ts-ignore: decorator
@inline
function rotate7(v: v128): v128 {
  return v128.or(i32x4.shl(v, 7), i32x4.shr_u(v, 25))
}

// @ts-ignore: decorator
@inline
function lanes1(v: v128): v128 {
  return v128.shuffle<u32>(v, v, 1, 2, 3, 0)
}

// @ts-ignore: decorator
@inline
function lanes2(v: v128): v128 {
  return v128.shuffle<u32>(v, v, 2, 3, 0, 1)
}

// @ts-ignore: decorator
@inline
function lanes3(v: v128): v128 {
  return v128.shuffle<u32>(v, v, 3, 0, 1, 2)
}
