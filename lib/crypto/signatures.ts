import {
  constants,
  type KeyObject,
  sign as nativeSign,
  verify as nativeVerify,
  privateEncrypt,
  publicDecrypt,
  type SignKeyObjectInput,
} from 'node:crypto'
import { equal } from '../base/bytes.ts'
import { digest, HASHES, type HashName } from './hash.ts'
import { type KeyType, keyBits, keyTypeOf } from './keys.ts'
import { plain } from './node.ts'

export { curveOf, type KeyType, keyBits, keySecurityBits, keyTypeOf } from './keys.ts'

/** A row of the IANA registry of signature schemes, or one of the fixed pairs of the versions before 1.2. */
export interface SignatureScheme {
  /** The two bytes of `signature_algorithms`; -1 when it has none. */
  readonly id: number
  readonly name: string
  readonly keyType: KeyType
  /** `null` when the algorithm hashes by itself. */
  readonly hash: HashName | 'md5-sha1' | null
  readonly pss: boolean
  /** The group that TLS 1.3 ties to the scheme; (D)TLS 1.2 takes any curve. */
  readonly curve: number | null
  /** As OpenSSL rates it against security levels. */
  readonly securityBits: number
  /** As OpenSSL's lists of signature algorithms spell it. */
  readonly openssl: string
}

/** In the order of OpenSSL's table, which is also that of its default list. */
export const SCHEMES: readonly SignatureScheme[] = [
  ecdsa(0x0403, 'ecdsa_secp256r1_sha256', 'sha256', 23),
  ecdsa(0x0503, 'ecdsa_secp384r1_sha384', 'sha384', 24),
  ecdsa(0x0603, 'ecdsa_secp521r1_sha512', 'sha512', 25),
  edwards(0x0807, 'ed25519', 128),
  edwards(0x0808, 'ed448', 224),
  ecdsa(0x0303, 'ecdsa_sha224', 'sha224', null),
  ecdsa(0x0203, 'ecdsa_sha1', 'sha1', null),
  pss(0x0804, 'rsa_pss_rsae_sha256', 'rsa', 'sha256'),
  pss(0x0805, 'rsa_pss_rsae_sha384', 'rsa', 'sha384'),
  pss(0x0806, 'rsa_pss_rsae_sha512', 'rsa', 'sha512'),
  pss(0x0809, 'rsa_pss_pss_sha256', 'rsa-pss', 'sha256'),
  pss(0x080a, 'rsa_pss_pss_sha384', 'rsa-pss', 'sha384'),
  pss(0x080b, 'rsa_pss_pss_sha512', 'rsa-pss', 'sha512'),
  plainScheme(0x0401, 'rsa_pkcs1_sha256', 'rsa', 'sha256'),
  plainScheme(0x0501, 'rsa_pkcs1_sha384', 'rsa', 'sha384'),
  plainScheme(0x0601, 'rsa_pkcs1_sha512', 'rsa', 'sha512'),
  plainScheme(0x0301, 'rsa_pkcs1_sha224', 'rsa', 'sha224'),
  plainScheme(0x0201, 'rsa_pkcs1_sha1', 'rsa', 'sha1'),
  plainScheme(0x0402, 'dsa_sha256', 'dsa', 'sha256'),
  plainScheme(0x0502, 'dsa_sha384', 'dsa', 'sha384'),
  plainScheme(0x0602, 'dsa_sha512', 'dsa', 'sha512'),
  plainScheme(0x0302, 'dsa_sha224', 'dsa', 'sha224'),
  plainScheme(0x0202, 'dsa_sha1', 'dsa', 'sha1'),
]

/** RSA before 1.2: MD5 and SHA-1 side by side, without a DigestInfo (RFC 4346 section 7.4.3). */
export const LEGACY_RSA: SignatureScheme = plainScheme(-1, 'rsa_pkcs1_md5_sha1', 'rsa', 'md5-sha1')
/** ECDSA before 1.2 (RFC 4492 section 5.4); the same as the scheme 0x0203. */
export const LEGACY_ECDSA: SignatureScheme = ecdsa(0x0203, 'ecdsa_sha1', 'sha1', null)

const BY_ID = new Map(SCHEMES.map(scheme => [scheme.id, scheme]))

export function schemeById(id: number): SignatureScheme | undefined {
  return BY_ID.get(id)
}

/**
 * Whether this key can make or check this kind of signature: the type fits, the modulus has room for the encoding, and the
 * restrictions that an RSA-PSS key carries (RFC 4055 section 3.1) allow it. Whether it is strong enough is another question.
 */
