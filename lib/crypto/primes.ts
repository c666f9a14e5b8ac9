import { fromHex } from '../base/bytes.ts'

/**
 * The safe primes of RFC 7919 (ffdhe) and of RFC 2409 and RFC 3526 (modp), computed as those documents define them:
 * 2^b - 2^(b-64) + (floor(2^(b-130) c) + X) 2^64 - 1, where c is e or pi. Each is computed once, when first asked for.
 */
export function safePrime(family: PrimeFamily, bits: number): Uint8Array | undefined {
  const name = `${family}${bits}`
  const known = computed.get(name)
  if (known !== undefined) return known
  const offset = OFFSETS[family].get(bits)
  if (offset === undefined) return undefined
  const size = BigInt(bits)
  const digits = family === 'ffdhe' ? scaledE(size - 130n) : scaledPi(size - 130n)
  const prime = (1n << size) - (1n << (size - 64n)) + ((digits + offset) << 64n) - 1n
  const bytes = fromHex(prime.toString(16))
  computed.set(name, bytes)
  return bytes
}

export type PrimeFamily = 'ffdhe' | 'modp'

/** X of each formula, by the bits of the prime. */
const OFFSETS: Readonly<Record<PrimeFamily, ReadonlyMap<number, bigint>>> = {
  ffdhe: new Map([
    [2048, 560316n],
    [3072, 2625351n],
    [4096, 5736041n],
    [6144, 15705020n],
    [8192, 10965728n],
  ]),
  modp: new Map([
    [1024, 129093n],
    [1536, 741804n],
    [2048, 124476n],
    [3072, 1690314n],
    [4096, 240904n],
    [6144, 929484n],
    [8192, 4743158n],
  ]),
}

const computed = new Map<string, Uint8Array>()

/** Bits computed beyond those wanted, so that the rounding of the terms does not reach them. */
const GUARD = 64n

/** floor(2^bits e), from the sum of 1/k!. */
function scaledE(bits: bigint): bigint {
  let term = 1n << (bits + GUARD)
  let sum = 0n
  for (let k = 1n; term > 0n; k++) {
    sum += term
    term /= k
  }
  return sum >> GUARD
}

/** floor(2^bits pi), by Machin's formula. */
function scaledPi(bits: bigint): bigint {
  const one = 1n << (bits + GUARD)
  return (4n * (4n * inverseArctangent(one, 5n) - inverseArctangent(one, 239n))) >> GUARD
}

/** one * arctan(1/x). */
function inverseArctangent(one: bigint, x: bigint): bigint {
  const square = x * x
  let power = one / x
  let sum = 0n
  for (let k = 1n; power > 0n; k += 2n) {
    sum += k % 4n === 1n ? power / k : -(power / k)
    power /= square
  }
  return sum
}
