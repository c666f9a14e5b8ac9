import { generateKeyPairSync } from 'node:crypto'
import { objectByNid } from '../../pki/objects.ts'
import { requireInteger, requireLive, requireString } from '../boundary.ts'
import { ERR_LIB_EC, ERR_LIB_EVP, ERR_LIB_RSA, ERR_R_PASSED_NULL_PARAMETER } from '../constants/err.ts'
import { raise } from '../err/raise.ts'
import type { BIGNUM } from './bn.ts'
import { CURVES } from './curves.ts'
import { EVP_PKEY } from './pkey.ts'

const EC_R_UNKNOWN_GROUP = 129
const EC_R_INVALID_CURVE = 141
const RSA_R_KEY_SIZE_TOO_SMALL = 120
const EVP_R_UNSUPPORTED_KEY_TYPE = 224
const RSA_MIN_BITS = 512
const RSA_MAX_BITS = 16384

/**
 * A fresh RSA key, exponent 65537 (EVP_RSA_gen(3)).
 * @param bits - 512 to 16384
 * @returns null with RSA_R_KEY_SIZE_TOO_SMALL
 */
export function EVP_RSA_gen(bits: number): EVP_PKEY | null {
  return generateRsa(requireInteger(bits, 'bits'), 65537)
}

/**
 * A fresh key on a curve, `P-256`, `prime256v1`, `secp384r1`, ... (EVP_EC_gen(3)).
 * @returns null with an error for an unknown curve
 */
export function EVP_EC_gen(curve: string): EVP_PKEY | null {
  try {
    return new EVP_PKEY(generateKeyPairSync('ec', { namedCurve: requireString(curve, 'curve') }).privateKey)
  } catch {
    raise(ERR_LIB_EC, EC_R_INVALID_CURVE)
    return null
  }
}

/**
 * A fresh key of any kind (EVP_PKEY_Q_keygen(3)).
 * @param type - `RSA` with the bits, `EC` with the curve, `ED25519`, `ED448`, `X25519`, `X448`
 * @returns null with an error for anything else
 */
export function EVP_PKEY_Q_keygen(
  libctx: unknown,
  propq: string | null,
  type: string,
  parameter?: number | string,
): EVP_PKEY | null {
  void libctx
  void propq
  switch (requireString(type, 'type').toUpperCase()) {
    case 'RSA':
      return EVP_RSA_gen(requireInteger(parameter, 'bits'))
    case 'EC':
      return EVP_EC_gen(requireString(parameter, 'curve'))
    case 'ED25519':
      return new EVP_PKEY(generateKeyPairSync('ed25519').privateKey)
    case 'ED448':
      return new EVP_PKEY(generateKeyPairSync('ed448').privateKey)
    case 'X25519':
      return new EVP_PKEY(generateKeyPairSync('x25519').privateKey)
    case 'X448':
      return new EVP_PKEY(generateKeyPairSync('x448').privateKey)
    default:
      raise(ERR_LIB_EVP, EVP_R_UNSUPPORTED_KEY_TYPE, type)
      return null
  }
}

/** The RSA type of the calls before 3.0; the key inside is an EVP_PKEY. */
export class RSA {
  pkey: EVP_PKEY | null = null
}

/** An empty key. */
export function RSA_new(): RSA {
  return new RSA()
}

/** Forgets the key. */
export function RSA_free(r: RSA | null): void {
  if (r !== null) r.pkey = null
}

/** Makes a fresh key (RSA_generate_key_ex(3)). @param e - the exponent @returns 1, or 0 with an error */
export function RSA_generate_key_ex(rsa: RSA, bits: number, e: BIGNUM, cb: unknown = null): number {
  void cb
  rsa.pkey = generateRsa(requireInteger(bits, 'bits'), Number(e.value))
  return Number(rsa.pkey !== null)
}

/** Moves the key into `pkey` (EVP_PKEY_assign_RSA(3)). @returns 1, or 0 when there is none */
export function EVP_PKEY_assign_RSA(pkey: EVP_PKEY, rsa: RSA | null): number {
  return assign(pkey, rsa?.pkey ?? null, rsa)
}

