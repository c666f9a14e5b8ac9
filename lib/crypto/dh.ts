import { createDiffieHellman, createPrivateKey, createPublicKey, type DiffieHellman, diffieHellman } from 'node:crypto'
import { copy, fromHex, wipe } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'
import { der, withoutLeadingZeros } from './der.ts'
import { type KeyShare, wiped } from './key-share.ts'
import { plain } from './node.ts'
import { type PrimeFamily, safePrime } from './primes.ts'

/** A finite-field group: prime and generator, big-endian. */
export interface DhParameters {
  readonly p: Uint8Array
  readonly g: Uint8Array
}

/** Bounds of OpenSSL's DH_check_params; the upper one keeps a peer from making us compute for minutes. */
export const MIN_DH_BITS = 512
export const MAX_DH_BITS = 10_000

/**
 * A fresh share (RFC 5246 sections 7.4.3 and 8.1.2).
 * The secret loses its leading zeros, as TLS 1.2 wants it; so its length is visible to whoever can time the PRF (the Raccoon
 * attack), which is harmless as long as no share serves twice.
 * @throws RangeError when the parameters are not `validDh`
 */
export function dhKeyShare(params: DhParameters, random: Random): KeyShare {
  if (!validDh(params)) throw new RangeError('invalid Diffie-Hellman parameters')
  const group = normalised(params)
  const safe = isSafePrime(group)
  const bits = safe ? shortExponentBits(group.p.length * 8) : dhBits(group) - 1
  const exponent = randomExponent(bits, random)
  const engine = safe ? new SafeGroup(group, exponent) : new AnyGroup(group, exponent)
  wipe(exponent)
  return new DhShare(group, engine)
}

/**
 * The checks that OpenSSL makes of a server's parameters: size, an odd modulus, 1 < g < p - 1.
 * Whether the modulus is prime is not asked: it would cost seconds, and a server that lies only harms its own secret.
 */
export function validDh(params: DhParameters): boolean {
  const bits = dhBits(params)
  if (bits < MIN_DH_BITS || bits > MAX_DH_BITS || ((params.p.at(-1) ?? 0) & 1) === 0) return false
  return inRange(withoutLeadingZeros(params.g), withoutLeadingZeros(params.p))
}

/** Bits of the prime. */
export function dhBits(params: DhParameters): number {
  const p = withoutLeadingZeros(params.p)
  return p.length === 0 ? 0 : p.length * 8 - (Math.clz32(p[0] ?? 0) - 24)
}

/** OpenSSL's BN_security_bits for parameters without a subgroup order: what security levels test. */
export function dhSecurityBits(params: DhParameters): number {
  const bits = dhBits(params)
  if (bits >= 15360) return 256
  if (bits >= 7680) return 192
  if (bits >= 3072) return 128
  if (bits >= 2048) return 112
  return bits >= 1024 ? 80 : 0
}

/**
 * The group that `SSL_CTX_set_dh_auto` picks for a key of this strength (OpenSSL's ssl_get_auto_dh).
 * @param securityBits the greater of the certificate key's strength and the security level's demand
 */
export function automaticDh(securityBits: number): DhParameters {
  if (securityBits >= 192) return named('modp', 8192)
  if (securityBits >= 152) return named('modp', 4096)
  if (securityBits >= 128) return named('modp', 3072)
  if (securityBits >= 112) return named('modp', 2048)
  return named('modp', 1024)
}

/** The group of RFC 7919 with this number in `supported_groups` (256 to 260). */
export function ffdheGroup(id: number): DhParameters | undefined {
  const bits = FFDHE_BITS.get(id)
  return bits === undefined ? undefined : named('ffdhe', bits)
}

const FFDHE_BITS: ReadonlyMap<number, number> = new Map([
  [256, 2048],
  [257, 3072],
  [258, 4096],
  [259, 6144],
  [260, 8192],
])

const GENERATOR = new Uint8Array([2])
/** 1.2.840.113549.1.3.1, dhKeyAgreement. */
const DH_KEY_AGREEMENT = fromHex('2a864886f70d010301')

function named(family: PrimeFamily, bits: number): DhParameters {
  const p = safePrime(family, bits)
  if (p === undefined) throw new RangeError(`no ${family} prime of ${bits} bits`)
  return { p, g: GENERATOR }
}

/** The groups that Node's OpenSSL knows by their numbers, and therefore does not test for primality. */
function isSafePrime({ p, g }: DhParameters): boolean {
  const bits = p.length * 8
  if (g.length !== 1 || g[0] !== 2 || bits < 1536) return false
  const families = ['ffdhe', 'modp'] as const
  return families.some(family => {
    const prime = safePrime(family, bits)
    return prime !== undefined && Buffer.compare(prime, p) === 0
  })
}

