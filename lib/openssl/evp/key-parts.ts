import { copy } from '../../base/bytes.ts'
import { objectByName } from '../../pki/objects.ts'
import { type Out, requireBytes, requireInstance, requireLength, requireLive, requireOut } from '../boundary.ts'
import { ERR_LIB_EC, ERR_LIB_EVP } from '../constants/err.ts'
import { EVP_PKEY_DH, EVP_PKEY_EC, EVP_PKEY_HMAC, EVP_PKEY_RSA } from '../constants/evp.ts'
import { raise } from '../err/raise.ts'
import { DH, EVP_PKEY_assign_DH } from './dh.ts'
import { ecPublicKey, encodedPublicKey } from './from-data.ts'
import { EC_KEY, EVP_PKEY_assign_EC_KEY, EVP_PKEY_assign_RSA, RSA } from './keygen.ts'
import {
  EVP_PKEY,
  EVP_PKEY_get_bits,
  EVP_PKEY_get_group_name,
  EVP_PKEY_get_id,
  EVP_PKEY_get_security_bits,
  EVP_PKEY_get_size,
  EVP_PKEY_get0_type_name,
  EVP_PKEY_new_raw_public_key,
} from './pkey.ts'

/** Moves a key of the types before 3.0 into `pkey`. @returns 1; 0 when there is none, with an error for another type */
export function EVP_PKEY_assign(pkey: EVP_PKEY, type: number, key: unknown): number {
  if (type === EVP_PKEY_RSA) return EVP_PKEY_assign_RSA(pkey, orNull(key, RSA))
  if (type === EVP_PKEY_EC) return EVP_PKEY_assign_EC_KEY(pkey, orNull(key, EC_KEY))
  if (type === EVP_PKEY_DH) return EVP_PKEY_assign_DH(pkey, orNull(key, DH))
  raise(ERR_LIB_EVP, EVP_R_UNSUPPORTED_ALGORITHM)
  return 0
}

function orNull<T>(
  key: unknown,
  type: { readonly prototype: T; readonly name: string; new (...args: never[]): T },
): T | null {
  return key === null ? null : requireInstance<T>(key, type, 'key')
}

/** The key in the type before 3.0; null with EVP_R_EXPECTING_AN_RSA_KEY for another kind. */
export function EVP_PKEY_get1_RSA(pkey: EVP_PKEY): RSA | null {
  if (kindOf(pkey).startsWith('rsa')) return Object.assign(new RSA(), { pkey: new EVP_PKEY(pkey.key) })
  return expecting(EVP_R_EXPECTING_AN_RSA_KEY)
}

/** EVP_PKEY_get1_RSA: a key of this type has no references. */
export const EVP_PKEY_get0_RSA: typeof EVP_PKEY_get1_RSA = EVP_PKEY_get1_RSA

/** The key in the type before 3.0; null with EVP_R_EXPECTING_A_EC_KEY for another kind. */
export function EVP_PKEY_get1_EC_KEY(pkey: EVP_PKEY): EC_KEY | null {
  const curve = requireLive(pkey, EVP_PKEY, 'pkey').key?.asymmetricKeyDetails?.namedCurve
  if (curve !== undefined) return Object.assign(new EC_KEY(curve), { pkey: new EVP_PKEY(pkey.key) })
  return expecting(EVP_R_EXPECTING_A_EC_KEY)
}

/** EVP_PKEY_get1_EC_KEY: a key of this type has no references. */
export const EVP_PKEY_get0_EC_KEY: typeof EVP_PKEY_get1_EC_KEY = EVP_PKEY_get1_EC_KEY

/** Null: the bytes of a key are not shown, with EVP_R_UNSUPPORTED_ALGORITHM; with EVP_R_EXPECTING_AN_HMAC_KEY for another. */
export function EVP_PKEY_get0_hmac(pkey: EVP_PKEY, len: Out<number>): Uint8Array | null {
  const own = EVP_PKEY_get_id(pkey) === EVP_PKEY_HMAC
  return notSuch(pkey, len, own ? EVP_R_UNSUPPORTED_ALGORITHM : EVP_R_EXPECTING_AN_HMAC_KEY)
}

/** Null with EVP_R_EXPECTING_A_POLY1305_KEY: no key here is one. */
export function EVP_PKEY_get0_poly1305(pkey: EVP_PKEY, len: Out<number>): Uint8Array | null {
  return notSuch(pkey, len, EVP_R_EXPECTING_A_POLY1305_KEY)
}

/** Null with EVP_R_EXPECTING_A_SIPHASH_KEY: no key here is one. */
export function EVP_PKEY_get0_siphash(pkey: EVP_PKEY, len: Out<number>): Uint8Array | null {
  return notSuch(pkey, len, EVP_R_EXPECTING_A_SIPHASH_KEY)
}

function notSuch(pkey: EVP_PKEY, len: Out<number>, reason: number): null {
  requireLive(pkey, EVP_PKEY, 'pkey')
  requireOut(len, 'len')
  return expecting(reason)
}

/** What does the work: `OpenSSL EC implementation`; null for an empty key. */
export function EVP_PKEY_get0_description(pkey: EVP_PKEY): string | null {
  const name = EVP_PKEY_get0_type_name(pkey)
  return name === null ? null : `OpenSSL ${name} implementation`
}

/**
 * Compares the curves of two keys; keys of other kinds have nothing to compare (EVP_PKEY_parameters_eq(3)).
 * @returns 1 or 0; -1 with EVP_R_DIFFERENT_KEY_TYPES
 */
