import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type ECDH,
  generateKeyPairSync,
  getCurves,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'
import { concat, copy, fromHex, wipe } from '../base/bytes.ts'
import { type Random, systemRandom } from '../base/random.ts'
import { dhKeyShare, ffdheGroup } from './dh.ts'
import { type KeyShare, wiped } from './key-share.ts'
import { plain } from './node.ts'

export type { KeyShare } from './key-share.ts'

export type GroupKind = 'ec' | 'x' | 'ff'

/** A row of the IANA registry of supported groups (RFC 8422 section 5.1.1, RFC 7919). */
export interface NamedGroup {
  readonly id: number
  /** OpenSSL's name, as `SSL_group_to_name` gives it. */
  readonly name: string
  /** Other names that OpenSSL's group lists take. */
  readonly aliases: readonly string[]
  /** OpenSSL's number for the curve. */
  readonly nid: number
  readonly kind: GroupKind
  /** As OpenSSL rates it against security levels. */
  readonly securityBits: number
  /** Of the field. */
  readonly bits: number
  /** A fresh share; the private key comes from `random`. */
  generate(random: Random): KeyShare
}

/** In the order of preference; brainpool and secp256k1 only where this Node has them. */
export const GROUPS: readonly NamedGroup[] = [
  x(29, 'x25519', 'X25519', 1034, 128, 253),
  ec(23, 'secp256r1', ['P-256', 'prime256v1'], 'prime256v1', 415, 128, 256),
  x(30, 'x448', 'X448', 1035, 224, 448),
  ec(25, 'secp521r1', ['P-521'], 'secp521r1', 716, 256, 521),
  ec(24, 'secp384r1', ['P-384'], 'secp384r1', 715, 192, 384),
  ff(256, 'ffdhe2048', 1126, 112, 2048),
  ff(257, 'ffdhe3072', 1127, 128, 3072),
  ff(258, 'ffdhe4096', 1128, 128, 4096),
  ff(259, 'ffdhe6144', 1129, 128, 6144),
  ff(260, 'ffdhe8192', 1130, 192, 8192),
  ...[
    ec(26, 'brainpoolP256r1', [], 'brainpoolP256r1', 927, 128, 256),
    ec(27, 'brainpoolP384r1', [], 'brainpoolP384r1', 931, 192, 384),
    ec(28, 'brainpoolP512r1', [], 'brainpoolP512r1', 933, 256, 512),
    ec(22, 'secp256k1', [], 'secp256k1', 714, 128, 256),
  ].filter(group => getCurves().includes(group.name)),
]

const BY_ID = new Map(GROUPS.map(group => [group.id, group]))

export function groupById(id: number): NamedGroup | undefined {
  return BY_ID.get(id)
}

/** By OpenSSL's name or an alias (`P-256`, `prime256v1`, `X25519`); the case counts, as in OpenSSL 3.0. */
export function groupByName(name: string): NamedGroup | undefined {
  return GROUPS.find(group => group.name === name || group.aliases.includes(name))
}

function ec(
  id: number,
  name: string,
  aliases: readonly string[],
  native: string,
  nid: number,
  securityBits: number,
  bits: number,
): NamedGroup {
  const generate = (random: Random) => new EcShare(native, bits, random)
  return { id, name, aliases, nid, kind: 'ec', securityBits, bits, generate }
}

function x(id: number, name: string, native: XCurve, nid: number, securityBits: number, bits: number): NamedGroup {
  const generate = (random: Random) => new XShare(native, random)
  return { id, name, aliases: [native], nid, kind: 'x', securityBits, bits, generate }
}

function ff(id: number, name: string, nid: number, securityBits: number, bits: number): NamedGroup {
  const generate = (random: Random) => {
    const params = ffdheGroup(id)
    if (params === undefined) throw new RangeError(`no group ${name}`)
    return dhKeyShare(params, random)
  }
  return { id, name, aliases: [], nid, kind: 'ff', securityBits, bits, generate }
}

/** A scalar is drawn again when it is 0 or not below the order; a source that gives nothing else is broken. */
const MAX_DRAWS = 128

/** A Weierstrass curve (RFC 8422 section 5.11): the secret is the x coordinate, as long as the field. */
class EcShare implements KeyShare {
  readonly publicKey: Uint8Array
  #ecdh: ECDH | null

