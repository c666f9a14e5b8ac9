import { constants, type KeyObject, verify } from 'node:crypto'
import { type KeyType, keyTypeOf } from '../crypto/signatures.ts'
import { context, DerReader, readOid, readSmallInteger, readWhole, Tag } from './der.ts'
import { PkiFailure } from './failure.ts'
import { verifyPss } from './pss.ts'

/** AlgorithmIdentifier (RFC 5280 section 4.1.1.2); `params` is the DER of the parameters, null when absent. */
export interface AlgorithmIdentifier {
  readonly oid: string
  readonly params: Uint8Array | null
  readonly der: Uint8Array
}

export function readAlgorithm(reader: DerReader): AlgorithmIdentifier {
  const { contents, encoding } = reader.next(Tag.sequence)
  const inner = new DerReader(contents)
  const oid = readOid(inner)
  const params = inner.done ? null : inner.next()
  if (params?.tag === Tag.oid) readOid(new DerReader(params.encoding))
  inner.end()
  return { oid, params: params?.encoding ?? null, der: encoding }
}

/** The digests a signature may use: Node's name and OpenSSL's count of security bits for it. */
export interface SignatureDigest {
  readonly name: string
  readonly bits: number
}

const digest = (name: string, bits: number): SignatureDigest => ({ name, bits })
const MD5 = digest('md5', 39)
const SHA1 = digest('sha1', 63)
const SHA224 = digest('sha224', 112)
const SHA256 = digest('sha256', 128)
const SHA384 = digest('sha384', 192)
const SHA512 = digest('sha512', 256)
const SHA3_224 = digest('sha3-224', 112)
const SHA3_256 = digest('sha3-256', 128)
const SHA3_384 = digest('sha3-384', 192)
const SHA3_512 = digest('sha3-512', 256)

const DIGESTS: ReadonlyMap<string, SignatureDigest> = new Map([
  ['1.2.840.113549.2.5', MD5],
  ['1.3.14.3.2.26', SHA1],
  ['2.16.840.1.101.3.4.2.4', SHA224],
  ['2.16.840.1.101.3.4.2.1', SHA256],
  ['2.16.840.1.101.3.4.2.2', SHA384],
  ['2.16.840.1.101.3.4.2.3', SHA512],
  ['2.16.840.1.101.3.4.2.5', digest('sha512-224', 112)],
  ['2.16.840.1.101.3.4.2.6', digest('sha512-256', 128)],
  ['2.16.840.1.101.3.4.2.7', SHA3_224],
  ['2.16.840.1.101.3.4.2.8', SHA3_256],
  ['2.16.840.1.101.3.4.2.9', SHA3_384],
  ['2.16.840.1.101.3.4.2.10', SHA3_512],
])

/** How a signature was made: the kind of key, the digest (null: built into the algorithm), PSS parameters. */
export interface SignatureScheme {
  readonly key: 'rsa' | 'ec' | 'dsa' | 'ed25519' | 'ed448'
  readonly digest: SignatureDigest | null
  readonly pss: { readonly maskDigest: SignatureDigest; readonly saltLength: number } | null
  readonly securityBits: number
}

const plain = (key: SignatureScheme['key'], hash: SignatureDigest): SignatureScheme => ({
  key,
  digest: hash,
  pss: null,
  securityBits: hash.bits,
})

const SCHEMES: ReadonlyMap<string, SignatureScheme> = new Map([
  ['1.2.840.113549.1.1.4', plain('rsa', MD5)],
  ['1.2.840.113549.1.1.5', plain('rsa', SHA1)],
  ['1.3.14.3.2.3', plain('rsa', MD5)],
  ['1.3.14.3.2.29', plain('rsa', SHA1)],
  ['1.2.840.113549.1.1.14', plain('rsa', SHA224)],
  ['1.2.840.113549.1.1.11', plain('rsa', SHA256)],
  ['1.2.840.113549.1.1.12', plain('rsa', SHA384)],
  ['1.2.840.113549.1.1.13', plain('rsa', SHA512)],
  ['2.16.840.1.101.3.4.3.13', plain('rsa', SHA3_224)],
  ['2.16.840.1.101.3.4.3.14', plain('rsa', SHA3_256)],
  ['2.16.840.1.101.3.4.3.15', plain('rsa', SHA3_384)],
  ['2.16.840.1.101.3.4.3.16', plain('rsa', SHA3_512)],
  ['1.2.840.10040.4.3', plain('dsa', SHA1)],
  ['2.16.840.1.101.3.4.3.1', plain('dsa', SHA224)],
  ['2.16.840.1.101.3.4.3.2', plain('dsa', SHA256)],
  ['1.2.840.10045.4.1', plain('ec', SHA1)],
  ['1.2.840.10045.4.3.1', plain('ec', SHA224)],
  ['1.2.840.10045.4.3.2', plain('ec', SHA256)],
  ['1.2.840.10045.4.3.3', plain('ec', SHA384)],
  ['1.2.840.10045.4.3.4', plain('ec', SHA512)],
  ['1.3.101.112', { key: 'ed25519', digest: null, pss: null, securityBits: 128 }],
  ['1.3.101.113', { key: 'ed448', digest: null, pss: null, securityBits: 224 }],
])

