import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { type DhParameters, dhBits, dhSecurityBits } from '../../crypto/dh.ts'
import { type KeyType, keyBits, keySecurityBits, keyTypeOf } from '../../crypto/signatures.ts'
import { encode, encodeOid, encodeUnsigned, sequence, Tag } from '../../pki/der.ts'
import { objectByName } from '../../pki/objects.ts'
import {
  Counted,
  type Out,
  requireBytes,
  requireLength,
  requireLive,
  requireLiveOrNull,
  requireSignedLength,
} from '../boundary.ts'
import { ERR_LIB_EVP } from '../constants/err.ts'
import {
  EVP_PKEY_EC,
  EVP_PKEY_ED25519,
  EVP_PKEY_HMAC,
  EVP_PKEY_RSA,
  EVP_PKEY_RSA_PSS,
  EVP_PKEY_X25519,
} from '../constants/evp.ts'
import { raise } from '../err/raise.ts'
import { dhParametersOf } from './dh-parameters.ts'

const EVP_PKEY_DSA_ID = 116
const EVP_PKEY_DH_ID = 28
export const EVP_PKEY_X448 = 1035
export const EVP_PKEY_ED448 = 1088

/**
 * A private or public key of any kind, opaque. The key inside is Node's, which wipes its memory when it is collected.
 */
export class EVP_PKEY extends Counted {
  key: KeyObject | null
  /** Diffie-Hellman parameters without a key, which Node has no object for. */
  dhParameters: DhParameters | null = null
  /** The RSA, EC_KEY or DH that it was made of. */
  former: object | null = null

  constructor(key: KeyObject | null) {
    super()
    this.key = key
  }

  get type(): KeyType {
    return this.key === null ? 'unknown' : keyTypeOf(this.key)
  }
}

/** An empty key, for EVP_PKEY_assign_RSA and its kin. */
export function EVP_PKEY_new(): EVP_PKEY {
  return new EVP_PKEY(null)
}

/** Gives up a reference. */
export function EVP_PKEY_free(pkey: EVP_PKEY | null): void {
  const live = requireLiveOrNull(pkey, EVP_PKEY, 'pkey')
  live?.dropReference(() => {
    live.key = null
    live.former = null
  })
}

/**
 * Takes one more reference, to be given back by EVP_PKEY_free.
 * @returns 1
 */
export function EVP_PKEY_up_ref(pkey: EVP_PKEY): number {
  requireLive(pkey, EVP_PKEY, 'pkey').addReference()
  return 1
}

const IDS: Readonly<Record<string, number>> = {
  rsa: EVP_PKEY_RSA,
  'rsa-pss': EVP_PKEY_RSA_PSS,
  ec: EVP_PKEY_EC,
  ed25519: EVP_PKEY_ED25519,
  ed448: EVP_PKEY_ED448,
  x25519: EVP_PKEY_X25519,
  x448: EVP_PKEY_X448,
  dsa: EVP_PKEY_DSA_ID,
  dh: EVP_PKEY_DH_ID,
  hmac: EVP_PKEY_HMAC,
}

/** EVP_PKEY_RSA, EVP_PKEY_EC, ...; 0 for an empty key (EVP_PKEY_get_id(3)). */
export function EVP_PKEY_get_id(pkey: EVP_PKEY): number {
  return IDS[kindOf(requireLive(pkey, EVP_PKEY, 'pkey'))] ?? 0
}

/** EVP_PKEY_get_id by another name. */
export const EVP_PKEY_id: typeof EVP_PKEY_get_id = EVP_PKEY_get_id
export const EVP_PKEY_get_base_id: typeof EVP_PKEY_get_id = EVP_PKEY_get_id
export const EVP_PKEY_base_id: typeof EVP_PKEY_get_id = EVP_PKEY_get_id

/** Size in bits: of the modulus or of the curve; 0 for an empty key. */
export function EVP_PKEY_get_bits(pkey: EVP_PKEY): number {
  const { key } = requireLive(pkey, EVP_PKEY, 'pkey')
  const parameters = dhParametersOf(pkey)
  if (parameters !== null) return dhBits(parameters)
  if (key === null || key.type === 'secret') return 0
  if (key.asymmetricKeyType === 'x25519') return 253
  return key.asymmetricKeyType === 'x448' ? 448 : keyBits(key)
}

/** EVP_PKEY_get_bits by another name. */
export const EVP_PKEY_bits: typeof EVP_PKEY_get_bits = EVP_PKEY_get_bits

