import type { KeyObject } from 'node:crypto'
import { groupByName } from './groups.ts'

/** The kinds of key that certificates bring; `rsa-pss` is a key that may do nothing but PSS. */
export type KeyType = 'rsa' | 'rsa-pss' | 'ec' | 'ed25519' | 'ed448' | 'dsa' | 'unknown'

export function keyTypeOf(key: KeyObject): KeyType {
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
    case 'ec':
    case 'ed25519':
    case 'ed448':
    case 'dsa':
      return key.asymmetricKeyType
    default:
      return 'unknown'
  }
}

/** What EVP_PKEY_get_bits answers: the modulus or the order of the curve; 0 for unknown kinds. */
export function keyBits(key: KeyObject): number {
  switch (keyTypeOf(key)) {
    case 'rsa':
    case 'rsa-pss':
    case 'dsa':
      return key.asymmetricKeyDetails?.modulusLength ?? 0
    case 'ec':
      return curveBits(key.asymmetricKeyDetails?.namedCurve)
    case 'ed25519':
      return 256
    case 'ed448':
      return 456
    case 'unknown':
      return 0
  }
}

/** What EVP_PKEY_get_security_bits answers (NIST SP 800-57 part 1, as OpenSSL 3.0 reads it). */
export function keySecurityBits(key: KeyObject): number {
  switch (keyTypeOf(key)) {
    case 'rsa':
    case 'rsa-pss':
      return factoringSecurityBits(keyBits(key))
    case 'dsa':
      return dsaSecurityBits(keyBits(key), key.asymmetricKeyDetails?.divisorLength ?? 0)
    case 'ec':
      return curveSecurityBits(keyBits(key))
    case 'ed25519':
      return 128
    case 'ed448':
      return 224
    case 'unknown':
      return AGREEMENT_BITS.get(key.asymmetricKeyType) ?? 0
  }
}

/** Keys that sign nothing: certificates may bring them all the same. */
const AGREEMENT_BITS: ReadonlyMap<string | undefined, number> = new Map([
  ['x25519', 128],
  ['x448', 224],
])

/** The number of an EC key's curve in `supported_groups`; `null` for other keys and for curves that have none. */
export function curveOf(key: KeyObject): number | null {
  if (keyTypeOf(key) !== 'ec') return null
  return groupByName(key.asymmetricKeyDetails?.namedCurve ?? '')?.id ?? null
}

/** A curve outside our table carries its size in its name (secp224r1, sect283k1); without a name it counts as nothing. */
function curveBits(name: string | undefined): number {
  if (name === undefined) return 0
  return groupByName(name)?.bits ?? Number(/\d{3}/.exec(name)?.[0] ?? 0)
}

function curveSecurityBits(bits: number): number {
  if (bits >= 512) return 256
  if (bits >= 384) return 192
  if (bits >= 256) return 128
  if (bits >= 224) return 112
  return bits >= 160 ? 80 : bits >> 1
}

function dsaSecurityBits(modulusBits: number, divisorBits: number): number {
  if (divisorBits < 160) return 0
  const byModulus = [
    [15360, 256],
    [7680, 192],
    [3072, 128],
    [2048, 112],
    [1024, 80],
  ] as const
  const strength = byModulus.find(([least]) => modulusBits >= least)?.[1] ?? 0
  return Math.min(strength, divisorBits >> 1)
}

/**
 * The modulus sizes at which the strength grows by 8, from 56 at the first. OpenSSL computes them from the cost of the number
 * field sieve in fixed point (ossl_ifc_ffc_compute_security_bits); these are its results, up to the sizes that it accepts.
 */
const FACTORING_STEPS: readonly number[] = [
  512, 566, 729, 920, 1137, 1383, 1657, 1963, 2301, 2671, 3076, 3514, 3991, 4502, 5054, 5642, 6274, 6947, 7681, 8418,
  9216, 10064, 10953, 11893, 12877, 13914, 15361, 16132,
]

/** Nothing below 512 bits is worth a number. */
function factoringSecurityBits(bits: number): number {
  const steps = FACTORING_STEPS.filter(step => step <= bits).length
  return steps === 0 ? 0 : 48 + 8 * steps
}
