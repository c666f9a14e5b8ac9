import { constants, createHash, createPublicKey, type KeyObject, publicEncrypt } from 'node:crypto'
import { concat, equal } from '../base/bytes.ts'
import { DerReader, readOctetBits, Tag } from './der.ts'

/** What a PSS signature was made with (RFC 4055 section 3.1); digests by their names in Node. */
export interface PssParameters {
  readonly digest: string
  readonly maskDigest: string
  /** Bytes. */
  readonly saltLength: number
}

/**
 * Checks an RSASSA-PSS signature whose mask uses another digest than the message, which `verify` of Node cannot say
 * (RFC 8017 section 8.1.2). Never throws.
 */
export function verifyPss(parameters: PssParameters, data: Uint8Array, signature: Uint8Array, key: KeyObject): boolean {
  try {
    if (!keyPermits(parameters, key)) return false
    const plain = key.asymmetricKeyType === 'rsa-pss' ? unrestricted(key) : key
    const bits = plain.asymmetricKeyDetails?.modulusLength ?? 0
    if (bits === 0 || signature.length !== Math.ceil(bits / 8)) return false
    const block = publicEncrypt({ key: plain, padding: constants.RSA_NO_PADDING }, signature)
    return encodingFits(parameters, data, new Uint8Array(block), bits - 1)
  } catch {
    return false
  }
}

/** The restrictions that an RSA-PSS key carries (RFC 4055 section 3.3). */
function keyPermits(
  { digest, maskDigest, saltLength }: PssParameters,
  { asymmetricKeyDetails: own }: KeyObject,
): boolean {
  if (own?.hashAlgorithm === undefined) return true
  return own.hashAlgorithm === digest && own.mgf1HashAlgorithm === maskDigest && (own.saltLength ?? 0) <= saltLength
}

function unrestricted(key: KeyObject): KeyObject {
  const reader = new DerReader(key.export({ format: 'der', type: 'spki' })).enter(Tag.sequence)
  reader.next(Tag.sequence)
  return createPublicKey({ key: Buffer.from(readOctetBits(reader)), format: 'der', type: 'pkcs1' })
}

/** EMSA-PSS-VERIFY (RFC 8017 section 9.1.2). Nothing here is secret. */
function encodingFits(
  { digest, maskDigest, saltLength }: PssParameters,
  data: Uint8Array,
  block: Uint8Array,
  bits: number,
): boolean {
  const length = Math.ceil(bits / 8)
  // A modulus of 8n + 1 bits: the first octet of the block is none of the encoding.
  if (block.length > length && block[0] !== 0) return false
  const encoded = block.subarray(block.length - length)
  const hash = createHash(digest).update(data).digest()
  const maskedLength = length - hash.length - 1
  if (maskedLength < saltLength + 1 || encoded.at(-1) !== 0xbc) return false
  const [masked, wanted] = [encoded.subarray(0, maskedLength), encoded.subarray(maskedLength, -1)]
  const unused = 8 * length - bits
  if ((masked[0] ?? 0) >> (8 - unused) !== 0) return false
  const mask = mgf1(wanted, maskedLength, maskDigest)
  const unmasked = masked.map((octet, at) => octet ^ (mask[at] ?? 0))
  unmasked[0] = (unmasked[0] ?? 0) & (0xff >> unused)
  const zeros = maskedLength - saltLength - 1
  if (unmasked.subarray(0, zeros).some(octet => octet !== 0) || unmasked[zeros] !== 1) return false
  const salted = concat(new Uint8Array(8), hash, unmasked.subarray(zeros + 1))
  return equal(new Uint8Array(createHash(digest).update(salted).digest()), wanted)
}

/** MGF1 (RFC 8017 appendix B.2.1). */
function mgf1(seed: Uint8Array, length: number, digest: string): Uint8Array {
  const parts: Uint8Array[] = []
  const counter = new DataView(new ArrayBuffer(4))
  for (let at = 0, made = 0; made < length; at++) {
    counter.setUint32(0, at)
    const part = createHash(digest).update(seed).update(new Uint8Array(counter.buffer)).digest()
    parts.push(new Uint8Array(part))
    made += part.length
  }
  return concat(...parts).subarray(0, length)
}