/** Strength in bits, as SSL_CTX_set_security_level counts it; 0 for an empty key. */
export function EVP_PKEY_get_security_bits(pkey: EVP_PKEY): number {
  const { key } = requireLive(pkey, EVP_PKEY, 'pkey')
  const parameters = dhParametersOf(pkey)
  if (parameters !== null) return dhSecurityBits(parameters)
  if (key === null || key.type === 'secret') return 0
  if (key.asymmetricKeyType === 'x25519') return 128
  return key.asymmetricKeyType === 'x448' ? 224 : keySecurityBits(key)
}

/** EVP_PKEY_get_security_bits by another name. */
export const EVP_PKEY_security_bits: typeof EVP_PKEY_get_security_bits = EVP_PKEY_get_security_bits

/** The largest signature in bytes; of a key that agrees on secrets, its secret. */
export function EVP_PKEY_get_size(pkey: EVP_PKEY): number {
  const bits = EVP_PKEY_get_bits(pkey)
  switch (pkey.type) {
    case 'rsa':
    case 'rsa-pss':
      return (bits + 7) >> 3
    case 'ed25519':
      return 64
    case 'ed448':
      return 114
    case 'ec':
    case 'dsa': {
      const whole = encodeUnsigned(new Uint8Array((bits + 7) >> 3).fill(0xff))
      return sequence(whole, whole).length
    }
    case 'unknown':
      return kindOf(pkey) === 'dh' ? (bits + 7) >> 3 : (SECRETS[kindOf(pkey)] ?? 0)
  }
}

const SECRETS: Readonly<Record<string, number>> = { x25519: 32, x448: 56 }

/** EVP_PKEY_get_size by another name. */
export const EVP_PKEY_size: typeof EVP_PKEY_get_size = EVP_PKEY_get_size

const TYPE_NAMES: Readonly<Record<string, string>> = {
  rsa: 'RSA',
  'rsa-pss': 'RSA-PSS',
  ec: 'EC',
  ed25519: 'ED25519',
  ed448: 'ED448',
  x25519: 'X25519',
  x448: 'X448',
  dsa: 'DSA',
  dh: 'DH',
  hmac: 'HMAC',
}

/** `RSA`, `EC`, ...; null for an empty key. */
export function EVP_PKEY_get0_type_name(key: EVP_PKEY): string | null {
  return TYPE_NAMES[kindOf(requireLive(key, EVP_PKEY, 'key'))] ?? null
}

/** 1 when the key is of the kind named, in any case of letters. */
export function EVP_PKEY_is_a(pkey: EVP_PKEY, name: string): number {
  return Number(EVP_PKEY_get0_type_name(pkey) === name.toUpperCase())
}

/**
 * The curve of an EC key, by OpenSSL's name.
 * @param gname - takes it
 * @param gname_len - takes its length
 * @returns 1, or 0 for other keys
 */
export function EVP_PKEY_get_group_name(
  pkey: EVP_PKEY,
  gname: Out<string>,
  gname_sz: number | undefined = undefined,
  gname_len: Out<number> | null = null,
): number {
  const curve = requireLive(pkey, EVP_PKEY, 'pkey').key?.asymmetricKeyDetails?.namedCurve
  if (curve === undefined || (gname_sz !== undefined && gname_sz <= curve.length)) return 0
  gname.value = curve
  if (gname_len !== null) gname_len.value = curve.length
  return 1
}

/**
 * Compares the public halves (EVP_PKEY_eq(3)).
 * @returns 1 when they are the same, 0 when not, -1 with EVP_R_DIFFERENT_KEY_TYPES when the kinds differ, -2 when one
 * is empty
 */
export function EVP_PKEY_eq(a: EVP_PKEY, b: EVP_PKEY): number {
  if (a === b) return 1
  const [first, second] = [requireLive(a, EVP_PKEY, 'a').key, requireLive(b, EVP_PKEY, 'b').key]
  if (first === null || second === null) return -2
  if (first.asymmetricKeyType !== second.asymmetricKeyType) {
    raise(ERR_LIB_EVP, EVP_R_DIFFERENT_KEY_TYPES)
    return -1
  }
  return Number(publicHalf(first).equals(publicHalf(second)))
}

/** EVP_PKEY_eq by another name. */
export const EVP_PKEY_cmp: typeof EVP_PKEY_eq = EVP_PKEY_eq

/** Node's word for the kind, or `hmac`; '' for an empty key. */
export function kindOf({ key, dhParameters }: EVP_PKEY): string {
  if (key?.type === 'secret') return 'hmac'
  return dhParameters === null ? (key?.asymmetricKeyType ?? '') : 'dh'
}

