import { createHash, type KeyObject } from 'node:crypto'
import { EMPTY, equal, wipe } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'
import { HASHES, type HashName, hmac } from '../crypto/hash.ts'
import { readAlgorithm } from './algorithm.ts'
import { type Certificate, parseCertificate } from './certificate.ts'
import {
  context,
  DerReader,
  encode,
  encodeOid,
  readOid,
  readSmallInteger,
  readWhole,
  sequence,
  setOf,
  Tag,
} from './der.ts'
import { malformed, PkiFailure } from './failure.ts'
import {
  bmp,
  decryptPbe,
  encodeNumber,
  encryptPbe,
  limitedWork,
  MAC,
  type PbeName,
  pkcs12Key,
  readIterations,
  type Work,
} from './pbe.ts'
import { readPrivateKeyDer } from './private-key.ts'

/** A PFX (RFC 7292 section 4): the safes, still closed, and what protects them. */
export interface Pfx {
  readonly der: Uint8Array
  readonly safes: Uint8Array
  readonly mac: {
    /** Null for one that is not known. */
    readonly hash: HashName | null
    readonly value: Uint8Array
    readonly salt: Uint8Array
    readonly iterations: number
  } | null
}

/** A certificate and the names that the file gives it. */
export interface NamedCertificate {
  readonly certificate: Certificate
  readonly friendlyName: string | null
  readonly localKeyId: Uint8Array | null
}

const DATA = '1.2.840.113549.1.7.1'
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6'
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1'
const FRIENDLY_NAME = '1.2.840.113549.1.9.20'
const LOCAL_KEY_ID = '1.2.840.113549.1.9.21'
const KEY_USAGE = '2.5.29.15'
const BAG = '1.2.840.113549.1.12.10.1'
const KEY_BAG = `${BAG}.1`
const SHROUDED_KEY_BAG = `${BAG}.2`
const CERT_BAG = `${BAG}.3`
const SAFE_CONTENTS_BAG = `${BAG}.6`
const EXPLICIT = context(0, true)

