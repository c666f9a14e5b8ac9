// Poly1305 (RFC 8439 section 2.5) over whole blocks, in five limbs of 26 bits. i64.mul takes the same time for all operands
// on 64-bit machines.

const LIMB: u64 = 0x3ffffff

/** The tag under the one-time key at `key` (32 bytes); `length` is divisible by 16. */
export function poly1305(key: usize, message: usize, length: usize): v128 {
  const k0 = load<u64>(key)
  const k1 = load<u64>(key, 8)
  // r is clamped.
  const low = k0 & 0x0ffffffc0fffffff
  const high = k1 & 0x0ffffffc0ffffffc
  const r0 = low & LIMB
  const r1 = (low >> 26) & LIMB
  const r2 = ((low >> 52) | (high << 12)) & LIMB
  const r3 = (high >> 14) & LIMB
  const r4 = high >> 40
  const s1 = r1 * 5
  const s2 = r2 * 5
  const s3 = r3 * 5
  const s4 = r4 * 5
  let h0: u64 = 0
  let h1: u64 = 0
  let h2: u64 = 0
  let h3: u64 = 0
  let h4: u64 = 0
  for (const end = message + length; message < end; message += 16) {
    const m0 = load<u64>(message)
    const m1 = load<u64>(message, 8)
    h0 += m0 & LIMB
    h1 += (m0 >> 26) & LIMB
    h2 += ((m0 >> 52) | (m1 << 12)) & LIMB
    h3 += (m1 >> 14) & LIMB
    h4 += (m1 >> 40) | (1 << 24)
    const d0 = h0 * r0 + h1 * s4 + h2 * s3 + h3 * s2 + h4 * s1
    const d1 = h0 * r1 + h1 * r0 + h2 * s4 + h3 * s3 + h4 * s2 + (d0 >> 26)
    const d2 = h0 * r2 + h1 * r1 + h2 * r0 + h3 * s4 + h4 * s3 + (d1 >> 26)
    const d3 = h0 * r3 + h1 * r2 + h2 * r1 + h3 * r0 + h4 * s4 + (d2 >> 26)
    const d4 = h0 * r4 + h1 * r3 + h2 * r2 + h3 * r1 + h4 * r0 + (d3 >> 26)
    h0 = (d0 & LIMB) + (d4 >> 26) * 5
    h1 = (d1 & LIMB) + (h0 >> 26)
    h0 &= LIMB
    h2 = d2 & LIMB
    h3 = d3 & LIMB
    h4 = d4 & LIMB
  }
  // Carry to the end, then subtract the prime if that leaves something.
  h2 += h1 >> 26
  h1 &= LIMB
  h3 += h2 >> 26
  h2 &= LIMB
  h4 += h3 >> 26
  h3 &= LIMB
  h0 += (h4 >> 26) * 5
  h4 &= LIMB
  h1 += h0 >> 26
  h0 &= LIMB
  let g0 = h0 + 5
  let g1 = h1 + (g0 >> 26)
  let g2 = h2 + (g1 >> 26)
  let g3 = h3 + (g2 >> 26)
  let g4 = h4 + (g3 >> 26) - (1 << 26)
  const keep: u64 = 0 - (g4 >> 63)
  g0 &= LIMB
  g1 &= LIMB
  g2 &= LIMB
  g3 &= LIMB
  h0 = (h0 & keep) | (g0 & ~keep)
  h1 = (h1 & keep) | (g1 & ~keep)
  h2 = (h2 & keep) | (g2 & ~keep)
  h3 = (h3 & keep) | (g3 & ~keep)
  h4 = (h4 & keep) | (g4 & ~keep)
  const h = h0 | (h1 << 26) | (h2 << 52)
  const sumLow = h + load<u64>(key, 16)
  const carry = <u64>(sumLow < h)
  const sumHigh = ((h2 >> 12) | (h3 << 14) | (h4 << 40)) + load<u64>(key, 24) + carry
  return i64x2.replace_lane(i64x2.splat(sumLow), 1, sumHigh)
}
