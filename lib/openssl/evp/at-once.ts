import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { type Out, requireBytes, requireInstance, requireInteger, requireLength, requireString } from '../boundary.ts'
import { OSSL_MAC_PARAM_DIGEST } from '../constants/core-names.ts'
import { ERR_LIB_EVP } from '../constants/err.ts'
import { raise } from '../err/raise.ts'
import type { OSSL_PARAM } from './mac.ts'
import { EVP_get_digestbyname, EVP_MD, EVP_sha1 } from './md.ts'

// Digests, codes and keys in one call.

type Sha = (d: Uint8Array, n?: number, md?: Uint8Array | null) => Uint8Array

/** @param n - bytes of `d`; all of them when left out @param md - takes the digest as well, when given */
const sha =
  (name: string): Sha =>
  (d, n, md = null) => {
    const digest = createHash(name)
      .update(d.subarray(0, requireLength(n, requireBytes(d, 'd'), 'n')))
      .digest()
    md?.set(digest)
    return md?.subarray(0, digest.length) ?? new Uint8Array(digest)
  }

/** Digests (SHA256(3)): the bytes, the number of them, and a buffer that takes the digest or null. */
export const SHA1: Sha = sha('sha1')
export const SHA224: Sha = sha('sha224')
export const SHA256: Sha = sha('sha256')
export const SHA384: Sha = sha('sha384')
export const SHA512: Sha = sha('sha512')

const EVP_R_FETCH_FAILED = 202

/**
 * A message authentication code (EVP_Q_mac(3)); of the kinds that OpenSSL has, HMAC.
 * @param name - `HMAC`
 * @param subalg - the digest, unless `params` names it
 * @param out - takes the code; null: it is in the result
 * @param outlen - takes its length in bytes
 * @param keylen - bytes of `key`
 * @param datalen - bytes of `data`
 * @param outsize - the room in `out`, in bytes
 * @returns the code, or null with an error for another kind or an unknown digest, or without room
 */
export function EVP_Q_mac(
  libctx: unknown,
  name: string,
  propq: string | null,
  subalg: string | null,
  params: readonly OSSL_PARAM[] | null,
  key: Uint8Array,
  keylen: number,
  data: Uint8Array,
  datalen: number,
  out: Uint8Array | null = null,
  outsize: number = out?.length ?? 0,
  outlen: Out<number> | null = null,
): Uint8Array | null {
  void libctx
  void propq
  const named = params?.find(param => param.key === OSSL_MAC_PARAM_DIGEST)?.data
  const md = EVP_get_digestbyname(subalg ?? (typeof named === 'string' ? named : null))
  if (requireString(name, 'name').toUpperCase() !== 'HMAC' || md === null) {
    raise(ERR_LIB_EVP, EVP_R_FETCH_FAILED, `No supported algorithm: ${name} ${subalg ?? ''}`)
    return null
  }
  if (out !== null && outsize < md.size) return null
  const code = createHmac(md.name, key.subarray(0, requireLength(keylen, requireBytes(key, 'key'), 'keylen')))
    .update(data.subarray(0, requireLength(datalen, requireBytes(data, 'data'), 'datalen')))
    .digest()
  out?.set(code)
  if (outlen !== null) outlen.value = code.length
  return out?.subarray(0, code.length) ?? new Uint8Array(code)
}

/**
 * A key from a password (PKCS5_PBKDF2_HMAC(3), RFC 8018 section 5.2).
 * @param passlen - bytes of `pass`; -1: all of them
 * @param iter - repetitions; below 1 counts as 1
 * @param out - takes `keylen` bytes
 * @param saltlen - bytes of `salt`
 * @returns 1
 */
export function PKCS5_PBKDF2_HMAC(
  pass: string | Uint8Array,
  passlen: number,
  salt: Uint8Array,
  saltlen: number,
  iter: number,
  digest: EVP_MD,
  keylen: number,
  out: Uint8Array,
): number {
  const password = typeof pass === 'string' ? Buffer.from(pass) : requireBytes(pass, 'pass')
  const used = passlen < 0 ? password : password.subarray(0, requireLength(passlen, password, 'passlen'))
  const own = salt.subarray(0, requireLength(saltlen, requireBytes(salt, 'salt'), 'saltlen'))
  const rounds = Math.max(1, requireInteger(iter, 'iter'))
  const length = requireLength(keylen, requireBytes(out, 'out'), 'keylen')
  out.set(pbkdf2Sync(used, own, rounds, length, requireInstance(digest, EVP_MD, 'digest').name))
  return 1
}

/** PKCS5_PBKDF2_HMAC with SHA-1. */
export function PKCS5_PBKDF2_HMAC_SHA1(
  pass: string | Uint8Array,
  passlen: number,
  salt: Uint8Array,
  saltlen: number,
  iter: number,
  keylen: number,
  out: Uint8Array,
): number {
  return PKCS5_PBKDF2_HMAC(pass, passlen, salt, saltlen, iter, EVP_sha1(), keylen, out)
}