const SHA256 = '2.16.840.1.101.3.4.2.1'
const MAC_HASHES: ReadonlyMap<string, HashName> = new Map<string, HashName>([
  ['1.2.840.113549.2.5', 'md5'],
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.4', 'sha224'],
  [SHA256, 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
])

/** Reads the outside of a PFX; strict DER. Throws `PkiFailure`. */
export function readPfx(der: Uint8Array): Pfx {
  return readWhole(der, Tag.sequence, reader => {
    if (readSmallInteger(reader) !== 3) throw malformed('a PFX of another version')
    const safes = readWhole(reader.next(Tag.sequence).encoding, Tag.sequence, content => {
      if (readOid(content) !== DATA) throw new PkiFailure('not-supported', 'a PFX that is signed')
      const explicit = content.enter(EXPLICIT)
      const { contents } = explicit.next(Tag.octetString)
      explicit.end()
      return contents
    })
    const mac = reader.done ? null : readMac(reader.next(Tag.sequence).contents)
    return { der, safes, mac }
  })
}

function readMac(contents: Uint8Array): Pfx['mac'] {
  const reader = new DerReader(contents)
  const info = reader.enter(Tag.sequence)
  const hash = MAC_HASHES.get(readAlgorithm(info).oid) ?? null
  const value = info.next(Tag.octetString).contents
  info.end()
  const salt = reader.next(Tag.octetString).contents
  const iterations = reader.done ? 1 : readIterations(reader)
  reader.end()
  return { hash, value, salt, iterations }
}

/** Whether the password is the one that the PFX was made with: null is none, which differs from an empty one. */
export function macMatches({ mac, safes }: Pfx, password: string | null): boolean {
  if (mac?.hash === null || mac === null) return false
  const key = pkcs12Key(mac.hash, MAC, password, mac.salt, mac.iterations, HASHES[mac.hash].length, limitedWork())
  const matches = equal(hmac(mac.hash, key, safes), mac.value)
  wipe(key)
  return matches
}

/**
 * What the safes hold: certificates, and the first private key when it is asked for. Other bags are passed over.
 * Throws `PkiFailure`.
 */
export function openPfx(
  { safes }: Pfx,
  password: string | null,
  wantKey: boolean,
): { key: KeyObject | null; certificates: NamedCertificate[] } {
  const opened = new Opened(password, wantKey)
  readWhole(safes, Tag.sequence, reader => {
    while (!reader.done) opened.readSafe(reader.enter(Tag.sequence))
  })
  return opened
}

/** Safes within safes go no deeper. */
const MAX_DEPTH = 8

class Opened {
  key: KeyObject | null = null
  readonly certificates: NamedCertificate[] = []
  readonly #password: string | null
  readonly #wantKey: boolean
  readonly #work: Work = limitedWork()

  constructor(password: string | null, wantKey: boolean) {
    this.#password = password
    this.#wantKey = wantKey
  }

  /** A ContentInfo: data, or data encrypted with the password. */
  readSafe(reader: DerReader): void {
    const type = readOid(reader)
    if (type !== DATA && type !== ENCRYPTED_DATA) return
    const content = reader.enter(EXPLICIT)
    reader.end()
    if (type === DATA) this.#readBags(content.next(Tag.octetString).contents, 0)
    else this.#readEncrypted(content.enter(Tag.sequence))
    content.end()
  }

  /** EncryptedData (RFC 5652 section 8). */
  #readEncrypted(reader: DerReader): void {
    if (readSmallInteger(reader) !== 0) throw malformed('EncryptedData of another version')
    const info = reader.enter(Tag.sequence)
    reader.end()
    if (readOid(info) !== DATA) throw malformed('EncryptedData that holds something else than data')
    const algorithm = readAlgorithm(info)
    const { contents } = info.next(context(0, false))
    info.end()
    const plain = decryptPbe(algorithm, this.#password, contents, this.#work)
    // What is kept of it, certificates and names, is copied.
    this.#readBags(plain, 0)
    wipe(plain)
  }

  #readBags(safe: Uint8Array, depth: number): void {
    if (depth > MAX_DEPTH) throw malformed('safes too deep within each other')
    readWhole(safe, Tag.sequence, reader => {
      while (!reader.done) this.#readBag(reader.enter(Tag.sequence), depth)
    })
  }

  #readBag(reader: DerReader, depth: number): void {
    const type = readOid(reader)
    const value = reader.next(EXPLICIT).contents
    const attributes = reader.done ? EMPTY : reader.next(Tag.set).contents
    reader.end()
    if (type === CERT_BAG) this.#readCertificate(value, attributes)
    else if (type === SAFE_CONTENTS_BAG) this.#readBags(value, depth + 1)
    else if (this.key !== null || !this.#wantKey) return
    else if (type === KEY_BAG) this.key = readPrivateKeyDer(value)
    else if (type === SHROUDED_KEY_BAG) this.key = decryptPkcs8(value, this.#password, this.#work)
  }

  #readCertificate(value: Uint8Array, attributes: Uint8Array): void {
    readWhole(value, Tag.sequence, reader => {
      const known = readOid(reader) === X509_CERTIFICATE
      const content = reader.enter(EXPLICIT)
      if (!known) return
      const der = content.next(Tag.octetString).contents
      content.end()
      this.certificates.push({ certificate: parseCertificate(new Uint8Array(der)), ...readNames(attributes) })
    })
  }
}

/** EncryptedPrivateKeyInfo (RFC 5958 section 3). Throws `PkiFailure`. */
export function decryptPkcs8(der: Uint8Array, password: string | null, work: Work = limitedWork()): KeyObject {
  const plain = readWhole(der, Tag.sequence, reader => {
    const algorithm = readAlgorithm(reader)
    return decryptPbe(algorithm, password, reader.next(Tag.octetString).contents, work)
  })
  try {
    return readPrivateKeyDer(plain)
  } finally {
    wipe(plain)
  }
}

/** The attributes of a bag: each a type and a set, of which one value is read. */
function readNames(attributes: Uint8Array): { friendlyName: string | null; localKeyId: Uint8Array | null } {
  const names: { friendlyName: string | null; localKeyId: Uint8Array | null } = { friendlyName: null, localKeyId: null }
  const reader = new DerReader(attributes)
  while (!reader.done) {
    const attribute = reader.enter(Tag.sequence)
    const type = readOid(attribute)
    const values = attribute.enter(Tag.set)
    attribute.end()
    if (type === FRIENDLY_NAME) names.friendlyName = fromBmp(values.next(Tag.bmpString).contents)
    if (type === LOCAL_KEY_ID) names.localKeyId = new Uint8Array(values.next(Tag.octetString).contents)
  }
  return names
}

function fromBmp(bytes: Uint8Array): string {
  if (bytes.length % 2 !== 0) throw malformed('BMPString of half a character')
  return Buffer.from(bytes).swap16().toString('utf16le')
}

/** What goes into a PFX, and how it is protected; null for no protection. */
export interface PfxSource {
  readonly key: KeyObject | null
  readonly keyName: string | null
  readonly keyId: Uint8Array | null
  /** A bit string of one octet for the attribute keyUsage; 0 for none. */
  readonly keyUsage: number
  readonly certificates: readonly NamedCertificate[]
  readonly keyCipher: PbeName | null
  readonly certificateCipher: PbeName | null
  readonly iterations: number
  /** Repetitions for the MAC, which is HMAC-SHA-256; 0 for none. */
  readonly macIterations: number
}

