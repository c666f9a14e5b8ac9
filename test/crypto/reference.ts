import { createCipheriv, createHmac } from 'node:crypto'
import { concat } from '../../lib/base/bytes.ts'
import { CIPHERS } from '../../lib/crypto/ciphers.ts'
import type { DirectionKeys } from '../../lib/crypto/key-schedule.ts'
import type { CipherSuite } from '../../lib/crypto/suites.ts'

// A second implementation, written from the standards with nothing in common with lib/crypto but the block ciphers of
// node:crypto: slow, plain, and itself checked against published vectors. It says what a record must look like.

/** NIST SP 800-38D, with a nonce of 12 bytes: ciphertext || tag. */
export function gcm(blockCipher: string, key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, text: Uint8Array) {
  const encrypt = (block: Uint8Array) => ecb(blockCipher, key, block)
  const h = toNumber(encrypt(new Uint8Array(16)))
  const ciphertext = counterMode(encrypt, i => concat(nonce, bigEndian(i + 2n, 4)), text)
  let y = 0n
  const lengths = concat(bigEndian(BigInt(aad.length * 8), 8), bigEndian(BigInt(text.length * 8), 8))
  for (const part of [aad, ciphertext, lengths]) {
    for (let at = 0; at < part.length; at += 16) {
      const block = concat(part.subarray(at, at + 16), new Uint8Array(16)).subarray(0, 16)
      y = multiply(y ^ toNumber(block), h)
    }
  }
  const tag = bigEndian(y ^ toNumber(encrypt(concat(nonce, bigEndian(1n, 4)))), 16)
  return concat(ciphertext, tag)
}

/** RFC 3610: ciphertext || tag. The nonce's length fixes that of the length field. */
export function ccm(
  blockCipher: string,
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  text: Uint8Array,
  tagLength: number,
) {
  const encrypt = (block: Uint8Array) => ecb(blockCipher, key, block)
  const lengthSize = 15 - nonce.length
  const flags = (aad.length > 0 ? 64 : 0) + 8 * ((tagLength - 2) / 2) + (lengthSize - 1)
  const first = concat(new Uint8Array([flags]), nonce, bigEndian(BigInt(text.length), lengthSize))
  const header = aad.length > 0 ? toBlocks(concat(bigEndian(BigInt(aad.length), 2), aad)) : aad
  let mac = new Uint8Array(16)
  const input = concat(first, header, toBlocks(text))
  for (let at = 0; at < input.length; at += 16) mac = encrypt(xor(mac, input.subarray(at, at + 16)))
  const counter = (i: bigint) => concat(new Uint8Array([lengthSize - 1]), nonce, bigEndian(i, lengthSize))
  const ciphertext = counterMode(encrypt, i => counter(i + 1n), text)
  return concat(ciphertext, xor(mac, encrypt(counter(0n))).subarray(0, tagLength))
}

/** RFC 8439 section 2.8: ciphertext || tag. ChaCha20 itself comes from node:crypto. */
export function chacha20Poly1305(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, text: Uint8Array) {
  const stream = (counter: number, data: Uint8Array) => {
    const iv = concat(new Uint8Array([counter, 0, 0, 0]), nonce)
    return new Uint8Array(createCipheriv('chacha20', key, iv).update(data))
  }
  const oneTime = stream(0, new Uint8Array(32))
  const ciphertext = stream(1, text)
  const lengths = concat(littleEndian(BigInt(aad.length), 8), littleEndian(BigInt(text.length), 8))
  return concat(ciphertext, poly1305(oneTime, concat(toBlocks(aad), toBlocks(ciphertext), lengths)))
}