  constructor(curve: string, bits: number, random: Random) {
    const ecdh = createECDH(curve)
    this.#ecdh = ecdh
    // Both ways draw a uniform scalar; Node's own saves a quarter of the time and leaves no copy of it here.
    if (random === systemRandom) this.publicKey = copy(ecdh.generateKeys())
    else {
      setScalar(ecdh, bits, random)
      this.publicKey = copy(ecdh.getPublicKey())
    }
  }

  agree(peer: Uint8Array): Uint8Array | null {
    const ecdh = this.#ecdh ?? wiped()
    // Uncompressed points only (RFC 8422 section 5.1.2); Node would take the other forms too.
    if (peer.length !== this.publicKey.length || peer[0] !== 4) return null
    try {
      return plain(ecdh.computeSecret(peer))
    } catch {
      // Not on the curve.
      return null
    }
  }

  wipe(): void {
    this.#ecdh = null
  }
}

function setScalar(ecdh: ECDH, bits: number, random: Random): void {
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const scalar = copy(random(Math.ceil(bits / 8)))
    scalar[0] = (scalar[0] ?? 0) & (0xff >> (-bits & 7))
    const taken = takesScalar(ecdh, scalar)
    wipe(scalar)
    if (taken) return
  }
  throw new Error('the random source gives no usable private key')
}

function takesScalar(ecdh: ECDH, scalar: Uint8Array): boolean {
  try {
    ecdh.setPrivateKey(scalar)
    return true
  } catch {
    return false
  }
}

type XCurve = 'X25519' | 'X448'

/** PKCS #8 up to the key itself (RFC 8410 section 7). */
const X_PRIVATE = {
  X25519: { prefix: fromHex('302e020100300506032b656e04220420'), length: 32 },
  X448: { prefix: fromHex('3046020100300506032b656f043a0438'), length: 56 },
} as const

/** X25519 and X448 (RFC 7748). Public keys go in and out as JWK, which Node handles three times as fast as DER. */
class XShare implements KeyShare {
  readonly publicKey: Uint8Array
  readonly #curve: XCurve
  #privateKey: KeyObject | null

  constructor(curve: XCurve, random: Random) {
    this.#curve = curve
    const { privateKey, publicKey } = random === systemRandom ? generateX(curve) : importX(curve, random)
    this.#privateKey = privateKey
    this.publicKey = new Uint8Array(Buffer.from(publicKey.x ?? '', 'base64url'))
  }

  agree(peer: Uint8Array): Uint8Array | null {
    const privateKey = this.#privateKey ?? wiped()
    if (peer.length !== this.publicKey.length) return null
    const key = { kty: 'OKP', crv: this.#curve, x: Buffer.from(peer).toString('base64url') }
    try {
      const secret = plain(diffieHellman({ privateKey, publicKey: createPublicKey({ key, format: 'jwk' }) }))
      return isAllZero(secret) ? null : secret
    } catch {
      // OpenSSL refuses points of small order by itself.
      return null
    }
  }

  wipe(): void {
    this.#privateKey = null
  }
}

interface XPair {
  privateKey: KeyObject
  publicKey: JsonWebKey
}

/**
 * The public key is asked for together with the pair. Exporting it afterwards can stop the process for good: Node 20 holds
 * the key's lock while it makes the JWK, a garbage collection in that moment destroys the finished key generation job,
 * and the job wants the same lock. It happened twice in some 200,000 keys.
 */
function generateX(curve: XCurve): XPair {
  return generateWithJwk(curve === 'X25519' ? 'x25519' : 'x448', { publicKeyEncoding: { format: 'jwk' } })
}

/** Node's documentation has this form, its types have not. */
const generateWithJwk = generateKeyPairSync as unknown as (
  type: 'x25519' | 'x448',
  options: { publicKeyEncoding: { format: 'jwk' } },
) => XPair

function importX(curve: XCurve, random: Random): XPair {
  const { prefix, length } = X_PRIVATE[curve]
  const scalar = random(length)
  const key = Buffer.from(concat(prefix, scalar).buffer)
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  wipe(scalar, key)
  return { privateKey, publicKey: createPublicKey(privateKey).export({ format: 'jwk' }) }
}

/** RFC 8422 section 5.11: the check must not depend on where the first set bit stands. */
function isAllZero(secret: Uint8Array): boolean {
  let bits = 0
  for (const byte of secret) bits |= byte
  return bits === 0
}
