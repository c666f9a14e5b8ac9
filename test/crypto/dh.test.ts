import { createHash, getDiffieHellman } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { fromHex } from '../../lib/base/bytes.ts'
import type { Random } from '../../lib/base/random.ts'
import {
  automaticDh,
  type DhParameters,
  dhBits,
  dhKeyShare,
  dhSecurityBits,
  ffdheGroup,
  validDh,
} from '../../lib/crypto/dh.ts'
import { safePrime } from '../../lib/crypto/primes.ts'
import { seededRandom } from './helpers.ts'
import { bigEndian, power, toNumber } from './reference.ts'

/** SHA-256 of OpenSSL's constants: DH_new_by_nid, BN_get_rfc2409_prime_1024, BN_get_rfc3526_prime_*. */
const PRIMES = [
  ['ffdhe', 2048, '9cd3b7f336872f46c09428d1bbc19877a4d440512cda8d1c1cf0cd6e33698966'],
  ['ffdhe', 3072, '0eaf67db3a839156d5013494a5318a772b5697d270d721f37f092efc69ea5a17'],
  ['ffdhe', 4096, '4648414224ac881b3d0dc59b466f96d06a558278776807797ecf1f66ff397b3e'],
  ['ffdhe', 6144, '227ac9066b3ddd9e193670cda2388fa884f65ba0cf98b742d1fe77a6687c79c7'],
  ['ffdhe', 8192, '770b14efaf6f049929c523113b3fa99a8d11dab1b18af3609590122075d19833'],
  ['modp', 1024, '3f35a3f5f6c4376a744acad409bb22f8d897f949d2311d885adaa890981b67a0'],
  ['modp', 1536, '64fcc83ec403930bf18393dbc883ccaa1fbb08ac876f77f7aa99748ca945019b'],
  ['modp', 2048, 'd66436f79bbd6b2e38c0ffbd079be904d2641415e2e67140e09448be9a60890e'],
  ['modp', 3072, '48cf8b092fbce4359d9871abf74f98e25b6163379eaa15cd9087e800c6d1c55c'],
  ['modp', 4096, '4ee95187682bcb230ad26a95205f6920e84708f6251b3894329b09ec23919e33'],
  ['modp', 6144, 'd1bfe6d0925ce7e4da262b62861514a7755e35831e429f343e7b864848657efd'],
  ['modp', 8192, '39ab4feab950a3128fb71accb9fc3965d857012e081998a85996e3ea8b3c3bcf'],
] as const

/** RFC 5114 section 2.1: 1024 bits with a subgroup of 160, a group that Node does not know for safe. */
const RFC5114: DhParameters = {
  p: fromHex(
    'b10b8f96a080e01dde92de5eae5d54ec52c99fbcfb06a3c69a6a9dca52d23b616073e28675a23d189838ef1e2ee652c013ecb4aea906112324975c3cd49b83bfaccbdd7d90c4bd7098488e9c219a73724effd6fae5644738faa31a4ff55bccc0a151af5f0dc8b4bd45bf37df365c1a65e68cfda76d4da708df1fb2bc2e4a4371',
  ),
  g: fromHex(
    'a4d1cbd5c3fd34126765a442efb99905f8104dd258ac507fd6406cff14266d31266fea1e5c41564b777e690f5504f213160217b4b01b886a5e91547f9e2749f4d7fbd7d3b9a92ee1909d0d2263f80a76a6a24c087a091f531dbf0a0169b6a28ad662a4d18e73afa32d779d5918d08bc8858f4dcef97c2a24855e6eeb22b3b2e5',
  ),
}
const AUTOMATIC_1024 = automaticDh(0)
/** 2^521 - 1: small enough for a secret with zeros in front to turn up soon. */
const MERSENNE: DhParameters = { p: bigEndian((1n << 521n) - 1n, 66), g: new Uint8Array([3]) }

/** Remembers what it gave. */
function recorded(source: Random): { random: Random; drawn: Uint8Array[] } {
  const drawn: Uint8Array[] = []
  return {
    drawn,
    random: length => {
      const bytes = source(length)
      drawn.push(bytes)
      return bytes
    },
  }
}

test.each(PRIMES)('%s%i is the prime that OpenSSL has', (family, bits, expected) => {
  const prime = safePrime(family, bits) ?? new Uint8Array(0)
  expect(createHash('sha256').update(prime).digest('hex')).toBe(expected)
  expect(safePrime(family, bits)).toBe(prime)
})

test('the same as the groups that Node has built in', () => {
  expect(safePrime('modp', 2048)).toEqual(new Uint8Array(getDiffieHellman('modp14').getPrime()))
  expect(safePrime('modp', 2047)).toBeUndefined()
  expect(ffdheGroup(255)).toBeUndefined()
  expect(ffdheGroup(258)?.p).toHaveLength(512)
})

const GROUPS_TRIED = [
  ['ffdhe2048', ffdheGroup(256) ?? RFC5114],
  ['modp 1024', AUTOMATIC_1024],
  ['modp 2048', automaticDh(112)],
  ['RFC 5114 1024/160', RFC5114],
  ['2^521 - 1', MERSENNE],
  ['2048 bits with generator 5', { p: automaticDh(112).p, g: new Uint8Array([5]) }],
] as const