const MAC_SALT_LENGTH = 8

/** A PFX as OpenSSL 3.0 writes it: the certificates, then the key, each in a safe of its own. */
export function writePfx(source: PfxSource, password: string | null, random: Random): Uint8Array {
  const { certificates, key, certificateCipher, iterations, macIterations } = source
  const safes: Uint8Array[] = []
  if (certificates.length > 0) {
    const bags = sequence(...certificates.map(certificateBag))
    safes.push(
      certificateCipher === null
        ? dataInfo(bags)
        : encryptedInfo(encryptPbe(certificateCipher, password, bags, iterations, random)),
    )
  }
  if (key !== null) safes.push(dataInfo(sequence(keyBag(source, key, password, random))))
  const authenticated = sequence(...safes)
  const parts = [encodeNumber(3), dataInfo(authenticated)]
  if (macIterations > 0) parts.push(macData(authenticated, password, random(MAC_SALT_LENGTH), macIterations))
  return sequence(...parts)
}

const dataInfo = (contents: Uint8Array): Uint8Array =>
  sequence(encodeOid(DATA), encode(EXPLICIT, encode(Tag.octetString, contents)))

function encryptedInfo({ algorithm, data }: { algorithm: Uint8Array; data: Uint8Array }): Uint8Array {
  const info = sequence(encodeOid(DATA), algorithm, encode(context(0, false), data))
  return sequence(encodeOid(ENCRYPTED_DATA), encode(EXPLICIT, sequence(encodeNumber(0), info)))
}

function certificateBag({ certificate, friendlyName, localKeyId }: NamedCertificate): Uint8Array {
  const value = sequence(encodeOid(X509_CERTIFICATE), encode(EXPLICIT, encode(Tag.octetString, certificate.der)))
  return bag(CERT_BAG, value, friendlyName, localKeyId)
}

function keyBag(source: PfxSource, key: KeyObject, password: string | null, random: Random): Uint8Array {
  const { keyName, keyId, keyUsage, keyCipher, iterations } = source
  const exported = key.export({ format: 'der', type: 'pkcs8' })
  const plain = keyUsage === 0 ? exported : withKeyUsage(exported, keyUsage)
  try {
    if (keyCipher === null) return bag(KEY_BAG, plain, keyName, keyId)
    const { algorithm, data } = encryptPbe(keyCipher, password, plain, iterations, random)
    return bag(SHROUDED_KEY_BAG, sequence(algorithm, encode(Tag.octetString, data)), keyName, keyId)
  } finally {
    wipe(exported)
    wipe(plain)
  }
}

/** PrivateKeyInfo with one attribute more (RFC 5958 section 2). */
function withKeyUsage(pkcs8: Uint8Array, bits: number): Uint8Array {
  const unused = Math.clz32(bits & -bits) ^ 31
  const usage = encode(Tag.bitString, Uint8Array.of(unused, bits))
  const attribute = sequence(encodeOid(KEY_USAGE), setOf(usage))
  return sequence(new DerReader(pkcs8).next(Tag.sequence).contents, encode(context(0, true), attribute))
}

function bag(type: string, value: Uint8Array, name: string | null, id: Uint8Array | null): Uint8Array {
  const attributes: Uint8Array[] = []
  if (name !== null) attributes.push(sequence(encodeOid(FRIENDLY_NAME), setOf(encode(Tag.bmpString, bmp(name)))))
  if (id !== null) attributes.push(sequence(encodeOid(LOCAL_KEY_ID), setOf(encode(Tag.octetString, id))))
  const set = attributes.length === 0 ? EMPTY : setOf(...attributes)
  return sequence(encodeOid(type), encode(EXPLICIT, value), set)
}

function macData(safes: Uint8Array, password: string | null, salt: Uint8Array, iterations: number): Uint8Array {
  const work = { left: Number.POSITIVE_INFINITY }
  const key = pkcs12Key('sha256', MAC, password, salt, iterations, HASHES.sha256.length, work)
  const value = hmac('sha256', key, safes)
  wipe(key)
  const algorithm = sequence(encodeOid(SHA256), encode(Tag.null))
  return sequence(
    sequence(algorithm, encode(Tag.octetString, value)),
    encode(Tag.octetString, salt),
    encodeNumber(iterations),
  )
}

/** What names the key of a certificate: the SHA-1 of the whole certificate. */
export const localKeyIdOf = (certificate: Certificate): Uint8Array =>
  new Uint8Array(createHash('sha1').update(certificate.der).digest())