export function EVP_PKEY_parameters_eq(a: EVP_PKEY, b: EVP_PKEY): number {
  if (EVP_PKEY_get_id(a) !== EVP_PKEY_get_id(b)) {
    raise(ERR_LIB_EVP, EVP_R_DIFFERENT_KEY_TYPES)
    return -1
  }
  return Number(groupOf(a) === groupOf(b))
}

/** EVP_PKEY_parameters_eq by another name. */
export const EVP_PKEY_cmp_parameters: typeof EVP_PKEY_parameters_eq = EVP_PKEY_parameters_eq

function groupOf(pkey: EVP_PKEY): string | null {
  const group = { value: '' }
  return EVP_PKEY_get_group_name(pkey, group) === 1 ? group.value : null
}

/**
 * The public key as key exchange sends it: a point, uncompressed, or the bytes of X25519 and X448.
 * @param ppub - takes a new buffer
 * @returns its length; 0 for another kind
 */
export function EVP_PKEY_get1_encoded_public_key(pkey: EVP_PKEY, ppub: Out<Uint8Array | null>): number {
  const encoded = EXCHANGING.includes(kindOf(pkey)) ? encodedPublicKey(pkey) : null
  if (encoded === null) return 0
  ppub.value = encoded.slice()
  return encoded.length
}

/** EVP_PKEY_get1_encoded_public_key by another name. */
export const EVP_PKEY_get1_tls_encodedpoint: typeof EVP_PKEY_get1_encoded_public_key = EVP_PKEY_get1_encoded_public_key

/**
 * Makes `pkey` the public key that the other side of a key exchange has sent, of the kind and on the curve that it is of.
 * @param publen - bytes of `pub`; all of it when left out
 * @returns 1; 0 for another kind, an empty key, or with EC_R_INVALID_ENCODING for what is not a point of the curve
 */
export function EVP_PKEY_set1_encoded_public_key(pkey: EVP_PKEY, pub: Uint8Array, publen?: number): number {
  const kind = kindOf(pkey)
  const bytes = copy(requireBytes(pub, 'pub').subarray(0, requireLength(publen, pub, 'publen')))
  if (!EXCHANGING.includes(kind)) return 0
  if (kind !== 'ec') {
    const made = EVP_PKEY_new_raw_public_key(EVP_PKEY_get_id(pkey), null, bytes)
    if (made !== null) pkey.key = made.key
    return Number(made !== null)
  }
  const oid = objectByName(groupOf(pkey) ?? '')?.oid
  if (oid === undefined) return 0
  try {
    pkey.key = ecPublicKey(oid, bytes)
    return 1
  } catch {
    raise(ERR_LIB_EC, EC_R_INVALID_ENCODING)
    return 0
  }
}

/** EVP_PKEY_set1_encoded_public_key by another name. */
export const EVP_PKEY_set1_tls_encodedpoint: typeof EVP_PKEY_set1_encoded_public_key = EVP_PKEY_set1_encoded_public_key

const EXCHANGING: readonly string[] = ['ec', 'x25519', 'x448']

const SIZES: Readonly<Record<string, (pkey: EVP_PKEY) => number>> = {
  bits: EVP_PKEY_get_bits,
  'max-size': EVP_PKEY_get_size,
  'security-bits': EVP_PKEY_get_security_bits,
}

/** One number of a key: `bits`, `max-size` or `security-bits`. @returns 1, or 0 for another name or an empty key */
export function EVP_PKEY_get_size_t_param(pkey: EVP_PKEY, key_name: string, out: Out<number>): number {
  const size = kindOf(pkey) === '' ? undefined : SIZES[key_name]
  if (size === undefined) return 0
  requireOut(out, 'out').value = size(pkey)
  return 1
}

/**
 * One text of a key: `group`, `encoding`, `point-format` of EC, `default-digest` of EC and RSA.
 * @param str - takes it
 * @param max_buf_sz - room in bytes, with the NUL of C
 * @param out_sz - takes its length
 * @returns 1; 0 for another name, another kind, or without room
 */
export function EVP_PKEY_get_utf8_string_param(
  pkey: EVP_PKEY,
  key_name: string,
  str: Out<string>,
  max_buf_sz: number | undefined = undefined,
  out_sz: Out<number> | null = null,
): number {
  const text = textOf(pkey, key_name)
  if (text === null) return 0
  if (out_sz !== null) out_sz.value = text.length
  if (max_buf_sz !== undefined && max_buf_sz <= text.length) return 0
  requireOut(str, 'str').value = text
  return 1
}

function textOf(pkey: EVP_PKEY, name: string): string | null {
  const kind = kindOf(pkey)
  if (name === 'default-digest' && (kind === 'ec' || kind.startsWith('rsa'))) return 'SHA256'
  if (kind !== 'ec') return null
  if (name === 'group') return groupOf(pkey)
  if (name === 'encoding') return 'named_curve'
  return name === 'point-format' ? 'uncompressed' : null
}

/** Node's word for the kind; '' for an empty key. */
const kindOf = (pkey: EVP_PKEY): string => requireLive(pkey, EVP_PKEY, 'pkey').key?.asymmetricKeyType ?? ''

function expecting(reason: number): null {
  raise(ERR_LIB_EVP, reason)
  return null
}

const EC_R_INVALID_ENCODING = 102
const EVP_R_DIFFERENT_KEY_TYPES = 101
const EVP_R_EXPECTING_AN_RSA_KEY = 127
const EVP_R_EXPECTING_A_EC_KEY = 142
const EVP_R_UNSUPPORTED_ALGORITHM = 156
const EVP_R_EXPECTING_A_POLY1305_KEY = 164
const EVP_R_EXPECTING_AN_HMAC_KEY = 174
const EVP_R_EXPECTING_A_SIPHASH_KEY = 175
