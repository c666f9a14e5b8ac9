import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { copy, latin1 } from '../base/bytes.ts'
import type { KeyType } from '../crypto/signatures.ts'
import {
  type AlgorithmIdentifier,
  keyTypeOfAlgorithm,
  readAlgorithm,
  type SignatureScheme,
  signatureScheme,
  signsWith,
  verifySigned,
} from './algorithm.ts'
import { context, DerReader, readAnyTime, readInteger, readOctetBits, readSmallInteger, readWhole, Tag } from './der.ts'
import { type DistributionPoint, parseDistributionPoints } from './distribution-points.ts'
import {
  type AuthorityKeyIdentifier,
  type BasicConstraints,
  type Extension,
  ExtensionId,
  type GeneralName,
  type NameConstraints,
  parseAuthorityKeyIdentifier,
  parseBasicConstraints,
  parseBits,
  parseExtendedKeyUsage,
  parseGeneralNames,
  parseKeyUsage,
  parseNameConstraints,
  parseOctetString,
  readExtensions,
} from './extensions.ts'
import { malformed, PkiFailure } from './failure.ts'
import { Name } from './name.ts'
import { type ProxyInfo, parseProxyInfo } from './proxy.ts'
import { type AddressFamily, type AsIdentifiers, parseAddressBlocks, parseAsIdentifiers } from './resources.ts'

/** Largest certificate that is looked at, in bytes. */
export const MAX_CERTIFICATE_LENGTH = 1 << 20

/**
 * An X.509 certificate (RFC 5280 section 4.1), read once and never changed. Every field has been checked for its form;
 * nothing is said about who signed it. An extension that counts in a verification and cannot be read leaves its field
 * null and makes the certificate `invalid`. Byte fields are views of one private copy and must not be written to.
 */
export class Certificate {
  readonly der: Uint8Array
  /** TBSCertificate, the bytes that are signed. */
  readonly tbs: Uint8Array
  readonly signature: Uint8Array
  /** The algorithm beside the signature. */
  readonly signatureAlgorithm: AlgorithmIdentifier
  /** The algorithm inside what is signed; `isSignedBy` wants both equal. */
  readonly tbsSignatureAlgorithm: AlgorithmIdentifier
  /** How the signature was made; null when the algorithm is not known. */
  readonly scheme: SignatureScheme | null
  /** 1, 2 or 3. */
  readonly version: number
  /** Contents of the INTEGER: two's complement, shortest form. */
  readonly serial: Uint8Array
  readonly issuer: Name
  readonly subject: Name
  /** Milliseconds since 1970; null when it is not in the form of RFC 5280. */
  readonly notBefore: number | null
  /** Milliseconds since 1970; null when it is not in the form of RFC 5280. */
  readonly notAfter: number | null
  /** DER of SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  /** The octets of subjectPublicKey, what key identifiers are computed over. */
  readonly publicKeyBits: Uint8Array
  readonly keyAlgorithm: AlgorithmIdentifier
  readonly keyType: KeyType
  readonly extensions: readonly Extension[]
  readonly basicConstraints: BasicConstraints | null
  /** `KeyUsage` bits; null without the extension, which then permits every usage. */
  readonly keyUsage: number | null
  /** Object identifiers of the purposes; null without the extension. */
  readonly extendedKeyUsage: readonly string[] | null
  readonly subjectAltNames: readonly GeneralName[] | null
  readonly nameConstraints: NameConstraints | null
  readonly netscapeCertType: number | null
  /** The places where revocation lists are; empty without the extension. */
  readonly distributionPoints: readonly DistributionPoint[]
  /** Set for a proxy certificate (RFC 3820). */
  readonly proxy: ProxyInfo | null
  /** Addresses and numbers of networks that the subject holds (RFC 3779). */
  readonly addresses: readonly AddressFamily[] | null
  readonly asIdentifiers: AsIdentifiers | null
  readonly skid: Uint8Array | null
  readonly akid: AuthorityKeyIdentifier | null
  #invalid = false
  #publicKey: KeyObject | null | undefined
  #selfIssued: boolean | undefined

