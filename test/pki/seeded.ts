/** Numbers that a seed replays: mulberry32, below `limit`. */
export function seeded(seed: number): (limit: number) => number {
  let state = seed >>> 0
  return limit => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

/** Bytes with a few of them changed, taken away or put in. */
export function mutated(bytes: Uint8Array, random: (limit: number) => number): Uint8Array {
  const out = [...bytes]
  for (let count = 1 + random(3); count > 0; count--) {
    const at = random(out.length)
    const kind = random(4)
    if (kind === 0) out.splice(at, 1 + random(4))
    else if (kind === 1) out.splice(at, 0, random(256))
    else out[at] = random(256)
  }
  return Uint8Array.from(out)
}