/** RFC 8439 section 2.5. */
export function poly1305(key: Uint8Array, message: Uint8Array) {
  const r = fromLittleEndian(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn
  const s = fromLittleEndian(key.subarray(16))
  const prime = (1n << 130n) - 5n
  let sum = 0n
  for (let at = 0; at < message.length; at += 16) {
    const block = message.subarray(at, at + 16)
    sum = ((sum + fromLittleEndian(block) + (1n << BigInt(8 * block.length))) * r) % prime
  }
  return littleEndian((sum + s) & ((1n << 128n) - 1n), 16)
}

export interface RecordFields {
  type: number
  version: number
  seqHigh: number
  seqLow: number
  plaintext: Uint8Array
}

/** The fragment of an AEAD record, from RFC 5246 section 6.2.3.3 and the documents of the suites. */
export function aeadFragment(suite: CipherSuite, keys: DirectionKeys, record: RecordFields): Uint8Array {
  const sequence = bigEndian((BigInt(record.seqHigh) << 32n) | BigInt(record.seqLow), 8)
  const aad = concat(sequence, pseudoHeader(record, record.plaintext.length))
  const shape = CIPHERS[suite.cipher]
  const block = shape.native.replace(/-(gcm|ccm)$/, '-ecb')
  if (shape.kind === 'chacha20') {
    return chacha20Poly1305(keys.key, xor(keys.iv, concat(new Uint8Array(4), sequence)), aad, record.plaintext)
  }
  const nonce = concat(keys.iv, sequence)
  const sealed =
    shape.kind === 'gcm'
      ? gcm(block, keys.key, nonce, aad, record.plaintext)
      : ccm(block, keys.key, nonce, aad, record.plaintext, shape.tagLength)
  return concat(sequence, sealed)
}

/** The MAC of a record whose MAC input ends in `content` (RFC 5246 section 6.2.3.1, RFC 7366 section 3). */
export function recordMac(hash: string, macKey: Uint8Array, record: RecordFields, content: Uint8Array): Uint8Array {
  const sequence = bigEndian((BigInt(record.seqHigh) << 32n) | BigInt(record.seqLow), 8)
  const mac = createHmac(hash, macKey).update(concat(sequence, pseudoHeader(record, content.length), content))
  return new Uint8Array(mac.digest())
}

/** One block-cipher chain over whole blocks, without padding. */
export function cbcEncrypt(cipher: string, key: Uint8Array, iv: Uint8Array, blocks: Uint8Array): Uint8Array {
  const encrypt = (block: Uint8Array) => ecb(cipher.replace('-cbc', '-ecb'), key, block)
  const out: Uint8Array[] = []
  let chain = iv
  for (let at = 0; at < blocks.length; at += 16) out.push((chain = encrypt(xor(chain, blocks.subarray(at, at + 16)))))
  return concat(...out)
}

/** g^x mod p. */
export function power(base: Uint8Array, exponent: Uint8Array, modulus: Uint8Array): bigint {
  const p = toNumber(modulus)
  let result = 1n
  let square = toNumber(base) % p
  for (let bits = toNumber(exponent); bits > 0n; bits >>= 1n) {
    if ((bits & 1n) === 1n) result = (result * square) % p
    square = (square * square) % p
  }
  return result
}

export function toNumber(bytes: Uint8Array): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
}

export function bigEndian(value: bigint, length: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(length)
  for (let i = length - 1, rest = value; i >= 0; i--, rest >>= 8n) out[i] = Number(rest & 0xffn)
  return out
}

function pseudoHeader(record: RecordFields, length: number): Uint8Array {
  return concat(bigEndian(BigInt(record.type), 1), bigEndian(BigInt(record.version), 2), bigEndian(BigInt(length), 2))
}

function ecb(cipher: string, key: Uint8Array, block: Uint8Array) {
  const native = createCipheriv(cipher, key, null)
  native.setAutoPadding(false)
  return new Uint8Array(native.update(block))
}

function counterMode(encrypt: (block: Uint8Array) => Uint8Array, counter: (i: bigint) => Uint8Array, text: Uint8Array) {
  const out = new Uint8Array(text.length)
  for (let at = 0, i = 0n; at < text.length; at += 16, i++) {
    const block = text.subarray(at, at + 16)
    out.set(xor(block, encrypt(counter(i)).subarray(0, block.length)), at)
  }
  return out
}

/** In GF(2^128) with the bits of SP 800-38D: the first bit of a block is the coefficient of x^0. */
function multiply(x: bigint, y: bigint): bigint {
  let z = 0n
  let v = y
  for (let i = 127n; i >= 0n; i--) {
    if ((x >> i) & 1n) z ^= v
    v = (v & 1n) === 1n ? (v >> 1n) ^ (0xe1n << 120n) : v >> 1n
  }
  return z
}

function toBlocks(bytes: Uint8Array): Uint8Array {
  return concat(bytes, new Uint8Array((16 - (bytes.length % 16)) % 16))
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(a, (byte, i) => byte ^ (b[i] ?? 0))
}

function littleEndian(value: bigint, length: number): Uint8Array {
  return bigEndian(value, length).reverse()
}

function fromLittleEndian(bytes: Uint8Array): bigint {
  return toNumber(new Uint8Array(bytes).reverse())
}