  /** Reads DER that this object may keep; `parseCertificate` is the way in for everybody else. */
  constructor(der: Uint8Array) {
    this.der = der
    const outer = readWhole(der, Tag.sequence, reader => ({
      tbs: reader.next(Tag.sequence),
      signatureAlgorithm: readAlgorithm(reader),
      signature: readOctetBits(reader),
    }))
    this.tbs = outer.tbs.encoding
    this.signatureAlgorithm = outer.signatureAlgorithm
    this.signature = outer.signature
    const reader = new DerReader(outer.tbs.contents)
    this.version = readVersion(reader)
    this.serial = readInteger(reader)
    this.tbsSignatureAlgorithm = readAlgorithm(reader)
    this.issuer = Name.parse(reader.next(Tag.sequence).encoding)
    const validity = reader.enter(Tag.sequence)
    this.notBefore = readAnyTime(validity)
    this.notAfter = readAnyTime(validity)
    validity.end()
    this.subject = Name.parse(reader.next(Tag.sequence).encoding)
    const spki = reader.next(Tag.sequence)
    this.spki = spki.encoding
    const key = new DerReader(spki.contents)
    this.keyAlgorithm = readAlgorithm(key)
    this.publicKeyBits = readOctetBits(key)
    key.end()
    this.keyType = keyTypeOfAlgorithm(this.keyAlgorithm)
    reader.optional(context(1, false))
    reader.optional(context(2, false))
    this.extensions = reader.peek === context(3, true) ? readExplicitExtensions(reader) : []
    reader.end()
    this.scheme = signatureScheme(this.signatureAlgorithm)
    this.basicConstraints = this.#parse(ExtensionId.basicConstraints, parseBasicConstraints)
    this.keyUsage = this.#parse(ExtensionId.keyUsage, parseKeyUsage)
    this.extendedKeyUsage = this.#parse(ExtensionId.extendedKeyUsage, parseExtendedKeyUsage)
    this.subjectAltNames = this.#parse(ExtensionId.subjectAltName, parseGeneralNames)
    this.nameConstraints = this.#parse(ExtensionId.nameConstraints, parseNameConstraints)
    this.netscapeCertType = this.#parse(ExtensionId.netscapeCertType, parseBits)
    const { issuer } = this
    this.distributionPoints =
      this.#parse(ExtensionId.crlDistributionPoints, der => parseDistributionPoints(der, issuer)) ?? []
    this.proxy = this.#parse(ExtensionId.proxyCertInfo, parseProxyInfo)
    this.addresses = this.#parse(ExtensionId.ipAddrBlocks, parseAddressBlocks)
    this.asIdentifiers = this.#parse(ExtensionId.autonomousSystems, parseAsIdentifiers)
    this.skid = this.#parse(ExtensionId.subjectKeyIdentifier, parseOctetString)
    this.akid = this.#parse(ExtensionId.authorityKeyIdentifier, parseAuthorityKeyIdentifier)
    // RFC 3820 section 3.8: a proxy is no authority and goes by no other name.
    const otherName = this.extension(ExtensionId.subjectAltName) ?? this.extension(ExtensionId.issuerAltName)
    this.#invalid ||= this.proxy !== null && (this.isCa || otherName !== null)
  }

  /** An extension that counts in a verification cannot be read, is there twice, or contradicts another. */
  get invalid(): boolean {
    return this.#invalid
  }

