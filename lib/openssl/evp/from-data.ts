import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { copy, equal, wipe } from '../../base/bytes.ts'
import { context, DerReader, encode, encodeOid, encodeUnsigned, readOctetBits, sequence, Tag } from '../../pki/der.ts'
import { spkiOf } from '../../pki/issue.ts'
import { objectByName } from '../../pki/objects.ts'
import type { OSSL_PARAM } from './mac.ts'
import { paramOf } from './params.ts'
import { EVP_PKEY, EVP_PKEY_get_bits, EVP_PKEY_new_raw_private_key, EVP_PKEY_new_raw_public_key } from './pkey.ts'

const RSA_ENCODING = ['n', 'e', 'd', 'rsa-factor1', 'rsa-factor2', 'rsa-exponent1', 'rsa-exponent2', 'rsa-coefficient1']
const EC_PUBLIC_KEY = '1.2.840.10045.2.1'
const NIST: Readonly<Record<string, string>> = {
  'P-192': 'prime192v1',
  'P-224': 'secp224r1',
  'P-256': 'prime256v1',
  'P-384': 'secp384r1',
  'P-521': 'secp521r1',
}

/** A key from its numbers (EVP_PKEY_fromdata(3)); null when they are not there, are wrong, or do not belong together. */
export function keyFromParams(kind: string, params: readonly OSSL_PARAM[], wantPrivate: boolean): EVP_PKEY | null {
  try {
    if (kind === 'rsa' || kind === 'rsa-pss') return rsaKey(params, wantPrivate)
    if (kind === 'ec') return ecKey(params, wantPrivate)
    return kind === 'dh' ? dhKey(params) : rawKey(kind, params, wantPrivate)
  } catch {
    // Node says that the numbers are no key.
    return null
  }
}

/** RSAPrivateKey or RSAPublicKey (RFC 8017 appendix A.1). */
function rsaKey(params: readonly OSSL_PARAM[], wantPrivate: boolean): EVP_PKEY | null {
  const [n, e, ...secret] = RSA_ENCODING.map(name => magnitudeOf(params, name))
  if (n === null || n === undefined || e === null || e === undefined) return null
  const wanted = wantPrivate && secret[0] !== null
  const parts = [n, e, ...(wanted ? secret : [])].map(part => (part === null ? null : encodeUnsigned(part)))
  const encoded = parts.filter(part => part !== null)
  if (encoded.length !== parts.length) return null
  const der = wanted ? sequence(encodeUnsigned(Uint8Array.of(0)), ...encoded) : sequence(...encoded)
  const input = { key: Buffer.from(der.buffer), format: 'der', type: 'pkcs1' } as const
  try {
    return new EVP_PKEY(wanted ? createPrivateKey(input) : createPublicKey(input))
  } finally {
    wipe(der, ...encoded, ...secret)
  }
}

function ecKey(params: readonly OSSL_PARAM[], wantPrivate: boolean): EVP_PKEY | null {
  const group = paramOf(params, 'group')
  const oid = typeof group === 'string' ? objectByName(NIST[group] ?? group)?.oid : undefined
  const point = paramOf(params, 'pub')
  const scalar = wantPrivate ? magnitudeOf(params, 'priv') : null
  if (oid === undefined || typeof point === 'string') return null
  const given = point === null ? null : ecPublicKey(oid, point)
  if (scalar === null) return given === null ? null : new EVP_PKEY(given)
  const whole = ecPrivateKey(oid, scalar)
  wipe(scalar)
  const pkey = new EVP_PKEY(whole)
  // The point at infinity, of the scalar 0 or of the order, is one octet.
  const inRange = (encodedPublicKey(pkey)?.length ?? 0) > 1
  return inRange && (given === null || createPublicKey(whole).equals(given)) ? pkey : null
}

/** A public key from a point, in any of the forms of X9.62. Throws when it is not on the curve. */
export function ecPublicKey(curveOid: string, point: Uint8Array): KeyObject {
  const algorithm = sequence(encodeOid(EC_PUBLIC_KEY), encodeOid(curveOid))
  const der = sequence(algorithm, encode(Tag.bitString, Uint8Array.of(0), point))
  return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' })
}

/** ECPrivateKey (RFC 5915) without the public half, which is computed. */
function ecPrivateKey(curveOid: string, scalar: Uint8Array): KeyObject {
  const parameters = encode(context(0, true), encodeOid(curveOid))
  const der = sequence(encodeUnsigned(Uint8Array.of(1)), encode(Tag.octetString, scalar), parameters)
  try {
    return createPrivateKey({ key: Buffer.from(der.buffer), format: 'der', type: 'sec1' })
  } finally {
    wipe(der)
  }
}

function dhKey(params: readonly OSSL_PARAM[]): EVP_PKEY | null {
  const [p, g] = [magnitudeOf(params, 'p'), magnitudeOf(params, 'g')]
  if (p === null || g === null || magnitudeOf(params, 'pub') !== null) return null
  const pkey = new EVP_PKEY(null)
  pkey.dhParameters = { p, g }
  return EVP_PKEY_get_bits(pkey) > 0 ? pkey : null
}

function rawKey(kind: string, params: readonly OSSL_PARAM[], wantPrivate: boolean): EVP_PKEY | null {
  const type = objectByName(kind.toUpperCase())?.nid ?? 0
  const [pub, priv] = [paramOf(params, 'pub'), wantPrivate ? paramOf(params, 'priv') : null]
  if (typeof pub === 'string' || typeof priv === 'string') return null
  if (priv === null) return pub === null ? null : EVP_PKEY_new_raw_public_key(type, null, pub)
  const whole = EVP_PKEY_new_raw_private_key(type, null, priv)
  if (whole === null || pub === null) return whole
  const own = encodedPublicKey(whole)
  return own !== null && equal(own, pub) ? whole : null
}

/** The octets of a public key; null for a kind that has none. */
export function encodedPublicKey({ key }: EVP_PKEY): Uint8Array | null {
  if (key === null || key.asymmetricKeyType?.startsWith('rsa') !== false) return null
  const reader = new DerReader(spkiOf(key)).enter(Tag.sequence)
  reader.next(Tag.sequence)
  return readOctetBits(reader)
}

/** A number, big-endian; null when it is not there. */
function magnitudeOf(params: readonly OSSL_PARAM[], name: string): Uint8Array | null {
  const data = paramOf(params, name)
  return data instanceof Uint8Array ? copy(data).reverse() : null
}
