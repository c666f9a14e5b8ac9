import { createCipheriv, createDecipheriv, pbkdf2Sync } from 'node:crypto'
import { concat, EMPTY, utf8, wipe } from '../base/bytes.ts'
import type { Random } from '../base/random.ts'
import { digest, HASHES, type HashName } from '../crypto/hash.ts'
import { type AlgorithmIdentifier, readAlgorithm } from './algorithm.ts'
import { DerReader, encode, encodeOid, encodeUnsigned, readSmallInteger, readWhole, sequence, Tag } from './der.ts'
import { malformed, PkiFailure } from './failure.ts'

/** What deriving keys may still cost, in repetitions: the numbers of them come from the file. */
export interface Work {
  left: number
}

/** About a second or two of one processor, for a whole file. */
export const limitedWork = (): Work => ({ left: 10_000_000 })

/** A repetition of PKCS #12's own derivation, each a call into the runtime, costs about as much as so many of PBKDF2. */
const KDF_COST = 20

/** A cipher that goes with a password, for writing. */
export type PbeName = 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc' | 'des-ede3-cbc' | '3des-sha1' | '2des-sha1'

interface Cipher {
  readonly oid: string
  readonly name: 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc' | 'des-ede3-cbc'
  /** Bytes. */
  readonly keyLength: number
  readonly ivLength: number
}

const PBES2 = '1.2.840.113549.1.5.13'
const PBKDF2 = '1.2.840.113549.1.5.12'
const HMAC_SHA256 = '1.2.840.113549.2.9'

const CIPHERS: readonly Cipher[] = [
  { oid: '2.16.840.1.101.3.4.1.2', name: 'aes-128-cbc', keyLength: 16, ivLength: 16 },
  { oid: '2.16.840.1.101.3.4.1.22', name: 'aes-192-cbc', keyLength: 24, ivLength: 16 },
  { oid: '2.16.840.1.101.3.4.1.42', name: 'aes-256-cbc', keyLength: 32, ivLength: 16 },
  { oid: '1.2.840.113549.3.7', name: 'des-ede3-cbc', keyLength: 24, ivLength: 8 },
]