  /** The subject's public key, decoded when first asked for; null when the runtime does not know or refuses it. */
  get publicKey(): KeyObject | null {
    if (this.#publicKey === undefined) this.#publicKey = decodePublicKey(this.spki)
    return this.#publicKey
  }

  /** Subject and issuer are the same name. */
  get selfIssued(): boolean {
    this.#selfIssued ??= this.subject.equals(this.issuer)
    return this.#selfIssued
  }

  /** Self-issued, and neither the key identifiers nor the algorithms speak against its own key having signed it. */
  get selfSigned(): boolean {
    if (this.#invalid || !this.selfIssued || !this.akidFits(this)) return false
    return this.publicKey !== null && signsWith(this.tbsSignatureAlgorithm, this.keyType) === true
  }

  get isCa(): boolean {
    return this.basicConstraints?.ca === true
  }

  extension(oid: string): Extension | null {
    return this.extensions.find(extension => extension.oid === oid) ?? null
  }

  /** Whether the authority key identifier, as far as it says anything, names this issuer. */
  akidFits(issuer: Certificate): boolean {
    return akidMismatch(this.akid, issuer) === null
  }

  /** The signature is good under the issuer's key; names, validity and usage are not looked at. */
  isSignedBy(issuer: Certificate): boolean {
    return issuer.publicKey !== null && this.isSignedWith(issuer.publicKey)
  }

  /** The signature is good under this public key. */
  isSignedWith(key: KeyObject): boolean {
    if (Buffer.compare(this.signatureAlgorithm.der, this.tbsSignatureAlgorithm.der) !== 0) return false
    return verifySigned(this.signatureAlgorithm, this.tbs, this.signature, key)
  }

  #parse<T>(oid: string, parse: (der: Uint8Array) => T): T | null {
    const [extension, ...others] = this.extensions.filter(other => other.oid === oid)
    if (extension === undefined) return null
    try {
      if (others.length === 0) return parse(extension.value)
    } catch (failure) {
      if (!(failure instanceof PkiFailure)) throw failure
    }
    this.#invalid = true
    return null
  }
}

/**
 * The certificate in these bytes, all of them. The same bytes give the same object while it stays in a small cache, so
 * a chain that every peer sends is read, and its keys decoded, once. Throws `PkiFailure` and nothing else.
 */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > MAX_CERTIFICATE_LENGTH) throw new PkiFailure('too-large', 'certificate too large')
  const name = latin1(createHash('sha256').update(der).digest())
  const known = cache.get(name)
  if (known !== undefined) {
    cache.delete(name)
    cache.set(name, known)
    return known
  }
  const certificate = new Certificate(copy(der))
  remember(name, certificate)
  return certificate
}

/** Which part of an authority key identifier contradicts a would-be issuer; null when none does. */
export function akidMismatch(akid: AuthorityKeyIdentifier | null, issuer: Certificate): 'key' | 'issuer-serial' | null {
  if (akid === null) return null
  if (akid.keyId !== null && issuer.skid !== null && Buffer.compare(akid.keyId, issuer.skid) !== 0) return 'key'
  if (akid.serial !== null && Buffer.compare(akid.serial, issuer.serial) !== 0) return 'issuer-serial'
  const name = akid.issuer?.find(item => item.directoryName !== null)?.directoryName
  return name?.equals(issuer.issuer) === false ? 'issuer-serial' : null
}

const CACHE_ENTRIES = 256
const CACHE_BYTES = 1 << 20
/** Least recently used first: a Map keeps the order of insertion. */
const cache = new Map<string, Certificate>()
let cachedBytes = 0

function remember(name: string, certificate: Certificate): void {
  cache.set(name, certificate)
  cachedBytes += certificate.der.length
  for (const [oldest, { der }] of cache) {
    if (cache.size <= CACHE_ENTRIES && cachedBytes <= CACHE_BYTES) break
    cache.delete(oldest)
    cachedBytes -= der.length
  }
}

function readVersion(reader: DerReader): number {
  if (reader.peek !== context(0, true)) return 1
  const explicit = reader.enter(context(0, true))
  const version = readSmallInteger(explicit)
  explicit.end()
  if (version > 2) throw malformed('unknown certificate version')
  return version + 1
}

function readExplicitExtensions(reader: DerReader): Extension[] {
  const explicit = reader.enter(context(3, true))
  const extensions = readExtensions(explicit.enter(Tag.sequence))
  explicit.end()
  return extensions
}

function decodePublicKey(spki: Uint8Array): KeyObject | null {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  } catch {
    return null
  }
}