export function publicHalf(key: KeyObject): KeyObject {
  return key.type === 'private' ? createPublicKey(key) : key
}

/** PKCS#8 around the raw key: RFC 8410 section 7. */
const RAW_OIDS: ReadonlyMap<number, string> = new Map([
  [EVP_PKEY_X25519, '1.3.101.110'],
  [EVP_PKEY_X448, '1.3.101.111'],
  [EVP_PKEY_ED25519, '1.3.101.112'],
  [EVP_PKEY_ED448, '1.3.101.113'],
])

/**
 * A key from its raw private bytes: X25519, X448, Ed25519, Ed448, HMAC (EVP_PKEY_new_raw_private_key(3)).
 * @param keylen - bytes of the key; all of it when left out
 * @returns null with an error for another type or a wrong length
 */
export function EVP_PKEY_new_raw_private_key(
  type: number,
  e: unknown,
  key: Uint8Array,
  keylen?: number,
): EVP_PKEY | null {
  void e
  const raw = key.subarray(0, requireLength(keylen, requireBytes(key, 'key'), 'keylen'))
  if (type === EVP_PKEY_HMAC) return new EVP_PKEY(createSecretKey(raw))
  const oid = RAW_OIDS.get(type)
  if (oid === undefined) return unsupportedType()
  const der = sequence(
    encodeUnsigned(Uint8Array.of(0)),
    sequence(encodeOid(oid)),
    encode(Tag.octetString, encode(Tag.octetString, raw)),
  )
  try {
    return new EVP_PKEY(createPrivateKey({ key: Buffer.from(der.buffer), format: 'der', type: 'pkcs8' }))
  } catch {
    return invalidKey()
  } finally {
    der.fill(0)
  }
}

/**
 * A key for EVP_DigestSign to make message authentication codes with (EVP_PKEY_new_mac_key(3)).
 * @param type - EVP_PKEY_HMAC
 * @param keylen - bytes of `key`; all of it when left out
 * @returns null with an error for another type or no bytes
 */
export function EVP_PKEY_new_mac_key(type: number, e: unknown, key: Uint8Array, keylen?: number): EVP_PKEY | null {
  const length = requireSignedLength(keylen, requireBytes(key, 'key'), 'keylen')
  if (type === EVP_PKEY_HMAC && length > 0) return EVP_PKEY_new_raw_private_key(type, e, key, length)
  return type === EVP_PKEY_HMAC ? invalidKey() : unsupportedType()
}

/**
 * A key from its raw public bytes.
 * @param keylen - bytes of the key; all of it when left out
 * @returns null with an error for another type or a wrong length
 */
export function EVP_PKEY_new_raw_public_key(
  type: number,
  e: unknown,
  key: Uint8Array,
  keylen?: number,
): EVP_PKEY | null {
  void e
  const raw = key.subarray(0, requireLength(keylen, requireBytes(key, 'key'), 'keylen'))
  const oid = RAW_OIDS.get(type)
  if (oid === undefined) return unsupportedType()
  const der = sequence(sequence(encodeOid(oid)), encode(Tag.bitString, Uint8Array.of(0), raw))
  try {
    return new EVP_PKEY(createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' }))
  } catch {
    return invalidKey()
  }
}

/** The raw forms by the name of the kind, as EVP_PKEY_get0_type_name gives it. */
export function EVP_PKEY_new_raw_private_key_ex(
  libctx: unknown,
  keytype: string,
  propq: string | null,
  key: Uint8Array,
  keylen?: number,
): EVP_PKEY | null {
  void propq
  return EVP_PKEY_new_raw_private_key(objectByName(keytype)?.nid ?? 0, libctx, key, keylen)
}

/** EVP_PKEY_new_raw_public_key by the name of the kind. */
export function EVP_PKEY_new_raw_public_key_ex(
  libctx: unknown,
  keytype: string,
  propq: string | null,
  key: Uint8Array,
  keylen?: number,
): EVP_PKEY | null {
  void propq
  return EVP_PKEY_new_raw_public_key(objectByName(keytype)?.nid ?? 0, libctx, key, keylen)
}

const EVP_R_DIFFERENT_KEY_TYPES = 101
const EVP_R_UNSUPPORTED_ALGORITHM = 156
const EVP_R_INVALID_KEY = 163

function unsupportedType(): null {
  raise(ERR_LIB_EVP, EVP_R_UNSUPPORTED_ALGORITHM)
  return null
}

function invalidKey(): null {
  raise(ERR_LIB_EVP, EVP_R_INVALID_KEY)
  return null
}