export const RSASSA_PSS = '1.2.840.113549.1.1.10'

/** The scheme behind an identifier; null when it is unknown or its parameters are not understood. */
export function signatureScheme(algorithm: AlgorithmIdentifier): SignatureScheme | null {
  if (algorithm.oid !== RSASSA_PSS) return SCHEMES.get(algorithm.oid) ?? null
  try {
    return algorithm.params === null ? null : pssScheme(algorithm.params)
  } catch (error) {
    if (error instanceof PkiFailure) return null
    throw error
  }
}

/** RSASSA-PSS-params (RFC 4055 section 3.1). */
function pssScheme(params: Uint8Array): SignatureScheme | null {
  return readWhole(params, Tag.sequence, reader => {
    const hash = readTagged(reader, 0, inner => DIGESTS.get(readAlgorithm(inner).oid), SHA1)
    const mask = readTagged(reader, 1, readMaskDigest, SHA1)
    const saltLength = readTagged(reader, 2, inner => readSmallInteger(inner), 20)
    const trailer = readTagged(reader, 3, inner => readSmallInteger(inner), 1)
    if (hash === undefined || mask === undefined || saltLength === undefined || trailer !== 1) return null
    return { key: 'rsa', digest: hash, pss: { maskDigest: mask, saltLength }, securityBits: hash.bits }
  })
}

function readTagged<T>(reader: DerReader, tag: number, read: (inner: DerReader) => T, absent: T): T {
  if (reader.peek !== context(tag, true)) return absent
  const inner = reader.enter(context(tag, true))
  const value = read(inner)
  inner.end()
  return value
}

/** maskGenAlgorithm: only MGF1 with a digest exists. */
function readMaskDigest(inner: DerReader): SignatureDigest | undefined {
  const mask = readAlgorithm(inner)
  if (mask.oid !== '1.2.840.113549.1.1.8' || mask.params === null) return undefined
  return DIGESTS.get(readAlgorithm(new DerReader(mask.params)).oid)
}

const KEY_TYPES: ReadonlyMap<string, KeyType> = new Map<string, KeyType>([
  ['1.2.840.113549.1.1.1', 'rsa'],
  // X.509's own name for RSA, of before PKCS #1.
  ['2.5.8.1.1', 'rsa'],
  [RSASSA_PSS, 'rsa-pss'],
  ['1.2.840.10045.2.1', 'ec'],
  ['1.3.101.112', 'ed25519'],
  ['1.3.101.113', 'ed448'],
  ['1.2.840.10040.4.1', 'dsa'],
])

/** The kind of key a SubjectPublicKeyInfo algorithm announces. */
export function keyTypeOfAlgorithm(algorithm: AlgorithmIdentifier): KeyType {
  return KEY_TYPES.get(algorithm.oid) ?? 'unknown'
}

/** Whether a key of this type can have made a signature of this scheme. */
export function schemeFitsKey(scheme: SignatureScheme, keyType: KeyType): boolean {
  if (keyType === 'rsa-pss') return scheme.pss !== null
  return scheme.key === keyType
}

/**
 * Whether a key of this type can have made signatures with this identifier, its parameters unseen (OpenSSL's
 * check_sig_alg_match); null when the identifier is not known.
 */
export function signsWith(algorithm: AlgorithmIdentifier, keyType: KeyType): boolean | null {
  if (algorithm.oid === RSASSA_PSS) return keyType === 'rsa' || keyType === 'rsa-pss'
  const scheme = SCHEMES.get(algorithm.oid)
  return scheme === undefined ? null : scheme.key === keyType
}

/**
 * Checks a signature over `data`. False for a wrong signature, a key that does not fit, an algorithm that is not known
 * and one that the runtime cannot do; never throws.
 */
export function verifySigned(
  algorithm: AlgorithmIdentifier,
  data: Uint8Array,
  signature: Uint8Array,
  key: KeyObject,
): boolean {
  const scheme = signatureScheme(algorithm)
  if (scheme === null || !schemeFitsKey(scheme, keyTypeOf(key))) return false
  // Node takes one digest for both the message and the mask.
  if (scheme.pss !== null && scheme.digest !== null && scheme.pss.maskDigest !== scheme.digest) {
    const { maskDigest, saltLength } = scheme.pss
    return verifyPss({ digest: scheme.digest.name, maskDigest: maskDigest.name, saltLength }, data, signature, key)
  }
  const options =
    scheme.pss === null ? { key } : { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.pss.saltLength }
  try {
    return verify(scheme.digest?.name ?? null, data, options, signature)
  } catch {
    return false
  }
}