/** The EC type of the calls before 3.0. */
export class EC_KEY {
  /** Null until EC_KEY_set_group, for one that EC_KEY_new made. */
  curve: string | null
  pkey: EVP_PKEY | null = null

  constructor(curve: string | null) {
    this.curve = curve
  }
}

/**
 * A key of a curve, without its parts yet (EC_KEY_new_by_curve_name(3)).
 * @param nid - NID_X9_62_prime256v1, NID_secp384r1, ...
 * @returns null with EC_R_UNKNOWN_GROUP
 */
export function EC_KEY_new_by_curve_name(nid: number): EC_KEY | null {
  const name = curveName(nid)
  return name === null ? null : new EC_KEY(name)
}

/** The name of one of OpenSSL's curves; null with EC_R_UNKNOWN_GROUP. */
export function curveName(nid: number): string | null {
  const curve = CURVES.find(row => row[0] === requireInteger(nid, 'nid'))
  if (curve !== undefined) return curve[1]
  raise(ERR_LIB_EC, EC_R_UNKNOWN_GROUP, `name=${objectByNid(nid)?.short ?? '<NULL>'}`)
  return null
}

/** Forgets the key. */
export function EC_KEY_free(key: EC_KEY | null): void {
  if (key !== null) key.pkey = null
}

/**
 * Gives a key with a curve a new private and public part (EC_KEY_generate_key(3)).
 * @returns 1, or 0 with an error, as for one without a curve
 */
export function EC_KEY_generate_key(key: EC_KEY): number {
  if (key.curve === null) {
    raise(ERR_LIB_EC, ERR_R_PASSED_NULL_PARAMETER)
    return 0
  }
  key.pkey = EVP_EC_gen(key.curve)
  return Number(key.pkey !== null)
}

/** Does nothing: keys always name their curve (OPENSSL_EC_NAMED_CURVE). @harmless keys always name their curve */
export function EC_KEY_set_asn1_flag(eckey: EC_KEY, asn1_flag: number): void {
  void eckey
  void asn1_flag
}

/** Moves the key into `pkey`. @returns 1, or 0 when there is none */
export function EVP_PKEY_assign_EC_KEY(pkey: EVP_PKEY, key: EC_KEY | null): number {
  return assign(pkey, key?.pkey ?? null, key)
}

/** Copies the key into `pkey`. @returns 1, or 0 when there is none */
export const EVP_PKEY_set1_EC_KEY: typeof EVP_PKEY_assign_EC_KEY = EVP_PKEY_assign_EC_KEY
export const EVP_PKEY_set1_RSA: typeof EVP_PKEY_assign_RSA = EVP_PKEY_assign_RSA

function assign(pkey: EVP_PKEY, source: EVP_PKEY | null, former: object | null): number {
  if (source?.key === null || source === null) return 0
  const target = requireLive(pkey, EVP_PKEY, 'pkey')
  target.key = source.key
  target.former = former
  return 1
}

export function generateRsa(bits: number, exponent: number): EVP_PKEY | null {
  if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS) {
    raise(ERR_LIB_RSA, RSA_R_KEY_SIZE_TOO_SMALL)
    return null
  }
  return new EVP_PKEY(generateKeyPairSync('rsa', { modulusLength: bits, publicExponent: exponent }).privateKey)
}

const NIST_NAMES: ReadonlyMap<number, string> = new Map([
  [409, 'P-192'],
  [713, 'P-224'],
  [415, 'P-256'],
  [715, 'P-384'],
  [716, 'P-521'],
])

/** The name NIST gave a curve, `P-256`; null for other curves (EC_curve_nid2nist(3)). */
export function EC_curve_nid2nist(nid: number): string | null {
  return NIST_NAMES.get(nid) ?? null
}

/** The number of a curve by NIST's name; 0 for other names. */
export function EC_curve_nist2nid(name: string): number {
  for (const [nid, known] of NIST_NAMES) if (known === name) return nid
  return 0
}