const PRFS: ReadonlyMap<string, HashName> = new Map<string, HashName>([
  ['1.2.840.113549.2.7', 'sha1'],
  ['1.2.840.113549.2.8', 'sha224'],
  [HMAC_SHA256, 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
])

/** pbeWithSHAAnd3-KeyTripleDES-CBC and its form with two keys (RFC 7292 appendix C), with the bytes of key derived. */
const OLD: readonly { oid: string; name: PbeName; derived: number }[] = [
  { oid: '1.2.840.113549.1.12.1.3', name: '3des-sha1', derived: 24 },
  { oid: '1.2.840.113549.1.12.1.4', name: '2des-sha1', derived: 16 },
]

interface Sealed {
  readonly cipher: Cipher['name']
  readonly key: Uint8Array
  readonly iv: Uint8Array
}

/**
 * Decrypts what a password protects: PBES2 with PBKDF2 and AES or 3DES in CBC (RFC 8018), and PKCS #12's own 3DES.
 * Throws `PkiFailure`: `not-supported` for other algorithms, `bad-decrypt` for a wrong password.
 */
export function decryptPbe(
  algorithm: AlgorithmIdentifier,
  password: string | null,
  data: Uint8Array,
  work: Work,
): Uint8Array {
  const { cipher, key, iv } = keysOf(algorithm, password, work)
  const decipher = createDecipheriv(cipher, key, iv)
  wipe(key)
  const first = decipher.update(data)
  try {
    return concat(first, decipher.final())
  } catch {
    throw new PkiFailure('bad-decrypt', 'wrong password')
  } finally {
    wipe(first)
  }
}

/** Encrypts for a password, with the salt and the IV given; PBES2 with HMAC-SHA-256. */
export function encryptPbe(
  name: PbeName,
  password: string | null,
  data: Uint8Array,
  iterations: number,
  random: Random,
): { algorithm: Uint8Array; data: Uint8Array } {
  const algorithm = algorithmFor(name, iterations, random)
  const work = { left: Number.POSITIVE_INFINITY }
  const { cipher, key, iv } = keysOf(readAlgorithm(new DerReader(algorithm)), password, work)
  const encipher = createCipheriv(cipher, key, iv)
  wipe(key)
  return { algorithm, data: concat(encipher.update(data), encipher.final()) }
}

const SALT_LENGTH = 8

function algorithmFor(name: PbeName, iterations: number, random: Random): Uint8Array {
  const derivation = [encode(Tag.octetString, random(SALT_LENGTH)), encodeNumber(iterations)]
  const old = OLD.find(row => row.name === name)
  if (old !== undefined) return sequence(encodeOid(old.oid), sequence(...derivation))
  const cipher = CIPHERS.find(row => row.name === name)
  if (cipher === undefined) throw new PkiFailure('not-supported', `unknown cipher ${name}`)
  const prf = sequence(encodeOid(HMAC_SHA256), encode(Tag.null))
  return sequence(
    encodeOid(PBES2),
    sequence(
      sequence(encodeOid(PBKDF2), sequence(...derivation, prf)),
      sequence(encodeOid(cipher.oid), encode(Tag.octetString, random(cipher.ivLength))),
    ),
  )
}

function keysOf({ oid, params }: AlgorithmIdentifier, password: string | null, work: Work): Sealed {
  const old = OLD.find(row => row.oid === oid)
  if (oid !== PBES2 && old === undefined) throw new PkiFailure('not-supported', `cipher ${oid}`)
  if (params === null) throw malformed('a cipher without parameters')
  return old === undefined ? pbes2Keys(params, password, work) : oldKeys(params, password, old.derived, work)
}

/** PBES2-params and PBKDF2-params (RFC 8018 appendix A). */
function pbes2Keys(params: Uint8Array, password: string | null, work: Work): Sealed {
  return readWhole(params, Tag.sequence, reader => {
    const [derivation, encryption] = [readAlgorithm(reader), readAlgorithm(reader)]
    const cipher = CIPHERS.find(row => row.oid === encryption.oid)
    if (derivation.oid !== PBKDF2 || cipher === undefined) throw new PkiFailure('not-supported', 'cipher of PBES2')
    const iv = readOctets(encryption.params)
    if (iv.length !== cipher.ivLength) throw malformed('an IV of another length')
    const { salt, iterations, keyLength, hash } = readPbkdf2(derivation.params)
    if (keyLength !== null && keyLength !== cipher.keyLength) throw malformed('a key of another length')
    spend(work, iterations * Math.ceil(cipher.keyLength / HASHES[hash].length))
    const secret = utf8(password ?? '')
    const key = new Uint8Array(pbkdf2Sync(secret, salt, iterations, cipher.keyLength, hash))
    wipe(secret)
    return { cipher: cipher.name, key, iv }
  })
}

function readPbkdf2(params: Uint8Array | null) {
  if (params === null) throw malformed('PBKDF2 without parameters')
  return readWhole(params, Tag.sequence, reader => {
    if (reader.peek === Tag.sequence) throw new PkiFailure('not-supported', 'a salt from elsewhere')
    const salt = reader.next(Tag.octetString).contents
    const iterations = readIterations(reader)
    const keyLength = reader.peek === Tag.integer ? readSmallInteger(reader) : null
    const hash = reader.done ? 'sha1' : PRFS.get(readAlgorithm(reader).oid)
    if (hash === undefined) throw new PkiFailure('not-supported', 'PRF of PBKDF2')
    return { salt, iterations, keyLength, hash }
  })
}

function oldKeys(params: Uint8Array, password: string | null, length: number, work: Work): Sealed {
  return readWhole(params, Tag.sequence, reader => {
    const salt = reader.next(Tag.octetString).contents
    const iterations = readIterations(reader)
    const derived = pkcs12Key('sha1', KEY, password, salt, iterations, length, work)
    const iv = pkcs12Key('sha1', IV, password, salt, iterations, 8, work)
    const key = length === 24 ? derived : concat(derived, derived.subarray(0, 8))
    if (length !== 24) wipe(derived)
    return { cipher: 'des-ede3-cbc', key, iv }
  })
}

/** What the bytes are for (RFC 7292 appendix B.3). */
const KEY = 1
const IV = 2
export const MAC = 3

/** RFC 7292 appendix B.2. The password is a BMPString with its end; null is none at all. */
export function pkcs12Key(
  hash: HashName,
  id: number,
  password: string | null,
  salt: Uint8Array,
  iterations: number,
  length: number,
  work: Work,
): Uint8Array {
  const { block, length: size } = HASHES[hash]
  spend(work, iterations * Math.ceil(length / size) * KDF_COST)
  const diversifier = new Uint8Array(block).fill(id)
  const secret = password === null ? EMPTY : concat(bmp(password), new Uint8Array(2))
  const input = concat(repeated(salt, block), repeated(secret, block))
  const out = new Uint8Array(length)
  for (let at = 0; at < length; at += size) {
    let value = digest(hash, diversifier, input)
    for (let i = 1; i < iterations; i++) value = digest(hash, value)
    out.set(value.subarray(0, length - at), at)
    const added = repeatedTo(value, block)
    for (let from = 0; from < input.length; from += block) addPlusOne(input.subarray(from, from + block), added)
  }
  wipe(secret)
  wipe(input)
  return out
}

/** A text in two bytes a unit, the higher first. */
export function bmp(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'utf16le').swap16())
}

/** As often as fills whole blocks; nothing of nothing. */
function repeated(bytes: Uint8Array, block: number): Uint8Array {
  return repeatedTo(bytes, Math.ceil(bytes.length / block) * block)
}

function repeatedTo(bytes: Uint8Array, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => bytes[at % bytes.length] ?? 0)
}

/** `number += added + 1`, big-endian, without what does not fit. */
function addPlusOne(number: Uint8Array, added: Uint8Array): void {
  let carry = 1
  for (let at = number.length - 1; at >= 0; at--) {
    carry += (number[at] ?? 0) + (added[at] ?? 0)
    number[at] = carry & 0xff
    carry >>= 8
  }
}

/** A number of repetitions: at least one. */
export function readIterations(reader: DerReader): number {
  const iterations = readSmallInteger(reader)
  if (iterations === 0) throw malformed('no repetition')
  return iterations
}

export function encodeNumber(value: number): Uint8Array {
  const digits = value.toString(16)
  return encodeUnsigned(Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex'))
}

function readOctets(der: Uint8Array | null): Uint8Array {
  const reader = new DerReader(der ?? EMPTY)
  const { contents } = reader.next(Tag.octetString)
  reader.end()
  return contents
}

function spend(work: Work, repetitions: number): void {
  work.left -= repetitions
  if (work.left < 0) throw new PkiFailure('too-large', 'too many repetitions')
}