/** Exponents of twice the strength are enough in a safe-prime group; the lengths of RFC 7919 section 5.2. */
function shortExponentBits(primeBits: number): number {
  if (primeBits >= 8192) return 400
  if (primeBits >= 6144) return 375
  if (primeBits >= 4096) return 325
  return primeBits >= 3072 ? 275 : 225
}

/** Exactly `bits` bits: the highest is set. */
function randomExponent(bits: number, random: Random): Uint8Array {
  const exponent = copy(random(Math.ceil(bits / 8)))
  const top = 1 << ((bits - 1) & 7)
  exponent[0] = ((exponent[0] ?? 0) & (top - 1)) | top
  return exponent
}

function normalised(params: DhParameters): DhParameters {
  return { p: copy(withoutLeadingZeros(params.p)), g: copy(withoutLeadingZeros(params.g)) }
}

/** 1 < value < p - 1 for an odd p; neither has leading zeros. */
function inRange(value: Uint8Array, p: Uint8Array): boolean {
  if (value.length === 0 || (value.length === 1 && value[0] === 1) || value.length > p.length) return false
  if (value.length < p.length) return true
  const last = copy(p)
  last[last.length - 1] = (last[last.length - 1] ?? 0) & 0xfe
  return Buffer.compare(value, last) < 0
}

interface Engine {
  publicKey(): Uint8Array
  secret(peer: Uint8Array): Uint8Array
}

class DhShare implements KeyShare {
  readonly publicKey: Uint8Array
  readonly #group: DhParameters
  #engine: Engine | null

  constructor(group: DhParameters, engine: Engine) {
    this.#group = group
    this.#engine = engine
    // As long as the prime: some TLS stacks take nothing shorter, and OpenSSL pads for them too.
    const y = withoutLeadingZeros(engine.publicKey())
    this.publicKey = new Uint8Array(group.p.length)
    this.publicKey.set(y, group.p.length - y.length)
  }

  agree(peer: Uint8Array): Uint8Array | null {
    const engine = this.#engine ?? wiped()
    const y = withoutLeadingZeros(peer)
    if (!inRange(y, this.#group.p)) return null
    const whole = secretOrNull(engine, y)
    if (whole === null) return null
    const secret = copy(withoutLeadingZeros(whole))
    wipe(whole)
    return inRange(secret, this.#group.p) ? secret : null
  }

  wipe(): void {
    this.#engine = null
  }
}

/** OpenSSL makes checks of its own, and Node tells their failure by throwing. */
function secretOrNull(engine: Engine, peer: Uint8Array): Uint8Array | null {
  try {
    return engine.secret(peer)
  } catch {
    return null
  }
}

/** For groups that Node knows: the quickest way (a tenth of the time of `AnyGroup` at 8192 bits, measured). */
class SafeGroup implements Engine {
  readonly #dh: DiffieHellman

  constructor({ p, g }: DhParameters, exponent: Uint8Array) {
    this.#dh = createDiffieHellman(p, g)
    this.#dh.setPrivateKey(exponent)
    // With a private key set, this computes the public key only.
    this.#dh.generateKeys()
  }

  publicKey(): Uint8Array {
    return plain(this.#dh.getPublicKey())
  }

  secret(peer: Uint8Array): Uint8Array {
    return plain(this.#dh.computeSecret(peer))
  }
}

/** For all others: `createDiffieHellman` would test the prime, which takes 50 ms at 1024 bits and grows steeply. */
class AnyGroup implements Engine {
  readonly #algorithm: Uint8Array
  readonly #privateKey: ReturnType<typeof createPrivateKey>
  readonly #generator: Uint8Array

  constructor({ p, g }: DhParameters, exponent: Uint8Array) {
    this.#generator = g
    this.#algorithm = der.sequence(der.oid(DH_KEY_AGREEMENT), der.sequence(der.integer(p), der.integer(g)))
    const number = der.integer(exponent)
    const octets = der.octetString(number)
    const key = Buffer.from(der.sequence(VERSION_0, this.#algorithm, octets).buffer)
    this.#privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
    wipe(number, octets, key)
  }

  /** g^x is what would be shared with a peer whose public key is g. */
  publicKey(): Uint8Array {
    return this.secret(this.#generator)
  }

  secret(peer: Uint8Array): Uint8Array {
    const spki = Buffer.from(der.sequence(this.#algorithm, der.bitString(der.integer(peer))))
    const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' })
    return plain(diffieHellman({ privateKey: this.#privateKey, publicKey }))
  }
}

const VERSION_0 = der.integer(new Uint8Array(1))