describe.each(GROUPS_TRIED)('%s', (_, params) => {
  test('secret and public key are what arithmetic says', () => {
    const { random, drawn } = recorded(seededRandom(21))
    const ours = dhKeyShare(params, random)
    const theirs = dhKeyShare(params, seededRandom(22))
    expect(ours.publicKey).toHaveLength(params.p.length)
    const secret = ours.agree(theirs.publicKey)
    expect(secret).not.toBeNull()
    expect(theirs.agree(ours.publicKey)).toEqual(secret)
    // The exponent is what was drawn, cut to its bits and with the highest one set.
    const exact = [...exponents(drawn[0] ?? new Uint8Array(0))].filter(
      x => power(params.g, x, params.p) === toNumber(ours.publicKey),
    )
    expect(exact).toHaveLength(1)
    expect(toNumber(secret ?? new Uint8Array(0))).toBe(power(theirs.publicKey, exact[0] ?? new Uint8Array(0), params.p))
  })

  test('refuses 0, 1, p - 1, p and more; takes zeros in front', () => {
    const share = dhKeyShare(params, seededRandom(21))
    const p = toNumber(params.p)
    const size = params.p.length
    for (const value of [0n, 1n, p - 1n, p, p + 1n, p + 2n]) {
      expect(share.agree(bigEndian(value, size + 1))).toBeNull()
    }
    expect(share.agree(new Uint8Array(0))).toBeNull()
    const peer = dhKeyShare(params, seededRandom(22)).publicKey
    expect(share.agree(new Uint8Array([0, 0, ...peer]))).toEqual(share.agree(peer))
  })
})

/** Every way to cut the first byte. */
function* exponents(drawn: Uint8Array): Generator<Uint8Array> {
  for (let bit = 1; bit < 0x100; bit <<= 1) {
    const exponent = new Uint8Array(drawn)
    exponent[0] = ((exponent[0] ?? 0) & (bit - 1)) | bit
    yield exponent
  }
}

test('zeros in front of the secret are stripped (RFC 5246 section 8.1.2)', () => {
  const share = dhKeyShare(MERSENNE, seededRandom(1))
  let short = 0
  for (let seed = 2; seed < 40; seed++) {
    const secret = share.agree(dhKeyShare(MERSENNE, seededRandom(seed)).publicKey) ?? new Uint8Array(1)
    expect(secret[0]).not.toBe(0)
    if (secret.length < 66) short++
  }
  // The top byte of this prime is one bit: half of the secrets are shorter.
  expect(short).toBeGreaterThan(5)
})

test('parameters that OpenSSL would refuse are refused', () => {
  const { p, g } = AUTOMATIC_1024
  const even = new Uint8Array(p)
  even[even.length - 1] = 0xfe
  const minusOne = bigEndian(toNumber(p) - 1n, 128)
  expect(validDh({ p, g })).toBe(true)
  expect(validDh({ p: new Uint8Array([0, ...p]), g: new Uint8Array([0, ...g]) })).toBe(true)
  expect(validDh({ p: even, g })).toBe(false)
  for (const generator of [[], [0], [1], [...p], [...minusOne], [1, ...p]]) {
    expect(validDh({ p, g: new Uint8Array(generator) })).toBe(false)
  }
  expect(validDh({ p: bigEndian((1n << 511n) - 1n, 64), g })).toBe(false)
  expect(validDh({ p: bigEndian((1n << 512n) - 1n, 64), g })).toBe(true)
  expect(validDh({ p: new Uint8Array(1250).fill(0xff), g })).toBe(true)
  expect(validDh({ p: new Uint8Array(1251).fill(0xff), g })).toBe(false)
  expect(validDh({ p: new Uint8Array(0), g })).toBe(false)
  expect(() => dhKeyShare({ p: even, g }, seededRandom(1))).toThrow(RangeError)
})

test('sizes', () => {
  expect(dhBits(MERSENNE)).toBe(521)
  expect(dhBits({ p: new Uint8Array([0, 0, 1, 0]), g: new Uint8Array([2]) })).toBe(9)
  expect(dhBits({ p: new Uint8Array(2), g: new Uint8Array([2]) })).toBe(0)
  const chosen = [0, 80, 111, 112, 127, 128, 151, 152, 191, 192, 256].map(bits => dhBits(automaticDh(bits)))
  expect(chosen).toEqual([1024, 1024, 1024, 2048, 2048, 3072, 3072, 4096, 4096, 8192, 8192])
  // Measured with DH_security_bits of OpenSSL 3.0.
  const strengths = [512, 1023, 1024, 1536, 2048, 3072, 4096, 7680, 10000].map(bits =>
    dhSecurityBits({ p: bigEndian((1n << BigInt(bits)) - 1n, 1250), g: new Uint8Array([2]) }),
  )
  expect(strengths).toEqual([0, 0, 80, 80, 112, 128, 128, 192, 192])
})