export function usable(scheme: SignatureScheme, key: KeyObject): boolean {
  if (keyTypeOf(key) !== scheme.keyType) return false
  if (scheme.keyType !== 'rsa' && scheme.keyType !== 'rsa-pss') return true
  const size = Math.ceil(keyBits(key) / 8)
  if (!scheme.pss) return size >= digestInfoLength(scheme.hash) + 11
  if (scheme.hash === null || scheme.hash === 'md5-sha1') return false
  const saltLength = HASHES[scheme.hash].length
  return size >= 2 * saltLength + 2 && pssKeyAllows(key, scheme.hash, saltLength)
}

/**
 * Signs the data, which is hashed here. ECDSA and DSA signatures are DER. Node's own randomness goes into ECDSA and PSS.
 * @throws when the key does not fit (ask `usable` first)
 */
export function sign(scheme: SignatureScheme, key: KeyObject, data: Uint8Array): Uint8Array {
  if (scheme.hash === 'md5-sha1') {
    return plain(privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, digest('md5-sha1', data)))
  }
  return plain(nativeSign(scheme.hash, data, withPadding(scheme, key)))
}

/** False for every signature that does not fit, however malformed; never throws. */
export function verify(scheme: SignatureScheme, key: KeyObject, data: Uint8Array, signature: Uint8Array): boolean {
  if (!usable(scheme, key)) return false
  try {
    if (scheme.hash !== 'md5-sha1') return nativeVerify(scheme.hash, data, withPadding(scheme, key), signature)
    if (signature.length !== Math.ceil(keyBits(key) / 8)) return false
    const signed = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature)
    return equal(plain(signed), digest('md5-sha1', data))
  } catch {
    return false
  }
}

function withPadding(scheme: SignatureScheme, key: KeyObject): SignKeyObjectInput {
  if (scheme.pss) {
    return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  }
  return scheme.keyType === 'rsa' ? { key, padding: constants.RSA_PKCS1_PADDING } : { key }
}

/** An RSA-PSS key may name its hash, its MGF1 hash and a least salt length; TLS uses one hash for both. */
function pssKeyAllows(key: KeyObject, hash: HashName, saltLength: number): boolean {
  const { hashAlgorithm, mgf1HashAlgorithm, saltLength: least } = key.asymmetricKeyDetails ?? {}
  if (hashAlgorithm !== undefined && hashAlgorithm.toLowerCase() !== hash) return false
  if (mgf1HashAlgorithm !== undefined && mgf1HashAlgorithm.toLowerCase() !== hash) return false
  return least === undefined || least <= saltLength
}

/** The T of RFC 8017 section 9.2: 19 bytes of DER before a SHA-2, 15 before a SHA-1, none before the pair. */
function digestInfoLength(hash: SignatureScheme['hash']): number {
  if (hash === null) return 0
  if (hash === 'md5-sha1') return HASHES.md5.length + HASHES.sha1.length
  return HASHES[hash].length + (hash === 'sha1' ? 15 : 19)
}

/** Half the digest, less where the hash is known to be broken (OpenSSL's sigalg_security_bits). */
function hashSecurityBits(hash: HashName | 'md5-sha1'): number {
  if (hash === 'md5-sha1') return 67
  if (hash === 'sha1') return 64
  if (hash === 'md5') return 39
  return HASHES[hash].length * 4
}

function plainScheme(
  id: number,
  name: string,
  keyType: 'rsa' | 'dsa' | 'ec',
  hash: HashName | 'md5-sha1',
): SignatureScheme {
  const family = { rsa: 'RSA', dsa: 'DSA', ec: 'ECDSA' }[keyType]
  const openssl = `${family}+${hash.toUpperCase()}`
  return { id, name, keyType, hash, pss: false, curve: null, securityBits: hashSecurityBits(hash), openssl }
}

function ecdsa(id: number, name: string, hash: HashName, curve: number | null): SignatureScheme {
  return { ...plainScheme(id, name, 'ec', hash), curve }
}

function pss(id: number, name: string, keyType: 'rsa' | 'rsa-pss', hash: HashName): SignatureScheme {
  const openssl = `RSA-PSS+${hash.toUpperCase()}`
  return { id, name, keyType, hash, pss: true, curve: null, securityBits: hashSecurityBits(hash), openssl }
}

function edwards(id: number, name: 'ed25519' | 'ed448', securityBits: number): SignatureScheme {
  return { id, name, keyType: name, hash: null, pss: false, curve: null, securityBits, openssl: name }
}
