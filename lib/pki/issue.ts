import { constants, createHash, createPublicKey, type KeyObject, type SignKeyObjectInput, sign } from 'node:crypto'
import { keyTypeOf } from '../crypto/signatures.ts'
import { type AlgorithmIdentifier, RSASSA_PSS, readAlgorithm } from './algorithm.ts'
import { context, DerReader, encode, encodeOid, encodeTime, encodeUnsigned, sequence, Tag } from './der.ts'
import type { Extension } from './extensions.ts'
import { PkiFailure } from './failure.ts'
import type { Name } from './name.ts'

/** What a new certificate is to say (RFC 5280 section 4.1.2). */
export interface CertificateContents {
  /** 1, 2 or 3; extensions need 3. */
  readonly version: number
  /** DER of the INTEGER. */
  readonly serial: Uint8Array
  readonly issuer: Name
  readonly subject: Name
  /** Milliseconds since 1970. */
  readonly notBefore: number
  /** Milliseconds since 1970. */
  readonly notAfter: number
  /** DER of SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  readonly extensions: readonly Extension[]
}

/** Digests a certificate may be signed with. */
export type IssueDigest = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'

/**
 * Signs a certificate; DER. `digest` is null for Ed25519 and Ed448 and only for them.
 * Throws `PkiFailure` when the key cannot sign so.
 */
export function issueCertificate(
  contents: CertificateContents,
  key: KeyObject,
  digest: IssueDigest | null,
): Uint8Array {
  const algorithm = signatureAlgorithm(key, digest)
  const parts = [
    ...(contents.version === 1 ? [] : [encode(context(0, true), encodeUnsigned(Uint8Array.of(contents.version - 1)))]),
    contents.serial,
    algorithm.der,
    contents.issuer.der,
    sequence(encodeTime(contents.notBefore), encodeTime(contents.notAfter)),
    contents.subject.der,
    contents.spki,
  ]
  if (contents.extensions.length > 0)
    parts.push(encode(context(3, true), sequence(...contents.extensions.map(encodeExtension))))
  const tbs = sequence(...parts)
  return sequence(tbs, algorithm.der, encode(Tag.bitString, Uint8Array.of(0), signData(key, digest, tbs)))
}

/** DER of the public half of a key. */
export function spkiOf(key: KeyObject): Uint8Array {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  return new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }))
}

/** The key identifier of RFC 5280 section 4.2.1.2 (1): SHA-1 of the subjectPublicKey octets. */
export function keyIdentifier(publicKeyBits: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha1').update(publicKeyBits).digest())
}

export function encodeExtension({ oid, critical, value }: Extension): Uint8Array {
  const flag = critical ? [encode(Tag.boolean, Uint8Array.of(0xff))] : []
  return sequence(encodeOid(oid), ...flag, encode(Tag.octetString, value))
}

const NULL = encode(Tag.null)
const RSA_OIDS = {
  sha1: '1.2.840.113549.1.1.5',
  sha224: '1.2.840.113549.1.1.14',
  sha256: '1.2.840.113549.1.1.11',
  sha384: '1.2.840.113549.1.1.12',
  sha512: '1.2.840.113549.1.1.13',
} as const
const EC_OIDS = {
  sha1: '1.2.840.10045.4.1',
  sha224: '1.2.840.10045.4.3.1',
  sha256: '1.2.840.10045.4.3.2',
  sha384: '1.2.840.10045.4.3.3',
  sha512: '1.2.840.10045.4.3.4',
} as const
const DIGEST_OIDS = {
  sha1: '1.3.14.3.2.26',
  sha224: '2.16.840.1.101.3.4.2.4',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
} as const
const DIGEST_LENGTHS = { sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 } as const

/** The algorithm that a key signs with, as certificates name it. Throws `PkiFailure` when it cannot sign so. */
export function signatureAlgorithm(key: KeyObject, digest: IssueDigest | null): AlgorithmIdentifier {
  return readAlgorithm(new DerReader(algorithmFor(key, digest)))
}

function algorithmFor(key: KeyObject, digest: IssueDigest | null): Uint8Array {
  const type = keyTypeOf(key)
  if (digest === null) {
    if (type === 'ed25519') return sequence(encodeOid('1.3.101.112'))
    if (type === 'ed448') return sequence(encodeOid('1.3.101.113'))
  } else if (type === 'rsa') return sequence(encodeOid(RSA_OIDS[digest]), NULL)
  else if (type === 'ec') return sequence(encodeOid(EC_OIDS[digest]))
  else if (type === 'rsa-pss') return pssAlgorithm(digest)
  throw new PkiFailure('unsupported-key', `${type} key cannot sign with ${digest ?? 'no digest'}`)
}

/** RSASSA-PSS with the mask's digest the same and the salt as long as the digest (RFC 4055 section 3.1). */
function pssAlgorithm(digest: IssueDigest): Uint8Array {
  const hash = sequence(encodeOid(DIGEST_OIDS[digest]), NULL)
  const mask = sequence(encodeOid('1.2.840.113549.1.1.8'), hash)
  const salt = encodeUnsigned(Uint8Array.of(DIGEST_LENGTHS[digest]))
  const params = sequence(
    encode(context(0, true), hash),
    encode(context(1, true), mask),
    encode(context(2, true), salt),
  )
  return sequence(encodeOid(RSASSA_PSS), params)
}

/** A signature as `signatureAlgorithm` says. */
export function signData(key: KeyObject, digest: IssueDigest | null, data: Uint8Array): Uint8Array {
  const options: SignKeyObjectInput = { key }
  if (keyTypeOf(key) === 'rsa-pss' && digest !== null) {
    options.padding = constants.RSA_PKCS1_PSS_PADDING
    options.saltLength = DIGEST_LENGTHS[digest]
  }
  try {
    return new Uint8Array(sign(digest, data, options))
  } catch {
    throw new PkiFailure('unsupported-key', 'the key cannot sign this')
  }
}
